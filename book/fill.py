"""Sphinx extension: `{{ name words }}` on a page becomes what the function of that name makes of them.

An extension gives its functions with `fill.in_pages(app, name=function)`; a function gets the app
and the words, and returns MyST. A name that nobody gave is an error.
"""

import re
from pathlib import Path

from sphinx.errors import ExtensionError

PLACE = re.compile(r"\{\{ ([^}]*) \}\}")


def in_pages(app, **functions):
    app.setup_extension("book.fill")
    app.course_fillers |= functions


def fill_in(app, docname, source):
    def made(match):
        name, *words = match[1].split()
        if name not in app.course_fillers:
            known = ", ".join(sorted(app.course_fillers))
            raise ExtensionError(f"{docname}: nothing makes {match[0]}; there are {known}")
        return app.course_fillers[name](app, *words)

    if Path(app.env.doc2path(docname)).suffix == ".md":
        source[0] = PLACE.sub(made, source[0])


def setup(app):
    app.course_fillers = {}
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
