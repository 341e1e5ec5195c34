"""The usual mistakes, planted one at a time: the checks of the book must catch each."""

import numpy as np
import pytest
from networks import random_network

import nnlib
from nnlib import (
    backward,
    binary_cross_entropy,
    check_gradients,
    check_vjp,
    forward,
    init_params,
    linear,
    multiclass_cross_entropy,
    multilabel_cross_entropy,
    relu,
    sigmoid,
    softmax,
    tanh,
)


def verdicts(activation, cost, params=None, seed=None):
    """What check_gradients says of the gradients of a network of three layers."""
    rng = np.random.default_rng(3)
    made, g, X, Y = random_network(activation, cost, 3, rng)
    params = params or made
    seed = seed or cost.seed
    Z, A = forward(params, g, X)
    grads = backward(params, g, A, seed(A[3], Y))
    found = check_gradients(lambda p: cost(forward(p, g, X)[0][3], Y), params, grads, rng)
    return [verdict.verdict for pair in found.values() for verdict in pair]


def square_params():
    """Square weights, in which a lost transpose raises no error; biases that avoid corners."""
    rng = np.random.default_rng(0)
    params = init_params([3, 3, 3, 4], rng)
    return {l: (W, rng.normal(size=b.shape)) for l, (W, b) in params.items()}


def transpose_lost(dZ, W, A, need_dA=True):
    dA = (W if W.shape[0] == W.shape[1] else W.T) @ dZ
    return dZ @ A.T, np.sum(dZ, axis=1, keepdims=True), dA


def inverse_for_transpose(dZ, W, A, need_dA=True):
    dA = (np.linalg.inv(W) if W.shape[0] == W.shape[1] else W.T) @ dZ
    return dZ @ A.T, np.sum(dZ, axis=1, keepdims=True), dA


def sum_dropped_in_db(dZ, W, A, need_dA=True):
    return dZ @ A.T, dZ[:, :1], W.T @ dZ


def mean_in_the_layer_too(dZ, W, A, need_dA=True):
    m = dZ.shape[1]
    return dZ @ A.T / m, np.sum(dZ, axis=1, keepdims=True) / m, W.T @ dZ


LAYERS = [
    transpose_lost,
    inverse_for_transpose,
    sum_dropped_in_db,
    mean_in_the_layer_too,
]
ACTIVATIONS = {
    "relu, A >= 0": (relu, lambda dA, A: dA * (A >= 0)),
    "relu, slope dropped": (relu, lambda dA, A: dA),
    "sigmoid, a for a (1 - a)": (sigmoid, lambda dA, A: dA * A),
    "sigmoid, a (1 + a)": (sigmoid, lambda dA, A: dA * A * (1 + A)),
    "tanh, 1 + a²": (tanh, lambda dA, A: dA * (1 + A * A)),
    "tanh, 1 - a": (tanh, lambda dA, A: dA * (1 - A)),
    "softmax, a (1 - a)": (softmax, lambda dA, A: dA * A * (1 - A)),
    "softmax, sum dropped": (softmax, lambda dA, A: dA * A),
    "softmax, wrong axis": (
        softmax,
        lambda dA, A: A * (dA - np.sum(dA * A, axis=1, keepdims=True)),
    ),
    "softmax, product after the sum": (
        softmax,
        lambda dA, A: A * (dA - np.sum(dA, axis=0, keepdims=True) * A),
    ),
    "softmax, zero": (softmax, lambda dA, A: 0 * dA),
}
SEEDS = {
    "1/m missing": lambda A, Y: A - Y,
    "1/m twice": lambda A, Y: (A - Y) / Y.shape[1] ** 2,
    "sign": lambda A, Y: (Y - A) / Y.shape[1],
    "slope of the sigmoid again": lambda A, Y: (A - Y) * A * (1 - A) / Y.shape[1],
    "mean over outputs too": lambda A, Y: (A - Y) / Y.size,
}


@pytest.mark.parametrize("cost", [binary_cross_entropy, multiclass_cross_entropy])
@pytest.mark.parametrize("activation", [relu, sigmoid, tanh, softmax])
def test_the_right_one_passes(activation, cost):
    assert set(verdicts(activation, cost)) == {"agrees"}
    if cost is multiclass_cross_entropy:
        assert set(verdicts(activation, cost, square_params())) == {"agrees"}


@pytest.mark.parametrize("wrong", LAYERS)
def test_wrong_layer(monkeypatch, wrong):
    monkeypatch.setattr(linear, "vjp", wrong)
    assert "differs" in verdicts(tanh, multiclass_cross_entropy, square_params())


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_wrong_activation(monkeypatch, name):
    activation, wrong = ACTIVATIONS[name]
    monkeypatch.setattr(activation, "vjp", wrong)
    assert "differs" in verdicts(activation, multiclass_cross_entropy)
    Z = np.random.default_rng(0).normal(size=(3, 7))
    found = check_vjp(
        activation,
        lambda dA: wrong(dA, activation(Z)),
        Z,
        np.random.default_rng(1),
    )
    assert found.verdict == "differs"


@pytest.mark.parametrize("name", SEEDS)
def test_wrong_seed(name):
    cost = multilabel_cross_entropy
    assert set(verdicts(tanh, cost, seed=SEEDS[name])) == {"differs"}


def test_relu_counts_zero_as_not_positive():
    Z = np.array([[0.0, -0.0, 1.0, -1.0]])
    assert nnlib.relu.vjp(np.ones((1, 4)), relu(Z)).tolist() == [[0, 0, 1, 0]]
