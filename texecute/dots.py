"""What three dots leave out: the pattern of the entries around them."""

from contextlib import suppress

from texecute.model import literal
from texecute.read import FormulaError, Node


def without_dots(sequence, letter="⋯"):
    """The pattern of a sequence such as z_1, …, z_j, …, z_n, and where its index ends."""
    kinds = [entry.kind in ("dots", "DOTS") for entry in sequence]
    second = sequence[1] if kinds == [False, False, True, False] else None
    if second is not None:  # z_1, z_2, …, z_n
        sequence = [sequence[0], *sequence[2:]]
    elif kinds not in ([False, True, False], [False, True, False, True, False]):
        raise FormulaError("dots stand between a first and a last entry, and around one between")
    first, *between, last = sequence[::2]
    common, end = template(letter, first, last)
    if second is not None and template(letter, first, second) != (common, Node("number", ("2",))):
        raise FormulaError("the second entry before the dots does not follow the first")
    for entry in between:
        found, place = template(letter, first, entry)
        if found != common or (place is not None and place.kind != "index"):
            raise FormulaError("the entry between the dots is not one of them for any index")
    return common, end


def template(letter, first, last):
    """What two entries have in common, with an index where one has 1 and the other n; that n."""
    ends = []

    def merge(a, b):
        if a == b:
            return a
        if isinstance(a, Node) and literal(a) == 1:
            ends.append(b)
            return Node("index", (letter,))
        if isinstance(a, Node) and isinstance(b, Node) and a.kind == b.kind:
            return Node(a.kind, merge(a.parts, b.parts), a.span)
        if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
            return tuple(merge(*pair) for pair in zip(a, b))
        raise FormulaError("the entries around the dots do not follow one pattern")

    common = merge(first, last)
    if any(end != ends[0] for end in ends):
        raise FormulaError("the entries around the dots count in different ways")
    return common, ends[0] if ends else None


def is_second(first, second):
    """Whether one entry follows another, as x_2 does x_1."""
    with suppress(FormulaError):
        _, end = template("⋯", first, second)
        return end is not None and literal(end) == 2
    return False
