"""Chapter 14: what layers are for."""

import numpy as np

from exercises.kinds import ByHand, Debug, Derive, Predict, Write


def relu(Z):
    return np.maximum(Z, 0)


def hat(x):
    return relu(2 * x) - relu(4 * x - 2)


def fold(x, folds, first=lambda x: x, by=hat):
    x = first(x)
    for _ in range(folds):
        x = by(x)
    return x


def points(rng):
    return rng.uniform(0, 1, int(rng.integers(5, 9))), int(rng.integers(2, 5))


def bits(rng):
    X = rng.integers(0, 2, (2, int(rng.integers(6, 10)))).astype(float)
    X[:, :4] = [[0, 0, 1, 1], [0, 1, 0, 1]]
    return (X,)


EXERCISES = {
    "pieces": ByHand(
        level=1,
        first=(9,),
        draw=lambda rng: (int(rng.choice([5, 12, 17, 33])),),
        right=lambda pieces: pieces - 1,
        mistakes={
            "A line without any bend is one piece already.": lambda pieces: pieces,
            "That is what folding needs, layer on layer. In one layer each unit brings one bend.": lambda pieces: (
                int(np.ceil(np.log2(pieces)))
            ),
            "You counted bends at the two ends; a bend lies between two pieces.": lambda pieces: (
                pieces + 1
            ),
        },
        hints=(
            "How many bends has a line of nine pieces?",
            "A unit of one layer bends the line at one place.",
        ),
    ),
    "or-or-xor": Predict(
        level=1,
        right=lambda: [0, 1, 1, 0],
        mistakes={
            "The second unit takes something away where both bits are 1.": lambda: [0, 1, 1, 1],
            "The second unit counts twice: 2 − 2 · 1.": lambda: [0, 1, 1, 2],
            "ReLU lets nothing negative through: the second unit is 0 when no bit is 1, and when one is.": lambda: [
                2,
                1,
                1,
                0,
            ],
            "That is AND, the second unit alone.": lambda: [0, 0, 0, 1],
        },
        hints=(
            "Compute s for each column first: 0, 1, 1, 2.",
            "relu(s) is 0, 1, 1, 2, and relu(s − 1) is 0, 0, 0, 1.",
        ),
    ),
    "folded": Write(
        level=3,
        draw=points,
        right=lambda x, folds: fold(x, folds),
        other=lambda x, folds: np.abs((x * 2**folds / 2 + 0.5) % 1 - 0.5) * 2,
        mistakes={
            "You fold once, however often is asked for.": lambda x, folds: hat(x),
            "You fold once too often.": lambda x, folds: fold(x, folds + 1),
            "You fold once too rarely.": lambda x, folds: fold(x, folds - 1),
            "You added the folds. Each layer folds what the last has made of x.": lambda x, folds: (
                folds * hat(x)
            ),
            "The second slope is not turned: after the middle the hat goes down.": lambda x, folds: (
                fold(x, folds, by=lambda x: relu(2 * x) - relu(2 * x - 1))
            ),
            "One of the two units still reads the first x. Both read what the last fold has made.": lambda x, folds: (
                _half(x, folds)
            ),
            "You always fold x itself and multiply: a composition is wanted.": lambda x, folds: (
                hat(x) ** folds
            ),
        },
        hints=(
            "One fold is a hat: up with slope 2 to the middle, then down. Two ReLU units make it.",
            "relu(2x) − relu(4x − 2): check it at 0, ½ and 1.",
            "A loop over the folds; each puts the last result into the hat.",
        ),
    ),
    "two-tanh": Derive(
        level=2,
        given=r"""x \in \mathbb{R}, \quad v \in \mathbb{R}, \quad w \in \mathbb{R}
a := \tanh(v x)
c := \tanh(w a)""",
        left=r"\frac{d c}{d x}",
        right=r"v w (1 - a^2) (1 - c^2)",
        other=r"= \frac{\partial c}{\partial a} v (1 - a^2) = w (1 - c^2) v (1 - \tanh(v x)^2)",
        mistakes={
            "The slopes of both tanh are there; the weights along the path are not.": r"(1 - a^2) (1 - c^2)",
            "The lower layer's slope is missing.": r"v w (1 - c^2)",
            "The upper layer's slope is missing.": r"v w (1 - a^2)",
            "The slopes are taken at x and at a. They stand at what enters each tanh: v x, and w a.": r"v w (1 - \tanh(x)^2) (1 - \tanh(a)^2)",
            "The slope of the lower tanh is taken at x. It stands at v x.": r"w (1 - c^2) (1 - \tanh(x)^2) v",
            "Along a path slopes are multiplied, not added.": r"v (1 - a^2) + w (1 - c^2)",
            "The weight of the lower layer is missing.": r"w (1 - a^2) (1 - c^2)",
            "The weight of the upper layer is missing.": r"v (1 - a^2) (1 - c^2)",
        },
        hints=(
            "One path, four factors: weight, slope, weight, slope.",
            "The slope of tanh is 1 minus its output squared.",
        ),
    ),
    "xor": Debug(
        level=3,
        draw=bits,
        right=lambda X: (X[0] + X[1]) % 2,
        mistakes={
            "Nothing is mended: at (1, 1) it says 1, so it is OR. What weight has the second unit?": lambda X: (
                relu(X.sum(0)) - relu(X.sum(0) - 1)
            ),
            "That is the sum: the second unit takes nothing away.": lambda X: X.sum(0),
            "That is AND: the second unit alone.": lambda X: relu(X.sum(0) - 1),
            "The second unit is on too early: with one bit it must still be 0.": lambda X: (
                relu(X.sum(0)) - 2 * relu(X.sum(0) - 0.5)
            ),
            "The outputs are exchanged: 1 for an even number of bits.": lambda X: (
                1 - (X[0] + X[1]) % 2
            ),
        },
        hints=(
            "What do the two units give at (1, 1)? Which combination of 2 and 1 is 0?",
            "relu(s) − 2 relu(s − 1).",
        ),
    ),
}


def _half(x, folds):
    y = x
    for _ in range(folds):
        y = 2 * relu(y) - 4 * relu(x - 0.5)
    return y
