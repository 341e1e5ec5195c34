"""Where quantities lie: shapes and intervals, as a text declares them."""

import math

from texecute.latex import FormulaError
from texecute.model import is_name, literal
from texecute.read import Node

SIZE = "size"  # instead of a shape: a whole number of which nothing else is known


def set_of(node):
    """The shape that a set means, and from where its numbers are drawn; None is all reals."""
    if is_name(node, r"\mathbb{N}"):
        return SIZE, None
    base, subs, sups = (*node.parts[:3],) if node.kind == "scripted" else (node, (), ())
    dims = dims_of(sups[0]) if sups else ()
    if is_name(base, r"\mathbb{R}"):
        if sups and is_name(sups[0], "+", "++"):
            return (), "positive"
        return dims, positive(subs, node.span) if subs else None
    if is_name(base, r"\Delta") and sups:
        return dims, ("simplex",)
    if is_range(base):
        first, *_, last = base.parts[1]
        return dims, Node("range", (first, last))
    numbers = [number_of(x) for x in base.parts[1]] if base.kind == "paren" else []
    if numbers and None not in numbers and base.parts[0] == "{}":
        return dims, ("among", tuple(numbers))
    if len(numbers) == 2 and None not in numbers:
        return dims, interval(*numbers, base.parts[0])
    raise FormulaError("this is no set that is known", node.span)


def positive(subs, span):
    (bound, *_) = subs
    if is_name(bound, "+", "++"):
        return "positive"
    if bound.kind != "bound" or bound.parts[0] not in (">", r"\ge") or literal(bound.parts[1]) != 0:
        raise FormulaError(r"of such sets only \mathbb{R}_{> 0} is known", span)
    return "positive" if bound.parts[0] == ">" else "nonnegative"


def interval(low, high, brackets):
    """Between two numbers, with its ends where the brackets are square; or all numbers, or half."""
    if (low, high) == (-math.inf, math.inf):
        return None
    if (low, high) == (0, math.inf):
        return "positive"
    if math.inf in (-low, high):
        raise FormulaError(r"of half the reals only (0, \infty) is known")
    return "interval", low, high, tuple(x for x, b in zip((low, high), brackets) if b in "[]")


def number_of(node):
    """A number, perhaps with a sign, a point or a line; None for anything else."""
    if is_name(node, r"\infty"):
        return math.inf
    if node.kind in ("quotient", "product"):
        parts = [number_of(x) for x in node.parts if x.kind != "LINK"]
        divides = node.kind == "quotient" or any(x.parts == ("/",) for x in node.parts)
        return parts[0] / parts[1] if divides and len(parts) == 2 and None not in parts else None
    if node.kind == "sum" and len(node.parts) == 1:
        ((sign, inner),) = node.parts
        found = number_of(inner)
        return found if found is None or sign == "+" else -found
    return float(node.parts[0]) if node.kind == "number" else None


def is_range(node):
    """{1, …, n}."""
    return (
        node.kind == "paren"
        and node.parts[0] == "{}"
        and any(x.kind == "DOTS" for x in node.parts[1])
    )


def dims_of(node):
    """n, or n × k, in the exponent of R."""
    return tuple(factors_of(node))


def factors_of(node):
    """What stands between the signs × of a product."""
    if node.kind != "product":
        return [node]
    groups = [[]]
    for part in node.parts:
        if part.kind == "LINK":
            groups.append([])
        else:
            groups[-1].append(part)
    return [x[0] if len(x) == 1 else Node("product", tuple(x), node.span) for x in groups]
