"""One instance of a text, to look at: the value of any formula in it, and with a quantity changed."""

import numpy as np

from texecute import values as v
from texecute.evaluate import Evaluator
from texecute.read import Node, expression
from texecute.resolve import Resolver, free_letters
from texecute.world import Frame, Instance


class Look:
    """An instance of what a text defines so far: ``look(r"\\mathbf{W}^{[1]} \\mathbf{x}")`` is an array.

    text : a Text. seed : which instance. sizes : {(name, labels): whole number} for those that are
    not to be drawn, as in {("n", (0,)): 3} for n^{[0]}.
    """

    def __init__(self, text, seed=0, sizes=None, frame=None):
        self.model = text.model.copy() if frame is None else text.model
        self.frame = frame or Instance(self.model, seed, sizes).frame

    @np.errstate(all="ignore")
    def __call__(self, latex, labels=None, **given):
        """The value of a formula as an array: axes for its free indices by name, then rows, columns.

        latex : or the tree of it. labels : {letter: whole number} for layers and steps. given :
        arrays for letters that mean nothing else, as in look(r"\\mathbf{g}^{[1]}(t)", t=Z).
        """
        node, labels = self.read(latex), labels or {}
        letters = free_letters([node], self.model, given)
        tree = Resolver(self.model, letters | set(labels), tuple(given))(node)
        local = {name: as_value(array) for name, array in given.items()}
        evaluator = Evaluator(self.frame, labels, local=local)
        value = evaluator.with_lengths(evaluator.lengths([tree]))(tree)
        order = tuple(sorted(value.axes))
        return v.with_axes(value, order)[0]

    def read(self, latex):
        return latex if isinstance(latex, Node) else expression(latex, self.model.notation)

    def with_values(self, arrays):
        """The same instance with other numbers: {name with its labels: array}."""
        changed = {}
        evaluator = Evaluator(self.frame)
        for latex, array in arrays.items():
            node = self.read(latex)
            tree = Resolver(self.model, free_letters([node], self.model))(node)
            definition, labels = evaluator.definition(tree)
            axes = tuple(f"@{k}" for k in range(len(definition.axes)))
            changed[definition, labels] = v.exact(array, axes, np.ndim(array) > len(axes))
        return Look(self, frame=Frame(self.frame.instance, self.frame, changed))


def as_value(array):
    """Numbers as a matrix, or as one number."""
    return v.exact(array, (), np.ndim(array) == 2)
