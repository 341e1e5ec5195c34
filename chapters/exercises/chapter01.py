"""Chapter 1: units, layers, shapes, starting values."""

import numpy as np

from exercises.kinds import ByHand, Debug, Derive, Predict, Write

NETWORKS = ([3, 4, 2], [2, 5, 3, 1], [4, 3], [5, 2, 4, 3])


def network(rng):
    n = NETWORKS[rng.integers(len(NETWORKS))]
    params = {
        l: (rng.normal(size=(n[l], n[l - 1])), rng.normal(size=(n[l], 1))) for l in range(1, len(n))
    }
    return params, rng.normal(size=n[0])


def forward_one(params, x, last=np.tanh, bias=1.0, read_x=False):
    a = x
    for l, (W, b) in params.items():
        z = W @ (x if read_x else a) + bias * b[:, 0]
        a = last(z) if l == max(params) else np.tanh(z)
    return a


def start(
    n,
    rng,
    into=lambda n, l: n[l - 1],
    shape=lambda n, l: (n[l], n[l - 1]),
    bias=lambda k: (k, 1),
    power=0.5,
):
    return {
        l: (rng.normal(size=shape(n, l)) / into(n, l) ** power, np.zeros(bias(n[l])))
        for l in range(1, len(n))
    }


EXERCISES = {
    "layer": ByHand(
        level=1,
        first=(np.array([[1, 2, -1], [0, -1, 3]]), np.array([0.5, -1]), np.array([2, 0, 1])),
        draw=lambda rng: (
            rng.integers(-3, 4, (2, 3)),
            rng.integers(-3, 4, 2) + 0.5,
            rng.integers(-2, 4, 3),
        ),
        right=lambda W, b, x: W @ x + b,
        mistakes={
            "You left the bias out. What does b add to each unit?": lambda W, b, x: W @ x,
            "You took the bias away. Which sign has it in z?": lambda W, b, x: W @ x - b,
            "You added the weights of a row without the inputs. What is each weight multiplied with?": lambda W, b, x: (
                W.sum(1) + b
            ),
            "The signs of the weights are lost. What is −1 times an input?": lambda W, b, x: (
                np.abs(W) @ x + b
            ),
            "That is the activation, tanh of z. z itself is asked for.": lambda W, b, x: np.tanh(
                W @ x + b
            ),
            "Both units got the weights of the first row. Which row of W belongs to the second?": lambda W, b, x: (
                W[0] @ x + b
            ),
        },
        hints=(
            "Each row of W belongs to one unit: it has a weight for each input.",
            "For the first unit: the first row times x, entry by entry, added up; then the first bias.",
        ),
    ),
    "parameters": Predict(
        level=1,
        first=([784, 256, 10],),
        draw=lambda rng: (
            sorted(rng.choice(np.arange(2, 40), 3, replace=False).tolist(), reverse=True),
        ),
        right=lambda n: sum(n[l] * n[l - 1] + n[l] for l in range(1, len(n))),
        mistakes={
            "You counted the weights only. Which other parameter has each unit?": lambda n: sum(
                n[l] * n[l - 1] for l in range(1, len(n))
            ),
            "You counted one bias for each layer. Each unit has its own.": lambda n: sum(
                n[l] * n[l - 1] + 1 for l in range(1, len(n))
            ),
            "You gave the inputs a bias too. Do they compute anything?": lambda n: (
                sum(n[l] * n[l - 1] for l in range(1, len(n))) + sum(n)
            ),
            "You multiplied all sizes. Which layers does a weight join?": lambda n: int(np.prod(n)),
            "You counted the units. How many numbers does one unit hold?": lambda n: sum(n[1:]),
            "That is the first layer alone.": lambda n: n[1] * n[0] + n[1],
        },
        hints=(
            "Go layer by layer. How many rows and columns has W[1]?",
            "W[l] has n[l] rows and n[l−1] columns, b[l] has n[l] entries.",
        ),
    ),
    "network": Write(
        level=2,
        draw=network,
        right=forward_one,
        other=lambda params, x: np.array([v[0] for v in _columns(params, x)]),
        mistakes={
            "The biases are missing.": lambda params, x: forward_one(params, x, bias=0),
            "A unit's sum goes on from the unit before it: where is z set to its start?": lambda params, x: (
                _running(params, x)
            ),
            "A unit's sum, bias and all, goes on from the unit before it: where is z set to its start?": lambda params, x: (
                _running(params, x, True)
            ),
            "The biases are taken away instead of added.": lambda params, x: forward_one(
                params, x, bias=-1
            ),
            "The last layer has no activation. Every unit of this network has one.": lambda params, x: (
                forward_one(params, x, last=lambda z: z)
            ),
            "No layer has an activation. What is a after z?": lambda params, x: _plain(params, x),
            "That is what the first layer gives. The next one reads it.": lambda params, x: np.tanh(
                params[1][0] @ x + params[1][1][:, 0]
            ),
        },
        hints=(
            "Keep one list a, at first x, and replace it layer by layer.",
            "Build the new list completely before you replace the old one: every unit of a layer reads all of the layer below.",
            "For unit j of layer l: z = sum of W[j, k] * a[k] over k, plus b[j, 0].",
        ),
    ),
    "slope-of-cost": Derive(
        level=3,
        given=r"""x \in \mathbb{R}^{m}, \quad y \in \mathbb{R}^{m}, \quad w \in \mathbb{R}, \quad b \in \mathbb{R}
J := \frac{1}{2m} \sum_{i=1}^{m} (w x_i + b - y_i)^2""",
        left=r"\frac{\partial J}{\partial w}",
        right=r"\frac{1}{m} \sum_{i=1}^{m} (w x_i + b - y_i) x_i",
        other=r"= w \frac{1}{m} \sum_{i=1}^{m} x_i^2 + \frac{1}{m} \sum_{i=1}^{m} (b - y_i) x_i",
        mistakes={
            "The factor x_i is missing: it is the derivative of what stands in the brackets, by w.": r"\frac{1}{m} \sum_{i=1}^{m} (w x_i + b - y_i)",
            "The bias does not depend on w: by w only w x_i has a slope.": r"\frac{1}{m} \sum_{i=1}^{m} (w x_i + b - y_i) (x_i + 1)",
            "x_i multiplies all of the bracket, not its first term alone.": r"\frac{1}{m} \sum_{i=1}^{m} (w x_i^2 + b - y_i)",
            "There is a 2 too much. What does the square bring, and what has J in front?": r"\frac{2}{m} \sum_{i=1}^{m} (w x_i + b - y_i) x_i",
            "The sum of products has become a product of sums: x_i belongs to its own example, inside the sum.": r"\frac{1}{m} \sum_{i=1}^{m} (w x_i + b - y_i) \cdot \sum_{k=1}^{m} x_k",
            "The ½ is still there, but the square has brought a 2.": r"\frac{1}{2m} \sum_{i=1}^{m} (w x_i + b - y_i) x_i",
            "1/m is lost. J is a mean over the examples.": r"\sum_{i=1}^{m} (w x_i + b - y_i) x_i",
            "The sign is turned. In which order do prediction and target stand in J?": r"\frac{1}{m} \sum_{i=1}^{m} (y_i - w x_i - b) x_i",
        },
        hints=(
            "The derivative of a sum is the sum of the derivatives, so look at one example first.",
            "The derivative of u² is 2u times the derivative of u. Here u is w x_i + b − y_i.",
        ),
    ),
    "start": Debug(
        level=3,
        draw=lambda rng: (
            NETWORKS[rng.integers(len(NETWORKS))],
            np.random.default_rng(int(rng.integers(99))),
        ),
        names=("W", "b"),
        right=start,
        mistakes={
            "Nothing is mended yet: W[l] still has its rows and columns exchanged. How many rows has it, if each row is a unit?": lambda n, rng: (
                start(n, rng, lambda n, l: n[l], lambda n, l: (n[l - 1], n[l]), lambda k: (k,))
            ),
            "W[l] is still turned. The biases are columns now.": lambda n, rng: start(
                n, rng, lambda n, l: n[l], lambda n, l: (n[l - 1], n[l])
            ),
            "The shape of W is mended. The spread is not: over how many inputs does one unit sum? And b is no column yet.": lambda n, rng: (
                start(n, rng, lambda n, l: n[l], bias=lambda k: (k,))
            ),
            "The shapes are right. The spread is not: over how many inputs does one unit sum?": lambda n, rng: (
                start(n, rng, lambda n, l: n[l])
            ),
            "W is right. b has to be a column, so that it can be added to many examples.": lambda n, rng: (
                start(n, rng, bias=lambda k: (k,))
            ),
            "The root is gone. With which power of the number of inputs does the spread of a sum grow?": lambda n, rng: (
                start(n, rng, power=1.0)
            ),
        },
        hints=(
            "There are three errors: in the shape of W, in its spread, in the shape of b.",
            "Each row of W[l] is one unit of layer l, and reads n[l−1] activations.",
        ),
    ),
    "gradient-step": ByHand(
        level=2,
        first=(2, 3, 1, 0.05),
        draw=lambda rng: (
            *(int(v) for v in rng.choice([2, 3, 5, 7], 2, replace=False)),
            int(rng.choice([1, 11])),
            0.05,
        ),
        right=lambda w, x, y, alpha: w - alpha * (w * x - y) * x,
        mistakes={
            "The input is missing in the slope: by how much does w x grow with w?": lambda w, x, y, alpha: (
                w - alpha * (w * x - y)
            ),
            "The step goes uphill: where the slope is positive, the weight has to get smaller.": lambda w, x, y, alpha: (
                w + alpha * (w * x - y) * x
            ),
            "That is the derivative. The step takes α times it from w.": lambda w, x, y, alpha: (
                (w * x - y) * x
            ),
            "That is the step. It has yet to be taken from w.": lambda w, x, y, alpha: (
                alpha * (w * x - y) * x
            ),
            "The rate is missing: only α times the derivative is taken from w.": lambda w, x, y, alpha: (
                w - (w * x - y) * x
            ),
            "You took α times the cost. The step takes its slope.": lambda w, x, y, alpha: (
                w - alpha * (w * x - y) ** 2 / 2
            ),
            "The square's 2 and the half cancel: the slope of ½ (w x − y)² has no 2.": lambda w, x, y, alpha: (
                w - alpha * 2 * (w * x - y) * x
            ),
        },
        hints=(
            "The error is w x − y, and w x has the slope x in w.",
            "So the derivative is (w x − y) x. Take α times it from w.",
        ),
    ),
}


def _running(params, x, with_bias=False):
    a = x
    for W, b in params.values():
        z = np.cumsum(W @ a + (b[:, 0] if with_bias else 0))
        a = np.tanh(z if with_bias else z + b[:, 0])
    return a


def _columns(params, x):
    a = x[:, None]
    for W, b in params.values():
        a = np.tanh(W @ a + b)
    return a


def _plain(params, x):
    for W, b in params.values():
        x = W @ x + b[:, 0]
    return x
