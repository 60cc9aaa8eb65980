"""The quarterly rule by hand: worse news at once, better news over two quarters, nothing set twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.inference.grading.quarterly import ComputedGrade, Quarter, last_complete_quarter, set_grade

if TYPE_CHECKING:
    from analyzer.inference.results import Grade

UNKNOWN: Grade = "unknown_too_little_history"
DAYS = ("2025-01-09", "2025-04-02", "2025-07-01", "2025-10-30", "2026-01-01", "2026-04-01")
BASIS = {"rules": "3", "settings": "a", "version": "1"}


def kept(*computed: Grade, days: tuple[str, ...] = DAYS, basis: dict[str, str] = BASIS) -> list[Quarter]:
    """The archive after one look a quarter."""
    past: list[Quarter] = []
    for day, found in zip(days, computed, strict=False):
        past.append(set_grade(past, ComputedGrade("app", "throughput", day, "f00", found, basis)))
    return past


@pytest.mark.parametrize(
    ("day", "quarter"),
    [("2025-01-01", "2024-Q4"), ("2025-03-31", "2024-Q4"), ("2025-04-01", "2025-Q1"), ("2025-12-31", "2025-Q3")],
)
def test_running_quarter_has_no_grade(day: str, quarter: str) -> None:
    """The running quarter has none."""
    assert last_complete_quarter(day) == quarter


@pytest.mark.parametrize(
    ("computed", "standing"),
    [
        ((UNKNOWN, "nothing_detected"), "nothing_detected"),
        (("says_little",), UNKNOWN),
        ((UNKNOWN, "says_little", UNKNOWN), UNKNOWN),
        ((UNKNOWN, "says_little", "says_little"), "says_little"),
        ((UNKNOWN, "says_little", "says_a_lot"), "says_little"),
        ((UNKNOWN, "says_a_lot", "says_something", "says_something"), "says_something"),
        (("says_a_lot", "says_a_lot", "says_something"), "says_something"),
        (("says_a_lot", "says_a_lot", UNKNOWN), UNKNOWN),
        ((UNKNOWN, "misleading"), UNKNOWN),
        ((UNKNOWN, "misleading", "misleading"), "misleading"),
        (("says_little", "says_little", "misleading"), "misleading"),
    ],
)
def test_upgrades_take_two_quarters(computed: tuple[Grade, ...], standing: Grade) -> None:
    """What says more must be found twice in a row; what says less stands at once."""
    *_, before, last = [None, *kept(*computed)]
    assert last is not None
    assert (last.computed, last.standing) == (computed[-1], standing)
    moved = before is not None and last.standing != before.standing
    assert bool(last.reason) is (moved or last.standing != last.computed)


def test_missed_quarter_breaks_a_run() -> None:
    """The same grade twice with a quarter between them that nobody looked at is once."""
    missed = (DAYS[0], DAYS[1], DAYS[3], DAYS[4])
    found = kept(UNKNOWN, "says_little", "says_little", "says_little", days=missed)
    assert [q.standing for q in found] == [UNKNOWN, UNKNOWN, UNKNOWN, "says_little"]
    assert "no grade was set in the quarter before" in found[2].reason


def test_reason_names_rules_settings_or_data() -> None:
    """Other rules or settings are told from new data."""
    past = kept("says_little", "says_little")
    same = set_grade(past, ComputedGrade("app", "throughput", DAYS[2], "f01", UNKNOWN, BASIS))
    other = set_grade(past, ComputedGrade("app", "throughput", DAYS[2], "f01", UNKNOWN, BASIS | {"rules": "4"}))
    assert same.reason == "From says_little: new data."
    assert other.reason == "From says_little: new data, and other rules."


def test_repositories_and_outcomes_stand_apart() -> None:
    """Another repository's or outcome's quarter before is not this one's."""
    past = kept(UNKNOWN, "says_little")
    for repository, outcome in (("app", "defects"), ("web", "throughput")):
        entry = set_grade(past, ComputedGrade(repository, outcome, DAYS[2], "f00", "says_little", BASIS))
        assert entry.standing == UNKNOWN


@given(st.lists(st.sampled_from(["says_little", "says_a_lot", "nothing_detected", UNKNOWN, "misleading"]), max_size=6))
def test_grade_of_a_past_quarter_stays(computed: list[Grade]) -> None:
    """Another look in the same quarter changes nothing, whatever it finds."""
    past = kept(*computed)
    for day, entry in zip(DAYS, past, strict=False):
        for grade in ("says_a_lot", UNKNOWN):
            assert set_grade(past, ComputedGrade("app", "throughput", day[:8] + "28", "f99", grade, BASIS)) is entry
