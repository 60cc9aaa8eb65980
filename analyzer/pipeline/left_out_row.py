"""Data quality: the lines that no share counts, by kind of file, largest first; and those that are older."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.history.left_out import MAX_ENDING
from analyzer.pipeline.quality_row import quality_row
from analyzer.report.format import many, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.history.left_out import ClassLines, EndingSum
    from analyzer.pipeline.line_history import LineTables
    from analyzer.report.contract import QualityRow

_NAMES = {
    "docs": "docs",
    "data": "data and configuration",
    "notebook": "notebooks",
    "lockfile": "lockfiles",
    "generated": "generated",
    "vendored": "vendored",
    "lfs": "pointers of Git LFS",
    "unknown": "files of an unknown type",
}
# Kinds whose endings tell the reader something that the kind does not.
_WITH_ENDINGS = ("data", "notebook", "unknown")
_MAX_NAMED = 3


def older_lines_rows(lines: LineTables | None) -> Iterator[QualityRow]:
    """Yield from when on lines are followed, if not from the beginning."""
    if lines is not None and lines.start is not None:
        is_older = lines.surviving["sha"].isna() & lines.surviving["path_class"].isin(COUNTED_CLASSES)
        older = int(lines.surviving.loc[is_older, "lines"].sum())
        yield quality_row(
            "older-lines",
            f"Lines are followed from {lines.start:%Y-%m-%d} on. Lines added are counted from then on, and "
            f"{many(older, 'older line')} of code and tests at head count as unmarked.",
        )


def left_out_rows(left_out: Sequence[ClassLines] | None) -> Iterator[QualityRow]:
    """Yield the row that names what is not counted; none if everything is, or nothing could be read."""
    if left_out:
        lines, files = (sum(getattr(row, field) for row in left_out) for field in ("lines_added", "files"))
        sentence = f"{many(lines, 'line')} added to {many(files, 'file')} of other kinds than code and tests"
        kinds = ", ".join(_kind_text(row) for row in left_out)
        yield quality_row("lines-left-out", f"{sentence} were left out: {kinds}.")


def _kind_text(row: ClassLines) -> str:
    """Return the kind with its lines, and with its most frequent endings where these say more."""
    text = f"{_NAMES[row.kind]} {number(row.lines_added)}"
    if row.kind not in _WITH_ENDINGS:
        return text
    return f"{text} ({', '.join(map(_ending_text, row.endings[:_MAX_NAMED]))})"


def _ending_text(row: EndingSum) -> str:
    name = plain(row.ending, MAX_ENDING) or "no ending"
    return f"{name} {number(row.lines_added)}"
