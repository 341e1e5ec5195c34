"""Check the displayed equations of a chapter, step by step."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from math import erf
from pathlib import Path

import nbformat
import numpy as np

from book.equations.evaluate import COMPARE, Frame, UnknownName, layers_of
from book.equations.parse import FormulaError, parse
from book.equations.trees import names, subtrees, write
from book.equations.world import NEW, define, is_new
from book.equations.worlds import ALSO, CHAPTERS, ONLY, ROWS

DISPLAYED = re.compile(r"^\$\$\n(.*?)^\$\$ \((eq:[\w-]+)\)$", re.M | re.S)
OVERLOOKED = re.compile(r"\$\$|\{math\}|\\begin\{|\\\[|\\displaystyle")
SEEDS = 6
EXACT, FIRST_ORDER = 1e-9, 1e-5  # the relative errors that = and ≈ are allowed
TINY = 1e-4  # below this size, errors are compared with it: 1e-17 against 0 is no error

# Equations that are not executed, with the reason. There are none.
SCHEMATIC = {}


@dataclass
class Step:
    """One link of a chain, left = right, and what came of it."""

    relation: str
    left: str
    right: str
    evaluated: int = 0
    error: float = 0.0
    failure: str = ""
    refutation: str = ""
    gaps: dict = field(default_factory=dict)  # of ≈: how far apart the sides are, by world


@dataclass
class Equation:
    """A displayed equation, where it stands, and what came of it."""

    label: str
    latex: str
    path: Path
    number: int
    steps: list = field(default_factory=list)
    worlds: list = field(default_factory=list)
    failure: str = ""

    @property
    def chapter(self):
        return Path(self.path).stem

    @cached_property
    def statements(self):
        return parse(self.latex)

    @property
    def kind(self):
        """Read from the form: := and ← define, ∈ states a shape, everything else is a claim."""
        if self.label in SCHEMATIC:
            return "schematic"
        of = {":=": "definition", r"\leftarrow": "definition", r"\in": "shape"}
        of[r"\refuted"] = "refuted"
        kinds = {of.get(step.relation, "claim") for step in self.steps}
        order = ["refuted", "definition", "claim", "shape"]
        return " and ".join(kind for kind in order if kind in kinds)

    def check(self, worlds_for):
        """Evaluate every step in the worlds that are found for the statements."""
        try:
            self.steps = [
                Step(relation, text(self, left), text(self, right))
                for sides, relations, _ in self.statements
                for left, relation, right in zip(sides, relations, sides[1:])
            ]
            worlds = worlds_for(self)
        except FormulaError as error:
            self.failure = str(error)
            return
        self.worlds = [world.description for world in worlds]
        for world in worlds:
            steps = iter(self.steps)
            for statement in self.statements:
                mine = [next(steps) for _ in statement.relations]
                check_statement(world, statement, self.statements, mine)
        for step in self.steps:
            if not step.evaluated and not step.failure:
                step.failure = "no value of the indices meets the condition, in any world"

    @property
    def failures(self):
        return [text for text in [self.failure, *(step.failure for step in self.steps)] if text]


def equations(path):
    """The displayed equations of a notebook, in order."""
    texts = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            texts.append(cell.source)
            if OVERLOOKED.search(DISPLAYED.sub("", cell.source)):
                raise FormulaError(
                    f"{path}, cell {cell.id}: a displayed equation has the form\n"
                    "$$\n...\n$$ (eq:label)\nwith each $$ at the start of a line"
                )
    found = DISPLAYED.findall("\n\n".join(texts))
    return [Equation(label, latex, path, n) for n, (latex, label) in enumerate(found, 1)]


class Chapter:
    """The worlds of one chapter, with what its equations have defined so far."""

    def __init__(self, name, seeds=SEEDS):
        self.kinds, self.rows = (
            [[make(seed) for seed in range(seeds)] for make in kinds.get(name, ())]
            for kinds in (CHAPTERS, ROWS)
        )
        self.seeds = seeds
        for worlds in self.kinds:
            worlds += [world.finer() for world in worlds if world.small]

    def worlds_for(self, equation):
        """The first kind of world that has every quantity of an equation, and those of ALSO."""
        new = {
            name.children[0] for name in defined_in(equation.statements) if self.is_unknown(name)
        }
        kinds = self.rows if equation.label.startswith("eq:rows-") else self.kinds
        if equation.label in ONLY:
            kinds = [[make(seed) for seed in range(self.seeds)] for make in ONLY[equation.label]]
        if not kinds:
            raise FormulaError(f"worlds.py names no worlds for {equation.label} in this chapter")
        missing = []
        for worlds in kinds:
            mine = {key[0] for key in worlds[0].nodes}
            others = {key[0] for kind in kinds for key in kind[0].nodes} - mine
            missing.append(missing_in(worlds[0], equation.statements, new - others))
            if not missing[-1]:
                also = ALSO.get(equation.label, ())
                return worlds + [make(seed) for make in also for seed in range(len(worlds))]
        unknown = sorted(set.intersection(*missing))
        if unknown:
            raise FormulaError(f"no world of this chapter knows {', '.join(unknown)}")
        found = [
            f"{worlds[0].description}: {', '.join(sorted(names))} is unknown"
            for worlds, names in zip(kinds, missing)
        ]
        raise FormulaError("\n".join(["no world of this chapter knows all of this", *found]))

    def is_unknown(self, name):
        """Whether a name means nothing yet in any world of the chapter."""
        return all(is_new(worlds[0], name) for worlds in self.kinds)

    def check(self, equation):
        """Evaluate every step of an equation in all its worlds."""
        equation.check(self.worlds_for)


def defined_in(statements):
    """The names on the left of :=."""
    return [
        left for (left, *_), (first, *_), _ in statements if first == ":=" and left.data == "name"
    ]


def text(equation, tree):
    """The LaTeX of one side of a step."""
    return equation.latex[tree.meta.start_pos : tree.meta.end_pos]


def missing_in(world, statements, new):
    """The names in some statements that are not known, but for what the text defines here."""
    own = new | set(world.leaves)
    defined = {name.children[0] for name in defined_in(statements)} & own
    missing = set()
    for sides, _, _ in statements:
        for side in sides:
            for tree in subtrees(side):
                if tree.data in ("call", "slope"):
                    layer = tree.children[-2] and 1
                    if not world.function(tree.children[0], layer, tree.data == "slope"):
                        missing.add(tree.children[0] if tree.data == "call" else "its derivative")
        wanted = [name for side in sides for name in names(side) if name.children[0] not in defined]
        unknown = [
            {write(name) for name in wanted if is_unknown(world, name, l)}
            for l in range(1, world.L + 1)
        ]
        missing |= min(unknown, key=len)
    return missing


def is_unknown(world, name, l):
    try:
        return not Frame(world.values, {"l": l}).find(name)
    except UnknownName:
        return True


def check_statement(world, statement, statements, steps):
    """Check one chain in one world, for every layer and every value of its indices."""
    with np.errstate(all="ignore"):  # what is not finite is reported as false
        check_chains(world, statement, statements, steps)


def check_chains(world, statement, statements, steps):
    sides, relations, condition = statement
    try:
        if relations[0] == ":=" and is_new(world, sides[0]):
            define(world, statement, statements)
        trees = [*sides, *([condition] if condition else [])]
        layers = layers_of(world, trees)
        if not layers:
            raise FormulaError("there is no layer for which all of this exists")
        for l in layers:
            frame = Frame(world.values, {"l": l} if l else {})
            with frame.indexed(frame.lengths(*trees)):
                check_chain(frame, statement, steps)
    except FormulaError as error:
        fail(steps[0], world, str(error))
    except Exception as error:  # an oversight of this program must not end the whole run
        fail(steps[0], world, f"cannot be evaluated: {type(error).__name__}: {error}")


def check_chain(frame, statement, steps):
    holds = frame(statement.condition) if statement.condition else True
    shape = tuple(max(axis.shape) for axis in reversed(frame.indices.values()))
    values, error = [], None
    for side in statement.sides:
        frame.defined = np.array(True)
        try:
            value = side if side.data in ("space", "normal") else frame(side)
        except FormulaError as found:
            error = f"the {'right' if values else 'left'} has no value{place(frame)}: {found}"
            break
        values.append((value, np.broadcast_to(frame.defined & holds, shape)))
    for (left, here), (right, there), step in zip(values, values[1:], steps):
        if step.relation == r"\leftarrow":
            update(frame, statement.sides[0], left, right, step)
        elif np.any(here & there):
            compare(frame, left, right, here & there, step)
    if error:
        fail(steps[max(len(values) - 1, 0)], frame.world, error)


def place(frame, at=None, size=(1, 1)):
    """Where a step was evaluated: at j = 2, i = 3, l = 1, or at l = 1, row 2, column 1."""
    found = []
    if at is not None:
        *indices, row, column = at
        found = [f"{letter} = {n + 1}" for letter, n in zip(frame.indices, reversed(indices))]
    found += [f"l = {frame.layers['l']}"] if "l" in frame.layers else []
    found += [f"row {row + 1}, column {column + 1}"] if size != (1, 1) else []
    return f" at {', '.join(found)}" if found else ""


def fail(step, world, message):
    nodes = [node.name for node in world.nodes.values()]
    used = [name for name in nodes if name.split(",")[0] in step.left + step.right]
    hint = f"\nwith {', '.join(used)} as the text defines it" if used else ""
    step.failure = step.failure or f"{message}\nin {world.description}{hint}"


def compare(frame, left, right, where, step):
    """One step: left (relation) right, wherever the condition holds."""
    world = frame.world
    step.evaluated += 1 if step.relation == r"\sim" else int(np.sum(where))
    if step.relation == r"\in":
        return compare_shape(frame, left, right, step)
    if step.relation == r"\sim":
        return compare_distribution(frame, left, right, where, step)
    try:
        pair = [written_out(value, where.shape) for value in fitted(left, right)]
    except FormulaError as error:
        return fail(step, world, str(error))
    x, y = (array[where] for array in pair)
    gap, size = np.max(np.abs(x - y)), max(np.max(np.abs(x)), np.max(np.abs(y)), TINY)
    error = float(gap / size) if np.all(np.isfinite(x + y)) else np.inf
    if step.relation != r"\approx" or world.coarse:
        step.error = max(step.error, error)
    if step.relation in COMPARE and step.relation != "=":
        slack = EXACT * size if step.relation in (r"\le", r"\ge") else 0
        slack = slack if step.relation == r"\le" else -slack
        right_way = np.isfinite(error) and np.all(COMPARE[step.relation](x, y + slack))
        step.error = 0.0
    elif step.relation == r"\refuted":
        right_way = EXACT < error < np.inf
    elif step.relation == r"\approx" and (world.small or world.coarse):
        right_way = vanishes(step, frame, gap, size)
    else:
        right_way = error <= (FIRST_ORDER if step.relation == r"\approx" else EXACT)
    message = difference(frame, pair, where)
    if not right_way:
        fail(step, world, message)
    elif step.relation == r"\refuted":
        step.refutation = step.refutation or f"{message}\nin {world.description}"
    return None


def vanishes(step, frame, gap, size):
    """Whether the sides agree to first order: with α / 10 they are about 100 times closer."""
    world, l = frame.world, frame.layers.get("l")
    step.gaps[world.description, l] = gap
    if not world.coarse:
        return np.isfinite(gap)
    return gap <= max(step.gaps.get((world.coarse.description, l), 0) / 30, 1e-11 * size)


def update(frame, name, left, right, step):
    """Bind a parameter to its new value."""
    key, _ = frame.find(name)
    step.evaluated += 1
    if key[0] not in "wb" or left.shape != right.shape or not np.all(np.isfinite(right.array)):
        return fail(step, frame.world, "this is no new value of a parameter")
    frame.world.updates[key] = right.array
    frame.world.values.found.pop((NEW,), None)
    return None


def fitted(left, right):
    """Both sides, if they have one shape. A number equals a matrix of one entry."""
    if left.stretch or right.stretch:
        raise FormulaError("nothing says how often the row or column is to be repeated")
    if left.matrix and right.matrix and left.shape != right.shape:
        raise FormulaError(f"the left has shape {left.shape}, the right {right.shape}")
    if left.matrix != right.matrix and (left.shape, right.shape) != ((1, 1), (1, 1)):
        raise FormulaError("one side is a matrix, the other a number")
    return left, right


def written_out(value, shape):
    return np.broadcast_to(value.array, shape + value.shape)


def difference(frame, pair, where):
    """Where both sides differ most, and what they are there."""
    gap = np.where(where[..., None, None], np.abs(pair[0] - pair[1]), -1.0)
    at = np.unravel_index(np.argmax(np.nan_to_num(gap, nan=np.inf)), gap.shape)
    x, y = (array[at].item() for array in pair)
    off = abs(x - y) / max(abs(x), abs(y)) if x != y else 0.0
    where = place(frame, at, pair[0].shape[-2:])
    return f"the left is {x:.6g}, the right {y:.6g}{where}: relative error {off:.2g}"


def compare_shape(frame, left, right, step):
    expected = tuple(frame.integer(size) for size in right.children)
    if not left.matrix or left.stretch or left.shape != expected:
        what = f"has shape {left.shape}" if left.matrix else "is a number"
        fail(step, frame.world, f"the left {what}, not {expected}")


def compare_distribution(frame, left, right, where, step):
    """Kolmogorov and Smirnov: how far the sample's distribution is from the normal one."""
    mean, variance = (frame(part) for part in right.children)
    if (
        left.matrix
        or left.array.size < 1000
        or not np.all(where)
        or mean.array.size * variance.array.size != 1
    ):
        return fail(step, frame.world, "a distribution needs a sample of 1000 numbers")
    scale = np.sqrt(2 * variance.array.item())
    sample = np.sort(left.array.ravel())
    normal = [0.5 + 0.5 * erf((w - mean.array.item()) / scale) for w in sample]
    distance = np.max(np.abs((np.arange(sample.size) + 0.5) / sample.size - normal))
    # The sample of a world is perfect; of random ones, one in a thousand is further away.
    allowed = 1.95 / np.sqrt(sample.size) if frame.world.random else 1e-6
    if not distance < allowed:
        fail(step, frame.world, f"the sample is {distance:.4f} away from this distribution")
    return None
