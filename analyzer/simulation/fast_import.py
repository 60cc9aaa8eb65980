"""Planned changes → a git fast-import stream with real contents: lines are added, rewritten and reverted.

Every line is unique, so that a replay of the history can be checked line by line. Format: git-fast-import(1).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from analyzer.core.constants import SECONDS_PER_DAY

if TYPE_CHECKING:
    from collections.abc import Generator

    from analyzer.simulation.project_plan import Plan, PlannedChange

_TRAILERS = (
    (0.60, "Co-Authored-By: Claude <noreply@anthropic.com>"),
    (0.85, "Co-authored-by: Copilot <198982749+Copilot@users.noreply.github.com>"),
    (1.00, "Co-authored-by: Cursor <cursoragent@cursor.com>"),
)
_AGENT = "Claude <noreply@anthropic.com>"
_AGENT_AUTHOR_RATE = 0.1
_WEB_COMMITTER = "GitHub <noreply@github.com>"
_FILES_PER_PERSON = 5


@dataclass(slots=True)
class Project:
    """State of the main line while changes are merged.

    Attributes
    ----------
    files : lines of each file at the tip.
    main_line, times : mark and time of each commit on the main line.
    last_changed : index in `main_line` of the last commit that changed each path.
    added : path, added and removed lines of each change, by its number.
    landing_commits : id of the commit that merged each change, by its number.
    last_mark : mark of the latest commit in the stream.
    """

    plan: Plan
    rng: np.random.Generator
    files: dict[str, list[str]] = field(default_factory=dict)
    main_line: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    last_changed: dict[str, int] = field(default_factory=dict)
    added: dict[int, tuple[str, list[str], list[str]]] = field(default_factory=dict)
    landing_commits: dict[int, str] = field(default_factory=dict)
    last_mark: int = 0


def person_signature(number: int) -> str:
    """Return name and address of a simulated person."""
    return f"Person {number:03} <p{number:03}@example.org>"


def fast_import_stream(
    plan: Plan, planned: list[PlannedChange], landing_commits: dict[int, str]
) -> Generator[bytes | int, str, None]:
    """Yield the stream in chunks, and marks whose commit id is sent back.

    Fills `landing_commits`: change number → id of the commit that merged it.
    """
    project = Project(plan, np.random.default_rng([plan.seed, 3]), landing_commits=landing_commits)
    first = min((change.landed_at for change in planned), default=SECONDS_PER_DAY) - SECONDS_PER_DAY
    yield _commit(
        project, None, [], person_signature(0), person_signature(0), first, "Begin\n", {"README.md": ["# Simulated"]}
    )
    _advance_main(project, first, [])
    for change in planned:
        yield from _land_change(project, change)


def _land_change(project: Project, change: PlannedChange) -> Generator[bytes | int, str, None]:
    path, steps = _contents(project, change)
    credit, subjects = _credit(project, change), _subjects(project, change, len(steps))
    last = len(steps) - 1
    merger = person_signature(int(project.rng.integers(project.plan.people)))
    branch = _fork_point(project, change, path) if change.landing == "merge" else project.main_line[-1]
    for k, lines in enumerate(steps):
        trailers, subject = credit.trailers, subjects[k]
        committer, when = credit.name, change.landed_at - (last - k) * 180
        if change.landing == "squash":
            title, *body = subject.split("\n", 1)
            committer, when = _WEB_COMMITTER, change.landed_at
            subject = "\n".join([f"{title} (#{change.number})", *body])
        elif change.landing == "rebase":
            committer, when = merger, change.landed_at
        elif change.landing == "merge":
            when = change.landed_at - (last - k + 1) * 600
        yield _commit(project, branch, [], credit.name, committer, when, f"{subject}\n\n{trailers}", {path: lines})
        branch = project.last_mark
    if change.landing == "merge":
        message = f"Merge pull request #{change.number} from p{change.person:03}/branch-{change.number}\n"
        merged = {path: steps[-1]}
        yield _commit(project, project.main_line[-1], [branch], merger, merger, change.landed_at, message, merged)
    project.files[path] = steps[-1]
    project.landing_commits[change.number] = yield project.last_mark
    _advance_main(project, change.landed_at, [path])


def _advance_main(project: Project, when: int, paths: list[str]) -> None:
    project.main_line.append(project.last_mark)
    project.times.append(when)
    project.last_changed.update(dict.fromkeys(paths, len(project.main_line) - 1))


def _fork_point(project: Project, change: PlannedChange, path: str) -> int:
    """Return the commit where the branch left the main line: up to three days ago, after the file last changed."""
    when = change.landed_at - int(project.rng.integers(SECONDS_PER_DAY // 4, 3 * SECONDS_PER_DAY))
    since = max(bisect_right(project.times, when) - 1, project.last_changed.get(path, 0))
    return project.main_line[since]


@dataclass(frozen=True, slots=True)
class _Credit:
    name: str
    trailers: str


def _credit(project: Project, change: PlannedChange) -> _Credit:
    """Return author and trailers of a change's commits; a few have the agent as author and the person as co-author."""
    signature = person_signature(change.person)
    draws = float(project.rng.random()), float(project.rng.random())
    if not change.marked:
        return _Credit(signature, "")
    if draws[0] < _AGENT_AUTHOR_RATE:
        return _Credit(_AGENT, f"Co-authored-by: {signature}\n")
    return _Credit(signature, next(mark for threshold, mark in _TRAILERS if draws[1] < threshold) + "\n")


def _subjects(project: Project, change: PlannedChange, steps: int) -> list[str]:
    if change.reverted_change is not None:
        reverted = change.reverted_change.number
        return [f'Revert "Work on part {reverted}"\n\nThis reverts commit {project.landing_commits[reverted]}.']
    return [f"Work on part {change.number}" + (f", step {k + 1}" if steps > 1 else "") for k in range(steps)]


def _contents(project: Project, change: PlannedChange) -> tuple[str, list[list[str]]]:
    """Return the path, and the lines of the file after each commit: new lines at the end, some old lines removed."""
    reverted = change.reverted_change
    if reverted is not None:
        path, added_lines, removed_lines = project.added[reverted.number]
        remaining = [line for line in project.files[path] if line not in set(added_lines)]
        return path, [remaining + removed_lines]
    path = f"src/p{change.person:03}/part{int(project.rng.integers(_FILES_PER_PERSON))}.py"
    old = project.files.get(path, [])
    dropped = set(project.rng.choice(len(old), size=min(len(old), change.lines // 4), replace=False)) if old else set()
    removed_lines = [line for k, line in enumerate(old) if k in dropped]
    added_lines = [f"value_{change.number}_{k} = {k}" for k in range(change.lines)]
    remaining = [line for k, line in enumerate(old) if k not in dropped]
    project.added[change.number] = (path, added_lines, removed_lines)
    pieces = 1 if change.landing == "squash" else min(change.commits, change.lines)
    cuts = [change.lines * (k + 1) // pieces for k in range(pieces)]
    return path, [remaining + added_lines[:cut] for cut in cuts]


def _commit(
    project: Project,
    parent: int | None,
    others: list[int],
    author: str,
    committer: str,
    when: int,
    message: str,
    files: dict[str, list[str]],
) -> bytes:
    project.last_mark += 1
    text = message.encode()
    header = [
        f"commit refs/heads/main\nmark :{project.last_mark}\nauthor {author} {when} +0000\n",
        f"committer {committer} {when} +0000\ndata {len(text)}\n",
    ]
    head = "".join(header).encode() + text + b"\n"
    if parent is not None:
        head += f"from :{parent}\n".encode()
    head += b"".join(f"merge :{mark}\n".encode() for mark in others)
    for path, lines in files.items():
        body = "".join(f"{line}\n" for line in lines).encode()
        head += f'M 100644 inline "{path}"\ndata {len(body)}\n'.encode() + body + b"\n"
    return head + b"\n"
