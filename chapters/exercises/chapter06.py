"""Chapter 6: the sigmoid."""

import numpy as np

from exercises.kinds import ByHand, Debug, Derive, Predict, Write


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def far(rng):
    Z = rng.normal(size=(rng.integers(2, 5), 6)) * 3
    Z[0, :4] = 1000, -1000, 0, -40
    return (Z,)


def scaled(rng):
    n, m = rng.permutation([2, 3, 4, 5])[:2]
    c = float(rng.uniform(1.5, 4))
    return (rng.normal(size=(n, m)), sigmoid(c * rng.normal(size=(n, m))), c)


SAFE = lambda Z: np.maximum(Z, 0) + np.log1p(np.exp(-np.abs(Z)))

EXERCISES = {
    "sigmoid-back": ByHand(
        level=1,
        first=(0.9, 10),
        draw=lambda rng: (float(rng.choice([0.2, 0.3, 0.6, 0.7, 0.8])), int(rng.integers(2, 9))),
        right=lambda a, dA: dA * a * (1 - a),
        mistakes={
            "You multiplied by a. The slope is a times something else.": lambda a, dA: dA * a,
            "You multiplied by 1 − a. The slope is that times something else.": lambda a, dA: (
                dA * (1 - a)
            ),
            "You put a into the sigmoid once more: a is its output already.": lambda a, dA: (
                dA * sigmoid(a) * (1 - sigmoid(a))
            ),
            "That is the slope. It is multiplied with what comes from above.": lambda a, dA: (
                a * (1 - a)
            ),
            "That is tanh's slope, 1 − a².": lambda a, dA: dA * (1 - a * a),
        },
        hints=(
            "The slope can be computed from a alone.",
            "The slope is a (1 − a), and dZ is dA times that.",
        ),
    ),
    "saturated": Predict(
        level=2,
        right=lambda: [True, True],
        mistakes={
            "Far to the right a is rounded to 1: nothing is left of 1 − a. What is a (1 − a) then?": lambda: [
                False,
                True,
            ],
            "Far to the left a is 4e-18, which is a number like others. Is a (1 − a) 0 there?": lambda: [
                True,
                False,
            ],
            "Both ends are far away, and they are different: floats are dense near 0, not near 1.": lambda: [
                False,
                False,
            ],
        },
        hints=(
            "How close to 1 can a float be without being 1? About 1e-16. How far is σ(40) from 1?",
            "Near 0 floats go down to 1e-308: σ(−40) is kept.",
        ),
    ),
    "softplus": Write(
        level=3,
        draw=far,
        near={"rtol": 1e-6, "atol": 0},
        right=SAFE,
        other=lambda Z: np.logaddexp(0, Z),
        mistakes={
            "At z = 1000 it is inf: exp overflows before the logarithm brings it back. For large z, what is log(1 + eᶻ) almost?": lambda Z: (
                np.log(1 + np.exp(Z))
            ),
            "You cut z off at some size. That stops the overflow and loses the number: at 1000 it is 1000.": lambda Z: (
                np.log1p(np.exp(np.clip(Z, -500, 500)))
            ),
            "At z = −40 yours is 0, where 4e-18 is wanted: 1 plus something so small is rounded to 1. Which function takes the logarithm of 1 + x from x?": lambda Z: (
                np.maximum(Z, 0) + np.log(1 + np.exp(-np.abs(Z)))
            ),
            "That is ReLU: near 0 the logarithm counts, log 2 at z = 0.": lambda Z: np.maximum(
                Z, 0
            ),
            "The exponent has the wrong sign where z is large: which of e^|z| and e^−|z| stays small?": lambda Z: (
                np.maximum(Z, 0) + np.log1p(np.exp(np.abs(Z)))
            ),
            "The linear part is missing where z is above 0.": lambda Z: np.log1p(
                np.exp(-np.abs(Z))
            ),
            "That is log(1 + e⁻ᶻ), the mirror image.": lambda Z: SAFE(-Z),
        },
        hints=(
            "log(1 + eᶻ) = z + log(1 + e⁻ᶻ): try it for z > 0.",
            "Use one form for z > 0 and the other for z < 0. In both the exponential has −|z|.",
            "max(z, 0) + log1p(exp(−|z|)).",
        ),
    ),
    "swish": Derive(
        level=3,
        given=r"""z \in \mathbb{R}
\sigma(t) := \frac{1}{1 + e^{-t}}""",
        left=r"\frac{d}{dz} (z \sigma(z))",
        right=r"\sigma(z) + z \sigma(z) (1 - \sigma(z))",
        other=r"= \frac{1 + e^{-z} + z e^{-z}}{(1 + e^{-z})^2}",
        mistakes={
            "That is the slope of σ alone: z stands in front of it.": r"\sigma(z) (1 - \sigma(z))",
            "One path is missing: z also stands in front.": r"z \sigma(z) (1 - \sigma(z))",
            "One path is missing: z also stands in the sigmoid.": r"\sigma(z)",
            "a (1 − a) is the sigmoid's slope, by its own output. z σ(z) is a product: two paths.": r"z \sigma(z) (1 - z \sigma(z))",
            "The sign in the slope of σ: it is σ(1 − σ).": r"\sigma(z) + z \sigma(z) (1 + \sigma(z))",
            "You multiplied the slopes of the factors.": r"1 \cdot \sigma(z) (1 - \sigma(z)) z \sigma(z)",
        },
        hints=(
            "A product of two factors that both depend on z: two paths.",
            "(u v)′ = u′ v + u v′, with u = z and v = σ(z).",
        ),
    ),
    "steep": Debug(
        level=2,
        draw=scaled,
        right=lambda dA, A, c: dA * c * A * (1 - A),
        mistakes={
            "Nothing is mended: A has been through the sigmoid, and is put into it again; and c is not used.": lambda dA, A, c: (
                dA * sigmoid(A) * (1 - sigmoid(A))
            ),
            "A is used as it is, good. But how fast does σ(c z) change when z does?": lambda dA, A, c: (
                dA * A * (1 - A)
            ),
            "c is there. But A has been through the sigmoid already.": lambda dA, A, c: (
                dA * c * sigmoid(A) * (1 - sigmoid(A))
            ),
            "c belongs in front as a factor, not as a divisor: a steeper curve has the larger slope.": lambda dA, A, c: (
                dA * A * (1 - A) / c
            ),
            "You put c A where the slope is taken. A is σ(c z) itself.": lambda dA, A, c: (
                dA * c * A * (1 - c * A)
            ),
        },
        hints=(
            "What is A here, the input of the sigmoid or its output?",
            "By the chain rule the inner factor c comes in front.",
        ),
    ),
}
