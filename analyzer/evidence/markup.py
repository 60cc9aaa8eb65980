"""Undo what editors and hosts put around words: Markdown emphasis and links, HTML tags and entities, emoji, boxes.

The patterns need no nesting and no look-back, so that reading takes linear time.
"""

from __future__ import annotations

import re

_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"', "&#39;": "'", "&nbsp;": " "}
_ENTITY = re.compile("|".join(_ENTITIES))
_MAIL_LINK = re.compile(r"[\[<]?([^\[\]<>()\s@]{1,80}@[^\[\]<>()\s@]{1,80})\]?\(mailto:\1\)>?", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?: [^<>@]{0,200})?/?>", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\[\]]{1,200})\](?:\([^()\s]{0,400}(?: \"[^\"]{0,80}\")?\)|\[[^\[\]]{0,80}\])?")
_NESTED_LINKS = 3  # badges are images within links
_BOX = re.compile(r"(?:(?:[-*+•]|\d{1,3}[.)]) +)?\[(?P<tick>[ xX✓✔]?)\] *(?=\S)|(?:[-*+•] +)?(?P<sign>[☐☑☒]) *(?=\S)")
_EMPHASIS = re.compile(r"(?<![\w*_~`])[*_~`]{1,3}(?=\S)|(?<=\S)[*_~`]{1,3}(?![\w*_~`])")
_ESCAPED = re.compile(r"\\([*_`~\[\]()])")
_SIGN = "[\u2190-\u2bff\u2e00-\u2e7f\u3000-\u303f\ufe0f\U0001f000-\U0001faff]"
_LEAD = re.compile(rf"(?:{_SIGN}|[-*+•#>|:~–—]|:[a-z_]{{2,30}}:|\s)+")
_SIGNS_AT_END = re.compile(rf"(?:\s*{_SIGN})+\s*\Z")
_EMOJI = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff]")
_BLANKS = re.compile(r"\s{2,}")


def without_entities(text: str) -> str:
    """Return the text with the entities undone that stand for brackets, quotes and blanks, and mail links as addresses.

    Other entities stay: a line break may not come out of one.
    """
    if "&" in text:
        text = _ENTITY.sub(lambda match: _ENTITIES[match[0]], text)
    return _MAIL_LINK.sub(r"<\1>", text) if "(mailto:" in text else text


def plain_words(line: str) -> str:
    """Return the words of a line as a reader sees them: without emphasis, links, tags, leading signs and bullets."""
    if "<" in line:
        line = _TAG.sub("", _COMMENT.sub("", line))
    if "\\" in line:
        line = _ESCAPED.sub(r"\1", line)
    for _ in range(_NESTED_LINKS if "[" in line else 0):
        line = _LINK.sub(r"\1", line)
    if "*" in line or "_" in line or "`" in line or "~" in line:
        line = _EMPHASIS.sub("", _EMPHASIS.sub("", line))
    start = _LEAD.match(line)
    # Blanks go first: the pattern of signs would try each of a long run.
    return _SIGNS_AT_END.sub("", _BLANKS.sub(" ", line[start.end() :] if start else line)).strip()


def is_ticked(line: str) -> bool | None:
    """Return whether a line is a ticked box of a list ("- [x] …"), an empty one (False), or no box (None)."""
    match = _BOX.match(line)
    if match is None:
        return None
    return match["sign"] in "☑☒" if match["sign"] else match["tick"].strip() != ""


def without_box(line: str) -> str:
    """Return the text behind the box of a list."""
    match = _BOX.match(line)
    return line[match.end() :] if match else line


def has_emoji(text: str) -> bool:
    """Return whether the text holds an emoji or another pictogram."""
    return _EMOJI.search(text) is not None
