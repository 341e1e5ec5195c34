"""The files of a book: under which notation each is read, and after which others.

A file ``texecute.toml`` beside the book names the notation, and for each document, by its name
without its folder and ending, the documents whose definitions hold in it too.
"""

import tomllib
from pathlib import Path

from texecute.document import formulas_of
from texecute.latex import FormulaError
from texecute.notation import load
from texecute.text import Text

NAME = "texecute.toml"


class Project:
    """The notation and the order of some documents."""

    def __init__(self, folder=".", notation=None):
        self.folder, path = Path(folder), Path(folder) / NAME
        data = {}
        if path.exists():
            try:
                data = tomllib.loads(path.read_text(encoding="utf-8"))
            except tomllib.TOMLDecodeError as error:
                raise FormulaError(f"{path} is no TOML: {error}") from None
        self.documents = data.get("documents", {})
        self.where = self.folder / data.get("folder", ".")
        self.notation = notation or data.get("notation")

    def settings(self, path):
        return self.documents.get(Path(path).stem, {})

    def text(self, path):
        """An empty text for a document: its notation, and what the documents before it define."""
        settings = self.settings(path)
        name = settings.get("notation", self.notation)
        text = Text(
            load(self.folder / name if not Path(name).is_absolute() else name) if name else None
        )
        for stem in settings.get("after", ()):
            for formula in formulas_of(self.file(stem)):
                if formula.displayed:
                    text.take(formula.latex)
        return text

    def file(self, stem):
        for ending in (".ipynb", ".md"):
            path = self.where / f"{stem}{ending}"
            if path.exists():
                return path
        raise FormulaError(f"{self.folder / NAME} names {stem}, and there is no such document")

    def formulas(self, path):
        """The displayed formulas of a document, in order."""
        return [formula for formula in formulas_of(path) if formula.displayed]

    def check(self, path):
        """The results for the displayed formulas of a document, in order."""
        text = self.text(path)
        results = []
        for n, formula in enumerate(self.formulas(path), 1):
            text.enter(n)
            results.append(text.check(formula.latex, formula.label))
        text.finish(results)
        return results
