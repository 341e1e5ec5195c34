"""What a text defines: quantities, their shapes, functions; and what each name in a formula means.

A *family* is all that has one name and as many scripts: W^{[1]}, W^{[2]}, … . Its definitions say for
which values of the scripts they hold; of several that hold, the last one does, as in a text that
first says A^{[l]} := g(Z^{[l]}) and later A^{[L]} := softmax(Z^{[L]}).

A script in a definition is either a *label*, one whole number at a time (layers, steps), or an *axis*
of an array (units, examples). Behind the scripts of its definition a name may have more: the row and
the column of a matrix.
"""

import re
from dataclasses import dataclass, field

from texecute.read import FormulaError, Node, expression, subnodes

BUILTIN = set("exp log ln tanh sinh cosh sin cos tan softmax ReLU relu LSE logsumexp diag tr trace Tr"
              " vec sum broadcast sigmoid max min sign sgn det".split())  # fmt: skip
GREEK_BUILTIN = {r"\sigma": "sigmoid"}
SETS = {r"\mathbb{R}", r"\mathbb{N}", r"\mathbb{Z}"}


@dataclass
class Definition:
    """One definition or declaration of a family."""

    name: str
    kind: str  # leaf, formula, function (by a formula), unknown function, size
    sups: tuple = ()  # the scripts on its left: expressions
    subs: tuple = ()
    labels: tuple = ()  # the letters in them that are labels
    axes: tuple = ()  # and those that are axes, in the order of the subscripts
    dims: tuple = None  # the shape of a declared quantity: None if unknown, () for a number
    body: Node = None
    parameters: tuple = ()
    domain: Node = None  # where a leaf is drawn from, or a function takes its argument from
    codomain: Node = None
    ranges: dict = field(default_factory=dict)
    conditions: tuple = ()
    text: str = ""
    names: frozenset = frozenset()  # the families that the body names

    @property
    def key(self):
        return self.name, len(self.sups), len(self.subs)

    def __hash__(self):
        return id(self)

    def __eq__(self, other):
        return self is other


def is_name(node, *names):
    return node.kind == "name" and (not names or node.parts[0] in names)


def letter_of(node):
    """The letter of a bare name, else None."""
    return node.parts[0] if node.kind == "name" else None


def literal(node):
    """The whole number that a node is, else None."""
    if node.kind == "number" and "." not in node.parts[0]:
        return int(node.parts[0])
    if node.kind == "sum" and len(node.parts) == 1 and node.parts[0][0] == "-":
        inner = literal(node.parts[0][1])
        return None if inner is None else -inner
    return None


def core(name, case=False):
    """The letter of a name without its font, small but for `case`, and its accents: \\hat{\\mathbf{Y}} → y, hat."""
    accents = tuple(re.findall(r"\\(hat|bar|tilde|dot|ddot)\{", name))
    decoration = re.search(r"(_\{.*|\^\{.*)$", name)
    bare = name[: decoration.start()] if decoration else name
    bare = re.sub(
        r"\\(hat|bar|tilde|dot|ddot|vec|mathbf|boldsymbol|mathcal|mathrm|mathsf)\{", "", bare
    )
    bare = bare.replace("}", "")
    return bare if case else bare.lower(), accents, decoration.group() if decoration else ""


@dataclass
class Scripts:
    """What stands above and below a name."""

    name: str
    sups: tuple = ()
    subs: tuple = ()
    rest: tuple = ()  # superscripts that are not part of the name: transposes and powers
    primes: int = 0


class Model:
    """The definitions of a text so far."""

    def __init__(self, notation):
        self.notation = notation
        self.families = {}
        self.order = []
        self.bracketed = set()  # names whose labels stand in brackets: x^2 is then a power
        self.joined = set()  # sizes with a letter below them that counts nothing: d and k of d_k
        self.resolved = {}  # sizes, as they were written: what they mean
        self.updates = {}  # family key: definition of the new value
        self.ends = {}  # family key: [(how the text names it, the node of a graph that it is)]
        self.ranges = {}
        for letter, text in notation.ranges.items():
            low, high = text.split(",")
            self.ranges[letter] = tuple(expression(x, notation) for x in (low, high))
        for _, high in self.ranges.values():
            self.note_sizes(high)

    def copy(self):
        other = Model.__new__(Model)
        other.notation, other.order, other.updates = (
            self.notation,
            list(self.order),
            dict(self.updates),
        )
        other.ends = {key: list(found) for key, found in self.ends.items()}
        other.families = {key: list(found) for key, found in self.families.items()}
        other.ranges, other.resolved, other.joined = dict(self.ranges), {}, set(self.joined)
        other.bracketed = set(self.bracketed)
        return other

    # Looking up

    def named(self, name):
        """All families of a name."""
        return {key: found for key, found in self.families.items() if key[0] == name}

    def function_name(self, name, has_entries=False):
        """The name of the family of functions that f(...) means: its own, or for f_p \\mathbf{f}."""
        wanted = core(name, case=True)
        found = [
            key
            for key in self.families
            if key[0].endswith("()") and core(key[0][:-2], case=True) == wanted
        ]
        found.sort(key=lambda key: (has_entries and self.dims(key) == (), key[0] != f"{name}()"))
        return found[0][0] if found else None

    def entries_of(self, name):
        """The names of the matrices and columns whose entries a name may be: z of \\mathbf{Z}."""
        wanted = core(name)
        found = dict.fromkeys(key[0] for key in self.families if core(key[0]) == wanted)
        small = core(name, case=True)[0]
        return [x for x in found if x != name and core(x, case=True)[0] in (small, small.upper())]

    def depends(self, key, on, seen=None):
        """Whether a family is computed from another, by what the definitions name."""
        seen = set() if seen is None else seen
        for definition in self.families.get(key, ()):
            for name in definition.names:
                if name == on:
                    return True
                if name not in seen:
                    seen.add(name)
                    if self.depends(name, on, seen):
                        return True
        return False

    # Scripts

    def scripts(self, node):
        """The name, the scripts that belong to it, and those that act on it."""
        if node.kind == "name":
            return Scripts(self.notation.same.get(node.parts[0], node.parts[0]))
        base, subs, sups, primes = node.parts
        name = self.notation.same.get(base.parts[0], base.parts[0])
        words = [x for x in subs if is_name(x) and self.is_part_of(name, x.parts[0])]
        if words:
            name = f"{name}_{{{words[0].parts[0]}}}"
            subs = tuple(x for x in subs if x not in words)
        own, rest = [], []
        wanted = max((key[1] for key in self.names_like(name)), default=None)
        if self.bracketed.intersection((name, *self.entries_of(name))):
            wanted = None
        for mark in sups:
            if is_name(mark, "*", r"\ast", r"\star", r"\dagger"):
                name += f"^{{{mark.parts[0]}}}"
            elif is_label(mark):
                own += [x for x in mark.parts[1]]
            elif is_name(mark, *self.notation.transposes) and not (
                self.is_label_letter(mark) or self.named(mark.parts[0])
            ):
                rest.append(Node("transposed", (), mark.span))
            elif wanted is not None and len(own) < wanted:
                own.append(mark)
            else:
                rest.append(mark)
        subs = tuple(part for x in subs for part in self.split(x))
        return Scripts(name, tuple(own), subs, tuple(rest), primes)

    def is_part_of(self, name, below):
        """Whether what stands below a name belongs to it: new, KL, and the k of a size d_k."""
        if (name, below) in self.joined:
            return True
        return is_word(below) and not self.named(below)

    def names_like(self, name):
        """The families that a name may belong to: its own, else those whose entries it may be."""
        own = self.named(name)
        if own:
            return list(own)
        return [key for other in self.entries_of(name) for key in self.named(other)]

    def is_label_letter(self, mark):
        return is_name(mark) and mark.parts[0] in self.ranges

    def split(self, node):
        """The indices jk of z_{jk}, which TeX shows as z_{j,k}."""
        if node.kind == "product" and not any(x.kind == "LINK" for x in node.parts):
            if all(x.kind in ("name", "number", "scripted") for x in node.parts):
                return node.parts
        return (node,)

    def find(self, name, sups, subs, span=None):
        """The family key of a name with so many scripts, and how many subscripts index its value."""
        names = [name, *(self.entries_of(name) if subs else ())]
        exact = [key for other in names for key in self.named(other) if self.fits(key, sups, subs)]
        exact.sort(key=lambda key: (self.mismatch(key, subs, name), key[0] != name))
        if not exact:
            known = [key for other in (name, *self.entries_of(name)) for key in self.named(other)]
            forms = ", ".join(sorted({form(key) for key in known}))
            hint = f": the text knows {forms}" if forms else ", and nothing says what it is"
            raise FormulaError(f"{name} has no meaning with these scripts{hint}", span)
        return exact[0], len(subs) - exact[0][2]

    def fits(self, key, sups, subs):
        more, dims = len(subs) - key[2], self.dims(key)
        if key[1] != len(sups) or more < 0 or any(x.kind == "ALL" for x in subs[: key[2]]):
            return False
        return more == 0 or dims is None or more <= len(dims)

    def mismatch(self, key, subs, name):
        """How badly the number of scripts fits: 0 if each index finds its own axis."""
        more, dims = len(subs) - key[2], self.dims(key)
        if dims is None:
            return 0 if more == 0 and name == key[0] else 1
        long = sum(literal(size) != 1 for size in dims)
        if any(x.kind == "ALL" for x in subs):
            return 0 if long == more == 2 else 3
        if more == long or (more == 0 and name == key[0]):
            return 0
        return 1 if more == len(dims) else 2

    def entries_alone(self, name, sups):
        """The family of P_{ij}, if P alone is no name: then P is the matrix of all its entries."""
        keys = [key for key in self.named(name) if key[1] == len(sups)]
        if any(key[2] == 0 for key in keys):
            return None
        whole = [key for key in keys if len(self.families[key][-1].axes) == key[2] <= 2]
        return whole[0] if whole else None

    def dims(self, key):
        return next((d.dims for d in self.families[key] if d.dims is not None), None)

    # Defining

    def add(self, definition):
        self.note_names(definition)
        self.resolved.clear()
        self.families.setdefault(definition.key, []).append(definition)
        self.order.append(definition)
        return definition

    def remove(self, definition):
        self.order.remove(definition)
        found = self.families[definition.key]
        found.remove(definition)
        if not found:
            del self.families[definition.key]

    def note_names(self, definition):
        definition.names = frozenset(self.names_in(definition))

    def names_in(self, definition):
        """The families that a body names."""
        bodies = [definition.body, *definition.conditions]
        for body in filter(None, bodies):
            for node in subnodes(body):
                if node.kind in ("ref", "all_entries"):
                    yield node.parts[0]
                elif node.kind == "apply" and isinstance(node.parts[0], tuple):
                    yield node.parts[0]

    def join(self, node, letters):
        """Note a size such as d_k, whose k is no index."""
        if node.kind == "scripted" and len(node.parts[1]) == 1 and is_name(node.parts[1][0]):
            base, below = node.parts[0].parts[0], node.parts[1][0].parts[0]
            if below not in letters and below not in self.ranges and not self.named(below):
                if not self.named(base):
                    self.joined.add((base, below))

    def note_sizes(self, node, letters=()):
        """Take names in a shape or a range that mean nothing yet for whole numbers."""
        inside = set()  # the names that belong to a scripted one
        for part in subnodes(node):
            scripted = part.kind == "scripted" and is_name(part.parts[0])
            if part.kind != "name" and not scripted:
                continue
            if scripted:
                self.join(part, letters)
                inside.add(id(part.parts[0]))
            found = self.scripts(part)
            if scripted and not found.subs:  # the k of d_k
                inside |= {id(x) for x in part.parts[1]}
            if found.rest and literal(found.rest[0]) is None:
                found.sups, found.rest = found.sups + found.rest, ()  # n^l
            known = any(k[1:] == (len(found.sups), len(found.subs)) for k in self.named(found.name))
            indexes = found.name in self.ranges or found.name in letters
            if id(part) not in inside and not (known or indexes or found.rest):
                self.add(Definition(found.name, "size", found.sups, found.subs))


def form(key):
    """A name with its scripts, to show which it has: y_{·}, W^{[·]}."""
    name, above, below = key
    return name + (f"_{{{','.join('·' * below)}}}" if below else "") + "^{[·]}" * above


def is_word(name):
    """Whether a name in a script is part of the name above it: new, KL."""
    return name.startswith((r"\text", r"\mathrm")) or (len(name) > 1 and name.isalpha())


def is_label(mark):
    """[l] or (i) in a superscript."""
    return mark.kind == "paren" and mark.parts[0] in ("[]", "()")
