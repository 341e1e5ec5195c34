"""Evaluate the meaning of a formula in a frame, for all values of its indices at once."""

from functools import reduce

import numpy as np

from texecute import values as v
from texecute.functions import BIG, NEUTRAL, Functions, sized, sum_entries
from texecute.indices import Indices, only_about, shifted
from texecute.matrices import Matrices
from texecute.model import letter_of, literal
from texecute.read import FormulaError, Node
from texecute.slopes import Slopes, all_slopes
from texecute.world import NoValue


class Evaluator(Indices, Slopes, Functions, Matrices):
    """One evaluation: the number of each label, how far each index runs, the parameters."""

    def __init__(self, frame, labels=None, lengths=None, ranges=None, local=None):
        self.frame, self.model = frame, frame.model
        self.labels, self.along = labels or {}, lengths or {}
        self.ranges, self.given = ranges or {}, local or {}

    def __call__(self, node):
        try:
            return getattr(self, node.kind)(*node.parts)
        except NoValue:
            raise
        except FormulaError as error:
            error.span = error.span or node.span
            raise

    def copy(self, **changes):
        parts = {"frame": self.frame, "labels": self.labels, "lengths": self.along,
                 "ranges": self.ranges, "local": self.given}  # fmt: skip
        return Evaluator(**(parts | changes))

    def outer(self, labels=None, ranges=None):
        """An evaluation of the instance as it was drawn, with these labels only."""
        return Evaluator(self.frame.root(), labels, ranges=ranges)

    def with_lengths(self, lengths):
        return self.copy(lengths=self.along | lengths)

    def at(self, labels):
        return self.copy(labels=self.labels | labels)

    def definition(self, node):
        """The definition that a name with its scripts means, and the values of its labels."""
        key, sups, subs = node.parts
        sups = tuple(self.whole(x) for x in sups)
        place, known = (key, sups, *map(self.mark, subs)), self.frame.instance.known
        if place not in known:
            known[place] = self.find(node, key, sups, subs)
        return known[place]

    def mark(self, sub):
        """What of a subscript decides between definitions: its number, or that it is an index."""
        if sub.kind == "index":
            return self.labels.get(sub.parts[0], "along" if sub.parts[0] in self.along else "free")
        number = literal(sub)
        return (sub, *self.labels.items(), *self.along) if number is None else number

    def find(self, node, key, sups, subs):
        for definition in reversed(self.model.families[key]):
            labels = self.matches(definition, sups, subs)
            if labels is not None:
                return definition, labels
        raise NoValue(
            f"{key[0]} has no value{self.place(sups)}: say for which it is meant", node.span
        )

    def place(self, sups):
        shown = ", ".join(map(str, sups))
        return f" at {shown}" if shown else " here"

    def matches(self, definition, sups, subs):
        """The values of the labels of a definition, if it holds for these scripts; else None."""
        if definition.kind == "size":
            return sups + tuple(self.whole(x) for x in subs[: len(definition.subs)])
        found = {}
        given = [*zip(definition.sups, sups), *zip(definition.subs, subs)]
        outer = self.outer()
        for pattern, value in given:
            letter = letter_of(pattern)
            if letter in definition.axes:
                continue
            if not isinstance(value, int):
                if value.kind == "index" and value.parts[0] in self.along:
                    return None
                value = self.whole(value)
            if letter in definition.labels:
                if found.setdefault(letter, value) != value:
                    return None
            elif shifted(pattern, definition.labels):
                letter, shift = shifted(pattern, definition.labels)
                if found.setdefault(letter, value - shift) != value - shift:
                    return None
            elif outer.whole(pattern) != value:
                return None
        inside = self.outer(found, definition.ranges)
        for letter, value in found.items():
            domain = inside.domain_of(letter)
            if domain is not None and value not in domain:
                return None
        return tuple(found[letter] for letter in definition.labels)

    def ref(self, key, sups, subs):
        definition, labels = self.definition(Node("ref", (key, sups, subs)))
        value = self.frame.get(definition, labels)
        return self.entries(value, definition, key, subs)

    def all_entries(self, key, sups):
        definition, labels = self.definition(Node("ref", (key, sups, ())))
        return v.as_matrix(self.frame.get(definition, labels), "@0", "@1" if key[2] == 2 else None)

    def filled(self, body, letters, dims):
        """A matrix or a column by its entries."""
        lengths = dict(zip(letters, map(self.whole, dims)))
        if self.frame.parent is None:  # else they were compared there
            single = self.with_lengths({x: 1 for x in letters if lengths[x] == 1})
            for letter, length in single.lengths([body]).items():
                self.count(letter, length, lengths, (), None)
        value = self.with_lengths(lengths)(body)
        for letter in letters:
            value = v.spread(value, letter, lengths[letter])
        return v.as_matrix(value, *letters, *(None,) * (2 - len(letters)))

    def entries(self, value, definition, key, subs, prefix="@"):
        """What the subscripts pick from a quantity, or from a slope laid out like it."""
        own, more = subs[: key[2]], subs[key[2] :]
        axes = [n for n, x in enumerate(definition.subs) if letter_of(x) in definition.axes]
        for k, n in enumerate(axes):
            value = self.pick(value, f"{prefix}{k}", own[n])
        return self.indexed(value, more) if more else value

    def indexed(self, value, places):
        """The entry, row or column of a matrix."""
        if not value.matrix:
            raise FormulaError("an index behind a number")
        if len(places) == 1:
            self.places_of(value, places, None)
            column = value.shape[1] == 1
            number = v.as_number(value, "@r" if column else None, None if column else "@c")
            return self.pick(number, "@r" if column else "@c", places[0])
        row, column = places
        number = v.as_number(value, "@r", "@c")
        if row.kind != "all":
            number = self.pick(number, "@r", row)
        if column.kind != "all":
            number = self.pick(number, "@c", column)
        if row.kind == "all" or column.kind == "all":
            rows = "@r" if row.kind == "all" else None
            return v.as_matrix(number, rows, "@c" if column.kind == "all" else None)
        return number

    def pick(self, value, axis, place):
        """The entries along an axis where an index stands."""
        if place.kind == "all":
            raise FormulaError("a colon stands for the rows or columns of a matrix", place.span)
        if place.kind == "index" and place.parts[0] in self.along:
            letter = place.parts[0]
            if (
                axis in value.axes
                and letter not in value.axes
                and value.size(axis) == self.along[letter]
            ):
                if all(letter not in s.axes for s in all_slopes(value)):
                    return v.renamed(value, axis, letter)
        positions = self(place)
        if positions.matrix:
            raise FormulaError("an index that is a matrix", place.span)
        if np.any(positions.array != np.rint(positions.array)):
            raise FormulaError("an index that is not a whole number", place.span)
        return v.gather(value, axis, v.replace(positions, array=positions.array - 1, slopes={}))

    def index(self, letter):
        if letter in self.labels:
            return v.exact(float(self.labels[letter]))
        length = self.along.get(letter) or self.range_of(letter)  # which may stand in a δ alone
        if length is None:
            raise FormulaError(f"nothing says how far the index {letter} runs")
        return v.exact(np.arange(1.0, length + 1), (letter,))

    def local(self, name):
        return self.given[name]

    def number(self, digits):
        return v.number(digits)

    def euler(self):
        return v.replace(v.number(np.e), error=np.asarray(v.EPS * np.e))

    def pi(self):
        return v.replace(v.number(np.pi), error=np.asarray(v.EPS * np.pi))

    def undefined(self):
        return v.exact(np.nan)

    def identity(self, *size):
        if size:
            return v.exact(np.eye(self.whole(size[0])), (), True)
        return v.replace(v.number(1), identity=True)

    def ones(self):
        return v.stretched(v.exact(np.ones((1, 1)), (), True), ["rows"])

    def sum(self, *pairs):
        values = sized([self(term) for _, term in pairs])
        if self.model.notation.broadcast:
            values = repeated_to_fit(values)
        result = None
        for (sign, _), value in zip(pairs, values):
            value = v.negative(value) if sign == "-" else value
            result = value if result is None else v.add(result, value)
        self.frame.instance.see(pairs, values, result)
        return v.replace(result, identity=all(x.identity for x in values))

    def product(self, *factors):
        values = [self(factor) for factor in factors]
        try:
            return reduce(times, values)
        except FormulaError as error:
            try:
                return reduce(lambda x, y: times(y, x), values[::-1])  # x x^T y: x^T y is a number
            except FormulaError:
                raise error from None

    def dot(self, left, right):
        """A product; of two columns the sum of the products of their entries."""
        x, y = self(left), self(right)
        if x.matrix and y.matrix and x.shape == y.shape and x.shape[1] == 1 < x.shape[0]:
            return sum_entries(v.multiply(x, y))
        return times(x, y)

    def pointwise(self, left, right):
        left, right = self(left), self(right)
        for value in (left, right):
            if not value.matrix:
                raise FormulaError(r"\odot stands between matrices")
        return v.multiply(left, right)

    def quotient(self, above, below):
        above, below = self(above), self(below)
        if below.matrix and above.matrix and not self.model.notation.elementwise:
            message = "a matrix divided by a matrix: entry by entry? elementwise = true says so"
            raise FormulaError(message)
        return v.replace(v.divide(above, below), identity=above.identity)

    def power(self, base, exponent):
        base, exponent = self(base), self(exponent)
        if exponent.matrix and exponent.shape == (1, 1):
            exponent = v.as_number(exponent, None, None)
        if exponent.matrix:
            raise FormulaError("a matrix as an exponent")
        if base.matrix and self.model.notation.elementwise:
            return v.power(base, exponent)
        if base.matrix:
            count = exponent.array
            if (
                base.shape[0] != base.shape[1]
                or count.size != 1
                or count < 1
                or count != np.rint(count)
            ):
                message = "a power of a matrix: entry by entry? elementwise = true says so"
                raise FormulaError(message)
            result = base
            for _ in range(int(count) - 1):
                result = v.matmul(result, base)
            return result
        return v.power(base, exponent)

    def transpose(self, inside):
        value = self(inside)
        return v.transpose(value) if value.matrix else value

    def root(self, inside):
        return v.root(self(inside))

    def absolute(self, inside):
        value = self(inside)
        if value.matrix:
            raise FormulaError("|...| of a matrix: its determinant, or entry by entry?")
        return v.absolute(value)

    def norm(self, inside, kind=""):
        value = self(inside)
        if not value.matrix:
            raise FormulaError("the norm of a number")
        if kind == "1" and 1 in value.shape:
            return sum_entries(v.absolute(value))
        if kind == "inf" and 1 in value.shape:
            return self.extreme("max", [v.absolute(value)])
        if kind == "F" or (1 in value.shape and kind in ("", "2")):
            return v.root(sum_entries(v.square(value)))
        raise FormulaError("which norm of a matrix? \\|A\\|_F is known")

    def inner(self, left, right):
        return sum_entries(v.multiply(self(left), self(right)))

    def entry(self, value, places):
        return self.indexed(self(value), places)

    def chain(self, sides, relations):
        found = [self(side) for side in sides]
        result = None
        for left, relation, right in zip(found, relations, found[1:]):
            holds = v.compare(left, right, relation)
            result = holds if result is None else v.multiply(result, holds)
        return result

    def indicator(self, condition):
        holds = self(condition)
        self.frame.instance.meet(condition, holds, may_hold_always=True)
        return holds

    def delta(self, left, right):
        return v.compare(self(left), self(right), "=")

    def cases(self, *cases):
        result = None
        self.check_covered([condition for _, condition in cases])
        for body, condition in reversed(cases):
            if condition is None:
                result = self(body)
                continue
            holds = self(condition)
            otherwise = result if result is not None else v.exact(np.nan)
            self.frame.instance.meet(condition, holds)
            if not holds.axes and not holds.matrix:  # a label decides: only one branch has a value
                result = self(body) if holds.array else otherwise
                continue
            try:
                result = v.choose(holds, self(body), otherwise)
            except NoValue:
                raise
        return result

    def check_covered(self, conditions):
        """Note where no branch holds: there the formula has no value."""
        if None not in conditions:
            covered = reduce(v.add, [self(condition) for condition in conditions])
            if not np.all(np.nan_to_num(covered.array, nan=1.0)):
                self.frame.instance.uncovered = True

    def order(self, inside):
        raise FormulaError("O(...) stands at the end of a sum")

    def big(self, name, letters, bounds, conditions, body):
        node = Node("big", (name, letters, bounds, conditions, body))
        for letter in letters:
            if letter in self.labels or letter in self.along:
                raise FormulaError(f"the index {letter} is free and summed, or summed twice")
        elsewhere = [letter for letter, low, _ in bounds if self.whole(low) != 1]
        labels = elsewhere + [x for x in letters if x in self.labels_in(body)]
        if labels:
            return self.loop(node, labels[0])
        known = {letter: self.whole(high) for letter, _, high in bounds}
        lengths = self.lengths_below(node, known)
        lengths = known | {letter: lengths[letter] for letter in letters if letter not in known}
        inner = self.with_lengths(lengths)
        value = inner(body)
        for condition in conditions:
            value = v.choose(inner(condition), value, v.number(NEUTRAL[name]))
        for letter in letters:
            self.frame.instance.ran(letter, lengths[letter], self.labels)
            value = BIG[name](v.spread(value, letter, lengths[letter]), letter)
        return value

    def lengths_below(self, node, known):
        """How far the indices in a sum run: counted once, for these labels and parameters."""
        _, letters, _, conditions, body = node.parts
        given = ((x, value.axes, value.array.shape) for x, value in self.given.items())
        place = id(body), letters, *self.labels.items(), *self.along.items(), *given
        counted = self.frame.instance.counted
        if place not in counted:  # with the body, whose id is kept from being another's
            inner = self.with_lengths(known)
            wanted = [x for x in letters if x not in known]
            counted[place] = inner.lengths([body, *conditions], wanted), body
        return counted[place][0]

    def loop(self, node, letter):
        name, letters, bounds, conditions, body = node.parts
        rest = tuple(x for x in letters if x != letter)
        bounds = tuple(x for x in bounds if x[0] != letter)
        result = None
        for number in self.values_of(node, letter):
            inner = self.at({letter: number})
            mine = [c for c in conditions if only_about(c, letter)]
            if all(inner(c).array for c in mine):
                others = tuple(c for c in conditions if c not in mine)
                term = inner(Node("big", (name, rest, bounds, others, body)) if rest else body)
                for c in others if not rest else ():
                    term = v.choose(inner(c), term, v.number(NEUTRAL[name]))
                join = {"sum": v.add, "prod": times, "max": v.larger, "min": smaller}[name]
                result = term if result is None else join(result, term)
        return v.number(NEUTRAL[name]) if result is None else result

    def axis_sum(self, name, axes, body):
        value = self(body)
        if not value.matrix:
            raise FormulaError("an axis of a number")
        number = v.as_number(value, "@r", "@c")
        for axis in axes:
            number = BIG[name](number, "@r" if axis == 0 else "@c")
        if len(axes) == 2:
            return number
        return v.as_matrix(number, None if 0 in axes else "@r", None if 1 in axes else "@c")


def smaller(x, y):
    return v.larger(x, y, least=True)


def repeated_to_fit(values):
    """Rows and columns that may repeat, where others are larger."""
    shapes = [x.shape for x in values if x.matrix]
    most = [max((shape[k] for shape in shapes), default=1) for k in (0, 1)]
    found = []
    for x in values:
        sides = [
            side
            for k, side in enumerate(("rows", "columns"))
            if x.matrix and x.shape[k] == 1 < most[k]
        ]
        found.append(v.stretched(x, sides) if sides else x)
    return found


def whole_ones(x, y):
    """The column 1, or its row, in the length that the matrix beside it has."""
    if x.stretch and x.shape == (1, 1):
        x = v.exact(np.full((1, y.shape[0]), x.array.item()), (), True)
    elif y.stretch and y.shape == (1, 1):
        y = v.exact(np.full((x.shape[1], 1), y.array.item()), (), True)
    return x, y


def times(x, y):
    """A product; a row times a column is a number."""
    if x.identity or y.identity:
        found = v.multiply(v.replace(x, identity=False), v.replace(y, identity=False))
        return v.replace(found, identity=not found.matrix)
    if not (x.matrix and y.matrix):
        return v.multiply(x, y)
    found = v.matmul(*whole_ones(x, y))
    return v.as_number(found, None, None) if found.shape == (1, 1) else found
