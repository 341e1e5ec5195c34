"""Sphinx extension: a term that a chapter sets in italics where it defines it goes to the index."""

from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

TERMS = (
    "accuracy, activation, activation function, bias, broadcast, computation graph, cost, "
    "cross-entropy, curvature, dead, denominator layout, distribution, early stopping, epoch, F1, "
    "folds, gradient, gradient descent, Hadamard product, held out, hidden, hyperparameters, indicator, Jacobian, "
    "Jacobian–vector product, layer, learning rate, logistic regression, logits, loss, mini-batch, "
    "Momentum, Adam, node, numerator layout, odds, one-hot, outer product, output layer, "
    "overfitting, parameters, parents, parity, partial derivative, pre-activation, Precision, prediction, "
    "recall, regression, relative error, saturated, seed, stochastic gradient descent, targets, "
    "temperature, ufuncs, undecided, unit, vanishing gradients, vector–Jacobian product, weight, Weight decay"
).split(", ")


class AddTerms(SphinxTransform):
    default_priority = 700  # before the domains collect the entries of the index

    def apply(self, **_):
        found = set()
        for word in list(self.document.findall(nodes.emphasis)):
            term = word.astext()
            if not Path(self.env.docname).stem[0].isdigit() or term not in TERMS or term in found:
                continue
            found.add(term)
            place = f"term-{nodes.make_id(term)}"
            shown = term[0].lower() + term[1:] if term[1:].islower() else term
            word["ids"].append(place)
            entry = addnodes.index(entries=[("single", shown, place, "", None)])
            word.parent.insert(word.parent.index(word), entry)


def setup(app):
    app.add_transform(AddTerms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
