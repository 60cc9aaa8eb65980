"""`--where EXPR`: rows of a panel to keep. Comparisons of columns with values, joined by and, or, not; no code runs.

The grammar is a part of Python's, read with `ast` and walked here, so that an expression can compare and nothing else.
"""

from __future__ import annotations

import ast
import operator
import warnings
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError

if TYPE_CHECKING:
    from analyzer.core.arrays import Mask

_COMPARISONS = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_LONGEST = 2_000
_FIX = "Write for example: --where \"stars >= 10 and (adopted == '' or '2024-08' <= adopted <= '2025-03')\""


def chosen(table: pd.DataFrame, expression: str) -> Mask:
    """Rows that the expression keeps. An empty cell equals '' as text, and is in no other comparison.

    Raises `UsageError("bad-where")` for anything but comparisons of columns with numbers or text.
    """
    if len(expression) > _LONGEST:
        raise _bad(f"--where is longer than {_LONGEST} characters.")
    try:
        with warnings.catch_warnings(action="ignore"):  # of Python's, about "1and x"
            tree = ast.parse(expression.strip(), mode="eval")
        return _mask(tree.body, table)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _bad("--where is no expression that can be read.") from None


def _mask(node: ast.expr, table: pd.DataFrame) -> Mask:
    if isinstance(node, ast.BoolOp):
        parts = [_mask(part, table) for part in node.values]  # noqa: PD011 - a syntax tree
        both = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        found: Mask = both.reduce(parts)
        return found
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ~_mask(node.operand, table)
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        pairs = zip(sides, node.ops, sides[1:], strict=False)
        held: Mask = np.logical_and.reduce([_compared(left, op, right, table) for left, op, right in pairs])
        return held
    raise _bad(f"--where compares columns with values; {_shown(node)} does neither.")


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, table: pd.DataFrame) -> Mask:
    compare = _COMPARISONS.get(type(op))
    if compare is None:
        raise _bad("--where knows <, <=, >, >=, == and !=.")
    values = [_value(side, table) for side in (left, right)]
    texts = any(isinstance(value, str) for value in values)
    if texts and not any(isinstance(value, float) for value in values):
        values = [value.astype("string").fillna("") if isinstance(value, pd.Series) else value for value in values]
    elif texts or not all(_is_number(value) for value in values):
        raise _bad("--where compares text with text in quotes, and numbers with numbers.")
    found = compare(values[0], values[1])
    return np.broadcast_to(np.asarray(found, dtype=np.bool_), (len(table),))


def _value(node: ast.expr, table: pd.DataFrame) -> pd.Series | str | float:
    if isinstance(node, ast.Name):
        if node.id not in table.columns:
            raise _bad(f"--where names {node.id}, which is no column.")
        column: pd.Series = table[node.id]
        return column
    sign = 1.0
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1.0, node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return sign * float(node.value)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise _bad(f"--where compares columns with values; {_shown(node)} is neither.")


def _is_number(value: pd.Series | str | float) -> bool:
    return pd.api.types.is_numeric_dtype(value) if isinstance(value, pd.Series) else isinstance(value, float)


def _shown(node: ast.expr) -> str:
    return ast.unparse(node)[:80]


def _bad(message: str) -> UsageError:
    return UsageError("bad-where", plain(message, 300), _FIX)
