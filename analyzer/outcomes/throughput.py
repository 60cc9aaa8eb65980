"""Throughput: merged changes per person. Counted in `panel`, because a count has no value per change."""

from __future__ import annotations

from analyzer.outcomes.base import OutcomeDefinition

THROUGHPUT = OutcomeDefinition(
    id="throughput",
    title="merged changes per person and four weeks",
    unit="changes",
    better="high",
    says="How many merged changes a person lands; pull requests, squashes, rebases and work sessions count 1 each.",
    limits="A change is a unit of landing, not of worth. Splitting one change in ten makes ten.",
)
