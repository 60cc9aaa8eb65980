"""Ranks as a result and as a table: over all rows at once, and within people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.report import contract_verdicts as r
from analyzer.report.blocks import Table
from analyzer.report.format import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.rank_correlation import Ranks

_NOTE = (
    "Spearman of the share recorded before with what was merged; 95 % intervals over people. Nothing is graded by it: "
    "what all share over time is in both, and only the recorded figure takes it out."
)
_NONE = "Fewer than six people with five rows in which the share and what was merged both move: nothing was ranked."


def ranks_result(found: Ranks) -> r.Ranks:
    """The ranks of the JSON."""
    return r.Ranks(
        found.pooled,
        found.pooled_low,
        found.pooled_high,
        found.within,
        found.within_low,
        found.within_high,
        simpson=found.simpson,
        n_authors=found.authors,
        n_rows=found.rows,
        n_authors_within=found.authors_within,
        n_rows_within=found.rows_within,
    )


def ranks_table(verdicts: Sequence[r.Verdict]) -> Table:
    """Both figures of each verdict that has them; the note says it where they differ in sign."""
    known = [v.ranks for v in verdicts if v.ranks is not None]
    rows = tuple(row for found in known for row in _rows(found))
    note = " ".join([*(turned(found) for found in known if found.simpson), _NOTE]) if rows else _NONE
    columns = ("over", "rank correlation (95 %)", "people", "rows")
    return Table("Ranks: pooled and within people", columns, rows, frozenset({1, 2, 3}), note=note)


def turned(found: r.Ranks) -> str:
    """What the two say that differ: turned round where the inner one has a sign of its own, else gone."""
    if found.pooled_low <= 0 <= found.pooled_high:
        return "Pooled and within people differ: within, the sign is the other one (Simpson). Neither is graded."
    pooled = f"Pooled, a higher share goes with {_direction(found.pooled)} output"
    if found.within_low <= 0 <= found.within_high:
        return f"{pooled}; within people no such link is seen (Simpson)."
    return f"{pooled}; within people it is the other way round (Simpson)."


def _direction(value: float) -> str:
    return "more" if value > 0 else "less"


def ends(value: float, low: float, high: float) -> str:
    """A coefficient with its interval."""
    return f"{value:+.2f} ({low:+.2f} … {high:+.2f})".replace("-", "\u2212")


def _rows(found: r.Ranks) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pooled = ends(found.pooled, found.pooled_low, found.pooled_high)
    within = ends(found.within, found.within_low, found.within_high)
    return (
        ("pooled over all rows", pooled, number(found.n_authors), number(found.n_rows)),
        ("within people, median", within, number(found.n_authors_within), number(found.n_rows_within)),
    )
