"""Every statement of the sources has its row. test_site.py follows the rows to their places."""

import re

import nbformat
from test_errata import ERRATA, FALSE

from book import sources
from book.contents import CHAPTERS

COUNTS = {"S0": (41, 2), "S1": (38, 2), "S2": (323, 3), "S3": (50, 2)}  # how many, how many digits
REPEATED = {"S1-25": "S1-22", "S2-318": "S2-301"}  # what they repeat has the erratum
ROWS = sources.load()


def test_every_statement_has_one_row():
    expected = [
        f"{document}-{n:0{digits}}"
        for document, (count, digits) in COUNTS.items()
        for n in range(1, count + 1)
    ]
    assert [row["id"] for row in ROWS] == expected and len(expected) == 452
    assert all(row["about"] and row["page"] and row["where"] for row in ROWS)


def test_at_least_440_are_treated():
    left_out = {row["id"] for row in ROWS} - {row["id"] for row in sources.treated(ROWS)}
    assert len(sources.treated(ROWS)) >= 440
    assert left_out == {"S2-123"}, "what is left out is decided here, not by a slip in the table"


def test_lines_of_the_page():
    lines = list(sources.table(ROWS))
    assert "Of 452 statements 451 are treated, all but S2-123." in lines[0]
    for line in (
        "| S2-178 to 182 | the derivatives at its nodes | chapter 6, {eq}`eq:sigmoid-nodes` |  |",
        "| S2-177 | the missing graph | chapter 6, {numref}`fig:sigmoid-graph` |  |",
        "| S2-063 | the loop over the layers stays | chapter 2, "
        '<a href="02_vectorization.html#the-loop-that-stays">The loop that stays</a> |  |',
        "| S2-123 | abbreviations of its LaTeX | left out: markup without content |  |",
    ):
        assert line in lines
    (line,) = [line for line in lines if line.startswith("| S0-32 |")]
    assert line.endswith('| <a href="errata.html#a-mean-without-its-1-n-s0-32">yes</a> |')
    (line,) = [line for line in lines if line.startswith("| S2-234 |")]
    assert line.endswith('| <a href="errata.html#said-loosely">said loosely</a> |')


def test_false_statements_name_their_erratum():
    headings = {cell.source.splitlines()[0].removeprefix("### ") for cell, _ in ERRATA.values()}
    for row in ROWS:
        if row["id"] in FALSE:
            assert row["erratum"] in headings and row["id"] in row["erratum"]
        elif row["id"] in REPEATED:
            assert f"({REPEATED[row['id']]}" in row["erratum"]
        else:
            assert row["erratum"] in ("", "Said loosely"), row


def test_what_is_said_loosely_is_in_the_table():
    cells = nbformat.read(CHAPTERS / "errata.ipynb", as_version=4).cells
    (table,) = [cell.source for cell in cells if cell.id == "loose"]
    found = set()
    for first in re.findall(r"^\| (S\d-[^|]+?) \|", table, re.M):
        for name, last in re.findall(r"(S\d-\d+)(?: to (\d+))?", first):
            start, digits = int(name[3:]), len(name) - 3
            found |= {f"{name[:3]}{n:0{digits}}" for n in range(start, int(last or start) + 1)}
    loosely = {row["id"] for row in ROWS if row["erratum"] == "Said loosely"}
    assert found - set(REPEATED) == loosely and len(loosely) > 40
