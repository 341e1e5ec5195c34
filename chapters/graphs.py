"""A computation graph of Vars, as a drawing to step through and as a table."""

import json
import re
from html import escape
from itertools import groupby
from pathlib import Path

WIDTH = 328  # of the drawing: what a phone has room for
SMALL = 11 / 14  # of a second line, against the first
PIECE = re.compile(
    r"(?P<name>[a-z]_(?:\{.*?\}|.))|(?P<number>\d+)|\\(?P<function>\w+)"
    r"|(?P<sign>[-+/(),])"
)
TOKEN = re.compile(r"\\?[A-Za-z]+|_\{.*?\}|_.|.")
ITALIC = ' font-style="italic" font-family="KaTeX_Math, serif"'
SCRIPT = Path(__file__).with_name("graphs.js").read_text(encoding="utf-8")


class Graph:
    """The graph of the Vars in `named` (label: Var), from top to bottom.

    of : the letter of the result, whose derivatives flow back.
    across : the place of each node from 0 (left) to 1; if left out, every row
    is spread evenly. down : the row of each node; if left out, a node stands
    below everything that it is made of.
    """

    def __init__(self, named, of, across=None, down=None):
        self.nodes, self.of = list(named.values()), of
        self.labels = list(named)
        self.names = [label.split(" = ")[0] for label in named]
        self.down = down or self.depths()
        across = across or self.evenly()
        self.places = list(zip(across, self.down))

    def arrows(self):
        """Pairs of places in the list of nodes: from a parent to its child."""
        place = {id(u): n for n, u in enumerate(self.nodes)}
        for child, u in enumerate(self.nodes):
            for parent, slope in u.parents:
                if id(parent) in place:
                    yield place[id(parent)], child, slope

    def depths(self):
        depth = [0] * len(self.nodes)
        for parent, child, _ in self.arrows():  # parents come first
            depth[child] = max(depth[child], depth[parent] + 1)
        return depth

    def evenly(self):
        rows = {row: self.down.count(row) for row in self.down}
        return [
            (self.down[:n].count(row) + 0.5) / rows[row]
            for n, row in enumerate(self.down)
        ]

    def paths(self, n):
        """How the derivative of node n is made of others: as a rule, and in numbers."""
        of, name = html(self.of), html(self.names[n])
        rule, numbers = [], []
        for parent, child, slope in self.arrows():
            if parent == n:
                above = html(self.names[child])
                rule.append(f"d{of}/d{above} · ∂{above}/∂{name}")
                numbers.append(
                    f"{signed(self.nodes[child].grad)} · {signed(slope)}"
                )
        return " + ".join(rule), " + ".join(numbers)

    def formulas(self):
        """How each node is computed from the list v of values, in JavaScript; None for inputs."""
        place = {name: n for n, name in enumerate(self.names)}
        made = {child for _, child, _ in self.arrows()}
        return [
            script(label.split(" = ")[1], place) if n in made else None
            for n, label in enumerate(self.labels)
        ]

    def __repr__(self):
        width = max(map(len, self.names))
        lines = [f"{'node':<{width}}{'value':>9}{'derivative':>12}"]
        for name, u in zip(self.names, self.nodes):
            lines.append(f"{name:<{width}}{u.value:>9.4f}{u.grad:>12.4f}")
        return "\n".join(lines)

    def _repr_html_(self):
        return (
            f'<div class="graph" data-formulas="{escape(json.dumps(self.formulas()))}">'
            f"{self.drawing()}{CONTROLS}"
            "<details><summary>The graph as a table</summary>"
            f"{self.table()}</details><script>{SCRIPT}</script></div>"
        )

    def table(self):
        head = "".join(
            f'<th scope="col">{text}</th>'
            for text in (
                "node",
                "value",
                "from above",
                f"d{html(self.of)}/dnode",
            )
        )
        rows = "".join(
            f'<tr><th scope="row">{html(label)}</th><td>{number(u.value)}</td>'
            f"<td>{'<br>= '.join(filter(None, self.paths(n)))}</td>"
            f"<td>{number(u.grad)}</td></tr>"
            for n, (label, u) in enumerate(zip(self.labels, self.nodes))
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"

    def drawing(self):
        crowd = max(self.down.count(row) for row in self.down)
        tall = crowd > 3  # too narrow for two numbers side by side
        half_height, pitch = (34, 96) if tall else (19, 68)
        room = WIDTH / crowd - 6
        boxes = []
        for (x, row), label, name in zip(
            self.places, self.labels, self.names
        ):
            alone = self.down.count(row) == 1 and (
                not tall or row == max(self.down)
            )
            fits = length(label) + 12 < (220 if alone else room)
            text = label if fits and (alone or not tall) else name
            wide = max(length(text) + 14, 66 if tall else 104)
            half = min(wide, 220 if alone else room) / 2
            made = label[len(name) :] if tall and text == name else ""
            beside = WIDTH / self.down.count(row) - 6
            if SMALL * length(made) + 2 < beside:  # a second line
                half = max(half, SMALL * length(made) / 2 + 3)
            else:
                made = ""
            x = min(max(x * WIDTH, half + 1), WIDTH - half - 1)
            boxes.append((x, (row + 0.5) * pitch, half, text, made))
        parts = [
            arrow(
                *boxes[parent][:3],
                *boxes[child][:3],
                half_height,
                parent,
                child,
                slope,
            )
            for parent, child, slope in self.arrows()
        ]
        parts += [
            box(*boxes[n], half_height, u, tall)
            for n, u in enumerate(self.nodes)
        ]
        height = (max(self.down) + 1) * pitch
        about = f"Computation graph with {len(self.nodes)} nodes"
        return (
            f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{about};'
            f' the table below has all its numbers" fill="none" stroke="currentColor"'
            f' style="display:block;width:100%;max-width:26rem;margin:0 auto">'
            f"{''.join(parts)}</svg>"
        )


CONTROLS = (
    '<div class="graph-controls" role="group" aria-label="Step through the graph"'
    ' hidden style="text-align:center"><button type="button">play</button> '
    '<button type="button" aria-label="previous">\N{LEFTWARDS ARROW}</button> '
    '<button type="button" aria-label="next">\N{RIGHTWARDS ARROW}</button> '
    '<label hidden>your guess <input type="number" step="any"></label>'
    '<div class="inputs"></div>'
    '<p aria-live="polite"></p></div>'
)


def script(formula, place):
    """A formula such as -(u_1 + u_2) / 2 or u_1 u_4 for the browser."""
    parts, before = [], None
    for piece in PIECE.finditer(formula):
        kind, text = piece.lastgroup, piece.group(piece.lastgroup)
        opens = kind != "sign" or text == "("
        if opens and (before in ("name", "number") or before == ")"):
            parts.append("*")  # a product is written without a sign
        if kind == "name":
            parts.append(f"v[{place[text]}]")
        else:
            parts.append(f"Math.{text}" * (kind == "function") or text)
        before = text if kind == "sign" else kind
    return "".join(parts)


def number(value):
    """Four digits, for the table and the steps."""
    return f"{value:.4g}".replace("-", "\N{MINUS SIGN}")


def short(value):
    """At most three decimals, for the drawing."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return text.replace("-", "\N{MINUS SIGN}")


def signed(value):
    """A number as a factor: in parentheses if it is negative."""
    return f"({number(value)})" if value < 0 else number(value)


def marks(label):
    """The pieces of a label such as u_{1,2} = \\exp(u_0): text and its kind."""
    for token in TOKEN.findall(label):
        if token[0] == "_":
            yield (
                "sub",
                token[1:].strip("{}").replace("-", "\N{MINUS SIGN}"),
            )
        elif token[0] == "\\":
            yield "plain", token[1:]
        else:
            kind = "letter" if token.isalpha() else "plain"
            yield kind, token.replace("-", "\N{MINUS SIGN}")


def length(label):
    """About how wide a label is in the drawing."""
    wide = {"sub": 5.2, "letter": 7.2, "plain": 5.6}
    return sum(wide[kind] * len(text) for kind, text in marks(label))


def html(label):
    tags = {"sub": "<sub>{}</sub>", "letter": "<i>{}</i>", "plain": "{}"}
    return "".join(
        tags[kind].format(escape(text)) for kind, text in marks(label)
    )


def svg(label, index=9.5):
    """The label as pieces of an SVG text; what follows an index goes back up."""
    pieces, low = [], False
    for kind, group in groupby(marks(label), key=lambda mark: mark[0]):
        text = escape("".join(text for _, text in group))
        style = ITALIC * (kind == "letter")
        style += f' font-size="{index}"' * (kind == "sub")
        shift = 3.5 * ((kind == "sub") - low)
        low = kind == "sub"
        pieces.append(f'<tspan dy="{shift:g}"{style}>{text}</tspan>')
    return "".join(pieces)


def arrow(
    x0, y0, half0, x1, y1, half1, half_height, parent, child, slope
):
    """A line from the lower edge of a box to the upper of another, with a head for either way."""
    lean = (x1 - x0) / WIDTH
    x0, x1 = x0 + lean * half0, x1 - lean * half1
    y0, y1 = y0 + half_height, y1 - half_height
    long = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    dx, dy = 6 * (x1 - x0) / long, 6 * (y1 - y0) / long
    return (
        f'<g class="arrow" data-from="{parent}" data-to="{child}" opacity="0.55">'
        f'<path d="M{x0 + dx:.1f} {y0 + dy:.1f}L{x1 - dx:.1f} {y1 - dy:.1f}"/>'
        f"{head('to', x1, y1, dx, dy)}{head('from', x0, y0, -dx, -dy)}"
        f'<text class="slope" x="{(x0 + x1) / 2:.1f}" y="{(y0 + y1) / 2 + 4:.1f}"'
        ' text-anchor="middle" font-size="12" fill="currentColor" stroke="none"'
        f' style="display:none">\N{MULTIPLICATION SIGN} {short(slope)}</text></g>'
    )


def head(kind, x, y, dx, dy):
    """A triangle with its tip at x, y that points along dx, dy."""
    left = f"{x - dx - dy / 2:.1f},{y - dy + dx / 2:.1f}"
    right = f"{x - dx + dy / 2:.1f},{y - dy - dx / 2:.1f}"
    hidden = ' style="display:none"' * (kind == "from")
    return (
        f'<path class="{kind}"{hidden} d="M{x:.1f},{y:.1f} {left} {right}z"'
        ' fill="currentColor" stroke="none"/>'
    )


def box(x, y, half, text, made, half_height, u, tall):
    """A box with a name, the value (left) and the derivative (right, slanted)."""
    if tall:
        left = right = f'text-anchor="middle" x="{x:.1f}"'
        top, low, lower = (-20, 11, 26) if made else (-11, 5, 20)
    else:
        longer = len(short(u.value)) - len(short(u.grad))
        between = x + 3.6 * longer  # the pair stands in the middle
        left = f'text-anchor="end" x="{between - 5:.1f}"'
        right = f'text-anchor="start" x="{between + 5:.1f}"'
        top, low, lower = -4, 12, 12
    return (
        f'<g class="node" data-value="{float(u.value)!r}"><rect x="{x - half:.1f}" y="{y - half_height}" rx="5"'
        f' width="{2 * half:.1f}" height="{2 * half_height}" stroke-opacity="0.55" pointer-events="all"/>'
        '<g stroke="none" font-size="12.5">'
        f'<text x="{x:.1f}" y="{y + top}" fill="currentColor" text-anchor="middle"'
        f' font-family="KaTeX_Main, serif" font-size="14">{svg(text)}</text>'
        f"{second(x, y - 5, made)}"
        f'<text class="value" {left} y="{y + low}" fill="#1f5a96">'
        f"{short(u.value)}</text>"
        f'<text class="grad" {right} y="{y + lower}" fill="#b04f0c"'
        f' font-style="italic">{short(u.grad)}</text></g></g>'
    )


def second(x, y, made):
    """What a node is made of, below its name."""
    if not made:
        return ""
    return (
        f'<text x="{x:.1f}" y="{y}" fill="currentColor" text-anchor="middle"'
        f' font-family="KaTeX_Main, serif" font-size="11">{svg(made, 9)}</text>'
    )
