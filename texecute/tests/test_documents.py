"""Notebooks, pages, the command, and what it prints."""

import json
import subprocess
import sys

import pytest

from texecute.document import formulas_of
from texecute.latex import FormulaError
from texecute.magic import magic
from texecute.project import Project

PAGE = r"""---
title: A page
---

Text with $x$ in it, and `$code$`.

$$
x \in \mathbb{R}
$$

<!-- $$ x = 2 $$ -->

```python
"$$ x = 3 $$"
```

```{note}
$$ x + x = 2 x $$ (eq:in-note)
```

```{math}
:label: eq:directive
x = x
```

:::{tip}
\[ x - x = 0 \]
:::

\begin{equation}
x^2 = x x
\end{equation}

$$ x = 2 x $$ (eq:wrong)
"""


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    return path


def run(*arguments, cwd=None):
    command = [sys.executable, "-m", "texecute", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, encoding="utf-8")


def test_only_what_a_reader_sees_is_a_formula(page):
    found = [formula for formula in formulas_of(page) if formula.displayed]
    labels = [formula.label for formula in found]
    assert labels == ["", "eq:in-note", "eq:directive", "", "", "eq:wrong"]
    assert [x.latex for x in formulas_of(page) if not x.displayed] == ["x"]


def test_a_notebook_is_read_cell_by_cell(tmp_path):
    cells = [
        {"cell_type": "markdown", "id": "a", "source": ["$$ x \\in \\mathbb{R} $$"]},
        {"cell_type": "code", "id": "b", "source": ["# $$ x = 1 $$"], "outputs": [
            {"output_type": "display_data", "data": {"text/latex": ["$$x + 0 = x$$"]}}]},
    ]  # fmt: skip
    path = tmp_path / "book.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert [result.verdict for result in Project(tmp_path).check(path)] == ["definition", "true"]


def test_the_command_prints_json_and_fails_on_what_is_false(page):
    found = run(page, "--json")
    results = json.loads(found.stdout)
    assert found.returncode == 1
    assert [x["verdict"] for x in results] == [
        "definition",
        "true",
        "true",
        "true",
        "true",
        "false",
    ]
    (wrong,) = [x for x in results if x["verdict"] == "false"]
    assert {"label", "verdict", "reads_as", "hypotheses", "steps"} <= set(wrong)
    (step,) = wrong["steps"]
    assert len(step["values"]) == 2 and step["left"] == "x" and step["right"] == "2 x"


def test_the_command_says_what_is_wrong(page):
    found = run(page)
    assert "✗ FALSE      eq:wrong" in found.stdout and "read as: x = 2 \\cdot x" in found.stdout
    assert found.stdout.rstrip().endswith("6 formulas: 1 definition, 4 true, 1 false")


@pytest.mark.parametrize("name, text", [("a.ipynb", "{"), ("a.png", "x"), ("none.md", None)])
def test_what_is_no_document_is_refused(tmp_path, name, text):
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = run(tmp_path / name)
    assert found.returncode == 2 and name in found.stderr


def test_a_project_says_what_a_document_rests_on(tmp_path):
    (tmp_path / "texecute.toml").write_text(
        'notation = "letters.toml"\n[documents]\nsecond = { after = ["first"] }\n', encoding="utf-8"
    )
    (tmp_path / "letters.toml").write_text('layout = "numerator"\n', encoding="utf-8")
    (tmp_path / "first.md").write_text(r"$$ t \in \mathbb{R}, \quad y := t^2 $$", encoding="utf-8")
    (tmp_path / "second.md").write_text(r"$$ \frac{dy}{dt} = 2 t $$", encoding="utf-8")
    (result,) = Project(tmp_path).check(tmp_path / "second.md")
    assert result.verdict == "true" and result.hypotheses


def test_a_graph_ends_where_the_document_before_says(tmp_path):
    (tmp_path / "texecute.toml").write_text(
        '[documents]\nb = { after = ["a"] }\n', encoding="utf-8"
    )
    graph = r"$$ z \in \mathbb{R}, \quad a := z^2 $$ $$ u_0 := z, \quad u_1 := u_0^2 = a $$"
    (tmp_path / "a.md").write_text(graph.replace("$$ $$", "$$\n\n$$"), encoding="utf-8")
    (tmp_path / "b.md").write_text(r"$$ \frac{\partial a}{\partial u_0} = 2 z $$", encoding="utf-8")
    assert [x.verdict for x in Project(tmp_path).check(tmp_path / "b.md")] == ["true"]


def test_a_definition_that_nothing_rests_on_is_untested(tmp_path):
    path = tmp_path / "page.md"
    path.write_text("$$ x \\in \\mathbb{R} $$\n\n$$ y := x^2 $$\n\n$$ x = x $$", encoding="utf-8")
    assert [x.verdict for x in Project(tmp_path).check(path)] == ["definition", "untested", "true"]


def test_a_bad_notation_is_named(tmp_path, page):
    bad = tmp_path / "letters.toml"
    bad.write_text("nonsense = 1", encoding="utf-8")
    found = run(page, "--notation", bad)
    assert found.returncode == 2 and "nonsense" in found.stderr
    with pytest.raises(FormulaError):
        Project(notation=bad).text(page)


def test_the_magic_shows_each_formula():
    found = magic("", "x \\in \\mathbb{R}\n\n$$x + x = 2 x$$\n\nx = 3 x")
    assert [result.verdict for result in found] == ["definition", "true", "false"]
    assert "the left is" in found._repr_html_() and "FALSE" in repr(found)
