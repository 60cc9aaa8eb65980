"""Forest plot of repositories or teams: one interval for each, and those over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analyzer.report.blocks import Table
from analyzer.report.charts.associations import clamp_ratio, ratio_scale
from analyzer.report.charts.figure import Datum, Figure, FigureContent
from analyzer.report.charts.theme import BLUE, INK, ORANGE, WIDTH, inline_data
from analyzer.report.format import many, number, relative

# Most rows that are drawn; the table has all.
_MAX_ROWS = 40


@dataclass(frozen=True, slots=True)
class ForestRow:
    """Relative change per +50 points of AI share with its 95 % interval; `change` is None for a prediction interval."""

    name: str
    change: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Forest:
    """Rows to draw in this order, and below them the rows over all of these (`pooled`)."""

    rows: tuple[ForestRow, ...]
    pooled: tuple[ForestRow, ...] = ()


def _content(forest: Forest) -> FigureContent:
    if not forest.rows:
        return FigureContent("", reason="None has the eight people that an estimate of its own takes.")
    narrowest = _narrowest(forest.rows)
    settled = sum(row.low > 0 or row.high < 0 for row in forest.rows)
    alt = (
        f"{many(len(forest.rows), 'interval')}, {number(settled) if settled else 'none'} of them leave out ×1"
        + "".join(f"; {row.name} {relative(row.change)}" for row in forest.pooled if row.change is not None)
        + "."
    )
    if len(narrowest) < len(forest.rows):
        alt += f" Drawn are the {len(narrowest)} shortest intervals."
    all_rows = (*forest.rows, *forest.pooled)
    table = Table(
        "Each beside the others",
        ("name", "+50 points go with", "95 % interval"),
        tuple((row.name, _change_text(row), f"{relative(row.low)} … {relative(row.high)}") for row in all_rows),
        frozenset({1, 2}),
        note="In the order of names.",
    )
    return FigureContent(
        alt, table, {"alone": [_datum(r) for r in narrowest], "together": [_datum(r) for r in forest.pooled]}
    )


def _narrowest(rows: tuple[ForestRow, ...]) -> list[ForestRow]:
    """Return the rows with the shortest intervals, in their order."""
    shortest = sorted(range(len(rows)), key=lambda k: clamp_ratio(1 + rows[k].high) / clamp_ratio(1 + rows[k].low))[
        :_MAX_ROWS
    ]
    return [rows[k] for k in sorted(shortest)]


def _change_text(row: ForestRow) -> str:
    return "-" if row.change is None else relative(row.change)


def _datum(row: ForestRow) -> Datum:
    change = None if row.change is None else clamp_ratio(1 + row.change)
    return {"name": row.name, "change": change, "low": clamp_ratio(1 + row.low), "high": clamp_ratio(1 + row.high)}


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    rows: list[Datum] = [{**row, "of": of} for of in ("alone", "together") for row in layers[of]]
    chart = alt.Chart(inline_data(rows))
    x = ratio_scale("with +50 points of share")
    y = alt.Y("name:N", sort=None, title=None)
    color = alt.Color("of:N", legend=None, scale=alt.Scale(domain=["alone", "together"], range=[BLUE, ORANGE]))
    shape = alt.Shape("of:N", legend=None, scale=alt.Scale(domain=["alone", "together"], range=["circle", "diamond"]))
    no_link = alt.Chart(inline_data([{"one": 1.0}])).mark_rule(color=INK, strokeDash=[2, 2]).encode(alt.X("one:Q", **x))
    intervals = chart.mark_rule(strokeWidth=2).encode(alt.X("low:Q", **x), alt.X2("high:Q"), y, color=color)
    with_point = chart.transform_filter("isValid(datum.change)")
    points = with_point.mark_point(filled=True, size=55, opacity=1).encode(
        alt.X("change:Q", **x), y, color=color, shape=shape
    )
    return (no_link + intervals + points).properties(width=WIDTH - 160, height={"step": 18})


_READS = "Points are estimates, lines their 95 % intervals, on a scale of ratios; ×1 is no link."
_LIMITS = (
    'In the order of names: intervals overlap, and a rank would be one of chance. "Goes with", not "causes". What is '
    "beyond the ends of the scale is drawn at its end."
)
REPOSITORIES = Figure(
    "repositories_differ",
    "How repositories differ",
    f"{_READS} Orange diamonds are of all of them: the average, and where a further repository would lie.",
    _LIMITS,
    _content,
    _draw,
)
TEAMS = Figure("teams_differ", "How teams differ", _READS, _LIMITS, _content, _draw)
