"""What history would be needed to see an effect of a given size, and where this one stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, Shown
from analyzer.report.charts.theme import BLUE, GREY, INK, VERMILION, WIDTH, data
from analyzer.report.format import change, many
from analyzer.report.sections.estimates import power_table_of

if TYPE_CHECKING:
    from analyzer.report.contract import Result

_MOST = 4.0


def _shown(result: Result) -> Shown:
    rows: list[Datum] = [
        {"people": c.people, "months": f"{c.months} months", "least": min(c.recorded, _MOST)} for c in result.power
    ]
    own: list[Datum] = []
    told = "This history has no figure to place beside them."
    found = next((v for v in result.verdicts if v.outcome == "throughput" and v.smallest_detectable), None)
    if found is not None and found.smallest_detectable is not None and found.n_authors is not None:
        least = found.smallest_detectable.recorded
        own = [{"people": found.n_authors, "least": min(least, _MOST), "name": "this history"}]
        told = f"This history, {many(found.n_authors, 'person', 'people')}: {change(least)}."
    alt = f"Smallest increase with +50 points of recorded share seen four times in five, by people and months. {told}"
    return Shown(alt, power_table_of(result.power), {"power": rows, "own": own})


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
        "scale": alt.Scale(type="log", domain=[0.1, _MOST]),
        "axis": alt.Axis(values=[0.1, 0.2, 0.5, 1, 2, 4], format=".0%", title="smallest effect seen"),
    }
    dash = alt.StrokeDash(
        "months:N", scale=alt.Scale(domain=months, range=[[1, 0], [6, 3], [2, 2], [8, 2, 2, 2]][: len(months)])
    )
    color = alt.Color("months:N", scale=alt.Scale(domain=months, range=[BLUE, INK, GREY, BLUE][: len(months)]))
    lines = alt.Chart(data(layers["power"])).mark_line(strokeWidth=2, point=True)
    found = lines.encode(x, alt.Y("least:Q", **y), strokeDash=dash, color=color)
    if layers["own"]:
        own = alt.Chart(data(layers["own"]))
        place = own.mark_point(shape="diamond", filled=True, color=VERMILION, size=120, opacity=1)
        name = own.mark_text(align="left", dx=9, color=INK).encode(x, alt.Y("least:Q", **y), text="name:N")
        found = found + place.encode(x, alt.Y("least:Q", **y)) + name
    return found.properties(width=WIDTH, height=190)


POWER = Figure(
    "power",
    "What would make it answerable",
    "The smallest effect that a history of so many people and months shows four times in five (simulated, about five "
    "changes a person and four weeks). The red diamond is this history.",
    "Real histories vary more than simulated ones; an effect of AI use must be larger to be seen: see the table.",
    _shown,
    _draw,
)
