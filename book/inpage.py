"""Sphinx extension: Python in the page. Each cell gets room for buttons, and the site what they load.

What runs is put together by book/assemble.py; where that has nothing, the pages have no buttons.
"""

import csv
import hashlib
import io
import json
import shutil
import zipfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import nbformat
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from book.assemble import FOLDER, SOURCE, VERSION
from book.contents import CHAPTERS, ROOT
from book.downloads import needed

PURE = ("lark", "pylatexenc", "tqdm")  # what the cells import beyond Pyodide's packages
NOT_HERE = "15_beyond"  # it needs processes and threads
SECONDS = CHAPTERS / "measurements" / "inpage.csv"
PYTHON = f"python-{VERSION}"


def available():
    return (FOLDER / "pyodide-lock.json").exists()


def runs(app, docname):
    """Whether the cells of a page can be run on it."""
    path = Path(app.env.doc2path(docname))
    return available() and path.suffix == ".ipynb" and path.stem != NOT_HERE


class MakeRoom(SphinxPostTransform):
    """Below the code of each cell, room for its buttons, so that nothing moves when they come."""

    default_priority = 502
    formats = ("html",)

    def run(self, **_):
        if not runs(self.app, self.env.docname):
            return
        for cell in list(self.document.findall(nodes.container)):
            if "cell" in cell.get("classes", ()):
                outputs = [n for n in cell if "cell_output" in n.get("classes", ())]
                place = cell.index(outputs[0]) if outputs else len(cell)
                cell.insert(place, nodes.raw("", '<p class="live"></p>', format="html"))


def add_data(app, pagename, templatename, context, doctree):
    """What a page loads at the first press, and which cells take long."""
    if doctree and runs(app, pagename):
        static = context["pathto"]("_static/", 1)
        data = {
            "cells": f"{static}{live_folder()}/cells.js",
            "python": f"{static}{PYTHON}/",
            "megabytes": megabytes(),
            "seconds": seconds(Path(pagename).name),
        }
        script = f'<script type="application/json" id="live">{json.dumps(data)}</script>'
        context["body"] += script


def seconds(stem):
    """{place among the cells of a chapter: seconds in a browser}, of those that take some."""
    if not SECONDS.exists():
        return {}
    cells = nbformat.read(CHAPTERS / f"{stem}.ipynb", as_version=4).cells
    places = {cell.id: n for n, cell in enumerate(c for c in cells if c.cell_type == "code")}
    lines = SECONDS.read_text(encoding="utf-8").splitlines()[1:]
    return {
        places[row["cell"]]: float(row["seconds"])
        for row in csv.DictReader(lines)
        if row["chapter"] == stem
    }


@cache
def megabytes():
    """What is sent to a reader who presses Run, about: packages are compressed, the rest is by hosts."""
    sizes = [path.stat().st_size for path in FOLDER.glob("*.whl")]
    core = {"pyodide.asm.wasm": 0.32, "pyodide.asm.js": 0.19, "python_stdlib.zip": 1.0}
    sizes += [share * (FOLDER / name).stat().st_size for name, share in core.items()]
    return round(sum(sizes) / 1e6)


def files():
    """What the cells import and read, by its path in the zip."""
    found = {
        path.relative_to(ROOT).as_posix(): path for path in needed() if path.suffix != ".ipynb"
    }
    found |= {f"live/{path.name}": path for path in SOURCE.glob("*.py")}
    for name in PURE:
        package = Path(find_spec(name).origin).parent
        paths = (path for path in package.rglob("*") if path.suffix in (".py", ".lark"))
        found |= {path.relative_to(package.parent).as_posix(): path for path in paths}
    return found


@cache
def book_zip():
    """The same bytes from the same files."""
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, path in sorted(files().items()):
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
        return file.getvalue()


@cache
def live_folder():
    """Named by what is in it, so that a page never meets the program of another version."""
    parts = [path.read_bytes() for path in sorted(SOURCE.glob("*.js"))]
    return f"live-{hashlib.sha256(b''.join([*parts, book_zip()])).hexdigest()[:10]}"


def write(app, exception):
    if exception or app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    for old in [*static.glob("live-*"), *static.glob("python-*")]:
        if old.name not in (live_folder(), PYTHON) or not available():
            shutil.rmtree(old)
    if not available():
        logging.getLogger(__name__).info("The pages are built without Python: run make python.")
        return
    shutil.copytree(FOLDER, static / PYTHON, dirs_exist_ok=True)
    out = static / live_folder()
    out.mkdir(exist_ok=True)
    for path in SOURCE.glob("*.js"):
        if path.name != "editor.js":  # it lies bundled beside Python
            shutil.copy(path, out)
    (out / "book.zip").write_bytes(book_zip())


def setup(app):
    app.add_config_value("course_live", live_folder() if available() else "", "env")
    app.add_post_transform(MakeRoom)
    app.connect("html-page-context", add_data)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
