"""What is true is called true, what is false false, and what cannot be told untested."""

import pytest

from texecute import Notation, Text, check

VECTORS = r"""
x \in \mathbb{R}
u_i \in \mathbb{R}, i = 1, \dots, n
A \in \mathbb{R}^{n \times m}
b \in \mathbb{R}^{n}
c \in \mathbb{R}^{m}
\alpha \in \mathbb{R}_{> 0}
"""


def text(*more):
    made = Text()
    made.begin("\n".join([VECTORS, *more]))
    return made


@pytest.mark.parametrize(
    "latex, verdict",
    [
        (r"(A c)^\top = c^\top A^\top", "true"),
        (r"(A c)^\top = A^\top c^\top", "false"),
        (r"A c \in \mathbb{R}^{n}", "shape"),
        (r"A c \in \mathbb{R}^{m}", "false"),
        (r"\sum_i \sum_j A_{i,j} = \sum_j \sum_i A_{i,j}", "true"),
        (r"\sum_{i \le 3} u_i = \sum_i u_i", "false"),
        (r"\sum_{i=1}^n u_i = \sum_j u_j", "true"),
        (r"\frac{\partial}{\partial u_i} \sum_j u_j^2 = 2 u_i", "true"),
        (r"\frac{\partial^2}{\partial u_i \partial u_j} \sum_k u_k^3 = 6 u_i \delta_{ij}", "true"),
        (r"\frac{\partial^2}{\partial u_i \partial u_j} \sum_k u_k^3 = 6 u_i", "false"),
        (r"\frac{\partial (b^\top A c)}{\partial A} = b c^\top", "true"),
        (r"\frac{\partial (b^\top A c)}{\partial A} = c b^\top", "false"),
        (r"\frac{\partial n}{\partial x} = 0", "false"),  # nothing in it depends on x
        (
            r"|x| = \begin{cases} x & \text{if } x \ge 0 \\ -x & \text{otherwise} \end{cases}",
            "true",
        ),
        (
            r"|x| = \begin{cases} x & \text{if } x > -1 \\ -x & \text{otherwise} \end{cases}",
            "false",
        ),
        (
            r"|x| = \begin{cases} 7 & \text{if } x = 0 \\ |x| & \text{otherwise} \end{cases}",
            "false",
        ),
        (
            r"|x| = \begin{cases} |x| & \text{if } x^2 \ge 0 \\ 7 & \text{otherwise} \end{cases}",
            "untested",
        ),
        (r"x^2 \ge 0", "true"),
        (r"x^2 > 0", "false"),  # at 0
        (r"\tanh(x) < 1", "true"),
        (r"|x| < 4", "false"),
        (r"\sigma(25) = 1", "false"),
        (r"\frac{1 - \tanh(20)}{\exp(-40)} = 0", "untested"),  # rounding hides it
        (r"\alpha^4 = 0", "false"),
        (r"\exp(\alpha) = 1 + \alpha + O(\alpha^2)", "true"),
        (r"\exp(\alpha) = 1 + \alpha + O(\alpha^3)", "false"),
        (r"\exp(\alpha) = 1 + 2 \alpha + O(\alpha^2)", "false"),
        (r"\exp(1) \approx 2.718", "true"),
        (r"\exp(1) \approx 2.717", "false"),
        (r"\exp(1) \approx 1 + 1", "false"),  # how close?
        (r"x \overset{?}{=} 2 x", "refuted"),
        (r"x + x \overset{?}{=} 2 x", "false"),
        (
            r"\frac{(\exp(40) + x) - \exp(40)}{x} \overset{?}{=} 1",
            "false",
        ),  # rounding refutes nothing
        (r"\sum_i u_i = u_i", "false"),
        (r"u_{n+1} = 0", "false"),  # it has no value
        (r"\sum_{i \ne j} u_i = \sum_i u_i - u_j", "true"),
        (r"u_i = u_j, \quad \forall i = j", "true"),
        (r"u_i = u_j, \quad \forall i > n", "untested"),
        (r"\max_i u_i \le \max_i |u_i|", "true"),
        (r"\|b\|^2 = b^\top b", "true"),
        (r"\mathrm{tr}(A A^\top) = \sum_{ij} A_{ij}^2", "true"),
        (r"A = A^{-1}", "false"),
        (r"f(x) = x", "unread"),
        (r"u_i(x) = x", "false"),  # a product, as u depends on nothing
        (r"x = y", "unread"),
    ],
)
def test_verdicts(latex, verdict):
    assert text().check(latex).verdict == verdict


@pytest.mark.parametrize(
    "model, latex, verdict",
    [
        ("y := x^2", r"\frac{dy}{dx} = 2 x", "true"),
        ("y := x^2", r"y(x) = x^2", "true"),
        ("y := x^2", r"y(2) = 4", "unread"),  # y is no function: it could be a product
        ("f(t) := t^2", r"f(x + 1) = x^2 + 2 x + 1", "true"),
        ("f(t) := t^2", r"f'(x) = 2 x", "true"),
        ("f : \\mathbb{R} \\to \\mathbb{R}", r"f(2 x) = 2 f(x)", "false"),
        ("f : \\mathbb{R} \\to \\mathbb{R}", r"\frac{d f(x^2)}{dx} = 2 x f'(x^2)", "true"),
        ("f : \\mathbb{R}^n \\to \\mathbb{R}", r"\nabla_b f(b) = \nabla f(b)", "true"),
        ("s_0 := x\ns_t := 2 s_{t-1}, t = 1, \\dots, 4", r"s_3 = 8 x", "true"),
        (
            "s_0 := x\ns_t := 2 s_{t-1}, t = 1, \\dots, 4",
            r"s_t = 2^t x, \quad t = 1, \dots, 4",
            "true",
        ),
        (
            "s_0 := x\ns_t := 2 s_{t-1}, t = 1, \\dots, 4",
            r"s_t = t x, \quad t = 1, \dots, 4",
            "false",
        ),
        ("k \\in \\{1, \\dots, n\\}", r"\sum_i u_i \mathbf{1}\{i = k\} = u_k", "true"),
        ("p \\in \\Delta^{n}", r"\sum_i p_i = 1", "true"),
        ("p \\in \\Delta^{1 \\times n}", r"\sum_i p_i = 1", "true"),
        ("P \\in \\Delta^{n \\times m}", r"\sum_j P_{ji} = 1", "true"),
        (
            "\\mathbf{f} : \\mathbb{R}^n \\to \\mathbb{R}^m\nf_p : \\mathbb{R}^n \\to \\mathbb{R}",
            r"\sum_p f_p(b) = \sum_p \mathbf{f}(b)_p",
            "true",
        ),
        ("y \\in [0, 1]", r"0 < y", "false"),
        ("y \\in [0, 1]", r"0 \le y \le 1", "true"),
        ("b \\leftarrow b - \\alpha b", r"\|b_{\text{new}}\| = |1 - \alpha| \|b\|", "true"),
        ("b \\leftarrow b + \\alpha b", r"\|b_{\text{new}}\| = |1 - \alpha| \|b\|", "false"),
        ("v := 2 x\nw := v + x", r"\frac{\partial w}{\partial v} = 1", "true"),
        ("v := 2 x\nw := v + x", r"\frac{\partial (v + x)}{\partial v} = 1", "false"),  # is x held?
        ("v := 2 x\nw := v^2 + x^2", r"\left.\frac{\partial w}{\partial x}\right|_v = 2 x", "true"),
        ("v := 2 x\nw := v^2 + x^2", r"\frac{\partial w}{\partial x} = 10 x", "true"),
    ],
)
def test_definitions(model, latex, verdict):
    assert text(*model.split("\n")).check(latex).verdict == verdict


def test_each_link_is_judged():
    found = text().check(r"(x + 1)^2 = x^2 + 2 x + 1 = x^2 + 1")
    assert [step.verdict for step in found.steps] == ["true", "false"]
    assert found.verdict == "false" and len(found.steps[1].values) == 2


def test_two_errors_do_not_cancel():
    found = text().check(r"x + 1 = x + 2 = x + 1")
    assert [step.verdict for step in found.steps] == ["false", "false"]


def test_hypotheses_are_the_definitions_it_rests_on():
    found = text("y := x^2", "z := 3").check(r"y \ge 0")
    assert found.hypotheses == ["y := x^2"]


def test_an_index_may_stand_in_a_delta_alone():
    for k, verdict in (("i", "true"), ("j", "false")):
        notation = Notation(ranges={"i": "1, n", "j": "1, n", "k": "1, n"})
        claim = rf"\delta_{{{k}k}} = \begin{{cases}} 1 & \text{{if }} i = k \\ 0 & \text{{else}} \end{{cases}}"
        assert check(claim, notation=notation).verdict == verdict


def test_letters_may_make_one_name():
    notation = Notation(names=["PL"], differential="L")
    made = r"x \in \mathbb{R}", r"PL_n := x^2, n = 1, \dots, N", r"L := \sum_n PL_n"
    assert check(*made, r"dPL_n = 1", notation=notation).verdict == "true"
    assert check(*made, r"dx = N x", notation=notation).verdict == "false"


def test_of_two_ways_to_multiply_the_first_is_named():
    found = text().check(r"b A c = b")
    assert "shapes (5, 1) and (5, 3)" in found.message  # of b and A


def test_check_takes_definitions_first():
    assert check(r"x \in \mathbb{R}", r"y := x^2", r"\frac{dy}{dx} = 2 x").verdict == "true"


def test_a_chain_may_go_on_in_the_next_formula():
    made = text()
    made.check(r"(x + 1)^2 = x^2 + 2 x + 1")
    assert made.check(r"= 1 + x (x + 2)").verdict == "true"
    assert made.check(r"= 2 + x (x + 2)").verdict == "false"


def test_a_refutation_shows_the_place_that_says_most():
    """Not a place where both sides are next to nothing, though they differ there as well."""
    made = Text()
    made.begin(r"u_i \in \mathbb{R}, i = 1, \dots, n")
    (step,) = made.check(r"u_i^3 \overset{?}{=} 2 u_i^3").steps
    left, right = step.values
    assert right == pytest.approx(2 * left) and 0.3 < abs(right) < 3
