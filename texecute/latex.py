"""What LaTeX macros stand for, and the raw tokens of a formula with its author's macros expanded."""

import re
from copy import copy
from itertools import pairwise

from pylatexenc.latexwalker import LatexWalker, LatexWalkerEndOfStream, LatexWalkerParseError
from pylatexenc.macrospec import LatexContextDb


class FormulaError(Exception):
    """A formula that cannot be read, or cannot be evaluated; `span` is where."""

    def __init__(self, message, span=None):
        super().__init__(message)
        self.span = span


GREEK = set(
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi"
    " rho sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi"
    " Omega ell infty top intercal ast star dagger varnothing imath jmath".split()
)
FONTS = set("mathbf boldsymbol bm mathcal mathbb mathfrak mathscr vec hat widehat bar overline tilde"
            " widetilde dot ddot".split())  # fmt: skip
SAME_FONT = {"bm": "boldsymbol", "widehat": "hat", "overline": "bar", "widetilde": "tilde"}
UPRIGHT = set("mathrm operatorname mathsf mathit mathtt text textrm textbf textit textsf mbox"
              " textnormal".split())  # fmt: skip
FUNCTIONS = set("exp log ln tanh sinh cosh sin cos tan max min det".split())
WORDS = set("softmax ReLU relu LSE logsumexp diag tr trace Tr vec sum broadcast sigmoid tanh log exp"
            " ln max min sign sgn".split())  # fmt: skip
BIG = {"sum", "prod"}
RELATIONS = {
    "le": r"\le", "leq": r"\le", "leqslant": r"\le", "ge": r"\ge", "geq": r"\ge",
    "geqslant": r"\ge", "lt": "<", "gt": ">", "ne": r"\ne", "neq": r"\ne", "approx": r"\approx",
    "sim": r"\sim", "in": r"\in", "to": r"\to", "rightarrow": r"\to", "leftarrow": r"\leftarrow",
    "gets": r"\leftarrow", "coloneqq": ":=", "triangleq": ":=", "equiv": "=", "colon": ":",
    "mapsto": r"\to", "longrightarrow": r"\to",
}  # fmt: skip
LINKS = {"cdot": r"\cdot", "times": r"\times"}
DOTS = set("dots ldots cdots vdots ddots dotsc dotsb".split())
SPACE = set(", ; : ! > thinspace medspace thickspace enspace displaystyle textstyle limits nolimits"
            " notag nonumber hfill strut negmedspace negthinspace negthickspace centering allowbreak mathstrut scriptstyle".split())  # fmt: skip
SPACE |= {" ", "\n", "/"}
SIZES = re.compile(r"(left|right|middle|([bB]igg?)[lrm]?)$")
UNSEEN = {
    "label": 1,
    "tag": 1,
    "phantom": 1,
    "vphantom": 1,
    "hphantom": 1,
    "hspace": 1,
    "vspace": 1,
}
WRAPPERS = {"underbrace": 1, "overbrace": 1, "boxed": 1, "textcolor": 2, "color": 2, "mathstrut": 0}
WITH_ARGUMENTS = WRAPPERS | {"frac": 2}
TRANSPARENT = set("aligned align align* split gather gather* gathered equation equation* multline"
                  " multline* alignedat eqnarray eqnarray*".split())  # fmt: skip
MATRICES = set("matrix bmatrix pmatrix array smallmatrix vmatrix Vmatrix Bmatrix".split())
LETTER, DIGIT = re.compile(r"[A-Za-z]"), re.compile(r"[0-9]")
FOR = {"if", "for", "for all", "for each", "for every", "when", "where", "whenever", "with",
       "for any", "provided", "given"}  # fmt: skip
CHANGING = {"or", "not", "unless", "except", "iff", "if and only if", "only if", "either", "if not"}
OPERAND_ENDS = {"NAME", "NUMBER", "RP", "RC", "PRIME", "BAREND", "NORMEND", "MATRIXEND", "CASESEND",
                "ANGLEEND", "HELDEND", "DOTS"}  # fmt: skip


def raw_tokens(latex):
    """The tokens of pylatexenc, comments left out."""
    walker = LatexWalker(latex, latex_context=LatexContextDb(), tolerant_parsing=False)
    found, place = [], 0
    while True:
        try:
            token = walker.get_token(place)
        except LatexWalkerEndOfStream:
            return found
        except LatexWalkerParseError as error:
            raise FormulaError(f"LaTeX itself cannot read this: {error.msg}") from None
        place = token.pos + token.len
        if token.tok != "comment":
            found.append(token)


def without_macros(raw, macros):
    """Take \\def and \\newcommand into the macros, and leave them out."""
    found, i = [], 0
    while i < len(raw):
        token = raw[i]
        i += 1
        if token.tok != "macro" or token.arg not in ("def", "newcommand", "renewcommand"):
            found.append(token)
            continue
        name, i = one_argument(raw, i, token)
        while i < len(raw) and raw[i].tok != "brace_open":  # #1#2, or [2]
            i += 1
        body, i = one_argument(raw, i, token)
        count = max((int(b.arg) for a, b in pairwise(body) if a.arg == "#"), default=0)
        macros[name[0].arg] = count, body
    return found


def expand(raw, macros, depth=0):
    """Replace the author's macros by what they stand for: {name: (number of arguments, tokens)}."""
    if depth > 20:
        raise FormulaError("a macro that calls itself")
    found, i = [], 0
    while i < len(raw):
        token = raw[i]
        i += 1
        if token.tok != "macro" or token.arg not in macros:
            found.append(token)
            continue
        count, body = macros[token.arg]
        arguments = []
        for _ in range(count):
            argument, i = one_argument(raw, i, token)
            arguments.append(argument)
        last = raw[i - 1]
        filled, k = [], 0
        while k < len(body):
            if body[k].arg == "#" and k + 1 < len(body):
                filled += arguments[int(body[k + 1].arg) - 1]
                k += 2
            else:
                filled.append(moved(body[k], token, last))
                k += 1
        found += expand(filled, macros, depth + 1)
    return found


def moved(token, first, last):
    """A token of a macro's body, at the place where the macro was called."""
    token = copy(token)
    token.pos, token.len = first.pos, max(last.pos + last.len - first.pos, first.len)
    return token


def one_argument(raw, i, of):
    """The tokens of one argument, without its braces, and where the next begins."""
    if i >= len(raw):
        raise FormulaError(f"\\{of.arg} lacks an argument", (of.pos, of.pos + of.len))
    if raw[i].tok != "brace_open":
        return [raw[i]], i + 1
    depth, k = 0, i
    while k < len(raw):
        depth += (raw[k].tok == "brace_open") - (raw[k].tok == "brace_close")
        if depth == 0:
            return raw[i + 1 : k], k + 1
        k += 1
    raise FormulaError("a brace { is not closed", (raw[i].pos, raw[i].pos + 1))


def with_fractions(raw):
    """Write ∂J / ∂z and dJ/dz, which stand in a line, as fractions."""
    found, i = [], 0
    while i < len(raw):
        above = differential(raw, i, found[-1] if found else None)
        below = above and above < len(raw) and raw[above].arg == "/" and above + 1
        end = below and differential(raw, below, None)
        if not end:
            found.append(raw[i])
            i += 1
            continue
        while two_fold(raw, i) and (more := differential(raw, end, None)):
            end = more
        found += [made(raw[i], "macro", "frac"), *group(raw, i, above), *group(raw, below, end)]
        i = end
    return found


def differential(raw, i, before):
    """Where ∂J ends that begins at i; None if none does. Behind a letter d is no sign of it."""
    if i >= len(raw) or raw[i].arg not in ("partial", "d"):
        return None
    if raw[i].arg == "d" and (raw[i].tok != "char" or (before and before.arg.isalnum())):
        return None
    i = behind_scripts(raw, i + 1)
    if i >= len(raw) or not (raw[i].tok == "macro" or raw[i].arg.isalpha()):
        return None
    plain = raw[i].tok == "char"
    i += 1
    while not plain and i < len(raw) and raw[i].tok == "brace_open":
        _, i = one_argument(raw, i, raw[i])
    return behind_scripts(raw, i)


def two_fold(raw, i):
    """Whether a second derivative begins here: ∂² J / ∂x ∂y."""
    return i + 1 < len(raw) and raw[i + 1].arg == "^"


def behind_scripts(raw, i):
    while i + 1 < len(raw) and raw[i].arg in ("_", "^"):
        _, i = one_argument(raw, i + 1, raw[i])
    while i < len(raw) and raw[i].arg == "'":
        i += 1
    return i


def group(raw, start, end):
    return [
        made(raw[start], "brace_open", "{"),
        *raw[start:end],
        made(raw[end - 1], "brace_close", "}"),
    ]


def made(token, kind, sign):
    token = copy(token)
    token.tok, token.arg = kind, sign
    return token


def text_of(token):
    """A raw token as it was written."""
    sign = {"macro": f"\\{token.arg}", "brace_open": "{", "brace_close": "}"}.get(
        token.tok, token.arg
    )
    return (token.pre_space or "") + sign
