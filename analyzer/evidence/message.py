"""Commit message → the trailer lines it asserts, wherever they stand.

git's own trailer parser reads the last paragraph only and misses 17 % of the AI trailers of one
large history (squash bodies, text after the trailer). This reads every line, and leaves out what is
quoted: `>` lines, code fences, blocks indented by four blanks (but git indents whole messages so
after "Squashed commit of the following:").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_INVISIBLE: dict[int, str | None] = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_LOOKALIKES: dict[int, str | None] = {
    ord("\u00a0"): " ",
    ord("\uff1a"): ":",
    ord("\u2010"): "-",
    ord("\u2011"): "-",
    ord("\u2012"): "-",
    ord("\u2013"): "-",
    ord("\u202f"): " ",
}
_ODD = re.compile("[" + "".join(map(chr, (*_INVISIBLE, *_LOOKALIKES))) + "]")
# A key is one word or hyphenated words ("Co-authored-by"), at line start or glued behind a finished sentence.
# A bullet or bold print around it is somebody's editor; the colon may be missing only before an address in brackets.
_TRAILER = re.compile(
    r"(?:^|(?<=[.!?]) +)(?:[-*\u2022] +)?[*_`]{0,3}(?P<key>[A-Za-z]+(?:[ -][A-Za-z]+){0,3})[*_`]{0,3} ?: ?"
    r"[*_`]{0,3} ?(?P<value>\S.*)$"
)
_NO_COLON = re.compile(
    r"(?P<key>(?:Co-?authored|Assisted|Generated)-?by) +(?P<value>[^:]*<[^<>\s]+@[^<>\s]+>)\Z", re.IGNORECASE
)
# Another trailer behind the address on the same line.
_NEXT = re.compile(r"(?<=>)[ ,;]+(?=[A-Z][A-Za-z]+(?:-[A-Za-z]+)+: ?\S)")
_GLUED = re.compile(r"(?<=[.!?]) +(?P<key>[A-Za-z]+(?:-[A-Za-z]+){1,3}): ?(?P<value>[^\s<>:][^<>:]*<[^<>\s]+>)\Z")
# No trailer that a tool or a person writes is longer; a longer line is data, and must not cost more than its length.
_LONGEST = 500
# The last <address>: a person may carry angle brackets in the name.
_ADDRESS = re.compile(r"(?P<name>.*)<(?P<address>[^<>\s]*@[^<>\s]*)>?")
_BARE_ADDRESS = re.compile(r"(?P<name>[^@]*?)\s+(?P<address>[^@\s]+@[^@\s]+\.[a-z]+)", re.IGNORECASE)
# Runs of blanks say nothing, and are what makes patterns slow.
_BLANKS = re.compile(r"[ \t]{2,}")
_WORD = re.compile(r"[a-z0-9]+")
# The same for bytes of ASCII: lower case, and blanks between words.
_SPACED = bytes(
    ord(character.lower()) if character.isalnum() and character.isascii() else 32 for character in map(chr, range(256))
)
_SQUASHED = re.compile(r"^Squashed commit of the following:", re.MULTILINE)
_SQUASH_INDENT = re.compile(r"^ {4}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Trailer:
    """One asserted trailer: `key` lower case without separators, `address` empty when there is none."""

    key: str
    name: str
    address: str
    line: str


def words(text: str) -> set[str]:
    """Lower-case words of a text, invisible and look-alike characters undone: what a table's words are looked up in."""
    read = _plain(text)
    if read.isascii():
        return set(read.encode("ascii").translate(_SPACED).decode("ascii").split())
    return set(_WORD.findall(read.lower()))


def _plain(text: str) -> str:
    return text if text.isascii() or not _ODD.search(text) else text.translate(_INVISIBLE | _LOOKALIKES)


def trailers(message: str) -> Iterator[Trailer]:
    """Every trailer line of a message, in order; quoted ones are left out."""
    return trailers_in(asserted_lines(message))


def trailers_in(lines: Iterable[str]) -> Iterator[Trailer]:
    """Every trailer among asserted lines."""
    for line in lines:
        if len(line) > _LONGEST:
            continue
        for part in _NEXT.split(line) if ">" in line else (line,):
            yield from _trailer(part)


def _trailer(line: str) -> Iterator[Trailer]:
    if ":" not in line and "<" not in line:  # every pattern needs one of them
        return
    match = _TRAILER.match(line) or _GLUED.search(line.rstrip()) or _NO_COLON.match(line)
    if match is not None:
        value = match["value"].strip()
        found = _ADDRESS.match(value) or _BARE_ADDRESS.fullmatch(value)
        name, address = (found["name"], found["address"]) if found else (value, "")
        key = re.sub(r"[ -]", "", match["key"]).lower()
        yield Trailer(key, name.strip().strip("\"'"), address.strip().lower(), line.strip())


def _read(message: str) -> str:
    """The message with its line ends and odd characters undone, and a git squash's indentation."""
    text = _plain(message).replace("\r\n", "\n").replace("\\n", "\n")
    return _SQUASH_INDENT.sub("", text) if _SQUASHED.search(text) else text


def asserted_lines(message: str) -> Iterator[str]:
    """Lines that the message itself says, folded ones joined, invisible characters gone."""
    text = _read(message)
    held: list[str] = []
    folds = False
    for line in _unquoted(text):
        bare = _BLANKS.sub(" ", line.strip())
        if folds and line[:1] == " " and bare and not _is_trailer(bare):
            held.append(bare)
            continue
        if held:
            yield " ".join(held)
        held, folds = [bare], _is_trailer(bare)
    if held:
        yield " ".join(held)


def _is_trailer(line: str) -> bool:
    return ":" in line and len(line) <= _LONGEST and _TRAILER.match(line) is not None


def quoted_lines(message: str) -> Iterator[str]:
    """Lines that the message only shows, without their marks of quotation."""
    for line, shown in _lines(_read(message)):
        if shown and line.strip():
            yield line.strip().lstrip("> ").strip()


def _unquoted(text: str) -> Iterator[str]:
    return (line for line, shown in _lines(text) if not shown)


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Lines, and whether they stand in a code fence, a `>` quotation or a block indented by four blanks or a tab."""
    fenced = False
    for line in text.split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        else:
            yield line, fenced or line.lstrip().startswith(">") or line.startswith(("    ", "\t"))
