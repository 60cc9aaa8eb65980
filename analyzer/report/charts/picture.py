"""A figure drawn for one result: as SVG, PNG or a Vega-Lite specification, for notebooks and slides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from analyzer.report.charts import theme

if TYPE_CHECKING:
    from analyzer.report.charts.figure import Figure

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn figure.

    Attributes
    ----------
    id, title : of the figure.
    alt : what it shows, in words, for readers who cannot see it.
    """

    id: str
    title: str
    alt: str
    _chart: Any

    @property
    def svg(self) -> str:
        """The picture as SVG: no script, style sheet or font."""
        return theme.svg(self._chart)

    def png(self, scale: float = 2.0) -> bytes:
        """Return the picture as PNG on a white background; `scale` 1 is 72 dots per inch."""
        return theme.png(self._chart, scale)

    @property
    def vega(self) -> dict[str, Any]:
        """The picture as a Vega-Lite specification, data included."""
        return theme.specification(self._chart)

    def _repr_svg_(self) -> str:
        """Show the picture in a notebook."""
        return self.svg


def picture(figure: Figure[T], subject: T) -> Picture | None:
    """Draw a figure of a result; None where the result has nothing to draw."""
    content = figure.content(subject)
    return None if content.reason else Picture(figure.id, figure.title, content.alt, figure.draw(content.layers))
