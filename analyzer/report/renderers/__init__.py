"""The registry of formats. A new one is one file here and one line in `RENDERERS`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.report.contract import Result


@dataclass(frozen=True, slots=True)
class Renderer:
    """A format and the module that renders it, imported only when asked for."""

    id: str
    title: str
    module: str

    def render(self, result: Result, *, color: bool = False) -> str:
        """The whole text of the report in this format."""
        text: str = import_module(self.module).render(result, color=color)
        return text


RENDERERS: tuple[Renderer, ...] = (
    Renderer("terminal", "first screen, at most 24 lines of 80 columns", "analyzer.report.renderers.terminal"),
    Renderer("json", "the contract for scripts, with a shipped JSON Schema", "analyzer.report.renderers.json"),
    Renderer("markdown", "for job summaries, issues and mail", "analyzer.report.renderers.markdown"),
    Renderer("html", "one self-contained page with every chart and table", "analyzer.report.renderers.html"),
    Renderer("card", "a picture for a README or a slide: interval and grades (SVG)", "analyzer.report.renderers.card"),
    Renderer("badge", "a badge that never shows a bare percentage (SVG)", "analyzer.report.renderers.badge"),
)


def renderer(id_: str) -> Renderer:
    """Renderer by id; the command line has already checked the id."""
    return next(r for r in RENDERERS if r.id == id_)
