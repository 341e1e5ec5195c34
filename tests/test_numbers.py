"""Large logits, float32, and arguments that must stay as they are."""

import copy
from decimal import Decimal

import numpy as np
import pytest
from networks import ACTIVATIONS, COSTS, random_network

from nnlib import (
    backward,
    binary_cross_entropy,
    check_vjp,
    descend,
    forward,
    init_params,
    multiclass_cross_entropy,
    multilabel_cross_entropy,
    one_hot,
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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_and_its_cost_take_each_column_by_itself(dtype):
    Z = np.array([[1000.0, 0.0, -1000.0], [0.0, -1000.0, -1000.0]], dtype)
    assert softmax(Z).tolist() == [[1.0, 1.0, 0.5], [0.0, 0.0, 0.5]]
    Y = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]], dtype)
    assert np.isclose(multiclass_cross_entropy(Z, Y), (0 + 1000 + np.log(2)) / 3, rtol=1e-6)


def test_small_numbers_keep_their_digits():
    def close(found, expected):
        np.testing.assert_allclose(found, expected, rtol=1e-14, atol=0)

    close(sigmoid(np.array([[-700.0]])), np.exp(-700.0))
    close(sigmoid(np.array([[-40.0]])), np.exp(-40.0) / (1 + np.exp(-40.0)))
    close(binary_cross_entropy(np.array([[40.0]]), np.array([[1.0]])), np.log1p(np.exp(-40.0)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("top, low", [(300.1, 250.3), (0.1, -40.7), (-40.7, -90.1), (1e-3, -77.7)])
def test_a_difference_of_logits_keeps_its_digits(dtype, top, low):
    Z = np.array([[top, low], [low, top]], dtype)
    first, second = (Decimal(float(z)) for z in Z[:, 0])
    exact = float((second - first).exp())  # log(1 + this) is this, to 20 digits
    eps = np.finfo(dtype).eps
    assert np.isclose(multiclass_cross_entropy(Z, np.eye(2)), exact, rtol=3 * eps, atol=0)


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
        assert np.all(np.isfinite(cost.seed(cost.activation(Z3), Y3)))


@pytest.mark.parametrize("cost", COSTS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda f: f.__name__)
def test_float32_stays_float32(activation, cost):
    rng = np.random.default_rng(0)
    params, g, X, Y = random_network(activation, cost, 3, rng, dtype=np.float32)
    Z, A = forward(params, g, X)
    dZ = cost.seed(A[3], Y)
    grads = backward(params, g, A, dZ)
    stepped = descend(params, grads, lr=0.1)
    trained, _ = train(params, g, cost, X, Y, lr=0.1, epochs=2, batch_size=3, rng=rng)
    arrays = [*Z.values(), *A.values(), dZ, cost(Z[3], Y)]
    for pairs in (grads, stepped, trained):
        arrays += [array for pair in pairs.values() for array in pair]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_float32_stays_float32_next_to_float64():
    """A float64 rate, or float64 data and targets, do not turn the parameters into float64."""
    rng = np.random.default_rng(0)
    params = init_params([3, 5, 2], rng, dtype=np.float32)
    assert {array.dtype for pair in params.values() for array in pair} == {np.dtype("float32")}
    X, Y = rng.normal(size=(3, 7)), one_hot(rng.integers(2, size=7), 2)
    g = {1: tanh, 2: softmax}
    trained, _ = train(params, g, multiclass_cross_entropy, X, Y, np.float64(0.1), 2)
    assert {array.dtype for pair in trained.values() for array in pair} == {np.dtype("float32")}


@pytest.mark.parametrize("cost", COSTS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda f: f.__name__)
def test_nothing_passed_is_changed(activation, cost):
    rng = np.random.default_rng(0)
    params, g, X, Y = random_network(activation, cost, 3, rng)
    frozen = [X, Y, *(array for pair in params.values() for array in pair)]
    for array in frozen:
        array.flags.writeable = False
    before = copy.deepcopy(frozen)
    Z, A = forward(params, g, X)
    dZ = cost.seed(A[3], Y)
    cost(Z[3], Y)
    for array in [*Z.values(), *A.values(), dZ]:
        array.flags.writeable = False
    dA = rng.normal(size=A[1].shape)
    dA.flags.writeable = False
    activation.vjp(dA, A[1])
    grads = backward(params, g, A, dZ)
    for pair in grads.values():
        for array in pair:
            array.flags.writeable = False
    assert list(grads) == [1, 2, 3]
    descend(params, grads, lr=0.1)
    train(params, g, cost, X, Y, lr=0.1, epochs=2, batch_size=3, rng=rng)
    np.testing.assert_equal(frozen, before)


@pytest.mark.parametrize("cost", COSTS, ids=lambda f: f.__name__)
def test_labels_between_0_and_1(cost):
    """Soft targets: the cost is linear in Y, and the seed is its derivative."""
    rng = np.random.default_rng(0)
    params, g, X, Y0 = random_network(tanh, cost, 2, rng)
    Y1 = Y0[:, ::-1]
    Z = forward(params, g, X)[0][2]
    mixed = cost(Z, 0.3 * Y0 + 0.7 * Y1)
    assert np.isclose(mixed, 0.3 * cost(Z, Y0) + 0.7 * cost(Z, Y1), rtol=1e-13)
    soft = 0.3 * Y0 + 0.7 * Y1
    seed = cost.seed(cost.activation(Z), soft)
    assert check_vjp(lambda Z: cost(Z, soft), lambda u: u * seed, Z, rng)


@pytest.mark.parametrize("cost", COSTS, ids=lambda f: f.__name__)
def test_check_false_leaves_the_checks_out(cost):
    Z, Y = np.array([[0.5, -1.0]]), np.array([[2.0, 3.0]])
    with pytest.raises(ValueError, match="Y: expected"):
        cost(Z, Y)
    assert np.isfinite(cost(Z, Y, check=False))
    params, X = init_params([1, 1], np.random.default_rng(0)), np.array([[np.nan]])
    assert np.isnan(forward(params, {1: tanh}, X, check=False)[1][1]).all()


def test_init_params_scale_and_seed():
    params = init_params([400, 300, 5], np.random.default_rng(0), scale=2.0)
    assert np.isclose(params[1][0].std(), 2 / np.sqrt(400), rtol=0.02)
    assert not params[1][1].any() and params[1][1].shape == (300, 1)
    again = init_params([400, 300, 5], np.random.default_rng(0), scale=2.0)
    np.testing.assert_equal(params, again)


@pytest.mark.parametrize("of_params, of_X", [("f4", "f8"), ("f8", "f4"), ("f4", "f4")])
def test_dtypes_are_the_widest_of_what_comes_in(of_params, of_X):
    rng = np.random.default_rng(0)
    params, g, X, Y = random_network(tanh, COSTS[1], 2, rng, dtype=np.dtype(of_params))
    X = X.astype(of_X)
    Z, A = forward(params, g, X)
    dZ = COSTS[1].seed(A[2], Y)
    grads = backward(params, g, A, dZ)
    widest = np.result_type(of_params, of_X)
    arrays = [*Z.values(), A[1], A[2], dZ, *(d for pair in grads.values() for d in pair)]
    assert {array.dtype for array in arrays} == {widest}
    assert {d.dtype for pair in descend(params, grads, 0.1).values() for d in pair} == {widest}


@pytest.mark.parametrize("cost", COSTS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("labels", ["i4", "i8", "?", "f4", "f8"])
def test_the_dtype_of_a_cost_and_its_seed(cost, labels):
    """Whole numbers count as NumPy counts them: float32 with int64 is float64."""
    Z = np.array([[0.5, -1.0]], "f4")
    Y = np.array([[1, 1]], labels)
    A = cost.activation(Z)
    assert cost.seed(A, Y.astype("f4")).dtype == np.float32
    assert cost.seed(A, Y.astype(labels) if labels != "?" else Y.astype("i1")).dtype == (
        np.result_type("f4", labels if labels != "?" else "i1")
    )
    if labels != "?":
        assert cost(Z, Y).dtype == np.result_type("f4", labels)
