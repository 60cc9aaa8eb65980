"""One self-contained HTML page: no network access, no script, all texts escaped, all pictures inline.

Pictures are the only markup that is not escaped here, because the library that draws them escapes their texts.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from analyzer.report.blocks import FOLDED
from analyzer.report.charts import chart_svg
from analyzer.report.document import build_report
from analyzer.report.renderers.terminal import spark

if TYPE_CHECKING:
    from jinja2 import Template

    from analyzer.report.blocks import Report
    from analyzer.report.contract import AnalysisResult


def render(result: AnalysisResult, *, color: bool = False) -> str:  # noqa: ARG001 - one signature for all renderers
    """Return the page of a result; `color` is for terminals and ignored."""
    return render_page(build_report(result))


def render_page(report: Report) -> str:
    """Return any report as a page."""
    return _template().render(report=report, spark=spark, folded=FOLDED, picture=chart_svg)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    # Always escape: names, subjects and paths come from strangers.
    environment = Environment(
        loader=PackageLoader("analyzer.report.renderers"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["kind"] = lambda block, name: type(block).__name__ == name
    return environment.get_template("report.html.jinja")
