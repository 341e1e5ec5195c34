"""What has to hold for networks and numbers of every kind, tried on random ones."""

import autograd
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from networks import ACTIVATIONS, COSTS, PLAIN, plain_cost

from nnlib import (
    backward,
    binary_cross_entropy,
    check_gradients,
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

settings.register_profile(
    "tests",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],  # a busy machine is no mistake
)
settings.load_profile("tests")

DTYPES = [np.float64, np.float32]
LARGEST = {np.float64: 1e300, np.float32: 1e37}
sizes = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)


def stored(array, order):
    """The same numbers: by rows, by columns, or as every other column of a wider array."""
    if order == "strided":
        return np.repeat(array, 2, axis=1)[:, ::2]
    return np.asarray(array, order=order)


@st.composite
def networks(draw, dtypes=DTYPES):
    """params, g, cost, X, Y with sizes, depth, activations, dtype, order and scale at will."""
    rng = np.random.default_rng(draw(seeds))
    cost, dtype = draw(st.sampled_from(COSTS)), draw(st.sampled_from(dtypes))
    hidden = draw(st.lists(st.tuples(sizes, st.sampled_from(ACTIVATIONS)), max_size=4))
    outputs = 1 if cost is binary_cross_entropy else draw(sizes)
    n = [draw(sizes), *(size for size, _ in hidden), outputs]
    m, order = draw(sizes), draw(st.sampled_from(["C", "F", "strided"]))
    params = {
        l: (
            stored(W, order),
            stored(rng.normal(scale=draw(st.sampled_from([0.0, 0.1, 1.0])), size=b.shape), order).astype(dtype),
        )
        for l, (W, b) in init_params(n, rng, draw(st.sampled_from([0.1, 1.0, 3.0])), dtype).items()
    }  # fmt: skip
    g = {l: f for l, (_, f) in enumerate(hidden, 1)} | {len(n) - 1: cost.activation}
    X = stored(rng.normal(scale=draw(st.sampled_from([0.01, 1.0])), size=(n[0], m)), order)
    if cost is multiclass_cross_entropy:
        Y = one_hot(rng.integers(outputs, size=m), outputs)
    else:
        Y = rng.random((outputs, m)).round(draw(st.integers(0, 3)))
    return params, g, cost, X.astype(dtype), stored(Y.astype(dtype), order)


def gradients(params, g, cost, X, Y):
    Z, A = forward(params, g, X)
    return backward(params, g, A, cost.seed(A[len(params)], Y))


def in_float64(params):
    return {l: (W.astype(float), b.astype(float)) for l, (W, b) in params.items()}


def assert_close(found, expected, rtol):
    """Gradients equal up to rounding, which is relative to the largest number of an array."""
    for l in expected:
        for ours, theirs in zip(found[l], expected[l]):
            assert ours.shape == theirs.shape
            largest = np.max(np.abs(theirs), initial=0.0)
            np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol * largest + 1e-30)


@given(networks())
def test_gradients_are_those_of_autograd(network):
    params, g, cost, X, Y = network
    exact = in_float64(params), g, cost, X.astype(float), Y.astype(float)
    oracle = autograd.grad(plain_cost)(*exact)
    rtol = 1e-9 if X.dtype == np.float64 else 2e-2
    scale = max(np.max(np.abs(d)) for pair in oracle.values() for d in pair)
    found = gradients(params, g, cost, X, Y)
    for l in oracle:
        for ours, theirs in zip(found[l], oracle[l]):
            assert ours.dtype == X.dtype
            np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol * scale + 1e-12)


@given(networks(dtypes=[np.float64]), seeds)
def test_gradients_agree_with_differences(network, seed):
    params, g, cost, X, Y = network
    grads = gradients(params, g, cost, X, Y)

    def J(params):
        return cost(forward(params, g, X)[0][len(params)], Y)

    verdicts = check_gradients(J, params, grads, np.random.default_rng(seed))
    found = [verdict.verdict for pair in verdicts.values() for verdict in pair]
    assert "differs" not in found, verdicts


@given(networks(), seeds)
def test_the_order_of_examples_changes_nothing(network, seed):
    params, g, cost, X, Y = network
    order = np.random.default_rng(seed).permutation(X.shape[1])
    rtol = 1e-11 if X.dtype == np.float64 else 1e-4
    moved = gradients(params, g, cost, X[:, order], Y[:, order])
    assert_close(moved, gradients(params, g, cost, X, Y), rtol)
    last = forward(params, g, X)[1][len(params)]
    found = forward(params, g, X[:, order])[1][len(params)]
    np.testing.assert_allclose(found, last[:, order], rtol=rtol, atol=rtol)


@given(networks(), seeds)
def test_the_order_of_hidden_units_changes_nothing(network, seed):
    params, g, cost, X, Y = network
    rng = np.random.default_rng(seed)
    orders = {l: rng.permutation(len(W)) for l, (W, _) in params.items()}
    orders |= {0: np.arange(X.shape[0]), len(params): np.arange(len(Y))}

    def moved(pairs):
        return {l: (W[orders[l]][:, orders[l - 1]], b[orders[l]]) for l, (W, b) in pairs.items()}

    rtol = 1e-11 if X.dtype == np.float64 else 1e-4
    expected = moved(gradients(params, g, cost, X, Y))
    assert_close(gradients(moved(params), g, cost, X, Y), expected, rtol)


@given(networks(), st.integers(0, 6))
def test_a_gradient_is_the_mean_of_its_parts(network, cut):
    params, g, cost, X, Y = network
    m = X.shape[1]
    parts = [part for part in (slice(0, cut), slice(cut, m)) if X[:, part].shape[1]]
    found = [(X[:, p].shape[1], gradients(params, g, cost, X[:, p], Y[:, p])) for p in parts]
    mean = {
        l: tuple(sum(size * grads[l][k] for size, grads in found) / m for k in (0, 1))
        for l in params
    }
    assert_close(mean, gradients(params, g, cost, X, Y), 1e-11 if X.dtype == np.float64 else 1e-4)


@given(networks(), st.sampled_from([0.01, 1.0]))
def test_an_epoch_of_train_is_a_step_of_descend(network, lr):
    """Though it takes the step in another way, and for one example in yet another."""
    params, g, cost, X, Y = network
    before = [array.copy() for pair in params.values() for array in pair] + [X.copy(), Y.copy()]
    expected = descend(params, gradients(params, g, cost, X, Y), lr)
    found, _ = train(params, g, cost, X, Y, lr, epochs=1)
    assert all(a.dtype == X.dtype for pair in found.values() for a in pair)
    assert_close(found, expected, 1e-12 if X.dtype == np.float64 else 1e-4)
    after = [array for pair in params.values() for array in pair] + [X, Y]
    assert all(np.array_equal(a, b) for a, b in zip(after, before))


@given(networks(dtypes=[np.float64]))
def test_a_small_step_goes_down_as_promised(network):
    params, g, cost, X, Y = network
    L, lr = len(params), 1e-7
    grads = gradients(params, g, cost, X, Y)
    squares = sum(np.sum(d**2) for pair in grads.values() for d in pair)
    before, after = (cost(forward(p, g, X)[0][L], Y) for p in (params, descend(params, grads, lr)))
    np.testing.assert_allclose(before - after, lr * squares, rtol=1e-2, atol=1e-13 + 1e-14 * before)


logits = st.floats(-1, 1)


@st.composite
def logits_and_targets(draw, cost):
    """Z of any magnitude that the dtype holds, and Y."""
    dtype = draw(st.sampled_from(DTYPES))
    n, m = 1 if cost is binary_cross_entropy else draw(sizes), draw(sizes)
    rng, top = np.random.default_rng(draw(seeds)), np.log10(LARGEST[dtype])
    Z = rng.choice([-1, 1], size=(n, m)) * 10 ** rng.uniform(-top, draw(st.floats(-5, top)), (n, m))
    if cost is multiclass_cross_entropy:
        Y = one_hot(rng.integers(n, size=m), n, dtype)
    else:
        Y = rng.random((n, m)).round(draw(st.sampled_from([0, 0, 3]))).astype(dtype)
    return Z.astype(dtype), Y


@pytest.mark.parametrize("cost", COSTS, ids=lambda f: f.__name__)
@given(st.data())
def test_costs_are_finite_never_negative_and_convex(cost, data):
    Z, Y = data.draw(logits_and_targets(cost))
    J = cost(Z, Y)
    assert np.isfinite(J) and J >= 0 and J.dtype == Z.dtype
    assert np.all(np.isfinite(cost.seed(cost.activation(Z), Y)))
    other = data.draw(st.sampled_from([-Z, Z[:, ::-1], np.zeros_like(Z)]))
    share = Z.dtype.type(data.draw(st.sampled_from([0.1, 0.5, 0.9])))
    chord = share * J + (1 - share) * cost(other, Y)
    between = cost(share * Z + (1 - share) * other, Y)
    largest = max(np.max(np.abs(Z)), chord, Z.dtype.type(1))
    assert between <= chord + 20 * np.finfo(Z.dtype).eps * largest


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("cost", COSTS, ids=lambda f: f.__name__)
def test_costs_at_the_largest_logits(cost, dtype):
    top = LARGEST[dtype]
    for signs in ([[1.0]], [[-1.0]]) if cost is binary_cross_entropy else ([[1.0], [-1.0]],):
        Z = np.array(signs, dtype) * dtype(top)
        for y in (0, 1):
            Y = np.array([[y]], dtype) if len(Z) == 1 else one_hot([y], 2, dtype)
            assert cost(Z, Y) >= 0 and np.isfinite(cost(Z, Y))
            assert np.all(np.isfinite(cost.seed(cost.activation(Z), Y)))
    for f in (sigmoid, tanh, softmax):
        assert np.all(np.isfinite(f(np.array([[top], [-top], [0]], dtype))))


@given(st.data())
def test_softmax_sums_to_1_and_ignores_shifts(data):
    Z, _ = data.draw(logits_and_targets(multiclass_cross_entropy))
    A, eps = softmax(Z), np.finfo(Z.dtype).eps
    assert np.all(A >= 0) and np.all(A <= 1)
    np.testing.assert_allclose(np.sum(A, axis=0), 1, rtol=8 * eps)
    exact = np.round(np.clip(Z, -100, 100) * 8) / 8  # shifts by these round nothing away
    shift = Z.dtype.type(data.draw(st.integers(-1000, 1000)))
    np.testing.assert_array_equal(softmax(exact + shift), softmax(exact))


@given(st.data())
def test_sigmoid_and_tanh_are_symmetric(data):
    Z, _ = data.draw(logits_and_targets(multilabel_cross_entropy))
    eps = np.finfo(Z.dtype).eps
    np.testing.assert_allclose(sigmoid(Z) + sigmoid(-Z), 1, rtol=2 * eps)
    np.testing.assert_array_equal(tanh(Z), -tanh(-Z))
    moderate = np.clip(Z.astype(float), -15, 15)
    np.testing.assert_allclose(sigmoid(moderate), PLAIN[sigmoid](moderate), rtol=1e-13)
