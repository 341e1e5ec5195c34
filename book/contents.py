"""What the book is made of, from _toc.yml: the one list of its chapters."""

import re
from functools import cache
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
LABEL = re.compile(r"^\$\$ \((eq:[\w:-]+)\)$", re.M)  # below a displayed equation


def files(entry):
    """Every file that an entry of _toc.yml names, in reading order."""
    if "file" in entry:
        yield entry["file"]
    for key in ("parts", "chapters", "sections"):
        for below in entry.get(key, []):
            yield from files(below)


def notebooks():
    """The paths of all notebooks of the book, in reading order."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    paths = (ROOT / f"{name}.ipynb" for name in files(contents))
    return [path for path in paths if path.exists()]


def chapters():
    """The paths of the numbered chapters, in reading order."""
    return [path for path in notebooks() if path.stem[0].isdigit()]


@cache
def numbers():
    """The number of each displayed equation by its label, as in "5.2"."""
    found = {}
    for path in chapters():
        cells = nbformat.read(path, as_version=4).cells
        texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
        labels = LABEL.findall("\n".join(texts))
        found |= {label: f"{int(path.stem[:2])}.{n}" for n, label in enumerate(labels, 1)}
    return found
