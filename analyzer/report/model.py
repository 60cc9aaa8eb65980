"""What a report says, free of any format: sections of a few kinds of blocks.

Every renderer prints the same sentences in the same order. `first_screen` marks what the terminal
shows; longer formats show all. Text here is plain and untrusted: escaping is the renderer's duty.
"""

from __future__ import annotations

from dataclasses import dataclass

# Longer tables are folded where a format can.
FOLDED = 12


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of prose; `name` is the row's label where it has one."""

    text: str
    name: str = ""
    first_screen: bool = True


@dataclass(frozen=True, slots=True)
class Spark:
    """A small series, oldest first; None = nothing to count in that period."""

    values: tuple[float | None, ...]
    text: str
    first_screen: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a caption; `numeric` columns are aligned right; `later` rows are not on the first screen."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    first_screen: bool = False
    note: str = ""
    later: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer with its grade in words ("UNKNOWN") and the reason."""

    name: str
    grade: str
    text: str
    slug: str
    first_screen: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """A data-quality row; `slug` is what `aishare explain` knows."""

    slug: str
    severity: str
    text: str
    fix: str
    first_screen: bool = False


Block = Sentence | Spark | Table | Finding | Notice


@dataclass(frozen=True, slots=True)
class Section:
    """A titled run of blocks."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report; `facts` is the headline row, `footer` says how to reproduce it."""

    title: str
    facts: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str
    footer: tuple[tuple[str, str], ...]
