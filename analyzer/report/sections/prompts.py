"""What it cost to specify the work: its part of the contract, and how a report says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.messages import MESSAGES
from analyzer.report.blocks import Finding, Sentence, Table
from analyzer.report.contract_prompts import Accepted, Dictated, Effort, EffortFigure, PromptSource, Typed
from analyzer.report.format import many, number, percent

if TYPE_CHECKING:
    from collections.abc import Collection

    from analyzer.prompts.summary import Effort as Found
    from analyzer.report.blocks import Block


def effort_result(found: Found | None) -> Effort | None:
    """The figures in the contract's shape."""
    if found is None:
        return None
    return Effort(
        sources=[
            PromptSource(s.id, s.files, s.sessions, s.elsewhere, s.automatic, s.skipped_lines, s.skipped_files)
            for s in found.sources
        ],
        sessions=found.sessions,
        turns=found.turns,
        matched_turns=found.matched_turns,
        typed=Typed(found.low, found.high, found.words, found.pasted),
        commits=found.commits,
        rules=dict(found.rules),
        coverage=found.coverage,
        n=max((figure.sessions for figure in found.figures), default=0),
        figures=[
            EffortFigure(f.id, f.title, f.unit, f.value, f.low, f.high, f.at_most, f.median, f.n, f.sessions)
            for f in found.figures
        ],
        dictated=None if found.dictated is None else Dictated(*found.dictated),
        accepted=None if found.kept is None else Accepted(*found.kept),
        abstained=found.abstained,
    )


_ASK, _LACKS = "effort-not-asked", "effort-needs-contents"
# Paths that may be null in a measured effort; `effort-measured` says when.
NULLS = (
    "effort.coverage",
    "effort.figures[].low",
    "effort.figures[].high",
    "effort.figures[].at_most",
    "effort.figures[].median",
    "effort.dictated",
    "effort.accepted",
    "effort.abstained",
)


def cost_blocks(known: Effort | None, slugs: Collection[str]) -> tuple[Block, ...]:
    """The section's blocks; without prompts the reason, which `slugs` of the report's data quality tell."""
    if known is None:
        says, slug = "Not asked for: --effort reads prompts that the repository keeps, --transcripts local logs.", _ASK
        if _LACKS in slugs:
            says, slug = MESSAGES[_LACKS].means, _LACKS
        return (Finding("effort", "UNKNOWN", says, slug, first_screen=False),)
    blocks: list[Block] = []
    if known.abstained is not None:
        grade = "UNKNOWN" if not known.figures else "OF THESE SESSIONS"
        blocks.append(Finding("effort", grade, MESSAGES[known.abstained].means, known.abstained, first_screen=False))
    if (line := cost(known)) is not None:
        blocks.append(Sentence(line, "effort", first_screen=known.abstained is None))
    if known.figures:
        blocks += [*_told(known), _figures(known)]
    return (*blocks, _sources(known))


def cost(known: Effort) -> str | None:
    """The headline ratio in one line; None where nothing landed."""
    first, d = next((f for f in known.figures if f.id == "typed_per_landed"), None), known.dictated
    if first is None:
        return None
    reach = "" if first.low is None or first.high is None else f" ({_short(first.low)} … {_short(first.high)})"
    told = "" if d is None else f"; {percent(d.low)} to {percent(d.high)} dictated"
    return f"{_short(first.value)} characters typed a landed one{reach}{told}"


def _told(known: Effort) -> list[Block]:
    t = known.typed
    lines = [
        (
            f"{many(known.turns, 'prompt')} in {many(known.sessions, 'session')}: {many(t.low, 'character')} typed, at "
            f"most {number(t.high)}, {number(t.pasted)} known to be pasted; {many(t.words, 'word')}"
        ),
        f"{many(known.matched_turns, 'prompt')} went into {many(known.commits, 'commit')}, with "
        + ("an unknown part" if known.coverage is None else percent(known.coverage))
        + " of the lines of agents in that time",
    ]
    if known.dictated is not None:
        d = known.dictated
        lines.append(
            f"dictated, at one typed character or more for each that landed: {percent(d.low)} of the landed "
            f"characters, at most {percent(d.high)}"
        )
    if known.accepted is not None:
        a = known.accepted
        lines.append(
            f"line-level notes of {many(a.n, 'prompt')}: {many(a.accepted, 'line')} accepted, {number(a.overridden)} "
            "overridden by people before the commit"
        )
    return [Sentence(line, first_screen=False) for line in lines]


def _figures(known: Effort) -> Table:
    rows = tuple(
        (
            f.title,
            _ratio(f),
            "-" if f.at_most is None else _short(f.at_most),
            "-" if f.median is None else _short(f.median),
            number(f.n),
        )
        for f in known.figures
    )
    note = (
        "Sums over commits, 95 % intervals over sessions. Typed is what reads as typed: not fenced, marked or quoted, "
        "and no code, log or diff; at most counts these too. Pasted prose is not told from typed."
    )
    return Table(
        "What was said for what landed",
        ("", "ratio", "at most", "median", "commits"),
        rows,
        frozenset({1, 2, 3, 4}),
        note=note,
    )


def _sources(known: Effort) -> Table:
    rows = tuple(
        (
            s.id,
            *(number(n) for n in (s.files, s.sessions, s.elsewhere, s.automatic, s.skipped_lines + s.skipped_files)),
        )
        for s in known.sources
    )
    rules = ", ".join(f"{name} {number(n)}" for name, n in known.rules.items()) or "none"
    note = f"Matches of a session and a commit: {rules}. Automatic: in a person's role, said by no person."
    columns = ("store", "files", "sessions", "of other folders", "automatic records", "not readable")
    return Table("Where prompts were found", columns, rows, frozenset({1, 2, 3, 4, 5}), note=note)


def _ratio(f: EffortFigure) -> str:
    if f.low is None or f.high is None:
        return _short(f.value)
    return f"{_short(f.value)} ({_short(f.low)} … {_short(f.high)})"


def _short(value: float) -> str:
    """Three significant digits and no exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
