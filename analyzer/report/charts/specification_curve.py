"""Chart of the specification curve: the same estimate under every registered choice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, FigureContent, not_drawn
from analyzer.report.charts.theme import BLUE, GREY, INK, WIDTH, inline_data
from analyzer.report.format import many, percent, relative, spaced
from analyzer.report.sections.estimates import specification_table

if TYPE_CHECKING:
    from analyzer.inference.results import Specification
    from analyzer.report.contract import AnalysisResult

_MIN_RATIO, _MAX_RATIO = 0.1, 10.0


def _content(result: AnalysisResult) -> FigureContent:
    specifications = next((v.specifications for v in result.verdicts if v.specifications is not None), None)
    if specifications is None:
        reason = next((v.sentence for v in result.verdicts if v.outcome == "throughput"), "")
        return not_drawn(f"No curve: {reason}")
    fitted = [s for s in specifications.rows if s.per_50_points is not None]
    curve: list[Datum] = []
    choices: list[Datum] = []
    for rank, s in enumerate(fitted):
        curve.append(_datum(rank, s))
        choices += [{"rank": rank, "choice": name} for name in _choices(s)]
    alt = (
        f"{many(len(fitted), 'figure')} of {many(specifications.n, 'specification')}, in their order; "
        f"{percent(specifications.same_sign_share)} of all have the headline's sign, "
        f"the median is {relative(specifications.median)}."
    )
    order = sorted({str(c["choice"]) for c in choices}, key=_choice_order)
    layers: dict[str, list[Datum]] = {"curve": curve, "choices": choices, "order": [{"choice": c} for c in order]}
    return FigureContent(alt, specification_table(result.verdicts), layers)


def _datum(rank: int, s: Specification) -> Datum:
    low, point, high = (
        min(max(1 + (value or 0.0), _MIN_RATIO), _MAX_RATIO) for value in (s.low, s.per_50_points, s.high)
    )
    return {"rank": rank, "value": point, "low": low, "high": high}


def _choices(s: Specification) -> list[str]:
    chosen = [f"lag: {s.lag}", f"model: {spaced(s.model)}", "own trends" if s.trend else "no own trends"]
    if s.grain is not None:
        chosen.append(f"grain: {s.grain} weeks")
    if s.definition is not None:
        chosen.append(f"marked by: {s.definition}")
    if s.maturity is not None:
        chosen.append(f"maturity: {s.maturity} days")
    return chosen


def _choice_order(choice: str) -> tuple[str, int, str]:
    """Return the sort key that groups choices of a kind and orders numbers by size."""
    kind, _, value = choice.partition(": ")
    digits = value.split(" ")[0]
    return ("own trends" if "own trends" in kind else kind, int(digits) if digits.isdigit() else 0, choice)


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    x = alt.X("rank:Q", axis=None, scale=alt.Scale(domain=[-1, len(layers["curve"])], nice=False))
    scale = alt.Scale(type="log", domain=[_MIN_RATIO, _MAX_RATIO])
    axis = alt.Axis(
        values=[_MIN_RATIO, 0.2, 0.5, 1, 2, 5, _MAX_RATIO],
        labelExpr="'×' + format(datum.value, '~g')",
        title="with +50 points",
    )
    y: dict[str, Any] = {"scale": scale, "axis": axis}
    chart = alt.Chart(inline_data(layers["curve"]))
    intervals = chart.mark_rule(color=GREY, opacity=0.5).encode(x, alt.Y("low:Q", **y), alt.Y2("high:Q"))
    points = chart.mark_point(filled=True, size=10, color=BLUE, opacity=1).encode(x, alt.Y("value:Q", **y))
    no_link = alt.Chart(inline_data([{"one": 1.0}])).mark_rule(color=INK, strokeDash=[2, 2]).encode(alt.Y("one:Q", **y))
    top = (intervals + points + no_link).properties(width=WIDTH - 120, height=170)
    names = [str(row["choice"]) for row in layers["order"]]
    rows = alt.Y("choice:N", sort=names, title=None, axis=alt.Axis(grid=False, domain=False, ticks=False))
    ticks = alt.Chart(inline_data(layers["choices"])).mark_tick(thickness=1, color=BLUE, orient="vertical", size=9)
    return alt.vconcat(top, ticks.encode(x, rows).properties(width=WIDTH - 120, height={"step": 13}), spacing=6)


CURVE = Figure(
    "specification_curve",
    "The same question asked every declared way",
    "Above, every specification's figure with its interval, from the smallest to the largest; ×1 is no link. Below, "
    "a tick says what was chosen for the one above it. Ticks on one side of a row mean that this choice decides.",
    "Intervals are cluster-robust and too sure in small histories; the joint p of the table is from swaps. Fits on "
    "ranks have no such scale and stand in the table.",
    _content,
    _draw,
)
