"""Chapter 4: derivatives of a layer, of a network, and a step."""

import numpy as np

from exercises.chapter02 import forward, network
from exercises.kinds import ByHand, Debug, Derive, Predict, Write


def small(rng):
    return rng.integers(-2, 4, (2, 2)), rng.integers(-2, 4, (2, 2))


def way_back(rng):
    """What backward gets: parameters, activations, the seed."""
    params, X = network(rng)
    A = forward(params, X)
    return params, A, rng.normal(size=A[max(A)].shape)


def backward(
    params,
    A,
    dZ,
    slope=lambda A, l: 1 - A[l - 1] ** 2,
    dW=lambda dZ, A, l: dZ @ A[l - 1].T,
    db=lambda dZ: dZ.sum(1, keepdims=True),
    down=lambda W, dZ: W.T @ dZ,
):
    grads = {}
    for l in reversed(params):
        W, _ = params[l]
        grads[l] = dW(dZ, A, l), db(dZ)
        if l > 1:
            dZ = down(W, dZ) * slope(A, l)
    return {l: grads[l] for l in params}


def step(params, A, dZ, lr, early=False, sign=-1, skip=False):
    new = {}
    for l in reversed(params):
        W, b = params[l]
        dW, db = dZ @ A[l - 1].T, dZ.sum(1, keepdims=True)
        new[l] = W + sign * lr * dW, (b if skip else b + sign * lr * db)
        if l > 1:
            dZ = ((new[l][0] if early else W).T @ dZ) * (1 - A[l - 1] ** 2)
    return {l: new[l] for l in params}


def chain(x, y, w1, b1, w2, b2, slope=lambda z: 2 * z, down=lambda w: w, fed=lambda a: a):
    """The derivatives of a chain of two units, the first with a = z**2, by w1, b1, w2, b2."""
    z = w1 * x + b1
    dz2 = w2 * z**2 + b2 - y
    dz1 = down(w2) * dz2 * slope(z)
    return np.array([dz1 * fed(x), dz1, dz2 * fed(z**2), dz2])


def learn(X, y, lr, steps, mean=True, bias=1, early=False):
    w, b = np.zeros(len(X)), 0.0
    for _ in range(steps):
        error = (w @ X + b - y) / (len(y) if mean else 1)
        w = w - lr * X @ error
        if early:
            error = (w @ X + b - y) / len(y)
        b = b - bias * lr * error.sum()
    return w, b


def learn_together(X, y, lr, steps):
    V, w = np.vstack([X, np.ones(len(y))]), np.zeros(len(X) + 1)
    for _ in range(steps):
        w = w - lr * V @ (w @ V - y) / len(y)
    return w[:-1], w[-1]


EXERCISES = {
    "dw-by-hand": ByHand(
        level=1,
        first=(np.array([[1, 2], [0, -1]]), np.array([[1, -1], [0, 2]])),
        draw=small,
        right=lambda dZ, A: dZ @ A.T,
        mistakes={
            "A is not transposed. dW adds over the examples: which axis of both counts them?": lambda dZ, A: (
                dZ @ A
            ),
            "That is the transpose: row j of dW belongs to unit j of the upper layer.": lambda dZ, A: (
                A @ dZ.T
            ),
            "You multiplied entry by entry, so nothing is added over the examples.": lambda dZ, A: (
                dZ * A
            ),
            "You divided by the number of examples. Is the 1/m of the cost not in dZ already?": lambda dZ, A: (
                dZ @ A.T / 2
            ),
            "dZ is transposed where A should be.": lambda dZ, A: dZ.T @ A,
        },
        hints=(
            "Entry (j, k) of dW: over the examples, dz of unit j times a of unit k.",
            "That is row j of dZ times row k of A.",
        ),
    ),
    "twice-the-seed": Predict(
        level=1,
        right=lambda: [2, 2, 2],
        mistakes={
            "The way back is linear in dZ: a factor is passed on once, and not again in each layer.": lambda: [
                8,
                4,
                2,
            ],
            "All layers get what they have from the seed, not only the last.": lambda: [1, 1, 2],
            "The activations and weights are the same, but dZ is not: what is each dW multiplied with?": lambda: [
                1,
                1,
                1,
            ],
            "A factor 2 is passed down whole, not in halves.": lambda: [0.5, 1, 2],
        },
        hints=(
            "How does dW[3] depend on the seed? And dZ[2]?",
            "Every line of backward is a product with dZ, once.",
        ),
    ),
    "backward": Write(
        level=3,
        draw=way_back,
        right=backward,
        other=lambda params, A, dZ: backward(
            params,
            A,
            dZ,
            slope=lambda A, l: (1 - A[l - 1]) * (1 + A[l - 1]),
            down=lambda W, dZ: (dZ.T @ W).T,
        ),
        names=("dW", "db"),
        mistakes={
            "You divide by m in every layer. The seed has the 1/m of the mean already.": lambda params, A, dZ: (
                backward(
                    params,
                    A,
                    dZ,
                    dW=lambda dZ, A, l: dZ @ A[l - 1].T / dZ.shape[1],
                    db=lambda dZ: dZ.mean(1, keepdims=True),
                )
            ),
            "The slope of tanh is missing: W.T @ dZ is the derivative by A, not by Z.": lambda params, A, dZ: (
                backward(params, A, dZ, slope=lambda A, l: 1)
            ),
            "The slope of tanh is 1 − A², from the activation: yours takes the activation itself.": lambda params, A, dZ: (
                backward(params, A, dZ, slope=lambda A, l: A[l - 1])
            ),
            "That is the sigmoid's slope, A (1 − A). These layers have tanh.": lambda params, A, dZ: (
                backward(params, A, dZ, slope=lambda A, l: A[l - 1] * (1 - A[l - 1]))
            ),
            "The slope is taken of tanh of A. A is tanh of Z already: what is the slope in terms of A?": lambda params, A, dZ: (
                backward(params, A, dZ, slope=lambda A, l: 1 - np.tanh(A[l - 1]) ** 2)
            ),
            "db lost its second axis: b is a column, and so is its derivative.": lambda params, A, dZ: (
                backward(params, A, dZ, db=lambda dZ: dZ.sum(1))
            ),
            "dW is transposed: it needs the shape of W.": lambda params, A, dZ: backward(
                params, A, dZ, dW=lambda dZ, A, l: A[l - 1] @ dZ.T
            ),
        },
        hints=(
            "Go from the last layer to the first, and keep dZ of the layer at which you are.",
            "dW = dZ A[l−1]ᵀ; db = dZ summed over the examples, as a column.",
            "Before you go down: dA = Wᵀ dZ belongs to A[l−1], and dZ there is dA times the slope of tanh.",
        ),
    ),
    "around-a-layer": Derive(
        level=3,
        given=r"""a \in \mathbb{R}, \quad w \in \mathbb{R}, \quad y \in \mathbb{R}
c := \tanh(w a) + a
J := \frac{1}{2} (c - y)^2""",
        left=r"\frac{\partial J}{\partial a}",
        right=r"(\tanh(w a) + a - y) (w (1 - \tanh(w a)^2) + 1)",
        other=r"= (c - y) \frac{\partial c}{\partial a} = (c - y) (1 + w - w (c - a)^2)",
        mistakes={
            "The way around the layer is missing: a reaches c directly as well.": r"(c - y) w (1 - \tanh(w a)^2)",
            "The factor w is missing: tanh is taken of w a.": r"(c - y) (1 - \tanh(w a)^2 + 1)",
            "The direct way has slope 1, not w: brackets.": r"(c - y) w (1 - \tanh(w a)^2 + 1)",
            "The direct way goes around tanh: its slope 1 is not multiplied by that of tanh.": r"(c - y) (1 - \tanh(w a)^2) (w + 1)",
            "Only the direct way is there: a also goes through tanh.": r"c - y",
            "c is more than the tanh: of which part of c is the square taken?": r"(c - y) (w (1 - c^2) + 1)",
            "The slope of tanh is 1 − tanh²; yours is tanh.": r"(c - y) (w \tanh(w a) + 1)",
            "The first factor, the derivative of J by c, is missing.": r"w (1 - \tanh(w a)^2) + 1",
        },
        hints=(
            "First the derivative of J by c; then c by a, which has two paths.",
            "Through tanh: w times the slope of tanh at w a. Around it: 1.",
        ),
    ),
    "step": Debug(
        level=2,
        draw=lambda rng: (*way_back(rng), 0.5),
        names=("W", "b"),
        right=step,
        mistakes={
            "The layers below still get their derivative through the weights that are already moved. The last layer is right, so it looks harmless: which W made this cost?": lambda params, A, dZ, lr: (
                step(params, A, dZ, lr, early=True)
            ),
            "The step goes uphill now.": lambda params, A, dZ, lr: step(params, A, dZ, lr, sign=1),
            "The biases stay where they are.": lambda params, A, dZ, lr: step(
                params, A, dZ, lr, skip=True
            ),
            "Nothing moves.": lambda params, A, dZ, lr: params,
        },
        hints=(
            "With lr = 0 it is right; with a large lr it is far off below the last layer. What does lr change before it is used?",
            "Compute the dZ of the layer below before W is replaced, or keep the old W.",
        ),
    ),
    "through-and-back": ByHand(
        level=2,
        first=(2, 1, 1, -3, 3, 0),
        draw=lambda rng: tuple(int(v) for v in rng.integers(-3, 4, 6)),
        right=chain,
        mistakes={
            "The slope of the square is missing on the way back: a = z₁² has the slope 2 z₁.": lambda *case: (
                chain(*case, slope=lambda z: 1)
            ),
            "The slope of a = z₁² is taken at a. It is 2 z₁.": lambda *case: chain(
                *case, slope=lambda z: 2 * z * z
            ),
            "The weight that leads from a to z₂ is missing on the way back.": lambda *case: chain(
                *case, down=lambda w: 1
            ),
            "The derivative by a weight is dz times what the weight is multiplied with: a, and x.": lambda *case: (
                chain(*case, fed=lambda a: 1)
            ),
            "All signs are turned: dz₂ is z₂ − y.": lambda *case: -chain(*case),
        },
        hints=(
            "Forward: z₁ = −1, a = 1, z₂ = 3. Then dz₂ = z₂ − y.",
            "dw₂ = dz₂ a and db₂ = dz₂. Then da = w₂ dz₂, and dz₁ = 2 z₁ da.",
        ),
    ),
    "learn": Write(
        level=2,
        draw=lambda rng: (rng.normal(size=(3, 6)), rng.normal(size=6), 0.1, 4),
        right=learn,
        other=learn_together,
        names=("w", "b"),
        mistakes={
            "The mean is missing: the cost is one over m times the sum, and so is its derivative.": lambda X, y, lr, steps: (
                learn(X, y, lr, steps, mean=False)
            ),
            "The steps go uphill.": lambda X, y, lr, steps: learn(X, y, -lr, steps),
            "b stays 0: it has a derivative too, the mean of the errors.": lambda X, y, lr, steps: (
                learn(X, y, lr, steps, bias=0)
            ),
            "The error used for b belongs to the w that has moved already. Compute both derivatives, then take both steps.": lambda X, y, lr, steps: (
                learn(X, y, lr, steps, early=True)
            ),
            "That is one step. How many were asked for?": lambda X, y, lr, steps: learn(
                X, y, lr, 1
            ),
            "The square's 2 and the half cancel.": lambda X, y, lr, steps: learn(
                X, y, 2 * lr, steps
            ),
        },
        hints=(
            "In each step: the errors w @ X + b − y, one for each example.",
            "dw is the mean of error times input: X @ error / m. db is the mean of the errors.",
            "Compute both before you change either.",
        ),
    ),
}
