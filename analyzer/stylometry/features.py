"""Compute the style features of a function, by name. Definitions: docs/style.md."""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from statistics import fmean, pstdev
from typing import TYPE_CHECKING, TypeVar

from analyzer.stylometry.syntax import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analyzer.stylometry.syntax import Function

    Features = dict[str, float]

T = TypeVar("T")

# Change this whenever the value of a feature changes.
VERSION = "1"
# Features of the function itself, in the model's order, and features of its commit.
FUNCTION_FEATURES = (
    *("n_lines", "n_code_lines", "n_tokens", "blank_ratio", "body_blank_ratio", "comment_line_ratio"),
    *("comment_inline_ratio", "comment_mean_len", "comment_mean_words", "comment_upper_ratio"),
    *("comment_period_ratio", "comment_lower_ratio", "comment_step_ratio", "comment_todo_ratio"),
    *("comment_block_ratio", "comment_paren_ratio", "comment_dash_ratio", "comment_before_ratio", "has_doc"),
    *("doc_line_ratio", "doc_chars_per_code_line", "doc_words", "doc_sections", "doc_first_len"),
    *("doc_first_period", "doc_oneline", "doc_first_upper", "doc_backtick", "doc_verb_s", "doc_newline_start"),
    *("n_params", "param_default_ratio", "name_len", "name_words", "name_private", "name_dunder", "in_class"),
    *("n_decorators", "id_mean_len", "id_uniq_mean_len", "id_len_sd", "id_max_len", "id_snake_ratio"),
    *("id_camel_ratio", "id_single_ratio", "id_short_ratio", "id_words", "id_uniq_ratio", "id_char_entropy"),
    *("id_digit_ratio", "block_depth", "nested_funcs", "calls", "kwarg_per_call", "str_rate", "str_mean_len"),
    *("except_rate", "broad_except_ratio", "bare_except_ratio", "none_cmp", "log_calls", "print_calls"),
    *("isinstance_calls", "guard_ratio", "local_imports", "num_lit", "zlib_ratio", "ctok_uniq"),
)
COMMIT_FEATURES = (
    "c_files",
    "c_added",
    "c_deleted",
    "c_test_frac",
    "c_doc_frac",
    "c_new_funcs",
    "c_hours_prev",
    "c_author_7d",
    "c_add_frac",
)
NAMES = ("is_test", *FUNCTION_FEATURES, *COMMIT_FEATURES)
# Busy people look like agents, so the estimate is repeated without the pace of commits.
PACE_FEATURES = ("c_hours_prev", "c_author_7d")
PACELESS = tuple(name for name in NAMES if name not in PACE_FEATURES)
_DOC_FEATURES = (
    *("has_doc", "doc_line_ratio", "doc_chars_per_code_line", "doc_words", "doc_sections", "doc_first_len"),
    *("doc_first_period", "doc_first_upper", "doc_oneline", "doc_backtick", "doc_verb_s", "doc_newline_start"),
)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_STEP = re.compile(r"(?:\d+[.)]|step|first|then|now|next|finally)\b|\d+[.)]", re.IGNORECASE)
_TODO = re.compile(r"TODO|FIXME|XXX|HACK|noqa|type:|pragma")
_DASH = re.compile(r"[\u2014\u2013\u2192]| -- | - |->")
_SECTION_HEADINGS = "Args|Arguments|Parameters|Params|Returns|Raises|Yields|Examples|Notes"
_SECTION_FIELDS = ":param|:return|:raises|:rtype|@param|@return"
_SECTION = re.compile(rf"^[ \t]*(?:{_SECTION_HEADINGS}):?[ \t\r]*$|^[ \t]*(?:{_SECTION_FIELDS})", re.MULTILINE)
_LOG = re.compile(r"(?:self\.)?_?(?:log|logger|logging|LOG)\.\w+")
_NONE = re.compile(r"\bis\s+(?:not\s+)?None\Z")
_BROAD = re.compile(r"except\s+\(?(?:Base)?Exception\b")
_INSPECTIONS = frozenset({"isinstance", "hasattr", "getattr"})
_EXITS = frozenset({"return_statement", "raise_statement", "continue_statement"})


def function_features(function: Function) -> Features:
    """Return every feature of the function itself, without those of its commit."""
    values: Features = {}
    for group in FEATURE_GROUPS:
        values |= group(function)
    return values


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else 0.0


def _mean(values: Sequence[float]) -> float:
    return fmean(values) if values else 0.0


def _per_100_leaves(count: float, function: Function) -> float:
    return _ratio(100 * count, len(function.leaves))


def _code_lines(function: Function) -> int:
    comment_lines = sum(not inline for _, _, inline in function.comments)
    return max(1, sum(bool(line.strip()) for line in function.lines) - comment_lines - function.doc_rows)


def layout_features(function: Function) -> Features:
    """Return features of the layout: size, blank lines, compressibility, kinds of tokens."""
    lines, data = function.lines, function.text.encode()
    blank = sum(not line.strip() for line in lines)
    blank_in_doc = 0 if function.doc is None else sum(not line.strip() for line in function.doc.split("\n"))
    kinds = {_token_kind(kind) for kind, _ in function.leaves}
    return {
        "n_lines": len(lines),
        "n_code_lines": _code_lines(function),
        "n_tokens": len(function.leaves),
        "blank_ratio": blank / len(lines),
        "body_blank_ratio": (blank - blank_in_doc) / len(lines),
        "zlib_ratio": _ratio(len(zlib.compress(data, 6)), len(data)),
        "ctok_uniq": _ratio(len(kinds), len(function.leaves)),
    }


def _token_kind(kind: str) -> str:
    return "number" if kind in {"integer", "float"} else kind


def comment_features(function: Function) -> Features:
    """Return features of the comments: number, length, beginning, ending, position."""
    texts = [text.strip("# \t") for _, text, _ in function.comments]
    nonempty = [text for text in texts if text]
    own_line_rows = [row for row, _, inline in function.comments if not inline]
    lines, code_lines = function.lines, _code_lines(function)
    return {
        "comment_line_ratio": _ratio(len(own_line_rows), code_lines + len(own_line_rows)),
        "comment_inline_ratio": (len(function.comments) - len(own_line_rows)) / code_lines,
        "comment_mean_len": _mean([len(text) for text in texts]),
        "comment_mean_words": _mean([len(text.split()) for text in texts]),
        "comment_upper_ratio": _share(nonempty, lambda text: text[0].isupper()),
        "comment_lower_ratio": _share(nonempty, lambda text: text[0].islower()),
        "comment_period_ratio": _share(nonempty, lambda text: text.endswith((".", "!"))),
        "comment_step_ratio": _share(nonempty, lambda text: _STEP.match(text) is not None),
        "comment_todo_ratio": _share(nonempty, lambda text: _TODO.match(text) is not None),
        "comment_paren_ratio": _share(nonempty, lambda text: "(" in text),
        "comment_dash_ratio": _share(nonempty, lambda text: _DASH.search(text) is not None),
        "comment_block_ratio": _share(own_line_rows, lambda row: row > 0 and lines[row - 1].lstrip().startswith("#")),
        "comment_before_ratio": _share(own_line_rows, lambda row: row > 0 and not lines[row - 1].strip()),
    }


def _share(values: Sequence[T], holds: Callable[[T], bool]) -> float:
    return _ratio(sum(holds(value) for value in values), len(values))


def docstring_features(function: Function) -> Features:
    """Return features of the docstring: length, first line, sections."""
    if function.doc is None:
        return dict.fromkeys(_DOC_FEATURES, 0.0)
    body = re.sub(r"\A[a-zA-Z]{0,2}(\"\"\"|'''|\"|')|(\"\"\"|'''|\"|')\Z", "", function.doc)
    text = body.strip()
    first = text.split("\n", 1)[0].strip()
    word = (first.split() or [""])[0]
    values = (
        1.0,
        function.doc_rows / len(function.lines),
        len(text) / _code_lines(function),
        len(text.split()),
        len(_SECTION.findall(text)),
        len(first),
        first.endswith("."),
        first[:1].isupper(),
        function.doc_rows == 1,
        _ratio(100 * text.count("`"), len(text)),
        word[:1].isupper() and word.endswith("s"),
        body.startswith("\n"),
    )
    return {name: float(value) for name, value in zip(_DOC_FEATURES, values, strict=True)}


def name_features(function: Function) -> Features:
    """Return features of the signature, the function's name, and the identifiers in it."""
    identifiers = function.identifiers
    unique = sorted(set(identifiers))
    lengths = [len(identifier) for identifier in unique]
    letters = Counter("".join(unique))
    total = sum(letters.values())
    name = function.name
    return {
        "n_params": len(function.parameters),
        "param_default_ratio": _share(function.parameters, lambda node: "default" in node.type),
        "name_len": len(name),
        "name_words": len(_WORD.findall(name)),
        "name_private": float(name.startswith("_") and not name.startswith("__")),
        "name_dunder": float(name.startswith("__") and name.endswith("__")),
        "in_class": float(function.in_class),
        "n_decorators": function.decorators,
        "id_mean_len": _mean([len(identifier) for identifier in identifiers]),
        "id_uniq_mean_len": _mean(lengths),
        "id_len_sd": pstdev(lengths) if lengths else 0.0,
        "id_max_len": max(lengths, default=0),
        "id_snake_ratio": _share(unique, lambda identifier: "_" in identifier.strip("_")),
        "id_camel_ratio": _share(unique, lambda identifier: re.search("[a-z][A-Z]", identifier) is not None),
        "id_single_ratio": _share(identifiers, lambda identifier: len(identifier) == 1),
        "id_short_ratio": _share(unique, lambda identifier: len(identifier) <= 3),
        "id_digit_ratio": _share(unique, lambda identifier: any(c.isdigit() for c in identifier)),
        "id_words": _mean([len(_WORD.findall(identifier)) for identifier in unique]),
        "id_uniq_ratio": _ratio(len(unique), len(identifiers)),
        "id_char_entropy": -sum(n / total * math.log2(n / total) for n in letters.values()) if total else 0.0,
    }


def construct_features(function: Function) -> Features:
    """Return features of the code: calls, strings, exceptions, guards."""
    callees = [
        text_of(callee) for call in function.nodes.get("call", ()) if (callee := call.child_by_field_name("function"))
    ]
    strings = [text_of(node) for node in function.nodes.get("string", ())]
    excepts = [text_of(node) for node in function.nodes.get("except_clause", ())]
    comparisons = [text_of(node) for node in function.nodes.get("comparison_operator", ())]
    imports = function.count("import_statement") + function.count("import_from_statement")
    return {
        "block_depth": function.block_depth,
        "nested_funcs": function.count("function_definition"),
        "calls": _per_100_leaves(len(callees), function),
        "kwarg_per_call": _ratio(function.count("keyword_argument"), len(callees)),
        "str_rate": _per_100_leaves(len(strings), function),
        "str_mean_len": _mean([len(text) for text in strings]),
        "except_rate": _per_100_leaves(len(excepts), function),
        "broad_except_ratio": _share(excepts, lambda text: _BROAD.match(text) is not None),
        "bare_except_ratio": _share(excepts, lambda text: re.match(r"except\s*:", text) is not None),
        "none_cmp": _per_100_leaves(sum(_NONE.search(text) is not None for text in comparisons), function),
        "log_calls": _per_100_leaves(_count(callees, lambda text: _LOG.fullmatch(text) is not None), function),
        "print_calls": _per_100_leaves(_count(callees, lambda text: text == "print"), function),
        "isinstance_calls": _per_100_leaves(_count(callees, lambda text: text in _INSPECTIONS), function),
        "guard_ratio": _share(function.nodes.get("if_statement", []), _is_guard),
        "local_imports": _per_100_leaves(imports, function),
        "num_lit": _per_100_leaves(function.count("integer") + function.count("float"), function),
    }


def _count(values: Iterable[str], holds: Callable[[str], bool]) -> int:
    return sum(holds(value) for value in values)


def _is_guard(node: object) -> bool:
    """Return whether the body of an `if` ends with return, raise or continue."""
    body = node.child_by_field_name("consequence")  # type: ignore[attr-defined]  # it is an if_statement
    statements = [] if body is None else [child for child in body.named_children if child.type != "comment"]
    return bool(statements) and statements[-1].type in _EXITS


FEATURE_GROUPS: tuple[Callable[[Function], Features], ...] = (
    layout_features,
    comment_features,
    docstring_features,
    name_features,
    construct_features,
)
