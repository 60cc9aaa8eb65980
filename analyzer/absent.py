"""What the contract names and this version does not compute: refused or null, always aloud.

When a part is built, its line here goes; a test keeps the JSON's nulls and these rows in step.
"""

from __future__ import annotations

from analyzer.errors import NotInThisVersionError

# slug of the data-quality row → JSON paths that are null (or empty) because of it.
ABSENT: dict[str, tuple[str, ...]] = {
    "estimate-not-in-this-version": ("share.definitions[].estimate", "share.by_period[].estimate"),
    "inference-not-in-this-version": (
        "verdicts[].association",
        "verdicts[].use",
        "verdicts[].smallest_detectable",
        "verdicts[].information",
        "verdicts[].durable",
        "verdicts[].tipping_point",
        "verdicts[].spill_over",
        "verdicts[].n_authors",
        "verdicts[].n_periods",
        "verdicts[].n_rows",
        "verdicts[].placebos",
        "verdicts[].placebos[].value",
        "verdicts[].placebos[].low",
        "verdicts[].placebos[].high",
        "verdicts[].specifications",
    ),
    "goodhart-not-in-this-version": ("goodhart",),
    "effort-not-in-this-version": ("effort",),
}

VERBS: dict[str, str] = {
    "pr": "Share of new lines in one pull request or range.",
    "team": "Reports over many repositories and teams.",
    "github": "Pull-request view and comment inside the GitHub Action.",
    "audit": "What cheap tricks would do to the share.",
}

TABLES: tuple[str, ...] = ("measures", "panel", "estimates")

# Placebos of the contract that no code runs yet; printed as "not runnable", never as passed.
PLACEBOS: tuple[str, ...] = ("pre_ai", "coupling")


def refuse(what: str) -> NotInThisVersionError:
    """The error for a part of the contract that is not built."""
    return NotInThisVersionError(
        "not-in-this-version",
        f"{what} is not in this version.",
        "See the CHANGELOG for what is; nothing was computed.",
    )
