"""What a repository's prompts say in all: the table's sums and ratios, ready for a report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyzer.prompts.ratios import Figure


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of store: files and sessions read, records that no person said, and what could not be read.

    `elsewhere`: sessions that ran in other folders, passed over.
    """

    id: str
    files: int
    sessions: int
    elsewhere: int
    automatic: int
    skipped_lines: int
    skipped_files: int


@dataclass(frozen=True, slots=True)
class Effort:
    """Counts of turns (`matched_turns`: those that went into a commit of the range), of characters, and the ratios.

    `low`, `high`, `pasted`: characters typed at least, at most, and known to be pasted; `words` of `low`. `rules`:
    matches of a session and a commit by the rule that made them. `coverage`: agents' lines in matched commits, a part
    of all agents' lines known of that time. `dictated`: part of the landed characters that took as many typed ones, as
    read and at most. `kept`: lines accepted and overridden by line-level notes, and prompts behind. `abstained`: why
    the ratios speak for the sessions alone.
    """

    sources: Sequence[Source]
    sessions: int
    turns: int
    matched_turns: int
    low: int
    high: int
    words: int
    pasted: int
    commits: int
    rules: Mapping[str, int]
    coverage: float | None
    figures: Sequence[Figure]
    dictated: tuple[float, float] | None
    kept: tuple[int, int, int] | None
    abstained: str | None
