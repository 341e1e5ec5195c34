"""Chapter 8: softmax."""

import numpy as np

from exercises.kinds import ByHand, Debug, Derive, Predict, Write


def softmax(Z, axis=0):
    E = np.exp(Z - Z.max(axis, keepdims=True))
    return E / E.sum(axis, keepdims=True)


def far(rng):
    n, m = rng.permutation([3, 4, 5, 6])[:2]
    Z = rng.normal(size=(n, m)) * 2
    Z[:, 0] += 1000
    Z[:, 1] -= 1000
    return (Z,)


def warm(rng):
    n, m = rng.permutation([3, 4, 5, 6])[:2]
    T = float(rng.uniform(1.5, 4))
    return (rng.normal(size=(n, m)), softmax(rng.normal(size=(n, m)) / T), T)


def positive(rng):
    n, m = rng.permutation([3, 4, 5])[:2]
    return rng.normal(size=(n, m)), rng.random((n, m)) + 0.2


def parts_vjp(dA, Z, axis=0):
    A, S = Z / Z.sum(0, keepdims=True), Z.sum(0, keepdims=True)
    return (dA - (dA * A).sum(axis, keepdims=True)) / S


EXERCISES = {
    "softmax-back": ByHand(
        level=1,
        first=(np.array([1, 2, 5]) / 8, np.array([8, 0, 0])),
        draw=lambda rng: (rng.permutation([1, 3, 4]) / 8, rng.permutation([8, 0, 0])),
        right=lambda a, dA: a * (dA - a @ dA),
        mistakes={
            "Only the own slope a (1 − a) counts in yours. The other probabilities move too when one logit does.": lambda a, dA: (
                a * (1 - a) * dA
            ),
            "The mean has not been taken away: entries with dA = 0 get a share as well.": lambda a, dA: (
                a * dA
            ),
            "The mean is taken away after the product. It has to be weighted once more by a.": lambda a, dA: (
                a * dA - a @ dA
            ),
            "You took the plain mean of dA. The mean is weighted by a.": lambda a, dA: (
                a * (dA - dA.mean())
            ),
            "The sign is turned.": lambda a, dA: -a * (dA - a @ dA),
            "That is dA less its mean. Each entry has yet to be multiplied by its own a.": lambda a, dA: (
                dA - a @ dA
            ),
        },
        hints=(
            "First the mean of dA with the weights a: one number.",
            "Take it away from each dA, and multiply by a. The result sums to 0.",
        ),
    ),
    "doubled": Predict(
        level=1,
        first=(np.array([1, 3, 4]),),
        draw=lambda rng: (rng.permutation([1, 2, 3, 5])[:3],),
        right=lambda e: e**2 / np.sum(e**2),
        mistakes={
            "That would be without the 2. Only a shift of all logits changes nothing; a factor does.": lambda e: (
                e / e.sum()
            ),
            "exp(2 log e) is not 2e.": lambda e: (
                np.exp(2 * e - 2 * e.max()) / np.exp(2 * e - 2 * e.max()).sum()
            ),
            "You squared the shares. They do not add up to 1 any more.": lambda e: (
                (e / e.sum()) ** 2
            ),
            "These are the exponentials. They have yet to be divided by their sum.": lambda e: e**2,
            "A factor 2 sharpens; yours is flatter. What is exp(2 log 3)?": lambda e: (
                e**0.5 / np.sum(e**0.5)
            ),
            "The shares are those of the logits themselves.": lambda e: np.log(e) / np.log(e).sum(),
        },
        hints=("exp(2 log 3) = 3².", "The exponentials are the squares; divide by their sum."),
    ),
    "softmax": Write(
        level=3,
        draw=far,
        right=softmax,
        other=lambda Z: np.exp(Z - Z.max(0) - np.log(np.exp(Z - Z.max(0)).sum(0))),
        mistakes={
            "exp overflows at 1000, and inf/inf is no number. Which shift of a column changes nothing?": lambda Z: (
                np.exp(Z) / np.exp(Z).sum(0, keepdims=True)
            ),
            "You shift by one maximum for all examples. A column far below it becomes 0/0: each needs its own.": lambda Z: (
                np.exp(Z - Z.max()) / np.exp(Z - Z.max()).sum(0, keepdims=True)
            ),
            "You divided by the largest logit, which changes the ratios. Which operation on the logits changes nothing?": lambda Z: (
                softmax(Z / np.abs(Z).max(0, keepdims=True))
            ),
            "You sum along the rows. An example is a column.": lambda Z: softmax(Z, 1),
            "You divide by the sum of everything: each column has to sum to 1.": lambda Z: (
                np.exp(Z - Z.max(0)) / np.exp(Z - Z.max(0)).sum()
            ),
            "The maximum of the whole row is taken away: which axis runs over the classes of one example?": lambda Z: (
                np.exp(Z - Z.max(1, keepdims=True)) / np.exp(Z - Z.max(1, keepdims=True)).sum(0)
            ),
            "These are the exponentials. They have yet to be divided by their sum.": lambda Z: (
                np.exp(Z - Z.max(0))
            ),
        },
        hints=(
            "Adding a number to all logits of a column changes nothing. Which number makes overflow impossible?",
            "Z - Z.max(axis=0, keepdims=True): the largest is 0 then, and its exponential 1.",
        ),
    ),
    "log-sum-exp": Derive(
        level=3,
        given=r"""z \in \mathbb{R}^{n}, \quad T > 0
S := T \log \sum_{j=1}^{n} e^{z_j / T}""",
        left=r"\frac{\partial S}{\partial z_k}",
        right=r"\frac{e^{z_k / T}}{\sum_{j=1}^{n} e^{z_j / T}}",
        other=r"= \frac{1}{\sum_{j=1}^{n} e^{(z_j - z_k) / T}}",
        mistakes={
            "There is a 1/T too much. What does the T in front do to it?": r"\frac{1}{T} \frac{e^{z_k / T}}{\sum_{j=1}^{n} e^{z_j / T}}",
            "There is a T too much: the inner derivative has brought a 1/T.": r"T \frac{e^{z_k / T}}{\sum_{j=1}^{n} e^{z_j / T}}",
            "The temperature is lost in the exponents.": r"\frac{e^{z_k}}{\sum_{j=1}^{n} e^{z_j}}",
            "The logarithm of a sum is not the sum of the logarithms.": r"1",
            "The sum is lost: the logarithm is of all of it.": r"e^{z_k / T}",
            "The derivative of the logarithm is 1 over what is in it; the inner derivative is missing.": r"\frac{T}{\sum_{j=1}^{n} e^{z_j / T}}",
        },
        hints=(
            "Name the sum s. First T log s by s, then s by z_k.",
            "Only one term of the sum has z_k in it, and the exponent brings 1/T.",
        ),
    ),
    "whole-jacobian": Debug(
        level=2,
        draw=warm,
        right=lambda dA, A, T: A * (dA - (A * dA).sum(0, keepdims=True)) / T,
        mistakes={
            "Still the slope of each probability by its own logit. How do the others of its column answer?": lambda dA, A, T: (
                dA * A * (1 - A) / T
            ),
            "You added over the examples. The classes of one example are a column.": lambda dA, A, T: (
                A * (dA - (A * dA).sum(1, keepdims=True)) / T
            ),
            "You took the mean over the classes. The sum is wanted, weighted by A: Σ a dA.": lambda dA, A, T: (
                A * (dA - (A * dA).mean(0, keepdims=True)) / T
            ),
            "You added over all examples as well. Each column has its own sum: axis=0, keepdims=True.": lambda dA, A, T: (
                A * (dA - (A * dA).sum()) / T
            ),
            "The temperature is lost.": lambda dA, A, T: A * (dA - (A * dA).sum(0, keepdims=True)),
            "T is a factor in yours: a warmer softmax answers less.": lambda dA, A, T: (
                A * (dA - (A * dA).sum(0, keepdims=True)) * T
            ),
            "What is taken away has to be weighted with A once more: bracket.": lambda dA, A, T: (
                (A * dA - (A * dA).sum(0, keepdims=True)) / T
            ),
        },
        hints=(
            "Test it with dA of ones: adding up all probabilities gives 1 whatever the logits, so dZ is 0. Is it?",
            "dz_p = a_p (da_p − Σ_j a_j da_j) / T, in every column.",
        ),
    ),
    "parts-of-a-sum": Write(
        level=3,
        draw=positive,
        right=parts_vjp,
        other=lambda dA, Z: np.stack(
            [
                (np.eye(len(z)) / z.sum() - np.outer(np.ones(len(z)), z) / z.sum() ** 2) @ da
                for z, da in zip(Z.T, dA.T)
            ],
            axis=1,
        ),
        mistakes={
            "That is the path through the product alone. The sum depends on z as well.": lambda dA, Z: (
                dA / Z.sum(0, keepdims=True)
            ),
            "That is softmax's, which has an exponential before the sum: its A is too much at the front.": lambda dA, Z: (
                parts_vjp(dA, Z) * Z
            ),
            "The plain mean of dA is taken away. It has to be weighted with the parts.": lambda dA, Z: (
                (dA - dA.mean(0, keepdims=True)) / Z.sum(0, keepdims=True)
            ),
            "You summed over the examples: what is added up is a column.": lambda dA, Z: parts_vjp(
                dA, Z, 1
            ),
            "The slope is still to be divided by the sum: twice as large numbers have half the slopes.": lambda dA, Z: (
                parts_vjp(dA, Z) * Z.sum(0, keepdims=True)
            ),
            "What is taken away is weighted with the numbers themselves, not with their parts of the sum.": lambda dA, Z: (
                (dA - (dA * Z).sum(0, keepdims=True)) / Z.sum(0, keepdims=True)
            ),
            "Check the sign of the path through the sum: a larger sum makes every part smaller.": lambda dA, Z: (
                (dA + (dA * Z).sum(0, keepdims=True) / Z.sum(0, keepdims=True))
                / Z.sum(0, keepdims=True)
            ),
        },
        hints=(
            "One column, S its sum: the slope of z_p / S in z_j is 1/S − z_p/S² for p = j, and −z_p/S² else.",
            "Multiply by da_p and add over p. The same number is taken away from all.",
            "dz_j = (da_j − Σ_p da_p a_p) / S, with a = z / S.",
        ),
    ),
}
