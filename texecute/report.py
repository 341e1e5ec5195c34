"""Say what came of a formula: in words, in colour, as HTML, as JSON."""

import html
import textwrap

FINE = {"true", "shape", "definition", "refuted"}
COLOURS = {"true": 32, "definition": 34, "shape": 34, "refuted": 35}
SIGNS = {"true": "✓", "definition": "≔", "shape": "✓", "refuted": "✓"}


def as_dict(result):
    """A result in plain data, for JSON."""
    return {
        "label": result.label,
        "latex": result.latex,
        "verdict": result.verdict,
        "message": result.message,
        "reads_as": ", \\quad ".join(result.readings),
        "hypotheses": result.hypotheses,
        "steps": [
            {
                "relation": step.relation, "left": step.left, "right": step.right,
                "verdict": step.verdict, "message": step.message, "values": list(step.values),
                "place": step.place.strip(), "instance": step.instance,
                "evaluated": step.evaluated, "instances": step.instances, "example": step.example,
                "error": step.error,
            }
            for step in result.steps
        ],
    }  # fmt: skip


def as_text(result, colour=False):
    """The verdict, and of what is not fine the step, both values, where, and what it was read as."""
    name = result.label or shortened(result.latex)
    lines = [f"{SIGNS.get(result.verdict, '✗')} {result.verdict.upper():10} {name}"]
    if colour:
        lines[0] = f"\x1b[{COLOURS.get(result.verdict, 31)}m{lines[0]}\x1b[0m"
    if result.verdict not in FINE:
        lines += [f"    {line}" for line in details(result)]
    return "\n".join(lines)


def details(result):
    steps = [step for step in result.steps if step.verdict not in FINE]
    if result.verdict == "unread":
        yield from pointed(result)
        return
    for step in steps[:1]:
        yield f"step {result.steps.index(step) + 1} of {len(result.steps)}:"
        yield f"    {flat(step.left)}"
        yield f"    {step.relation} {flat(step.right)}"
        yield step.message
        if step.instance:
            yield f"in {step.instance}"
        if step.reading:
            yield f"read as: {step.reading}"


def pointed(result):
    """The formula with a mark under what could not be read."""
    if result.span is None:
        yield flat(result.latex)
    else:
        start, end = result.span
        begin = result.latex.rfind("\n", 0, start) + 1
        stop = result.latex.find("\n", start)
        stop = len(result.latex) if stop < 0 else stop
        first = max(begin, start - 60)
        yield result.latex[first : min(stop, first + 100)]
        yield " " * (start - first) + "^" * max(1, min(end, stop) - start)
    yield result.message


def flat(latex):
    return shortened(" ".join(latex.split()), 90)


def shortened(text, width=60):
    return textwrap.shorten(" ".join(text.split()), width, placeholder=" …")


def as_html(result):
    """A box for a notebook: the verdict, the formula, and what is wrong."""
    colour = "#2e7d32" if result.verdict in FINE else "#b3261e"
    name = html.escape(shortened(result.label or result.latex, 90))
    sign = f"<b>{SIGNS.get(result.verdict, '✗')} {result.verdict}</b>"
    rows = [f"{sign} <code>{name}</code>"]
    if result.verdict not in FINE:
        rows += [html.escape(line) for line in details(result)]
    body = "<br>".join(row.replace("  ", "&nbsp; ") for row in rows)
    style = (
        f"border-left:3px solid {colour};padding-left:.7em;margin:.5em 0;font:.875em/1.5 monospace"
    )
    return f"<div style='{style};overflow-wrap:anywhere'>{body}</div>"


def summary(results):
    """How many formulas came out how."""
    counts = {}
    for result in results:
        counts[result.verdict] = counts.get(result.verdict, 0) + 1
    return f"{len(results)} formulas: " + ", ".join(
        f"{n} {verdict}" for verdict, n in counts.items()
    )
