"""What came of formulas of a reader's own, after the definitions of the book up to an equation."""

import json
from functools import cache
from pathlib import Path

from texecute import Text, load
from texecute.report import as_dict, pointed

BOOK = Path(__file__).parent.parent / "book"


@cache
def text_at(chapter, label):
    """What is defined where an equation stands, or at the end of a chapter, or nowhere."""
    text = Text(load(BOOK / "notation.toml") if chapter else None)
    if chapter:
        for kind, value, where in json.loads((BOOK / "own.json").read_text("utf-8"))[chapter]:
            if where and where == label:
                break
            text.take(value) if kind == "take" else text.begin(text.notation.model, value)
    return text


def judge(chapter, label, latex):
    """JSON: a result for each formula; empty lines separate them, and each may define."""
    text, found = text_at(chapter, label).copy(), []
    for block in filter(None, map(str.strip, latex.replace("\r", "").split("\n\n"))):
        result = text.check(block.strip("$").strip())
        details = {} if result.verdict != "unread" else {"pointed": list(pointed(result))}
        found.append(as_dict(result) | details)
    return json.dumps(found)
