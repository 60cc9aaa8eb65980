"""The JSON types of prompt effort: what was typed for what landed."""

from __future__ import annotations

from msgspec import Struct


class PromptSource(Struct, frozen=True):
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


class Typed(Struct, frozen=True):
    """Characters of prompts: that read as typed, that may have been typed at most, and known to be pasted."""

    low: int
    high: int
    words: int
    pasted: int


class EffortFigure(Struct, frozen=True):
    """A ratio of sums over commits with its 95 % interval over sessions; `at_most` with all that may be typed."""

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


class Dictated(Struct, frozen=True):
    """Part of the landed characters in commits that took at least one typed character for each, as read and at most."""

    low: float
    high: float


class Accepted(Struct, frozen=True):
    """Lines by line-level notes: accepted in commits, and of a person's changes to them before; `n` prompts."""

    accepted: int
    overridden: int
    n: int


class Effort(Struct, frozen=True):
    """What kept prompts and logs say; `coverage`: agents' lines of their time in commits that a session matched.

    `n`: sessions with a matched commit. `abstained`: why the figures speak for these sessions alone.
    """

    sources: list[PromptSource]
    sessions: int
    turns: int
    matched_turns: int
    typed: Typed
    commits: int
    rules: dict[str, int]
    coverage: float | None
    n: int
    figures: list[EffortFigure]
    dictated: Dictated | None
    accepted: Accepted | None
    abstained: str | None
