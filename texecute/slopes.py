"""Derivatives: a direction for every entry of a quantity, followed through all that depends on it."""

from texecute import values as v
from texecute.model import letter_of
from texecute.read import FormulaError, Node, subnodes
from texecute.world import Frame, seed


class Slopes:
    """The part of an evaluator that differentiates."""

    def derivative(self, above, variables):
        return self.by(above, variables, ())

    def held(self, inside, names):
        if inside.kind != "derivative":
            raise FormulaError("what is held stands behind a derivative")
        return self.by(*inside.parts, tuple(map(self.definition, names)))

    def by(self, above, variables, held):
        *others, variable = variables
        turned = variable.kind == "transpose"
        variable = variable.parts[0] if turned else variable
        if variable.kind not in ("ref", "all_entries"):
            return self.by_local(above, others, variable)
        whole = variable.kind == "all_entries"
        if whole:
            variable = Node("ref", (*variable.parts, ()), variable.span)
        definition, labels = self.definition(variable)
        if definition.kind == "size":
            raise FormulaError(
                f"{definition.name} is a whole number: it does not vary", variable.span
            )
        edge = self.edge(above, (definition, labels))
        above = self.through_graph(above, variable)
        self.check_upstream(above, variable)
        frame, mark, axes = self.frame.toward(definition, labels, held, edge)
        inner = self.copy(frame=frame)
        value = inner.by(above, tuple(others), held) if others else inner(above)
        seeded = frame.get(definition, labels).slopes[mark]
        slope = self.slope(
            value, mark, variable, v.without(seeded, axes, value) if others else None
        )
        if whole:
            return self.laid_out(slope, value, *axes, *[None] * (2 - len(axes)))
        key, _, subs = variable.parts
        found = self.by_places(slope, value, definition, key, subs, mark, axes)
        return v.transpose(found) if turned else found

    def edge(self, above, place):
        """The quantity above, if it is a node of a graph whose own definition names the one below."""
        if above.kind != "ref" or above.parts[0][0] not in self.model.notation.edges:
            return None
        definition, labels = self.definition(above)
        inner = self.outer(dict(zip(definition.labels, labels)))
        named = [x for x in subnodes(definition.body or above) if x.kind == "ref"]
        return (definition, labels) if place in map(inner.definition, named) else None

    def through_graph(self, above, variable):
        """J as the end of a graph, where the variable is one of the graph's nodes."""
        if above.kind != "ref" or self.model.depends(above.parts[0], variable.parts[0]):
            return above
        for end, node in self.model.ends.get(above.parts[0], ()):
            if node.parts[0] == variable.parts[0] or self.model.depends(
                node.parts[0], variable.parts[0]
            ):
                found = matched(end, above)
                if found is not None:
                    return substituted(node, found)
        return above

    def after(self, base):
        """A quantity with the new values of all that the text has updated."""
        if not self.model.updates:
            raise FormulaError("nothing has taken a new value")
        changed = {}
        for key, new in self.model.updates.items():
            for old in self.model.families[key]:
                for labels in self.choices(old):
                    changed[old, labels] = self.frame.get(new, labels)
        return self.copy(frame=Frame(self.frame.instance, self.frame, changed))(base)

    def choices(self, definition):
        """All values that the labels of a definition take."""
        found, inner = [()], self.outer(ranges=definition.ranges)
        for letter in definition.labels:
            found = [(*choice, n) for choice in found for n in inner.domain_of(letter) or ()]
        return found

    def slope(self, value, mark, variable, nothing=None):
        """The slope of a value; `nothing`, if a first derivative does not vary."""
        slope = value.slopes.get(mark, nothing)
        if slope is None:
            name = variable.parts[0][0] if variable.kind == "ref" else variable.parts[0]
            raise FormulaError(f"nothing here depends on {name}", variable.span)
        return slope

    def by_places(self, slope, value, definition, key, subs, mark, axes):
        """A slope by all entries of a quantity, at those that the subscripts mean."""
        for axis in axes:
            if axis not in slope.axes:
                raise FormulaError("a slope without directions")
        own, more = subs[: key[2]], subs[key[2] :]
        places = [n for n, x in enumerate(definition.subs) if letter_of(x) in definition.axes]
        for k, n in enumerate(places):
            slope = self.pick(slope, f"{mark}.{k}", own[n])
        rows, columns = f"{mark}.rows", f"{mark}.columns"
        if rows not in axes:
            return slope
        sizes = slope.size(rows), slope.size(columns)
        if len(more) == 1:
            if sizes[1] != 1 and sizes[0] != 1:
                raise FormulaError("one index for a matrix")
            kept, gone = (rows, columns) if sizes[1] == 1 else (columns, rows)
            return self.pick(v.at(slope, gone, 0), kept, more[0])
        if len(more) == 2:
            row, column = more
            slope = slope if row.kind == "all" else self.pick(slope, rows, row)
            slope = slope if column.kind == "all" else self.pick(slope, columns, column)
            rows = rows if row.kind == "all" else None
            columns = columns if column.kind == "all" else None
            if not rows and not columns:
                return slope
        return self.laid_out(slope, value, rows, columns)

    def laid_out(self, slope, value, rows, columns):
        """The derivative by a matrix or a column: a matrix, in the layout of the notation."""
        if not value.matrix:
            return v.as_matrix(slope, rows, columns)
        flat = [axis for axis in (rows, columns) if axis and slope.size(axis) > 1]
        if len(flat) > 1 or (value.shape[0] != 1 and value.shape[1] != 1):
            raise FormulaError("the derivative of a matrix by a matrix has no shape here")
        below = flat[0] if flat else (rows or columns)
        for axis in (rows, columns):
            if axis and axis != below:
                slope = v.at(slope, axis, 0)
        column = value.shape[1] == 1
        number = v.as_number(slope, "@r" if column else None, None if column else "@c")
        above = "@r" if column else "@c"
        if self.model.notation.layout == "denominator":
            return v.as_matrix(number, below, above)
        return v.as_matrix(number, above, below)

    def by_local(self, above, others, variable):
        if variable.kind != "local":
            raise FormulaError("a derivative by an entry of a parameter", variable.span)
        name = variable.parts[0]
        mark = self.frame.instance.mark()
        seeded, axes = seed(self.given[name], mark)
        inner = self.copy(local=self.given | {name: seeded})
        value = inner.by(above, tuple(others), ()) if others else inner(above)
        slope = self.slope(value, mark, variable)
        return self.of_parameter(slope, value, axes)

    def of_parameter(self, slope, value, axes):
        letters = [axis for axis in axes if not axis.endswith(("rows", "columns"))]
        for axis in letters:  # the parameter has indices of its own: the same ones above and below
            raise FormulaError(f"a derivative by a parameter with the index {axis}")
        rows, columns = axes or (None, None)
        return self.laid_out(slope, value, rows, columns) if axes else slope

    def check_upstream(self, above, variable):
        """Refuse the derivative of z + a by a, where a comes from z: is z held, or does it follow?"""
        key = variable.parts[0]
        if key[1] or (above.kind == "ref" and self.model.depends(above.parts[0], key)):
            return
        stack = [above]
        while stack:
            node = stack.pop()
            if isinstance(node, tuple):
                stack += list(node)
            elif isinstance(node, Node) and node.kind not in ("derivative", "gradient", "held"):
                if (
                    node.kind == "ref"
                    and node.parts[0] != key
                    and not node.parts[0][1]
                    and self.model.depends(key, node.parts[0])
                ):
                    if not all(
                        d.kind in ("leaf", "size") for d in self.model.families[node.parts[0]]
                    ) or (
                        above.kind != "ref"
                        and any(x.kind == "ref" and x.parts[0] == key for x in subnodes(above))
                    ):
                        raise FormulaError(
                            f"{key[0]} is computed from {node.parts[0][0]}, which stands here too: is it held?",
                            node.span,
                        )
                stack += list(node.parts)

    def gradient(self, body, variables):
        if variables[0].kind != "parameter":
            return self.by(body, variables, ())
        if body.kind != "apply":
            raise FormulaError("the gradient by a parameter of a function")
        return self.apply(*body.parts[:3], 0, body.parts[4], toward=variables)


def all_slopes(value):
    for slope in value.slopes.values():
        yield slope
        yield from all_slopes(slope)


def matched(pattern, node):
    """What each index of a pattern stands for in a node like it; None if they do not match."""
    found = {}
    for a, b in zip((*pattern.parts[1], *pattern.parts[2]), (*node.parts[1], *node.parts[2])):
        if a.kind == "index":
            if found.setdefault(a.parts[0], b) != b:
                return None
        elif a != b:
            return None
    return found


def substituted(node, found):
    """A node with other nodes for its indices."""
    if isinstance(node, tuple):
        return tuple(substituted(x, found) for x in node)
    if not isinstance(node, Node):
        return node
    if node.kind == "index" and node.parts[0] in found:
        return found[node.parts[0]]
    return Node(node.kind, substituted(node.parts, found), node.span)
