"""The files of a book: under which notation each is read, and after which others.

A file ``texecute.toml`` beside the book names the notation, and for each document, by its name
without its folder and ending, the documents whose definitions hold in it too.
"""

import tomllib
from pathlib import Path

from texecute.document import formulas_of
from texecute.latex import FormulaError
from texecute.notation import load
from texecute.text import Text, finish

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
        """A text for a document: its notation, and what the documents before it define."""
        settings = self.settings(path)
        name = settings.get("notation", self.notation)
        text = Text(load(self.folder / name) if name else None)
        self.begin(text, settings)
        return text

    def begin(self, text, settings):
        """Start with what the documents named by `after` define, and nothing else."""
        text.begin(text.notation.model, settings.get("examples"))
        for stem in settings.get("after", ()):
            path = self.file(stem)
            self.begin(text, self.settings(path))
            for formula in formulas_of(path):
                self.enter(text, path, formula)
                if self.says(path, formula):
                    text.take(formula.latex)

    def enter(self, text, path, formula):
        """At some displays the letters begin anew."""
        settings = self.settings(path).get("anew", {}).get(formula.label)
        if settings is not None:
            self.begin(text, settings)

    def file(self, stem):
        for ending in (".ipynb", ".md"):
            path = self.where / f"{stem}{ending}"
            if path.exists():
                return path
        raise FormulaError(f"{self.folder / NAME} names {stem}, and there is no such document")

    def walk(self, path, formulas=None, within=False):
        """The text of a document at each of its displayed formulas, or also at those within sentences."""
        text, number = self.text(path), 0
        for formula in formulas_of(path) if formulas is None else formulas:
            self.enter(text, path, formula)
            if formula.displayed:
                number += 1
                text.enter(number)
                yield text, formula
            elif self.says(path, formula):
                if within:
                    yield text, formula
                else:
                    text.take(formula.latex)

    def says(self, path, formula):
        """Whether a formula is the author's own, and meant in general."""
        return not (formula.mark or (self.settings(path).get("quotes") and not formula.displayed))

    def check(self, path, formulas=None):
        """The results for the displayed formulas of a document, in order."""
        results = [text.check(x.latex, x.label) for text, x in self.walk(path, formulas)]
        self.finish({path: results})
        return results

    def check_all(self, paths):
        """The results of several documents, by path."""
        found = {}
        for path in paths:
            found[path] = [text.check(x.latex, x.label) for text, x in self.walk(path)]
        self.finish(found)
        return found

    def finish(self, found):
        """A definition that no claim rests on is untested, but where other documents rest on it."""
        stems = {Path(path).stem for path in found}
        used = {x for results in found.values() for result in results for x in result.hypotheses}
        for path, results in found.items():
            if self.resting_on(Path(path).stem) <= stems:
                finish(results, used)

    def resting_on(self, stem):
        """The documents in which the definitions of another one hold."""
        return {
            name
            for name, settings in self.documents.items()
            for place in (settings, *settings.get("anew", {}).values())
            if stem in place.get("after", ())
        }
