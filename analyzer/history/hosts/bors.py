"""Merge bots of the bors family: homu, bors-ng (whose batches have one parent per pull request) and Rust's bors."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import MAX_LINE, CommitMessage, Review, ReviewHost

_HOMU = re.compile(r"(?:Auto merge|Rollup merge) of #([0-9]{1,12})(?: - [^\s:,]+:([^\s,]+))?")
_BATCH = re.compile(r"Merge((?: #[0-9]{1,12})+)\s*\Z")


def _read(message: CommitMessage) -> Review | None:
    if homu := _HOMU.match(message.subject):
        return Review((f"pr:{homu[1]}",), tuple(filter(None, [homu[2]])))
    batch = _BATCH.match(message.subject) if len(message.subject) <= MAX_LINE else None
    return Review(tuple(f"pr:{number}" for number in batch[1].replace("#", "").split())) if batch else None


BORS = ReviewHost(
    id="bors",
    title="bors",
    sources=("https://github.com/bors-ng/bors-ng/blob/master/FLOW_EXAMPLE.md", "https://github.com/rust-lang/homu"),
    clues=("erge of #", "Merge #"),
    read=_read,
)
