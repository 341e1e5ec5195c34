"""Where one statement ends and the next begins, as a reader sees it.

Commas separate statements, and so does a new row or a wide space where what follows has a relation of
its own. A row that begins with a relation or, after its &, with a sign goes on with the chain above.
"""

from texecute.latex import FormulaError

OPENING = {"LP", "LC", "BAR", "NORM", "ANGLE", "MATRIX", "CASES", "HELD"}


CLOSING = {"RP", "RC", "BAREND", "NORMEND", "ANGLEEND", "MATRIXEND", "CASESEND", "HELDEND"}


BREAKS = {"AMP", "ROW", "QUAD"}


GOES_ON = {"REL", "ODOT", "OTIMES", "LINK"}


def depths(tokens):
    """Each token with how many brackets, braces and environments are open around it."""
    depth = 0
    for token in tokens:
        depth -= token.type in CLOSING
        yield token, depth
        depth += token.type in OPENING


def cut(tokens):
    """The pieces between commas, text, full stops and new statements."""
    pieces, piece, rest = [], [], list(depths(without_numbers(tokens)))

    def finish():
        if any(token.type not in BREAKS for token in piece):
            pieces.append([token for token in piece if token.type not in BREAKS])
        piece.clear()

    for i, (token, depth) in enumerate(rest):
        if depth == 0 and token.type in ("COMMA", "COMMENT"):
            condition = piece[0] if piece and piece[0].type == "FOR" and token == "and" else None
            finish()
            if condition is not None:  # if x > 0 and y > 0
                piece.append(condition)
        elif depth == 0 and token.type == "STOP":
            if any(x.type not in BREAKS for x, _ in rest[i + 1 :]):
                raise FormulaError("a full stop inside a formula", (token.start_pos, token.end_pos))
        elif depth == 0 and token.type == "FOR":
            if opens_row(rest[:i]) and goes_on(rest[i:]):
                span = (token.start_pos, token.end_pos)
                raise FormulaError(
                    "does this condition belong to the row before, or to this one?", span
                )
            finish()
            piece.append(token)
        else:
            if depth == 0 and token.type in BREAKS and begins_anew(piece, rest[i:]):
                finish()
            piece.append(token)
    finish()
    return pieces


def opens_row(before):
    """Whether a row begins here."""
    kinds = [token.type for token, _ in before]
    while kinds and kinds[-1] == "AMP":
        kinds.pop()
    return bool(kinds) and kinds[-1] == "ROW"


def goes_on(rest):
    """Whether a row has more in it than a condition."""
    row = []
    for token, depth in rest:
        if depth == 0 and token.type == "ROW":
            break
        row.append(token.type if depth == 0 else "")
    return "COMMA" in row and any(x not in BREAKS for x in row[row.index("COMMA") + 1 :])


def without_numbers(tokens):
    """Leave out the numbers (1) that stand behind a row, and one of two equals signs around a break."""
    kinds = [token.type for token in tokens]
    found, i = [], 0
    while i < len(tokens):
        row_ends = i + 4 >= len(tokens) or kinds[i + 4] == "ROW"
        if kinds[i : i + 4] == ["AMP", "LP", "NUMBER", "RP"] and row_ends:
            i += 4
            continue
        last = next((x for x in reversed(found) if x.type not in BREAKS), None)
        repeated = last is not None and last.type == kinds[i] == "REL" and last == tokens[i]
        if not (repeated and found[-1].type in BREAKS):
            found.append(tokens[i])
        i += 1
    return found


def begins_anew(piece, rest):
    """Whether a reader sees a new statement behind this break."""
    before = [x.type for x in piece if x.type not in BREAKS]
    if before and "REL" not in at_top(piece) and "FOR" not in before and stands_apart(rest):
        token = next(x for x, _ in rest if x.type not in BREAKS)
        raise FormulaError("nothing joins this to what is before", (token.start_pos, token.end_pos))
    if "REL" not in at_top(piece) or before[-1] in GOES_ON | {"PLUS", "MINUS"}:
        return False
    first, *_ = rest
    k = next((k for k, (x, _) in enumerate(rest) if x.type not in BREAKS), None)
    if k is None:
        return False
    start, aligned = rest[k][0], "AMP" in (x.type for x, _ in rest[:k])
    if start.type in GOES_ON or start.type in ("COMMA", "FOR", "COMMENT", "STOP"):
        return False
    ahead = []
    for token, depth in rest[k:]:
        if depth == 0 and token.type in ("ROW", "QUAD", "COMMA"):
            break
        ahead.append(token)
    has_relation = "REL" in at_top(ahead)
    if start.type in ("PLUS", "MINUS") and (
        not has_relation or (aligned and first[0].type == "ROW")
    ):
        return False
    if not has_relation:
        span = (start.start_pos, start.end_pos)
        raise FormulaError(
            "what begins here is no statement, and nothing joins it to what is before", span
        )
    return True


def stands_apart(rest):
    """Whether a wide space or a new row is followed by what begins like a factor."""
    if rest[0][0].type == "AMP":
        return False
    after = next((x.type for x, _ in rest if x.type not in BREAKS), "REL")
    return after not in GOES_ON | {"COMMA", "FOR", "COMMENT", "STOP", "PLUS", "MINUS"}


def at_top(tokens):
    """The types of the tokens outside of all brackets."""
    return [token.type for token, depth in depths(tokens) if depth == 0]


def joined(pieces):
    """Ranges written with dots, l = 1, …, L, as one piece each."""
    found, i = [], 0
    while i < len(pieces):
        piece = pieces[i]
        if [x.type for x in piece] == ["DOTS"] and found and i + 1 < len(pieces):
            found[-1] = found[-1] + piece + pieces[i + 1]
            i += 1
        else:
            found.append(piece)
        i += 1
    return found
