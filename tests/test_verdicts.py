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
from nnlib.verdicts import (
    Comparison,
    Match,
    Slope,
    common_ratio,
    decide,
    meaning,
    measure,
    numbers,
    quotient,
    where_it_differs,
    why_undecided,
)

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
    "no number": (lambda dA: dA * np.nan, "differs", "vjp is not finite"),
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
    assert (
        found.reason.startswith(reason)
        or f", {reason}" in found.reason
        or f": {reason}" in found.reason
    )


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
        (0.3, None),
        (1.0, None),
        (1.3, None),
        (0.0, None),
        (100.3, "a division by 100 is missing"),
    ],
)
def test_what_a_constant_ratio_usually_means(ratio, said):
    found = meaning(ratio)
    assert (said in found) if said else found.endswith("in all directions") or "is 0:" in found


def matches(*outcomes, measured=0.0, error=1.0):
    return [SimpleNamespace(outcome=x, measured=measured, error=error) for x in outcomes]


def test_why_it_is_undecided():
    zero, some = np.zeros(2), np.ones(2)
    assert why_undecided(zero, matches("small")) == "nothing to compare, claim and slope are both 0"
    assert why_undecided(zero, matches("small", measured=10.5)).startswith("too small to measure")
    assert why_undecided(some, matches("small")).startswith("too small to measure in float64")
    assert why_undecided(some, matches("small", "agrees")).startswith("too small to measure")
    assert why_undecided(some, matches("corner", "small")).startswith("a corner lies within")
    edge = matches("small", measured=1.0, error=0.1)
    assert why_undecided(zero, edge).startswith("nothing to compare")
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


# The parts, with the numbers that chapters/verdicts.ipynb gives


def test_a_small_ratio_is_not_zero():
    assert "nothing arrives" in meaning(0.0) and "nothing arrives" in meaning(1e-12)
    assert "divided by 1437 once too often" in meaning(1 / 1437)


def test_a_ratio_is_constant_relative_to_its_size():
    found = [SimpleNamespace(claimed=c, measured=1.0, error=0.0) for c in (100.0, 100.3)]
    assert 100 <= common_ratio(found) <= 100.3
    assert np.isnan(common_ratio([*found, SimpleNamespace(claimed=101, measured=1, error=0)]))


def entries_that_differ(*which, size=9):
    """A comparison in which these entries differ."""

    def compare(entries):
        outcome = "differs" if set(entries) & set(which) else "agrees"
        return Match(outcome, 2.0, 1.0, 0.0)

    groups = lambda: [np.arange(size)]  # noqa: E731
    return SimpleNamespace(compare=compare, groups=groups, X=np.zeros((3, 3)))


@pytest.mark.parametrize(
    "which, said",
    [
        ((), "no entry differs by itself, but their sum does"),
        ((4,), "1 of 9 entries differ, such as [1, 1], claimed 2, measured 1"),
        ((1, 5, 8), "3 of 9 entries differ, such as [0, 1], claimed 2, measured 1"),
        ((1, 5, 7, 8), "many entries differ, such as [0, 1], claimed 2, measured 1"),
    ],
)
def test_where_it_differs(which, said):
    assert where_it_differs(entries_that_differ(*which)) == said


def test_what_is_said_of_a_single_entry():
    found = verdict(lambda dA: dA * 6.0, at=np.array([[3.0]]))
    assert found.reason == "the only entry" and np.isclose(found.ratio, 1, rtol=1e-6)
    assert verdict(lambda dA: dA * 2 * X).reason == "all 6 entries"


def test_the_last_draw_says_why_it_is_undecided():
    draws = [[Match(outcome, 1.0, 1.0, 1.0)] for outcome in ("corner", "differs", "small")]
    found = decide(draws, 0, 0, SimpleNamespace(dX=np.ones(2)))
    assert found.reason.startswith("too small to measure")


def test_error_and_ratio_of_what_is_undecided():
    found = decide([[Match("small", 3.0, 1.0, 1e-9)]], 0, 0, SimpleNamespace(dX=np.ones(2)))
    assert np.isclose(found.error, 2 / 3) and found.ratio == 3


def test_large_slopes_are_linear_up_to_rounding():
    assert verdict(lambda dA: dA * 2e6 * X / 3, lambda X: 1e6 * X**2 / 3)


def test_whole_numbers_are_made_floats():
    assert numbers(np.array([1, 2])).dtype == float
    assert numbers(np.ones(2, dtype=np.float32)).dtype == np.float32


def test_without_a_claim_there_is_no_relative_error():
    found = decide([[Match("small", 0.0, 1.0, 9.0)]], 0, 0, SimpleNamespace(dX=np.zeros(2)))
    assert np.isnan(found.error)


# measured, its error, what weighs, a corner, how many steps were against: what is said of claim 1
OUTCOMES = [
    (1.0 + 4.9e-4, 1e-5, 1.0, False, 0, "agrees"),  # 0.05 % of the smallest entry
    (1.0 + 7.9e-4, 1e-4, 1.0, False, 0, "agrees"),  # 8 times the error
    (1.0 + 9e-4, 1e-4, 1.0, False, 0, "small"),
    (1.0 + 7.5e-4, 9e-5, 1.0, False, 0, "agrees"),  # the rounding counts, here 5e-5
    (1.0 + 1.99e-3, 1e-3, 1.0, False, 0, "agrees"),  # at most 0.2 %
    (1.0 + 2.1e-3, 1e-3, 1.0, False, 0, "small"),
    (1.0, 3e-3, 1.0, False, 0, "small"),  # not exact enough
    (1.0 + 1e-2, 1e-5, 1.0, True, 9, "corner"),
    (1.0 + 1.7e-3, 1e-4, 1.0, False, 3, "differs"),  # 10 errors, rounding, tolerance: 1.55e-3
    (1.0 + 1.5e-3, 1e-4, 1.0, False, 3, "small"),
    (1.0 + 1.6e-3, 1.02e-4, 1.0, False, 3, "differs"),  # 1.57e-3, with eleven 1.67e-3
    (1.0 + 1.7e-3, 1e-4, 1.0, False, 2, "small"),
    (1.0 + 2.9e-10, 1e-10, 0.0, False, 0, "agrees"),  # among zeros, 3 errors
    (1.0 + 3.5e-10, 1e-10, 0.0, False, 0, "small"),
    (1.0, 5e-9, 0.0, False, 0, "small"),  # 1e-9 of the largest, which is 4
    (1.0, 3.9e-9, 0.0, False, 0, "agrees"),
]


@pytest.mark.parametrize("measured, error, smallest, corner, against, said", OUTCOMES)
def test_outcome(measured, error, smallest, corner, against, said):
    slope = Slope(measured, error, corner, against)
    rounding = 5e-5 if smallest else 0.0
    found = Comparison.outcome(SimpleNamespace(largest=4.0), 1.0, slope, smallest, rounding)
    assert found == said


class Recorder:
    """A generator that remembers what it was asked."""

    def uniform(self, low, high, size):
        self.lengths = low, high, size
        return np.linspace(low, high, size)

    def choice(self, values, size):
        self.signs = list(values), size
        return np.array([values[0]] * size)


@pytest.mark.parametrize(
    "count, lengths, signs", [(3, (1, 3, 3), ([-1, 1], 3)), (2, (1, 3, 2), ([-1, 1], 2)),
                              (1, (1, 1, 1), ([1], 1))],
)  # fmt: skip
def test_directions(count, lengths, signs):
    """Several entries get weights from 1 to 3 and random signs; at a corner either side is tried."""
    rng, tried = Recorder(), []

    def match(entries, v, one_sided=False):
        tried.append((v.tolist(), one_sided))
        return Match("corner", 0.0, 0.0, 0.0)

    found = Comparison.compare(SimpleNamespace(rng=rng, match=match), np.arange(count))
    v = np.linspace(*lengths)
    first = signs[0][0]
    assert (rng.lengths, rng.signs) == (lengths, signs) and found.outcome == "corner"
    assert tried == [((first * v).tolist(), False), ((-v).tolist(), 1), (v.tolist(), 1)]


def comparison(f, at, dX, U=None, unit=0.0):
    U = np.ones(np.shape(f(at))) if U is None else U
    return Comparison(f, at, U, np.asarray(dX), unit, np.random.default_rng(0))


def test_entries_of_like_size_come_together():
    found = comparison(np.square, np.zeros((2, 3)), np.array([[0, 5.0, 0.01], [7.0, 0, -0.02]]))
    assert [group.tolist() for group in found.groups()] == [[1, 3], [2, 5], [0, 4]]


def test_rounding_belongs_to_the_largest_of_three():
    eps = np.finfo(float).eps
    for f_X, dX, unit, largest in (9, 2, 3, 9), (1, 7, 3, 7), (1, 2, 8, 8):
        found = comparison(
            lambda X, f_X=f_X: f_X + 0 * X, np.zeros(2), np.full(2, 1.0 * dX), unit=unit
        )
        assert found.rounding == 8 * eps * largest
    assert comparison(np.square, np.zeros(2), np.ones(2)).size == 1.0
    assert comparison(np.square, np.full(2, 1.5), np.ones(2)).size == 1.5


def test_a_match_weighs_entries_and_rounding_by_the_direction():
    seen = {}
    made = comparison(np.square, np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    made.outcome = lambda *given: seen.setdefault("given", given) and "agrees"
    made.match(np.array([0, 1]), np.array([3.0, 0.5]))
    claimed, _, smallest, rounding = seen["given"]
    assert (claimed, smallest) == (8.0, 2.0)
    assert np.isclose(rounding, made.rounding * np.sqrt(9.25), rtol=1e-9, atol=0)


def steps_of(phi, *given):
    """What is measured, and the steps that were tried."""
    tried = []

    def noted(t):
        tried.append(t)
        return phi(t)

    return measure(noted, *given), tried


def test_the_bend_of_a_corner():
    assert quotient(abs, 0.5)[2] == 1.0


def test_steps_from_small_to_large():
    _, tried = steps_of(lambda t: 0.0, 1.0, 0.0, 2.0, 1e-3)
    assert np.allclose(sorted({abs(t) for t in tried[::4]}), 2.0 * 10.0 ** np.arange(-10, 1))


def test_steps_that_are_not_noticed_say_nothing():
    found, _ = steps_of(lambda t: t if abs(t) > 1e-5 else 0.0, 1.0, 0.0, 1.0, 1e-9)
    assert np.isclose(found.measured, 1.0)


def test_it_stops_when_the_slope_is_exact_enough():
    """At once where the claim is close; else after three steps that are against it."""
    found, tried = steps_of(lambda t: t, 1.0005, 0.0, 1.0, 1e-3)
    assert found.against == 0 and len(tried) == 4
    found, tried = steps_of(lambda t: t, 2.0, 0.0, 1.0, 1e-3)
    assert found.against == 3 and len(tried) == 12


def test_exact_enough_is_a_quarter_of_the_tolerance():
    found, _ = steps_of(lambda t: t, 1.0, 2.3e-13, 1.0, 1e-3)
    assert np.isclose(found.error, 2.3e-4, rtol=1e-3)


@pytest.mark.parametrize(
    "size, beside, seen", [(1.0, 0.0, True), (1.0, 1e-2, False), (100.0, 1e-4, True)]
)
def test_a_corner_counts_where_small_steps_see_it(size, beside, seen):
    found, _ = steps_of(lambda t: max(0.0, t - beside), 0.5, 0.0, size, 1e-9)
    assert found.corner == seen


# Just inside and just outside of each bound


def test_a_slope_counts_where_it_is_a_thousand_times_its_error():
    clear = SimpleNamespace(claimed=2001.0, measured=1000.5, error=1.0)
    assert common_ratio([clear]) == 2.0
    assert np.isnan(common_ratio([SimpleNamespace(claimed=2.0, measured=999.5, error=1.0)]))


def test_a_ratio_of_nearly_1_is_not_what_differs():
    matches = [Match("differs", 1.0005, 1.0, 1e-9)] * 2
    comparison = entries_that_differ(4)
    comparison.dX = np.ones(9)
    found = decide([matches] * 3, 0, 3, comparison)
    assert found.reason.startswith("1 of 9 entries differ") and np.isnan(found.ratio)


@pytest.mark.parametrize(
    "claimed, measured, error, rounding, said",
    [
        (5e-4, 0.0, 0.0, 0.0, "agrees"),  # the gap is the tolerance
        (1.0, 1.0, 2e-3, 0.0, "agrees"),  # the error is all that is allowed
        (1.0005, 0.0, 0.0, 1.0, "small"),  # the gap is all that may be rounding
    ],
)
def test_outcome_at_its_bounds(claimed, measured, error, rounding, said):
    slope = Slope(measured, error, False, 3)
    assert Comparison.outcome(SimpleNamespace(largest=1.0), claimed, slope, 1.0, rounding) == said


def bending(bends, size=1.0):
    """An even function whose bend at each step is given, from the smallest step on."""
    steps = size * 10.0 ** np.arange(-10, 1)
    halves = {h / 2: bend * h / 4 for h, bend in zip(steps, [*bends, *[0.0] * 11])}
    return lambda t: halves.get(abs(t), 0.0)


@pytest.mark.parametrize(
    "bends, noise, corner",
    [
        ([1, 1], 0.0, True),
        ([1, 0], 0.0, False),  # one alone is none
        ([1, 0.31], 0.0, True),
        ([1, 0.29], 0.0, False),
        ([1, 19], 0.0, True),
        ([1, 20.5], 0.0, False),
        ([1, 25], 1e-15, False),
        ([0, 0, 0, 0, 0, 0, 1, 1], 0.0, False),  # the second step is no longer small
        ([0, 0, 0, 0, 0, 1, 1], 0.0, True),
        ([0.305, 0.305], 1e-12, True),  # 30 times the noise, which is 0.01 there
        ([0.295, 0.295], 1e-12, False),
    ],
)
def test_a_bend_that_stays_is_a_corner(bends, noise, corner):
    assert measure(bending(bends), 1.0, noise, 1.0, 1e-9).corner == corner


def sloped(slopes):
    """A function whose slope at each step is given, from the smallest step on."""
    steps = 10.0 ** np.arange(-10, 1)
    known = {h: s for h, s in zip(steps, slopes)} | {h / 2: s for h, s in zip(steps, slopes)}
    return lambda t: known.get(abs(t), slopes[-1]) * t


def test_a_larger_step_that_contradicts_ends_the_search():
    """The errors are 0.01 and 0.001: twice their sum is 0.022."""
    found = measure(sloped([1.0, 1.0275]), 1.0, 1e-12, 1.0, 1e-9)
    assert found.measured == 1.0
    assert np.isclose(measure(sloped([1.0, 1.02]), 1.0, 1e-12, 1.0, 1e-9).measured, 1.02)


def test_what_counts_against_a_claim():
    """Ten times the error, which is 0.01 at the smallest step."""
    assert measure(sloped([1.0]), 1.105, 1e-12, 1.0, 1e-12).against == 11
    assert measure(sloped([1.0]), 1.095, 1e-12, 1.0, 1e-12).against == 10
