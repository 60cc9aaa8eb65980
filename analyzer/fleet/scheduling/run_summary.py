"""End-of-run summary on stderr: how many commits were new, and which repositories failed or were repaired.

Not part of the site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.report.format import many

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.fleet.scheduling.task import TaskResult

# Cron mails the output, and nobody reads two hundred lines of it.
_MAX_FAILURES = 10
_REPOSITORY = ("repository", "repositories")


def read_summary(days: Sequence[Sequence[TaskResult]]) -> str:
    """Return one line on the commits that were not in the store yet. `days`: results per reported day, oldest first."""
    new_commits: dict[str, int] = {}
    for result in (result for day in days for result in day if result.key is not None):
        # Each reported day reads the latest stretch of history again; count its commits once.
        new_commits[result.name] = max(new_commits.get(result.name, 0), result.commits_read)
    counts = [count for count in new_commits.values() if count]
    clauses = [f"read {many(sum(counts), 'commit')} of {many(len(counts), *_REPOSITORY)}"] if counts else []
    if len(counts) < len(new_commits):
        clauses.append(f"nothing new in {many(len(new_commits) - len(counts), *_REPOSITORY)}")
    failed = sum(result.slug is not None for result in days[-1])
    if failed:
        clauses.append(f"{many(failed, *_REPOSITORY)} failed")
    return "; ".join(clauses)


def repair_lines(days: Sequence[Sequence[TaskResult]]) -> Iterator[str]:
    """Yield one line per repository that was read or cloned again because of damage, at most ten, with the reason."""
    repairs = {
        (problem, result.name): reason
        for day in days
        for result in day
        for problem, reason in (("read again", result.discarded), ("cloned again", result.replaced))
        if reason is not None
    }
    for (problem, name), reason in list(repairs.items())[:_MAX_FAILURES]:
        yield f"{problem}: {name}: {plain(reason, 200)}"
    if len(repairs) > _MAX_FAILURES:
        yield f"and {len(repairs) - _MAX_FAILURES} more were read or cloned again"


def failure_lines(results: Sequence[TaskResult]) -> Iterator[str]:
    """Yield one line with the reason per failed repository, at most ten of them."""
    failed = [result for result in results if result.slug is not None]
    for result in failed[:_MAX_FAILURES]:
        problem = "not read" if result.key is None else "not brought up to date"
        yield f"{problem}: {result.name}: {plain(result.reason or '', 200)} ({result.slug})"
    if len(failed) > _MAX_FAILURES:
        yield f"and {len(failed) - _MAX_FAILURES} more: the table of repositories says why"
