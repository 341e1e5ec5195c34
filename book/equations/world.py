"""A world: quantities, each with a rule that says how it is computed from others, forward only.

Derivatives come from reading the same rules again with one component changed (`Context`).
"""

from dataclasses import dataclass, field, replace

import numpy as np
from lark import Tree

from book.equations.evaluate import STEP, Frame, UnknownName, Value
from book.equations.parse import FormulaError
from book.equations.trees import index_letter, is_bold, is_text, literal, names, subtrees, write

OLD, NEW = r"J\text{old}", r"J\text{new}"
MATRICES, COLUMNS = "WZAXY", "bzaxyuv"  # the letters that are set in bold


class Context:
    """The values of all quantities of a world, perhaps with a small step in one component.

    With `direct`, only the definition of that one node sees the step: everything else it names
    keeps its value.
    """

    def __init__(self, world, source=None, component=None, direct=None):
        self.world, self.source, self.component, self.direct = world, source, component, direct
        self.found = {}

    def get(self, key):
        if key not in self.found:
            if self.direct and key not in (self.direct, self.source):
                return self.world.values.get(key)
            array = self.compute(key)
            if key == self.source:
                array = np.array(array, dtype=complex, order="C")  # so that flat is a view
                flat = array.reshape(self.world.size(key), -1)  # behind: a node's hidden indices
                flat[self.component] += 1j * STEP
            self.found[key] = array
        return self.found[key]

    def compute(self, key):
        if key in self.world.nodes:
            return self.world.nodes[key].value(self)
        if key == (NEW,):
            return self.world.after_update(self)
        return self.world.rules[key](self.get)


@dataclass
class Node:
    """A quantity that the text defines with :=, as `u_{2,p} := exp(u_{0,p})` for all p ≠ j.

    p is its place; an index such as j, which its definition depends on without naming it on the
    left, is hidden. `exists` says for which values of both it is defined.
    """

    name: str
    body: Tree
    places: tuple
    hidden: tuple
    lengths: dict
    exists: np.ndarray = None
    matrix: bool = False

    def evaluate(self, frame, tree):
        with frame.indexed({x: self.lengths[x] for x in reversed(self.places + self.hidden)}):
            value = frame(tree)
            return value, frame.defined

    def value(self, context):
        value, _ = self.evaluate(Frame(context), self.body)
        if self.matrix:
            return value.array
        shape = tuple(self.lengths[letter] for letter in self.places + self.hidden)
        return np.broadcast_to(value.array, (*shape, 1, 1))[..., 0, 0]


@dataclass
class World:
    """Quantities, functions, and what the text has defined so far."""

    description: str
    rules: dict
    functions: dict = field(default_factory=dict)
    L: int = 1
    given: dict = field(default_factory=dict)  # derivatives that are given, not taken
    same: dict = field(default_factory=dict)  # other names: ŷ for the last activation
    leaves: str = ""  # letters that the text defines here, whatever they mean elsewhere
    small: str = ""  # the quantity that ≈ is about: α or ε
    rows: bool = False  # whether examples are rows
    random: bool = False  # whether the parameters are drawn at random, not a perfect sample
    coarse: object = None  # the same world with a ten times larger small quantity

    def __post_init__(self):
        self.nodes, self.ends, self.steps, self.updates = {}, {}, {}, {}
        self.values = Context(self)

    def shape(self, key):
        if key == (NEW,):  # it has no value before an update
            return 1, 1
        return self.values.get(key).shape

    def size(self, key):
        """How many components can be changed one by one."""
        if node := self.nodes.get(key):
            return int(np.prod([node.lengths[letter] for letter in node.places]))
        return self.values.get(key).size

    def leads(self, source, key):
        """Whether a node comes from another one, by the definitions of the text."""
        if key == source:
            return True
        below = names(self.nodes[key].body) if key in self.nodes else ()
        return any(self.leads(source, Frame(self.values).find(name)[0]) for name in below)

    def changed(self, key, direct):
        """A context for each component of a quantity, with a step in that component."""
        if (key, direct) not in self.steps:
            self.steps[key, direct] = [
                Context(self, key, component, direct) for component in range(self.size(key))
            ]
        return self.steps[key, direct]

    def finer(self):
        """The same world with the small quantity ten times smaller."""
        rules = self.rules | {(self.small,): constant(self.rules[self.small,](None) / 10)}
        changes = {"rules": rules, "coarse": self, "description": f"{self.description}, finer"}
        return replace(self, **changes)

    def after_update(self, context):
        """The cost with the parameters that the text has assigned with ←."""
        if context.source or not self.updates:
            raise FormulaError("the cost after an update is a number, once there was one")
        changed = {key: constant(array) for key, array in self.updates.items()}
        return World("", self.rules | changed).values.get(("J",))

    def key(self, letter, places, layer):
        """The key of a quantity, if it exists and leaves as many places open as are written."""
        plain = letter.replace(r"\hat{", "").replace(r"\mathbf{", "").replace("}", "").strip("\\")
        bold, capital = is_bold(letter), plain.isupper()
        if bold and plain not in MATRICES + COLUMNS:
            return None
        plain = (plain.lower() if bold else plain) + ("hat" if "hat" in letter else "")
        if is_text(places):
            plain, places = plain + places[0], ()
        key = (plain,) if layer is None else (plain, layer)
        if key not in self.rules and layer is None and self.L == 1 and plain in "wbza":
            key = (plain, 1)
        key = self.same.get(key, key)
        if key not in self.rules:
            return None
        rows, columns = self.shape(key)
        if bold and not places:
            return key if capital or columns == 1 or plain == "b" else None  # b may be a row
        if bold:
            column = len(places) == 2 and places[0] == ":" and places[1] != ":"
            return key if column and not capital else None
        open_axes = (rows > 1) + (columns > 1)
        return key if ":" not in places and len(places) in (open_axes, 2) else None

    def function(self, letter, layer=None, of_numbers=False):
        """The function of this name, or None."""
        name = letter.replace(r"\mathbf{", "").strip("}\\")
        function = self.functions.get((name, layer)) or self.functions.get(name)
        return function if function and (function.of_numbers or not of_numbers) else None


class Function:
    """A function of whole columns, or (of_numbers) of each number by itself."""

    def __init__(self, compute, of_numbers=False, to_number=False):
        self.compute, self.of_numbers, self.to_number = compute, of_numbers, to_number

    def __call__(self, *values):
        if not self.of_numbers and not all(value.matrix for value in values):
            raise FormulaError("a function of a column is applied to a number")
        try:
            array = self.compute(*(value.array for value in values))
        except (ValueError, TypeError):
            shapes = " and ".join(str(value.shape) for value in values)
            raise FormulaError(f"a function of arguments of shape {shapes}") from None
        return Value(array, not self.to_number and any(value.matrix for value in values))


def constant(array):
    array = np.array(array, dtype=float, ndmin=2)
    return lambda get: array


# What the text defines


def is_new(world, name):
    """Whether a name on the left of := is not known yet."""
    if name.data != "name":
        return False
    try:
        Frame(world.values, {"l": 1}).find(name)
        return False
    except UnknownName:
        return True


def define(world, statement, statements):
    """Bind the name on the left of := to the formula on its right."""
    (name, body, *others), _, condition = statement
    letter, places, layer = name.children
    fixed = tuple(literal(place) for place in places if literal(place) is not None)
    own = tuple(index_letter(place) for place in places[len(fixed) :])
    if layer or None in own or len(set(own)) < len(own):
        raise FormulaError("only a name with plain indices can be defined")
    for other, digits, count in world.nodes:
        if letter == other and count + len(digits) == len(places) and count != len(own):
            raise FormulaError(f"{letter} with an index and with a number would be one name")
    frame = Frame(world.values)
    lengths = frame.lengths(body)
    if condition:  # its other index may be told by another line of the equation
        spoken = {index_letter(part) for part in subtrees(condition)} - {None}
        for other in sorted(spoken - lengths.keys()):
            lengths[other] = elsewhere(world, other, statements)
    if not set(own) <= lengths.keys():
        raise FormulaError("nothing says how far an index of the new name runs")
    node = Node(write(name), body, own, tuple(sorted(lengths.keys() - set(own))), lengths)
    value, defined = node.evaluate(frame, body)
    node.matrix = value.matrix
    if (value.matrix and lengths) or value.stretch or value.matrix != is_bold(letter):
        raise FormulaError("a bold letter is a matrix without indices, any other one a number")
    shape = tuple(lengths[x] for x in own + node.hidden)
    exists = node.evaluate(Frame(world.values), condition)[0] if condition else True
    node.exists = np.broadcast_to(defined & exists, shape)
    key = (letter, fixed, len(own))
    world.nodes[key] = node
    for other in others:
        if other.data == "name" and not value.matrix:
            end, components = end_of(world, node, other)
            world.ends.setdefault(end, []).append((key, components))


def end_of(world, node, name):
    """Where u_5 := ... = a_j ends a graph: the key of a, and which component each node is."""
    frame = Frame(world.values, {"l": 1})
    with frame.indexed({x: node.lengths[x] for x in reversed(node.places + node.hidden)}):
        key, _ = frame.find(name)
        shape = tuple(node.lengths[x] for x in node.places + node.hidden)
        return key, np.broadcast_to(frame.components(key, name)[..., 0, 0], shape)


def elsewhere(world, letter, statements):
    """How far an index runs, as told by another statement of the equation."""
    for sides, _, _ in statements:
        for side in sides[1:]:
            try:
                lengths = Frame(world.values).lengths(side)
            except FormulaError:
                continue
            if letter in lengths:
                return lengths[letter]
    raise FormulaError(f"nothing says how far the index {letter} runs")
