"""Section on rank correlations: over all rows, and within people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.report.blocks import Table
from analyzer.report.format import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.results import Ranks
    from analyzer.report.contract_verdicts import Verdict

_NOTE = (
    "Spearman of the share recorded before with what was merged; 95 % intervals over people. Nothing is graded by it: "
    "what all share over time is in both, and only the recorded figure takes it out."
)
_NOT_RANKED = (
    "Fewer than six people with five rows in which the share and what was merged both move: nothing was ranked."
)


def ranks_table(verdicts: Sequence[Verdict]) -> Table:
    """Return a table of both correlations per verdict; the note says if they differ in sign."""
    ranked = [v.ranks for v in verdicts if v.ranks is not None]
    rows = tuple(row for ranks in ranked for row in _rows(ranks))
    note = " ".join([*(simpson_sentence(ranks) for ranks in ranked if ranks.simpson), _NOTE]) if rows else _NOT_RANKED
    columns = ("over", "rank correlation (95 %)", "people", "rows")
    return Table("Ranks: pooled and within people", columns, rows, frozenset({1, 2, 3}), note=note)


def simpson_sentence(ranks: Ranks) -> str:
    """Return a sentence on correlations that differ in sign: reversed within people, or absent within people."""
    if ranks.pooled_low <= 0 <= ranks.pooled_high:
        return "Pooled and within people differ: within, the sign is the other one (Simpson). Neither is graded."
    pooled = f"Pooled, a higher share goes with {_direction(ranks.pooled)} output"
    if ranks.within_low <= 0 <= ranks.within_high:
        return f"{pooled}; within people no such link is seen (Simpson)."
    return f"{pooled}; within people it is the other way round (Simpson)."


def _direction(value: float) -> str:
    return "more" if value > 0 else "less"


def with_interval(value: float, low: float, high: float) -> str:
    """Return a coefficient with its interval."""
    return f"{value:+.2f} ({low:+.2f} … {high:+.2f})".replace("-", "\u2212")


def _rows(ranks: Ranks) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pooled = with_interval(ranks.pooled, ranks.pooled_low, ranks.pooled_high)
    within = with_interval(ranks.within, ranks.within_low, ranks.within_high)
    return (
        ("pooled over all rows", pooled, number(ranks.n_people), number(ranks.n_rows)),
        ("within people, median", within, number(ranks.n_people_within), number(ranks.n_rows_within)),
    )
