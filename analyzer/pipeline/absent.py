"""What the contract names and this version does not compute: refused or null, always aloud.

When a part is built, its line here goes; a test keeps the JSON's nulls and these rows in step.
"""

from __future__ import annotations

from analyzer.errors import NotInThisVersionError

# slug of the data-quality row → JSON paths that are null (or empty) because of it.
ABSENT: dict[str, tuple[str, ...]] = {
    "estimate-not-in-this-version": ("share.definitions[].estimate", "share.by_period[].estimate"),
}

TABLES: tuple[str, ...] = ("measures", "estimates")


def refuse(what: str) -> NotInThisVersionError:
    """The error for a part of the contract that is not built."""
    return NotInThisVersionError(
        "not-in-this-version",
        f"{what} is not in this version.",
        "See the CHANGELOG for what is; nothing was computed.",
    )
