"""How many units in the last place the functions are off, against mpmath.

    python -m benchmarks.accuracy [--record]

With --record the table goes to chapters/measurements/accuracy.csv: the largest error of many random logits in a
range of sizes, both signs, for float32 and float64. A cost is that of one example; its labels are 0
and 1, or between them where the row says so. Softmax and its cost start from differences of
logits, whose rounding costs as many units as the difference is large.
"""

import mpmath
import numpy as np

from benchmarks import record
from nnlib import (
    binary_cross_entropy,
    multiclass_cross_entropy,
    multilabel_cross_entropy,
    one_hot,
    sigmoid,
    softmax,
    tanh,
)

mpmath.mp.prec = 200
TOPS = {np.float32: 1e37, np.float64: 1e300}
EDGES = [1e-30, 1e-3, 1, 40, 600]


def sigmoid_exactly(z):
    return 1 / (1 + mpmath.exp(-mpmath.mpf(float(z))))


def loss_exactly(z, y):
    """The cross-entropy of sigmoid(z) with y."""
    z, y = mpmath.mpf(float(z)), mpmath.mpf(float(y))
    return y * mpmath.log1p(mpmath.exp(-z)) + (1 - y) * mpmath.log1p(mpmath.exp(z))


def softmax_loss_exactly(z, y):
    z = [mpmath.mpf(float(one)) for one in z]
    largest = max(z)
    first = z.index(largest)
    rest = sum(mpmath.exp(one - largest) for k, one in enumerate(z) if k != first)
    below = sum(mpmath.mpf(float(share)) * (largest - one) for one, share in zip(z, y))
    return mpmath.log1p(rest) + below


def numbers(dtype, low, high, count, rng):
    sizes = np.exp(rng.uniform(np.log(low), np.log(high), count))
    return (rng.choice([-1, 1], count) * sizes).astype(dtype)


def units(found, exact):
    """The difference in units of the last place of the exact value."""
    place = float(np.spacing(np.abs(found.dtype.type(float(exact)))))
    return float(abs(mpmath.mpf(float(found)) - exact) / place)


def activation(f, exactly):
    def errors(dtype, low, high, count, rng):
        Z = numbers(dtype, low, high, count, rng)
        return [units(a, exactly(z)) for a, z in zip(f(Z[np.newaxis])[0], Z)]

    return errors


def one_output(cost, soft):
    def errors(dtype, low, high, count, rng):
        Z = numbers(dtype, low, high, count, rng)
        Y = (rng.random(count) if soft else rng.integers(2, size=count)).astype(dtype)
        found = (cost(z.reshape(1, 1), y.reshape(1, 1)) for z, y in zip(Z, Y))
        return [units(J, loss_exactly(z, y)) for J, z, y in zip(found, Z, Y)]

    return errors


def classes(soft, n=4):
    def target(dtype, rng):
        if soft:
            shares = rng.random((n, 1)).astype(dtype)
            return shares / np.sum(shares)
        return one_hot([rng.integers(n)], n, dtype)

    def errors(dtype, low, high, count, rng):
        found = []
        for _ in range(count // 2):
            z, y = numbers(dtype, low, high, n, rng), target(dtype, rng)
            J = multiclass_cross_entropy(z[:, np.newaxis], y)
            found.append(units(J, softmax_loss_exactly(z, y[:, 0])))
        return found

    return errors


def shares(dtype, low, high, count, rng, n=4):
    found = []
    for _ in range(count // 8):
        z = numbers(dtype, low, high, n, rng)
        largest = mpmath.mpf(float(np.max(z)))
        exact = [mpmath.exp(mpmath.mpf(float(one)) - largest) for one in z]
        for a, e in zip(softmax(z[:, np.newaxis])[:, 0], exact):
            if e / sum(exact) > np.finfo(dtype).tiny:  # below it, digits are lost by design
                found.append(units(a, e / sum(exact)))
    return found


CASES = {
    "sigmoid": activation(sigmoid, sigmoid_exactly),
    "tanh": activation(tanh, lambda z: mpmath.tanh(mpmath.mpf(float(z)))),
    "softmax, 4 classes": shares,
    "binary cost": one_output(binary_cross_entropy, soft=False),
    "binary cost, labels between": one_output(binary_cross_entropy, soft=True),
    "multi-label cost, labels between": one_output(multilabel_cross_entropy, soft=True),
    "multiclass cost, 4 classes": classes(soft=False),
    "multiclass cost, 4 classes, labels between": classes(soft=True),
}


def measure(count, seed=0):
    """A row for each function, dtype and range."""
    for name, errors in CASES.items():
        for dtype, top in TOPS.items():
            for low, high in zip(EDGES, [*EDGES[1:], top]):
                found = errors(dtype, low, high, count, np.random.default_rng(seed))
                yield {
                    "function": name, "dtype": np.dtype(dtype).name, "from": low, "to": high,
                    "units": f"{max(found, default=0):.2f}",
                }  # fmt: skip


def main():
    rows = []
    for row in measure(count=2000):
        rows.append(row)
        print(row, flush=True)
    record.keep("accuracy", rows)


if __name__ == "__main__":
    main()
