"""Bad input of every public function raises an error that says what was expected and what came,
and nothing is changed or written."""

import copy
import re
import tracemalloc
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from nnlib import (
    Var,
    backward,
    backward_rows,
    binary_cross_entropy,
    binary_cross_entropy_seed,
    bits,
    check_gradients,
    check_shapes,
    check_vjp,
    descend,
    forward,
    forward_rows,
    from_layout,
    init_params,
    linear,
    linear_vjp,
    load_params,
    logistic_loss,
    minibatches,
    multiclass_cross_entropy,
    multiclass_cross_entropy_seed,
    multilabel_cross_entropy,
    multilabel_cross_entropy_seed,
    numerical_jvp,
    one_hot,
    parity_count,
    parity_folded,
    parity_or,
    parity_tree,
    predict,
    relu,
    relu_vjp,
    save_params,
    sawtooth,
    sigmoid,
    sigmoid_vjp,
    softmax,
    softmax_vjp,
    squared_error,
    tanh,
    tanh_vjp,
    to_layout,
    train,
)

RNG = np.random.default_rng(0)
PARAMS = init_params([2, 3, 1], RNG)
G = {1: tanh, 2: sigmoid}
X = RNG.normal(size=(2, 5))
Y = np.array([[0.0, 1.0, 1.0, 0.0, 1.0]])
Z = RNG.normal(size=(1, 5))
W2, B2 = PARAMS[2]
_, A = forward(PARAMS, G, X)
DZ = RNG.normal(size=(1, 5))
GRADS = backward(PARAMS, G, A, DZ)
ROWS = to_layout(PARAMS, "rows")
A_ROWS = {l: a.T for l, a in A.items()}


def with_one(value, array=X):
    """The array with one bad entry."""
    array = array.copy()
    array[0, 3] = value
    return array


def run(**changes):
    arguments = {
        "params": PARAMS, "g": G, "cost": binary_cross_entropy, "X": X, "Y": Y, "lr": 0.1,
        "epochs": 2,
    }  # fmt: skip
    return lambda: train(**(arguments | changes))


BAD = {
    # init_params
    "one size": (lambda: init_params([3], RNG), "n: expected two or more positive whole numbers, got [3]"),
    "zero units": (lambda: init_params([2, 0, 1], RNG), "got [2, 0, 1]"),
    "half a unit": (lambda: init_params([2, 2.5, 1], RNG), "got [2, 2.5, 1]"),
    "seed for a generator": (lambda: init_params([2, 1], 0), "rng: expected a numpy.random.Generator, got int"),
    "negative scale": (lambda: init_params([2, 1], RNG, -1), "scale: expected a number >= 0, got -1"),
    "integer dtype": (lambda: init_params([2, 1], RNG, dtype=int), "dtype: expected float32 or float64, got <class 'int'>"),
    "one number": (lambda: init_params(3, RNG), "n: expected two or more positive whole numbers, got 3"),
    "booleans": (lambda: init_params([True, True], RNG), "got [True, True]"),
    "infinite scale": (lambda: init_params([2, 1], RNG, np.inf), "scale: expected a number >= 0, got inf"),
    "scale as text": (lambda: init_params([2, 1], RNG, "1"), "scale: expected a number >= 0, got 1"),
    "half precision": (lambda: init_params([2, 1], RNG, dtype=np.float16), "dtype: expected float32 or float64"),
    # forward
    "one example as 1-D": (lambda: forward(PARAMS, G, X[:, 0]), "X: expected an array of shape (n[0], m), got shape (2,)"),
    "examples as rows": (lambda: forward(PARAMS, G, X.T), "X: expected an array of shape (2, m), got shape (5, 2); pass X.T?"),
    "no examples": (lambda: forward(PARAMS, G, X[:, :0]), "got shape (2, 0)"),
    "a list": (lambda: forward(PARAMS, G, X.tolist()), "X: expected an array of shape (n[0], m), got a list"),
    "strings": (lambda: forward(PARAMS, G, X.astype(str)), "got one of dtype <U"),
    "NaN": (lambda: forward(PARAMS, G, with_one(np.nan)), "X: expected finite numbers, got NaN or infinity"),
    "infinity": (lambda: forward(PARAMS, G, with_one(np.inf)), "X: expected finite numbers"),
    "minus infinity": (lambda: forward(PARAMS, G, with_one(-np.inf)), "X: expected finite numbers"),
    "nothing": (lambda: forward(PARAMS, G, None), "X: expected an array of shape (n[0], m), got a NoneType"),
    "complex numbers": (lambda: forward(PARAMS, G, X + 0j), "got one of dtype complex128"),
    "params is None": (lambda: forward(None, G, X), "params: expected a dictionary with keys 1, 2, ..., L, got a NoneType"),
    "no bias": (lambda: forward({1: PARAMS[1][0]}, G, X), "params[1]: expected a pair (W, b), got ndarray"),
    "float keys": (lambda: forward({1.0: PARAMS[1], 2.0: PARAMS[2]}, G, X), "keys 1, 2, ..., L, got [1.0, 2.0]"),
    "extra activation": (lambda: forward(PARAMS, G | {3: tanh}, X), "g: expected one function for each of the layers [1, 2], got {1: <function tanh"),
    "activation by name": (lambda: forward(PARAMS, {1: "tanh", 2: sigmoid}, X), "g: expected one function for each"),
    "flat bias": (lambda: forward({1: PARAMS[1], 2: (W2, B2.ravel())}, G, X), "b[2]: expected an array of shape (1, 1), got shape (1,)"),
    "transposed weights": (lambda: forward({1: PARAMS[1], 2: (W2.T, B2)}, G, X), "W[2]: expected an array of shape (n[2], 3), got shape (3, 1)"),
    "keys from 0": (lambda: forward({0: PARAMS[1], 1: PARAMS[2]}, G, X), "a dictionary with keys 1, 2, ..., L, got [0, 1]"),
    "keys out of order": (lambda: forward({2: PARAMS[2], 1: PARAMS[1]}, G, X), "got [2, 1]"),
    "no layers": (lambda: check_shapes({}), "got []"),
    "params as a list": (lambda: check_shapes([PARAMS[1]]), "got a list"),
    "a layer without activation": (lambda: forward(PARAMS, {2: sigmoid}, X), "g: expected one function for each of the layers [1, 2]"),
    "g as a function": (lambda: predict(PARAMS, tanh, X), "g: expected one function for each of the layers [1, 2], got a function"),
    "examples to check as 1-D": (lambda: check_shapes(PARAMS, X[:, 0]), "X: expected an array of shape (n[0], m), got shape (2,)"),
    "flat weights": (lambda: check_shapes({1: (W2[0], B2)}), "W[1]: expected an array of shape (n[1], n[0]), got shape (3,)"),
    "three arrays for a layer": (lambda: check_shapes({1: (*PARAMS[1], X)}), "params[1]: expected a pair (W, b), got tuple"),
    "one unit too few below": (lambda: check_shapes(PARAMS, X[:1]), "X: expected an array of shape (2, m), got shape (1, 5)"),
    # costs
    "labels of another shape": (lambda: binary_cross_entropy(Z, Y.ravel()), "Y: expected an array of shape (1, 5), got shape (5,)"),
    "two outputs": (lambda: binary_cross_entropy(X, X), "Z: expected an array of shape (1, m), got shape (2, 5)"),
    "labels -1 and 1": (lambda: binary_cross_entropy(Z, 2 * Y - 1), "Y: expected labels between 0 and 1, got -1 to 1"),
    "NaN among the logits": (lambda: binary_cross_entropy(with_one(np.nan, Z), Y), "Z: expected finite numbers"),
    "NaN among the labels": (lambda: multilabel_cross_entropy(Z, with_one(np.nan, Y)), "Y: expected finite numbers"),
    "no examples to average": (lambda: multilabel_cross_entropy(Z[:, :0], Y[:, :0]), "Z: expected an array of shape (n, m), got shape (1, 0)"),
    "columns that do not sum to 1": (lambda: multiclass_cross_entropy(X, np.ones((2, 5))), "Y: expected columns that sum to 1, got 2 in column 0"),
    "one-hot rows": (lambda: multiclass_cross_entropy(X, one_hot([0, 1, 0, 1, 1], 2).T), "Y: expected an array of shape (2, 5), got shape (5, 2)"),
    "labels up to 2": (lambda: binary_cross_entropy(Z, 2 * Y), "Y: expected labels between 0 and 1, got 0 to 2"),
    "columns that sum to less": (lambda: multiclass_cross_entropy(X, with_one(0.4, np.full((2, 5), 0.5))), "Y: expected columns that sum to 1, got 0.9 in column 3"),
    "whole-number logits": (lambda: binary_cross_entropy((9 * Z).astype(int), Y), "Z: expected floats, got dtype int64"),
    # one_hot
    "half a class": (lambda: one_hot([0, 1], 2.5), "n: expected a positive whole number, got 2.5"),
    "true and false": (lambda: one_hot([True, False], 2), "got shape (2,) of dtype bool"),
    "classes as floats": (lambda: one_hot([0.0, 1.0], 2), "y: expected a 1-D array of whole numbers, got shape (2,) of dtype float64"),
    "a class too many": (lambda: one_hot([0, 2], 2), "y: expected classes from 0 to 1, got 0 to 2"),
    "a negative class": (lambda: one_hot([-1, 1], 2), "got -1 to 1"),
    "classes as a column": (lambda: one_hot([[0], [1]], 2), "got shape (2, 1)"),
    "no classes": (lambda: one_hot([], 2), "got shape (0,)"),
    "no whole classes": (lambda: one_hot(np.array([], int), 2), "y: expected a 1-D array of whole numbers, got shape (0,) of dtype int64"),
    "a column that sums to more": (lambda: multiclass_cross_entropy(X, with_one(1.0, np.full((2, 5), 0.5))), "Y: expected columns that sum to 1, got 1.5 in column 3"),
    # train
    "wrong last activation": (run(g={1: tanh, 2: tanh}), "g[2]: expected sigmoid, which binary_cross_entropy needs, got tanh"),
    "softmax with a binary cost": (run(g={1: tanh, 2: softmax}), "expected sigmoid, which binary_cross_entropy needs, got softmax"),
    "activation without vjp": (run(g={1: np.tanh, 2: sigmoid}), "g[1]: expected a function with a vjp"),
    "cost without seed": (run(cost=np.mean), "cost: expected a function with seed and activation, got <function mean"),
    "cost with a seed alone": (run(cost=SimpleNamespace(seed=1)), "cost: expected a function with seed and activation, got namespace(seed=1)"),
    "activation without a name": (run(g={1: tanh, 2: partial(sigmoid)}), "g[2]: expected sigmoid, which binary_cross_entropy needs, got functools.partial(<function sigmoid"),
    "NaN among the examples": (run(X=with_one(np.nan)), "X: expected finite numbers, got NaN or infinity"),
    "one example for training": (run(X=X[:, 0]), "X: expected an array of shape (n[0], m), got shape (2,)"),
    "examples of another size": (run(X=X[:1]), "X: expected an array of shape (2, m), got shape (1, 5)"),
    "as many targets as layers": (run(Y=Y[:, :2]), "Y: expected an array of shape (1, 5), got shape (1, 2)"),
    "empty batch": (run(X=X[:, :0], Y=Y[:, :0]), "X: expected an array of shape (n[0], m), got shape (2, 0)"),
    "rate 0": (run(lr=0), "lr: expected a positive number, got 0"),
    "rate below 0": (run(lr=-0.1), "lr: expected a positive number, got -0.1"),
    "infinite rate": (run(lr=np.inf), "lr: expected a positive number, got inf"),
    "rate True": (run(lr=True), "lr: expected a positive number, got True"),
    "epochs True": (run(epochs=True), "epochs: expected a positive whole number, got True"),
    "labels -1 and 1 in training": (run(Y=2 * Y - 1), "Y: expected labels between 0 and 1, got -1 to 1"),
    "NaN among the weights": (run(params={1: PARAMS[1], 2: (W2 * np.nan, B2)}), "W[2]: expected finite numbers"),
    "rate NaN": (run(lr=np.nan), "lr: expected a positive number, got nan"),
    "rate as text": (run(lr="0.1"), "lr: expected a positive number, got '0.1'"),
    "no epochs": (run(epochs=0), "epochs: expected a positive whole number, got 0"),
    "half an epoch": (run(epochs=0.5), "epochs: expected a positive whole number, got 0.5"),
    "batches of 0": (run(batch_size=0, rng=RNG), "batch_size: expected a positive whole number, got 0"),
    "batches without a generator": (run(batch_size=2), "rng: expected a numpy.random.Generator, got None"),
    "weights of whole numbers": (run(params={1: (np.ones((1, 2), int), np.zeros((1, 1), int))}, g={1: sigmoid}), "W[1]: expected floats, got dtype int64"),
    "a batch of one example": (lambda: next(minibatches(X[:, 0], Y)), "X: expected an array of shape (n[0], m), got shape (2,)"),
    "too few targets": (lambda: next(minibatches(X, Y[:, :2])), "Y: expected an array of shape (n[L], 5), got shape (1, 2)"),
    "batches of 0 columns": (lambda: next(minibatches(X, Y, 0, RNG)), "batch_size: expected a positive whole number, got 0"),
    "batches of -1 columns": (lambda: next(minibatches(X, Y, -1, RNG)), "batch_size: expected a positive whole number, got -1"),
    "batches without chance": (lambda: next(minibatches(X, Y, 2)), "rng: expected a numpy.random.Generator, got None"),
    "batches of 2.5 in training": (run(batch_size=2.5, rng=RNG), "batch_size: expected a positive whole number, got 2.5"),
    "old generator": (run(batch_size=2, rng=np.random.RandomState(0)), "rng: expected a numpy.random.Generator, got RandomState"),
    # activations and their derivatives: NumPy's own messages
    "relu of text": (lambda: relu("abc"), "ufunc 'maximum' did not contain a loop", TypeError),
    "relu of lists of unequal length": (lambda: relu([[1.0], [1.0, 2.0]]), "inhomogeneous shape"),
    "sigmoid of None": (lambda: sigmoid(None), "bad operand type for abs(): 'NoneType'", TypeError),
    "tanh of text": (lambda: tanh(X.astype(str)), "ufunc 'tanh' not supported for the input types", TypeError),
    "softmax of nothing": (lambda: softmax(X[:0]), "zero-size array to reduction operation maximum"),
    "relu_vjp of other shapes": (lambda: relu_vjp(X, X.T), "operands could not be broadcast together with shapes (2,5) (5,2)"),
    "sigmoid_vjp of other shapes": (lambda: sigmoid_vjp(X, X.T), "operands could not be broadcast together"),
    "tanh_vjp of other shapes": (lambda: tanh_vjp(X, X.T), "operands could not be broadcast together"),
    "softmax_vjp of other shapes": (lambda: softmax_vjp(X, X.T), "operands could not be broadcast together"),
    # a layer, and the way back
    "a layer on examples as rows": (lambda: linear(*PARAMS[1], X.T), "matmul: Input operand 1 has a mismatch in its core dimension 0"),
    "a layer of lists": (lambda: linear([[1.0]], [[0.0]], [[1.0]]), "unsupported operand type(s) for @", TypeError),
    "linear_vjp of a transposed dZ": (lambda: linear_vjp(DZ.T, W2, A[1]), "matmul: Input operand 1 has a mismatch"),
    "seed of another shape": (lambda: backward(PARAMS, G, A, DZ[:, :2]), "dZ: expected an array of shape (1, 5), got shape (1, 2)"),
    "seed as 1-D": (lambda: backward(PARAMS, G, A, DZ[0]), "dZ: expected an array of shape (1, 5), got shape (5,)"),
    "seed for all layers": (lambda: backward(PARAMS, G, A, {2: DZ}), "dZ: expected an array of shape (1, 5), got a dict"),
    "activations without X": (lambda: backward(PARAMS, G, {1: A[1], 2: A[2]}, DZ), "A: expected the activations of the layers [0, 1, 2], got [1, 2]"),
    "the last activations alone": (lambda: backward(PARAMS, G, A[2], DZ), "A: expected the activations of the layers [0, 1, 2], got a ndarray"),
    "activations of another network": (lambda: backward(PARAMS, G, A | {1: A[1][:2]}, DZ), "A[1]: expected an array of shape (3, 5), got shape (2, 5)"),
    "activations of other examples": (lambda: backward(PARAMS, G, A | {1: A[1][:, :2]}, DZ), "A[1]: expected an array of shape (3, 5), got shape (3, 2)"),
    "examples as 1-D": (lambda: backward(PARAMS, G, A | {0: X[0]}, DZ), "A[0]: expected an array of shape (2, m), got shape (5,)"),
    "no derivative of the activation": (lambda: backward(PARAMS, {1: np.sin, 2: sigmoid}, A, DZ), "g[1]: expected a function with a vjp, got <ufunc 'sin'>"),
    "no activation": (lambda: backward(PARAMS, {}, A, DZ), "g[1]: expected a function with a vjp, got None"),
    "g as a list": (lambda: backward(PARAMS, [tanh, sigmoid], A, DZ), "g: expected a dictionary of functions, got [<function tanh"),
    # losses and seeds
    "a loss of a list": (lambda: logistic_loss([[1.0]], Y), "Z: expected an array, got a list"),
    "labels as a list": (lambda: multilabel_cross_entropy_seed(Z, [[1.0]]), "Y: expected an array of shape (1, 5), got a list"),
    "both as lists": (lambda: binary_cross_entropy_seed([[1.0]], [[1.0]]), "A: expected an array, got a list"),
    "a loss of other shapes": (lambda: logistic_loss(Z, Y.T), "Y: expected an array of shape (1, 5), got shape (5, 1)"),
    "binary seed of a column": (lambda: binary_cross_entropy_seed(Z, Y.T), "Y: expected an array of shape (1, 5), got shape (5, 1)"),
    "multiclass seed of classes": (lambda: multiclass_cross_entropy_seed(X, np.array([0, 1, 0, 1, 1])), "Y: expected an array of shape (2, 5), got shape (5,)"),
    "multilabel seed of one label": (lambda: multilabel_cross_entropy_seed(X, Y), "Y: expected an array of shape (2, 5), got shape (1, 5)"),
    "classes for one-hot columns": (lambda: multiclass_cross_entropy(X, np.array([0, 1, 0, 1, 1])), "Y: expected an array of shape (2, 5), got shape (5,)"),
    "logits as a list": (lambda: multilabel_cross_entropy(Z.tolist(), Y), "Z: expected an array of shape (n, m), got a list"),
    "classes of unequal length": (lambda: one_hot([[0], [0, 1]], 2), "inhomogeneous shape"),
    # steps
    "a layer without derivative": (lambda: descend(PARAMS, {1: GRADS[1]}, 0.1), "grads: expected the layers [1, 2], got [1]"),
    "a flat derivative": (lambda: descend(PARAMS, GRADS | {1: (GRADS[1][0], GRADS[1][1].ravel())}, 0.1), "db[1]: expected an array of shape (3, 1), got shape (3,)"),
    "a derivative alone": (lambda: descend(PARAMS, GRADS | {2: GRADS[2][0]}, 0.1), "grads[2]: expected a pair (dW, db), got ndarray"),
    "three derivatives": (lambda: descend(PARAMS, GRADS | {2: (*GRADS[2], DZ)}, 0.1), "grads[2]: expected a pair (dW, db), got tuple"),
    "a list of derivatives": (lambda: descend(PARAMS, list(GRADS.values()), 0.1), "grads: expected the layers [1, 2], got a list"),
    "a step of rate 0": (lambda: descend(PARAMS, GRADS, 0), "lr: expected a positive number, got 0"),
    "a step of rate NaN": (lambda: descend(PARAMS, GRADS, np.nan), "lr: expected a positive number, got nan"),
    "a rate for each layer": (lambda: descend(PARAMS, GRADS, [0.1, 0.2]), "lr: expected a positive number, got [0.1, 0.2]"),
    # checks of derivatives
    "a direction of another shape": (lambda: numerical_jvp(np.sin, X, X.T), "operands could not be broadcast together"),
    "a vjp of another shape": (lambda: check_vjp(np.sin, lambda U: U.T, X, RNG), "vjp: expected a result of shape (2, 5), got (5, 2)"),
    "a seed number for the check": (lambda: check_vjp(np.sin, np.cos, X, 0), "rng: expected a numpy.random.Generator, got int"),
    "gradients of too few layers": (lambda: check_gradients(lambda p: 0.0, PARAMS, {1: GRADS[1]}, RNG), "grads: expected the layers [1, 2], got [1]"),
    "weights of unequal number": (lambda: Var.sum([Var(1.0), Var(2.0)], weights=[1]), "zip() argument 2 is shorter than argument 1"),
    "the logarithm of -1": (lambda: Var(-1.0).log(), "math domain error"),
    "a Var divided by 0": (lambda: Var(1.0) / 0, "division by zero", ZeroDivisionError),
    "a Var of text": (lambda: Var("a") * "b", "can't multiply sequence by non-int", TypeError),
    # other layouts
    "an unknown layout": (lambda: to_layout(PARAMS, "torch"), "layout: expected 'rows', 'keras' or 'pytorch', got 'torch'"),
    "columns as rows": (lambda: from_layout(PARAMS, "rows"), "b[1]: expected an array of shape (1, 2), got (3, 1)"),
    "a list of layers as rows": (lambda: from_layout([ROWS[1]], "rows"), "params: expected a dictionary, got [(array("),
    "weights alone as rows": (lambda: from_layout({1: ROWS[1][0]}, "rows"), "params[1]: expected a pair (W, b), got ndarray"),
    "three arrays as rows": (lambda: from_layout({1: (*ROWS[1], X)}, "rows"), "params[1]: expected a pair (W, b), got tuple"),
    "flat weights as rows": (lambda: from_layout({1: (X[0], B2)}, "rows"), "W[1]: expected an array of shape (n[0], n[1]), got shape (5,)"),
    "NaN among rows": (lambda: forward_rows(ROWS, G, with_one(np.nan).T), "X: expected finite numbers, got NaN or infinity"),
    "a layout of nothing": (lambda: to_layout(None, "rows"), "params: expected a dictionary with keys 1, 2, ..., L, got a NoneType"),
    "examples as columns": (lambda: forward_rows(ROWS, G, X), "X: expected an array of shape (m, 2), got shape (2, 5)"),
    "a row seed as a column": (lambda: backward_rows(ROWS, G, A_ROWS, DZ), "dZ: expected an array of shape (5, 1), got shape (1, 5)"),
    "a row seed of other examples": (lambda: backward_rows(ROWS, G, A_ROWS, DZ[:, :2].T), "dZ: expected an array of shape (5, 1), got shape (2, 1)"),
    "rows without their examples": (lambda: backward_rows(ROWS, G, {1: A_ROWS[1], 2: A_ROWS[2]}, DZ.T), "A: expected the activations of the layers [0, 1, 2], got [1, 2]"),
    "rows as a list": (lambda: backward_rows(ROWS, G, [A_ROWS[0]], DZ.T), "A: expected the activations of the layers [0, 1, 2], got a list"),
    "examples of other rows": (lambda: backward_rows(ROWS, G, A_ROWS | {0: A_ROWS[0].T}, DZ.T), "A[0]: expected an array of shape (m, 2), got shape (2, 5)"),
    "activations of fewer rows": (lambda: backward_rows(ROWS, G, A_ROWS | {1: A_ROWS[1][:2]}, DZ.T), "A[1]: expected an array of shape (5, 3), got shape (2, 3)"),
    # parities
    "no bits": (lambda: bits(0), "n: expected a whole number of bits, at least 2, got 0"),
    "half a bit": (lambda: parity_or(2.5), "n: expected a whole number of bits, at least 2, got 2.5"),
    "one bit": (lambda: parity_count(1), "n: expected a whole number of bits, at least 2, got 1"),
    "bits as text": (lambda: parity_tree("3"), "n: expected a whole number of bits, at least 2, got '3'"),
    "bits True": (lambda: parity_folded(True), "n: expected a whole number of bits, at least 2, got True"),
    "no folds": (lambda: sawtooth(0), "folds: expected a positive whole number, got 0"),
    # files: more in test_training
    "a file that is not there": (lambda: load_params("none.npz"), "No such file or directory: 'none.npz'", FileNotFoundError),
    "a folder for a file": (lambda: load_params("."), "Is a directory: '.'", IsADirectoryError),
    "a number for a path": (lambda: save_params(1.5, PARAMS), "expected str, bytes or os.PathLike object, not float", TypeError),
    "a list saved": (lambda: save_params("net.npz", [PARAMS[1]]), "params: expected a dictionary with keys 1, 2, ..., L, got a list"),
    "infinity saved": (lambda: save_params("net.npz", {1: (W2 * np.inf, B2)}), "params: expected finite numbers, got NaN or infinity"),
    "saved into no folder": (lambda: save_params("no/net.npz", PARAMS), "No such file or directory", FileNotFoundError),
}  # fmt: skip
KEPT = [X, Y, Z, DZ, A, PARAMS, GRADS, ROWS, A_ROWS]


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name, tmp_path, monkeypatch):
    call, message, *kind = BAD[name]
    monkeypatch.chdir(tmp_path)
    before = copy.deepcopy(KEPT)
    with pytest.raises(kind[0] if kind else ValueError, match=r"(?<!\w)" + re.escape(message)):
        call()
    np.testing.assert_equal(KEPT, before)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("method", ["to_numpy", "toarray", "filled"])
def test_what_only_looks_like_an_array_is_refused(method):
    """Tables, sparse and masked arrays, in the place of activations and of labels."""
    table = SimpleNamespace(shape=(1, 5), dtype=np.dtype(float), **{method: None})
    for given, name in ((table, Y), "A"), ((Y, table), "Y"):
        with pytest.raises(ValueError, match=rf"^{name}: .* got a SimpleNamespace; pass {name}\."):
            binary_cross_entropy_seed(*given)


def test_the_turned_array_is_suggested():
    for seed in multiclass_cross_entropy_seed, multilabel_cross_entropy_seed:
        with pytest.raises(ValueError, match=r"^Y: .* got shape \(5, 2\); pass Y\.T\?$"):
            seed(X, X.T)
        with pytest.raises(ValueError, match=r"^A: expected an array, got one of dtype <U1$"):
            seed(np.full((2, 5), "a"), X)
        with pytest.raises(ValueError, match=r"^A: expected an array, got a list$"):
            seed([[1.0]], X)


def test_targets_of_any_number_of_rows_are_named_so():
    with pytest.raises(ValueError, match=r"^Z: expected an array of shape \(n, m\), got"):
        squared_error(np.zeros((0, 5)), np.zeros((0, 5)))


@pytest.mark.parametrize("order", "CF")
def test_a_check_copies_nothing(order):
    large = np.ones((1000, 1000), order=order)
    tracemalloc.start()
    try:
        forward({1: (np.ones((1, 1000)), np.zeros((1, 1)))}, {1: np.copy}, large)
        assert tracemalloc.get_traced_memory()[1] < large.nbytes / 4
    finally:
        tracemalloc.stop()


def test_good_input_passes():
    rng = np.random.default_rng(0)
    assert (
        len(run(batch_size=np.int64(2), rng=rng, epochs=np.int32(2), lr=np.float32(0.1))()[1]) == 2
    )
    assert (
        init_params((2, 1), rng, scale=np.float32(0.5), dtype="float32")[1][0].dtype == np.float32
    )
    assert not init_params(np.array([2, 1]), rng, scale=0, dtype="float64")[1][0].any()
    assert one_hot(np.array([0, 1], np.uint8), 2).tolist() == [[1, 0], [0, 1]]
    forward(PARAMS, G, np.full((2, 5), 1e308))  # finite, though its sum is not
    forward(PARAMS, G, np.ones((2, 5), bool))
    last = {1: tanh, 2: sigmoid}
    assert not hasattr(np.sin, "vjp")
    forward(PARAMS, last | {1: np.sin}, X)  # without a vjp there is still a forward pass
    third = np.full((3, 5), np.float32(1 / 3))
    multiclass_cross_entropy(np.zeros((3, 5), np.float32), third)  # rounded, but columns sum to 1


class Table:
    """What a DataFrame shows of itself, with named columns or without."""

    def __init__(self, array):
        self.shape, self.dtypes = array.shape, [array.dtype] * array.shape[1]

    def to_numpy(self):
        raise AssertionError("a check converts nothing")


@pytest.mark.parametrize("bad, hint", [
    (Table(X), "got a Table; pass X.to_numpy(), with .T if its rows are examples"),
    (np.ma.masked_greater(X, 0), "got a MaskedArray; pass X.filled(...)"),
    (X.view(np.matrix), "got a matrix; pass np.asarray(X)"),
    (X.T, "expected an array of shape (2, m), got shape (5, 2); pass X.T?"),
    (X.tolist(), "got a list"),
    (SimpleNamespace(shape=(2, 5), dtype="tensor"), "got a SimpleNamespace"),
])  # fmt: skip
@pytest.mark.parametrize("call", [lambda X: forward(PARAMS, G, X), lambda X: run(X=X)()])
def test_data_in_other_forms_are_refused_with_what_to_pass(call, bad, hint):
    with pytest.raises(ValueError, match=re.escape(hint)):
        call(bad)


def test_targets_as_a_column_are_refused_with_a_hint():
    with pytest.raises(ValueError, match=r"Y: expected .* got shape \(5, 1\); pass Y.T\?"):
        binary_cross_entropy(Z, Y.T)


def test_whole_numbers_of_numpy_are_numbers():
    params = init_params([2, 3, 1], np.random.default_rng(0), scale=np.int64(2))
    np.testing.assert_equal(params, init_params([2, 3, 1], np.random.default_rng(0), scale=2))
    assert descend(PARAMS, GRADS, np.int32(1))[1][0].dtype == np.float64


def test_a_message_is_built_only_for_a_refusal():
    class Silent(dict):
        def __repr__(self):
            raise AssertionError("asked for words")

    backward(PARAMS, Silent(G), A, DZ)
    forward(PARAMS, Silent(G), X)
