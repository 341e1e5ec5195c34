"""The notebooks as they are read without this book's extensions: in Colab, from the zip, in JupyterLite.

The Markdown of a copy is plain: equations have tags and references to them are links, boxes are
quotations, and what only the build needs is gone. Docstrings name equations by their numbers.
"""

import re

import nbformat

from book.contents import chapters, notebooks, numbers
from book.export import directives, in_words

BOX = re.compile(
    r"^:::\{admonition\} (?P<title>.*)\n(?::\w+:.*\n)*(?P<text>[\s\S]*?)\n?^:::$", re.M
)
DISPLAY = re.compile(r"^\$\$\n([\s\S]*?)\n\$\$ \((eq:[\w:-]+)\)$", re.M)
REFERENCE = re.compile(r"\{eq\}`(eq:[\w:-]+)`")
COMMENT = re.compile(r"<!--.*?-->")
LINK = re.compile(r"\[([^]]+)\]\((?![a-z]+:|#)([^)]+)\)")


def anchor(label):
    return label.replace(":", "-")


def place(label, here):
    """The address of an equation, as seen from the notebook `here`."""
    chapter = numbers()[label].split(".")[0]
    name = next(path.name for path in chapters() if int(path.stem[:2]) == int(chapter))
    return f"{name if name != here else ''}#{anchor(label)}"


def link(match, site):
    """A link to another notebook stays; one to a page of the site leads there, if it has an address."""
    text, target = match.groups()
    if target.partition("#")[0] in {path.name for path in notebooks()}:
        return match[0]
    page = re.sub(r"\.(md|ipynb)\b", ".html", target)
    page = page.removeprefix("../") if page.startswith("../") else f"chapters/{page}"
    return f"[{text}]({site}/{page})" if site else text


def plain(text, here, site):
    """The Markdown of a cell without roles, directives, labels and comments."""
    text = COMMENT.sub("", text)
    text = LINK.sub(lambda match: link(match, site), text)
    text = REFERENCE.sub(lambda m: f"[({numbers()[m[1]]})]({place(m[1], here)})", text)
    text = DISPLAY.sub(
        lambda m: f'<a id="{anchor(m[2])}"></a>\n\n$$\n{m[1]}\n\\tag{{{numbers()[m[2]]}}}\n$$', text
    )
    return BOX.sub(quotation, text)


def quotation(box):
    """A box as a quotation. A formula in it stays in one line: JupyterLab takes `>` for a part of it."""
    text = re.sub(r"\$\$\n[\s\S]*?\n\$\$", lambda m: " ".join(m[0].split("\n")), box["text"])
    lines = [f"**{box['title']}**", "", *text.strip().split("\n")]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def copy(path, site, first=None):
    """The notebook at a path, for readers elsewhere; `first` is the source of a cell before all."""
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type != "raw"]
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = plain(cell.source, path.name, site)
        else:
            cell.source = in_words(directives(cell.source)[1])
            cell.metadata.pop("tags", None)
    if first:
        cells.insert(0, nbformat.v4.new_code_cell(first, id="fetch"))
    notebook.cells = cells
    return nbformat.writes(notebook) + "\n"
