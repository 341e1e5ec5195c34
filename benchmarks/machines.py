"""One gradient on Dask's workers, against their number and the size of the pieces.

    python -m benchmarks.machines [--record]

784-256-128-10 and 60,000 examples, in float32. A worker is a process with one thread; NumPy alone,
the row with 0 workers, has two. A task is one operation on one piece, or the part of the gradient
that one piece adds. The time is the middle of five; low and high are the least and the most.
With --record the table goes to chapters/measurements/machines.csv. Then the same for examples in a
file, more than the workers may hold: outofcore.csv.
"""

import os

# A worker reads this file too, and keeps the one thread that it is given below.
os.environ |= {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"} | os.environ

import re
import statistics
import tempfile
import time
from pathlib import Path

import dask
import dask.array as da
import numpy as np
from dask.distributed import Client, LocalCluster

from benchmarks import record
from nnlib import backward, forward, init_params, multiclass_cross_entropy, one_hot, relu, softmax

N, M = [784, 256, 128, 10], 60_000
G = {1: relu, 2: relu, 3: softmax}
ROUNDS = 5


def gradient(params, X, Y):
    Z, A = forward(params, G, X, check=False)
    return backward(params, G, A, multiclass_cross_entropy.seed(A[3], Y), check=False)


def in_operations(params, X, Y):
    """The gradient of arrays in pieces: every operation is a task for every piece."""
    return dask.compute(gradient(params, X, Y))[0]


def part(params, X, Y, m):
    """What some of m examples add to the gradient."""
    grads, share = gradient(params, X, Y), np.float32(X.shape[1] / m)
    return {l: (share * dW, share * db) for l, (dW, db) in grads.items()}


def add(one, other):
    return {l: (one[l][0] + other[l][0], one[l][1] + other[l][1]) for l in one}


def in_parts(params, X, Y):
    """The same with one task for each piece; the parts are added in pairs, where they are."""
    there = dask.delayed(params)
    pieces = zip(X.to_delayed()[0], Y.to_delayed()[0])
    parts = [dask.delayed(part)(there, *piece, X.shape[1]) for piece in pieces]
    while len(parts) > 1:
        sums = [dask.delayed(add)(*pair) for pair in zip(parts[::2], parts[1::2])]
        parts = sums + parts[2 * len(sums) :]
    return parts[0].compute()


WAYS = {"operation": in_operations, "part": in_parts}


def cluster(workers, memory="auto"):
    """Workers of one thread each, whose BLAS has one thread as well."""
    before = dict(os.environ)
    # Dask's own setting gives way to this one.
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        return LocalCluster(
            n_workers=workers, threads_per_worker=1, memory_limit=memory, dashboard_address=None,
            silence_logs=50,
        )  # fmt: skip
    finally:
        os.environ.clear()
        os.environ |= before


def seconds(f):
    f()
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        f()
        times.append(time.perf_counter() - begin)
    found = {"seconds": statistics.median(times), "low": min(times), "high": max(times)}
    return {name: f"{value:.3f}" for name, value in found.items()}


def read(path, start, stop):
    """Some examples of a file, which has them as rows, as columns."""
    return np.load(path, mmap_mode="r")[start:stop].T.copy()


def from_file(path, piece):
    """The file as an array in pieces of so many examples, each read when it is needed."""
    m, n = np.load(path, mmap_mode="r").shape
    load, blocks = dask.delayed(read, pure=True), []
    for start in range(0, m, piece):
        stop = min(start + piece, m)
        block = load(path, start, stop)
        blocks.append(da.from_delayed(block, (n, stop - start), np.float32))
    return da.concatenate(blocks, axis=1)


def write(folder, m, piece=10_000):
    """Random examples and classes in two files, as rows. Returns their paths."""
    rng, paths = np.random.default_rng(0), [str(Path(folder) / name) for name in ("X.npy", "Y.npy")]
    file = np.lib.format.open_memmap(paths[0], "w+", np.float32, (m, N[0]))
    for start in range(0, m, piece):
        file[start : start + piece] = rng.random((min(piece, m - start), N[0]), np.float32)
    file.flush()
    np.save(paths[1], one_hot(rng.integers(10, size=m), 10, np.float32).T)
    return paths


def in_memory():
    params = init_params(N, np.random.default_rng(1), dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        paths = write(folder, M)
        X, Y = (read(path, 0, M) for path in paths)
        took = seconds(lambda: gradient(params, X, Y))
        yield {"task": "", "workers": 0, "pieces": 1} | took
        for workers in (1, 2):
            with cluster(workers) as machines, Client(machines) as client:
                for pieces in (4, 8, 16, 32, 64):
                    there = client.persist([from_file(path, -(-M // pieces)) for path in paths])
                    for task, way in WAYS.items():
                        took = seconds(lambda: way(params, *there))  # noqa: B023
                        yield {"task": task, "workers": workers, "pieces": pieces} | took


def most_held():
    """The most memory that this process has held so far, in bytes."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(r"^VmHWM:\s+(\d+) kB$", status, re.M)[1]) * 1024


def out_of_core(m=400_000, memory=400, piece=4000):
    params = init_params(N, np.random.default_rng(1), dtype=np.float32)
    with tempfile.TemporaryDirectory() as folder:
        paths = write(folder, m)
        with cluster(2, f"{memory}MB") as machines, Client(machines) as client:
            begin = time.perf_counter()
            in_parts(params, *(from_file(path, piece) for path in paths))
            took = time.perf_counter() - begin
            most = max(client.run(most_held).values())
            return {
                "examples": f"{m:,}", "file, MB": os.path.getsize(paths[0]) // 1_000_000,
                "workers": 2, "each may hold, MB": memory, "pieces": m // piece,
                "seconds": f"{took:.1f}", "the most one held, MB": most // 1_000_000,
            }  # fmt: skip


def main():
    rows = []
    for row in in_memory():
        rows.append(row)
        print(row, flush=True)
    record.keep("machines", rows)
    row = out_of_core()
    print(row)
    record.keep("outofcore", [row])


if __name__ == "__main__":
    main()
