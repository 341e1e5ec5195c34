"""The examples in the docstrings run, and print what they say."""

import doctest
import importlib

import pytest

import nnlib

MODULES = sorted({getattr(nnlib, name).__module__ for name in nnlib.__all__})
SHOWN_ELSEWHERE = {"load_params": "save_params"}  # whose example loads what it saved


@pytest.mark.parametrize("module", MODULES)
def test_examples(module):
    module = importlib.import_module(module)
    found = doctest.testmod(module, raise_on_error=False)
    assert found.failed == 0 and found.attempted >= len(module.__all__)


@pytest.mark.parametrize("name", nnlib.__all__)
def test_every_public_name_has_an_example(name):
    doc = getattr(nnlib, SHOWN_ELSEWHERE.get(name, name)).__doc__
    assert f">>> {name}" in doc or f"{name}(" in doc.partition(">>>")[2]
