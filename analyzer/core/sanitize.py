"""Make untrusted text safe to display: names, subjects and paths come from strangers."""

from __future__ import annotations

import re
import unicodedata

# Cc control, Cf format (bidi overrides, zero width, tags), Cs surrogates, Co private use, Zl/Zp separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ASCII_SAFE = re.compile(r"[ -~]*\Z")
# A spreadsheet evaluates a cell that starts with one of these characters (OWASP, "CSV Injection").
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def plain(text: str, limit: int = 200) -> str:
    """Return text as one printable line of at most `limit` characters; invisible characters become U+FFFD."""
    head = text[: limit + 1]
    if not _ASCII_SAFE.match(head):
        head = "".join("\ufffd" if unicodedata.category(c) in _UNSAFE_CATEGORIES else c for c in head)
    return head if len(text) <= limit else head[: limit - 1] + "…"


def logged(text: str) -> str:
    """Return text that is safe in a log: a GitHub Actions runner treats `##[` anywhere in a line as a command."""
    return text.replace("##[", "## [")


def spreadsheet_safe(text: str) -> str:
    """Return text that a spreadsheet shows instead of evaluating; the start of a formula gets a leading quote."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text
