"""Whether a claim holds: both sides of each link in many instances, and what their rounding allows."""

import numpy as np

from texecute import values as v
from texecute.evaluate import Evaluator
from texecute.functions import sized
from texecute.indices import domain_in, label_letters
from texecute.model import literal
from texecute.read import FormulaError, Node, subnodes
from texecute.step import (
    EXACT,
    decimals,
    everywhere,
    first,
    is_bent,
    lies_in,
    order_of,
    without_order,
    worst,
    write_keys,
)
from texecute.world import Instance, NoValue
from texecute.write import Ends

SEEDS, ATTACKS = 10, 60  # instances for an equation, and for an inequality
INFORMS = 1e-3  # a bound on rounding that is a larger part of the numbers says nothing


class Claim:
    """A chain of sides that are resolved, with its conditions and the ranges of its indices."""

    def __init__(self, model, sides, relations, conditions, ranges, steps):
        self.model, self.sides, self.relations = model, sides, relations
        self.conditions, self.ranges, self.steps = conditions, ranges, steps
        self.ends, self.domains, self.free = Ends(), {}, set()
        self.visible = {}  # terms of sums: whether they are more than rounding, somewhere
        self.taken = {}  # branches of cases, and conditions, that were met

    @np.errstate(all="ignore")
    def judge(self):
        """Try the claim in as many instances as it needs, until a step is false."""
        fixed, special = self.fixed(), self.special()
        tried, wanted = 0, self.count(special)
        for seed in range(4 * wanted):  # where a condition does not hold, another is drawn
            instance = Instance(self.model, seed, fixed, special)
            try:
                tried += self.in_instance(instance)
            except FormulaError as error:
                self.steps[0].fail(str(error), instance)
            self.take(instance)
            for step in self.steps:
                step.instances, step.example = tried, step.example or instance.description()
            if tried == wanted or any(step.verdict == "false" for step in self.steps):
                break
        if r"\refuted" not in self.relations:
            self.question()
        for step in self.steps:
            self.conclude(step)

    def take(self, instance):
        """Keep what an instance has shown of ranges, terms and branches."""
        self.ends.take(instance)
        for term, visible in instance.seen.items():
            self.visible[term] = self.visible.get(term, False) or visible
        for condition, now in instance.met.items():
            before = self.taken.get(condition, (False, False))
            self.taken[condition] = tuple(a or b for a, b in zip(before, now))
        if instance.uncovered:
            self.steps[0].fail("at some places no branch of the cases holds", instance)

    def question(self):
        """Call untested what no instance could have shown to be false."""
        for true, false in self.taken.values():
            if not (true and false) and not any(step.verdict for step in self.steps):
                never = "never false: the other branch is dead" if true else "never true"
                self.steps[0].fail(f"a branch was {never}", verdict="untested")
        if not all(self.visible.values()):
            hidden = "rounding hides a part of it, wherever it was tried"
            self.steps[0].fail(hidden, verdict="untested")

    def count(self, special):
        """How many instances: more where a formula bends, so that its special points are met."""
        if set(self.relations) & {"<", ">", r"\le", r"\ge", r"\ne"}:
            return ATTACKS
        bends = any(is_bent(x) for side in self.sides for x in subnodes(side))
        return SEEDS + 3 * len(special) + 10 if bends else SEEDS

    def special(self):
        """The numbers in the formula, and some beside them: where its branches meet."""
        found = set()
        for side in (*self.sides, *self.conditions):
            for node in subnodes(side):
                if node.kind == "number":
                    number = float(node.parts[0])
                    found |= {number, -number, number + 0.5, number - 0.5}
                if node.kind == "quotient" and all(x.kind == "number" for x in node.parts):
                    found.add(float(node.parts[0].parts[0]) / float(node.parts[1].parts[0]))
        return sorted(x for x in found if abs(x) < 1e8)[:24]

    def fixed(self):
        """Sizes that a condition sets, as in "for L = 2"."""
        found = {}
        for condition in self.conditions:
            (sides, relations) = condition.parts
            if relations == ("=",) and sides[0].kind == "ref" and literal(sides[1]) is not None:
                key, sups, subs = sides[0].parts
                if (
                    any(d.kind == "size" for d in self.model.families[key])
                    and not sups
                    and not subs
                ):
                    found[key[0], ()] = literal(sides[1])
        return found

    def in_instance(self, instance):
        """Judge all links for every value of the labels. Returns whether anything was compared."""
        outer = Evaluator(instance.frame, ranges=self.ranges)
        compared = False
        for labels in self.labels(outer):
            compared |= self.at(outer.at(labels), instance, labels)
        return compared

    def labels(self, outer):
        """Every choice of the labels that are free in the statement."""
        nodes = [*self.sides, *self.conditions]
        found = [{}]
        free = sorted(set().union(*(free_labels(x, self.model) for x in nodes)))
        for letter in free:
            domain = outer.domain_of(letter)
            if domain is None:
                domains = [domain_in(outer, x, letter) for x in nodes]
                domains = [d for d in domains if d is not None]
                if not domains:
                    raise FormulaError(f"nothing says how far {letter} runs")
                domain = sorted(set.intersection(*map(set, domains)))
            self.domains.setdefault(letter, []).append((domain, instance_sizes(outer)))
            found = [choice | {letter: n} for choice in found for n in domain]
        return found

    def at(self, evaluator, instance, labels):
        lengths = evaluator.lengths([*self.existing(evaluator), *self.conditions])
        self.free |= lengths.keys()
        for letter, length in lengths.items():
            instance.ran(letter, length, labels)
        inner = evaluator.with_lengths(lengths)
        holds = v.number(1)
        for condition in self.conditions:
            try:
                holds = v.multiply(holds, everywhere(inner(condition)))
            except NoValue:
                return False
        if not np.any(np.nan_to_num(holds.array)):
            return False
        values = []
        for side in self.sides:
            try:
                values.append(self.side(side, inner))
            except (NoValue, FormulaError) as error:
                values.append(error)
        compared = False
        for step, left, right in zip(self.steps, values, values[1:]):
            if step.relation in (":=", r"\leftarrow", r"\sim"):
                continue
            if isinstance(left, NoValue) and isinstance(right, NoValue):
                continue
            for side, value in (("left", left), ("right", right)):
                if isinstance(value, FormulaError):
                    where = self.shown(labels, {}, ())
                    step.fail(f"the {side} has no value{where}: {value}", instance)
                    break
            else:
                compared = True
                self.compare(step, left, right, holds, instance, labels)
        return compared

    def side(self, side, inner):
        return side if side.kind == "set" else inner(without_order(side)[0])

    def existing(self, evaluator):
        """The sides whose names have a value here."""
        for side in self.sides:
            if side.kind != "set":
                yield without_order(side)[0]

    # Comparing

    def compare(self, step, left, right, holds, instance, labels):
        if step.relation == r"\in":
            return self.compare_shape(step, left, right, instance, labels)
        pair = self.fitted(step, left, right, instance, labels)
        if pair is None:
            return None
        matrix = any(x.matrix for x in pair)
        wanted, _, pairs = v.aligned([*pair, holds])
        shape = np.broadcast_shapes(*(p[0].shape for p in pairs))
        (a, ea), (b, eb), (h, _) = [tuple(np.broadcast_to(x, shape) for x in p) for p in pairs]
        where = h != 0
        if instance.wide:  # where numbers overflow, or one side has no value, nothing can be told
            one_sided = where & (np.isnan(a) != np.isnan(b)) & np.isfinite(np.nan_to_num(a + b))
            step.gaps["partial"] = step.gaps.get("partial") or bool(one_sided.any())
            where = where & np.isfinite(a) & np.isfinite(b)
        step.evaluated += int(where.sum())
        missing = where & (np.isnan(a) | np.isnan(b))
        if missing.any():
            at = first(missing)
            left_lacks, right_lacks = np.isnan(a[at]), np.isnan(b[at])
            what = "the left has no value" if left_lacks else "the right has no value"
            what = "neither side has a value" if left_lacks and right_lacks else what
            return step.fail(
                f"{what}{self.shown(labels, dict(zip(wanted, at)), at, matrix)}", instance
            )
        gap = np.where(a == b, 0.0, abs(a - b))
        bound = 4 * (ea + eb) + 4 * v.EPS * np.maximum(abs(a), abs(b))
        bound = np.where(np.isnan(bound), np.inf, bound)
        size = np.maximum(abs(a), abs(b))
        order = next((o for o in map(order_of, self.sides_of(step)) if o is not None), None)
        if order is not None:
            self.vanishing(step, order, labels, instance)
        elif step.relation in ("=", r"\refuted"):
            self.equal(step, a, b, gap, bound, size, where, wanted, matrix, labels, instance)
        elif step.relation == r"\approx":
            self.near(step, a, b, bound, where, wanted, matrix, labels, instance)
        else:
            self.ordered(step, a, b, bound, where, wanted, matrix, labels, instance)
        return None

    def fitted(self, step, left, right, instance, labels):
        left, right = sized([left, right])
        if left.matrix != right.matrix:
            single = [x for x in (left, right) if x.shape == (1, 1) and not x.stretch]
            if single:
                left, right = (v.as_number(x, None, None) if x.matrix else x for x in (left, right))
            else:
                zero = [x for x in (left, right) if not x.matrix]
                if not (zero[0].array.size == 1 and zero[0].array.item() == 0):
                    shape = (left if left.matrix else right).shape
                    step.fail(
                        f"one side is a matrix of shape {shape}, the other a number", instance
                    )
                    return None
        if left.matrix and right.matrix and not (left.stretch or right.stretch):
            if left.shape != right.shape:
                step.fail(
                    f"the left has shape {left.shape}, the right {right.shape}{self.shown(labels, {}, ())}",
                    instance,
                )
                return None
        return left, right

    def equal(self, step, a, b, gap, bound, size, where, axes, matrix, labels, instance):
        finite = where & np.isfinite(a + b)
        informs = finite & ((bound <= INFORMS * size) | (a == b) & (bound <= EXACT))
        differs = where & (gap > bound) & np.isfinite(a + b)
        infinite = where & ~np.isfinite(a + b) & (a != b)
        relative = np.where(informs & (size > 0), gap / np.where(size > 0, size, 1), 0.0)
        if step.relation == r"\refuted":
            # Shown is the place that says most: where the sides are far apart, and of the size of 1.
            telling = np.where(differs, gap / (1 + size) / (1 + size), -1.0)
            at = worst(telling)
            if telling[at] > step.gaps.get("differs", 0):
                step.gaps["differs"] = telling[at].item()
                step.values = (a[at].item() + 0.0, b[at].item() + 0.0)  # 0, and not -0
                step.place = self.shown(labels, dict(zip(axes, at)), at, matrix)
                step.instance = instance.description()
            return
        if differs.any() or infinite.any():
            at = worst(
                np.where(differs, gap / np.maximum(size, v.TINY), -1.0)
                if differs.any()
                else infinite.astype(float)
            )
            x, y = a[at].item() + 0.0, b[at].item() + 0.0  # 0, and not -0
            place = self.shown(labels, dict(zip(axes, at)), at, matrix)
            message = f"the left is {x:.6g}, the right {y:.6g}{place}"
            step.fail(message, instance, place, (x, y))
            return
        if informs.any():
            step.gaps["informs"] = step.gaps.get("informs", 0) + int(informs.sum())
            step.error = max(step.error, float(relative.max()))

    def ordered(self, step, a, b, bound, where, axes, matrix, labels, instance):
        strict = step.relation in ("<", ">")
        low, high = (a, b) if step.relation in ("<", r"\le") else (b, a)
        if step.relation == r"\ne":
            wrong = where & (a == b)
            wrong = wrong & wrong.all(axis=(-2, -1), keepdims=True) if matrix else wrong
        elif strict:
            wrong = where & ((low > high + bound) | ((low == high) & (bound <= EXACT)))
        else:
            wrong = where & (low > high + bound)
        if wrong.any():
            at = worst(wrong.astype(float))
            x, y = a[at].item(), b[at].item()
            place = self.shown(labels, dict(zip(axes, at)), at, matrix)
            step.fail(f"the left is {x:.6g}, the right {y:.6g}{place}", instance, place, (x, y))
        clear = where & np.isfinite(low + high) & (high > low + bound if strict else high >= low)
        clear = where & (a != b) if step.relation == r"\ne" else clear
        if not wrong.any() and clear.any():
            step.gaps["informs"] = step.gaps.get("informs", 0) + int(clear.sum())

    def sides_of(self, step):
        n = next(n for n, x in enumerate(self.steps) if x is step)
        return self.sides[n : n + 2]

    def vanishing(self, step, order, labels, instance):
        """= … + O(α²): with α ten times smaller the sides come a hundred times closer."""
        keys = {x.parts[0] for x in subnodes(order) if x.kind == "ref"}
        if instance.wide:  # there α may be far from small
            return
        definitions = [d for key in keys for d in self.model.families[key]]
        if not keys or any(d.kind != "leaf" for d in definitions):
            step.fail("O(...) speaks of numbers that are drawn, such as α", instance)
            return
        gaps = []
        for factor in (1e-3, 1e-4):
            scaled = Instance(
                self.model, instance.seed, self.fixed(), (), dict.fromkeys(keys, factor)
            )
            inner = Evaluator(scaled.frame, labels, ranges=self.ranges)
            sides = [without_order(x)[0] for x in self.sides_of(step)]
            inner = inner.with_lengths(inner.lengths(sides))
            x = v.subtract(*map(inner, sides))
            size = abs(inner(order).array)
            gaps.append((np.max(abs(x.array)), 8 * np.max(x.error), float(np.max(size))))
        (coarse, _, before), (fine, rounding, after) = gaps
        step.evaluated += 1
        if not np.isfinite(fine) or fine > 1.5 * coarse * after / before + rounding:
            step.fail(
                f"the sides differ by {coarse:.3g}, and where {write_keys(keys)} is ten times smaller by {fine:.3g}",
                instance,
            )
        elif coarse > rounding:
            step.gaps["informs"] = 1

    def near(self, step, a, b, bound, where, axes, matrix, labels, instance):
        """A rounded decimal: equal in the places that are written."""
        digits = decimals(step.right)
        if digits is None:
            step.fail("≈ has no order: write = … + O(α^2), or a decimal on the right", instance)
            return
        wrong = where & (abs(a - b) > 0.5 * 10.0**-digits + bound)
        if wrong.any():
            at = worst(wrong.astype(float))
            step.fail(
                f"the left is {a[at].item():.{digits + 3}f}",
                instance,
                "",
                (a[at].item(), b[at].item()),
            )
        else:
            step.gaps["informs"] = 1

    def compare_shape(self, step, left, right, instance, labels):
        inner = Evaluator(instance.frame, labels, ranges=self.ranges)
        _, dims, domain = right.parts
        expected = tuple(inner.whole(x) for x in dims)
        if len(expected) == 1:
            expected = (expected[0], 1)
        shape = left.shape if left.matrix else ()
        step.evaluated += 1
        if shape != expected:
            what = f"has shape {shape}" if shape else "is a number"
            step.fail(
                f"the left {what}, not {expected or 'a number'}{self.shown(labels, {}, ())}",
                instance,
            )
        if not lies_in(left, domain):
            step.fail(f"the left lies outside{self.shown(labels, {}, ())}", instance)
        step.gaps["informs"] = 1

    def conclude(self, step):
        if step.verdict:
            return
        if step.relation in (":=", r"\leftarrow", r"\sim"):
            step.verdict = "definition"
        elif step.relation == r"\refuted":
            step.verdict = "refuted" if step.gaps.get("differs") else "false"
            if step.verdict == "false":
                step.message = "nowhere do the two sides differ by more than rounding"
        elif step.relation == r"\in":
            step.verdict = "shape" if step.gaps.get("informs") else "untested"
        elif step.gaps.get("informs"):
            step.verdict = "true"
        else:
            step.verdict = "untested"
            step.message = (
                "rounding hides what is claimed, wherever it was tried"
                if step.evaluated
                else "its conditions were never met, or nothing in it has a value"
            )

    def shown(self, labels, indices, at, matrix=False):
        """At j = 2, i = 3, l = 1, row 2, column 1."""
        found = [f"{letter} = {n}" for letter, n in labels.items()]
        found += [f"{letter} = {int(n) + 1}" for letter, n in indices.items()]
        if matrix and len(at) >= 2:
            found += [f"row {at[-2] + 1}, column {at[-1] + 1}"]
        return f" at {', '.join(found)}" if found else ""


def instance_sizes(evaluator):
    return dict(evaluator.frame.instance.sizes)


def free_labels(node, model, bound=frozenset()):
    """The letters at labels that no sum binds."""
    if isinstance(node, tuple):
        return set().union(*(free_labels(x, model, bound) for x in node)) if node else set()
    if not isinstance(node, Node):
        return set()
    if node.kind == "big":
        bound = bound | set(node.parts[1])
    own = set()
    if node.kind in ("ref", "apply"):
        own = label_letters(
            Node(node.kind, node.parts if node.kind == "ref" else (*node.parts[:4], ())), model
        )
    return (own - bound) | free_labels(node.parts, model, bound)
