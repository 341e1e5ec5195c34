"""Sphinx extension: pages that load one style sheet and one script, with only what they use.

The theme ships 400 kB of rules, a script of 1.5 MB for ten icons, and scripts for parts that this
site does not have. After the build, what the theme wrote is joined in `_static/site.css` and
`_static/site.js`; rules that no page can match are left out, icons become part of the style
sheet, and figures become WebP, with their size in the page so that nothing moves as they load.
"""

import hashlib
import html
import logging
import re
from functools import partial
from itertools import takewhile
from pathlib import Path

import tinycss2
from docutils import nodes
from fontTools import subset
from PIL import Image
from sphinx.errors import ExtensionError

STYLES = (
    "basic.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "copybutton.css",
    "mystnb.*.css",
    "katex/katex.min.css",
    "katex-math.css",
    "course.css",
)
SCRIPTS = (
    "documentation_options.js",
    "doctools.js",
    "sphinx_highlight.js",
    "clipboard.min.js",
    "copybutton.js",
    "scripts/sphinx-book-theme.js",
    "scripts/pydata-sphinx-theme.js",
    "course.js",
)
SEARCH = ("searchtools.js", "language_data.js")
KEPT = ("site.css", "site.js", *SEARCH)
LONG, PART = '<span class="math">', '<span class="base">'
LIVE = "live.js"  # loads when a reader asks for it
ICONS = "scripts/fontawesome.js"
FONTS = {  # what a page needs at once; the rarer ones load when they are met
    "<p>": "fonts/source-serif-4-latin-400-normal.woff2",
    "<h1>": "fonts/source-serif-4-latin-600-normal.woff2",
    'class="katex"': "katex/fonts/KaTeX_Main-Regular.woff2",
    "mathnormal": "katex/fonts/KaTeX_Math-Italic.woff2",
}

DRAWN = {  # the colours of path.svg, as the style sheet names them
    "#1f5a96": "--course-forward",
    "#b04f0c": "--course-backward",
    "#ffffff": "--pst-color-background",
    "#222222": "--pst-color-text-base",
}
# What the theme says to thebe, for which this site has live.js.
THEBE = r'\s*<script type="text/x-thebe-config">.*?</script>\s*<script>kernelName = .*?</script>'
LATER = {  # what the theme's scripts do as a page is read and that can wait, or is not needed
    # The list of pages and the headings find their place when the page has been laid out.
    'e(function(){if(!document.querySelector(".bd-docs-nav"))return;': 'addEventListener("load",'
    'function(){if(!document.querySelector(".bd-docs-nav"))return;',
    'window.addEventListener("resize",_(c,300)),c()': 'window.addEventListener("resize",_(c,300)),'
    'window.addEventListener("load",c)',
    # What scrolls is found by course.js.
    '["pre",".nboutput > .output_area",".cell_output > .output",".jp-RenderedHTMLCommon",'
    '".pst-scrollable-table-container"].join(", ")': '"none"',
    # There are no announcements and no margin notes.
    'document.querySelector(".pst-async-banner-revealer")': "null",
    '"marginnote","sidenote","margin","margin-caption","full-width","sidebar","popout"': '"marginnote"',
}
MENDED = {  # what the theme leaves without a name for screen readers
    '<div id="pst-primary-sidebar" class': '<div id="pst-primary-sidebar" role="complementary" aria-label="The book" class',
    '<summary><span class="toctree-toggle"': '<summary aria-label="Pages below this one"><span class="toctree-toggle"',
    '<th class="head"><p></p></th>': "<td></td>",
}


def add_to_head(app, pagename, templatename, context, doctree):
    """The page's fonts, and its first sentences for search engines."""
    body = context.get("body", "")
    fonts = [font for mark, font in FONTS.items() if mark in body]
    context["course_fonts"] = [context["pathto"](f"_static/{font}", 1) for font in fonts]
    title = context.get("title") or pagename.capitalize()
    context["course_description"] = description(doctree) or f"{title}: {app.config.html_title}"


def description(doctree, longest=160):
    """The sentences of the first paragraph that fit, without formulas."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        if not any(paragraph.findall(nodes.math)):
            sentences = re.split(r"(?<=[.?!]) ", paragraph.astext().replace("\n", " "))
            lengths = [len(" ".join(sentences[: i + 1])) for i in range(len(sentences))]
            fitting = len(list(takewhile(lambda length: length <= longest, lengths)))
            return " ".join(sentences[: max(fitting, 1)])
    return ""


def make_lean(app, exception):
    """Join, purge and convert what the build has written."""
    if exception or app.builder.name != "html":
        return
    out = Path(app.outdir)
    static = out / "_static"
    pages = [page for page in sorted(out.rglob("*.html")) if static not in page.parents]
    markup = "".join(page.read_text(encoding="utf-8") for page in pages)
    if (static / SCRIPTS[0]).exists():  # else nothing has changed, and nothing was written
        script = "\n;\n".join((static / name).read_text(encoding="utf-8") for name in SCRIPTS)
        script = re.sub(r"^//# sourceMappingURL.*$", "", script, flags=re.M)
        for old, new in LATER.items():
            if old not in script:
                raise ExtensionError(f"the theme's scripts no longer have {old}")
            script = script.replace(old, new)
        (static / "site.js").write_text(script, encoding="utf-8")
        style = style_sheet(static, markup, script)
        shapes = (static / ICONS).read_text(encoding="utf-8")
        (static / "site.css").write_text(style, encoding="utf-8")
        for font in static.rglob("*.woff2"):
            if font.name in style:
                subset_font(font, characters(markup))
        versions = {name: digest((static / name).read_bytes()) for name in (*KEPT, LIVE)}
        for page in pages:
            stamp(page, versions, shapes, out)
    remove_unused(static, markup)
    for image in (out / "_images").glob("*.png"):
        if image.with_suffix(".webp").exists():
            image.unlink()


def digest(content):
    return hashlib.sha256(content).hexdigest()[:8]


def stamp(page, versions, shapes, out):
    """Give the page's files their versions, so that they can be cached for ever, and its
    figures, code and tables their sizes."""
    text = page.read_text(encoding="utf-8")

    def versioned(match):
        return f"{match[1]}?v={versions[match[1]]}" if match[1] in versions else match[0]

    def drawing(match):
        return inline(page.parent / match[1], match[0])

    def image(match):
        path = (page.parent / match[1]).resolve()
        return picture(path, match[0]) if out in path.parents and path.is_file() else match[0]

    for old, new in MENDED.items():
        text = text.replace(old, new)
    text = re.sub(THEBE, "", text, flags=re.S)
    text = re.sub(r'<img [^>]*?src="([^"]+/path\.svg)"[^>]*>', drawing, text)
    text = re.sub(r'(<div class="math"(?: id="[^"]*")?)(>.*?</div>)', sized, text, flags=re.S)
    text = re.sub(r'(?<!<td>)(?<!<th class="head">)<p>(.*?)</p>', counted, text, flags=re.S)
    text = re.sub(r'(<h1>|-title">)nnlib\.(?!<wbr>)', r"\1nnlib.<wbr>", text)
    text = re.sub(r'<span class="math(?=">.{,300}?<math[^>]*>(.*?)</math>)', whole, text)
    text = divided(text)
    text = re.sub(r'<code class="([^"]*\bliteral\b[^"]*)">(.*?)</code>', word, text)
    text = re.sub(r'(<div class="highlight")(><pre>(.*?)</pre>)', numbered, text, flags=re.S)
    text = re.sub(
        r'(?<!\d">)<div class="pst-scrollable.*?</table>\s*</div>', tabled, text, flags=re.S
    )
    text = re.sub(
        r"<(?:i|span)( class=\"[^\"]*fa-solid[^>]*)></(?:i|span)>", partial(icon, shapes), text
    )
    text = re.sub(r"(?<=_static/)([\w.-]+\.(?:css|js))(?:\?v=\w+)?(?=\")", versioned, text)
    text = re.sub(r'<img [^>]*?src="([^"]+\.png)"[^>]*>', image, text)
    page.write_text(text, encoding="utf-8")


def inline(path, tag):
    """A drawing as part of the page: its links work, and its colours are those of the page."""
    alt = re.search(r'alt="([^"]*)"', tag)[1]
    svg = path.read_text(encoding="utf-8").replace(
        "<svg ", f'<svg role="group" aria-label="{alt}" ', 1
    )
    for colour, name in DRAWN.items():
        svg = svg.replace(f'="{colour}"', f'="var({name})"')
    return re.sub(r"<title>.*?</title>|(?<=<svg )(.*?) width=\S+ height=\S+", r"\1", svg)


def sized(match):
    """An equation that says how high it is, so that a browser need not draw it to know."""
    heights = re.findall(r'class="strut" style="height:([\d.]+)em', match[2])
    return f'{match[1]} style="--height:{max(map(float, heights)):.2f}em"{match[2]}'


# What is far away is not laid out until it is near, and keeps its place by these numbers.


def counted(match):
    """A paragraph that says how many characters it shows."""
    return f'<p style="--chars:{shown(match[1])}">{match[1]}</p>'


def whole(match, longest=14):
    """A formula in a line, which breaks at its signs only if it is long."""
    seen = shown(match[1].split("<annotation")[0])
    return f"{match[0]}{' whole' if seen <= longest else ''}"


def divided(text):
    """Long formulas in a line, whose parts may begin a line also where their surroundings may not."""

    def part(match):
        nonlocal last
        if match[0] != PART:
            last = match[0]
        return f"<wbr>{PART}" if (last, match[0]) == (LONG, PART) else match[0]

    last = ""
    return re.sub(rf'<div class="math"|<span class="math[^"]*">|(?<=</span>){PART}', part, text)


def word(match, longest=22):
    """Code in a line, which breaks behind its points and underscores, and only if it is long."""
    if shown(match[2]) <= longest:
        return f'<code class="{match[1].removesuffix(" whole")} whole">{match[2]}</code>'
    parts = re.sub(r"(?<=\w[._])(?=[A-Za-z])", "<wbr>", match[2])
    return f'<code class="{match[1]}">{parts}</code>'


def numbered(match):
    """Code that says how many lines it has."""
    return f'{match[1]} style="--lines:{len(match[3].rstrip().splitlines())}"{match[2]}'


def tabled(match):
    """A table that says how many rows it has, and how many characters their longest cells."""
    rows = [re.split(r"<t[dh]\b", row)[1:] for row in match[0].split("<tr")[1:]]
    longest = sum(max(map(shown, row)) for row in rows)
    return f'<div style="--rows:{len(rows)};--chars:{longest}">{match[0]}</div>'


def shown(markup):
    """The number of characters that a reader sees."""
    seen = re.sub(r'<span class="katex-mathml">.*?</math></span>|^[^<]*>|<[^>]*>', "", markup)
    return len(html.unescape(seen).strip())


def picture(path, tag):
    """An <img> of a WebP picture that loads when it is near, in a box of its size."""
    with Image.open(path) as image:
        width, height = image.size
        image.save(path.with_suffix(".webp"), lossless=True, method=6)
    tag = re.sub(r' (?:loading|decoding|width|height)="[^"]*"', "", tag).rstrip("/> ")
    tag = tag.replace(".png", ".webp")
    return f'{tag} width="{width}" height="{height}" loading="lazy" decoding="async" />'


def remove_unused(static, markup):
    """Keep the files that a page or the style sheet names."""
    named = markup + "".join((static / name).read_text(encoding="utf-8") for name in KEPT)
    for path in sorted(static.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.name not in KEPT and f"/{path.name}" not in named:
            path.unlink()


def style_sheet(static, markup, script):
    """All style sheets in one, without the rules that no page can match."""
    used = names_in(markup) | set(re.findall(r"[\w-]+", script)) | {"wbr"}  # stamped later
    parts = []
    for name in STYLES:
        [path] = static.glob(name)
        folder = path.parent.relative_to(static).as_posix()
        text = re.sub(r"url\((?!data:|[\"'])", f"url({folder}/", path.read_text(encoding="utf-8"))
        parts.append(text)
    text, longer = "\n".join(parts), None
    while text != longer:  # a property that nothing reads may be the only one that reads another
        read = set(re.findall(r"var\(\s*(--[\w-]+)", text))
        longer, text = text, purge(tinycss2.parse_stylesheet(text, True, True), used, read)
    for face in re.findall(r"@font-face\{[^}]*\}", text):
        family = re.search(r"font-family:\s*\"?([^;\"]+)", face)[1]
        if family not in re.sub(r"@font-face\{[^}]*\}", "", text):
            text = text.replace(face, "")
    return text + ICONS_NOTE


def characters(markup):
    """Every character that a page may show, in its text or from its style sheet."""
    printable = {chr(code) for code in range(32, 127)}
    return "".join(sorted(set(html.unescape(markup)) | printable))


def subset_font(path, text):
    """Keep the glyphs of these characters only."""
    logging.getLogger("fontTools.subset").setLevel(logging.WARNING)
    options = subset.Options(flavor="woff2", layout_features=["*"], notdef_outline=True)
    font = subset.load_font(path, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=text)
    subsetter.subset(font)
    subset.save_font(font, path, options)


def names_in(markup):
    """The names of all tags, classes and ids."""
    values = re.findall(r'\b(?:class|id)="([^"]*)"', markup)
    return set(" ".join(values).split()) | set(re.findall(r"<([a-z][a-z0-9]*)", markup))


def purge(rules, used, read):
    """The rules that can match, without the custom properties that nothing reads, as text."""
    text = ""
    for rule in rules:
        if rule.type == "qualified-rule":
            kept = [one for one in selectors(rule.prelude) if can_match(one, used)]
            body = declarations(rule.content, read)
            if kept and body:
                prelude = ",".join(tinycss2.serialize(one).strip() for one in kept)
                text += f"{prelude}{{{body}}}\n"
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = purge(tinycss2.parse_rule_list(rule.content, True, True), used, read)
            if inner:
                text += f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}\n"
        elif rule.type == "at-rule" and not left_out(rule):
            text += tinycss2.serialize([rule]) + "\n"
    return text


def declarations(content, read):
    found = tinycss2.parse_blocks_contents(content, True, True)
    kept = [one for one in found if not one.name.startswith("--") or one.name in read]
    return ";".join(one.serialize() for one in kept)


def left_out(rule):
    """Whether an at-rule brings in what is here already, or the font of all icons."""
    if rule.lower_at_keyword == "font-face":
        return "Font Awesome" in tinycss2.serialize(rule.content)
    return rule.lower_at_keyword in ("charset", "import")


def selectors(prelude):
    """Split a rule's head at its commas."""
    one = []
    for token in prelude:
        if token == ",":
            yield one
            one = []
        else:
            one.append(token)
    yield one


def can_match(selector, used):
    """Whether every class, id and tag outside of :not() and the like is used somewhere."""
    before = None
    for token in selector:
        if token.type == "hash" and token.value not in used:
            return False
        if token.type == "ident" and before != ":" and token.value not in used:
            return False
        before = token.value if token.type == "literal" else None
    return True


ICONS_NOTE = """
/* Icons: Font Awesome Free, CC BY 4.0, https://fontawesome.com/license/free */
.fa-solid{height:1em;vertical-align:-.125em;fill:currentColor}
.fa-lg{font-size:1.25em}"""


def icon(script, match):
    """An icon as a drawing, from the theme's script of all icons."""
    names = re.findall(r"fa-(?!solid|lg)([\w-]+)", match[1])
    shape = names and re.search(
        rf'[,{{]"?{names[0]}"?:\[(\d+),(\d+),\[[^]]*\],"\w+","([^"]+)"', script
    )
    if not shape:
        raise ExtensionError(f"the theme has no icon for {match[0]}")
    width, height, path = shape.groups()
    return (
        f'<svg{match[1]} viewBox="0 0 {width} {height}" aria-hidden="true"><path d="{path}"/></svg>'
    )


def setup(app):
    app.config.templates_path.append(str(Path(__file__).with_name("templates")))
    app.connect("html-page-context", add_to_head, priority=900)
    # After the theme has written its colours.
    app.connect("build-finished", make_lean, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
