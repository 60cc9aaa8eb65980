"""Figures of repositories with too little to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.report.charts import FIGURES, chart
from analyzer.report.renderers import html
from tests.planting import analyze_path

if TYPE_CHECKING:
    from tests.conftest import MakeRepo


def test_charts_without_data_say_why(make_repo: MakeRepo) -> None:
    """A history of one commit gives a page on which what is not drawn says why."""
    result = analyze_path(str(make_repo(("work", {"a.py": "x = 1\n"})))).result
    for figure in FIGURES:
        block = chart(figure.id, result)
        assert block.data is not None or block.text.startswith("Not drawn here. ")
    assert "Not drawn here." in html.render(result)
