"""What can be said, what cannot, and what would make it answerable: for whoever reads nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.inference.grades import FOUND
from analyzer.messages import MESSAGES
from analyzer.report.model import Points
from analyzer.report.outcomes import STANDS_OUT
from analyzer.report.shares import HEADLINE
from analyzer.report.words import GRADES, change, many, number, percent, points, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.report.judged import Verdict
    from analyzer.report.result import Outcome, Result

_TOLD = FOUND | {"nothing_detected", "says_nothing", "artefact", "misleading"}
# Outcomes named one by one; the table has all. Fixes of the clone or history named here.
_NAMED, _FIXES = 3, 3
# What the verdict on defects weighs together: none of them is told by itself.
_JUDGED = frozenset({"follow_ups_90d", "follow_up_lines_90d", "reverts_35d", "undone_35d"})
# Warnings that nothing can be done about here.
_NO_FIX = frozenset({"outcome-placebo-failed", "estimate-not-in-this-version", "effort-not-in-this-version"})
# The effect whose power is quoted, over two years.
_EFFECT, _MONTHS = 0.3, 24


def answers(result: Result) -> tuple[Points, Points, Points]:
    """The three lists."""
    return (
        Points("What we can say", tuple(_can(result))),
        Points("What we cannot say", tuple(_cannot(result))),
        Points("What would make it answerable", tuple(dict.fromkeys(_answerable(result)))),
    )


def _can(result: Result) -> Iterator[str]:
    share = next(d for d in result.share.definitions if d.id == HEADLINE)
    if share.n:
        yield (
            f"At least {percent(share.floor)} of {many(share.n, 'merged change')} are declared AI; "
            f"at most {percent(share.ceiling)} can be."
        )
    spread = result.share.spread
    if spread.low != spread.high:
        yield f"Other definitions give {percent(spread.low)} to {percent(spread.high)} declared, and each is true."
    for d in result.share.definitions:
        if d.estimate is not None:
            low, high = percent(d.estimate.low), percent(d.estimate.high)
            yield f"By style, {low} to {high} of {many(d.n or 0, d.unit)} are AI (90 % interval)."
    labelling = [c for c in result.disclosure.changes if c.kind == "labelling"]
    for c in labelling[-1:]:
        yield f"From {c.period} on marking changed, not use: {percent(c.before)} to {percent(c.after)} of commits."
    for verdict in result.verdicts:
        if verdict.grade in _TOLD:
            yield _said(verdict)
    yield from _outcomes(result.outcomes or [])


def _said(verdict: Verdict) -> str:
    return f"{verdict.outcome.capitalize()}, {GRADES[verdict.grade].lower()}: {verdict.sentence}"


def _outcomes(outcomes: list[Outcome]) -> Iterator[str]:
    """The outcomes of marked work that stand out, or that none does."""
    told = [o for o in outcomes if not o.describes and o.id not in _JUDGED]
    compared = [o for o in told if o.difference is not None and o.placebo.passed is not False]
    standing = [o for o in compared if _stands(o)]
    for o in standing[:_NAMED]:
        yield f"Marked work beside the same people's other work, {_told(o)}."
    if len(standing) > _NAMED:
        yield f"{many(len(standing) - _NAMED, 'more outcome')} stand out below."
    if compared and not standing:
        yield f"None of {many(len(compared), 'outcome')} of marked work stands out from the same people's other work."


def _stands(outcome: Outcome) -> bool:
    d = outcome.difference
    return d is not None and (d.low > 0 or d.high < 0) and outcome.q is not None and outcome.q < STANDS_OUT


def _told(outcome: Outcome) -> str:
    d = outcome.difference
    if d is None:
        return outcome.title
    q = "" if outcome.q is None else f", q {outcome.q:.2f}"
    if outcome.unit.startswith("share"):
        return f"{outcome.title}: {points(d.value)} points ({points(d.low)} … {points(d.high)}{q})"
    low, high = signed(d.low, 2), signed(d.high, 2)
    return f"{outcome.title}: {signed(d.value, 2)} {outcome.unit} ({low} … {high}{q})"


def _cannot(result: Result) -> Iterator[str]:
    yield "How much of the undeclared work is AI: a missing mark says nothing about who wrote it."
    for verdict in result.verdicts:
        if verdict.grade not in _TOLD:
            yield _said(verdict)
    if result.disclosure.drift is None:
        yield "Whether what is declared changed with use or with marking."
    failed = [o.title for o in result.outcomes or [] if o.placebo.passed is False]
    if failed:
        yield f"Anything about {', '.join(failed)}: a placebo finds a difference there too."
    if result.effort is None:
        yield "What it cost to specify: not in this version."
    yield "What caused what, or how good anybody is: every figure here goes with others, and none is of one person."


def _answerable(result: Result) -> Iterator[str]:
    for verdict in result.verdicts:
        if verdict.grade not in _TOLD and verdict.slug in MESSAGES and _helps(MESSAGES[verdict.slug].fix):
            yield MESSAGES[verdict.slug].fix
    enough = [c for c in result.power if c.recorded <= _EFFECT and c.months <= _MONTHS]
    if enough and any(v.grade == "unknown_too_little_history" for v in result.verdicts):
        least = min(enough, key=lambda c: (c.people, c.months))
        yield (
            f"To see a {change(_EFFECT)} link with the recorded share: {number(least.people)} people who can be "
            f"compared, over {many(least.months, 'month')}."
        )
    yield "Asking the team about a random sample of changes gives a share with an interval: aishare sample."
    warnings = [q for q in result.data_quality if q.severity == "warning" and q.slug not in _NO_FIX and _helps(q.fix)]
    yield from (f"{q.slug.replace('-', ' ').capitalize()}: {q.fix}" for q in warnings[:_FIXES])


def _helps(fix: str) -> bool:
    return not fix.startswith("Nothing to do")
