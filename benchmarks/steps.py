"""One training step of nnlib, of the matrix products in it, and of other libraries.

    python -m benchmarks.steps [--record]

A step is forward, seed, backward and update, in float32, on a batch that stays the same: that of
`train` ("nnlib"), the public functions with their checks ("functions"), and the same step written
out by hand, without calls ("written out"). Each
engine runs in a process of its own with two threads; they take turns, a tenth of a second at a
time, and each round gives one ratio for each engine. Those that are not installed are left out:
`pip install -e .[peers]` brings them. With --record the table goes to chapters/measurements/steps.csv.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np

from benchmarks import record

NETWORKS = [  # sizes, hidden activation, examples
    ([784, 256, 128, 10], "relu", 1),
    ([784, 256, 128, 10], "relu", 32),
    ([784, 256, 128, 10], "relu", 128),
    ([784, 256, 128, 10], "relu", 512),
    ([784, 1024, 1024, 10], "relu", 256),
    ([2, 500, 2], "tanh", 200),
    ([64, 32, 10], "tanh", 1437),
    ([2, 8, 1], "tanh", 342),
]
RATE, TURN, PAUSE = 0.01, 0.1, 0.25
THREADS = {name: "2" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}


def examples(n, m):
    """Inputs, and targets that fit the last layer, in float32 and the layout of the book."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n[0], m)).astype(np.float32)
    y = rng.integers(0, max(n[-1], 2), size=m)
    Y = (np.arange(n[-1])[:, np.newaxis] == y) if n[-1] > 1 else y[np.newaxis]
    return X, Y.astype(np.float32), y


def start(n):
    from nnlib import init_params

    return init_params(n, np.random.default_rng(1), dtype=np.float32)


def products(n, activation, m):
    """The matrix products of a step alone, into arrays that are there already."""
    X, _, _ = examples(n, m)
    params, L = start(n), len(n) - 1
    A = {0: X} | {l: np.ones((n[l], m), np.float32) for l in range(1, L + 1)}
    Z, dA, dW = (
        {l: np.empty_like(a) for l, a in source.items()} for source in (A, A, params_of(params))
    )

    def step():
        for l in range(1, L + 1):
            np.matmul(params[l][0], A[l - 1], out=Z[l])
        for l in range(L, 0, -1):
            np.matmul(A[l], A[l - 1].T, out=dW[l])
            if l > 1:
                np.matmul(params[l][0].T, A[l], out=dA[l - 1])

    return step


def params_of(params):
    return {l: W for l, (W, _) in params.items()}


def network(n, activation):
    """g and the cost in nnlib's terms."""
    import nnlib

    cost = nnlib.multiclass_cross_entropy if n[-1] > 1 else nnlib.binary_cross_entropy
    hidden = {l: getattr(nnlib, activation) for l in range(1, len(n) - 1)}
    return hidden | {len(n) - 1: cost.activation}, cost


def nnlib_functions(n, activation, m):
    """The public functions one after the other."""
    from nnlib import backward, descend, forward

    X, Y, _ = examples(n, m)
    (g, cost), params, L = network(n, activation), start(n), len(n) - 1

    def step():
        nonlocal params
        Z, A = forward(params, g, X)
        params = descend(params, backward(params, g, A, cost.seed(A[L], Y)), RATE)

    return step


def one_step(params, g, cost, X, Y):
    """A step as `train` takes it."""
    from nnlib import backward, descend, forward

    _, A = forward(params, g, X, check=False, keep_Z=False)
    steps = backward(params, g, A, RATE * cost.seed(A[len(params)], Y, check=False), check=False)
    return descend(params, steps, 1, check=False, out=steps)


def nnlib_step(n, activation, m):
    X, Y, _ = examples(n, m)
    (g, cost), params = network(n, activation), start(n)

    def step():
        nonlocal params
        params = one_step(params, g, cost, X, Y)

    return step


def written_out(n, activation, m):
    """The step of the first edition: no function of the library but activations and their vjps."""
    X, Y, _ = examples(n, m)
    (g, cost), params, L = network(n, activation), start(n), len(n) - 1

    def seed(Z, Y):
        Z_shape, Y_shape = (getattr(array, "shape", None) for array in (Z, Y))
        if Z_shape is None or Z_shape != Y_shape:
            raise ValueError("Z and Y do not fit")
        return (cost.activation(Z) - Y) / Z.shape[1]

    def step():
        nonlocal params
        A, moved = {0: X}, {}
        product = np.matmul if m > 1 else np.multiply  # of a column and a row
        for l, (W, b) in params.items():
            Z = W @ A[l - 1]
            Z += b
            if l < L:
                A[l] = g[l](Z)
        dZ = RATE * seed(Z, Y)
        ones = np.ones((X.shape[1], 1), X.dtype)
        for l in reversed(params):
            W, b = params[l]
            dW, db = product(dZ, A[l - 1].T), dZ @ ones
            if l > 1:
                dZ = g[l - 1].vjp(W.T @ dZ, A[l - 1])
            moved[l] = np.subtract(W, dW, out=dW), np.subtract(b, db, out=db)
        params = {l: moved[l] for l in params}

    return step


BATCHES, EPOCHS = 5, 20


def nnlib_batches(n, activation, m):
    """The steps of `train` alone: its batches are cut beforehand."""
    from nnlib import minibatches

    X, Y, _ = examples(n, m * BATCHES)
    (g, cost), params = network(n, activation), start(n)
    batches = list(minibatches(np.asfortranarray(X), Y, m, np.random.default_rng(0)))

    def step():
        nonlocal params
        for x, y in batches:
            params = one_step(params, g, cost, x, y)

    step.steps = BATCHES
    return step


def nnlib_train(n, activation, m):
    """A step of `train` with all that it does besides: batches, costs, checks at its start."""
    from nnlib import train

    X, Y, _ = examples(n, m * BATCHES)
    (g, cost), params, rng = network(n, activation), start(n), np.random.default_rng(0)

    def step():
        train(params, g, cost, X, Y, RATE, EPOCHS, m, rng)

    step.steps = BATCHES * EPOCHS
    return step


def pytorch(n, activation, m):
    import torch
    from torch import nn

    torch.set_num_threads(2)
    X, Y, y = examples(n, m)
    X = torch.from_numpy(X.T.copy())
    target = torch.from_numpy(y) if n[-1] > 1 else torch.from_numpy(Y.T.copy())
    layers = []
    for below, size in pairwise(n):
        layers += [nn.Linear(below, size), {"relu": nn.ReLU, "tanh": nn.Tanh}[activation]()]
    model = nn.Sequential(*layers[:-1])
    loss = nn.CrossEntropyLoss() if n[-1] > 1 else nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)

    def step():
        optimizer.zero_grad()
        loss(model(X), target).backward()
        optimizer.step()

    return step


def jax_jit(n, activation, m):
    import jax
    import jax.numpy as jnp

    X, Y, _ = examples(n, m)
    X, Y, params = jnp.asarray(X), jnp.asarray(Y), jax.tree.map(jnp.asarray, start(n))
    hidden = {"relu": jax.nn.relu, "tanh": jnp.tanh}[activation]

    def J(params, X, Y):
        A = X
        for W, b in params.values():
            Z = W @ A + b
            A = hidden(Z)
        if n[-1] > 1:
            return -jnp.sum(Y * jax.nn.log_softmax(Z, axis=0)) / m
        return jnp.sum(jax.nn.softplus(Z) - Y * Z) / m

    @jax.jit
    def update(params, X, Y):
        grads = jax.grad(J)(params, X, Y)
        return jax.tree.map(lambda a, d: a - RATE * d, params, grads)

    def step():
        nonlocal params
        params = jax.block_until_ready(update(params, X, Y))

    return step


def scikit_learn(n, activation, m):
    from sklearn.neural_network import MLPClassifier

    X, _, y = examples(n, m)
    X, classes = X.T.copy(), np.arange(max(n[-1], 2))
    model = MLPClassifier(
        n[1:-1], activation=activation, solver="sgd", alpha=0, batch_size=m,
        learning_rate_init=RATE, momentum=0, shuffle=False,
    )  # fmt: skip
    model.partial_fit(X, y, classes=classes)
    return lambda: model.partial_fit(X, y)


def autograd(n, activation, m):
    import autograd.numpy as anp
    from autograd import grad

    X, Y, _ = examples(n, m)
    params = start(n)
    hidden = {"relu": lambda Z: anp.maximum(0, Z), "tanh": anp.tanh}[activation]

    def J(params):
        A = X
        for l in range(1, len(n)):
            W, b = params[l]
            Z = anp.dot(W, A) + b
            A = hidden(Z)
        if n[-1] > 1:
            S = Z - anp.max(Z, axis=0, keepdims=True)
            return anp.sum(Y * (anp.log(anp.sum(anp.exp(S), axis=0, keepdims=True)) - S)) / m
        return anp.sum(anp.maximum(0, Z) - Y * Z + anp.log1p(anp.exp(-anp.abs(Z)))) / m

    gradient = grad(J)

    def step():
        nonlocal params
        grads = gradient(params)
        params = {l: tuple(a - RATE * d for a, d in zip(params[l], grads[l])) for l in params}

    return step


ENGINES = {
    "products": (products, "numpy"),
    "written out": (written_out, "numpy"),
    "nnlib": (nnlib_step, "nnlib"),
    "functions": (nnlib_functions, "nnlib"),
    "batches": (nnlib_batches, "nnlib"),
    "train": (nnlib_train, "nnlib"),
    "PyTorch": (pytorch, "torch"),
    "JAX": (jax_jit, "jax"),
    "scikit-learn": (scikit_learn, "scikit-learn"),
    "autograd": (autograd, "autograd"),
}


def serve(name):
    """Answer on standard output, for each line on standard input, the seconds of one step."""
    answer = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    for line in sys.stdin:
        task = json.loads(line)
        if task:
            step, times = ENGINES[name][0](*task), 1
            step()
            while clock(step, times) < TURN:
                times *= 2
        step()
        seconds = clock(step, times) / times / getattr(step, "steps", 1)
        os.write(answer, f"{seconds}\n".encode())


def clock(step, times):
    begin = time.perf_counter()
    for _ in range(times):
        step()
    return time.perf_counter() - begin


def ask(process, task):
    time.sleep(PAUSE)  # until the threads of the engine before have gone to sleep
    process.stdin.write(json.dumps(task) + "\n")
    process.stdin.flush()
    return float(process.stdout.readline())


def measure(rounds):
    """Rows of the table: a network, an engine, the seconds of a step, its ratio to the products.

    The ratio of `train` is that to its steps alone, over as many batches. That of "nnlib" is
    followed by one to the step that is written out, which is printed and not recorded.
    """
    present = [name for name, (_, package) in ENGINES.items() if record.version(package)]
    processes = {
        name: subprocess.Popen(
            [sys.executable, "-m", "benchmarks.steps", "--serve", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | THREADS,
        )
        for name in present
    }  # fmt: skip
    for n, activation, m in NETWORKS:
        for process in processes.values():
            ask(process, [n, activation, m])
        times = [{name: ask(processes[name], None) for name in present} for _ in range(rounds)]
        for name in ENGINES:
            row = {
                "network": "-".join(map(str, n)),
                "activation": activation,
                "m": m,
                "engine": name,
            }
            if name in present:
                bound = "batches" if name == "train" else "products"
                ratios = [one[name] / one[bound] for one in times]
                low, middle, high = statistics.quantiles(ratios, n=4)
                row["microseconds"] = f"{1e6 * statistics.median(one[name] for one in times):.1f}"
                row |= {"ratio": f"{middle:.3f}", "low": f"{low:.3f}", "high": f"{high:.3f}"}
                row["version"] = record.version(ENGINES[name][1])
            if name == "nnlib":
                ratio = statistics.median(one[name] / one["written out"] for one in times)
                row["beside"] = f"{ratio:.3f} of written out"
            yield row
    for process in processes.values():
        process.stdin.close()
        process.wait()


def main(rounds):
    rows = []
    for row in measure(rounds):
        print("  ".join(f"{value:>12}" for value in row.values()), flush=True)
        row.pop("beside", None)
        rows.append(row)
    record.keep("steps", rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
    else:
        main(rounds=11)
