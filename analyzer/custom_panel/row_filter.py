"""`--where EXPR`: select rows of a panel by comparisons of columns with values, joined by and, or, not.

The grammar is a subset of Python's, parsed with `ast` and walked here: an expression can compare, and no code runs.
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
_MAX_CHARACTERS = 2_000
_FIX = "Write for example: --where \"stars >= 10 and (adopted == '' or '2024-08' <= adopted <= '2025-03')\""


def row_mask(table: pd.DataFrame, expression: str) -> Mask:
    """Return which rows the expression keeps. An empty cell equals '' as text, and no other comparison is true for it.

    Raises `UsageError("bad-where")` for anything but comparisons of columns with numbers or text.
    """
    if len(expression) > _MAX_CHARACTERS:
        raise _bad_filter(f"--where is longer than {_MAX_CHARACTERS} characters.")
    try:
        with warnings.catch_warnings(action="ignore"):  # of Python's, about "1and x"
            tree = ast.parse(expression.strip(), mode="eval")
        return _mask(tree.body, table)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _bad_filter("--where is no expression that can be read.") from None


def _mask(node: ast.expr, table: pd.DataFrame) -> Mask:
    if isinstance(node, ast.BoolOp):
        masks = [_mask(operand, table) for operand in node.values]  # noqa: PD011 - a syntax tree
        combine = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        combined: Mask = combine.reduce(masks)
        return combined
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ~_mask(node.operand, table)
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        pairs = zip(sides, node.ops, sides[1:], strict=False)
        comparison: Mask = np.logical_and.reduce(
            [_compare(left_side, op, right_side, table) for left_side, op, right_side in pairs]
        )
        return comparison
    raise _bad_filter(f"--where compares columns with values; {_source_text(node)} does neither.")


def _compare(left_side: ast.expr, op: ast.cmpop, right_side: ast.expr, table: pd.DataFrame) -> Mask:
    compare = _COMPARISONS.get(type(op))
    if compare is None:
        raise _bad_filter("--where knows <, <=, >, >=, == and !=.")
    values = [_value(side, table) for side in (left_side, right_side)]
    texts = any(isinstance(value, str) for value in values)
    if texts and not any(isinstance(value, float) for value in values):
        values = [value.astype("string").fillna("") if isinstance(value, pd.Series) else value for value in values]
    elif texts or not all(_is_number(value) for value in values):
        raise _bad_filter("--where compares text with text in quotes, and numbers with numbers.")
    mask = compare(values[0], values[1])
    return np.broadcast_to(np.asarray(mask, dtype=np.bool_), (len(table),))


def _value(node: ast.expr, table: pd.DataFrame) -> pd.Series | str | float:
    if isinstance(node, ast.Name):
        if node.id not in table.columns:
            raise _bad_filter(f"--where names {node.id}, which is no column.")
        column: pd.Series = table[node.id]
        return column
    sign = 1.0
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, node = -1.0, node.operand
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return sign * float(node.value)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise _bad_filter(f"--where compares columns with values; {_source_text(node)} is neither.")


def _is_number(value: pd.Series | str | float) -> bool:
    return pd.api.types.is_numeric_dtype(value) if isinstance(value, pd.Series) else isinstance(value, float)


def _source_text(node: ast.expr) -> str:
    return ast.unparse(node)[:80]


def _bad_filter(message: str) -> UsageError:
    return UsageError("bad-where", plain(message, 300), _FIX)
