"""Rates and differences of matched comparisons within the limits of their scale: no share lies outside 0 to 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.report.contract_rates import OutcomeDifference, Rate

if TYPE_CHECKING:
    from analyzer.inference.jackknife import Interval
    from analyzer.inference.matching import MatchedComparison
    from analyzer.outcomes.base import OutcomeDefinition


def limited_rate(measure: OutcomeDefinition, interval: Interval | None, n: float) -> Rate | None:
    """Return a rate with its interval; None without an estimate."""
    if interval is None:
        return None
    low, high = (max(interval.low, 0.0), min(interval.high, 1.0)) if measure.is_share else (interval.low, interval.high)
    return Rate(interval.point, low, high, n)


def limited_difference(measure: OutcomeDefinition, comparison: MatchedComparison | None) -> OutcomeDifference | None:
    """Return the difference of a comparison with its interval; None without an estimate."""
    if comparison is None or comparison.difference is None or comparison.other is None:
        return None
    difference = comparison.difference
    least, most = measure.difference_limits(comparison.other.point)
    low, high = (min(max(end, least), most) for end in (difference.low, difference.high))
    return OutcomeDifference(difference.point, low, high)
