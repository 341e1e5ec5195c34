"""Read the LaTeX of a displayed equation into a tree."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

from lark import Lark, Token, Transformer, Tree, UnexpectedInput, v_args
from lark.exceptions import VisitError
from lark.tree import Meta


class FormulaError(Exception):
    """A formula that cannot be read, or cannot be evaluated."""


class Statement(NamedTuple):
    """A chain ``sides[0] relations[0] sides[1] relations[1] ...`` under a condition."""

    sides: list
    relations: list
    condition: Tree | None


class DropAlignment:
    """Take away & and \\\\ wherever they only place things on the page."""

    always_accept = ("_AMP", "_ROW")

    def process(self, stream):
        depth = 0
        for token in stream:
            depth += token.startswith(r"\begin{") - token.startswith(r"\end{")
            if depth or token.type not in self.always_accept:
                yield token


def subtree(meta, data, *children):
    return Tree(data, list(children), meta)


class Simplify(Transformer):
    """Give names and calls one form, whatever parts they were written with."""

    @v_args(meta=True)
    def name(self, meta, children):
        """name(letter, subscripts, layer), inside transpose or power where there is one."""
        (letter,), subscripts, superscript = children[0].children, children[1], children[2]
        layer, outside = superscript or (None, None)
        name = subtree(meta, "name", str(letter), tuple(subscripts or ()), layer)
        if outside == r"\T":
            return subtree(meta, "transpose", name)
        return subtree(meta, "power", name, one_digit(outside)) if outside else name

    def subscript(self, places):
        return [one_digit(place) if isinstance(place, Token) else place for place in places]

    def superscript(self, parts):
        """(layer, \\T or an exponent), with None for what is not there."""
        layer = parts[0] if isinstance(parts[0], Tree) else None
        outside = parts[-1] if isinstance(parts[-1], Token) else None
        return layer, outside

    @v_args(meta=True)
    def call(self, meta, children):
        """call(letter, subscripts, layer, arguments)."""
        function, subscripts, superscript, arguments = children
        layer = superscript[0] if superscript else None
        return subtree(meta, "call", str(function), tuple(subscripts or ()), layer, arguments)

    @v_args(meta=True)
    def slope(self, meta, children):
        function, superscript, arguments = children
        layer = superscript[0] if superscript else None
        return subtree(meta, "slope", str(function), layer, arguments)

    @v_args(meta=True)
    def pdv(self, meta, children):
        if children[1].data != "name":
            raise FormulaError("a derivative is taken by a quantity, not by an expression")
        return subtree(meta, "pdv", *children)

    def arguments(self, arguments):
        return arguments

    @v_args(meta=True)
    def big(self, meta, children):
        """big(summed letters, condition, body)."""
        letters = tuple(str(child) for child in children if getattr(child, "type", "") == "INDEX")
        *_, compare, bound, body = [None, None, *children]
        condition = None
        if len(children) > len(letters) + 1 and compare:
            first = Tree("name", [letters[-1], (), None])
            condition = Tree("condition", [first, compare, bound], meta)
        return subtree(meta, "big", letters, condition, body)

    def relation(self, tokens):
        return str(tokens[0])

    compare = relation


def one_digit(token):
    """TeX sets one digit without braces: x_12 shows x₁2."""
    if token.type == "NUMBER" and len(token) > 1:
        raise FormulaError(f"write {{{token}}} in braces: without them TeX takes the first digit")
    meta = Meta()
    meta.start_pos, meta.end_pos = token.start_pos, token.end_pos
    if token.type == "NUMBER":
        return Tree("number", [token], meta)
    if token.type in ("INDEX", "LETTER"):
        return Tree("name", [str(token), (), None], meta)
    return str(token)


@cache
def parser():
    grammar = Path(__file__).with_name("grammar.lark").read_text()
    return Lark(
        grammar,
        parser="lalr",
        propagate_positions=True,
        postlex=DropAlignment(),
        maybe_placeholders=True,
    )


def parse(latex):
    """The statements of an equation. Raises FormulaError that shows where reading stopped."""
    try:
        tree = Simplify(visit_tokens=False).transform(parser().parse(latex))
    except UnexpectedInput as error:
        raise FormulaError(f"cannot read\n{error.get_context(latex).rstrip()}") from None
    except VisitError as error:
        raise error.orig_exc from None
    statements = []
    for item in tree.children:
        if item.data == "forall":
            statements[-1] = statements[-1]._replace(condition=item.children[0])
        else:
            statements.append(Statement(item.children[::2], item.children[1::2], None))
    return statements
