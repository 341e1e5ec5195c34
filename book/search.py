"""Sphinx extension: a search that finds sections, equations, functions, symbols and symptoms.

Each section of a page, each entry of the reference and each row of the page Symbols is a record of
`_static/course-index.js`, which search.js reads when a reader searches. Formulas are there as the
letters and signs that they show.
"""

import json
import re
import tomllib
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform

SIGNS = {
    "alpha": "α", "delta": "δ", "varepsilon": "ε", "mu": "μ", "sigma": "σ", "ell": "ℓ",
    "partial": "∂", "odot": "⊙", "sum": "∑", "forall": "∀", "in": " ∈ ", "to": " → ",
    "le": " ≤ ", "ge": " ≥ ", "ne": " ≠ ", "times": "×", "cdot": "·", "lambda": "λ", "beta": "β",
    "approx": "≈", "leftarrow": "←", "max": "max", "log": "log", "exp": "exp", "tanh": "tanh",
}  # fmt: skip
SHOWN = re.compile(r"[^\W\d_]{1,2}|∂J/∂\w|A⊙B|:=|[←≈∀]|[A-Za-z]\w+")  # in the index
SYNONYMS = Path(__file__).with_name("synonyms.toml")


def plain(latex):
    """The letters and signs of a formula: `\\partial J / \\partial \\mathbf{Z}` is "∂J/∂Z"."""
    latex = re.sub(r"\\(operatorname|mathrm)\{(\w+)\}(\\left\(.*\\right\))?", r"\2", latex)
    latex = latex.replace(r"\mathbf{1}\left\{", "indicator").replace(r"\mathsf{T}", "⊤")
    latex = re.sub(r"\\([A-Za-z]+) ?", lambda match: SIGNS.get(match[1], ""), latex)
    return re.sub(r"\^\{?\[.*?\]\}?|[{}$\\ ]", "", latex)


def words(latex):
    """What one would type to find a formula: dW for ∂J/∂W, and the functions in it."""
    slopes = re.findall(r"∂[Jℓ]/?∂(\w)", plain(latex))
    functions = re.findall(r"\\(?:operatorname\{)?(softmax|ReLU|diag|tanh|log|exp|max|odot)", latex)
    turned = ["transpose"] if r"\mathsf{T}" in latex else []
    return [f"d{letter}" for letter in slopes] + functions + turned


def own(node):
    """What belongs to a section and not to one inside it."""
    for child in node.children:
        if not isinstance(child, (nodes.section, addnodes.desc, nodes.title)):
            yield child
            yield from own(child)


def shown(block, numbers=None):
    """The text of a paragraph, each formula once, and references as their numbers."""
    text = ""
    for part in block.children:
        if isinstance(part, nodes.math):
            text += plain(part.astext())
        elif isinstance(part, addnodes.pending_xref) and part["reftype"] == "eq":
            text += f"({(numbers or {}).get(part['reftarget'], '')})"
        elif isinstance(part, nodes.Text):
            text += part.astext()
        elif not isinstance(part, (nodes.raw, nodes.comment)):
            text += shown(part, numbers)
    return text


def record(place, title, heading, node, numbers, names=()):
    """[address, title of the page, heading, names, equations, code, text] of a section or an entry."""
    parts, names = list(own(node)), list(names)
    equations, code, text = [], [], []
    for part in parts:
        if isinstance(part, (nodes.math, nodes.math_block)):
            if number := numbers.get(part.get("label")):
                equations.append(f"({number})")
                names.append(part["label"].removeprefix("eq:"))
            equations += words(part.astext())
        elif isinstance(part, nodes.literal_block):
            names += re.findall(r"^(?:def|class) (\w+)", part.astext(), re.M)
            code.append(part.astext())
        elif isinstance(part, (nodes.paragraph, nodes.caption, nodes.term)):
            text.append(shown(part, numbers))
    names = " ".join(dict.fromkeys(names))
    return [place, title, heading, names, " ".join(equations), "\n".join(code), " ".join(text)]


def records(app):
    """All of them, page after page."""
    env, numbers = app.env, {x["label"]: x["number"] for x in app.course_record["equations"]}
    for page in sorted(env.found_docs):
        if page.startswith("reference/equations_"):  # the formulas of the chapters again
            continue
        tree, address = env.get_doctree(page), app.builder.get_target_uri(page)
        title = env.titles[page].astext()
        for section in tree.findall(nodes.section):
            whole = isinstance(section.parent, nodes.document)
            heading = section.next_node(nodes.title).astext()
            if heading.startswith("Exercise "):  # the page of all exercises has them
                continue
            place = address if whole else f"{address}#{section['ids'][0]}"
            number = env.toc_secnumbers.get(page, {}).get("", ()) if whole else ()
            names = ["chapter", *map(str, number)] if number else []
            yield record(place, title, heading, section, numbers, names)
            yield from displayed(section, title, heading, address, numbers)
        for entry in tree.findall(addnodes.desc):
            signature = entry.next_node(addnodes.desc_signature)
            for anchor in signature["ids"][:1]:
                name = signature["fullname"]
                yield record(f"{address}#{anchor}", title, name, entry, numbers, [name])
        if page == "chapters/symbols":
            yield from symbols(tree, title, address)


def displayed(section, title, heading, address, numbers):
    """A record for each equation of a section: its number leads to it."""
    for block in own(section):
        if isinstance(block, nodes.math_block) and block.get("label") in numbers:
            label = block["label"]
            place = f"{address}#{nodes.make_id(f'equation-{label}')}"
            number = f"({numbers[label]})"
            yield [place, title, f"{number}, {heading}", number, "", "", ""]


def symbols(tree, title, address):
    """A record for each row of the page Symbols."""
    for row in tree.findall(nodes.row):
        entries = [entry for x in row.findall(addnodes.index) for entry in x["entries"]]
        if entries:
            names = [name for _, name, *_ in entries]
            names = " ".join(names + words(row[0].astext()))
            text = "; ".join(filter(None, map(shown, row.children[1:])))
            yield [f"{address}#{entries[0][2]}", title, shown(row[0]), names, "", "", text]


def write(app, exception):
    """The index of the search."""
    if exception or app.builder.name != "html":
        return
    data = {
        "records": list(records(app)),
        "synonyms": tomllib.loads(SYNONYMS.read_text(encoding="utf-8")),
    }
    text = f"window.courseIndex = {json.dumps(data, ensure_ascii=False, separators=(',', ':'))};\n"
    path = Path(app.outdir) / "_static" / "course-index.js"
    path.write_text(text, encoding="utf-8")


def without_sphinx(app):
    """Sphinx makes no index of its own."""
    app.builder.search = False


def page(app):
    """The page of results, which Sphinx makes for its own search only."""
    yield "search", {}, "search.html"


class IndexSymbols(SphinxTransform):
    """An entry in the index for every symbol of the page Symbols."""

    default_priority = 800  # before Sphinx collects the entries

    def apply(self, **_):
        if self.env.docname != "chapters/symbols":
            return
        for number, row in enumerate(self.document.findall(nodes.row)):
            cell = row[0]
            if isinstance(row.parent, nodes.thead) or not any(cell.findall(nodes.math)):
                continue
            names = [plain(math.astext()) for math in cell.findall(nodes.math)]
            if len(row) < 6:  # not the table of what others call it
                codes = [code.astext() for code in row[-2].findall(nodes.literal)]
                names += [code for code in codes if code.isidentifier()]
            anchor = f"symbol-{number}"
            cell["ids"].append(anchor)
            entries = [
                ("single", name, anchor, "main", None)
                for name in dict.fromkeys(names)
                if SHOWN.fullmatch(name)
            ]
            cell.insert(0, addnodes.index(entries=entries))


def setup(app):
    app.add_transform(IndexSymbols)
    app.connect("builder-inited", without_sphinx)
    app.connect("html-collect-pages", page)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
