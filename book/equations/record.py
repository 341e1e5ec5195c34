"""What a run found, kept for the site: one entry for each equation, and what it was made from.

python -m book.equations.record    write the figures of the last run into README.md
"""

import hashlib
import json
import re
from pathlib import Path

import nnlib
from book.contents import CHAPTERS, ROOT
from book.equations.check import SCHEMATIC, equations

RECORD = ROOT / "_build" / "equations.json"
NOTEBOOKS = sorted(CHAPTERS.glob("*.ipynb"))


def number(equation):
    """The number that the site gives an equation: (8.3) is the third of chapter 8."""
    return f"{int(equation.chapter[:2])}.{equation.number}"


def digest():
    """Changes with every equation, with the programs that check them and with nnlib."""
    found = [(x.chapter, x.label, x.latex) for path in NOTEBOOKS for x in equations(path)]
    here = Path(__file__).parent
    sources = [*here.glob("*.py"), *here.glob("*.lark"), *(ROOT / "nnlib").glob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in sorted(sources)]
    return hashlib.sha256(json.dumps([found, texts]).encode()).hexdigest()


def entry(equation, functions):
    """What the site shows of an equation. functions : {name: {label: error}}."""
    return {
        "label": equation.label,
        "chapter": equation.chapter,
        "number": number(equation),
        "latex": equation.latex,
        "kind": equation.kind,
        "steps": len(equation.steps),
        "evaluated": sum(step.evaluated for step in equation.steps),
        "error": max((step.error for step in equation.steps), default=0.0),
        "worlds": equation.worlds,
        "refutation": next((step.refutation for step in equation.steps if step.refutation), ""),
        "reason": SCHEMATIC.get(equation.label, ""),
        "functions": [
            f"{getattr(nnlib, name).__module__}.{name}"
            for name, labels in functions.items()
            if equation.label in labels
        ],
    }


def count(n, what):
    """A number with its noun: 1 step, 12 345 evaluations."""
    return f"{grouped(n)} {what}{'s' * (n != 1)}"


def grouped(n):
    return f"{n:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def summary(entries):
    """What was checked and what was not, with the figures of a run."""
    executed = [entry for entry in entries if entry["kind"] != "schematic"]
    refuted = sum(bool(entry["refutation"]) for entry in entries)
    share = "All" if len(executed) == len(entries) else f"{len(executed)} of the"
    steps = sum(entry["steps"] for entry in executed)
    evaluations = count(sum(entry["evaluated"] for entry in executed), "evaluation")
    return (
        f"{share} {len(entries)} displayed equations are executed: each of their {steps} steps, from"
        " one equals sign to the next, is read from its LaTeX and evaluated in small random"
        f" networks, {evaluations} in all; {refuted} equations are false on purpose, to show a"
        " mistake, and have to come out false. The prose, and formulas within a sentence, are not"
        " checked."
    )


def write(checked, functions):
    entries = [entry(equation, functions) for equation in checked]
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(
        json.dumps({"digest": digest(), "equations": entries}, indent=1), encoding="utf-8"
    )


def load():
    """The entries of the last run. ValueError if there is none, or something changed since."""
    command = "run: python -m book.equations"
    if not RECORD.exists():
        raise ValueError(f"the equations have not been checked; {command}")
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    if record["digest"] != digest():
        raise ValueError(f"the equations, or what checks them, have changed since; {command}")
    return record["equations"]


def main():
    readme = ROOT / "README.md"
    marks = r"(<!-- figures[^>]*-->\n).*?(<!-- end of figures -->)"
    text = rf"\g<1>{summary(load())}\n\g<2>"
    readme.write_text(
        re.sub(marks, text, readme.read_text(encoding="utf-8"), flags=re.S), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
