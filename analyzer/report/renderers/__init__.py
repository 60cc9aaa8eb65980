"""Registry of report formats. A new format is one module here and one line in `RENDERERS`.

This module imports no renderer, so that `aishare --help` can name the formats without loading them.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from analyzer.report.contract import AnalysisResult


@dataclass(frozen=True, slots=True)
class Renderer:
    """A registered format.

    Attributes
    ----------
    id : value of `--format`.
    title : what the format is for.
    module : module with the function `render(result, *, color)`, imported on first use.
    endings : file endings, in lower case. Of several formats with one ending, the first in `RENDERERS` is the default.
    """

    id: str
    title: str
    module: str
    endings: tuple[str, ...]

    def render(self, result: AnalysisResult, *, color: bool = False) -> str:
        """Return the text of the report in this format; `color` adds ANSI codes where the format has them."""
        text: str = import_module(self.module).render(result, color=color)
        return text


RENDERERS: tuple[Renderer, ...] = (
    Renderer("terminal", "first screen, at most 24 lines of 80 columns", f"{__name__}.terminal", ("txt",)),
    Renderer("json", "the contract for scripts, with a shipped JSON Schema", f"{__name__}.json", ("json",)),
    Renderer("markdown", "for job summaries, issues and mail", f"{__name__}.markdown", ("md",)),
    Renderer("html", "one self-contained page with every chart and table", f"{__name__}.html", ("html", "htm")),
    Renderer("card", "a picture for a README or a slide: interval and grades (SVG)", f"{__name__}.card", ("svg",)),
    Renderer("badge", "a badge that never shows a bare percentage (SVG)", f"{__name__}.badge", ("svg",)),
)
FORMATS = tuple(renderer.id for renderer in RENDERERS)


def find_renderer(id_: str) -> Renderer:
    """Return the renderer of a registered format."""
    return next(renderer for renderer in RENDERERS if renderer.id == id_)


def format_of_file(path: str, formats: Collection[str] = FORMATS) -> str:
    """Return the first of `formats` with the ending of `path`; "terminal" for any other ending, and for "-"."""
    ending = path.rsplit(".", 1)[-1].lower()
    matching = (renderer.id for renderer in RENDERERS if renderer.id in formats and ending in renderer.endings)
    return next(matching, "terminal")
