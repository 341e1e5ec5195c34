"""Check the displayed equations of the book with texecute, and nnlib against them.

python -m book.equations             check, and keep what was found for the site
python -m book.equations --readme    write the figures of the last run into README.md

Ends with 1 if anything is false, unread or untested, or a function computes something else.
"""

import hashlib
import json
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nnlib
import texecute
from book import held
from book.contents import CHAPTERS, ROOT
from texecute.document import formulas_of
from texecute.latex import FormulaError
from texecute.project import NAME, Project
from texecute.report import FINE, as_text, summary

RECORD = ROOT / "_build" / "equations.json"
NOTEBOOKS = sorted(CHAPTERS.glob("*.ipynb"))


def displayed(path):
    """The displayed formulas of a notebook, in order."""
    return [formula for formula in formulas_of(path) if formula.displayed]


def check(paths=NOTEBOOKS):
    """What came of the equations of some notebooks, by path; {label: (Text, LaTeX)} at each of them;
    what came of the claims within sentences; and of the expressions there whose names are known.
    """
    results, texts, within, values = {}, {}, [], []
    with ProcessPoolExecutor() as pool:
        for path, found in zip(paths, pool.map(check_one, paths)):
            results[path] = found[0]
            texts |= found[1]
            within += found[2]
            values += found[3]
    Project(ROOT).finish(results)
    return results, texts, within, values


def check_one(path):
    """The same of one notebook."""
    results, texts, within, values = [], {}, [], []
    for text, formula in Project(ROOT).walk(path, within=True):
        if formula.displayed:
            results.append(text.check(formula.latex, formula.label))
            texts[formula.label] = text.copy(), formula.latex
        elif formula.claims:
            within.append(text.aside(formula.latex, f"{path.stem}, {formula.place}"))
        elif found := text.expression(formula.latex, f"{path.stem}, {formula.place}"):
            values.append(found)
    return results, texts, within, values


def digest():
    """Changes with every equation, with the programs that check them and with nnlib."""
    found = [(path.name, x.label, x.latex) for path in NOTEBOOKS for x in formulas_of(path)]
    checker = Path(texecute.__file__).parent
    sources = [
        *checker.glob("*.py"), *checker.glob("*.lark"), *(ROOT / "nnlib").glob("*.py"),
        ROOT / "book" / "notation.toml", ROOT / NAME, Path(__file__), Path(held.__file__),
    ]  # fmt: skip
    texts = [path.read_text(encoding="utf-8") for path in sorted(sources)]
    return hashlib.sha256(json.dumps([found, texts]).encode()).hexdigest()


def entries(results, functions):
    """What the site shows of each equation. functions : {name: {label: error}}."""
    return [
        entry(path.stem, number, result, functions)
        for path, found in results.items()
        for number, result in enumerate(found, 1)
    ]


def entry(chapter, number, result, functions):
    first = result.steps[0]
    wrong = next((step for step in result.steps if step.verdict == "refuted"), None)
    return {
        "label": result.label,
        "chapter": chapter,
        "number": f"{int(chapter[:2])}.{number}",
        "latex": result.latex,
        "verdict": result.verdict,
        "reads_as": result.readings,
        "hypotheses": result.hypotheses,
        "steps": sum(step.verdict != "definition" for step in result.steps),
        "evaluated": sum(step.evaluated for step in result.steps),
        "instances": max(step.instances for step in result.steps),
        "example": next((step.example for step in result.steps if step.example), first.example),
        "error": max(step.error for step in result.steps),
        "refutation": wrong and [*wrong.values, wrong.place.strip(), wrong.instance],
        "functions": [
            f"{getattr(nnlib, name).__module__}.{name}"
            for name, labels in functions.items()
            if result.label in labels
        ],
    }


def count(n, what):
    """A number with its noun: 1 step, 12 345 evaluations."""
    return f"{grouped(n)} {what}{'s' * (n != 1)}"


def grouped(n):
    return f"{n:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def figures(record):
    """What was checked and what was not, with the figures of a run."""
    found = record["equations"]
    claims = [x for x in found if x["verdict"] in ("true", "shape", "refuted")]
    defined = sum(x["verdict"] == "definition" for x in found)
    refuted = sum(x["verdict"] == "refuted" for x in found)
    return (
        f"All {len(found)} displayed equations are read from their LaTeX. {defined} of them define"
        f" what the others speak of; {len(claims)} claim something, in"
        f" {count(sum(x['steps'] for x in found), 'step')} from one sign of equality to the next, and"
        " each step is evaluated on random numbers that fit the definitions before it,"
        f" {count(sum(x['evaluated'] for x in found), 'comparison')} in all. {refuted} equations are"
        f" false on purpose, to show a mistake, and have to come out false. {record['within']} formulas"
        f" within sentences define or claim something and are checked alike; {record['expressions']} that"
        " claim nothing have names that are known and shapes that fit. Numbers that agree are no proof,"
        " and words are not checked."
    )


def write(found, within, values):
    RECORD.parent.mkdir(exist_ok=True)
    counts = {"within": len(within), "expressions": len(values)}
    record = {"digest": digest(), **counts, "equations": found}
    text = json.dumps(record, indent=1, ensure_ascii=False)
    RECORD.write_text(text, encoding="utf-8")


def load():
    """The record of the last run. ValueError if there is none, or something changed since."""
    command = "run: python -m book.equations"
    if not RECORD.exists():
        raise ValueError(f"the equations have not been checked; {command}")
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    if record["digest"] != digest():
        raise ValueError(f"the equations, or what checks them, have changed since; {command}")
    return record


def write_readme():
    readme = ROOT / "README.md"
    marks = r"(<!-- figures[^>]*-->\n).*?(<!-- end of figures -->)"
    text = rf"\g<1>{figures(load())}\n\g<2>"
    readme.write_text(
        re.sub(marks, text, readme.read_text(encoding="utf-8"), flags=re.S), encoding="utf-8"
    )


def main(arguments):
    if arguments == ["--readme"]:
        return write_readme()
    start = time.perf_counter()
    try:
        results, texts, within, values = check()
        functions = held.check_functions(texts)
    except (FormulaError, ValueError) as error:
        return f"FALSE  {error}"
    everything = [result for found in results.values() for result in found]
    without = [result for result in values if result.verdict == "false"]
    print(*map(as_text, [*everything, *within, *without]), sep="\n")
    for name, errors in functions.items():
        found = ", ".join(f"{label} {error:.0e}" for label, error in errors.items())
        print(f"nnlib.{name}: {found}")
    failed = any(result.verdict not in FINE for result in [*everything, *within, *values])
    if not failed:
        write(entries(results, functions), within, values)
    print(f"{summary(everything)}, in {time.perf_counter() - start:.1f} seconds")
    print(f"within sentences, {summary(within)}; {len(values)} expressions")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
