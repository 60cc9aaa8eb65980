"""Parse the versions of a file one after the other: a version is parsed again only where it differs from the last one.

Reading every version from its start would take 15 times as long as `git log -p` (docs/performance.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analyzer.structure.text_diff import changed_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Tree

    from analyzer.languages.language import Language
    from analyzer.structure.text_diff import Span


class ParsedText(NamedTuple):
    """A version of a file and its syntax tree."""

    text: bytes
    tree: Tree


def parse(language: Language, text: bytes, last: ParsedText | None = None) -> ParsedText | None:
    """Return a text with its tree, the same as if it were parsed alone; None if it is too hard to parse.

    Parameters
    ----------
    last : another version of the text, in the same language, which saves time.
    """
    return parse_version(language, text, last, () if last is None else changed_spans(last.text, text))


def parse_version(language: Language, text: bytes, last: ParsedText | None, spans: Sequence[Span]) -> ParsedText | None:
    """Return the same where the changed parts are at hand (`changed_spans`)."""
    if last is not None and not spans:
        return ParsedText(text, last.tree)
    tree = None if last is None else language.parse(text, _edited(last, text, spans))
    if tree is None or tree.root_node.has_error:
        # How the parser recovers from an error can depend on what it has parsed before.
        tree = language.parse(text)
    return None if tree is None else ParsedText(text, tree)


def _edited(last: ParsedText, text: bytes, spans: Sequence[Span]) -> Tree:
    """Return the tree of the last version with the places marked in which a text differs."""
    edited = last.tree.copy()
    points = _points(last.text, [offset for span in spans for offset in (span.old_start, span.old_end)])
    # From the end, so that the places of earlier ones stay what they are.
    for span, start, end in zip(spans[::-1], points[-2::-2], points[::-2], strict=True):
        added = text[span.new_start : span.new_end]
        new_end = span.old_start + len(added)
        edited.edit(span.old_start, span.old_end, new_end, start, end, _moved(start, added))
    return edited


def _points(text: bytes, offsets: Sequence[int]) -> list[tuple[int, int]]:
    """Return row and column of each offset; they ascend."""
    points, row, position = [], 0, 0
    for offset in offsets:
        row += text.count(b"\n", position, offset)
        position = offset
        points.append((row, offset - text.rfind(b"\n", 0, offset) - 1))
    return points


def _moved(start: tuple[int, int], added: bytes) -> tuple[int, int]:
    """Return the point at the end of a text that begins at a point."""
    rows = added.count(b"\n")
    return (start[0] + rows, len(added) - added.rfind(b"\n") - 1) if rows else (start[0], start[1] + len(added))
