"""What is read is what is seen: tokens, statements, and errors that show where."""

import pytest
from lark import Lark

from texecute import FormulaError, Notation, Text
from texecute.mutate import CHANGES
from texecute.read import BUILD, parser, read, subnodes

NOTATION = Notation(macros={"pdv": r"\frac{\partial #1}{\partial #2}"})


def statements(latex):
    return read(latex, NOTATION)


@pytest.mark.parametrize(
    "one, other",
    [
        (r"x_12 = 3", r"x_1 2 = 3"),  # TeX takes one digit
        (r"x \leq y", r"x \le y"),
        (r"\frac12 x = y", r"\frac{1}{2} x = y"),
        (r"x^\frac12 = y", r"x^{\frac{1}{2}} = y"),
        (r"\left( x \right) = \bigl(y\bigr)", r"(x) = (y)"),
        (r"f^{\prime}(x) = 1", r"f'(x) = 1"),
        (r"\pdv{J}{z} = 1", r"\frac{\partial J}{\partial z} = 1"),
        (r"\underbrace{x + y}_\text{sum} = z.", r"x + y = z"),
        (r"a &= b \\ &= c", r"a = b = c"),
        (r"a = \\ &= c", r"a = c"),
        (r"\begin{align*} a &= b & (1) \\ &= c & (2) \end{align*}", r"a = b = c"),
        (r"x = 1 2", r"x = 12"),  # digits in a row are one number, as they show
        (r"e^\color{red}{z_j} = a", r"e^{z_j} = a"),
        (r"x = y \text{ if i = j}", r"x = y \text{ if } i = j"),
    ],
)
def test_two_ways_to_write_the_same(one, other):
    def shapes(latex):
        try:
            return [(s.sides, s.relations) for s in statements(latex)]
        except FormulaError as error:
            return str(error)

    assert shapes(one) == shapes(other)


@pytest.mark.parametrize(
    "latex, count",
    [
        (r"a = b, \quad c = d", 2),
        (r"a &= b \\ c &= d", 2),
        (r"a &= b \\ -c &= d", 2),  # a row that begins with a sign before its & is a new one
        (r"a &= b \\ &- c", 1),
        (r"a = b \qquad -c = d", 2),
        (r"a &= b, & c &= d, \\ e &= f", 3),
        (r"u_0 := z, \quad l = 1, \dots, L", 1),
        (r"a = 0, \quad \forall p \ne j", 1),
    ],
)
def test_statements_are_those_that_a_reader_sees(latex, count):
    assert len(statements(latex)) == count


@pytest.mark.parametrize(
    "latex, where",
    [
        (r"x = (y", "("),
        (r"x = y)", ")"),
        (r"x = \foo", r"\foo"),
        (r"x = ৪", "৪"),
        (r"x = y \\ z", "z"),
        (r"x + = y", "="),
        (r"x = {y", "{"),
    ],
)
def test_an_error_shows_where(latex, where):
    with pytest.raises(FormulaError) as error:
        statements(latex)
    start, end = error.value.span
    assert latex[start:end].strip() == where


def test_a_condition_at_the_start_of_a_row_is_refused():
    with pytest.raises(FormulaError, match="row before"):
        statements(r"a_p &= 0, \\ \forall p < j, \quad a_j &= 1")


def test_every_rule_has_its_changes():
    assert isinstance(parser(), Lark)
    rules = {rule.alias or rule.origin.name for rule in parser().rules}
    kinds = {str(name) for name in rules if not str(name).startswith("_")} | set(BUILD)
    inner = {"start", "entry", "script", "prime", "by", "rel", "scripted_number", "operator", "expr", "term",
             "product", "first", "factor", "atom", "plain", "open", "openatom", "big"}  # fmt: skip
    assert kinds - inner <= set(CHANGES), kinds - inner - set(CHANGES)


@pytest.mark.parametrize(
    "latex, reading",
    [
        (r"x y = \sum_i u_i", r"x \cdot y = \sum_{i = 1}^{n} u_{i}"),
        (r"\tanh x y = 1", None),
        (r"x^{2 y} = 1", r"\left(x\right)^{2 \cdot y} = 1"),
        (r"\sum_i u_i x + y = 1", r"\sum_{i = 1}^{n} u_{i} \cdot x + y = 1"),
        (r"x (1 - y) = 0", r"x \cdot \left(1 - y\right) = 0"),
        (r"\frac{d}{dx} x y = y", r"\frac{\partial \left(x \cdot y\right)}{\partial x} = y"),
    ],
)
def test_the_reading_is_written_out(latex, reading):
    text = Text()
    text.begin("x \\in \\mathbb{R}\ny \\in \\mathbb{R}\nu_i \\in \\mathbb{R}, i = 1, \\dots, n")
    found = text.check(latex)
    assert reading is None or found.readings == [reading]


def test_nodes_are_visited_once():
    (statement,) = statements(r"x + y = z")
    names = [node.parts[0] for node in subnodes(statement.sides[0]) if node.kind == "name"]
    assert names == ["x", "y"]
