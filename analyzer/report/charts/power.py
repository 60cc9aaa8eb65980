"""Chart of the smallest effect that this history would detect, by number of people, with its own number marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, FigureContent, not_drawn
from analyzer.report.charts.theme import BLUE, INK, VERMILION, WIDTH, inline_data
from analyzer.report.format import increase_and_decrease, many
from analyzer.report.sections.estimates import power_requirements_table

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult

_MIN_EFFECT, _MAX_EFFECT = 0.1, 4.0


def _content(result: AnalysisResult) -> FigureContent:
    figures = {"within people": "association", "beyond own trends": "beyond_trends"}
    rows: list[Datum] = [
        {"people": c.people, "figure": name, "least": _on_scale(value)}
        for c in result.power
        for name, field in figures.items()
        if (value := getattr(c, field)) is not None
    ]
    if not rows:
        return not_drawn("Nothing could be estimated here, so what this history would detect is unknown.")
    this_history: list[Datum] = []
    comparison = ""
    verdict = next((v for v in result.verdicts if v.outcome == "throughput" and v.smallest_detectable), None)
    if verdict is not None and verdict.smallest_detectable is not None and verdict.n_people is not None:
        least = verdict.smallest_detectable.association
        this_history = [{"people": verdict.n_people, "least": _on_scale(least), "name": "this history"}]
        comparison = f"This history, {many(verdict.n_people, 'person', 'people')}: {increase_and_decrease(least)}."
    alt = "Smallest increase per +50 points of AI share that is detected four times in five, by number of people. "
    alt += comparison
    return FigureContent(alt, power_requirements_table(result.power), {"power": rows, "own": this_history})


def _on_scale(effect: float) -> float:
    return min(max(effect, _MIN_EFFECT), _MAX_EFFECT)


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    figures = list(dict.fromkeys(str(row["figure"]) for row in layers["power"]))
    scale = alt.Scale(type="log", base=2)
    axis = alt.Axis(
        values=sorted({int(str(row["people"])) for row in layers["power"]}),
        grid=False,
        title="people compared",
    )
    x = alt.X("people:Q", scale=scale, axis=axis)
    y: dict[str, Any] = {
        "scale": alt.Scale(type="log", domain=[_MIN_EFFECT, _MAX_EFFECT]),
        "axis": alt.Axis(values=[0.1, 0.2, 0.5, 1, 2, 4], format=".0%", title="smallest effect detected"),
    }
    dash = alt.StrokeDash(
        "figure:N", title=None, scale=alt.Scale(domain=figures, range=[[1, 0], [6, 3]][: len(figures)])
    )
    color = alt.Color("figure:N", title=None, scale=alt.Scale(domain=figures, range=[BLUE, INK][: len(figures)]))
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
    "The smallest effect on output that so many people like those compared here would show four times in five, over "
    "the same months. The red diamond is this history.",
    "It follows from how much these people's output varies; more months would lower it as well.",
    _content,
    _draw,
)
