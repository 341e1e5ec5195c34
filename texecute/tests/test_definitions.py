"""Definitions: of entries, of distributions, within sentences, and in one instance to look at."""

import numpy as np
import pytest

from texecute import FormulaError, Notation, Text
from texecute.look import Look
from texecute.project import Project


def text(*lines):
    made = Text(Notation(ranges={"l": "1, L"}))
    for line in lines:
        made.define(line)
    return made


SHAPES = (
    r"Z \in \mathbb{R}^{n \times m}, A \in \mathbb{R}^{m \times n}, x \in \mathbb{R}^{m}",
    r"z_{j,i} := a_{i,j} + x_i",
)


@pytest.mark.parametrize(
    "latex, verdict",
    [
        (r"z_{j,i} = a_{i,j} + x_i", "true"),
        (r"Z^\top - A = 0", "false"),
        (r"\sum_j z_{j,i} = \sum_j a_{i,j} + n x_i", "true"),
        (r"\frac{\partial z_{j,i}}{\partial a_{i,j}} = 1", "true"),
        (r"\frac{\partial \sum_j \sum_i z_{j,i}^2}{\partial A} = 2 Z^\top", "true"),
        (r"\frac{\partial \sum_j \sum_i z_{j,i}^2}{\partial Z} = 2 Z", "true"),
        (r"z_{j,i} := 2", "unread"),  # a second definition
    ],
)
def test_a_declared_matrix_is_filled_by_its_entries(latex, verdict):
    found = text(*SHAPES).check(latex)
    assert found.verdict == verdict, found.message


def test_entries_that_do_not_fit_are_refused_at_once():
    found = text(r"Z \in \mathbb{R}^{n \times m}, A \in \mathbb{R}^{n \times m}")
    assert "counts both" in found.check("z_{j,i} := a_{i,j}").steps[0].message
    assert found.check("Z = Z").verdict == "true"  # what was refused defines nothing
    found = text(r"A \in \mathbb{R}^{n \times m}", "Z := 2 A")
    assert "defined already" in found.check("z_{j,i} := 3").message


def test_layers_by_their_entries():
    made = text(
        r"X \in \mathbb{R}^{n^{[0]} \times m}, W^{[l]} \in \mathbb{R}^{n^{[l]} \times n^{[l-1]}},"
        r" Z^{[l]} \in \mathbb{R}^{n^{[l]} \times m}",
        r"Z^{[0]} := X",
        r"z_{j,i}^{[l]} := \sum_k w_{j,k}^{[l]} z_{k,i}^{[l-1]}",
    )
    assert made.check(r"Z^{[l]} = W^{[l]} Z^{[l-1]}").verdict == "true"
    assert made.check(r"Z^{[l]} = W^{[l]} Z^{[l]}").verdict == "false"
    assert made.check(r"Z^{[L]} = W^{[L]} Z^{[L-1]}").verdict == "true"


def test_a_distribution_leaves_a_declared_quantity_as_it_is():
    made = text(r"W \in \mathbb{R}^{n \times m}, s > 0")
    assert made.check(r"w_{j,k} \sim \mathcal{N}(0, \frac{s^2}{m})").verdict == "definition"
    assert made.check(r"\sum_j \sum_k w_{j,k} = \sum_k \sum_j w_{j,k}").verdict == "true"
    assert made.check(r"w_{j,k} \sim \mathcal{N}(0, t^2)").verdict == "unread"
    made.define("Y := 2 W")
    assert "computed, not drawn" in made.check(r"Y \sim \mathcal{N}(0, 1)").message


@pytest.mark.parametrize(
    "latex, verdict",
    [
        (r"\sum_j x_j + b = x_1 + \dots + x_n + b", "true"),
        (r"\sum_j x_j - b = -b + x_1 + x_2 + \dots + x_n", "true"),
        (r"\sum_j x_j = b + x_1 + \dots + x_n", "false"),
        (r"\sum_j x_j = x_1 + x_3 + \dots + x_n", "false"),
        (r"b = b - x_1 - \dots - x_n", "unread"),
        (r"b \sum_j x_j = b (x_1 + \dots + x_n)", "true"),
        (r"(-1)^{\sum_j 2 k_j} = 1", "true"),
        (r"(-1)^{\sum_j k_j} = 1", "false"),
    ],
)
def test_dots_and_exponents(latex, verdict):
    made = text(r"x \in \mathbb{R}^{n}, b \in \mathbb{R}, k \in \{0, 1\}^{n}")
    assert made.check(latex).verdict == verdict


@pytest.mark.parametrize(
    "latex, verdict",
    [
        (r"\partial y / \partial x = 3 x^2", "true"),
        (r"\partial y / \partial x = 2 x^2", "false"),
        (r"dy/dx = 3 x^2", "true"),
        (r"d^2 y/dx^2 = 6 x", "true"),
        (
            r"\partial^2 J / \partial z_j \partial z_p = \partial^2 J / \partial z_p \partial z_j",
            "true",
        ),
        (r"\sum_j (\partial J / \partial z_j) z_j = (\partial J / \partial z)^\top z", "true"),
        (r"2 \, \partial y / \partial x + 1 = 6 x^2 + 1", "true"),
        (r"x d / (x d) = 1", "true"),  # d is a letter
        (r"\partial y / x = 3", "unread"),
        (r"f(x)^2 = f(x) f(x)", "true"),
        (r"f'(x)^2 = f'(x) f(x)", "false"),
    ],
)
def test_derivatives_in_a_line_and_powers_behind_functions(latex, verdict):
    made = text(
        r"x \in \mathbb{R}, y := x^3, d \in \mathbb{R}, f : \mathbb{R} \to \mathbb{R}",
        r"z \in \mathbb{R}^{n}, g : \mathbb{R}^{n} \to \mathbb{R}, J := g(z)",
    )
    assert made.check(latex).verdict == verdict


def test_a_function_of_a_column_takes_its_numbers():
    made = text(r"a \in \mathbb{R}^{2}, h : \mathbb{R}^2 \to \mathbb{R}")
    assert made.check(r"h(a_1, a_2) = h(a)").verdict == "true"
    assert made.check(r"h(a_2, a_1) = h(a)").verdict == "false"


def test_what_rounding_took_decides_nothing():
    """Where σ(z) rounds to 1, 1 - σ(z) is no number to divide by; nor is it 0."""
    made = text(r"z \in \mathbb{R}, a := \sigma(z)")
    assert made.check(r"\frac{1}{1 - a} = 1 + e^{z}").verdict == "true"
    assert made.check(r"\frac{1}{1 - a} = 2 + e^{z}").verdict == "false"
    assert made.check(r"\frac{1}{z - z} = 1").verdict == "false"


def test_the_derivative_of_a_quantity_beside_brackets():
    """ℓ is a function and a quantity: ∂ℓ/∂a (1 - a) can only be a product."""
    made = text(
        r"z \in \mathbb{R}, \ell : \mathbb{R} \to \mathbb{R}, a := \tanh(z), \ell := \ell(a)"
    )
    slope = r"\frac{\partial \ell}{\partial z} = \frac{\partial \ell}{\partial a} (1 - a^2)"
    assert made.check(slope).verdict == "true"
    assert made.check(slope.replace("a^2", "a")).verdict == "false"


# In a project


@pytest.fixture
def project(tmp_path):
    (tmp_path / "texecute.toml").write_text(
        """
        [documents]
        second = { after = ["first"], anew = { "eq:rows" = { examples = "rows" } } }
        """,
        encoding="utf-8",
    )
    (tmp_path / "first.md").write_text(
        "Numbers $x \\in \\mathbb{R}$ and $y := x^2$; not so $y = 3$.\n", encoding="utf-8"
    )
    (tmp_path / "second.md").write_text(
        "$$ y = x^2 $$ (eq:before)\n\n"
        "$$ X \\in \\mathbb{R}^{m \\times n}, A := \\operatorname{softmax}(X) $$ (eq:rows)\n\n"
        "$$ \\sum_j A_{i,j} = 1 $$ (eq:sum)\n\n$$ y = x^2 $$ (eq:after)\n",
        encoding="utf-8",
    )
    return Project(tmp_path)


def test_a_sentence_defines_what_its_formulas_define(project, tmp_path):
    found = {x.label: x.verdict for x in project.check(tmp_path / "second.md")}
    assert found == {
        "eq:before": "true", "eq:rows": "definition", "eq:sum": "true", "eq:after": "unread",
    }  # fmt: skip


def test_a_definition_on_which_another_document_rests_is_not_untested(project, tmp_path):
    alone = tmp_path / "alone.md"
    alone.write_text("$$ x \\in \\mathbb{R}, y := x^2 $$", encoding="utf-8")
    first = tmp_path / "first.md"
    first.write_text("$$ x \\in \\mathbb{R}$$\n\n$$ y := x^2 $$\n\n$$ w := x $$", encoding="utf-8")
    assert [x.verdict for x in project.check(alone)] == ["untested"]
    assert [x.verdict for x in project.check(first)] == ["definition"] * 3
    both = project.check_all([first, tmp_path / "second.md"])
    assert [x.verdict for x in both[first]] == ["definition", "definition", "untested"]


# One instance


def test_look():
    made = text(
        r"W \in \mathbb{R}^{n \times m}, x \in \mathbb{R}^{m}, g : \mathbb{R}^{n} \to \mathbb{R}^{n}",
        r"J := \sum_j g_j(W x)^2",
    )
    look = Look(made, sizes={("m", ()): 3})
    W, x = look("W"), look("x")
    assert W.shape[1] == 3 and x.shape == (3, 1) and look("n") == len(W)
    np.testing.assert_allclose(look("W x"), W @ x)
    np.testing.assert_allclose(look("W_{j,k}"), W)
    np.testing.assert_allclose(look("g(W x)"), look("g(t)", t=W @ x))
    gradient = look(r"\frac{\partial J}{\partial x}")
    step = 1e-6 * np.ones_like(x)
    ahead, back = (look.with_values({"x": x + s * step})("J") for s in (1, -1))
    assert np.isclose(np.sum(gradient * step), (ahead - back) / 2, rtol=1e-6)
    assert look.with_values({"x": 0 * x})("W x").any() == np.False_
    with pytest.raises(FormulaError):
        look("q")
