"""Formulas that are wrong in one place, to prove that the check notices.

python -m book.equations.mutants [chapters/08_softmax.ipynb ...]

Prints how many there are, what rejects them (a number that differs, or the form: a shape, a range,
a name that does not exist), and those that nothing notices and survivors.yml does not explain.
"""

import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import yaml
from lark import Tree

from book.contents import CHAPTERS
from book.equations.check import SEEDS, Chapter, Equation, equations
from book.equations.parse import parse
from book.equations.trees import index_letter, is_bold, literal, parts

SWAPPED = {
    r"\exp": [r"\log"],
    r"\log": [r"\exp"],
    r"\tanh": [r"\exp"],
    r"\sigma": [r"\exp"],
    r"\softmax": [r"\exp"],
    r"\relu": [r"\exp"],
    "<": [">"],
    ">": ["<", r"\ge"],
    r"\ge": [r"\le", ">"],
    r"\le": [r"\ge", "<"],
    "=": [r"\ne"],
    r"\ne": ["="],
}


class Edit(NamedTuple):
    """Replace latex[start:end]."""

    kind: str
    start: int
    end: int
    new: str


def span(tree):
    return tree.meta.start_pos, tree.meta.end_pos


def mutants(latex):
    """(edit, mutated LaTeX) of everything that one wrong token can do to an equation."""
    found = {}
    for sides, relations, condition in parse(latex):
        if r"\refuted" in relations:
            continue  # what is false may become false in another way
        trees = [*sides, *([condition] if condition else [])]
        letters = sorted({letter for tree in trees for letter in letters_in(tree)})
        for tree in trees:
            for edit in edits(latex, tree, letters):
                text = latex[: edit.start] + edit.new + latex[edit.end :]
                if text.split() != latex.split():
                    found.setdefault("".join(text.split()), (edit, text))
        for side in sides[1:]:
            if side.data not in ("space", "normal") and latex[span(side)[0]] != "-":
                edit = Edit("sign", span(side)[0], span(side)[0], "-")
                text = latex[: edit.start] + "-" + latex[edit.end :]
                found.setdefault("".join(text.split()), (edit, text))
    return list(found.values())


def letters_in(tree):
    if index_letter(tree) and index_letter(tree) != "l":
        yield index_letter(tree)
    for part in parts(tree):
        yield from letters_in(part)


def edits(latex, tree, letters):
    """The wrong versions of one formula and of everything inside it."""
    if not tree.meta.empty:  # else it is the letter under a sum, read a second time
        yield from globals().get(f"of_{tree.data}", nothing)(latex, tree, letters)
    for part in parts(tree):
        yield from edits(latex, part, letters)


def nothing(latex, tree, letters):
    return ()


def between(latex, left, right, old):
    """Where a token stands between two subtrees."""
    start = latex.index(old, left.meta.end_pos, right.meta.start_pos)
    return start, start + len(old)


def of_sum(latex, tree, letters):
    terms = [child for child in tree.children if isinstance(child, Tree)]
    for child in tree.children:
        if child in ("+", "-"):
            first = child is tree.children[0]
            new = "" if first else "-" if child == "+" else "+"
            yield Edit("sign", child.start_pos, child.end_pos, new)
    if len(terms) > 1 and r"\dots" not in tree.children:
        for n, term in enumerate(terms[1:], 1):
            yield Edit("term dropped", terms[n - 1].meta.end_pos, term.meta.end_pos, "")
        yield Edit("term dropped", tree.meta.start_pos, terms[1].meta.start_pos, "")


def of_times(latex, tree, letters):
    left, right = tree.children
    yield Edit("factor dropped", *span(tree), latex[slice(*span(left))])
    yield Edit("factor dropped", *span(tree), latex[slice(*span(right))])
    head = right.children[0] if right.data == "times" else right
    if looks_like_matrix(left) and looks_like_matrix(head):
        yield Edit("product", left.meta.end_pos, right.meta.start_pos, r" \odot ")


def looks_like_matrix(tree):
    if tree.data in ("transpose", "pdv"):
        return looks_like_matrix(tree.children[-1])
    return tree.data == "name" and is_bold(tree.children[0])


def of_hadamard(latex, tree, letters):
    for left, right in zip(tree.children, tree.children[1:]):
        yield Edit("product", *between(latex, left, right, r"\odot"), " ")
        yield Edit("factor dropped", left.meta.end_pos, right.meta.end_pos, "")
    first, second = tree.children[:2]
    yield Edit("factor dropped", first.meta.start_pos, second.meta.start_pos, "")


def of_quotient(latex, tree, letters):
    above, below = (latex[slice(*span(child))] for child in tree.children)
    if below.replace(" ", "") in ("m", "2m"):
        yield Edit("1/m", *span(tree), "1")
        yield Edit("1/m", *span(tree), rf"\frac{{1}}{{m}} {latex[slice(*span(tree))]}")
    else:
        yield Edit("factor dropped", *span(tree), f"({above})")


def of_power(latex, tree, letters):
    base = tree.children[0]
    yield Edit("exponent", base.meta.end_pos, tree.meta.end_pos, "")
    yield Edit("exponent", base.meta.end_pos, tree.meta.end_pos, "^3")


def of_transpose(latex, tree, letters):
    text = latex[slice(*span(tree))]
    new = (
        text.removesuffix(r"^{\T}") if text.endswith(r"^{\T}") else text.removesuffix(r"\T}") + "}"
    )
    yield Edit("transpose", *span(tree), new)


def of_pdv(latex, tree, letters):
    if looks_like_matrix(tree.children[1]):
        yield Edit("transpose", *span(tree), rf"({latex[slice(*span(tree))]})^{{\T}}")


def of_name(latex, tree, letters):
    letter, places, layer = tree.children
    start, end = span(tree)
    text = latex[start:end]
    if is_bold(letter) and not text.endswith(r"\T}"):
        yield (
            Edit("transpose", end, end, r"^{\T}")
            if layer is None
            else Edit("transpose", end - 1, end, r"\T}")
        )
    for place in places:
        if index_letter(place):
            for other in letters:
                yield Edit("index", *span(place), other)
        elif literal(place) is not None:
            for step in 1, -1:
                yield Edit("index", *span(place), braced(latex, place, literal(place) + step))
    if len(places) == 2 and all(isinstance(place, Tree) for place in places):
        (a, b), (c, d) = map(span, places)
        yield Edit("index", a, d, f"{latex[c:d]},{latex[a:b]}")
    if layer is not None:
        yield Edit("layer", *span(layer), shifted(latex[slice(*span(layer))]))


def braced(latex, place, new):
    inside = latex[place.meta.start_pos - 1] in "{,"
    return str(new) if inside or 0 <= new < 10 else f"{{{new}}}"


def shifted(layer):
    return {"l-1": "l", "l": "l-1", "L": "L-1", "1": "2", "2": "1"}.get(layer.replace(" ", ""), "l")


def of_big(latex, tree, letters):
    summed, condition, body = tree.children
    start, inside = tree.meta.start_pos, body.meta.start_pos
    yield Edit("sum", start, inside, "")
    if condition:
        yield Edit("condition", start, inside, rf"\sum_{summed[0]} ")
    for other in letters if len(summed) == 1 and not condition else ():
        yield Edit("index", start, inside, rf"\sum_{other} ")


def of_condition(latex, tree, letters):
    left, compare, right = tree.children
    at = latex.rindex(compare, 0, right.meta.start_pos)
    for new in SWAPPED[compare]:
        yield Edit("comparison", at, at + len(compare), new + " ")


def of_known(latex, tree, letters):
    function, _ = tree.children
    for new in SWAPPED.get(function, ()):
        yield Edit("function", function.start_pos, function.end_pos, new)


def of_slope(latex, tree, letters):
    letter, layer, arguments = tree.children
    start, end = span(tree)
    yield Edit("function", start, end, letter + latex[latex.index("(", start) : end])


def of_sumaxis(latex, tree, letters):
    *axes, body = tree.children
    text = in_parentheses(latex, body)
    yield Edit("sum", *span(tree), text)
    for other in {"0", "1", "0,1"} - {",".join(str(axis) for axis in axes if axis)}:
        yield Edit("sum", *span(tree), rf"\sumaxis{{{other}}}{{{text}}}")


def of_maxaxis(latex, tree, letters):
    axis, body = tree.children
    text = in_parentheses(latex, body)
    yield Edit("sum", *span(tree), text)
    yield Edit("sum", *span(tree), rf"\maxaxis{{{1 - int(axis)}}}{{{text}}}")


def of_broadcast(latex, tree, letters):
    yield Edit("broadcast", *span(tree), in_parentheses(latex, tree.children[0]))


def in_parentheses(latex, tree):
    text = latex[slice(*span(tree))]
    return text if tree.data == "group" else rf"\left({text}\right)"


def of_number(latex, tree, letters):
    start, end = span(tree)
    yield Edit("number", start, end, str(int(tree.children[0]) + 1))


def of_space(latex, tree, letters):
    rows, columns = map(span, tree.children)
    yield Edit(
        "shape", rows[0], columns[1], rf"{latex[slice(*columns)]} \times {latex[slice(*rows)]}"
    )


def describe(label, edit, latex):
    """A mutant in one line: what stands around the token that is changed, and the change."""
    before = latex[max(edit.start - 40, 0) : edit.start]
    after = latex[edit.end : edit.end + 20]
    old = latex[edit.start : edit.end]
    return " ".join(f"{label} | {before}⟦{old} → {edit.new}⟧{after}".split())


class Trial:
    """The equations of a chapter, and worlds in which to try mutants of them."""

    def __init__(self, path):
        self.equations = equations(path)
        self.name = Path(path).stem
        self.defines = [
            any(
                relation in (":=", r"\leftarrow")
                for step in equation.statements
                for relation in step[1]
            )
            for equation in self.equations
        ]
        self.ready = {seeds: self.fresh(seeds, len(self.equations)) for seeds in (1, SEEDS)}

    def fresh(self, seeds, before):
        """Worlds that know what the equations before a certain one define."""
        chapter = Chapter(self.name, seeds)
        for equation, defines in zip(self.equations[:before], self.defines):
            if defines:
                chapter.check(again(equation))
        return chapter

    def rejected(self, n, latex):
        """Why a changed version of equation n is rejected, or None if nothing notices.

        A changed definition may only show in the equations after it, so they are checked too.
        """
        for seeds in 1, SEEDS:  # most fail in the first world
            chapter, rest = self.ready[seeds], []
            if self.defines[n]:
                chapter, rest = self.fresh(seeds, n), self.equations[n + 1 :]
            for equation in [again(self.equations[n], latex), *map(again, rest)]:
                chapter.check(equation)
                if equation.failures:
                    return equation.failures[0]
        return None


def again(equation, latex=None):
    """The same equation, unchecked, perhaps with another formula."""
    return Equation(equation.label, latex or equation.latex, equation.path, equation.number)


def try_all(path):
    """How many mutants of a notebook's equations there are, by what happened, and the survivors."""
    trial, counts, survivors = Trial(path), Counter(), []
    for n, equation in enumerate(trial.equations):
        for edit, latex in mutants(equation.latex):
            why = trial.rejected(n, latex)
            how = (
                "survived" if why is None else "by value" if "relative error" in why else "by form"
            )
            counts[edit.kind, how] += 1
            if why is None:
                survivors.append(describe(equation.label, edit, equation.latex))
    return counts, survivors


def known_survivors():
    """The mutants that change no value, each with the reason."""
    groups = yaml.safe_load(Path(__file__).with_name("survivors.yml").read_text(encoding="utf-8"))
    return {mutant: group["reason"] for group in groups for mutant in group["mutants"]}


def table(counts):
    """The figures of some runs as text: a line for each kind of mutant."""
    kinds, hows = sorted({kind for kind, _ in counts}), ("by value", "by form", "survived")
    yield f"{'':16}{'made':>6}" + "".join(f"{how:>10}" for how in hows)
    for kind in [*kinds, "all"]:
        row = [
            sum(n for (k, h), n in counts.items() if h == how and kind in (k, "all"))
            for how in hows
        ]
        yield f"{kind:16}{sum(row):6}" + "".join(f"{n:10}" for n in row)


def main(arguments):
    counts, unknown = Counter(), []
    for path in map(Path, arguments or sorted(CHAPTERS.glob("*.ipynb"))):
        found, survivors = try_all(path)
        counts += found
        unknown += [mutant for mutant in survivors if mutant not in known_survivors()]
        print(f"{path.stem}: {sum(found.values())} mutants, {len(survivors)} survive", flush=True)
    print(*table(counts), *unknown, sep="\n")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
