"""Chapter 15: gradients from several places."""

import numpy as np

from exercises.kinds import ByHand, Debug, Derive, Predict, Write


def workers(rng):
    shapes = ((3, 2), (3, 1)) if rng.integers(2) else ((2, 4), (2, 1))
    count = int(rng.integers(2, 5))
    grads = [{1: tuple(rng.normal(size=s) for s in shapes)} for _ in range(count)]
    return grads, [int(v) for v in rng.permutation([1, 4, 7, 12])[:count]]


def together(grads, counts, weights=lambda counts: np.array(counts) / sum(counts)):
    w = weights(counts)
    return {
        l: tuple(sum(wi * g[l][part] for wi, g in zip(w, grads)) for part in (0, 1))
        for l in grads[0]
    }


def tape(rng):
    """Arrays in the order in which they are made: of each the places of its parents, and its vjp."""
    x, y = rng.normal(size=(2, 3))
    given = ((), lambda d: ())
    product = ((0, 1), lambda d: (d * y, d * x))
    total = ((0, 2), lambda d: (d, d))
    square = ((3, 3), lambda d: (d * (x + x * y), d * (x + x * y)))
    nodes = [given, given, product, total, square]
    return nodes[: 4 + rng.integers(2)], rng.normal(size=3)


def walk(nodes, seed, gather=lambda there, d: there + d, order=reversed, handed=None):
    grads = [np.zeros(3) for _ in nodes]
    grads[-1] = seed
    for i in order(range(len(nodes))):
        parents, vjp = nodes[i]
        for k, d in zip(parents, vjp(grads[i] if handed is None else handed)):
            grads[k] = gather(grads[k], d)
    return np.array(grads)


def scaled(rng):
    n, m = rng.permutation([3, 4, 5])[:2]
    return rng.normal(size=(n, m)), rng.normal(size=(n, 1)), rng.normal(size=(n, m))


def scale_vjp(d, s, A):
    return (d * A).sum(1, keepdims=True), s * d


EXERCISES = {
    "count-products": ByHand(
        level=1,
        first=(20, 10, 5, 10),
        draw=lambda rng: tuple(int(v) for v in rng.choice([4, 5, 8, 10, 20, 30], 4, replace=False)),
        right=lambda n_0, n_1, n_2, m: [
            m * (n_0 * n_1 + n_1 * n_2),
            m * (n_0 * n_1 + 2 * n_1 * n_2),
        ],
        mistakes={
            "That is for one example. Each product is taken for all of them.": lambda n_0, n_1, n_2, m: [
                n_0 * n_1 + n_1 * n_2,
                n_0 * n_1 + 2 * n_1 * n_2,
            ],
            "Backward you counted the derivative by X as well. Nobody asks for it.": lambda n_0, n_1, n_2, m: [
                m * (n_0 * n_1 + n_1 * n_2),
                2 * m * (n_0 * n_1 + n_1 * n_2),
            ],
            "Backward you counted dW alone. What reaches the hidden layer is a product too.": lambda n_0, n_1, n_2, m: (
                [m * (n_0 * n_1 + n_1 * n_2)] * 2
            ),
            "Backward the second product is missing in the other layer: the first layer is the one that needs no dA.": lambda n_0, n_1, n_2, m: [
                m * (n_0 * n_1 + n_1 * n_2),
                m * (2 * n_0 * n_1 + n_1 * n_2),
            ],
        },
        hints=(
            "W of layer l has n[l] n[l−1] weights, and each is multiplied once for each example.",
            "Backward each layer has dZ Aᵀ, and all but the first have Wᵀ dZ.",
        ),
    ),
    "bytes": Predict(
        level=2,
        first=([300, 100, 10],),
        draw=lambda rng: (
            sorted(
                (int(v) for v in rng.choice(np.arange(20, 300), 3, replace=False)), reverse=True
            ),
        ),
        right=lambda n: 4 * sum(n[l] * (n[l - 1] + 1) for l in range(1, len(n))),
        mistakes={
            "The biases are missing: they have derivatives too.": lambda n: (
                4 * sum(n[l] * n[l - 1] for l in range(1, len(n)))
            ),
            "A float32 has 4 bytes, not 8.": lambda n: (
                8 * sum(n[l] * (n[l - 1] + 1) for l in range(1, len(n)))
            ),
            "That is the number of entries. Each takes 4 bytes.": lambda n: sum(
                n[l] * (n[l - 1] + 1) for l in range(1, len(n))
            ),
            "A float32 has 32 bits, which are 4 bytes.": lambda n: (
                32 * sum(n[l] * (n[l - 1] + 1) for l in range(1, len(n)))
            ),
        },
        hints=(
            "A gradient has as many entries as there are parameters, whatever the number of examples.",
            "Entries of all W and b, times 4.",
        ),
    ),
    "combine": Write(
        level=3,
        draw=workers,
        names=("dW", "db"),
        right=together,
        mistakes={
            "That is the plain mean. A worker with more examples has to count more.": lambda grads, counts: (
                together(grads, counts, lambda c: np.ones(len(c)) / len(c))
            ),
            "You added the means. That is too large: each is over a part only.": lambda grads, counts: (
                together(grads, counts, lambda c: np.ones(len(c)))
            ),
            "You turned the means into sums and added them. At the end it has to be divided by all examples.": lambda grads, counts: (
                together(grads, counts, lambda c: np.array(c))
            ),
            "You divide by the number of workers at the end; by the number of all examples it should be.": lambda grads, counts: (
                together(grads, counts, lambda c: np.array(c) / len(c))
            ),
            "From the third worker on the count behind the running mean is too small: it has to grow with each.": lambda grads, counts: (
                _stuck(grads, counts)
            ),
            "Only the first worker counts.": lambda grads, counts: together(
                grads, counts, lambda c: np.arange(len(c)) == 0
            ),
            "The largest part alone counts.": lambda grads, counts: together(
                grads, counts, lambda c: np.array(c) == max(c)
            ),
        },
        hints=(
            "A worker's mean times its number of examples is its sum.",
            "So every worker has the weight count / sum(counts).",
            "A dict with the keys of grads[0], and for each key a pair: the weighted sum of all dW, and of all db.",
        ),
    ),
    "how-many-machines": Derive(
        level=2,
        given=r"""T > 0, \quad \tau > 0, \quad K > 0
t := \frac{T}{K} + \frac{2 \tau \log(K)}{\log(2)}""",
        left=r"\frac{d t}{d K}",
        right=r"-\frac{T}{K^2} + \frac{2 \tau}{K \log(2)}",
        other=r"= \frac{1}{K} \left( \frac{2 \tau}{\log(2)} - \frac{T}{K} \right)",
        mistakes={
            "T/K falls as K grows: its slope is negative.": r"\frac{T}{K^2} + \frac{2 \tau}{K \log(2)}",
            "log(2) is a number like others: it stays where it is.": r"-\frac{T}{K^2} + \frac{2 \tau}{K}",
            "The slope of log(K) is 1/K.": r"-\frac{T}{K^2} + \frac{2 \tau}{\log(2)}",
            "The slope of 1/K is −1/K².": r"-\frac{T}{K} + \frac{2 \tau}{K \log(2)}",
            "What computes is missing: T/K depends on K too.": r"\frac{2 \tau}{K \log(2)}",
            "What travels is missing: log(K) depends on K too.": r"-\frac{T}{K^2}",
        },
        hints=(
            "Two terms: T times 1/K, and a constant times log(K).",
            "1/K has the slope −1/K², log(K) has 1/K.",
        ),
    ),
    "used-twice": Debug(
        level=3,
        draw=tape,
        right=walk,
        other=lambda nodes, seed: list(walk(nodes, seed)),
        mistakes={
            "Nothing is mended: of an array that is used twice, one derivative overwrites the other.": lambda nodes, seed: (
                walk(nodes, seed, lambda there, d: d)
            ),
            "Of an array that is used twice the derivative that came first is kept alone.": lambda nodes, seed: (
                walk(nodes, seed, lambda there, d: there if there.any() else d)
            ),
            "The walk has to begin at the last array: what is handed on has to have come in before.": lambda nodes, seed: (
                walk(nodes, seed, order=list)
            ),
            "Every array hands on the seed; it should be what has come in at it.": lambda nodes, seed: (
                walk(nodes, seed, handed=seed)
            ),
            "The derivatives of the two uses are multiplied; paths are added.": lambda nodes, seed: (
                walk(nodes, seed, lambda there, d: there * d if there.any() else d)
            ),
        },
        hints=(
            "x is used in a product and in a sum. What does a small change of it do to the result?",
            "It acts along both paths, and their derivatives are added.",
            "The loop hands one derivative after the other to grads[k].",
        ),
    ),
    "a-new-operation": Write(
        level=2,
        draw=scaled,
        right=scale_vjp,
        other=lambda d, s, A: (np.einsum("ji,ji->j", d, A)[:, np.newaxis], np.diag(s[:, 0]) @ d),
        names=("ds", "dA"),
        mistakes={
            "s is used for every example, so its derivative is a sum over them.": lambda d, s, A: (
                d * A,
                s * d,
            ),
            "The sum has lost its axis: s is a column, and so is its derivative.": lambda d, s, A: (
                (d * A).sum(1),
                s * d,
            ),
            "ds sums over the units. Each unit has its own s; the examples are what is summed.": lambda d, s, A: (
                (d * A).sum(0, keepdims=True),
                s * d,
            ),
            "A product exchanges: what A gets has to be multiplied by s.": lambda d, s, A: (
                (d * A).sum(1, keepdims=True),
                d,
            ),
            "A product exchanges: what s gets has to be multiplied by A.": lambda d, s, A: (
                d.sum(1, keepdims=True),
                s * d,
            ),
            "The mean is in the seed already: here the examples are added.": lambda d, s, A: (
                (d * A).mean(1, keepdims=True),
                s * d,
            ),
            "The two are exchanged: first that by s.": lambda d, s, A: scale_vjp(d, s, A)[::-1],
        },
        hints=(
            "One entry: c = s_j a. Its slopes are a and s_j.",
            "dA = s * d. For s_j add d * A over all examples, and keep the axis.",
        ),
    ),
}


def _stuck(grads, counts):
    total, n = grads[0], counts[0]
    for g, c in zip(grads[1:], counts[1:]):
        total = {l: tuple((n * a + c * b) / (n + c) for a, b in zip(total[l], g[l])) for l in total}
    return total
