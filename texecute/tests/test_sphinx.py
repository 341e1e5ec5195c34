"""The Sphinx extension, in a document of its own."""

import subprocess
import sys

import pytest

pytest.importorskip("sphinx")
CONF = 'extensions = ["myst_parser", "texecute.sphinx"]\nmyst_enable_extensions = ["dollarmath"]\n'
PAGE = "# A page\n\n$$ x \\in \\mathbb{R} $$\n\n$$ x + x = %s x $$ (eq:sum)\n"


def build(tmp_path, page):
    (tmp_path / "conf.py").write_text(CONF, encoding="utf-8")
    (tmp_path / "index.md").write_text(page, encoding="utf-8")
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "sphinx",
        "-W",
        "-q",
        "-b",
        "html",
        tmp_path,
        tmp_path / "out",
    ]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


@pytest.mark.parametrize("factor, fails", [("2", False), ("3", True)])
def test_a_false_formula_ends_the_build(tmp_path, factor, fails):
    found = build(tmp_path, PAGE % factor)
    assert (found.returncode != 0) is fails, found.stderr
    assert ("FALSE      eq:sum" in found.stderr) is fails


@pytest.mark.parametrize("mark, fails", [("", False), ("<!-- case -->", True)])
def test_a_case_within_a_sentence_declares_nothing(tmp_path, mark, fails):
    """Without its mark, "z > 0" declares a positive number, and the equation holds for it."""
    found = build(
        tmp_path, f"# A page\n\nWhere $z > 0${mark} it is so.\n\n$$ |z| = z $$ (eq:abs)\n"
    )
    assert ("UNREAD     eq:abs" in found.stderr) is fails, found.stderr
