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
            if "aligned" not in token:
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
        return [one_digit(place) for place in places]

    def superscript(self, parts):
        """(layer, \\T or an exponent), with None for what is not there."""
        layer = parts[0] if isinstance(parts[0], Tree) else None
        outside = parts[-1] if isinstance(parts[-1], Token) else None
        return layer, outside

    def braced(self, digits):
        return None, Tree("number", digits)

    @v_args(meta=True)
    def call(self, meta, children):
        """call(letter, subscripts, layer, arguments)."""
        function, subscripts, superscript, arguments = children
        places = tuple(subscripts or ())
        return subtree(meta, "call", str(function), places, layer_only(superscript), arguments)

    @v_args(meta=True)
    def slope(self, meta, children):
        function, superscript, arguments = children
        return subtree(meta, "slope", str(function), layer_only(superscript), arguments)

    @v_args(meta=True)
    def power(self, meta, children):
        base, exponent = children
        return subtree(meta, "power", base, one_digit(exponent))

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
        if len(children) > len(letters) + 1 and compare == "=":
            raise FormulaError("\\sum_{p = 1} would be read as where the sum begins")
        if len(children) > len(letters) + 1 and compare:
            first = Tree("name", [letters[-1], (), None])
            condition = Tree("condition", [first, compare, bound], meta)
        return subtree(meta, "big", letters, condition, body)

    def relation(self, tokens):
        return str(tokens[0])

    compare = relation


def layer_only(superscript):
    layer, outside = superscript or (None, None)
    if outside:
        raise FormulaError(f"write the {outside} behind the argument of the function")
    return layer


def one_digit(token):
    """TeX sets one digit without braces: x_12 shows x₁2."""
    if isinstance(token, Tree):
        return token
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
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
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
        raise FormulaError(where_reading_stopped(latex, error)) from None
    except VisitError as error:
        raise error.orig_exc from None
    statements = []
    for item in tree.children:
        if item.data == "statement":
            statements.append(Statement(item.children[::2], item.children[1::2], None))
        elif statements:
            earlier, condition = statements[-1].condition, item.children[0]
            both = Tree("both", [earlier, condition]) if earlier else condition
            statements[-1] = statements[-1]._replace(condition=both)
        else:
            raise FormulaError("a condition has to follow what it is a condition of")
    for statement in statements:
        check_form(statement)
    return statements


def where_reading_stopped(latex, error):
    """The line that cannot be read, with a mark below the place, and what may be missing."""
    end = getattr(getattr(error, "token", None), "type", "") == "$END"
    at = len(latex.rstrip()) if end or error.pos_in_stream is None else error.pos_in_stream
    start, stop = latex.rfind("\n", 0, at) + 1, latex.find("\n", at)
    line = latex[start : stop if stop >= 0 else len(latex)]
    hint = ""
    if "RBRACE" in getattr(error, "expected", ()) or "RBRACE" in getattr(error, "accepts", ()):
        hint = " (is there a } missing before it?)"
    number = latex.count("\n", 0, start) + 1
    return f"line {number} of the equation cannot be read here{hint}\n{line}\n{' ' * (at - start)}^"


def check_form(statement):
    """Raise FormulaError unless each relation has the kind of side that belongs to it."""
    first, *others = statement.sides
    for relation, side in zip(statement.relations, others):
        needed = {r"\in": "space", r"\sim": "normal"}.get(relation)
        if needed != (side.data if side.data in ("space", "normal") else None):
            raise FormulaError(f"{relation} and what stands behind it do not belong together")
    if r"\leftarrow" in statement.relations:
        whole = first.data == "name" and not first.children[1]
        if len(others) > 1 or not whole or statement.condition:
            raise FormulaError(r"\leftarrow stands between one whole quantity and its new value")
