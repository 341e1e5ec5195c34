"""What check_gradients says of right and of wrong gradients, over thousands of random networks.

    python -m benchmarks.verdicts [NETWORKS]

Networks of one to four layers with every activation and cost of the book, zero and random biases,
weights of standard deviation 0.001 to 10, 1 to 2000 examples, float32 and float64. A right
gradient must never be called "differs", a wrong one never "agrees": exit 1 otherwise. What is wrong
is decided without the check: an entry is off by 0.9 % or more from the gradient in float64.
"""

import sys
from collections import Counter
from multiprocessing import get_context

import numpy as np

import nnlib
from nnlib import backward, check_gradients, forward, init_params, one_hot
from nnlib.verdicts import judge, rounding_units

ACTIVATIONS = [nnlib.relu, nnlib.sigmoid, nnlib.tanh, nnlib.softmax]
COSTS = [
    nnlib.binary_cross_entropy, nnlib.multiclass_cross_entropy, nnlib.multilabel_cross_entropy,
    nnlib.squared_error,
]  # fmt: skip


def network(seed):
    """A random network: rng, params, g, cost, X, Y, and a word for its kind."""
    rng = np.random.default_rng(seed)
    activation, cost = ACTIVATIONS[rng.integers(4)], COSTS[rng.integers(4)]
    L = int(rng.integers(1, 5))
    last = 1 if cost is nnlib.binary_cross_entropy else int(rng.integers(2, 7))
    n = [int(rng.integers(1, 21)), *map(int, rng.integers(2, 13, size=L - 1)), last]
    dtype, m = (np.float32, np.float64)[rng.integers(2)], int(np.exp(rng.uniform(0, np.log(2000))))
    std, random_biases = 10 ** rng.uniform(-3, 1), rng.integers(2)
    params = init_params(n, rng, std)
    params = {
        l: (
            (W * np.sqrt(W.shape[1])).astype(dtype),
            (random_biases * rng.normal(size=b.shape)).astype(dtype),
        )
        for l, (W, b) in params.items()
    }
    g = dict.fromkeys(range(1, L), activation) | {L: cost.activation}
    X = rng.normal(size=(n[0], m)).astype(dtype)
    if cost is nnlib.multiclass_cross_entropy:
        Y = one_hot(rng.integers(last, size=m), last, dtype)
    elif cost is nnlib.squared_error:
        Y = rng.normal(size=(last, m)).astype(dtype)
    else:
        Y = (rng.random((last, m)) < 0.5).astype(dtype)
    return rng, params, g, cost, X, Y, f"{activation.__name__}, {np.dtype(dtype).name}"


def gradients(params, g, cost, X, Y, seed=None):
    _, A = forward(params, g, X, check=False)
    dZ = (seed or cost.seed)(A[len(params)], Y)
    return backward(params, g, A, dZ, check=False)


def cost_of(g, cost, X, Y):
    """J as a function of the parameters."""

    def J(params):
        return cost(forward(params, g, X, check=False)[0][len(params)], Y, check=False)

    return J


def in_float64(params):
    return {l: (W.astype(float), b.astype(float)) for l, (W, b) in params.items()}


def right(seed):
    """The verdicts on the gradients of one network."""
    rng, params, g, cost, X, Y, kind = network(seed)
    found = check_gradients(cost_of(g, cost, X, Y), params, gradients(params, g, cost, X, Y), rng)
    return kind, seed, [verdict.verdict for pair in found.values() for verdict in pair]


# Errors in one array: g, its parameter, the number of examples, rng → a wrong g, or None


def one_entry(g, rng, change):
    places = np.argwhere(g)
    if not len(places):
        return None
    g, place = g.copy(), tuple(places[rng.integers(len(places))])
    g[place] = change(g[place])
    return g


def two_entries(g, p, m, rng):
    once = one_entry(g, rng, lambda x: x * 1.01)
    return None if once is None else one_entry(once, rng, lambda x: x * 0.99)


IN_ARRAY = {
    "1/m": lambda g, p, m, rng: g / m,
    "m": lambda g, p, m, rng: g * m,
    "-1": lambda g, p, m, rng: -g,
    "2": lambda g, p, m, rng: 2 * g,
    "1/2": lambda g, p, m, rng: g / 2,
    "0": lambda g, p, m, rng: 0 * g,
    "1000": lambda g, p, m, rng: 1000 * g,
    "-5": lambda g, p, m, rng: -5 * g,
    "1.01": lambda g, p, m, rng: g * 1.01,
    "the rate in it": lambda g, p, m, rng: 0.1 * g,
    "one entry + 1 %": lambda g, p, m, rng: one_entry(g, rng, lambda x: x * 1.01),
    "one entry - 1 %": lambda g, p, m, rng: one_entry(g, rng, lambda x: x * 0.99),
    "one entry 0": lambda g, p, m, rng: one_entry(g, rng, lambda x: 0 * x),
    "one entry -1": lambda g, p, m, rng: one_entry(g, rng, lambda x: -x),
    "one entry + 1 %, one - 1 %": two_entries,
    "1 % of noise": lambda g, p, m, rng: g * (1 + 0.01 * rng.normal(size=g.shape)),
    "units in reverse": lambda g, p, m, rng: g[::-1].copy(),
    "inputs moved by one": lambda g, p, m, rng: np.roll(g, 1, axis=1),
    "transposed": lambda g, p, m, rng: g.T.copy() if g.shape[0] == g.shape[1] else None,
    "absolute values": lambda g, p, m, rng: np.abs(g),
    "the mean of the entries": lambda g, p, m, rng: np.full_like(g, np.mean(g)),
    "a penalty on weights": lambda g, p, m, rng: g + 0.1 * p,
}

# Errors in the backward pass: patched vjps and seeds

IN_LAYER = {
    "W for its transpose": lambda dZ, W, A: (
        dZ @ A.T, dZ.sum(1, keepdims=True), (W if W.shape[0] == W.shape[1] else W.T) @ dZ
    ),
    "db of the first example": lambda dZ, W, A: (dZ @ A.T, dZ[:, :1], W.T @ dZ),
    "mean in the layer too": lambda dZ, W, A: (
        dZ @ A.T / dZ.shape[1], dZ.sum(1, keepdims=True) / dZ.shape[1], W.T @ dZ
    ),
    "absolute weights": lambda dZ, W, A: (dZ @ A.T, dZ.sum(1, keepdims=True), np.abs(W).T @ dZ),
}  # fmt: skip
IN_ACTIVATION = {
    "relu: A >= 0": (nnlib.relu, lambda dA, A: dA * (A >= 0)),
    "relu: no slope": (nnlib.relu, lambda dA, A: dA),
    "relu: slope 0.99": (nnlib.relu, lambda dA, A: 0.99 * dA * (A > 0)),
    "sigmoid: a": (nnlib.sigmoid, lambda dA, A: dA * A),
    "sigmoid: a (1 + a)": (nnlib.sigmoid, lambda dA, A: dA * A * (1 + A)),
    "tanh: 1 + a²": (nnlib.tanh, lambda dA, A: dA * (1 + A * A)),
    "tanh: 1 - a": (nnlib.tanh, lambda dA, A: dA * (1 - A)),
    "softmax: a (1 - a)": (nnlib.softmax, lambda dA, A: dA * A * (1 - A)),
    "softmax: no sum": (nnlib.softmax, lambda dA, A: dA * A),
    "softmax: other axis": (nnlib.softmax, lambda dA, A: A * (dA - (dA * A).sum(1, keepdims=True))),
}
IN_SEED = {
    "seed: no mean": lambda A, Y: A - Y,
    "seed: two means": lambda A, Y: (A - Y) / Y.shape[1] ** 2,
    "seed: y - a": lambda A, Y: (Y - A) / Y.shape[1],
    "seed: mean over outputs": lambda A, Y: (A - Y) / Y.size,
    "seed: slope again": lambda A, Y: (A - Y) * A * (1 - A) / Y.shape[1],
}
KINDS = [*IN_ARRAY, *IN_LAYER, *IN_ACTIVATION, *IN_SEED]


def planted(kind, rng, params, g, cost, X, Y):
    """Gradients with an error of that kind, in one layer or all."""
    only = int(rng.integers(0, len(params) + 1))  # 0 is all
    grads, m = gradients(params, g, cost, X, Y), X.shape[1]
    if kind in IN_ARRAY:
        made = {}
        for l, pair in grads.items():
            wrong = [IN_ARRAY[kind](d, p, m, rng) for d, p in zip(pair, params[l])]
            made[l] = [
                d if w is None or only not in (0, l) else w.astype(d.dtype)
                for d, w in zip(pair, wrong)
            ]
        return made
    if kind in IN_SEED:
        return gradients(params, g, cost, X, Y, IN_SEED[kind])
    function, vjp = IN_ACTIVATION.get(kind) or (nnlib.linear, None)
    original, calls = function.vjp, [len(params)]

    def patched(*arguments, **options):
        l, calls[0] = calls[0], calls[0] - 1
        if only not in (0, l):
            return original(*arguments, **options)
        return vjp(*arguments) if vjp else IN_LAYER[kind](*arguments)

    function.vjp = patched
    try:
        return gradients(params, g, cost, X, Y)
    finally:
        function.vjp = original


def wrong(seed):
    """The verdict on one array that an error was planted in."""
    kind = KINDS[seed % len(KINDS)]
    rng, params, g, cost, X, Y, _ = network(10**6 + seed)
    if kind in IN_ACTIVATION:  # not on a corner, where slope 1 is as right as 0
        moved = 1e-3 + rng.uniform(size=len(params) + 1)
        params = {l: (W, b + (b == 0) * W.dtype.type(moved[l])) for l, (W, b) in params.items()}
        g |= dict.fromkeys(range(1, len(params)), IN_ACTIVATION[kind][0])
    grads = planted(kind, rng, params, g, cost, X, Y)
    exact = in_float64(params)
    true = gradients(exact, g, cost, X.astype(float), Y.astype(float))
    off = [
        (l, k)
        for l in params
        for k in (0, 1)
        if np.any(np.abs(grads[l][k] - true[l][k]) >= 0.009 * np.abs(true[l][k]) + 1e-300)
        and not np.array_equal(grads[l][k], gradients(params, g, cost, X, Y)[l][k])
    ]
    if not off:
        return kind, seed, []
    l, k = off[rng.integers(len(off))]
    d, J = grads[l][k], cost_of(g, cost, X, Y)
    unit = rounding_units(J, exact, grads)[l]

    def of(new):
        return J(exact | {l: (new, exact[l][1]) if k == 0 else (exact[l][0], new)})

    return kind, seed, [judge(of, lambda u: float(u) * d, exact[l][k], rng, unit).verdict]


def table(title, run, count, never):
    """Print how often each verdict was given, by kind; the seeds of those never to be given."""
    counts, worst, whole = {}, [], Counter()
    with get_context("spawn").Pool(2) as pool:
        for kind, seed, verdicts in pool.imap_unordered(run, range(count), chunksize=20):
            counts.setdefault(kind, Counter()).update(verdicts)
            worst += [(kind, seed)] if never in verdicts else []
            whole[all(v == "agrees" for v in verdicts)] += 1
    words = ["agrees", "undecided", "differs"]
    print(f"{title:28}" + "".join(f"{word:>11}" for word in words))
    for kind in sorted(counts):
        print(f"{kind:28}" + "".join(f"{counts[kind][word]:>11}" for word in words))
    total = sum(counts.values(), Counter())
    shares = "".join(f"{total[word] / total.total():>11.2%}" for word in words)
    print(f"{'all':28}" + "".join(f"{total[word]:>11}" for word in words))
    print(f"{'':28}{shares}")
    print(f'called "{never}": {len(worst)} {worst[:10]}')
    return worst, whole


def main(count):
    import warnings

    warnings.simplefilter("ignore")
    worst, whole = table("right gradients", right, count, "differs")
    print(f"networks of which every array agrees: {whole[True] / count:.1%}\n")
    worst += table("wrong gradients", wrong, count, "agrees")[0]
    return 1 if worst else 0


if __name__ == "__main__":
    import os

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
