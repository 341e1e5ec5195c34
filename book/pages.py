"""Sphinx extension: what a page has beyond Jupyter Book and its theme.

- Its head has its fonts, and its first sentences for search engines.
- Figures are WebP and load when they are near, with their size in the page so that nothing moves.
- The drawing on the front page is part of the page: its links work, in the colours of the page.
- Formulas and code in a line break at their signs, and only if they are long.
- Fonts have only the glyphs that the pages show.
"""

import html
import logging
import re
from itertools import takewhile
from pathlib import Path

from docutils import nodes
from fontTools import subset
from PIL import Image
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

from book.search import plain

FONTS = {  # what a page needs at once; the rarer ones load when they are met
    "<p>": "fonts/source-serif-4-latin-400-normal.woff2",
    "<h1>": "fonts/source-serif-4-latin-600-normal.woff2",
    'class="katex"': "katex/fonts/KaTeX_Main-Regular.woff2",
    "mathnormal": "katex/fonts/KaTeX_Math-Italic.woff2",
}
# A font may not be preloaded from the file system.
PRELOAD = """<script>
if (location.protocol != "file:") for (const href of [{}])
  document.head.append(Object.assign(document.createElement("link"),
    {{ rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href }}));
</script>"""
UNUSED = ("mystnb.", "katex-math.css", "furo-extensions.css")  # course.css has what they are for
DRAWN = {  # the colours of path.svg, as the style sheet names them
    "#1f5a96": "--course-forward",
    "#b04f0c": "--course-backward",
    "#ffffff": "--color-background-primary",
    "#222222": "--color-foreground-primary",
}


def complete(app, pagename, templatename, context, doctree):
    """The head of a page, and levels for the headings in its list of pages."""
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
    context["furo_navigation_tree"] = context["furo_navigation_tree"].replace(
        'role="heading"', 'role="heading" aria-level="2"'
    )


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
    """Equations without the theme's box around them, and short code in a line that stays whole."""

    default_priority = 501  # after the theme's own
    formats = ("html",)

    def run(self, **_):
        for block in list(self.document.findall(nodes.math_block)):
            if "math-wrapper" in block.parent.get("classes", ()):
                block.parent.parent.replace(block.parent, block)
        for code in self.document.findall(nodes.literal):
            if len(code.astext()) <= 22:
                code["classes"].append("whole")


def divide(visit, longest=14):
    """A visitor of formulas in a line, which break at their signs only if they are long."""

    def visit_and_divide(translator, node):
        try:
            visit(translator, node)
        except nodes.SkipNode:
            start, formula = translator.body[-3:-1]
            seen = re.sub("<[^>]*>", "", formula.partition("<annotation")[0])
            if len(seen) <= longest:
                translator.body[-3] = start.replace('class="', 'class="whole ', 1)
            else:
                part = '<span class="base">'
                translator.body[-2] = formula.replace(f"</span>{part}", f"</span><wbr>{part}")
            raise

    return visit_and_divide


def measure(visit, name, amount):
    """A visitor whose element says how much it holds: it is laid out only when it is near."""

    def visit_and_measure(translator, node):
        start = len(translator.body)
        try:
            visit(translator, node)
        finally:
            body = translator.body
            if len(body) > start and not isinstance(node.parent, nodes.entry):
                tag, rest = re.match("(<[a-z]+)(.*)", body[start], re.S).groups()
                body[start] = f'{tag} style="{name}:{amount(node, body)}"{rest}'

    return visit_and_measure


def height(node, body):
    """Of a rendered equation."""
    struts = re.findall(r'class="strut" style="height:([\d.]+)em', body[-2])
    return f"{max(map(float, struts)):.2f}em"


def characters(node, _):
    """That a paragraph shows."""
    math = [one.astext() for one in node.findall(nodes.math)]
    return len(node.astext()) + sum(len(plain(latex)) - len(latex) for latex in math)


def lines(node, _):
    return len(node.astext().rstrip().splitlines())


def visit_entry(translator, node):
    """A cell of a table; an empty one is not the head of anything."""
    HTML5Translator.visit_entry(translator, node)
    if translator.context[-1].startswith("</th") and not node.astext():
        translator.body[-1] = "<td>"
        translator.context[-1] = "</td>"


def visit_image(translator, node):
    """A picture that loads when it is near, in a box of its size; or a drawing in the page."""
    path, start = Path(translator.builder.srcdir, node["uri"]), len(translator.body)
    if path.name == "path.svg":
        translator.body.append(drawing(path, node["alt"]))
        return
    HTML5Translator.visit_image(translator, node)
    if path.suffix == ".png":
        with Image.open(path) as image:
            width, height = image.size
        more = f'width="{width}" height="{height}" loading="lazy" decoding="async"'
        tag = "".join(translator.body[start:]).replace(".png", ".webp")
        translator.body[start:] = [tag.replace("<img ", f"<img {more} ", 1)]


def drawing(path, alt):
    svg = path.read_text(encoding="utf-8").replace("<svg ", f'<svg role="group" aria-label="{alt}" ', 1)
    for colour, name in DRAWN.items():
        svg = svg.replace(f'="{colour}"', f'="var({name})"')
    return re.sub(r"<title>.*?</title>|(?<=<svg )(.*?) width=\S+ height=\S+", r"\1", svg)


def convert(app, exception):
    """What the pages show is WebP, and their fonts have only the glyphs that they show."""
    if exception or app.builder.name != "html":
        return
    out = Path(app.outdir)
    for path in out.glob("_images/*.png"):
        with Image.open(path) as image:
            image.save(path.with_suffix(".webp"), lossless=True, method=6)
        path.unlink()
    shown = {chr(code) for code in range(32, 127)}.union(
        *(html.unescape(page.read_text(encoding="utf-8")) for page in out.rglob("*.html"))
    )
    logging.getLogger("fontTools.subset").setLevel(logging.WARNING)
    for path in out.glob("_static/**/*.woff2"):
        options = subset.Options(flavor="woff2", layout_features=["*"], notdef_outline=True)
        font, subsetter = subset.load_font(path, options), subset.Subsetter(options)
        subsetter.populate(text="".join(sorted(shown)))
        subsetter.subset(font)
        subset.save_font(font, path, options)


def setup(app):
    inline, block = app.registry.html_inline_math_renderers, app.registry.html_block_math_renderers
    inline["katex"] = divide(inline["katex"][0]), None
    block["katex"] = measure(block["katex"][0], "--height", height), None
    paragraph = measure(HTML5Translator.visit_paragraph, "--chars", characters)
    code = measure(HTML5Translator.visit_literal_block, "--lines", lines)
    for node, visit in (
        (nodes.paragraph, paragraph),
        (nodes.literal_block, code),
        (nodes.entry, visit_entry),
        (nodes.image, visit_image),
    ):
        depart = getattr(HTML5Translator, f"depart_{node.__name__}")
        app.add_node(node, override=True, html=(visit, depart))
    app.add_post_transform(SetPages)
    app.connect("html-page-context", complete, priority=900)  # after the theme's own
    app.connect("build-finished", convert)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
