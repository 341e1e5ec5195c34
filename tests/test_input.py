"""Bad input raises a ValueError that says what was expected and what came."""

import re

import numpy as np
import pytest

from nnlib import (
    binary_cross_entropy,
    check_shapes,
    forward,
    init_params,
    multiclass_cross_entropy,
    multilabel_cross_entropy,
    one_hot,
    predict,
    sigmoid,
    softmax,
    tanh,
    train,
)

RNG = np.random.default_rng(0)
PARAMS = init_params([2, 3, 1], RNG)
G = {1: tanh, 2: sigmoid}
X = RNG.normal(size=(2, 5))
Y = np.array([[0.0, 1.0, 1.0, 0.0, 1.0]])
Z = RNG.normal(size=(1, 5))
W2, B2 = PARAMS[2]


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
    "integer dtype": (lambda: init_params([2, 1], RNG, dtype=int), "dtype: expected float32 or float64"),
    "one number": (lambda: init_params(3, RNG), "n: expected two or more positive whole numbers, got 3"),
    "booleans": (lambda: init_params([True, True], RNG), "got [True, True]"),
    "infinite scale": (lambda: init_params([2, 1], RNG, np.inf), "scale: expected a number >= 0, got inf"),
    "scale as text": (lambda: init_params([2, 1], RNG, "1"), "scale: expected a number >= 0, got 1"),
    "half precision": (lambda: init_params([2, 1], RNG, dtype=np.float16), "dtype: expected float32 or float64"),
    # forward
    "one example as 1-D": (lambda: forward(PARAMS, G, X[:, 0]), "X: expected an array of shape (n[0], m), got shape (2,)"),
    "examples as rows": (lambda: forward(PARAMS, G, X.T), "W[1]: expected an array of shape (n[1], 5), got shape (3, 2)"),
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
    "extra activation": (lambda: forward(PARAMS, G | {3: tanh}, X), "g: expected one function for each of the layers [1, 2]"),
    "activation by name": (lambda: forward(PARAMS, {1: "tanh", 2: sigmoid}, X), "g: expected one function for each"),
    "flat bias": (lambda: forward({1: PARAMS[1], 2: (W2, B2.ravel())}, G, X), "b[2]: expected an array of shape (1, 1), got shape (1,)"),
    "transposed weights": (lambda: forward({1: PARAMS[1], 2: (W2.T, B2)}, G, X), "W[2]: expected an array of shape (n[2], 3), got shape (3, 1)"),
    "keys from 0": (lambda: forward({0: PARAMS[1], 1: PARAMS[2]}, G, X), "a dictionary with keys 1, 2, ..., L, got [0, 1]"),
    "keys out of order": (lambda: forward({2: PARAMS[2], 1: PARAMS[1]}, G, X), "got [2, 1]"),
    "no layers": (lambda: check_shapes({}), "got []"),
    "params as a list": (lambda: check_shapes([PARAMS[1]]), "got a list"),
    "a layer without activation": (lambda: forward(PARAMS, {2: sigmoid}, X), "g: expected one function for each of the layers [1, 2]"),
    "g as a function": (lambda: predict(PARAMS, tanh, X), "g: expected one function for each of the layers [1, 2], got a function"),
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
    # train
    "wrong last activation": (run(g={1: tanh, 2: tanh}), "g[2]: expected sigmoid, which binary_cross_entropy needs, got tanh"),
    "softmax with a binary cost": (run(g={1: tanh, 2: softmax}), "expected sigmoid, which binary_cross_entropy needs, got softmax"),
    "activation without vjp": (run(g={1: np.tanh, 2: sigmoid}), "g[1]: expected a function with a vjp"),
    "cost without seed": (run(cost=np.mean), "cost: expected a function with seed and activation"),
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
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name):
    call, message = BAD[name]
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


def test_good_input_passes():
    rng = np.random.default_rng(0)
    assert (
        len(run(batch_size=np.int64(2), rng=rng, epochs=np.int32(2), lr=np.float32(0.1))()[1]) == 2
    )
    assert (
        init_params((2, 1), rng, scale=np.float32(0.5), dtype="float32")[1][0].dtype == np.float32
    )
    assert not init_params(np.array([2, 1]), rng, scale=0)[1][0].any()
    assert one_hot(np.array([0, 1], np.uint8), 2).tolist() == [[1, 0], [0, 1]]
    forward(PARAMS, G, np.full((2, 5), 1e308))  # finite, though its sum is not
    forward(PARAMS, G, np.ones((2, 5), bool))
    last = {1: tanh, 2: sigmoid}
    assert not hasattr(np.sin, "vjp")
    forward(PARAMS, last | {1: np.sin}, X)  # without a vjp there is still a forward pass
    third = np.full((3, 5), np.float32(1 / 3))
    multiclass_cross_entropy(np.zeros((3, 5), np.float32), third)  # rounded, but columns sum to 1
