"""Formulas that were once judged wrong: false ones that passed, and true ones that did not."""

import pytest

from texecute import Text

R = "x \\in \\mathbb{R}\ny \\in \\mathbb{R}\na \\in \\mathbb{R}"
P = R.replace(r"\mathbb{R}", r"\mathbb{R}_{> 0}")
V = "x \\in \\mathbb{R}^{n}\ny \\in \\mathbb{R}^{n}"
A = "A \\in \\mathbb{R}^{n \\times n}\n" + V
N = R + "\nn \\in \\mathbb{N}\nT \\in \\mathbb{N}"
SHARES = "p \\in \\Delta^{n}"

NOT_TRUE = [
    (P, r"(x + y)^2 < x^2 + 2 x y + y^2"),
    (R, r"\sin(x)^2 + \cos(x)^2 > 1"),
    (SHARES, r"\sum_i p_i < 1"),
    (SHARES, r"p_i > 0.001"),
    (SHARES, r"p_i \le 0.95"),
    (N, r"\sum_{k=0}^{n} 1 = n"),
    (N, r"\sum_{k=-2}^{2} k^2 = 5"),
    (N, r"\prod_{k=0}^{3} k = 6"),
    (V, r"\sum_{i=-1}^{2} x_i = x_1 + x_2"),
    (A, r"A^T_{ij} = A_{ij}"),
    (A, r"A^{-1}_{ij} = \frac{1}{A_{ij}}"),
    (N, r"x^T = x"),
    (V, r"\|x\|_1 = \sqrt{\sum_i x_i^2}"),
    (V, r"\|x\|_p^2 = x^\top x"),
    (A, r"\|A\|_2^2 = \sum_{ij} A_{ij}^2"),
    (R, r"\sin 2x = x \sin 2"),
    (R, r"\tanh x y = y \tanh x"),
    (P, r"\log xy = y \log x"),
    (R, r"\sigma^{-1}(x) = \frac{1}{\sigma(x)}"),
    (R, r"\sin^{-1} x = \frac{1}{\sin x}"),
    (R + "\nJ := x^2", r"\nabla_x J(x) = 2 x^2"),
    (R + "\nJ := x^2", r"\frac{\partial J}{\partial x}(y) = 2 x y"),
    (R + "\nf(t) := a t^2", r"\frac{\partial f}{\partial a}(x) = 2 a x"),
    (R + "\nf(t) := a t^2", r"\frac{\partial f}{\partial a} = 3 a^2"),
    (V + "\nf(t) := \\sum_i t x_i\ns := \\sum_j y_j x_j", r"f(y_i) = s"),
    (R, r"1 + 10^{-20} = 1"),
    (R, r"e^x + 10^{-30} = e^x"),
    (R, r"\tanh(x^2 + 20) = 1"),
    (R, r"\sigma(x^2 + 40) = 1"),
    (R, r"e^{1000} = e^{2000}"),
    (R, r"|x| = x, \quad \text{if } x > 0 \text{ or } x^2 \ge 0"),
    (R, r"\text{not } x = x"),
    (P, r"x^{1.5} = 0 + O(x^2)"),
    (P, r"x^{0.75} = 0 + O(x)"),
    (N, r"n^2 = 0 + O(n)"),
    (R + "\nz := 2 x", r"\sin z = 7 z + O(z^9)"),
    (R, r"\min(x, 10) = x"),
    (R, r"\max(x, -10) = x"),
    (R, r"|x + 4| = x + 4"),
    (R, r"\sqrt{(x + 20)^2} = x + 20"),
    (R, r"x < 2000"),
    (R, r"x = x := 2 x"),
    (R, r"\sigma(x) = \frac{1}{1 + e^{-x}} \in [2, 3]"),
    (V, r"\sum_i^2 x_i = \sum_i x_i"),
    (V, r"\sum_{i < j} x_i x_j = 0"),
    (A + "\nf(t) := A t", r"f'(x) = A \mathbf{1}"),
    (R, r"z := -1, \quad z > 0, \quad x = x"),
    (R, r"\bar{x + y} = x + y"),
    (R, r"\boxed{x + y}^2 = x + y^2"),
    (R, r"(2) \quad x = 2 x"),
    (R, r"\begin{aligned} 2 \\ x &= 2 x \end{aligned}"),
    (R, r"|2|x| - 1| = 2 x"),
    (R + "\nx^{[l]} \\in \\mathbb{R}, l = 1, \\dots, 3", r"x^2 = x^{[2]}"),
    (R, r"|x| = \begin{cases} x & \text{if } x > 0 \\ -x & \text{if } x < 0 \end{cases}"),
    ("x \\in \\mathbb{R}_{\\ge 0}", r"x > 0"),
    ("f : \\mathbb{R} \\to \\mathbb{R}\n" + R, r"f(x) < 50"),
    (R, r"\mathbf{1} = 1"),
]  # fmt: skip

TRUE = [
    (N, r"\sum_{k=0}^{n} 2^k = 2^{n+1} - 1"),
    (P + "\nn \\in \\mathbb{N}", r"\sum_{k=0}^{n-1} x^k (1 - x) = 1 - x^n"),
    (V, r"\|x\|_1 = \sum_i |x_i|"),
    (V, r"\|x\|_2^2 = x^\top x"),
    (A, r"\|A\|_F^2 = \sum_{ij} A_{ij}^2"),
    (A, r"(A^\top)_{ij} = A_{ji}"),
    (A, r"(A^2)_{ij} = \sum_k A_{ik} A_{kj}"),
    (A, r"A x^\top y = x^\top y A"),
    (A + "\nf(t) := A t", r"f(x) = A x"),
    ("W \\in \\mathbb{R}^{m \\times n}\n" + V + "\nf(t) := \\tanh(W t)", r"f(x) = \tanh(W x)"),
    (V + "\nf(t) := \\sum_i t x_i", r"f(y_i) = y_i \sum_j x_j"),
    (R + "\nJ := x^2", r"\nabla_x J(x) = 2 x"),
    (R, r"\frac{d x^{13}}{d x} = 13 x^{12}"),
    (N, r"\frac{d}{d x} \sum_{t=1}^{n} x^t = \sum_{t=1}^{n} t x^{t-1}"),
    (R, r"\frac{d^2 (3 x + y)}{d x^2} = 0"),
    (V, r"x \cdot y = \sum_i x_i y_i"),
    (V, r"x \cdot x = \|x\|^2"),
    (V, r"\mathbf{1}^\top x = \sum_i x_i"),
    (R, r"|x y| = x y, \quad \text{if } x > 0 \text{ and } y > 0"),
    (R, r"\log \sum_{k=1}^{2} e^{x} = x + \log 2"),
]  # fmt: skip


def verdict(model, latex):
    text = Text()
    text.begin(model)
    return text.check(latex).verdict


@pytest.mark.parametrize("model, latex", NOT_TRUE)
def test_it_is_not_called_true(model, latex):
    assert verdict(model, latex) not in ("true", "refuted")


@pytest.mark.parametrize("model, latex", TRUE)
def test_it_is_called_true(model, latex):
    assert verdict(model, latex) == "true"


@pytest.mark.parametrize(
    "latex, expected",
    [
        (r"\text{sgn}(x) x = |x|", "true"),
        (r"x + x^2 = x (1 + O(x))", "false"),
        (r"\det(x) = x", "false"),
    ],
)
def test_what_is_not_known_does_not_end_the_run(latex, expected):
    assert verdict(R, latex) == expected


@pytest.mark.parametrize(
    "latex", ["{" * 3000 + "x" + "}" * 3000 + " = 1", "(" * 3000, "\\frac" * 99]
)
def test_nonsense_is_unread(latex):
    assert verdict(R, latex) == "unread"


def test_a_second_definition_is_refused():
    text = Text()
    text.begin("w := 1\nz := 2 w")
    assert text.check("w := 5").verdict == "unread"
    assert text.check("z = 2").verdict == "true"


def test_a_parameter_hides_nothing():
    text = Text()
    text.begin("x \\in \\mathbb{R}\nz := 2 x")
    assert text.check("f(x) := z x").verdict == "unread"


def test_a_quotient_holds_where_it_has_a_value():
    text = Text()
    text.begin(R)
    found = text.check(r"\frac{x^2}{x} = x")
    assert found.verdict == "true" and "where both sides have a value" in found.hypotheses
