"""Chapter 13: rows, other libraries, indices."""

import numpy as np

from exercises.kinds import ByHand, Debug, Derive, Predict, Write


def indices(rng):
    n, k = rng.permutation([3, 4, 5, 6])[:2]
    return (rng.normal(size=n), rng.normal(size=(n, n)), rng.normal(size=n), rng.normal(size=k))


def torch_layer(rng):
    n, k, m = rng.permutation([2, 3, 4, 5])[:3]
    return (rng.normal(size=(n, k)), rng.normal(size=n), rng.normal(size=(m, k)))


def labelled(rng):
    """Probabilities in rows, more examples than classes, and the classes as whole numbers."""
    n, m = int(rng.integers(3, 5)), int(rng.integers(5, 9))
    A = rng.random((m, n))
    return A / A.sum(1, keepdims=True), rng.integers(0, n, m)


def seed(A, y, m=None, sign=1, places=None):
    dZ = sign * A
    rows, columns = (np.arange(len(y)), y) if places is None else places(y)
    dZ[rows, columns] -= sign
    return dZ / (len(y) if m is None else m)


def two_layers(rng):
    D, H, C = rng.permutation([2, 3, 4])
    N = int(rng.integers(5, 8))
    X, W1, W2 = rng.normal(size=(N, D)), rng.normal(size=(D, H)), rng.normal(size=(H, C))
    A1 = np.tanh(X @ W1)
    E = np.exp(A1 @ W2)
    return X, np.eye(C)[rng.integers(0, C, N)], A1, E / E.sum(1, keepdims=True), W2


def two_texts(X, Y, A1, A2, W2, dW1=1, db1=1, dW2=1, db2=1, axis=0):
    """The derivatives, and how often each of them is divided by N."""
    N, dZ2 = len(X), A2 - Y
    dZ1 = (dZ2 @ W2.T) * (1 - A1**2)
    return (
        X.T @ dZ1 / N**dW1,
        dZ1.sum(0) / N**db1,
        A1.T @ dZ2 / N**dW2,
        dZ2.sum(axis) / N**db2,
    )


EXERCISES = {
    "rows-dw": ByHand(
        level=1,
        first=(np.array([[1, 0], [2, 1], [0, 3]]), np.array([[1, 2], [0, 1], [-1, 0]])),
        draw=lambda rng: (rng.integers(-2, 4, (3, 2)), rng.integers(-2, 4, (3, 2))),
        right=lambda dZ, A: dZ.T @ A,
        mistakes={
            "That is the derivative for weights kept as (inputs, units), as in Keras. PyTorch keeps (units, inputs).": lambda dZ, A: (
                A.T @ dZ
            ),
            "That is the product over the units. dW adds over the examples, which are rows here.": lambda dZ, A: (
                (dZ @ A.T)[:2, :2]
            ),
            "You divided by the number of examples. dZ has the 1/m already.": lambda dZ, A: (
                dZ.T @ A / 3
            ),
            "You multiplied entry by entry: nothing is added over the examples.": lambda dZ, A: (
                dZ * A
            )[:2],
        },
        hints=(
            "In columns it is dZ Aᵀ. Here both dZ and A are transposed.",
            "dZᵀ A: two rows for two units.",
        ),
    ),
    "wrong-axis": Predict(
        level=2,
        first=(np.array([[1, 3], [1, 1]]),),
        draw=lambda rng: (rng.integers(1, 6, (2, 2)),),
        right=lambda E: (E / E.sum(0)).sum(1),
        mistakes={
            "That would be with axis=1 and keepdims. Along which axis does sum(axis=0) add?": lambda E: [
                1.0,
                1.0,
            ],
            "These are the sums of the columns of E, by which is divided.": lambda E: E.sum(0),
            "Both axes are exchanged in yours: sum(axis=0) adds down, sum(axis=1) along a row.": lambda E: (
                (E / E.sum(1, keepdims=True)).sum(0)
            ),
            "You divided by the sums of the rows without keepdims.": lambda E: (E / E.sum(1)).sum(
                1
            ),
            "You added down the columns at the end: they sum to 1, the rows do not.": lambda E: (
                E / E.sum(1)
            ).sum(0),
        },
        hints=(
            "E.sum(axis=0) adds down each column.",
            "Divide each column by its sum, then add along the rows.",
        ),
    ),
    "indices": Write(
        level=3,
        draw=indices,
        right=lambda e, W, s, a: np.outer((W.T @ e) * s, a),
        other=lambda e, W, s, a: np.einsum("q,qj,j,k->jk", e, W, s, a),
        mistakes={
            "q is the first index of W, so the sum runs down its columns: W is transposed.": lambda e, W, s, a: (
                np.outer((W @ e) * s, a)
            ),
            "s_j has the index that is left after the sum over q: it is multiplied afterwards.": lambda e, W, s, a: (
                np.outer(W.T @ (e * s), a)
            ),
            "Rows and columns are exchanged: j is the first index of the result.": lambda e, W, s, a: (
                np.outer(a, (W.T @ e) * s)
            ),
            "The factor s is missing.": lambda e, W, s, a: np.outer(W.T @ e, a),
            "Both mistakes at once: W is not transposed, and s comes before the sum.": lambda e, W, s, a: (
                np.outer(W @ (e * s), a)
            ),
        },
        hints=(
            "Which index is repeated and gone in the result? That is a sum: over which axis of W?",
            "v_j = Σ_q e_q W_qj is W.T @ e. Then v * s, and an outer product with a.",
        ),
    ),
    "rows-derivative": Derive(
        level=3,
        given=r"""A \in \mathbb{R}^{m \times n}, \quad W \in \mathbb{R}^{n \times k}, \quad U \in \mathbb{R}^{m \times k}
Z_{i,j} := \sum_{p=1}^{n} A_{i,p} W_{p,j}
J := \sum_{i=1}^{m} \sum_{j=1}^{k} U_{i,j} Z_{i,j}""",
        left=r"\frac{\partial J}{\partial W_{p,j}}",
        right=r"\sum_{i=1}^{m} A_{i,p} U_{i,j}",
        other=r"= \sum_{i=1}^{m} \frac{\partial J}{\partial Z_{i,j}} \frac{\partial Z_{i,j}}{\partial W_{p,j}} = \sum_{i=1}^{m} U_{i,j} A_{i,p}",
        mistakes={
            "U has unit j of this layer in it, and no sum over the units: only Z with this j depends on W_{p,j}.": r"\sum_{i=1}^{m} \sum_{q=1}^{k} A_{i,p} U_{i,q}",
            "The sum over the examples is lost: one weight acts in every row.": r"A_{1,p} U_{1,j}",
            "1/m: this J is a sum, not a mean.": r"\frac{1}{m} \sum_{i=1}^{m} A_{i,p} U_{i,j}",
            "U is missing: J weighs each Z with it.": r"\sum_{i=1}^{m} A_{i,p}",
            "A is missing.": r"\sum_{i=1}^{m} U_{i,j}",
            "The sign is turned.": r"-\sum_{i=1}^{m} A_{i,p} U_{i,j}",
        },
        hints=(
            "On which Z does one weight W_{p,j} act? On those of column j, in every row.",
            "So the sum over the examples is left: A_{i,p} times U_{i,j}.",
        ),
    ),
    "torch-layer": Debug(
        level=2,
        draw=torch_layer,
        right=lambda W, b, X: X @ W.T + b,
        mistakes={
            "The bias is missing.": lambda W, b, X: X @ W.T,
            "The product is right, but it has examples as columns: rows are wanted, as X has them.": lambda W, b, X: (
                W @ X.T + b[:, None]
            ),
            "reshape is not a transpose: it keeps the order of the numbers, and mixes the units' weights.": lambda W, b, X: (
                X @ W.reshape(W.shape[::-1]) + b
            ),
            "The bias is taken away.": lambda W, b, X: X @ W.T - b,
            "All units got the first bias.": lambda W, b, X: X @ W.T + b[0],
        },
        hints=(
            "W is (units, inputs), X is (examples, inputs). Which product gives (examples, units)?",
            "b has one entry for each unit, and units run along the last axis now: no reshape.",
        ),
    ),
    "rows-seed": Write(
        level=2,
        draw=labelled,
        right=seed,
        other=lambda A, y: (A - np.eye(A.shape[1])[y]) / len(y),
        mistakes={
            "The mean is missing: with 1/m nowhere the first step is m times too long.": lambda A, y: (
                seed(A, y, 1)
            ),
            "The mean is taken twice: 1/m stands in the seed once.": lambda A, y: seed(
                A, y, len(y) ** 2
            ),
            "You divided by the number of classes; the mean is over the examples, which are rows.": lambda A, y: (
                seed(A, y, A.shape[1])
            ),
            "The sign is turned: prediction minus target.": lambda A, y: seed(A, y, sign=-1),
            "A slice in place of the row numbers takes 1 away in every row, in each column that y names.": lambda A, y: (
                seed(A, y, places=lambda y: (slice(None), np.unique(y)))
            ),
            "The classes count from 0: no y - 1.": lambda A, y: seed(
                A, y, places=lambda y: (np.arange(len(y)), y - 1)
            ),
            "Nothing is taken away at the right class.": lambda A, y: A / len(y),
        },
        hints=(
            "One entry of each row loses 1: dZ[range(m), y].",
            "On a copy of A: what you are given may still be needed. Then divide by m.",
        ),
    ),
    "two-texts": Debug(
        level=3,
        draw=two_layers,
        right=two_texts,
        other=lambda X, Y, A1, A2, W2: two_texts(X, Y / len(X), A1, A2 / len(X), W2, 0, 0, 0, 0),
        names=("dW1", "db1", "dW2", "db2"),
        mistakes={
            "Layer 2 divides in its own lines. What comes down to layer 1 still belongs to the sum of the losses: there the mean is missing.": lambda *case: (
                two_texts(*case, dW1=0, db1=0)
            ),
            "As it was: layer 1 and layer 2 do not divide alike, and one sum runs along another axis than its neighbour.": lambda *case: (
                two_texts(*case, dW1=0, db1=0, axis=1)
            ),
            "dW1 has its mean now. And db1?": lambda *case: two_texts(*case, db1=0),
            "Now layer 2 has the mean twice: in the seed, and in its own lines.": lambda *case: (
                two_texts(*case, dW2=2, db2=2)
            ),
            "The means are right. db2 sums over the units of an example: with rows the examples run along axis 0.": lambda *case: (
                two_texts(*case, axis=1)
            ),
            "No layer has a mean any more: 1/N has to come in once.": lambda *case: two_texts(
                *case, 0, 0, 0, 0
            ),
        },
        hints=(
            "Of each line ask from which text it is. In the one, dZ belongs to the sum of the losses and every layer divides by N; in the other the seed has the mean.",
            "Both lines of layer 1 lack the mean. Either divide there too, or in the seed and nowhere else.",
            "And one sum runs along the axis that columns would need.",
        ),
    ),
}
