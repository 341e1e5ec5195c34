"""Whole derivations from nothing but their own definitions, and the same with one error."""

from pathlib import Path

import pytest

from texecute.project import Project
from texecute.report import FINE

HERE = Path(__file__).parent / "derivations"
ERRORS = {
    "ridge": [
        (r"+ \lambda w =", r"- \lambda w ="),
        (r"X^\top (X X^\top", r"X^\top (X^\top X"),
        (r"\nabla_w^2 J = X^\top X + \lambda I", r"\nabla_w^2 J = X^\top X + I"),
    ],
    "attention": [
        (r"= P^\top C", r"= P C"),
        (r"\frac{\partial L}{\partial P_{ij}} - D_i", r"\frac{\partial L}{\partial P_{ij}} + D_i"),
        (r"{\partial Q} = \frac{1}{\sqrt{d_k}}", r"{\partial Q} = \frac{1}{d_k}"),
        (r"- P_{il}", r"- P_{ij}"),
    ],
    "adam": [
        (r"g_1 + g_2", r"g_2 + g_1"),
        (r"\beta_1^{t-s}", r"\beta_1^{t}"),
        (r"\theta_1 = \theta_0 -", r"\theta_1 = \theta_0 +"),
    ],
    "layer_norm": [(r"{n s^2}", r"{n s}"), (r"- \frac{1}{n} -", r"-")],
    "hessian": [
        (r"(p - y)", r"(y - p)"),
        (r"(p \odot (1 - p))", r"(p)"),
        (r"v \ge 0", r"v > 1"),
    ],
}


def verdicts(path):
    notation = HERE / f"{path.stem}.toml"
    project = Project(HERE, notation.resolve() if notation.exists() else None)
    return [result.verdict for result in project.check(path)]


@pytest.mark.parametrize("name", ERRORS)
def test_a_derivation_needs_no_more_than_its_definitions(name):
    assert set(verdicts(HERE / f"{name}.md")) <= FINE


@pytest.mark.parametrize(
    "name, error", [(name, e) for name, found in ERRORS.items() for e in found]
)
def test_one_error_is_found(name, error, tmp_path):
    right, wrong = error
    text = (HERE / f"{name}.md").read_text(encoding="utf-8")
    assert text.count(right) == 1
    path = tmp_path / f"{name}.md"
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    assert verdicts(path).count("false") == 1
