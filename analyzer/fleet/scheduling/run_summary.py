"""What a run says when it is over, on stderr: how much was new, and what went wrong. The site does not know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.report.format import many

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.fleet.scheduling.task import Done

# A mail of two hundred lines is not read.
_MOST = 10
_REPOSITORY = ("repository", "repositories")


def read(days: Sequence[Sequence[Done]]) -> str:
    """One line on what the store did not have: `days` are the runs of one command, the last one last."""
    new: dict[str, int] = {}
    for done in (done for day in days for done in day if done.key is not None):
        # A short piece of history is read again by each day of a run: it is counted once.
        new[done.name] = max(new.get(done.name, 0), done.read)
    touched = [count for count in new.values() if count]
    parts = [f"read {many(sum(touched), 'commit')} of {many(len(touched), *_REPOSITORY)}"] if touched else []
    if len(touched) < len(new):
        parts.append(f"nothing new in {many(len(new) - len(touched), *_REPOSITORY)}")
    wrong = sum(done.slug is not None for done in days[-1])
    if wrong:
        parts.append(f"{many(wrong, *_REPOSITORY)} failed")
    return "; ".join(parts)


def failures(done: Sequence[Done]) -> Iterator[str]:
    """A line for each repository that failed, the first ten of them, each with its reason."""
    wrong = [d for d in done if d.slug is not None]
    for d in wrong[:_MOST]:
        what = "not read" if d.key is None else "not brought up to date"
        yield f"{what}: {d.name}: {plain(d.reason or '', 200)} ({d.slug})"
    if len(wrong) > _MOST:
        yield f"and {len(wrong) - _MOST} more: the table of repositories says why"
