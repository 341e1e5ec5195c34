"""Numbers with names for their axes, a bound on their rounding, and derivatives carried along.

A value is an array with one axis for each index in use; a matrix has two more, its rows and columns,
at the end. `error` bounds how far rounding may have moved each entry: what is smaller tells nothing.
NaN stands where there is no value. `slopes` maps a mark to the derivative in the directions that the
mark stands for, which are further axes; a slope may have slopes itself, by older marks.
"""

from dataclasses import dataclass, field

import numpy as np

from texecute.latex import FormulaError

EPS = np.finfo(float).eps
TINY = 1e-300


@dataclass(eq=False)
class Value:
    array: np.ndarray
    error: np.ndarray
    axes: tuple = ()
    matrix: bool = False
    stretch: frozenset = frozenset()  # of "rows", "columns": along which broadcast lets it repeat
    slopes: dict = field(default_factory=dict)
    identity: bool = False  # whether this number stands for so many times the identity matrix

    @property
    def shape(self):
        return self.array.shape[-2:] if self.matrix else ()

    def size(self, axis):
        return self.array.shape[self.axes.index(axis)]

    def before(self, mark):
        """This value as it is without a mark, and without newer ones."""
        return replace(self, slopes={m: s for m, s in self.slopes.items() if m < mark})


def replace(value, **changes):
    """A copy with other parts, as of dataclasses, at a third of its time."""
    found = object.__new__(Value)
    found.__dict__.update(value.__dict__)
    found.__dict__.update(changes)
    return found


def exact(array, axes=(), matrix=False):
    array = np.asarray(array, dtype=float)
    return Value(array, np.zeros(array.shape), axes, matrix)


def with_axes(value, axes):
    """The array and its error with these axes in this order, of length 1 where it has none."""
    if axes == value.axes:
        return value.array, value.error
    order = [axis for axis in axes if axis in value.axes]
    source = [value.axes.index(axis) for axis in order]
    tail = [len(value.axes), len(value.axes) + 1] if value.matrix else []
    shape = [value.size(axis) if axis in value.axes else 1 for axis in axes]
    shape += [value.array.shape[i] for i in tail]
    return tuple(x.transpose(source + tail).reshape(shape) for x in (value.array, value.error))


def aligned(values):
    """All axes of some values, and each (array, error) laid out along them; numbers fit matrices."""
    axes = tuple(dict.fromkeys(axis for value in values for axis in value.axes))
    matrix = any(value.matrix for value in values)
    pairs = []
    for value in values:
        pair = with_axes(value, axes)
        if matrix and not value.matrix:
            pair = tuple(x[..., np.newaxis, np.newaxis] for x in pair)
        pairs.append(pair)
    return axes, matrix, pairs


def fit(values):
    """What of the axes may still repeat when these are taken entry by entry. Refuses other shapes."""
    matrices = [value for value in values if value.matrix]
    for place, side in ((0, "rows"), (1, "columns")):
        sizes = {value.shape[place] for value in matrices if side not in value.stretch}
        if len(sizes) > 1:
            shapes = " and ".join(shown(value.shape) for value in matrices)
            raise FormulaError(f"shapes {shapes} do not fit")
    kept = [value.stretch for value in matrices]
    return frozenset.intersection(*kept) if kept else frozenset()


def shown(shape):
    return f"({shape[0]}, {shape[1]})" if shape else "of a number"


def build(values, rule, slope):
    """The value of a rule of some arrays and errors; slope(mark, value) is each term of its slope."""
    stretch = fit(values)
    axes, matrix, pairs = aligned(values)
    array, error = rule(*pairs)
    made = Value(array, error, axes, matrix, stretch)
    marks = sorted({mark for value in values for mark in value.slopes})
    return replace(made, slopes={m: conform(slope(m), made) for m in marks}) if marks else made


def conform(slope, value):
    """A slope in the shape of its value, where numbers and repeated rows met whole matrices."""
    if not value.matrix or (slope.matrix and slope.shape == value.shape):
        return replace(slope, stretch=value.stretch) if slope.stretch != value.stretch else slope

    def change(array, axes):
        array = array if slope.matrix else array[..., np.newaxis, np.newaxis]
        return np.broadcast_to(array, array.shape[:-2] + value.shape), axes

    inner = {mark: conform(s, value) for mark, s in slope.slopes.items()}
    changed = linear(replace(slope, slopes={}), change)
    return replace(changed, matrix=True, stretch=value.stretch, slopes=inner)


def total(terms):
    first, *rest = [term for term in terms if term is not None]
    for term in rest:
        first = add(first, term)
    return first


def add(x, y):
    def rule(a, b):
        array = a[0] + b[0]
        return array, a[1] + b[1] + EPS * abs(array)

    def slope(mark):
        return total([x.slopes.get(mark), y.slopes.get(mark)])

    return build([x, y], rule, slope)


def negative(x):
    return replace(x, array=-x.array, slopes={m: negative(s) for m, s in x.slopes.items()})


def subtract(x, y):
    return add(x, negative(y))


def multiply(x, y):
    def rule(a, b):
        array = a[0] * b[0]
        error = abs(a[0]) * b[1] + abs(b[0]) * a[1] + a[1] * b[1] + EPS * abs(array)
        return array, error

    def slope(mark):
        terms = []
        if mark in x.slopes:
            terms.append(multiply(x.slopes[mark], y.before(mark)))
        if mark in y.slopes:
            terms.append(multiply(x.before(mark), y.slopes[mark]))
        return total(terms)

    return build([x, y], rule, slope)


def divide(x, y):
    return multiply(x, reciprocal(y))


def matmul(x, y):
    """The matrix product, of every pair along the other axes."""
    if x.shape[1] != y.shape[0] or x.stretch or y.stretch:
        raise FormulaError(f"shapes {shown(x.shape)} and {shown(y.shape)} cannot be multiplied")
    axes, _, ((a, ea), (b, eb)) = aligned([x, y])
    array, size = a @ b, abs(b)
    error = abs(a) @ (eb + x.shape[1] * EPS * size) + ea @ (size + eb)
    slopes = {}
    for mark in sorted({*x.slopes, *y.slopes}):
        terms = []
        if mark in x.slopes:
            terms.append(matmul(x.slopes[mark], y.before(mark)))
        if mark in y.slopes:
            terms.append(matmul(x.before(mark), y.slopes[mark]))
        slopes[mark] = total(terms)
    return Value(array, error, axes, True, frozenset(), slopes)


def elementwise(f, steep, derivative):
    """A function of numbers, entry by entry.

    f : of arrays; steep(x, y) : the derivative at x, where y = f(x), of arrays; derivative : the same
    of values, which may carry slopes.
    """

    def apply(x):
        array = f(x.array)
        moved = np.where(x.error > 0, abs(steep(x.array, array)) * x.error, 0.0)
        error = moved + 2 * EPS * abs(array) + TINY
        lost = (abs(x.array) <= x.error) & ~np.isfinite(array)
        if lost.any():  # rounding to 0 took the value: any other is as good
            array = np.where(lost, f(x.error), array)
            error = np.where(lost, np.inf, error)
        slopes = {m: multiply(derivative(x.before(m)), s) for m, s in x.slopes.items()}
        return replace(x, array=array, error=error, slopes=slopes)

    return apply


def constant(number):
    return lambda x: exact(np.full(x.array.shape, float(number)), x.axes, x.matrix)


def number(x):
    return exact(np.asarray(float(x)))


def sign_of(x):
    return exact(np.where(np.isnan(x.array), np.nan, np.sign(x.array)), x.axes, x.matrix)


def stable_sigmoid(a):
    small = np.exp(-abs(a))
    return np.where(a >= 0, 1, small) / (1 + small)


def of_one(x):
    return subtract(number(1), x)


reciprocal = elementwise(
    lambda a: 1 / a, lambda x, y: y * y, lambda x: negative(square(reciprocal(x)))
)
square = elementwise(np.square, lambda x, y: 2 * x, lambda x: add(x, x))
exp = elementwise(np.exp, lambda x, y: y, lambda x: exp(x))
log = elementwise(np.log, lambda x, y: 1 / x, lambda x: reciprocal(x))
sin = elementwise(np.sin, lambda x, y: np.cos(x), lambda x: cos(x))
cos = elementwise(np.cos, lambda x, y: np.sin(x), lambda x: negative(sin(x)))
tan = elementwise(np.tan, lambda x, y: 1 + y * y, lambda x: add(number(1), square(tan(x))))
tanh = elementwise(np.tanh, lambda x, y: 1 - y * y, lambda x: of_one(square(tanh(x))))
sinh = elementwise(np.sinh, lambda x, y: np.cosh(x), lambda x: cosh(x))
cosh = elementwise(np.cosh, lambda x, y: np.sinh(x), lambda x: sinh(x))
root = elementwise(np.sqrt, lambda x, y: 0.5 / y, lambda x: divide(number(0.5), root(x)))
absolute = elementwise(np.abs, lambda x, y: np.ones_like(x), sign_of)
sign = elementwise(np.sign, lambda x, y: np.zeros_like(x), constant(0))
sigmoid = elementwise(
    stable_sigmoid, lambda x, y: y * (1 - y), lambda x: multiply(sigmoid(x), of_one(sigmoid(x)))
)


def power(x, y):
    """x to the power y: for whole y of any x, else exp(y log x)."""
    if y.slopes or not np.all(y.array == np.rint(y.array)):
        return exp(multiply(y, log(x)))

    def rule(a, b):
        array = np.power(a[0], b[0])
        error = abs(b[0] * np.power(a[0], b[0] - 1)) * a[1]
        return array, np.where(a[1] > 0, error, 0) + (abs(b[0]) + 2) * EPS * abs(array)

    def slope(mark):
        steep = multiply(y, power(x.before(mark), subtract(y, number(1))))
        return multiply(choose(compare(y, number(0), "="), number(0), steep), x.slopes[mark])

    return build([x, y], rule, slope)


def without(seeded, axes, value):
    """A slope of 0 in the directions of another one."""
    shape = [seeded.size(axis) for axis in axes]
    return exact(np.zeros((*shape, *value.array.shape)), (*axes, *value.axes), value.matrix)


def linear(x, change):
    """A change of places, of array, error and slopes alike: change(array, axes) -> (array, axes)."""
    array, axes = change(x.array, x.axes)
    error, _ = change(x.error, x.axes)
    slopes = {mark: linear(s, change) for mark, s in x.slopes.items()}
    return replace(x, array=array, error=error, axes=axes, slopes=slopes)


def stretched(x, sides):
    """A row or a column that may repeat."""
    slopes = {mark: stretched(s, sides) for mark, s in x.slopes.items()}
    return replace(x, stretch=frozenset(sides), slopes=slopes)


def transpose(x):
    if not x.matrix:
        raise FormulaError("what is transposed is not a matrix")
    turned = {"rows": "columns", "columns": "rows"}
    found = linear(x, lambda array, axes: (np.swapaxes(array, -1, -2), axes))
    return stretched(found, {turned[side] for side in x.stretch}) if x.stretch else found


def as_number(x, rows, columns):
    """A matrix as a number with two more axes; or with None for one that is dropped (length 1)."""

    def change(array, axes):
        if columns is None:
            array = array[..., 0]
        if rows is None:
            array = array[..., 0] if columns is None else array[..., 0, :]
        return array, axes + tuple(name for name in (rows, columns) if name is not None)

    changed = linear(replace(x, matrix=False, stretch=frozenset()), change)
    return replace(changed, slopes={m: as_number(s, rows, columns) for m, s in x.slopes.items()})


def as_matrix(x, rows, columns):
    """A number as a matrix along two of its axes; None is an axis of length 1."""

    def one(value):
        rest = tuple(axis for axis in value.axes if axis not in (rows, columns))
        tail = tuple(name for name in (rows, columns) if name is not None)
        pair = []
        for array in with_axes(value, rest + tail):
            array = array[..., np.newaxis] if columns is None else array
            pair.append(np.expand_dims(array, -2) if rows is None else array)
        slopes = {mark: one(s) for mark, s in value.slopes.items()}
        return Value(*pair, rest, True, frozenset(), slopes)

    return one(x)


def sum_over(x, axis):
    """The sum along an index."""
    if axis not in x.axes:
        raise FormulaError(f"the sum over {axis} sums nothing that has this index")
    place = x.axes.index(axis)
    rest = x.axes[:place] + x.axes[place + 1 :]
    count = x.array.shape[place]
    array = x.array.sum(axis=place)
    error = x.error.sum(axis=place) + count * EPS * abs(x.array).sum(axis=place)
    slopes = {}
    for mark, s in x.slopes.items():
        slopes[mark] = sum_over(spread(s, axis, count), axis)
    return replace(x, array=array, error=error, axes=rest, slopes=slopes)


def spread(x, axis, count):
    """A value with an axis written out along which it does not change."""
    if axis in x.axes:
        return x

    def change(array, axes):
        return np.broadcast_to(array, (count, *array.shape)), (axis, *axes)

    return linear(x, change)


def product_over(x, axis):
    place = x.axes.index(axis)
    result = number(1)
    for n in range(x.array.shape[place]):
        result = multiply(result, at(x, axis, n))
    return result


def at(x, axis, n):
    """The values where an axis has the position n."""

    def change(array, axes):
        if axis not in axes:
            return array, axes
        place = axes.index(axis)
        return array.take(n, axis=place), axes[:place] + axes[place + 1 :]

    return linear(x, change)


def largest_over(x, axis, least=False):
    """The largest along an index; where several are, the first, as NumPy's argmax."""
    place = x.axes.index(axis)
    array = -x.array if least else x.array
    array = np.where(np.isnan(array), np.inf, array)
    positions = exact(np.argmax(array, axis=place), x.axes[:place] + x.axes[place + 1 :])
    return gather(x, axis, positions)


def gather(x, axis, positions):
    """The entries along an axis at some positions, counted from 0; NaN where there is none."""
    wanted = positions.array.astype(int)

    def change(array, axes):
        if axis not in axes:
            return array, axes
        rest = tuple(a for a in axes if a != axis)
        shape = {a: n for a, n in zip(axes, array.shape)}
        every = rest + tuple(a for a in positions.axes if a not in rest)
        tail = array.shape[len(axes) :]
        order = [axes.index(a) for a in rest] + [axes.index(axis)]
        moved = array.transpose(order + list(range(len(axes), array.ndim)))
        moved = moved.reshape([shape[a] if a in rest else 1 for a in every] + [shape[axis], *tail])
        index = wanted.transpose([positions.axes.index(a) for a in every if a in positions.axes])
        index = index.reshape(
            [positions.size(a) if a in positions.axes else 1 for a in every] + [1]
        )
        index = index.reshape(index.shape + (1,) * len(tail))
        inside = (index >= 0) & (index < shape[axis])
        safe = np.where(inside, index, 0)
        sizes = np.broadcast_shapes(moved.shape[: len(every)], safe.shape[: len(every)])
        moved = np.broadcast_to(moved, (*sizes, shape[axis], *tail))
        safe = np.broadcast_to(safe, (*sizes, 1, *safe.shape[len(every) + 1 :]))
        taken = np.take_along_axis(moved, safe, axis=len(every))
        taken = np.where(inside, taken, np.nan)
        return taken.reshape((*sizes, *tail)), every

    return linear(x, change)


def renamed(x, old, new):
    return linear(x, lambda array, axes: (array, tuple(new if a == old else a for a in axes)))


def choose(condition, x, y):
    """x where the condition holds, else y. condition : a value of zeros and ones, without slopes."""

    def rule(c, a, b):
        return tuple(np.where(c[0] != 0, a[k], b[k]) for k in (0, 1))

    def slope(mark):
        nothing = number(0)
        return choose(condition, x.slopes.get(mark, nothing), y.slopes.get(mark, nothing))

    condition = replace(condition, slopes={})
    return build([condition, x, y], rule, slope)


def larger(x, y, least=False):
    """The larger of two; of equal ones the one without slopes, as ReLU's derivative at 0 is 0."""
    x, y = (y, x) if x.slopes and not y.slopes else (x, y)
    difference = subtract(y, x)
    sign = -1 if least else 1
    return choose(compare(difference, number(0), "<" if sign < 0 else ">"), y, x)


COMPARE = {
    "=": np.equal, r"\ne": np.not_equal, "<": np.less, ">": np.greater,
    r"\le": np.less_equal, r"\ge": np.greater_equal,
}  # fmt: skip


def compare(x, y, relation):
    """1 where the relation holds, 0 where not, NaN where one of the two has no value."""
    axes, matrix, ((a, _), (b, _)) = aligned([replace(x, slopes={}), replace(y, slopes={})])
    found = COMPARE[relation](a, b).astype(float)
    return exact(np.where(np.isnan(a + b), np.nan, found), axes, matrix)


def join(values, side):
    """Matrices side by side: side is -1 to join columns, -2 to join rows."""
    axes, _, pairs = aligned(values)
    outer = np.broadcast_shapes(*(a.shape[:-2] for a, _ in pairs))
    joined = [
        np.concatenate(
            [np.broadcast_to(pair[k], outer + pair[k].shape[-2:]) for pair in pairs], side
        )
        for k in (0, 1)
    ]
    slopes = {}
    for mark in {mark for value in values for mark in value.slopes}:
        parts = [value.slopes.get(mark) or zeros_like(value) for value in values]
        slopes[mark] = join(parts, side)
    return Value(*joined, axes, True, frozenset(), slopes)


def zeros_like(x):
    return exact(np.zeros(x.array.shape), x.axes, x.matrix)
