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
    """Rows of text under a caption; `numeric` columns are aligned right; `later` rows are not on the first screen.

    `links`: where the first cell of each row leads, relative and our own; "" nowhere.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    first_screen: bool = False
    note: str = ""
    later: frozenset[int] = frozenset()
    links: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Points:
    """A few sentences under a heading of their own."""

    title: str
    items: tuple[str, ...]
    first_screen: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure: what it shows in words, how it is read, its table, and the rows to draw (None: `text` says why not)."""

    id: str
    title: str
    text: str
    reads: str
    limits: str
    table: Table | None = None
    data: dict[str, list[dict[str, float | int | str | bool | None]]] | None = None

    @property
    def first_screen(self) -> bool:
        """Whether its table stands on the first screen."""
        return self.table is not None and self.table.first_screen


Block = Sentence | Spark | Table | Finding | Notice | Points | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A titled run of blocks; `id` is what links lead to."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report; `facts` is the headline row, `footer` says how to reproduce it.

    `up`: where a page of a site leads back to, relative and our own, and the words of that link.
    """

    title: str
    facts: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str
    footer: tuple[tuple[str, str], ...]
    up: tuple[str, str] | None = None
