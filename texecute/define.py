"""Take definitions and declarations from statements into a model."""

import numpy as np

from texecute.evaluate import Evaluator
from texecute.functions import ELEMENTWISE
from texecute.indices import label_letters
from texecute.latex import FormulaError
from texecute.model import Definition, is_label, is_name, letter_of, literal
from texecute.read import Node, subnodes
from texecute.resolve import Resolver, free_letters
from texecute.sets import SIZE, factors_of, is_range, set_of
from texecute.world import Instance

DEFINES = {":=", r"\leftarrow", r"\sim", ":"}
WHOLE = {
    "entry",
    "axis_sum",
    "norm",
    "transpose",
    "matrix",
}  # these work on a column, not on numbers
UNKNOWN_SIZE, ONE = Node("name", ("?",)), Node("number", ("1",))


class Impossible(FormulaError):
    """A definition that can be read, and has no value."""


def define(statement, model):
    """Add what a statement with :=, ∈, ∼, ← or : defines."""
    taking = Taking(statement, model)
    methods = {
        r"\leftarrow": taking.update, ":": taking.signature, ":=": taking.formula,
        ">": taking.positive,
    }  # fmt: skip
    methods.get(statement.relations[0], taking.declaration)()


class Taking:
    """One statement that gives a name a meaning."""

    def __init__(self, statement, model):
        self.statement, self.model, self.left = statement, model, statement.sides[0]
        found = left_side(self.left, model)
        if found is None:
            raise FormulaError("only a name can be defined", self.left.span)
        self.name, self.sups, self.subs, self.parameters = found
        if self.name in ("e", r"\pi") and not self.sups and not self.subs:
            raise FormulaError(f"{self.name} has a meaning already", self.left.span)
        self.ranges, self.conditions = ranges_of(statement.conditions, model)
        self.letters = {
            x for mark in (*self.sups, *self.subs) for x in names_in(mark) if self.is_index(x)
        }
        self.right = statement.sides[-1 if statement.relations[0] == ":" else 1]

    def is_index(self, letter):
        known = letter in self.ranges or letter in self.model.ranges
        return known or not self.model.named(letter)

    def labels(self, further=()):
        """The letters that are labels: in superscripts, in t + 1, and those that are named here."""
        found = [x for mark in self.sups for x in names_in(mark)]
        found += [x for mark in self.subs if letter_of(mark) is None for x in names_in(mark)]
        return tuple(x for x in dict.fromkeys([*found, *further]) if x in self.letters)

    def axes(self, labels):
        """The letters of the subscripts that are no labels."""
        found = map(letter_of, self.subs)
        return tuple(x for x in found if x in self.letters and x not in labels)

    def add(self, kind, labels, **more):
        """Add a definition with the scripts of the left side."""
        made = Definition(
            more.pop("name", self.name), kind, self.sups, more.pop("subs", self.subs), labels,
            self.axes(labels), ranges=self.ranges, text=self.statement.latex, **more,
        )  # fmt: skip
        return self.model.add(made)

    def note_sizes(self, dims):
        for size in dims:
            self.model.note_sizes(size, self.letters | set(self.ranges))

    # Definitions

    def formula(self):
        """z_i := …, or f(t) := …"""
        letters = self.letters | set(self.ranges)
        hidden = free_letters([self.right, *self.conditions], self.model, self.parameters) - letters
        if hidden:
            shown = ", ".join(sorted(hidden))
            message = f"nothing says what {shown} is: the name that is defined does not show it"
            raise FormulaError(message, self.right.span)
        whole = self.whole()
        if whole:
            self.entries(whole, Resolver(self.model, letters))
            return
        counted = [x for x in self.letters if counts_on(self.right, x)]
        kind = "function" if self.parameters else "formula"
        name = f"{self.name}()" if self.parameters else self.name
        made = self.add(kind, self.labels(counted), name=name, parameters=self.parameters)
        try:  # the name is known by now: a state may name the one before it
            self.fill(made, Resolver(self.model, letters, self.parameters))
        except FormulaError:
            self.model.remove(made)
            raise

    def whole(self):
        """The matrix or column of which all entries are defined, if its shape was declared: Z of z_{j,i}."""
        letters = set(map(letter_of, self.subs))
        exact = self.model.families.get((self.name, len(self.sups), len(self.subs)))
        if exact or not letters or letters - self.letters or len(letters) < len(self.subs):
            return None
        if not is_defined(self.model, self.name, self.sups, self.subs):
            return None
        key, more = self.model.find(self.name, self.sups, self.subs)
        if key[2] or more != sum(literal(size) != 1 for size in self.model.dims(key) or ()):
            return None
        if any(d.kind == "formula" and d.sups == self.sups for d in self.model.families[key]):
            message = f"these are the entries of {key[0]}, which is defined already"
            raise FormulaError(message, self.left.span)
        return key

    def entries(self, key, resolver):
        """z_{j,i} := …, the entries of what was declared."""
        letters, dims = tuple(map(letter_of, self.subs)), self.model.dims(key)
        body = Node("filled", (resolver(self.right), letters, dims), self.right.span)
        made = Definition(
            key[0], "formula", self.sups, (), self.labels(), (), dims, body,
            ranges=self.ranges, text=self.statement.latex,
            conditions=tuple(resolver(x) for x in self.conditions),
        )  # fmt: skip
        try:
            probe(self.model.add(made), self.model)
        except FormulaError:
            self.model.remove(made)
            raise

    def fill(self, made, resolver):
        made.body = resolver(self.right)
        for node in subnodes(made.body):
            for parameter in self.parameters if node.kind == "ref" else ():
                if self.model.depends(node.parts[0], (parameter, 0, 0)):
                    message = f"{node.parts[0][0]} depends on {parameter} already: another letter"
                    raise FormulaError(message, self.left.span)
        made.conditions = tuple(resolver(x) for x in self.conditions)
        made.labels = self.labels([*made.labels, *label_letters(made.body, self.model)])
        made.axes = self.axes(made.labels)
        self.model.note_names(made)
        if made.kind == "function":
            of_numbers = all(works_on_numbers(x, self.model) for x in subnodes(made.body))
            made.dims = () if of_numbers and not any(map(is_of_matrices, self.parameters)) else None
        else:
            made.dims = probe(made, self.model)

    def update(self):
        """W ← …: the value of W in what is called new."""
        key, more = self.model.find(self.name, self.sups, self.subs, self.left.span)
        if more or not all(d.kind == "leaf" for d in self.model.families[key]):
            raise FormulaError("only a quantity that is drawn takes a new value", self.left.span)
        old = self.model.families[key][0]
        self.ranges = self.ranges or old.ranges
        body = Resolver(self.model, self.letters | set(self.ranges))(self.right)
        counted = [x for x in self.letters if counts_on(self.right, x)]
        made = self.add(
            "formula", self.labels(counted), name=f"{key[0]}_{{\\text{{new}}}}", body=body
        )
        made.dims = probe(made, self.model)
        self.model.updates[key] = made

    # Declarations

    def declaration(self):
        """x ∈ R^n, y_i ∈ {0, 1}, w ∼ N(0, s²): a leaf."""
        if self.statement.relations[0] == r"\sim":
            dims, domain = (), normal(self.right)
            if is_defined(self.model, self.name, self.sups, self.subs):
                self.distribution()
                return
        else:
            dims, domain = set_of(self.right)
        if dims == SIZE:
            self.add("size", ())
            return
        self.note_sizes(dims)
        if isinstance(domain, Node):
            self.note_sizes(domain.parts[1:])
        ragged = [x for size in dims for x in names_in(size)]
        labels = self.labels(ragged)
        for letter in (*labels, *self.axes(labels)):
            if letter not in self.ranges and letter not in self.model.ranges:
                message = f"say how far {letter} runs, as in {letter} = 1, \\dots, n"
                raise FormulaError(message, self.left.span)
        self.add("leaf", labels, dims=tuple(dims), domain=domain)

    def distribution(self):
        """w ∼ N(0, s²) of what is declared already: nothing more than it is drawn anyway."""
        key, _ = self.model.find(self.name, self.sups, self.subs)
        if any(d.kind != "leaf" for d in self.model.families[key]):
            raise FormulaError(f"{self.name} is computed, not drawn", self.left.span)
        resolver = Resolver(self.model, self.letters | set(self.ranges))
        for numbers in self.right.parts[1:]:
            for number in numbers.parts[1]:
                resolver(number)

    def positive(self):
        """λ > 0."""
        key = self.name, len(self.sups), len(self.subs)
        if key in self.model.families:
            self.model.families[key][-1].domain = "positive"
        else:
            self.add("leaf", self.labels(), dims=(), domain="positive")

    def signature(self):
        """f : R^n → R^r, a function of which nothing else is known."""
        if self.statement.relations != [":", r"\to"]:
            message = r"a function is declared as f : \mathbb{R}^n \to \mathbb{R}^m"
            raise FormulaError(message, self.left.span)
        _, source, target = self.statement.sides
        groups = [dims for dims, _ in map(set_of, factors_of(source)) if dims]
        out, _ = set_of(target)
        whole = self.model.function_name(self.name, bool(self.subs))
        if self.subs and not out and whole not in (None, f"{self.name}()"):
            return  # g_j, of the column \mathbf{g}: its entries are numbers
        self.note_sizes((*(size for dims in groups for size in dims), *out))
        constant = tuple(x for x in self.subs if literal(x) is not None)
        self.add(
            "unknown function", self.labels(), name=f"{self.name}()", subs=constant,
            dims=tuple(groups), codomain=out[0] if out else None, domain=source,
        )  # fmt: skip


# The left side, and what stands behind a statement


def left_side(node, model):
    """The name that a definition gives a meaning, and its scripts: (name, sups, subs, parameters)."""
    parameters = ()
    if node.kind == "product" and len(node.parts) == 2 and node.parts[1].kind == "paren":
        entries = node.parts[1].parts[1]
        if all(x.kind == "name" for x in entries):
            parameters = tuple(x.parts[0] for x in entries)
            node = node.parts[0]
    if node.kind == "call" and node.parts[4].kind == "paren":
        return node.parts[0], (), (), tuple(map(letter_of, node.parts[4].parts[1]))
    if node.kind == "name":
        return model.scripts(node).name, (), (), parameters
    if node.kind != "scripted" or not is_name(node.parts[0]):
        return None
    base, subs, sups, _ = node.parts
    marks = [x for x in sups if is_name(x, "*", r"\ast", r"\star", r"\dagger")]
    found = model.scripts(Node("scripted", (base, subs, tuple(marks), 0), node.span))
    own = []
    for mark in sups:
        if mark not in marks:
            own += mark.parts[1] if is_label(mark) else [mark]
        if is_label(mark):
            model.bracketed.add(found.name)
    return found.name, tuple(own), found.subs, parameters


def is_defined(model, name, sups, subs):
    """Whether a name with these scripts has a meaning already."""
    try:
        key, _ = model.find(name, sups, subs)
    except FormulaError:
        return False
    given = (*sups, *subs)
    return any(
        all(same_pattern(a, b, d) for a, b in zip((*d.sups, *d.subs), given))
        for d in model.families[key]
    )


def same_pattern(pattern, given, definition):
    return letter_of(pattern) in (*definition.labels, *definition.axes) or pattern == given


def ranges_of(conditions, model):
    """The ranges among some conditions, l = 1, …, L, and the other conditions."""
    ranges, rest = {}, []
    for node in conditions:
        inside = node.parts[0] if node.kind == "forall" else node
        if inside.kind == "range" and inside.parts[0].kind == "chain":
            ((left, low), _), high = inside.parts[0].parts, inside.parts[1]
            ranges[left.parts[0]] = low, high
        elif (
            inside.kind == "chain" and inside.parts[1] == (r"\in",) and is_range(inside.parts[0][1])
        ):
            left, (_, (first, *_, last)) = inside.parts[0][0], inside.parts[0][1].parts
            ranges[left.parts[0]] = first, last
        elif inside.kind == "range":
            raise FormulaError("a range has the form l = 1, \\dots, L", inside.span)
        elif inside.kind != "name":  # but for all l
            rest.append(inside)
    for ends in ranges.values():
        for end in ends:
            model.note_sizes(end, ranges)
    return ranges, rest


# Questions about formulas


def names_in(node):
    return [x.parts[0] for x in subnodes(node) if is_name(x)]


def counts_on(node, letter):
    """Whether a formula has a script such as t - 1."""
    for part in subnodes(node):
        if part.kind == "scripted":
            for mark in (*part.parts[1], *part.parts[2]):
                inside = mark.parts[1][0] if mark.kind == "paren" and mark.parts[1] else mark
                terms = [x for _, x in inside.parts] if inside.kind == "sum" else []
                if len(terms) > 1 and any(is_name(x, letter) for x in terms):
                    return True
    return False


def works_on_numbers(node, model):
    """Whether a part of a function's body works on each number by itself."""
    if node.kind == "ref":
        key, _, subs = node.parts
        return len(subs) > key[2] or model.dims(key) in ((), None)
    if node.kind == "apply" and isinstance(node.parts[0], str):
        return node.parts[0] in {*ELEMENTWISE, "max", "min"}
    return node.kind not in WHOLE


def is_of_matrices(parameter):
    """Whether the letter of a parameter is set as that of a column or a matrix."""
    bold = any(font in parameter for font in ("mathbf", "boldsymbol", "vec"))
    return bold or (len(parameter) == 1 and parameter.isupper())


def normal(right):
    """The numbers that the weights of N(…) are drawn from: any."""
    named = right.parts[0] if right.kind in ("product", "scripted") else right
    if not is_name(named, r"\mathcal{N}"):
        raise FormulaError(r"only \mathcal{N} is known as a distribution", right.span)


@np.errstate(all="ignore")
def probe(definition, model):
    """The shape of what a formula defines, as far as it can be told: () for a number."""
    for seed in range(3):
        instance = Instance(model, seed)
        labels = first_labels(definition, instance)
        if labels is not None:
            try:
                value = instance.frame.get(definition, labels)
            except FormulaError as error:
                raise Impossible(str(error), error.span) from None
            return tuple(ONE if n == 1 else UNKNOWN_SIZE for n in value.shape)
    return None


def first_labels(definition, instance):
    """The first value of each label; None if there is none in this instance."""
    evaluator, found = Evaluator(instance.frame, ranges=definition.ranges), []
    for letter in definition.labels:
        domain = evaluator.domain_of(letter)
        if domain is None:
            raise FormulaError(f"say how far {letter} runs, as in {letter} = 1, \\dots, L")
        if not domain:
            return None
        found.append(domain[0])
    return tuple(found)
