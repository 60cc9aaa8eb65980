"""Estimate of follow-ups → verdict on defects. "Followed up", never "bugs".

Larger changes are followed up more often without being worse, so the same is asked by line; and who uses AI may call
fixes otherwise, so what reads no word of a fix must agree before anything is called worse (R4 of docs/method.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analyzer.inference.defects import LARGEST
from analyzer.inference.grading.quarterly import QUARTERLY_ALPHA
from analyzer.inference.grading.rules import FEWEST_SWAPPABLE, DefectFindings, Grade, found_defects, grade_defects
from analyzer.inference.grading.sentences import UNSTEADY
from analyzer.inference.grading.throughput import adjusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.checks.permuted_labels import Placebo
    from analyzer.inference.defects import Defects
    from analyzer.inference.grading.spillover import SpillOver
    from analyzer.inference.matching import Matched

# The label-free check must leave room for at least this part of the size.
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class DefectsVerdict:
    """The grade with what it rests on; `findings` is None where nothing could be estimated."""

    grade: Grade
    slug: str
    sentence: str
    findings: Defects | None
    p_holm: float | None
    placebos: tuple[Placebo, ...] = ()
    spill: SpillOver | None = None
    quarterly: Grade = "unknown_too_little_history"


def defects_verdict(
    found: Defects | None,
    *,
    declared: bool,
    followed: int = 0,
    by_change: Matched | None = None,
    by_line: Matched | None = None,
    label_free: Matched | None = None,
    family: Sequence[float] = (),
    recall_unsteady: bool = False,
    spill: SpillOver | None = None,
) -> DefectsVerdict:
    """Grade the association of a change's own mark with being followed up.

    `followed`: changes followed up, in all. `by_change`, `by_line`, `label_free`: the matched comparisons of the same
    changes (for its placebos), of production lines, and of changes half rewritten. `family`: the other verdicts'
    p-values. `recall_unsteady`: the marks are known to miss half of the AI commits, or now more, now fewer. `spill`:
    what the share goes with in the same people's other changes, carried along.
    """
    if found is None:
        given = grade_defects(DefectFindings(declared, authors=0, recall_unsteady=recall_unsteady))
        slug, sentence = _nothing(followed, declared=declared, recall_unsteady=recall_unsteady)
        return DefectsVerdict(given, slug, sentence, None, None, quarterly=given)
    p_holm = adjusted(found.p, family)
    known = DefectFindings(
        declared,
        found.authors,
        recall_unsteady,
        p_holm,
        found.low,
        found.high,
        found.smallest,
        by_line=_same_by_line(found, by_line),
        label_free=_same_without_labels(found, label_free),
        placebo_failed=by_change is not None and bool(by_change.failed),
    )
    given = grade_defects(known)
    slug, sentence = ("recall-unsteady", UNSTEADY) if recall_unsteady else _said(given, known, found)
    ran = () if by_change is None else by_change.placebos
    return DefectsVerdict(
        given, slug, sentence, found, p_holm, ran, spill, grade_defects(replace(known, alpha=QUARTERLY_ALPHA))
    )


def _same_by_line(found: Defects, by_line: Matched | None) -> bool | None:
    """Whether lines say the same, and say it as clearly; None where there is no figure."""
    if by_line is None or by_line.difference is None:
        return None
    d = by_line.difference
    return d.low > 0 if found.ratio > 1 else d.high < 0


def _same_without_labels(found: Defects, label_free: Matched | None) -> bool | None:
    """Whether what reads no labels has the sign and is not bounded below half of the size; None without a figure."""
    if label_free is None or label_free.difference is None or label_free.other is None:
        return None
    rest = label_free.other.point
    if not rest > 0:
        return None
    reach = label_free.difference.high / rest if found.ratio > 1 else -label_free.difference.low / rest
    size = found.ratio - 1 if found.ratio > 1 else 1 - found.ratio
    return label_free.difference.point * (found.ratio - 1) > 0 and reach >= _HALF * size


def _nothing(followed: int, *, declared: bool, recall_unsteady: bool) -> tuple[str, str]:
    if not declared:
        return "no-share-varies", "No change is declared AI, so there is nothing to compare."
    if recall_unsteady:
        return "recall-unsteady", UNSTEADY
    if not followed:
        return "too-few-follow-ups", "No change old enough was followed up; nothing to compare."
    many = f"{followed} changes were followed up"
    return (
        "too-few-follow-ups",
        f"{many}; fewer than two people have both kinds, one followed up, in the same four weeks.",
    )


def _said(given: Grade, f: DefectFindings, d: Defects) -> tuple[str, str]:
    high = f"{d.high:.1f}" if math.isfinite(d.high) else "no upper end"
    figure = f"marked changes are followed up ×{d.ratio:.1f} as often ({d.low:.1f} … {high})"
    least = f"×{d.smallest:.1f}" if math.isfinite(d.smallest) else f"none up to ×{LARGEST:.0f}"
    able = f"could have shown {least}"
    settled = d.low > 1 or d.high < 1
    if settled and f.p is not None and f.p >= f.alpha:
        figure = f"{figure}, p {f.p:.2f} beside the other tests"
    if d.authors < FEWEST_SWAPPABLE:
        return (
            "too-few-follow-ups",
            f"{d.authors} people have both kinds in the same four weeks; {FEWEST_SWAPPABLE} are needed.",
        )
    if (found_defects(f) and not given.startswith("says_")) or (given == "says_nothing" and found_defects(f)):
        if f.placebo_failed:
            return "outcome-placebo-failed", f"{figure}, but marks that are not their own find as much."
        if f.by_line is False:
            return "follow-ups-go-with-size", f"{figure}, but not by line: follow-ups go with the size of changes."
        return "follow-ups-by-label", f"{figure}, but without labels of fixes nothing of it is left: words differ."
    told = {
        "unknown_too_little_history": ("too-small-to-see", f"{figure}; {able}."),
        "says_nothing": ("near-zero", f"{figure}: essentially as often."),
        "nothing_detected": ("nothing-detected", f"{figure}; {able}, four times in five."),
    }
    if given in {"says_something", "says_a_lot"}:
        return given.replace("_", "-"), f"{figure}, by line and without labels of fixes as well; {able}."
    unknown = [
        text for known, text in ((f.by_line, "by line"), (f.label_free, "without labels of fixes")) if known is None
    ]
    rest = f" There is no figure {' or '.join(unknown)}." if unknown else ""
    return told.get(given, ("says-little", f"{figure}; {able}.{rest}"))
