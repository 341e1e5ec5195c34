"""Exercises: every mistake has its own message, every right answer passes, everything stands in its chapter."""

import copy
import json
import os
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

import nnlib
from book import contents
from book.contents import CHAPTERS

sys.path.insert(0, str(CHAPTERS))
import exercises
from exercises.kinds import NOTHING, RIGHT, ByHand, Derive, Write

ALL = exercises.EXERCISES
BY_NAME = pytest.mark.parametrize("name", ALL)
KINDS = ("by hand", "predict", "write", "derive", "debug")


def answers(entry, function, numbers=0):
    """What a reader hands in who makes of every case what a function makes of it."""
    if isinstance(entry, Derive):
        return function
    if isinstance(entry, ByHand):
        return function(*copy.deepcopy(entry.case(numbers)))
    return function


@BY_NAME
def test_the_right_answer_is_right_and_in_another_form_too(name):
    entry = ALL[name]
    assert entry.verdict(answers(entry, entry.right)).startswith(RIGHT)
    if isinstance(entry, ByHand):
        for numbers in range(1, 6):
            right = entry.right(*entry.case(numbers))
            assert entry.verdict(right, numbers) == RIGHT
            if not isinstance(right, str):
                said = str(np.asarray(right).tolist())
                assert entry.verdict(exercises.read(said), numbers) == RIGHT
    if entry.other is not None:
        assert entry.verdict(answers(entry, entry.other)).startswith(RIGHT)


@BY_NAME
def test_every_mistake_has_its_message_and_no_other(name):
    entry = ALL[name]
    assert len(entry.mistakes) >= 3 and len(set(entry.mistakes)) == len(entry.mistakes)
    for message, mistake in entry.mistakes.items():
        assert entry.verdict(answers(entry, mistake)) == f"✗ {message}"


@BY_NAME
def test_mistakes_do_not_coincide_with_other_numbers(name):
    entry = ALL[name]
    for numbers in range(1, 6) if isinstance(entry, ByHand) and entry.first else ():
        for message, mistake in entry.mistakes.items():
            made = answers(entry, mistake, numbers)
            assert made is None or entry.verdict(made, numbers) == f"✗ {message}", numbers


def test_counts():
    for names in exercises.CHAPTERS.values():
        assert {ALL[name].kind for name in names} == set(KINDS)
        assert sum(ALL[name].level == 3 for name in names) >= 2
    assert len(ALL) >= 75


# In their chapters

NOTEBOOKS = {int(p.stem[:2]): nbformat.read(p, as_version=4) for p in contents.chapters()}
CHAPTER_OF = {name: n for n, names in exercises.CHAPTERS.items() for name in names}


def cells(name):
    """The task, the cell to be filled in, and the solution."""
    found = {cell.id: cell for cell in NOTEBOOKS[CHAPTER_OF[name]].cells}
    return [found[f"exercise-{name}{end}"] for end in ("", "-try", "-solution")]


def text_of(cell):
    return "".join(output.get("text", "") for output in cell.outputs).strip()


@pytest.mark.parametrize("chapter", NOTEBOOKS)
def test_a_chapter_has_its_exercises_in_order(chapter):
    heads = [c.source for c in NOTEBOOKS[chapter].cells if c.source.startswith("### Exercise")]
    for number, (head, name) in enumerate(zip(heads, exercises.CHAPTERS[chapter], strict=True), 1):
        assert head == cells(name)[0].source
        assert head.startswith(f"### Exercise {chapter}.{number}: ")


@BY_NAME
def test_task_stub_and_solution_belong_to_the_entry(name):
    entry, (task, stub, solution) = ALL[name], cells(name)
    dots = "●" * entry.level + "○" * (3 - entry.level)
    assert f"*{entry.kind.capitalize()}, {dots}.*" in task.source
    assert text_of(solution).startswith(RIGHT)
    if (
        entry.kind == "debug"
    ):  # as it stands it is a mistake that is known, or changes its arguments
        assert text_of(stub).removeprefix("✗ ") in entry.mistakes or "stops" in text_of(stub)
    else:
        assert text_of(stub) == NOTHING


@BY_NAME
def test_a_task_has_the_numbers_of_its_first_case(name):
    entry, task = ALL[name], cells(name)[0].source
    written = [float(Fraction(x)) for x in re.findall(r"-?\d+(?:\.\d+)?(?:/\d+)?", task)]
    for value in getattr(entry, "first", ()):
        for number in np.ravel(value):
            assert np.min(np.abs(np.array(written) - number)) < 1e-9, number


@pytest.mark.parametrize("name", [n for n, entry in ALL.items() if entry.kind == "predict"])
def test_what_is_predicted_is_printed(name, capsys):
    program = re.search(r"```python\n(.*?)```", cells(name)[0].source, re.S)[1]
    exec(program, {"np": np, **vars(nnlib)})
    printed = re.sub(r"(?<=[\d.])\s+(?=[-\d])", ", ", capsys.readouterr().out.strip())
    assert ALL[name].verdict(exercises.read(printed)) == RIGHT, printed


def test_the_pieces_of_the_chapters_are_a_network_that_trains(tmp_path):
    pieces = [
        cells(name)[2].source.rsplit("check(", 1)[0]
        for name in ("forward", "backward", "softmax", "cost-and-seed", "train")
    ]
    (tmp_path / "mine.py").write_text("import numpy as np\n" + "\n".join(pieces), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, CHAPTERS / "exercises" / "project.py"],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{CHAPTERS}"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert float(run.stdout.split()[0]) > 0.95


# What is said of an answer that nobody has thought of


def product(rng):
    n, k, m = rng.permutation([2, 3, 4, 5])[:3]
    return rng.normal(size=(n, k)), rng.normal(size=(n, k)), rng.normal(size=(n, m))


UNKNOWN = Write(
    level=1,
    draw=product,
    right=lambda U, V, W: U * V + W.sum(1, keepdims=True),
    mistakes={},
    hints=(),
)
RIGHT_OF = UNKNOWN.right


@pytest.mark.parametrize(
    "answer, said",
    [
        (lambda U, V, W: 3 * RIGHT_OF(U, V, W), "every entry is 3 times"),
        (lambda U, V, W: -RIGHT_OF(U, V, W), "The sign is turned"),
        (lambda U, V, W: RIGHT_OF(U, V, W) / U.shape[1], "1/n times what it should be, where n is the number of columns"),
        (lambda U, V, W: RIGHT_OF(U, V, W).T, "exchanged"),
        (lambda U, V, W: RIGHT_OF(U, V, W).sum(0), "added up over axis 0, which goes too far"),
        (lambda U, V, W: RIGHT_OF(U, V, W)[:, :, None], "an axis of length 1"),
        (lambda U, V, W: RIGHT_OF(U, V, W) + 2, "too large by 2"),
        (lambda U, V, W: RIGHT_OF(U, V, W) + V, "V has yet to be taken away"),
        (lambda U, V, W: RIGHT_OF(U, V, W) * U, "a factor U too much"),
        (lambda U, V, W: RIGHT_OF(U, V, W).astype(int), "The decimals are cut off"),
        (lambda U, V, W: RIGHT_OF(U, V, W) / 0, "divides by 0"),
        (lambda U, V, W: np.where(U > 0, RIGHT_OF(U, V, W), 9), "Right wherever U is above 0"),
        (lambda U, V, W: np.vstack([RIGHT_OF(U, V, W)[:-1], U[-1:]]), "Of the rows"),
        (lambda U, V, W: RIGHT_OF(U, V, W)[:, ::-1], "reverse order"),
        (lambda U, V, W: U * V + 1, "does not look at W"),
        (lambda U, V, W: U @ V, "The shapes of a matrix product do not fit"),
        (lambda U, V, W: missing, "Something is used that has no value yet"),  # noqa: F821
        (lambda U, V: U, "It is called with 3 arguments: U, V, W"),
        (lambda U, V, W: U.__imul__(V) + W.sum(1, keepdims=True), "changes what it was given"),
        (lambda U, V, W: {"U": U}, "One array is wanted"),
        (lambda U, V, W: np.array(["a", "b"]), "no array of numbers"),
    ],
)  # fmt: skip
def test_how_an_unknown_answer_differs(answer, said):
    assert said in UNKNOWN.verdict(answer)


def test_a_derivation_may_name_its_parts_and_do_without_backslashes():
    entry = ALL["loss-in-z"]
    assert entry.verdict("a := \\sigma(z)\n= a - y") == RIGHT
    assert entry.verdict("= σ(z) - y") == entry.verdict("= sigma(z) - y") == RIGHT
    assert "a fraction" in entry.verdict("= \\frac{\\partial \\ell}{\\partial z}")


def test_layers_are_told_from_the_top():
    entry = ALL["backward"]
    wrong = lambda *case: {  # noqa: E731
        l: pair if l > 1 else (pair[0] * 3 + 1, pair[1]) for l, pair in entry.right(*case).items()
    }
    assert "it begins with dW[1]" in entry.verdict(wrong)


def test_numbers_are_read_as_one_writes_them():
    for typed, meant in [
        ("0.9", 0.9), ("−1/12, 1/6", [-1 / 12, 1 / 6]), ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]]),
        ("1 2 3", [1, 2, 3]), ("log(2)", np.log(2)), ("2^5", 32), ("True, False", [True, False]),
        ("(5, 5)", [5, 5]), ("error", "error"), ("__import__('os')", "__import__('os')"),
        ("9**9**9", "9**9**9"), ("5 + 2 = 7", 7), ("x = 0.4", 0.4), ("log 2", np.log(2)),
    ]:  # fmt: skip
        assert exercises.read(typed) == meant


# In the page


@pytest.fixture(scope="module")
def page(browser, site_with_python):
    page = browser.new_page(viewport={"width": 1000, "height": 900})
    page.set_default_timeout(60_000)
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    page.close()


def hand_in(page, name, answer):
    """Type an answer into the form of an exercise, press Check, and read what is said."""
    form = page.locator(f'form[data-name="{name}"]')
    box = form.locator("[name=answer]")
    if ALL[name].kind in ("write", "debug"):
        if box.is_visible():
            box.click()
        form.locator(".cm-content").fill(answer)
    else:
        box.fill(answer)
    form.get_by_role("button", name="Check", exact=True).click()
    form.get_by_role("button", name="Check", exact=True).wait_for()
    return form.locator(".said").inner_text()


def wrong(name):
    """A wrong answer as a reader types it, and what has to be said of it."""
    entry = ALL[name]
    message, mistake = next(iter(entry.mistakes.items()))
    if isinstance(entry, Derive):
        return mistake, f"✗ {message}"
    if isinstance(entry, ByHand):
        return str(np.asarray(answers(entry, mistake)).tolist()), f"✗ {message}"
    stub = cells(name)[1].source.rsplit("check(", 1)[0]
    return (stub, "✗") if entry.kind == "debug" else (stub.replace("...", "return 0"), "✗")


@pytest.mark.site
@pytest.mark.parametrize(
    "chapter", [pytest.param(n, marks=[] if n == 5 else pytest.mark.slow) for n in NOTEBOOKS]
)
def test_every_exercise_of_a_page_takes_wrong_and_right_answers(page, address, chapter):
    (path,) = [path for path in contents.chapters() if int(path.stem[:2]) == chapter]
    page.goto(f"{address}/chapters/{path.stem}.html#exercises")
    for name in exercises.CHAPTERS[chapter]:
        typed, said = wrong(name)
        assert hand_in(page, name, typed).startswith(said), name
        source = cells(name)[2].source.rsplit("check(", 1)[0]
        if ALL[name].kind not in ("write", "debug"):
            names = {"np": np}
            exec(source, names)
            answer = names["answer"]
            source = answer if isinstance(answer, str) else str(np.asarray(answer).tolist())
        assert hand_in(page, name, source).startswith("✓"), name
    count = len(exercises.CHAPTERS[chapter])
    assert page.locator("#exercises > .progress").inner_text() == f"{count} of {count} done."
    assert not page.complaints


@pytest.mark.site
def test_what_was_done_is_listed_reviewed_and_forgotten(page, address):
    page.goto(f"{address}/reference/exercises.html")
    page.evaluate("localStorage.clear()")
    page.goto(f"{address}/chapters/05_relu.html#exercises")
    assert hand_in(page, "relu-back", "0 0 7").startswith("✓")
    page.get_by_role("button", name="Other numbers").first.click()
    assert "dA = " in page.locator("form .given:visible").inner_text()
    page.goto(f"{address}/reference/exercises.html")
    page.locator("p.progress", has_text=f"1 of {len(ALL)} done").wait_for()
    assert page.locator('tr[data-name="relu-back"] td').last.inner_text() == "✓"
    with page.expect_download() as download:
        page.get_by_role("button", name="Save them as a file").click()
    kept = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert kept == {"relu-back": {"right": True, "tries": 1, "answer": "0 0 7"}}
    page.goto(f"{address}/reference/review.html")
    for number in range(10):
        page.locator(".review form.exercise").nth(number).wait_for()
        if number < 9:
            page.get_by_role("button", name="Next").click()
    assert not page.get_by_role("button", name="Next").count()
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response
    assert not [(x["id"], x["nodes"][0]["html"]) for x in found["violations"]]
    page.goto(f"{address}/reference/exercises.html")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Forget them").click()
    page.locator("p.progress", has_text=f"0 of {len(ALL)} done").wait_for()
    assert page.evaluate("localStorage.length") == 0 and not page.complaints
