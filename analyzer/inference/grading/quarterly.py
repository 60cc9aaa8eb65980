"""The grade of scheduled reports: set once per quarter, at a quarter of the level; upgrades take two quarters.

Weekly checks at 5 % would grade one null history in five informative over a year; this rule does so in under 8 % of
histories over nine quarters (R9 of docs/method.md, `make gates`). Every quarter's verdict stays in the archive as it
was set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from analyzer.core.constants import ALPHA
from analyzer.inference.results import Grade  # noqa: TC001 - msgspec reads these types at run time

if TYPE_CHECKING:
    from collections.abc import Sequence

QUARTERS_PER_YEAR = 4
QUARTERLY_ALPHA = ALPHA / QUARTERS_PER_YEAR
# Grades that take two quarters to reach; every other grade stands at once.
_GRADE_STRENGTH: dict[Grade, int] = {"misleading": 1, "says_little": 1, "says_something": 2, "says_a_lot": 3}


class Quarter(Struct, frozen=True):
    """One outcome's grade in one repository and quarter ("2026-Q3"), set from `head` as of a date.

    Attributes
    ----------
    computed : grade on this quarter's data alone, at 5 % / 4.
    basis : rules, model and settings, as texts that change when they do.
    standing : the grade in force.
    reason : why it changed since the quarter before, or why it did not.
    """

    quarter: str
    repository: str
    outcome: str
    as_of: str
    head: str
    computed: Grade
    basis: dict[str, str]
    standing: Grade
    reason: str


class Archive(Struct, frozen=True):
    """The file: every quarter of every outcome, oldest first; entries are added and never changed."""

    schema_version: str
    quarters: list[Quarter]


def last_complete_quarter(as_of: str) -> str:
    """Return the last quarter that is over on that date: a quarter in progress has no grade yet."""
    year, month = int(as_of[:4]), int(as_of[5:7])
    quarters_before = year * 4 + (month - 1) // 3 - 1
    return f"{quarters_before // 4}-Q{quarters_before % 4 + 1}"


class ComputedGrade(Struct, frozen=True):
    """Grade of one outcome in one run; fields as in `Quarter`."""

    repository: str
    outcome: str
    as_of: str
    head: str
    computed: Grade
    basis: dict[str, str]


def set_grade(earlier: Sequence[Quarter], current: ComputedGrade) -> Quarter:
    """Return the entry of the last quarter complete by `current.as_of`; an entry that exists is returned unchanged."""
    quarter = last_complete_quarter(current.as_of)
    same_outcome = [q for q in earlier if (q.repository, q.outcome) == (current.repository, current.outcome)]
    existing = next((entry for entry in same_outcome if entry.quarter == quarter), None)
    if existing is not None:
        return existing
    previous = max((q for q in same_outcome if q.quarter < quarter), key=lambda entry: entry.quarter, default=None)
    standing, reason = _standing_grade(previous, quarter, current.computed, current.basis)
    return Quarter(quarter, **structs.asdict(current), standing=standing, reason=reason)


def _standing_grade(
    previous: Quarter | None, quarter: str, computed: Grade, basis: dict[str, str]
) -> tuple[Grade, str]:
    computed_strength = _GRADE_STRENGTH.get(computed, 0)
    if previous is None:
        if computed_strength:
            return "unknown_too_little_history", f"{computed} is the first; an upgrade takes two quarters."
        return computed, "The first quarter."
    standing_strength = _GRADE_STRENGTH.get(previous.standing, 0)
    if computed_strength <= standing_strength:
        return (
            computed,
            ""
            if computed == previous.standing
            else f"From {previous.standing}: {_reason_for_change(previous, basis)}.",
        )
    if not _is_next_quarter(previous.quarter, quarter):
        return (
            previous.standing,
            f"{computed}, but no grade was set in the quarter before; an upgrade takes two in a row.",
        )
    weaker = min((computed, previous.computed), key=lambda grade: _GRADE_STRENGTH.get(grade, 0))
    if _GRADE_STRENGTH.get(weaker, 0) > standing_strength:
        return weaker, f"From {previous.standing}: {_reason_for_change(previous, basis)}, in two quarters."
    return previous.standing, f"{computed} once; an upgrade takes two quarters."


def _is_next_quarter(earlier: str, later: str) -> bool:
    a, b = (int(q[:4]) * 4 + int(q[-1]) for q in (earlier, later))
    return b == a + 1


def _reason_for_change(previous: Quarter, basis: dict[str, str]) -> str:
    changed = [name for name, text in sorted(basis.items()) if previous.basis.get(name) != text]
    return f"new data, and other {' and '.join(changed)}" if changed else "new data"
