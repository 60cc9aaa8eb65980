"""Section on prompts: what people typed to get the code, as sentences and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.messages import MESSAGES
from analyzer.report.blocks import Finding, Sentence, Table
from analyzer.report.format import many, number, percent

if TYPE_CHECKING:
    from analyzer.prompts.summary import PromptRatio, PromptSummary
    from analyzer.report.blocks import Block
    from analyzer.report.contract import AnalysisResult


_NOT_ASKED, _NO_CONTENTS = "effort-not-asked", "effort-needs-contents"
# JSON paths that may be null although prompts were read; the message `effort-measured` says when.
NULLABLE_PATHS = (
    "effort.coverage",
    "effort.figures[].low",
    "effort.figures[].high",
    "effort.figures[].at_most",
    "effort.figures[].median",
    "effort.dictated",
    "effort.accepted",
    "effort.abstained",
)


def prompt_blocks(result: AnalysisResult) -> tuple[Block, ...]:
    """Return the blocks of the section; without prompts, the reason from the report's data quality."""
    summary = result.effort
    if summary is None:
        text, slug = (
            "Not asked for: --effort reads prompts that the repository keeps, --transcripts local logs.",
            _NOT_ASKED,
        )
        if any(row.slug == _NO_CONTENTS for row in result.data_quality):
            text, slug = MESSAGES[_NO_CONTENTS].means, _NO_CONTENTS
        return (Finding("effort", "UNKNOWN", text, slug, first_screen=False),)
    blocks: list[Block] = []
    if (reason := summary.abstained) is not None:
        grade = "UNKNOWN" if not summary.figures else "OF THESE SESSIONS"
        blocks.append(Finding("effort", grade, MESSAGES[reason].means, reason, first_screen=False))
    if (line := headline_ratio(summary)) is not None:
        blocks.append(Sentence(line, "effort", first_screen=summary.abstained is None))
    if summary.figures:
        blocks += [*_count_sentences(summary), _ratio_table(summary)]
    return (*blocks, _source_table(summary))


def headline_ratio(summary: PromptSummary) -> str | None:
    """Return the first ratio in one line; None if nothing was merged."""
    ratio = next((f for f in summary.figures if f.id == "typed_per_landed"), None)
    if ratio is None:
        return None
    interval = "" if ratio.low is None or ratio.high is None else f" ({_short(ratio.low)} … {_short(ratio.high)})"
    text = f"{_short(ratio.value)} characters typed a landed one{interval}"
    dictated = summary.dictated
    return text if dictated is None else f"{text}; {percent(dictated.low)} to {percent(dictated.high)} dictated"


def _count_sentences(summary: PromptSummary) -> list[Block]:
    typed = summary.typed
    lines = [
        (
            f"{many(summary.turns, 'prompt')} in {many(summary.sessions, 'session')}: "
            f"{many(typed.low, 'character')} typed, at most {number(typed.high)}, {number(typed.pasted)} known to be "
            f"pasted; {many(typed.words, 'word')}"
        ),
        f"{many(summary.matched_turns, 'prompt')} went into {many(summary.commits, 'commit')}, with "
        + ("an unknown part" if summary.coverage is None else percent(summary.coverage))
        + " of the lines of agents in that time",
    ]
    if (dictated := summary.dictated) is not None:
        lines.append(
            f"dictated, at one typed character or more for each that landed: {percent(dictated.low)} of the landed "
            f"characters, at most {percent(dictated.high)}"
        )
    if (accepted := summary.accepted) is not None:
        lines.append(
            f"line-level notes of {many(accepted.n, 'prompt')}: {many(accepted.accepted, 'line')} accepted, "
            f"{number(accepted.overridden)} overridden by people before the commit"
        )
    return [Sentence(line, first_screen=False) for line in lines]


def _ratio_table(summary: PromptSummary) -> Table:
    rows = tuple(
        (
            f.title,
            _ratio_with_interval(f),
            "-" if f.at_most is None else _short(f.at_most),
            "-" if f.median is None else _short(f.median),
            number(f.n),
        )
        for f in summary.figures
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


def _source_table(summary: PromptSummary) -> Table:
    rows = tuple(
        (
            s.id,
            *(number(n) for n in (s.files, s.sessions, s.elsewhere, s.automatic, s.skipped_lines + s.skipped_files)),
        )
        for s in summary.sources
    )
    rules = ", ".join(f"{name} {number(n)}" for name, n in summary.rules.items()) or "none"
    note = f"Matches of a session and a commit: {rules}. Automatic: in a person's role, said by no person."
    columns = ("store", "files", "sessions", "of other folders", "automatic records", "not readable")
    return Table("Where prompts were found", columns, rows, frozenset({1, 2, 3, 4, 5}), note=note)


def _ratio_with_interval(ratio: PromptRatio) -> str:
    if ratio.low is None or ratio.high is None:
        return _short(ratio.value)
    return f"{_short(ratio.value)} ({_short(ratio.low)} … {_short(ratio.high)})"


def _short(value: float) -> str:
    """Return a number with three significant digits and without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
