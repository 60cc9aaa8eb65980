"""Chart of the smallest detectable effect by people and months, with this history as a point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, FigureContent
from analyzer.report.charts.theme import BLUE, GREY, INK, VERMILION, WIDTH, inline_data
from analyzer.report.format import increase_and_decrease, many
from analyzer.report.sections.estimates import power_requirements_table

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult

_MAX_EFFECT = 4.0


def _content(result: AnalysisResult) -> FigureContent:
    rows: list[Datum] = [
        {"people": c.people, "months": f"{c.months} months", "least": min(c.recorded, _MAX_EFFECT)}
        for c in result.power
    ]
    this_history: list[Datum] = []
    comparison = "This history has no figure to place beside them."
    verdict = next((v for v in result.verdicts if v.outcome == "throughput" and v.smallest_detectable), None)
    if verdict is not None and verdict.smallest_detectable is not None and verdict.n_people is not None:
        least = verdict.smallest_detectable.recorded
        this_history = [{"people": verdict.n_people, "least": min(least, _MAX_EFFECT), "name": "this history"}]
        comparison = f"This history, {many(verdict.n_people, 'person', 'people')}: {increase_and_decrease(least)}."
    alt = "Smallest increase with +50 points of recorded share seen four times in five, by people and months. "
    alt += comparison
    return FigureContent(alt, power_requirements_table(result.power), {"power": rows, "own": this_history})


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    months = list(dict.fromkeys(str(row["months"]) for row in layers["power"]))
    scale = alt.Scale(type="log", base=2)
    axis = alt.Axis(
        values=sorted({int(str(row["people"])) for row in layers["power"]}),
        grid=False,
        title="people who can be compared",
    )
    x = alt.X("people:Q", scale=scale, axis=axis)
    y: dict[str, Any] = {
        "scale": alt.Scale(type="log", domain=[0.1, _MAX_EFFECT]),
        "axis": alt.Axis(values=[0.1, 0.2, 0.5, 1, 2, 4], format=".0%", title="smallest effect seen"),
    }
    dash = alt.StrokeDash(
        "months:N", scale=alt.Scale(domain=months, range=[[1, 0], [6, 3], [2, 2], [8, 2, 2, 2]][: len(months)])
    )
    color = alt.Color("months:N", scale=alt.Scale(domain=months, range=[BLUE, INK, GREY, BLUE][: len(months)]))
    lines = alt.Chart(inline_data(layers["power"])).mark_line(strokeWidth=2, point=True)
    chart = lines.encode(x, alt.Y("least:Q", **y), strokeDash=dash, color=color)
    if layers["own"]:
        this_history = alt.Chart(inline_data(layers["own"]))
        diamond = this_history.mark_point(shape="diamond", filled=True, color=VERMILION, size=120, opacity=1)
        label = this_history.mark_text(align="left", dx=9, color=INK).encode(x, alt.Y("least:Q", **y), text="name:N")
        chart = chart + diamond.encode(x, alt.Y("least:Q", **y)) + label
    return chart.properties(width=WIDTH, height=190)


POWER = Figure(
    "power",
    "What would make it answerable",
    "The smallest effect that a history of so many people and months shows four times in five (simulated, about five "
    "changes a person and four weeks). The red diamond is this history.",
    "Real histories vary more than simulated ones; an effect of AI use must be larger to be seen: see the table.",
    _content,
    _draw,
)
