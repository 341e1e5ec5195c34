"""What can be said of a wrong answer that nobody has thought of: how it differs from the right one."""

import inspect
import itertools
import linecache
import traceback
from functools import partial

import numpy as np

ORDINALS = ("first", "second", "third", "fourth", "fifth")


def leaves(value, path=()):
    """The arrays of a value with their places, in order."""
    if isinstance(value, dict):
        keys = sorted(value, key=repr)  # their order does not matter
        return [leaf for key in keys for leaf in leaves(value[key], (*path, key))]
    parts = (dict, list, tuple, np.ndarray)
    if isinstance(value, tuple) or (
        isinstance(value, list) and any(isinstance(one, parts) for one in value)
    ):
        return [leaf for n, one in enumerate(value) for leaf in leaves(one, (*path, n))]
    return [(path, np.asarray(value))]


def same(found, wanted, **near):
    """Whether the values of all cases are the same."""
    return all(alike(leaves(a), leaves(b), **near) for a, b in zip(found, wanted, strict=True))


def alike(some, others, **near):
    """Whether the same arrays stand at the same places."""
    if [path for path, _ in some] != [path for path, _ in others]:
        return False
    return all(equal(a, b, **near) for (_, a), (_, b) in zip(some, others))


def equal(a, b, rtol=1e-6, atol=1e-9):
    if a.shape != b.shape:
        return False
    if a.dtype.kind in "biuf" and b.dtype.kind in "biuf":
        scale = np.max(np.abs(b[np.isfinite(b)]), initial=0) if b.dtype.kind == "f" else 1
        return bool(
            np.allclose(
                a,
                b,
                rtol=rtol,
                atol=atol * max(min(scale, 1), 1e-30) if atol < 1e-6 else atol,
                equal_nan=True,
            )
        )
    return bool(np.all(a == b))


def diagnose(found, wanted, cases, right, answer=None, names=(), **near):
    """One or two sentences on what distinguishes answers from the right ones, over all cases."""
    first = next(
        n for n, pair in enumerate(zip(found, wanted)) if not same(*([one] for one in pair), **near)
    )
    like = [n for n in range(len(wanted)) if made_up(wanted[n]) == made_up(wanted[first])]
    found, wanted, cases = ([these[n] for n in like] for these in (found, wanted, cases))
    parts = ([leaves(one) for one in found], [leaves(one) for one in wanted])
    places = [[[path for path, _ in one] for one in side] for side in parts]
    if places[0] != places[1]:
        return structure(found[0], wanted[0], places[0][0], places[1][0], names)
    wrong = [
        n
        for n in range(len(places[1][0]))
        if not all(equal(a[n][1], b[n][1], **near) for a, b in zip(*parts))
    ]
    if not wrong:
        return "Not yet."
    downwards = isinstance(wanted[0], dict) and 0 not in wanted[0]
    n = wrong[-1] if downwards else wrong[0]  # where the computation begins
    said = leaf(
        [one[n][1] for one in parts[0]], [one[n][1] for one in parts[1]], cases, right, near
    )
    alive = all(
        np.all(np.isfinite(a)) and np.any(a)
        for one in parts[0]
        for _, a in one
        if a.dtype.kind in "biuf"
    )
    used = unused(answer, right, cases) if answer and alive else ""
    if len(places[1][0]) == 1:
        return f"{said}{used}"
    return f"{where(places[1][0], wrong, n, names, isinstance(wanted[0], dict))} {said}{used}"


def made_up(value):
    """The places of its arrays: networks of different depth are not compared with one another."""
    return [path for path, _ in leaves(value)]


def called(path, names):
    words = []
    for depth, key in enumerate(path):
        if isinstance(key, int) and depth == len(path) - 1 and names and key < len(names):
            words.insert(0, names[key])
        else:
            words.append(f"[{key!r}]")
    return "".join(words)


def where(places, wrong, n, names, layers):
    """Which of several things are wrong, and at which layer it begins."""
    fine = [called(places[k], names) for k in range(len(places)) if k not in wrong]
    all_of_them = (
        "Nothing is right yet"
        if not fine
        else f"{', '.join(fine[:4])} {'is' if len(fine) == 1 else 'are'} right"
    )
    begins = "it begins with" if layers else "look first at"
    return f"{all_of_them}; {begins} {called(places[n], names)}."


def structure(found, wanted, some, others, names):
    if isinstance(wanted, tuple) and not isinstance(found, tuple):
        return f"{len(wanted)} things are wanted{', ' + ', '.join(names) if names else ''}, and one is returned."
    if isinstance(wanted, tuple) and isinstance(found, tuple):
        return f"{shown(wanted)} is wanted, and {shown(found)} is returned."
    if isinstance(wanted, dict) and isinstance(found, dict):
        return f"The keys are {list(found)}, and {list(wanted)} are wanted."
    if isinstance(wanted, (dict, list)):
        return f"A {type(wanted).__name__} of {len(wanted)} is wanted; yours is a {type(found).__name__}."
    return f"One array is wanted; yours is a {type(found).__name__} of {len(some)}."


def shown(value):
    """The make-up of a value in words."""
    if isinstance(value, tuple):
        return f"({', '.join(map(shown, value))})"
    return (
        f"an array {value.shape}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"
    )


def leaf(found, wanted, cases, right, near):
    """The first thing that is true of all cases."""
    if any(a.dtype.kind not in "biuf" for a in found):
        return "That is no array of numbers" + (
            f" but of {found[0].dtype} entries: is a row shorter than the others?"
            if found[0].dtype == object
            else "."
        )
    with np.errstate(all="ignore"):
        for look in (shapes, not_finite, cut, sums, multiples, arguments, places, others, almost):
            said = look(found, wanted, cases, right, near)
            if said:
                return said
    return first_wrong(found[0], wanted[0], near, tell=len(found) > 1)


def every(found, wanted, change, near):
    """Whether a change makes every answer right."""
    try:
        return all(equal(np.asarray(change(a, b)), b, **near) for a, b in zip(found, wanted))
    except Exception:
        return False


def shapes(found, wanted, cases, right, near):
    if all(a.shape == b.shape for a, b in zip(found, wanted)):
        if found[0].ndim == 2 and every(found, wanted, lambda a, b: a.T, near):
            return "Rows and columns are exchanged: yours is the transpose."
        return ""
    a, b = next((a, b) for a, b in zip(found, wanted) if a.shape != b.shape)
    if b.size == 1:
        return f"{a.size} numbers of shape {a.shape} are given, and one is wanted."
    shape = f"Yours has shape {a.shape}, and {b.shape} is wanted."
    if every(found, wanted, lambda a, b: a.T, near):
        return f"{shape} The numbers are right: rows and columns are exchanged."
    if all(a.size == b.size for a, b in zip(found, wanted)):
        if every(found, wanted, lambda a, b: a.reshape(b.shape), near):
            return f"{shape} The numbers are right: an axis of length 1 is missing, or too much (keepdims=True keeps it)."
        return shape
    for axis, way in itertools.product((0, 1, None), (np.sum, np.mean)):
        verb = "added up" if way is np.sum else "averaged"
        over = f"over axis {axis}" if axis is not None else "over everything"
        less = partial(reduced, way=way, axis=axis)
        if every(found, wanted, less, near):
            return f"{shape} It has still to be {verb} {over}."
        if every(wanted, found, less, near):
            return f"{shape} Yours is {verb} {over}, which goes too far."
    if every(
        found,
        wanted,
        lambda a, b: a if not np.allclose(a, np.broadcast_to(b, a.shape)) else b,
        near,
    ):
        return (
            f"{shape} Each number stands there several times: something was broadcast on the way."
        )
    return f"{shape} {told(right, cases[0])}"


def reduced(a, b, way, axis):
    """What adding or averaging makes of a, in the shape of b."""
    return np.reshape(way(a, axis=axis), b.shape)


def not_finite(found, wanted, cases, right, near):
    for a, b in zip(found, wanted):
        bad = ~np.isfinite(a) & np.isfinite(b)
        if bad.any():
            place = tuple(int(i) for i in np.argwhere(bad)[0])
            return (
                f"Yours is {a[place]} at {list(place)}, where {'a number' if len(found) == 1 else format(b[place], '.4g')} is wanted."
                " Which step divides by 0, takes the logarithm of 0, or overflows?"
            )
    return ""


def cut(found, wanted, cases, right, near):
    """Whole numbers, or another way of rounding."""
    if all(a.dtype.kind in "iu" for a in found) and any(np.any(b != np.trunc(b)) for b in wanted):
        if all(
            np.array_equal(a, np.trunc(b)) or np.array_equal(a, np.floor(b))
            for a, b in zip(found, wanted)
        ):
            return f"The decimals are cut off: yours has dtype {found[0].dtype}. Where did it become whole?"
    if any(np.any(b != 0) for b in wanted) and all(not np.any(a) for a in found):
        return "Yours is 0 everywhere."
    return ""


def sums(found, wanted, cases, right, near):
    """What columns have to add up to."""
    for total in (0.0, 1.0):
        if all(b.size > 1 and np.allclose(b.sum(0), total, atol=5e-3) for b in wanted):
            off = next((a for a in found if not np.allclose(a.sum(0), total, atol=5e-3)), None)
            if off is not None:
                what = (
                    "Each column of the answer adds" if off.ndim == 2 else "The right numbers add"
                )
                return f"{what} up to {total:g}. Yours to {np.ravel(off.sum(0))[0]:.4g}: what is missing?"
    return ""


def almost(found, wanted, cases, right, near):
    """A small error everywhere: an approximation, or a digit that was lost."""
    pairs = [(a, b) for a, b in zip(found, wanted) if np.any(b != 0)]
    worst = max(np.max(np.abs(a - b)) / np.max(np.abs(b)) for a, b in pairs) if pairs else 1
    if worst < 0.02 and found[0].size > 1:
        return f"Nearly: the largest error is {worst:.1g} of the largest entry. What is left out, or rounded, where?"
    return ""


def multiples(found, wanted, cases, right, near):
    """One factor or one addend, the same for all entries of a case."""
    factors = [constant(a, b, np.divide) for a, b in zip(found, wanted)]
    if found[0].size == 1 and len(found) == 1:  # by hand: a factor would give it away
        return "The sign is turned." if factors[0] and abs(factors[0] + 1) < 5e-3 else ""
    if all(f is not None and np.isfinite(f) and f != 1 for f in factors):
        if np.allclose(factors, -1, rtol=5e-3):
            return "The sign is turned: every entry is −1 times what it should be."
        if np.allclose(factors, factors[0], rtol=5e-3):
            return f"Nearly: every entry is {fraction(factors[0])} times what it should be."
        for size, words in sizes(cases):
            for power, text in ((1, ""), (-1, "1/"), (2, ""), (-2, "1/")):
                if np.allclose(factors, [float(s) ** power for s in size], rtol=5e-3):
                    square = "²" if abs(power) == 2 else ""
                    return f"Nearly: every entry is {text}n{square} times what it should be, where n is {words}."
        if len(factors) > 1 and found[0].size > 1:
            return f"Each case is a multiple of what it should be, {factors[0]:.4g} times in the first, {factors[1]:.4g} times in the second."
    addends = [constant(a, b, np.subtract) for a, b in zip(found, wanted)]
    if all(f is not None and np.isfinite(f) for f in addends) and found[0].size > 1:
        if np.allclose(addends, addends[0]):
            return (
                f"Every entry is too large by {addends[0]:.4g}."
                if addends[0] > 0
                else f"Every entry is too small by {-addends[0]:.4g}."
            )
    return ""


def constant(a, b, operation):
    """What an operation gives at every entry, where it gives the same."""
    worth = np.isfinite(a) & np.isfinite(b) & ((b != 0) if operation is np.divide else True)
    if not worth.any() or (operation is np.divide and np.any(a[b == 0] != 0)):
        return None
    made = operation(a[worth], b[worth])
    return float(made.flat[0]) if np.allclose(made, made.flat[0], rtol=5e-3, atol=1e-12) else None


def fraction(factor):
    for n in range(2, 13):
        if abs(factor * n - 1) < 5e-3:
            return f"1/{n}"
    return f"{factor:.4g}"


def sizes(cases):
    """The sizes of the arguments, which differ from case to case: (their values, what they are)."""
    arrays = [[a for _, a in leaves(list(case))] for case in cases]
    if not arrays[0] or len({len(one) for one in arrays}) > 1:
        return
    for n, array in enumerate(arrays[0]):
        for axis in range(array.ndim - 1, -1, -1):
            try:
                yield (
                    [one[n].shape[axis] for one in arrays],
                    "the number of columns"
                    if axis == 1
                    else "the number of rows"
                    if array.ndim == 2
                    else "the number of entries",
                )
            except IndexError:
                continue


def same_size(cases, wanted):
    """The arguments that have an entry for every entry of the answer, or that can be broadcast to it."""
    for n in range(len(cases[0])):
        values = [
            np.asarray(case[n]) if not isinstance(case[n], (dict, list, tuple)) else None
            for case in cases
        ]
        if all(
            v is not None and v.dtype.kind in "biuf" and v.shape == b.shape and v.size > 1
            for v, b in zip(values, wanted)
        ):
            yield n, values


def arguments(found, wanted, cases, right, near):
    """An argument as a factor or a term, missing or too much; or two exchanged."""
    if not cases[0] or not callable(right):
        return ""
    names = list(inspect.signature(right).parameters)
    for n, values in same_size(cases, wanted):
        tests = {
            f"a factor {names[n]} is missing": [a * v for a, v in zip(found, values)],
            f"there is a factor {names[n]} too much, in every entry": [
                a / v for a, v in zip(found, values)
            ],
            f"{names[n]} has yet to be taken away": [a - v for a, v in zip(found, values)],
            f"{names[n]} has yet to be added": [a + v for a, v in zip(found, values)],
        }
        for words, made in tests.items():
            if all(equal(np.asarray(x), b, rtol=1e-5, atol=1e-8) for x, b in zip(made, wanted)):
                return f"Nearly: {words}."
    for i, j in itertools.combinations(range(len(names)), 2):
        try:
            made = [
                right(*[case[{i: j, j: i}.get(k, k)] for k in range(len(case))]) for case in cases
            ]
            if all(equal(a, np.asarray(b), **near) for a, b in zip(found, made)):
                return f"That is what comes when {names[i]} and {names[j]} are exchanged."
        except Exception:
            continue
    return ""


def places(found, wanted, cases, right, near):
    """Where the right entries lie: on the diagonal, or where an argument has a sign."""
    if found[0].shape != wanted[0].shape or wanted[0].size < 3:
        return ""
    fine = [np.isclose(a, b, rtol=1e-5, atol=1e-9) for a, b in zip(found, wanted)]
    share = np.mean(np.concatenate([f.ravel() for f in fine]))
    if share in (0, 1) or not callable(right):
        return ""
    if (
        fine[0].ndim == 2
        and fine[0].shape[0] == fine[0].shape[1]
        and all(np.array_equal(f, np.eye(len(f), dtype=bool)) for f in fine)
    ):
        return "Only the diagonal is right. How does an entry depend on the others of its column?"
    if len(found) == 1:  # a single case shows no rule
        return ""
    names = list(inspect.signature(right).parameters)
    for n, values in same_size(cases, wanted):
        for words, at in (
            ("is above 0", lambda v: v > 0),
            ("is below 0", lambda v: v < 0),
            ("is 0", lambda v: v == 0),
            ("is not 0", lambda v: v != 0),
        ):
            marks = [at(v) for v in values]
            if any(m.any() for m in marks) and all(
                np.array_equal(f, m) for f, m in zip(fine, marks)
            ):
                return f"Right wherever {names[n]} {words}, and wrong everywhere else."
            if any(m.any() for m in marks) and all(
                np.array_equal(~f, m) for f, m in zip(fine, marks)
            ):
                return f"Wrong wherever {names[n]} {words}, and right everywhere else."
    if fine[0].ndim == 2:
        for axis, word in ((1, "row"), (0, "column")):
            lines = [f.all(axis) for f in fine]
            if all(
                any(line) and not (f & ~np.expand_dims(line, axis)).any()
                for line, f in zip(lines, fine)
            ):
                wrong = [int(n) for n in np.flatnonzero(~lines[0])]
                return f"Of the {word}s (counted from 0) {', '.join(map(str, wrong))} {'is' if len(wrong) == 1 else 'are'} wrong, the rest is right."
    return ""


def others(found, wanted, cases, right, near):
    if (found[0].ndim == 2 and every(found, wanted, lambda a, b: a[::-1], near)) or every(
        found, wanted, lambda a, b: a[..., ::-1], near
    ):
        return "The numbers are right and stand in reverse order."
    if (
        all(equal(np.sort(a.ravel()), np.sort(b.ravel()), **near) for a, b in zip(found, wanted))
        and wanted[0].size > 1
    ):
        return "The numbers are right, but not in their places."
    if all(np.array_equal(np.sign(a), -np.sign(b)) for a, b in zip(found, wanted)):
        return "Every sign is turned, and the sizes are not right either."
    if all(equal(np.abs(a), np.abs(b), **near) for a, b in zip(found, wanted)):
        return "Some signs are turned, and else it is right."
    return ""


def first_wrong(a, b, near, tell=True):
    if b.size == 1:
        over = "too large" if a.flat[0] > b.flat[0] else "too small"
        return f"Not yet: {a.flat[0]:.4g} is {over}."
    bad = ~np.isclose(a, b, **near)
    if not bad.any():
        return "Nearly: it differs in the last digits."
    place = tuple(int(i) for i in np.argwhere(bad)[0])
    return (
        f"Not yet: {bad.size - bad.sum()} of {bad.size} entries are right. The first that is not, at"
        f" {list(place)}, is {a[place]:.4g}{f' and should be {b[place]:.4g}' if tell else ''}."
    )


def unused(answer, right, cases):
    """Which argument a function does not look at, although the answer depends on it."""
    case, names = cases[0], list(inspect.signature(right).parameters)
    for n, value in enumerate(case):
        if not (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
            continue
        other = list(case)
        other[n] = value * 1.37 + 0.11
        try:
            with np.errstate(all="ignore"):
                if same([answer(*case)], [answer(*other)]) and not same(
                    [right(*case)], [right(*other)]
                ):
                    return f" And it does not look at {names[n]}, which it should."
        except Exception:
            continue
    return ""


def given(right, case):
    """What a function was given, in words."""
    names = inspect.signature(right).parameters
    words = []
    for name, value in zip(names, case):
        array = isinstance(value, np.ndarray)
        words.append(
            f"{name} of shape {value.shape}"
            if array
            else f"{name} = {value!r}"
            if np.isscalar(value)
            else name
        )
    return ", ".join(words)


def told(right, case):
    return f"It was given {given(right, case)}."


def stopped(error, right, case):
    """An exception in a learner's words, with the line where it happened."""
    frames = [
        f
        for f in traceback.extract_tb(error.__traceback__)
        if f.filename.startswith("<") or "ipykernel" in f.filename
    ]
    line = (
        frames[-1].line or linecache.getline(frames[-1].filename, frames[-1].lineno).strip()
        if frames
        else ""
    )
    at = f" in the line `{line}`" if line else ""
    words, said = str(error), type(error).__name__
    if isinstance(error, ValueError) and ("matmul" in words or "aligned" in words):
        why = "The shapes of a matrix product do not fit: the columns of the left have to be as many as the rows of the right."
    elif isinstance(error, ValueError) and "broadcast" in words:
        why = "Two shapes cannot be combined entry by entry."
    elif isinstance(error, NameError):
        why = "Something is used that has no value yet."
    elif isinstance(error, TypeError) and "argument" in words:
        names = list(inspect.signature(right).parameters)[: len(case)]
        why = f"It is called with {len(case)} arguments: {', '.join(names)}."
    elif isinstance(error, ValueError) and "truth value" in words:
        why = "A comparison of arrays gives many truth values: np.where chooses by them entry by entry, and & joins two of them, each in parentheses."
    elif isinstance(error, (IndexError, KeyError)):
        why = "A place is asked for that is not there."
    elif isinstance(error, ZeroDivisionError):
        why = "Something is divided by 0."
    else:
        why = ""
    return f"It stops{at}. {why} ({said}: {words}) {told(right, case)}".replace(
        ".  (", ". ("
    ).replace(" . ", " ")
