"""Random networks for the tests, and the same networks written for autograd."""

import autograd.numpy as anp
import numpy as np

from nnlib import (
    binary_cross_entropy,
    init_params,
    multiclass_cross_entropy,
    multilabel_cross_entropy,
    one_hot,
    relu,
    sigmoid,
    softmax,
    tanh,
)

# The textbook formulas, without nnlib: autograd differentiates these.
PLAIN = {
    relu: lambda Z: anp.where(Z > 0, Z, 0.0),
    sigmoid: lambda Z: 1 / (1 + anp.exp(-Z)),
    tanh: lambda Z: (anp.exp(Z) - anp.exp(-Z)) / (anp.exp(Z) + anp.exp(-Z)),
    softmax: lambda Z: anp.exp(Z) / anp.sum(anp.exp(Z), axis=0, keepdims=True),
    binary_cross_entropy: lambda A, Y: -anp.mean(Y * anp.log(A) + (1 - Y) * anp.log(1 - A)),
    multiclass_cross_entropy: lambda A, Y: -anp.sum(Y * anp.log(A)) / Y.shape[1],
    multilabel_cross_entropy: lambda A, Y: (
        -anp.sum(Y * anp.log(A) + (1 - Y) * anp.log(1 - A)) / Y.shape[1]
    ),
}
ACTIVATIONS = [relu, sigmoid, tanh, softmax]
COSTS = [
    binary_cross_entropy,
    multiclass_cross_entropy,
    multilabel_cross_entropy,
]
SIZES = {
    1: [3],
    2: [3, 5],
    3: [3, 5, 4],
    4: [3, 5, 4, 6],
}  # all layers but the last


def random_network(activation, cost, layers, rng, m=7, dtype=np.float64):
    """params, g, X, Y of a network with that hidden activation and cost."""
    outputs = 1 if cost is binary_cross_entropy else 2 if layers == 1 else 4
    n = [*SIZES[layers], outputs]
    params = init_params(n, rng, dtype=dtype)
    params = {l: (W, rng.normal(size=b.shape).astype(dtype)) for l, (W, b) in params.items()}
    g = {l: activation for l in range(1, layers)} | {layers: cost.activation}
    X = rng.normal(size=(n[0], m)).astype(dtype)
    if cost is multiclass_cross_entropy:
        Y = one_hot(rng.integers(outputs, size=m), outputs, dtype)
    else:
        Y = (rng.random((outputs, m)) < 0.5).astype(dtype)
    return params, g, X, Y


def plain_cost(params, g, cost, X, Y):
    """The cost of the network by the textbook formulas alone."""
    A = X
    for l in params:
        W, b = params[l]
        A = PLAIN[g[l]](anp.dot(W, A) + b)
    return PLAIN[cost](A, Y)
