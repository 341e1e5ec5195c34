"""Large logits, float32, and arguments that must stay as they are."""

import copy

import numpy as np
import pytest
from networks import ACTIVATIONS, COSTS, random_network

from nnlib import (
    backward,
    binary_cross_entropy,
    descend,
    forward,
    init_params,
    multiclass_cross_entropy,
    multilabel_cross_entropy,
    sigmoid,
    softmax,
    tanh,
    train,
)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_at_large_logits(dtype):
    Z = np.array([[-1000.0], [0.0], [1000.0]], dtype)
    assert sigmoid(Z).ravel().tolist() == [0.0, 0.5, 1.0]
    assert tanh(Z).ravel().tolist() == [-1.0, 0.0, 1.0]
    assert softmax(Z).ravel().tolist() == [0.0, 0.0, 1.0]
    assert softmax(-Z).ravel().tolist() == [1.0, 0.0, 0.0]


def test_sigmoid_keeps_its_digits_for_negative_logits():
    assert np.isclose(sigmoid(np.array([[-700.0]])), np.exp(-700.0), rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_costs_at_large_logits(dtype):
    Z, yes, no = (np.array([[value]], dtype) for value in (1000.0, 1.0, 0.0))
    assert binary_cross_entropy(Z, yes) == 0
    assert binary_cross_entropy(Z, no) == 1000
    assert binary_cross_entropy(-Z, yes) == 1000
    Z2, Y2 = np.vstack([Z, -Z]), np.vstack([yes, no])
    assert multiclass_cross_entropy(Z2, Y2) == 0
    assert multiclass_cross_entropy(Z2, 1 - Y2) == 2000
    assert multilabel_cross_entropy(Z2, Y2) == 0
    assert multilabel_cross_entropy(Z2, 1 - Y2) == 2000
    for cost, Z3, Y3 in [
        (binary_cross_entropy, Z, no),
        (multiclass_cross_entropy, Z2, 1 - Y2),
        (multilabel_cross_entropy, Z2, 1 - Y2),
    ]:
        assert np.all(np.isfinite(cost.seed(Z3, Y3)))


@pytest.mark.parametrize("cost", COSTS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda f: f.__name__)
def test_float32_stays_float32(activation, cost):
    rng = np.random.default_rng(0)
    params, g, X, Y = random_network(activation, cost, 3, rng, dtype=np.float32)
    Z, A = forward(params, g, X)
    dZ = cost.seed(Z[3], Y)
    grads = backward(params, g, A, dZ)
    stepped = descend(params, grads, lr=0.1)
    trained, _ = train(params, g, cost, X, Y, lr=0.1, epochs=2, batch_size=3, rng=rng)
    arrays = [*Z.values(), *A.values(), dZ, cost(Z[3], Y)]
    for pairs in (grads, stepped, trained):
        arrays += [array for pair in pairs.values() for array in pair]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


@pytest.mark.parametrize("cost", COSTS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda f: f.__name__)
def test_nothing_passed_is_changed(activation, cost):
    rng = np.random.default_rng(0)
    params, g, X, Y = random_network(activation, cost, 3, rng)
    Z, A = forward(params, g, X)
    dZ = cost.seed(Z[3], Y)
    everything = [params, X, Y, Z, A, dZ]
    before = copy.deepcopy(everything)
    grads = backward(params, g, A, dZ)
    cost(Z[3], Y)
    descend(params, grads, lr=0.1)
    train(params, g, cost, X, Y, lr=0.1, epochs=2, batch_size=3, rng=rng)
    np.testing.assert_equal(everything, before)


def test_init_params_scale_and_seed():
    params = init_params([400, 300, 5], np.random.default_rng(0), scale=2.0)
    assert np.isclose(params[1][0].std(), 2 / np.sqrt(400), rtol=0.02)
    assert not params[1][1].any() and params[1][1].shape == (300, 1)
    again = init_params([400, 300, 5], np.random.default_rng(0), scale=2.0)
    np.testing.assert_equal(params, again)
