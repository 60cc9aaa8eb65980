"""`--fail-on`: which slugs and grades of a result end a run with exit code 4. Never a share: it would be the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from analyzer.core.messages import MESSAGES
from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.inference.results import Grade

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analyzer.report.contract import Result

GAMING_FLAG = "gaming-flag"


def validate_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names as given; raises `UsageError("bad-fail-on")` for what is neither a slug nor a grade."""
    for name in names:
        slug = MESSAGES.get(name)
        if name not in {*get_args(Grade), GAMING_FLAG} and (slug is None or slug.severity == "error"):
            raise UsageError(
                "bad-fail-on",
                f"--fail-on {plain(name, 60)} names no grade and no warning.",
                "Name a grade (aishare explain grade) or a slug (aishare list messages); a share is no gate.",
            )
    return tuple(names)


def triggered(result: Result, names: Sequence[str]) -> list[str]:
    """Of the names those that this result has, in their order."""
    present = {row.slug for row in result.data_quality}
    for verdict in result.verdicts:
        present |= {verdict.slug, verdict.grade}
    if result.goodhart is not None and any(flag.fired for flag in result.goodhart.flags):
        present.add(GAMING_FLAG)
    return triggered_in(present, names)


def triggered_in(present: Collection[str], names: Sequence[str]) -> list[str]:
    """Of the names those among `found`, in their order: for a view that has warnings and no grade."""
    return [name for name in dict.fromkeys(names) if name in present]
