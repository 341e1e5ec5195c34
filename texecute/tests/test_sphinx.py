"""The Sphinx extension, in a document of its own."""

import subprocess
import sys

import pytest

pytest.importorskip("sphinx")
CONF = 'extensions = ["myst_parser", "texecute.sphinx"]\nmyst_enable_extensions = ["dollarmath"]\n'
PAGE = "# A page\n\n$$ x \\in \\mathbb{R} $$\n\n$$ x + x = %s x $$ (eq:sum)\n"


@pytest.mark.parametrize("factor, fails", [("2", False), ("3", True)])
def test_a_false_formula_ends_the_build(tmp_path, factor, fails):
    (tmp_path / "conf.py").write_text(CONF, encoding="utf-8")
    (tmp_path / "index.md").write_text(PAGE % factor, encoding="utf-8")
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
    found = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert (found.returncode != 0) is fails, found.stderr
    assert ("FALSE      eq:sum" in found.stderr) is fails
