"""Every equation with one token wrong: the check notices, or the value does not change."""

import pytest

from book.equations import mutants
from book.equations.check import equations
from book.equations.record import NOTEBOOKS

pytestmark = pytest.mark.slow

CHAPTERS = [path for path in NOTEBOOKS if equations(path)]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_mutants_of_a_chapter(path):
    labels = {equation.label for equation in equations(path)}
    known = mutants.known_survivors()
    counts, survivors = mutants.try_all(path)
    assert counts.total() > 20 * len(labels)
    assert sorted(survivors) == sorted(m for m in known if m.split(" | ")[0] in labels)


def test_every_survivor_is_of_an_equation_and_has_a_reason():
    labels = {equation.label for path in NOTEBOOKS for equation in equations(path)}
    known = mutants.known_survivors()
    assert all(mutant.split(" | ")[0] in labels and reason for mutant, reason in known.items())


MADE = {
    r"a = b - c": ["a = b + c", "a = b", "a = c", "a = -b - c"],
    r"\mathbf{A} = \mathbf{B}^{\T} \mathbf{C}": [
        r"\mathbf{A} = \mathbf{B} \mathbf{C}",
        r"\mathbf{A} = \mathbf{B}^{\T} \odot \mathbf{C}",
        r"\mathbf{A} = \mathbf{C}",
    ],
    r"J = \frac{1}{m} \sum_{p \ne j} z_{p,i}^{[l-1]}": [
        r"J = 1 \sum_{p \ne j} z_{p,i}^{[l-1]}",
        r"J = \frac{1}{m} \frac{1}{m} \sum_{p \ne j} z_{p,i}^{[l-1]}",
        r"J = \frac{1}{m} \sum_p z_{p,i}^{[l-1]}",
        r"J = \frac{1}{m} z_{p,i}^{[l-1]}",
        r"J = \frac{1}{m} \sum_{p \ne j} z_{i,p}^{[l-1]}",
        r"J = \frac{1}{m} \sum_{p \ne j} z_{p,i}^{[l]}",
        r"J = \frac{1}{m} \sum_{p = j} z_{p,i}^{[l-1]}",
    ],
    r"a = \exp(z)^2 \ind{z > 0}": [
        r"a = \log(z)^2 \ind{z > 0}",
        r"a = \exp(z)^3 \ind{z > 0}",
        r"a = \exp(z) \ind{z > 0}",
        r"a = \exp(z)^2 \ind{z < 0}",
        r"a = \exp(z)^2 \ind{z \ge 0}",
    ],
}


@pytest.mark.parametrize("latex", MADE)
def test_what_is_made(latex):
    made = {"".join(text.split()) for _, text in mutants.mutants(latex)}
    assert {"".join(text.split()) for text in MADE[latex]} <= made
