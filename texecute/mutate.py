"""Every small change of a formula, and whether the check notices it.

    python -m texecute.mutate FILE [--notation FILE.toml]

A kind of node without its changes is an error, so that a new rule of the grammar cannot be forgotten.
"""

import sys
from collections import Counter
from dataclasses import replace

from texecute.project import Project
from texecute.read import FormulaError, Node, read
from texecute.report import FINE

LETTERS = {"i": "j", "j": "k", "k": "j", "p": "j", "q": "p"}
FUNCTIONS = {
    "exp": "log",
    "log": "exp",
    "tanh": "exp",
    "max": "min",
    "min": "max",
    "softmax": "exp",
}
RELATIONS = {"=": r"\ne", "<": r"\ge", ">": r"\le", r"\le": ">", r"\ge": "<", r"\ne": "="}


def changes(node):
    """All nodes that differ from this one by one change."""
    yield from CHANGES[node.kind](node)
    for n, part in enumerate(node.parts):
        yield from (with_part(node, n, new) for new in changes_of(part))


def changes_of(part):
    if isinstance(part, Node):
        yield from changes(part)
    elif isinstance(part, tuple):
        for n, inner in enumerate(part):
            yield from ((*part[:n], new, *part[n + 1 :]) for new in changes_of(inner))


def with_part(node, n, new):
    return replace(node, parts=(*node.parts[:n], new, *node.parts[n + 1 :]))


def none(node):
    """What has no changes but those inside it."""
    return ()


def name(node):
    (letter,) = node.parts
    if letter in LETTERS:
        yield Node("name", (LETTERS[letter],), node.span)


def number(node):
    yield Node("number", (str(int(float(node.parts[0])) + 1),), node.span)


def scripted(node):
    base, subs, sups, primes = node.parts
    if len(subs) > 1:
        yield with_part(node, 1, (subs[1], subs[0], *subs[2:]))
    if sups:
        yield with_part(node, 2, sups[:-1])  # a transpose, a power, a layer lost
    if primes:
        yield with_part(node, 3, primes - 1)


def signed(node):
    for n, (sign, term) in enumerate(node.parts):
        yield with_part(node, n, ("+" if sign == "-" else "-", term))
    if len(node.parts) > 1:
        for n in range(len(node.parts)):
            yield replace(node, parts=node.parts[:n] + node.parts[n + 1 :])


def product(node):
    factors = [x for x in node.parts if x.kind != "LINK"]
    for n in range(len(factors)):
        rest = (*factors[:n], *factors[n + 1 :])
        yield rest[0] if len(rest) == 1 else replace(node, parts=rest)
    yield from twice(node)


def twice(node):
    """The same, doubled."""
    yield Node("product", (Node("number", ("2",)), Node("LINK", (r"\cdot",)), node), node.span)


def pointwise(node):
    left, sign, right, *rest = node.parts
    yield (
        replace(node, kind="product", parts=(left, right)) if not rest else with_part(node, 2, left)
    )


def swapped(node):
    yield replace(node, parts=node.parts[::-1])
    yield from twice(node)


def inside(node):
    yield node.parts[0]


def inside_brackets(node):
    yield from ()


def function(node):
    head, subs, sups, primes, argument = node.parts
    if head in FUNCTIONS:
        yield with_part(node, 0, FUNCTIONS[head])


def big(node):
    head, subs, sups, body = node.parts
    for n, sub in enumerate(subs):
        if sub.kind == "chain" and sub.parts[1] != ("=",):
            yield with_part(node, 1, (*subs[:n], sub.parts[0][0], *subs[n + 1 :]))
    yield body
    yield from twice(node)


def chain(node):
    sides, relations = node.parts
    for n, relation in enumerate(relations):
        if relation in RELATIONS:
            new = (*relations[:n], RELATIONS[relation], *relations[n + 1 :])
            yield with_part(node, 1, new)


def derivative(node):
    above, variables, sign = node.parts
    if len(variables) == 1:
        yield replace(node, parts=(variables[0], (above,), sign))
    yield above
    yield from twice(node)


def gradient(node):
    yield node.parts[2]


def matrix(node):
    rows = [x for x in node.parts if x.kind == "row"]
    if len(rows) > 1:
        yield replace(node, parts=(rows[1], rows[0], *rows[2:]))


def cases(node):
    found = [x for x in node.parts if x.kind == "case"]
    for n, one in enumerate(found[:-1]):
        after = found[n + 1]
        new = [*found]
        new[n] = replace(one, parts=(after.parts[0], one.parts[1]))
        new[n + 1] = replace(after, parts=(one.parts[0], after.parts[1]))
        yield replace(node, parts=tuple(new))


CHANGES = {
    "name": name, "number": number, "scripted": scripted, "sum": signed, "product": product,
    "pointwise": pointwise, "quotient": swapped, "root": inside, "absolute": inside, "norm": inside,
    "paren": inside_brackets, "call": function, "big": big, "chain": chain, "derivative": derivative,
    "gradient": gradient, "matrix": matrix, "cases": cases, "inner": none, "held": inside,
    "row": none, "cell": none, "case": none, "bound": none, "sub": none, "sup": none,
    "LINK": none, "ODOT": none, "OTIMES": none, "DOTS": none, "ALL": none, "FOR": none, "OTHERWISE": none,
    "forall": none, "range": none, "transposed": none, "_COMMA": none,
    "MATRIX": none, "MATRIXEND": none, "CASES": none, "CASESEND": none, "_ROW": none, "_AMP": none,
    "BAR": none, "BAREND": none, "NORM": none, "NORMEND": none,
}  # fmt: skip


def mutants(statement):
    """A statement with one change, and the side that changed before and after; None of a relation."""
    defines = statement.relations[0] in (":=", r"\leftarrow", r"\in", r"\sim", ":")
    for n, side in enumerate(statement.sides):
        if not (defines and n <= 1):
            for new in changes(side):
                sides = [*statement.sides[:n], new, *statement.sides[n + 1 :]]
                yield replace(statement, sides=sides), (side, new)


def survey(text, latex):
    """What comes of each change of a formula's claims: how it was noticed, and the result.

    "numbers" if both sides had values that differ, "form" if it could not be read or evaluated,
    "same" if the side that changed is worth the same, "survived" else.
    """
    try:
        statements = read(latex, text.notation)
    except FormulaError:
        return
    for statement in statements:
        claims = r"\refuted" not in statement.relations
        for mutant, (before, after) in mutants(statement) if claims else ():
            found = judged(text, replace(mutant, relations=list(mutant.relations)))
            if found.verdict in FINE:
                equal = replace(statement, sides=[before, after], relations=["="])
                worth = judged(text, equal).verdict
                yield "same" if worth == "true" else "survived", found
            else:
                yield "numbers" if any(s.values for s in found.steps) else "form", found
        text.judge(statement)


def judged(text, statement):
    """The result of a statement, which leaves the text as it was."""
    kept, text.model = text.model, text.model.copy()
    found = text.judge(statement)
    text.model = kept
    return found


def main(arguments):
    project = Project()
    counts = Counter()
    for path in arguments:
        for text, formula in project.walk(path):
            for how, found in survey(text, formula.latex):
                counts[how] += 1
                if how == "survived":
                    print(f"{formula.label or path}: {' '.join(found.readings)}")
    print(dict(counts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
