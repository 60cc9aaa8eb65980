"""Badge (SVG): marked share with its upper bound, and the grades; never a bare percentage."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from analyzer.report.format import GRADES, percent
from analyzer.report.sections.shares import HEADLINE

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult

_CHARACTER, _MARGIN, _HEIGHT = 6.6, 8, 20


def render(result: AnalysisResult, *, color: bool = False) -> str:  # noqa: ARG001 - one signature for all renderers
    """Return a one-line SVG; the width of its text is fixed, so that it fits with any font."""
    share = next(d for d in result.share.definitions if d.id == HEADLINE)
    grades = " · ".join(f"{v.outcome} {GRADES[v.grade].lower()}" for v in result.verdicts)
    label_text = "AI share of changes"
    value_text = f"{percent(share.marked)} … {percent(share.at_most)} · {grades}"
    widths = [round(len(text) * _CHARACTER + 2 * _MARGIN) for text in (label_text, value_text)]
    total_width = sum(widths)
    label = escape(f"{label_text}: {value_text}")
    size = f'width="{total_width}" height="{_HEIGHT}" viewBox="0 0 {total_width} {_HEIGHT}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{label}">',
        f"<title>{label}</title>",
        f'<rect width="{total_width}" height="{_HEIGHT}" rx="3" fill="#24292f"/>',
        f'<path d="M{widths[0]} 0H{total_width - 3}a3 3 0 0 1 3 3V17a3 3 0 0 1-3 3H{widths[0]}z" fill="#57606a"/>',
        '<g fill="#ffffff" font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">',
        _text(label_text, 0, widths[0]),
        _text(value_text, widths[0], widths[1]),
        "</g>",
        "</svg>",
    ]
    return "\n".join([*lines, ""])


def _text(text: str, begin: int, width: int) -> str:
    return f'<text x="{begin + _MARGIN}" y="14" textLength="{width - 2 * _MARGIN}">{escape(text)}</text>'
