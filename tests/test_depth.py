"""The networks of chapter 14 compute parity on every input, with as many units as it says."""

import numpy as np
import pytest

from nnlib import (
    bits,
    check_shapes,
    parity_count,
    parity_folded,
    parity_or,
    parity_tree,
    predict,
    relu,
    sawtooth,
)


def run(params, X):
    return predict(params, {l: relu for l in params}, X)


def hidden(params):
    return [len(b) for _, b in params.values()][:-1]


def levels(n):
    return int(np.ceil(np.log2(n)))


UNITS = {  # hidden units of each layer for n bits; None where the text does not say
    parity_or: lambda n: [2 ** (n - 1)],
    parity_count: lambda n: [n],
    parity_tree: lambda n: None,
    parity_folded: lambda n: [2] * levels(n),
}


def test_bits():
    X = bits(4)
    assert X.shape == (4, 16) and X.dtype == np.float64
    assert len(set(map(tuple, X.T))) == 16 and set(X.ravel()) == {0.0, 1.0}


# An OR of ANDs for 14 bits would take a gigabyte.
PAIRS = [(build, n) for build in UNITS for n in range(2, 11 if build is parity_or else 15)]


@pytest.mark.parametrize("build, n", PAIRS)
def test_parity_on_every_input(build, n):
    params, X = build(n), bits(n)
    check_shapes(params, X)
    assert np.array_equal(run(params, X), np.sum(X, axis=0, keepdims=True) % 2)
    assert UNITS[build](n) in (None, hidden(params))


@pytest.mark.parametrize("n", range(2, 40))
def test_the_tree_has_two_units_for_each_xor_and_one_for_each_single(n):
    left, expected = n, []
    while left > 1:
        expected.append(2 * (left // 2) + left % 2)
        left = (left + 1) // 2
    assert hidden(parity_tree(n)) == expected and len(expected) == levels(n)
    if n & (n - 1) == 0:
        assert sum(expected) == 2 * (n - 1)


@pytest.mark.parametrize("n", [33, 64, 65, 1000])
def test_folding_and_counting_of_many_bits(n):
    X = np.tril(np.ones((n, n)))  # 1 to n ones
    odd = np.sum(X, axis=0, keepdims=True) % 2
    for params in parity_folded(n), parity_count(n):
        assert np.array_equal(run(params, X), odd)
    assert hidden(parity_folded(n)) == [2] * levels(n)


@pytest.mark.parametrize("k", range(1, 11))
def test_the_sawtooth_has_its_pieces(k):
    x = np.arange(2**k + 1) / 2**k  # the corners, exactly
    params = sawtooth(k)
    assert hidden(params) == [2] * k
    assert np.array_equal(run(params, x[np.newaxis])[0], np.arange(2**k + 1) % 2)
    middle = (x[1:] + x[:-1])[np.newaxis] / 2
    assert np.array_equal(run(params, middle), np.full(middle.shape, 0.5))


@pytest.mark.parametrize("bad", [1, 0, -3, 2.5, True, "4", None])
@pytest.mark.parametrize("build", [bits, *UNITS])
def test_bad_numbers_of_bits(build, bad):
    with pytest.raises(ValueError, match="n: expected a whole number of bits, at least 2"):
        build(bad)


@pytest.mark.parametrize("bad", [0, -1, 1.5, "2", None])
def test_bad_numbers_of_folds(bad):
    with pytest.raises(ValueError, match="folds: expected a positive whole number"):
        sawtooth(bad)


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int64])
def test_numpy_integers_are_whole_numbers(kind):
    for build in UNITS:
        np.testing.assert_equal(build(kind(5)), build(5))
    np.testing.assert_equal(sawtooth(kind(3)), sawtooth(3))
    assert list(sawtooth(kind(127))) == list(range(1, 129))
    assert parity_count(kind(127))[1][1].shape == (127, 1)


@pytest.mark.parametrize("build", [*UNITS, sawtooth])
def test_no_two_layers_share_an_array(build):
    arrays = [array for pair in build(9).values() for array in pair]
    for n, x in enumerate(arrays):
        assert not any(np.shares_memory(x, y) for y in arrays[n + 1 :])
