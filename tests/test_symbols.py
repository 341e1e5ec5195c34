"""The page of symbols: each shape is that of the code beside it, in a network that runs."""

import inspect
import re

import numpy as np

import nnlib
from book.contents import CHAPTERS
from book.equations import displayed

PAGE = (CHAPTERS / "symbols.md").read_text(encoding="utf-8")


def rows(heading):
    """The cells of the table below a heading, without its head."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines[2:]]


def network():
    """The names that the page says are given."""
    rng, n, m = np.random.default_rng(0), [3, 5, 2], 7
    params = nnlib.init_params(n, rng)
    g = {1: nnlib.tanh, 2: nnlib.softmax}
    X, Y = rng.normal(size=(3, m)), nnlib.one_hot(rng.integers(2, size=m), 2)
    cost = nnlib.multiclass_cross_entropy
    Z, A = nnlib.forward(params, g, X)
    dZ = cost.seed(A[2], Y)
    grads = nnlib.backward(params, g, A, dZ)
    return locals() | {"L": 2}


def test_shapes():
    names, checked = network(), 0
    for _, _, shape, code, _ in rows("What a symbol is"):
        shape, code = shape.strip("`"), code.strip("`")
        if shape and "` in `" not in code:
            for l in (1, 2):
                found = np.shape(eval(code, names | {"l": l}))
                assert found == eval(shape, names | {"l": l}), (code, shape)
            checked += 1
    assert checked == 11
    given = {row[3]: row[2] for row in rows("What a symbol is")}
    assert given["`dZ` in `backward`"] == given["`dA` in `backward`"] == "`(n[l], m)`"


def test_sizes_and_counts():
    names = network()
    code = {row[0]: row[3].strip("`") for row in rows("What a symbol is")}
    assert eval(code["$m$"], names) == 7 and eval(code["$L$"], names) == 2
    assert eval(code["$n^{[l]}$"], names | {"l": 1}) == 5


def test_names_of_functions_and_arguments_exist():
    known = set(nnlib.__all__) | set(network())
    for function in map(nnlib.__dict__.get, nnlib.__all__):
        known |= set(inspect.signature(function).parameters)
    for row in rows("What a symbol is"):
        for name in re.findall(r"`([A-Za-z]\w*)`", row[3]):
            assert name in known, name


LABELS = {
    equation.label: equation.latex
    for path in sorted(CHAPTERS.glob("*.ipynb"))
    for equation in displayed(path)
}
WRITTEN = {  # what of a sign is the sign
    r"\sim \mathcal{N}(\mu, v)": r"\mathcal{N}",
    r"\mathbf{A} \odot \mathbf{B}": r"\odot",
    r"\mathbf{A}^{\mathsf{T}}": r"\mathsf{T}",
    r"\mathbf{A} \mathbf{B}": r"\mathbf{W} \mathbf{x}",
    r"\mathbb{R}^{r \times c}": r"\mathbb{R}^{n^{[l]} \times",
    r"\mathbf{1}\left\{z > 0\right\}": r"\mathbf{1}\left\{",
    r"\operatorname{broadcast}\left(\mathbf{b}\right)": r"\operatorname{broadcast}\left(",
    r"\operatorname{diag}\left(\mathbf{a}\right)": r"\operatorname{diag}\left(",
    r"\frac{\partial J}{\partial x}": r"\frac{\partial ",
    r"g^{\prime}(z)": r"^{\prime}",
}


def test_the_equation_has_the_symbol():
    checked = 0
    for symbol, *_, where in rows("What a symbol is") + rows("Signs"):
        if where.startswith("{eq}"):
            latex = symbol.strip("$").split(" = ")[0]
            latex = re.sub(
                r"\\partial J / \\partial (.+)", r"\\frac{\\partial J}{\\partial \1}", latex
            )
            latex = WRITTEN.get(latex, latex)
            text = LABELS[re.match(r"\{eq\}`(.+)`", where)[1]]
            assert latex.replace("[L]", "[l]") in text.replace("[L]", "[l]"), (symbol, where)
            checked += 1
    assert checked > 30


def test_every_symbol_says_where_it_is_introduced():
    table = rows("What a symbol is") + rows("Signs")
    assert len(table) > 40
    assert all(re.match(r"\{eq\}`eq:[\w-]+`|\[chapter \d+\]\(", row[-1]) for row in table)


def test_every_column_of_the_last_table_is_filled():
    head = "here S0 S1 S2 S3 PyTorch Keras CS231n".split()
    assert "| " + " | ".join(head) + " |" in PAGE
    for row in rows("What others call it"):
        assert len(row) == len(head) and all(row), row
