"""Chapter 7: tanh."""

import numpy as np

from exercises.kinds import ByHand, Debug, Derive, Predict, Write


def far(rng):
    Z = rng.normal(size=(rng.integers(2, 5), 6)) * 2
    Z[0, :3] = 1000, -1000, 0
    return (Z,)


def scaled(rng):
    n, m = rng.permutation([2, 3, 4, 5])[:2]
    c, s = float(rng.uniform(1.5, 3)), float(rng.uniform(0.4, 0.9))
    return (rng.normal(size=(n, m)), c * np.tanh(s * rng.normal(size=(n, m))), c, s)


EXERCISES = {
    "tanh-back": ByHand(
        level=1,
        first=(0.8, 5),
        draw=lambda rng: (float(rng.choice([-0.6, 0.3, 0.4, -0.2, 0.7])), int(rng.integers(2, 9))),
        right=lambda a, dA: dA * (1 - a * a),
        mistakes={
            "That is the sigmoid's slope, a (1 − a).": lambda a, dA: dA * a * (1 - a),
            "The square is missing.": lambda a, dA: dA * (1 - a),
            "You put a into tanh once more: it is its output already.": lambda a, dA: (
                dA * (1 - np.tanh(a) ** 2)
            ),
            "That is the slope. It is multiplied with what comes from above.": lambda a, dA: (
                1 - a * a
            ),
            "(1 − a)² is not 1 − a².": lambda a, dA: dA * (1 - a) ** 2,
            "The sign of the square is turned.": lambda a, dA: dA * (1 + a * a),
        },
        hints=(
            "tanh's slope, too, can be computed from a alone.",
            "The slope is 1 − a², and dZ is dA times that.",
        ),
    ),
    "five-layers": Predict(
        level=2,
        right=lambda: [0.25**5, 1.0],
        mistakes={
            "σ(0) is ½, but the slope there is not: what is ½ · (1 − ½)?": lambda: [0.5**5, 1.0],
            "The slopes are right, and there are five layers: along a path they are multiplied.": lambda: [
                0.25,
                1.0,
            ],
            "tanh(0) is 0, but the slope there is not.": lambda: [0.25**5, 0.0],
            "Along a path slopes are multiplied, not added.": lambda: [1.25, 5.0],
        },
        hints=(
            "Which slope has each curve at 0, where it is steepest?",
            "¼ and 1, each to the fifth power.",
        ),
    ),
    "tanh": Write(
        level=3,
        draw=far,
        right=np.tanh,
        other=lambda Z: 1 - 2 / (np.exp(2 * Z) + 1),
        mistakes={
            "At 1000 it is nan: both exponentials overflow, and inf/inf is no number. Can you divide by the larger one first?": lambda Z: (
                (np.exp(Z) - np.exp(-Z)) / (np.exp(Z) + np.exp(-Z))
            ),
            "At 1000 it is nan, on one side: exp(2z) overflows in numerator and denominator.": lambda Z: (
                (np.exp(2 * Z) - 1) / (np.exp(2 * Z) + 1)
            ),
            "The curve is half as steep: tanh z is 2σ(2z) − 1, and yours has σ(z).": lambda Z: (
                2 / (1 + np.exp(-Z)) - 1
            ),
            "Yours runs from −1 to 0 or from 0 to 1: the factor 2 in front of the sigmoid is missing.": lambda Z: (
                1 / (1 + np.exp(-2 * Z)) - 1
            ),
            "The sign is lost: tanh of a negative number is negative.": lambda Z: np.tanh(
                np.abs(Z)
            ),
            "That is the sigmoid of 2z, which lies between 0 and 1.": lambda Z: (
                1 / (1 + np.exp(-2 * Z))
            ),
        },
        hints=(
            "Multiply numerator and denominator by e⁻ᶻ (for z > 0): which exponentials are left?",
            "With e = exp(−2|z|), which is never above 1: (1 − e)/(1 + e) is the size.",
            "The sign comes back with np.sign(Z).",
        ),
    ),
    "by-sigmoid": Derive(
        level=2,
        given=r"""z \in \mathbb{R}
\sigma(t) := \frac{1}{1 + e^{-t}}""",
        left=r"\frac{d}{dz} (2 \sigma(2 z) - 1)",
        right=r"4 \sigma(2 z) (1 - \sigma(2 z))",
        other=r"= 1 - (2 \sigma(2 z) - 1)^2 = 1 - \tanh(z)^2",
        mistakes={
            "One 2 is missing: there is one in front, and one inside.": r"2 \sigma(2 z) (1 - \sigma(2 z))",
            "Both factors 2 are missing.": r"\sigma(2 z) (1 - \sigma(2 z))",
            "The slope is taken at z. The sigmoid stands at 2z.": r"4 \sigma(z) (1 - \sigma(z))",
            "A constant has no slope: the −1 goes.": r"4 \sigma(2 z) (1 - \sigma(2 z)) - 1",
            "The sign in the slope of σ: it is σ(1 − σ).": r"4 \sigma(2 z) (1 + \sigma(2 z))",
        },
        hints=(
            "The chain rule: 2 in front, the slope of σ at 2z, and the inner 2.",
            "The slope of σ at t is σ(t)(1 − σ(t)).",
        ),
    ),
    "stretched": Debug(
        level=3,
        draw=scaled,
        right=lambda dA, A, c, s: dA * s * (c - A * A / c),
        mistakes={
            "Nothing is mended: 1 − A² belongs to A = tanh. Here A is c times that. How large is tanh, if you know A?": lambda dA, A, c, s: (
                dA * s * (1 - A**2)
            ),
            "The factor c is in front now, but inside it still says A where tanh belongs.": lambda dA, A, c, s: (
                dA * c * s * (1 - A**2)
            ),
            "Inside it is right. The curve is also c times as high, and so c times as steep.": lambda dA, A, c, s: (
                dA * s * (1 - (A / c) ** 2)
            ),
            "c times (A/c)² is A²/c: one c of the two is left below.": lambda dA, A, c, s: (
                dA * s * (c - A**2)
            ),
            "s is lost: it stands inside tanh.": lambda dA, A, c, s: dA * (c - A * A / c),
            "The square is missing inside.": lambda dA, A, c, s: dA * c * s * (1 - A / c),
        },
        hints=(
            "Call t = tanh(s z). Then A = c t. What is dA/dz in terms of t?",
            "c s (1 − t²), with t = A/c.",
        ),
    ),
    "which-activation": ByHand(
        level=1,
        right=lambda: "sigmoid, tanh, relu",
        mistakes={
            "A probability lies between 0 and 1. Which of the three stays there?": lambda: (
                "tanh, tanh, relu"
            ),
            "A sigmoid is never negative: it cannot say −0.5.": lambda: "sigmoid, sigmoid, relu",
            "Far to the right tanh is flat: its slope is nearly 0 there.": lambda: (
                "sigmoid, tanh, tanh"
            ),
            "Far to the right the sigmoid is flat: its slope is nearly 0 there.": lambda: (
                "sigmoid, tanh, sigmoid"
            ),
            "ReLU gives nothing negative, and has no upper limit.": lambda: "sigmoid, relu, relu",
        },
        hints=(
            "Between which numbers do the outputs of each of the three lie?",
            "And where is each of the three flat?",
        ),
    ),
}
