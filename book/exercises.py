"""Sphinx extension: exercises as forms in the page, and the pages that list and repeat them.

In a notebook an exercise is a section with its task, a cell to be filled in (tag `exercise`) and a
solution (tag `solution`); chapters/exercises/ has what an answer is held against. On a page the cell
becomes a form, which live/exercises.js drives, and the solution is folded.
"""

import json
import re
import sys
from html import escape

import nbformat
from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinxcontrib import katex

from book import fill
from book.contents import CHAPTERS, chapters
from book.inpage import PYTHON, available, live_folder, megabytes

sys.path.insert(0, str(CHAPTERS))
from exercises import CHAPTERS as BY_CHAPTER
from exercises import EXERCISES

CHECK = re.compile(r'\s*check\("([\w-]+)", (\w+)\)\s*$')
HEADING = re.compile(r"### Exercise (\d+)\.(\d+): (.*)")
PROJECT = CHAPTERS / "exercises" / "project.py"
LEVELS = {1: "●○○", 2: "●●○", 3: "●●●"}


class MakeForms(SphinxPostTransform):
    """A form instead of each cell to be filled in, and folded solutions."""

    default_priority = 501  # before the cells get room for their buttons
    formats = ("html",)

    def run(self, **_):
        for cell in list(self.document.findall(nodes.container)):
            classes = cell.get("classes", ())
            if "tag_exercise-import" in classes:
                cell.parent.remove(cell)
            elif "tag_exercise" in classes and available():
                cell.parent.replace(cell, nodes.raw("", form(code(cell)), format="html"))
            elif "tag_exercise" in classes:
                cell["classes"] = ["cell"]
            elif "tag_solution" in classes:
                cell.parent.replace(cell, folded(cell))


def code(cell):
    return next(cell.findall(nodes.literal_block)).astext()


class Solution(nodes.General, nodes.Element):
    """What is folded below a line that opens it."""


def visit_solution(writer, node):
    writer.body.append('<details class="solution"><summary>Solution</summary>')


def depart_solution(writer, node):
    writer.body.append("</details>")


def folded(cell):
    """A solution without its first line and its check."""
    block = next(cell.findall(nodes.literal_block)).deepcopy()
    text = CHECK.sub("", block.astext()).split("\n", 1)[1].strip()
    block[:] = [nodes.Text(text)]
    block.rawsource = text
    return Solution("", block)


def form(source):
    name, answer = CHECK.search(source).groups()
    entry = EXERCISES[name]
    typed = CHECK.sub("", source)
    fields = {"write": program, "debug": program, "derive": derivation}.get(entry.kind, number)
    hints = "".join(
        f"<details><summary>Hint {n}</summary><p>{escape(hint)}</p></details>"
        for n, hint in enumerate(entry.hints, 1)
    )
    other = '<button type="button" class="other">Other numbers</button>'
    has_others = getattr(entry, "first", ())
    return (
        f'<form class="exercise" data-name="{name}" data-kind="{entry.kind}" data-answer="{answer}">'
        f"{fields(entry, name, typed)}"
        f'<p class="buttons"><button type="submit">Check</button>{other if has_others else ""}'
        '<span class="status" role="status"></span></p>'
        f'<div class="said" role="status"></div>{hints}</form>'
    )


def number(entry, name, typed):
    return (
        '<pre class="given" hidden></pre>'
        '<p><label>Your answer <input name="answer" autocomplete="off" autocapitalize="off"'
        ' spellcheck="false"></label></p>'
    )


def program(entry, name, typed):
    rows = typed.count("\n") + 3
    return (
        f'<p><label for="{name}-answer">Your program</label>'
        f'<textarea id="{name}-answer" name="answer" rows="{rows}" spellcheck="false"'
        f' autocapitalize="off">{escape(typed)}</textarea></p>'
    )


def derivation(entry, name, typed):
    left = katex.render_latex(entry.left, {})
    return (
        f'<p><label for="{name}-answer">{left} is, step by step, each on its line, in LaTeX</label>'
        f'<textarea id="{name}-answer" name="answer" rows="3" spellcheck="false"'
        f' autocapitalize="off">= </textarea></p><div class="preview" aria-hidden="true"></div>'
    )


def add_script(app, pagename, templatename, context, doctree):
    if not (doctree and available()):
        return
    raw = "".join(node.astext() for node in doctree.findall(nodes.raw))
    if re.search(r'class="(exercises?|review)\b', raw):
        static = context["pathto"]("_static/", 1)
        data = {
            "script": f"{static}{live_folder()}/exercises.js",
            "python": f"{static}{PYTHON}/",
            "megabytes": megabytes(),
        }
        script = f'<script type="application/json" id="exercise-data">{json.dumps(data)}</script>'
        context["body"] += script


def listed():
    """For each exercise: its name, chapter, number, title, kind, level, and its place on the site."""
    for path in chapters():
        chapter = int(path.stem[:2])
        cells = {c.id: c.source for c in nbformat.read(path, as_version=4).cells}
        for name in BY_CHAPTER[chapter]:
            head = HEADING.match(cells[f"exercise-{name}"])
            yield {
                "name": name,
                "chapter": chapter,
                "number": f"{chapter}.{head[2]}",
                "title": head[3],
                "kind": EXERCISES[name].kind,
                "level": EXERCISES[name].level,
                "page": path.stem,
                "id": nodes.make_id(head[0].removeprefix("### ")),
            }


def table(app):
    """All exercises, a row each; live/exercises.js marks those that were done."""
    app.env.note_reread()
    rows = "".join(
        f'<tr data-name="{e["name"]}"><td>{e["number"]}</td>'
        f'<td><a href="../chapters/{e["page"]}.html#{e["id"]}">{escape(e["title"])}</a></td>'
        f'<td>{e["kind"]}</td><td aria-label="level {e["level"]} of 3">{LEVELS[e["level"]]}</td><td></td></tr>'
        for e in listed()
    )
    return (
        '<p class="progress" role="status"></p><div class="exercises table-wrapper"><table><thead><tr><th>No.</th><th>Exercise</th>'
        f"<th>Kind</th><th>Level</th><th>Done</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def review(app):
    """Room for ten exercises, and the list of those that there are."""
    app.env.note_reread()
    keys = ("name", "page", "id")
    entries = json.dumps([{key: e[key] for key in keys} for e in listed()])
    return (
        f'<div class="review"><script type="application/json">{entries}</script>'
        '<p class="status" role="status"></p><noscript><p>This page needs JavaScript.</p></noscript></div>'
    )


def counts(app):
    """How many exercises there are, of which kind, and how many mistakes they know."""
    kinds = [entry.kind for entry in EXERCISES.values()]
    parts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
    known = sum(len(entry.mistakes) for entry in EXERCISES.values())
    return f"{len(kinds)} exercises ({parts}), which know {known} mistakes"


def project(app):
    """The program that trains what a reader has put together."""
    app.env.note_dependency(str(PROJECT))
    source = PROJECT.read_text(encoding="utf-8").split("\n\n", 1)[1]
    return f"```python\n{source}```"


def setup(app):
    app.add_node(Solution, html=(visit_solution, depart_solution))
    app.add_post_transform(MakeForms)
    app.connect("html-page-context", add_script)
    fill.in_pages(app, exercises=table, review=review, counts=counts, project=project)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
