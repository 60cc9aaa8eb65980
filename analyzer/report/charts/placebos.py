"""Grid of all placebo tests of verdicts and outcomes: passed, failed, or could not run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, FigureContent, not_drawn
from analyzer.report.charts.theme import BLUE, INK, SOFT, VERMILION, inline_data
from analyzer.report.format import many, spaced
from analyzer.report.sections.estimates import PASSED, all_placebos, placebo_table

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult

_SIGNS = {"passed": "✓", "failed": "✗", "could not run": "–"}


def _content(result: AnalysisResult) -> FigureContent:
    placebos = all_placebos(result.verdicts, result.outcomes or [])
    rows = [_datum(name, p.id, PASSED[p.passed]) for name, p in placebos]
    if not rows:
        return not_drawn("Nothing was estimated, so no placebo ran.")
    count = {state: sum(row["state"] == state for row in rows) for state in _SIGNS}
    failed = ", ".join(f"{row['placebo']} of {row['outcome']}" for row in rows if row["state"] == "failed")
    alt = f"{count['passed']} passed, {count['failed']} failed, {count['could not run']} could not run."
    text = f"{many(len(rows), 'placebo')}: {alt}" + (f" Failed: {failed}." if failed else "")
    return FigureContent(text, placebo_table(result.verdicts, result.outcomes or []), {"placebos": rows})


def _datum(outcome: str, placebo: str, state: str) -> Datum:
    return {"outcome": outcome, "placebo": spaced(placebo), "state": state, "sign": _SIGNS[state]}


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    chart = alt.Chart(inline_data(layers["placebos"])).encode(
        alt.X(
            "placebo:N", sort=None, title=None, axis=alt.Axis(orient="top", labelAngle=-30, grid=False, domain=False)
        ),
        alt.Y("outcome:N", sort=None, title=None, axis=alt.Axis(grid=False, domain=False, ticks=False)),
    )
    color = alt.Color("state:N", scale=alt.Scale(domain=list(_SIGNS), range=[BLUE, VERMILION, SOFT]))
    cells = chart.mark_rect(opacity=0.2, stroke="#ffffff", strokeWidth=2).encode(color=color)
    signs = chart.mark_text(color=INK, fontWeight="bold").encode(text="sign:N")
    return (cells + signs).properties(width={"step": 62}, height={"step": 22})


PLACEBOS = Figure(
    "placebos",
    "Placebos: the same method where nothing can be found",
    "A tick passed: the interval of the placebo holds 0, or does not exceed the figure it guards. A cross fired: the "
    "method finds something that cannot be there, and the grade is capped or the difference struck out. A dash could "
    "not be run, which is no pass.",
    "The verdict on defects rests on the placebos of its outcome, so these stand twice. One that could only fail on a "
    "strong distortion passes quietly.",
    _content,
    _draw,
)
