"""LaTeX as TeX sees it: tokens for the grammar, with braces around every argument.

pylatexenc cuts the text into characters, macros and environments. Here they get their meaning: a
letter with its font and accents becomes one name, digits one number, ``\\leq`` and ``\\le`` one
relation, and ``x_12`` what it shows, x with the index 1, followed by 2. What does not show, such as
``\\left``, ``\\label`` and spacing, is dropped.
"""

import re

from lark import Token

from texecute.brackets import Brackets, closing, define_bars, rows
from texecute.latex import (
    BIG,
    CHANGING,
    DIGIT,
    DOTS,
    FONTS,
    FOR,
    FUNCTIONS,
    GREEK,
    LETTER,
    LINKS,
    MATRICES,
    RELATIONS,
    SAME_FONT,
    SIZES,
    SPACE,
    TRANSPARENT,
    UNSEEN,
    UPRIGHT,
    WITH_ARGUMENTS,
    WRAPPERS,
    FormulaError,
    expand,
    moved,
    one_argument,
    raw_tokens,
    text_of,
    with_fractions,
    without_macros,
)

CLAIM = re.compile(r"[a-z] ?[=<>] ?([a-z]|[0-9]+)")  # the i = j of \text{if i = j}


class Tokens(Brackets):
    """The tokens of a formula for the grammar, made in one pass."""

    def __init__(self, latex, notation):
        self.latex, self.notation = latex, notation
        raw = expand(without_macros(raw_tokens(latex), notation.macros), notation.macros)
        self.raw = with_fractions(raw)
        self.out, self.i, self.open = [], 0, []
        self.differential = notation.differential

    def all(self):
        self.run(len(self.raw))
        if self.open:
            raise self.error(f"{self.open[-1][1]} is not closed", self.open[-1][2])
        return self.out

    # Reading along

    def peek(self, ahead=0):
        place = self.i + ahead
        return self.raw[place] if place < len(self.raw) else None

    def error(self, message, token=None):
        token = token or self.raw[min(self.i, len(self.raw)) - 1]
        return FormulaError(message, (token.pos, token.pos + token.len))

    def emit(self, kind, value, token):
        end = token.pos + token.len
        self.out.append(Token(kind, value, start_pos=token.pos, end_pos=end))

    def run(self, end):
        while self.i < end:
            token = self.raw[self.i]
            self.i += 1
            getattr(self, token.tok)(token)

    def group(self, token):
        """Emit the next argument between braces that only the grammar sees."""
        argument, end = one_argument(self.raw, self.skip_space(), token)
        self.emit("LC", "{", token)
        self.inside(argument)
        self.emit("RC", "}", self.raw[end - 1])
        self.i = end

    def skip_space(self):
        while self.peek() and self.peek().tok == "macro" and self.peek().arg in SPACE:
            self.i += 1
        return self.i

    def inside(self, raw):
        """Emit these raw tokens, as a whole of their own."""
        kept = self.raw, self.i, self.open
        self.raw, self.i, self.open = raw, 0, []
        self.run(len(raw))
        if self.open:
            raise self.error(f"{self.open[-1][1]} is not closed", self.open[-1][2])
        self.raw, self.i, self.open = kept

    def read(self, raw):
        """The tokens that these raw ones make, instead of emitting them."""
        kept, self.out = self.out, []
        self.inside(raw)
        found, self.out = self.out, kept
        return found

    # One raw token after another

    def char(self, token):
        c = token.arg
        if LETTER.fullmatch(c):
            self.letter(token)
        elif DIGIT.fullmatch(c):
            self.number(token)
        elif c in "^_":
            self.script("SUP" if c == "^" else "SUB", token)
        elif c in "([":
            self.delimiter("LP", c, token)
        elif c in ")]":
            self.delimiter("RP", c, token)
        elif c == "|":
            self.bar(token, "BAR", "|")
        elif c == ":" and self.peek() and self.peek().arg == "=":
            self.i += 1
            self.emit("REL", ":=", token)
        elif c in "=<>":
            self.emit("REL", c, token)
        elif c == ":":
            self.emit("COLON", c, token)
        elif c == "~":
            pass
        elif kind := {"+": "PLUS", "-": "MINUS", ",": "COMMA", ";": "COMMA", "'": "PRIME",
                      "&": "AMP", "/": "LINK", "*": "LINK", ".": "STOP"}.get(c):  # fmt: skip
            if c == "." and self.notation.dot_multiplies and self.peek():
                kind = "LINK"
            self.emit(kind, r"\cdot" if c in "*." and kind == "LINK" else c, token)
        else:
            raise self.error(f"the character {c} means nothing in a formula", token)

    def letter(self, token):
        if self.differential and token.arg == "d" and self.names_next():
            self.raw_name_after_d(token)
        else:
            name = self.name_at(self.i - 1)
            self.i += len(name) - 1
            self.emit("NAME", name, token)

    def name_at(self, i):
        """The letter that stands there, or the letters that make one name, as the notation says."""
        for name in self.notation.names:
            if "".join(x.arg for x in self.raw[i : i + len(name)] if x.tok == "char") == name:
                return name
        return self.raw[i].arg

    def names_next(self):
        token = self.peek()
        if not token or (token.pre_space and token.tok == "char"):
            return False
        return (token.tok == "char" and LETTER.fullmatch(token.arg)) or (
            token.tok == "macro" and token.arg in FONTS | GREEK
        )

    def raw_name_after_d(self, token):
        """dW is the derivative of the cost by W, if the notation says so."""
        if self.peek().arg in FONTS:
            _, end = one_argument(self.raw, self.i + 1, self.peek())
        else:
            end = self.i + (len(self.name_at(self.i)) if self.peek().tok == "char" else 1)
        found = self.read(self.raw[self.i : end])
        self.i = end
        self.emit("NAME", f"d:{found[0].value}", token)

    def number(self, token):
        """Digits in a row make one number, as they show, whatever space is between them."""
        digits, last = token.arg, token
        while (after := self.peek()) and after.tok == "char":
            decimal = after.arg == "." and "." not in digits and self.is_digit(self.peek(1))
            if not (DIGIT.fullmatch(after.arg) or decimal):
                break
            digits, last = digits + after.arg, after
            self.i += 1
        self.out.append(Token("NUMBER", digits, start_pos=token.pos, end_pos=last.pos + 1))

    @staticmethod
    def is_digit(token):
        return token is not None and token.tok == "char" and DIGIT.fullmatch(token.arg)

    def script(self, kind, token):
        i = self.skip_space()
        after = self.peek()
        if kind == "SUP" and after:
            argument, end = one_argument(self.raw, i, token)
            if argument and all(x.arg in ("prime", "'") for x in argument):
                self.i = end
                for _ in argument:
                    self.emit("PRIME", "'", token)
                return
        self.emit(kind, token.arg, token)
        if after and (signs := self.signs_alone(i, token)):  # R_+
            self.emit("LC", "{", token)
            self.emit("NAME", signs, token)
            self.emit("RC", "}", self.raw[self.i - 1])
        elif (
            after and after.tok == "macro" and after.arg in FONTS | UPRIGHT | WITH_ARGUMENTS.keys()
        ):
            end = i + 1
            for _ in range(WITH_ARGUMENTS.get(after.arg, 1)):
                _, end = one_argument(self.raw, end, after)
            self.emit("LC", "{", token)
            self.inside(self.raw[i:end])
            self.emit("RC", "}", self.raw[end - 1])
            self.i = end
        else:
            self.group(token)

    def signs_alone(self, i, token):
        """The signs + or ++ that are all of a script."""
        argument, end = one_argument(self.raw, i, token)
        found = "".join(x.arg for x in argument)
        if found in ("+", "++"):
            self.i = end
            return found
        return ""

    def brace_open(self, token):
        argument, end = one_argument(self.raw, self.i - 1, token)
        self.i = end
        kept, self.raw, self.i = (self.raw, end), argument, 0
        self.run(len(argument))
        self.raw, self.i = kept

    def brace_close(self, token):
        raise self.error("a brace } that was not opened", token)

    def mathmode_inline(self, token):
        raise self.error("a $ inside a formula", token)

    mathmode_display = mathmode_inline

    def begin_environment(self, token):
        name, depth, k = token.arg, 1, self.i
        while k < len(self.raw) and depth:
            depth += self.raw[k].tok == "begin_environment"
            depth -= self.raw[k].tok == "end_environment"
            k += 1
        if depth or self.raw[k - 1].arg != name:
            raise self.error(rf"\begin{{{name}}} has no \end{{{name}}}", token)
        content, self.i = self.raw[self.i : k - 1], k
        if name in ("array", "alignedat"):
            _, skip = one_argument(content, 0, token)
            content = content[skip:]
        if name in TRANSPARENT:
            self.inside(content)
        elif name in MATRICES or name == "cases":
            kind = "CASES" if name == "cases" else "MATRIX"
            self.emit(kind, name, token)
            self.out += rows(self.read(content))
            self.emit(f"{kind}END", name, self.raw[k - 1])
        else:
            raise self.error(f"the environment {name} is not known", token)

    def end_environment(self, token):
        raise self.error(rf"\end{{{token.arg}}} closes nothing", token)

    def macro(self, token):
        name = token.arg
        if name in SPACE:
            return
        special = getattr(self, f"macro_{name}", None)
        if special:
            special(token)
        elif name in GREEK:
            self.emit("NAME", f"\\{name}", token)
        elif name in FONTS:
            self.font(SAME_FONT.get(name, name), token)
        elif name in UPRIGHT:
            self.upright(name, token)
        elif name in FUNCTIONS:
            followed = self.raw[self.skip_space()] if self.skip_space() < len(self.raw) else None
            big = name in ("max", "min") and followed is not None and followed.arg == "_"
            self.emit("BIG" if big else "FUNCTION", name, token)
        elif name in BIG:
            self.emit("BIG", name, token)
        elif name in RELATIONS:
            self.emit("REL", RELATIONS[name], token)
        elif name in LINKS:
            self.emit("LINK", LINKS[name], token)
        elif name in DOTS:
            self.emit("DOTS", r"\dots", token)
        elif SIZES.match(name):
            self.sized(name, token)
        elif name in UNSEEN:
            for _ in range(UNSEEN[name]):
                _, self.i = one_argument(self.raw, self.i, token)
        elif name in WRAPPERS:
            self.wrapper(name, token)
        else:
            raise self.error(
                f"\\{name} is not known; the notation may say what it stands for", token
            )

    def font(self, font, token):
        argument, self.i = one_argument(self.raw, self.skip_space(), token)
        found = self.read(argument)
        if len(found) == 1 and found[0].type in ("NAME", "NUMBER", "FUNCTION"):
            self.emit("NAME", rf"\{font}{{{found[0].value}}}", self.spanning(token))
        elif all(x.type == "NAME" and len(x.value) == 1 for x in found):
            self.emit("NAME", rf"\{font}{{{''.join(found)}}}", self.spanning(token))
        elif font in ("mathbf", "boldsymbol", "mathcal"):
            self.out += found  # a whole formula in bold says no more than the formula
        else:
            raise self.error(f"\\{font} over more than a letter", token)

    def spanning(self, token):
        """A macro with the arguments that were read since."""
        return moved(token, token, self.raw[self.i - 1])

    def upright(self, font, token):
        argument, self.i = one_argument(self.raw, self.skip_space(), token)
        token = self.spanning(token)
        if not argument:
            return
        words = " ".join("".join(map(text_of, argument)).split())
        in_script = (
            len(self.out) > 1 and self.out[-1].type == "LC" and self.out[-2].type in ("SUB", "SUP")
        )
        if words in self.notation.words:
            self.emit("FUNCTION", words, token)
        elif words == "d":
            self.emit("NAME", "d", token)
        elif words in ("T", r"\top") and in_script:
            self.emit("NAME", r"\mathsf{T}" if font == "mathsf" else r"\mathrm{T}", token)
        elif font.startswith("text") or font == "mbox":
            self.text(words, in_script, token)
        elif re.fullmatch(r"[A-Za-z]+", words):
            name = words if len(words) > 1 else rf"\{font}{{{words}}}"
            self.emit("NAME", name, token)
        else:
            self.out += self.read(argument)

    def text(self, words, in_script, token):
        plain = words.rstrip(".,;: ").lower()
        word, _, claim = plain.partition(" ")
        if plain in FOR:
            self.emit("FOR", plain, token)
        elif word in FOR and CLAIM.fullmatch(claim):
            self.emit("FOR", word, token)
            self.out += self.read([moved(x, token, token) for x in raw_tokens(claim)])
        elif plain in ("otherwise", "else"):
            self.emit("OTHERWISE", plain, token)
        elif plain == "and":
            self.emit("COMMA", "and", token)
        elif plain in CHANGING and not in_script:
            raise self.error(f"what the word {plain!r} does to a formula is not known", token)
        elif plain == "axis":
            self.emit("NAME", "axis", token)
        elif in_script:
            self.emit("NAME", rf"\text{{{words}}}", token)
        else:
            self.emit("COMMENT", words, token)

    def wrapper(self, name, token):
        """Braces under a part, a box, a colour: only the part is read."""
        count = WRAPPERS[name]
        for _ in range(count - 1):
            _, self.i = one_argument(self.raw, self.i, token)
        argument, self.i = one_argument(self.raw, self.skip_space(), token)
        found = self.read(argument)
        boxed = name == "boxed" and len(found) > 1
        self.out += [Token("LP", "(", start_pos=token.pos, end_pos=token.pos)] if boxed else []
        self.out += found
        self.out += [Token("RP", ")", start_pos=token.pos, end_pos=token.pos)] if boxed else []
        if name.endswith("brace") and self.peek() and self.peek().arg in ("_", "^"):
            _, self.i = one_argument(self.raw, self.i + 1, token)
            if self.raw[self.i - 1].arg == "text" and self.peek():
                _, self.i = one_argument(self.raw, self.i, token)

    # Macros with a meaning of their own

    def macro_frac(self, token):
        arguments, ends = [], []
        for _ in range(2):
            argument, self.i = one_argument(self.raw, self.skip_space(), token)
            arguments.append(argument)
            ends.append(self.raw[self.i - 1])
        kept, self.differential = self.differential, ""
        parts = [self.read(argument) for argument in arguments]
        self.differential = kept
        kind = "DFRAC" if all(map(begins_with_d, parts)) else "FRAC"
        if kept and kind == "FRAC":
            parts = [self.read(argument) for argument in arguments]
        self.emit(kind, "frac", token)
        for n, part in enumerate(parts):
            self.emit("LC", "{", token)
            self.out += differentials(part, n) if kind == "DFRAC" else part
            self.emit("RC", "}", ends[n])

    macro_dfrac = macro_tfrac = macro_cfrac = macro_frac

    def macro_sqrt(self, token):
        if self.peek() and self.peek().arg == "[":
            raise self.error("only square roots are known", token)
        self.emit("SQRT", "sqrt", token)
        self.group(token)

    def macro_partial(self, token):
        self.emit("D", r"\partial", token)

    def macro_nabla(self, token):
        self.emit("NABLA", r"\nabla", token)

    def macro_odot(self, token):
        self.emit("ODOT", r"\odot", token)

    macro_circ = macro_odot

    def macro_otimes(self, token):
        self.emit("OTIMES", r"\otimes", token)

    def macro_forall(self, token):
        self.emit("FOR", "for all", token)

    def macro_prime(self, token):
        self.emit("PRIME", "'", token)

    def macro_quad(self, token):
        self.emit("QUAD", " ", token)

    macro_qquad = macro_quad

    def macro_overset(self, token):
        above, i = one_argument(self.raw, self.i, token)
        below, self.i = one_argument(self.raw, i, token)
        if "".join(x.arg for x in above) + "".join(x.arg for x in below) != "?=":
            raise self.error(r"of \overset only \overset{?}{=} is known", token)
        self.emit("REL", r"\refuted", token)

    macro_stackrel = macro_overset

    def macro_substack(self, token):
        argument, self.i = one_argument(self.raw, self.i, token)
        for found in self.read(argument):
            self.out.append(found.update("COMMA", ",") if found.type == "ROW" else found)


def new_row(tokens, token):
    """\\\\, perhaps with the space that is wanted below: \\\\[2pt]."""
    after = tokens.peek()
    if after and after.arg == "[" and not after.pre_space:
        text = tokens.latex[after.pos :]
        if size := re.match(r"\[\s*-?[\d.]+\s*(pt|em|ex|mm|cm)\s*\]", text):
            end = after.pos + size.end()
            while tokens.peek() and tokens.peek().pos < end:
                tokens.i += 1
    tokens.emit("ROW", r"\\", token)


define_bars(Tokens)
setattr(Tokens, "macro_\\", lambda self, token: new_row(self, token))


def begins_with_d(part):
    if not part:
        return False
    if part[0].type == "D":
        return True
    return part[0] == "d" and (
        len(part) == 1 or part[1].type not in ("SUB", "LINK", "PLUS", "MINUS")
    )


def differentials(part, below):
    """The parts of a derivative: d and \\partial become one token; above, alone, an operator."""
    part = [token.update("D", "d") if token == "d" and is_d(part, i, below) else token
            for i, token in enumerate(part)]  # fmt: skip
    if not below and len(part) == 2 and part[1].type == "FUNCTION":
        part[1] = part[1].update("NAME")
    alone = part[0].type == "D" and (len(part) == 1 or (part[1].type == "SUP" and part[-1].type == "RC"
                                     and closing(part, 2) == len(part) - 1))  # fmt: skip
    if not below and alone:
        return [part[0].update("OPERATOR"), *part[1:]]
    return part


def is_d(part, i, below):
    return i == 0 or (below and i + 1 < len(part) and part[i + 1].type == "NAME")
