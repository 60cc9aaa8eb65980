"""Tests of gaming as results and in words: "consistent with", never "is"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.report import contract_verdicts as r
from analyzer.report.blocks import Finding, Table
from analyzer.report.format import many, signed

if TYPE_CHECKING:
    from analyzer.inference.goodhart import Flag, Goodhart


def goodhart_result(found: Goodhart | None) -> r.Goodhart | None:
    """Every flag in the order of the registry."""
    if found is None:
        return None
    day = None if found.day is None else str(found.day.date())
    return r.Goodhart("goodhart" if found.announced else "divergence", day, [_flag(flag) for flag in found.flags])


def _flag(flag: Flag) -> r.GoodhartFlag:
    v, sign = flag.variant, flag.sign
    value, low, high, p = (None,) * 4 if sign is None else (sign.value, sign.low, sign.high, sign.p)
    return r.GoodhartFlag(v.id, v.title, v.unit, flag.fired, value, low, high, p, flag.q, v.floor, flag.note)


def gaming_finding(found: r.Goodhart | None) -> Finding:
    """What fired, or that nothing did, or that nothing ran."""
    if found is None:
        text = "Fewer than six people could be compared, so no test of gaming ran."
        return Finding("gaming", "UNKNOWN", text, "gaming-too-few", first_screen=False)
    fired = [flag for flag in found.flags if flag.fired]
    ran = [flag for flag in found.flags if flag.fired is not None]
    what = "; ".join(f"{flag.title} ({_percent(flag)} {flag.unit})" for flag in fired)
    word = "Consistent with gaming" if found.label == "goodhart" else "Divergence, no target being known"
    text = f"{word}: {what}." if fired else f"None of {many(len(ran), 'test')} that ran found anything."
    grade = f"{len(fired)} FLAG" + ("" if len(fired) == 1 else "S") if fired else "NO FLAG" if ran else "UNKNOWN"
    return Finding("gaming", grade, text, "gaming", first_screen=bool(fired))


def _percent(flag: r.GoodhartFlag) -> str:
    return "" if flag.value is None else signed(flag.value, 2)


def _interval(flag: r.GoodhartFlag) -> str:
    if flag.value is None or flag.low is None or flag.high is None:
        return ""
    return f"{signed(flag.value, 2)} ({signed(flag.low, 2)} … {signed(flag.high, 2)})"


def gaming_table(found: r.Goodhart) -> Table:
    """Every test with its figures."""
    rows = tuple(
        (
            flag.title,
            "not run" if flag.fired is None else "FIRED" if flag.fired else "no",
            _interval(flag),
            f"{flag.floor:.2f}",
            "" if flag.q is None else f"{flag.q:.3f}",
            f"{flag.unit}. {flag.note}".strip(),
        )
        for flag in found.flags
    )
    since = f"since {found.day}" if found.day else "without a day to compare from"
    note = f"Compared {since}; fires below q .05 from the floor on, where all else is as the variant predicts."
    return Table("Tests of gaming", ("test", "fired", "value", "floor", "q", "unit, and what to know"), rows, note=note)
