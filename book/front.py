"""Sphinx extension: what the front page shows of the chapters.

`{{ touch }}` is a network to train by hand, `{{ cell CHAPTER ID }}` a cell with what it printed.
"""

import sys

import nbformat
import numpy as np

import nnlib
from book import fill
from book.contents import CHAPTERS

BIRD = 275  # of those in the data; a Chinstrap


def network():
    """A network of 2, 2 and 1 units, one penguin, and what the reader's browser draws of them."""
    sys.path.insert(0, str(CHAPTERS))
    import datasets
    from moving import Moving, rounded

    X, Y = datasets.penguins()
    X, _, _ = nnlib.standardize(X)
    (W1, b1), (W2, b2) = nnlib.init_params([2, 2, 1], np.random.default_rng(3)).values()
    numbers = {
        "params": [value for part in (W1, b1, W2, b2) for value in rounded(part, 2)],
        "x": rounded(X[:, BIRD], 2),
        "y": int(Y[0, BIRD]),
        "sigmoid": True,
        "lr": 0.5,
        "mistakes": False,
        "names": ["bill length", "bill depth", "a₁", "a₂", "Chinstrap?"],
    }
    return Moving(
        "network",
        numbers,
        alt="A network: two measurements of a penguin, two units, and the probability of a"
        " Chinstrap, with the weight on each line and the derivatives below the values",
    )


def touch(app):
    return f"```{{raw}} html\n{network()._repr_html_()}\n```"


def cell(app, stem, name):
    """A cell of a chapter and its output."""
    cells = nbformat.read(CHAPTERS / f"{stem}.ipynb", as_version=4).cells
    (found,) = [cell for cell in cells if cell.id == name]
    printed = "".join(output.text for output in found.outputs).rstrip()
    return f"```python\n{found.source}\n```\n\n```text\n{printed}\n```"


def setup(app):
    fill.in_pages(app, touch=touch, cell=cell)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
