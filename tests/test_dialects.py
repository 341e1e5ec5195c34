"""Rows are the transposes of columns, and the layouts are those of the libraries."""

import copy

import numpy as np
import pytest
from autograd import grad
from autograd import numpy as anp

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
    dZ = cost.seed(A[L], Y)
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


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_there_and_back(layout, dtype):
    params, *_ = network("multiclass", dtype)
    written = to_layout(params, layout)
    read = from_layout(written, layout)
    np.testing.assert_equal(read, params)
    for l in params:
        for x, y, z in zip(params[l], written[l], read[l]):
            assert x.dtype == y.dtype == z.dtype == dtype and y.flags.c_contiguous
            assert not np.shares_memory(x, y) and not np.shares_memory(y, z)


def test_to_layout_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"b\[1\]"):
        to_layout({1: (np.ones((2, 3)), np.ones((1, 2)))}, "rows")


def test_arguments_are_not_changed():
    params, g, cost, X, Y = network("multiclass")
    rows = to_layout(params, "rows")
    kept = copy.deepcopy(rows)
    Z, A = forward_rows(rows, g, X.T)
    dZ = cost.seed(A[3].T, Y).T
    before = dZ.copy(), {l: a.copy() for l, a in A.items()}
    backward_rows(rows, g, A, dZ)
    from_layout(rows, "rows")
    np.testing.assert_equal((rows, dZ, A), (kept, *before))


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
    "columns for rows": (from_layout, ({1: (W, b.T)}, "rows"), r"b\[1\]: .*shape \(1, 5\), got"),
    "flat for rows": (from_layout, ({1: (W, b[0])}, "rows"), r"b\[1\]: .*shape \(1, 5\), got"),
    "a row for flat": (
        from_layout,
        ({1: (W, b)}, "keras"),
        r"b\[1\]: .*shape \(5,\), got \(1, 5\)",
    ),
    "not transposed": (from_layout, ({1: (W, b[0])}, "pytorch"), r"b\[1\]: .*\(3,\), got \(5,\)"),
    "in their shapes": (
        from_layout,
        ({1: (W, b[0]), 2: (W, b[0])}, "keras"),
        r"W\[2\]: .*\(5, n\[2\]\), got shape \(3, 5\)",
    ),
    "lists": (from_layout, ({1: (W.tolist(), b)}, "rows"), r"W\[1\]: .* got a list"),
    "layers that do not fit": (from_layout, ({1: (W, b), 2: (W, b)}, "rows"), r"W\[2\]"),
    "not a pair": (from_layout, ({1: W}, "rows"), r"params\[1\]: expected a pair"),
    "not a dictionary": (from_layout, ([(W, b)], "rows"), "params: expected a dictionary"),
    "keys from 0": (from_layout, ({0: (W, b)}, "rows"), "keys 1, 2"),
    "examples as columns": (
        forward_rows,
        ({1: (W, b)}, {1: tanh}, np.ones((3, 7))),
        r"X: .*\(m, 3\), got shape \(3, 7\)",
    ),
    "a list of examples": (forward_rows, ({1: (W, b)}, {1: tanh}, [[1, 2, 3]]), "X: .*got a list"),
    "no examples": (forward_rows, ({1: (W, b)}, {1: tanh}, np.ones((0, 3))), "X: .*got shape"),
    "NaN": (forward_rows, ({1: (W, b)}, {1: tanh}, np.full((7, 3), np.nan)), "X: expected finite"),
    "no function": (forward_rows, ({1: (W, b)}, {}, np.ones((7, 3))), "g: expected"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    function, arguments, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        function(*arguments)
