"""Chapter 2: products of matrices, broadcasting, a network on many examples."""

import numpy as np

from exercises.kinds import ByHand, Debug, Derive, Predict, Write

SIZES = ([3, 4, 2], [2, 5, 3, 4], [4, 3], [5, 2, 6, 3])


def network(rng):
    """Parameters with tanh in mind, and examples as columns."""
    n = SIZES[rng.integers(len(SIZES))]
    params = {
        l: (rng.normal(size=(n[l], n[l - 1])), rng.normal(size=(n[l], 1))) for l in range(1, len(n))
    }
    return params, rng.normal(size=(n[0], 7))


def forward(params, X, last=lambda Z: Z, hidden=np.tanh, bias=1.0):
    A = {0: X}
    for l, (W, b) in params.items():
        Z = W @ A[l - 1] + bias * b
        A[l] = last(Z) if l == max(params) else hidden(Z)
    return A


def layer(rng):
    n, k, m = rng.permutation([2, 3, 4, 5])[:3]
    return (rng.normal(size=(n, k)), rng.normal(size=(n, 1)), rng.normal(size=(k, m)))


def pairs(rng):
    n, k, m = rng.permutation([2, 3, 4, 5])[:3]
    return rng.normal(size=(n, m)), rng.normal(size=(k, m))


EXERCISES = {
    "product": ByHand(
        level=1,
        first=(np.array([[1, 2], [0, -1]]), np.array([[1], [2]]), np.array([[1, 0], [3, 1]])),
        draw=lambda rng: (
            rng.integers(-2, 4, (2, 2)),
            rng.integers(1, 4, (2, 1)) * [[1], [-1]],
            rng.integers(-2, 4, (2, 2)),
        ),
        right=lambda W, b, A: W @ A + b,
        mistakes={
            "The bias was added along the rows: each example got one of the two numbers. Which axis counts the units?": lambda W, b, A: (
                W @ A + b.T
            ),
            "You multiplied entry by entry. An entry of W A is a row of W times a column of A.": lambda W, b, A: (
                W * A + b
            ),
            "You took the factors in the other order. W stands on the left: its rows are the units.": lambda W, b, A: (
                A @ W + b
            ),
            "You took the rows of A for the examples. An example is a column.": lambda W, b, A: (
                W @ A.T + b
            ),
            "The bias is missing.": lambda W, b, A: W @ A,
            "Rows and columns of the product are exchanged. What counts down the rows, a unit or an example?": lambda W, b, A: (
                (W @ A).T + b
            ),
        },
        hints=(
            "The entry in row j and column i: row j of W times column i of A, added up.",
            "b is a column: its first number belongs to the first row, in every column.",
        ),
    ),
    "broadcast": Predict(
        level=1,
        first=((5, 1), (5,)),
        draw=lambda rng: ((int(rng.integers(2, 9)), 1), (int(rng.integers(2, 9)),)),
        right=lambda a, b: (a[0], b[0]),
        mistakes={
            "You matched the entries one by one. Shapes are aligned from the right: what stands below (5,)?": lambda a, b: (
                a[0],
                1,
            ),
            "The column does not become flat. An axis of length 1 is repeated.": lambda a, b: (
                b[0],
            ),
            "No error: an axis of length 1 fits every length. That is the trap.": lambda a, b: (
                "error"
            ),
            "The two axes are exchanged.": lambda a, b: (1, b[0]),
        },
        hints=(
            "Write the two shapes below each other, flush right. A missing axis counts as 1.",
            "(5, 1) and (5,), which counts as (1, 5): each axis of length 1 is repeated.",
        ),
    ),
    "forward": Write(
        level=3,
        draw=network,
        right=forward,
        other=lambda params, X: {l: A + 0.0 for l, A in forward(params, X).items()},
        mistakes={
            "The last layer has an activation. Its pre-activations are wanted as they are: chapter 8 does the rest.": lambda params, X: (
                forward(params, X, last=np.tanh)
            ),
            "The last two layers have no activation: where do you test for the last one?": lambda params, X: (
                _two(params, X)
            ),
            "The last layer has the activation and the one below it has none: layers count from 1.": lambda params, X: (
                _shifted(params, X)
            ),
            "No layer has an activation: the whole network is one linear map.": lambda params, X: (
                forward(params, X, hidden=lambda Z: Z)
            ),
            "The activation stands on the last layer alone. It belongs to those below.": lambda params, X: (
                forward(params, X, last=np.tanh, hidden=lambda Z: Z)
            ),
            "The biases are missing.": lambda params, X: forward(params, X, bias=0.0),
            "Only the last layer is returned. Going back will need all of them: return the dict.": lambda params, X: (
                forward(params, X)[max(params)]
            ),
            "A[0] is missing: the derivative of W[1] will need it.": lambda params, X: {
                l: A for l, A in forward(params, X).items() if l
            },
        },
        hints=(
            "Begin with A = {0: X}, and let l run over the keys of params.",
            "One line makes Z from W, b and A[l - 1]; b broadcasts along the examples by itself.",
            "Is this the last layer? l == max(params) says so.",
        ),
    ),
    "mean-of-layer": Derive(
        level=3,
        given=r"""w \in \mathbb{R}^{n}, \quad A \in \mathbb{R}^{n \times m}, \quad b \in \mathbb{R}
z_i := \sum_{k=1}^{n} w_k A_{k,i} + b
c_k := \frac{1}{m} \sum_{i=1}^{m} A_{k,i}""",
        left=r"\frac{1}{m} \sum_{i=1}^{m} z_i",
        right=r"\sum_{k=1}^{n} w_k c_k + b",
        other=r"= \frac{1}{m} \sum_{i=1}^{m} \sum_{k=1}^{n} w_k A_{k,i} + b = b + \sum_{k=1}^{n} w_k c_k",
        mistakes={
            "The bias is divided by m. How often does it stand in the sum over the examples?": r"\sum_{k=1}^{n} w_k c_k + \frac{b}{m}",
            "The bias is counted m times: the mean divides by m again.": r"\sum_{k=1}^{n} w_k c_k + m b",
            "The bias is lost.": r"\sum_{k=1}^{n} w_k c_k",
            "1/m stands there twice: c_k has one in it already.": r"\frac{1}{m} \sum_{k=1}^{n} w_k c_k + b",
            "The bias stands inside the sum over k, and so is counted n times.": r"\sum_{k=1}^{n} (w_k c_k + b)",
        },
        hints=(
            "Put in what z_i is, and split the sum in two.",
            "A double sum can be added up in either order: first over the examples, then over k.",
        ),
        without=(r"z_", "a z"),
    ),
    "loops": Debug(
        level=2,
        draw=layer,
        right=lambda W, b, A: W @ A + b,
        mistakes={
            "The bias is still added once for each input. In which of the three loops does its line stand?": lambda W, b, A: (
                W @ A + W.shape[1] * b
            ),
            "Only the last unit gets its bias: what is j where the line stands?": lambda W, b, A: (
                W @ A + b * (np.arange(len(b)) == len(b) - 1)[:, None]
            ),
            "Now the bias is missing altogether.": lambda W, b, A: W @ A,
            "The bias is added at the first example only. Which loop begins again at each example?": lambda W, b, A: (
                W @ A + b * (np.arange(A.shape[1]) == 0)
            ),
            "The bias goes along the examples, and each unit needs its own.": lambda W, b, A: (
                W @ A + b[0, 0]
            ),
            "Only the last input counts: something is replaced where it has to be added.": lambda W, b, A: (
                W[:, -1:] * A[-1:] + b
            ),
        },
        hints=(
            "Run it in your head with one unit, two inputs and one example. How often is b[j, 0] added?",
            "What happens once for each unit and example belongs outside the innermost loop.",
        ),
    ),
    "without-a-loop": Write(
        level=2,
        draw=pairs,
        right=lambda D, A: D @ A.T,
        other=lambda D, A: np.einsum("ji,ki->jk", D, A),
        mistakes={
            "That is the transpose: j counts the rows, so D stands on the left.": lambda D, A: (
                A @ D.T
            ),
            "Only the first example is there: the sum over i is missing.": lambda D, A: np.outer(
                D[:, 0], A[:, 0]
            ),
            "That is the mean over the examples; the sum is asked for.": lambda D, A: (
                D @ A.T / D.shape[1]
            ),
            "The sums were taken before the product. Each d meets the a of its own example.": lambda D, A: (
                np.outer(D.sum(1), A.sum(1))
            ),
            "The sum over i is taken of d and a each by itself, and divided by m. Multiply first, then add.": lambda D, A: (
                np.outer(D.sum(1), A.sum(1)) / D.shape[1]
            ),
        },
        hints=(
            "A product of matrices sums over the last index of the left factor and the first of the right one.",
            "i stands last in both. One of them has to be transposed, so that i stands first.",
        ),
    ),
}


def _two(params, X):
    A = {0: X}
    for l, (W, b) in params.items():
        Z = W @ A[l - 1] + b
        A[l] = Z if l >= max(params) - 1 else np.tanh(Z)
    return A


def _shifted(params, X):
    A = {0: X}
    for l, (W, b) in params.items():
        Z = W @ A[l - 1] + b
        A[l] = Z if l == len(params) - 1 else np.tanh(Z)
    return A
