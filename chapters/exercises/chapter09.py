"""Chapter 9: one question, yes or no."""

import numpy as np

from exercises.kinds import ByHand, Debug, Derive, Predict, Write


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def logits(rng):
    m = int(rng.integers(5, 9))
    Z = rng.normal(size=(1, m)) * 3
    Z[0, :2] = rng.uniform(720, 1500), -rng.uniform(400, 700)
    Y = rng.integers(0, 2, (1, m)).astype(float)
    Y[0, :3] = 0, 1, 1
    return Z, Y


def weighted(rng):
    m = int(rng.integers(5, 9))
    Y = rng.integers(0, 2, (1, m)).astype(float)
    Y[0, :2] = 0, 1
    return rng.uniform(0.1, 0.9, (1, m)), Y, float(rng.uniform(2, 6))


def each(Z, Y):
    return np.maximum(Z, 0) - Z * Y + np.log1p(np.exp(-np.abs(Z)))


def by_shares(Z, Y, low=0.0):
    A = np.clip(sigmoid(Z), low, 1 - low)
    return -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))


def two_sets(rng):
    """Examples to learn from and new ones, with other means and spreads."""
    n, m, new = rng.permutation([2, 3, 5, 7])[:3]
    at, by = rng.normal(size=(n, 1)), rng.uniform(1, 3, (n, 1))
    return at + by * rng.normal(size=(n, m)), 1 + at + 2 * by * rng.normal(size=(n, new))


def scaled(X, X_new, by=None):
    by = X if by is None else by
    return tuple(
        (A - own.mean(1, keepdims=True)) / own.std(1, keepdims=True)
        for A, own in ((X, X), (X_new, by))
    )


def _together(X, X_new):
    both = np.hstack((X, X_new))
    return scaled(both, X, both)[1], scaled(both, X_new, both)[1]


EXERCISES = {
    "binary-seed": ByHand(
        level=1,
        first=(np.array([0.75, 0.5, 0.2]), np.array([1, 0, 1])),
        draw=lambda rng: (
            rng.choice([0.1, 0.25, 0.3, 0.6, 0.8, 0.9], 3, replace=False),
            rng.permutation([1, 0, 1]),
        ),
        right=lambda A, Y: (A - Y) / 3,
        mistakes={
            "The mean is forgotten: J is a mean over three examples.": lambda A, Y: A - Y,
            "The signs are turned: a probability that is too small has to grow, so its derivative is negative.": lambda A, Y: (
                (Y - A) / 3
            ),
            "You multiplied by the sigmoid's slope once too often: it has cancelled the denominator already.": lambda A, Y: (
                (A - Y) * A * (1 - A) / 3
            ),
            "That is the derivative by a. One more step, through the sigmoid, leads to z.": lambda A, Y: (
                (A - Y) / (A * (1 - A)) / 3
            ),
            "You divided by 3 twice.": lambda A, Y: (A - Y) / 9,
            "The targets are not there.": lambda A, Y: A / 3,
        },
        hints=(
            "What is left of (−y/a + (1−y)/(1−a)) times a (1−a)?",
            "a − y for each example, and 1/m in front.",
        ),
    ),
    "no-idea": Predict(
        level=1,
        right=lambda: float(np.log(2)),
        mistakes={
            "That is the probability. What is −log of it?": lambda: 0.5,
            "Logarithms are natural here; yours has base 2.": lambda: 1.0,
            "Logarithms are natural here; yours has base 10.": lambda: np.log10(2),
            "Only the examples with target 1 count in yours. Those with target 0 have the term −log(1 − a).": lambda: (
                0.4 * np.log(2)
            ),
            "The cost is a mean: it does not grow with the number of examples.": lambda: (
                5 * np.log(2)
            ),
            "A network that says ½ to everything is not certain: cost 0 is for that.": lambda: 0.0,
            "The sign: −log of a number below 1 is positive.": lambda: -np.log(2),
        },
        hints=("Logits of 0 are probabilities of ½.", "−log ½, whatever the target is."),
    ),
    "binary-cost": Write(
        level=3,
        draw=logits,
        right=lambda Z, Y: float(np.mean(each(Z, Y))),
        other=lambda Z, Y: np.mean(np.logaddexp(0, Z) - Z * Y),
        mistakes={
            "It is inf or nan: at a logit of 800 an exponential overflows, or 1 − σ is 0 and has no logarithm. Which form of log(1 + e^z) has e^−|z| in it alone?": lambda Z, Y: (
                by_shares(Z, Y)
            ),
            "You cut the probabilities off. The warning is gone, and so is the number: at z = 800 with target 0 the loss is 800.": lambda Z, Y: (
                by_shares(Z, Y, 1e-7)
            ),
            "You cut the probabilities off. The warning is gone, and so is the number; at z = 800 the loss is 800.": lambda Z, Y: (
                by_shares(Z, Y, 1e-12)
            ),
            "That is the sum. J is the mean.": lambda Z, Y: np.sum(each(Z, Y)),
            "For negative z the exponential of −z is large: which sign does it need there?": lambda Z, Y: (
                np.mean(np.maximum(Z, 0) - Z * Y + np.log1p(np.exp(-Z)))
            ),
            "The targets are exchanged: you take y for 1 − y.": lambda Z, Y: np.mean(
                each(Z, 1 - Y)
            ),
            "The sign is turned.": lambda Z, Y: -np.mean(each(Z, Y)),
            "One term is missing: log(1 + e^−|z|) counts near z = 0.": lambda Z, Y: np.mean(
                np.maximum(Z, 0) - Z * Y
            ),
        },
        hints=(
            "−log σ(z) = log(1 + e⁻ᶻ). And −log(1 − σ(z)) is that plus z.",
            "Both together: log(1 + eᶻ) − y z. The exercise of chapter 6 has log(1 + eᶻ) without overflow.",
        ),
    ),
    "loss-in-z": Derive(
        level=2,
        given=r"""z \in \mathbb{R}, \quad y \in [0, 1]
\sigma(t) := \frac{1}{1 + e^{-t}}
\ell := -y \log \sigma(z) - (1 - y) \log(1 - \sigma(z))""",
        left=r"\frac{\partial \ell}{\partial z}",
        right=r"\sigma(z) - y",
        other=r"= -y (1 - \sigma(z)) + (1 - y) \sigma(z)",
        mistakes={
            "The sign is turned. Which way has ℓ to go when σ(z) is too small?": r"y - \sigma(z)",
            "There is one slope too much: it has cancelled a denominator.": r"(\sigma(z) - y) \sigma(z) (1 - \sigma(z))",
            "That is the derivative by σ(z). The slope of σ is missing.": r"\frac{\sigma(z) - y}{\sigma(z) (1 - \sigma(z))}",
            "The second term is missing, that of 1 − y.": r"-y (1 - \sigma(z))",
            "A sign in the second term: the derivative of log(1 − σ) has a minus of its own.": r"-y (1 - \sigma(z)) - (1 - y) \sigma(z)",
        },
        without=(r"\\partial|\\frac", "a fraction or a derivative"),
        hints=(
            "First by σ(z): −y/σ + (1 − y)/(1 − σ). Then times the slope of σ.",
            "The slope σ (1 − σ) cancels one denominator in each term.",
        ),
    ),
    "weighted": Debug(
        level=3,
        draw=weighted,
        right=lambda A, Y, w: (A * (1 - Y) - w * Y * (1 - A)) / A.shape[1],
        other=lambda A, Y, w: np.where(Y == 1, w, 1) * (A - Y) / A.shape[1],
        mistakes={
            "Nothing is mended: w is a factor of all examples. In J it stands before one of the two terms only.": lambda A, Y, w: (
                w * (A - Y) / A.shape[1]
            ),
            "w stands before y alone. Which factor did the slope of the sigmoid leave beside y?": lambda A, Y, w: (
                (A - w * Y) / A.shape[1]
            ),
            "The others are weighted: w belongs to the examples with y = 1.": lambda A, Y, w: (
                np.where(Y == 1, 1, w) * (A - Y) / A.shape[1]
            ),
            "The weights are right, the mean is gone.": lambda A, Y, w: (
                np.where(Y == 1, w, 1) * (A - Y)
            ),
            "That is the derivative by a. The slope a (1 − a) of the sigmoid is still missing.": lambda A, Y, w: (
                (-w * Y / A + (1 - Y) / (1 - A)) / A.shape[1]
            ),
            "Whether a yes is missed at ½ does not matter: J weighs every example with target 1.": lambda A, Y, w: (
                np.where((Y == 1) & (A < 0.5), w, 1) * (A - Y) / A.shape[1]
            ),
            "w is not there any more.": lambda A, Y, w: (A - Y) / A.shape[1],
            "You divide by the sum of the weights. J divides by m.": lambda A, Y, w: (
                np.where(Y == 1, w, 1) * (A - Y) / np.sum(np.where(Y == 1, w, 1))
            ),
        },
        hints=(
            "Derive J again for one example with y = 1, and for one with y = 0.",
            "With y = 1: w (a − 1). With y = 0: a. One formula holds both.",
        ),
    ),
    "scaled": Debug(
        level=2,
        draw=two_sets,
        names=("X", "X_new"),
        right=scaled,
        mistakes={
            "The new examples still get a mean and a spread of their own. The network has learned with those of X: what was 0 there has to be 0 here.": lambda X, X_new: (
                scaled(X, X_new, X_new)
            ),
            "You took mean and spread from X after it was scaled: they are 0 and 1, and X_new stays as it was. Keep them first.": lambda X, X_new: (
                scaled(X, X_new)[0],
                X_new,
            ),
            "Mean and spread of all examples together: the new ones have had a say in what the network learns from.": lambda X, X_new: (
                _together(X, X_new)
            ),
            "The mean is right now; the spread of the new examples is still their own.": lambda X, X_new: (
                scaled(X, X_new)[0],
                (X_new - X.mean(1, keepdims=True)) / X_new.std(1, keepdims=True),
            ),
            "The spread is right now; the mean of the new examples is still their own.": lambda X, X_new: (
                scaled(X, X_new)[0],
                (X_new - X_new.mean(1, keepdims=True)) / X.std(1, keepdims=True),
            ),
        },
        hints=(
            "A single new bird: what is its own mean, and what is left of it when that is subtracted?",
            "Compute mean and std of X once, before X is changed, and use them for both.",
        ),
    ),
}
