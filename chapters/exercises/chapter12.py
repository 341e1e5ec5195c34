"""Chapter 12: steps, rates, batches, and what becomes of them."""

import numpy as np

from exercises.chapter02 import forward
from exercises.chapter04 import backward
from exercises.chapter10 import seeded
from exercises.kinds import ByHand, Debug, Derive, Predict, Write


def problem(rng):
    """A small network, data, and the pieces of chapters 2, 4 and 10."""
    n, m = ([int(v) for v in rng.permutation([2, 3, 4])], int(rng.integers(7, 12)))
    params = {l: (rng.normal(size=(n[l], n[l - 1])), rng.normal(size=(n[l], 1))) for l in (1, 2)}
    X, y = rng.normal(size=(n[0], m)), rng.integers(0, n[2], m)
    pieces = forward, backward, seeded
    return (
        params,
        X,
        y,
        *pieces,
        0.3,
        int(rng.integers(2, 5)),
        3,
        np.random.default_rng(int(rng.integers(99))),
    )


def train(
    params,
    X,
    y,
    forward,
    backward,
    cost_and_seed,
    lr,
    epochs,
    size,
    rng,
    sign=-1,
    bias=True,
    steps=None,
    frozen=False,
    rest=True,
    shuffle=True,
    once=False,
    same=True,
    batch=True,
):
    m = len(y)
    order, done, first = rng.permutation(m) if once else None, 0, params
    for _ in range(epochs):
        if not once:
            order = rng.permutation(m) if shuffle else np.arange(m)
        for begin in range(0, m if rest else m - m % size, size):
            chosen = order[begin : begin + size] if batch else order
            at = first if frozen else params
            A = forward(at, X[:, chosen])
            _, dZ = cost_and_seed(A[max(A)], _targets(y, chosen, begin, size, same))
            grads = backward(at, A, dZ)
            done += 1
            params = {
                l: (W + sign * lr * grads[l][0], b + sign * lr * grads[l][1] * bias)
                for l, (W, b) in params.items()
            }
            if not batch or done == steps:
                break
        if done == steps:
            break
    return params


def first_steps(rng):
    """An array, its derivative and the two running means after t - 1 steps."""
    shape, t = (3, 2) if rng.integers(2) else (4, 1), int(rng.integers(1, 5))
    w, *gradients = rng.normal(size=(t + 1, *shape))
    v, s = np.zeros(shape), np.zeros(shape)
    for d in gradients[:-1]:
        v, s = 0.9 * v + 0.1 * d, 0.999 * s + 0.001 * d**2
    return w, gradients[-1], v, s, t, 0.01


def adam(w, d, v, s, t, lr, shares=(1, 1), root=np.sqrt, sign=-1, kept=False, t_of=lambda t: t):
    v, s = 0.9 * v + 0.1 * d, 0.999 * s + 0.001 * d**2
    mean = v / (1 - 0.9 ** t_of(t)) ** shares[0]
    square = s / (1 - 0.999 ** t_of(t)) ** shares[1]
    new = w + sign * lr * mean / (root(square) + 1e-8)
    return new, *((mean, square) if kept else (v, s))


def held_out(rng):
    """Costs on examples that are held out: down, up again, with noise; and how long to wait."""
    epochs = np.arange(int(rng.integers(25, 35)))
    held = 0.3 + (epochs - 14) ** 2 / 400 + 0.12 * rng.normal(size=len(epochs))
    return held.tolist(), int(rng.integers(3, 6))


def early(held, patience):
    best = 1
    for epoch, cost in enumerate(held, 1):
        if cost < held[best - 1]:
            best = epoch
        elif epoch - best >= patience:
            break
    return best


EXERCISES = {
    "largest-rate": ByHand(
        level=1,
        first=(5,),
        draw=lambda rng: (int(rng.choice([4, 8, 10, 20, 3])),),
        right=lambda c: 2 / c,
        mistakes={
            "At 1/c a single step leads to the bottom. Beyond it the steps overshoot, and still come closer: how far may they?": lambda c: (
                1 / c
            ),
            "The larger the curvature, the smaller the rate has to be.": lambda c: c / 2,
            "That depends on the curvature: what is w after a step?": lambda c: (
                2 if c != 1 else None
            ),
            "w becomes (1 − αc) w. For which α is the factor −1?": lambda c: 2 * c,
            "The ½ of J is gone when it is derived: the slope is c w.": lambda c: 4 / c,
        },
        hints=(
            "Write w after one step as a factor times w.",
            "The factor is 1 − αc. It must not fall below −1.",
        ),
    ),
    "how-many-steps": Predict(
        level=1,
        first=(1437, 32, 50),
        draw=lambda rng: (
            int(rng.choice([1001, 2030, 517])),
            int(rng.choice([16, 32, 64])),
            int(rng.choice([10, 20, 30])),
        ),
        right=lambda m, size, epochs: -(-m // size) * epochs,
        mistakes={
            "The last batch of an epoch is smaller, and it is a batch all the same.": lambda m, size, epochs: (
                m // size * epochs
            ),
            "Each epoch begins anew: its last, smaller batch is not filled up from the next.": lambda m, size, epochs: (
                m * epochs // size
            ),
            "You rounded up once, at the end. Each epoch has a smaller batch of its own.": lambda m, size, epochs: (
                -(-m * epochs // size)
            ),
            "That is one epoch.": lambda m, size, epochs: -(-m // size),
            "That is the number of epochs. Each has several batches.": lambda m, size, epochs: (
                epochs
            ),
            "That would be a step for each example.": lambda m, size, epochs: m * epochs,
        },
        hints=(
            "How many batches has one epoch? The last may be smaller.",
            "1437/32 is 44.9, so 45.",
        ),
    ),
    "train": Write(
        level=3,
        draw=problem,
        names=("W", "b"),
        right=train,
        mistakes={
            "The steps go uphill: J falls against the gradient.": lambda *a: train(*a, sign=1),
            "The last, smaller batch is left out: its examples are never seen in that epoch.": lambda *a: (
                train(*a, rest=False)
            ),
            "The examples come in their order. Each epoch asks rng for a new permutation.": lambda *a: (
                train(*a, shuffle=False)
            ),
            "There is one permutation for all epochs: it is drawn before the loop. Each epoch deals anew.": lambda *a: (
                train(*a, once=True)
            ),
            "The examples are dealt anew and their targets are not: take the same places of both.": lambda *a: (
                train(*a, same=None)
            ),
            "Only one epoch is made: is the return inside its loop?": lambda p, X, y, f, b, c, lr, epochs, *r: (
                train(p, X, y, f, b, c, lr, 1, *r)
            ),
            "Only one step is made: is the return inside the loop over the batches?": lambda *a: (
                train(*a, steps=1)
            ),
            "The biases stay where they are.": lambda *a: train(*a, bias=False),
            "Every step starts from the first parameters again: forward and backward need those of the last step.": lambda *a: (
                train(*a, frozen=True)
            ),
            "One epoch too few.": lambda p, X, y, f, b, c, lr, epochs, *r: train(
                p, X, y, f, b, c, lr, epochs - 1, *r
            ),
            "Inputs and targets are dealt differently: the same places have to be chosen of X and of y.": lambda *a: (
                train(*a, same=False)
            ),
            "You step once an epoch, with all examples: the batches are not used.": lambda *a: (
                train(*a, batch=False)
            ),
            "Nothing moves. Are the new parameters returned?": lambda params, *a: params,
        },
        hints=(
            "Two loops: over the epochs, and over where a batch begins, range(0, m, size).",
            "order = rng.permutation(m) once an epoch; chosen = order[begin:begin + size].",
            "In a batch: forward, cost_and_seed of the last layer, backward, and a new dict of parameters.",
        ),
    ),
    "decay": Derive(
        level=2,
        given=r"""w \in \mathbb{R}, \quad c > 0, \quad s \in \mathbb{R}, \quad \alpha > 0, \quad \lambda > 0
J := \frac{c}{2} (w - s)^2 + \frac{\lambda}{2} w^2
v := w - \alpha \frac{\partial J}{\partial w}""",
        left=r"v",
        right=r"(1 - \alpha c - \alpha \lambda) w + \alpha c s",
        other=r"= w - \alpha (c (w - s) + \lambda w) = (1 - \alpha \lambda) w - \alpha c (w - s)",
        mistakes={
            "The weight decay is missing: the second term of J has a slope too.": r"w - \alpha c (w - s)",
            "The sign of the step: against the slope.": r"w + \alpha (c (w - s) + \lambda w)",
            "The ½ is gone when the square is derived.": r"w - \frac{\alpha}{2} (c (w - s) + \lambda w)",
            "The decay has not been multiplied by the rate.": r"w - \alpha c (w - s) - \lambda w",
            "s is lost.": r"(1 - \alpha c - \alpha \lambda) w",
            "That is two steps, one after the other. One step goes against the sum of both slopes.": r"(1 - \alpha \lambda) (w - \alpha c (w - s))",
            "The sign before s: −αc times −s.": r"(1 - \alpha c - \alpha \lambda) w - \alpha c s",
        },
        hints=(
            "The slope of J has two terms, c (w − s) and λ w.",
            "Put it in, and collect what stands with w.",
        ),
        without=(r"\\partial|\\frac\{ *d|\\frac d|v", "a derivative or v itself"),
    ),
    "adam-step": Debug(
        level=3,
        draw=first_steps,
        names=("w", "v", "s"),
        right=adam,
        mistakes={
            "Nothing is mended: both means are too small at first, s more so than v.": lambda *a: (
                adam(*a, shares=(0, 0))
            ),
            "v is set right, s is not: at first it is a thousandth of what it should be.": lambda *a: (
                adam(*a, shares=(1, 0))
            ),
            "s is set right, v is not: at first it is a tenth of what it should be.": lambda *a: (
                adam(*a, shares=(0, 1))
            ),
            "The shares have to be those of t steps: beta to the power t, not beta.": lambda *a: (
                adam(*a, t_of=lambda t: 1)
            ),
            "t counts from 1, so the power is t as it is.": lambda *a: adam(
                *a, t_of=lambda t: t + 1
            ),
            "What you return has been divided: the next step would divide it once more.": lambda *a: (
                adam(*a, kept=True)
            ),
            "You divide by the mean square; its root is of the size of a derivative.": lambda *a: (
                adam(*a, root=lambda x: x)
            ),
            "The step goes uphill.": lambda *a: adam(*a, sign=1),
        },
        hints=(
            "What are v and s after the first step, if d is 1?",
            "The shares in v add up to 1 - 0.9 ** t, those in s to 1 - 0.999 ** t.",
            "Divide by them in the step only: v and s themselves are kept as they are.",
        ),
    ),
    "early": Write(
        level=2,
        draw=held_out,
        right=early,
        mistakes={
            "That is the lowest cost of all epochs. Nobody sees those that come after the stop.": lambda held, patience: (
                early(held, len(held))
            ),
            "That is the epoch in which the training stops. The parameters that you want are those of the best one.": lambda held, patience: (
                early(held, patience) + patience
                if early(held, patience) + patience <= len(held)
                else len(held)
            ),
            "Counted from 0; the first epoch is 1.": lambda held, patience: (
                early(held, patience) - 1
            ),
            "That is the cost; the number of its epoch is asked for.": lambda held, patience: held[
                early(held, patience) - 1
            ],
            "You stop at the first rise. It may be chance: wait for `patience` epochs.": lambda held, patience: (
                early(held, 1)
            ),
            "One epoch too few: stop once `patience` epochs after the best have passed without a better one.": lambda held, patience: (
                early(held, patience - 1)
            ),
            "One epoch too many: stop once `patience` epochs after the best have passed without a better one.": lambda held, patience: (
                early(held, patience + 1)
            ),
        },
        hints=(
            "Keep the best epoch so far. A new lowest cost makes it the present one.",
            "If there is no new one, and the present epoch is `patience` after the best, return the best.",
            "If the list ends before that, return the best as well.",
        ),
    ),
}


def _targets(y, chosen, begin, size, same):
    if same is None:
        return y[begin : begin + size][: len(chosen)] if len(chosen) <= size else y
    return y[chosen if same else np.sort(chosen)]
