"""One link of a chain, and questions about its two sides."""

import re
from dataclasses import dataclass, field

import numpy as np

from texecute import values as v
from texecute.read import Node

EXACT = 1e-290  # a bound below it is that of numbers without rounding


@dataclass
class Step:
    """One link of a chain and what came of it."""

    relation: str
    left: str
    right: str
    verdict: str = ""  # true, false, refuted, untested, shape, definition
    message: str = ""
    place: str = ""
    instance: str = ""
    values: tuple = ()
    evaluated: int = 0
    instances: int = 0
    example: str = ""  # the first of them
    error: float = 0.0
    reading: str = ""
    gaps: dict = field(default_factory=dict)

    def fail(self, message, instance=None, place="", values=(), verdict="false"):
        if self.verdict != "false":
            self.verdict, self.message, self.place, self.values = verdict, message, place, values
            self.instance = instance.description() if instance else ""


def is_bent(node):
    """Whether a part is no smooth function: cases, |x|, max and their like."""
    words = ("max", "min", "ReLU", "relu", "sign", "sgn")
    return node.kind in ("cases", "absolute", "indicator", "root") or (
        node.kind == "apply" and node.parts[0] in words
    )


def everywhere(holds):
    """A condition on matrices holds if it does for every entry."""
    if not holds.matrix:
        return holds
    return v.replace(
        holds,
        array=holds.array.min(axis=(-2, -1)),
        error=holds.error.max(axis=(-2, -1)),
        matrix=False,
    )


def lies_in(value, domain):
    """Whether numbers lie in a set, up to rounding."""
    array, slack = value.array, 4 * value.error
    if domain is None or isinstance(domain, Node):
        return True
    if domain in ("positive", "nonnegative"):
        return bool(np.all(array >= -slack))
    kind, *ends = domain
    if kind == "interval":
        return bool(np.all((array >= ends[0] - slack) & (array <= ends[1] + slack)))
    if kind == "among":
        return bool(np.all(np.min([abs(array - x) for x in ends[0]], axis=0) <= slack))
    return True


def order_of(side):
    return without_order(side)[1]


def without_order(side):
    """A side without its O(α²), and what stands in that; None if there is none."""
    if side.kind == "order":
        return Node("number", ("0",), side.span), side.parts[0]
    if side.kind == "sum" and side.parts[-1][1].kind == "order":
        rest = side.parts[:-1]
        order = side.parts[-1][1].parts[0]
        plain = rest[0][1] if len(rest) == 1 and rest[0][0] == "+" else Node("sum", rest, side.span)
        return plain, order
    return side, None


def write_keys(keys):
    return ", ".join(key[0] for key in keys)


def first(mask):
    return np.unravel_index(np.argmax(mask), mask.shape)


def worst(array):
    return np.unravel_index(np.argmax(np.nan_to_num(array, nan=np.inf)), array.shape)


def decimals(text):
    """How many places behind the point a decimal shows."""
    found = re.fullmatch(r"-?[0-9]+(?:\.([0-9]+))?", text.strip())
    return None if not found else len(found[1] or "")
