"""Each erratum: what a source prints is refuted by its cell, and what the book says holds."""

import contextlib
import io
import re

import nbformat
import pytest

from book.contents import CHAPTERS

CELLS = {cell.id: cell for cell in nbformat.read(CHAPTERS / "errata.ipynb", as_version=4).cells}
HEADING = re.compile(r"### .+ \(((?:S\d-\d+(?:, )?)+)\)")
ERRATA = {
    HEADING.match(cell.source)[1]: (cell, CELLS[f"{cell.id}-run"])
    for cell in CELLS.values()
    if cell.source.startswith("### ")
}
FALSE = """S0-20 S0-21 S0-26 S0-27 S0-28 S0-32 S0-39 S0-40 S1-09 S1-10 S1-22 S2-015 S2-040 S2-055
S2-056 S2-065 S2-066 S2-067 S2-089 S2-121 S2-241 S2-301 S3-12 S3-13 S3-19 S3-21 S3-22 S3-24
S3-25""".split()


def test_every_false_statement_has_an_erratum():
    assert [name for names in ERRATA for name in names.split(", ")] == FALSE


@pytest.mark.parametrize("names", ERRATA)
def test_erratum(names):
    """What its cell prints is compared with a new run, as in every notebook."""
    text, cell = ERRATA[names]
    assert "*Printed:*" in text.source and "*True:*" in text.source
    assert re.search(r"\[chapter \d+\]\(\d\d_\w+\.ipynb\)", text.source)
    shown = "".join(output.text for output in cell.outputs)
    assert re.search(r"as printed:      False( \(.+\))?\nas it should be: True\n$", shown)


def test_what_is_checked_is_what_is_quoted():
    asked = {names: pair for names, pair in ERRATA.items() if "ask(" in pair[1].source}
    assert len(asked) == 13
    for names, (text, cell) in asked.items():
        call = cell.source[cell.source.index("ask(") :]
        quoted = re.findall(r'r"{1,3}(.+?)"{1,3},', re.sub(r"\s+", " ", call))
        assert len(quoted) == 2 and all(latex in text.source for latex in quoted), names


def test_the_page_prints_what_the_checker_says():
    given, printed = {}, io.StringIO()
    exec(CELLS["setup"].source, given)
    with contextlib.redirect_stdout(printed):
        given["ask"](given["letters"](r"x \in \mathbb{R}"), "x + x = 2 x", "x + x = x")
    assert re.findall("True|False", printed.getvalue()) == ["True", "False"]


def test_the_page_prints_what_a_verdict_says():
    for verdict in (False, True), (True, False), (True, True):
        given, printed = {}, io.StringIO()
        exec(CELLS["setup"].source, given)
        with contextlib.redirect_stdout(printed):
            given["verdict"](*verdict)
        assert re.findall("True|False", printed.getvalue()) == [str(x) for x in verdict]
