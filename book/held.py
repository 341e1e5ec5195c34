"""Hold each function of nnlib against the equations that its docstring names.

The text of a chapter up to the equation is the model. In random instances of it the function is
called with what the instance has for its arguments, and what it returns has to be what the
instance has for a side of the equation.
"""

import inspect
import re
import tempfile
from pathlib import Path

import numpy as np

import nnlib
from book.contents import numbers
from texecute.look import Look
from texecute.read import read

SEEDS = 0, 2, 8
CLOSE = 1e-9
NETWORK = "eq:cost"  # where the network of chapter 1 is complete
TANH = r"\mathbf{g}^{[l]}(\mathbf{z}) := \tanh(\mathbf{z})"
SQUARED = (
    TANH,
    r"\mathbf{g}^{[L]}(\mathbf{z}) := \mathbf{z}",
    r"\ell(\mathbf{a}, \mathbf{y}) := \frac{1}{2} \sum_j (a_j - y_j)^2",
)

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


def d(name):
    return rf"\frac{{\partial J}}{{\partial {name}}}"


W, b, X, Y = r"\mathbf{W}^{[1]}", r"\mathbf{b}^{[1]}", r"\mathbf{X}", r"\mathbf{Y}"
Z, A, BELOW = r"\mathbf{Z}^{[1]}", r"\mathbf{A}^{[1]}", r"\mathbf{A}^{[0]}"
Z_L, A_L = r"\mathbf{Z}^{[L]}", r"\mathbf{A}^{[L]}"


class Held:
    """The equations of some texts, by label, and functions held against them.

    texts : {label: (Text with all that is defined up to this equation, its LaTeX)}.
    """

    def __init__(self, texts):
        self.texts = texts

    def side(self, label, statement, which):
        text, latex = self.texts[label]
        return read(latex, text.notation)[statement].sides[which]

    def error(self, label, call, statement=0, which=-1, base=None, more=(), sizes=None):
        """The largest error of what call(look) returns, an array or one for each layer."""
        side, errors = self.side(label, statement, which), []
        for seed in SEEDS:
            look = self.look(base or label, seed, more, sizes)
            found = call(look)
            for l, array in (found if isinstance(found, dict) else {1: found}).items():
                errors.append(relative(array, look(side, {"l": l})))
        if not max(errors) < CLOSE:
            raise ValueError(f"{label}: the function differs by {max(errors):.2g}")
        return {label: max(errors)}

    def look(self, label, seed=0, more=(), sizes=None):
        text = self.texts[label][0].copy()
        for definition in more:
            text.define(definition)
        return Look(text, seed, sizes)


def relative(found, wanted):
    """The largest difference, relative to the largest entry."""
    if np.shape(found) != np.shape(wanted):
        raise ValueError(f"shapes {np.shape(found)} and {np.shape(wanted)}")
    largest = max(np.max(np.abs(found)), np.max(np.abs(wanted)))
    return float(np.max(np.abs(found - wanted)) / largest) if largest else 0.0


# What a look has for the arguments of the functions


def params(look):
    return {
        l: (look(rf"\mathbf{{W}}^{{[{l}]}}"), look(rf"\mathbf{{b}}^{{[{l}]}}"))
        for l in range(1, int(look("L")) + 1)
    }


def gradients(look):
    return {
        l: (look(d(rf"\mathbf{{W}}^{{[{l}]}}")), look(d(rf"\mathbf{{b}}^{{[{l}]}}")))
        for l in params(look)
    }


def functions(look):
    """The activation functions of an instance, whatever they are."""
    return {l: lambda T, l=l: look(rf"\mathbf{{g}}^{{[{l}]}}(t)", t=T) for l in params(look)}


def forward(look):
    return nnlib.forward(params(look), functions(look), look(X))


def backward(look):
    g = dict.fromkeys(params(look), nnlib.tanh)
    _, A = nnlib.forward(params(look), g, look(X))
    return nnlib.backward(params(look), g, A, look(d(Z_L)))


def first(layers):
    return {l: pair[0] for l, pair in layers.items()}


def second(layers):
    return {l: pair[1] for l, pair in layers.items()}


def trained(look):
    """One epoch with all examples at once is one step."""
    p, cost = params(look), nnlib.squared_error
    g = dict.fromkeys(p, nnlib.tanh) | {len(p): nnlib.identity}
    return nnlib.train(p, g, cost, look(X), look(Y), lr=float(look(r"\alpha")), epochs=1)[0]


def in_rows(look):
    g = {l: lambda T, f=f: f(T.T).T for l, f in functions(look).items()}
    return nnlib.forward_rows(params(look), g, look(X))


def backward_in_rows(look):
    g = dict.fromkeys(params(look), nnlib.tanh)
    _, A = nnlib.forward_rows(params(look), g, look(X))
    return nnlib.backward_rows(params(look), g, A, look(d(Z_L)))


def turned(look):
    return {l: (W.T, b.T) for l, (W, b) in params(look).items()}


def output(params, X):
    return nnlib.predict(params, dict.fromkeys(params, nnlib.relu), X)[0]


# For each function the errors of the equations that it names


def activation(label, g):
    return lambda held: held.error(label, lambda look: g(look(Z)))


def vjp(label, g):
    return lambda held: held.error(label, lambda look: g.vjp(look(d(A)), look(A)))


def cost(label, cost, statement=0):
    return lambda held: held.error(
        label, lambda look: cost(look(Z_L), look(Y), check=False), statement
    )


def seed(label, cost):
    return lambda held: held.error(label, lambda look: cost.seed(look(A_L), look(Y), check=False))


def linear_vjp(held):
    call = lambda look: nnlib.linear_vjp(look(d(Z)), look(W), look(BELOW))
    return (
        held.error("eq:dW", lambda look: call(look)[0])
        | held.error("eq:db", lambda look: call(look)[1])
        | held.error("eq:dA-below", lambda look: call(look)[2])
    )


def all_of(label, *rows):
    """Several statements of one equation: (statement, call) each."""
    return lambda held: {
        label: max(
            held.error(label, call, statement, **more)[label] for statement, call, more in rows
        )
    }


def init_params(held):
    """The variance of many weights, to 1 %, and biases of 0."""
    look = held.look("eq:init", sizes={("n", (0,)): 300, ("n", (1,)): 900})
    made = nnlib.init_params([300, 900], np.random.default_rng(0), scale=float(look("s")))
    wanted = look(r"\frac{s^2}{n^{[l-1]}}", {"l": 1})
    error = abs(made[1][0].var() / wanted - 1)
    if r"\frac{s^2}{n^{[l-1]}}" not in held.texts["eq:init"][1] or error > 0.01 or made[1][1].any():
        raise ValueError("eq:init: init_params draws other numbers")
    return {"eq:init": float(error)}


def check_shapes(held):
    """It accepts what fits the equation, and refuses what does not."""
    look = held.look(NETWORK)
    W, b, X = look(r"\mathbf{W}^{[1]}"), look(r"\mathbf{b}^{[1]}"), look(r"\mathbf{X}")
    nnlib.check_shapes({1: (W, b)}, X)
    for wrong in (W.T, b, X), (W, b.T, X), (W, b, X.T):
        try:
            nnlib.check_shapes({1: wrong[:2]}, wrong[2])
        except ValueError:
            continue
        raise ValueError("eq:shapes: a wrong shape is accepted")
    return {"eq:shapes": 0.0}


def save_params(held):
    """What comes back from a file has the shapes that were saved."""

    def again(look):
        with tempfile.TemporaryDirectory() as folder:
            nnlib.save_params(Path(folder) / "params.npz", params(look))
            return first(nnlib.load_params(Path(folder) / "params.npz"))

    return held.error("eq:shapes", again, 0, 0, NETWORK)


def var(held):
    """The example of the chain rule, in numbers that know what they came from."""
    errors = []
    for seed in SEEDS:
        look = held.look("eq:example-derivative", seed)
        x = [nnlib.Var(float(look(rf"x_{n}"))) for n in (1, 2)]
        (x[0] * x[1] * (x[0] + x[1])).backward()
        slopes = [look(rf"\frac{{\partial y}}{{\partial x_{n}}}") for n in (1, 2)]
        errors.append(relative(np.array([v.grad for v in x]), np.array(slopes)))
    if max(errors) > CLOSE:
        raise ValueError("eq:chain-rule: Var has other slopes")
    return {"eq:chain-rule": max(errors)}


def numerical_jvp(held):
    def difference(look):
        f = lambda z: look(r"\mathbf{f}(t)", t=z)
        eps = float(look(r"\varepsilon"))
        return nnlib.numerical_jvp(f, look(r"\mathbf{z}"), look(r"\mathbf{v}"), eps)

    written = (
        r"\frac{\mathbf{f}(\mathbf{z} + \varepsilon \mathbf{v})"
        r" - \mathbf{f}(\mathbf{z} - \varepsilon \mathbf{v})}{2 \varepsilon}"
    )
    if written not in held.texts["eq:jvp"][1]:
        raise ValueError("eq:jvp reads otherwise")
    looks = [held.look("eq:jvp", seed) for seed in SEEDS]
    return {"eq:jvp": max(relative(difference(look), look(written)) for look in looks)}


def check_vjp(held):
    """It agrees with the right side of the equation, and reports the ratio of three times that."""
    errors = []
    for seed in SEEDS:
        look = held.look("eq:adjoint", seed)
        f = lambda z, look=look: look(r"\mathbf{f}(t)", t=z)
        J = look(r"\frac{\partial \mathbf{a}}{\partial \mathbf{z}}")
        z, rng = look(r"\mathbf{z}"), np.random.default_rng(seed)
        right, wrong = (nnlib.check_vjp(f, lambda u, D=t * J: D @ u, z, rng) for t in (1, 3))
        errors.append(ratio_of(right, wrong))
    return {"eq:adjoint": max(errors)}


def check_gradients(held):
    """The same for the gradients of a network, which the instance has exactly."""
    errors = []
    for seed in SEEDS:
        look = held.look(NETWORK, seed, SQUARED)
        grads, J = gradients(look), squared_cost(look)
        threefold = {l: (3 * dW, 3 * db) for l, (dW, db) in grads.items()}
        found = [
            nnlib.check_gradients(J, params(look), claimed, np.random.default_rng(seed))
            for claimed in (grads, threefold)
        ]
        errors += [
            ratio_of(*pair) for l in grads for pair in zip(found[0][l], found[1][l], strict=True)
        ]
    return {"eq:adjoint": max(errors)}


def squared_cost(look):
    L = int(look("L"))
    g = dict.fromkeys(range(1, L), nnlib.tanh) | {L: nnlib.identity}
    return lambda p: nnlib.squared_error(nnlib.forward(p, g, look(X))[0][L], look(Y))


def ratio_of(right, wrong):
    if (right.verdict, wrong.verdict) != ("agrees", "differs"):
        raise ValueError(f"eq:adjoint: wrong verdicts: {right}, {wrong}")
    return abs(wrong.ratio - 3)


def parity_or(held):
    """Its units are the ANDs of the equation, with its weights in their place."""
    errors = []
    for n in 3, 4:
        made = nnlib.parity_or(n)
        (W, b), sizes = made[1], {("n", ()): n, ("q", ()): 2 ** (n - 1)}
        look = held.look("eq:minterm", sizes=sizes).with_values({"w_{j,k}": W})
        X = look(r"\mathbf{X}")
        errors += [
            relative(b[:, 0], look(r"b_j")),
            relative(nnlib.relu(W @ X + b).T, look(held.side("eq:minterm", -1, 1))),
            relative(output(made, X), look("y_i")),
        ]
    if max(errors) > CLOSE:
        raise ValueError("eq:minterm: parity_or has other units")
    return {"eq:minterm": max(errors)}


def parity(label, build, *sizes):
    call = lambda look: output(build(int(look("n"))), look(X))
    return lambda held: {
        label: max(held.error(label, call, -1, 0, sizes={("n", ()): n})[label] for n in sizes)
    }


def sawtooth(held):
    call = lambda look: output(nnlib.sawtooth(1), look("x").reshape(1, 1))[0]
    return held.error("eq:fold", call, 1)


HELD = {
    "init_params": init_params,
    "check_shapes": check_shapes,
    "save_params": save_params,
    "linear": lambda held: held.error("eq:linear", lambda x: nnlib.linear(x(W), x(b), x(BELOW))),
    "linear_vjp": linear_vjp,
    "forward": all_of("eq:forward", (0, lambda x: forward(x)[0], {}),
                      (1, lambda x: {l: forward(x)[1][l] for l in params(x)}, {})),
    "predict": lambda held: held.error("eq:forward", lambda x: {
        len(params(x)): nnlib.predict(params(x), functions(x), x(X))}, 1),
    "backward": all_of("eq:backward", *(
        (n, lambda x, part=part: part(backward(x)), {"base": NETWORK, "more": [TANH]})
        for n, part in enumerate((first, second)))),
    "descend": all_of("eq:descend", *(
        (n, lambda x, part=part: part(nnlib.descend(
            params(x), gradients(x), lr=float(x(r"\alpha")))), {})
        for n, part in enumerate((first, second)))),
    "train": all_of("eq:descend", *(
        (n, lambda x, part=part: part(trained(x)), {"more": SQUARED})
        for n, part in enumerate((first, second)))),
    "Var": var,
    "numerical_jvp": numerical_jvp,
    "check_vjp": check_vjp,
    "check_gradients": check_gradients,
    "relu": activation("eq:relu", nnlib.relu),
    "relu_vjp": lambda held: vjp("eq:relu-vjp", nnlib.relu)(held) | held.error(
        "eq:relu-output", lambda x: nnlib.relu.vjp(np.ones_like(x(A)), x(A))),
    "sigmoid": lambda held: activation("eq:sigmoid", nnlib.sigmoid)(held) | held.error(
        "eq:sigmoid-stable", lambda x: nnlib.sigmoid(x("z").reshape(1, 1))[0, 0]),
    "sigmoid_vjp": vjp("eq:sigmoid-vjp", nnlib.sigmoid),
    "tanh": activation("eq:tanh", nnlib.tanh),
    "tanh_vjp": vjp("eq:tanh-vjp", nnlib.tanh),
    "softmax": lambda held: activation("eq:softmax", nnlib.softmax)(held)
    | activation("eq:softmax-stable", nnlib.softmax)(held),
    "softmax_vjp": vjp("eq:softmax-vjp", nnlib.softmax),
    "squared_error": cost("eq:squared", nnlib.squared_error),
    "squared_error_seed": seed("eq:squared-seed", nnlib.squared_error),
    "logistic_loss": lambda held: held.error("eq:binary-positive", lambda x: np.sum(
        nnlib.logistic_loss(x(Z_L), x(Y))) / x("m")),
    "binary_cross_entropy": cost("eq:binary-logits", nnlib.binary_cross_entropy),
    "binary_cross_entropy_seed": seed("eq:binary-seed", nnlib.binary_cross_entropy),
    "one_hot": lambda held: held.error("eq:one-hot", lambda x: nnlib.one_hot(
        x("c_i").astype(int) - 1, int(x("n^{[L]}"))).T, 1, 0),
    "multiclass_cross_entropy": cost(
        "eq:multiclass-stable", nnlib.multiclass_cross_entropy, 1),
    "multiclass_cross_entropy_seed": seed("eq:multiclass-seed", nnlib.multiclass_cross_entropy),
    "multilabel_cross_entropy": cost("eq:multilabel-logits", nnlib.multilabel_cross_entropy),
    "multilabel_cross_entropy_seed": seed("eq:multilabel-seed", nnlib.multilabel_cross_entropy),
    "forward_rows": all_of("eq:rows-forward", (1, lambda x: in_rows(x)[0], {}),
                           (2, lambda x: {l: in_rows(x)[1][l] for l in params(x)}, {})),
    "backward_rows": all_of("eq:rows-backward", *(
        (n, lambda x, part=part: part(backward_in_rows(x)),
         {"base": "eq:rows-cost", "more": [TANH]}) for n, part in enumerate((first, second)))),
    "to_layout": lambda held: held.error("eq:rows-shapes", lambda x: first(
        nnlib.to_layout(turned(x), "rows")), 2, 0),
    "from_layout": lambda held: held.error("eq:rows-shapes", lambda x: first(
        nnlib.to_layout(nnlib.from_layout(params(x), "rows"), "rows")), 2, 0),
    "parity_or": parity_or,
    "parity_count": parity("eq:parity-count", nnlib.parity_count, 3, 5),
    "parity_tree": parity("eq:xor", nnlib.parity_tree, 2),
    "parity_folded": parity("eq:parity-folded", nnlib.parity_folded, 4),
    "sawtooth": sawtooth,
}  # fmt: skip


def named_in(function):
    """The labels of the equations that a docstring names by their numbers."""
    labels = {number: label for label, number in numbers().items()}
    doc = inspect.getdoc(function) or ""
    return [labels[number] for number in re.findall(r"equation \(([\d.]+)\) of the book", doc)]


def check_functions(texts):
    """{name: {label: error}} of every public function. ValueError if one is not as it says."""
    held, errors = Held(texts), {}
    for name in nnlib.__all__:
        labels = named_in(getattr(nnlib, name))
        if not labels and name in WITHOUT_EQUATION:
            continue
        if not labels or name not in HELD:
            raise ValueError(f"nnlib.{name} names no equation, or held.py does not check it")
        errors[name] = HELD[name](held)
        if set(errors[name]) != set(labels):
            raise ValueError(f"nnlib.{name} names {labels}, and {set(errors[name])} are checked")
    return errors
