"""nnlib's gradients against autograd and against differences."""

import autograd
import numpy as np
import pytest
from networks import ACTIVATIONS, COSTS, PLAIN, plain_cost, random_network

from nnlib import backward, check_gradients, check_vjp, forward, linear


def gradients(params, g, cost, X, Y):
    Z, A = forward(params, g, X)
    return backward(params, g, A, cost.seed(A[len(params)], Y))


@pytest.mark.parametrize("layers", [1, 2, 3, 4])
@pytest.mark.parametrize("cost", COSTS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda f: f.__name__)
def test_network_against_autograd_and_differences(activation, cost, layers):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        params, g, X, Y = random_network(activation, cost, layers, rng)
        Z, _ = forward(params, g, X)
        assert np.isclose(cost(Z[layers], Y), plain_cost(params, g, cost, X, Y), rtol=1e-10)

        grads = gradients(params, g, cost, X, Y)
        oracle = autograd.grad(plain_cost)(params, g, cost, X, Y)
        for l in params:
            for ours, theirs in zip(grads[l], oracle[l]):
                assert ours.shape == theirs.shape
                np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-12)

        def J(params):
            return cost(forward(params, g, X)[0][layers], Y)  # noqa: B023, used at once

        verdicts = check_gradients(J, params, grads, rng)
        assert all(all(pair) for pair in verdicts.values()), verdicts


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda f: f.__name__)
def test_vjp_against_the_full_jacobian(activation):
    rng = np.random.default_rng(0)
    Z, dA = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    jacobian = autograd.jacobian(PLAIN[activation])(Z)  # axes: output j, i; input j, i
    expected = np.einsum("ji,jikl->kl", dA, jacobian)
    np.testing.assert_allclose(activation.vjp(dA, activation(Z)), expected, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("cost", COSTS, ids=lambda f: f.__name__)
def test_seed_against_autograd(cost):
    rng = np.random.default_rng(0)
    params, g, X, Y = random_network(ACTIVATIONS[2], cost, 2, rng)
    Z, A = (arrays[2] for arrays in forward(params, g, X))
    expected = autograd.grad(lambda Z: PLAIN[cost](PLAIN[cost.activation](Z), Y))(Z)
    np.testing.assert_allclose(cost.seed(A, Y), expected, rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("argument", ["W", "b", "A"])
def test_linear_vjp_by_each_argument(argument):
    rng = np.random.default_rng(0)
    arrays = {
        "W": rng.normal(size=(5, 3)),
        "b": rng.normal(size=(5, 1)),
        "A": rng.normal(size=(3, 7)),
    }
    which = "WbA".index(argument)
    verdict = check_vjp(
        lambda V: linear(**(arrays | {argument: V})),
        lambda dZ: linear.vjp(dZ, arrays["W"], arrays["A"])[which],
        arrays[argument],
        rng,
    )
    assert verdict


def test_the_derivative_by_the_input_is_left_out_on_request():
    dZ, W, A = np.ones((2, 4)), np.ones((2, 3)), np.ones((3, 4))
    assert linear.vjp(dZ, W, A, need_dA=False)[2] is None
    assert linear.vjp(dZ, W, A)[2].shape == (3, 4)


def test_no_gradient_of_the_input_is_computed(monkeypatch):
    asked = []
    original = linear.vjp

    def spy(dZ, W, A, need_dA=True):
        asked.append(need_dA)
        return original(dZ, W, A, need_dA)

    monkeypatch.setattr(linear, "vjp", spy)
    cost = COSTS[0]
    params, g, X, Y = random_network(ACTIVATIONS[2], cost, 3, np.random.default_rng(0))
    gradients(params, g, cost, X, Y)
    assert asked == [True, True, False]
