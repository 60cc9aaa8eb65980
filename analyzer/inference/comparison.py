"""An outcome together with its comparison by mark."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from analyzer.inference.matching import MatchedComparison
    from analyzer.outcomes.base import OutcomeDefinition


class OutcomeComparison(NamedTuple):
    """An outcome and its comparison, which is None where the history lacks the outcome's input.

    q : p of no difference, adjusted for all outcomes that were compared (false discovery rate).
    same_size : the comparison among commits or changes of the same size; None where the verdict on quality does not
        grade the outcome, or where size does not matter for it.
    """

    measure: OutcomeDefinition
    matched: MatchedComparison | None
    q: float | None = None
    same_size: MatchedComparison | None = None
