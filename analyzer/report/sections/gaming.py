"""Section on gaming: the tests, as a finding and a table. A flag is consistent with gaming and does not prove it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from analyzer.report.blocks import Finding, Table
from analyzer.report.format import many, signed

if TYPE_CHECKING:
    from analyzer.inference.results import Goodhart, GoodhartFlag

# What each variant's test measured, from its value and the day since when.
_SENTENCES: dict[str, Callable[[float, str], str]] = {
    "regressional": lambda value, _: (
        f"People's AI shares alternate from week to week more than chance explains: of a lead in odd weeks, "
        f"{100 * value:.0f} points more than by chance disappear in even weeks."
    ),
    "extremal": lambda value, _: (
        f"Above its usual range, 50 points more AI share go with {_less(value)} less output than within it."
    ),
    "causal": lambda value, since: (
        f"{since}, 50 points more AI share go with {_less(value)} less output than they did before."
    ),
    "bunching": lambda value, since: (
        f"{since}, {100 * value:.0f} points more of the AI shares near the target reach it than chance explains."
    ),
    "padding": lambda value, since: (
        f"{since}, marked changes contain {100 * value:.0f} points more blank, copied or moved lines than the same "
        "people's other changes, compared with before."
    ),
    "label_inflation": lambda value, since: (
        f"{since}, more changes are marked, and marked changes differ {100 * value:.0f} % less in size from the same "
        "people's other changes."
    ),
    "splitting": lambda value, since: (
        f"{since}, there are more changes, and marked ones are {_less(value)} smaller, compared with the same people's "
        "other changes and with before."
    ),
}


def _less(log_decrease: float) -> str:
    return f"{-100 * math.expm1(-log_decrease):.0f} %"


def flag_sentence(flag: GoodhartFlag, day: str | None) -> str:
    """Return what the test of one flag or divergence measured, in one sentence."""
    sentence = _SENTENCES.get(flag.variant)
    if sentence is None or flag.value is None:
        return f"{flag.title[:1].upper()}{flag.title[1:]}."
    return sentence(flag.value, f"Since {day}" if day else "Lately")


def has_diverged(flag: GoodhartFlag) -> bool:
    """Return whether the test fired, with or without a target; earlier versions stored only the flag."""
    return bool(flag.flagged if flag.diverges is None else flag.diverges)


def gaming_finding(tests: Goodhart | None) -> Finding:
    """Return the flags or divergences, or that there is none, or that no test could run.

    Only a flag, which needs an announced target, is on the first screen.
    """
    if tests is None:
        text = "Fewer than six people could be compared, so no test of gaming ran."
        return Finding("gaming", "UNKNOWN", text, "gaming-too-few", first_screen=False)
    announced = tests.label == "goodhart"
    run_flags = [flag for flag in tests.flags if flag.flagged is not None]
    fired = [flag for flag in run_flags if has_diverged(flag)]
    if not fired:
        text = (
            f"None of {many(len(run_flags), 'test')} that ran fired." if run_flags else "No test of gaming could run."
        )
        return Finding("gaming", "NO FLAG" if run_flags else "UNKNOWN", text, "gaming", first_screen=False)
    sentences = " ".join(flag_sentence(flag, tests.day) for flag in fired)
    if announced:
        return Finding(
            "gaming", many(len(fired), "FLAG", "FLAGS"), f"{sentences} That is consistent with gaming.", "gaming"
        )
    grade = many(len(fired), "DIVERGENCE", "DIVERGENCES")
    text = f"{sentences} No target was announced, so this is no sign of gaming by itself."
    return Finding("gaming", grade, text, "gaming", first_screen=False)


def _interval(flag: GoodhartFlag) -> str:
    if flag.value is None or flag.low is None or flag.high is None:
        return ""
    return f"{signed(flag.value, 2)} ({signed(flag.low, 2)} … {signed(flag.high, 2)})"


def result_word(flag: GoodhartFlag) -> str:
    """Return the result of a test in one word or two."""
    if flag.flagged is None:
        return "not run"
    return "flag" if flag.flagged else "divergence" if has_diverged(flag) else "nothing"


def gaming_table(tests: Goodhart) -> Table:
    """Return a table of every test."""
    rows = tuple(
        (
            flag.title,
            result_word(flag),
            _interval(flag),
            f"{flag.threshold:.2f}",
            "" if flag.q is None else f"{flag.q:.3f}",
            f"{flag.unit}. {flag.note}".strip(),
        )
        for flag in tests.flags
    )
    since = f"since {tests.day}" if tests.day else "without a day to compare from"
    name = "flag" if tests.label == "goodhart" else "divergence"
    note = f"Compared {since}. A {name} has q below .05, at least the smallest value, and all else that it predicts."
    return Table("Tests of gaming", ("test", "result", "value", "smallest", "q", "unit and note"), rows, note=note)
