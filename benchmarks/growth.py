"""How the time of forward and backward grows with depth, width and examples.

    python -m benchmarks.growth [--record]

Layers of one width with ReLU, in float32, two threads. One of the three numbers varies, the others
stay at 4 layers, 512 units and 256 examples. With --record the table goes to
chapters/measurements/growth.csv.
"""

import os

os.environ |= {name: "2" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}

import statistics

import numpy as np

from benchmarks import record
from benchmarks.steps import clock
from nnlib import backward, forward, init_params, relu

VARIED = {
    "L": (1, 2, 4, 8, 16, 32, 64),
    "n": (32, 64, 128, 256, 512, 1024),
    "m": (4, 16, 64, 256, 1024, 4096),
}
ROUNDS, TURN = 15, 0.02


def functions(L, n, m):
    """forward and backward of a network, ready to be called."""
    rng = np.random.default_rng(0)
    params, g = (
        init_params([n] * (L + 1), rng, dtype=np.float32),
        dict.fromkeys(range(1, L + 1), relu),
    )
    X, dZ = (rng.normal(size=(n, m)).astype(np.float32) for _ in range(2))
    _, A = forward(params, g, X)
    return (
        lambda: forward(params, g, X, check=False),
        lambda: backward(params, g, A, dZ, check=False),
    )


def measure(L=4, n=512, m=256):
    there, back = functions(L, n, m)
    there(), back()
    steps = max(1, int(TURN / clock(there, 1)))
    times = [(clock(there, steps) / steps, clock(back, steps) / steps) for _ in range(ROUNDS)]
    forward, backward = (statistics.median(column) for column in zip(*times))
    ratio = statistics.median(b / f for f, b in times)
    return {
        "L": L, "n": n, "m": m, "forward": f"{1e6 * forward:.1f}",
        "backward": f"{1e6 * backward:.1f}", "ratio": f"{ratio:.2f}",
    }  # fmt: skip


def main():
    rows = []
    for varied, values in VARIED.items():
        for value in values:
            rows.append({"varied": varied, **measure(**{varied: value})})
            print(rows[-1], flush=True)
    record.keep("growth", rows)


if __name__ == "__main__":
    main()
