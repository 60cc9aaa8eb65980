"""Parse a commit message into the lines and trailers that it asserts, anywhere in the message.

git's own trailer parser reads only the last paragraph and misses 17 % of the AI trailers of one large history (squash
bodies, text after the trailer). This module reads every line but ignores quotations: `>` lines, code fences, and blocks
indented by four spaces (unless they follow "Squashed commit of the following:", where git indents whole messages), or
by less where the text around shows that they are examples.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.evidence.markup import without_entities

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
_ODD_CHARACTER = re.compile("[" + "".join(map(chr, (*_INVISIBLE, *_LOOKALIKES))) + "]")
# A key is one word or hyphenated words ("Co-authored-by"), at the start of a line or directly after a sentence. Editors
# may add a bullet or bold markup around it; the colon may be missing only before an address in brackets.
_TRAILER = re.compile(
    r"(?:^|(?<=[.!?]) +)(?:[-*\u2022] +)?[*_`]{0,3}(?P<key>[A-Za-z]+(?:[ -][A-Za-z]+){0,3})[*_`]{0,3} ?: ?"
    r"[*_`]{0,3} ?(?P<value>\S.*)$"
)
_NO_COLON = re.compile(
    r"(?P<key>(?:Co-?authored|Assisted|Generated)-?by) +(?P<value>[^:]*<[^<>\s]+@[^<>\s]+>)\Z", re.IGNORECASE
)
# The colon and the address may both be missing where the key is written as one.
_BARE_CREDIT = re.compile(
    r"(?P<key>Co[- ][Aa]uthored[- ][Bb]y|(?:Assisted|Generated)-[Bb]y) +(?P<value>[^:<>]{2,80})\Z"
)
# Another trailer after the address, on the same line.
_NEXT_TRAILER = re.compile(r"(?<=>)[ ,;]+(?=[A-Z][A-Za-z]+(?:-[A-Za-z]+)+: ?\S)")
_GLUED = re.compile(r"(?<=[.!?]) *(?P<key>[A-Z][A-Za-z]*(?:-[A-Za-z]+){1,3}): ?(?P<value>[^\s<>:][^<>:]*<[^<>\s]+>)\Z")
# No real trailer is longer. Longer lines are data, and reading them must take linear time.
_MAX_LINE = 500
# The last <address>, because a name may contain angle brackets.
_ADDRESS = re.compile(r"(?P<name>.*)<(?P<address>[^<>\s]*@[^<>\s]*)>?")
_BARE_ADDRESS = re.compile(r"(?P<name>[^@]*?)\s+(?P<address>[^@\s]+@[^@\s]+\.[a-z]+)", re.IGNORECASE)
# Runs of blanks carry no meaning and make patterns slow.
_BLANKS = re.compile(r"[ \t]{2,}")
_WORD = re.compile(r"[a-z0-9]+")
# Translation table that does the same to ASCII bytes: lower case, and a blank for everything between words.
_WORDS_ONLY = bytes(
    ord(character.lower()) if character.isalnum() and character.isascii() else 32 for character in map(chr, range(256))
)
_BULLET = re.compile(r"[ \t]*(?:[-*+\u2022#]|\d{1,3}[.)])(?: |$)")
# Words at the end of a line that lead to an example.
_LEADS_ON = re.compile(r"(?::|\b(?:such as|like|as follows|e\.g\.|for example|example))[,:]? *$", re.IGNORECASE)
# ">90 % written by …" quotes nobody.
_AT_LEAST = re.compile(r"\s*>=? ?\d{1,3} ?%")
# Markup within a code span is shown to explain it.
_CODE_OF_MARKUP = re.compile(r"\s*(?:[-*+] )?`[*_]\S.*[*_]`\s*\Z")
# A backtick fence may hold no other backtick on its line, a line of tildes no other tilde.
_FENCE = re.compile(r" {0,3}(?:(?P<marks>`{3,}(?=[^`]*\Z)|~{3,}(?=[^~]*\Z))|(?P<tag><pre\b(?!.*</pre>)))")
# A code span in a list, or at the beginning of a sentence, shows a trailer.
_SHOWN_IN_CODE = re.compile(r"[-*+\u2022] +`|`(?!.*`\Z)")
# Line breaks that became blanks, before what is always on a line of its own.
_LOST_LINE_BREAK = re.compile(r"(?<=\S) {2,}(?=(?:\S{1,2} )?Generated with \[|Co-[Aa]uthored-[Bb]y: )")
# GitHub's alerts ("> [!NOTE]") have the form of a quotation, and the author says what stands in them.
_ALERT = re.compile(r"^> ?\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)\].*(?:\n>.*)*", re.MULTILINE | re.IGNORECASE)
_ALERT_LINE = re.compile(r"^> ?(?:\[![A-Za-z]+\])?", re.MULTILINE)
# A paragraph is wrapped where its longest line has at least this many characters.
_WRAPPED_FROM = 50
_SQUASHED = re.compile(r"^Squashed commit of the following:", re.MULTILINE)
_SQUASH_INDENT = re.compile(r"^ {4}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Trailer:
    """One asserted trailer; `key` is in lower case without separators, `address` may be empty."""

    key: str
    name: str
    address: str
    line: str

    @property
    def is_hyphenated(self) -> bool:
        """Whether the key was written with a hyphen, as keys of trailers are and labels of prose are not."""
        return "-" in self.line.split(":", 1)[0].lstrip("-*+\u2022_` ")


def words(text: str) -> set[str]:
    """Return the lower-case words of a text, after removing invisible and replacing look-alike characters."""
    cleaned = _replace_lookalikes(text)
    if cleaned.isascii():
        return set(cleaned.encode("ascii").translate(_WORDS_ONLY).decode("ascii").split())
    return set(_WORD.findall(cleaned.lower()))


def _replace_lookalikes(text: str) -> str:
    return text if text.isascii() or not _ODD_CHARACTER.search(text) else text.translate(_INVISIBLE | _LOOKALIKES)


def trailers(message: str) -> Iterator[Trailer]:
    """Yield every trailer of a message in order, without quoted ones."""
    return trailers_in(asserted_lines(message))


def trailers_in(lines: Iterable[str]) -> Iterator[Trailer]:
    """Yield every trailer among asserted lines."""
    for line in lines:
        if len(line) > _MAX_LINE:
            continue
        for candidate in _NEXT_TRAILER.split(line) if ">" in line else (line,):
            yield from _parse_trailer(candidate)


def _parse_trailer(line: str) -> Iterator[Trailer]:
    if ":" not in line and "<" not in line and "y " not in line[:16]:  # every pattern needs one of them
        return
    if _SHOWN_IN_CODE.match(line):
        return
    match = _TRAILER.match(line)
    if match is None and line.rstrip().endswith(">"):
        match = _GLUED.search(line.rstrip()) or _NO_COLON.match(line)
    match = match or _BARE_CREDIT.match(line)
    if match is not None:
        value = match["value"].strip()
        identity = _ADDRESS.match(value) or _BARE_ADDRESS.fullmatch(value)
        name, address = (identity["name"], identity["address"]) if identity else (value, "")
        key = re.sub(r"[ -]", "", match["key"]).lower()
        yield Trailer(key, name.strip().strip("\"'"), address.strip().lower(), line.strip())


def _normalise(message: str) -> str:
    """Return the message with normal line ends and characters, and without the indentation of a git squash."""
    text = without_entities(_replace_lookalikes(message).replace("\r\n", "\n").replace("\\n", "\n"))
    if "  " in text:
        text = _LOST_LINE_BREAK.sub("\n", text)
    if "[!" in text:
        text = _ALERT.sub(lambda alert: _ALERT_LINE.sub("", alert[0]), text)
    return _SQUASH_INDENT.sub("", text) if _SQUASHED.search(text) else text


def asserted_lines(message: str) -> Iterator[str]:
    """Yield the lines that the message itself asserts: not quoted, folded lines joined, no invisible characters."""
    text = _normalise(message)
    pending: list[str] = []
    foldable = False
    for line in _unquoted_lines(text):
        bare = line.strip()
        if "  " in bare or "\t" in bare:
            bare = _BLANKS.sub(" ", bare)
        if foldable and line[:1] == " " and bare and not _is_trailer(bare):
            pending.append(bare)
            continue
        if pending:
            yield " ".join(pending)
        pending, foldable = [bare], _is_trailer(bare)
    if pending:
        yield " ".join(pending)


def joined_paragraphs(lines: Iterable[str]) -> Iterator[str]:
    """Yield asserted lines with those joined that were wrapped: the next word had no room, or goes on in lower case.

    A bullet, a trailer and a blank line begin a new one.
    """
    paragraph: list[str] = []
    for line in (*lines, ""):
        if not line or _is_listed(line) or _is_trailer(line):
            yield from _unwrap(paragraph)
            paragraph = []
        if line:
            paragraph.append(line)


def _unwrap(paragraph: Sequence[str]) -> Iterator[str]:
    width = max(map(len, paragraph), default=0)
    pieces: list[str] = []
    for line in paragraph:
        had_room = bool(pieces) and len(pieces[-1]) + 1 + len(line.split(" ", 1)[0]) <= width
        goes_on = bool(pieces) and line[:1].islower() and pieces[-1][-1:] not in ".!?:;"
        if pieces and not goes_on and (had_room or width < _WRAPPED_FROM):
            yield " ".join(pieces)
            pieces = []
        pieces.append(line)
    if pieces:
        yield " ".join(pieces)


def _is_trailer(line: str) -> bool:
    return ":" in line and len(line) <= _MAX_LINE and _TRAILER.match(line) is not None


def quoted_lines(message: str) -> Iterator[str]:
    """Yield the lines that the message quotes, without quotation marks."""
    for line, quoted in _lines_with_quotation(_normalise(message)):
        if quoted and line.strip():
            yield line.strip().lstrip("> ").strip()


def _unquoted_lines(text: str) -> Iterator[str]:
    return (line for line, quoted in _lines_with_quotation(text) if not quoted)


def _lines_with_quotation(text: str) -> Iterator[tuple[str, bool]]:
    """Yield each line, and whether it is quoted: in a code fence, after `>`, or indented by four spaces or a tab."""
    lines = text.split("\n")
    shown = _example_lines(lines) if "\n  " in text else frozenset[int]()
    if "```" in text or "~~~" in text or "<pre" in text:
        shown |= _fenced_lines(lines)
    for number, line in enumerate(lines):
        is_quote = line.lstrip().startswith(">") and not _AT_LEAST.match(line)
        yield (
            line,
            is_quote or number in shown or line.startswith(("    ", "\t")) or _CODE_OF_MARKUP.match(line) is not None,
        )


def _fenced_lines(lines: Sequence[str]) -> frozenset[int]:
    """Return the numbers of the lines in code blocks and of their fences; one that is never closed reaches no trailers.

    A closing fence has the characters of the opening one, at least as many, and nothing else (CommonMark 4.5).
    """
    fenced: set[int] = set()
    opened: tuple[int, str] | None = None
    for number, line in enumerate(lines):
        fence = _FENCE.match(line)
        if opened is None and fence is not None:
            opened = (number, "</pre>" if fence["tag"] else fence["marks"])
        elif opened is not None and _closes(line, opened[1]):
            fenced |= set(range(opened[0], number + 1))
            opened = None
    if opened is not None:
        end = len(lines)
        while end > opened[0] and (not lines[end - 1].strip() or _is_trailer(lines[end - 1].strip())):
            end -= 1
        fenced |= set(range(opened[0], end))
    return frozenset(fenced)


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return fence in bare if fence == "</pre>" else bare.startswith(fence) and not bare.strip(fence[0])


def _example_lines(lines: Sequence[str]) -> frozenset[int]:
    """Return the numbers of the lines of indented paragraphs that the text around shows as examples.

    Before such a paragraph stands a sentence that leads to it ("ends in a line such as", "for example:"), or prose goes
    on at the margin behind it. What is indented below a bullet, as hosts list squashed commits, is said and not shown.
    """
    examples: set[int] = set()
    block: list[int] = []
    intro = ""
    for number, line in enumerate((*lines, "")):
        if line[:2] == "  " and line.strip():
            block.append(number)
        elif line.strip() or number == len(lines):
            goes_on = bool(line.strip()) and not _is_listed(line) and not _is_trailer(line)
            if block and lines[block[0] - 1].strip() == "" and intro and not _is_listed(intro):
                examples |= set(block) if goes_on or _LEADS_ON.search(intro) else set()
            block, intro = [], line
    return frozenset(examples)


def _is_listed(line: str) -> bool:
    return _BULLET.match(line) is not None
