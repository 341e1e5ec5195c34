"""Drawing helpers of the chapters. Importing this module sets the book's style.

Figures are SVG whose text is text, in the faces of the book's pages.
"""

from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.font_manager import fontManager
from matplotlib_inline.backend_inline import set_matplotlib_formats

for font in Path(__file__).with_name("fonts").glob("*.ttf"):
    fontManager.addfont(font)
set_matplotlib_formats("svg", bbox_inches=None, metadata={"Date": None})
plt.style.use(Path(__file__).with_name("course.mplstyle"))

INK, FAINT = "#333333", "#9a9a9a"


def draw_network(n, names=None, weight=None):
    """A fully connected network with n[l] units in layer l, input at the left.

    weight : the l, j and k of one weight, which is drawn in blue and named.
    """
    fig, ax = plt.subplots(figsize=(5.0, 0.62 * max(n) + 0.5))
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
                    (x, y),
                    0.36,
                    facecolor="white",
                    edgecolor=INK,
                    zorder=2,
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
    if weight:
        l, j, k = weight
        ends = place[l - 1][k - 1], place[l][j - 1]
        ax.plot(*zip(*ends), color="C0", linestyle="-", zorder=1)
        x, y = np.average(ends, axis=0, weights=[0.62, 0.38])
        name = f"$w_{{{j},{k}}}^{{[{l}]}}$"
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        ax.text(
            x, y, name, ha="center", va="center", color="C0", bbox=behind
        )
    ax.set(
        xlim=(-0.7, 2.2 * (len(n) - 1) + 0.7),
        ylim=(-max(n) / 2 - 0.6, max(n) / 2),
        aspect="equal",
    )
    ax.axis("off")
    return fig


def decision_map(ax, predict, X, margin=0.4, points=80):
    """Shade the plane by predict((2, points²) array), which returns (1, points²) numbers in 0..1."""
    low, high = X.min(axis=1) - margin, X.max(axis=1) + margin
    x, y = np.meshgrid(
        np.linspace(low[0], high[0], points),
        np.linspace(low[1], high[1], points),
    )
    shade = predict(np.vstack([x.ravel(), y.ravel()])).reshape(x.shape)
    ax.imshow(
        shade,
        extent=[low[0], high[0], low[1], high[1]],
        origin="lower",
        aspect="auto",
        interpolation="bilinear",
        cmap=LinearSegmentedColormap.from_list(
            "no to yes", ["#9dbcdc", "#ffffff", "#efb48f"]
        ),
        vmin=0,
        vmax=1,
    )
    ax.contour(
        x,
        y,
        shade,
        levels=[0.5],
        colors=INK,
        linewidths=1.4,
        linestyles="-",
    )
    ax.grid(visible=False)


def draw_fans(below, above):
    """One unit that reads the whole layer below, and one activation that feeds the whole layer."""
    fig, axes = plt.subplots(1, 2, figsize=(5.0, 2.9))
    left = [(0.0, (below - 1) / 2 - k) for k in range(below)]
    right = [(2.0, (above - 1) / 2 - j) for j in range(above)]
    titles = "forward: into unit $j$", "backward: into activation $k$"
    for ax, title, start, ends in zip(
        axes, titles, (right[1], left[1]), (left, right)
    ):
        forward = ends is left
        for n, end in enumerate(ends, start=1):
            gap = np.subtract(end, start)
            inner = 0.42 * gap / np.hypot(*gap)
            arrow = {
                "arrowstyle": "-|>",
                "color": "C0" if forward else "C1",
                "shrinkA": 0,
                "shrinkB": 0,
            }
            ax.annotate(
                "", xy=start + inner, xytext=end - inner, arrowprops=arrow
            )
            x, y = np.average([start, end], axis=0, weights=[0.45, 0.55])
            name = f"$w_{{2,{n}}}$" if forward else f"$w_{{{n},2}}$"
            behind = {
                "facecolor": "white",
                "edgecolor": "none",
                "pad": 0.6,
            }
            ax.text(x, y, name, ha="center", va="center", bbox=behind)
        for places, letter in (left, "a"), (right, "z"):
            for n, (x, y) in enumerate(places, start=1):
                chosen = (x, y) == start
                style = {
                    "edgecolor": INK
                    if chosen or places is ends
                    else FAINT
                }
                circle = plt.Circle(
                    (x, y),
                    0.38,
                    facecolor="white",
                    linewidth=1.6 if chosen else 0.8,
                    **style,
                )
                ax.add_patch(circle)
                ax.text(x, y, f"${letter}_{n}$", ha="center", va="center")
        ax.set(
            xlim=(-0.6, 2.6), ylim=(-above / 2, above / 2), aspect="equal"
        )
        ax.set_title(title, fontsize=10)
        ax.axis("off")
    return fig


def draw_matrices(*lines):
    """Lines of matrices and signs, such as "+". A matrix is a label and its rows, lists of texts.

    A text that begins with "~" is a copy, which broadcasting makes; one with "*" is to be marked.
    """
    size, gap = 0.5, 0.3
    fig, ax = plt.subplots(figsize=(5.0, 0.1))
    y, widest = 0.0, 0.0
    for line in lines:
        tall = max(
            len(item[1]) for item in line if not isinstance(item, str)
        )
        middle, x = y - size * tall / 2, 0.0
        for item in line:
            if isinstance(item, str):
                ax.text(
                    x + gap / 2, middle, item, ha="center", va="center"
                )
                x += 2 * gap
                continue
            label, rows = item
            longest = max(len(text) for row in rows for text in row)
            across = max(size, 0.17 * longest)
            top, wide = (
                middle + size * len(rows) / 2,
                across * len(rows[0]),
            )
            for (r, c), text in np.ndenumerate(np.array(rows)):
                copied, marked = (
                    text.startswith("~"),
                    text.startswith("*"),
                )
                corner = x + across * c, top - size * (r + 1)
                cell = plt.Rectangle(
                    corner,
                    across,
                    size,
                    facecolor="#c9dcef" if marked else "white",
                    edgecolor=FAINT if copied else INK,
                    linestyle=":" if copied else "-",
                    linewidth=0.8,
                    zorder=1 if copied else 2,
                )
                ax.add_patch(cell)
                where = corner[0] + across / 2, corner[1] + size / 2
                ax.text(
                    *where,
                    text.lstrip("~*"),
                    ha="center",
                    va="center",
                    color="#767676" if copied else INK,
                    zorder=3,
                )
            ax.text(
                x + wide / 2,
                y - size * tall - 0.3,
                label,
                ha="center",
                va="center",
            )
            x += wide + gap
        widest, y = max(widest, x - gap), y - size * tall - 0.85
    ax.set(xlim=(-0.1, widest + 0.1), ylim=(y + 0.3, 0.1), aspect="equal")
    ax.axis("off")
    fig.set_size_inches(5.0, 5.0 * (0.1 - y - 0.3) / (widest + 0.2))
    return fig
