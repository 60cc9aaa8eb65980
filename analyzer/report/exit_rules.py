"""Decide for `--fail-on` which slugs and grades of a result end a run with exit code 4.

Shares are never accepted: a share that fails a build would become the target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from analyzer.core.messages import MESSAGES, RENAMED_SLUGS
from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.inference.results import Grade

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analyzer.report.contract import AnalysisResult

GAMING_FLAG = "gaming-flag"


def validate_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names, old slugs under their present one.

    Raises `UsageError("bad-fail-on")` for a name that is neither a slug nor a grade.
    """
    present = [RENAMED_SLUGS.get(name, name) for name in names]
    for name in present:
        slug = MESSAGES.get(name)
        if name not in {*get_args(Grade), GAMING_FLAG} and (slug is None or slug.severity == "error"):
            raise UsageError(
                "bad-fail-on",
                f"--fail-on {plain(name, 60)} names no grade and no warning.",
                "Name a grade (aishare explain grade) or a slug (aishare list messages); a share is no gate.",
            )
    return tuple(present)


def triggered(result: AnalysisResult, names: Sequence[str]) -> list[str]:
    """Return the names that occur in this result, in the order of `names`."""
    present = {row.slug for row in result.data_quality}
    for verdict in result.verdicts:
        present |= {verdict.slug, verdict.grade}
    if result.gaming is not None and any(flag.flagged for flag in result.gaming.flags):
        present.add(GAMING_FLAG)
    return triggered_in(present, names)


def triggered_in(present: Collection[str], names: Sequence[str]) -> list[str]:
    """Return the names that are in `present`, in the order of `names`; for views with warnings and no grades."""
    return [name for name in dict.fromkeys(names) if name in present]
