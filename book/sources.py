"""Sphinx extension: the table of what the sources say, and where this book treats it.

A page has the line `{{ sources }}` where the table belongs; chapters/sources.csv is the table.
"""

import csv
from html import escape
from itertools import groupby

from docutils.nodes import make_id

from book import fill
from book.contents import CHAPTERS

TABLE = CHAPTERS / "sources.csv"
LEFT_OUT = "-"  # instead of a page: `where` is then the reason


def load():
    """The rows of the table: id, about, page, where, erratum."""
    with open(TABLE, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def link(page, where):
    """MyST that leads to an equation, a figure or a heading of a page in chapters/."""
    chapter = f"chapter {int(page[:2])}, " if page[:2].isdigit() else ""
    if where.startswith("eq:"):
        return f"{chapter}{{eq}}`{where}`"
    if where.startswith("fig:"):
        return f"{chapter}{{numref}}`{where}`"
    return f'{chapter}<a href="{page}.html#{make_id(where)}">{escape(where)}</a>'


def treated(rows):
    return [row for row in rows if row["page"] != LEFT_OUT]


def table(rows):
    """The table in MyST; statements in a row that are treated in one place share a line."""
    left_out = ", ".join(row["id"] for row in rows if row["page"] == LEFT_OUT)
    counts = f"Of {len(rows)} statements {len(treated(rows))} are treated, all but {left_out}."
    yield f"{counts} Each line says where, and whether there is an erratum.\n"
    yield "| statements | what they are about | in this book | erratum |\n| --- | --- | --- | --- |"
    for (about, page, where, erratum), group in groupby(
        rows, key=lambda row: list(row.values())[1:]
    ):
        ids = [row["id"] for row in group]
        span = ids[0] if len(ids) == 1 else f"{ids[0]} to {ids[-1][3:]}"
        here = f"left out: {where}" if page == LEFT_OUT else link(page, where)
        mended = f'<a href="errata.html#{make_id(erratum)}">yes</a>' if erratum else ""
        if erratum == "Said loosely":
            mended = mended.replace("yes", "said loosely")
        yield f"| {span} | {about} | {here} | {mended} |"


def sources(app):
    app.env.note_dependency(str(TABLE))
    return "\n".join(table(load()))


def setup(app):
    fill.in_pages(app, sources=sources)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
