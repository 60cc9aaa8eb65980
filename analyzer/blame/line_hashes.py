"""Patches → what is kept of their texts: a hash of each added line, what kind it is, and how many branch.

All by the look of a line, whatever the language: a hint for comparisons inside one person's work, no parse.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from zlib import crc32

_ADDED = re.compile(rb"\n\+([^\n]*)")
# How a line begins that is a comment in most languages: C and its heirs, Python, Ruby, shells.
_COMMENT = frozenset({b"//", b"/*", b"*/", b"* ", b"# ", b"##", b"#", b"*"})
_SLIGHT = 3
BLANK = 1  # the hash of nothing; 0 stands for a text that is not known
_MODIFIERS = (
    rb"(?:pub(?:\([a-z]+\))?|export|default|public|private|protected|internal|static|async|const|unsafe|override|open"
    rb"|inline|suspend|final|virtual|abstract)"
)
_FUNCTION = rb"(?:def|fn|func|function|fun|sub)\b"
_DECISION = (
    rb"(?:\}[ \t]*)?(?:else[ \t]+)?"
    rb"(?:if|elif|elsif|unless|for|foreach|while|until|case|catch|except|rescue|when)\b"
)
_NOTED = re.compile(rb"\n\+[ \t]*+(?:(?:%b[ \t]+){0,4}+(%b)|(%b))" % (_MODIFIERS, _FUNCTION, _DECISION))


class Texts(NamedTuple):
    """Of each added line, in order: a hash, whether it is slight, and whether it is a comment.

    crc: CRC-32 without the blanks around it, never 0. Slight: at most three characters (bytes of UTF-8) between blanks.
    """

    crc: list[int]
    slight: list[bool]
    comment: list[bool]


def added_texts(section: bytes) -> Texts:
    """What is kept of the lines that a patch of one file adds."""
    begin = section.find(b"\n@@ -")
    lines = [] if begin < 0 else [line.strip() for line in _ADDED.findall(section, begin)]
    return Texts(
        [crc32(line) or BLANK for line in lines],
        [len(line) <= _SLIGHT for line in lines],
        [line[:2] in _COMMENT for line in lines],
    )


def functions_and_decisions(section: bytes) -> tuple[int, int]:
    """How many added lines define a function, and how many begin with a decision.

    Decisions: what McCabe (IEEE Trans. Softw. Eng. 1976) counts, one a line.
    """
    begin = section.find(b"\n@@ -")
    noted = [] if begin < 0 else _NOTED.findall(section, begin)
    functions = sum(1 for function, _ in noted if function)
    return functions, len(noted) - functions
