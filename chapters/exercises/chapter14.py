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
    n = int(rng.integers(3, 6))
    return (rng.permuted(np.indices((2,) * n).reshape(n, -1), axis=1).astype(float),)


def counted(X, v, shift=0):
    j = np.arange(len(X))[:, np.newaxis]
    return v(np.arange(len(X))) @ relu(X.sum(0) - j - shift)


def turns(j):
    return np.where(j > 0, 2.0, 1.0) * (-1.0) ** j


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
    "three-bits": Predict(
        level=1,
        right=lambda: [0, 1, 0, 2],
        mistakes={
            "That is parity, with the weights 1, −2, 2. Here the last weight is 3.": lambda: [
                0,
                1,
                0,
                1,
            ],
            "The third unit is missing: it is positive where all three bits are 1.": lambda: [
                0,
                1,
                0,
                -1,
            ],
            "The second unit is missing: relu(s − 1) is 0, 0, 1, 2.": lambda: [0, 1, 2, 6],
            "ReLU lets nothing negative through: relu(s − 1) and relu(s − 2) are 0 where s is small.": lambda: [
                -4,
                -2,
                0,
                2,
            ],
            "That is s, the number of ones.": lambda: [0, 1, 2, 3],
        },
        hints=(
            "Compute s for each column first: 0, 1, 2, 3.",
            "relu(s − 1) is 0, 0, 1, 2, and relu(s − 2) is 0, 0, 0, 1.",
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
    "parity": Debug(
        level=3,
        draw=bits,
        right=lambda X: X.sum(0) % 2,
        other=lambda X: counted(X, turns),
        mistakes={
            "Nothing is mended: with two ones the slopes are 1 and 1 - 1, so it stays at 1. How much has the second unit to take away?": lambda X: (
                counted(X, lambda j: (-1.0) ** j)
            ),
            "Every weight is doubled, the first too: with a single one the answer is 2.": lambda X: (
                counted(X, lambda j: 2 * (-1.0) ** j)
            ),
            "The slope turns down and stays down: from the third unit on the signs alternate.": lambda X: (
                counted(X, lambda j: np.where(j > 0, -2.0, 1.0))
            ),
            "That is right up to two ones: the third unit has to turn the slope up again.": lambda X: (
                counted(X, lambda j: np.select([j == 0, j == 1], [1.0, -2.0], 0.0))
            ),
            "The units come on one bit too late.": lambda X: counted(X, turns, 1),
            "That is the number of ones: nothing is taken away.": lambda X: X.sum(0),
            "The outputs are exchanged: 1 for an even number of ones.": lambda X: 1 - X.sum(0) % 2,
        },
        hints=(
            "Draw the parity against the number of ones: 0, 1, 0, 1. Which slopes has it?",
            "The slope is 1, then -1, then 1: from the second unit on each changes it by 2.",
        ),
    ),
    "fading": ByHand(
        level=2,
        first=(2, 6, 2),
        draw=lambda rng: (
            int(rng.integers(2, 5)),
            int(rng.integers(5, 9)),
            int(rng.integers(2, 4)),
        ),
        right=lambda k, L, l: 1 / k ** (L - 1),
        mistakes={
            "That is what fades on the way back. What dZ is multiplied with, a of the layer below, has faded too.": lambda k, L, l: (
                1 / k ** (L - l)
            ),
            "That is what fades on the way forward. dZ has come down through the layers above, and faded too.": lambda k, L, l: (
                1 / k ** (l - 1)
            ),
            "One too many. Layer l is not passed: a comes from below it, dZ from above it.": lambda k, L, l: (
                1 / k**L
            ),
            "That is how much larger it would be. Small weights make it smaller.": lambda k, L, l: (
                k ** (L - 1)
            ),
            "Factors along a path multiply: not their sum.": lambda k, L, l: (L - 1) / k,
        },
        hints=(
            "dW is dZ of this layer times a of the layer below. How many layers has each of them passed?",
            "a of layer 1 has passed one layer, dZ of layer 2 came down through layers 6, 5, 4 and 3.",
        ),
    ),
}


def _half(x, folds):
    y = x
    for _ in range(folds):
        y = 2 * relu(y) - 4 * relu(x - 0.5)
    return y
