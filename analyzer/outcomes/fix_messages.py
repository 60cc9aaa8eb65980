"""Messages → whether they call their commit a fix of what the program does.

A third of what is called a bug elsewhere is none (Herzig, Just & Zeller, ICSE 2013); so repairs of docs, tests, style,
types and builds are left out, and so are features that close an issue.
"""

from __future__ import annotations

import re

# What is read of a message: a line without an end would take its square of time.
_READ = 2_000
# Subjects that are no fix whatever else they say, and conventional types that are none (conventionalcommits.org).
_NEVER = re.compile(
    r"\W*(?:revert|reapply|merge|bump|release|v?\d+\.\d+|fixup!|squash!|amend!"
    r"|(?:feat|docs?|tests?|style|ci|build|chore|refactor|perf|release|deps|revert|lint|types?)(?:\([^)\n]*\))?!?:)",
    re.IGNORECASE,
)
# "fixed" as a word for things, and what is mended beside the program: docs, tests, style, types, builds.
_THINGS = re.compile(
    r"\bfixed[- ](?:size|width|length|point|seed|header|value|position|format|number|set)\w*", re.IGNORECASE
)
_BESIDE = re.compile(
    r"\bfix(?:es|ed|ing)?(?:\([^)\n]*\))?:?\s+(?:(?:the|a|an|some|more|all|broken|failing|flaky|minor|small|various|new)\s+)*"
    r"(?:typos?|spelling|grammar|wording|docs?|documentation|docstrings?|comments?|changelog|readme|links?|copyright|licen[sc]e"
    r"|(?:pylint|mypy|ruff|flake8|pyright|eslint|clippy|lint\w*|type|style|import)(?:\s+(?:hints?|annotations?|order))?"
    r"|indent\w*|format(?:ting)?|whitespace|unit\s+tests?|tests?|ci|build|merge\s+conflicts?)"
    r"(?:\s+(?:errors?|warnings?|issues?|failures?|year))?\s*(?:$|[.,;(&]|\b(?:in|for|of|on|after|and|from|with|to|again)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_FIX = re.compile(
    r"\b(?:bug|hot)?fix(?:es|ed|ing)?\b|\bbug\s*(?:fix|#?\d)"
    r"|\b(?:crash|regression|segfault|deadlock|memory leak|off-by-one)\b",
    re.IGNORECASE,
)
_ADDS = re.compile(r"\W*(?:add|implement|introduce|support|create|test)\w*\b", re.IGNORECASE)
_CLOSES = re.compile(r"\bfix(?:es|ed)?:? +(?:[\w./-]*#|https?://\S+/)\d+", re.IGNORECASE)


def is_fix(message: str) -> bool:
    """Whether a message calls its commit a fix of what the program does; repairs of docs, tests and style are none."""
    text = _THINGS.sub("", message[:_READ])
    subject = text.split("\n", 1)[0]
    if _NEVER.match(subject) or _BESIDE.search(subject):
        return False
    if _CLOSES.search(text):
        return True
    return _FIX.search(subject) is not None and _ADDS.match(subject) is None
