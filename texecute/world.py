"""Random instances of a model: sizes, leaves and functions are drawn, all else is computed.

A `Frame` holds the values of one instance. A frame inside another one has some quantities changed,
by a direction for a derivative, and computes again what depends on them.
"""

import numpy as np

from texecute import values as v
from texecute.model import letter_of
from texecute.read import FormulaError, Node


class NoValue(FormulaError):
    """A name with labels for which the text defines nothing."""


class Instance:
    """One draw of everything that the model leaves open."""

    def __init__(self, model, seed, fixed=None, special=(), scaled=None):
        self.model, self.seed = model, seed
        self.special, self.scaled = tuple(special), scaled or {}
        self.rng = np.random.default_rng(seed)
        self.fixed = dict(fixed or {})
        self.sizes, self.leaves, self.functions, self.marks, self.met = {}, {}, {}, 0, {}
        self.seen = {}  # (the terms of a sum, which of them): whether rounding left it visible
        self.uncovered = False  # whether cases had no branch that holds
        self.counted = {}  # (definition, labels), and sums: how far the indices of its body run
        self.known = {}  # a name with its scripts: the definition that holds for it, and the labels
        self.letters = {}  # the body of a sum: the letters at labels in it
        self.lengths = {}  # letter: [(how far it ran, the labels then)]
        self.wide = seed % 2 == 1  # numbers of every scale, and those that the formula names
        self.large = 9 if seed % 4 == 2 else None  # some sizes are far above the others
        self.frame = Frame(self)

    def description(self):
        """The sizes of this instance, for messages."""
        shown = [
            f"{name}{''.join(f'[{n}]' for n in labels)} = {n}"
            for (name, labels), n in sorted(self.sizes.items())
        ]
        return f"instance {self.seed}: {', '.join(shown)}" if shown else f"instance {self.seed}"

    # Whole numbers

    def size(self, name, labels):
        """A size that nothing defines: 2 to 5, no two alike as long as that is possible."""
        key = (name, labels)
        if key not in self.sizes:
            if key in self.fixed:
                self.sizes[key] = self.fixed[key]
            else:
                taken = set(self.sizes.values())
                free = [n for n in range(2, 6) if n not in taken] or list(range(2, 6))
                if self.seed % 5 == 4:  # here two sizes may be alike
                    free = [2, 3]
                size = int(self.rng.choice(free))
                if self.is_count_of_labels(name):
                    size = 1 + self.seed % 3 if self.seed % 5 else 4
                elif self.large and self.large < 12 and self.rng.random() < 0.6:
                    size, self.large = self.large, self.large + 1
                self.sizes[key] = size
        return self.sizes[key]

    def is_count_of_labels(self, name):
        """Whether a size says how many layers or steps there are."""
        ends = [
            (d.ranges | self.model.ranges)[x][1]
            for d in self.model.order
            for x in d.labels
            if x in d.ranges or x in self.model.ranges
        ]
        return any(letter_of(end) == name for end in ends)

    # Leaves

    def leaf(self, definition, labels, shape, domain):
        key = (definition, labels)
        if key not in self.leaves:
            self.leaves[key] = self.draw(domain, shape) * self.scaled.get(definition.key, 1)
        return self.leaves[key]

    def draw(self, domain, shape):
        """Random numbers of a set: reals, positive ones, an interval, one of some."""
        rng = self.rng
        if isinstance(domain, tuple) and domain[0] == "interval":
            _, low, high, ends = domain
            array = rng.uniform(low, high, size=shape)
            if ends and self.wide:
                array = np.where(rng.random(shape) < 0.5, rng.choice(ends, size=shape), array)
            return array
        if isinstance(domain, tuple) and domain[0] == "among":
            return rng.choice(np.asarray(domain[1], dtype=float), size=shape)
        if isinstance(domain, tuple) and domain[0] == "simplex":
            array = rng.exponential(size=shape) ** (3 if self.wide else 1)
            if self.wide:  # shares may be 0, but not all of them
                array = np.where(rng.random(shape) < 0.3, 1e-300, array)
            rows = self.model.notation.examples == "rows" or shape[-2] == 1
            axis = -1 if rows else -2
            return array / array.sum(axis=axis, keepdims=True)
        reach = 1.5 if self.seed < 20 else 4  # further out, where an inequality is attacked
        scale = 10 ** rng.uniform(-reach, reach) if self.wide else 1.0
        array = scale * rng.normal(size=shape)
        if self.wide:
            points = [0.0, *self.special, 1.0, -1.0, 40 * rng.normal(), 1e4 * rng.normal()]
            chosen = rng.choice(points, size=shape)
            if array.size == 1 and self.seed % 4 == 1:  # a single number meets one after the other
                chosen = np.full(shape, points[(self.seed // 4 + len(self.leaves)) % len(points)])
            array = np.where(rng.random(shape) < (0.4 if array.size > 1 else 0.8), chosen, array)
        if domain == "positive":
            array = np.where(array == 0, scale, abs(array))
        if domain == "nonnegative":
            array = abs(array)
        return array

    def meet(self, condition, holds, may_hold_always=False):
        """Note whether a condition was true somewhere, and false somewhere."""
        true, false = self.met.get(condition, (False, False))
        found = np.nan_to_num(holds.array)
        self.met[condition] = (
            true or bool(np.any(found == 1)),
            false or may_hold_always or bool(np.any(found == 0)),
        )

    def see(self, pairs, values, result):
        """Note which terms of a sum are larger than what rounding does to the sum."""
        if len(values) > 1 and not result.slopes:
            noise = float(np.max(result.error, initial=0.0))
            for n, value in enumerate(values):
                size = float(np.max(np.abs(value.array), initial=0.0))
                self.seen[pairs, n] = (
                    self.seen.get((pairs, n), False) or size == 0 or size > 2 * noise
                )

    def level(self, place, value, ends):
        """Note whether a function that levels off was seen before it does."""
        away = np.min([abs(value.array - end) for end in ends], axis=0)
        self.seen[place, 0] = self.seen.get((place, 0), False) or bool(np.any(away > 1e-12))

    def ran(self, letter, length, labels):
        """Note how far an index ran, to say it in the reading."""
        self.lengths.setdefault(letter, []).append((length, dict(labels)))

    def mark(self):
        self.marks += 1
        return self.marks

    # Functions that nothing defines

    def function(self, key, sizes, count):
        """Coefficients of a smooth function without symmetries, of columns of these sizes."""
        if key not in self.functions:
            rng, inner = self.rng, 4
            self.functions[key] = {
                "into": [rng.normal(size=(inner, n)) / np.sqrt(n) for n in sizes],
                "shift": rng.normal(size=(inner, 1)),
                "out": rng.normal(size=(count, inner)),
                "bend": 0.3 * rng.normal(size=(count, inner)),
            }
        return self.functions[key]


class Frame:
    """The values of an instance, perhaps with some quantities changed or held."""

    def __init__(self, instance, parent=None, changed=None, held=(), only=None):
        self.instance, self.model, self.parent = instance, instance.model, parent
        self.changed, self.held, self.memo, self.children = changed or {}, set(held), {}, {}
        self.touched = {}
        self.only = only  # the one quantity that sees the change, along an edge of a graph
        self.changed_keys = {definition.key for definition, _ in self.changed}

    def get(self, definition, labels):
        """The value of a quantity: axes @0, @1, … for its subscripts, then rows and columns."""
        place = (definition, labels)
        if place in self.changed:
            return self.changed[place]
        passed = place in self.held or (self.only is not None and place != self.only)
        if self.parent and (passed or not self.is_touched(definition)):
            return self.parent.get(definition, labels)
        if place not in self.memo:
            self.memo[place] = None
            self.memo[place] = self.compute(definition, labels)
        if self.memo[place] is None:
            raise FormulaError(f"{definition.name} is defined by itself")
        return self.memo[place]

    def is_touched(self, definition):
        key, keys = definition.key, self.changed_keys
        if key not in self.touched:
            self.touched[key] = key in keys or any(self.model.depends(key, k) for k in keys)
        return self.touched[key]

    def root(self):
        return self.parent.root() if self.parent else self

    def toward(self, definition, labels, held=(), only=None):
        """A frame with a direction for every entry of a quantity, and (mark, the axes for them)."""
        place = (definition, labels, held, only)
        if place not in self.children:
            value, mark = self.get(definition, labels), self.instance.mark()
            seeded, axes = seed(value, mark)
            frame = Frame(self.instance, self, {(definition, labels): seeded}, held, only)
            self.children[place] = frame, mark, axes
        return self.children[place]

    def compute(self, definition, labels):
        from texecute.evaluate import Evaluator

        env = dict(zip(definition.labels, labels))
        evaluator = Evaluator(self, env, ranges=definition.ranges)
        if definition.kind == "size":
            return v.exact(float(self.instance.size(definition.name, labels)))
        if definition.kind == "leaf":
            return self.leaf(definition, labels, evaluator)
        place, counted = (definition, labels), self.instance.counted
        if place not in counted:  # whatever is changed, an index counts the same things
            nodes = [definition.body, *definition.conditions]
            counted[place] = evaluator.lengths(nodes, definition.axes)
        lengths = counted[place]
        inner = evaluator.with_lengths(lengths)
        value = inner(definition.body)
        for condition in definition.conditions:
            value = v.choose(inner(condition), value, v.exact(np.nan))
        left = [
            axis for axis in value.axes if axis not in definition.axes and not axis[0].isdigit()
        ]
        if left:
            raise FormulaError(
                f"{definition.name} depends on {left[0]}, which its name does not show"
            )
        for k, letter in enumerate(definition.axes):
            value = v.renamed(v.spread(value, letter, lengths[letter]), letter, f"@{k}")
        return value

    def leaf(self, definition, labels, evaluator):
        lengths = [evaluator.range_of(letter) for letter in definition.axes]
        dims = [evaluator.whole(size) for size in definition.dims or ()]
        shape = (*lengths, *(dims if len(dims) != 1 else [dims[0], 1]))
        domain = definition.domain
        if isinstance(domain, Node):  # {1, ..., n}: the end is one of this instance
            low, high = (evaluator.whole(x) for x in domain.parts)
            domain = ("among", range(low, high + 1))
        array = self.instance.leaf(definition, labels, shape, domain)
        return v.exact(array, tuple(f"@{k}" for k in range(len(lengths))), bool(dims))


def seed(value, mark):
    """A value with a slope of 1 in each of its entries, along new axes."""
    names = [f"{mark}.{k}" for k in range(len(value.axes))]
    own = list(value.axes)
    if value.matrix:
        shape = value.array.shape
        size = int(np.prod(shape))
        names += [f"{mark}.rows", f"{mark}.columns"]
    else:
        shape, size = value.array.shape, value.array.size
    identity = np.eye(size).reshape((*shape, *shape))
    k = len(shape)
    # directions first, then the axes of the value itself
    identity = identity.transpose([*range(k, 2 * k), *range(k)])
    slope = v.Value(identity, np.zeros(identity.shape), (*names, *own), value.matrix)
    return v.replace(value, slopes={**value.slopes, mark: slope}), tuple(names)
