"""%%texecute: a cell of formulas, each on a line of its own, checked one after the other."""

from texecute.notation import load
from texecute.report import as_html, as_text
from texecute.text import Text


class Report(list):
    """Results that show themselves in a notebook."""

    def _repr_html_(self):
        return "".join(map(as_html, self))

    def __repr__(self):
        return "\n".join(map(as_text, self))


def magic(line, cell):
    """The argument is a notation file, if any; empty lines separate formulas."""
    text = Text(load(line.strip()) if line.strip() else None)
    found = Report()
    for block in cell.split("\n\n"):
        if block.strip():
            found.append(text.check(block.strip().strip("$").strip()))
    return found
