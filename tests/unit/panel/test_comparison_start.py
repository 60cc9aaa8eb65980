"""Where the comparison starts, by hand, and the panel that starts there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analyzer.inference.grading.throughput import throughput_verdict
from analyzer.panel import Panel, active_spans, block_number, panel_from_changes
from analyzer.panel.comparison_start import first_compared_period, first_sustained_mark
from analyzer.simulation.panels import World, generate_panel
from validation.worlds import changes_from_panel

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats

FIELDS = ("y", "ai", "n", "span", "landing_mix", "early_week", "with_lines", "durable")


def marks(periods: int, *marked: int) -> Floats:
    """Two people, the second of whom marks one change in each of these periods."""
    ai = np.zeros((2, periods))
    ai[1, list(marked)] = 1.0
    return ai


@pytest.mark.parametrize(
    ("marked", "first"),
    [
        ((), None),
        ((3,), 3),  # never sustained: the first mark
        ((3, 20, 30), 3),
        (range(20, 40), 20),
        ((3, *range(20, 40)), 20),  # an early experiment is not adoption
        ((3, 4, *range(20, 40)), 20),
        ((3, 4, 5, *range(20, 40)), 3),  # three of six periods are half of 24 weeks
        ((3, 5, 8, *range(20, 40)), 3),
        ((3, 5, 9, *range(20, 40)), 20),  # the third comes after 24 weeks
        ((20, 22, 24, 39), 20),
        ((39,), 39),
        ((3, 38, 39), 3),  # two periods at the end of the history are not 24 weeks
        ((3, 37, 38, 39), 37),
        (range(1, 40, 3), 1),  # never half of them, whatever is marked last
    ],
)
def test_first_sustained_mark_by_hand(marked: tuple[int, ...], first: int | None) -> None:
    """Half of the 24 weeks that begin with it have marks; without such a mark it is the first of all."""
    assert first_sustained_mark(marks(40, *marked), 28) == first


def test_comparison_starts_one_year_before() -> None:
    """Thirteen periods of four weeks earlier, or 52 weeks; at 0 where there is less, or no mark."""
    assert first_compared_period(marks(40, *range(20, 40)), 28) == 7
    assert first_compared_period(marks(40, *range(9, 40)), 28) == 0
    assert first_compared_period(marks(40), 28) == 0
    weekly = marks(160, 5, *range(80, 160, 2))
    assert (first_sustained_mark(weekly, 7), first_compared_period(weekly, 7)) == (80, 28)
    sparse = marks(160, *range(80, 160, 3))  # every third week: half of the weeks never
    assert first_compared_period(sparse, 7) == 28
    assert first_sustained_mark(np.where(weekly > 0, weekly, np.nan), 7) == 80


def test_marks_of_the_team_count() -> None:
    """Three people who mark in turn sustain what none of them does."""
    ai = np.zeros((3, 30))
    for person in range(3):
        ai[person, 10 + 2 * person :: 12] = 1
    assert first_sustained_mark(ai, 28) == 10
    assert first_sustained_mark(ai[:1], 28) == 10  # never sustained: its first
    assert first_sustained_mark(np.vstack([ai, marks(30, 2)]), 28) == 10


def changes_with_a_quiet_past(seed: int, *, extra: bool) -> pd.DataFrame:
    """A simulated history after three years in which the same people marked next to nothing."""
    changes = changes_from_panel(generate_panel(World(6, share=0.5), seed), seed)
    past = changes.assign(
        merged=changes["merged"] - pd.Timedelta(days=28 * 40),
        merged_change="before-" + changes["merged_change"],
        ai=0.0,
    )
    if extra:
        past.loc[past.index[5], "ai"] = 1.0
        gone = past.assign(person="gone", merged_change="gone-" + past["merged_change"])
        past = pd.concat([past, gone], ignore_index=True)
    return pd.concat([past, changes], ignore_index=True)


@pytest.mark.parametrize("days", [7, 28])
@pytest.mark.parametrize("extra", [False, True])
def test_later_panel_is_that_of_later_changes(days: int, *, extra: bool) -> None:
    """Cutting the panel gives the people, cells and treatment that the changes since then give."""
    changes = changes_with_a_quiet_past(3, extra=extra)
    panel = panel_from_changes(changes, changes.set_index("merged_change")["ai"] * 0 + 0.5, days=days)
    later = panel.from_comparison_start()
    assert 0 < len(later.periods) < len(panel.periods)
    since = changes[block_number(changes["merged"], days) >= block_number(panel_dates(later)[:1], days).iloc[0]]
    direct = panel_from_changes(since, since.set_index("merged_change")["ai"] * 0 + 0.5, days=days)
    rows = np.flatnonzero(later.span.any(axis=1))
    assert tuple(later.people[k] for k in rows) == direct.people
    offset = later.periods.index(direct.periods[0])
    assert later.periods[offset:] == direct.periods
    assert not later.span[:, :offset].any()
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(later, name)[..., rows, offset:], getattr(direct, name), err_msg=name)
    for name in ("treatment", "recorded_share", "pooled"):
        np.testing.assert_allclose(getattr(later, name)[rows, offset:], getattr(direct, name), err_msg=name)
    assert later.select_eligible().people == direct.select_eligible().people


def panel_dates(panel: Panel) -> pd.Series:
    """First days of the periods."""
    return pd.Series(pd.to_datetime(list(panel.periods), utc=True))


def test_a_panel_without_an_earlier_past_is_itself() -> None:
    """Marks in the first year, or none at all: nothing is cut."""
    panel = generate_panel(World(6), 1)
    assert panel.from_comparison_start() is panel
    unmarked = Panel(("a",), tuple(map(str, range(40))), *(np.ones((1, 40)), np.zeros((1, 40)), np.ones((1, 40))),
                     active_spans(np.ones((1, 40)) > 0), 1)  # fmt: skip
    assert unmarked.from_comparison_start() is unmarked


def test_years_before_any_mark_do_not_change_the_verdict() -> None:
    """The verdict with a long unmarked past is that on the panel cut by hand."""
    changes = changes_with_a_quiet_past(4, extra=False)
    panel = panel_from_changes(changes)
    first = first_compared_period(panel.ai, 28)
    assert first > 20
    by_hand = panel_from_changes(changes[changes["merged"] >= pd.Timestamp(panel.periods[first], tz="UTC")])
    whole, cut = (throughput_verdict(p, n_permutations=99) for p in (panel, by_hand))
    assert whole.estimates is not None
    assert cut.estimates is not None
    figures = [(e.within.change, e.within.low, e.within.high, e.p, e.rows) for e in (whole.estimates, cut.estimates)]
    assert figures[0] == pytest.approx(figures[1], rel=1e-9)
    assert (whole.grade, whole.periods) == (cut.grade, cut.periods)
