"""Read the LaTeX of a formula: first into statements, then each into a tree.

Commas separate statements, and so does a new row or a wide space where a reader sees a new
statement: what follows has a relation of its own. A row that begins with a relation or, after its
&, with a sign goes on with the chain above it.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lark import Lark, Token
from lark.exceptions import UnexpectedInput
from lark.lexer import Lexer

from texecute.latex import FormulaError
from texecute.statements import cut, joined
from texecute.tokens import Tokens


@dataclass(frozen=True)
class Node:
    """A part of a formula: its kind, its parts (nodes, tuples of nodes, text), and where it stands."""

    kind: str
    parts: tuple = ()
    span: tuple = field(default=None, compare=False)

    def __iter__(self):
        return iter(self.parts)


@dataclass
class Statement:
    """A chain ``sides[0] relations[0] sides[1] ...`` with what stands behind it as its conditions."""

    sides: list
    relations: list
    conditions: list = field(default_factory=list)
    latex: str = ""

    def text(self, node):
        """The LaTeX of a part of it, as it was written."""
        return self.latex[slice(*node.span)].strip() if node.span else ""


# From tokens to statements


# From the tokens of a statement to its tree


class Given(Lexer):
    """For lark: the tokens are there already."""

    def __init__(self, configuration):
        pass

    def lex(self, tokens):
        return iter(tokens)


@cache
def parser():
    grammar = Path(__file__).with_name("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=Given, propagate_positions=True)


PREVIOUS = "the formula before"
INNER = {"LC": "_LC", "RC": "_RC", "COMMA": "_COMMA"}


def for_grammar(tokens):
    """Braces and commas inside a statement are the grammar's own; a colon in a script means all."""
    scripts, found = [], []
    for token in tokens:
        if token.type == "LC":
            scripts.append(bool(found) and found[-1].type in ("SUB", "SUP"))
        elif token.type == "RC":
            scripts.pop()
        kind = INNER.get(token.type, token.type)
        if kind == "COLON":
            kind = "ALL" if any(scripts) else "REL"
        if kind == "COMMENT":
            kind, token = "NAME", token.update(value=rf"\text{{{token}}}")
        if kind in ("STOP", "AMP", "ROW", "QUAD"):
            what = "a full stop" if kind == "STOP" else "a break"
            span = (token.start_pos, token.end_pos)
            raise FormulaError(f"{what} inside brackets or a fraction", span)
        found.append(token.update(kind))
    return found


SHOWN = {
    "NAME": "a letter", "NUMBER": "a number", "FUNCTION": "a function", "BIG": "a sum",
    "REL": "a relation such as =", "LINK": r"\cdot", "PLUS": "+", "MINUS": "-", "ODOT": r"\odot",
    "LP": "(", "RP": "a closing bracket", "_RC": "}", "_LC": "{", "_COMMA": "a comma",
    "BAREND": "|", "NORMEND": r"\|", "DOTS": r"\dots", "$END": "the end", "_AMP": "&", "_ROW": r"\\",
    "FRAC": r"\frac", "MATRIXEND": r"\end", "CASESEND": r"\end", "FOR": r"\forall", "D": r"\partial",
}  # fmt: skip


def tree(tokens):
    """The tree of one piece. Raises FormulaError that shows where reading stopped."""
    tokens = for_grammar(tokens)
    if tokens[0].type == "REL" and tokens[0] != ">":  # goes on with the formula before
        first = tokens[0]
        tokens.insert(
            0, Token("NAME", PREVIOUS, start_pos=first.start_pos, end_pos=first.start_pos)
        )
    if tokens[-1].type == "REL":
        tokens.pop()  # the next formula goes on
    try:
        return node(parser().parse(tokens))
    except UnexpectedInput as error:
        token = getattr(error, "token", None)
        expected = getattr(error, "expected", None) or getattr(error, "accepts", None) or ()
        known = [SHOWN[x] for x in SHOWN if x in expected][:5]
        at_end = token is None or token.type == "$END"
        last = tokens[-1]
        span = (last.start_pos, last.end_pos) if at_end else (token.start_pos, token.end_pos)
        what = "the formula ends here" if at_end else f"{token.value} does not fit here"
        hint = f"; expected {', or '.join(known)}" if known else ""
        raise FormulaError(f"{what}{hint}", span) from None


def node(found):
    """Lark's tree as nodes: scripts and signs get one form, whatever they were written with."""
    if isinstance(found, Token):
        return Node(found.type, (str(found),), (found.start_pos, found.end_pos))
    children = [node(child) for child in found.children]
    meta = found.meta
    span = (meta.start_pos, meta.end_pos) if not meta.empty else None
    build = BUILD.get(found.data)
    return build(children, span) if build else Node(str(found.data), tuple(children), span)


def scripted(children, span):
    """scripted(base, subscripts, superscripts, primes)."""
    base, *scripts = children
    subs, sups, primes = (), (), 0
    for script in scripts:
        if script.kind == "prime":
            primes += 1
        elif script.kind == "sub":
            if subs:
                raise FormulaError("two subscripts", script.span)
            subs = script.parts
        else:
            sups += tuple(mark for entry in script.parts for mark in marks(entry))
    primes += sum(mark == "'" for mark in sups)
    return Node("scripted", (base, subs, tuple(x for x in sups if x != "'"), primes), span)


def marks(entry):
    """What a superscript says, one mark after the other: [l-1] and T of A^{[l-1]T}."""
    if (
        entry.kind == "product"
        and entry.parts[0].kind == "paren"
        and all(map(is_mark, entry.parts))
    ):
        return [mark for factor in entry.parts for mark in marks(factor)]
    if entry.kind == "scripted" and entry.parts[0].kind == "paren" and not entry.parts[1]:
        base, _, sups, primes = entry.parts
        return [base, *sups, *["'"] * primes]
    return [entry]


def is_mark(node):
    """[l], (i) or T."""
    inner = node.parts[0] if node.kind == "scripted" else node
    return inner.kind == "name" or (inner.kind == "paren" and len(inner.parts[1]) == 1)


def entries(children, span):
    """What stands between brackets, or in a script: expressions, conditions, dots."""
    (entry, *rest) = children
    if entry.kind == "REL":
        return Node("bound", (entry.parts[0], rest[0]), span)  # the > 0 of R_{> 0}
    return entry


def chain(children, span):
    sides, relations = children[::2], [x.parts[0] for x in children[1::2]]
    return Node("chain", (tuple(sides), tuple(relations)), span) if relations else sides[0]


def signed(children, span):
    """sum((sign, term), ...)."""
    pairs, sign = [], "+"
    for child in children:
        if child.kind in ("PLUS", "MINUS"):
            sign = child.parts[0]
        else:
            pairs.append((sign, child))
            sign = "+"
    return Node("sum", tuple(pairs), span)


def paren(children, span):
    left, *inside, right = children
    return Node("paren", (left.parts[0] + right.parts[0], tuple(inside)), span)


def one(kind):
    """A rule whose first and last child are brackets."""
    return lambda children, span: Node(kind, tuple(children[1:-1]), span)


def split_scripts(kind, has_head=True):
    """kind(head, subscripts, superscripts, rest ...) for rules with scripts behind their head."""

    def build(children, span):
        head, *rest = children
        scripts = [x for x in rest if x.kind in ("sub", "sup", "prime")]
        others = [x for x in rest if x not in scripts]
        _, subs, sups, primes = scripted([head, *scripts], span).parts
        return Node(kind, (head.parts[0], subs, sups, primes, *others), span)

    return build


def derivative(children, span):
    """derivative(above, ((variable, ...), order)); above is None in an operator."""
    head, *rest = children[1:]
    by = [x for x in rest if x.kind == "by"]
    others = [x for x in rest if x.kind not in ("by", "sub", "sup", "prime")]
    wanted = [x.parts[0] for x in rest if x.kind == "sup"]
    variables, count = [], 0
    for _, variable in by:
        times = 1
        if (
            variable.kind == "scripted"
            and variable.parts[2][-1:]
            and variable.parts[2][-1].kind == "number"
        ):
            base, subs, sups, primes = variable.parts
            times = int(sups[-1].parts[0])
            bare = not subs and not sups[:-1] and not primes
            variable = (
                base if bare else Node("scripted", (base, subs, sups[:-1], primes), variable.span)
            )
        variables += [variable] * times
        count += times
    order = int(wanted[0].parts[0]) if wanted and wanted[0].kind == "number" else 1
    if order != count:
        raise FormulaError(f"{order} above, but {count} below the line", span)
    kind = head.parts[0] if head.kind in ("D", "OPERATOR") else "d"
    return Node("derivative", (others[0], tuple(variables), kind), span)


def linked(children, span):
    """product(factor, ...), with its signs \\cdot, \\times and / kept between them."""
    return Node("product", tuple(children), span)


def case(children, span):
    body, *rest = children
    rest = [x for x in rest if x.kind != "FOR"]
    return Node("case", (body, None if rest[0].kind == "OTHERWISE" else rest[0]), span)


def call(children, span):
    built = split_scripts("call")(children, span)
    name, subs, sups, primes, argument = built.parts
    return Node("call", (name, subs, sups, primes, argument), span)


def gradient(children, span):
    built = split_scripts("gradient")(children, span)
    _, subs, sups, primes, body = built.parts
    return Node("gradient", (subs, sups, body), span)


def big(children, span):
    built = split_scripts("big")(children, span)
    name, subs, sups, _, body = built.parts
    return Node("big", (name, subs, sups, body), span)


BUILD = {
    "start": lambda children, span: children[-1],
    "name": lambda children, span: Node("name", children[0].parts, span),
    "number": lambda children, span: Node("number", children[0].parts, span),
    "scripted_number": lambda c, span: scripted([Node("number", c[0].parts, c[0].span), *c[1:]], span),
    "scripted": scripted,
    "sub": lambda children, span: Node("sub", tuple(children[1:]), span),
    "sup": lambda children, span: Node("sup", tuple(children[1:]), span),
    "entry": entries,
    "chain": chain,
    "sum": signed,
    "paren": paren,
    "product": linked,
    "pointwise": linked,
    "quotient": lambda children, span: Node("quotient", tuple(children[1:]), span),
    "root": lambda children, span: Node("root", tuple(children[1:]), span),
    "absolute": one("absolute"),
    "norm": one("norm"),
    "inner": one("inner"),
    "held": lambda c, span: Node("held", (c[1], c[3].parts), span),
    "matrix": one("matrix"),
    "cases": one("cases"),
    "case": case,
    "call": call,
    "gradient": gradient,
    "big": big,
    "derivative": derivative,
    "operator": derivative,
    "forall": lambda children, span: Node("forall", (children[1],), span),
    "range": lambda children, span: Node("range", (children[0], children[2]), span),
}  # fmt: skip
BUILD["pointwise"] = lambda children, span: Node("pointwise", tuple(children), span)


def read(latex, notation):
    """The statements of a formula."""
    statements, waiting = [], []
    for piece in joined(cut(Tokens(latex, notation).all())):
        found = tree(piece)
        if found.kind in ("forall", "range"):
            if not statements:
                raise FormulaError("a condition on nothing", found.span)
            range_only = found.kind == "range" or found.parts[0].kind == "range"
            for statement in statements if range_only else statements[-1:]:
                statement.conditions.append(found)  # how far an index runs is said for all
        elif found.kind == "chain":
            sides, relations = found.parts
            if any(x in (":=", r"\leftarrow", r"\sim") for x in relations[1:]):
                raise FormulaError("a definition stands at the beginning", found.span)
            for other in waiting:  # x, y ∈ R^n
                if relations[0] not in (r"\in", ":"):
                    raise FormulaError("this is no statement: it has no relation", other.span)
                statements.append(Statement([other, *sides[1:]], list(relations), [], latex))
            waiting = []
            if relations == (r"\to",):  # w → w - …, as some write a step
                relations = (r"\leftarrow",)
            statements.append(Statement(list(sides), list(relations), [], latex))
        else:
            waiting.append(found)
    if waiting:
        raise FormulaError("this is no statement: it has no relation", waiting[0].span)
    return statements


def expression(latex, notation):
    """The tree of a formula without a relation."""
    pieces = cut(Tokens(latex, notation).all())
    if len(pieces) != 1:
        raise FormulaError("this is not one expression")
    return tree(pieces[0])


def subnodes(found):
    """A node and all nodes below it."""
    yield found
    stack = list(found.parts)
    while stack:
        part = stack.pop(0)
        if isinstance(part, Node):
            yield from subnodes(part)
        elif isinstance(part, tuple):
            stack = list(part) + stack
