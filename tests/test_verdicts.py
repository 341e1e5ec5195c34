"""The check of a gradient: what it says of right and wrong ones, and of what it cannot tell."""

from types import SimpleNamespace

import autograd.numpy as anp
import numpy as np
import pytest
from networks import random_network

from benchmarks import verdicts as networks_of_all_kinds
from nnlib import (
    Verdict,
    backward,
    check_gradients,
    check_vjp,
    forward,
    multiclass_cross_entropy,
    relu,
    softmax,
    squared_error,
    tanh,
)
from nnlib.verdicts import meaning, why_undecided

X = np.array([[1.0, -2.0, 0.5], [3.0, 1e-4, -1.0]])


def verdict(vjp, f=np.square, at=X):
    return check_vjp(f, vjp, at, np.random.default_rng(0))


def off(entry, factor):
    claimed = 2 * X
    claimed[entry] *= factor
    return lambda dA: dA * claimed


def remember(dA, kept=np.zeros((2, 3))):  # noqa: B008, it is meant to be kept
    kept += dA
    return kept * 2 * X


SLOPE = 2 * X


def overwrites_what_it_reads(dA):
    result = dA * SLOPE
    SLOPE[0, 0] += 1
    return result


def in_place(dA):
    dA *= 2 * X
    return dA


SAID = {
    "right": (lambda dA: dA * 2 * X, "agrees", "all 6 entries"),
    "twice": (lambda dA: dA * 4 * X, "differs", "claimed / measured is 2: a factor 2"),
    "half": (lambda dA: dA * X, "differs", "claimed / measured is 0.5: a factor 2 is missing"),
    "sign": (lambda dA: -dA * 2 * X, "differs", "claimed / measured is -1: the sign is turned"),
    "zero": (lambda dA: 0 * dA, "differs", "claimed / measured is 0: nothing arrives here"),
    "1/7": (lambda dA: dA * 2 * X / 7, "differs", "divided by 7 once too often"),
    "7": (lambda dA: dA * 14 * X, "differs", "a division by 7 is missing"),
    "1.01": (lambda dA: dA * 2.02 * X, "differs", "claimed / measured is 1.01 in all directions"),
    "one entry": (off((0, 2), 1.01), "differs", "1 of 6 entries differ, such as [0, 2], claimed"),
    "a small one": (off((1, 1), 0.99), "differs", "1 of 6 entries differ, such as [1, 1]"),
    "one zero": (off((0, 1), 0), "differs", "1 of 6 entries differ, such as [0, 1], claimed 0,"),
    "not linear": (lambda dA: dA**2 * 2 * X, "differs", "vjp is not linear"),
    "by its sign": (lambda dA: np.abs(dA) * 2 * X, "differs", "vjp is not linear"),
    "constant": (lambda dA: 2 * X, "differs", "vjp does not use what comes in"),
    "infinite": (lambda dA: dA * np.inf, "differs", "vjp is not finite"),
    "in place": (in_place, "undecided", "vjp changed an array that it was given"),
    "what it reads": (overwrites_what_it_reads, "undecided", "vjp changed an array"),
    "with a memory": (remember, "undecided", "vjp differs from call to call"),
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_said_of_a_square(name):
    vjp, expected, reason = SAID[name]
    found = verdict(vjp)
    assert (found.verdict, bool(found)) == (expected, expected == "agrees"), found
    assert str(found).startswith(f"{expected}: ") and "\n" not in str(found)
    assert reason in found.reason, found


def test_an_array_with_nan_that_is_only_read_was_not_changed():
    table = np.array([np.nan, 2.0])
    assert verdict(lambda dA: dA * table[1] * X)


def test_error_and_ratio():
    found = verdict(lambda dA: dA * 2.2 * X)
    assert np.isclose(found.ratio, 1.1, rtol=1e-6) and np.isclose(found.error, 1 / 11, rtol=1e-6)
    assert verdict(lambda dA: dA * 2 * X).error < 1e-4
    assert np.isnan(verdict(off((0, 0), 3)).ratio)
    with pytest.raises(AttributeError):
        found.verdict = "agrees"


CANNOT = {
    "f is not finite": (np.log, np.zeros(3), lambda dA: dA),
    "f differs from call to call": (lambda X: np.random.default_rng().normal(size=3), X, None),
    "f gives no numbers": (lambda X: X.astype(str), X, None),
    "f changed its argument": (lambda X: np.negative(X, out=X), X, None),
    "a corner lies within the step": (np.abs, np.array([0.0, 1.0]), lambda dA: dA * [0.5, 1]),
    "too small to measure in float64": (lambda X: 1 + 1e-17 * X.sum(), X, lambda u: u * 1e-17 + 0 * X),
    "nothing to compare": (lambda X: X**3, np.zeros(3), lambda dA: 0 * dA),
}  # fmt: skip


@pytest.mark.parametrize("reason", CANNOT)
def test_what_it_cannot_tell(reason):
    f, at, vjp = CANNOT[reason]
    found = verdict(vjp, f, at)
    assert found.verdict == "undecided" and found.reason.startswith(reason), found


@pytest.mark.parametrize("slope, agrees", [(0.0, True), (1.0, True), (0.5, False), (2.0, False)])
def test_at_a_corner_the_slope_is_that_of_one_side(slope, agrees):
    at = np.array([0.0, 1.0, -2.0])
    assert bool(verdict(lambda dA: dA * [slope, 1, 0], relu, at)) == agrees


@pytest.mark.parametrize("J", [lambda p: np.ones((1, 1)), lambda p: np.ones(5)])
def test_a_cost_that_is_not_one_number(J):
    params = {1: (np.ones((1, 2)), np.ones((1, 1)))}
    (dW, db) = check_gradients(J, params, params, np.random.default_rng(0))[1]
    assert dW.verdict == db.verdict == "undecided"
    assert dW.reason.startswith("J is not one number, but has shape")


def test_log_0_in_a_cost_is_said():
    params = {1: (np.zeros((1, 2)), np.zeros((1, 1)))}
    J = lambda p: np.sum(np.log(p[1][0]))  # noqa: E731
    found = check_gradients(J, params, params, np.random.default_rng(0))
    assert found[1][0].reason == "J is not finite"


def test_small_weights_of_tanh_and_zero_biases_of_relu_are_not_called_wrong():
    """Four layers of weights near 0.01, and examples for which a layer of ReLUs is off."""
    for seed in range(10):
        for activation, std, n in (tanh, 0.01, [20, 7, 5, 4, 1]), (relu, 0.5, [20, 7, 5, 1]):
            rng = np.random.default_rng(seed)
            params = {
                l: (std * rng.normal(size=(n[l], n[l - 1])), np.zeros((n[l], 1)))
                for l in range(1, len(n))
            }
            L = len(params)
            g = dict.fromkeys(params, activation) | {L: squared_error.activation}
            x, y = rng.normal(size=(20, 30)), rng.normal(size=(1, 30))
            _, A = forward(params, g, x)
            grads = backward(params, g, A, squared_error.seed(A[L], y))
            J = lambda p: squared_error(forward(p, g, x)[0][L], y)  # noqa: E731, B023
            found = check_gradients(J, params, grads, rng)
            said = [verdict.verdict for pair in found.values() for verdict in pair]
            assert "differs" not in said and said.count("agrees") >= len(said) - 2, (seed, found)


def test_float32_gradients_agree():
    rng = np.random.default_rng(0)
    params, g, x, y = random_network(softmax, multiclass_cross_entropy, 3, rng, dtype=np.float32)
    _, A = forward(params, g, x)
    grads = backward(params, g, A, multiclass_cross_entropy.seed(A[3], y))
    J = lambda p: multiclass_cross_entropy(forward(p, g, x)[0][3], y)  # noqa: E731
    assert all(all(pair) for pair in check_gradients(J, params, grads, rng).values())


@pytest.mark.slow
@pytest.mark.parametrize("run", [networks_of_all_kinds.right, networks_of_all_kinds.wrong])
def test_a_sample_of_what_the_benchmark_counts(run):
    never = "differs" if run is networks_of_all_kinds.right else "agrees"
    with np.errstate(all="ignore"):
        found = [run(seed) for seed in range(80)]
    assert [seed for _, seed, said in found if never in said] == []
    assert sum(map(len, (said for *_, said in found))) > 60


def test_squared_error_against_autograd():
    import autograd

    rng = np.random.default_rng(0)
    Z, Y = rng.normal(size=(3, 7)), rng.normal(size=(3, 7))
    plain = lambda Z: anp.sum((Z - Y) ** 2) / 14  # noqa: E731
    assert np.isclose(squared_error(Z, Y), plain(Z), rtol=1e-14)
    np.testing.assert_allclose(squared_error.seed(Z, Y), autograd.grad(plain)(Z), rtol=1e-13)
    assert squared_error.activation(Z) is Z and squared_error.activation.vjp(Y, Z) is Y


def test_a_verdict_is_shown_as_one_line_wherever_it_stands():
    found = {1: (Verdict("agrees", "all 2 entries"), Verdict("undecided", "nothing"))}
    assert repr(found) == "{1: (agrees: all 2 entries, undecided: nothing)}"


@pytest.mark.parametrize(
    "ratio, said",
    [
        (5.0, "a division by 5 is missing"),
        (3.01, "a division by 3 is missing"),
        (3.1, None),
        (2.4, None),
        (0.2, "divided by 5 once too often"),
        (0.332, "divided by 3 once too often"),
        (0.31, None),
        (1.3, None),
        (0.0, None),
        (100.3, "a division by 100 is missing"),
    ],
)
def test_what_a_constant_ratio_usually_means(ratio, said):
    found = meaning(ratio)
    assert (said in found) if said else found.endswith("in all directions") or "is 0" in found


def matches(*outcomes, measured=0.0, error=1.0):
    return [SimpleNamespace(outcome=x, measured=measured, error=error) for x in outcomes]


def test_why_it_is_undecided():
    zero, some = np.zeros(2), np.ones(2)
    assert why_undecided(zero, matches("small")) == "nothing to compare, claim and slope are both 0"
    assert why_undecided(zero, matches("small", measured=10.5)).startswith("too small to measure")
    assert why_undecided(some, matches("small")).startswith("too small to measure in float64")
    assert why_undecided(some, matches("small", "agrees")).startswith("too small to measure")
    assert why_undecided(some, matches("corner", "small")).startswith("a corner lies within")
    expected = "some draws agree and some do not, as near a corner"
    assert why_undecided(some, matches("agrees", "differs")) == expected


def test_how_many_entries_differ_is_said():
    at = np.linspace(1, 2, 12).reshape(3, 4)

    def wrong(count):
        claimed = (2 * at).ravel()
        claimed[:count] *= np.linspace(1.1, 1.3, count)
        return lambda dA: dA * claimed.reshape(at.shape)

    for count in (1, 2, 3):
        assert verdict(wrong(count), at=at).reason.startswith(
            f"{count} of 12 entries differ, such as"
        )
    assert verdict(wrong(9), at=at).reason.startswith("many entries differ, such as [0, 0]")
