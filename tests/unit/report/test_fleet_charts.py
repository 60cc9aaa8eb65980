"""Figures of many repositories: drawn where something can be shown, and nothing that the table does not say."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.report.blocks import Chart, Table
from analyzer.report.charts import FLEET_FIGURES, build_chart, chart_svg
from analyzer.report.charts.fleet_share import FLEET_SHARE, FleetShareSeries
from analyzer.report.charts.forest import REPOSITORIES, TEAMS, Forest, ForestRow
from analyzer.report.charts.theme import config

if TYPE_CHECKING:
    from analyzer.report.charts.figure import Figure

EMPTY = Table("Marked share", ("quarter", "marked"), (("2026-Q1", "3 %"),))
MONTHS = (("2025-11", 0.1, 40), ("2026-01", 0.2, 50), ("2026-02", 0.4, 9))


def course(
    as_of: str = "2026-02-28", grades: tuple[tuple[str, str], ...] = (), every: str = "month"
) -> FleetShareSeries:
    """Three months, of which December is not shown."""
    return FleetShareSeries(MONTHS, every, as_of, grades, EMPTY)


def rows(block: Chart, layer: str) -> list[dict[str, Any]]:
    """What is drawn of one layer."""
    assert block.data is not None
    return list(block.data[layer])


def forest(count: int) -> Forest:
    """Repositories whose intervals are the longer, the later their number."""
    alone = tuple(ForestRow(f"r{k:03d}", 0.1, 0.05 - k / 200, 0.2 + k / 10) for k in range(count))
    return Forest(alone, (ForestRow("on average", 0.1, 0.0, 0.2), ForestRow("a further one", None, -0.1, 0.4)))


SUBJECTS: list[tuple[Figure[Any], object]] = [
    (FLEET_SHARE, course(grades=(("2025-Q3", "unknown_too_little_history"), ("2026-Q1", "says_little")))),
    (REPOSITORIES, forest(3)),
    (TEAMS, Forest(forest(2).rows)),
]


def test_each_figure_has_its_subject() -> None:
    """No figure of a fleet without a test of how it is drawn."""
    assert {figure.id for figure, _ in SUBJECTS} == {figure.id for figure in FLEET_FIGURES}


@pytest.mark.parametrize(("figure", "subject"), SUBJECTS, ids=lambda s: getattr(s, "id", ""))
def test_figure_is_valid_and_self_contained(figure: Any, subject: object) -> None:
    """Valid Vega-Lite, well-formed SVG of the same bytes each time, in UTC, with words and a table beside it."""
    block = build_chart(figure, subject)
    assert block.data is not None
    assert block.table is not None
    specification = figure.draw(block.data).configure(**config()).to_dict(validate=True)
    picture = chart_svg(block)
    assert picture == chart_svg(block)
    assert {e.tag.split("}")[-1] for e in ET.fromstring(picture).iter()} <= {"svg", "g", "path", "line", "rect", "text"}  # noqa: S314 - our own picture
    assert str(specification).count("'temporal'") == str(specification).count("'type': 'utc'")


def test_a_period_that_is_not_over_or_not_shown_is_not_drawn() -> None:
    """February is drawn from its last day on; December is a gap, and no month runs over it."""
    assert [r["day"] for r in rows(build_chart(FLEET_SHARE, course("2026-02-27")), "periods")] == [
        "2025-11-01",
        "2026-01-01",
    ]
    whole = rows(build_chart(FLEET_SHARE, course()), "periods")
    assert [(r["day"], r["end"]) for r in whole] == [
        ("2025-11-01", "2025-12-01"),
        ("2026-01-01", "2026-02-01"),
        ("2026-02-01", "2026-03-01"),
    ]
    absent = build_chart(FLEET_SHARE, course("2025-12-31"))
    assert (absent.data, absent.table) == (None, EMPTY)


@given(st.sampled_from(["week", "month", "quarter"]), st.dates(date(2001, 1, 1), date(2090, 1, 1)))
def test_a_period_ends_where_the_next_begins(every: str, day: date) -> None:
    """By the calendar: the day after a period's end is the first of the next, and lies in no third one."""
    firsts = {
        "week": [day - timedelta(days=day.weekday()) + timedelta(days=7 * k) for k in (0, 1)],
        "month": [day.replace(day=1), (day.replace(day=1) + timedelta(days=31)).replace(day=1)],
        "quarter": [date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)],
    }[every]
    if every == "quarter":
        firsts.append((firsts[0] + timedelta(days=95)).replace(day=1))
    names = [d.isoformat() if every == "week" else d.isoformat()[:7] for d in firsts]
    after = (firsts[1] + timedelta(days=100)).isoformat()
    drawn_ = rows(
        build_chart(FLEET_SHARE, FleetShareSeries(tuple((n, 0.5, 9) for n in names), every, after, (), EMPTY)),
        "periods",
    )
    assert drawn_[0]["end"] == drawn_[1]["day"] == firsts[1].isoformat()


def test_grades_stand_where_they_change() -> None:
    """The grade of the left edge, then changes alone; words that follow each other stand on lines of their own."""
    grades = (
        ("2024-Q1", "says_little"),
        ("2024-Q2", "unknown_too_little_history"),
        ("2025-Q4", "unknown_too_little_history"),
        ("2026-Q1", "says_little"),
    )
    block = build_chart(FLEET_SHARE, course(grades=grades))
    found = [(m["day"], m["grade"], m["row"]) for m in rows(block, "grades")]
    assert found == [("2025-11-01", "unknown", 0), ("2026-01-01", "says little", 1)]
    assert block.text.endswith("unknown from 2024-Q2; says little from 2026-Q1.")


def test_the_surest_are_drawn_and_all_are_told() -> None:
    """Past forty rows the shortest intervals are drawn, in the order of names; the table leaves out none."""
    block = build_chart(REPOSITORIES, forest(45))
    assert [r["name"] for r in rows(block, "alone")] == [f"r{k:03d}" for k in range(40)]
    assert block.table is not None
    assert len(block.table.rows) == 47
    assert "Drawn are the 40 shortest intervals." in block.text
    assert rows(block, "together")[1]["change"] is None
    assert all(0.1 <= r["low"] <= r["high"] <= 10 for r in rows(block, "alone"))
    none = build_chart(TEAMS, Forest(()))
    assert none.data is None
    assert none.text.startswith("Not drawn here. ")


def test_an_interval_without_an_end_is_drawn_to_the_end() -> None:
    """A decrease by all there is, and an increase beyond any: the longest, and last to be drawn."""
    endless = ForestRow("endless", 0.0, -1.0, 1e13)
    assert [r["name"] for r in rows(build_chart(TEAMS, Forest((endless, *forest(40).rows))), "alone")] == [
        f"r{k:03d}" for k in range(40)
    ]
    (found,) = rows(build_chart(TEAMS, Forest((endless,))), "alone")
    assert (found["low"], found["high"]) == (0.1, 10)
