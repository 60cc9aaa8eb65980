"""Content of a report without any format: sections, each with blocks of a few kinds.

All renderers print the same sentences in the same order. `first_screen` marks the blocks that the terminal shows;
longer formats show all blocks. Texts are plain and untrusted, so renderers have to escape them.
"""

from __future__ import annotations

from dataclasses import dataclass

# Number of rows above which a table is folded, in formats that can fold.
FOLDED = 12


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of prose, with an optional label `name`."""

    text: str
    name: str = ""
    first_screen: bool = True


@dataclass(frozen=True, slots=True)
class Spark:
    """A small time series, oldest first; None stands for a period without anything to count."""

    values: tuple[float | None, ...]
    text: str
    first_screen: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a caption.

    Attributes
    ----------
    numeric : columns that are aligned right.
    later : rows that are not on the first screen.
    links : per row, the relative link of its first cell; "" for no link. Never a link from the repository.
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
    """An answer: its grade in words ("UNKNOWN") and the reason."""

    name: str
    grade: str
    text: str
    slug: str
    first_screen: bool = True


@dataclass(frozen=True, slots=True)
class Notice:
    """A row of data quality; `aishare explain SLUG` explains it."""

    slug: str
    severity: str
    text: str
    fix: str
    first_screen: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """A list of sentences with a heading."""

    title: str
    items: tuple[str, ...]
    first_screen: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure with everything that a renderer needs to draw or replace it.

    Attributes
    ----------
    text : what the figure shows, in words, or why it is not drawn.
    reads : how to read the figure.
    limits : what the figure cannot show.
    table : the same data as a table.
    data : rows to draw, per layer; None if nothing is drawn.
    """

    id: str
    title: str
    text: str
    reads: str
    limits: str
    table: Table | None = None
    data: dict[str, list[dict[str, float | int | str | bool | None]]] | None = None

    @property
    def first_screen(self) -> bool:
        """Whether its table is on the first screen."""
        return self.table is not None and self.table.first_screen


Block = Sentence | Spark | Table | Finding | Notice | Points | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A title and its blocks; `id` is the target of links."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    Attributes
    ----------
    facts : the parts of the headline.
    closing : the last sentence.
    footer : names and values with which the report can be reproduced.
    up : on a page of a site, the relative link to the page above and its text.
    """

    title: str
    facts: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: str
    footer: tuple[tuple[str, str], ...]
    up: tuple[str, str] | None = None
