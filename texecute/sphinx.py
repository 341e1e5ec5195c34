"""A Sphinx extension: every displayed formula of the built document is checked.

    extensions = ["texecute.sphinx"]        # in conf.py
    texecute_notation = "letters.toml"      # if the letters need one

A formula that is false, unread or untested is a warning where it stands; with -W it ends the build.
"""

from docutils import nodes
from sphinx.util import logging

from texecute.latex import FormulaError
from texecute.project import Project
from texecute.report import FINE, as_text

logger = logging.getLogger(__name__)


def check(app, env):
    """Check each document, in the order of their names."""
    project = Project(app.srcdir, app.config.texecute_notation or None)
    for name in sorted(env.found_docs):
        found = list(env.get_doctree(name).findall(nodes.math_block))
        try:
            text = project.text(env.doc2path(name))
        except FormulaError as error:
            logger.warning("%s", error, location=name, type="texecute")
            continue
        results = [text.check(node.astext(), node.get("label") or "") for node in found]
        text.finish(results)
        for node, result in zip(found, results):
            if result.verdict not in FINE:
                logger.warning("%s", as_text(result), location=node, type="texecute")


def setup(app):
    app.add_config_value("texecute_notation", "", "env")
    app.connect("env-check-consistency", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
