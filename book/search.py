"""Sphinx extension: a search that finds symbols.

Formulas are indexed by their letters and signs instead of by LaTeX, and each row of the page
Symbols has an entry in the index, which search shows first.
"""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.search.en import SearchEnglish
from sphinx.transforms import SphinxTransform

SIGNS = {
    "alpha": "α", "delta": "δ", "varepsilon": "ε", "mu": "μ", "sigma": "σ", "ell": "ℓ",
    "partial": "∂", "odot": "⊙", "sum": "∑", "forall": "∀",
    "approx": "≈", "leftarrow": "←", "max": "max", "log": "log", "exp": "exp", "tanh": "tanh",
}  # fmt: skip
KEPT = "∂⊙∑∀≈←⊤"  # signs that count as words
SHOWN = re.compile(r"[^\W\d_]{1,2}|∂J/∂\w|A⊙B|:=|[←≈∀]|[A-Za-z]\w+")  # in the index


def plain(latex):
    """The letters and signs of a formula: `\\partial J / \\partial \\mathbf{Z}` is "∂J/∂Z"."""
    latex = re.sub(r"\\(operatorname|mathrm)\{(\w+)\}(\\left\(.*\\right\))?", r"\2", latex)
    latex = latex.replace(r"\mathbf{1}\left\{", "indicator").replace(r"\mathsf{T}", "⊤")
    latex = re.sub(r"\\([A-Za-z]+) ?", lambda match: SIGNS.get(match[1], ""), latex)
    return re.sub(r"\^\{?\[.*?\]\}?|[{}$\\ ]", "", latex)


class CourseSearch(SearchEnglish):
    lang = "course"
    _word_re = re.compile(rf"[\w{KEPT}]+")
    js_splitter_code = (
        "var splitQuery = (query) => query"
        rf".split(/[^\p{{L}}\p{{N}}_{KEPT}]+/gu).filter((term) => term);"
    )

    def split(self, text):
        text = re.sub(r"\\([A-Za-z]+)", lambda match: f" {SIGNS.get(match[1], '')} ", text)
        return super().split(text)


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
    app.add_search_language(CourseSearch)
    app.add_transform(IndexSymbols)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
