"""The small random worlds of each chapter: networks with its activations and its cost."""

from dataclasses import replace
from statistics import NormalDist

import numpy as np

from book.equations.world import NEW, OLD, Function, World, constant

# Activations: analytic, so that the complex step is exact


def mixing(rng, n):
    """An activation of the whole column whose Jacobian is not symmetric."""
    M = rng.normal(size=(n, n))
    return Function(lambda Z: np.tanh(Z) + M @ np.sin(Z))


def bending(rng, n):
    """An elementwise activation without symmetries."""
    return Function(lambda Z: np.tanh(Z) + 0.3 * Z * Z, of_numbers=True)


def elementwise(function):
    return lambda rng, n: Function(function, of_numbers=True)


identity = elementwise(lambda Z: Z)
relu = elementwise(lambda Z: np.where(Z.real > 0, Z, 0))
sigmoid = elementwise(lambda Z: 1 / (1 + np.exp(-Z)))
tanh = elementwise(np.tanh)


def softmax(rng, n):
    return Function(lambda Z: np.exp(Z) / np.sum(np.exp(Z), axis=-2, keepdims=True))


def cumulative(rng, n):
    return Function(lambda Z: np.cumsum(np.tanh(Z), axis=-2))


# Losses of columns a with targets y


def uneven(rng, n):
    """A loss without symmetries, for what holds whatever the cost."""
    c = rng.normal(size=(n, 1))
    return lambda a, y: np.sum(c * np.sin(a) + a * a * y, axis=-2, keepdims=True)


def squared(rng, n):
    return lambda a, y: 0.5 * np.sum((a - y) ** 2, axis=-2, keepdims=True)


def cross_entropy(rng, n):
    return lambda a, y: -np.sum(y * np.log(a), axis=-2, keepdims=True)


def binary_entropies(rng, n):
    return lambda a, y: -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a), axis=-2, keepdims=True)


def any_targets(rng, n, m):
    return {"y": rng.uniform(0.1, 0.9, size=(n, m))}


def unnamed_targets(rng, n, m):
    """Targets that the text does not speak about: the cost may be any."""
    return {"targets": rng.uniform(0.1, 0.9, size=(n, m))}


def shares(rng, n, m):
    """Targets whose columns sum to 1."""
    Y = rng.uniform(0.1, 1, size=(n, m))
    return {"y": Y / Y.sum(axis=0)}


def any_shift(rng, n, m):
    """A number c besides, which is added to all logits."""
    return any_targets(rng, n, m) | {"c": rng.normal()}


def classes(rng, n, m):
    """A class c for each example, and its one-hot target."""
    c = rng.integers(1, n + 1, size=(1, m))
    return {"c": c, "y": np.arange(1, n + 1)[:, None] == c}


def sizes_for(rng, L, last=None):
    """Sizes of the layers, then the number of examples: all different."""
    sizes = [int(size) for size in rng.permutation([2, 3, 4, 5])[: L + 1]]
    return [*sizes[:L], last or sizes[L], int(rng.integers(6, 9))]


def network(
    g,
    out=None,
    loss=uneven,
    targets=any_targets,
    L=None,
    n_last=None,
    examples=None,
    exact=False,
    small="",
):
    """A kind of network: activations of the hidden and of the last layer, loss, targets, sizes.

    exact : weights and inputs are multiples of 1/8 and some pre-activations are exactly 0.
    small : alpha, if the chapter takes steps with it.
    """

    def draw(rng, *shape):
        numbers = rng.normal(size=shape)
        return np.round(8 * numbers) / 8 if exact else numbers

    def build(seed, attempt):
        rng = np.random.default_rng([seed, attempt])
        *n, m = sizes_for(rng, L or 2 + seed % 2, n_last)
        m = examples or m
        layers = range(1, len(n))
        activations = {l: (out if out and l == len(n) - 1 else g)(rng, n[l]) for l in layers}
        rules = {("n", l): constant(size) for l, size in enumerate(n)}
        rules["L",] = constant(len(n) - 1)
        if small:
            rules |= {(small,): constant(1e-4), (NEW,): None}
        if m > 1:  # with one example nobody would notice a missing 1/m
            rules["m",] = constant(m)
        rules |= {(name,): constant(Y) for name, Y in targets(rng, n[-1], m).items()}
        rules["a", 0] = constant(draw(rng, n[0], m))
        below = rules["a", 0](None)
        for l in layers:
            W, b = draw(rng, n[l], n[l - 1]), draw(rng, n[l], 1)
            if exact:
                b[0] = -(W @ below)[0, 0]
            else:
                W = W / np.sqrt(n[l - 1])
            below = activations[l].compute(W @ below + b)
            rules |= {("w", l): constant(W), ("b", l): constant(b)}
            rules["z", l] = lambda get, l=l: get(("w", l)) @ get(("a", l - 1)) + get(("b", l))
            rules["a", l] = lambda get, l=l: activations[l].compute(get(("z", l)))
        ell = loss(rng, n[-1])
        Y = ("y",) if ("y",) in rules else ("targets",)
        rules["ell",] = lambda get: ell(get(("a", len(n) - 1)), get(Y))
        rules["J",] = lambda get: np.sum(get(("ell",)), axis=1, keepdims=True) / m
        functions = {("g", l): activations[l] for l in layers}
        functions["ell"] = Function(ell, to_number=True)
        if not out and activations[1].of_numbers:  # g without a layer: the same in all of them
            functions["g"] = activations[1]
        sizes = "-".join(map(str, n))
        text = f"network {sizes}, {m} example{'s' * (m > 1)}, seed {seed}"
        same = {("x",): ("a", 0), ("yhat",): ("a", len(n) - 1), (OLD,): ("J",)}
        return World(text, rules, functions, L=len(n) - 1, same=same, small=small)

    def make(seed):
        """Draw until every unit does something: a network of dead ReLUs would agree to anything."""
        worlds = (build(seed, attempt) for attempt in range(1000))
        return next(world for world in worlds if is_alive(world))

    return make


def is_alive(world):
    outputs = [world.values.get(("a", l)) for l in range(1, world.L + 1)]
    return all(np.all(np.any(A != 0, axis=1)) for A in outputs)


def initialized(seed):
    """Parameters of wide layers, a perfect sample of the distribution that the text names."""
    rng = np.random.default_rng(seed)
    n, s = [30, 90, 45], 1.3 + 0.2 * seed
    rules = {("n", l): constant(size) for l, size in enumerate(n)} | {("s",): constant(s)}
    for l in 1, 2:
        count = n[l] * n[l - 1]
        quantiles = [NormalDist().inv_cdf((k + 0.5) / count) for k in range(count)]
        W = rng.permutation(quantiles).reshape(n[l], n[l - 1]) * s / np.sqrt(n[l - 1])
        rules |= {("w", l): constant(W), ("b", l): constant(np.zeros((n[l], 1)))}
    text = f"parameters of a network 30-90-45, s = {s:.1f}, seed {seed}"
    return World(text, rules, L=2)


# The chain rule, without networks


def one_variable(seed):
    x = np.random.default_rng(seed).normal()
    functions = {
        "f": Function(lambda u: np.sin(u) + u * u, of_numbers=True),
        "g": Function(lambda u: np.exp(u) + 2 * u, of_numbers=True),
    }
    return World(f"one variable x = {x:.3f}", {("x",): constant(x)}, functions)


def two_numbers(seed):
    x = np.random.default_rng(seed).normal(size=(2, 1))
    text = f"x_1 = {x[0, 0]:.3f}, x_2 = {x[1, 0]:.3f}"
    return World(text, {("x",): constant(x)}, leaves="uy")


def two_stages(seed):
    rng = np.random.default_rng(seed)
    n, r, q = rng.permutation([2, 3, 4])
    M, N = rng.normal(size=(r, n)), rng.normal(size=(q, r))
    g, f = (lambda x: np.sin(M @ x) + M @ x**2), (lambda u: np.tanh(N @ u) + N @ u**2)
    rules = {
        ("x",): constant(rng.normal(size=(n, 1))),
        ("n",): constant(n),
        ("r",): constant(r),
        ("u",): lambda get: g(get(("x",))),
        ("y",): lambda get: f(get(("u",))),
    }
    functions = {"g": Function(g), "f": Function(f)}
    return World(
        f"two stages: {n} numbers x, {r} numbers u, {q} numbers y, seed {seed}", rules, functions
    )


def from_three_to_two(seed):
    """The example of the Jacobian, with a cost J of the two results."""
    rng = np.random.default_rng(seed)
    f = lambda z: np.stack([z[..., 0, :] * z[..., 1, :], z[..., 1, :] + z[..., 2, :] ** 2], axis=-2)
    rules = {
        ("z",): constant(rng.normal(size=(3, 1))),
        ("a",): lambda get: f(get(("z",))),
        ("v",): constant(rng.normal(size=(3, 1))),
        ("u",): constant(rng.normal(size=(2, 1))),
        ("varepsilon",): constant(1e-3),
        ("J",): lambda get: np.sum(np.sin(get(("a",))) + get(("a",)) ** 2, keepdims=True),
    }
    text = f"three numbers z, two numbers a = f(z), seed {seed}"
    return World(text, rules, {"f": Function(f)}, small="varepsilon")


def unit(g, **more):
    """One unit and one example, with z on both sides of 0 and of 1."""
    make = network(g, L=1, n_last=1, examples=1, **more)

    def place(seed):
        world = make(seed)
        z = (-2.3, 0.4, 1.7, -0.6, 3.1, -1.2)[seed % 6]
        b = world.values.get(("b", 1)) + z - world.values.get(("z", 1))
        text = f"{world.description}, z = {z}"
        return replace(world, description=text, rules=world.rules | {("b", 1): constant(b)})

    return place


def column(g, **more):
    return network(g, L=1, examples=1, **more)


def bit_world(seed, sizes, units=lambda x, y: {}, functions=None):
    """All inputs of n bits, as columns in random order, and their parity y."""
    n = sizes[seed % len(sizes)]
    x = np.random.default_rng(seed).permutation(np.indices((2,) * n).reshape(n, -1), axis=1)
    y = x.sum(axis=0, keepdims=True) % 2
    arrays = {("a", 0): x, ("y",): y} | units(x, y)
    rules = {key: constant(array) for key, array in arrays.items()}
    text = f"all inputs of {n} bits, seed {seed}"
    return World(text, rules, functions or {}, same={("x",): ("a", 0)})


def two_bits(seed):
    return bit_world(seed, [2])


def some_bits(seed):
    return bit_world(seed, [3, 4, 5])


def counting(seed):
    """A hidden layer whose unit j starts when j bits are 1."""

    def units(x, y):
        return {("a", 1): np.maximum(0, x.sum(axis=0) - np.arange(len(x))[:, None])}

    return bit_world(seed, [3, 4, 5], units=units)


def odd_inputs(seed):
    """A hidden layer with a unit for each odd input, which only that input reaches."""

    def units(x, y):
        w = 2 * x[:, y[0] == 1].T - 1
        return {("w", 1): w, ("b", 1): 1 - np.sum(w > 0, axis=1, keepdims=True)}

    return bit_world(seed, [3, 4], units=units)


def folding(seed):
    """Four bits, and the function that folds the interval from 0 to 1."""
    tent = Function(lambda x: np.where(x.real < 0.5, 2 * x, 2 - 2 * x), of_numbers=True)
    return bit_world(seed, [4], functions={"f": tent})


def in_the_interval(seed):
    world = folding(seed)
    x = np.random.default_rng(seed).uniform(seed % 2 / 2, seed % 2 / 2 + 0.5)
    return World(f"x = {x:.3f}", {("x",): constant(x)}, world.functions)


def in_rows(make):
    """The same networks with examples as rows: every matrix is transposed."""

    def turned(function):
        return Function(lambda *arrays: function.compute(*(np.swapaxes(x, -1, -2) for x in arrays)))

    def make_rows(seed):
        world = make(seed)
        rules, layers = dict(world.rules), range(1, world.L + 1)
        for key in [("a", 0), ("y",), *((name, l) for name in "wb" for l in layers)]:
            rules[key] = constant(world.values.get(key).T)
        functions = {"ell": turned(world.functions["ell"])}
        for l in layers:
            of_columns = turned(world.functions["g", l])
            g = functions["g", l] = Function(
                lambda Z, f=of_columns: np.swapaxes(f.compute(Z), -1, -2)
            )
            rules["z", l] = lambda get, l=l: get(("a", l - 1)) @ get(("w", l)) + get(("b", l))
            rules["a", l] = lambda get, l=l, g=g: g.compute(get(("z", l)))
        loss, A = functions["ell"].compute, ("a", world.L)
        rules["ell",] = lambda get: loss(get(A), get(("y",)))
        text = f"{world.description}, in rows"
        return replace(world, description=text, rules=rules, functions=functions, rows=True)

    return make_rows


# What each chapter speaks about. An equation is evaluated in the first kind of world that has all
# its quantities: z_{j,i}^{[l]} belongs to a network, z_j to one layer and one example, z to a unit.

CHAPTERS = {
    "01_notation": [
        network(mixing),
        network(mixing, L=2, examples=1),
        column(bending),
        unit(bending),
        initialized,
    ],
    "02_vectorization": [network(mixing)],
    "03_chain_rule": [one_variable, two_numbers, two_stages, from_three_to_two],
    "04_backpropagation": [
        network(mixing, targets=unnamed_targets),
        network(bending, targets=unnamed_targets),
        network(mixing, identity, squared),
        network(bending, examples=1),
        column(cumulative),
    ],
    "05_relu": [network(relu, exact=True), unit(relu)],
    "06_sigmoid": [network(sigmoid), unit(sigmoid)],
    "07_tanh": [network(tanh), unit(tanh)],
    "08_softmax": [network(softmax), column(softmax, targets=any_shift)],
    "09_binary": [
        network(tanh, sigmoid, binary_entropies, n_last=1),
        unit(sigmoid, loss=binary_entropies),
    ],
    "10_multiclass": [
        network(tanh, softmax, cross_entropy, shares),
        network(tanh, softmax, cross_entropy, classes),
        column(softmax, loss=cross_entropy, targets=classes),
    ],
    "11_multilabel": [
        network(tanh, sigmoid, binary_entropies),
        column(sigmoid, loss=binary_entropies),
    ],
    "12_training": [network(bending, small="alpha")],
    "13_dialects": [
        network(tanh, sigmoid, binary_entropies),
        network(tanh, softmax, cross_entropy, shares, examples=1),
    ],
    "14_depth": [some_bits, counting, odd_inputs, folding, in_the_interval],
    "15_beyond": [network(bending)],
}

# Equations in rows, in a chapter that has both: their labels begin with eq:rows-.
ROWS = {
    "13_dialects": [
        in_rows(network(tanh, softmax, cross_entropy, shares)),
        in_rows(network(tanh, softmax, cross_entropy, classes)),
    ],
}

# Equations that speak about less: about networks of two layers, or inputs of so many bits.
ONLY = {
    "eq:rows-two-layer": [in_rows(network(tanh, softmax, cross_entropy, shares, L=2))],
    "eq:xor": [two_bits],
    "eq:parity-folded": [folding],
}

# Theorems that speak about more: they are evaluated in these kinds of worlds too.
ALSO = {
    "eq:seed": [
        network(tanh, sigmoid, binary_entropies, n_last=1),
        network(tanh, softmax, cross_entropy, shares),
        network(tanh, identity, squared),
    ],
}
