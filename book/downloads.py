"""Sphinx extension: copies of the notebooks, as a zip with all they need, and one by one for Colab.

`{{ downloads }}` becomes the links. The book as PDF is made by book/pdf.py, which puts its link
where the page has a comment for it.
"""

import os
import time
import tomllib
import zipfile
from pathlib import Path

import yaml

from book import copies, fill
from book.contents import CHAPTERS, ROOT, notebooks

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


def write_zip(path, site):
    """The same bytes from the same files: sorted, and dated by SOURCE_DATE_EPOCH."""
    moment = int(os.environ.get("SOURCE_DATE_EPOCH", "315532800"))  # the oldest that a zip holds
    date = time.gmtime(max(moment, 315532800))[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        files = {p.relative_to(ROOT).as_posix(): p.read_bytes() for p in needed()}
        for path in notebooks():
            files[path.relative_to(ROOT).as_posix()] = copies.copy(path, site).encode()
        files["README.md"] = HOW.encode()
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", date)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)


def fetching(path, site):
    """The first cell of a notebook that is opened alone: it gets what belongs to it."""
    lines = [
        "# Colab opens this notebook alone: fetch the files that belong to it.",
        f"!curl -sSfO {site}/{ZIP} && unzip -qo {ZIP}",
        f"%cd {FOLDER}/chapters",
        "import sys; sys.path[:0] = ['.', '..']",
    ]
    if "texecute" in path.read_text(encoding="utf-8"):
        project = tomllib.loads((ROOT / "texecute" / "pyproject.toml").read_text(encoding="utf-8"))
        needed = [x for x in project["project"]["dependencies"] if not x.startswith("numpy")]
        lines.insert(1, f"%pip install -q {' '.join(needed)}")
    return "\n".join(lines)


def write(app, exception):
    if exception or app.builder.name != "html":
        return
    out, site = Path(app.outdir), app.config.course_address["site"]
    write_zip(out / ZIP, site)
    if site:
        (out / "colab").mkdir(exist_ok=True)
        for path in notebooks():
            text = copies.copy(path, site, fetching(path, site))
            (out / "colab" / path.name).write_text(text, encoding="utf-8")


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


def cite(app):
    app.env.note_dependency(str(ROOT / "CITATION.cff"))
    return citation()


def downloads(app):
    return f'<a href="{ZIP}" download>all notebooks with what they need (zip)</a>{PDF_LINK}'


def setup(app):
    fill.in_pages(app, cite=cite, downloads=downloads)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
