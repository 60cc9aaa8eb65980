"""Summary of a repository's prompts: counts, sums and ratios.

The JSON of `aishare analyze` prints these types as they are: field names are JSON keys, and class docstrings become
descriptions in the JSON Schema.
"""

from __future__ import annotations

from msgspec import Struct


class SourceCounts(Struct, frozen=True):
    """Counts of one kind of prompt store.

    files, sessions : files and sessions read.
    elsewhere : sessions passed over because they ran in other folders.
    automatic : records in a person's role that no person wrote.
    skipped_lines, skipped_files : lines and files that could not be read.
    """

    id: str
    files: int
    sessions: int
    elsewhere: int
    automatic: int
    skipped_lines: int
    skipped_files: int


class TypedTotals(Struct, frozen=True):
    """Characters of all prompts.

    low, high : characters typed, at least and at most.
    words : words among the `low` characters.
    pasted : characters known to be pasted.
    """

    low: int
    high: int
    words: int
    pasted: int


class PromptRatio(Struct, frozen=True):
    """A ratio of sums over commits.

    value : the ratio of sums.
    low, high : 95 % interval over sessions; null with fewer than ten sessions.
    at_most : the same ratio with all characters that may have been typed.
    median : median of the commits' own ratios.
    n : number of commits.
    sessions : number of sessions they belong to.
    """

    id: str
    title: str
    unit: str
    value: float
    low: float | None
    high: float | None
    at_most: float | None
    median: float | None
    n: int
    sessions: int


class DictatedShare(Struct, frozen=True):
    """Share of the merged characters in commits that took at least as many typed ones: as read, and at most."""

    low: float
    high: float


class AcceptedLines(Struct, frozen=True):
    """Lines that people accepted, according to line-level notes.

    accepted : lines accepted in commits.
    overridden : lines that people changed before the commit.
    n : number of prompts.
    """

    accepted: int
    overridden: int
    n: int


class PromptSummary(Struct, frozen=True):
    """What the prompts of a repository add up to.

    sources : counts per kind of store.
    sessions, turns : sessions and prompts read.
    matched_turns : prompts that went into a commit of the range.
    commits : commits of the range that a session matched.
    rules : number of matches of a session and a commit, per matching rule.
    coverage : share of all lines known to be agents' in that time that are in matched commits.
    n : sessions with a matched commit.
    figures : the registered ratios that have a denominator.
    abstained : why the ratios describe these sessions only, not the repository; null if they describe it.
    """

    sources: list[SourceCounts]
    sessions: int
    turns: int
    matched_turns: int
    typed: TypedTotals
    commits: int
    rules: dict[str, int]
    coverage: float | None
    n: int
    figures: list[PromptRatio]
    dictated: DictatedShare | None
    accepted: AcceptedLines | None
    abstained: str | None
