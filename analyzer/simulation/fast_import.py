"""Planned changes → a git fast-import stream with real contents: lines are added, rewritten, and taken back again.

Every line is unique, so that a replay of the history can be checked line by line. Format: git-fast-import(1).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from analyzer.simulation.project_plan import DAY

if TYPE_CHECKING:
    from collections.abc import Generator

    from analyzer.simulation.project_plan import Change, Plan

_MARKS = (
    (0.60, "Co-Authored-By: Claude <noreply@anthropic.com>"),
    (0.85, "Co-authored-by: Copilot <198982749+Copilot@users.noreply.github.com>"),
    (1.00, "Co-authored-by: Cursor <cursoragent@cursor.com>"),
)
_AGENT = "Claude <noreply@anthropic.com>"
_AGENT_AUTHORS = 0.1
_WEB = "GitHub <noreply@github.com>"
_FILES_PER_PERSON = 5


@dataclass(slots=True)
class Project:
    """The state of the main line while changes land; `landed` maps a change's number to its landing commit."""

    plan: Plan
    rng: np.random.Generator
    files: dict[str, list[str]] = field(default_factory=dict)
    main: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    touched: dict[str, int] = field(default_factory=dict)
    added: dict[int, tuple[str, list[str], list[str]]] = field(default_factory=dict)
    landed: dict[int, str] = field(default_factory=dict)
    marks: int = 0


def person(number: int) -> str:
    """Name and address of a simulated person."""
    return f"Person {number:03} <p{number:03}@example.org>"


def stream(plan: Plan, planned: list[Change], landed: dict[int, str]) -> Generator[bytes | int, str, None]:
    """The whole stream, chunk by chunk, asking for ids by mark; fills `landed`: change number → its landing commit."""
    project = Project(plan, np.random.default_rng([plan.seed, 3]), landed=landed)
    first = min((change.landed for change in planned), default=DAY) - DAY
    yield _commit(project, None, [], person(0), person(0), first, "Begin\n", {"README.md": ["# Simulated"]})
    _advance(project, first, [])
    for change in planned:
        yield from _land(project, change)


def _land(project: Project, change: Change) -> Generator[bytes | int, str, None]:
    path, steps = _contents(project, change)
    author, subjects = _authors(project, change), _subjects(project, change, len(steps))
    last = len(steps) - 1
    merger = person(int(project.rng.integers(project.plan.people)))
    branch = _fork(project, change, path) if change.landing == "merge" else project.main[-1]
    for k, lines in enumerate(steps):
        told, subject = author.trailers, subjects[k]
        committer, when = author.name, change.landed - (last - k) * 180
        if change.landing == "squash":
            title, *body = subject.split("\n", 1)
            committer, when = _WEB, change.landed
            subject = "\n".join([f"{title} (#{change.number})", *body])
        elif change.landing == "rebase":
            committer, when = merger, change.landed
        elif change.landing == "merge":
            when = change.landed - (last - k + 1) * 600
        yield _commit(project, branch, [], author.name, committer, when, f"{subject}\n\n{told}", {path: lines})
        branch = project.marks
    if change.landing == "merge":
        message = f"Merge pull request #{change.number} from p{change.author:03}/branch-{change.number}\n"
        merged = {path: steps[-1]}
        yield _commit(project, project.main[-1], [branch], merger, merger, change.landed, message, merged)
    project.files[path] = steps[-1]
    project.landed[change.number] = yield project.marks
    _advance(project, change.landed, [path])


def _advance(project: Project, when: int, paths: list[str]) -> None:
    project.main.append(project.marks)
    project.times.append(when)
    project.touched.update(dict.fromkeys(paths, len(project.main) - 1))


def _fork(project: Project, change: Change, path: str) -> int:
    """Where the branch left the main line: up to three days ago, but not before the file last changed."""
    when = change.landed - int(project.rng.integers(DAY // 4, 3 * DAY))
    since = max(bisect_right(project.times, when) - 1, project.touched.get(path, 0))
    return project.main[since]


@dataclass(frozen=True, slots=True)
class _Authors:
    name: str
    trailers: str


def _authors(project: Project, change: Change) -> _Authors:
    """Author and trailers of a change's commits; some are the agent's own, with the person as co-author."""
    own = person(change.author)
    drawn = float(project.rng.random()), float(project.rng.random())
    if not change.declared:
        return _Authors(own, "")
    if drawn[0] < _AGENT_AUTHORS:
        return _Authors(_AGENT, f"Co-authored-by: {own}\n")
    return _Authors(own, next(mark for upto, mark in _MARKS if drawn[1] < upto) + "\n")


def _subjects(project: Project, change: Change, steps: int) -> list[str]:
    if change.takes_back is not None:
        gone = change.takes_back.number
        return [f'Revert "Work on part {gone}"\n\nThis reverts commit {project.landed[gone]}.']
    return [f"Work on part {change.number}" + (f", step {k + 1}" if steps > 1 else "") for k in range(steps)]


def _contents(project: Project, change: Change) -> tuple[str, list[list[str]]]:
    """Path, and the file after each commit: new lines at the end, some of the old ones rewritten."""
    back = change.takes_back
    if back is not None:
        path, gained, lost = project.added[back.number]
        kept = [line for line in project.files[path] if line not in set(gained)]
        return path, [kept + lost]
    path = f"src/p{change.author:03}/part{int(project.rng.integers(_FILES_PER_PERSON))}.py"
    old = project.files.get(path, [])
    drop = set(project.rng.choice(len(old), size=min(len(old), change.lines // 4), replace=False)) if old else set()
    lost = [line for k, line in enumerate(old) if k in drop]
    gained = [f"value_{change.number}_{k} = {k}" for k in range(change.lines)]
    kept = [line for k, line in enumerate(old) if k not in drop]
    project.added[change.number] = (path, gained, lost)
    pieces = 1 if change.landing == "squash" else min(change.commits, change.lines)
    cuts = [change.lines * (k + 1) // pieces for k in range(pieces)]
    return path, [kept + gained[:cut] for cut in cuts]


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
    project.marks += 1
    text = message.encode()
    parts = [
        f"commit refs/heads/main\nmark :{project.marks}\nauthor {author} {when} +0000\n",
        f"committer {committer} {when} +0000\ndata {len(text)}\n",
    ]
    head = "".join(parts).encode() + text + b"\n"
    if parent is not None:
        head += f"from :{parent}\n".encode()
    head += b"".join(f"merge :{mark}\n".encode() for mark in others)
    for path, lines in files.items():
        body = "".join(f"{line}\n" for line in lines).encode()
        head += f'M 100644 inline "{path}"\ndata {len(body)}\n'.encode() + body + b"\n"
    return head + b"\n"
