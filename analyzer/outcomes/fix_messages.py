"""Whether a commit message calls its commit a fix of the program's behaviour.

A third of reported bugs are not bugs (Herzig, Just & Zeller, ICSE 2013). Repairs of docs, tests, style, types and
builds are therefore left out, and so are features that close an issue.
"""

from __future__ import annotations

import re

# Characters of a message that are read: matching takes quadratic time on a very long line.
_MAX_LENGTH = 2_000
# Subjects that are never a fix, whatever follows, and conventional types other than `fix` (conventionalcommits.org).
_NEVER_A_FIX = re.compile(
    r"\W*(?:revert|reapply|merge|bump|release|v?\d+\.\d+|fixup!|squash!|amend!"
    r"|(?:feat|docs?|tests?|style|ci|build|chore|refactor|perf|release|deps|revert|lint|types?)(?:\([^)\n]*\))?!?:)",
    re.IGNORECASE,
)
# "fixed" as an adjective ("fixed-size").
_FIXED_ADJECTIVE = re.compile(
    r"\bfixed[- ](?:size|width|length|point|seed|header|value|position|format|number|set)\w*", re.IGNORECASE
)
# Fixes of anything but the program: docs, tests, style, types, builds.
_FIX_OF_NON_CODE = re.compile(
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
    """Return whether a message calls its commit a fix of the program; repairs of docs, tests and style do not count."""
    text = _FIXED_ADJECTIVE.sub("", message[:_MAX_LENGTH])
    subject = text.split("\n", 1)[0]
    if _NEVER_A_FIX.match(subject) or _FIX_OF_NON_CODE.search(subject):
        return False
    if _CLOSES.search(text):
        return True
    return _FIX.search(subject) is not None and _ADDS.match(subject) is None
