"""Hold each function of nnlib against the equations that its docstring names.

A function is called with random arrays. Its arguments and its results make up a world, and the
equation has to hold there: with A = relu(Z) for the quantities Z and A, A = max(0, Z).

python -m book.equations prints the largest error of each pair.
"""

import inspect
import re
import tempfile
from pathlib import Path

import numpy as np

import nnlib
from book.equations.check import Equation
from book.equations.evaluate import Frame
from book.equations.world import Function, World, constant
from book.equations.worlds import CHAPTERS

# Public functions that compute no equation, with the reason.
WITHOUT_EQUATION = {
    "minibatches": "splits the examples into batches",
    "load_params": "reads a file",
    "bits": "lists all inputs",
    "Verdict": "says what a check found",
    "identity": "returns what it is given",
    "identity_vjp": "returns what it is given",
    "standardize": "scales the inputs",
    "accuracy": "counts right answers",
    "micro_f1": "counts right labels",
}


def named_in(function):
    """The labels that a docstring names."""
    return re.findall(r":eq:`(eq:[\w-]+)`", inspect.getdoc(function) or "")


def world(functions=None, L=1, **arrays):
    """A world of given arrays: z1 for Z of layer 1, dz1 for the derivative of J by it, y, m."""
    rules, given = {("J",): constant(0)}, {}
    for name, array in arrays.items():
        name, layer = (name[:-1], (int(name[-1]),)) if name[-1].isdigit() else (name, ())
        if name[0] == "d":
            given[("J",), (name[1:], *layer)] = np.reshape(array, (1, -1))
            rules.setdefault((name[1:], *layer), constant(np.full_like(array, np.nan)))
        else:
            rules[(name, *layer)] = constant(array)
    rules["L",] = constant(L)
    sized = next((rules[key] for key in (("z", L), ("a", 0)) if key in rules), None)
    if sized:
        rules["m",] = constant(sized(None).shape[1])
    for l in range(L + 1):
        if ("w", l) in rules:
            rules["n", l], rules["n", l - 1] = map(constant, rules["w", l](None).shape)
    return World("arguments and results", rules, functions or {}, L=L, given=given)


class Held:
    """The equations of the book, to be held against functions."""

    def __init__(self, equations):
        self.equations = {equation.label: equation for equation in equations}
        self.rng = np.random.default_rng(0)

    def normal(self, *shape):
        return self.rng.normal(size=shape)

    def error(self, label, *worlds):
        """The largest relative error of an equation in worlds. ValueError if it is false there."""
        original = self.equations[label]
        equation = Equation(label, original.latex, original.path, original.number)
        equation.check(lambda _: worlds)
        if equation.failures:
            raise ValueError(f"{label}: {equation.failures[0]}")
        return max(step.error for step in equation.steps)

    def sides(self, label, made, statement=0):
        """The values of both ends of a chain."""
        first, *_, last = self.equations[label].statements[statement].sides
        return Frame(made.values, {"l": 1})(first).array, Frame(made.values, {"l": 1})(last).array

    # One method for each function: the errors of the equations it names

    def init_params(self):
        made = []
        for seed in range(3):
            params = nnlib.init_params([300, 900, 450], np.random.default_rng(seed), scale=1.7)
            arrays = {f"{name}{l}": x for l in params for name, x in zip("wb", params[l])}
            made.append(world(L=2, s=1.7, **arrays))
            made[-1].random = True
        return {"eq:init": self.error("eq:init", *made)}

    def check_shapes(self):
        """It accepts what fits the equation, and refuses what does not."""
        W, b, X = self.normal(3, 5), self.normal(3, 1), self.normal(5, 4)
        error = self.fits_shapes(W, b, X)
        for wrong in (W.T, b, X), (W, b.T, X), (W, b, X.T):
            for refuse in self.fits_shapes, lambda W, b, X: nnlib.check_shapes({1: (W, b)}, X):
                try:
                    refuse(*wrong)
                except ValueError:
                    continue
                raise ValueError("a wrong shape is accepted")
        return {"eq:shapes": error}

    def fits_shapes(self, W, b, X):
        nnlib.check_shapes({1: (W, b)}, X)
        Z = self.normal(W.shape[0], X.shape[1])
        made = world(w1=W, b1=b, z1=Z, a1=Z, a0=X)
        made.rules["n", 0] = constant(X.shape[0])
        return self.error("eq:shapes", made)

    def save_params(self):
        """What comes back from a file has the shapes that were saved."""
        params = nnlib.init_params([5, 3, 2], self.rng)
        with tempfile.TemporaryDirectory() as folder:
            nnlib.save_params(Path(folder) / "params.npz", params)
            (W, b), _ = nnlib.load_params(Path(folder) / "params.npz").values()
        return {"eq:shapes": self.fits_shapes(W, b, self.normal(5, 4))}

    def linear(self):
        W, b, A = self.normal(3, 5), self.normal(3, 1), self.normal(5, 4)
        return {
            "eq:linear": self.error("eq:linear", world(w1=W, b1=b, a0=A, z1=nnlib.linear(W, b, A)))
        }

    def linear_vjp(self):
        dZ, W, A = self.normal(3, 4), self.normal(3, 5), self.normal(5, 4)
        dW, db, dA = nnlib.linear_vjp(dZ, W, A)
        made = world(w1=W, a0=A, dz1=dZ, dw1=dW, db1=db, da0=dA)
        return {label: self.error(label, made) for label in ("eq:dW", "eq:db", "eq:dA-below")}

    def network(self):
        """Parameters, activations and data of a small network."""
        params = nnlib.init_params([5, 3, 2], self.rng, scale=2.0)
        g = {1: nnlib.tanh, 2: nnlib.softmax}
        return params, g, self.normal(5, 4)

    def forward(self):
        params, g, X = self.network()
        Z, A = nnlib.forward(params, g, X)
        return {"eq:forward": self.error("eq:forward", self.run(params, g, Z, A))}

    def predict(self):
        params, g, X = self.network()
        Z, A = nnlib.forward(params, g, X)
        A[2] = nnlib.predict(params, g, X)
        return {"eq:forward": self.error("eq:forward", self.run(params, g, Z, A))}

    def run(self, params, g, Z, A, **more):
        arrays = {f"z{l}": Z[l] for l in Z} | {f"a{l}": A[l] for l in A}
        arrays |= {f"{name}{l}": x for l in params for name, x in zip("wb", params[l])}
        functions = {("g", l): Function(g[l]) for l in g}
        return world(functions, L=2, **arrays, **more)

    def backward(self):
        params, g, X = self.network()
        Z, A = nnlib.forward(params, g, X)
        dZ = {2: self.normal(*Z[2].shape)}
        grads = nnlib.backward(params, g, A, dZ[2])
        dA = {1: params[2][0].T @ dZ[2]}
        dZ[1] = nnlib.tanh.vjp(dA[1], A[1])
        dA[0] = params[1][0].T @ dZ[1]
        made = {f"da{l}": dA[l] for l in dA} | {f"dz{l}": dZ[l] for l in dZ}
        made |= {f"d{name}{l}": x for l in grads for name, x in zip("wb", grads[l])}
        return {"eq:backward": self.error("eq:backward", self.run(params, g, Z, A, **made))}

    def descend(self):
        params, _, X = self.network()
        grads = {l: tuple(self.normal(*x.shape) for x in params[l]) for l in params}
        arrays = {f"{name}{l}": x for l in params for name, x in zip("wb", params[l])}
        arrays |= {f"d{name}{l}": x for l in params for name, x in zip("wb", grads[l])}
        return {
            "eq:descend": self.step(
                world(L=2, alpha=0.3, **arrays), nnlib.descend(params, grads, lr=0.3)
            )
        }

    def train(self):
        """One epoch with all examples at once is one step."""
        start = CHAPTERS["10_multiclass"][0](0)
        read = lambda *key: start.values.get(key)
        params = {l: (read("w", l), read("b", l)) for l in range(1, start.L + 1)}
        g = {l: nnlib.tanh for l in params} | {start.L: nnlib.softmax}
        start.rules["alpha",] = constant(0.3)
        cost = nnlib.multiclass_cross_entropy
        after, _ = nnlib.train(params, g, cost, read("a", 0), read("y"), lr=0.3, epochs=1)
        return {"eq:descend": self.step(start, after)}

    def step(self, made, params):
        """The relative error of updated parameters against the update as it is written."""
        self.error("eq:descend", made)
        pairs = [(made.updates[name, l], x) for l in params for name, x in zip("wb", params[l])]
        return relative(pairs)

    # The chain rule

    def Var(self):
        """Two stages, of numbers that know what they came from."""
        M, x = self.normal(3, 2), [nnlib.Var(value) for value in self.normal(2)]
        u = [(M[p, 0] * x[0] * x[1] + M[p, 1] * x[1]).exp() for p in range(3)]
        y = [u[0] * u[1] / u[2], (u[0] + u[1] + u[2] * u[2]).log()]
        rows = lambda nodes: [[node.value] for node in nodes]
        made = World(
            "arguments and results",
            {
                ("x",): constant(rows(x)),
                ("u",): constant(rows(u)),
                ("y",): constant(rows(y)),
            },
        )
        for name, above, pairs in ("y", y, {"u": u, "x": x}), ("u", u, {"x": x}):
            for node in above:
                node.backward()
                for below, nodes in pairs.items():
                    made.given.setdefault(((name,), (below,)), []).append([v.grad for v in nodes])
        made.given = {key: np.array(rows) for key, rows in made.given.items()}
        return {"eq:chain-rule": self.error("eq:chain-rule", made)}

    def bowl(self):
        """A function of 5 numbers with 3 results, and its slopes: a row for each result."""
        M = self.normal(3, 5)
        f = lambda z: M @ z + np.sin(M) @ z**2
        return f, lambda z: M + 2 * np.sin(M) * z.T

    def slopes(self, f, z, v, jacobian, **more):
        """A world with a = f(z), v, and the derivative of a by z: a row for each entry of a."""
        rules = {"z": z, "v": v, "a": f(z), "varepsilon": 1e-5} | more
        rules = {(name,): constant(array) for name, array in rules.items()}
        given = {(("a",), ("z",)): jacobian}
        return World("arguments and results", rules, {"f": Function(f)}, given=given)

    def numerical_jvp(self):
        f, _ = self.bowl()
        z, v = self.normal(5, 1), self.normal(5, 1)
        columns = [nnlib.numerical_jvp(f, z, e[:, None]) for e in np.eye(5)]
        made = self.slopes(f, z, v, np.hstack(columns))
        written = self.sides("eq:jvp", made)[1]
        exact = relative([(nnlib.numerical_jvp(f, z, v), written)])
        return {"eq:jvp": max(exact, self.error("eq:jvp", made))}

    def check_vjp(self):
        """The ratio that it reports is that of both sides, where three times the vjp is claimed."""
        f, jacobian = self.bowl()
        z, v, u = self.normal(5, 1), self.normal(5, 1), self.normal(3, 1)
        verdicts = [
            nnlib.check_vjp(f, lambda u, t=t: t * jacobian(z).T @ u, z, self.rng) for t in (1, 3)
        ]
        return {"eq:adjoint": self.ratio(verdicts, f, z, v, u, jacobian(z))}

    def ratio(self, verdicts, f, z, v, u, jacobian):
        """How far a verdict's ratio is from right / left, if the verdicts are right at all."""
        left, _ = self.sides("eq:adjoint", self.slopes(f, z, v, jacobian, u=u))
        _, right = self.sides("eq:adjoint", self.slopes(f, z, v, 3 * jacobian, u=u))
        if [verdict.verdict for verdict in verdicts] != ["agrees", "differs"]:
            raise ValueError(f"wrong verdicts: {verdicts}")
        return abs(verdicts[1].ratio - (right / left).item())

    def check_gradients(self):
        """The same for each array of parameters, with J for f."""
        params = nnlib.init_params([3, 2], self.rng)
        W = params[1][0]
        b = self.normal(2, 1)
        J = lambda params: np.sum(np.sin(params[1][0]) @ np.ones((3, 1)) * params[1][1])
        true = np.cos(W) * b, np.sin(W) @ np.ones((3, 1))
        found = [
            nnlib.check_gradients(J, {1: (W, b)}, {1: tuple(t * d for d in true)}, self.rng)[1]
            for t in (1, 3)
        ]
        errors = []
        for x, dx, verdicts in zip((W, b), true, zip(*found)):
            v, u = self.normal(x.size, 1), self.normal(1, 1)
            at = (lambda z: np.zeros((1, 1))), x.reshape(-1, 1), v, u, dx.reshape(1, -1)
            errors.append(self.ratio(verdicts, *at))
        return {"eq:adjoint": max(errors)}

    # Activations

    def activation(self, *labels, g, Z):
        return {label: self.error(label, world(z1=Z, a1=g(Z))) for label in labels}

    def vjp(self, *labels, g, Z):
        A, dA = g(Z), self.normal(*Z.shape)
        made = world(a1=A, da1=dA, dz1=g.vjp(dA, A))
        made.rules["z", 1] = constant(Z)
        return {label: self.error(label, made) for label in labels}

    def with_zeros(self):
        return np.round(self.normal(3, 40))

    def relu(self):
        return self.activation("eq:relu", g=nnlib.relu, Z=self.with_zeros())

    def relu_vjp(self):
        return self.vjp("eq:relu-vjp", "eq:relu-output", g=nnlib.relu, Z=self.with_zeros())

    def sigmoid(self):
        sigma = {r"\sigma": Function(nnlib.sigmoid, of_numbers=True)}
        numbers = [world(sigma, z=z) for z in (-40.0, -2.0, -0.3, 0.0, 0.3, 2.0, 40.0)]
        stable = {"eq:sigmoid-stable": self.error("eq:sigmoid-stable", *numbers)}
        return self.activation("eq:sigmoid", g=nnlib.sigmoid, Z=self.normal(3, 5)) | stable

    def sigmoid_vjp(self):
        return self.vjp("eq:sigmoid-vjp", g=nnlib.sigmoid, Z=self.normal(3, 5))

    def tanh(self):
        return self.activation("eq:tanh", g=nnlib.tanh, Z=self.normal(3, 5))

    def tanh_vjp(self):
        return self.vjp("eq:tanh-vjp", g=nnlib.tanh, Z=self.normal(3, 5))

    def softmax(self):
        labels = "eq:softmax", "eq:softmax-stable"
        return self.activation(*labels, g=nnlib.softmax, Z=self.normal(3, 5))

    def softmax_vjp(self):
        return self.vjp("eq:softmax-vjp", g=nnlib.softmax, Z=self.normal(3, 5))

    # Losses

    def cost(self, label, cost, Y):
        Z = self.normal(*Y.shape)
        return {label: self.error(label, world(z1=Z, a1=cost.activation(Z), y=Y, J=cost(Z, Y)))}

    def seed(self, label, cost, Y):
        A = cost.activation(self.normal(*Y.shape))
        return {label: self.error(label, world(a1=A, y=Y, dz1=cost.seed(A, Y)))}

    def labels(self, n, m=5):
        return self.rng.uniform(size=(n, m))

    def shares(self):
        Y = self.labels(3)
        return Y / Y.sum(axis=0)

    def squared_error(self):
        return self.cost("eq:squared", nnlib.squared_error, self.normal(3, 5))

    def squared_error_seed(self):
        return self.seed("eq:squared-seed", nnlib.squared_error, self.normal(3, 5))

    def logistic_loss(self):
        Z, Y = self.normal(1, 5), self.labels(1)
        made = world(z1=Z, y=Y, J=np.sum(nnlib.logistic_loss(Z, Y)) / 5)
        return {"eq:binary-logits": self.error("eq:binary-logits", made)}

    def binary_cross_entropy(self):
        return self.cost("eq:binary-logits", nnlib.binary_cross_entropy, self.labels(1))

    def binary_cross_entropy_seed(self):
        return self.seed("eq:binary-seed", nnlib.binary_cross_entropy, self.labels(1))

    def one_hot(self):
        c = self.rng.integers(1, 4, size=(1, 5))
        return {"eq:one-hot": self.error("eq:one-hot", world(y=nnlib.one_hot(c[0] - 1, 3), c=c))}

    def multiclass_cross_entropy(self):
        return self.cost("eq:multiclass-stable", nnlib.multiclass_cross_entropy, self.shares())

    def multiclass_cross_entropy_seed(self):
        return self.seed("eq:multiclass-seed", nnlib.multiclass_cross_entropy, self.shares())

    def multilabel_cross_entropy(self):
        return self.cost("eq:multilabel-logits", nnlib.multilabel_cross_entropy, self.labels(3))

    def multilabel_cross_entropy_seed(self):
        return self.seed("eq:multilabel-seed", nnlib.multilabel_cross_entropy, self.labels(3))

    # Dialects

    def in_rows(self, Z, A, params, **more):
        """A world of rows: what was computed, and the sizes as they are meant there."""
        arrays = {f"z{l}": Z[l] for l in Z} | {f"a{l}": A[l] for l in A}
        arrays |= {f"{name}{l}": x for l in params for name, x in zip("wb", params[l])}
        functions = {("g", 1): nnlib.tanh, ("g", 2): nnlib.softmax}
        functions = {key: Function(lambda Z, g=g: g(Z.T).T) for key, g in functions.items()}
        made = world(functions, L=2, **arrays, **more)
        sizes = {("n", l): A[l].shape[1] for l in A} | {("m",): A[0].shape[0]}
        made.rules |= {key: constant(size) for key, size in sizes.items()}
        return made

    def run_in_rows(self):
        params, g, X = self.network()
        params = nnlib.to_layout(params, "rows")
        return params, g, *nnlib.forward_rows(params, g, X.T)

    def forward_rows(self):
        params, _, Z, A = self.run_in_rows()
        return {"eq:rows-forward": self.error("eq:rows-forward", self.in_rows(Z, A, params))}

    def backward_rows(self):
        params, g, Z, A = self.run_in_rows()
        dZ = {2: self.normal(*Z[2].shape)}
        grads = nnlib.backward_rows(params, g, A, dZ[2])
        dA = {1: dZ[2] @ params[2][0].T}
        dZ[1] = nnlib.tanh.vjp(dA[1], A[1])
        dA[0] = dZ[1] @ params[1][0].T
        made = {f"da{l}": dA[l] for l in dA} | {f"dz{l}": dZ[l] for l in dZ}
        made |= {f"d{name}{l}": x for l in grads for name, x in zip("wb", grads[l])}
        error = self.error("eq:rows-backward", self.in_rows(Z, A, params, **made))
        return {"eq:rows-backward": error}

    def to_layout(self):
        params, _, Z, A = self.run_in_rows()
        return {"eq:rows-shapes": self.error("eq:rows-shapes", self.in_rows(Z, A, params))}

    def from_layout(self):
        """What it reads has the shapes of the book, and writing it again gives the same."""
        params, _, Z, A = self.run_in_rows()
        again = nnlib.to_layout(nnlib.from_layout(params, "rows"), "rows")
        error = self.error("eq:rows-shapes", self.in_rows(Z, A, again))
        pairs = [pair for l in params for pair in zip(again[l], params[l]) if np.any(pair[0])]
        return {"eq:rows-shapes": max(error, relative(pairs))}

    # Depth

    def parity(self, label, build, *sizes):
        """The equation holds with what the network says for the parity."""
        made = []
        for n in sizes:
            params, X = build(n), nnlib.bits(n)
            outputs = nnlib.forward(params, {l: nnlib.relu for l in params}, X)[1]
            arrays = {"w1": params[1][0], "b1": params[1][1]} if label == "eq:minterm" else {}
            made.append(world(a0=X, a1=outputs[1], y=outputs[len(params)], **arrays))
            made[-1].same["x",] = "a", 0
            made[-1].functions["f"] = Function(self.fold, of_numbers=True)
        return {label: self.error(label, *made)}

    def fold(self, x):
        return nnlib.predict(
            nnlib.sawtooth(1), {1: nnlib.relu, 2: nnlib.relu}, x.reshape(1, -1)
        ).reshape(x.shape)

    def parity_or(self):
        return self.parity("eq:minterm", nnlib.parity_or, 3, 4)

    def parity_count(self):
        return self.parity("eq:parity-count", nnlib.parity_count, 3, 5)

    def parity_tree(self):
        return self.parity("eq:xor", nnlib.parity_tree, 2)

    def parity_folded(self):
        return self.parity("eq:parity-folded", nnlib.parity_folded, 4)

    def sawtooth(self):
        numbers = [
            World("a number", {("x",): constant(x)}, {"f": Function(self.fold, of_numbers=True)})
            for x in (0.0, 0.2, 0.5, 0.7, 1.0)
        ]
        return {"eq:fold": self.error("eq:fold", *numbers)}


def relative(pairs):
    """The largest relative difference of some pairs of arrays."""
    return max(np.max(np.abs(x - y)) / np.max(np.abs([x, y])) for x, y in pairs)


def check_functions(equations):
    """{name: {label: error}} of every public function. ValueError if one is not as it says."""
    held, errors = Held(equations), {}
    for name in nnlib.__all__:
        labels = named_in(getattr(nnlib, name))
        if not labels and name in WITHOUT_EQUATION:
            continue
        if not labels or not hasattr(held, name):
            raise ValueError(f"nnlib.{name} names no equation, or functions.py does not check it")
        errors[name] = getattr(held, name)()
        if set(errors[name]) != set(labels):
            raise ValueError(f"nnlib.{name} names {labels}, and {set(errors[name])} are checked")
    return errors
