"""Chapter 5: ReLU and its relatives."""

import numpy as np

from exercises.kinds import ByHand, Debug, Derive, Predict, Write


def relu(Z):
    return np.maximum(Z, 0)


def leaky(rng):
    n, m = rng.permutation([2, 3, 4, 5])[:2]
    c = float(rng.uniform(0.05, 0.4))
    Z = rng.normal(size=(n, m))
    Z[0, 0] = 0.0
    return rng.normal(size=(n, m)), np.where(Z > 0, Z, c * Z), c


def clipped(rng):
    n, m = rng.permutation([3, 4, 5, 6])[:2]
    Z = rng.normal(3, 4, size=(n, m))
    Z[0, :3] = 0.0, 6.0, 9.0
    return rng.normal(0, 9, size=(n, m)), np.clip(Z, 0, 6)


def some_off(rng):
    """Three layers of ReLU whose biases turn some units off."""
    n = [3, *(int(k) for k in rng.integers(4, 8, 3))]
    params = {
        l: (rng.normal(size=(n[l], n[l - 1])), rng.normal(-2, 2, size=(n[l], 1))) for l in (1, 2, 3)
    }
    return params, rng.normal(size=(3, 6))


def activations(params, X, bias=1):
    A, found = X, []
    for W, b in params.values():
        A = relu(W @ A + bias * b)
        found.append(A)
    return found


def off_units(params, X, bias=1, count=lambda A: np.all(A == 0, axis=1).sum()):
    return [int(count(A)) for A in activations(params, X, bias)]


EXERCISES = {
    "relu-back": ByHand(
        level=1,
        first=(np.array([-1, 0, 2]), np.array([5, 6, 7])),
        draw=lambda rng: (
            np.append(rng.permutation([-2, 0]), rng.integers(2, 5)),
            rng.permutation([3, 5, 6, 8])[:3],
        ),
        right=lambda Z, dA: dA * (Z > 0),
        mistakes={
            "At z = 0 this book chooses the slope 0: that is a choice, and the test is z > 0.": lambda Z, dA: (
                dA * (Z >= 0)
            ),
            "Nothing is stopped. What is the slope where z is below 0?": lambda Z, dA: dA + 0,
            "You multiplied dA by a. ReLU's slope is 1 or 0.": lambda Z, dA: dA * relu(Z),
            "These are the slopes. Each is multiplied with what comes from above.": lambda Z, dA: (
                (Z > 0) * 1
            ),
            "You let through what has z below 0, and stopped the rest.": lambda Z, dA: (
                dA * (Z <= 0)
            ),
            "That is the way forward: ReLU of z.": lambda Z, dA: relu(Z),
        },
        hints=(
            "The slope of ReLU is 1 where z > 0, and else 0.",
            "dZ is dA where the slope is 1, and 0 elsewhere.",
        ),
    ),
    "twice": Predict(
        level=1,
        first=(np.array([-3.0, 2.0, 5.0]),),
        draw=lambda rng: (
            np.array([-rng.integers(1, 6), rng.integers(1, 3), rng.integers(4, 8)]) * 1.0,
        ),
        right=lambda Z: relu(3 - relu(Z)),
        mistakes={
            "The inner ReLU has made the negative number a 0. What is 3 − 0?": lambda Z: relu(
                3 - Z
            ),
            "The outer ReLU lets nothing negative out.": lambda Z: 3 - relu(Z),
            "What the inner ReLU has stopped is 0, not gone: 3 − 0 reaches the outer one.": lambda Z: (
                relu(3 - relu(Z)) * (Z > 0)
            ),
            "That is the inner ReLU alone.": lambda Z: relu(Z),
            "The sign of the difference is turned: 3 − relu(Z), not relu(Z) − 3.": lambda Z: relu(
                relu(Z) - 3
            ),
        },
        hints=(
            "First relu(Z), then 3 less that.",
            "Then the outer ReLU: what is negative becomes 0.",
        ),
    ),
    "leaky": Write(
        level=2,
        draw=leaky,
        right=lambda dA, A, c: dA * np.where(A > 0, 1, c),
        other=lambda dA, A, c: np.where(A > 0, dA, dA * c),
        mistakes={
            "That is ReLU's: nothing passes where A is not above 0. Here a c-th part does.": lambda dA, A, c: (
                dA * (A > 0)
            ),
            "You multiplied by the activation where it is above 0. Its slope there is 1.": lambda dA, A, c: (
                dA * np.maximum(c * A, A)
            ),
            "These are the slopes alone: dA is not used.": lambda dA, A, c: np.where(A > 0, 1.0, c),
            "On the lower branch yours is c itself, not c times what comes from above.": lambda dA, A, c: (
                dA * (A > 0) + c * (A <= 0)
            ),
            "The two slopes are exchanged.": lambda dA, A, c: dA * np.where(A > 0, c, 1),
            "At 0 yours has slope 1. The book's choice there is the lower branch.": lambda dA, A, c: (
                dA * np.where(A >= 0, 1, c)
            ),
            "You applied the leaky ReLU to dA: its sign decides nothing, that of A does.": lambda dA, A, c: (
                np.where(dA > 0, dA, c * dA)
            ),
        },
        hints=(
            "The sign of A is that of Z, since c is positive. So A says on which branch an entry is.",
            "The slope is 1 or c. np.where chooses entry by entry.",
        ),
    ),
    "squared": Derive(
        level=3,
        given=r"""z \in \mathbb{R}, \quad w \in \mathbb{R}, \quad y \in \mathbb{R}
a := \max(0, z)^2
J := \frac{1}{2} (w a - y)^2""",
        left=r"\frac{\partial J}{\partial z}",
        right=r"(w a - y) w \cdot 2 \max(0, z)",
        other=r"= (w \max(0, z)^2 - y) \cdot 2 w \max(0, z)",
        mistakes={
            "The 2 of the inner square is missing.": r"(w a - y) w \max(0, z)",
            "w is missing: J depends on w a.": r"(w a - y) \cdot 2 \max(0, z)",
            "Where z is below 0, a stays 0: its slope there is not 2z.": r"(w a - y) w \cdot 2 z",
            "The slope of a by z is missing.": r"(w a - y) w",
            "a is the square of max(0, z). Its slope has max(0, z) in it, not a.": r"(w a - y) w \cdot 2 a",
            "You multiplied by a itself where its slope belongs.": r"(w a - y) w a",
        },
        hints=(
            "Three factors: J by w a, w a by a, a by z.",
            "a is z² for z > 0 and 0 else. Both branches have a slope, and it can be written with max.",
        ),
    ),
    "relu6": Debug(
        level=2,
        draw=clipped,
        right=lambda dA, A: dA * ((A > 0) & (A < 6)),
        mistakes={
            "Still ReLU's: what is the slope where the activation has reached 6?": lambda dA, A: (
                dA * (A > 0)
            ),
            "You limited the derivative. It is the activation that stops at 6: where it has, nothing passes.": lambda dA, A: (
                np.minimum(dA * (A > 0), 6)
            ),
            "The lower end is lost: where A is 0 nothing passes.": lambda dA, A: dA * (A < 6),
            "Everything passes. A = 0 says that z is 0 or below, A = 6 that it is 6 or above: what is the slope there?": lambda dA, A: (
                dA * ((A >= 0) & (A <= 6))
            ),
            "These are the slopes alone: dA is not used.": lambda dA, A: ((A > 0) & (A < 6)) * 1.0,
        },
        hints=(
            "Draw min(max(0, z), 6). It has three pieces.",
            "From A alone: it is on the middle piece if it is strictly between the two ends.",
        ),
    ),
    "leaky-gain": ByHand(
        level=2,
        first=(3 / 4,),
        draw=lambda rng: (float(rng.choice([0.2, 0.25, 0.4, 0.5, 0.6])),),
        right=lambda c: np.sqrt(2 / (1 + c**2)),
        mistakes={
            "That is ReLU's gain. Here the negative half is not lost: it comes out c times as large.": lambda c: (
                np.sqrt(2)
            ),
            "The root is missing: that is by how much the mean square has to grow.": lambda c: (
                2 / (1 + c**2)
            ),
            "In the mean square c counts squared.": lambda c: np.sqrt(2 / (1 + c)),
            "That is what is left of the size. The gain has to undo it.": lambda c: np.sqrt(
                (1 + c**2) / 2
            ),
            "Both halves count half: the mean square is (1 + c²)/2 times that of z.": lambda c: (
                np.sqrt(1 / (1 + c**2))
            ),
        },
        hints=(
            "Half of the z are positive and pass; of the others a² is c² z². What is the mean of a²?",
            "(1 + c²)/2 times the mean of z². The gain is one over the root of that.",
        ),
    ),
    "which-are-off": Write(
        level=3,
        draw=some_off,
        right=off_units,
        other=lambda params, X: [
            int(np.count_nonzero(A.max(1) == 0)) for A in activations(params, X)
        ],
        mistakes={
            "Units that are off for one example are counted: off is meant for all of them.": lambda params, X: (
                off_units(params, X, count=lambda A: np.any(A == 0, axis=1).sum())
            ),
            "You count entries that are 0, not units.": lambda params, X: off_units(
                params, X, count=lambda A: (A == 0).sum()
            ),
            "You go over the wrong axis: those are examples for which all units are off.": lambda params, X: (
                off_units(params, X, count=lambda A: np.all(A == 0, axis=0).sum())
            ),
            "Every layer reads the activations of the layer below, not X; and each has its bias.": lambda params, X: (
                off_units(params, X, bias=0)
            ),
            "Those are the units that are on for some example.": lambda params, X: off_units(
                params, X, count=lambda A: np.any(A > 0, axis=1).sum()
            ),
            "That is their number in the whole network: one for each layer is asked for.": lambda params, X: (
                sum(off_units(params, X))
            ),
        },
        hints=(
            "Go forward: A = np.maximum(0, W @ A + b), layer by layer.",
            "A unit is a row. np.all(A == 0, axis=1) says of each row whether all of it is 0.",
        ),
    ),
}
