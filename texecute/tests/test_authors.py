"""Formulas as other authors type them, each with its notation: the right one is true, the wrong one false."""

import tomllib
from pathlib import Path

import pytest

from texecute import Notation, Text, load

AUTHORS = sorted((Path(__file__).parent / "authors").glob("*.toml"))
UNREAD = {  # what is not read as it is meant, with the reason
    r"\nabla \nabla E = \sum_n y_{nk} (I_{kj} - y_{nj}) \phi_n \phi_n^T": "by w_k and w_j, which is not written",
    r"\delta^L = \nabla_a C \odot \sigma'(z^L)": "a stands for a^L",
    r"\frac{\partial C}{\partial w_j} = \frac{1}{n} \sum_x x_j(\sigma(z)-y)": "z and y hide the example",
    r"C = -\frac{1}{n} \sum_x \left[y \ln a + (1-y) \ln (1-a) \right]": "y and a hide the example",
}


def cases():
    for path in AUTHORS:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        formulas = data.pop("formula")
        for formula in formulas:
            yield pytest.param(data, formula, id=f"{path.stem} {formula['right'][:50]}")


def verdict(data, latex, then):
    text = Text(Notation(**data))
    found = text.check(latex)
    if then and found.verdict == "definition":  # a step: what follows from it is what is claimed
        found = text.check(then)
    return found.verdict


@pytest.mark.parametrize("data, formula", list(cases()))
def test_right_is_true_and_wrong_is_false(data, formula):
    then = formula.get("then")
    right, wrong = (verdict(data, formula[key], then) for key in ("right", "wrong"))
    if formula["right"] in UNREAD:
        assert right != "true"
    else:
        assert (right, wrong) == ("true", "false")


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parent / "sources").glob("*.toml")), ids=str
)
def test_the_models_of_documents_can_be_drawn(path):
    text = Text(load(path))
    for number in text.notation.sections:
        text.enter(number)
    assert text.model.order


def test_nine_of_ten_are_read():
    count = len(list(cases()))
    assert count == 50 and len(UNREAD) <= 0.1 * count
