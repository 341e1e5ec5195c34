"""The check can fail: changed formulas are noticed, and generated ones judged right."""

import pytest

from texecute import Text
from texecute.mutate import survey
from texecute.tests.generated import run

MODEL = r"""
W \in \mathbb{R}^{n \times k}
x \in \mathbb{R}^{k}
b \in \mathbb{R}^{n}
z := W x + b
a := \tanh(z)
h : \mathbb{R}^{n} \to \mathbb{R}
J := h(a)
"""
FORMULAS = [
    r"z_j = \sum_k W_{j,k} x_k + b_j",
    r"\frac{\partial J}{\partial z_j} = \frac{\partial J}{\partial a_j} (1 - a_j^2)",
    r"\frac{\partial J}{\partial W} = \frac{\partial J}{\partial z} x^\top",
    r"\frac{\partial J}{\partial x} = W^\top \frac{\partial J}{\partial z}",
    r"\frac{\partial J}{\partial W_{j,k}} = \frac{\partial J}{\partial z_j} x_k",
]


@pytest.mark.parametrize("latex", FORMULAS)
def test_every_change_is_noticed(latex):
    text = Text()
    text.begin(MODEL)
    assert text.check(latex).verdict == "true"
    outcomes = list(survey(text, latex))
    assert outcomes
    assert [" ".join(x.readings) for how, x in outcomes if how == "survived"] == []


def test_generated_formulas():
    right, wrong, missed = run(150)
    assert set(right) == {"true"}
    assert len(missed) <= 0.01 * sum(wrong.values()), missed
