"""The functions are exact to a few units in the last place, from the smallest logits to the largest."""

import pytest

from benchmarks import accuracy

ALLOWED = 4.0
ROWS = list(accuracy.measure(count=150, seed=1))


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row['function']}-{row['dtype']}-{row['to']:g}"
)
def test_units_in_the_last_place(row):
    # Softmax is from differences of logits, which are rounded.
    largest = min(2 * row["to"], 745) if row["function"].startswith("softmax") else 0
    assert float(row["units"]) <= ALLOWED + largest


def test_an_error_is_seen(monkeypatch):
    """The textbook forms are off by far more."""
    import numpy as np

    def naive(Z, Y):
        A = 1 / (1 + np.exp(-Z))
        return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / Z.shape[1]

    errors = accuracy.one_output(naive, soft=False)
    with np.errstate(all="ignore"):
        found = errors(np.float64, 1, 30, 100, np.random.default_rng(0))
    assert max(found) > 1000
