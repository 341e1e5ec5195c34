"""Slopes against differences, and bounds on rounding against exact values."""

import mpmath
import numpy as np
import pytest

from texecute import values as v
from texecute.world import seed

FUNCTIONS = [
    "reciprocal",
    "square",
    "exp",
    "log",
    "sin",
    "cos",
    "tan",
    "tanh",
    "sinh",
    "cosh",
    "root",
    "sigmoid",
]
EXACT = {
    "reciprocal": lambda x: 1 / x, "square": lambda x: x * x, "root": mpmath.sqrt,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
}  # fmt: skip


def slope_of(f, x):
    value, _ = seed(v.exact(np.asarray(x)), 1)
    return f(value).slopes[1].array.item()


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("x", [0.3, 1.7, 4.1])
def test_slopes_are_exact(name, x):
    exact = mpmath.diff(EXACT.get(name, getattr(mpmath, name, None)), x)
    assert slope_of(getattr(v, name), x) == pytest.approx(float(exact), rel=1e-12)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_bound_holds(name):
    f, exact = getattr(v, name), EXACT.get(name, getattr(mpmath, name, None))
    rng = np.random.default_rng(0)
    with mpmath.workdps(40):
        for x in rng.uniform(0.01, 20, size=200):
            rounded = v.Value(np.asarray(x), np.asarray(1e-14 * x))
            found = f(rounded)
            for moved in (x, x * (1 + 1e-14)):
                gap = abs(float(exact(mpmath.mpf(float(moved))) - mpmath.mpf(float(found.array))))
                assert gap <= 1.01 * found.error + 1e-300


def test_cancellation_shows_in_the_bound():
    x = v.exp(v.number(40))
    found = v.subtract(v.add(x, v.number(1)), x)
    assert abs(found.array - 1) <= found.error and found.error > 10


def test_slopes_of_slopes():
    x, y = v.exact(np.asarray(0.7)), None
    outer, _ = seed(x, 1)
    inner, _ = seed(outer, 2)
    y = v.multiply(v.sin(inner), v.exp(inner))
    second = y.slopes[2].slopes[1].array.item()
    assert second == pytest.approx(2 * np.cos(0.7) * np.exp(0.7), rel=1e-13)


def test_matrix_products_carry_slopes():
    rng = np.random.default_rng(0)
    A, B = (v.exact(rng.normal(size=shape), (), True) for shape in [(2, 3), (3, 4)])
    seeded, axes = seed(A, 1)
    slope = v.matmul(seeded, B).slopes[1]
    assert slope.axes == axes and slope.array.shape == (2, 3, 2, 4)
    for i in range(2):
        for k in range(3):
            D = np.zeros((2, 3))
            D[i, k] = 1
            np.testing.assert_allclose(slope.array[i, k], D @ B.array)


def test_shapes_that_do_not_fit_are_refused():
    A, B = v.exact(np.ones((2, 3)), (), True), v.exact(np.ones((2, 3)), (), True)
    with pytest.raises(Exception, match="cannot be multiplied"):
        v.matmul(A, B)
    with pytest.raises(Exception, match="do not fit"):
        v.add(A, v.exact(np.ones((3, 3)), (), True))


def test_what_lies_outside_has_no_value():
    x = v.exact(np.arange(3.0), ("i",))
    found = v.gather(x, "i", v.exact(np.array([0.0, 3.0]), ("j",)))
    assert found.array[0] == 0 and np.isnan(found.array[1])
