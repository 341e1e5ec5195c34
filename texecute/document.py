"""The formulas of a document: what a reader of a notebook or a Markdown page sees as one.

Code, comments and raw HTML define nothing. A formula in a directive's body, such as a note, counts;
so does one that a cell displays.
"""

import json
import re
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from texecute.latex import FormulaError

CODE = {
    "code",
    "code-cell",
    "code-block",
    "literalinclude",
    "raw",
    "eval-rst",
    "mermaid",
    "toctree",
}


# Formulas within a sentence that claim nothing, with <!-- case --> or the like behind them.
MARKS = {
    "case": "where something holds: if p = j",
    "value": "a number or a function for an example",
    "quotation": "of somebody else, or false on purpose",
}
RELATION = re.compile(
    r"=|<|>|\\(le|leq|ge|geq|ne|neq|in|approx|sim|to|equiv|leftarrow)(?![a-zA-Z])"
)


SIGN = re.compile(rf"\s*(:=|\\overset\{{\?\}}\{{=\}}|{RELATION.pattern})")  # a sign alone


@dataclass
class Formula:
    """A formula where it stands."""

    latex: str
    label: str = ""
    displayed: bool = True
    place: str = ""  # the cell, or the line
    mark: str = ""  # what its author says of it, in a comment behind it: see MARKS

    @property
    def claims(self):
        """Whether a formula within a sentence has a relation, not only in a script, and no mark."""
        bare = re.sub(r"[_^]\{[^{}]*\}", "", self.latex)
        return not (self.mark or SIGN.match(bare)) and bool(RELATION.search(bare))


def mark_in(comment):
    """The mark that a comment is, if it is one: <!-- case -->."""
    found = re.fullmatch(r"<!--\s*(\w+)\s*-->", comment)
    return found[1] if found and found[1] in MARKS else ""


def parser():
    markdown = MarkdownIt("commonmark").enable("table")
    for plugin in (front_matter_plugin, amsmath_plugin, colon_fence_plugin, myst_role_plugin):
        markdown.use(plugin)
    return markdown.use(
        dollarmath_plugin,
        allow_labels=True,
        allow_space=True,
        allow_digits=False,
        double_inline=True,
    )


def formulas_of_markdown(text, place=""):
    """The formulas of a Markdown text, in order."""
    text = re.sub(r"\\\[(.+?)\\\]", r"$$\1$$", text, flags=re.S)
    text = re.sub(r"\\\((.+?)\\\)", r"$\1$", text, flags=re.S)
    yield from from_tokens(parser().parse(text), place)


def from_tokens(tokens, place):
    for token, after in zip_longest(tokens, tokens[1:]):
        here = place or (f"line {token.map[0] + 1}" if token.map else "")
        if token.type in ("math_block", "math_block_label", "amsmath"):
            yield Formula(token.content.strip(), token.info or "", True, here)
        elif token.type in ("math_inline", "math_inline_double"):
            mark = mark_in(after.content) if after is not None else ""
            yield Formula(token.content, "", token.type != "math_inline", here, mark)
        elif token.type == "myst_role" and token.meta.get("name") == "math":
            yield Formula(token.content, "", False, here)
        elif token.type in ("fence", "colon_fence"):
            yield from from_directive(token, here)
        elif token.children:
            yield from from_tokens(token.children, here)


def from_directive(token, place):
    """A directive's body is Markdown; that of {math} is a formula; a plain fence is code."""
    named = re.match(r"\{([\w:-]+)\}", token.info.strip())
    if not named or named[1] in CODE:
        return
    options = dict(re.findall(r"^:([\w-]+):[ \t]*(.*)$", token.content, re.M))
    body = re.sub(
        r"\A(:[\w-]+:.*\n)+|\A---\n.*?\n---\n",
        "",
        token.content,
        flags=re.S if "---" in token.content[:4] else 0,
    )
    if named[1] == "math":
        yield Formula(body.strip(), options.get("label", ""), True, place)
    else:
        yield from formulas_of_markdown(body, place)


def formulas_of_notebook(text):
    """The formulas of a notebook's Markdown cells, and those that its cells display."""
    for n, cell in enumerate(json.loads(text)["cells"]):
        place = f"cell {cell.get('id', n)}"
        if cell["cell_type"] == "markdown":
            yield from formulas_of_markdown("".join(cell["source"]), place)
        for output in cell.get("outputs", ()):
            latex = "".join(output.get("data", {}).get("text/latex", ""))
            if latex:
                yield from formulas_of_markdown(latex, place)


def formulas_of(path):
    """The formulas of a file. Raises FormulaError if it is no notebook, Markdown or LaTeX."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FormulaError(f"{path} cannot be read: {error}") from None
    if path.suffix == ".ipynb":
        try:
            return list(formulas_of_notebook(text))
        except (ValueError, KeyError, TypeError):
            raise FormulaError(f"{path} is no notebook") from None
    if path.suffix in (".md", ".txt", ".markdown"):
        return list(formulas_of_markdown(text))
    raise FormulaError(f"{path}: only .ipynb and .md are read")
