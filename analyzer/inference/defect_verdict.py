"""Estimate of reverts → verdict on defects. "Reverted", never "bugs"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.inference.grades import FEWEST_SWAPPABLE, DefectFindings, Grade, grade_defects
from analyzer.inference.verdicts import UNSTEADY, adjusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.defects import Defects


@dataclass(frozen=True, slots=True)
class DefectsVerdict:
    """The grade with what it rests on; `findings` is None where nothing could be estimated."""

    grade: Grade
    slug: str
    sentence: str
    findings: Defects | None
    p_holm: float | None


def defects_verdict(
    found: Defects | None,
    *,
    declared: bool,
    reverted: int = 0,
    family: Sequence[float] = (),
    recall_unsteady: bool = False,
) -> DefectsVerdict:
    """Grade the association of a change's own mark with being reverted.

    `reverted`: changes reverted in time, in all. `family`: the other verdicts' p-values. `recall_unsteady`: the marks
    are known to miss half of the AI commits, or now more, now fewer.
    """
    if found is None:
        given = grade_defects(DefectFindings(declared, authors=0, recall_unsteady=recall_unsteady))
        slug, sentence = _nothing(reverted, declared=declared, recall_unsteady=recall_unsteady)
        return DefectsVerdict(given, slug, sentence, None, None)
    p_holm = adjusted(found.p, family)
    known = DefectFindings(declared, found.authors, recall_unsteady, p_holm, found.low, found.high, found.smallest)
    given = grade_defects(known)
    slug, sentence = ("recall-unsteady", UNSTEADY) if recall_unsteady else _said(given, found)
    return DefectsVerdict(given, slug, sentence, found, p_holm)


def _nothing(reverted: int, *, declared: bool, recall_unsteady: bool) -> tuple[str, str]:
    if not declared:
        return "no-share-varies", "No change is declared AI, so there is nothing to compare."
    if recall_unsteady:
        return "recall-unsteady", UNSTEADY
    if not reverted:
        return "too-few-reverts", "No change was reverted by name within 35 days; nothing to compare."
    many = f"{reverted} changes were reverted within 35 days"
    return "too-few-reverts", f"{many}, none where one person has both kinds in the same four weeks."


def _said(given: Grade, d: Defects) -> tuple[str, str]:
    figure = f"marked changes are reverted ×{d.ratio:.1f} as often ({d.low:.1f} … {d.high:.1f})"
    able = f"could have shown ×{d.smallest:.1f}"
    if d.authors < FEWEST_SWAPPABLE:
        return (
            "too-few-reverts",
            f"{d.authors} people have both kinds in the same four weeks; {FEWEST_SWAPPABLE} are needed.",
        )
    if given == "unknown_too_little_history":
        return "too-small-to-see", f"{figure}; {able}."
    if given == "says_nothing":
        return "near-zero", f"{figure}: essentially as often."
    if given == "nothing_detected":
        return "nothing-detected", f"{figure}; {able}, four times in five."
    return "says-little", f"{figure}; {able}. Reverts are a first measure: no higher grade exists yet."
