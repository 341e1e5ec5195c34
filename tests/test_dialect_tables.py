"""What the tables of chapter 13 say is so."""

import re
from functools import partial

import nbformat
import numpy as np

from book.contents import CHAPTERS
from nnlib import (
    backward,
    backward_rows,
    forward,
    forward_rows,
    init_params,
    sigmoid,
    softmax,
    tanh,
    to_layout,
)


def test_the_table_of_products():
    """Every line of the table in chapter 4: NumPy and einsum compute the same, in one shape."""
    text = (CHAPTERS / "04_backpropagation.ipynb").read_text(encoding="utf-8")
    rows = re.findall(r'\| `([^`]+)` \| `(einsum\(\\".+?\))` \|', text)
    rng, sizes = np.random.default_rng(0), {"j": 5, "k": 3, "i": 7}
    shapes = {
        "W": "jk",
        "A": "ki",
        "S": "ki",
        "dA": "ki",
        "dZ": "ji",
        "dz": "j",
        "a": "k",
        "da": "k",
    }
    names = {name: rng.normal(size=[sizes[x] for x in axes]) for name, axes in shapes.items()}
    names |= {"np": np, "einsum": np.einsum}
    assert len(rows) == 8
    for plain, indices in rows:
        found, expected = eval(plain, names), eval(indices.replace("\\", ""), names)
        assert found.shape == expected.shape and np.allclose(found, expected), plain


def tables():
    """The tables of chapter 13, by the first cell of each row."""
    cells = nbformat.read(CHAPTERS / "13_dialects.ipynb", as_version=4).cells
    lines = [x for cell in cells for x in cell.source.splitlines() if x.startswith("| ")]
    rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
    return {row[0]: row[1:] for row in rows}


def test_the_table_of_rows():
    rows = tables()
    Z = np.random.default_rng(0).normal(size=(3, 4))
    axis = [k for k in (0, 1) if np.allclose(softmax(Z).sum(axis=k), 1)]
    assert rows["softmax, sum over units"] == [f"along axis {axis[0]}", f"along axis {1 - axis[0]}"]
    params, g = init_params([3, 5, 1], np.random.default_rng(0)), {1: tanh, 2: sigmoid}
    X = np.random.default_rng(1).normal(size=(3, 8))
    (_, db), _ = backward(params, g, forward(params, g, X)[1], np.ones((1, 8))).values()
    assert db.shape == (5, 1)
    assert rows["derivative by the bias, sum over examples"] == ["along axis 1", "along axis 0"]
    names = {"n^{[l]}": 5, "n^{[l-1]}": 3, "1": 1}

    def sizes(text):
        return tuple(names[x.strip("$ ")] for x in text.split(r"\times"))

    assert sizes(rows[r"$\mathbf{W}^{[l]}$"][0]) == params[1][0].shape
    assert sizes(rows[r"$\mathbf{W}^{[l]}$"][1]) == to_layout(params, "rows")[1][0].shape
    assert sizes(rows[r"$\mathbf{b}^{[l]}$"][1]) == to_layout(params, "rows")[1][1].shape
    for layout in ("rows", "keras", "pytorch"):
        (name,) = [name for name in rows if name.startswith(f'`"{layout}"')]
        W, b = to_layout(params, layout)[1]
        assert sizes(rows[name][0]) == W.shape
        flat = rows[name][1] == "$(n^{[l]},)$"
        assert flat == (b.ndim == 1) and (flat or sizes(rows[name][1]) == b.shape)


def test_the_table_of_two_layers():
    sizes = {"N": 8, "D": 4, "H": 6, "C": 3}
    params = init_params([4, 6, 3], np.random.default_rng(0))
    rows, g = to_layout(params, "rows"), {1: tanh, 2: softmax}
    X = np.random.default_rng(1).normal(size=(8, 4))
    Z, A = forward_rows(rows, g, X)
    grads = backward_rows(rows, g, A, np.ones((8, 3)))
    d = "\\partial J / \\partial "
    found = {f"{d}\\mathbf{{{x}}}^{{[{l}]}}": grads[l]["Wb".index(x)] for x in "Wb" for l in (1, 2)}
    found |= {f"{d}\\mathbf{{Z}}^{{[{l}]}}": Z[l] for l in (1, 2)}
    found |= {f"\\mathbf{{Z}}^{{[{l}]}}": Z[l] for l in (1, 2)}
    found |= {d + r"\mathbf{A}^{[1]}": A[1]}
    for name, array in found.items():
        shape, made = tables()[f"${name}$"]
        assert eval(shape, sizes) == array.shape, name
        parts = [eval(x, sizes) for x in re.findall(r"\([A-Z1], [A-Z]\)", made)]
        if "sum of" in made:
            assert (1, parts[0][1]) == array.shape
        elif "⊙" in made or len(parts) == 1:
            assert set(parts) == {array.shape}
        else:
            assert parts[0][1] == parts[1][0] and (parts[0][0], parts[1][1]) == array.shape


def test_the_phrase_book():
    """Every line of the phrase book gives what this book's line gives, in the layout of its column."""
    rows, rng = tables(), np.random.default_rng(0)
    W, b, A = (rng.normal(size=shape) for shape in [(5, 3), (5, 1), (3, 7)])
    P, Y = softmax(W @ A + b), np.eye(5)[:, rng.integers(5, size=7)]
    dZ, m = (P - Y) / 7, 7
    columns = {"W": W, "b": b, "A": A, "P": P, "Y": Y, "dZ": dZ, "m": m}
    turned = {name: columns[name].T for name in ("b", "A", "P", "Y", "dZ")} | {"m": m}
    dialects = [  # the arrays of each column, and whether its derivatives by W are transposed
        (columns, False),
        (turned | {"W": W.T}, True),
        (turned | {"W": W}, False),
    ]
    for place, (names, W_turned) in enumerate(dialects):
        said = partial(in_phrases, rows, place, names)
        in_rows = place > 0
        assert alike(said("forward"), W @ A + b, in_rows)
        assert rows["softmax"][place] == f"axis {int(in_rows)}"
        assert np.allclose(said("seed", A=names["P"]), names["dZ"])
        assert alike(said("weights"), dZ @ A.T, W_turned)
        assert np.allclose(said("bias").ravel(), dZ.sum(axis=1))
        assert said("bias").shape == ((5,) if place == 2 else names["b"].shape)
        assert alike(said("below"), W.T @ dZ, in_rows)
        dA, A1 = rng.normal(size=(2, 4, 6))
        assert np.allclose(said("tanh", dA=dA, A=A1), tanh.vjp(dA, A1))


def in_phrases(rows, place, names, line, **more):
    """What a line of the phrase book computes in one of its columns."""
    cell = rows[line][place]
    cell = rows[line][0] if cell == "the same" else cell
    return eval(cell.strip("`").split(" = ")[-1], names | more)


def alike(found, expected, transposed):
    return np.allclose(found, expected.T if transposed else expected)
