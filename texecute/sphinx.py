"""A Sphinx extension: every displayed formula of the built document is checked.

    extensions = ["texecute.sphinx"]        # in conf.py
    texecute_notation = "letters.toml"      # if the letters need one

A formula that is false, unread or untested is a warning where it stands; with -W it ends the build.
"""

from docutils import nodes
from sphinx.util import logging

from texecute.document import Formula, mark_in
from texecute.latex import FormulaError
from texecute.project import Project
from texecute.report import FINE, as_text

MATH = nodes.math, nodes.math_block
logger = logging.getLogger(__name__)


def check(app, env):
    """Check each document, in the order of their names."""
    project = Project(app.srcdir, app.config.texecute_notation or None)
    for name in sorted(env.found_docs):
        found = list(env.get_doctree(name).findall(lambda x: isinstance(x, MATH)))
        formulas = [
            Formula(
                x.astext(), x.get("label") or "", isinstance(x, nodes.math_block), "", mark_of(x)
            )
            for x in found
        ]
        try:
            results = project.check(env.doc2path(name), formulas)
        except FormulaError as error:
            logger.warning("%s", error, location=name, type="texecute")
            continue
        displayed = [x for x in found if isinstance(x, nodes.math_block)]
        for node, result in zip(displayed, results):
            if result.verdict not in FINE:
                logger.warning("%s", as_text(result), location=node, type="texecute")


def mark_of(node):
    """What the comment behind a formula says of it: see document.MARKS."""
    after = node.next_node(descend=False, siblings=True)
    return mark_in(after.astext()) if isinstance(after, nodes.raw) else ""


def setup(app):
    app.add_config_value("texecute_notation", "", "env")
    app.connect("env-check-consistency", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
