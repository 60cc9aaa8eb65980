"""A measure with what the comparison by mark says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from analyzer.inference.matching import Matched
    from analyzer.outcomes.base import Measure


class Outcome(NamedTuple):
    """A measure and what the comparison says; None where the history lacks what the measure reads.

    q: p of no difference, adjusted for all outcomes that were compared (false discovery rate).
    """

    measure: Measure
    found: Matched | None
    q: float | None = None
