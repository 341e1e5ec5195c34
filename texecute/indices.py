"""How far each index runs, and which numbers a label takes, by what it counts."""

import re

import numpy as np

from texecute.model import letter_of, literal
from texecute.read import FormulaError, Node, subnodes
from texecute.resolve import Resolver
from texecute.world import NoValue
from texecute.write import names_of


class Indices:
    """The part of an evaluator that counts."""

    def whole(self, node):
        """The whole number that a size or a label is."""
        number = literal(node)
        if number is not None:
            return number
        letter = letter_of(node) or (node.parts[0] if node.kind == "index" else None)
        if letter is not None and letter in self.labels:
            return self.labels[letter]
        if moved := shifted(node, self.labels):
            return self.labels[moved[0]] + moved[1]
        if any(x.kind in ("name", "scripted") for x in subnodes(node)):
            node = self.meaning(node)
        if node.kind == "index" and node.parts[0] in self.along:
            raise FormulaError(
                f"{node.parts[0]} is an index here, and one number is needed", node.span
            )
        value = self(node)
        if value.axes or value.matrix or value.array != np.rint(value.array):
            raise FormulaError("this is not one whole number", node.span)
        return int(value.array)

    def meaning(self, node):
        """A size as it was written, resolved, and kept."""
        letters = frozenset(self.labels) | frozenset(self.ranges)
        found = self.model.resolved.get((node, letters))
        if found is None:
            found = self.model.resolved[node, letters] = Resolver(self.model, letters)(node)
        return found

    def range_of(self, letter):
        """How far an index runs, where the text or the notation says so; else None."""
        for ranges in (self.ranges, self.model.ranges):
            if letter in ranges:
                low, high = ranges[letter]
                if self.whole(low) != 1:
                    raise FormulaError(f"the index {letter} does not begin with 1")
                return self.whole(high)
        return None

    def domain_of(self, letter):
        """The numbers that a label runs through, as far as something says so; else None."""
        for ranges in (self.ranges, self.model.ranges):
            if letter in ranges:
                low, high = ranges[letter]
                return list(range(self.whole(low), self.whole(high) + 1))
        return None

    def values_of(self, node, letter):
        """The numbers that a label below a sum runs through."""
        _, _, bounds, _, body = node.parts
        for bound, low, high in bounds:
            if bound == letter:
                return list(range(self.whole(low), self.whole(high) + 1))
        found = self.domain_of(letter)
        if found is None:
            found = domain_in(self, body, letter)
        if found is None:
            raise FormulaError(f"nothing says how far {letter} runs", node.span)
        return found

    def lengths(self, nodes, needed=()):
        """How far each free index of some formulas runs, by what it counts."""
        found = {}
        for node in nodes:
            self.note(node, found, frozenset())
        for letter in needed:
            if letter not in found:
                length = self.range_of(letter) or self.compared(nodes, letter)
                if length is None:
                    raise FormulaError(f"nothing says how far the index {letter} runs")
                found[letter] = length
        return found

    def labels_in(self, body):
        """The letters at labels in the body of a sum, found once."""
        found = self.frame.instance.letters
        if id(body) not in found:  # with the body, whose id is kept from being another's
            found[id(body)] = label_letters(body, self.model), body
        return found[id(body)][0]

    def compared(self, nodes, letter):
        """How far an index runs that is only compared with a summed one, as j in p <= j."""
        for node in nodes:
            for part in subnodes(node):
                if part.kind != "big":
                    continue
                for condition in part.parts[3]:
                    pair = {x.parts[0] for x in condition.parts[0] if x.kind == "index"}
                    others = pair & set(part.parts[1])
                    if letter in pair and others:
                        return self.lengths([part.parts[4]]).get(others.pop())
        return None

    def note(self, node, found, bound):
        if isinstance(node, tuple):
            for part in node:
                self.note(part, found, bound)
            return
        if not isinstance(node, Node):
            return
        if node.kind == "filled":  # it knows how far its own indices run
            return
        if node.kind == "big":
            bound = bound | set(node.parts[1])
            labels = set(node.parts[1]) & self.labels_in(node.parts[4])
            if labels:  # whatever the label is, the other indices have to fit
                values = self.values_of(node, sorted(labels)[0])
                if values:
                    self.at({sorted(labels)[0]: values[0]}).note(node.parts[2:], found, bound)
                return
        if node.kind == "ref":
            self.note_places(node, found, bound)
        if node.kind == "entry":
            self.note_entry(node, found, bound)
        if node.kind == "dotted" or node.kind == "matrix":
            for part in subnodes(node):
                if part.kind == "ref":
                    self.note_places(part, found, bound)
            return
        for part in node.parts:
            self.note(part, found, bound)

    def count(self, letter, length, found, bound, span):
        if letter in self.labels or letter in self.along or letter in bound:
            return
        known = self.range_of(letter)
        if length == 1 and known is None:
            known = found.get(letter)
        for other in (known, found.get(letter)):
            if other is not None and other != length:
                raise FormulaError(
                    f"the index {letter} counts both {self.in_letters(other)} and {self.in_letters(length)}",
                    span,
                )
        found[letter] = length

    def in_letters(self, length):
        """3 things, with the sizes that are 3: "n^{[l]} = 3"."""
        ways = names_of(length, self.frame.instance.sizes, self.labels) - {str(length)}
        plain = [x for x in ways if not re.search(r"\[\d+\]", x)] or sorted(ways)
        return f"{min(plain, key=len)} = {length}" if plain else f"{length} things"

    def note_places(self, node, found, bound):
        key, _, subs = node.parts
        if not any(x.kind == "index" for x in subs):
            return
        try:
            definition, labels = self.definition(node)
        except NoValue:
            return
        value = self.frame.root().get(definition, labels)
        own, more = subs[: key[2]], subs[key[2] :]
        axes = [n for n, x in enumerate(definition.subs) if letter_of(x) in definition.axes]
        for k, n in enumerate(axes):
            self.note_one(own[n], value.size(f"@{k}"), found, bound)
        for place, length in zip(more, self.places_of(value, more, node.span)):
            self.note_one(place, length, found, bound)

    def note_one(self, place, length, found, bound):
        if place.kind == "index" and place.parts[0] not in self.labels:
            if length == 1 and place.parts[0] not in self.along:
                raise FormulaError(
                    f"{place.parts[0]} is an index along an axis of length 1", place.span
                )
            self.count(place.parts[0], length, found, bound, place.span)

    def note_entry(self, node, found, bound):
        value, places = node.parts
        if any(x.kind == "index" for x in places):
            inner = self.lengths([value])
            found_value = self.with_lengths(inner)(value)
            for place, length in zip(places, self.places_of(found_value, places, node.span)):
                self.note_one(place, length, found, bound)

    def places_of(self, value, places, span):
        """The lengths that so many places behind a quantity index."""
        if not places:
            return ()
        if not value.matrix:
            raise FormulaError("an index behind a number", span)
        rows, columns = value.shape
        if len(places) == 2:
            return rows, columns
        if len(places) > 2 or (rows != 1 and columns != 1):
            raise FormulaError(f"{len(places)} indices for a matrix of shape {value.shape}", span)
        return (rows if columns == 1 else columns,)


def only_about(condition, letter):
    return {x.parts[0] for x in subnodes(condition) if x.kind == "index"} <= {letter}


def shifted(pattern, letters):
    """(letter, shift) of a pattern such as t + 1."""
    if pattern.kind == "sum" and len(pattern.parts) == 2:
        (_, left), (sign, right) = pattern.parts
        letter, number = (
            letter_of(left) or (left.parts[0] if left.kind == "index" else None),
            literal(right),
        )
        if letter in letters and number is not None:
            return letter, number if sign == "+" else -number
    return None


def label_letters(node, model):
    """The letters that stand at labels: in superscripts, or where a definition has a label."""
    found = set()
    for part in subnodes(node):
        if part.kind == "ref":
            key, sups, subs = part.parts
            marks = list(sups)
            for definition in model.families[key]:
                for pattern, place in zip(definition.subs, subs):
                    letter = letter_of(pattern)
                    if letter not in definition.axes:
                        marks.append(place)
        elif part.kind == "apply":
            marks = list(part.parts[1])
        else:
            continue
        found |= {x.parts[0] for mark in marks for x in subnodes(mark) if x.kind == "index"}
    return found


def domain_in(evaluator, node, letter):
    """The numbers for which every name with this letter as its whole label is defined."""
    domains = []
    for part in subnodes(node):
        if part.kind == "apply" and isinstance(part.parts[0], tuple):
            key, sups, subs = *part.parts[:2], ()
        elif part.kind == "ref":
            key, sups, subs = part.parts
        else:
            continue
        if any(d.kind == "size" for d in evaluator.model.families[key]):
            continue
        for n, mark in enumerate((*sups, *subs[: key[2]])):
            if mark.kind == "index" and mark.parts[0] == letter:
                found = set()
                for definition in evaluator.model.families[key]:
                    patterns = (*definition.sups, *definition.subs)
                    own = letter_of(patterns[n])
                    inner = evaluator.outer(ranges=definition.ranges)
                    if own in definition.labels:
                        found |= set(inner.domain_of(own) or ())
                    elif shifted(patterns[n], definition.labels):
                        base, shift = shifted(patterns[n], definition.labels)
                        found |= {x + shift for x in inner.domain_of(base) or ()}
                    else:
                        found.add(inner.whole(patterns[n]))
                domains.append(found)
    return sorted(set.intersection(*domains)) if domains else None
