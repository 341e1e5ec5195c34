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
from html import escape
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import nbformat
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinxcontrib import katex

from book import equations, fill
from book.assemble import FOLDER, SOURCE, VERSION, WANTED, packages
from book.contents import CHAPTERS, ROOT
from book.downloads import needed
from texecute.project import Project

PURE = ("lark", "pylatexenc", "tqdm")  # what the cells import beyond Pyodide's packages
ELSEWHERE = "elsewhere"  # the tag of a cell that needs processes and threads
SECONDS = CHAPTERS / "measurements" / "inpage.csv"
PYTHON = f"python-{VERSION}"
EXAMPLE = r"""x \in \mathbb{R}

\frac{d \tanh x}{dx}
= \frac{d}{dx} \frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}
= 1 - \tanh x"""
KEYS = (  # shown, said, and put in: a bar stands for what is selected, or for the cursor
    (r"=", "equals", "\n= |"),
    (r":=", "is defined as", " := |"),
    (r"\in\mathbb{R}", "is a number", r" \in \mathbb{R}|"),
    (r"\mathbb{R}^{n \times m}", "is a matrix", r" \in \mathbb{R}^{n \times m}|"),
    (r"\tfrac{a}{b}", "fraction", r"\frac{|}{}"),
    (r"\tfrac{\partial J}{\partial x}", "derivative of J", r"\frac{\partial J}{\partial |}"),
    (r"x_j", "index", "_{|}"),
    (r"x^n", "power", "^{|}"),
    (r"x^{[l]}", "of layer l", "^{[l]}|"),
    (r"\mathbf{W}", "weights", r"\mathbf{W}^{[l]}|"),
    (r"\mathbf{A}", "activations", r"\mathbf{A}^{[l]}|"),
    (r"\mathbf{Z}", "pre-activations", r"\mathbf{Z}^{[l]}|"),
    (r"\top", "transposed", r"^{\top}|"),
    (r"\odot", "entry by entry", r" \odot |"),
    (r"\sum_i", "sum", r"\sum_{|} "),
    (r"e^x", "exponential", "e^{|}"),
    (r"\log", "logarithm", r"\log(|)"),
    (r"\sigma", "sigmoid", r"\sigma(|)"),
    (r"\tanh", "tanh", r"\tanh(|)"),
    (r"\delta_{ij}", "Kronecker's delta", r"\delta_{|}"),
)


def available():
    return (FOLDER / "pyodide-lock.json").exists()


def runs(app, docname):
    """Whether the cells of a page can be run on it."""
    return available() and Path(app.env.doc2path(docname)).suffix == ".ipynb"


def here(cell):
    """Whether a cell can be run in a browser."""
    return ELSEWHERE not in cell.metadata.get("tags", ())


def whole(path):
    """Whether all cells of a notebook can be run in a browser."""
    return all(map(here, nbformat.read(path, as_version=4).cells))


class MakeRoom(SphinxPostTransform):
    """Below the code of each cell, room for its buttons, so that nothing moves when they come."""

    default_priority = 502
    formats = ("html",)

    def run(self, **_):
        if not runs(self.app, self.env.docname):
            return
        for cell in list(self.document.findall(nodes.container)):
            classes = cell.get("classes", ())
            if "cell" in classes and f"tag_{ELSEWHERE}" not in classes:
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
    places = {cell.id: n for n, cell in enumerate(cells_of(stem))}
    lines = SECONDS.read_text(encoding="utf-8").splitlines()[1:]
    return {
        places[row["cell"]]: float(row["seconds"])
        for row in csv.DictReader(lines)
        if row["chapter"] == stem
    }


def cells_of(stem):
    """The code cells that run in a page: those of exercises are forms there."""
    return [
        cell
        for cell in nbformat.read(CHAPTERS / f"{stem}.ipynb", as_version=4).cells
        if cell.cell_type == "code" and not cell.id.startswith("exercise") and here(cell)
    ]


@cache
def megabytes(wanted=WANTED):
    """What is sent to a reader who presses Run, about: packages are compressed, the rest is by hosts."""
    lock = json.loads((FOLDER / "pyodide-lock.json").read_text(encoding="utf-8"))
    files = [entry["file_name"] for entry in packages(lock, wanted).values()]
    sizes = [(FOLDER / name).stat().st_size for name in files]
    core = {"pyodide.asm.wasm": 0.32, "pyodide.asm.js": 0.19, "python_stdlib.zip": 1.0}
    sizes += [share * (FOLDER / name).stat().st_size for name, share in core.items()]
    return round((sum(sizes) + len(book_zip())) / 1e6)


def files():
    """What the cells import and read, by its path in the zip."""
    found = {
        path.relative_to(ROOT).as_posix(): path for path in needed() if path.suffix != ".ipynb"
    }
    found |= {f"live/{path.name}": path for path in SOURCE.glob("*.py")}
    found["book/notation.toml"] = ROOT / "book" / "notation.toml"
    for name in PURE:
        package = Path(find_spec(name).origin).parent
        paths = (path for path in package.rglob("*") if path.suffix in (".py", ".lark"))
        found |= {path.relative_to(package.parent).as_posix(): path for path in paths}
    return found


class Recorder:
    """Notes what a text takes in, for a page to do again."""

    notation = SimpleNamespace(model=None)

    def __init__(self):
        self.events = []

    def begin(self, model, examples=None):
        self.events.append(("begin", examples, ""))

    def take(self, latex, label=""):
        self.events.append(("take", latex, label))

    def enter(self, number):
        """The book's notation has no sections."""


class Recording(Project):
    def text(self, path):
        recorder = Recorder()
        self.begin(recorder, self.settings(path))
        return recorder


def taken_in(path):
    """What a chapter takes in, in order; a display has its label, so that one can stop before it."""
    events = []
    for text, formula in Recording(ROOT).walk(path):
        text.take(formula.latex, formula.label)
        events = text.events
    return events


@cache
def own_equations():
    """{chapter: its title and its equations}, for the page of the reader's own derivations."""
    found = {}
    for entry in equations.load()["equations"]:
        chapter = found.setdefault(entry["chapter"], {"title": "", "equations": []})
        chapter["equations"].append({key: entry[key] for key in ("label", "number", "latex")})
    for stem, chapter in found.items():
        first = nbformat.read(CHAPTERS / f"{stem}.ipynb", as_version=4).cells[0].source
        chapter["title"] = f"{int(stem[:2])}. {first.splitlines()[0].removeprefix('# ')}"
    return found


def own(app):
    """The form in which a reader's own derivation is checked; see own.js."""
    if not available():
        return "This site was built without Python, so nothing can be checked on this page."
    app.env.note_reread()
    keys = "".join(
        f'<button type="button" data-latex="{escape(latex)}" aria-label="{escape(words)}">'
        f"{katex.render_latex(shown, {})}</button>"
        for shown, words, latex in KEYS
    )
    static = "../_static"
    example = escape(EXAMPLE).replace("\n", "&#10;")  # an empty line would end the HTML
    return f"""<form class="own" inert data-python="{static}/{PYTHON}/">
<p><label>With the definitions of <select name="place"><option value=" ">nothing: I define what I use</option></select></label></p>
<div class="keys" role="group" aria-label="Symbols">{keys}</div>
<p><label for="own-latex">Your derivation, in LaTeX</label><textarea id="own-latex" name="latex" rows="10" spellcheck="false" autocapitalize="off" autocomplete="off">{example}</textarea></p>
<div class="preview" aria-hidden="true"></div>
<p><button type="submit">Check every step</button> <button type="button" class="link">Copy the link</button> <span class="status" role="status">Python, {megabytes(("numpy",))} MB, is loaded once, when you begin.</span></p>
<ol class="results"></ol>
</form>
<noscript><p>Checking needs JavaScript.</p></noscript>
<script src="{static}/{live_folder()}/katex.min.js"></script><script type="module" src="{static}/{live_folder()}/own.js"></script>
"""


@cache
def book_zip():
    """The same bytes from the same files."""
    contents = {name: path.read_bytes() for name, path in files().items()}
    taken = {stem: taken_in(CHAPTERS / f"{stem}.ipynb") for stem in own_equations()}
    contents["book/own.json"] = json.dumps(taken).encode()
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, content in sorted(contents.items()):
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
        return file.getvalue()


@cache
def live_folder():
    """Named by what is in it, so that a page never meets the program of another version."""
    parts = [path.read_bytes() for path in sorted(SOURCE.glob("*.js"))]
    return f"live-{hashlib.sha256(b''.join([*parts, book_zip()])).hexdigest()[:10]}"


def service_worker(offline):
    """What keeps the pages for when there is no network, or takes itself away."""
    current = [live_folder(), PYTHON] if offline and available() else []
    text = (SOURCE / "sw.js").read_text(encoding="utf-8")
    return text.replace("CURRENT = []", f"CURRENT = {json.dumps(current)}")


def write(app, exception):
    if exception or app.builder.name != "html":
        return
    static = Path(app.outdir, "_static")
    Path(app.outdir, "sw.js").write_text(
        service_worker(app.config.course_offline), encoding="utf-8"
    )
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
        if path.name not in ("editor.js", "sw.js"):  # which lie beside Python and the pages
            shutil.copy(path, out)
    (out / "book.zip").write_bytes(book_zip())
    (out / "equations.json").write_text(json.dumps(own_equations()), encoding="utf-8")
    shutil.copy(Path(katex.__file__).parent / "katex.min.js", out)


def setup(app):
    app.add_config_value("course_live", live_folder() if available() else "", "env")
    app.add_config_value("course_offline", True, "env")
    app.add_post_transform(MakeRoom)
    app.connect("html-page-context", add_data)
    fill.in_pages(app, own=own)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
