"""Trains the network that a reader has put together, from mine.py, on handwritten digits."""

import numpy as np
from datasets import digits
from mine import backward, cost_and_seed, forward, train

X, y = digits()
held_out = np.arange(len(y)) % 5 == 0
rng = np.random.default_rng(0)
n = [64, 32, 10]
params = {
    l: (
        rng.normal(size=(n[l], n[l - 1])) / np.sqrt(n[l - 1]),
        np.zeros((n[l], 1)),
    )
    for l in range(1, len(n))
}
pieces = forward, backward, cost_and_seed
params = train(
    params,
    X[:, ~held_out],
    y[~held_out],
    *pieces,
    lr=0.3,
    epochs=30,
    size=32,
    rng=rng,
)
guesses = np.argmax(forward(params, X[:, held_out])[len(params)], axis=0)
right = np.mean(guesses == y[held_out])
print(f"{right:.3f} of the digits held out are right")
