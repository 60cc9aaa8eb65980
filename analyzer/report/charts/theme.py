"""Colours and axes of every chart, and conversion of Altair charts to inline SVG.

The colours are those of Okabe and Ito (Color Universal Design, 2008). A shape or a dash repeats what each colour says,
so that nothing depends on colour alone. For dark mode, the page's style sheet replaces colours by their attribute.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analyzer.report.charts.figure import Datum

INK, SOFT, LINE, PAGE = "#1b1f24", "#57606a", "#d0d7de", "#ffffff"
BLUE, ORANGE, VERMILION, GREY = "#0072b2", "#e69f00", "#d55e00", "#7a828c"
WIDTH = 620
# Text is laid out with the font of the drawing library, so that the fonts of a machine do not change a chart; readers
# see it in another font.
_LAYOUT_FONT = "Liberation Sans"
_READER_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# Attributes that readers do not need, or that our style sheets could match.
_UNUSED_ATTRIBUTES = re.compile(r' (?:class|aria-[a-z]+|role|pointer-events|stroke-miterlimit)="[^"]*"| opacity="1"')
_HIDDEN_PATHS = re.compile(r'<path[^>]*(?: d=""| display="none")[^>]*/>')
_EMPTY_GROUPS = re.compile(r"<g(?: [^>]*)?>(?:<path d=\"M0,0h0v0h0Z\"/>)?</g>")
_LONG_NUMBER = re.compile(r"(\d+\.\d{2})\d+")
_LINE = re.compile(r'<line transform="translate\(([^)]+)\)" x2="([^"]+)" y2="([^"]+)"')
_SIMILAR_PATHS = re.compile(r'<path d="[^"]*"([^>]*)/>(?:<path d="[^"]*"\1/>)+')
_PATH_DATA = re.compile(r' d="([^"]*)"')


def config() -> dict[str, Any]:
    """Return the Vega-Lite configuration of every chart."""
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
        # Fonts of readers are wider than the font of the layout.
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
    """Return rows as inline data of a chart."""
    import altair as alt

    return alt.Data(values=rows)  # type: ignore[no-untyped-call]


def day_axis(**axis: Any) -> Any:
    """Return a horizontal axis of column `day` in UTC; Vega's default would be the time zone of the machine."""
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

    image: bytes = vl_convert.vegalite_to_png(
        specification(chart) | {"background": PAGE}, scale=scale, allowed_base_urls=[]
    )
    return image


def svg(chart: Any) -> str:
    """Return the chart as SVG for a page: no script, style sheet or font, and no id that another chart could have."""
    import vl_convert

    markup: str = vl_convert.vegalite_to_svg(specification(chart), allowed_base_urls=[])
    return compact_svg(markup)


def compact_svg(markup: str) -> str:
    """Return SVG without empty groups, hidden paths, classes, and digits below a hundredth of a pixel.

    The font is named once, and neighbouring lines and shapes that look alike become one path.
    """
    text = _LONG_NUMBER.sub(r"\1", _UNUSED_ATTRIBUTES.sub("", _HIDDEN_PATHS.sub("", markup)))
    text = text.replace(f' font-family="{_LAYOUT_FONT}"', "")
    previous = ""
    while previous != text:
        previous, text = text, _EMPTY_GROUPS.sub("", text)
    text = _SIMILAR_PATHS.sub(_merge_paths, _LINE.sub(r'<path d="M\1l\2,\3"', text))
    return text.replace('xmlns:xlink="http://www.w3.org/1999/xlink" version="1.1" ', "").replace(
        "<svg ", f'<svg aria-hidden="true" focusable="false" font-family="{_READER_FONTS}" ', 1
    )


def _merge_paths(similar: re.Match[str]) -> str:
    """Return one path for neighbouring paths with the same attributes."""
    return f'<path d="{"".join(_PATH_DATA.findall(similar[0]))}"{similar[1]}/>'
