"""Section on gaming: the tests, as a finding and a table. A flag is consistent with gaming and does not prove it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.report.blocks import Finding, Table
from analyzer.report.format import many, signed

if TYPE_CHECKING:
    from analyzer.inference.results import Goodhart, GoodhartFlag


def gaming_finding(tests: Goodhart | None) -> Finding:
    """Return the flags that were raised, or that there is none, or that no test could run."""
    if tests is None:
        text = "Fewer than six people could be compared, so no test of gaming ran."
        return Finding("gaming", "UNKNOWN", text, "gaming-too-few", first_screen=False)
    fired = [flag for flag in tests.flags if flag.flagged]
    run_flags = [flag for flag in tests.flags if flag.flagged is not None]
    flag_texts = "; ".join(f"{flag.title} ({_value_text(flag)} {flag.unit})" for flag in fired)
    lead = "Consistent with gaming" if tests.label == "goodhart" else "Divergence, no target being known"
    text = f"{lead}: {flag_texts}." if fired else f"None of {many(len(run_flags), 'test')} that ran found anything."
    grade = f"{len(fired)} FLAG" + ("" if len(fired) == 1 else "S") if fired else "NO FLAG" if run_flags else "UNKNOWN"
    return Finding("gaming", grade, text, "gaming", first_screen=bool(fired))


def _value_text(flag: GoodhartFlag) -> str:
    return "" if flag.value is None else signed(flag.value, 2)


def _interval(flag: GoodhartFlag) -> str:
    if flag.value is None or flag.low is None or flag.high is None:
        return ""
    return f"{signed(flag.value, 2)} ({signed(flag.low, 2)} … {signed(flag.high, 2)})"


def gaming_table(tests: Goodhart) -> Table:
    """Return a table of every test."""
    rows = tuple(
        (
            flag.title,
            "not run" if flag.flagged is None else "FIRED" if flag.flagged else "no",
            _interval(flag),
            f"{flag.threshold:.2f}",
            "" if flag.q is None else f"{flag.q:.3f}",
            f"{flag.unit}. {flag.note}".strip(),
        )
        for flag in tests.flags
    )
    since = f"since {tests.day}" if tests.day else "without a day to compare from"
    note = f"Compared {since}; fires below q .05 from the floor on, where all else is as the variant predicts."
    return Table("Tests of gaming", ("test", "fired", "value", "floor", "q", "unit, and what to know"), rows, note=note)
