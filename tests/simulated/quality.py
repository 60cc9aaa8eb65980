"""Simulated histories for the verdict on quality: the same changes, several outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.comparison import OutcomeComparison
from analyzer.inference.event_comparison import compare_shares
from analyzer.inference.matching import compare_matched
from analyzer.inference.size_classes import within_size_classes
from analyzer.outcomes import OUTCOMES
from tests.simulated.matching import matched_history

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.outcomes.base import OutcomeDefinition

MEASURES: dict[str, OutcomeDefinition] = {measure.id: measure for measure in OUTCOMES}


def quality_comparisons(
    rng: np.random.Generator, *, people: int = 10, months: int = 18, ratio: float = 1.0, tests_by_size: float = 0.0
) -> list[OutcomeComparison]:
    """Lines rewritten, copied lines, tests touched and sizes of one history, compared by mark.

    `ratio` acts on the share of lines rewritten within 30 days alone. The log odds of touching tests rise by
    `tests_by_size` per log line, whatever the mark; marked commits are three times as large.
    """
    rewritten, _ = matched_history(rng, people=people, months=months, ratio=ratio)
    later, copied = (_drawn_again(rng, rewritten, chance) for chance in (0.3, 0.15))
    size = np.log(rewritten["denominator"].to_numpy())
    odds = np.exp(tests_by_size * (size - size.mean()))
    touched = rewritten.assign(events=(rng.random(len(size)) < odds / (1 + odds)).astype(float), denominator=1.0)
    sizes = rewritten.assign(events=size, denominator=1.0)
    tables = {
        "churn_30d": rewritten,
        "churn_90d": later,
        "copied_lines": copied,
        "test_cochange": touched,
        "commit_size": sizes,
    }
    same_size = {
        id_: compare_shares(within_size_classes(tables[id_], sizes)) for id_ in ("copied_lines", "test_cochange")
    }
    return [
        OutcomeComparison(
            MEASURES[id_],
            compare_matched(table) if id_ == "commit_size" else compare_shares(table),
            same_size=same_size.get(id_),
        )
        for id_, table in tables.items()
    ]


def _drawn_again(rng: np.random.Generator, table: pd.DataFrame, chance: float) -> pd.DataFrame:
    """The same commits with other events, whose lines go together and know nothing of the mark."""
    size = table["denominator"].to_numpy()
    rate = rng.beta(2.3 * chance, 2.3 * (1 - chance), len(size))
    return table.assign(events=rng.binomial(size.astype(int), rate).astype(float))
