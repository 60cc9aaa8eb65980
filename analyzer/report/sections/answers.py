"""Section on the verdict `quality`: every bounded answer in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.report.blocks import Table
from analyzer.report.format import UNKNOWN, number, percent, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.results import BoundedAnswer
    from analyzer.report.contract_verdicts import Verdict

_NOTE = (
    "Among the same people's work of the same kind, adjusted for the date; within quarters with fewer than six people, "
    "and for times and complexity. An answer is a difference where it is beyond chance among the graded outcomes "
    "(Holm), and no large difference where the whole interval is smaller than the bound, which is declared in advance. "
    "Reverts and follow-up fixes are graded in defects."
)


def answer_table(verdicts: Sequence[Verdict]) -> list[Table]:
    """Return a table of all answers; empty without any."""
    answers = [answer for verdict in verdicts for answer in verdict.answers]
    if not answers:
        return []
    rows = tuple(
        (
            answer.sentence,
            _base_rate(answer),
            UNKNOWN if answer.bound is None else f"±{_amount(answer, answer.bound)}",
            UNKNOWN if answer.smallest_detectable is None else _amount(answer, answer.smallest_detectable),
            UNKNOWN if answer.p_holm is None else f"{answer.p_holm:.3f}",
            f"{number(answer.n_marked)} / {number(answer.n_unmarked)}",
            number(answer.n_people),
        )
        for answer in answers
    )
    columns = ("answer", "unmarked", "large from", "smallest detectable", "p (Holm)", "marked / unmarked", "people")
    return [Table("What marked changes did", columns, rows, frozenset({1, 2, 3, 4, 5, 6}), note=_NOTE)]


def _base_rate(answer: BoundedAnswer) -> str:
    if answer.base_rate is None:
        return UNKNOWN
    if answer.scale == "share":
        return percent(answer.base_rate)
    is_time = answer.unit == "log hours"
    return f"{answer.base_rate:.1f} hours" if is_time else f"{signed(answer.base_rate * 100)} % of the mean"


def _amount(answer: BoundedAnswer, fraction: float) -> str:
    """Return the size of a difference: points of share, or percent of the time or complexity."""
    if answer.scale == "share":
        return f"{fraction * 100:.1f} points"
    return f"{signed(fraction * 100)} %".lstrip("+")
