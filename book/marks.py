"""Sphinx extension: what the last run found, beside each equation and on a page for each chapter.

A page has the line `{{ equations CHAPTER }}` where the list of its equations belongs, and `{{ figures }}`
where the sentences with the figures of the run do. Without a run, or with a stale one, there is no
site.
"""

import hashlib
import json
import re
from itertools import groupby
from pathlib import Path

from sphinx.errors import ExtensionError

from book import equations, fill

MEANS = {
    "true": ("✓", "Checked, and true"),
    "shape": ("✓", "Checked, and true"),
    "definition": ("≔", "A definition"),
    "refuted": ("✗", "Checked, and false on purpose"),
}


def load(app, config):
    """Read the record once, for every page. A record that says something else rebuilds them."""
    try:
        app.course_record = equations.load()
    except ValueError as error:
        raise ExtensionError(str(error)) from None
    entries = app.course_record["equations"]
    app.course_equations = {entry["label"]: entry for entry in entries}
    text = json.dumps([{**entry, "error": 0} for entry in entries])
    config.course_equations = hashlib.sha256(text.encode()).hexdigest()


def page_of(entry):
    """The page that lists the equation."""
    return f"reference/equations_{entry['chapter'][:2]}"


def link(builder, entry):
    page = builder.get_relative_uri(builder.current_docname, page_of(entry))
    return f"{page}#{anchor(entry)}"


def mark(builder, entry):
    sign, meaning = MEANS[entry["verdict"]]
    text = f"{meaning}: what was found"
    kind = " refuted" if entry["refutation"] else ""
    return (
        f'<a class="equation-mark{kind}" href="{link(builder, entry)}" title="{text}"'
        f' aria-label="{text}">{sign}</a>'
    )


def refutation(builder, entry):
    """The counterexample, below the equation; the page of equations says where it is."""
    if not entry["refutation"]:
        return ""
    left, right, *_ = entry["refutation"]
    refuted = f'<a href="{link(builder, entry)}">Refuted</a>'
    said = f"in an entry of a random network the left is {left:.4g}, the right {right:.4g}"
    return f'<p class="refutation">{refuted}: {said}.</p>'


def counterexample(entry):
    left, right, place, instance = entry["refutation"]
    return in_words(f"the left is {left:.6g}, the right {right:.6g} {place}, in {instance}")


def in_words(text):
    """Text of a run as it is set on a page: minus signs, and no break in j = 1."""
    text = re.sub(r"(?<=[ (])-(?=\d)|(?<=e)-(?=\d)", "\N{MINUS SIGN}", text)
    text = re.sub(r"instance \d+: ", "an instance with ", text)
    text = re.sub(r"instance \d+", "an instance", text)
    return text.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")


def anchor(entry):
    return "checked-" + entry["label"].removeprefix("eq:").lower()


def refuted(app):
    entries = [entry for entry in app.course_equations.values() if entry["refutation"]]
    return ", ".join(f"{{ref}}`({x['number']}) <{anchor(x)}>`" for x in entries)


def contents(entries):
    """What was checked in each chapter, as a table in MyST."""
    yield "| chapter | equations | steps | comparisons |\n| --- | --: | --: | --: |"
    for chapter, group in groupby(entries, key=lambda entry: entry["chapter"]):
        group = list(group)
        steps, evaluations = (
            equations.grouped(sum(entry[key] for entry in group)) for key in ("steps", "evaluated")
        )
        listed = f"[{len(group)}]({Path(page_of(group[0])).name}.md)"
        yield f"| {{doc}}`/chapters/{chapter}` | {listed} | {steps} | {evaluations} |"


def listing(entries, chapter):
    """The equations of a chapter in MyST: the formula, what was found, and how it was read."""
    texts = {entry["latex"]: entry for entry in entries}
    yield f"Those of {{doc}}`/chapters/{chapter}`. {{doc}}`equations` says how they are checked.\n"
    for entry in entries:
        if entry["chapter"] == chapter:
            yield f"::::{{container}} checked\n:name: {anchor(entry)}\n"
            yield f"{{eq}}`{entry['label']}` {facts(entry)}\n"
            yield f"$$\n{entry['latex'].strip()}\n$$\n"
            yield from reading(entry, texts)
            yield f'<p class="try"><a href="own.html#at={entry["label"]}">Try changing it</a></p>\n'
            yield "::::\n"


def facts(entry):
    sign, _ = MEANS[entry["verdict"]]
    names = ", ".join(f"{{py:obj}}`~{name}`" for name in entry["functions"])
    used = f". In `nnlib`: {names}" if names else ""
    if entry["verdict"] == "definition":
        return f"{sign} definition{used}."
    text = (
        f"{sign} {entry['verdict']}, {equations.count(entry['steps'], 'step')},"
        f" {equations.count(entry['evaluated'], 'comparison')}"
        f" in {equations.count(entry['instances'], 'instance')}"
    )
    if entry["refutation"]:
        text += f". Refuted: {counterexample(entry)}"
    else:
        text += f"; largest error {number(entry['error'])}" if entry["error"] else "; no error"
    return f"{text}{used}."


def number(x):
    """1e−14, which no line breaks."""
    return f"{x:.0e}".replace("-", "\N{WORD JOINER}\N{MINUS SIGN}\N{WORD JOINER}")


def reading(entry, texts):
    """In a box to open: the formula as it was read, and the definitions that it rests on."""
    if not entry["reads_as"]:
        return
    yield '<details class="reading"><summary>Read as, and resting on</summary>\n'
    for text in entry["reads_as"]:
        yield f"$$\n{text}\n$$\n"
    for text in entry["hypotheses"]:
        known = texts.get(text)
        where = f"{{ref}}`({known['number']}) <{anchor(known)}>`" if known else f"${text}$"
        yield f"- {where if known or chr(92) in text else text}"
    sizes = in_words(entry["example"].partition(": ")[2])
    if sizes:
        yield f"\nThe first instance has {sizes}."
    yield "\n</details>\n"


def setup(app):
    app.add_config_value("course_equations", "", "env")
    app.connect("config-inited", load)
    fill.in_pages(
        app,
        figures=lambda app: equations.figures(app.course_record),
        refuted=refuted,
        chapters=lambda app: "\n".join(contents(app.course_equations.values())),
        equations=lambda app, chapter: "\n".join(listing(app.course_equations.values(), chapter)),
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
