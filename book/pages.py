"""Sphinx extension: what a page has beyond Jupyter Book and its theme.

- Its head has its fonts, and its first sentences for search engines.
- Paragraphs, code and equations say how much they hold: what is far away is not laid out.
- Figures load when they are near, with their size in the page so that nothing moves. They bring
  their letters: a picture does not see the fonts of its page.
- The drawing on the front page is part of the page: its links work, in the colours of the page.
- Formulas and code in a line are broken only if they are long; docstrings in a cell are folded.
- Fonts have only the glyphs that the pages show.
"""

import ast
import base64
import html
import io
import logging
import re
from functools import cache
from itertools import takewhile
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

from docutils import nodes
from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator
from sphinxcontrib import katex

from book import marks
from book.search import plain

logging.getLogger("fontTools.subset").setLevel(logging.WARNING)
FONTS = {  # what a page needs at once; the rarer ones load when they are met
    "<p": "fonts/source-serif-4-latin-400-normal.woff2",
    "<h1>": "fonts/source-serif-4-latin-600-normal.woff2",
    'class="katex"': "katex/fonts/KaTeX_Main-Regular.woff2",
    "mathnormal": "katex/fonts/KaTeX_Math-Italic.book.woff2",
}
# A font may not be preloaded from the file system.
PRELOAD = """<script>
if (location.protocol != "file:") for (const href of [{}])
  document.head.append(Object.assign(document.createElement("link"),
    {{ rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href }}));
</script>"""
FACES = {
    "Source Serif 4": ("normal", "fonts/source-serif-4-latin-400-normal.woff2"),
    "KaTeX_Main": ("normal", "katex/fonts/KaTeX_Main-Regular.woff2"),
    "KaTeX_Math": ("italic", "katex/fonts/KaTeX_Math-Italic.woff2"),
}
SCALE = 1.6  # pixels of a page for a point of a figure
VIEW = re.compile(r'viewBox="([^"]*)"')
UNUSED = ("mystnb.", "katex-math.css", "furo-extensions.css")  # course.css has what they are for
LONG_FORMULA, LONG_CODE = 14, 22  # characters in a line of text that may be broken
LABEL = re.compile(r":eq:`(eq:[\w:-]+)`")
# A face of KaTeX of which the style of the book wants some letters in a file of their own.
SMALL = re.compile(r"url\(([\w/-]+)\.book\.woff2\)[^}]*unicode-range: ([^;}]+)")
FOLD = '<input type="checkbox" class="fold" aria-label="The whole docstring">'
NARROW = 34  # characters in a line of code on a phone


def complete(app, pagename, templatename, context, doctree):
    """The head of a page."""
    body = context.get("body", "")
    fonts = [font for mark, font in FONTS.items() if mark in body]
    paths = [f'"{context["pathto"](f"_static/{font}", 1)}"' for font in fonts]
    title = context.get("title") or pagename.capitalize()
    said = description(doctree) or f"{title}: {app.config.html_title}"
    context["metatags"] = (
        context.get("metatags", "")
        + f'<meta name="description" content="{html.escape(said)}">'
        + PRELOAD.format(", ".join(paths))
    )
    context["css_files"] = [
        file for file in context["css_files"] if not any(x in str(file.filename) for x in UNUSED)
    ]
    for file in context["script_files"]:  # none has to run before the page is shown
        if getattr(file, "filename", None):
            file.attributes.setdefault("defer", "defer")


def description(doctree, longest=160):
    """The sentences of the first paragraph that fit, without formulas."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        if not any(paragraph.findall(nodes.math)):
            sentences = re.split(r"(?<=[.?!]) ", paragraph.astext().replace("\n", " "))
            lengths = [len(" ".join(sentences[: i + 1])) for i in range(len(sentences))]
            fitting = len(list(takewhile(lambda length: length <= longest, lengths)))
            return " ".join(sentences[: max(fitting, 1)])
    return ""


class SetPages(SphinxPostTransform):
    """Say how much an element holds, and which formulas and code in a line stay whole."""

    default_priority = 501  # after the theme's own
    formats = ("html",)

    def run(self, **_):
        for block in list(self.document.findall(nodes.math_block)):
            block["style"] = f"--height:{height(block.astext()):.1f}em"
            if "math-wrapper" in block.parent.get("classes", ()):  # the theme's box around it
                block.parent.parent.replace(block.parent, block)
        for paragraph in self.document.findall(nodes.paragraph):
            if not isinstance(paragraph.parent, nodes.entry):
                paragraph["style"] = f"--chars:{characters(paragraph)}"
        for code in self.document.findall(nodes.literal_block):
            if is_exported(code):
                self.name_equations(code)
            lines = code.astext().rstrip().splitlines()
            for start, end in sorted(docstrings(code), reverse=True):
                del lines[start:end]
            wrapped = sum(-(-len(line) // NARROW) or 1 for line in lines)
            code["style"] = f"--lines:{len(lines)};--wrapped:{wrapped}"
        for code in self.document.findall(nodes.literal):
            if len(code.astext()) <= LONG_CODE:
                code["classes"].append("whole")
        for formula in self.document.findall(nodes.math):
            if len(plain(formula.astext())) <= LONG_FORMULA:
                formula["classes"].append("whole")

    def name_equations(self, code):
        """Where a docstring names the label of an equation, the page shows its number."""
        text, code["links"] = code.astext(), {}
        for label in set(LABEL.findall(text)):
            entry = self.app.course_equations[label]
            number, here = f"({entry['number']})", self.env.docname
            page = self.app.builder.get_relative_uri(here, f"chapters/{entry['chapter']}")
            code["links"][number] = f"{page}#{nodes.make_id(f'equation-{label}')}"
            text = text.replace(f"(:eq:`{label}`)", number).replace(f":eq:`{label}`", number)
        code.rawsource, code[:] = text, [nodes.Text(text)]


MATRIX = re.compile(r"\\begin\{bmatrix\}.*?\\end\{bmatrix\}", re.S)


def height(latex):
    """Of a displayed equation, about: what is far away need not be more exact."""
    matrices = [rows(matrix) for matrix in MATRIX.findall(latex)]  # side by side
    return 0.6 + max(matrices, default=0) + rows(MATRIX.sub("", latex))


def rows(latex):
    found = [
        row
        for row in re.split(r"\\\\|\\(?:begin|end)\{\w+\}", latex)
        if row.strip("[]. \n0123456789em&=")
    ]
    return sum(2.45 if r"\frac" in row or r"\sum" in row else 1.5 for row in found)


def characters(paragraph):
    """That a paragraph shows."""
    math = [one.astext() for one in paragraph.findall(nodes.math)]
    return len(paragraph.astext()) + sum(len(plain(latex)) - len(latex) for latex in math)


def is_exported(code):
    """Whether code is that of a cell of the library."""
    cell = code.parent.parent
    return cell is not None and "exported" in cell.get("classes", ())


def docstrings(code):
    """Which lines of an exported cell are docstrings behind their first line: (start, end), from 0."""
    for node in ast.walk(ast.parse(code.astext())) if is_exported(code) else ():
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node):
            start, end = node.body[0].lineno, node.body[0].end_lineno
            if end - start > 1:
                yield start, end


class Translator(HTML5Translator):
    """HTML with the styles of nodes, and pictures that load when they are near."""

    def starttag(self, node, tagname, suffix="\n", empty=False, **attributes):
        if isinstance(node, nodes.Element) and "style" in node:
            attributes["style"] = node["style"]
        return super().starttag(node, tagname, suffix, empty, **attributes)

    def visit_entry(self, node):
        """A cell of a table; an empty one is not the head of anything."""
        super().visit_entry(node)
        if self.context[-1].startswith("</th") and not node.astext():
            self.body[-1], self.context[-1] = "<td>", "</td>"

    def visit_literal_block(self, node):
        """Code; a docstring is folded behind its first line, and leads to its equations."""
        try:
            super().visit_literal_block(node)
        except nodes.SkipNode:
            code = self.body[-1]
            for number, address in node.get("links", {}).items():
                code = code.replace(number, f'<a href="{address}">{number}</a>')
            lines = code.split("\n")  # those of the code, with their colours
            for start, end in docstrings(node):
                lines[start - 1] += FOLD
                lines[start] = f'<span class="folded">{lines[start]}'
                lines[end] = f"</span>{lines[end]}"
            self.body[-1] = "\n".join(lines)
            raise

    def visit_admonition(self, node, name=""):
        """A box; one of the class `dropdown` is closed, and its title opens it."""
        if "dropdown" not in node["classes"]:
            return super().visit_admonition(node, name)
        self.body.append(self.starttag(node, "details") + "<summary>")
        for part in node.pop(0).children:
            part.walkabout(self)
        self.body.append("</summary>\n")

    def depart_admonition(self, node=None):
        if "dropdown" not in node["classes"]:
            return super().depart_admonition(node)
        self.body.append("</details>\n")

    def visit_math_block(self, node):
        """An equation, its number, which is the link to it, and what came of it."""
        self.body.append(self.starttag(node, "div", CLASS="math"))
        entry = self.builder.app.course_equations.get(node.get("label"))
        if node["number"]:
            number = f'<a href="#{node["ids"][0]}">({get_node_equation_number(self, node)})</a>'
            mark = marks.mark(self.builder, entry) if entry else ""
            self.body.append(f'<span class="eqno">{number}{mark}</span>')
        self.body.append(katex.render_latex(node.astext(), {"displayMode": True}) + "</div>\n")
        if entry:
            self.body.append(marks.refutation(self.builder, entry))
        raise nodes.SkipNode

    def visit_image(self, node):
        """A picture in a box of its size; or a drawing as part of the page."""
        path = Path(self.builder.srcdir, node["uri"])
        if path.name == "path.svg":
            alt = html.escape(node["alt"])
            self.body.append(
                f'<div role="group" aria-label="{alt}">{path.read_text("utf-8")}</div>'
            )
        elif path.suffix == ".svg":
            view = VIEW.search(path.read_text("utf-8"))[1].split()
            width, height = (f"{SCALE * float(x):.0f}" for x in view[2:])
            source = f"{self.builder.imgpath}/{quote(self.builder.images[node['uri']])}"
            size = {"width": width, "height": height, "loading": "lazy", "decoding": "async"}
            self.body.append(
                self.emptytag(node, "img", "\n", src=source, alt=node.get("alt", ""), **size)
            )
        else:
            super().visit_image(node)

    def depart_image(self, node):
        """There is nothing left to close."""


def cut(path, characters):
    """A font file with some characters only."""
    options = subset.Options(flavor="woff2", notdef_outline=True)
    font, subsetter = subset.load_font(path, options), subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(characters)))
    subsetter.subset(font)
    with io.BytesIO() as file:
        subset.save_font(font, file, options)
        return file.getvalue()


def letters(ranges):
    """The characters of a `unicode-range` of CSS."""
    ends = [part.strip()[2:].split("-") for part in ranges.split(",")]
    return {chr(c) for end in ends for c in range(int(end[0], 16), int(end[-1], 16) + 1)}


@cache
def alphabet(path):
    return TTFont(path).getBestCmap()


def with_letters(drawing, fonts):
    """A figure with the letters of its faces."""
    shown = {face: set() for face in FACES}
    for text in ElementTree.fromstring(drawing).iter():
        faces = [face for face in FACES if face in text.get("style", "")]
        for letter in (text.text or "") if faces else "":
            known = [face for face in faces if ord(letter) in alphabet(fonts / FACES[face][1])]
            shown[known[0] if known else faces[0]].add(letter)
    style = ""
    for face, letters in shown.items():
        slant, path = FACES[face]
        data = base64.b64encode(cut(fonts / path, letters)).decode()
        style += f"@font-face {{ font-family: '{face}'; font-style: {slant}; src: url(data:font/woff2;base64,{data}) }}\n"
    return drawing.replace("<defs>", f"<style>{style}</style>\n <defs>", 1)


def convert(app, exception):
    """Figures have their letters, and the fonts of the pages only the glyphs that they show."""
    if exception or app.builder.name != "html":
        return
    out = Path(app.outdir)
    for path in out.glob("_images/*.svg"):
        drawing = path.read_text(encoding="utf-8")
        path.write_text(with_letters(drawing, out / "_static"), encoding="utf-8")
    shown = {chr(code) for code in range(32, 127)}.union(
        *(html.unescape(page.read_text(encoding="utf-8")) for page in out.rglob("*.html"))
    )
    for path in out.glob("_static/**/*.woff2"):
        path.write_bytes(cut(path, shown))
    static = out / "_static"
    for path, ranges in SMALL.findall((static / "course.css").read_text(encoding="utf-8")):
        small = cut(static / f"{path}.woff2", letters(ranges))
        (static / f"{path}.book.woff2").write_bytes(small)


def setup(app):
    app.set_translator("html", Translator, override=True)
    app.add_post_transform(SetPages)
    app.connect("html-page-context", complete, priority=900)  # after the theme's own
    app.connect("build-finished", convert)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
