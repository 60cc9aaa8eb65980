"""Hash the added lines of a patch, classify them, and count functions and decisions.

Everything follows from the look of single lines in any language. It is a hint for comparisons within one person's
work, not a parse.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
# First characters of the words above: most lines begin with another one, and are not looked at any further.
_FIRST = rb"(?=[}acdefioprsuvw])"
_FUNCTION_OR_DECISION = re.compile(
    rb"\n\+[ \t]*+%b(?:(?:%b[ \t]+){0,4}+(%b)|(%b))" % (_FIRST, _MODIFIERS, _FUNCTION, _DECISION)
)


class LineHashes(NamedTuple):
    """Hashes and kinds of added lines, in order.

    texts: the lines without surrounding blanks. crc: CRC-32 of each text, never 0. slight: indices of the texts that
    have at most three characters (UTF-8 bytes). comment: indices of the texts that begin like a comment.
    """

    texts: list[bytes]
    crc: list[int]
    slight: list[int]
    comment: list[int]


def hash_lines(lines: Iterable[bytes]) -> LineHashes:
    """Return hashes and kinds of lines."""
    texts = list(map(bytes.strip, lines))
    return LineHashes(
        texts,
        [code or BLANK_HASH for code in map(crc32, texts)],
        [n for n, text in enumerate(texts) if len(text) <= _MAX_SLIGHT_CHARACTERS],
        [n for n, text in enumerate(texts) if text[:2] in _COMMENT],
    )


def added_section(texts: Sequence[bytes]) -> bytes:
    """Return the patch of a file that adds these lines."""
    return b"\n@@ -0,0 +1,%d @@%s" % (len(texts), b"".join(b"\n+" + text for text in texts))


def count_functions_and_decisions(section: bytes) -> tuple[int, int]:
    """Return the number of added lines that define a function, and of those that begin with a decision.

    Decisions are those that McCabe counts (IEEE Trans. Softw. Eng. 1976), at most one per line.
    """
    begin = section.find(b"\n@@ -")
    matches = [] if begin < 0 else _FUNCTION_OR_DECISION.findall(section, begin)
    functions = sum(1 for function, _ in matches if function)
    return functions, len(matches) - functions
