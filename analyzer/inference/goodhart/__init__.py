"""Is the share being gamed? Tests for the ways in which a target changes what it measures.

A flag says "consistent with gaming", never "gamed". Without an announced target there is nothing to game: a test that
fires shows a divergence and is no flag. A new variant is one function in `tests` and one line in `VARIANTS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from analyzer.core.constants import ALPHA
from analyzer.inference.goodhart import tests
from analyzer.inference.goodhart.comparisons import GamingEvidence, GamingInputs
from analyzer.inference.multiplicity import benjamini_hochberg
from analyzer.inference.results import Goodhart, GoodhartFlag


@dataclass(frozen=True, slots=True)
class Variant:
    """A registered test.

    Attributes
    ----------
    title : what a flag would mean.
    unit : scale of the value.
    floor : smallest value that counts.
    reads : the evidence used; two variants with the same evidence count once in a verdict.
    """

    id: str
    title: str
    unit: str
    floor: float
    test: Callable[[GamingInputs], GamingEvidence | str]
    reads: str


VARIANTS: tuple[Variant, ...] = (
    Variant("regressional", "shares swing from week to week", "part of a lead", 0.20, tests.regressional, "weeks"),
    Variant(
        "extremal",
        "the link breaks above the usual share",
        "log change per 50 points",
        0.18,
        tests.extremal,
        "slope",
    ),
    Variant("causal", "the link is gone since the day", "log change per 50 points", 0.10, tests.causal, "slope"),
    Variant(
        "bunching", "shares gather just above the target", "part of shares near it", 0.15, tests.bunching, "shares"
    ),
    Variant("padding", "marked lines are padded", "part of lines", 0.05, tests.padding, "lines"),
    Variant(
        "label_inflation",
        "marks spread to other work",
        "part of the difference",
        0.30,
        tests.label_inflation,
        "size",
    ),
    Variant("splitting", "marked work is cut finer", "log lines a change", 0.25, tests.splitting, "size"),
)


def flag_gaming(inputs: GamingInputs, *, announced: bool) -> Goodhart:
    """Run every variant and return its flags.

    announced : whether a target is known; else a test that fires is a divergence and raises no flag.
    """
    results = [variant.test(inputs) for variant in VARIANTS]
    evidence_by_variant = {
        k: evidence
        for k, evidence in enumerate(results)
        if isinstance(evidence, GamingEvidence) and not math.isnan(evidence.p)
    }
    q_values = benjamini_hochberg([evidence.p for evidence in evidence_by_variant.values()])
    q = dict(zip(evidence_by_variant, q_values, strict=True))
    flags = []
    for k, (variant, evidence) in enumerate(zip(VARIANTS, results, strict=True)):
        if isinstance(evidence, str) or k not in evidence_by_variant:
            flags.append(_flag(variant, evidence if isinstance(evidence, str) else "no interval", announced=announced))
        else:
            flags.append(_flag(variant, evidence.note, evidence, q[k], announced=announced))
    day = None if inputs.day is None else str(inputs.day.date())
    return Goodhart("goodhart" if announced else "divergence", day, flags)


def _flag(
    variant: Variant, note: str, evidence: GamingEvidence | None = None, q: float | None = None, *, announced: bool
) -> GoodhartFlag:
    """Return the flag of one variant; without evidence, `note` says why its test could not run."""
    diverges = value = low = high = p = None
    if evidence is not None and q is not None:
        diverges = q < ALPHA and evidence.value >= variant.floor and evidence.holds
        value, low, high, p = evidence.value, evidence.low, evidence.high, evidence.p
    return GoodhartFlag(
        variant=variant.id,
        title=variant.title,
        unit=variant.unit,
        flagged=None if diverges is None else diverges and announced,
        value=value,
        low=low,
        high=high,
        p=p,
        q=q,
        threshold=variant.floor,
        note=note,
        diverges=diverges,
    )


def fired_variants(result: Goodhart) -> tuple[str, ...]:
    """Return the ids of the flagged variants, the first one per piece of evidence (`Variant.reads`).

    Without an announced target there is none.
    """
    reads = {variant.id: variant.reads for variant in VARIANTS}
    by_evidence = {reads[flag.variant]: flag.variant for flag in reversed(result.flags) if flag.flagged}
    return tuple(reversed(by_evidence.values()))
