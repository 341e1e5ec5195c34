"""Sphinx extension: the reference pages, and how they and the cells lead to one another.

An exported cell is headed by its module and the names that it defines, each a link to its entry.
An entry has its parameters in a list, and below them the cell that made it and its source. The
line `{{ modules }}` becomes the table of all modules and their functions.
"""

import importlib
import inspect
import re
from html import escape

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from book import fill
from book.contents import notebooks, numbers
from book.export import exported_cells, public_names, split_imports

PART = re.compile(r"(?:^| )(?:((?:\w+, )*\w+) : |(?<![^.;,] )(Returns|Yields|Raises) )")


def cell_anchor(cell_id):
    return nodes.make_id(f"cell-{cell_id}")


def load(app):
    """Where each public name was made: {(module, name): (notebook's stem, cell id)}."""
    app.course_numbers = numbers()
    app.course_cells = {
        (module, name): (path.stem, cell_id)
        for module, path, cell_id, kind, source in exported_cells(notebooks())
        if kind == "export"
        for name in public_names(split_imports(source)[1])
    }


def in_fields(app, what, name, obj, options, lines):
    """`dZ : (n, m), W : (n, k). Returns dW. Raises ValueError if ...` becomes a list."""
    if what == "module":
        stems = dict.fromkeys(
            stem for (m, _), (stem, _) in app.course_cells.items() if f"nnlib.{m}" == name
        )
        lines[:] = [f"Derived in {', '.join(f':doc:`/chapters/{stem}`' for stem in stems)}.", ""]
        return
    paragraphs = "\n".join(lines).split("\n\n")
    lines[:] = "\n\n".join(fields(paragraph) for paragraph in paragraphs).split("\n")
    labels = {number: label for label, number in app.course_numbers.items()}
    number = r"(\()?equation \(([\d.]+)\) of the book(?(1)\))"  # a link brings its own brackets
    lines[:] = [re.sub(number, lambda match: f":eq:`{labels[match[2]]}`", line) for line in lines]


def fields(paragraph):
    """A paragraph of a docstring, as fields from its first parameter or "Returns" on."""
    text, *parts = PART.split(" ".join(paragraph.split()))
    if not parts:
        return paragraph
    listed = []
    for names, keyword, body in zip(parts[::3], parts[1::3], parts[2::3]):
        if keyword:
            listed.append(f":{keyword.lower()}: {body}")
        else:
            listed += [f":param {name}: {body.rstrip(' ,;.')}." for name in names.split(", ")]
    return "\n".join([text, "", *listed])


def add_source(app, domain, objtype, content):
    """Below an entry, the cell that made it and its source."""
    signature = content.parent[0]
    module, name = signature.get("module") or "", signature.get("fullname")
    place = app.course_cells.get((module.removeprefix("nnlib."), name))
    if place is None:  # a method
        return
    stem, cell_id = place
    target = f"../chapters/{stem}.html#{cell_anchor(cell_id)}"
    made_in = f"chapter {int(stem[:2])}" if stem[0].isdigit() else "the appendix"
    link = nodes.reference("", made_in, refuri=target, internal=True)
    made = nodes.paragraph("", "Made in ", link, nodes.Text("."), classes=["made-in"])
    source = inspect.getsource(getattr(importlib.import_module(module), name))
    code = nodes.literal_block(source, source, language="python")
    content += [
        made,
        nodes.raw("", "<details class='source'><summary>Source</summary>", format="html"),
        code,
        nodes.raw("", "</details>", format="html"),
    ]


class MarkExportedCells(SphinxPostTransform):
    """Head an exported cell with its module and the names that it defines."""

    default_priority = 500
    formats = ("html",)

    def run(self, **_):
        for cell in list(self.document.findall(nodes.container)):
            tags = dict(
                name.removeprefix("tag_").split("--", 1)
                for name in cell.get("classes", ())
                if name.startswith("tag_") and "--" in name
            )
            if "export" in tags:
                cell["ids"].append(cell_anchor(tags["cell"]))
                cell["classes"] = [x for x in cell["classes"] if "--" not in x] + ["exported"]
                cell.insert(
                    0, nodes.raw("", self.mark(tags["export"], tags["cell"]), format="html")
                )

    def mark(self, module, cell_id):
        here = self.env.docname.rpartition("/")[2], cell_id
        names = [
            n for (m, n), place in self.app.course_cells.items() if (m, place) == (module, here)
        ]
        page = self.app.builder.get_relative_uri(self.env.docname, f"reference/{module}")
        links = [f'<a href="{page}">nnlib.{module}</a>'] + [
            f'<a href="{page}#nnlib.{module}.{name}">{escape(name)}</a>' for name in names
        ]
        return f'<div class="export-mark">{" ".join(links)}</div>'


def table(cells):
    """Modules, their functions and the chapters that make them, in MyST."""
    yield "| module | made in chapter | what is in it |\n| --- | --- | --- |"
    for module in dict.fromkeys(module for module, _ in cells):
        places = {name: place for (m, name), place in cells.items() if m == module}
        chapters = dict.fromkeys(stem for stem, _ in places.values())
        numbers = ", ".join(
            f"[{stem[:2].lstrip('0') if stem[0].isdigit() else 'appendix'}](../chapters/{stem}.ipynb)"
            for stem in chapters
        )
        names = ", ".join(f"{{py:obj}}`~nnlib.{module}.{name}`" for name in places)
        yield f"| [nnlib.{module}]({module}.md) | {numbers} | {names} |"


def setup(app):
    app.connect("builder-inited", load)
    fill.in_pages(app, modules=lambda app: "\n".join(table(app.course_cells)))
    app.connect("autodoc-process-docstring", in_fields)
    app.connect("object-description-transform", add_source)
    app.add_post_transform(MarkExportedCells)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
