"""Questions about the tree of a formula."""

from lark import Tree

from book.equations.parse import FormulaError

INDICES = set("ijkpq")
ACROSS, DOWN, PLUS, LIST = "⋯", "⋮", "+", ","  # the indices that dots stand for


def literal(tree):
    """The integer at a place for an index: 4 or -1. None for anything else."""
    if isinstance(tree, Tree) and tree.data == "number":
        return int(tree.children[0])
    if isinstance(tree, Tree) and tree.data == "sum" and len(tree.children) == 2:
        inner = literal(tree.children[1])
        return None if inner is None else -inner
    return None


def index_letter(tree):
    """The letter of a bare index, such as j. None for anything else."""
    bare = isinstance(tree, Tree) and tree.data == "name" and tree.children[1:] == [(), None]
    letter = tree.children[0] if bare else None
    return letter if letter in INDICES or letter in ("l", ACROSS, DOWN, PLUS, LIST) else None


def parts(tree):
    """The trees one level below."""
    for child in tree.children:
        for part in child if isinstance(child, tuple | list) else (child,):
            if isinstance(part, Tree):
                yield part


def subtrees(tree):
    """A tree and all trees inside it."""
    yield tree
    for part in parts(tree):
        yield from subtrees(part)


def names(tree):
    """The names of quantities in a formula, those at places for indices included."""
    if tree.data == "name" and not index_letter(tree):
        yield tree
    for part in parts(tree):
        yield from names(part)


def template(letter, first, last):
    """What two entries have in common, with an index where one has 1 and the other n; that n."""
    ends = []

    def merge(a, b):
        if a == b:
            return a
        if literal(a) == 1:
            ends.append(b)
            return Tree("name", [letter, (), None])
        if isinstance(a, Tree) and isinstance(b, Tree) and a.data == b.data:
            return Tree(a.data, merge(a.children, b.children), a.meta)
        if isinstance(a, tuple | list) and type(a) is type(b) and len(a) == len(b):
            return type(a)(merge(*pair) for pair in zip(a, b))
        raise FormulaError("the entries around the dots do not follow one pattern")

    common = merge(first, last)
    if any(end != ends[0] for end in ends):
        raise FormulaError("the entries around the dots count in different ways")
    return common, ends[0] if ends else None


def without_dots(letter, sequence):
    """The template of a sequence such as z_1, dots, z_j, dots, z_n, and where its index ends.

    sequence : trees, and dots as strings.
    """
    if [isinstance(entry, str) for entry in sequence] not in ([0, 1, 0], [0, 1, 0, 1, 0]):
        raise FormulaError("dots stand between a first and a last entry, and around one between")
    first, *between, last = sequence[::2]
    common, end = template(letter, first, last)
    for entry in between:
        found, place = template(letter, first, entry)
        if found != common or (place is not None and not index_letter(place)):
            raise FormulaError("the entry between the dots is not one of them for any index")
    return common, end


def is_bold(letter):
    return r"\mathbf" in letter


def is_matrix(tree):
    return tree.data == "name" and is_bold(tree.children[0])


def is_text(places):
    """Whether a word stands below a name, as in J_{\\text{new}}: then it is part of the name."""
    return len(places) == 1 and str(places[0]).startswith(r"\text")


def write(tree):
    """A name in LaTeX again, for messages."""
    if tree.data == "number":
        return str(tree.children[0])
    if tree.data == "sum":
        return " ".join(write(x) if isinstance(x, Tree) else str(x) for x in tree.children)
    if tree.data != "name":
        return "an expression"
    letter, places, layer = tree.children
    below = ",".join(place if isinstance(place, str) else write(place) for place in places)
    below = f"_{below}" if len(below) == 1 else f"_{{{below}}}" if below else ""
    return letter + below + (f"^{{[{write(layer)}]}}" if layer else "")


def speaks_of_l(tree):
    """Whether the layer l is left open in a formula."""
    if tree.data == "big" and "l" in tree.children[0]:
        return False
    return index_letter(tree) == "l" or any(map(speaks_of_l, parts(tree)))


def is_row_of_dots(row, other):
    """Whether a row of a matrix has \\vdots below each entry of another, and nothing else."""
    marks = ["" if cell == r"\dots" else r"\vdots" for cell in other]
    return [cell if isinstance(cell, str) else None for cell in row] == marks


def ends_with_axis(factor):
    while factor.data == "times":
        factor = factor.children[1]
    return factor.data in ("sumaxis", "maxaxis")
