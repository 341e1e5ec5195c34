"""What a reader types into a field for numbers and short formulas, as a value."""

import ast
import math
import operator
import re

NAMES = {name: getattr(math, name) for name in ("exp", "log", "sqrt", "tanh", "pi", "e", "inf")}
NAMES |= {"ln": math.log, "nan": math.nan}
BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}
SIGNS = {
    "−": "-",
    "–": "-",
    "·": "*",
    "×": "*",
    "^": "**",
    "∞": "inf",
    "½": "1/2",
    ";": ",",
    "\n": " ",
}


def read(text):
    """A number, a list, a truth value; or the words themselves, in lower case."""
    bare = text.strip().rstrip(".") if text.strip().endswith(" .") else text.strip()
    for sign, meant in SIGNS.items():
        bare = bare.replace(sign, meant)
    bare = re.sub(r"[^,\[(]*[<=]", "", bare).replace("np.", "")  # x = 7 is 7
    bare = re.sub(r"\b(log|ln|exp|sqrt) +([\d.]+)", r"\1(\2)", bare)
    for candidate in (bare, ", ".join(bare.replace(",", " ").split())):
        try:
            return evaluate(ast.parse(candidate, mode="eval").body)
        except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, TypeError):
            continue
    return text.strip().lower()


def evaluate(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List)):
        return [evaluate(one) for one in node.elts]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        return evaluate(node.operand) * (-1 if isinstance(node.op, ast.USub) else 1)
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        left, right = evaluate(node.left), evaluate(node.right)
        if isinstance(node.op, ast.Pow) and abs(right) > 100:
            raise ValueError("too large a power")
        return BINARY[type(node.op)](left, right)
    if isinstance(node, ast.Name) and node.id in NAMES and not callable(NAMES[node.id]):
        return NAMES[node.id]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        if callable(NAMES.get(node.func.id)):
            return NAMES[node.func.id](evaluate(node.args[0]))
        if node.func.id in ("array", "column"):
            return evaluate(node.args[0])
    raise ValueError("not a number")
