"""Take definitions and declarations from statements into a model."""

from texecute.evaluate import Evaluator
from texecute.functions import ELEMENTWISE
from texecute.indices import label_letters
from texecute.model import Definition, is_label, is_name, letter_of, literal
from texecute.read import FormulaError, Node, subnodes
from texecute.resolve import Resolver, free_letters
from texecute.world import Instance


class Impossible(FormulaError):
    """A definition that can be read, and has no value."""


DEFINES = {":=", r"\leftarrow", r"\sim", ":"}


def ranges_of(conditions, model):
    """The ranges among some conditions, l = 1, …, L, and the other conditions."""
    ranges, rest = {}, []
    for node in conditions:
        inside = node.parts[0] if node.kind == "forall" else node
        if inside.kind == "range":
            chain, high = inside.parts
            if chain.kind != "chain" or not is_name(chain.parts[0][0]):
                raise FormulaError("a range has the form l = 1, \\dots, L", inside.span)
            (left, low), _ = chain.parts
            ranges[left.parts[0]] = low, high
        elif (
            inside.kind == "chain" and inside.parts[1] == (r"\in",) and is_range(inside.parts[0][1])
        ):
            first, *_, last = inside.parts[0][1].parts[1]
            ranges[inside.parts[0][0].parts[0]] = first, last
        elif inside.kind == "name":
            continue  # for all l
        else:
            rest.append(inside)
    for low, high in ranges.values():
        for end in (low, high):
            model.note_sizes(end, ranges)
    return ranges, rest


def is_range(node):
    """{1, …, n}."""
    return (
        node.kind == "paren"
        and node.parts[0] == "{}"
        and any(x.kind == "DOTS" for x in node.parts[1])
    )


def left_side(node, model):
    """The name that a definition gives a meaning, and its scripts: (name, sups, subs, parameters)."""
    parameters = ()
    if node.kind == "product" and len(node.parts) == 2 and node.parts[1].kind == "paren":
        entries = node.parts[1].parts[1]
        if all(x.kind == "name" for x in entries):
            parameters = tuple(x.parts[0] for x in entries)
            node = node.parts[0]
    if node.kind == "call" and node.parts[4].kind == "paren":
        parameters = tuple(letter_of(x) for x in node.parts[4].parts[1])
        return node.parts[0], (), (), parameters
    if node.kind == "name":
        return model.notation.same.get(node.parts[0], node.parts[0]), (), (), parameters
    if node.kind != "scripted" or not is_name(node.parts[0]):
        return None
    base, subs, sups, primes = node.parts
    found = model.scripts(Node("scripted", (base, subs, (), 0), node.span))
    own, name = [], found.name
    for mark in sups:
        if is_label(mark):
            own += mark.parts[1]
        elif is_name(mark, "*", r"\ast", r"\star"):
            name += f"^{{{mark.parts[0]}}}"
        else:
            own.append(mark)
    return name, tuple(own), found.subs, parameters


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
    if letter_of(pattern) in (*definition.labels, *definition.axes):
        return True
    return pattern == given


def define(statement, model):
    """Add what a statement with :=, ∼ or ↔ defines. Returns the definitions."""
    left, relation = statement.sides[0], statement.relations[0]
    found = left_side(left, model)
    if found is None:
        raise FormulaError("only a name can be defined", left.span)
    name, sups, subs, parameters = found
    if name in ("e", r"\pi") and not sups and not subs:
        raise FormulaError(f"{name} has a meaning already", left.span)
    ranges, conditions = ranges_of(statement.conditions, model)
    letters = index_letters(sups, subs, ranges, model)
    if relation == r"\leftarrow":
        return [update(statement, model, name, sups, subs, ranges, letters)]
    if relation == ":":
        return [function_signature(statement, model, name, sups, subs, ranges, letters)]
    right = statement.sides[1]
    if relation in (r"\in", r"\sim"):
        return [declare(statement, model, name, sups, subs, ranges, letters, right, relation)]
    labels = label_letters_of(sups, subs, letters, right, ranges, model)
    bound = free_letters([right, *conditions], model, parameters) & (letters | set(ranges))
    resolver = Resolver(model, letters | set(ranges) | bound, parameters)
    if parameters:
        name += "()"
        kind, dims = (
            "function",
            ()
            if all("mathbf" not in x and "bold" not in x and "vec" not in x for x in parameters)
            else None,
        )
        entries = {
            x.parts[0].parts[0] for x in subnodes(right) if x.kind == "scripted" and x.parts[1]
        }
        dims = None if any(is_big_letter(x) or x in entries for x in parameters) else dims
    else:
        kind, dims = "formula", None
    axes = tuple(
        letter_of(x) for x in subs if letter_of(x) in letters and letter_of(x) not in labels
    )
    unknown = free_letters([right, *conditions], model, parameters) - letters - set(ranges)
    if unknown:
        shown = ", ".join(sorted(unknown))
        raise FormulaError(
            f"nothing says what {shown} is: the name that is defined does not show it", right.span
        )
    definition = model.add(Definition(
        name, kind, sups, subs, labels, axes, dims, None, parameters,
        ranges=ranges, text=statement.latex,
    ))  # fmt: skip
    try:  # the name is known by now: a state may name the one before it
        definition.body = resolver(right)
        at_labels = label_letters(definition.body, model)
        definition.labels += tuple(x for x in axes if x in at_labels)
        definition.axes = tuple(x for x in axes if x not in at_labels)
        definition.conditions = tuple(resolver(x) for x in conditions)
        if kind == "function" and not all(map(of_numbers, subnodes(definition.body))):
            definition.dims = None
        model.note_names(definition)
        if kind == "formula":
            definition.dims = probe(definition, model)
    except FormulaError:
        model.remove(definition)
        raise
    return [definition]


def of_numbers(node):
    """Whether a part of a function's body works on each number by itself."""
    if node.kind in ("entry", "axis_sum", "norm", "transpose", "matrix"):
        return False
    return (
        node.kind != "apply"
        or not isinstance(node.parts[0], str)
        or node.parts[0] in {*ELEMENTWISE, "max", "min"}
    )


def update(statement, model, name, sups, subs, ranges, letters):
    """W ← …: the value of W in what is called new."""
    key, more = model.find(name, sups, subs, statement.sides[0].span)
    right = statement.sides[1]
    if more or not all(d.kind == "leaf" for d in model.families[key]):
        raise FormulaError(
            "only a quantity that is drawn takes a new value", statement.sides[0].span
        )
    (old, *_) = model.families[key]
    labels = label_letters_of(sups, subs, letters, right, ranges, model)
    axes = tuple(
        letter_of(x) for x in subs if letter_of(x) in letters and letter_of(x) not in labels
    )
    definition = Definition(
        f"{key[0]}_{{\\text{{new}}}}", "formula", sups, subs, labels, axes, old.dims,
        Resolver(model, letters | set(ranges))(right), ranges=ranges or old.ranges, text=statement.latex,
    )  # fmt: skip
    model.add(definition)
    definition.dims = probe(definition, model)
    model.updates[key] = definition
    return definition


def is_big_letter(name):
    return name[-1:].isupper() and len(name) == 1


def index_letters(sups, subs, ranges, model):
    """The letters of a left side that are indices: no quantities, or with a range."""
    found = set()
    for mark in (*sups, *subs):
        for x in subnodes(mark):
            if is_name(x) and (
                x.parts[0] in ranges or x.parts[0] in model.ranges or not model.named(x.parts[0])
            ):
                found.add(x.parts[0])
    return found


def label_letters_of(sups, subs, letters, right, ranges, model):
    """Which of the letters are labels: in superscripts, or where the text counts on from them."""
    found = [
        x.parts[0] for mark in sups for x in subnodes(mark) if is_name(x) and x.parts[0] in letters
    ]
    for mark in subs:
        letter = letter_of(mark)
        if letter is None:
            found += [x.parts[0] for x in subnodes(mark) if is_name(x) and x.parts[0] in letters]
        elif letter in letters and right is not None and counts_on(right, letter):
            found.append(letter)
    return tuple(dict.fromkeys(found))


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


def probe(definition, model):
    """The shape of what a formula defines, as far as it can be told: () for a number."""
    for seed in range(3):
        instance = Instance(model, seed)
        labels = first_labels(definition, instance)
        if labels is None:
            continue
        try:
            value = instance.frame.get(definition, labels)
        except FormulaError as error:
            raise Impossible(str(error), error.span) from None
        if not value.matrix:
            return ()
        one = Node("number", ("1",))
        rows, columns = value.shape
        unknown = Node("name", ("?",))
        return tuple(one if n == 1 else unknown for n in (rows, columns))
    return None


def first_labels(definition, instance):
    evaluator = Evaluator(instance.frame, ranges=definition.ranges)
    found = []
    for letter in definition.labels:
        domain = evaluator.domain_of(letter)
        if domain is None:
            raise FormulaError(f"say how far {letter} runs, as in {letter} = 1, \\dots, L")
        if not domain:
            return None
        found.append(domain[0])
    return tuple(found)


# Declarations


def declare(statement, model, name, sups, subs, ranges, letters, right, relation):
    """x ∈ R^n, y_i ∈ {0, 1}, w ∼ N(0, s²): a leaf."""
    dims, domain = (), None
    if relation == r"\sim":
        domain = normal_domain(right)
    else:
        dims, domain = set_of(right, model, letters)
    if dims == "size":
        return model.add(Definition(name, "size", sups, subs, text=statement.latex))
    for size in dims:
        model.note_sizes(size, letters | set(ranges))
    labels = tuple(
        dict.fromkeys(
            [
                x.parts[0]
                for mark in sups
                for x in subnodes(mark)
                if is_name(x) and x.parts[0] in letters
            ]
            + [x for x in letters if any(is_name(y, x) for size in dims for y in subnodes(size))]
        )
    )
    axes = tuple(
        letter_of(x) for x in subs if letter_of(x) in letters and letter_of(x) not in labels
    )
    for letter in (*labels, *axes):
        if letter not in ranges and letter not in model.ranges:
            guess = guess_range(letter, model)
            if guess is None:
                raise FormulaError(
                    f"say how far {letter} runs, as in {letter} = 1, \\dots, n: {name}",
                    statement.sides[0].span,
                )
    definition = Definition(
        name,
        "leaf",
        sups,
        subs,
        labels,
        axes,
        tuple(dims),
        domain=domain,
        ranges=ranges,
        text=statement.latex,
    )
    return model.add(definition)


def guess_range(letter, model):
    return None


def normal_domain(right):
    named = right.parts[0] if right.kind in ("product", "scripted") else right
    if not is_name(named, r"\mathcal{N}"):
        raise FormulaError(r"only \mathcal{N} is known as a distribution", right.span)
    return None


def set_of(node, model, letters):
    """The shape that a set means, and where its numbers lie."""
    if is_name(node, r"\mathbb{N}"):
        return "size", None
    if is_name(node, r"\mathbb{R}"):
        return (), None
    if node.kind == "scripted" and is_name(node.parts[0], r"\mathbb{R}"):
        _, subs, sups, _ = node.parts
        domain = None
        for sub in subs:
            bound = sub if sub.kind == "bound" else None
            if bound is None or literal(bound.parts[1]) != 0 or bound.parts[0] not in (">", r"\ge"):
                raise FormulaError(r"of such sets only \mathbb{R}_{> 0} is known", node.span)
            domain = "positive"
        return (dims_of(sups[0]) if sups else ()), domain
    if node.kind == "scripted" and node.parts[0].kind == "paren":
        (base, _, sups, _) = node.parts
        _, domain = set_of(base, model, letters)
        return (dims_of(sups[0]) if sups else ()), domain
    if is_range(node):
        first, *_, last = node.parts[1]
        model.note_sizes(last, letters)
        return (), Node("range", (first, last))
    if node.kind == "paren" and node.parts[0] == "{}":
        return (), ("among", tuple(float(literal(x)) for x in node.parts[1]))
    if node.kind == "paren" and len(node.parts[1]) == 2:
        low, high = (float(literal(x)) for x in node.parts[1])
        return (), ("interval", low, high, node.parts[0] == "[]")
    if node.kind == "scripted" and is_name(node.parts[0], r"\Delta"):
        return dims_of(node.parts[2][0]), ("simplex", 0)
    raise FormulaError("this is no set that is known", node.span)


def dims_of(node):
    """n, or n × k, in the exponent of R."""
    if node.kind == "product" and any(x.kind == "LINK" for x in node.parts):
        return tuple(x for x in split_at_times(node))
    return (node,)


def split_at_times(node):
    group = []
    for part in node.parts:
        if part.kind == "LINK":
            yield group[0] if len(group) == 1 else Node("product", tuple(group), node.span)
            group = []
        else:
            group.append(part)
    yield group[0] if len(group) == 1 else Node("product", tuple(group), node.span)


def function_signature(statement, model, name, sups, subs, ranges, letters):
    """f : R^n → R^r, a function of which nothing else is known."""
    if statement.relations != [":", r"\to"]:
        raise FormulaError(
            r"a function is declared as f : \mathbb{R}^n \to \mathbb{R}^m", statement.sides[0].span
        )
    _, source, target = statement.sides
    factors = [source]
    if source.kind == "product" and any(x.kind == "LINK" for x in source.parts):
        factors = list(split_at_times(source))
    sizes = []
    for factor in factors:
        dims, _ = set_of(factor, model, letters)
        sizes += [dims] if dims else []
    out, _ = set_of(target, model, letters)
    for size in (*(x for group in sizes for x in group), *out):
        model.note_sizes(size, letters | set(ranges))
    labels = tuple(
        dict.fromkeys(
            x.parts[0] for m in sups for x in subnodes(m) if is_name(x) and x.parts[0] in letters
        )
    )
    return model.add(
        Definition(
            f"{name}()",
            "unknown function",
            sups,
            tuple(x for x in subs if literal(x) is not None),
            labels,
            (),
            tuple(sizes),
            ranges=ranges,
            codomain=out[0] if out else None,
            domain=source,
            text=statement.latex,
        )
    )
