"""Section for readers of nothing else: what can be said, what cannot, and what would make it answerable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.messages import MESSAGES
from analyzer.inference.grading.rules import INFORMATIVE
from analyzer.report.blocks import Points
from analyzer.report.format import (
    GRADES,
    many,
    percent,
    points,
    signed,
    verdict_title,
)
from analyzer.report.sections.outcomes import MAX_FALSE_DISCOVERY
from analyzer.report.sections.repository_settings import settings_by_file
from analyzer.report.sections.shares import HEADLINE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.report.contract import AnalysisResult, Outcome
    from analyzer.report.contract_marking import RecallPeriod
    from analyzer.report.contract_verdicts import Verdict

_CONCLUSIVE = INFORMATIVE | {"nothing_detected", "says_nothing", "artefact", "misleading"}
# Most fixes of the clone or the history that are listed.
_MAX_FIXES = 3
# With fewer people than this, figures of the repository nearly describe individuals.
_MIN_PEOPLE = 5
_SMALLEST_Q = 0.01
# Outcomes that the verdict on defects combines.
_DEFECT_OUTCOMES = frozenset({"follow_ups_90d", "follow_up_lines_90d", "reverts_35d", "undone_35d"})
# Slugs of warnings that users cannot fix.
_NOT_FIXABLE = frozenset({"outcome-placebo-failed", "no-estimate", "repository-settings"})


def summary_points(result: AnalysisResult) -> tuple[Points, Points, Points]:
    """Return the three lists."""
    return (
        Points("What we can say", tuple(_can_say(result))),
        Points("What we cannot say", tuple(_cannot_say(result))),
        Points("What would make it answerable", tuple(dict.fromkeys(_answerable(result)))),
    )


def _can_say(result: AnalysisResult) -> Iterator[str]:
    share = next(d for d in result.share.definitions if d.id == HEADLINE)
    if share.n:
        yield (
            f"Of {many(share.n, 'merged change')} {percent(share.marked)} are marked as AI; "
            f"the rest may or may not be, at most {percent(share.at_most)} in all."
        )
    if result.repository_settings:
        files = "; ".join(settings_by_file(result.repository_settings))
        yield f"The repository itself sets how this is counted: {files}. Without that: --no-repo-config."
    yield from _recall(result.marking.recall_by_period)
    spread = result.share.spread
    if spread.low != spread.high:
        yield f"Other definitions give {percent(spread.low)} to {percent(spread.high)} marked, and each is true."
    for d in result.share.definitions:
        if d.estimate is not None:
            low, high = percent(d.estimate.low), percent(d.estimate.high)
            yield f"By style, {low} to {high} of {many(d.n or 0, d.unit)} are AI (90 % interval)."
    labelling = [c for c in result.marking.changes if c.kind == "labelling"]
    for c in labelling[-1:]:
        rule = next((f" ({p.date}: {p.text})" for p in c.policies if c.after < c.before and p.expects == "down"), "")
        span = f"{percent(c.before)} to {percent(c.after)} of commits"
        yield f"From {c.period} on marking changed more than use: {span}{rule}."
    for verdict in result.verdicts:
        if verdict.grade in _CONCLUSIVE:
            yield _verdict_sentence(verdict)
    yield from _outcomes(result)


def _recall(periods: list[RecallPeriod] | None) -> Iterator[str]:
    """Yield the recall of marks, if line-level records know it."""
    with_recall = [p for p in periods or [] if p.recall is not None]
    if with_recall:
        n = sum(p.n for p in with_recall)
        marked = sum(round((p.recall or 0.0) * p.n) for p in with_recall)
        yield f"Marks found {percent(marked / n)} of {many(n, 'commit')} that hold AI lines by line-level records."


def _verdict_sentence(verdict: Verdict) -> str:
    title = verdict_title(verdict.outcome)
    return f"{title[:1].upper()}{title[1:]}, {GRADES[verdict.grade].lower()}: {verdict.sentence}"


def _outcomes(result: AnalysisResult) -> Iterator[str]:
    """Yield every outcome of marked work that stands out, or a sentence that none does.

    Outcomes that the verdict on quality grades are left out: its sentence is above.
    """
    graded = {answer.id for verdict in result.verdicts for answer in verdict.answers if answer.graded}
    outcomes = [o for o in result.outcomes or [] if not o.descriptive and o.id not in graded]
    comparable = [o for o in outcomes if o.difference is not None and o.placebo.passed is not False]
    defects_open = any(v.outcome == "defects" and v.grade not in _CONCLUSIVE for v in result.verdicts)
    standing_out = [o for o in comparable if _stands_out(o)]
    for o in standing_out:
        caveat = (
            "; the verdict on defects weighs it and stays open" if defects_open and o.id in _DEFECT_OUTCOMES else ""
        )
        yield f"Marked work beside the same people's other work, {_difference_text(o)}{caveat}."
    if comparable and not standing_out:
        count = many(len(comparable), "other outcome" if graded else "outcome")
        yield f"None of {count} of marked work stands out from the same people's other work."


def _stands_out(outcome: Outcome) -> bool:
    d = outcome.difference
    return d is not None and (d.low > 0 or d.high < 0) and outcome.q is not None and outcome.q < MAX_FALSE_DISCOVERY


def _difference_text(outcome: Outcome) -> str:
    d = outcome.difference
    if d is None:
        return outcome.title
    q = "" if outcome.q is None else ", q < 0.01" if outcome.q < _SMALLEST_Q else f", q {outcome.q:.2f}"
    if outcome.unit.startswith("share"):
        return f"{outcome.title}: {points(d.value)} points ({points(d.low)} … {points(d.high)}{q})"
    low, high = signed(d.low, 2), signed(d.high, 2)
    return f"{outcome.title}: {signed(d.value, 2)} {outcome.unit} ({low} … {high}{q})"


def _cannot_say(result: AnalysisResult) -> Iterator[str]:
    yield "How much of the unmarked work is AI: a missing mark says nothing about who wrote it."
    for verdict in result.verdicts:
        if verdict.grade not in _CONCLUSIVE:
            yield _verdict_sentence(verdict)
    if result.marking.drift is None:
        yield "Whether what is marked changed with use or with marking."
    failed = [o.title for o in result.outcomes or [] if o.placebo.passed is False]
    if failed:
        yield f"Anything about {', '.join(failed)}: a placebo finds a difference there too."
    if result.effort is None or result.effort.abstained is not None:
        yield f"What it cost to specify the work: {_why_no_cost(result)}"
    yield "What caused what, or how good anybody is: every figure goes with others, and none is meant for one person."
    if result.repository.people < _MIN_PEOPLE:
        yield "Anything that is not also of single people: fewer than five work here; keep the figures among them."


def _why_no_cost(result: AnalysisResult) -> str:
    if result.effort is not None:
        return MESSAGES[result.effort.abstained or ""].means
    missing = any(row.slug == "effort-needs-contents" for row in result.data_quality)
    return "file contents are missing." if missing else "not asked for."


def _answerable(result: AnalysisResult) -> Iterator[str]:
    for verdict in result.verdicts:
        if verdict.grade not in _CONCLUSIVE and verdict.slug in MESSAGES and _is_actionable(MESSAGES[verdict.slug].fix):
            yield MESSAGES[verdict.slug].fix
    yield "Asking the team about a random sample of changes gives a share with an interval: aishare survey."
    warnings = [
        q
        for q in result.data_quality
        if q.severity == "warning" and q.slug not in _NOT_FIXABLE and _is_actionable(q.fix)
    ]
    yield from (f"{q.slug.replace('-', ' ').capitalize()}: {q.fix}" for q in warnings[:_MAX_FIXES])


def _is_actionable(fix: str) -> bool:
    return not fix.startswith("Nothing to do")
