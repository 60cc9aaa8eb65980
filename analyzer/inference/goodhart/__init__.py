"""Is the number being gamed? Tests of what a target does to what it measures; "consistent with", never "is".

A new variant is one function in `variants` and one line in `VARIANTS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.inference.goodhart import tests
from analyzer.inference.goodhart.comparisons import Grounds, Sign
from analyzer.inference.multiplicity import benjamini_hochberg

if TYPE_CHECKING:
    import pandas as pd

ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Variant:
    """A registered test: what it would mean, on what scale, and from where on a value is large enough to be told.

    `reads`: its evidence; two variants that read the same are one piece of evidence for a verdict.
    """

    id: str
    title: str
    unit: str
    floor: float
    test: Callable[[Grounds], Sign | str]
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


@dataclass(frozen=True, slots=True)
class Flag:
    """One variant on one history.

    fired: p under 5 % over all that ran (BH), large enough, and all else as predicted; None where it could not be run,
    and `note` says why.
    """

    variant: Variant
    sign: Sign | None
    q: float | None
    fired: bool | None
    note: str


@dataclass(frozen=True, slots=True)
class Goodhart:
    """All flags; `day` from which they compare, and whether it is an announced target's."""

    flags: tuple[Flag, ...]
    day: pd.Timestamp | None
    announced: bool

    @property
    def fired(self) -> tuple[str, ...]:
        """Ids of the variants that fired, one for each piece of evidence."""
        by_evidence = {flag.variant.reads: flag.variant.id for flag in reversed(self.flags) if flag.fired}
        return tuple(reversed(by_evidence.values()))


def flagged(grounds: Grounds, *, announced: bool) -> Goodhart:
    """Run every variant."""
    found = [variant.test(grounds) for variant in VARIANTS]
    signs = {k: sign for k, sign in enumerate(found) if isinstance(sign, Sign) and sign.p == sign.p}
    q = dict(zip(signs, benjamini_hochberg([sign.p for sign in signs.values()]), strict=True))
    flags = []
    for k, (variant, sign) in enumerate(zip(VARIANTS, found, strict=True)):
        if isinstance(sign, str) or k not in signs:
            flags.append(Flag(variant, None, None, None, sign if isinstance(sign, str) else "no interval"))
            continue
        fired = q[k] < ALPHA and sign.value >= variant.floor and sign.holds
        flags.append(Flag(variant, sign, q[k], fired, sign.note))
    return Goodhart(tuple(flags), grounds.day, announced)
