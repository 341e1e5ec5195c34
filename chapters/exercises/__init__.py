"""Exercises: an answer is held against the right one and against well-known mistakes.

    from exercises import check, hint
    check("seed", my_function)

An exercise is an entry in one of this folder's files, one file a chapter. A mistake is a wrong answer
with a message: whatever an answer equals is the mistake that was made. The cases are drawn at random,
with no two sizes equal, so nothing is right by luck and no printed number can be handed in.
"""

import builtins
import importlib
import pkgutil

from exercises.kinds import ByHand, Debug, Derive, Predict, Write
from exercises.reading import read

__all__ = ["ByHand", "Debug", "Derive", "Predict", "Write", "check", "hint", "other_numbers"]

EXERCISES = {}  # by name
CHAPTERS = {}  # the names of a chapter's, by its number
for _found in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    if _found.startswith("chapter"):
        _entries = importlib.import_module(f"exercises.{_found}").EXERCISES
        CHAPTERS[int(_found.removeprefix("chapter"))] = list(_entries)
        EXERCISES |= _entries


def find(name):
    if name not in EXERCISES:
        raise KeyError(f"there is no exercise {name!r}; there are {', '.join(EXERCISES)}")
    return EXERCISES[name]


def check(name, answer=..., numbers=0):
    """Print whether an answer is right, and if not, what was done in it.

    answer : a function, or what the exercise asks for, as a number, an array, or text.
    numbers : which numbers it is for, where `other_numbers` has given others.
    """
    print(find(name).verdict(answer, numbers))


def hint(name, number=1):
    """Print the hint of that number; each says a little more."""
    hints = find(name).hints
    print(f"Hint {number} of {len(hints)}: {hints[number - 1]}" if number <= len(hints) else
          f"There are {len(hints)} hints.")  # fmt: skip


def other_numbers(name, numbers=1):
    """Print other numbers for an exercise by hand; check(name, answer, numbers) is for them."""
    print(find(name).task(numbers))


def run(source):
    """Run a reader's code as a page has it: with NumPy, and nothing of other cells or of the book."""
    import linecache

    import numpy

    names = {"np": numpy, "check": check, "read": read, "__name__": "answer"}
    file = "<your answer>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    try:
        builtins.exec(compile(source, file, "exec"), names)
    except SyntaxError as error:
        print(f"✗ Python cannot read line {error.lineno}: {error.msg}.")
    except Exception as error:
        print(f"✗ Before anything was checked: {type(error).__name__}: {error}.")
