"""Set a formula again from what was understood of it: every product, range and condition written out."""

from texecute.read import Node

TIGHT = {"number", "index", "ref", "local", "apply", "entry", "norm", "absolute", "matrix", "indicator",
         "quotient", "derivative", "euler", "pi", "ones", "root", "delta", "inner", "transpose", "power",
         "gradient", "after", "held", "axis_sum", "identity", "all_entries"}  # fmt: skip
WORDS = {"exp", "log", "ln", "tanh", "sinh", "cosh", "sin", "cos", "tan", "max", "min", "det"}


SHOWN = {r"\refuted": r"\overset{?}{=}"}


class Ends:
    """How far each index runs, in letters: what fits in every instance that was tried."""

    def __init__(self):
        self.found = {}

    def take(self, instance):
        for letter, records in instance.lengths.items():
            for length, labels in records:
                named = names_of(length, instance.sizes, labels)
                self.found[letter] = self.found.get(letter, named) & named

    def __call__(self, letter):
        return min(
            self.found.get(letter) or {""}, key=lambda text: (text.isdigit(), len(text), text)
        )


def names_of(length, sizes, labels):
    """Every way to write a length with the sizes of an instance and the labels at the time."""
    found = {str(length)}
    counts = {n: name for (name, own), n in sizes.items() if not own}
    for (name, own), n in sizes.items():
        if n != length:
            continue
        ways = {name}
        for label in own:
            shown = {str(label)}
            shown |= {
                letter if k == label else f"{letter}{label - k:+d}" for letter, k in labels.items()
            }
            shown |= {counts[label]} if label in counts else set()
            ways = {f"{way}^{{[{text}]}}" for way in ways for text in shown}
        found |= ways
    return found


class Writer:
    """LaTeX of resolved formulas."""

    def __init__(self, ends=None, notation=None):
        self.ends, self.notation = ends or Ends(), notation

    def __call__(self, node):
        method = getattr(self, node.kind, None)
        return method(*node.parts) if method else rf"\text{{{node.kind}}}"

    def tight(self, node):
        """A factor: in brackets if a sum or a product would be read otherwise."""
        text = self(node)
        return text if node.kind in TIGHT else rf"\left({text}\right)"

    # Names and numbers

    def number(self, digits):
        return digits

    def index(self, letter):
        return letter if letter not in "⋯⋮" else {"⋯": r"\cdot", "⋮": r"\cdot"}[letter]

    local = index

    def euler(self):
        return "e"

    def pi(self):
        return r"\pi"

    def identity(self, *size):
        return rf"\mathbf{{I}}_{{{self(size[0])}}}" if size else r"\mathbf{I}"

    def ones(self):
        return r"\mathbf{1}"

    def all(self):
        return ":"

    def ref(self, key, sups, subs):
        above = "".join(f"[{self(x)}]" for x in sups)
        below = ",".join(self(x) for x in subs)
        return key[0] + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")

    def all_entries(self, key, sups):
        return self.ref(key, sups, ())

    def after(self, base):
        return rf"{self.tight(base)}\big|_{{\text{{new}}}}"

    def entry(self, value, places):
        return rf"\left[{self(value)}\right]_{{{','.join(map(self, places))}}}"

    # Arithmetic

    def sum(self, *pairs):
        text = ""
        for sign, term in pairs:
            inside = self(term)
            inside = rf"\left({inside}\right)" if term.kind == "sum" else inside
            text += f" {sign} {inside}" if text or sign == "-" else inside
        return text.strip()

    def product(self, *factors):
        *first, last = factors
        shown = [self.tight(x) for x in first]
        shown.append(self(last) if last.kind in ("big", "product") else self.tight(last))
        return r" \cdot ".join(shown)

    def dot(self, left, right):
        return rf"{self.tight_or(left, 'product')} \cdot {self.tight(right)}"

    def pointwise(self, left, right):
        return rf"{self.tight_or(left, 'pointwise')} \odot {self.tight(right)}"

    def kron(self, left, right):
        return rf"{self.tight(left)} \otimes {self.tight(right)}"

    def tight_or(self, node, kind):
        return self(node) if node.kind == kind else self.tight(node)

    def quotient(self, above, below):
        return rf"\frac{{{self(above)}}}{{{self(below)}}}"

    def power(self, base, exponent):
        simple = base.kind in ("number", "index", "local", "euler")
        shown = self(base) if simple else rf"\left({self(base)}\right)"
        return rf"{shown}^{{{self(exponent)}}}"

    def transpose(self, inside):
        return rf"\left({self(inside)}\right)^{{\mathsf{{T}}}}"

    def inverse(self, inside):
        return rf"\left({self(inside)}\right)^{{-1}}"

    def root(self, inside):
        return rf"\sqrt{{{self(inside)}}}"

    def absolute(self, inside):
        return rf"\left|{self(inside)}\right|"

    def norm(self, inside, kind=""):
        below = {"": "", "inf": r"_{\infty}"}.get(kind, f"_{{{kind}}}")
        return rf"\left\|{self(inside)}\right\|{below}"

    def inner(self, left, right):
        return rf"\left\langle {self(left)}, {self(right)} \right\rangle"

    def order(self, inside):
        return rf"O\left({self(inside)}\right)"

    # Functions, sums, derivatives

    def apply(self, name, sups, subs, primes, arguments):
        word = name if isinstance(name, str) else name[0].removesuffix("()")
        if isinstance(name, str):
            word = f"\\{word}" if word in WORDS else rf"\operatorname{{{word}}}"
        examples = self.notation.examples if self.notation else ""
        if name in ("softmax", "LSE", "logsumexp") and examples:
            word += rf"_{{\text{{{examples}}}}}"
        above = "".join(f"[{self(x)}]" for x in sups)
        word += (f"^{{{above}}}" if above else "") + "'" * primes
        inside = ", ".join(map(self, arguments))
        return rf"{word}\left({inside}\right)"

    def big(self, name, letters, bounds, conditions, body):
        given = {letter: (self(low), self(high)) for letter, low, high in bounds}
        text = ""
        for letter in letters:
            low, high = given.get(letter, ("1", self.ends(letter)))
            text += (
                rf"\{name}_{{{letter} = {low}}}^{{{high}}} " if high else rf"\{name}_{{{letter}}} "
            )
        for condition in conditions:
            text += rf"\left[{self(condition)}\right] "
        return text + (self(body) if body.kind in ("product", "big") else self.tight(body))

    def axis_sum(self, name, axes, body):
        what = {0: r"\text{rows}", 1: r"\text{columns}"}
        below = ", ".join(what[axis] for axis in axes)
        return rf"\{name}_{{{below}}} {self.tight(body)}"

    def derivative(self, above, variables):
        order = "" if len(variables) == 1 else f"^{{{len(variables)}}}"
        below = r"\, ".join(rf"\partial {self(x)}" for x in variables)
        return rf"\frac{{\partial{order} {self(above) if above.kind in TIGHT else self.tight(above)}}}{{{below}}}"

    def held(self, inside, names):
        return rf"\left.{self(inside)}\right|_{{{', '.join(map(self, names))}}}"

    def parameter(self, n):
        return rf"\text{{argument {n + 1}}}"

    def gradient(self, body, variables):
        return rf"\nabla_{{{', '.join(map(self, variables))}}} {self.tight(body)}"

    # Conditions, matrices, dots

    def chain(self, sides, relations):
        text = self(sides[0])
        for relation, side in zip(relations, sides[1:]):
            text += f" {relation} {self(side)}"
        return text

    def indicator(self, condition):
        return rf"\mathbf{{1}}\left\{{{self(condition)}\right\}}"

    def delta(self, left, right):
        return rf"\mathbf{{1}}\left\{{{self(left)} = {self(right)}\right\}}"

    def cases(self, *cases):
        rows = [
            rf"{self(body)} & " + (r"\text{otherwise}" if c is None else rf"\text{{if }} {self(c)}")
            for body, c in cases
        ]
        return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"

    def matrix(self, *rows):
        shown = [" & ".join(self(cell) for cell in row) for row in rows]
        return r"\begin{bmatrix} " + r" \\ ".join(shown) + r" \end{bmatrix}"

    def dots(self):
        return r"\dots"

    def blank(self):
        return ""

    def dotted(self, sign, terms):
        join = " + " if sign == "+" else ", "
        return join.join(r"\dots" if x.kind == "DOTS" else self(x) for x in terms)

    def set(self, _, dims, domain):
        shown = r" \times ".join(raw(size) for size in dims)
        return rf"\mathbb{{R}}^{{{shown}}}" if shown else r"\mathbb{R}"


def raw(node):
    """A size as it was written."""
    if node.kind == "scripted":
        base, subs, sups, _ = node.parts
        below = ",".join(map(raw, subs))
        above = "".join(map(raw, sups))
        return raw(base) + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")
    if node.kind == "paren":
        return node.parts[0][0] + ",".join(map(raw, node.parts[1])) + node.parts[0][1]
    if node.kind == "sum":
        text = "".join(f" {sign} {raw(x)}" for sign, x in node.parts).strip()
        return text.removeprefix("+ ")
    if node.kind == "product":
        return " ".join(raw(x) if isinstance(x, Node) else str(x) for x in node.parts)
    return str(node.parts[0])


def reading(claim, relations):
    """The whole statement again: its chain, its conditions, how far its indices run."""
    write = Writer(claim.ends, claim.model.notation)
    text = write(claim.sides[0])
    for relation, side in zip(relations, claim.sides[1:]):
        text += f" {SHOWN.get(relation, relation)} {write(side)}"
    for condition in claim.conditions:
        text += rf", \quad \text{{if }} {write(condition)}"
    free = sorted(claim.free)
    for letter in free:
        high = claim.ends(letter)
        text += rf", \quad {letter} = 1, \dots, {high}" if high else ""
    for letter, domains in sorted(claim.domains.items()):
        text += rf", \quad {letter} = {span_of(domains)}"
    return text


def span_of(domains):
    """The values of a label, in letters: 1, …, L or 1, …, L - 1."""
    lows, highs = set(), None
    for domain, sizes in domains:
        if not domain:
            continue
        lows.add(domain[0])
        ways = {str(domain[-1])}
        for (name, own), n in sizes.items():
            if not own and abs(n - domain[-1]) <= 2:
                ways.add(name if n == domain[-1] else f"{name}{domain[-1] - n:+d}")
        highs = ways if highs is None else highs & ways
    low = min(lows, default="?")
    high = min(highs or {"?"}, key=lambda text: (text.isdigit(), len(text)))
    return f"{low}" if str(low) == high else rf"{low}, \dots, {high}"
