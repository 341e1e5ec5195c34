"""Factors side by side: which are functions and their arguments, and which are products."""

from texecute.dots import is_second
from texecute.model import BUILTIN, GREEK_BUILTIN, is_name, letter_of, literal
from texecute.read import FormulaError, Node, subnodes


class Products:
    """The part of a resolver that reads f(x)."""

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
            marks = self.behind(part, after)
            applied = self.applied(part, after.parts[0] if marks else argument)
            if applied is not None and marks:
                applied = self.acted_on(applied, *marks, part.span)
            if applied is not None:
                i += 1
            elif argument is not None and argument.kind == "paren":
                self.check_product(part, argument)
            if reaches_on(part, parts[i + 1 : i + 2]):
                raise FormulaError(
                    "how far does the argument of the function reach? use brackets", part.span
                )
            value = applied if applied is not None else self(part)
            if divided and link is None:
                raise FormulaError(
                    r"what stands behind a / and a factor? write \frac or brackets", part.span
                )
            divided = link == "/"
            if link == r"\cdot":
                before = factors[0] if len(factors) == 1 else Node("product", tuple(factors), span)
                factors = [Node("dot", (before, value), span)]
            elif divided:
                factors[-1] = Node("quotient", (factors[-1], value), span)
            else:
                factors.append(value)
            link = None
            i += 1
        return (
            factors[0] if len(factors) == 1 else self.summed(Node("product", tuple(factors), span))
        )

    def behind(self, part, after):
        """The marks behind the brackets of f(x)^2, which belong to what f gives."""
        if after is None or after.kind != "scripted" or after.parts[0].kind != "paren":
            return None
        return after.parts[1:] if self.function_of(part) else None

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
        if part.kind in ("derivative", "gradient") and argument is not None:
            return self.differentiated(part, argument)
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
        self.refuse_inverse([*rest, *powers], part.span)
        value = Node(
            "apply",
            (self.function_key(name, own, part), own, places[:wanted], found.primes, arguments),
            part.span,
        )
        if places[wanted:]:
            value = Node("entry", (value, places[wanted:]), part.span)
        return self.raised(value, [*rest, *powers], part.span)

    def differentiated(self, part, argument):
        """A derivative before brackets: at this argument, or with what it depends on, or a factor."""
        body = part.parts[0] if part.kind == "derivative" else part.parts[2]
        named = self.function_of(body)
        if named and part.kind == "derivative":
            if self.key_of(body) is None or self.is_by_argument(named, part, argument):
                return self.prime(named, part, argument)
            named = None  # of the quantity that has the name of the function
        if named:
            inner = Node("product", (body, argument), part.span)
            return self(Node("gradient", (*part.parts[:2], inner), part.span))
        if self.listed(body, argument) is not None:
            return self(part)
        entry = argument.parts[1][0] if len(argument.parts[1]) == 1 else None
        if argument.parts[0] == "()" and not (
            entry is not None and entry.kind == "sum" and len(entry.parts) > 1
        ):
            raise FormulaError(
                r"a derivative before brackets: taken there, or multiplied? write \cdot",
                argument.span,
            )
        return None

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

    def dotted_sum(self, pairs, span):
        """x_1 + … + x_n, perhaps with x_2 or x_j in it, beside further terms."""
        dots = [n for n, (_, term) in enumerate(pairs) if term.kind == "DOTS"]
        terms = [term if term.kind == "DOTS" else self(term) for _, term in pairs]
        first, last = max(dots[0] - 1, 0), dots[-1] + 1
        if first and is_second(*terms[first - 1 : first + 1]):
            first -= 1
        if any(sign == "-" for sign, _ in pairs[first : last + 1]):
            raise FormulaError("dots stand in a sum, between + and +", span)
        found = [(sign, term) for (sign, _), term in zip(pairs, terms)]
        dotted = Node("dotted", ("+", tuple(terms[first : last + 1])), span)
        found[first : last + 1] = [("+", dotted)]
        return Node("sum", tuple(found), span) if len(found) > 1 else dotted

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
        if not self.is_by_argument(named, part, argument):
            raise FormulaError("a derivative by what is no argument of the function", part.span)
        if len(self.parameters(key)) > 1 or len(argument.parts[1]) > 1:
            raise FormulaError(
                "the derivative of a function of several arguments: write \\nabla", part.span
            )
        return Node(
            "apply",
            (key, own, (), len(part.parts[1]), self.arguments(argument.parts[1])),
            part.span,
        )

    def parameters(self, key):
        return {x for d in self.model.families.get(key, ()) for x in d.parameters}

    def is_by_argument(self, named, part, argument):
        """Whether a derivative is by the arguments of its function, or by what it is applied to."""
        name, found = named
        own = tuple(self.place(x) for x in found.sups)
        parameters = self.parameters(self.function_key(name, own, part))
        return all(
            [variable] == list(argument.parts[1]) or letter_of(variable) in parameters
            for variable in part.parts[1]
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
                f"{name} before brackets can be read as a function of what is in them, and as a product:"
                rf" write \cdot for a product, or define {name}(x) := ...",
                argument.span,
            )

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
        self.refuse_inverse(sups, span)
        return self.raised(value, sups, span)

    def refuse_inverse(self, marks, span):
        if any(literal(mark) == -1 for mark in marks):
            raise FormulaError("f^{-1}: the inverse function, or 1/f? write which", span)


def reaches_on(part, after):
    """Whether a function without brackets is followed by what may belong to its argument."""
    if part.kind != "call" or part.parts[4].kind == "paren" or not after:
        return False
    return after[0].kind not in ("call", "LINK", "big", "paren")


def as_paren(argument):
    return (
        argument if argument.kind == "paren" else Node("paren", ("()", (argument,)), argument.span)
    )


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
