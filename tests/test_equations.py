"""The book's equations, checked by texecute, and nnlib against them: what is found, and that it can fail."""

import json
import subprocess
import sys

import nbformat
import numpy as np
import pytest

import nnlib
from book import equations, held
from book.contents import CHAPTERS, ROOT, numbers
from texecute.report import FINE

pytestmark = pytest.mark.slow  # make check runs the equations themselves


@pytest.fixture(scope="module")
def checked():
    return equations.check()


@pytest.fixture(scope="module")
def results(checked):
    return {result.label: result for found in checked[0].values() for result in found}


def test_every_equation_of_the_book_is_read_and_true(results):
    assert [x.label for x in results.values() if x.verdict not in FINE] == []
    assert len(results) > 170 and "" not in results


def test_every_step_is_compared_in_many_instances(results):
    for label, result in results.items():
        claims = [step for step in result.steps if step.verdict in ("true", "shape")]
        assert all(step.instances >= 10 and step.evaluated >= 5 for step in claims), label
        assert not claims or all(step.reading for step in claims), label


def test_what_is_refuted(results):
    assert [label for label, x in results.items() if x.verdict == "refuted"] == [
        "eq:mean-twice", "eq:relu-wrong", "eq:softmax-diagonal",
        "eq:rows-no-mean",
    ]  # fmt: skip


def test_claims_within_sentences_are_checked_or_marked(checked):
    assert [x.label for x in checked[2] if x.verdict not in FINE] == []
    assert len(checked[2]) > 60
    assert [x.label for x in checked[3] if x.verdict != "true"] == [] and len(checked[3]) > 100


def test_a_claim_within_a_sentence_can_fail(tmp_path):
    path = tmp_path / "07_tanh.md"
    for latex, mark, count in (("\\tanh(0) = 1", "", 1), ("z = 1", "<!-- case -->", 0)):
        path.write_text(f"Here ${latex}${mark}.", encoding="utf-8")
        assert sum(x.verdict not in FINE for x in equations.check([path])[2]) == count


def test_shapes_within_a_sentence_can_fail(tmp_path):
    path = tmp_path / "04_backpropagation.md"
    for below, verdict in (("l - 1", "true"), ("l", "false")):
        path.write_text(
            rf"Here $\mathbf{{W}}^{{[l]}} \mathbf{{A}}^{{[{below}]}}$.", encoding="utf-8"
        )
        assert [x.verdict for x in equations.check([path])[3]] == [verdict]


# One error in each chapter, of another kind: a sign, an index, a transpose, a factor, a condition.
PLANTED = {
    "01_notation": (r"a &:= g(z)", r"a &:= g(-z)", "eq:unit-sum"),
    "02_vectorization": (
        r"\mathbf{W}^{[l]} \mathbf{A}^{[l-1]} + \operatorname",
        r"\mathbf{W}^{[l]} \mathbf{A}^{[l]} + \operatorname",
        "eq:forward",
    ),
    "03_chain_rule": (r"&= u_2 x_2 + u_1, \\", r"&= u_2 x_1 + u_1, \\", "eq:example-derivative"),
    "04_backpropagation": (
        r"\mathbf{A}^{[l-1]}} = \mathbf{W}^{[l]\mathsf{T}} \frac",
        r"\mathbf{A}^{[l-1]}} = \mathbf{W}^{[l]} \frac",
        "eq:dA-below",
    ),
    "05_relu": (r"z_{j,i}^{[l]} > 0, \\ 0", r"z_{j,i}^{[l]} > 1, \\ 0", "eq:relu-slope"),
    "06_sigmoid": (r"&= a (1 - a)", r"&= a (1 + a)", "eq:sigmoid-slope"),
    "07_tanh": (r"&= 2 \sigma(2z) - 1", r"&= 2 \sigma(z) - 1", "eq:tanh-sigmoid"),
    "08_softmax": (
        r"a_{j,i}^{[l]}} (1 - a_{j,i}^{[l]}) - \sum_{p \ne j} \frac",
        r"a_{j,i}^{[l]}} (1 - a_{j,i}^{[l]}) - \sum_p \frac",
        "eq:softmax-paths-split",
    ),
    "09_binary": (r"&= \frac{1}{m} (a_i^{[L]} - y_i)", r"&= (a_i^{[L]} - y_i)", "eq:binary-seed-scalar"),
    "10_multiclass": (r"= a_j - \mathbf{1}", r"= a_j + \mathbf{1}", "eq:multiclass-seed-class"),
    "11_multilabel": (r"u_6} &= 1, \\", r"u_6} &= 2, \\", "eq:multilabel-nodes"),
    "12_training": (r"+ O(\alpha^2)", r"+ \alpha + O(\alpha^2)", "eq:descent-promise"),
    "13_dialects": (r"\forall l > 1, \\", r"\forall l > 0, \\", "eq:mean-later"),
    "14_depth": (r"\text{if } n = 4", r"\text{if } n = 5", "eq:parity-folded"),
    "15_beyond": (r"\sum_{i > 2}", r"\sum_{i > 3}", "eq:gradient-parts"),
}  # fmt: skip


@pytest.mark.parametrize("stem", PLANTED)
def test_an_error_is_found_wherever_the_file_lies(stem, tmp_path):
    right, wrong, label = PLANTED[stem]
    notebook = nbformat.read(CHAPTERS / f"{stem}.ipynb", as_version=4)
    places = [cell for cell in notebook.cells if right in cell.source]
    assert places, right
    places[-1].source = places[-1].source.replace(right, wrong)
    path = tmp_path / f"{stem}.ipynb"
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "texecute", path, "--json"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    verdicts = {x["label"]: x["verdict"] for x in json.loads(run.stdout)}
    assert run.returncode == 1 and verdicts[label] == "false", run.stdout[-500:]


# Functions


WRONG = {
    "relu_vjp": (nnlib.relu, "vjp", lambda dA, A: dA * (A >= 0)),
    "softmax_vjp": (nnlib.softmax, "vjp", lambda dA, A: dA * A * (1 - A)),
    "linear": (nnlib, "linear", lambda W, b, A: W @ A + 2 * b),
    "squared_error_seed": (nnlib.squared_error, "seed", lambda A, Y, check: A - Y),
    "descend": (nnlib, "descend", lambda p, grads, lr: p),
    "check_shapes": (nnlib, "check_shapes", lambda params, X: None),
    "sawtooth": (nnlib, "sawtooth", lambda folds, right=nnlib.sawtooth: right(2)),
    "init_params": (
        nnlib,
        "init_params",
        lambda n, rng, scale: {1: (rng.normal(size=(n[1], n[0])), np.zeros((n[1], 1)))},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_function_that_computes_something_else_is_found(name, checked, monkeypatch):
    monkeypatch.setattr(*WRONG[name])
    with pytest.raises(ValueError, match=r"eq:|shapes"):
        held.HELD[name](held.Held(checked[1]))


def test_every_function_is_held_against_what_it_names(checked):
    errors = held.check_functions(checked[1])
    assert len(errors) > 40 and set(errors) | set(held.WITHOUT_EQUATION) == set(nnlib.__all__)


def test_a_function_that_names_another_equation_is_found(checked, monkeypatch):
    monkeypatch.setattr(
        nnlib.relu, "__doc__", f"ReLU (equation ({numbers()['eq:tanh']}) of the book)."
    )
    with pytest.raises(ValueError, match=r"nnlib\.relu names \['eq:tanh'\]"):
        held.check_functions(checked[1])


# What is kept for the site


def test_a_record_is_stale_when_an_equation_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(equations, "RECORD", tmp_path / "equations.json")
    with pytest.raises(ValueError, match="have not been checked"):
        equations.load()
    equations.write([], [], [])
    assert equations.load()["equations"] == []
    monkeypatch.setattr(equations, "NOTEBOOKS", equations.NOTEBOOKS[1:])
    with pytest.raises(ValueError, match="have changed since"):
        equations.load()


def test_readme_has_the_figures_of_the_run(checked, results):
    counts = {"within": len(checked[2]), "expressions": len(checked[3])}
    record = {"equations": equations.entries(checked[0], {}), **counts}
    assert equations.figures(record) in (ROOT / "README.md").read_text(encoding="utf-8")
