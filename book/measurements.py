"""Sphinx extension: the committed measurements as tables.

A page has a line such as `{{ measured steps }}` where the table of chapters/measurements/steps.csv
belongs, and `{{ survivors }}` where the mutants do that no test notices. The first line of a file of
measurements says when and on which machine it was made.
"""

import re
import sys

import yaml

from book import fill
from book.contents import CHAPTERS, ROOT

sys.path.append(str(CHAPTERS))

from datasets import measured

FOLDER = CHAPTERS / "measurements"
SURVIVORS = ROOT / "benchmarks" / "survivors.yml"


def table(heads, rows):
    """A table in MyST, the first column to the left, the others to the right."""
    yield "| " + " | ".join(heads) + " |"
    yield "| --- |" + " --: |" * (len(heads) - 1)
    yield from ("| " + " | ".join(map(str, row)) + " |" for row in rows)


def pivot(rows, keys, column, value):
    """One row for each combination of keys, one column for each value of `column`."""
    columns = list(dict.fromkeys(row[column] for row in rows))
    cells = {}
    for row in rows:
        cells.setdefault(tuple(row[key] for key in keys), {})[row[column]] = value(row)
    yield columns
    yield from ([*key, *(found.get(one, "") for one in columns)] for key, found in cells.items())


def whole(text):
    """A number of microseconds with three digits that count."""
    number = float(text)
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}"


ALONE = ("products", "batches")  # what the others are divided by
TO = "\u2060–\u2060"  # a dash where no line breaks


def steps(rows):
    """The ratio of each engine's step to the matrix products in it, and the spread of the ratio."""
    rows = [row for row in rows if row["engine"] not in (*ALONE, "train")]

    def ratio(row):
        if not row["ratio"]:
            return "absent"
        low, middle, high = (f"{float(row[key]):.2f}" for key in ("low", "ratio", "high"))
        return f"**{middle}** {low}{TO}{high}"

    columns, *body = pivot(rows, ("network", "m"), "engine", ratio)
    return table(["network", "m", *columns], body)


def overhead(rows):
    """What `train` adds to its steps."""
    both = {(row["network"], row["m"], row["engine"]): row for row in rows}
    body = []
    for row in rows:
        if row["engine"] == "train":
            alone = both[row["network"], row["m"], "batches"]["microseconds"]
            low, middle, high = (f"{float(row[key]) - 1:.0%}" for key in ("low", "ratio", "high"))
            spread = f"**{middle}** {low} to {high}".replace("-", "−")
            cells = row["network"], row["m"], whole(alone), whole(row["microseconds"]), spread
            body.append(cells)
    return table(["network", "m", "steps alone, µs", "with all of train, µs", "more"], body)


def times(rows):
    rows = [row for row in rows if row["engine"] not in ("batches", "train")]
    columns, *body = pivot(
        rows,
        ("network", "m"),
        "engine",
        lambda row: row["microseconds"] and whole(row["microseconds"]),
    )
    return table(["network", "m", *columns], body)


def accuracy(rows):
    columns, *body = pivot(rows, ("function", "dtype"), "to", lambda row: row["units"])
    ranges = ["10⁻³⁰ to 10⁻³", "10⁻³ to 1", "1 to 40", "40 to 600", "beyond 600"]
    return table(["function", "dtype", *ranges], merge(body, len(ranges)))


def merge(body, ranges):
    """float32 and float64 end their last range elsewhere: one column for both."""
    for row in body:
        yield [*row[:2], *[cell for cell in row[2:] if cell][:ranges]]


def plain(rows):
    return table(list(rows[0]), [row.values() for row in rows])


TABLES = {
    "steps": ("steps", steps),
    "overhead": ("steps", overhead),
    "times": ("steps", times),
    "accuracy": ("accuracy", accuracy),
}


def survivors():
    """The reasons, each with its mutants: the module, a line, and what it was changed to."""
    for group in yaml.safe_load(SURVIVORS.read_text(encoding="utf-8")):
        yield from (group["reason"], "", "```text")
        for mutant in group["mutants"]:
            module, before, after = re.fullmatch(r"(\w+): (.*) → (.*)", mutant).groups()
            yield from (f"{module}", f"- {before}", f"+ {after}")
        yield from ("```", "")


def measured_table(app, name):
    file, build = TABLES.get(name, (name, plain))
    app.env.note_dependency(str(FOLDER / f"{file}.csv"))
    machine, rows = measured(file)
    if "Python" in rows[0]:  # then each row names its own
        machine = machine.partition(", Python")[0]
    return "\n".join([*build(rows), "", f"*Measured on {machine}.*"])


def surviving(app):
    app.env.note_dependency(str(SURVIVORS))
    return "\n".join(survivors())


def setup(app):
    fill.in_pages(app, measured=measured_table, survivors=surviving)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
