"""From the tree of a formula to its meaning: which letters are indices, which functions, which products.

The result is a tree of fewer kinds, which `evaluate` computes and `write` sets again, so that both
show the same reading:

number, index, ref(family, sups, subs), local(parameter), product, divide, pointwise, kron, sum,
quotient, power, transpose, inverse, apply(function, ...), entry, big, axis_sum, derivative, held,
gradient, indicator, delta, ones, matrix, cases, absolute, norm, inner, root, chain, dots, all.
"""

import re

from texecute.model import core, is_name, letter_of, literal
from texecute.products import Products, axes_of, is_axis
from texecute.read import FormulaError, Node, subnodes

COMPARES = {"=", r"\ne", "<", ">", r"\le", r"\ge", r"\in"}
ALLOWED = {"name", "scripted", "number"}


class Resolver(Products):
    """The meaning of one statement's formulas, in a model."""

    def __init__(self, model, letters=(), local=(), summed=()):
        self.model, self.notation = model, model.notation
        self.letters, self.local, self.bound = set(letters), set(local), set(summed)

    def __call__(self, node):
        method = getattr(self, node.kind, None)
        if method is None or node.kind in ("model", "notation", "letters", "local"):
            raise FormulaError(f"{node.kind} has no meaning here", node.span)
        found = method(*node.parts, span=node.span)
        return found if found.span else Node(found.kind, found.parts, node.span)

    def inside(self, letters):
        """This resolver where further letters are indices."""
        return Resolver(
            self.model, self.letters | set(letters), self.local, self.bound | set(letters)
        )

    # Names

    def is_index(self, name):
        return name in self.letters

    def name(self, letter, span=None):
        return self.reference(Node("name", (letter,), span), span)

    def scripted(self, base, subs, sups, primes, span=None):
        node = Node("scripted", (base, subs, sups, primes), span)
        if is_name(base):
            return self.reference(node, span)
        return self.acted_on(self(base), subs, sups, primes, span)

    def acted_on(self, value, subs, sups, primes, span):
        """Indices, transposes and powers of what is no name."""
        if primes:
            raise FormulaError("a prime behind what is no function", span)
        if subs and value.kind == "norm":
            value, subs = Node("norm", (*value.parts, self.kind_of_norm(subs[0])), span), ()
        if subs:
            places = tuple(part for x in subs for part in self.model.split(x))
            value = Node("entry", (value, tuple(self.place(x) for x in places)), span)
        for mark in sups:
            value = self.superscript(value, mark, span)
        return value

    def kind_of_norm(self, sub):
        """1, 2, infinity or Frobenius."""
        for kind, shown in (("1", literal(sub) == 1), ("2", literal(sub) == 2)):
            if shown:
                return kind
        if is_name(sub, r"\infty"):
            return "inf"
        if is_name(sub, "F", r"\mathrm{F}", r"\text{F}"):
            return "F"
        raise FormulaError("this norm is not known", sub.span)

    def superscript(self, value, mark, span):
        transposes = [x for x in self.notation.transposes if not self.is_quantity(x)]
        turns = mark.kind == "transposed" or is_name(mark, *transposes)
        if (turns or literal(mark) == -1) and self.is_entry(value):
            raise FormulaError(
                "an entry of what? write the transpose or inverse in brackets, (A^T)_{ij}", span
            )
        if turns:
            return Node("transpose", (value,), span)
        if is_inverse_transposed(mark, transposes):
            return Node("transpose", (Node("inverse", (value,), span),), span)
        exponent = self(mark)
        if literal(mark) == -1:
            return Node("inverse", (value,), span)
        return Node("power", (value, exponent), span)

    def is_quantity(self, name):
        """Whether a letter such as T has a meaning of its own here."""
        return bool(self.model.named(name)) or self.is_index(name) or name in self.local

    def is_entry(self, value):
        """Whether this is one entry of a matrix or a column."""
        if value.kind != "ref":
            return False
        key, _, subs = value.parts
        more = subs[key[2] :]
        return bool(more) and not any(x.kind == "all" for x in more)

    def reference(self, node, span):
        found = self.model.scripts(node)
        name = found.name
        if name.startswith("d:"):
            return self.differential(node, span)
        if name in self.local and not found.subs and not found.sups:
            value = Node("local", (name,), span)
            return self.raised(value, found.rest, span)
        if self.is_index(name) and not found.subs and not found.sups:
            return self.raised(Node("index", (name,), span), found.rest, span)
        if found.subs and not found.sups and name not in self.local:
            name = next((x for x in self.local if core(x) == core(name)), name)
        if name in self.local:
            value = Node("local", (name,), span)
            return self.raised(self.with_places(value, found.subs, span), found.rest, span)
        if not (self.model.named(name) or (found.subs and self.model.entries_of(name))):
            if (word := re.fullmatch(r"(.*)_\{\\text\{(new|old)\}\}", name)) and self.model.named(
                word[1]
            ):
                base = self.reference(without_word(node), span)
                return base if word[2] == "old" else Node("after", (base,), span)
            if self.model.function_name(name):
                raise FormulaError(f"{name} is a function: what is it applied to?", span)
            return self.unknown(name, found, span)
        if not found.subs and (entries := self.model.entries_alone(name, found.sups)):
            sups = tuple(self.place(x) for x in found.sups)
            return self.raised(Node("all_entries", (entries, sups), span), found.rest, span)
        key, _ = self.model.find(name, found.sups, found.subs, span)
        if found.primes:
            raise FormulaError(f"{name} is no function: a prime has no meaning", span)
        sups = tuple(self.place(x) for x in found.sups)
        subs = tuple(self.place(x) for x in found.subs)
        return self.raised(Node("ref", (key, sups, subs), span), found.rest, span)

    def raised(self, value, marks, span):
        for mark in marks:
            value = self.superscript(value, mark, span)
        return value

    def with_places(self, value, subs, span):
        if not subs:
            return value
        return Node("entry", (value, tuple(self.place(x) for x in subs)), span)

    def unknown(self, name, found, span):
        """Names that need no definition: e, the indicator, Kronecker's delta."""
        notation, plain = self.notation, not found.subs and not found.sups
        if name == "e" and plain:
            return self.raised(Node("euler", (), span), found.rest, span)
        if name == r"\text{undefined}":
            return Node("undefined", (), span)
        if name == r"\pi" and plain:
            return self.raised(Node("pi", (), span), found.rest, span)
        if (
            name in IDENTITIES
            and not found.sups
            and len(found.subs) <= 1
            and not condition_in(*found.subs or (node_of(name),))
        ):
            value = Node("identity", tuple(map(self.place, found.subs)), span)
            return self.raised(value, found.rest, span)
        if name in notation.indicators and len(found.subs) == 1 and condition_in(found.subs[0]):
            return Node("indicator", (self(condition_in(found.subs[0])),), span)
        if name in notation.deltas and len(found.subs) == 2 and not found.sups:
            return Node("delta", tuple(self(x) for x in found.subs), span)
        if name in (r"\mathbf{1}", r"\mathbb{1}") and plain:
            return self.raised(Node("ones", (), span), found.rest, span)
        if name in (r"\mathbf{0}", r"\boldsymbol{0}") and plain:
            return Node("number", ("0",), span)
        raise FormulaError(f"nothing says what {name} is; a definition is written :=", span)

    def place(self, node):
        """What stands in a script: an index, a number, an expression in them, or a colon."""
        if node.kind == "ALL":
            return Node("all", (), node.span)
        if node.kind == "DOTS":
            raise FormulaError("dots in a script", node.span)
        name = letter_of(node)
        if (
            name
            and not self.is_index(name)
            and not self.model.named(name)
            and name not in self.local
        ):
            raise FormulaError(f"nothing says what {name} counts", node.span)
        return self(node)

    def differential(self, node, span):
        """dW, where the notation says of what it is the derivative."""
        base = node.parts[0] if node.kind == "scripted" else node
        bare = Node("name", (base.parts[0][2:],), base.span)
        found = self.model.scripts(node)
        if node.kind == "scripted":
            _, subs, sups, _ = node.parts
            marks = tuple(x for x in sups if x.kind == "transposed" or x in found.rest)
            own = tuple(x for x in sups if x not in marks)
            bare = Node("scripted", (bare, subs, own, 0), span) if subs or own else bare
        else:
            marks = ()
        above = Node("name", (self.notation.differential,), span)
        value = self.derivative(above, (bare,), "d", span=span)
        return self.raised(value, marks, span)

    # Arithmetic

    def number(self, digits, span=None):
        return Node("number", (digits,), span)

    def sum(self, *pairs, span=None):
        if any(term.kind == "DOTS" for _, term in pairs):
            return self.dotted_sum(pairs, span)
        return Node("sum", tuple((sign, self(term)) for sign, term in pairs), span)

    def paren(self, brackets, entries, span=None):
        if len(entries) != 1:
            raise FormulaError("a list in brackets stands behind a function", span)
        (entry,) = entries
        if entry.kind == "chain":
            if brackets != "[]":
                raise FormulaError("a relation in brackets: an indicator is written 1{...}", span)
            return Node("indicator", (self(entry),), span)
        return self(entry)

    def pointwise(self, *parts, span=None):
        value, sign = self(parts[0]), None
        for part in parts[1:]:
            if part.kind in ("ODOT", "OTIMES"):
                sign = part.kind
                continue
            value = Node("pointwise" if sign == "ODOT" else "kron", (value, self(part)), span)
        return value

    def quotient(self, above, below, span=None):
        return Node("quotient", (self(above), self(below)), span)

    def root(self, inside, span=None):
        return Node("root", (self(inside),), span)

    def absolute(self, inside, span=None):
        return Node("absolute", (self(inside),), span)

    def norm(self, inside, span=None):
        return Node("norm", (self(inside),), span)

    def inner(self, left, _, right=None, span=None):
        return Node("inner", (self(left), self(right if right is not None else _)), span)

    # Functions that are written as words or macros

    # Sums

    def big(self, name, subs, sups, body, span=None):
        if subs and is_axis(subs[0]):
            return Node("axis_sum", (name, axes_of(subs), self(body)), span)
        letters, bounds, conditions = [], [], []
        for sub in subs:
            for entry in self.model.split(sub):
                self.bind(entry, sups, letters, bounds, conditions, span)
        if not letters:
            raise FormulaError(rf"\{name} needs an index below it", span)
        inner = self.inside(letters)
        conditions = tuple(inner(x) for x in conditions)
        bounds = tuple((letter, self(low), self(high)) for letter, low, high in bounds)
        return Node("big", (name, tuple(letters), bounds, conditions, inner(body)), span)

    def bind(self, entry, sups, letters, bounds, conditions, span):
        """One entry below a sum: an index, where it begins, or what it has to meet."""
        if is_name(entry):
            letters.append(entry.parts[0])
            if sups:
                raise FormulaError("a sum with an end, and without a beginning", entry.span)
            return
        if entry.kind != "chain" or not is_name(entry.parts[0][0]):
            raise FormulaError(
                "below a sum stand indices, and conditions on them", entry.span or span
            )
        (left, *rest), relations = entry.parts
        letter = left.parts[0]
        if relations == ("=",) and sups:
            if letter not in letters:
                letters.append(letter)
            bounds.append((letter, rest[0], sups[0]))
        elif relations == (r"\in",) and is_name(rest[0]):
            letters.append(letter)
            bounds.append((letter, Node("number", ("1",)), rest[0]))
        elif relations == ("=",):
            raise FormulaError("a sum that begins here has no end above it", entry.span)
        else:
            if letter not in letters:
                if letters:
                    raise FormulaError(
                        "one condition below several new indices: write two sums", entry.span
                    )
                letters.append(letter)
            conditions.append(entry)
            if sups and not any(x == letter for x, _, _ in bounds):
                raise FormulaError("a sum with an end, and without a beginning", entry.span)

    # Derivatives

    def derivative(self, above, variables, sign, span=None):
        named = self.function_of(above)
        if named and not self.key_of(above) and self.may_be_argument(named[0], variables):
            above = Node("product", (above, Node("paren", ("()", (variables[0],)), span)), span)
        inner = self(above)
        found = tuple(self.variable(x) for x in variables)
        return Node("derivative", (inner, found), span)

    def may_be_argument(self, name, variables):
        """Whether df/dz means f'(z): the body of f does not name z."""
        keys = [self.key_of(x) for x in variables]
        bodies = [d for key in self.model.named(name) for d in self.model.families[key]]
        if any(key in d.names for key in keys for d in bodies):
            raise FormulaError(
                "the derivative of a function by what its definition names: at which argument?"
            )
        return True

    def variable(self, node):
        found = self(node)
        if found.kind in ("local", "ref", "all_entries") or (
            found.kind == "entry" and found.parts[0].kind == "local"
        ):
            return found
        if found.kind == "transpose" and found.parts[0].kind == "ref":
            return found
        raise FormulaError("a derivative is taken by a quantity", node.span)

    def held(self, inside, subs, span=None):
        names = tuple(part for x in subs for part in self.model.split(x))
        return Node("held", (self(inside), tuple(self(x) for x in names)), span)

    def gradient(self, subs, sups, body, span=None):
        order = literal(sups[0]) if sups else 1
        if not subs:
            keys = self.function_argument(body)
            if keys is None:
                raise FormulaError("the gradient by what? write it below the nabla", span)
            variables = (Node("parameter", (0,), span),)
        else:
            variables = tuple(self.gradient_variable(x, body) for x in subs) * (order or 1)
        if order == 2 and len(variables) == 1:
            variables *= 2
        return Node("gradient", (self(body), variables), span)

    def function_argument(self, body):
        """The argument of f in f(x), where f is defined with a parameter."""
        if body.kind == "product" and len(body.parts) == 2 and body.parts[1].kind == "paren":
            named = self.function_of(body.parts[0])
            return body.parts[1].parts[1] if named else None
        return None

    def gradient_variable(self, node, body):
        """A quantity, or the parameter of the function whose gradient is taken."""
        argument = self.function_argument(body)
        if argument is not None and is_name(node):
            name, found = self.function_of(body.parts[0])
            definitions = [d for key in self.model.named(name) for d in self.model.families[key]]
            for definition in definitions:
                if node.parts[0] in definition.parameters:
                    return Node(
                        "parameter", (definition.parameters.index(node.parts[0]),), node.span
                    )
        return self.variable(node)

    # Matrices, cases, conditions

    def matrix(self, *rows, span=None):
        found = tuple(
            tuple(self.cell(cell) for cell in row.parts if cell.kind == "cell")
            for row in rows
            if row.kind == "row"
        )
        return Node("matrix", found, span)

    def cell(self, cell):
        if not cell.parts:
            return Node("blank", (), cell.span)
        (inside,) = cell.parts
        return Node("dots", (), inside.span) if inside.kind == "DOTS" else self(inside)

    def cases(self, *cases, span=None):
        found = tuple(
            (self(case.parts[0]), None if case.parts[1] is None else self(case.parts[1]))
            for case in cases
            if case.kind == "case"
        )
        return Node("cases", found, span)

    def chain(self, sides, relations, span=None):
        """A condition."""
        for relation in relations:
            if relation not in COMPARES:
                raise FormulaError(f"{relation} in a condition", span)
        return Node("chain", (tuple(self(side) for side in sides), relations), span)

    def forall(self, chain, span=None):
        return self(chain)


def without_word(node):
    """J, for J_{\\text{new}}."""
    base, subs, sups, primes = node.parts
    subs = tuple(x for x in subs if not (is_name(x) and x.parts[0].startswith(r"\text")))
    return Node("scripted", (base, subs, sups, primes), node.span) if subs or sups else base


IDENTITIES = {"I", r"\mathbf{I}", r"\mathbb{I}", r"\mathrm{I}", r"\boldsymbol{I}"}


def node_of(name):
    return Node("name", (name,))


def is_inverse_transposed(mark, transposes):
    """The -T of X^{-T}."""
    return (
        mark.kind == "sum"
        and len(mark.parts) == 1
        and mark.parts[0][0] == "-"
        and is_name(mark.parts[0][1], *transposes)
    )


def condition_in(node):
    """The relation in a script such as j=k or {j=k}."""
    if node.kind == "paren" and len(node.parts[1]) == 1:
        node = node.parts[1][0]
    return node if node.kind == "chain" else None


def free_letters(nodes, model, local=()):
    """The letters in scripts that nothing defines: the indices of a statement."""
    found = set()

    def visit(node, bound):
        if node.kind == "big":
            name, subs, sups, body = node.parts
            entries = [part for sub in subs for part in model.split(sub)]
            heads = [x.parts[0][0] if x.kind == "chain" else x for x in entries]
            bound = bound | {letter_of(x) for x in heads}
            for mark in (*subs, *sups):
                visit_scripts(mark, bound)
            visit(body, bound)
            return
        if node.kind in ("scripted", "call"):
            base, subs, sups, *_ = node.parts
            if isinstance(base, Node) and is_name(base):
                subs = [
                    x
                    for x in subs
                    if not (is_name(x) and model.is_part_of(base.parts[0], x.parts[0]))
                ]
            for mark in (*subs, *sups):
                visit_scripts(mark, bound)
            for part in node.parts:
                if isinstance(part, Node):
                    visit(part, bound)
            return
        for part in node.parts:
            visit_any(part, bound)

    def visit_any(part, bound):
        if isinstance(part, Node):
            visit(part, bound)
        elif isinstance(part, tuple):
            for x in part:
                visit_any(x, bound)

    def visit_scripts(mark, bound):
        if any(x.kind == "big" for x in subnodes(mark)):  # an exponent
            visit(mark, bound)
            return
        for x in subnodes(mark):
            if is_name(x) and len(x.parts[0].lstrip("\\")) >= 1:
                name = x.parts[0]
                plain = len(name) == 1 or name in (r"\ell", r"\mu", r"\nu", r"\alpha", r"\beta")
                transposes = model.notation.transposes
                if plain and name not in bound and not model.named(name) and name not in local:
                    if name not in transposes and name not in ("*",):
                        found.add(name)

    for node in nodes:
        visit(node, set())
    return found
