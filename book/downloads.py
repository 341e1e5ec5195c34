"""Sphinx extension: the notebooks as a zip with all they need, and as Colab needs them.

A line `% downloads` becomes the links. The book as PDF is made by book/pdf.py, which puts its link
where the page has a comment for it.
"""

import json
import os
import time
import zipfile
from pathlib import Path

import yaml

from book.contents import CHAPTERS, ROOT

ZIP = "notebooks.zip"
FOLDER = "backpropagation-executed"
NEEDED = ("requirements.txt", "pyproject.toml", "LICENSE")
HOW = """# Backpropagation, Executed: the notebooks

With Python 3.11 or newer, in this folder:

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt jupyterlab
    .venv/bin/jupyter lab chapters
"""
PDF_LINK = "<!-- pdf -->"


def needed():
    """The files that the notebooks need to run."""
    paths = [ROOT / name for name in NEEDED]
    paths += sorted(p for p in (ROOT / "nnlib").iterdir() if p.is_file())
    paths += sorted(p for p in CHAPTERS.rglob("*") if p.is_file())
    checker = ROOT / "texecute"
    paths += sorted(
        p for ending in ("py", "lark", "toml", "md") for p in checker.glob(f"*.{ending}")
    )
    hidden = [
        p
        for p in paths
        if any(part.startswith((".", "__")) for part in p.relative_to(ROOT).parts[:-1])
    ]
    return [path for path in paths if path not in hidden and path.suffix != ".pyc"]


def write_zip(path):
    """The same bytes from the same files: sorted, and dated by SOURCE_DATE_EPOCH."""
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", "315532800"))  # the oldest that a zip holds
    date = time.gmtime(max(moment, 315532800))[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        files = {p.relative_to(ROOT).as_posix(): p.read_bytes() for p in needed()}
        files["README.md"] = HOW.encode()
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", date)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)


def for_colab(notebook, site):
    """A notebook that first fetches what it needs, since Colab opens it alone."""
    source = (
        "# Colab opens this notebook alone: fetch the files that belong to it.\n"
        f"!curl -sSfO {site}/{ZIP} && unzip -qo {ZIP}\n"
        f"%cd {FOLDER}\n"
        "%pip install -q . ./texecute\n"
        "%cd chapters"
    )
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "fetch",
        "metadata": {},
        "outputs": [],
        "source": source,
    }
    return {**notebook, "cells": [cell, *notebook["cells"]]}


def write(app, exception):
    if exception or app.builder.name != "html":
        return
    out, site = Path(app.outdir), app.config.course_address["site"]
    write_zip(out / ZIP)
    if site:
        (out / "colab").mkdir(exist_ok=True)
        for path in sorted(CHAPTERS.glob("*.ipynb")):
            notebook = for_colab(json.loads(path.read_text(encoding="utf-8")), site)
            (out / "colab" / path.name).write_text(
                json.dumps(notebook, indent=1) + "\n", encoding="utf-8"
            )


def citation():
    """CITATION.cff as BibTeX, in MyST."""
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    authors = " and ".join(author["name"] for author in cff["authors"])
    fields = {
        "title": cff["title"],
        "author": f"{{{authors}}}",  # a name that BibTeX is not to take apart
        "year": str(cff["date-released"])[:4],
        "note": f"Version {cff['version']}",
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"```bibtex\n@misc{{backpropagation-executed,\n{lines}\n}}\n```"


def fill_in(app, docname, source):
    if "% cite" in source[0]:
        app.env.note_dependency(str(ROOT / "CITATION.cff"))
        source[0] = source[0].replace("% cite", citation())
    link = f'<a href="{ZIP}" download>all notebooks with what they need (zip)</a>'
    source[0] = source[0].replace("% downloads", f"{link}{PDF_LINK}")


def setup(app):
    app.connect("source-read", fill_in)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
