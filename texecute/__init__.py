"""Check derivations that are written in LaTeX.

>>> from texecute import check
>>> check(r"x \\in \\mathbb{R}", r"\\frac{d \\tanh x}{dx} = 1 - \\tanh(x)^2").verdict
'true'
"""

from texecute.latex import FormulaError
from texecute.notation import Notation, load
from texecute.text import Text

__all__ = ["FormulaError", "Notation", "Text", "check", "load"]


def check(*formulas, notation=None):
    """The result for the last of some formulas; those before it define what it speaks of.

    formulas : LaTeX, without dollars. notation : a `Notation`, or the path of a TOML file.
    """
    text = Text(notation if isinstance(notation, Notation) or notation is None else load(notation))
    for formula in formulas[:-1]:
        text.define(formula)
    return text.check(formulas[-1])


def load_ipython_extension(ipython):
    """%load_ext texecute brings %%texecute."""
    from texecute.magic import magic

    ipython.register_magic_function(magic, "cell", "texecute")
