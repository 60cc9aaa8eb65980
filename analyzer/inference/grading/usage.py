"""A throughput verdict whose treatment is usage data: its sentence says so, and nothing in it speaks of marks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.inference.grading.throughput import ThroughputVerdict

_NOTHING_VARIES = "no-share-varies"
# Words of sentences that are about marks, and what they are about here.
_WORDS = (("the first mark", "the first day with use"), ("AI share", "use of AI"), ("the share", "use"))


def verdict_by_usage(verdict: ThroughputVerdict, treatment: str) -> ThroughputVerdict:
    """Return the verdict with the sentence `treatment`, which names the files and what they cover, in front.

    How many unmarked changes would turn its sign is no question here, so that figure is left out.
    """
    sentence = "No person's use varies, so there is nothing to compare." if verdict.slug == _NOTHING_VARIES else None
    if sentence is None:
        sentence = verdict.sentence
        for words, instead in _WORDS:
            sentence = sentence.replace(words, instead)
    estimates = None if verdict.estimates is None else replace(verdict.estimates, tipping=None)
    return replace(verdict, sentence=f"{treatment} {sentence}", estimates=estimates)
