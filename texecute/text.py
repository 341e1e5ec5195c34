"""A text: its formulas in order, what they define, and what is claimed of it."""

from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field

from texecute.define import DEFINES, Impossible, define, is_defined, left_side, ranges_of
from texecute.judge import Claim
from texecute.model import Model, literal
from texecute.notation import Notation
from texecute.read import PREVIOUS, FormulaError, Node, expression, read, subnodes
from texecute.resolve import Resolver, free_letters
from texecute.sets import set_of
from texecute.step import Step
from texecute.write import reading


@dataclass
class Result:
    """What came of one displayed formula."""

    latex: str
    label: str = ""
    verdict: str = ""
    message: str = ""
    steps: list = field(default_factory=list)
    readings: list = field(default_factory=list)  # what each statement was read as
    hypotheses: list = field(default_factory=list)
    span: tuple = None


class Text:
    """Formulas one after the other, under one notation."""

    def __init__(self, notation=None):
        self.notation = notation or Notation()
        self.examples = self.notation.examples
        self.begin(self.notation.model)

    def begin(self, model, examples=None):
        """Start with the definitions of a model, one a line, and nothing else."""
        self.notation.examples = examples or self.examples
        self.model, self.previous = Model(self.notation), None
        for line in filter(None, map(str.strip, model.split("\n"))):
            self.define(line)

    def copy(self):
        """This text as it is, to go on with in another way."""
        other = copy(self)
        other.notation, other.model = copy(self.notation), self.model.copy()
        other.model.notation = other.notation
        return other

    def enter(self, number):
        """Where a section of the notation begins at this display, its model holds instead."""
        section = self.notation.sections.get(str(number))
        if section is not None:
            whole = isinstance(section, dict)
            self.begin(section["model"] if whole else self.notation.model + section)

    def define(self, latex):
        """Take a definition that is not displayed. Raises FormulaError if it is none."""
        for statement in read(latex, self.notation):
            known = statement.relations[0] == r"\in" and left_side(statement.sides[0], self.model)
            if not known and not self.is_definition(statement):
                raise FormulaError(f"this defines nothing: {latex}")
            self.take_in(statement)

    def take_in(self, statement):
        """A definition, and the end of a graph that it may name: u_5 := … = J."""
        define(statement, self.model)
        if len(statement.relations) > 1 and statement.relations[0] == ":=":
            self.note_ends(self.claim(statement, []))

    def take(self, latex):
        """Take the definitions of a formula, and pass over what it claims."""
        try:
            statements = read(latex, self.notation)
        except FormulaError:
            return
        for statement in statements:
            if self.is_definition(statement):
                with suppress(FormulaError):
                    self.take_in(statement)

    def is_definition(self, statement):
        relation = statement.relations[0]
        if self.says_positive(statement):
            return True
        if relation in DEFINES:
            found = left_side(statement.sides[0], self.model)
            return found is not None
        if relation == r"\in":
            found = left_side(statement.sides[0], self.model)
            return found is not None and not self.says_shape_of(statement, found)
        return False

    def says_positive(self, statement):
        """λ > 0, where λ means nothing yet, or was declared in the same formula just before."""
        left, right = statement.sides[0], statement.sides[-1]
        if statement.relations != [">"] or literal(right) != 0:
            return False
        found = left_side(left, self.model)
        if found is None:
            return False
        if not self.model.named(found[0]):
            return True
        last = self.model.order[-1]
        drawn = last.kind == "leaf" and last.domain is None
        return drawn and last.name == found[0] and last.text == statement.latex

    def says_shape_of(self, statement, found):
        """Whether ∈ is a claim: of a known quantity, not of x_0 where x_i are the numbers of x."""
        name, sups, subs, _ = found
        if not is_defined(self.model, name, sups, subs):
            return False
        _, more = self.model.find(name, sups, subs)
        dims, _ = set_of(statement.sides[1])
        return not (dims and more and not any(x.kind == "ALL" for x in subs))

    def check(self, latex, label=""):
        """Read a formula, take its definitions, and judge what it claims."""
        result = Result(latex, label)
        try:
            statements = read(latex, self.notation)
        except FormulaError as error:
            result.verdict, result.message, result.span = "unread", str(error), error.span
            return result
        except RecursionError:
            result.verdict, result.message = "unread", "brackets inside brackets, too deep"
            return result
        for statement in statements:
            self.statement(statement, result)
            if result.verdict == "unread":
                break
        result.verdict = result.verdict or overall([step.verdict for step in result.steps])
        result.message = result.message or next((x.message for x in result.steps if x.message), "")
        return result

    def aside(self, latex, label=""):
        """Check a formula within a sentence, with which no formula goes on."""
        kept = self.previous
        result = self.check(latex, label)
        self.previous = kept
        return result

    def expression(self, latex, label=""):
        """Whether a formula that claims nothing has a value: are its names known, do its shapes fit?

        None if it is a name alone, or speaks of what means nothing here.
        """
        try:
            alone = expression(latex, self.notation).kind in ("name", "scripted", "number")
        except FormulaError:
            return None
        found = None if alone else self.aside(f"{latex} = {latex}", label)
        return found if found and found.verdict in ("true", "false") else None

    def refuse_again(self, statement):
        """Refuse a second definition of what has one: which of them do later formulas mean?"""
        if statement.relations[0] != ":=":
            return
        name, sups, subs, parameters = left_side(statement.sides[0], self.model)
        key = (f"{name}()" if parameters else name), len(sups), len(subs)
        for d in self.model.families.get(key, ()):
            same = [*d.sups, *d.subs] == [*sups, *subs] and not statement.conditions
            if same and d.kind in ("formula", "function") and not d.conditions and not d.ranges:
                raise FormulaError(f"{name} is defined already", statement.sides[0].span)

    def judge(self, statement):
        """The result of one statement that is a tree already."""
        result = Result(statement.latex)
        self.statement(statement, result)
        result.verdict = result.verdict or overall([step.verdict for step in result.steps])
        return result

    def statement(self, statement, result):
        steps = [
            Step(relation, statement.text(left), statement.text(right))
            for left, relation, right in zip(
                statement.sides, statement.relations, statement.sides[1:]
            )
        ]
        result.steps += steps
        try:
            first = statement.sides[0]
            if first.kind == "name" and first.parts[0] == PREVIOUS:
                if self.previous is None:
                    raise FormulaError(
                        "there is no formula before that this goes on with", first.span
                    )
                statement.sides[0] = self.previous
            self.previous = statement.sides[-1]
            if self.is_definition(statement):
                self.refuse_again(statement)
                define(statement, self.model)
                if len(steps) == 1 or statement.relations[0] in (r"\in", ":"):
                    for step in steps:
                        step.verdict = "definition"
                    return
            claim = self.claim(statement, steps)
            if self.is_definition(statement) or statement.relations[0] == ":=":
                self.note_ends(claim)
            try:
                claim.judge()
            finally:
                result.readings.append(reading(claim, statement.relations))
                for step in steps:
                    step.reading = result.readings[-1]
                if any(step.gaps.get("partial") for step in steps):
                    result.hypotheses.append("where both sides have a value")
                result.hypotheses += [
                    x for x in self.hypotheses(claim) if x not in result.hypotheses
                ]
        except Impossible as error:
            steps[0].fail(f"what is defined has no value: {error}")
        except FormulaError as error:
            result.span = error.span
            for step in steps:
                step.verdict = step.verdict or "unread"
            result.verdict, result.message = "unread", str(error)
        except Exception as error:  # an oversight here must not end the whole run
            for step in steps:
                step.verdict = step.verdict or "unread"
            name = type(error).__name__
            result.verdict, result.message = "unread", f"cannot be evaluated: {name}: {error}"

    def hypotheses(self, claim):
        """The definitions that a claim rests on, as the text has them, and its own conditions."""
        nodes = [x for side in claim.sides for x in subnodes(side)]
        keys, stack = set(), [x.parts[0] for x in nodes
                              if x.kind in ("ref", "apply") and isinstance(x.parts[0], tuple)]  # fmt: skip
        if any(x.kind == "after" for x in nodes):
            stack += [d.key for d in self.model.updates.values()]
        while stack:
            key = stack.pop()
            if key not in keys:
                keys.add(key)
                stack += [name for d in self.model.families.get(key, ()) for name in d.names]
        kinds = "formula", "function"
        found = (d.text for d in self.model.order if d.key in keys and d.kind in kinds)
        return list(dict.fromkeys(found))

    def note_ends(self, claim):
        """u_5 := … = J says that the graph of the u ends in J: its slopes by them go through u_5."""
        node, _, *others = claim.sides
        for other in others:
            if node.kind == other.kind == "ref" and (
                other.parts[0][1] or not self.model.depends(node.parts[0], other.parts[0])
            ):
                self.model.ends.setdefault(other.parts[0], []).append((other, node))

    def claim(self, statement, steps):
        ranges, conditions = ranges_of(statement.conditions, self.model)
        sides = [
            x
            for x, relation in zip(statement.sides, [None, *statement.relations])
            if relation != r"\in"
        ]
        letters = free_letters([*sides, *conditions], self.model) | set(ranges)
        letters |= {x for x in self.model.ranges if not self.model.named(x)}
        resolver = Resolver(self.model, letters)
        resolved = []
        for side, relation in zip(statement.sides, [None, *statement.relations]):
            if relation == r"\in":
                dims, domain = set_of(side)
                resolved.append(Node("set", ("R", dims, domain)))
            else:
                resolved.append(resolver(side))
        refuse_half_bound(resolved)
        return Claim(
            self.model,
            resolved,
            statement.relations,
            [resolver(x) for x in conditions],
            ranges,
            steps,
        )


def refuse_half_bound(sides):
    """Refuse sum_{i < j} where j stands in no other place: is it summed over too?"""
    outside, compared = set(), set()

    def visit(node, inside):
        if isinstance(node, tuple):
            for part in node:
                visit(part, inside)
        elif isinstance(node, Node):
            if node.kind == "index" and not inside:
                outside.add(node.parts[0])
            if node.kind == "big":
                for condition in node.parts[3]:
                    names = {x.parts[0] for x in subnodes(condition) if x.kind == "index"}
                    compared.update(names - set(node.parts[1]))
            visit(node.parts, inside or node.kind == "big")

    visit(tuple(sides), False)
    if compared - outside:
        letter = min(compared - outside)
        raise FormulaError(
            f"{letter} stands only in a condition below a sum: is it summed over too?"
        )


def finish(results, used):
    """A definition that no claim rests on is untested."""
    for result in results:
        defines = result.verdict == "definition" and not is_declaration(result)
        if defines and result.latex not in used:
            result.verdict = "untested"
            result.message = "nothing that is claimed rests on this definition"


def is_declaration(result):
    """Whether a formula says only where quantities lie."""
    return all(step.relation in (r"\in", ":", r"\to", r"\sim", ">") for step in result.steps)


def overall(verdicts):
    """The verdict on a formula, from those on its steps."""
    for verdict in ("unread", "false", "untested", "refuted", "true", "shape", "definition"):
        if verdict in verdicts:
            return verdict
    return "untested"
