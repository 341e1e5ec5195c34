"""Var against autograd, and the checks against functions with known derivatives."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad

from nnlib import Var, check_gradients, check_vjp, numerical_jvp, softmax

OPERATIONS = {
    "u + v": lambda u, v: u + v,
    "u - v": lambda u, v: u - v,
    "u * v": lambda u, v: u * v,
    "u / v": lambda u, v: u / v,
    "-u": lambda u, v: -u + 0 * v,
    "2 + u": lambda u, v: 2 + u + 0 * v,
    "2 - u": lambda u, v: 2 - u + 0 * v,
    "2 * u": lambda u, v: 2 * u + 0 * v,
    "2 / u": lambda u, v: 2 / u + 0 * v,
    "u / 2": lambda u, v: u / 2 + 0 * v,
    "numpy number": lambda u, v: np.float64(2.5) * u + np.float64(1.5) / v,
    "shared node": lambda u, v: (u * v + u) * (u * v),
}
NAMED = {  # by Var, and by autograd
    "exp": (lambda u, v: (u * v).exp(), lambda u, v: anp.exp(u * v)),
    "log": (lambda u, v: (u * u + v).log(), lambda u, v: anp.log(u * u + v)),
    "maximum": (lambda u, v: (u * v).maximum(v), lambda u, v: anp.maximum(u * v, v)),
    "maximum of a number": (lambda u, v: (u - v).maximum(0), lambda u, v: anp.maximum(u - v, 0)),
    "sum": (lambda u, v: Var.sum([u, v, u * v]), lambda u, v: u + v + u * v),
    "weights": (lambda u, v: Var.sum([u, v], weights=[3, -2]), lambda u, v: 3 * u - 2 * v),
}
NAMED |= {name: (f, f) for name, f in OPERATIONS.items()}


@pytest.mark.parametrize("u, v", [(0.7, 1.9), (-1.3, 0.4), (2.5, 2.0)])
@pytest.mark.parametrize("name", NAMED)
def test_var_against_autograd(name, u, v):
    by_var, plain = NAMED[name]
    x, y = Var(u), Var(v)
    result = by_var(x, y)
    for _ in range(2):  # a second pass gives the same, and does not add up
        result.backward()
        assert np.isclose(result.value, plain(u, v), rtol=1e-14, atol=0)
        assert np.isclose(x.grad, grad(plain, 0)(u, v), rtol=1e-13, atol=1e-15)
        assert np.isclose(y.grad, grad(plain, 1)(u, v), rtol=1e-13, atol=1e-15)


def test_var_at_the_corner_takes_the_slope_of_relu():
    u = Var(0.0)
    u.maximum(0).backward()
    assert u.grad == 0


def test_nodes_come_once_and_parents_first():
    u = Var(3.0)
    assert u.grad == 0
    v = u * u
    y = v + u
    assert y.nodes() == [u, v, y]


def test_var_survives_a_long_chain():
    u = y = Var(1.0)
    for _ in range(5000):
        y = y + 0.001
    y.backward()
    assert u.grad == 1 and len(y.nodes()) == 10001


def test_numerical_jvp():
    X, V = np.array([[1.0, 2.0]]), np.array([[3.0, -1.0]])
    assert np.allclose(numerical_jvp(lambda X: X**3, X, V), 3 * X**2 * V, rtol=1e-8, atol=0)
    assert np.allclose(numerical_jvp(lambda X: X**3, X, V, eps=1.0), 3 * X**2 * V + V**3)


def test_check_vjp_draws_its_cotangent_at_random():
    """With ones a softmax that is wrong by a constant would look as right as the right one."""
    Z = np.random.default_rng(0).normal(size=(3, 7))
    np.testing.assert_allclose(softmax.vjp(np.ones((3, 7)), softmax(Z)), 0, atol=1e-15)
    seen = []
    check_vjp(softmax, lambda U: (seen.append(U), 0 * U)[1], Z, np.random.default_rng(1))
    assert np.unique(seen[0]).size == Z.size


def test_a_gradient_of_another_shape_is_refused():
    params = {1: (np.ones((3, 2)), np.zeros((3, 1)))}
    for grads in ({1: (1.0, np.zeros((3, 1)))}, {1: (np.ones((3, 2)), np.zeros((1, 1)))}):
        with pytest.raises(ValueError, match=r"d[Wb]\[1\]: expected an array of shape"):
            check_gradients(lambda p: np.sum(p[1][0]), params, grads, np.random.default_rng(0))
