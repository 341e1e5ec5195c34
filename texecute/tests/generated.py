"""Formulas that are true by construction, and the same with one change.

    python -m texecute.tests.generated [COUNT]

Prints how many true ones were not called true (false alarms), and how many changed ones were (misses).
"""

import random
import sys
from collections import Counter

from texecute import Text

MODEL = r"""
x \in \mathbb{R}
y \in \mathbb{R}
s \in \mathbb{R}_{> 0}
u_i \in \mathbb{R}, i = 1, \dots, n
v_i \in \mathbb{R}, i = 1, \dots, n
w_{i,j} \in \mathbb{R}, i = 1, \dots, n, j = 1, \dots, m
A \in \mathbb{R}^{n \times m}
b \in \mathbb{R}^{n}
c \in \mathbb{R}^{m}
"""
FUNCTIONS = (r"\tanh", r"\sin", r"\cos", r"\sigma")


class Maker:
    """Random expressions, each with another way to write the same."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.letters = iter("ijkpqrghadefltz")  # each sum has its own

    def pick(self, *choices):
        return self.random.choice(choices)

    def pair(self, depth):
        """Two ways to write one number."""
        if depth == 0 or self.random.random() < 0.1:
            leaf = self.pick("x", "y", "s")
            return leaf, leaf
        makers = (self.sum, self.product, self.function, self.quotient, self.summed, self.matrix,
                  self.square, self.slope)  # fmt: skip
        return self.pick(*makers)(depth - 1)

    def sum(self, depth):
        (a, a2), (b, b2) = self.pair(depth), self.pair(depth)
        return self.pick(
            (f"({a}) + ({b})", f"({b2}) + ({a2})"),
            (f"({a}) - ({b})", f"-(({b2}) - ({a2}))"),
        )

    def product(self, depth):
        (a, a2), (b, b2), (c, c2) = self.pair(depth), self.pair(depth), self.pair(0)
        return self.pick(
            (rf"({a}) \cdot ({b})", rf"({b2}) \cdot ({a2})"),
            (rf"({a}) \cdot (({b}) + ({c}))", rf"({a2}) \cdot ({b2}) + ({a2}) \cdot ({c2})"),
        )

    def function(self, depth):
        a, a2 = self.pair(depth)
        f = self.pick(*FUNCTIONS)
        odd = {r"\tanh": "-", r"\sin": "-", r"\cos": ""}
        if f == r"\sigma":
            return rf"\sigma({a})", rf"1 - \sigma(-({a2}))"
        return f"{f}({a})", self.pick(f"{f}({a2})", f"{odd[f]}{f}(-({a2}))")

    def quotient(self, depth):
        (a, a2), (b, b2) = self.pair(depth), self.pair(depth)
        below, below2 = f"1 + ({b})^2", f"({b2})^2 + 1"
        return rf"\frac{{{a}}}{{{below}}}", rf"({a2}) \cdot \frac{{1}}{{{below2}}}"

    def square(self, depth):
        (a, a2), (b, b2) = self.pair(depth), self.pair(0)
        expanded = rf"({a2})^2 + 2 \cdot ({a2}) \cdot ({b2}) + ({b2})^2"
        return f"(({a}) + ({b}))^2", expanded

    def summed(self, depth):
        i, j = next(self.letters, None), next(self.letters, None)
        if j is None:
            return self.product(depth)
        a, a2 = self.pair(depth)
        return self.pick(
            (rf"\sum_{i} ({a}) \cdot u_{i}", rf"({a2}) \cdot \sum_{j} u_{j}"),
            (
                rf"\sum_{i} (u_{i} + v_{i}) \cdot ({a})",
                rf"(\sum_{i} ({a2}) \cdot u_{i}) + \sum_{j} v_{j} \cdot ({a2})",
            ),
            (rf"\sum_{i} \sum_{j} u_{i} w_{{{i},{j}}}", rf"\sum_{{{i},{j}}} w_{{{i},{j}}} u_{i}"),
        )

    def matrix(self, depth):
        a, a2 = self.pair(depth)
        return self.pick(
            (rf"b^\top A c \cdot ({a})", rf"({a2}) \cdot (c^\top A^\top b)"),
            (rf"({a}) \cdot \|b\|^2", rf"b^\top b \cdot ({a2})"),
        )

    def slope(self, depth):
        a, a2 = self.pair(0)
        return self.pick(
            (r"\frac{d \tanh(x)}{dx}", r"1 - \tanh(x)^2"),
            (r"\frac{d}{dx} \sin(x \cdot y)", r"y \cdot \cos(y \cdot x)"),
            (
                rf"\frac{{\partial (u_1^2 \cdot ({a}))}}{{\partial u_1}}",
                rf"2 \cdot u_1 \cdot ({a2})",
            ),
        )


def planted(random_, latex):
    """One sign, number, function or index changed; None if there is nothing to change."""
    swaps = [(" + ", " - "), (" - ", " + "), (r"\tanh", r"\sin"), (r"\sin", r"\cos"), (r"\cos", r"\sin"),
             ("2", "3"), ("u_", "v_"), (r"\sigma", r"\tanh"), ("x", "y"), ("y", "x"), ("s", "2")]  # fmt: skip
    places = []
    for old, new in swaps:
        start = latex.find(old)
        while start >= 0:
            word = old.isalpha() and latex[max(0, start - 1)].isalpha()  # the s of \sin
            follows = old.isalpha() and latex[start + len(old) : start + len(old) + 1].isalpha()
            if not word and not follows and "\\" not in latex[max(0, start - 4) : start] + " ":
                places.append((start, old, new))
            start = latex.find(old, start + 1)
    if not places:
        return None
    start, old, new = random_.choice(places)
    return latex[:start] + new + latex[start + len(old) :]


def run(count, depth=8):
    """(what came of the true ones, what came of the changed ones, the misses)."""
    text = Text()
    text.begin(MODEL)
    right, wrong, missed = Counter(), Counter(), []
    for seed in range(count):
        maker = Maker(seed)
        one, other = maker.pair(1 + seed % depth)
        right[text.check(f"{one} = {other}").verdict] += 1
        changed = planted(maker.random, other)
        if changed is not None:
            verdict = text.check(f"{one} = {changed}").verdict
            wrong[verdict] += 1
            if verdict == "true":
                missed.append((f"{one} = {changed}", other))
    return right, wrong, missed


if __name__ == "__main__":
    right, wrong, missed = run(int((sys.argv[1:] or ["1000"])[0]))
    print("true by construction:", dict(right))
    print("with one change:     ", dict(wrong))
    for formula, before in missed:
        print(formula, "   from", before)
