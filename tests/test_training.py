"""train, its early ends, mini-batches, saving and loading."""

import io
import os
import pickle
import struct
import time
import tracemalloc
import zipfile

import numpy as np
import pytest

from nnlib import (
    accuracy,
    backward,
    binary_cross_entropy,
    check_shapes,
    descend,
    forward,
    identity,
    init_params,
    load_params,
    micro_f1,
    minibatches,
    multiclass_cross_entropy,
    multilabel_cross_entropy,
    predict,
    relu,
    save_params,
    sigmoid,
    squared_error,
    standardize,
    tanh,
    train,
    training,
)

G = {1: tanh, 2: sigmoid}
COST = binary_cross_entropy


@pytest.fixture
def task():
    """A ring around the origin against its middle, and a network to tell them apart."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 60))
    Y = (np.sum(X**2, axis=0, keepdims=True) > 1.5).astype(float)
    return init_params([2, 8, 1], rng), X, Y


def test_learns(task):
    params, X, Y = task
    params, J = train(params, G, COST, X, Y, lr=1.0, epochs=1000)
    assert J[-1] < 0.1 < J[0]
    assert np.mean((predict(params, G, X) > 0.5) == Y) > 0.95


def assert_close(found, expected):
    """Equal up to the rounding of a few operations."""
    assert list(found) == list(expected)
    for l in found:
        for ours, theirs in zip(found[l], expected[l]):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_one_epoch_is_one_step(task):
    params, X, Y = task
    Z, A = forward(params, G, X)
    expected = descend(params, backward(params, G, A, COST.seed(A[2], Y)), 0.3)
    found, J = train(params, G, COST, X, Y, lr=0.3, epochs=1)
    assert_close(found, expected)
    assert J == [COST(Z[2], Y)]


def test_minibatches_see_every_example_once():
    X, Y = np.arange(10.0)[np.newaxis], -np.arange(10.0)[np.newaxis]
    batches = list(minibatches(X, Y, 4, np.random.default_rng(0)))
    assert [x.shape[1] for x, _ in batches] == [4, 4, 2]
    seen = np.hstack([x for x, _ in batches])
    assert sorted(seen[0]) == X[0].tolist() and seen[0].tolist() != X[0].tolist()
    assert all(np.array_equal(x, -y) for x, y in batches)
    assert [x is X and y is Y for x, y in minibatches(X, Y)] == [True]


def test_batches_against_the_loop_written_out(task):
    params, X, Y = task
    found, J = train(params, G, COST, X, Y, 0.3, 2, batch_size=25, rng=np.random.default_rng(1))
    rng, expected = np.random.default_rng(1), []
    for _ in range(2):
        costs, sizes = [], []
        for x, y in minibatches(X, Y, 25, rng):
            Z, A = forward(params, G, x)
            costs.append(COST(Z[2], y))
            sizes.append(x.shape[1])
            params = descend(params, backward(params, G, A, COST.seed(A[2], y)), 0.3)
        expected.append(np.average(costs, weights=sizes))
    assert sizes == [25, 25, 10]
    assert_close(found, params)
    np.testing.assert_allclose(J, expected, rtol=1e-13)


def test_predict_is_the_last_activation(task):
    params, X, _ = task
    np.testing.assert_equal(predict(params, G, X), forward(params, G, X)[1][2])


def test_a_step_that_explodes_ends_the_training(task):
    params, X, Y = task

    def endless(Z, Y):
        return COST(Z, Y)

    endless.seed, endless.activation = (lambda A, Y: np.full(A.shape, np.inf)), sigmoid
    endless.__module__ = "nnlib.losses"  # or its seed would be refused
    with np.errstate(invalid="ignore"):
        with pytest.warns(UserWarning, match="stopped in epoch 1: not all is finite"):
            found, J = train(params, G, endless, X, Y, 0.3, epochs=1)
    np.testing.assert_equal(found, params)
    assert len(J) == 1


def test_batches_are_repeatable(task):
    params, X, Y = task
    runs = [
        train(
            params,
            G,
            COST,
            X,
            Y,
            0.3,
            5,
            batch_size=7,
            rng=np.random.default_rng(1),
        )
        for _ in range(2)
    ]
    np.testing.assert_equal(runs[0], runs[1])
    other = train(params, G, COST, X, Y, 0.3, 5, batch_size=7, rng=np.random.default_rng(2))
    assert other[1] != runs[0][1]


def test_interruption_keeps_what_was_learned(task):
    params, X, Y = task

    def interrupted(epochs):
        for epoch in epochs:
            if epoch == 3:
                raise KeyboardInterrupt
            yield epoch

    with pytest.warns(UserWarning, match="interrupted after 3 of 50 epochs"):
        found, J = train(params, G, COST, X, Y, 0.3, 50, progress=interrupted)
    expected, expected_J = train(params, G, COST, X, Y, 0.3, 3)
    np.testing.assert_equal(found, expected)
    assert J == expected_J


def test_a_cost_that_explodes_ends_the_training(task):
    params, X, Y = task

    calls = []  # since the training itself leaves the checks out

    def explode_later(Z, Y, check=True):
        return COST(Z, Y) if check or len(calls) < 4 else np.nan

    def seed(A, Y, check=True):
        calls.extend([] if check else [1])
        return COST.seed(A, Y)

    explode_later.seed, explode_later.activation = seed, sigmoid
    with pytest.warns(UserWarning, match="stopped in epoch 4: not all is finite"):
        found, J = train(params, G, explode_later, X, Y, 0.3, 50)
    expected, _ = train(params, G, COST, X, Y, 0.3, 2)
    np.testing.assert_equal(found, expected)  # the start of the last finite epoch
    assert J == train(params, G, COST, X, Y, 0.3, 3)[1]
    assert np.isclose(COST(forward(found, G, X)[0][2], Y), J[-1], rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_save_and_load(tmp_path, dtype):
    params = init_params([3, 12, 4, 2], np.random.default_rng(0), dtype=dtype)
    path = tmp_path / "net.npz"
    save_params(path, params)
    found = load_params(path)
    np.testing.assert_equal(found, params)
    by_columns = {l: (np.asfortranarray(W), b) for l, (W, b) in params.items()}
    save_params(path, by_columns)
    np.testing.assert_equal(load_params(path), params)
    assert list(found) == [1, 2, 3]
    assert {array.dtype for pair in found.values() for array in pair} == {np.dtype(dtype)}
    assert [file.name for file in tmp_path.iterdir()] == ["net.npz"]


def test_eleven_layers_keep_their_order(tmp_path):
    params = init_params([2] * 12, np.random.default_rng(0))
    save_params(tmp_path / "deep", params)
    found = load_params(tmp_path / "deep")
    assert list(found) == list(range(1, 12))
    np.testing.assert_equal(found, params)


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "net.npz"
    params = init_params([3, 2], np.random.default_rng(0))
    save_params(path, params)
    before = path.read_bytes()

    def full_disk(file, **arrays):
        file.write(b"half a file")
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="no space left"):
        save_params(path, params)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["net.npz"]


def bytes_of(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


class Bomb:
    """Unpickling one would make a file."""

    def __reduce__(self):
        return open, ("exploded", "w")


def zip_of(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


W, B = np.ones((2, 3)), np.zeros((2, 1))
DAMAGED = {
    "empty": (b"", "not a readable file"),
    "text": (b"hello", "not a readable file"),
    "cut off": (bytes_of(W1=W, b1=B)[:-30], "not a readable file"),
    "a bit flipped": (bytes_of(W1=W, b1=B).replace(b"\xf0?", b"\xf1?", 1), "not a readable file"),
    "pickle": (pickle.dumps({1: Bomb()}), "not a readable file"),
    "pickle inside": (bytes_of(W1=np.array([Bomb()], object), b1=B), "not a readable file"),
    "no array inside": (zip_of(W1="x", b1="y"), "not a readable file"),
    "a bare array": ((lambda f: (np.save(f, W), f.getvalue())[1])(io.BytesIO()), "not a readable file"),
    "nothing inside": (bytes_of(), "expected the arrays W1, b1"),
    "other names": (bytes_of(weights=W, bias=B), "expected the arrays W1, b1"),
    "a layer missing": (bytes_of(W2=W, b2=B), r"net.npz: expected the arrays W1, b1, W2, b2, ..., got \['W2', 'b2'\]"),
    "an array too many": (bytes_of(W1=W, b1=B, extra=B), "expected the arrays W1, b1"),
    "a bias missing": (bytes_of(W1=W), "expected the arrays W1, b1"),
    "flat bias": (bytes_of(W1=W, b1=B.ravel()), r"net.npz: b\[1\]: expected an array of shape \(2, 1\)"),
    "numbers without axes": (bytes_of(W1=np.float64(1), b1=B), r"net.npz: W\[1\]: expected an array of shape \(n\[1\], n\[0\]\), got shape \(\)"),
    "no columns": (bytes_of(W1=W[:, :0], b1=B), r"net.npz: W\[1\]: expected an array of shape \(n\[1\], n\[0\]\), got shape \(2, 0\)"),
    "NaN": (bytes_of(W1=np.where(W.cumsum() > 5, np.nan, 1.0).reshape(2, 3), b1=B), "W1: expected finite numbers"),
    "text arrays": (bytes_of(W1=W.astype(str), b1=B), "one of dtype <U"),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files_are_refused(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    content, message = DAMAGED[name]
    (tmp_path / "net.npz").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        load_params(tmp_path / "net.npz")
    assert [file.name for file in tmp_path.iterdir()] == ["net.npz"]  # nothing was executed


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_params(tmp_path / "none.npz")


def test_params_that_do_not_fit_are_not_saved(tmp_path):
    with pytest.raises(ValueError, match=r"b\[1\]"):
        save_params(tmp_path / "net.npz", {1: (W, B.ravel())})
    with pytest.raises(ValueError, match="params: expected finite numbers"):
        save_params(tmp_path / "net.npz", {1: (W * np.inf, B)})
    assert list(tmp_path.iterdir()) == []


def lying(shape):
    """An .npy file whose header promises that shape and brings 8 bytes."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(8)


def compressed(size):
    """An archive of a few bytes that claims to hold many."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("W1.npy", "b1.npy"):
            archive.writestr(name, bytes(size))
    return buffer.getvalue()


def overlapping(times):
    """An archive in which many names share the same bytes."""
    content = bytes_of(W1=np.ones((300, 300)))
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as archive:
        (first,) = archive.infolist()
        for k in range(times):
            copy = zipfile.ZipInfo(f"W{k + 2}.npy")
            for field in ("header_offset", "compress_size", "file_size", "CRC"):
                setattr(copy, field, getattr(first, field))
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy
        archive._didModify = True
    return buffer.getvalue()


BOMBS = {
    "a shape beyond all memory": zip_of(W1=lying((10**12, 10**5)), b1=lying((1, 1))),
    "a shape beyond the file": zip_of(W1=lying((30_000, 30_000)), b1=lying((1, 1))),
    "a negative shape": zip_of(W1=lying((-1, 1)), b1=lying((1, 1))),
    "compressed zeros": compressed(200_000_000),
    "the same bytes many times": overlapping(500),
    "a long header": zip_of(W1=lying("(" + "(" * 5000), b1=b""),
}


REASONS = {
    "a shape beyond all memory": r"cannot reshape array of size 1 into shape",
    "a negative shape": r"W1.npy: expected sizes that are not negative, got shape \(-1, 1\)",
    "compressed zeros": r"arrays: expected at most \d+ bytes, as in the file, got 400000000",
}


def peak_of(f):
    """The most memory that a call held, and the seconds it took."""
    tracemalloc.start()
    begin = time.perf_counter()
    try:
        f()
    finally:
        seconds, (_, peak) = time.perf_counter() - begin, tracemalloc.get_traced_memory()
        tracemalloc.stop()
        peak_of.last = peak, seconds
    return peak, seconds


@pytest.mark.parametrize("name", BOMBS)
def test_files_cannot_ask_for_memory(tmp_path, name):
    path = tmp_path / "net.npz"
    path.write_bytes(BOMBS[name])
    with pytest.raises(ValueError, match="not a readable file.*" + REASONS.get(name, "")):
        peak_of(lambda: load_params(path))
    peak, seconds = peak_of.last
    assert peak < 4 * len(BOMBS[name]) + 2_000_000 and seconds < 5


def corrupted(content, rng):
    """The bytes with some of them changed, cut out, put in or moved."""
    content = bytearray(content)
    for _ in range(rng.integers(1, 4)):
        a, b = sorted(rng.integers(0, len(content) + 1, 2))
        b = min(b, a + 40) if rng.random() < 0.7 else b
        kind = rng.integers(5)
        if kind == 0:
            content[a:b] = rng.bytes(b - a)
        elif kind == 1:
            del content[a:b]
        elif kind == 2:
            content[a:a] = content[a:b]
        elif kind == 3:
            content[a:b] = bytes(b - a)
        elif a < len(content):
            content[a] ^= 1 << rng.integers(8)
    return bytes(content)


def test_corrupted_files_are_read_or_refused(tmp_path):
    """Neither a crash, nor a hang, nor memory without bound, whatever the bytes are."""
    path, outcomes = tmp_path / "net.npz", []
    params = init_params([3, 4, 2], np.random.default_rng(0))
    save_params(path, params)
    whole = path.read_bytes()
    for seed in range(2000):
        content = corrupted(whole, np.random.default_rng(seed))
        path.write_bytes(content)
        try:
            peak, seconds = peak_of(lambda: check_shapes(load_params(path)))
            outcomes.append("read")
        except ValueError as error:
            (peak, seconds), said = peak_of.last, str(error)
            outcomes.append("refused")
            assert said.startswith(f"{path}: "), said
        assert peak < 20 * len(whole) + 500_000 and seconds < 5, seed
    assert outcomes.count("refused") > 1000 and outcomes.count("read") > 20


# Costs of one's own


def own_cost(times=1.0):
    def half_square(Z, Y):  # without the keyword check, as the docstring has it
        return np.sum((Z - Y) ** 2) / (2 * Z.shape[1])

    half_square.seed = lambda A, Y: times * (A - Y) / A.shape[1]
    half_square.activation = identity
    return half_square


@pytest.fixture
def regression():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3, 50))
    return init_params([3, 8, 2], rng), X, np.vstack([X[:1] * X[1:2], X[2:]])


def test_a_cost_of_ones_own_trains_like_that_of_the_library(regression):
    params, X, Y = regression
    g, rngs = {1: tanh, 2: identity}, [np.random.default_rng(1) for _ in range(2)]
    found = train(params, g, own_cost(), X, Y, 0.1, 5, 20, rngs[0])
    expected = train(params, g, squared_error, X, Y, 0.1, 5, 20, rngs[1])
    np.testing.assert_equal(found, expected)
    assert found[1][-1] < found[1][0]


@pytest.mark.parametrize("times", [2.0, -1.0, 1.01])
def test_a_wrong_seed_of_ones_own_is_refused(regression, times):
    params, X, Y = regression
    message = f"half_square.seed: expected the derivative of the cost, got one that differs: claimed / measured is {times:g}"
    with pytest.raises(ValueError, match=message):
        train(params, {1: tanh, 2: identity}, own_cost(times), X, Y, 0.1, 5)


def test_an_activation_of_ones_own(task):
    params, X, Y = task

    def softsign(Z):
        return Z / (1 + np.abs(Z))

    softsign.vjp = lambda dA, A: dA * (1 - np.abs(A)) ** 2
    _, J = train(params, {1: softsign, 2: sigmoid}, COST, X, Y, 1.0, 200)
    assert J[-1] < 0.5 * J[0]


def test_one_epoch_at_a_time_gives_the_same_network(task):
    params, X, Y = task
    rng, J, found = np.random.default_rng(1), [], params
    for _ in range(4):
        found, [value] = train(found, G, COST, X, Y, 0.3, 1, 25, rng)
        J.append(value)
    expected = train(params, G, COST, X, Y, 0.3, 4, 25, np.random.default_rng(1))
    np.testing.assert_equal((found, J), expected)


def test_a_cost_that_rose_is_said(task):
    params, X, Y = task
    with pytest.warns(UserWarning, match="the cost rose") as caught:
        _, J = train(params, G, COST, 10 * X, Y, 300.0, 3)
    assert J[-1] > J[0]
    said = f"the cost rose from {J[0]:.3g} to {J[-1]:.3g}: a smaller lr?"
    assert str(caught[0].message) == said


def test_descend_writes_where_it_is_told(task):
    params, X, Y = task
    _, A = forward(params, G, X)
    grads = backward(params, G, A, COST.seed(A[2], Y))
    expected = descend(params, grads, 0.3)
    found = descend(params, grads, 0.3, out=grads)
    np.testing.assert_equal(found, expected)
    assert all(found[l][k] is grads[l][k] for l in params for k in (0, 1))
    bad = {1: (np.zeros((1, 1)), np.zeros(1))}
    with pytest.raises(ValueError, match=r"grads: expected the layers \[1, 2\]"):
        descend(params, bad, 0.3)
    assert descend({1: (1.0, 2.0)}, {1: (1.0, 1.0)}, 1, check=False)[1] == (0.0, 1.0)


def test_only_the_last_pre_activation_is_kept_on_request(task):
    params, X, _ = task
    all_Z, A = forward(params, G, X)
    Z, same = forward(params, G, X, keep_Z=False)
    assert list(Z) == [2] and np.array_equal(Z[2], all_Z[2])
    np.testing.assert_equal(same, A)


# What belongs to a task


def test_standardize_treats_new_examples_alike():
    rng = np.random.default_rng(0)
    X = np.vstack([1e3 + 7 * rng.normal(size=(2, 40)), np.full((1, 40), 5.0)])
    scaled, mean, spread = standardize(X)
    np.testing.assert_allclose(scaled[:2].mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(scaled[:2].std(axis=1), 1)
    assert not scaled[2].any() and spread[2] == 1
    again, same_mean, same_spread = standardize(X[:, :3], mean, spread)
    np.testing.assert_allclose(again, scaled[:, :3])
    assert same_mean is mean and same_spread is spread
    with pytest.raises(ValueError, match=r"^mean: expected an array of shape \(3, 1\)"):
        standardize(X, mean.T, spread)
    with pytest.raises(ValueError, match=r"^spread: expected an array of shape \(3, 1\)"):
        standardize(X, mean, spread.T)
    with pytest.raises(ValueError, match=r"^X: expected an array of shape \(n, m\)"):
        standardize(X[0])
    small, _, spread = standardize(X[:2] / 1e3)
    np.testing.assert_allclose(small.std(axis=1), 1)
    assert np.all(spread < 1)


def test_scores():
    A = np.array([[0.9, 0.2, 0.4], [0.1, 0.7, 0.5]])
    Y = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert accuracy(A, Y) == 2 / 3 and accuracy(A[:1], Y[:1]) == 2 / 3
    assert micro_f1(A, Y) == 2 * 1 / (2 + 3)  # 0.5 names nothing
    assert micro_f1(0 * A, 0 * Y) == 0.0
    assert accuracy(np.array([[0.5, 0.6]]), np.array([[0.0, 1.0]])) == 1  # 0.5 is not above 1/2
    assert micro_f1(np.array([[0.9, 0.8, 0.1]]), np.array([[1.0, 1.0, 0.5]])) == 1
    for score in accuracy, micro_f1:
        with pytest.raises(ValueError, match=r"^Y: expected an array of shape"):
            score(A, Y[:1])
        with pytest.raises(ValueError, match=r"^A: expected an array"):
            score(A.tolist(), Y)


def test_batches_are_cut_from_columns_that_lie_together(task, monkeypatch):
    params, X, Y = task
    seen = []
    monkeypatch.setattr("nnlib.training.forward", lambda params, g, x, **how: (
        seen.append((x.flags.f_contiguous, x is X, how)), forward(params, g, x, **how))[1])  # fmt: skip
    train(params, G, COST, X, Y, 0.1, 1, 7, np.random.default_rng(0))
    assert all(columns for columns, _, how in seen if not how.get("keep_Z", True))
    seen.clear()
    train(params, G, COST, X, Y, 0.1, 1)
    assert [same for _, same, how in seen if not how.get("keep_Z", True)] == [True]  # no copy
    assert all(how["check"] is False for _, _, how in seen if "check" in how)


def test_steps_are_taken_without_checks_and_into_arrays_that_are_there(task, monkeypatch):
    params, X, Y = task
    for name, function in (
        ("backward", backward),
        ("descend", descend),
        ("minibatches", minibatches),
    ):
        calls = []

        def watched(*arguments, calls=calls, function=function, **how):
            calls.append(how)
            return function(*arguments, **how)

        monkeypatch.setattr(f"nnlib.training.{name}", watched)
        train(params, G, COST, X, Y, 0.1, 1)
        assert calls and all(how["check"] is False for how in calls)
        assert name != "descend" or all(how["out"] is not None for how in calls)


@pytest.mark.skipif("MUTANT_UNDER_TEST" in os.environ, reason="mutmut stands between the two")
@pytest.mark.parametrize("end", ["explodes", "interrupted", "rises"])
def test_a_warning_points_at_the_caller(task, end):
    params, X, Y = task
    rate = 300.0 if end == "rises" else 0.1

    def stop(epochs):
        yield next(epochs := iter(epochs))
        raise KeyboardInterrupt

    more = {"progress": stop} if end == "interrupted" else {}
    g, cost = ({1: relu, 2: identity}, squared_error) if end == "explodes" else (G, COST)
    with np.errstate(all="ignore"), pytest.warns(UserWarning) as caught:
        train(params, g, cost, X * 1e150 if end == "explodes" else X, Y, rate, 5, **more)
    mine = [w for w in caught if w.category is UserWarning]
    assert [w.filename for w in mine] == [__file__]


def test_the_seeds_name_what_they_refuse():
    four = binary_cross_entropy, multiclass_cross_entropy, multilabel_cross_entropy, squared_error
    for cost in four:
        with pytest.raises(ValueError, match=r"^A: expected an array"):
            cost.seed([[1.0]], np.ones((1, 1)))


def test_costs_check_unless_they_are_told_not_to():
    Z, Y = np.zeros((1, 3)), np.full((1, 3), 2.0)
    for cost in binary_cross_entropy, multilabel_cross_entropy:
        assert np.isfinite(cost(Z, np.ma.array(Y), check=False))  # nor what it calls
        with pytest.raises(ValueError):
            cost(Z, Y)
    with pytest.raises(ValueError):
        squared_error(Z, np.zeros((2, 3)))


class WithoutName:
    """A cost of one's own that is no function, with a wrong seed."""

    activation = staticmethod(identity)

    def __call__(self, Z, Y):
        return np.sum((Z - Y) ** 2)

    def seed(self, A, Y):
        return A - Y


def test_a_cost_without_a_name_is_called_cost(task):
    params, X, Y = task
    with pytest.raises(ValueError, match=r"^cost\.seed: expected the derivative of the cost"):
        train(params, {1: relu, 2: identity}, WithoutName(), X, Y, 0.1, 1)


def test_training_checks_its_arguments_once(task, monkeypatch):
    params, X, Y = task
    told, through = [], forward

    def spy(*given, **more):
        told.append(more.get("check", True))
        return through(*given, **more)

    monkeypatch.setattr("nnlib.training.forward", spy)
    train(params, G, COST, X, Y, 0.1, 2)
    assert told == [False] * 3


def test_a_function_without_a_signature_is_called_as_it_is():
    assert training._unchecked(min) is min


def test_descend_multiplies_by_lr_unless_it_is_1():
    params = {1: (np.ones((1, 1)), np.ones((1, 1)))}
    for lr in 1, 2, 0.5:
        W, b = descend(params, params, lr)[1]
        assert W.item() == b.item() == 1 - lr


def test_gains_are_those_of_the_layer_below():
    def std(g):
        params = init_params([300, 400, 500, 6], np.random.default_rng(0), g=g)
        return [params[l][0].std() * np.sqrt(params[l][0].shape[1]) for l in params]

    np.testing.assert_allclose(std(None), 1, rtol=0.05)
    g = {1: relu, 2: tanh, 3: relu}
    np.testing.assert_allclose(std(g), [1, np.sqrt(2), 1], rtol=0.05)
    with pytest.raises(ValueError, match="g: expected one function for each of the layers"):
        std({1: relu})
