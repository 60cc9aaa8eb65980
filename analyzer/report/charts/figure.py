"""Types of a registered figure: its explanation, its content for one result, and how it is drawn."""

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

    Attributes
    ----------
    alt : what the picture shows, in words, for readers who cannot see it.
    table : the complete data.
    layers : rows to draw, per layer.
    reason : why nothing is drawn; "" if something is.
    """

    alt: str
    table: Table | None = None
    layers: dict[str, list[Datum]] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Figure(Generic[T]):
    """A registered figure, the single source of its panel and of its page in the docs.

    Attributes
    ----------
    reads : how to read the figure.
    limits : what the figure cannot show.
    content : takes the content from a `Result` or a part of a fleet; uses no drawing library.
    draw : turns the layers of the content into an Altair chart.
    """

    id: str
    title: str
    reads: str
    limits: str
    content: Callable[[T], FigureContent]
    draw: Callable[[dict[str, list[Datum]]], Any]


def not_drawn(reason: str) -> FigureContent:
    """Return content without a picture, and why nothing is drawn."""
    return FigureContent("", reason=reason)
