"""Floor, ceiling, periods and credits on literal tables, and as properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.config import PeriodLength, parse_date
from analyzer.core.constants import PRE_AI
from analyzer.core.tables import COMMITS as COMMITS_TABLE
from analyzer.core.tables import LABELS, SchemaError, conform, records
from analyzer.core.tables import MERGED_CHANGES as MERGED_CHANGES_TABLE
from analyzer.errors import UsageError
from analyzer.share.bounds import ALL_PERIODS, share_bounds, share_items
from analyzer.share.definition import ShareInputs
from analyzer.share.main_definitions import COMMITS, LINES_ADDED, MERGED_CHANGES
from analyzer.share.time_window import TimeWindow, all_periods, period_of
from analyzer.share.tool_credit import credits_by

OPEN = TimeWindow(None, None, None, "month")
SHARES = (MERGED_CHANGES, COMMITS, LINES_ADDED)


def known(rows: list[tuple[str, str, bool, int]], tool: str = "claude-code") -> ShareInputs:
    """Tables of commits (date, label, ai, lines), each its own merged change."""
    when = [pd.Timestamp(date, tz="UTC") for date, *_ in rows]
    shas = [f"c{n}" for n in range(len(rows))]
    commits = COMMITS_TABLE.frame(
        (sha, "p", *["x"] * 6, date, date, "message") for sha, date in zip(shas, when, strict=True)
    )
    labels = LABELS.frame(
        (sha, label, ai, float(ai), False, tool if ai else "", "", "B" if ai else None, False, "a")
        for sha, (_, label, ai, _) in zip(shas, rows, strict=True)
    )
    units = MERGED_CHANGES_TABLE.frame(
        (sha, "session", sha, date, "a", label, None if label == "automation" else float(ai), 1, None)
        for sha, date, (_, label, ai, _) in zip(shas, when, rows, strict=True)
    )
    lines = pd.DataFrame({"sha": shas, "lines_added": pd.array([row[3] for row in rows], dtype="Int64")})
    return ShareInputs(commits, labels, units, lines)


def whole(known_: ShareInputs, definition: str, window: TimeWindow = OPEN) -> dict[str, object]:
    """The row of one definition over the whole range."""
    table = share_bounds(share_items(known_, SHARES, window), window.by)
    return next(row for row in records(table) if (row["definition"], row["period"]) == (definition, ALL_PERIODS))


LITERAL = known(
    [
        ("2020-05-01", "unmarked", False, 10),
        ("2024-01-10", "marked", True, 30),
        ("2024-01-20", "unmarked", False, 40),
        ("2024-03-05", "automation", False, 500),
        ("2024-03-06", "unmarked", False, 20),
    ]
)


def test_share_bounds_by_hand() -> None:
    """1 of 4 commits and 30 of 100 lines are marked; 1 commit and 10 lines are older than any assistant."""
    assert whole(LITERAL, "commits") | {"marked": 0.25, "at_most": 0.75, "n": 4} == whole(LITERAL, "commits")
    assert whole(LITERAL, "lines_added") | {"marked": 0.3, "at_most": 0.9, "n": 100} == whole(LITERAL, "lines_added")
    assert whole(LITERAL, "merged_changes")["n"] == 4


def test_empty_periods_are_unknown_not_zero() -> None:
    """February 2024 has nothing to count: its share is NA and its n is 0."""
    table = share_bounds(
        share_items(LITERAL, SHARES, TimeWindow(datetime(2024, 1, 1, tzinfo=UTC), None, None, "month")), "month"
    )
    rows = {row["period"]: row for row in records(table[table["definition"] == "commits"])}
    assert list(rows) == [ALL_PERIODS, "2024-01", "2024-02", "2024-03"]
    assert rows["2024-02"]["n"] == 0
    assert pd.isna(rows["2024-02"]["marked"])
    assert rows["2024-03"]["marked"] == 0


def test_range_and_as_of_date_bound_periods() -> None:
    """Since is inclusive, until exclusive; what is later than the clock counts in totals and in no period."""
    window = TimeWindow(datetime(2024, 1, 10, tzinfo=UTC), datetime(2024, 1, 20, tzinfo=UTC), None, "month")
    assert whole(LITERAL, "commits", window)["n"] == 1
    clock = TimeWindow(None, None, datetime(2024, 2, 1, tzinfo=UTC), "month")
    table = share_bounds(share_items(LITERAL, SHARES, clock), "month")
    assert "2024-03" not in set(table["period"])
    assert whole(LITERAL, "commits", clock)["n"] == 4


_ROW = st.tuples(
    st.dates(datetime(2019, 1, 1, tzinfo=UTC).date(), datetime(2026, 1, 1, tzinfo=UTC).date()).map(str),
    st.sampled_from([("marked", True), ("unmarked", False), ("automation", False)]),
    st.integers(0, 1000),
).map(lambda row: (row[0], *row[1], row[2]))


@given(st.lists(_ROW, min_size=1, max_size=30))
@settings(max_examples=40)
def test_share_bounds_are_ordered_and_add_up(rows: list[tuple[str, str, bool, int]]) -> None:
    """0 ≤ marked ≤ at most ≤ 1 everywhere, and the periods' counts add up to the whole."""
    table = share_bounds(share_items(known(rows), SHARES, OPEN), "month")
    some = table[table["n"] > 0]
    assert ((some["marked"] >= 0) & (some["marked"] <= some["at_most"] + 1e-12) & (some["at_most"] <= 1)).all()
    for _, part in table.groupby("definition"):
        assert part.loc[part["period"] == ALL_PERIODS, "n"].sum() == part.loc[part["period"] != ALL_PERIODS, "n"].sum()


@given(st.lists(_ROW, min_size=1, max_size=20), st.data())
@settings(max_examples=40)
def test_marking_a_commit_never_lowers_a_share(rows: list[tuple[str, str, bool, int]], data: st.DataObject) -> None:
    """Marking one more commit lowers neither the marked share nor its upper bound."""
    unmarked = [n for n, row in enumerate(rows) if row[1] == "unmarked"]
    if not unmarked:
        return
    chosen = data.draw(st.sampled_from(unmarked))
    marked = [(d, "marked", True, n) if i == chosen else (d, lab, ai, n) for i, (d, lab, ai, n) in enumerate(rows)]
    before, after = (share_bounds(share_items(known(side), SHARES, OPEN), "quarter") for side in (rows, marked))
    counted = before["n"] > 0
    assert counted.equals(after["n"] > 0)
    assert (after.loc[counted, "marked"] >= before.loc[counted, "marked"]).all()
    assert (after.loc[counted, "at_most"] >= before.loc[counted, "at_most"]).all()


@pytest.mark.parametrize(
    ("by", "name"), [("month", "2024-02"), ("quarter", "2024-Q1"), ("week", "2024-02-26"), ("4week", "2024-02-19")]
)
def test_days_fall_into_their_periods(by: PeriodLength, name: str) -> None:
    """The leap day's month, quarter, ISO week's Monday, and its block of four weeks since Monday 1970-01-05."""
    day = pd.Series([pd.Timestamp("2024-02-29 23:59:59", tz="UTC")])
    assert list(period_of(day, by)) == [name]
    several = pd.concat([day - pd.Timedelta(days=400), day, pd.Series([pd.NaT], dtype=day.dtype), day])
    names = period_of(several, by)
    assert names.index.equals(several.index)
    assert names.isna().tolist() == [False, False, True, False]
    assert names.iloc[[1, 3]].tolist() == [name, name]
    assert names.iloc[0].startswith("2023" if by in {"month", "quarter"} else "202")


@given(st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)), st.integers(0, 400), st.sampled_from(["week", "4week", "month", "quarter"]))  # fmt: skip  # noqa: E501, DTZ001
@settings(max_examples=40)
def test_periods_leave_no_gap(start: datetime, days: int, by: PeriodLength) -> None:
    """Every day between two days falls into one of the listed periods, in order."""
    first = pd.Timestamp(start, tz="UTC")
    names = all_periods(first, first + timedelta(days=days), by)
    inside = pd.Series([first + timedelta(days=d) for d in range(days + 1)])
    assert set(period_of(inside, by)) == set(names)
    assert names == sorted(names)


def test_credits_keep_unknown_as_a_row() -> None:
    """Two tools in one commit count under each; a mark that names none is "unknown"."""
    both = known([("2024-01-01", "marked", True, 5), ("2024-01-02", "marked", True, 7)])
    both.labels["tool"] = pd.Series(["codex cursor", ""], dtype="str")
    assert records(credits_by(both, "tool", OPEN)) == [
        {"name": "codex", "commits": 1, "lines_added": 5, "lines_surviving": None},
        {"name": "cursor", "commits": 1, "lines_added": 5, "lines_surviving": None},
        {"name": "unknown", "commits": 1, "lines_added": 7, "lines_surviving": None},
    ]
    assert credits_by(known([("2024-01-01", "unmarked", False, 5)]), "tool", OPEN).empty


def test_pre_ai_is_a_published_day() -> None:
    """The day GitHub announced Copilot's technical preview."""
    assert str(PRE_AI.date()) == "2021-06-29"


def test_dates_are_parsed_with_their_option() -> None:
    """A day as an end is the instant after it; nonsense names its option."""
    assert parse_date("2026-01-31", "--until", end_of_day=True) == datetime(2026, 2, 1, tzinfo=UTC)
    assert parse_date("2026-01-31", "--since") == datetime(2026, 1, 31, tzinfo=UTC)
    with pytest.raises(UsageError, match="--since"):
        parse_date("yesterday", "--since")


def test_conform_catches_every_breach() -> None:
    """A missing column, a wrong type, a missing value and a repeated key are each refused by name."""
    good = LITERAL.merged_changes
    with pytest.raises(SchemaError, match="no column kind"):
        conform(good.drop(columns="kind"), MERGED_CHANGES_TABLE)
    with pytest.raises(SchemaError, match=r"merged_changes\.commits"):
        conform(good.astype({"commits": "int32"}), MERGED_CHANGES_TABLE)
    with pytest.raises(SchemaError, match="missing values"):
        conform(good.assign(label=pd.Series([None] * len(good), dtype="str")), MERGED_CHANGES_TABLE)
    with pytest.raises(SchemaError, match="repeat the key"):
        conform(pd.concat([good, good], ignore_index=True), MERGED_CHANGES_TABLE)
