"""Colours and axes of every chart, and an Altair chart → inline SVG.

Okabe and Ito's colours (Color Universal Design, 2008), each paired with a shape or a dash, so that nothing rests on
colour alone. The page's style sheet turns ink, soft, line and mark colours for dark mode by their attribute.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analyzer.report.charts.figure import Datum

INK, SOFT, LINE, PAGE = "#1b1f24", "#57606a", "#d0d7de", "#ffffff"
BLUE, ORANGE, VERMILION, GREY = "#0072b2", "#e69f00", "#d55e00", "#7a828c"
WIDTH = 620
# Text is measured with the font that the library brings: no font of the machine moves a line. Readers have another.
_LAYOUT_FONT = "Liberation Sans"
_READER_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# Attributes that say nothing to a reader, or that a style sheet of ours might catch.
_UNUSED_ATTRIBUTES = re.compile(r' (?:class|aria-[a-z]+|role|pointer-events|stroke-miterlimit)="[^"]*"| opacity="1"')
_HIDDEN_PATHS = re.compile(r'<path[^>]*(?: d=""| display="none")[^>]*/>')
_EMPTY_GROUPS = re.compile(r"<g(?: [^>]*)?>(?:<path d=\"M0,0h0v0h0Z\"/>)?</g>")
_LONG_NUMBER = re.compile(r"(\d+\.\d{2})\d+")


def config() -> dict[str, Any]:
    """The Vega-Lite configuration of every chart."""
    axis = {
        "labelColor": SOFT,
        "titleColor": SOFT,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 260,
    }
    words = {"labelColor": INK, "titleColor": SOFT, "labelFontSize": 12, "titleFontSize": 12}
    return {
        "aria": False,
        "background": "transparent",
        # Readers' fonts are wider than the one that the library measures with.
        "padding": {"left": 34, "right": 34, "top": 4, "bottom": 4},
        "font": _LAYOUT_FONT,
        "view": {"stroke": None},
        "axis": axis,
        "legend": {**words, "orient": "top", "title": None, "symbolStrokeWidth": 2},
        "header": {**words, "labelAnchor": "start", "labelFontWeight": "normal", "labelFontSize": 11, "title": None},
        "text": {"color": INK, "fontSize": 12},
        "rule": {"color": SOFT},
    }


def inline_data(rows: list[Datum]) -> Any:
    """Rows as inline data of a chart."""
    import altair as alt

    return alt.Data(values=rows)  # type: ignore[no-untyped-call]


def day_axis(**axis: Any) -> Any:
    """A horizontal axis of the days in a column `day`, in UTC: Vega's plain times are those of the machine's zone."""
    import altair as alt

    return alt.X("day:T", title=None, axis=alt.Axis(grid=False, **axis), scale=alt.Scale(type="utc"))


def specification(chart: Any) -> dict[str, Any]:
    """Return the chart as a Vega-Lite specification with our colours and axes."""
    # Validation costs more than drawing; the tests validate every figure.
    vega: dict[str, Any] = chart.configure(**config()).to_dict(validate=False)
    return vega


def png(chart: Any, scale: float) -> bytes:
    """Return the chart as PNG on a white background."""
    import vl_convert

    drawn: bytes = vl_convert.vegalite_to_png(
        specification(chart) | {"background": PAGE}, scale=scale, allowed_base_urls=[]
    )
    return drawn


def svg(chart: Any) -> str:
    """The chart as SVG for a page: no script, no style sheet, no font, no id that another chart might have."""
    import vl_convert

    markup: str = vl_convert.vegalite_to_svg(specification(chart), allowed_base_urls=[])
    return compact_svg(markup)


def compact_svg(markup: str) -> str:
    """Without what says nothing to a reader: empty groups, hidden paths, classes, digits below a pixel's hundredth."""
    text = _LONG_NUMBER.sub(r"\1", _UNUSED_ATTRIBUTES.sub("", _HIDDEN_PATHS.sub("", markup)))
    text = text.replace(f'font-family="{_LAYOUT_FONT}"', f'font-family="{_READER_FONTS}"')
    previous = ""
    while previous != text:
        previous, text = text, _EMPTY_GROUPS.sub("", text)
    return text.replace('xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" ', "").replace(
        "<svg ", '<svg aria-hidden="true" focusable="false" ', 1
    )
