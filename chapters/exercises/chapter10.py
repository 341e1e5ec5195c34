"""Chapter 10: one class of several."""

import numpy as np

from exercises.chapter08 import softmax
from exercises.kinds import ByHand, Debug, Derive, Predict, Write


def classes(rng):
    n, m = rng.permutation([3, 4, 5, 6])[:2]
    Z = rng.normal(size=(n, m)) * 2
    Z[:, 0] = 0
    Z[0, 0] = 1500
    y = rng.integers(0, n, m)
    y[0] = 1
    return Z, y


def one_hot(y, n):
    return (np.arange(n)[:, None] == y) * 1.0


def seeded(Z, y, mean=True, sign=1, axis=0):
    S = Z - Z.max(0)
    losses = np.log(np.exp(S).sum(0)) - S[y, np.arange(len(y))]
    dZ = sign * (softmax(Z, axis) - one_hot(y, len(Z)))
    return float(losses.mean()), dZ / (len(y) if mean else 1)


def smooth(rng):
    n, m = rng.permutation([3, 4, 5, 6])[:2]
    return (
        softmax(rng.normal(size=(n, m))),
        one_hot(rng.integers(0, n, m), n),
        float(rng.uniform(0.05, 0.3)),
    )


EXERCISES = {
    "class-seed": ByHand(
        level=1,
        first=(np.array([2, 1, 5]), 1),
        draw=lambda rng: (rng.permutation([1, 3, 4]), int(rng.integers(1, 4))),
        right=lambda e, c: e / 8 - (np.arange(1, 4) == c),
        mistakes={
            "Only the entry of the class itself is there. The other probabilities have to fall.": lambda e, c: (
                (e / 8 - 1) * (np.arange(1, 4) == c)
            ),
            "That is the derivative by a, −1/a of the class. One more step leads to z.": lambda e, c: (
                -8 / e * (np.arange(1, 4) == c)
            ),
            "These are the probabilities: the target has to be taken away.": lambda e, c: e / 8,
            "The signs are turned.": lambda e, c: (np.arange(1, 4) == c) - e / 8,
            "The exponentials have not been divided by their sum.": lambda e, c: (
                e - (np.arange(1, 4) == c)
            ),
            "Classes are counted from 1 here.": lambda e, c: (
                e / 8 - (np.arange(3) == c) if c < 3 else None
            ),
        },
        hints=(
            "First softmax: the exponentials divided by their sum.",
            "Then a − y, with 1 at the class and 0 elsewhere.",
        ),
    ),
    "twenty-classes": Predict(
        level=1,
        first=(20,),
        draw=lambda rng: (int(rng.integers(3, 60)),),
        right=lambda n: float(np.log(n)),
        mistakes={
            "Logarithms are natural here; yours has base 10.": lambda n: float(np.log10(n)),
            "That is the share of wrong guesses, not the cost.": lambda n: 1 - 1 / n,
            "You took a mean over the classes. The loss of an example is one −log, that of its class.": lambda n: (
                float(np.log(n)) / n
            ),
            "That is the probability of each class. What is −log of it?": lambda n: 1 / n,
            "You counted a loss for every class. With a softmax only that of the right class counts.": lambda n: (
                float(np.log(n) - (n - 1) * np.log(1 - 1 / n))
            ),
            "That is the cost of a single yes or no.": lambda n: float(np.log(2)),
        },
        hints=("Equal logits are equal probabilities.", "−log(1/20)."),
    ),
    "cost-and-seed": Write(
        level=3,
        draw=classes,
        right=seeded,
        other=lambda Z, y: (
            np.mean(np.logaddexp.reduce(Z, axis=0) - Z[y, np.arange(len(y))]),
            (softmax(Z) - one_hot(y, len(Z))) / len(y),
        ),
        names=("J", "dZ"),
        mistakes={
            "J is inf: a probability has become 0 before its logarithm was taken. Can log softmax be had without it?": lambda Z, y: (
                -np.mean(np.log(softmax(Z)[y, np.arange(len(y))])),
                seeded(Z, y)[1],
            ),
            "The largest logit was taken out of the sum, and not of the logit of the right class: both need it.": lambda Z, y: (
                float(np.mean(np.log(np.exp(Z - Z.max(0)).sum(0)) - Z[y, np.arange(len(y))])),
                seeded(Z, y)[1],
            ),
            "J is right. dZ lacks the 1/m of the mean.": lambda Z, y: seeded(Z, y, mean=False),
            "dZ is right. J is the sum of the losses in yours.": lambda Z, y: (
                seeded(Z, y)[0] * len(y),
                seeded(Z, y)[1],
            ),
            "Both lack the mean over the examples.": lambda Z, y: (
                seeded(Z, y)[0] * len(y),
                seeded(Z, y, mean=False)[1],
            ),
            "The signs of dZ are turned.": lambda Z, y: seeded(Z, y, sign=-1),
            "Softmax runs along the rows in yours. An example is a column.": lambda Z, y: seeded(
                Z, y, axis=1
            ),
            "J is the mean over all entries in yours: each example has one loss.": lambda Z, y: (
                seeded(Z, y)[0] / len(Z),
                seeded(Z, y)[1],
            ),
        },
        hints=(
            "The loss of an example is log Σ eᶻ − z of its class. Shift by the largest logit of the column first.",
            "Z[y, np.arange(m)] picks for each column the row of its class.",
            "dZ is softmax less one-hot, divided by m.",
        ),
    ),
    "classes-in-z": Derive(
        level=2,
        given=r"""z \in \mathbb{R}^{n}, \quad y \in \Delta^{n}
\ell := \log \sum_{j=1}^{n} e^{z_j} - \sum_{j=1}^{n} y_j z_j""",
        left=r"\frac{\partial \ell}{\partial z_k}",
        right=r"\frac{e^{z_k}}{\sum_{j=1}^{n} e^{z_j}} - y_k",
        other=r"= \frac{e^{z_k} - y_k \sum_{j=1}^{n} e^{z_j}}{\sum_{j=1}^{n} e^{z_j}}",
        mistakes={
            "The target is missing.": r"\frac{e^{z_k}}{\sum_{j=1}^{n} e^{z_j}}",
            "The signs are turned.": r"y_k - \frac{e^{z_k}}{\sum_{j=1}^{n} e^{z_j}}",
            "The derivative of the logarithm is 1 over what is in it, and then the inner derivative: e to the z_k.": r"\frac{1}{\sum_{j=1}^{n} e^{z_j}} - y_k",
            "The sum below is lost.": r"e^{z_k} - y_k",
            "Only one term of the second sum has z_k in it.": r"\frac{e^{z_k}}{\sum_{j=1}^{n} e^{z_j}} - \sum_{j=1}^{n} y_j",
        },
        hints=(
            "Two terms: the logarithm, and the linear sum.",
            "The first gives softmax; of the second only j = k is left.",
        ),
    ),
    "smoothed": Debug(
        level=3,
        draw=smooth,
        right=lambda A, Y, eps: (A - (1 - eps) * Y - eps / len(A)) / A.shape[1],
        mistakes={
            "Nothing is mended: the columns of dZ do not sum to 0. What have the other classes got?": lambda A, Y, eps: (
                (A - (1 - eps) * Y) / A.shape[1]
            ),
            "Each class gets a share of ε, not all of it.": lambda A, Y, eps: (
                (A - (1 - eps) * Y - eps) / A.shape[1]
            ),
            "The right class is left out where ε is shared: it is shared among all n classes, itself too.": lambda A, Y, eps: (
                (A - (1 - eps) * Y - eps / (len(A) - 1) * (1 - Y)) / A.shape[1]
            ),
            "You share ε among the examples. It is shared among the classes.": lambda A, Y, eps: (
                (A - (1 - eps) * Y - eps / A.shape[1]) / A.shape[1]
            ),
            "The own class got its whole 1 and a share besides: the targets sum to more than 1.": lambda A, Y, eps: (
                (A - Y - eps / len(A)) / A.shape[1]
            ),
            "You smoothed the prediction. It is the target that is smoothed.": lambda A, Y, eps: (
                ((1 - eps) * A + eps / len(A) - Y) / A.shape[1]
            ),
            "The mean over the examples is lost.": lambda A, Y, eps: (
                A - (1 - eps) * Y - eps / len(A)
            ),
            "The sign of the share is turned: it belongs to the target, which is taken away.": lambda A, Y, eps: (
                (A - (1 - eps) * Y + eps / len(A)) / A.shape[1]
            ),
        },
        hints=(
            "Add up a column of dZ. Logits that all grow alike change nothing, so it has to be 0.",
            "The target is (1 − ε) y + ε/n.",
        ),
    ),
}
