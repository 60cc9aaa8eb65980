"""Figures: valid, deterministic, self-contained, drawn from what the table beside them says, or absent for a reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
from msgspec import structs

from analyzer.report.blocks import Chart
from analyzer.report.charts import FIGURES, chart, chart_svg
from analyzer.report.charts.share_over_time import first_day
from analyzer.report.charts.theme import compact_svg, config, inline_data, svg
from analyzer.report.contract import AnalysisResult, Estimate
from analyzer.report.contract_marking import Adoption, RecallPeriod
from analyzer.report.document import build_report
from analyzer.report.renderers import html
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator


RESULTS = {
    path.stem: msgspec.json.decode(path.read_bytes(), type=AnalysisResult)
    for path in sorted((ROOT / "reports" / "planted").glob("*.json"))
}


PAIRS = [(figure.id, name) for figure in FIGURES for name in RESULTS]


@pytest.mark.parametrize(("id_", "name"), PAIRS)
def test_figure_is_drawn_or_says_why_not(id_: str, name: str) -> None:
    """Valid Vega-Lite and well-formed SVG with words beside it; else one sentence says why there is none."""
    block = chart(id_, RESULTS[name])
    if block.data is None:
        assert len(block.text) > len("Not drawn here. ")
        assert chart_svg(block) == ""
        return
    figure = next(f for f in FIGURES if f.id == id_)
    figure.draw(block.data).configure(**config()).to_dict(validate=True)
    picture = chart_svg(block)
    assert ET.fromstring(picture).tag.endswith("svg")  # noqa: S314 - our own picture
    assert block.text
    assert block.table is not None
    assert not re.search(r"<(?:script|image|style|use|a)\b|href|url\(|\bid=", picture)
    assert set(re.findall(r'font-family="(\w+)', picture)) <= {"system"}
    assert chart_svg(block) == picture


def _encodings(specification: Any) -> Iterator[dict[str, Any]]:
    """Every encoding of a specification, in layers and facets too."""
    for key, value in specification.items() if isinstance(specification, dict) else enumerate(specification):
        if key == "encoding":
            yield value
        if isinstance(value, dict | list):
            yield from _encodings(value)


@pytest.mark.parametrize("id_", [figure.id for figure in FIGURES])
def test_time_is_drawn_in_utc(id_: str) -> None:
    """An axis of days is the same in every time zone: Vega draws plain times in the machine's own."""
    figure = next(f for f in FIGURES if f.id == id_)
    for result in RESULTS.values():
        layers = chart(id_, result).data
        found = [] if layers is None else list(_encodings(figure.draw(layers).to_dict(validate=False)))
        for channel in (e["x"] for e in found if e.get("x", {}).get("type") == "temporal"):
            assert channel["scale"]["type"] == "utc"


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.id)
def test_every_figure_is_drawn_in_a_golden_report(figure: Any) -> None:
    """Every figure is drawn in the report of at least one planted history, and every report has its place."""
    assert any(chart(figure.id, result).data is not None for result in RESULTS.values())
    for result in RESULTS.values():
        shown = {
            block.id
            for section in build_report(result).sections
            for block in section.blocks
            if isinstance(block, Chart)
        }
        assert figure.id in shown


def test_layers_that_no_simulated_history_has_are_drawn() -> None:
    """Files of AI tools, the recall of marks by month, and an estimate from style each add to their picture."""
    result = RESULTS["more-output"]
    tool = Adoption("planted-tool", "TOOL.md", "0" * 40, "2024-05-06")
    month = RecallPeriod("2024-06", 20, 0.5, 0.3, 0.7, 12, 0.9)
    marking = structs.replace(result.marking, adoption=[tool], recall_by_period=[month])
    definitions = [structs.replace(d, estimate=Estimate(0.6, 0.5, 0.7, "", [])) for d in result.share.definitions]
    share = structs.replace(result.share, definitions=definitions)
    richer = structs.replace(result, marking=marking, share=share)
    pictures = {id_: chart_svg(chart(id_, richer)) for id_ in ("share_over_time", "disclosure", "definition_sheet")}
    assert "planted-tool" in pictures["share_over_time"]
    for id_, picture in pictures.items():
        assert len(picture) > len(chart_svg(chart(id_, result)))


def test_neighbours_that_look_alike_become_one_path() -> None:
    """Lines and paths with the same attributes are merged, others stay apart, and the font is named once."""
    markup = (
        '<svg width="9"><g><line transform="translate(1,2)" x2="0" y2="-3.456" stroke="red"/>'
        '<line transform="translate(4,2)" x2="0" y2="5" stroke="red"/><path d="M0,0h1" stroke="blue"/></g>'
        '<text font-family="Liberation Sans">a</text></svg>'
    )
    assert re.sub(r'<svg aria-hidden="true" focusable="false" font-family="[^"]+" ', "<svg ", compact_svg(markup)) == (
        '<svg width="9"><g><path d="M1,2l0,-3.45M4,2l0,5" stroke="red"/><path d="M0,0h1" stroke="blue"/></g>'
        "<text>a</text></svg>"
    )


@pytest.mark.parametrize(
    ("period", "day"),
    [("2026-01", "2026-01-01"), ("2026-Q3", "2026-07-01"), ("2026-03-02", "2026-03-02")],
)
def test_periods_begin(period: str, day: str) -> None:
    """Months, quarters, weeks and blocks stand on the axis where they begin."""
    assert first_day(period) == day


def test_text_in_a_picture_is_only_text() -> None:
    """Markup and braces in a label are drawn as they are written: the library that draws escapes them."""
    import altair as alt

    label = '</text><script>alert(1)</script><image href="x"/>&amp;{{7*7}}\u202e'
    picture = svg(alt.Chart(inline_data([{"x": 1, "y": label}])).mark_bar().encode(x="x:Q", y="y:N"))
    tags = {element.tag.split("}")[-1] for element in ET.fromstring(picture).iter()}  # noqa: S314 - our own picture
    assert tags <= {"svg", "g", "path", "line", "rect", "text"}
    assert "&lt;script&gt;" in picture


def test_drawn_share_is_the_share() -> None:
    """What the picture of the share over time draws are the figures of the JSON, each as wide as its period."""
    result = RESULTS["more-output"]
    block = chart("share_over_time", result)
    assert block.data is not None
    floors = [p.marked for p in result.share.by_period if p.definition == "merged_changes"]
    assert [row["floor"] for row in block.data["periods"]] == floors
    assert [row["end"] for row in block.data["periods"]][:-1] == [row["day"] for row in block.data["periods"]][1:]


def test_a_figure_beyond_the_scale_is_drawn_at_its_end() -> None:
    """An interval without an upper end, or a ratio of 10 000, stays inside of the picture; the table has the number."""
    result = RESULTS["more-output"]
    far = [
        structs.replace(v, association=None if v.association is None else structs.replace(v.association, high=9_999.0))
        for v in result.verdicts
    ]
    block = chart("associations", structs.replace(result, verdicts=far))
    assert block.data is not None
    assert block.table is not None
    assert max(float(row["high"] or 0) for row in block.data["figures"]) == 10.0
    assert any("over ×100" in cell for row in block.table.rows for cell in row)


def test_page_is_small_and_quick_to_read() -> None:
    """Every planted page is far below the 1.5 MB that mail and CI carry."""
    assert max(len(html.render(result).encode()) for result in RESULTS.values()) < 400_000
