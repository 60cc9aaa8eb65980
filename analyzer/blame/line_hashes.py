"""Hash the added lines of a patch, classify them, and count functions and decisions.

Everything follows from the look of single lines in any language. It is a hint for comparisons within one person's
work, not a parse.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Sequence

_ADDED = re.compile(rb"\n\+([^\n]*)")
# Beginnings of comment lines in most languages: C and its descendants, Python, Ruby, shells.
_COMMENT = frozenset({b"//", b"/*", b"*/", b"* ", b"# ", b"##", b"#", b"*"})
_MAX_SLIGHT_CHARACTERS = 3
BLANK_HASH = 1  # the hash of a blank line; 0 stands for an unknown text
_MODIFIERS = (
    rb"(?:pub(?:\([a-z]+\))?|export|default|public|private|protected|internal|static|async|const|unsafe|override|open"
    rb"|inline|suspend|final|virtual|abstract)"
)
_FUNCTION = rb"(?:def|fn|func|function|fun|sub)\b"
_DECISION = (
    rb"(?:\}[ \t]*)?(?:else[ \t]+)?"
    rb"(?:if|elif|elsif|unless|for|foreach|while|until|case|catch|except|rescue|when)\b"
)
_FUNCTION_OR_DECISION = re.compile(rb"\n\+[ \t]*+(?:(?:%b[ \t]+){0,4}+(%b)|(%b))" % (_MODIFIERS, _FUNCTION, _DECISION))


class LineHashes(NamedTuple):
    """Hashes and kinds of added lines, one element per line, in order.

    crc: CRC-32 of the line without surrounding blanks, never 0. slight: the line has at most three characters (UTF-8
    bytes) without surrounding blanks. comment: the line begins like a comment.
    """

    crc: list[int]
    slight: list[bool]
    comment: list[bool]


def added_section(texts: Sequence[bytes]) -> bytes:
    """Return the patch of a file that adds these lines."""
    return b"\n@@ -0,0 +1,%d @@%s" % (len(texts), b"".join(b"\n+" + text for text in texts))


def hash_added_lines(section: bytes) -> LineHashes:
    """Return hashes and kinds of the lines that a patch of one file adds."""
    begin = section.find(b"\n@@ -")
    lines = [] if begin < 0 else [line.strip() for line in _ADDED.findall(section, begin)]
    return LineHashes(
        [crc32(line) or BLANK_HASH for line in lines],
        [len(line) <= _MAX_SLIGHT_CHARACTERS for line in lines],
        [line[:2] in _COMMENT for line in lines],
    )


def count_functions_and_decisions(section: bytes) -> tuple[int, int]:
    """Return the number of added lines that define a function, and of those that begin with a decision.

    Decisions are those that McCabe counts (IEEE Trans. Softw. Eng. 1976), at most one per line.
    """
    begin = section.find(b"\n@@ -")
    matches = [] if begin < 0 else _FUNCTION_OR_DECISION.findall(section, begin)
    functions = sum(1 for function, _ in matches if function)
    return functions, len(matches) - functions
