"""Matrices that are written out, the patterns that their dots stand for, and their products."""

import numpy as np

from texecute import values as v
from texecute.dots import without_dots
from texecute.indices import label_letters
from texecute.read import FormulaError, Node


class Matrices:
    """The part of an evaluator that writes out matrices."""

    def dotted(self, sign, terms):
        if sign != "+":
            raise FormulaError("a list with dots stands behind a function")
        common, end = without_dots(terms)
        length = self.whole(end)
        inner = self.with_lengths({"⋯": length})
        return v.sum_over(v.spread(inner(common), "⋯", length), "⋯")

    def dotted_column(self, terms):
        common, end = without_dots(terms)
        if end is None:
            raise FormulaError("the dots repeat one entry")
        length = self.whole(end)
        inner = self.with_lengths({"⋯": length})
        inner.lengths([common])
        return v.as_matrix(v.spread(inner(common), "⋯", length), "⋯", None)

    def matrix(self, *rows):
        """Entries side by side. With dots, the pattern that they follow takes their place."""
        rows = [list(row) for row in rows]
        plain = [row for row in rows if not is_dots(row)]
        if len(plain) == 1 and len(rows) > 1 and is_dots(rows[0]):
            rows = plain  # dots above and below only say that columns go on
        if len({len(row) for row in rows}) != 1:
            raise FormulaError("the rows of a matrix have different lengths")
        if not any(cell.kind == "dots" for row in rows for cell in row):
            return self.side_by_side(rows)
        across = any(is_mixed(row) for row in rows)
        down = any(all(cell.kind in ("dots", "blank") for cell in row) for row in rows)
        width = height = None
        if across:
            pairs = [None if is_dots(row) else without_dots(row, "⋯") for row in rows]
            ends = {pair[1] for pair in pairs if pair}
            if len(ends) != 1:
                raise FormulaError("the dots of two rows end differently")
            (width,) = ends
            entries = [Node("dots") if pair is None else pair[0] for pair in pairs]
        else:
            entries = [Node("dots") if is_dots(row) else row for row in rows]
            if any(isinstance(row, list) and len(row) != 1 for row in entries):
                raise FormulaError("dots are needed across and down")
            entries = [row[0] if isinstance(row, list) else row for row in entries]
        if not down and len(entries) > 1:
            raise FormulaError("dots are needed across and down")
        entry, height = without_dots(entries, "⋮") if down else (entries[0], None)
        return self.tiled(entry, height, width, across, down)

    def tiled(self, entry, height, width, across, down):
        if "⋯" in label_letters(entry, self.model) and not down:
            return v.join([self.at({"⋯": k + 1})(entry) for k in range(self.whole(width))], -1)
        lengths = {}
        for letter, end in (("⋯", width), ("⋮", height)):
            if end is not None:
                lengths[letter] = self.whole(end)
        inner = self.with_lengths(lengths)
        inner.lengths([entry])
        value = inner(entry)
        for letter, length in lengths.items():
            value = v.spread(value, letter, length)
        same = [
            side
            for side, dotted, end in (("columns", across, width), ("rows", down, height))
            if dotted and end is None
        ]
        if same:  # one column, or row, again and again
            if not value.matrix or any(value.shape[s == "columns"] != 1 for s in same):
                raise FormulaError("what is repeated is one row or one column")
            return v.stretched(value, same)
        rows = "⋮" if height is not None else None
        columns = "⋯" if width is not None else None
        if not value.matrix:
            return v.as_matrix(value, rows, columns)
        number = v.as_number(value, "@r", "@c")
        return self.merge(
            number, (rows, "@r") if rows else ("@r",), (columns, "@c") if columns else ("@c",)
        )

    def side_by_side(self, rows):
        if any(cell.kind == "blank" for row in rows for cell in row):
            raise FormulaError("an entry of the matrix is missing")
        blocks = [[as_block(self(cell)) for cell in row] for row in rows]
        try:
            return v.join([v.join(row, -1) for row in blocks], -2)
        except ValueError:
            raise FormulaError("the entries of the matrix do not fit together") from None

    def dots(self):
        raise FormulaError("dots without a pattern")

    def kron(self, left, right):
        left, right = self(left), self(right)
        a, b = v.as_number(left, "@p", "@q"), v.as_number(right, "@r", "@s")
        return self.merge(v.multiply(a, b), ("@p", "@r"), ("@q", "@s"))

    def merge(self, value, rows, columns):
        """A matrix whose rows run through two axes, and its columns through two."""

        def change(array, axes):
            rest = [a for a in axes if a not in (*rows, *columns)]
            sizes = dict(zip(axes, array.shape))
            array = array.transpose([axes.index(a) for a in (*rest, *rows, *columns)])
            shape = [int(np.prod([sizes[a] for a in group])) for group in (rows, columns)]
            return array.reshape([sizes[a] for a in rest] + shape), (*rest, "@1", "@2")

        return v.as_matrix(v.linear(value, change), "@1", "@2")

    def inverse(self, inside):
        value = self(inside)
        if not value.matrix:
            return v.replace(v.reciprocal(value), identity=value.identity)
        if value.shape[0] != value.shape[1]:
            raise FormulaError(f"the inverse of a matrix of shape {value.shape}")
        return inverted(value)

    blank = dots


def as_block(value):
    return value if value.matrix else v.as_matrix(value, None, None)


def is_dots(row):
    return all(cell.kind in ("dots", "blank") for cell in row)


def is_mixed(row):
    return any(cell.kind == "dots" for cell in row) and not is_dots(row)


def inverted(value):
    try:
        array = np.linalg.inv(value.array)
    except np.linalg.LinAlgError:  # nothing is known of it
        nothing = np.zeros(value.array.shape)
        return v.Value(nothing, nothing + np.inf, value.axes, True)
    norm = [np.abs(x).sum(axis=-1).max(axis=-1)[..., None, None] for x in (array, value.array)]
    moved = abs(array) @ value.error @ abs(array)
    error = 8 * array.shape[-1] * v.EPS * norm[0] ** 2 * norm[1] + moved
    found = v.Value(array, error, value.axes, True)
    slopes = {}
    for mark, slope in value.slopes.items():
        old = inverted(value.before(mark))
        slopes[mark] = v.negative(v.matmul(v.matmul(old, slope), old))
    return v.replace(found, slopes=slopes)
