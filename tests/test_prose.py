"""Numbers in prose, captions and alternative texts: a cell of the same notebook prints each."""

import csv
import re

import nbformat
import numpy as np
import pytest

from book.contents import CHAPTERS

DATA = CHAPTERS / "data"
NOTEBOOKS = sorted(path for path in CHAPTERS.glob("*.ipynb") if path.stem != "errata")
# What is no number of the text: formulas, code, links, comments, marks of a directive.
LEFT_OUT = r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|\[[^\]]*\]\([^)]*\)|<!--.*?-->|\{[^}]*\}"
NUMBER = (
    r"(?<![\w.])(\d{1,3}(?:[\u202f\u00a0 ]\d{3})+|\d+\.\d+|\d+)([\u202f\u00a0 ]?%)?(?![\w.]*\d)"
)
SMALL = 13  # whole numbers below count things that the reader can count


def rows(name):
    with open(DATA / name, encoding="utf-8", newline="") as file:
        return len(list(csv.reader(file))) - 1


def stands_in(stem, text):
    return text in (CHAPTERS / f"{stem}.ipynb").read_text(encoding="utf-8")


# Numbers that no cell prints, with what makes them so: True for an example that the sentence makes up.
ELSEWHERE = {
    ("03_chain_rule", "500"): True,
    ("03_chain_rule", "250 000"): 500**2 == 250_000,
    ("01_notation", "342"): rows("penguins.csv") == 342,
    ("01_notation", "800"): stands_in("04_backpropagation", "off by 0.80 kg"),
    ("01_notation", "300"): stands_in("04_backpropagation", "off by 0.30 kg"),
    ("12_training", "900"): True,
    ("12_training", "0.998"): round(1 - 2 / 900, 3) == 0.998,
    ("12_training", "0.965"): stands_in("09_binary", "with 8 hidden units:   0.965"),
    ("12_training", "0.762"): stands_in("11_multilabel", "with 32 hidden units:  0.762"),
    ("07_tanh", "709"): int(np.log(np.finfo(float).max)) == 709,
    ("08_softmax", "709"): int(np.log(np.finfo(float).max)) == 709,
    ("15_beyond", "512"): ",512," in (CHAPTERS / "measurements" / "growth.csv").read_text(),
    ("13_dialects", "342"): rows("penguins.csv") == 342,
    ("10_multiclass", "1797"): len(np.load(DATA / "digits.npz")["target"]) == 1797,
    ("11_multilabel", "10 467"): rows("words.csv") == 10_467,
}


def printed(notebook):
    """The numbers in all outputs and all code of a notebook."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            texts += [output.get("text", ""), *(v for k, v in data.items() if k.startswith("text"))]
    text = re.sub(r"<Figure size \S+", " ", " ".join(texts).replace("\N{MINUS SIGN}", "-"))
    return [float(x) for x in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e[-+]?\d+)?", text)]


def written(notebook):
    """(cell id, number, percent sign or none) in prose, captions and alternative texts.

    The numbers of the exercises are those of their entries; see test_exercises.py.
    """
    for cell in notebook.cells:
        if cell.id.startswith("exercise"):
            continue
        figure = cell.metadata.get("mystnb", {})
        texts = [part.get(key, "") for part in figure.values() if isinstance(part, dict)
                 for key in ("caption", "alt")]  # fmt: skip
        if cell.cell_type == "markdown":
            texts.append(cell.source)
        for text in texts:
            plain = re.sub(LEFT_OUT, " ", str(text), flags=re.S)
            plain = re.sub(
                r"[Cc]hapters? \d+(, \d+)*( (to|and) \d+)?|[Ee]xercise \d+\.\d|float\d+", " ", plain
            )
            for number, percent in re.findall(NUMBER, plain):
                whole = "." not in number and not percent
                if not (whole and float(re.sub(r"\s", "", number)) < SMALL):
                    yield cell.id, number, percent


def is_printed(number, percent, found):
    """Whether a number is one of those that were found, rounded to as many places."""
    value = float(re.sub(r"\s", "", number))
    places = len(number.partition(".")[2])
    for size in [1.0, 100.0] if percent else [1.0]:
        if any(round(x * size, places) == value for x in found):
            return True
    return False


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_number_is_printed_by_a_cell(path):
    notebook = nbformat.read(path, as_version=4)
    found = printed(notebook)
    missing = [
        (where, number + percent)
        for where, number, percent in written(notebook)
        if not is_printed(number, percent, found)
        and not ELSEWHERE.get((path.stem, re.sub(r"\s", " ", number)))
    ]
    assert missing == []


def test_what_is_listed_is_needed():
    for stem, number in ELSEWHERE:
        notebook = nbformat.read(CHAPTERS / f"{stem}.ipynb", as_version=4)
        mine = [n for _, n, _ in written(notebook) if re.sub(r"\s", " ", n) == number]
        assert mine and not is_printed(number, "", printed(notebook)), (stem, number)


def test_a_number_that_no_cell_prints_is_found():
    assert is_printed("0.97", "", [0.9683]) and is_printed("97", "%", [0.9683])
    assert not is_printed("0.98", "", [0.9683]) and not is_printed("1 234", "", [123.4])
