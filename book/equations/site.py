"""Sphinx extension: what the last run found, beside each equation and on a page of its own.

A page has the line `% equations` where the list of all equations belongs, and `% figures` where
the two sentences with the figures of the run do. Without a run, or with a stale one, there is no
site.
"""

import hashlib
import json
import re
from html import escape
from itertools import groupby
from pathlib import Path

from docutils import nodes
from sphinx.errors import ExtensionError

from book.equations import record


def mark_of(entry):
    """The sign beside an equation's number, and what it means."""
    if entry["refutation"]:
        return "✗", "Executed, and false on purpose"
    return ("–", "Not executed") if entry["kind"] == "schematic" else ("✓", "Executed, and true")


def load(app, config):
    """Read the record once, for every page. A record that says something else rebuilds them."""
    try:
        entries = record.load()
    except ValueError as error:
        raise ExtensionError(str(error)) from None
    app.course_equations = {entry["label"]: entry for entry in entries}
    text = json.dumps([{**entry, "error": 0} for entry in entries])
    config.course_equations = hashlib.sha256(text.encode()).hexdigest()


def with_mark(visit):
    """A visitor of displayed equations that adds the mark, and the numbers of a refutation."""

    def visit_and_mark(translator, node):
        try:
            visit(translator, node)
        except nodes.SkipNode:
            entry = translator.builder.app.course_equations.get(node.get("label"))
            if entry:
                builder, body = translator.builder, translator.body
                number = max(i for i, part in enumerate(body) if 'class="eqno"' in part)
                body.insert(body.index("</span>", number), mark(builder, entry))
                body.append(refutation(builder, entry))
            raise

    return visit_and_mark


def page_of(entry):
    """The page that lists the equation."""
    return f"reference/equations_{entry['chapter'][:2]}"


def link(builder, entry):
    page = builder.get_relative_uri(builder.current_docname, page_of(entry))
    return f"{page}#{anchor(entry)}"


def mark(builder, entry):
    sign, meaning = mark_of(entry)
    text = f"{meaning}: see the page Equations"
    kind = " refuted" if entry["refutation"] else ""
    return (
        f'<a class="equation-mark{kind}" href="{link(builder, entry)}" title="{text}"'
        f' aria-label="{text}">{sign}</a>'
    )


def refutation(builder, entry):
    """The counterexample, below the equation."""
    if not entry["refutation"]:
        return ""
    refuted = f'<a href="{link(builder, entry)}">Refuted</a>'
    return f'<p class="refutation">{refuted}: {escape(in_words(entry["refutation"]))}.</p>'


def in_words(text):
    """Text of a run as it is set on a page: minus signs, x₁, and no break in j = 1 or 4-2-3."""
    text = ", ".join(text.splitlines())
    text = re.sub(r"_(\d)", lambda m: chr(ord("₀") + int(m[1])), text)
    text = re.sub(r"(?<=[\de])-(?=\d)", "\N{NON-BREAKING HYPHEN}", text)
    text = re.sub(r"(?<=[ (])-(?=\d)", "\N{MINUS SIGN}", text)
    return re.sub(r" = | (?=example)", lambda m: m[0].replace(" ", "\N{NO-BREAK SPACE}"), text)


def anchor(entry):
    return "checked-" + entry["label"].removeprefix("eq:").lower()


def fill_in(app, docname, source):
    """Put the list and the figures of the run where a page asks for them."""
    if Path(app.env.doc2path(docname)).suffix == ".md":
        entries = list(app.course_equations.values())
        source[0] = source[0].replace("% figures", record.summary(entries))
        refuted = [entry for entry in entries if entry["refutation"]]
        numbers = ", ".join(f"{{ref}}`({x['number']}) <{anchor(x)}>`" for x in refuted)
        source[0] = source[0].replace("% refuted", numbers)
        source[0] = source[0].replace("% chapters", "\n".join(contents(entries)))
        source[0] = re.sub(
            r"^% equations (\S+)$",
            lambda match: "\n".join(listing(entries, match[1])),
            source[0],
            flags=re.M,
        )


def contents(entries):
    """What was run in each chapter, as a table in MyST."""
    yield "| chapter | equations | steps | evaluations |\n| --- | --: | --: | --: |"
    for chapter, group in groupby(entries, key=lambda entry: entry["chapter"]):
        group = list(group)
        steps, evaluations = (
            record.grouped(sum(entry[key] for entry in group)) for key in ("steps", "evaluated")
        )
        listed = f"[{len(group)}]({Path(page_of(group[0])).name}.md)"
        yield f"| {{doc}}`/chapters/{chapter}` | {listed} | {steps} | {evaluations} |"


def listing(entries, chapter):
    """The equations of a chapter in MyST."""
    yield f"Those of {{doc}}`/chapters/{chapter}`. {{doc}}`equations` says how they are run.\n"
    for entry in entries:
        if entry["chapter"] == chapter:
            yield f"({anchor(entry)})=\n{{eq}}`{entry['label']}` {facts(entry)}\n"
            yield f"$$\n{entry['latex'].strip()}\n$$\n"


def facts(entry):
    sign, _ = mark_of(entry)
    if entry["kind"] == "schematic":
        return f"– not executed: {entry['reason']}."
    world = in_words(entry["worlds"][0])
    text = (
        f"{sign} {entry['kind']}, {record.count(entry['steps'], 'step')},"
        f" {record.count(entry['evaluated'], 'evaluation')}"
        f" in {record.count(len(entry['worlds']), 'world')}, such as {world}"
    )
    if entry["refutation"]:
        text += f". Refuted: {in_words(entry['refutation'])}"
    else:
        text += f"; largest error {entry['error']:.0e}" if entry["error"] else "; no error"
    if entry["functions"]:
        names = ", ".join(f"{{py:obj}}`~{name}`" for name in entry["functions"])
        text += f". In `nnlib`: {names}"
    return f"{text}."


def setup(app):
    app.add_config_value("course_equations", "", "env")
    app.connect("config-inited", load)
    app.connect("source-read", fill_in)
    visitors = app.registry.html_block_math_renderers
    visit, depart = visitors["katex"]
    visitors["katex"] = with_mark(visit), depart
    return {"parallel_read_safe": True, "parallel_write_safe": True}
