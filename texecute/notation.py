"""What the letters of an author mean: data, read from a TOML file.

Everything has a default, and a file says only what differs. Its keys are the fields of `Notation`;
`model` holds definitions that the author does not display, as LaTeX.
"""

import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path

from texecute.latex import WORDS, FormulaError, raw_tokens


@dataclass
class Notation:
    macros: dict = field(default_factory=dict)  # name: LaTeX with #1, #2
    functions: list = field(default_factory=list)  # words that name functions besides the usual
    names: list = field(default_factory=list)  # letters that make one name, as PL in PL_n
    differential: str = ""  # dW means the derivative of this by W
    dot_multiplies: bool = False  # whether a full stop between two factors multiplies
    layout: str = "denominator"  # or numerator: what runs along the rows of da/dz
    examples: str = ""  # columns or rows: what of a matrix is one example, to softmax and its like
    broadcast: bool = False  # whether a column is repeated where it is added to a matrix
    elementwise: bool = False  # whether powers and quotients of columns are taken entry by entry
    repeated: bool = False  # whether an index that stands twice in a product is summed
    ranges: dict = field(default_factory=dict)  # letter: "1, L", the first and the last value
    transposes: list = field(default_factory=lambda: [r"\mathsf{T}", r"\mathrm{T}", r"\top", "T"])
    indicators: list = field(
        default_factory=lambda: [
            r"\mathbf{1}",
            r"\mathbb{1}",
            r"\mathbb{I}",
            "I",
            "1",
            r"\mathbbm{1}",
        ]
    )
    deltas: list = field(default_factory=lambda: [r"\delta", "I", r"\mathbf{I}"])
    edges: list = field(default_factory=list)  # names of graphs in which ∂u/∂u is along one edge
    same: dict = field(default_factory=dict)  # another name: the name it stands for
    model: str = ""
    # number of a display: what is added to the model there, or {model = "..."} instead of it
    sections: dict = field(default_factory=dict)

    def __post_init__(self):
        self.macros = {
            name.lstrip("\\"): (arguments(text), raw_tokens(text))
            for name, text in self.macros.items()
        }
        self.words = WORDS | set(self.functions)


def arguments(text):
    """How many arguments a macro takes, by the #1, #2 in it."""
    return max((n for n in range(1, 10) if f"#{n}" in text), default=0)


def load(path=None, text=None):
    """The notation of a TOML file. Raises FormulaError that names what it cannot use."""
    if path is not None:
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise FormulaError(f"{path} cannot be read: {error}") from None
    try:
        data = tomllib.loads(text or "")
    except tomllib.TOMLDecodeError as error:
        raise FormulaError(f"{path or 'the notation'} is no TOML: {error}") from None
    known = {f.name for f in fields(Notation)}
    for key in data:
        if key not in known:
            raise FormulaError(
                f"{path or 'the notation'}: {key} is none of {', '.join(sorted(known))}"
            )
    return Notation(**data)
