"""From the tree of a formula to its meaning: which letters are indices, which functions, which products.

The result is a tree of fewer kinds, which `evaluate` computes and `write` sets again, so that both
show the same reading:

number, index, ref(family, sups, subs), local(parameter), product, divide, pointwise, kron, sum,
quotient, power, transpose, inverse, apply(function, ...), entry, big, axis_sum, derivative, held,
gradient, indicator, delta, ones, matrix, cases, absolute, norm, inner, root, chain, dots, all.
"""

import re

from texecute.model import BUILTIN, GREEK_BUILTIN, Definition, core, is_name, letter_of, literal
from texecute.read import FormulaError, Node, subnodes

COMPARES = {"=", r"\ne", "<", ">", r"\le", r"\ge", r"\in"}
ALLOWED = {"name", "scripted", "number"}


class Resolver:
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
            subs = ()
        if subs:
            places = tuple(part for x in subs for part in self.model.split(x))
            value = Node("entry", (value, tuple(self.place(x) for x in places)), span)
        for mark in sups:
            value = self.superscript(value, mark, span)
        return value

    def superscript(self, value, mark, span):
        transposes = self.notation.transposes
        if mark.kind == "transposed" or (
            is_name(mark, *transposes) and not self.model.is_label_letter(mark)
        ):
            return Node("transpose", (value,), span)
        exponent = self(mark)
        if literal(mark) == -1:
            return Node("inverse", (value,), span)
        return Node("power", (value, exponent), span)

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
        if name in notation.indicators and len(found.subs) == 1 and condition_in(found.subs[0]):
            return Node("indicator", (self(condition_in(found.subs[0])),), span)
        if name in notation.deltas and len(found.subs) == 2 and not found.sups:
            return Node("delta", tuple(self(x) for x in found.subs), span)
        if name in (r"\mathbf{1}", r"\mathbb{1}") and plain:
            return self.raised(Node("ones", (), span), found.rest, span)
        if name in (r"\mathbf{0}", r"\boldsymbol{0}") and plain:
            return Node("number", ("0",), span)
        raise FormulaError(f"nothing says what {name} is", span)

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

    def dotted_sum(self, pairs, span):
        if any(sign == "-" for sign, _ in pairs):
            raise FormulaError("dots stand in a sum, between + and +", span)
        terms = tuple(term if term.kind == "DOTS" else self(term) for _, term in pairs)
        return Node("dotted", ("+", terms), span)

    def paren(self, brackets, entries, span=None):
        if len(entries) != 1:
            raise FormulaError("a list in brackets stands behind a function", span)
        (entry,) = entries
        if entry.kind == "chain":
            if brackets != "[]":
                raise FormulaError("a relation in brackets: an indicator is written 1{...}", span)
            return Node("indicator", (self(entry),), span)
        return self(entry)

    def product(self, *parts, span=None):
        """Factors side by side. What looks like f(x) is applied, if f is a function."""
        factors, link, i = [], None, 0
        divided = False
        while i < len(parts):
            part = parts[i]
            if part.kind == "LINK":
                link = part.parts[0]
                i += 1
                continue
            after = parts[i + 1] if i + 1 < len(parts) else None
            argument = after if after is not None and after.kind == "paren" else None
            applied = self.applied(part, argument)
            if applied is not None:
                i += 1
            elif argument is not None and argument.kind == "paren":
                self.check_product(part, argument)
            value = applied if applied is not None else self(part)
            if divided and link is None:
                raise FormulaError(
                    r"what stands behind a / and a factor? write \frac or brackets", part.span
                )
            divided = link == "/"
            if divided:
                factors[-1] = Node("quotient", (factors[-1], value), span)
            else:
                factors.append(value)
            link = None
            i += 1
        return (
            factors[0] if len(factors) == 1 else self.summed(Node("product", tuple(factors), span))
        )

    def summed(self, node):
        """With the summation convention: a product is summed over what stands in it twice."""
        if not self.notation.repeated:
            return node
        counts = {}
        for factor in node.parts:
            for letter in {x.parts[0] for x in subnodes(factor) if x.kind == "index"}:
                counts[letter] = counts.get(letter, 0) + 1
        twice = tuple(x for x, n in counts.items() if n > 1 and x not in self.bound)
        return Node("big", ("sum", twice, (), (), node), node.span) if twice else node

    def function_of(self, part):
        """(name, superscripts, subscripts, primes) if a factor names a function."""
        if part.kind not in ("name", "scripted") or (
            part.kind == "scripted" and not is_name(part.parts[0])
        ):
            return None
        found = self.model.scripts(part)
        name = found.name
        if name in self.local or self.is_index(name):
            return None
        if own := self.model.function_name(name, bool(found.subs)):
            return own, found
        if name in ("O", r"\mathcal{O}") and not self.model.named(name):
            return "O", found
        if not self.model.named(name) and (name in BUILTIN or name in GREEK_BUILTIN):
            return GREEK_BUILTIN.get(name, name), found
        return None

    def applied(self, part, argument):
        """f(x), if f is a function; else None."""
        if part.kind == "gradient" and argument is not None:
            subs, sups, body = part.parts
            if self.function_of(body):
                inner = Node("product", (body, argument), part.span)
                return self(Node("gradient", (subs, sups, inner), part.span))
            return None
        if part.kind == "derivative" and argument is not None and part.parts[0] is not None:
            named = self.function_of(part.parts[0])
            if named:
                return self.prime(named, part, argument)
        if part.kind == "call" and argument is not None and part.parts[4].kind != "paren":
            *head, inner = part.parts
            if self.function_of(inner) is None and self.listed(inner, argument) is None:
                raise FormulaError(f"{head[0]} of what? put its argument in brackets", part.span)
            inner = Node("product", (inner, argument), inner.span)
            return self(Node("call", (*head, inner), part.span))
        function = self.function_of(part)
        if function is None:
            if argument is not None and self.is_indicator(part, argument):
                return Node("indicator", (self(argument.parts[1][0]),), part.span)
            return self.listed(part, argument)
        name, found = function
        if name == "O":
            return Node("order", (self(argument),), part.span) if argument is not None else None
        if argument is None or argument.kind != "paren":
            return None
        arguments = self.arguments(argument.parts[1])
        sups, rest, powers = found.sups, found.rest, []
        if not name.endswith("()"):
            sups, rest, powers = (), (), [*found.sups, *found.rest]
        own = tuple(self.place(x) for x in sups)
        wanted = self.slots(name, len(own))
        places = tuple(self.place(x) for x in found.subs)
        value = Node(
            "apply",
            (self.function_key(name, own, part), own, places[:wanted], found.primes, arguments),
            part.span,
        )
        if places[wanted:]:
            value = Node("entry", (value, places[wanted:]), part.span)
        return self.raised(value, [*rest, *powers], part.span)

    def slots(self, name, sups):
        """How many subscripts belong to the name of a function."""
        return max((key[2] for key in self.model.named(name) if key[1] == sups), default=0)

    def function_key(self, name, sups, part):
        if not name.endswith("()"):
            return name
        keys = [key for key in self.model.named(name) if key[1] == len(sups)]
        if not keys:
            raise FormulaError(f"the function {name} has no meaning with these scripts", part.span)
        return keys[0]

    def arguments(self, entries):
        if any(entry.kind == "DOTS" for entry in entries):
            return (
                Node("dotted", (",", tuple(x if x.kind == "DOTS" else self(x) for x in entries))),
            )
        named = [e for e in entries if e.kind == "chain"]
        if named and is_name(named[0].parts[0][0], "axis"):
            return tuple(self(x) if x.kind != "chain" else x.parts[0][1] for x in entries)
        return tuple(self(entry) for entry in entries)

    def prime(self, named, part, argument):
        """df/dz (x): the derivative of a function of one number, at x."""
        name, found = named
        own = tuple(self.place(x) for x in found.sups)
        key = self.function_key(name, own, part)
        return Node(
            "apply",
            (key, own, (), len(part.parts[1]), self.arguments(argument.parts[1])),
            part.span,
        )

    def is_indicator(self, part, argument):
        if not is_name(part, *self.notation.indicators) or self.model.named(part.parts[0]):
            return False
        return len(argument.parts[1]) == 1 and argument.parts[1][0].kind == "chain"

    def listed(self, part, argument):
        """J(w), the quantity J with what it depends on: J, if each is a name that it depends on."""
        key = self.key_of(part)
        if argument is None or key is None or argument.parts[0] != "()":
            return None
        keys = [self.key_of(x) for x in argument.parts[1]]
        if all(x is not None and self.model.depends(key, x) for x in keys):
            return self(part)
        return None

    def key_of(self, node):
        """The family of a bare name with scripts, else None."""
        if node.kind not in ("name", "scripted") or (
            node.kind == "scripted" and not is_name(node.parts[0])
        ):
            return None
        found = self.model.scripts(node)
        if found.name in self.local or self.is_index(found.name) or found.rest or found.primes:
            return None
        try:
            return self.model.find(found.name, found.sups, found.subs)[0]
        except FormulaError:
            return None

    def check_product(self, part, argument):
        """Refuse a(z): is it a product, or a function of z?"""
        key = self.key_of(part)
        if key is None:
            return
        name = key[0]
        leaf = all(d.kind in ("leaf", "size") for d in self.model.families[key])
        inside = [self.key_of(x) for x in subnodes(argument) if x.kind in ("name", "scripted")]
        upstream = any(x not in (None, key) and self.model.depends(key, x) for x in inside)
        entry = argument.parts[1][0] if len(argument.parts[1]) == 1 else None
        several = entry is not None and entry.kind == "sum" and len(entry.parts) > 1
        brackets = argument.parts[0] != "()"
        if (
            upstream
            or entry is None
            or not (several or brackets or (leaf and literal(entry) is None))
        ):
            raise FormulaError(
                f"{name}(...) can be read as a function of what is in the brackets, and as a product:"
                rf" write \cdot for a product, or define {name}(x) := ...",
                argument.span,
            )

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

    def call(self, name, subs, sups, primes, argument, span=None):
        entries = argument.parts[1] if argument.kind == "paren" else (argument,)
        places = tuple(part for x in subs for part in self.model.split(x))
        if name in ("sum", "max", "min") and places and is_axis(places[0]):
            return Node("axis_sum", (name, axes_of(places), self(argument)), span)
        arguments = self.arguments(entries)
        if self.model.named(f"{name}()"):
            return self.applied(
                Node("scripted", (Node("name", (name,), span), subs, sups, primes), span),
                as_paren(argument),
            )
        value = Node("apply", (name, (), (), primes, arguments), span)
        if places:
            value = Node("entry", (value, tuple(self.place(x) for x in places)), span)
        return self.raised(value, sups, span)

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

    # Derivatives

    def derivative(self, above, variables, sign, span=None):
        named = self.function_of(above)
        if named and not self.key_of(above):
            above = Node("product", (above, Node("paren", ("()", (variables[0],)), span)), span)
        inner = self(above)
        found = tuple(self.variable(x) for x in variables)
        return Node("derivative", (inner, found), span)

    def variable(self, node):
        found = self(node)
        if (
            found.kind == "local"
            or found.kind == "ref"
            or (found.kind == "entry" and found.parts[0].kind == "local")
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


def as_paren(argument):
    return (
        argument if argument.kind == "paren" else Node("paren", ("()", (argument,)), argument.span)
    )


def condition_in(node):
    """The relation in a script such as j=k or {j=k}."""
    if node.kind == "paren" and len(node.parts[1]) == 1:
        node = node.parts[1][0]
    return node if node.kind == "chain" else None


def is_axis(node):
    return node.kind == "chain" and is_name(node.parts[0][0], "axis")


def axes_of(places):
    """The axes, 0 or 1, of a sum along them."""
    found = []
    for node in places:
        inside = node.parts[0][1] if node.kind == "chain" else node
        found.append(literal(inside))
    if not set(found) <= {0, 1}:
        raise FormulaError("an axis is 0 or 1", places[0].span)
    return tuple(found)


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
            base, subs, sups = node.parts[0], node.parts[1], node.parts[2]
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


__all__ = ["Definition", "Resolver", "free_letters"]
