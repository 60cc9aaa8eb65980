"""The grade that scheduled reports count: set once a quarter, at a quarter of the level, upgrades over two quarters.

Weekly looks at 5 % would call something informative in one null history of five over a year; this rule in under 8 % of
nine quarters (R9 of docs/method.md, `make gates`). Every quarter's verdict stays in the archive as it was set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, structs

from analyzer.inference.grading.rules import ALPHA, Grade

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOKS = 4
QUARTERLY_ALPHA = ALPHA / LOOKS
# What it takes two quarters to reach; all else is said at once.
_STRENGTH: dict[Grade, int] = {"misleading": 1, "says_little": 1, "says_something": 2, "says_a_lot": 3}


class Quarter(Struct, frozen=True):
    """One outcome's grade in one repository and quarter ("2026-Q3"), set from `head` as of a day.

    computed: by this quarter's data alone, at 5 % / 4. standing: the grade in force. reason: why it is another one than
    in the quarter before, or why it is not. basis: rules, model and settings, as texts that change when they do.
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


def quarter_of(as_of: str) -> str:
    """The last quarter that is over on that day: one that still runs has no grade yet."""
    year, month = int(as_of[:4]), int(as_of[5:7])
    past = year * 4 + (month - 1) // 3 - 1
    return f"{past // 4}-Q{past % 4 + 1}"


class Look(Struct, frozen=True):
    """What one run found on one outcome: fields as in `Quarter`."""

    repository: str
    outcome: str
    as_of: str
    head: str
    computed: Grade
    basis: dict[str, str]


def set_grade(past: Sequence[Quarter], look: Look) -> Quarter:
    """The entry of the quarter before `look.as_of`; the one that is there already, if it was set before."""
    quarter = quarter_of(look.as_of)
    same = [q for q in past if (q.repository, q.outcome) == (look.repository, look.outcome)]
    there = next((entry for entry in same if entry.quarter == quarter), None)
    if there is not None:
        return there
    last = max((q for q in same if q.quarter < quarter), key=lambda entry: entry.quarter, default=None)
    standing, reason = _standing(last, quarter, look.computed, look.basis)
    return Quarter(quarter, **structs.asdict(look), standing=standing, reason=reason)


def _standing(last: Quarter | None, quarter: str, computed: Grade, basis: dict[str, str]) -> tuple[Grade, str]:
    new = _STRENGTH.get(computed, 0)
    if last is None:
        if new:
            return "unknown_too_little_history", f"{computed} is the first; an upgrade takes two quarters."
        return computed, "The first quarter."
    held = _STRENGTH.get(last.standing, 0)
    if new <= held:
        return computed, "" if computed == last.standing else f"From {last.standing}: {_why(last, basis)}."
    if not _follows(last.quarter, quarter):
        return last.standing, f"{computed}, but no grade was set in the quarter before; an upgrade takes two in a row."
    both = min((computed, last.computed), key=lambda grade: _STRENGTH.get(grade, 0))
    if _STRENGTH.get(both, 0) > held:
        return both, f"From {last.standing}: {_why(last, basis)}, in two quarters."
    return last.standing, f"{computed} once; an upgrade takes two quarters."


def _follows(one: str, two: str) -> bool:
    a, b = (int(q[:4]) * 4 + int(q[-1]) for q in (one, two))
    return b == a + 1


def _why(last: Quarter, basis: dict[str, str]) -> str:
    changed = [name for name, text in sorted(basis.items()) if last.basis.get(name) != text]
    return f"new data, and other {' and '.join(changed)}" if changed else "new data"
