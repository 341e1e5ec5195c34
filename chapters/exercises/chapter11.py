"""Chapter 11: several answers at once."""

import numpy as np

from exercises.kinds import ByHand, Debug, Derive, Predict, Write


def shares(rng):
    n, m = rng.permutation([3, 4, 5, 6])[:2]
    Y = rng.integers(0, 2, (n, m)).astype(float)
    Y[:, 0] = 1
    A = rng.uniform(0, 1, (n, m))
    A[:, 0] = 0.9
    A[0, 0] = 0.35
    if rng.integers(3) == 0:  # something is said, and all of it is wrong
        A = np.where(Y == 1, 0.01, A)
    return A, Y, float(rng.choice([0.25, 0.3, 0.4, 0.99]))


def f1(found, Y, axis=None):
    tp = (found & (Y == 1)).sum(axis)
    return 2 * tp / np.maximum(found.sum(axis) + (Y == 1).sum(axis), 1)


def _by_rates(said, Y):
    both = (said & (Y == 1)).sum()
    precision, recall = both / said.sum(), both / (Y == 1).sum()
    return 2 * precision * recall / (precision + recall)


def masked(rng):
    n, m = rng.permutation([3, 4, 5, 6])[:2]
    M = rng.integers(0, 2, (n, m)).astype(float)
    M[0, 0], M[1, 0] = 0, 1
    return (rng.uniform(0.1, 0.9, (n, m)), rng.integers(0, 2, (n, m)).astype(float), M)


SMALL = np.array([[0.9, 0.2], [0.6, 0.8], [0.3, 0.7], [0.1, 0.4]])
TRUE = np.array([[1, 0], [1, 0], [0, 0], [0, 1]])

EXERCISES = {
    "labels-cost": ByHand(
        level=1,
        first=(5, 2),
        draw=lambda rng: (int(rng.integers(3, 9)), int(rng.integers(3, 7))),
        right=lambda n, m: n * np.log(2),
        mistakes={
            "You took the mean over the labels. The losses of one example are added; the mean is over the examples.": lambda n, m: (
                np.log(2)
            ),
            "You added over the examples as well. J is a mean over them.": lambda n, m: (
                n * m * np.log(2)
            ),
            "That would be softmax: one answer of n. Here each label is a question of its own.": lambda n, m: (
                np.log(n)
            ),
            "Logarithms are natural here; yours have base 2.": lambda n, m: n,
            "You divided by the number of examples without adding over them first.": lambda n, m: (
                n * np.log(2) / m
            ),
        },
        hints=(
            "What does each label cost at z = 0?",
            "log 2 each; added over the labels of an example.",
        ),
    ),
    "micro-f1": Predict(
        level=2,
        right=lambda: float(f1(SMALL > 0.5, TRUE)),
        mistakes={
            "You counted the right noes too. F1 looks at the yeses only.": lambda: float(
                np.mean((SMALL > 0.5) == TRUE)
            ),
            "That comes when the right yeses are counted once, or when labels or examples are scored one by one. Micro counts all places together, and the right yeses twice.": lambda: (
                float(f1(SMALL > 0.5, TRUE, 1).mean())
            ),
            "All yeses were found in yours: look at the last label of the second example.": lambda: (
                0.75
            ),
        },
        hints=(
            "Count over all eight places: yeses that are right, yeses too much, yeses missed.",
            "2 · right / (2 · right + too much + missed).",
        ),
    ),
    "f1-at": Write(
        level=3,
        draw=shares,
        right=lambda A, Y, t: f1(A > t, Y),
        other=lambda A, Y, t: 2 * np.mean((A > t) * Y) / (np.mean(A > t) + np.mean(Y)),
        mistakes={
            "The threshold is ½ in yours, whatever is asked for.": lambda A, Y, t: f1(A > 0.5, Y),
            "That is the mean over the labels of their own F1. Micro counts all labels together, then divides once.": lambda A, Y, t: (
                f1(A > t, Y, 1).mean()
            ),
            "That is the mean over the examples. Count over everything, then divide once.": lambda A, Y, t: (
                f1(A > t, Y, 0).mean()
            ),
            "Where nothing is said your answer is nan: precision divides by the number of yeses said. The score is 0 then.": lambda A, Y, t: (
                _by_rates(A > t, Y)
            ),
            "That is the share of right answers, noes included.": lambda A, Y, t: np.mean(
                (A > t) == (Y == 1)
            ),
            "That is the precision: how many of the yeses are right. What of those that were missed?": lambda A, Y, t: (
                ((A > t) & (Y == 1)).sum() / (A > t).sum()
            ),
            "That is the recall: how many were found. What of the yeses that are wrong?": lambda A, Y, t: (
                ((A > t) & (Y == 1)).sum() / (Y == 1).sum()
            ),
            "The right yeses are counted once: in F1 twice, above and below.": lambda A, Y, t: (
                ((A > t) & (Y == 1)).sum() / ((A > t) | (Y == 1)).sum()
            ),
        },
        hints=(
            "found = A > t is an array of truth values; (found & (Y == 1)).sum() counts the right ones.",
            "F1 = 2 · right / (number said + number true).",
        ),
    ),
    "weighted-labels": Derive(
        level=2,
        given=r"""z \in \mathbb{R}^{n}, \quad c \in \mathbb{R}^{n}, \quad y \in \mathbb{R}^{n}
\sigma(t) := \frac{1}{1 + e^{-t}}
\ell := \sum_{j=1}^{n} c_j (\log(1 + e^{z_j}) - y_j z_j)""",
        left=r"\frac{\partial \ell}{\partial z_k}",
        right=r"c_k (\sigma(z_k) - y_k)",
        other=r"= c_k \frac{e^{z_k}}{1 + e^{z_k}} - c_k y_k",
        mistakes={
            "The weight of the label is lost.": r"\sigma(z_k) - y_k",
            "The sign is turned.": r"c_k (y_k - \sigma(z_k))",
            "The weight belongs to both terms: bracket.": r"c_k \sigma(z_k) - y_k",
            "e^z/(1 + e^z) is 1/(1 + e^−z): the sign of the exponent turns when you cancel.": r"c_k \left( \frac{1}{1 + e^{z_k}} - y_k \right)",
            "The target is missing.": r"c_k \sigma(z_k)",
            "The others' logits do not matter for label k: only one term of the sum has z_k in it.": r"\sum_{j=1}^{n} c_j (\sigma(z_j) - y_j)",
            "The slope of log(1 + eᶻ) is the sigmoid itself, not the sigmoid's slope.": r"c_k (\sigma(z_k) (1 - \sigma(z_k)) - y_k)",
        },
        hints=(
            "Only the term j = k has z_k in it.",
            "The derivative of log(1 + eᶻ) is eᶻ/(1 + eᶻ), which has a name.",
        ),
        without=(r"\\partial|\\frac\{ *d|\\frac d", "a derivative"),
    ),
    "missing-labels": Debug(
        level=3,
        draw=masked,
        right=lambda A, Y, M: M * (A - Y) / A.shape[1],
        mistakes={
            "Nothing is mended: where a label is unknown Y still counts, and the mean is over all entries.": lambda A, Y, M: (
                (A * M - Y) / A.size
            ),
            "The unknown labels are left out now. But J is a mean over the examples, not over all entries.": lambda A, Y, M: (
                M * (A - Y) / A.size
            ),
            "The mean is right. Where a label is unknown, nothing at all may be left: Y still counts.": lambda A, Y, M: (
                (A * M - Y) / A.shape[1]
            ),
            "M stands at the targets alone, so that an unknown label counts as a no. It is a factor of the whole loss.": lambda A, Y, M: (
                (A - M * Y) / A.shape[1]
            ),
            "You divide by the number of known labels. This J divides by m.": lambda A, Y, M: (
                M * (A - Y) / M.sum()
            ),
            "The known ones are left out and the unknown ones kept.": lambda A, Y, M: (
                (1 - M) * (A - Y) / A.shape[1]
            ),
            "M is not used any more.": lambda A, Y, M: (A - Y) / A.shape[1],
        },
        hints=(
            "M stands before the whole loss of an entry: what is its derivative where M is 0?",
            "Then look at what J divides by.",
        ),
    ),
    "four-tasks": ByHand(
        level=1,
        right=lambda: "multiclass, multilabel, binary, squared",
        mistakes={
            "A photograph is of one season: the four share one probability.": lambda: (
                "multilabel, multilabel, binary, squared"
            ),
            "A dish has several ingredients. A softmax would make them share one probability.": lambda: (
                "multiclass, multiclass, binary, squared"
            ),
            "For yes or no one sigmoid is enough; a softmax of two gives the same with twice the weights.": lambda: (
                "multiclass, multilabel, multiclass, squared"
            ),
            "Minutes are no classes: 9 is closer to 10 than to 60, and a class knows nothing of that.": lambda: (
                "multiclass, multilabel, binary, multiclass"
            ),
            "Minutes are no probability: they can be more than 1.": lambda: (
                "multiclass, multilabel, binary, binary"
            ),
            "Yes or no is one question: nothing is shared, and a single sigmoid answers it.": lambda: (
                "multiclass, multilabel, squared, squared"
            ),
        },
        hints=(
            "How many of the answers can hold at once: exactly one, or any number? Or is the answer an amount?",
            "Exactly one of several: multiclass. Any number: multilabel. One yes or no: binary. An amount: squared.",
        ),
    ),
}
