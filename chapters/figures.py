"""Drawing helpers of the chapters. Importing this module sets the book's style."""

from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch

plt.style.use(Path(__file__).with_name("course.mplstyle"))

FORWARD, BACKWARD, INK, FAINT = "#1f5a96", "#b04f0c", "#333333", "#9a9a9a"


def draw_network(n, names=None):
    """A fully connected network with n[l] units in layer l, input at the left."""
    fig, ax = plt.subplots(figsize=(5.2, 0.62 * max(n) + 0.5))
    place = [
        [(2.2 * l, (size - 1) / 2 - j) for j in range(size)]
        for l, size in enumerate(n)
    ]
    for left, right in pairwise(place):
        for x0, y0 in left:
            for x1, y1 in right:
                ax.plot(
                    [x0, x1],
                    [y0, y1],
                    color=FAINT,
                    linewidth=0.7,
                    linestyle="-",
                    zorder=1,
                )
    for l, layer in enumerate(place):
        for j, (x, y) in enumerate(layer):
            ax.add_patch(
                plt.Circle(
                    (x, y), 0.36, facecolor="white", edgecolor=INK, zorder=2
                )
            )
            text = names[l][j] if names else f"$a_{j + 1}^{{[{l}]}}$"
            ax.text(x, y, text, ha="center", va="center", zorder=3)
        label = "layer 0: input" if l == 0 else f"layer {l}"
        ax.text(
            2.2 * l,
            -max(n) / 2 - 0.35,
            label,
            ha="center",
            va="center",
            color=INK,
        )
    ax.set(
        xlim=(-0.7, 2.2 * (len(n) - 1) + 0.7),
        ylim=(-max(n) / 2 - 0.6, max(n) / 2),
        aspect="equal",
    )
    ax.axis("off")
    return fig


def depths(nodes):
    """How many steps each node of a graph lies above the numbers it starts from."""
    depth = {}

    def visit(u):
        if id(u) not in depth:
            below = [
                visit(parent) for parent, _ in u.parents if id(parent) in nodes
            ]
            depth[id(u)] = 1 + max(below, default=-1)
        return depth[id(u)]

    for u in nodes.values():
        visit(u)
    return depth


def draw_graph(named, across=None, down=None, width=4.4, pitch=0.95):
    """The computation graph of the Vars in `named` (label: Var), from top to bottom.

    In each box stand the value that flows forward and the derivative that flows back.
    `across` gives each node its place from 0 (left) to 1; without it a row is spread evenly.
    `down` gives each node its row; without it a node stands below everything it is made of.
    """
    nodes = {id(u): u for u in named.values()}
    depth = dict(zip(nodes, down)) if down else depths(nodes)
    rows = [
        [u for u in nodes if depth[u] == d]
        for d in range(max(depth.values()) + 1)
    ]
    even = {u: (j + 0.5) / len(row) for row in rows for j, u in enumerate(row)}
    x = dict(zip(nodes, across)) if across else even
    place = {u: (width * x[u], -pitch * depth[u]) for u in nodes}
    half = min(
        0.72, 0.46 * width / max(map(len, rows))
    )  # half the width of a box
    fig, ax = plt.subplots(figsize=(width, pitch * len(rows)))
    for u, (x1, y1) in place.items():
        for parent, _ in nodes[u].parents:
            if id(parent) in place:
                x0, y0 = place[id(parent)]
                lean = 0.4 * half * np.sign(x1 - x0)
                arrow = {
                    "arrowstyle": "-|>",
                    "color": FAINT,
                    "shrinkA": 1,
                    "shrinkB": 1,
                }
                start, end = (x0 + lean, y0 - 0.28), (x1 - lean, y1 + 0.28)
                ax.annotate("", xy=end, xytext=start, arrowprops=arrow)
    for label, u in named.items():
        x1, y1 = place[id(u)]
        box = FancyBboxPatch(
            (x1 - half, y1 - 0.28), 2 * half, 0.56, boxstyle="round,pad=0,rounding_size=0.08",
            facecolor="white", edgecolor=FAINT, linewidth=0.8,
        )  # fmt: skip
        ax.add_patch(box)
        ax.text(
            x1, y1 + 0.12, f"${label}$", ha="center", va="center", color=INK
        )
        small = {"ha": "center", "va": "center", "size": 9.3}
        left, right, y = x1 - 0.48 * half, x1 + 0.48 * half, y1 - 0.13
        ax.text(left, y, f"{u.value:.3g}", color=FORWARD, **small)
        ax.text(
            right, y, f"{u.grad:.3g}", color=BACKWARD, style="italic", **small
        )
    ax.set(
        xlim=(0, width),
        ylim=(-pitch * (len(rows) - 0.5), 0.5 * pitch),
        aspect="equal",
    )
    ax.axis("off")
    return fig


def print_graph(named):
    """The same graph as a table."""
    rows = {label.replace("\\", ""): u for label, u in named.items()}
    width = max(map(len, rows))
    print(f"{'node':<{width}}{'value':>9}{'derivative':>12}")
    for label, u in rows.items():
        print(f"{label:<{width}}{u.value:>9.4f}{u.grad:>12.4f}")


def decision_map(ax, predict, X, margin=0.4, points=200):
    """Shade the plane by predict((2, points²) array), which returns (1, points²) numbers in 0..1."""
    low, high = X.min(axis=1) - margin, X.max(axis=1) + margin
    x, y = np.meshgrid(
        np.linspace(low[0], high[0], points),
        np.linspace(low[1], high[1], points),
    )
    shade = predict(np.vstack([x.ravel(), y.ravel()])).reshape(x.shape)
    ax.contourf(
        x,
        y,
        shade,
        levels=np.linspace(0, 1, 11),
        cmap="Greys",
        vmin=0,
        vmax=2.5,
    )
    ax.contour(
        x, y, shade, levels=[0.5], colors=INK, linewidths=1.4, linestyles="-"
    )
