"""The five kinds of exercises, and what each makes of an answer."""

import copy
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from exercises.diagnosis import alike, diagnose, leaves, same, stopped

RIGHT = "✓ Right."
NOTHING = "Nothing is answered yet."
EXACT = {"rtol": 1e-9, "atol": 1e-9}
ROUNDED = {"rtol": 5e-3, "atol": 5e-4}  # what is worked out by hand has three digits


@dataclass
class Exercise:
    """What all kinds have.

    level : 1 to 3. right : the answer, a function of a case. mistakes : {what is said: the mistake,
    a function of a case as well}. hints : each says a little more. other : a right answer in another
    form. draw : a case from a random generator.
    """

    level: int
    right: object
    mistakes: dict
    hints: tuple
    other: object = None
    draw: Callable = lambda rng: ()
    names: tuple = ()  # of what is returned, where it is several things
    near: dict = field(default_factory=dict)  # how exact it has to be, if that is the point

    def known(self, found, cases, **near):
        """The message of the mistake that an answer equals."""
        for message, mistake in self.mistakes.items():
            try:
                with np.errstate(all="ignore"):
                    made = [mistake(*copy.deepcopy(case)) for case in cases]
            except Exception:  # it cannot be made of this case
                continue
            if same(found, made, **near):
                return message
        return None


@dataclass
class ByHand(Exercise):
    """A number or a small array; the first case is that of the task."""

    first: tuple = ()
    kind = "by hand"

    def case(self, numbers):
        """The numbers of the task, or others with which no mistake comes out right or like another."""
        if numbers == 0 or not self.first:
            return self.first
        rng = np.random.default_rng(numbers)
        for _ in range(200):
            case = self.draw(rng)
            made = [f(*copy.deepcopy(case)) for f in (self.right, *self.mistakes.values())]
            made = [np.asarray(one) for one in made if one is not None and not isinstance(one, str)]
            if not any(a.shape == b.shape and close(a, b) for a, b in combinations(made, 2)):
                return case
        raise ValueError("these numbers do not tell the mistakes apart")

    def task(self, numbers):
        """The numbers of a case, by their names."""
        case = self.case(numbers)
        if not case:
            return "This exercise has no other numbers."
        names = inspect.signature(self.right).parameters
        return "\n".join(f"{name} = {short(value)}" for name, value in zip(names, case))

    def verdict(self, answer, numbers=0):
        if answer is ... or (isinstance(answer, str) and answer.strip() in ("", "...")):
            return NOTHING
        case = self.case(numbers)
        wanted = self.right(*copy.deepcopy(case))
        if isinstance(wanted, str) or isinstance(answer, str):
            return self.words(answer, wanted, case)
        near = EXACT if np.asarray(wanted).dtype.kind in "biu" else ROUNDED
        found, wanted = (flat(answer, wanted), np.asarray(wanted, dtype=float))
        if found is None:
            return "✗ That is no number, and no list of numbers with rows of equal length."
        if same([found], [wanted], **near):
            return RIGHT
        message = self.known([found], [case], **near)
        return f"✗ {message or diagnose([found], [wanted], [case], self.right, **near)}"

    def known(self, found, cases, **near):
        """Here an answer may be a column where the mistake is a row of the same numbers."""
        for message, mistake in self.mistakes.items():
            with np.errstate(all="ignore"):
                made = mistake(*copy.deepcopy(cases[0]))
            if isinstance(made, str):
                continue
            made = np.asarray(made, dtype=float)
            if made.size == found[0].size and made.size in (*made.shape, 1):
                made = made.reshape(found[0].shape)
            if same(found, [made], **near):
                return message
        return None

    def words(self, answer, wanted, case):
        said = normal(answer)
        if said == normal(wanted):
            return RIGHT
        for message, mistake in self.mistakes.items():
            if said == normal(mistake(*copy.deepcopy(case))):
                return f"✗ {message}"
        kind = "words" if isinstance(wanted, str) else "numbers"
        asked = (
            f" It is answered in {kind}."
            if isinstance(answer, str) != isinstance(wanted, str)
            else ""
        )
        return f"✗ Not yet.{asked}"


@dataclass
class Predict(ByHand):
    """What a program prints; it is in the task."""

    kind = "predict"


@dataclass
class Write(Exercise):
    """A function, called with cases of several sizes."""

    kind = "write"

    def verdict(self, answer, numbers=0):
        if answer is ... or answer is None:
            return NOTHING
        if not callable(answer):
            return "✗ A function is wanted: hand over its name, without calling it."
        cases = [self.draw(np.random.default_rng(seed)) for seed in range(8)]
        found = []
        for case in cases:
            handed = copy.deepcopy(case)
            try:
                with np.errstate(all="ignore"):
                    got = answer(*handed)
            except Exception as error:
                return f"✗ {stopped(error, self.right, case)}"
            if isinstance(got, list):
                got = as_array(got)
            if got is None or got is ...:
                return NOTHING if not found and empty(answer) else (
                    "✗ Your function returns nothing. Does it end with return?"
                )  # fmt: skip
            if not alike(numbers_in(handed), numbers_in(case), rtol=0, atol=0):
                return "✗ Your function changes what it was given, which others may still need: return new arrays."
            found.append(got)
        with np.errstate(all="ignore"):
            wanted = [self.right(*copy.deepcopy(case)) for case in cases]
        if same(found, wanted, **self.near):
            return RIGHT
        message = self.known(found, cases, **self.near)
        return f"✗ {message or diagnose(found, wanted, cases, self.right, answer, self.names, **self.near)}"


@dataclass
class Debug(Write):
    """A program with an error in it, to be mended."""

    kind = "debug"


@dataclass
class Derive:
    """A formula, reached in steps that are checked one by one; see texecute.

    given : definitions, one a line. left : what is asked for. right, other, mistakes : as for the
    other kinds, in LaTeX. without : what a finished answer no longer has, and what that is in words.
    """

    level: int
    given: str
    left: str
    right: str
    mistakes: dict
    hints: tuple
    other: str = None
    without: tuple = (r"\\partial|\\frac\{d\b|\\frac d", "a derivative")
    kind = "derive"

    def text(self):
        from texecute import Text

        made = Text()
        for line in self.given.strip().split("\n"):
            made.define(line)
        return made

    def verdict(self, answer, numbers=0):
        if answer is ... or str(answer).strip().strip("=").strip() in ("", "..."):
            return NOTHING
        if not isinstance(answer, str):
            return '✗ A formula is wanted, in LaTeX, between r""" and """.'
        text = self.text()
        lines = [plain(line) for line in answer.strip().split("\n")]
        try:
            for line in lines:  # a reader may give names to parts
                if ":=" in line:
                    text.define(line.strip().strip("$"))
            chain = chained(self.left, "\n".join(x for x in lines if ":=" not in x))
            result = text.copy().check(chain)
        except Exception as error:
            return f"✗ This could not be read: {error}"
        if result.verdict == "unread":
            from texecute.report import pointed

            return "✗ This cannot be read:\n" + "\n".join(pointed(result))
        for number, step in enumerate(result.steps, 1):
            if step.verdict == "definition":
                return "✗ Write = for a step; := would define something new."
            if step.verdict != "true":
                return self.false(text, step, number, len(result.steps))
        if result.verdict != "true" or not result.steps:
            return (
                f"✗ {result.message or 'There is no step in it: write = and what it is equal to.'}"
            )
        if re.search(self.without[0], result.steps[-1].right):
            return f"✗ True as far as it goes, but there is {self.without[1]} left in your last line. Go on from there."
        if len(re.sub(r"\s", "", answer)) > 4 * len(re.sub(r"\s", "", self.right)) + 400:
            return f"{RIGHT} It can be said shorter."
        return RIGHT

    def false(self, text, step, number, count):
        for message, wrong in self.mistakes.items():
            if text.copy().check(f"{step.right} = {wrong}").verdict == "true":
                return f"✗ {message}"
        where = f"Step {number} of {count} does not hold" if count > 1 else "That does not hold"
        said, letter = (
            step.message,
            re.search(r"the index (\w+) is free and summed", step.message),
        )
        if letter:
            said = f"{letter[1]} is the index of a sum and stands outside of it as well: is it one letter or two"
        factor = ratio(step.values)
        more = f" It is {factor} times what it should be there." if factor else ""
        sizes = (step.instance or "").partition(": ")[2]
        at = f" (with {sizes})" if sizes else ""
        return f"✗ {where}: {said}{at}.{more}"


SIGNS = {
    "σ": r"\sigma ",
    "λ": r"\lambda ",
    "α": r"\alpha ",
    "∂": r"\partial ",
    "²": "^2",
    "**": "^",
}
WORDS = re.compile(
    r"(?<![\\A-Za-z])(tanh|exp|log|max|cosh|sinh|sigma|alpha|lambda|frac|sum|partial)(?![A-Za-z])"
)


def plain(line):
    """A line of a derivation, with what was typed without LaTeX as it is in LaTeX."""
    for sign, meant in SIGNS.items():
        line = line.replace(sign, meant)
    return WORDS.sub(r"\\\1", line)


def chained(left, answer):
    """A chain from the left side on, whether or not the answer repeats it."""
    bare = answer.strip().strip("$").strip()
    squeezed = re.sub(r"\s", "", bare)
    if squeezed.startswith(re.sub(r"\s", "", left)):
        return bare
    return f"{left}\n{bare}" if bare.startswith(("=", "&=")) else f"{left}\n= {bare}"


def ratio(values):
    """A small whole number or its inverse, if one side is that many times the other."""
    try:
        left, right = (float(value) for value in values)
        factor = right / left
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    for n in (-1, 2, 3, 4, -2, 0.5, -0.5, 1 / 3, 0.25):
        if abs(factor - n) < 1e-6 * abs(n):
            return f"{n:.4g}"
    return None


def as_array(values):
    """A list of numbers, or of rows of numbers, is as good as an array."""
    try:
        made = np.asarray(values)
    except ValueError:
        return values
    return made if made.dtype.kind in "biuf" else values


def numbers_in(case):
    """The arrays of numbers among the arguments; there are functions and generators besides."""
    return [leaf for leaf in leaves(list(case)) if leaf[1].dtype.kind in "biuf"]


def close(a, b):
    whole = a.dtype.kind in "biu"
    return bool(
        np.allclose(a, b, rtol=0, atol=0.5) if whole else np.allclose(a, b, rtol=0.02, atol=1e-3)
    )


def flat(answer, wanted):
    """An answer as an array; a list of numbers is as good as a column or a row of them."""
    try:
        found = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        return None
    wanted = np.asarray(wanted)
    line = wanted.size in (*wanted.shape, 1)  # one number, a row or a column
    if line and found.size == wanted.size and found.size in (*found.shape, 1):
        return found.reshape(wanted.shape)
    return found


def normal(answer):
    """Words without what does not matter in them."""
    if isinstance(answer, (list, tuple)):
        answer = ", ".join(map(str, answer))
    return re.sub(r"[\s()\[\]'\"`.,;]+", " ", str(answer)).strip().lower()


def short(value):
    """A value as one writes it by hand."""
    if isinstance(value, np.ndarray):
        return np.array2string(value, separator=", ", precision=4).replace("\n", "")
    return repr(value)


def empty(function):
    """Whether there is nothing but dots in a function."""
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        return True
    return re.search(r":\s*(\"\"\".*?\"\"\"\s*)?\.\.\.\s*$", source.strip(), re.S) is not None
