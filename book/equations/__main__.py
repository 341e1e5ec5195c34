"""Check the displayed equations of the book, or of the notebooks named.

python -m book.equations [chapters/08_softmax.ipynb ...]

Prints for each equation its number, label, kind, how many steps it has, how often they were
evaluated, the largest relative error, and the verdict; then each function of nnlib with the
equations that it was held against. Ends with 1 if anything is false.
"""

import sys
import time
from pathlib import Path

from book.equations import record
from book.equations.check import SCHEMATIC, Chapter, equations
from book.equations.functions import check_functions
from book.equations.parse import FormulaError
from book.export import ROOT


def check(paths):
    """All equations of some notebooks, checked."""
    checked = []
    for path in paths:
        chapter, found = Chapter(path.stem), equations(path)
        for equation in found:
            if equation.label not in SCHEMATIC:
                chapter.check(equation)
        checked += found
    return checked


def line(equation):
    verdict = "FALSE" if equation.failures else "refuted" if "refuted" in equation.kind else "true"
    verdict = "UNREADABLE" if equation.failure else verdict
    if equation.label in SCHEMATIC:
        verdict = f"not executed: {SCHEMATIC[equation.label]}"
    error = max((step.error for step in equation.steps), default=0.0)
    number, kind = f"({record.number(equation)})", equation.kind or "-"
    return (
        f"{number:7} {equation.label:28} {kind:21} {record.count(len(equation.steps), 'step'):>8}"
        f"  error {error:.0e}  {verdict:7}  evaluated {times(equation.steps)}"
    )


def times(steps):
    """How often each step was evaluated: 12 times each, or 12, 30, 12 times."""
    counts = [str(step.evaluated) for step in steps]
    text = ", ".join(counts if len(set(counts)) > 1 else counts[:1]) or "0"
    return f"{text} times{' each' if len(counts) > 1 and len(set(counts)) == 1 else ''}"


def explain(equation):
    """Which step of an equation is wrong, what both sides are, and in which world."""
    where = f"{equation.label} ({record.number(equation)}) in {shown(equation.path)}"
    if equation.failure:
        yield f"UNREADABLE  {where}\n{indented(equation.failure)}"
    for n, step in enumerate(equation.steps, 1):
        if step.failure:
            chain = f"{step.left}\n{step.relation} {step.right}"
            yield (
                f"FALSE  {where}, step {n} of {len(equation.steps)}\n"
                f"{indented(chain)}\n{indented(step.failure)}"
            )


def shown(path):
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def indented(text):
    return "\n".join(f"    {row}" for row in text.splitlines())


def main(arguments):
    start = time.perf_counter()
    paths = [Path(argument) for argument in arguments] or record.NOTEBOOKS
    missing = [str(path) for path in paths if not path.is_file()]
    if missing:
        return f"no such notebook: {', '.join(missing)}"
    try:
        checked = check(paths)
    except FormulaError as error:
        return str(error)
    print(*map(line, checked), sep="\n")
    failures = [text for equation in checked for text in explain(equation)]
    if not arguments and not failures:
        try:
            functions = check_functions(checked)
        except ValueError as error:
            return f"FALSE  {error}"
        for name, errors in functions.items():
            found = ", ".join(f"{label} {error:.0e}" for label, error in errors.items())
            print(f"nnlib.{name}: {found}")
        record.write(checked, functions)
    print()
    print(*failures, sep="\n\n", end="\n\n" if failures else "")
    seconds = f"{time.perf_counter() - start:.1f} seconds"
    unreadable = sum(bool(equation.failure) for equation in checked)
    false = sum(bool(equation.failures) for equation in checked) - unreadable
    executed = len(checked) - unreadable - sum(x.label in SCHEMATIC for x in checked)
    print(f"{executed} of {len(checked)} equations executed in {seconds}, {false} false", end="")
    print(f", {unreadable} unreadable" if unreadable else "")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
