"""Rows are the transposes of columns, and the layouts are those of the libraries."""

import re

import numpy as np
import pytest
from autograd import grad
from autograd import numpy as anp

from book.export import CHAPTERS
from nnlib import (
    backward,
    backward_rows,
    binary_cross_entropy,
    forward,
    forward_rows,
    from_layout,
    init_params,
    multiclass_cross_entropy,
    multilabel_cross_entropy,
    relu,
    sigmoid,
    softmax,
    tanh,
    to_layout,
)

LAYOUTS = "rows", "keras", "pytorch"
NETWORKS = {  # sizes, activations, cost
    "binary": ([3, 5, 1], [tanh, sigmoid], binary_cross_entropy),
    "multiclass": ([4, 6, 5, 3], [relu, tanh, softmax], multiclass_cross_entropy),
    "softmax inside": ([4, 6, 3], [softmax, softmax], multiclass_cross_entropy),
    "multi-label": ([2, 7, 3], [sigmoid, sigmoid], multilabel_cross_entropy),
    "one layer": ([4, 2], [softmax], multiclass_cross_entropy),
}


def network(name, dtype=np.float64, m=8):
    n, functions, cost = NETWORKS[name]
    rng = np.random.default_rng(0)
    params = init_params(n, rng, dtype=dtype)
    params = {l: (W, rng.normal(size=b.shape).astype(dtype)) for l, (W, b) in params.items()}
    X = rng.normal(size=(n[0], m)).astype(dtype)
    Y = rng.uniform(size=(n[-1], m))
    Y = (Y / Y.sum(axis=0) if cost is multiclass_cross_entropy else Y).astype(dtype)
    return params, dict(enumerate(functions, start=1)), cost, X, Y


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NETWORKS)
def test_rows_are_the_transposes_of_columns(name, dtype):
    params, g, cost, X, Y = network(name, dtype)
    L, rows = len(params), to_layout(params, "rows")
    Z, A = forward(params, g, X)
    Z_rows, A_rows = forward_rows(rows, g, X.T.copy())
    dZ = cost.seed(Z[L], Y)
    grads, grads_rows = backward(params, g, A, dZ), backward_rows(rows, g, A_rows, dZ.T)
    assert list(Z_rows) == list(Z) and list(A_rows) == list(A)
    pairs = [(A_rows[l], A[l]) for l in A] + [(Z_rows[l], Z[l]) for l in Z]
    pairs += [pair for l in params for pair in zip(grads_rows[l], grads[l])]
    for of_rows, of_columns in pairs:
        assert of_rows.dtype == dtype and of_rows.shape == of_columns.T.shape
        tolerance = 1e-12 if dtype == np.float64 else 1e-4
        assert np.allclose(of_rows, of_columns.T, rtol=tolerance, atol=tolerance * 1e-2)
    for l in params:
        assert [x.shape for x in grads_rows[l]] == [x.shape for x in rows[l]]


def test_rows_against_autograd():
    """An oracle that knows nothing of columns."""
    params, g, cost, X, Y = network("multiclass")
    rows = to_layout(params, "rows")

    def J(rows):
        A = X.T
        for l, function in (1, lambda Z: anp.maximum(0, Z)), (2, anp.tanh):
            A = function(A @ rows[l][0] + rows[l][1])
        Z = A @ rows[3][0] + rows[3][1]
        log_sum = anp.log(anp.sum(anp.exp(Z), axis=1, keepdims=True))
        return -anp.sum(Y.T * (Z - log_sum)) / len(X.T)

    _, A = forward_rows(rows, g, X.T)
    found, expected = backward_rows(rows, g, A, (A[3] - Y.T) / len(X.T)), grad(J)(rows)
    for l in rows:
        for x, y in zip(found[l], expected[l]):
            assert np.allclose(x, y, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_there_and_back(layout):
    params, *_ = network("multiclass", np.float32)
    written = to_layout(params, layout)
    np.testing.assert_equal(from_layout(written, layout), params)
    for l, (W, b) in written.items():
        assert W.dtype == b.dtype == np.float32 and W.flags.c_contiguous
        assert not any(np.shares_memory(x, y) for x, y in zip((W, b), params[l]))


def test_layouts_compute_what_the_libraries_compute():
    """Keras: X kernel + bias. PyTorch: X weightᵀ + bias. Both with flat biases and rows."""
    params, g, _, X, _ = network("binary")
    Z, _ = forward(params, g, X)
    kernel, bias = to_layout(params, "keras")[1]
    assert bias.shape == (5,) and np.allclose(X.T @ kernel + bias, Z[1].T, rtol=1e-12)
    weight, bias = to_layout(params, "pytorch")[1]
    assert bias.shape == (5,) and np.allclose(X.T @ weight.T + bias, Z[1].T, rtol=1e-12)
    W, b = to_layout(params, "rows")[1]
    assert b.shape == (1, 5) and np.allclose(X.T @ W + b, Z[1].T, rtol=1e-12)


W, b = np.ones((3, 5)), np.ones((1, 5))
BAD = {
    "unknown layout": (
        to_layout,
        ({1: (np.ones((2, 3)), np.ones((2, 1)))}, "torch"),
        "layout: exp",
    ),
    "no layout": (from_layout, ({1: (W, b)}, ["rows"]), "layout: expected"),
    "columns for rows": (from_layout, ({1: (W, b.T)}, "rows"), r"b\[1\]: .*shape \(1, n\)"),
    "flat for rows": (from_layout, ({1: (W, b[0])}, "rows"), r"b\[1\]: .*shape \(1, n\)"),
    "a row for flat": (from_layout, ({1: (W, b)}, "keras"), r"b\[1\]: .*shape \(n,\)"),
    "not transposed": (from_layout, ({1: (W, b[0])}, "pytorch"), r"b\[1\]: .*shape \(3, 1\)"),
    "layers that do not fit": (from_layout, ({1: (W, b), 2: (W, b)}, "rows"), r"W\[2\]"),
    "not a pair": (from_layout, ({1: W}, "rows"), r"params\[1\]: expected a pair"),
    "not a dictionary": (from_layout, ([(W, b)], "rows"), "params: expected a dictionary"),
    "keys from 0": (from_layout, ({0: (W, b)}, "rows"), "keys 1, 2"),
    "examples as columns": (forward_rows, ({1: (W, b)}, {1: tanh}, np.ones((3, 7))), r"W\[1\]"),
    "NaN": (forward_rows, ({1: (W, b)}, {1: tanh}, np.full((7, 3), np.nan)), "X: expected finite"),
    "no function": (forward_rows, ({1: (W, b)}, {}, np.ones((7, 3))), "g: expected"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    function, arguments, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        function(*arguments)


def test_the_table_of_products():
    """Every line of the table in chapter 13: NumPy and einsum compute the same, in one shape."""
    text = (CHAPTERS / "13_dialects.ipynb").read_text()
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
