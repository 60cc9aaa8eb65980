"""What a figure is: how it is read, what it shows of a result, and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.report.blocks import Table

T = TypeVar("T")
Datum = dict[str, "float | int | str | bool | None"]


@dataclass(frozen=True, slots=True)
class FigureContent:
    """What a figure shows of one result, or why it shows nothing.

    data: rows by layer, the figures that are drawn. alt: what they show, in words, for who cannot see it. table: the
    same in full.
    """

    alt: str
    table: Table | None = None
    data: dict[str, list[Datum]] = field(default_factory=dict)
    absent: str = ""


@dataclass(frozen=True, slots=True)
class Figure(Generic[T]):
    """A registered figure: the single source of its panel and of its page in the docs.

    show: the rows of what it is of, a `Result` or a part of a fleet, without any library for drawing. draw: an Altair
    chart of them.
    """

    id: str
    title: str
    reads: str
    limits: str
    show: Callable[[T], FigureContent]
    draw: Callable[[dict[str, list[Datum]]], Any]


def not_drawn(why: str) -> FigureContent:
    """Nothing to draw here, and why."""
    return FigureContent("", absent=why)
