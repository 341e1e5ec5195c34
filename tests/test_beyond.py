"""The functions on other arrays: Dask's, those of a graphics card, and other libraries beside them."""

import importlib.util
import os
import re

import numpy as np
import pytest
from networks import ACTIVATIONS, COSTS, random_network

import nnlib
from benchmarks import machines
from book.contents import CHAPTERS
from nnlib import backward, descend, forward, multiclass_cross_entropy, one_hot, softmax, tanh

NEEDED = os.environ.get("NEEDS_PEERS")


class Elsewhere(np.lib.mixins.NDArrayOperatorsMixin):
    """Numbers that NumPy's functions reach by its two protocols and nothing else does."""

    def __init__(self, numbers):
        self.numbers = numbers
        self.shape, self.dtype, self.ndim = numbers.shape, numbers.dtype, numbers.ndim

    def __array_ufunc__(self, f, method, *inputs, **options):
        return self.__array_function__(getattr(f, method), (), inputs, options)

    def __array_function__(self, f, types, inputs, options):
        assert not any(isinstance(x, np.ndarray) for x in inputs), "mixed with an array of NumPy"
        options.pop("out", None)  # Z += b takes what comes back
        here = [x.numbers if isinstance(x, Elsewhere) else x for x in inputs]
        return Elsewhere(f(*here, **options))

    def sum(self, **options):
        return np.sum(self, **options)

    @property
    def T(self):
        return Elsewhere(self.numbers.T)

    def refuse(self, *_, **__):
        raise TypeError("silent conversion")

    __array__ = __float__ = __bool__ = __int__ = __len__ = __iter__ = refuse
    __getitem__ = __setitem__ = refuse


def gradient(params, g, cost, X, Y):
    Z, A = forward(params, g, X, check=False)
    L = len(params)
    return cost(Z[L], Y, check=False), backward(params, g, A, cost.seed(A[L], Y), check=False)


def moved(params, move):
    return {l: (move(W), move(b)) for l, (W, b) in params.items()}


def assert_close(found, expected, rtol):
    for l in expected:
        for ours, theirs in zip(found[l], expected[l]):
            assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
            np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol * np.max(np.abs(theirs)))


@pytest.mark.parametrize("cost", COSTS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda f: f.__name__)
def test_arrays_that_are_elsewhere(activation, cost):
    params, g, X, Y = random_network(activation, cost, 3, np.random.default_rng(0))
    J, grads = gradient(params, g, cost, X, Y)
    found_J, found = gradient(moved(params, Elsewhere), g, cost, Elsewhere(X), Elsewhere(Y))
    assert found_J.numbers == J
    assert_close(moved(found, lambda a: a.numbers), grads, rtol=0)


def test_elsewhere_refuses_what_would_bring_numbers_back():
    there = Elsewhere(np.ones((2, 3)))
    for f in (np.asarray, float, bool, lambda a: a[0]):
        with pytest.raises(TypeError, match="silent conversion"):
            f(there)
    with pytest.raises(AssertionError, match="mixed"):
        np.ones((2, 2)) @ there


@pytest.mark.skipif(not importlib.util.find_spec("cupy"), reason="needs CuPy and a graphics card")
def test_on_a_graphics_card():
    import cupy as cp

    params, g, X, Y = random_network(tanh, multiclass_cross_entropy, 3, np.random.default_rng(0))
    J, grads = gradient(params, g, multiclass_cross_entropy, X, Y)
    there = moved(params, cp.asarray)
    found_J, found = gradient(there, g, multiclass_cross_entropy, cp.asarray(X), cp.asarray(Y))
    assert isinstance(found[1][0], cp.ndarray)
    np.testing.assert_allclose(float(found_J), J, rtol=1e-12)
    assert_close(moved(found, cp.asnumpy), grads, rtol=1e-10)


@pytest.mark.parametrize("cost", COSTS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda f: f.__name__)
def test_arrays_in_pieces(activation, cost):
    import dask
    import dask.array as da

    params, g, X, Y = random_network(activation, cost, 3, np.random.default_rng(0), m=23)
    J, grads = gradient(params, g, cost, X, Y)
    pieces = [da.from_array(a, chunks=(len(a), 5)) for a in (X, Y)]
    found_J, found = dask.compute(*gradient(params, g, cost, *pieces))
    np.testing.assert_allclose(found_J, J, rtol=1e-14)
    assert_close(found, grads, rtol=1e-14)
    Z, _ = forward(params, g, pieces[0])  # with its checks
    np.testing.assert_allclose(float(cost(Z[3], pieces[1])), J, rtol=1e-14)


@pytest.fixture(scope="module")
def client():
    from dask.distributed import Client

    with machines.cluster(2, memory="280MB") as cluster, Client(cluster) as client:
        yield client


@pytest.mark.slow
def test_two_processes_train_as_one(client):
    import dask
    import dask.array as da

    rng = np.random.default_rng(0)
    params, g, X, Y = random_network(tanh, multiclass_cross_entropy, 3, rng, m=1000)
    pieces = client.persist([da.from_array(a, chunks=(len(a), 150)) for a in (X, Y)])
    together, alone = params, params
    for _ in range(5):
        grads = gradient(together, g, multiclass_cross_entropy, *pieces)[1]
        together = descend(together, dask.compute(grads)[0], 0.5)
        grads = gradient(alone, g, multiclass_cross_entropy, X, Y)[1]
        alone = descend(alone, grads, 0.5)
    assert_close(together, alone, rtol=1e-13)
    assert len(set(client.run(os.getpid).values()) - {os.getpid()}) == 2
    assert len(client.scheduler_info()["workers"]) == 2
    assert {name for names in client.has_what().values() for name in names}  # they held the pieces


@pytest.mark.slow
def test_more_examples_than_the_workers_may_hold(client, tmp_path):
    """690 MB in a file, two workers with 280 MB each: trained piece by piece."""
    m, piece = 220_000, 4000
    processes = client.run(os.getpid)
    paths = machines.write(tmp_path, m)
    limits = [worker["memory_limit"] for worker in client.scheduler_info()["workers"].values()]
    assert os.path.getsize(paths[0]) > 1.2 * sum(limits)
    params = nnlib.init_params(machines.N, np.random.default_rng(0), dtype=np.float32)
    lazy = [machines.from_file(path, piece) for path in paths]
    founds = machines.in_operations(params, *lazy), machines.in_parts(params, *lazy)
    mean = {l: [np.zeros(a.shape) for a in pair] for l, pair in params.items()}
    for start in range(0, m, piece):
        part = (machines.read(path, start, start + piece) for path in paths)
        grads = machines.gradient(params, *part)
        for l in grads:
            mean[l] = [a + d * (piece / m) for a, d in zip(mean[l], grads[l])]
    for found in founds:
        for l in params:
            for ours, exact in zip(found[l], mean[l]):
                # In float32 a ReLU near its corner may take the other side for an example or two.
                assert np.linalg.norm(ours - exact) < 1e-4 * np.linalg.norm(exact)
    assert client.run(os.getpid) == processes  # none was started again for want of memory


def largest_difference(found, exact):
    return max(
        np.max(abs(a - b)) / np.max(abs(b)) for l in exact for a, b in zip(found[l], exact[l])
    )


def blocks():
    """The Python in the text of chapter 15, by the library that it imports."""
    import nbformat

    text = "\n".join(
        cell.source
        for cell in nbformat.read(CHAPTERS / "15_beyond.ipynb", as_version=4).cells
        if cell.cell_type == "markdown"
    )
    found = re.findall(r"^```python\n(import (\w+).*?)^```$", text, re.S | re.M)
    return {library: source for source, library in found}


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_the_same_network_elsewhere(library, capsys):
    if not importlib.util.find_spec(library):
        assert not NEEDED, f"{library} is not installed"
        pytest.skip(f"{library} is not installed (pip install -e .[peers])")
    rng = np.random.default_rng(0)
    names = {
        "np": np,
        "params": nnlib.init_params([64, 32, 10], rng),
        "X": rng.normal(size=(64, 50)),
    }
    names["y"] = rng.integers(10, size=50)
    names["Y"] = one_hot(names["y"], 10)
    params, X, Y = names["params"], names["X"], names["Y"]
    exact = gradient(params, {1: tanh, 2: softmax}, multiclass_cross_entropy, X, Y)[1]
    names |= {"exact": exact, "largest_difference": largest_difference}
    exec(blocks()[library], names)
    assert capsys.readouterr().out.split() == ["True"]
    assert_close(names["found"], exact, rtol=1e-12)


def test_the_blocks_of_the_text_are_these():
    assert list(blocks()) == ["torch", "jax"]
