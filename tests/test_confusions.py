"""Each confusion stands in a box in its chapter, above a cell that shows it going wrong."""

import re
from itertools import pairwise

import nbformat
import pytest

from book.contents import CHAPTERS

# The name of the box, its chapter, and what its cell prints of the wrong version.
CONFUSIONS = {
    "jacobian": ("08_softmax", r"a\(1 - a\) differs"),
    "transpose": ("04_backpropagation", r"inverse: "),
    "mean": (
        "13_dialects",
        r"1/m twice: cost 0.66, 0.66 after 1 step, 0.53 after 300",
    ),
    "hadamard": ("04_backpropagation", r"dA @ slope differs"),
    "layout": ("03_chain_rule", r"the transposed matrix does not fit"),
    "relu": ("05_relu", r"with A >= 0 differs"),
    "log": ("09_binary", r"target no:  inf\ntarget yes: nan"),
    "seed": ("09_binary", r"cross-entropy, with a\(1 - a\): +differs"),
    "flat": ("02_vectorization", r"m = 5: operands could not be broadcast"),
    "rows": ("13_dialects", r"softmax\(Z\)      sums over the classes: (?!\[1. 1. 1. 1.\])"),
    "square": ("04_backpropagation", r"W \(3, 3\): runs, and differs"),
    "ones": ("08_softmax", r"with ones, zeros agree: True\nzeros, with random dA: differs"),
    "logits": (
        "10_multiclass",
        r"right and sure, softmax twice: cost  0.551.*\n.*\nwrong and sure, softmax twice: .*derivative 0.000",
    ),
    "labels": ("11_multilabel", r"cost of the sum, seed of the mean: differs"),
}
BOX = re.compile(
    r"^:::\{admonition\} Confusion: (.+)\n:class: confusion\n:name: confusion-(\w+)$", re.M
)


def boxes():
    """The boxes of all chapters: name, chapter, text, and the cell that follows."""
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        for cell, after in pairwise(cells):
            for match in BOX.finditer(cell.source):
                yield match[2], path.stem, cell.source[match.start() :], after


FOUND = {name: (stem, text, after) for name, stem, text, after in boxes()}


def test_there_are_these():
    assert {name: stem for name, (stem, *_) in FOUND.items()} == {
        name: stem for name, (stem, _) in CONFUSIONS.items()
    }


@pytest.mark.parametrize("name", CONFUSIONS)
def test_a_short_box_and_a_cell_that_fails(name):
    stem, text, after = FOUND[name]
    words = re.sub(r"\$\$.*?\$\$ \(\S+\)", "", text, flags=re.S).split(":::")[1].split()
    assert 20 < len(words) < 110, len(words)
    assert after.cell_type == "code", f"{stem}: no cell below the box {name}"
    printed = "".join(output.get("text", "") for output in after.outputs)
    assert re.search(CONFUSIONS[name][1], printed), printed


def numbers(name, start):
    """The numbers that the cell below a box prints in one line."""
    printed = "".join(output.get("text", "") for output in FOUND[name][2].outputs)
    (line,) = [line for line in printed.splitlines() if line.startswith(start)]
    return [float(x) for x in re.findall(r"-?\d+\.\d*", line)]


def test_the_numbers_of_two_cells():
    assert numbers("transpose", "differences") == numbers("transpose", "transpose")
    assert numbers("transpose", "inverse") != numbers("transpose", "transpose")
    assert numbers("rows", "softmax(Z.T).T  sums over the classes") == [1.0] * 4
    assert all(abs(x - 1) > 0.01 for x in numbers("rows", "softmax(Z)      sums over the classes"))
