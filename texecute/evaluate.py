"""Evaluate the meaning of a formula in a frame, for all values of its indices at once."""

from dataclasses import replace

import numpy as np

from texecute import values as v
from texecute.model import letter_of, literal
from texecute.read import FormulaError, Node, subnodes
from texecute.world import Frame, NoValue, seed
from texecute.write import names_of

ELEMENTWISE = {
    "exp": v.exp, "log": v.log, "ln": v.log, "tanh": v.tanh, "sinh": v.sinh, "cosh": v.cosh,
    "sin": v.sin, "cos": v.cos, "tan": v.tan, "sigmoid": v.sigmoid, "sign": v.sign, "sgn": v.sign,
    "ReLU": lambda x: v.larger(v.number(0), x), "relu": lambda x: v.larger(v.number(0), x),
}  # fmt: skip


class Evaluator:
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

    def with_lengths(self, lengths):
        return self.copy(lengths=self.along | lengths)

    def at(self, labels):
        return self.copy(labels=self.labels | labels)

    # Whole numbers

    def whole(self, node):
        """The whole number that a size or a label is."""
        number = literal(node)
        if number is not None:
            return number
        letter = letter_of(node) or (node.parts[0] if node.kind == "index" else None)
        if letter is not None and letter in self.labels:
            return self.labels[letter]
        if node.kind in ("name", "scripted"):
            from texecute.resolve import Resolver

            node = Resolver(self.model, self.labels.keys() | self.ranges.keys())(node)
        if node.kind == "index" and node.parts[0] in self.along:
            raise FormulaError(
                f"{node.parts[0]} is an index here, and one number is needed", node.span
            )
        value = self(node)
        if value.axes or value.matrix or value.array != np.rint(value.array):
            raise FormulaError("this is not one whole number", node.span)
        return int(value.array)

    def range_of(self, letter):
        """How far an index runs, where the text or the notation says so; else None."""
        for ranges in (self.ranges, self.model.ranges):
            if letter in ranges:
                low, high = ranges[letter]
                if self.whole(low) != 1:
                    raise FormulaError(f"the index {letter} does not begin with 1")
                return self.whole(high)
        return None

    def domain_of(self, letter):
        """The numbers that a label runs through, as far as something says so; else None."""
        for ranges in (self.ranges, self.model.ranges):
            if letter in ranges:
                low, high = ranges[letter]
                return list(range(self.whole(low), self.whole(high) + 1))
        return None

    def lengths(self, nodes, needed=()):
        """How far each free index of some formulas runs, by what it counts."""
        found = {}
        for node in nodes:
            self.note(node, found, frozenset())
        for letter in needed:
            if letter not in found:
                length = self.range_of(letter) or self.compared(nodes, letter)
                if length is None:
                    raise FormulaError(f"nothing says how far the index {letter} runs")
                found[letter] = length
        return found

    def compared(self, nodes, letter):
        """How far an index runs that is only compared with a summed one, as j in p <= j."""
        for node in nodes:
            for part in subnodes(node):
                if part.kind != "big":
                    continue
                for condition in part.parts[3]:
                    pair = {x.parts[0] for x in condition.parts[0] if x.kind == "index"}
                    others = pair & set(part.parts[1])
                    if letter in pair and others:
                        return self.lengths([part.parts[4]]).get(others.pop())
        return None

    def note(self, node, found, bound):
        if isinstance(node, tuple):
            for part in node:
                self.note(part, found, bound)
            return
        if not isinstance(node, Node):
            return
        if node.kind == "big":
            bound = bound | set(node.parts[1])
            labels = set(node.parts[1]) & label_letters(node.parts[4], self.model)
            if labels:  # whatever the label is, the other indices have to fit
                values = self.values_of(node, sorted(labels)[0])
                if values:
                    self.at({sorted(labels)[0]: values[0]}).note(node.parts[2:], found, bound)
                return
        if node.kind == "ref":
            self.note_places(node, found, bound)
        if node.kind == "entry":
            self.note_entry(node, found, bound)
        if node.kind == "dotted" or node.kind == "matrix":
            for part in subnodes(node):
                if part.kind == "ref":
                    self.note_places(part, found, bound)
            return
        for part in node.parts:
            self.note(part, found, bound)

    def count(self, letter, length, found, bound, span):
        if letter in self.labels or letter in self.along or letter in bound:
            return
        known = self.range_of(letter)
        if length == 1 and known is None:
            known = found.get(letter)
        for other in (known, found.get(letter)):
            if other is not None and other != length:
                raise FormulaError(
                    f"the index {letter} counts both {self.in_letters(other)} and {self.in_letters(length)}",
                    span,
                )
        found[letter] = length

    def in_letters(self, length):
        """3 things, with the sizes that are 3: "n^{[l]} = 3"."""
        ways = names_of(length, self.frame.instance.sizes, self.labels) - {str(length)}
        plain = [x for x in ways if not any(c.isdigit() for c in x)] or sorted(ways)
        return f"{min(plain, key=len)} = {length}" if plain else f"{length} things"

    def note_places(self, node, found, bound):
        key, _, subs = node.parts
        if not any(x.kind == "index" for x in subs):
            return
        try:
            definition, labels = self.definition(node)
        except NoValue:
            return
        value = self.frame.root().get(definition, labels)
        own, more = subs[: key[2]], subs[key[2] :]
        axes = [n for n, x in enumerate(definition.subs) if letter_of(x) in definition.axes]
        for k, n in enumerate(axes):
            self.note_one(own[n], value.size(f"@{k}"), found, bound)
        for place, length in zip(more, self.places_of(value, more, node.span)):
            self.note_one(place, length, found, bound)

    def note_one(self, place, length, found, bound):
        if place.kind == "index" and place.parts[0] not in self.labels:
            if length == 1:
                raise FormulaError(
                    f"{place.parts[0]} is an index along an axis of length 1", place.span
                )
            self.count(place.parts[0], length, found, bound, place.span)

    def note_entry(self, node, found, bound):
        value, places = node.parts
        if any(x.kind == "index" for x in places):
            inner = self.lengths([value])
            found_value = self.with_lengths(inner)(value)
            for place, length in zip(places, self.places_of(found_value, places, node.span)):
                self.note_one(place, length, found, bound)

    def places_of(self, value, places, span):
        """The lengths that so many places behind a quantity index."""
        if not places:
            return ()
        if not value.matrix:
            raise FormulaError("an index behind a number", span)
        rows, columns = value.shape
        if len(places) == 2:
            return rows, columns
        if len(places) > 2 or (rows != 1 and columns != 1):
            raise FormulaError(f"{len(places)} indices for a matrix of shape {value.shape}", span)
        return (rows if columns == 1 else columns,)

    # Names

    def definition(self, node):
        """The definition that a name with its scripts means, and the values of its labels."""
        key, sups, subs = node.parts
        sups = tuple(self.whole(x) for x in sups)
        for definition in reversed(self.model.families[key]):
            labels = self.matches(definition, sups, subs)
            if labels is not None:
                return definition, labels
        raise NoValue(f"{key[0]} has no value{self.place(sups)}", node.span)

    def place(self, sups):
        shown = ", ".join(map(str, sups))
        return f" at {shown}" if shown else " here"

    def matches(self, definition, sups, subs):
        """The values of the labels of a definition, if it holds for these scripts; else None."""
        if definition.kind == "size":
            return sups + tuple(self.whole(x) for x in subs[: len(definition.subs)])
        found = {}
        given = [*zip(definition.sups, sups), *zip(definition.subs, subs)]
        outer = Evaluator(self.frame.root())
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
        inside = Evaluator(self.frame.root(), found, ranges=definition.ranges)
        for letter, value in found.items():
            domain = inside.domain_of(letter)
            if domain is not None and value not in domain:
                return None
        return tuple(found[letter] for letter in definition.labels)

    def ref(self, key, sups, subs):
        definition, labels = self.definition(Node("ref", (key, sups, subs)))
        value = self.frame.get(definition, labels)
        return self.entries(value, definition, key, subs)

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
        return v.gather(value, axis, replace(positions, array=positions.array - 1, slopes={}))

    def index(self, letter):
        if letter in self.labels:
            return v.exact(float(self.labels[letter]))
        if letter not in self.along:
            raise FormulaError(f"nothing says how far the index {letter} runs")
        return v.exact(np.arange(1.0, self.along[letter] + 1), (letter,))

    def local(self, name):
        return self.given[name]

    # Arithmetic

    def number(self, digits):
        return v.number(digits)

    def euler(self):
        return replace(v.number(np.e), error=np.asarray(v.EPS * np.e))

    def pi(self):
        return replace(v.number(np.pi), error=np.asarray(v.EPS * np.pi))

    def undefined(self):
        return v.exact(np.nan)

    def ones(self):
        return v.stretched(v.exact(np.ones((1, 1)), (), True), ["rows"])

    def sum(self, *pairs):
        values = [self(term) for _, term in pairs]
        if self.model.notation.broadcast:
            values = repeated_to_fit(values)
        result = None
        for (sign, _), value in zip(pairs, values):
            value = v.negative(value) if sign == "-" else value
            result = value if result is None else v.add(result, value)
        return result

    def product(self, *factors):
        result = self(factors[0])
        for factor in factors[1:]:
            result = times(result, self(factor))
        return result

    def pointwise(self, left, right):
        left, right = self(left), self(right)
        for value in (left, right):
            if not value.matrix:
                raise FormulaError(r"\odot stands between matrices")
        return v.multiply(left, right)

    def kron(self, left, right):
        left, right = self(left), self(right)
        a, b = v.as_number(left, "@p", "@q"), v.as_number(right, "@r", "@s")
        return self.merge(v.multiply(a, b), ("@p", "@r"), ("@q", "@s"))

    def merge(self, value, rows, columns):
        """A matrix whose rows run through two axes, and its columns through two."""

        def change(array, axes):
            rest = [a for a in axes if a not in (*rows, *columns)]
            sizes = dict(zip(axes, array.shape))
            array = array.transpose([axes.index(a) for a in (*rest, *rows, *columns)])
            shape = [int(np.prod([sizes[a] for a in group])) for group in (rows, columns)]
            return array.reshape([sizes[a] for a in rest] + shape), (*rest, "@1", "@2")

        return v.as_matrix(v.linear(value, change), "@1", "@2")

    def quotient(self, above, below):
        above, below = self(above), self(below)
        if below.matrix and above.matrix:
            raise FormulaError("a matrix divided by a matrix")
        return v.divide(above, below)

    def power(self, base, exponent):
        base, exponent = self(base), self(exponent)
        if exponent.matrix and exponent.shape == (1, 1):
            exponent = v.as_number(exponent, None, None)
        if exponent.matrix:
            raise FormulaError("a matrix as an exponent")
        if base.matrix:
            count = exponent.array
            if (
                base.shape[0] != base.shape[1]
                or count.size != 1
                or count < 1
                or count != np.rint(count)
            ):
                raise FormulaError("a power of a matrix")
            result = base
            for _ in range(int(count) - 1):
                result = v.matmul(result, base)
            return result
        return v.power(base, exponent)

    def transpose(self, inside):
        value = self(inside)
        return v.transpose(value) if value.matrix else value

    def inverse(self, inside):
        value = self(inside)
        if not value.matrix:
            return v.reciprocal(value)
        if value.shape[0] != value.shape[1]:
            raise FormulaError(f"the inverse of a matrix of shape {value.shape}")
        return inverted(value)

    def root(self, inside):
        return v.root(self(inside))

    def absolute(self, inside):
        value = self(inside)
        if value.matrix:
            raise FormulaError("|...| of a matrix: its determinant, or entry by entry?")
        return v.absolute(value)

    def norm(self, inside):
        value = self(inside)
        if not value.matrix:
            raise FormulaError("the norm of a number")
        return v.root(sum_entries(v.square(value)))

    def inner(self, left, right):
        return sum_entries(v.multiply(self(left), self(right)))

    def entry(self, value, places):
        return self.indexed(self(value), places)

    # Conditions

    def chain(self, sides, relations):
        found = [self(side) for side in sides]
        result = None
        for left, relation, right in zip(found, relations, found[1:]):
            holds = v.compare(left, right, relation)
            result = holds if result is None else v.multiply(result, holds)
        return result

    def indicator(self, condition):
        return self(condition)

    def delta(self, left, right):
        return v.compare(self(left), self(right), "=")

    def cases(self, *cases):
        result = None
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

    # Sums along indices and axes

    def values_of(self, node, letter):
        """The numbers that a label below a sum runs through."""
        _, _, bounds, _, body = node.parts
        for bound, low, high in bounds:
            if bound == letter:
                return list(range(self.whole(low), self.whole(high) + 1))
        found = self.domain_of(letter)
        if found is None:
            found = domain_in(self, body, letter)
        if found is None:
            raise FormulaError(f"nothing says how far {letter} runs", node.span)
        return found

    def big(self, name, letters, bounds, conditions, body):
        node = Node("big", (name, letters, bounds, conditions, body))
        for letter in letters:
            if letter in self.labels or letter in self.along:
                raise FormulaError(f"the index {letter} is free and summed, or summed twice")
        labels = [x for x in letters if x in label_letters(body, self.model)]
        if labels:
            return self.loop(node, labels[0])
        known = {letter: self.whole(high) for letter, _, high in bounds}
        inner = self.with_lengths(known)
        lengths = inner.lengths([body, *conditions], [x for x in letters if x not in known])
        lengths = known | {letter: lengths[letter] for letter in letters if letter not in known}
        inner = self.with_lengths(lengths)
        value = inner(body)
        for letter, low, _ in bounds:
            if self.whole(low) != 1:
                from_low = v.compare(inner.index(letter), self(low), r"\ge")
                value = v.choose(from_low, value, v.number(NEUTRAL[name]))
        for condition in conditions:
            value = v.choose(inner(condition), value, v.number(NEUTRAL[name]))
        for letter in letters:
            self.frame.instance.ran(letter, lengths[letter], self.labels)
            value = BIG[name](v.spread(value, letter, lengths[letter]), letter)
        return value

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
                join = {"sum": v.add, "prod": times}[name]
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

    # Derivatives

    def derivative(self, above, variables):
        return self.by(above, variables, ())

    def held(self, inside, names):
        if inside.kind != "derivative":
            raise FormulaError("what is held stands behind a derivative")
        return self.by(*inside.parts, tuple(map(self.definition, names)))

    def by(self, above, variables, held):
        *others, variable = variables
        turned = variable.kind == "transpose"
        variable = variable.parts[0] if turned else variable
        if variable.kind != "ref":
            return self.by_local(above, others, variable)
        definition, labels = self.definition(variable)
        if definition.kind == "size":
            raise FormulaError(
                f"{definition.name} is a whole number: it does not vary", variable.span
            )
        edge = self.edge(above, (definition, labels))
        above = self.through_graph(above, variable)
        self.check_upstream(above, variable)
        frame, mark, axes = self.frame.toward(definition, labels, held, edge)
        inner = self.copy(frame=frame)
        value = inner.by(above, tuple(others), held) if others else inner(above)
        slope = self.slope(value, mark, variable)
        key, _, subs = variable.parts
        found = self.by_places(slope, value, definition, key, subs, mark, axes)
        return v.transpose(found) if turned else found

    def edge(self, above, place):
        """The quantity above, if it is a node of a graph whose own definition names the one below."""
        if above.kind != "ref" or above.parts[0][0] not in self.model.notation.edges:
            return None
        definition, labels = self.definition(above)
        inner = Evaluator(self.frame.root(), dict(zip(definition.labels, labels)))
        named = [x for x in subnodes(definition.body or above) if x.kind == "ref"]
        return (definition, labels) if place in map(inner.definition, named) else None

    def through_graph(self, above, variable):
        """J as the end of a graph, where the variable is one of the graph's nodes."""
        if above.kind != "ref" or self.model.depends(above.parts[0], variable.parts[0]):
            return above
        for end, node in self.model.ends.get(above.parts[0], ()):
            if node.parts[0] == variable.parts[0] or self.model.depends(
                node.parts[0], variable.parts[0]
            ):
                found = matched(end, above)
                if found is not None:
                    return substituted(node, found)
        return above

    def after(self, base):
        """A quantity with the new values of all that the text has updated."""
        if not self.model.updates:
            raise FormulaError("nothing has taken a new value")
        changed = {}
        for key, new in self.model.updates.items():
            for old in self.model.families[key]:
                for labels in self.choices(old):
                    changed[old, labels] = self.frame.get(new, labels)
        return self.copy(frame=Frame(self.frame.instance, self.frame, changed))(base)

    def choices(self, definition):
        """All values that the labels of a definition take."""
        found, inner = [()], Evaluator(self.frame.root(), ranges=definition.ranges)
        for letter in definition.labels:
            found = [(*choice, n) for choice in found for n in inner.domain_of(letter) or ()]
        return found

    def slope(self, value, mark, variable):
        slope = value.slopes.get(mark)
        if slope is None:
            name = variable.parts[0][0] if variable.kind == "ref" else variable.parts[0]
            raise FormulaError(f"nothing here depends on {name}", variable.span)
        return slope

    def by_places(self, slope, value, definition, key, subs, mark, axes):
        """A slope by all entries of a quantity, at those that the subscripts mean."""
        for axis in axes:
            if axis not in slope.axes:
                raise FormulaError("a slope without directions")
        own, more = subs[: key[2]], subs[key[2] :]
        places = [n for n, x in enumerate(definition.subs) if letter_of(x) in definition.axes]
        for k, n in enumerate(places):
            slope = self.pick(slope, f"{mark}.{k}", own[n])
        rows, columns = f"{mark}.rows", f"{mark}.columns"
        if rows not in axes:
            return slope
        sizes = slope.size(rows), slope.size(columns)
        if len(more) == 1:
            if sizes[1] != 1 and sizes[0] != 1:
                raise FormulaError("one index for a matrix")
            kept, gone = (rows, columns) if sizes[1] == 1 else (columns, rows)
            return self.pick(v.at(slope, gone, 0), kept, more[0])
        if len(more) == 2:
            row, column = more
            slope = slope if row.kind == "all" else self.pick(slope, rows, row)
            slope = slope if column.kind == "all" else self.pick(slope, columns, column)
            rows = rows if row.kind == "all" else None
            columns = columns if column.kind == "all" else None
            if not rows and not columns:
                return slope
        return self.laid_out(slope, value, rows, columns)

    def laid_out(self, slope, value, rows, columns):
        """The derivative by a matrix or a column: a matrix, in the layout of the notation."""
        if not value.matrix:
            return v.as_matrix(slope, rows, columns)
        flat = [axis for axis in (rows, columns) if axis and slope.size(axis) > 1]
        if len(flat) > 1 or (value.shape[0] != 1 and value.shape[1] != 1):
            raise FormulaError("the derivative of a matrix by a matrix has no shape here")
        below = flat[0] if flat else (rows or columns)
        for axis in (rows, columns):
            if axis and axis != below:
                slope = v.at(slope, axis, 0)
        column = value.shape[1] == 1
        number = v.as_number(slope, "@r" if column else None, None if column else "@c")
        above = "@r" if column else "@c"
        if self.model.notation.layout == "denominator":
            return v.as_matrix(number, below, above)
        return v.as_matrix(number, above, below)

    def by_local(self, above, others, variable):
        if variable.kind != "local":
            raise FormulaError("a derivative by an entry of a parameter", variable.span)
        name = variable.parts[0]
        mark = self.frame.instance.mark()
        seeded, axes = seed(self.given[name], mark)
        inner = self.copy(local=self.given | {name: seeded})
        value = inner.by(above, tuple(others), ()) if others else inner(above)
        slope = self.slope(value, mark, variable)
        return self.of_parameter(slope, value, axes)

    def of_parameter(self, slope, value, axes):
        letters = [axis for axis in axes if not axis.endswith(("rows", "columns"))]
        for axis in letters:  # the parameter has indices of its own: the same ones above and below
            raise FormulaError(f"a derivative by a parameter with the index {axis}")
        rows, columns = axes or (None, None)
        return self.laid_out(slope, value, rows, columns) if axes else slope

    def check_upstream(self, above, variable):
        """Refuse the derivative of z + a by a, where a comes from z: is z held, or does it follow?"""
        key = variable.parts[0]
        if key[1]:
            return
        stack = [above]
        while stack:
            node = stack.pop()
            if isinstance(node, tuple):
                stack += list(node)
            elif isinstance(node, Node) and node.kind not in ("derivative", "gradient", "held"):
                if (
                    node.kind == "ref"
                    and node.parts[0] != key
                    and not node.parts[0][1]
                    and self.model.depends(key, node.parts[0])
                ):
                    if not all(
                        d.kind in ("leaf", "size") for d in self.model.families[node.parts[0]]
                    ) or (
                        above.kind != "ref"
                        and any(x.kind == "ref" and x.parts[0] == key for x in subnodes(above))
                    ):
                        raise FormulaError(
                            f"{key[0]} is computed from {node.parts[0][0]}, which stands here too: is it held?",
                            node.span,
                        )
                stack += list(node.parts)

    def gradient(self, body, variables):
        if variables[0].kind != "parameter":
            return self.by(body, variables, ())
        if body.kind != "apply":
            raise FormulaError("the gradient by a parameter of a function")
        return self.apply(*body.parts[:3], 0, body.parts[4], toward=variables)

    # Functions

    def apply(self, name, sups, subs, primes, arguments, toward=()):
        values = self.arguments(arguments)
        times_ = [primes and 0] * primes if primes else [x.parts[0] for x in toward]
        if not times_:
            return self.result(name, sups, subs, values)
        position = times_[0]
        marks = []
        for _ in times_:
            mark = self.frame.instance.mark()
            if primes:
                if len(values) != 1:
                    raise FormulaError("a prime behind a function of several arguments")
                one = v.exact(np.ones(values[0].array.shape), values[0].axes, values[0].matrix)
                values[0] = replace(values[0], slopes={**values[0].slopes, mark: one})
                marks.append((mark, ()))
            else:
                values[position], axes = seed(values[position], mark)
                marks.append((mark, axes))
        if primes and not self.is_elementwise(name, sups):
            raise FormulaError("a prime means the derivative of a function of one number")
        value = self.result(name, sups, subs, values)
        for mark, axes in reversed(marks):
            if mark not in value.slopes:
                raise FormulaError("the function does not depend on its argument")
            slope = value.slopes[mark]
            value = slope if primes else self.of_parameter(slope, value, axes)
        return value

    def is_elementwise(self, name, sups):
        if isinstance(name, str):
            return name in ELEMENTWISE
        definition, _ = self.function(name, sups, (), 1)
        return definition.kind == "function" or definition.domain is None or definition.dims == ()

    def arguments(self, arguments):
        if len(arguments) == 1 and arguments[0].kind == "dotted":
            return [self.dotted_column(arguments[0].parts[1])]
        return [self(x) for x in arguments]

    def function(self, key, sups, subs, count):
        """The definition that f with its scripts and so many arguments means."""
        sups = tuple(self.whole(x) for x in sups)
        for definition in reversed(self.model.families[key]):
            labels = self.matches(definition, sups, subs)
            if labels is not None and len(definition.parameters) in (0, count):
                return definition, labels
        raise NoValue(f"{key[0][:-2]} is no function{self.place(sups)}")

    def result(self, name, sups, subs, values):
        if isinstance(name, str):
            return self.builtin(name, values)
        definition, labels = self.function(name, sups, subs, len(values))
        env = dict(zip(definition.labels, labels))
        if definition.kind == "unknown function":
            return self.unknown(definition, labels, values, env)
        outer = Evaluator(self.frame, env, ranges=definition.ranges)
        plain = definition.dims == () and values[0].matrix
        if plain:
            values = [v.as_number(x, "@row", "@column") if x.matrix else x for x in values]
        inner = outer.copy(local=dict(zip(definition.parameters, values)))
        lengths = inner.lengths([definition.body])
        value = inner.with_lengths(lengths)(definition.body)
        return v.as_matrix(value, "@row", "@column") if plain else value

    def unknown(self, definition, labels, values, env):
        """A smooth random function, of columns or of each number by itself."""
        outer = Evaluator(self.frame.root(), env)
        instance = self.frame.instance
        if definition.dims == ():  # of a number
            weights = instance.function((definition, labels), [1], 1)
            return combined_numbers(values, weights)
        shapes = [tuple(outer.whole(size) for size in group) for group in definition.dims]
        sizes = [int(np.prod(shape)) for shape in shapes]
        count = 1 if definition.codomain is None else outer.whole(definition.codomain)
        rows = self.model.notation.examples == "rows"
        values = [
            self.builtin("vec", [x])
            if len(shape) == 2 and x.shape == shape
            else as_columns(x, rows)
            for x, shape in zip(values, [*shapes, *shapes[:1] * len(values)])
        ]
        if len(values) > len(sizes) and len(sizes) == 1:
            values = [v.join(values, -2)]
        for value, size in zip(values, sizes):
            if value.shape[0] != size:
                raise FormulaError(f"{definition.name} takes {size} numbers, not {value.shape[0]}")
        weights = instance.function((definition, labels), sizes, count)
        result = combined(values, weights)
        if definition.codomain is None and result.shape == (1, 1):
            return v.as_number(result, None, None)
        return v.transpose(result) if rows else result

    def builtin(self, name, values):
        x = values[0]
        if name in ELEMENTWISE:
            if len(values) != 1:
                raise FormulaError(f"{name} takes one argument")
            return ELEMENTWISE[name](x)
        if name in ("max", "min"):
            return self.extreme(name, values)
        if name == "softmax":
            return softmax(x, self.axis_of(x))
        if name in ("LSE", "logsumexp"):
            return lse(x, self.axis_of(x))
        if name == "broadcast" and not x.matrix:
            return x
        if name == "broadcast":
            axes = [s for s, n in zip(("rows", "columns"), x.shape) if n == 1]
            if not axes:
                raise FormulaError("broadcast repeats a row or a column")
            return v.stretched(x, axes)
        if name == "diag":
            return diagonal(x)
        if name in ("tr", "trace", "Tr"):
            return trace(x)
        if name == "vec":
            number = v.as_number(x, "@r", "@c")
            return self.merge(
                v.as_number(v.as_matrix(number, "@r", "@c"), "@r", "@c"), ("@c", "@r"), ()
            )
        if name == "sum":
            return sum_entries(x)
        raise FormulaError(f"{name} is not known with these arguments")

    def axis_of(self, x):
        """Along what softmax works: a row or a column, of a matrix that of one example."""
        if not x.matrix:
            raise FormulaError("a function of a column is applied to a number")
        rows = self.model.notation.examples == "rows"
        if x.shape[0 if not rows else 1] == 1 and x.shape[1 if not rows else 0] > 1:
            raise FormulaError(
                "softmax of a row, where examples are columns: along what?"
                if not rows
                else "softmax of a column, where examples are rows: along what?"
            )
        return "@c" if rows else "@r"

    def extreme(self, name, values):
        if len(values) == 1:
            x = values[0]
            if not x.matrix:
                raise FormulaError(f"{name} of one number")
            number = v.as_number(x, "@r", "@c")
            return BIG[name](BIG[name](number, "@r"), "@c")
        result = values[0]
        for other in values[1:]:
            result = v.larger(result, other, least=name == "min")
        return result

    # Dots

    def dotted(self, sign, terms):
        if sign != "+":
            raise FormulaError("a list with dots stands behind a function")
        common, end = without_dots(terms)
        length = self.whole(end)
        inner = self.with_lengths({"⋯": length})
        return v.sum_over(v.spread(inner(common), "⋯", length), "⋯")

    def dotted_column(self, terms):
        common, end = without_dots(terms)
        if end is None:
            raise FormulaError("the dots repeat one entry")
        length = self.whole(end)
        inner = self.with_lengths({"⋯": length})
        inner.lengths([common])
        return v.as_matrix(v.spread(inner(common), "⋯", length), "⋯", None)

    def matrix(self, *rows):
        """Entries side by side. With dots, the pattern that they follow takes their place."""
        rows = [list(row) for row in rows]
        plain = [row for row in rows if not is_dots(row)]
        if len(plain) == 1 and len(rows) > 1 and is_dots(rows[0]):
            rows = plain  # dots above and below only say that columns go on
        if len({len(row) for row in rows}) != 1:
            raise FormulaError("the rows of a matrix have different lengths")
        if not any(cell.kind == "dots" for row in rows for cell in row):
            return self.side_by_side(rows)
        across = any(is_mixed(row) for row in rows)
        down = any(all(cell.kind in ("dots", "blank") for cell in row) for row in rows)
        width = height = None
        if across:
            pairs = [None if is_dots(row) else without_dots(row, "⋯") for row in rows]
            ends = {pair[1] for pair in pairs if pair}
            if len(ends) != 1:
                raise FormulaError("the dots of two rows end differently")
            (width,) = ends
            entries = [Node("dots") if pair is None else pair[0] for pair in pairs]
        else:
            entries = [Node("dots") if is_dots(row) else row for row in rows]
            if any(isinstance(row, list) and len(row) != 1 for row in entries):
                raise FormulaError("dots are needed across and down")
            entries = [row[0] if isinstance(row, list) else row for row in entries]
        if not down and len(entries) > 1:
            raise FormulaError("dots are needed across and down")
        entry, height = without_dots(entries, "⋮") if down else (entries[0], None)
        return self.tiled(entry, height, width, across, down)

    def tiled(self, entry, height, width, across, down):
        if "⋯" in label_letters(entry, self.model) and not down:
            return v.join([self.at({"⋯": k + 1})(entry) for k in range(self.whole(width))], -1)
        lengths = {}
        for letter, end in (("⋯", width), ("⋮", height)):
            if end is not None:
                lengths[letter] = self.whole(end)
        inner = self.with_lengths(lengths)
        inner.lengths([entry])
        value = inner(entry)
        for letter, length in lengths.items():
            value = v.spread(value, letter, length)
        same = [
            side
            for side, dotted, end in (("columns", across, width), ("rows", down, height))
            if dotted and end is None
        ]
        if same:  # one column, or row, again and again
            if not value.matrix or any(value.shape[s == "columns"] != 1 for s in same):
                raise FormulaError("what is repeated is one row or one column")
            return v.stretched(value, same)
        rows = "⋮" if height is not None else None
        columns = "⋯" if width is not None else None
        if not value.matrix:
            return v.as_matrix(value, rows, columns)
        number = v.as_number(value, "@r", "@c")
        return self.merge(
            number, (rows, "@r") if rows else ("@r",), (columns, "@c") if columns else ("@c",)
        )

    def side_by_side(self, rows):
        if any(cell.kind == "blank" for row in rows for cell in row):
            raise FormulaError("an entry of the matrix is missing")
        blocks = [[as_block(self(cell)) for cell in row] for row in rows]
        try:
            return v.join([v.join(row, -1) for row in blocks], -2)
        except ValueError:
            raise FormulaError("the entries of the matrix do not fit together") from None

    def dots(self):
        raise FormulaError("dots without a pattern")

    blank = dots


NEUTRAL = {"sum": 0, "prod": 1, "max": -np.inf, "min": np.inf}
BIG = {
    "sum": v.sum_over, "prod": v.product_over, "max": v.largest_over,
    "min": lambda x, axis: v.largest_over(x, axis, least=True),
}  # fmt: skip


def all_slopes(value):
    for slope in value.slopes.values():
        yield slope
        yield from all_slopes(slope)


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


def times(x, y):
    """A product; a row times a column is a number."""
    if not (x.matrix and y.matrix):
        return v.multiply(x, y)
    found = v.matmul(x, y)
    return v.as_number(found, None, None) if found.shape == (1, 1) else found


def as_block(value):
    if value.matrix:
        return value
    number = v.spread(v.spread(value, "@r", 1), "@c", 1)
    return v.as_matrix(number, "@r", "@c")


def sum_entries(value):
    return v.sum_over(v.sum_over(v.as_number(value, "@r", "@c"), "@r"), "@c")


def softmax(x, axis):
    number = v.as_number(x, "@r", "@c")
    top = v.largest_over(number, axis)
    powers = v.exp(v.subtract(number, replace(top, slopes={})))
    shares = v.divide(powers, v.sum_over(powers, axis))
    return v.as_matrix(shares, "@r", "@c")


def lse(x, axis):
    number = v.as_number(x, "@r", "@c")
    top = replace(v.largest_over(number, axis), slopes={})
    found = v.add(top, v.log(v.sum_over(v.exp(v.subtract(number, top)), axis)))
    other = "@c" if axis == "@r" else "@r"
    if found.size(other) == 1:
        return v.at(found, other, 0)
    return v.as_matrix(found, None, "@c") if axis == "@r" else v.as_matrix(found, "@r", None)


def diagonal(x):
    """The matrix with a column, or a row, on its diagonal; of a matrix its diagonal."""
    rows, columns = x.shape
    if rows != 1 and columns != 1:
        raise FormulaError("diag of a matrix")
    n, axis = max(rows, columns), "@r" if columns == 1 else "@c"
    number = v.at(v.as_number(x, "@r", "@c"), "@c" if axis == "@r" else "@r", 0)
    eye = v.exact(np.eye(n), (axis, "@2"))
    return v.as_matrix(v.multiply(number, eye), axis, "@2")


def trace(x):
    if not x.matrix or x.shape[0] != x.shape[1]:
        raise FormulaError("the trace of what is no square matrix")
    number = v.as_number(x, "@r", "@c")
    eye = v.exact(np.eye(x.shape[0]), ("@r", "@c"))
    return v.sum_over(v.sum_over(v.multiply(number, eye), "@r"), "@c")


def inverted(value):
    with np.errstate(all="ignore"):
        array = np.linalg.inv(value.array)
        size = abs(array)
        error = 8 * v.EPS * size @ abs(value.array) @ size + size @ value.error @ size
    found = v.Value(array, error, value.axes, True)
    slopes = {}
    for mark, slope in value.slopes.items():
        old = inverted(value.before(mark))
        slopes[mark] = v.negative(v.matmul(v.matmul(old, slope), old))
    return replace(found, slopes=slopes)


def matched(pattern, node):
    """What each index of a pattern stands for in a node like it; None if they do not match."""
    found = {}
    for a, b in zip((*pattern.parts[1], *pattern.parts[2]), (*node.parts[1], *node.parts[2])):
        if a.kind == "index":
            if found.setdefault(a.parts[0], b) != b:
                return None
        elif a != b:
            return None
    return found


def substituted(node, found):
    """A node with other nodes for its indices."""
    if isinstance(node, tuple):
        return tuple(substituted(x, found) for x in node)
    if not isinstance(node, Node):
        return node
    if node.kind == "index" and node.parts[0] in found:
        return found[node.parts[0]]
    return Node(node.kind, substituted(node.parts, found), node.span)


def as_columns(x, rows):
    if not x.matrix:
        raise FormulaError("a function of a column is applied to a number")
    return v.transpose(x) if rows else x


def combined(values, weights):
    """out sin(h) + bend tanh(2h), with h the sum of into x over the arguments."""
    h = v.stretched(v.exact(weights["shift"], (), True), ["columns"])
    for value, into in zip(values, weights["into"]):
        h = v.add(h, v.matmul(v.exact(into, (), True), value))
    out, bend = (v.exact(weights[name], (), True) for name in ("out", "bend"))
    return v.add(v.matmul(out, v.sin(h)), v.matmul(bend, v.tanh(v.add(h, h))))


def combined_numbers(values, weights):
    h = v.number(weights["shift"][0, 0])
    for k, value in enumerate(values):
        h = v.add(h, v.multiply(v.number(1 + 0.1 * k), value))
    a, b = (v.number(weights[name][0, 0]) for name in ("out", "bend"))
    c = v.number(weights["out"][0, 1])
    return v.add(
        v.add(v.multiply(a, v.sin(h)), v.multiply(b, v.tanh(v.add(h, h)))), v.multiply(c, v.tanh(h))
    )


def only_about(condition, letter):
    return {x.parts[0] for x in subnodes(condition) if x.kind == "index"} <= {letter}


def shifted(pattern, letters):
    """(letter, shift) of a pattern such as t + 1."""
    if pattern.kind == "sum" and len(pattern.parts) == 2:
        (_, left), (sign, right) = pattern.parts
        letter, number = (
            letter_of(left) or (left.parts[0] if left.kind == "index" else None),
            literal(right),
        )
        if letter in letters and number is not None:
            return letter, number if sign == "+" else -number
    return None


def label_letters(node, model):
    """The letters that stand at labels: in superscripts, or where a definition has a label."""
    found = set()
    for part in subnodes(node):
        if part.kind == "ref":
            key, sups, subs = part.parts
            marks = list(sups)
            for definition in model.families[key]:
                for pattern, place in zip(definition.subs, subs):
                    letter = letter_of(pattern)
                    if letter not in definition.axes:
                        marks.append(place)
        elif part.kind == "apply":
            marks = list(part.parts[1])
        else:
            continue
        found |= {x.parts[0] for mark in marks for x in subnodes(mark) if x.kind == "index"}
    return found


def domain_in(evaluator, node, letter):
    """The numbers for which every name with this letter as its whole label is defined."""
    domains = []
    for part in subnodes(node):
        if part.kind == "apply" and isinstance(part.parts[0], tuple):
            key, sups, subs = *part.parts[:2], ()
        elif part.kind == "ref":
            key, sups, subs = part.parts
        else:
            continue
        if any(d.kind == "size" for d in evaluator.model.families[key]):
            continue
        for n, mark in enumerate((*sups, *subs[: key[2]])):
            if mark.kind == "index" and mark.parts[0] == letter:
                found = set()
                for definition in evaluator.model.families[key]:
                    patterns = (*definition.sups, *definition.subs)
                    own = letter_of(patterns[n])
                    inner = Evaluator(evaluator.frame.root(), ranges=definition.ranges)
                    if own in definition.labels:
                        found |= set(inner.domain_of(own) or ())
                    elif shifted(patterns[n], definition.labels):
                        base, shift = shifted(patterns[n], definition.labels)
                        found |= {x + shift for x in inner.domain_of(base) or ()}
                    else:
                        found.add(inner.whole(patterns[n]))
                domains.append(found)
    return sorted(set.intersection(*domains)) if domains else None


def is_dots(row):
    return all(cell.kind in ("dots", "blank") for cell in row)


def is_mixed(row):
    return any(cell.kind == "dots" for cell in row) and not is_dots(row)


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
