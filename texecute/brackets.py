"""Brackets, bars and norms of every size: which closes which."""

from texecute.latex import DIGIT, LETTER, OPERAND_ENDS


class Brackets:
    """The part of `Tokens` that keeps what is open."""

    def delimiter(self, kind, value, token):
        pairs = {"(": ")]", "[": "])", "{": "}"}  # half-open intervals too
        if kind == "LP":
            self.open.append((kind, value, token))
        elif self.open and self.open[-1][0] == "LP" and value in pairs[self.open[-1][1]]:
            self.open.pop()
        else:
            raise self.error(f"{value} closes nothing", token)
        self.emit(kind, value, token)

    def bar(self, token, kind, value, side=None):
        """|x| and ‖x‖: a bar closes if one is open and something stands before it."""
        last = self.open[-1][0] if self.open else ""
        ends = bool(self.out) and self.out[-1].type in OPERAND_ENDS
        if side == "right" and last == "HELD":
            self.open.pop()
            self.emit("HELDEND", value, token)
        elif side == "right" or (side is None and last == kind and ends):
            if last != kind:
                raise self.error(f"{value} closes nothing", token)
            if side is None and self.is_ambiguous(token):
                raise self.error(r"which bar closes which? write \left| and \right|", token)
            self.open.pop()
            self.emit(f"{kind}END", value, token)
        elif side is None and ends and last == "LP":
            self.emit("COMMA", value, token)  # D(p | q)
        else:
            if side is None and any(x[0] == kind for x in self.open):
                raise self.error(r"a bar inside bars: write \left| and \right|", token)
            self.open.append((kind, value, token))
            self.emit(kind, value, token)

    def is_ambiguous(self, token):
        """Whether a factor follows this bar directly, and another bar that factor: |2|x| - 1|."""
        after = self.peek()
        joined = (
            after is not None
            and after.tok == "char"
            and (LETTER.fullmatch(after.arg) or DIGIT.fullmatch(after.arg))
        )
        return bool(joined) and any(x.arg == token.arg for x in self.raw[self.i + 1 :])

    def sized(self, name, token):
        side = "left" if name == "left" or name.endswith("l") else "right"
        side = side if name in ("left", "right") or name[-1] in "lr" else None
        if (delimiter := self.peek()) is None:
            raise self.error(f"\\{name} lacks a delimiter", token)
        self.i += 1
        c = delimiter.arg
        if c == "." and side == "left":
            self.open.append(("HELD", r"\left.", token))
            self.emit("HELD", ".", token)
        elif c == ".":
            raise self.error(r"\right. closes nothing", token)
        elif c in ("|", "vert", "lvert", "rvert") and delimiter.tok == "macro" and c == "|":
            self.bar(delimiter, "NORM", "‖", side)
        elif c in ("|", "vert", "lvert", "rvert"):
            self.bar(delimiter, "BAR", "|", side)
        elif c in ("Vert", "lVert", "rVert"):
            self.bar(delimiter, "NORM", "‖", side)
        else:
            self.i -= 1
            self.run(self.i + 1)

    def macro_langle(self, token):
        self.open.append(("ANGLE", r"\langle", token))
        self.emit("ANGLE", r"\langle", token)

    def macro_rangle(self, token):
        if not self.open or self.open.pop()[0] != "ANGLE":
            raise self.error(r"\rangle closes nothing", token)
        self.emit("ANGLEEND", r"\rangle", token)


def define_bars(cls):
    """\\|, \\lVert and their like, and \\{ and \\}."""

    def bar(kind, value, side):
        return lambda self, token: self.bar(token, kind, value, side)

    sides = {"l": "left", "r": "right", "": None}
    for prefix, side in sides.items():
        setattr(cls, f"macro_{prefix}vert", bar("BAR", "|", side))
        setattr(cls, f"macro_{prefix}Vert", bar("NORM", "‖", side))
    setattr(cls, "macro_|", bar("NORM", "‖", None))
    setattr(cls, "macro_'", cls.macro_prime)
    cls.macro_mid = bar("BAR", "|", None)
    braces = {"{": "LP", "lbrace": "LP", "}": "RP", "rbrace": "RP"}
    for name, kind in braces.items():
        value = "{" if kind == "LP" else "}"
        method = lambda self, token, k=kind, v=value: self.delimiter(k, v, token)  # noqa: E731
        setattr(cls, f"macro_{name}", method)


def closing(tokens, i):
    """Where the brace closes that opens at i."""
    depth = 0
    for k in range(i, len(tokens)):
        depth += (tokens[k].type == "LC") - (tokens[k].type == "RC")
        if depth == 0:
            return k
    return -1


def rows(found):
    """The tokens inside a matrix: there & and \\\\ are the grammar's own. No row is empty."""
    depth, out = 0, []
    for token in found:
        depth += token.type in ("MATRIX", "CASES")
        depth -= token.type in ("MATRIXEND", "CASESEND")
        if depth == 0 and token.type in ("AMP", "ROW"):
            token = token.update(f"_{token.type}")
            if out and out[-1].type in ("COMMA", "STOP"):
                out.pop()
        out.append(token)
    while out and out[-1].type in ("COMMA", "STOP"):
        out.pop()
    while out and out[-1].type == "_ROW":
        out.pop()
    return out
