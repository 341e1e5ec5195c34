"""nnlib is what the chapters make, and reads as a library on its own."""

import ast
import inspect
import shutil
import subprocess
import sys

import nbformat
import pytest

import nnlib
from book import contents, export
from book.held import WITHOUT_EQUATION, named_in

ROOT = contents.ROOT


def test_nnlib_is_what_the_chapters_make():
    assert list(export.differences()) == []


def test_a_difference_names_its_cell(monkeypatch, tmp_path):
    copy = tmp_path / "nnlib"
    shutil.copytree(export.LIBRARY, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(export, "LIBRARY", copy)
    module = copy / "activations.py"
    module.write_text(
        module.read_text(encoding="utf-8").replace("dA * (A > 0)", "dA * (A >= 0)"),
        encoding="utf-8",
    )
    (copy / "extra.py").write_text("", encoding="utf-8")
    assert list(export.differences()) == [
        "nnlib/activations.py differs: chapters/05_relu.ipynb, cell relu-vjp",
        "nnlib/extra.py comes from no chapter",
    ]


def notebook(tmp_path, name, *cells):
    made = [nbformat.v4.new_code_cell(source, id=cell_id) for cell_id, source in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=made), tmp_path / name)


def test_two_notebooks_fill_one_module(monkeypatch, tmp_path):
    notebook(
        tmp_path, "01_a.ipynb",
        ("imports", "#| default_exp m\n#| export\nimport numpy as np\nimport os"),
        ("f", "#| export\ndef f():\n    return np.pi, os.sep"),
        ("aside", "f()"),
    )  # fmt: skip
    notebook(
        tmp_path, "02_b.ipynb",
        ("imports", "#| default_exp m\nimport numpy as np"),
        ("h", "#| export\nfrom nnlib.other import g\n\n\ndef _h():\n    return g()\n\n\nx = 1"),
    )  # fmt: skip
    monkeypatch.setattr(export, "notebooks", lambda: sorted(tmp_path.glob("*.ipynb")))
    text = export.library()["m.py"]
    names = {}
    exec(
        compile(text.replace("from .other import g", "def g(): pass"), "m", "exec"),
        names,
    )
    assert names["__doc__"] == "Derived in chapters 1 and 2 of the book."
    assert names["__all__"] == ["f", "x"]
    assert text.index("import os") < text.index("import numpy") < text.index("from .other")
    assert text.index("__all__") < text.index("cell f") < text.index("cell h")
    assert "aside" not in text and "#|" not in text


def test_a_cell_can_name_its_module_keep_its_names_and_bring_its_types(monkeypatch, tmp_path):
    notebook(
        tmp_path, "01_a.ipynb",
        ("imports", "#| default_exp m\n#| export\nimport os\nimport numpy as np"),
        ("f", "#| exporti\ndef f():\n    return np.pi"),
        ("h", "#| export other\ndef h():\n    return os.sep"),
    )  # fmt: skip
    made = nbformat.read(tmp_path / "01_a.ipynb", as_version=4)
    text = "#| types other\nfrom typing import Any\n\ndef h() -> Any: ..."
    made.cells.append(nbformat.v4.new_raw_cell(text, id="types"))
    nbformat.write(made, tmp_path / "01_a.ipynb")
    monkeypatch.setattr(export, "notebooks", lambda: [tmp_path / "01_a.ipynb"])
    files = export.library()
    assert "def f()" in files["m.py"] and "__all__ = [\n]" in files["m.py"]
    assert "import os" in files["other.py"] and "numpy" not in files["other.py"]
    assert files["other.pyi"].endswith('__all__ = [\n    "h",\n]\n\ndef h() -> Any: ...\n')
    assert '"f"' not in files["__init__.py"] and '"h"' in files["__init__.py"]


def test_an_export_without_a_module_is_an_error(monkeypatch, tmp_path):
    notebook(tmp_path, "01_a.ipynb", ("f", "#| export\nx = 1"))
    monkeypatch.setattr(export, "notebooks", lambda: sorted(tmp_path.glob("*.ipynb")))
    with pytest.raises(ValueError, match=r"01_a.ipynb, cell f: no #\| default_exp above"):
        export.library()


def test_star_import_gives_the_public_names_and_nothing_else():
    namespace = {}
    exec("from nnlib import *", namespace)
    namespace.pop("__builtins__")
    assert sorted(namespace) == sorted(nnlib.__all__) == sorted(set(nnlib.__all__))
    assert all(inspect.isfunction(v) or inspect.isclass(v) for v in namespace.values())


def test_numpy_is_all_it_needs():
    code = "import sys; before = set(sys.modules); import nnlib; print(*set(sys.modules) - before)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    tops = {name.split(".")[0] for name in run.stdout.split()}
    assert tops - set(sys.stdlib_module_names) - {"nnlib", "numpy"} == set()


@pytest.mark.parametrize("name", nnlib.__all__)
def test_docstring_names_its_equation(name):
    doc = getattr(nnlib, name).__doc__
    assert doc, f"{name} has no docstring"
    assert ":eq:" not in doc and ":doc:" not in doc
    labels = named_in(getattr(nnlib, name))
    assert len(labels) == doc.count("equation (")
    if name in WITHOUT_EQUATION:
        assert not labels, f"{name} names an equation: take it off the list"
    else:
        assert labels, f"{name} names no equation"


def test_chapters_import_only_from_earlier_chapters():
    made, seen = set(), 0
    anywhere = [path for path in export.notebooks() if path.stem in ("checks", "verdicts")]
    for path in [*anywhere, *contents.chapters()]:
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type != "code":
                continue
            for node in ast.walk(ast.parse(export.directives(cell.source)[1])):
                if isinstance(node, ast.Import):
                    assert not any(alias.name.startswith("nnlib") for alias in node.names), path
                elif isinstance(node, ast.ImportFrom) and node.module.startswith("nnlib"):
                    for alias in node.names:
                        assert (node.module, alias.name) in made, (path.name, cell.id, alias.name)
                        seen += 1
        for module, _, _, _, source in export.exported_cells([path]):
            for node in ast.parse(source).body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    made.add((f"nnlib.{module}", node.name))
    assert seen > 40
