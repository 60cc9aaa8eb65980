"""Card (SVG) for a README or a slide: the share as a bar, the grades, and what neither of them shows."""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.report.format import GRADES, verdict_title
from analyzer.report.sections.repository_settings import settings_by_file
from analyzer.report.sections.shares import HEADLINE, headline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.report.contract import AnalysisResult, ShareDefinition

_WIDTH, _MARGIN, _LINE = 560, 24, 19
_NAME, _COLUMNS, _MAX_LINES = 40, 62, 3
_STYLE = (
    "text{font:14px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;fill:#1b1f24}"
    ".soft{fill:#57606a;font-size:12px}.name{font-weight:600;font-size:17px}.grade{font-weight:700;font-size:12px}"
    ".page{fill:#ffffff;stroke:#d0d7de}.unknown{fill:#d0d7de}.marked{fill:#0072b2}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.soft{fill:#a3adb8}.page{fill:#0d1117;stroke:#3a424c}"
    ".unknown{fill:#3a424c}.marked{fill:#56b4e9}}"
)


def render(result: AnalysisResult, *, color: bool = False) -> str:  # noqa: ARG001 - one signature for all renderers
    """Return an SVG without scripts, links and fonts; all texts from the repository are escaped."""
    facts, share = result.repository, next(d for d in result.share.definitions if d.id == HEADLINE)
    title = f"AI-written code in {plain(facts.name, _NAME)}"
    share_text = headline(share)
    body = [
        _text(title, 36, "name"),
        _text(f"{facts.head[:7]}, as of {result.command.as_of or 'unknown'}, {facts.commits} commits", 56, "soft"),
        *_bar(share, 72),
        _text(share_text, 116),
    ]
    y = 148
    for verdict in result.verdicts:
        body.append(_text(f"{verdict_title(verdict.outcome)}: {GRADES[verdict.grade]}", y, "grade"))
        for line in _wrapped(verdict.sentence):
            y += _LINE
            body.append(_text(line, y, "soft"))
        y += _LINE + 7
    for text in settings_by_file(result.repository_settings):
        body.append(_text(f"Set by this repository itself: {plain(text, _COLUMNS)}", y, "soft"))
        y += _LINE
    body.append(_text('Unmarked does not mean human-written. "Goes with", not "causes".', y, "soft"))
    height = y + 18
    page = f'<rect class="page" x=".5" y=".5" width="{_WIDTH - 1}" height="{height - 1}" rx="8"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    label = escape(f"{title}: {share_text}")
    lines = [f'{head} role="img" aria-label="{label}">', f"<title>{label}</title>", f"<style>{_STYLE}</style>", page]
    return "\n".join([*lines, *body, "</svg>", ""])


def _bar(share: ShareDefinition, y: int) -> Iterator[str]:
    """Yield a bar from 0 to 100 %: the marked share, the share that could be AI, and the rest."""
    room = _WIDTH - 2 * _MARGIN
    yield f'<rect class="unknown" opacity=".35" x="{_MARGIN}" y="{y}" width="{room}" height="16" rx="3"/>'
    if share.marked is not None and share.at_most is not None:
        yield f'<rect class="unknown" x="{_MARGIN}" y="{y}" width="{share.at_most * room:.1f}" height="16" rx="3"/>'
        yield f'<rect class="marked" x="{_MARGIN}" y="{y}" width="{share.marked * room:.1f}" height="16" rx="3"/>'


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(plain(text, 400), _COLUMNS, max_lines=_MAX_LINES, placeholder=" …")


def _text(text: str, y: int, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{_MARGIN}" y="{y}">{escape(text)}</text>'
