"""Functions: the usual ones, those that a text defines, and random ones for those that it only declares."""

import numpy as np

from texecute import values as v
from texecute.read import FormulaError
from texecute.world import NoValue, seed

ELEMENTWISE = {
    "exp": v.exp, "log": v.log, "ln": v.log, "tanh": v.tanh, "sinh": v.sinh, "cosh": v.cosh,
    "sin": v.sin, "cos": v.cos, "tan": v.tan, "sigmoid": v.sigmoid, "sign": v.sign, "sgn": v.sign,
    "ReLU": lambda x: v.larger(v.number(0), x), "relu": lambda x: v.larger(v.number(0), x),
}  # fmt: skip

NEUTRAL = {"sum": 0, "prod": 1, "max": -np.inf, "min": np.inf}
BIG = {
    "sum": v.sum_over, "prod": v.product_over, "max": v.largest_over,
    "min": lambda x, axis: v.largest_over(x, axis, least=True),
}  # fmt: skip


class Functions:
    """The part of an evaluator that applies functions."""

    def apply(self, name, sups, subs, primes, arguments, toward=()):
        values = self.arguments(arguments)
        positions = [0] * primes or [x.parts[0] for x in toward]  # of the arguments it is taken by
        if not positions:
            value = self.result(name, sups, subs, values)
            if name in LEVELS:
                self.frame.instance.level((name, arguments), value, LEVELS[name])
            return value
        marks = []
        for position in positions:
            mark = self.frame.instance.mark()
            if primes:
                if len(values) != 1:
                    raise FormulaError("a prime behind a function of several arguments")
                one = v.exact(np.ones(values[0].array.shape), values[0].axes, values[0].matrix)
                values[0] = v.replace(values[0], slopes={**values[0].slopes, mark: one})
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
        return definition.dims == ()

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
        values = [primed(x) for x in values]
        outer = self.copy(labels=env, lengths={}, ranges=definition.ranges, local={})
        plain = definition.dims == () and values[0].matrix
        if plain:
            values = [v.as_number(x, "@row", "@column") if x.matrix else x for x in values]
        inner = outer.copy(local=dict(zip(definition.parameters, values)))
        lengths = inner.lengths([definition.body])
        value = inner.with_lengths(lengths)(definition.body)
        value = v.as_matrix(value, "@row", "@column") if plain else value
        return primed(value, back=True)

    def unknown(self, definition, labels, values, env):
        """A smooth random function, of columns or of each number by itself."""
        outer = self.outer(env)
        instance = self.frame.instance
        if definition.dims == ():  # of a number
            weights = instance.function((definition, labels), [1], 1)
            return combined_numbers(values, weights)
        shapes = [tuple(outer.whole(size) for size in group) for group in definition.dims]
        sizes = [int(np.prod(shape)) for shape in shapes]
        count = 1 if definition.codomain is None else outer.whole(definition.codomain)
        rows = self.model.notation.examples == "rows"
        if len(sizes) == 1 and len(values) == sizes[0] > 1:  # h(a_1, a_2)
            values = [x if x.matrix else v.as_matrix(x, None, None) for x in values]
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
        """Along what softmax works: a column or a row, of a matrix what the notation says."""
        if not x.matrix:
            raise FormulaError("a function of a column is applied to a number")
        if 1 in x.shape:
            return "@r" if x.shape[1] == 1 else "@c"
        sides = {"columns": "@r", "rows": "@c"}
        if self.model.notation.examples not in sides:
            raise FormulaError(
                'softmax of a matrix: of each column, or of each row? examples = "rows" says so'
            )
        return sides[self.model.notation.examples]

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


LEVELS = {"tanh": (-1, 1), "sigmoid": (0, 1)}  # what these functions cannot be told from, far out


def primed(x, back=False):
    """A value with other names for its axes, so that no index inside a function captures them."""

    def change(array, axes):
        return array, tuple(a.removesuffix("′") if back else f"{a}′" for a in axes)

    return v.linear(x, change)


def sized(values):
    """Identity matrices in the size that the square matrices beside them have."""
    if not any(x.identity for x in values):
        return values
    sizes = {x.shape for x in values if x.matrix}
    if not sizes and all(x.identity for x in values):
        return values
    if len(sizes) != 1 or len(set(*sizes)) != 1:
        raise FormulaError("an identity matrix beside what is no square matrix")
    ((n, _),) = sizes
    eye = v.exact(np.eye(n), (), True)
    return [v.multiply(v.replace(x, identity=False), eye) if x.identity else x for x in values]


def sum_entries(value):
    return v.sum_over(v.sum_over(v.as_number(value, "@r", "@c"), "@r"), "@c")


def softmax(x, axis):
    number = v.as_number(x, "@r", "@c")
    top = v.largest_over(number, axis)
    powers = v.exp(v.subtract(number, v.replace(top, slopes={})))
    shares = v.divide(powers, v.sum_over(powers, axis))
    return v.as_matrix(shares, "@r", "@c")


def lse(x, axis):
    number = v.as_number(x, "@r", "@c")
    top = v.replace(v.largest_over(number, axis), slopes={})
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


def as_columns(x, rows):
    if not x.matrix:
        raise FormulaError("a function of a column is applied to a number")
    return v.transpose(x) if rows else x


def combined(values, weights):
    """out sin(h) + bend tanh(2h) and a linear part, with h the sum of into x over the arguments."""
    h = v.stretched(v.exact(weights["shift"], (), True), ["columns"])
    for value, into in zip(values, weights["into"]):
        h = v.add(h, v.matmul(v.exact(into, (), True), value))
    out, bend = (v.exact(weights[name], (), True) for name in ("out", "bend"))
    straight = v.matmul(v.exact(0.2 * weights["out"][:, ::-1], (), True), h)
    bent = v.add(v.matmul(out, v.sin(h)), v.matmul(bend, v.tanh(v.add(h, h))))
    return v.add(bent, straight)


def combined_numbers(values, weights):
    """The same of numbers."""
    h = v.number(weights["shift"][0, 0])
    for k, value in enumerate(values):
        h = v.add(h, v.multiply(v.number(1 + 0.1 * k), value))
    a, b, c = (v.number(x) for x in weights["out"][0, :3])
    bent = v.add(v.multiply(a, v.sin(h)), v.multiply(b, v.tanh(v.add(h, h))))
    return v.add(bent, v.multiply(c, h))
