"""Chapter 3: paths, reverse mode, finite differences."""

import numpy as np

from exercises.kinds import ByHand, Debug, Derive, Predict, Write


def graph(rng):
    """Nodes in order, each with (parent, slope) of those before it; an input also in the middle."""
    n = int(rng.integers(6, 10))
    nodes = [[], []]
    for k in range(2, n):
        parents = rng.choice(k, size=2, replace=k < 4)
        nodes.append([(int(p), float(np.round(rng.normal(), 2))) for p in parents])
    nodes[n // 2] = []
    return ([*nodes, [(n - 1, 1.5), (n - 2, -0.5), (n // 2, 0.7)]],)


def reverse(nodes, add=True, forwards=False, join=lambda u, s: u * s, first=1.0):
    grads = np.zeros(len(nodes))
    grads[-1] = first
    order = range(len(nodes)) if forwards else reversed(range(len(nodes)))
    for child in order:
        for parent, slope in nodes[child]:
            new = join(grads[child], slope)
            grads[parent] = grads[parent] + new if add else new
    return grads


def function(rng):
    n = int(rng.integers(2, 6))
    M, c = rng.normal(size=(n, n)), rng.normal(size=n)
    return ((lambda x: float(np.tanh(c @ x) + x @ M @ x)), rng.normal(size=n), 1e-4)


def differences(f, x, h, up=1, down=-1, width=2):
    I = np.eye(len(x))
    return np.array([(f(x + up * h * e) - f(x + down * h * e)) / (width * h) for e in I])


def own_vjp(da, z, one=1, two=1, square=2, without=lambda z, j: np.prod(np.delete(z, j))):
    products = np.array([without(z, j) for j in range(3)])
    return one * da[0] * np.array([1, 0, square * z[2]]) + two * da[1] * products


EXERCISES = {
    "two-paths": ByHand(
        level=1,
        first=(2, 3),
        draw=lambda rng: tuple(int(v) for v in rng.choice([2, 3, 4, 5, 7], 2, replace=False)),
        right=lambda x_1, x_2: 2 * x_1 + x_2,
        mistakes={
            "That is one path, the one through the second factor. By which other way does x₁ reach y?": lambda x_1, x_2: (
                x_1 + x_2
            ),
            "That is one path, the one through the sum. By which other way does x₁ reach y?": lambda x_1, x_2: (
                x_1
            ),
            "You multiplied the two paths. Along a path slopes are multiplied; paths are added.": lambda x_1, x_2: (
                (x_1 + x_2) * x_1
            ),
            "You took the two factors apart and derived each: (uv)′ is not u′v′.": lambda x_1, x_2: (
                1
            ),
        },
        hints=(
            "Name the sum u. Then y = u x₁: two arrows lead into y.",
            "x₁ reaches y directly, and through u. One number for each path, then add.",
        ),
    ),
    "grads": Predict(
        level=1,
        first=(3.0,),
        draw=lambda rng: (float(rng.integers(2, 9)),),
        right=lambda x: [1.0, 2 * x + 1],
        mistakes={
            "The last node's derivative by itself is 1, and u goes into a sum: what slope has a sum?": lambda x: [
                2 * x,
                2 * x + 1,
            ],
            "x is used three times: twice in the product, and once in the sum.": lambda x: [
                1.0,
                2 * x,
            ],
            "x times x has x as a parent twice, and both count.": lambda x: [1.0, x + 1],
            "These are the values of u and y, not their derivatives.": lambda x: [x * x, x * x + x],
            "Only the sum's own arrow to x is counted.": lambda x: [1.0, 1.0],
        },
        hints=(
            "Draw it: x has two arrows to u, and one to y.",
            "u.grad is the slope of y in u. For x.grad add: through u, twice, and directly.",
        ),
    ),
    "reverse": Write(
        level=3,
        draw=graph,
        right=reverse,
        other=lambda nodes: list(reverse(nodes)),
        mistakes={
            "A node with several children keeps only one of their parts. Paths are added: is there an = where a += belongs?": lambda nodes: (
                reverse(nodes, add=False)
            ),
            "A node that is reached twice passes its first part on twice. It has to wait until all its children have delivered.": lambda nodes: (
                _eager(nodes)
            ),
            "Only the last node has passed its derivative on. Is the return inside the loop, or do the nodes come in the wrong order? Each passes on what it has when it is complete.": lambda nodes: (
                reverse(nodes, forwards=True)
            ),
            "Along a path you added the slope to the derivative. Along a path slopes are multiplied.": lambda nodes: (
                reverse(nodes, join=lambda u, s: u + s)
            ),
            "You added up slopes alone: what comes from above is not passed on.": lambda nodes: (
                reverse(nodes, join=lambda u, s: s)
            ),
            "Everything is 0: with which number does the last node begin?": lambda nodes: reverse(
                nodes, first=0.0
            ),
        },
        hints=(
            "Make a list of zeros, one for each node, and put 1.0 at the end of it.",
            "Go from the last node to the first. All children of a node come after it, so its derivative is complete when you reach it.",
            "For each (parent, slope): the parent's derivative grows by the node's own derivative times the slope.",
        ),
    ),
    "product-of-two": Derive(
        level=2,
        given=r"""x \in \mathbb{R}, \quad c \in \mathbb{R}
y := (x + c) \tanh(x)""",
        left=r"\frac{d y}{d x}",
        right=r"\tanh(x) + (x + c) (1 - \tanh(x)^2)",
        other=r"= \tanh(x) + \frac{4 (x + c)}{(e^{x} + e^{-x})^2}",
        mistakes={
            "That is one path: the one through the first factor. x stands in both.": r"\tanh(x)",
            "That is one path: the one through tanh. x stands in both factors.": r"(x + c) (1 - \tanh(x)^2)",
            "You multiplied the derivatives of the factors. Two paths are added.": r"1 - \tanh(x)^2",
            "Brackets: the slope of tanh is multiplied by all of x + c.": r"\tanh(x) + x + c (1 - \tanh(x)^2)",
            "The slope of tanh is not tanh itself: it is 1 − tanh².": r"\tanh(x) + (x + c) \tanh(x)",
            "Check the sign in the slope of tanh.": r"\tanh(x) + (x + c) (1 + \tanh(x)^2)",
        },
        hints=(
            "Name the factors u and v. y has two arrows into it.",
            "Through u: v times the slope of u. Through v: u times the slope of v. Add.",
        ),
        without=(r"\\partial|\\frac\{ *d|\\frac d", "a derivative"),
    ),
    "differences": Debug(
        level=3,
        draw=function,
        right=differences,
        other=lambda f, x, h: differences(f, x, h / 2),
        mistakes={
            "Still half of it: the second value is taken where x stands, not below it. How far has the second step to go?": lambda f, x, h: (
                differences(f, x, h, down=0)
            ),
            "Each x[k] has to be put back before the next one moves: yours stay moved.": lambda f, x, h: (
                _moved(f, x, h)
            ),
            "Now the width does not fit the two places: how far are they apart?": lambda f, x, h: (
                differences(f, x, h, width=1)
            ),
            "The sign is turned: which of the two values comes first?": lambda f, x, h: (
                -differences(f, x, h)
            ),
            "That is the difference in one direction: its error is of the order of h, that of two sides of h².": lambda f, x, h: (
                differences(f, x, h, down=0, width=1)
            ),
        },
        hints=(
            "Print x[k] at the moment of each call of f. Which two places are compared?",
            "x[k] goes up by h, and from there it has to go down by 2h, and at last back.",
        ),
    ),
    "through-a-jacobian": ByHand(
        level=2,
        first=(np.array([[2, 1, 0], [0, 3, -1]]), np.array([1, 2])),
        draw=lambda rng: (rng.integers(-3, 5, (2, 3)), rng.integers(-3, 5, 2)),
        right=lambda slopes, dJ_da: slopes.T @ dJ_da,
        mistakes={
            "You summed each column as it is: what J gains from each a has to be multiplied in.": lambda slopes, dJ_da: (
                slopes.sum(0)
            ),
            "The two entries of dJ_da are exchanged: the first row is a₁'s.": lambda slopes, dJ_da: (
                slopes.T @ dJ_da[::-1]
            ),
            "That is one number for each a. Asked is one for each z: which numbers does z₁ reach?": lambda slopes, dJ_da: (
                slopes.sum(1) * dJ_da
            ),
            "Those are the paths through a₁ alone.": lambda slopes, dJ_da: slopes[0] * dJ_da[0],
            "Those are the paths through a₂ alone.": lambda slopes, dJ_da: slopes[1] * dJ_da[1],
        },
        hints=(
            "z₁ reaches J through a₁ and through a₂: a sum of two products.",
            "z₁'s slopes are the first column. So it is the transpose of the matrix, times dJ_da.",
        ),
    ),
    "own-vjp": Write(
        level=3,
        draw=lambda rng: (rng.normal(size=2), rng.normal(size=3)),
        right=own_vjp,
        other=lambda da, z: (
            np.array([[1, z[1] * z[2]], [0, z[0] * z[2]], [2 * z[2], z[0] * z[1]]]) @ da
        ),
        mistakes={
            "z₁ stands in both results, and so does z₃: one of their paths is missing.": lambda da, z: (
                own_vjp(da, z, one=0)
            ),
            "z₁ stands in both results, and so does z₃: the paths through a₂ are missing.": lambda da, z: (
                own_vjp(da, z, two=0)
            ),
            "What comes in is not multiplied in: these are sums of slopes.": lambda da, z: own_vjp(
                np.ones(2), z
            ),
            "The slope of z₃² is 2 z₃.": lambda da, z: own_vjp(da, z, square=1),
            "The two entries of da are exchanged.": lambda da, z: own_vjp(da[::-1], z),
            "The slope of a product in one factor is the product of the others, without it.": lambda da, z: (
                own_vjp(da, z, without=lambda z, j: np.prod(z))
            ),
        },
        hints=(
            "Write down the six slopes first. a₁ = z₁ + z₃² has 1, 0 and 2 z₃.",
            "a₂ = z₁ z₂ z₃ has z₂ z₃, z₁ z₃ and z₁ z₂.",
            "dz₁ = 1 · da₁ + z₂ z₃ · da₂, and so on: for each z the sum over both results.",
        ),
    ),
}


def _eager(nodes):
    grads = np.zeros(len(nodes))
    grads[-1] = 1.0

    def back(n):
        for parent, slope in nodes[n]:
            grads[parent] += slope * grads[n]
            back(parent)

    back(len(nodes) - 1)
    return grads


def _moved(f, x, h):
    x, found = x.copy(), []
    for k in range(len(x)):
        x[k] += h
        up = f(x)
        x[k] -= 2 * h
        found.append((up - f(x)) / (2 * h))
    return np.array(found)
