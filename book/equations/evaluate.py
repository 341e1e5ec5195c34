"""Evaluate a parsed formula in a world, for all values of its indices at once.

A value is an array with one axis for each index in use, then rows and columns. An index takes
the axis to the left of those in use, so that NumPy's broadcasting lines everything up.
"""

from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import numpy as np
from lark import Tree

from book.equations.parse import FormulaError
from book.equations.trees import (
    ACROSS,
    DOWN,
    LIST,
    PLUS,
    ends_with_axis,
    index_letter,
    is_bold,
    is_matrix,
    is_row_of_dots,
    is_text,
    literal,
    names,
    parts,
    speaks_of_l,
    without_dots,
    write,
)

STEP = 1e-30  # of the complex step: Im f(x + ih) / h is f'(x) to the last digit


class UnknownName(FormulaError):
    """The world has no quantity of this name."""


class Value(NamedTuple):
    array: np.ndarray
    matrix: bool = False  # a number has one row and one column too
    stretch: frozenset = frozenset()  # the axes along which \broadcast lets it repeat

    @property
    def shape(self):
        return self.array.shape[-2:]


def number(array):
    return Value(np.asarray(array)[..., None, None])


ELEMENTWISE = {
    r"\exp": np.exp,
    r"\log": np.log,
    r"\tanh": np.tanh,
    r"\sigma": lambda x: 1 / (1 + np.exp(-x)),
    r"\relu": lambda x: np.where(x.real > 0, x, 0),
}
COMPARE = {
    "=": np.equal,
    r"\ne": np.not_equal,
    "<": np.less,
    ">": np.greater,
    r"\le": np.less_equal,
    r"\ge": np.greater_equal,
}


def join(arrays, axis):
    """Blocks side by side, whatever axes of indices they have."""
    shape = np.broadcast_shapes(*(array.shape[:-2] for array in arrays))
    return np.concatenate([np.broadcast_to(x, shape + x.shape[-2:]) for x in arrays], axis=axis)


def pick(columns, rows):
    """From columns, with axes of indices before them, the element in these rows."""
    rows = np.asarray(rows)[..., None, None]
    depth = max(columns.ndim, rows.ndim)
    columns, rows = (x.reshape((1,) * (depth - x.ndim) + x.shape) for x in (columns, rows))
    return np.take_along_axis(columns, rows, axis=-2)[..., 0, 0]


def larger(x, y):
    """The larger of two, and of equal ones the one that does not change: the slope of ReLU."""
    second = (y.real > x.real) | ((y.real == x.real) & (abs(y.imag) < abs(x.imag)))
    return np.where(second, y, x)


def largest(array, axis, keepdims):
    """The maximum by the real part, so that a complex step passes through."""
    places = np.argmax(array.real, axis=axis[0], keepdims=keepdims)
    return np.take_along_axis(array, places, axis=axis[0])


def layers_of(world, trees):
    """The layers l for which every name in some formulas exists; [None] if l is not in them."""
    if not any(map(speaks_of_l, trees)):
        return [None]
    found = [name for tree in trees for name in names(tree)]

    def exists(l):
        try:
            return all(Frame(world.values, {"l": l}).find(name) for name in found)
        except UnknownName:
            return False

    return [l for l in range(1, world.L + 1) if exists(l)]


class Frame:
    """One evaluation: where values are read, the number of each layer letter, indices in use."""

    def __init__(self, context, layers=None):
        self.context, self.world, self.layers = context, context.world, layers or {}
        self.indices = {}
        self.defined = np.array(True)  # for which values of the indices all names exist

    def __call__(self, tree):
        return getattr(self, tree.data)(*tree.children)

    def reading(self, context):
        """This frame, with values read from another context."""
        frame = Frame(context, self.layers)
        frame.indices, frame.defined = self.indices, self.defined
        return frame

    @contextmanager
    def index(self, letter, length):
        """Let an index run from 1 to length along an axis of its own."""
        if letter in self.indices:
            raise FormulaError(f"the index {letter} is free and summed, or summed twice")
        self.indices[letter] = np.arange(1, length + 1).reshape(-1, *[1] * len(self.indices))
        try:
            yield
        finally:
            del self.indices[letter]
        if self.defined.ndim > len(self.indices):
            self.defined = self.defined.all(axis=0)

    @contextmanager
    def indexed(self, lengths):
        """Let several indices run, the first along the rightmost axis."""
        with ExitStack() as stack:
            for letter, length in lengths.items():
                stack.enter_context(self.index(letter, length))
            yield

    def along(self, letter, value):
        """A value's array, written out along the axis of the index."""
        shape = (*self.indices[letter].shape, 1, 1)
        return np.broadcast_to(value.array, np.broadcast_shapes(value.array.shape, shape))

    # Names: which quantity, which element of it, how far its indices run

    def integer(self, tree):
        """The number at a place for an index or a layer: 3, j, l - 1, n^{[l]}."""
        if literal(tree) is not None:
            return literal(tree)
        if tree.data == "sum" and len(tree.children) == 3:
            left, sign, right = tree.children
            return self.integer(left) + (1 if sign == "+" else -1) * self.integer(right)
        letter = index_letter(tree)
        if letter in self.layers:
            return self.layers[letter]
        if letter in self.indices:
            return self.indices[letter]
        if letter:
            raise FormulaError(f"nothing says how far the index {letter} runs")
        found = self(tree)
        whole = np.rint(found.array.real)
        if found.matrix or np.any(whole != found.array):
            raise FormulaError("what counts is not a whole number")
        whole = whole[..., 0, 0].astype(int)
        return whole if whole.ndim else int(whole)

    def find(self, name):
        """The key of a quantity, and the places for indices that it leaves open."""
        letter, places, layer = name.children
        for count in range(len(places) + 1) if layer is None else ():
            key = (letter, tuple(map(literal, places[:count])), len(places) - count)
            if key in self.world.nodes:
                return key, places[count:]
        key = self.world.key(letter, places, None if layer is None else self.integer(layer))
        if key is None:
            raise UnknownName(f"{write(name)} is no quantity of this world")
        return key, () if is_text(places) else places

    def row_and_column(self, key, places):
        """The two places of an element. An index left out belongs to an axis of length 1."""
        first = Tree("number", ["1"])
        if len(places) == 2:
            return places
        if not places:
            return first, first
        rows, _ = self.world.shape(key)
        letter = index_letter(places[0])
        of_examples = rows == 1 and key[0] != "b"  # a bias may be a row too
        if letter and key[0] != "w" and of_examples != (letter == "i"):
            raise FormulaError(f"{letter}: i counts examples, others count units")
        return (places[0], first) if rows > 1 else (first, places[0])

    def position(self, place, length):
        """The positions, counted from 0, that an index stands for."""
        found = self.integer(place)
        if np.min(found) < 1 or np.max(found) > length:
            raise FormulaError(f"there is no number {np.max(found)} among {length}")
        return found - 1

    def lengths(self, *trees):
        """How far each free index of some formulas runs, as told by what it counts."""
        found = {}

        def note(letter, length):
            if letter and found.setdefault(letter, length) != length:
                text = f"the index {letter} counts both {found[letter]} and {length} things"
                raise FormulaError(text)

        for tree in trees:
            if tree.data != "name":
                bound = tree.children[0] if tree.data == "big" else ()
                for frame in self.inside(tree):
                    for letter, length in frame.lengths(*parts(tree)).items():
                        note(None if letter in bound else letter, length)
            elif not index_letter(tree):
                for letter, length in self.lengths(*parts(tree)).items():
                    note(letter, length)
                key, places = self.find(tree)
                if node := self.world.nodes.get(key):
                    shape = [node.lengths[letter] for letter in node.places]
                    for letter in node.hidden:
                        note(letter, node.lengths[letter])
                else:
                    shape = self.world.shape(key)
                    places = self.row_and_column(key, places) if places else ()
                for place, length in zip(places, shape):
                    note(index_letter(place), length)
        return found

    def name(self, letter, places, layer):
        name = Tree("name", [letter, places, layer])
        if index_letter(name):
            return number(np.asarray(self.integer(name), dtype=float))
        key, places = self.find(name)
        array = self.context.get(key)
        if node := self.world.nodes.get(key):
            if node.matrix:
                return Value(array, matrix=True)
            at = self.node_positions(node, places)
            self.defined = self.defined & node.exists[at]
            return number(array[at])
        if is_bold(letter) and not places:
            return Value(array, matrix=True)
        row, column = self.row_and_column(key, places)
        if row == ":":
            columns = np.swapaxes(array, 0, 1)[self.position(column, array.shape[1])]
            return Value(columns[..., None], matrix=True)
        return number(array[self.position(row, len(array)), self.position(column, array.shape[1])])

    def node_positions(self, node, places):
        pairs = zip(places, node.places)
        at = [self.position(place, node.lengths[letter]) for place, letter in pairs]
        return (*at, *self.hidden_positions(node))

    def hidden_positions(self, node):
        for letter in node.hidden:
            if letter not in self.indices:
                raise FormulaError(f"a node depends on {letter}, which is no index here")
        return tuple(self.indices[letter] - 1 for letter in node.hidden)

    # Arithmetic

    def number(self, digits):
        return number(float(digits))

    def group(self, tree):
        return self(tree)

    def elementwise(self, operation, *values):
        r"""Entry by entry: shapes are equal, except for numbers and for \broadcast."""
        matrices = [value for value in values if value.matrix]
        for axis in (-2, -1):
            sizes = {value.array.shape[axis] for value in matrices if axis not in value.stretch}
            if len(sizes) > 1:
                shapes = " and ".join(str(value.shape) for value in matrices)
                raise FormulaError(f"shapes {shapes} do not fit")
        kept = [value.stretch for value in matrices]
        kept = frozenset.intersection(*kept) if kept else frozenset()
        return Value(operation(*(value.array for value in values)), bool(matrices), kept)

    def sum(self, *children):
        if r"\dots" in children:
            return self.dotted_sum(*children)
        total, operation = None, None
        for child in children:
            if child in ("+", "-"):
                operation = np.add if child == "+" else np.subtract
            elif total is None:
                total = self(child)
                total = self.elementwise(np.negative, total) if operation else total
            else:
                total = self.elementwise(operation, total, self(child))
        return total

    def dotted_sum(self, *children):
        if [str(child) for child in children[1:4]] != ["+", r"\dots", "+"] or len(children) != 5:
            raise FormulaError("dots in a sum stand between its first and its last term")
        common, end = without_dots(PLUS, [children[0], r"\dots", children[4]])
        with self.dots(PLUS, common, end):
            value = self(common)
            array = self.along(PLUS, value)
        return value._replace(array=array.sum(axis=0))

    def dots(self, letter, common, end):
        """Let the index of the dots run from 1 to the end that is written there."""
        length = None if end is None else self.integer(end)
        expected = self.lengths(common).get(letter, length)
        if length is None or np.size(length) != 1 or length != expected:
            raise FormulaError(f"the dots run to {length}, where {expected} are to be counted")
        return self.index(letter, int(length))

    def times(self, left, right):
        left, right = self(left), self(right)
        if not (left.matrix and right.matrix):
            return self.elementwise(np.multiply, left, right)
        if left.stretch or right.stretch or left.shape[1] != right.shape[0]:
            raise FormulaError(f"shapes {left.shape} and {right.shape} cannot be multiplied")
        return Value(left.array @ right.array, matrix=True)

    def hadamard(self, *factors):
        if any(ends_with_axis(factor) for factor in factors[:-1]):
            raise FormulaError("what follows a sum along an axis would be read as part of it")
        values = [self.one_matrix(factor) for factor in factors]
        value = values[0]
        for other in values[1:]:
            value = self.elementwise(np.multiply, value, other)
        return value

    def one_matrix(self, factor):
        r"""A factor of \odot: a matrix, perhaps with numbers before it, not a matrix product."""
        count, rest = 0, factor
        while rest.data == "times":
            count, rest = count + self(rest.children[0]).matrix, rest.children[1]
        value = self(factor)
        if count + self(rest).matrix != 1:
            raise FormulaError(r"beside \odot stands one matrix; put a product in parentheses")
        return value

    def quotient(self, above, below):
        above, below = self(above), self(below)
        if above.matrix and below.matrix:
            raise FormulaError("a matrix divided by a matrix")
        return self.elementwise(np.divide, above, below)

    def power(self, base, exponent):
        base, exponent = self(base), self(exponent)
        if base.matrix or exponent.matrix:
            raise FormulaError("a power with a matrix")
        return self.elementwise(np.power, base, exponent)

    def transpose(self, tree):
        value = self(tree)
        if not value.matrix or value.stretch:
            raise FormulaError("what is transposed is not a matrix")
        return value._replace(array=np.swapaxes(value.array, -1, -2))

    def absolute(self, tree):
        return self.elementwise(lambda x: np.where(x.real < 0, -x, x), self(tree))

    def broadcast(self, tree):
        value = self(tree)
        axes = frozenset(axis for axis in (-2, -1) if value.array.shape[axis] == 1)
        if not value.matrix or not axes:
            raise FormulaError(r"\broadcast needs a matrix with one row or one column")
        return value._replace(stretch=axes)

    def diag(self, tree):
        value = self(tree)
        if not value.matrix or value.shape[1] != 1:
            raise FormulaError(r"\diag needs a column")
        return Value(value.array * np.eye(value.shape[0]), matrix=True)

    def sumaxis(self, *axes_and_tree):
        *axes, tree = axes_and_tree
        return self.along_axes(np.sum, axes, tree)

    def maxaxis(self, axis, tree):
        return self.along_axes(largest, [axis], tree)

    def along_axes(self, function, axes, tree):
        value = self(tree)
        axes = tuple(int(axis) - 2 for axis in axes if axis is not None)
        if len(set(axes)) < len(axes) or not value.matrix or value.stretch or set(axes) - {-2, -1}:
            raise FormulaError("a sum or maximum along an axis needs a matrix and axis 0 or 1")
        return Value(function(value.array, axis=axes, keepdims=True), matrix=True)

    def big(self, letters, condition, body):
        if len(letters) > 1:
            body, condition = Tree("big", [letters[1:], condition, body]), None
        letter = letters[0]
        if letter == "l":
            return self.sum_over_layers(condition, body)
        length = self.lengths(body).get(letter)
        if length is None:
            raise FormulaError(f"nothing under the sum has the index {letter}")
        outside, self.defined = self.defined, np.array(True)
        with self.index(letter, length):
            value = self(body)
            taken = self(condition) if condition else np.array(True)
            shape = np.broadcast_shapes(self.indices[letter].shape, np.shape(taken))
            taken = np.broadcast_to(taken, shape)
            missing = taken & ~self.defined
            some, every = missing.any(axis=0), (missing == taken).all(axis=0)
            if np.any(some & ~every & outside):
                raise FormulaError(f"a term of the sum over {letter} does not exist")
            array = np.where(taken[..., None, None], self.along(letter, value), 0)
        self.defined = outside & ~some
        return value._replace(array=array.sum(axis=0))

    def inside(self, tree):
        """The frames in which a tree's parts are read: one for each layer under a sum over l."""
        if tree.data != "big" or "l" not in tree.children[0]:
            return [self]
        _, condition, body = tree.children
        if not speaks_of_l(body) or "l" in self.layers:
            raise FormulaError("nothing under the sum has the index l, or it is free as well")
        frames = []
        for l in range(1, self.world.L + 1):
            frame = self.reading(self.context)
            frame.layers = self.layers | {"l": l}
            if not condition or np.all(frame(condition)):
                frames.append(frame)
        return frames

    def sum_over_layers(self, condition, body):
        frames = self.inside(Tree("big", [("l",), condition, body]))
        total = number(np.zeros(()))
        for n, frame in enumerate(frames):
            term = frame(body)
            total = self.elementwise(np.add, total, term) if n else term
        return total

    # Conditions, cases, matrices

    def condition(self, left, compare, right):
        """Where the condition holds: an array with the axes of the indices only."""
        value = self.compared(left, compare, right)
        if value.matrix:
            raise FormulaError("a condition compares numbers")
        return value.array[..., 0, 0]

    def both(self, first, second):
        return self(first) & self(second)

    def compared(self, left, compare, right):
        def holds(x, y):
            return COMPARE[compare](x.real, y.real)

        return self.elementwise(holds, self(left), self(right))

    def indicator(self, condition):
        value = self.compared(*condition.children)
        return value._replace(array=value.array.astype(float))

    def cases(self, *cases):
        *conditioned, last = [case.children for case in cases]
        if len(last) != 1 or any(len(case) != 2 for case in conditioned):
            raise FormulaError("cases end with one otherwise")
        value = self(last[0])
        for tree, condition in reversed(conditioned):
            compared = self.compared(*condition.children)
            value = self.elementwise(np.where, compared, self(tree), value)
        return value

    def matrix(self, *rows):
        """Entries side by side. With dots, the template that they follow takes their place."""
        rows = [
            [cell.children[0] if cell.children else "" for cell in row.children] for row in rows
        ]
        if len({len(row) for row in rows}) != 1:
            raise FormulaError("the rows of a matrix have different lengths")
        across = any(cell == r"\dots" for row in rows for cell in row)
        down = any(cell == r"\vdots" for row in rows for cell in row)
        if not across and not down:
            return self.side_by_side(rows)
        width = height = None
        if down:
            rows = [r"\vdots" if is_row_of_dots(row, rows[0]) else row for row in rows]
        if across:
            pairs = [row if isinstance(row, str) else without_dots(ACROSS, row) for row in rows]
            width = pairs[0][1]
            if any(end != width for _, end in (pair for pair in pairs if isinstance(pair, tuple))):
                raise FormulaError("the dots of two rows end differently")
            rows = [pair if isinstance(pair, str) else [pair[0]] for pair in pairs]
        if {len(row) for row in rows if not isinstance(row, str)} != {1} or (
            not down and len(rows) > 1
        ):
            raise FormulaError("dots are needed across and down")
        entries = [row if isinstance(row, str) else row[0] for row in rows]
        entry, height = without_dots(DOWN, entries) if down else (entries[0], None)
        same = frozenset(
            axis
            for axis, dotted, end in ((-1, across, width), (-2, down, height))
            if dotted and end is None
        )
        if same:  # the same column, or row, again and again
            return self.repeated(entry, same, width or height)
        return self.tiled(entry, height, width)

    def repeated(self, entry, axes, end):
        value = self(entry)
        if end is not None or any(value.array.shape[axis] != 1 for axis in axes):
            raise FormulaError("what is repeated is one row or one column")
        return value._replace(matrix=True, stretch=axes)

    def side_by_side(self, rows):
        if any(isinstance(cell, str) for row in rows for cell in row):
            raise FormulaError("an entry of the matrix is missing")
        blocks = [[self(cell).array for cell in row] for row in rows]
        try:
            return Value(join([join(row, -1) for row in blocks], -2), matrix=True)
        except ValueError:
            raise FormulaError("the entries of the matrix do not fit together") from None

    def tiled(self, entry, height, width, down=DOWN):
        """The matrix of all entries that a template stands for."""
        with ExitStack() as stack:
            for letter, end in (down, height), (ACROSS, width):
                if end is not None:
                    stack.enter_context(self.dots(letter, entry, end))
            value = self(entry)
            for letter in {down, ACROSS} & self.indices.keys():
                value = value._replace(array=self.along(letter, value))
        array = value.array[None] if width is None else value.array
        array = array[:, None] if height is None else array
        # (across, down, indices, rows, columns) -> (indices, down, rows, across, columns)
        array = np.moveaxis(array, (0, 1), (-2, -4))
        rows, columns = array.shape[-4] * array.shape[-3], array.shape[-2] * array.shape[-1]
        return Value(array.reshape(*array.shape[:-4], rows, columns), matrix=True)

    # Functions

    def known(self, function, arguments):
        if r"\dots" in arguments:
            raise FormulaError(f"{function} of a list")
        values = [self(argument) for argument in arguments]
        if function in self.world.functions:
            return self.world.functions[function](*values)
        if function == r"\max" and len(values) == 2:
            return self.elementwise(larger, *values)
        if len(values) != 1:
            raise FormulaError(f"{function} of {len(values)} arguments")
        (value,) = values
        if function == r"\softmax" and value.matrix:
            exp = np.exp(value.array)
            return Value(exp / exp.sum(axis=-2, keepdims=True), matrix=True)
        if function not in ELEMENTWISE:
            raise FormulaError(f"{function} of a number")
        return self.elementwise(ELEMENTWISE[function], value)

    def call(self, letter, places, layer, arguments):
        function = self.function(letter, layer)
        value = function(*self.columns(arguments))
        if not places:
            return value
        if len(places) != 1 or places[0] == ":":
            raise FormulaError("a component of a function has one index")
        (row,) = places
        return number(pick(value.array, self.position(row, value.shape[0])))

    def function(self, letter, layer, of_numbers=False):
        found = self.world.function(letter, layer and self.integer(layer), of_numbers)
        if not found:
            raise UnknownName(f"this world has no function {letter}")
        return found

    def columns(self, arguments):
        """The arguments of a function. Numbers with dots between them are one column."""
        if r"\dots" not in arguments:
            return [self(argument) for argument in arguments]
        common, end = without_dots(LIST, arguments)
        if end is None:
            raise FormulaError("the arguments around the dots are all the same")
        return [self.tiled(common, end, None, down=LIST)]

    def slope(self, letter, layer, arguments):
        """The derivative of a function of one variable, by the complex step."""
        if self.context.source:
            raise FormulaError("a derivative within a derivative")
        function = self.function(letter, layer, of_numbers=True)
        (x,) = self.columns(arguments)
        return x._replace(array=function(x._replace(array=x.array + 1j * STEP)).array.imag / STEP)

    def pdv(self, above, below):
        """A derivative: evaluate what is above with one component of what is below changed."""
        if self.context.source:
            raise FormulaError("a derivative within a derivative")
        key, _ = self.find(below)
        flat = self.components(key, below)
        given = self.given(above, key)
        if given is not None:
            rows = np.swapaxes(self.components(self.find(above)[0], above), -1, -2)
            return Value(given[rows, flat], matrix=is_matrix(below) or is_matrix(above))
        contexts = self.world.changed(key, self.direct(above, key))
        frames = [self.reading(context) for context in contexts]
        changed = [frame.through(above) for frame in frames]
        self.defined = self.defined & frames[0].defined
        slopes = np.stack(np.broadcast_arrays(*(value.array.imag / STEP for value in changed)))
        if slopes.shape[-1] != 1 or (slopes.shape[-2] != 1 and flat.shape[-1] != 1):
            raise FormulaError("a derivative of a matrix, or of a column by a matrix")
        if slopes.shape[-2] != 1:  # a column by a column: a row for each component below
            slopes = np.swapaxes(slopes, -1, -2)
        extra = flat.ndim + 1 - slopes.ndim
        slopes = slopes.reshape(len(slopes), *[1] * extra, *slopes.shape[1:])
        flat = flat.reshape(1, *[1] * (slopes.ndim - flat.ndim - 1), *flat.shape)
        return Value(
            np.take_along_axis(slopes, flat, axis=0)[0],
            matrix=is_matrix(below) or changed[0].matrix,
        )

    def given(self, above, key):
        """The derivative that this world brings along: a row for each component above."""
        if above.data != "name" or not self.world.given:
            return None
        numerator = self.find(above)[0]
        return self.world.given.get((numerator, key))

    def components(self, key, name):
        """The numbers of the components of a quantity that a name means, laid out as the name."""
        places, node = self.find(name)[1], self.world.nodes.get(key)
        if node and node.matrix:
            raise FormulaError("a matrix that the text defines is differentiated")
        if node:
            shape = [node.lengths[letter] for letter in node.places]
            at = self.node_positions(node, places)
            self.defined = self.defined & node.exists[at]
            at = at[: len(shape)]
            return np.asarray(np.ravel_multi_index(at, shape) if at else 0)[..., None, None]
        rows, columns = shape = self.world.shape(key)
        everything = np.arange(rows * columns).reshape(shape)
        if is_matrix(name) and not places:
            return everything
        row, column = self.row_and_column(key, places)
        if row == ":":
            return everything.T[self.position(column, columns)][..., None]
        at = self.position(row, rows), self.position(column, columns)
        return np.asarray(everything[at])[..., None, None]

    def direct(self, above, key):
        """The node that is differentiated, if its own definition names the node below.

        Then the other quantities in that definition are held: the derivative along one edge
        of the graph. Otherwise the change travels along all paths.
        """
        if above.data != "name" or index_letter(above):
            return None
        numerator = self.find(above)[0]
        node = self.world.nodes.get(numerator)
        if not node or key not in self.world.nodes:
            return None
        mentioned = {Frame(self.context).find(name)[0] for name in names(node.body)}
        return numerator if key in mentioned else None

    def through(self, above):
        """A formula after a change; the end of a graph, J or a_j, is read through its nodes."""
        if self.context.source not in self.world.nodes:
            return self(above)
        if above.data != "name":
            raise FormulaError("by a node of a graph, only a quantity can be differentiated")
        key, _ = self.find(above)
        if key in self.world.nodes:
            return self(above)
        at = self.components(key, above)[..., 0, 0]
        array, found = np.zeros(at.shape, dtype=complex), ~self.defined
        for node_key, end in self.world.ends.get(key, ()):
            if not self.world.leads(self.context.source, node_key):
                continue
            node, values = self.world.nodes[node_key], self.context.get(node_key)
            hidden = self.hidden_positions(node)
            for places in np.ndindex(*(node.lengths[letter] for letter in node.places)):
                here = (end[(*places, *hidden)] == at) & node.exists[(*places, *hidden)]
                value = values[(*places, *hidden)]
                if np.any(here & found & self.defined & (abs(value - array) > 1e-9 * STEP)):
                    raise FormulaError(f"two graphs lead to {write(above)} in different ways")
                array, found = np.where(here, value, array), found | here
        if not np.all(found):
            raise FormulaError(f"no definition says how {write(above)} comes from this graph")
        return number(array)
