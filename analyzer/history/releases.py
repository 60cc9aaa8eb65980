"""Find the first release that contains each commit.

A release is a tag whose name contains a version (1.2, v1.2.3, rel_1_2). Its date is the tag's own, or its commit's if
the tag has none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core import tables
from analyzer.core.rows import commit_dates

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.history.git import Git

_VERSION = re.compile(r"\d[._]\d")
# A tag can point at an object of any size; we read only small ones.
_SMALL_OBJECT = re.compile(rb"[0-9a-f]{40,64} (?:tag|commit) \d{1,6}")
_OBJECT_HEADER = re.compile(rb"([0-9a-f]{40,64}) (tag|commit) (\d{1,6})\n")
_TAGGED_COMMIT = re.compile(rb"object ([0-9a-f]{40,64})\ntype commit\n")
_DATE = re.compile(rb"^(tagger|committer) [^\n]*> (\d{1,10}) [+-]\d{4}$", re.MULTILINE)


def first_releases(git: Git, commits: pd.DataFrame, tags: Sequence[tuple[str, str]]) -> pd.Series | None:
    """Return the date (UTC) of the first release that contains each commit, by commit id; None without a release.

    Parameters
    ----------
    git : the repository.
    commits : columns sha, parents and committed of table `commits`; commits in no release are left out of the answer.
    tags : (name, object id) of each tag.
    """
    parents_by_commit = {sha: parent_ids.split() for sha, parent_ids in tables.iter_rows(commits, "sha", "parents")}
    dates = commit_dates(commits).dropna()
    commit_times = dict(zip(dates.index, dates.astype("int64"), strict=True))
    first_release: dict[str, int] = {}
    releases = sorted(_releases(git, tags, commit_times))
    graph = parents_by_commit | _parents_outside(
        git, {tip for _, tip in releases if tip not in parents_by_commit}, next(reversed(parents_by_commit), "")
    )
    for day, tip in releases:
        pending = [tip] if tip in graph and tip not in first_release else []
        first_release.update(dict.fromkeys(pending, day))
        while pending:
            unvisited = [parent for parent in graph[pending.pop()] if parent not in first_release and parent in graph]
            first_release.update(dict.fromkeys(unvisited, day))
            pending.extend(unvisited)
    reached = {sha: day for sha, day in first_release.items() if sha in parents_by_commit}
    return pd.to_datetime(pd.Series(reached), unit="s", utc=True) if reached else None


def _parents_outside(git: Git, tips: set[str], head: str) -> dict[str, list[str]]:
    """Return the parents of commits that are in a release but not in `head`, as on a release branch."""
    stdin = "".join(f"{tip}\n" for tip in sorted(tips)) + f"^{head}\n"
    stdout = git.run("rev-list", "--parents", "--stdin", stdin=stdin.encode()) if tips else None
    lines = (line.split() for line in (stdout or b"").decode().splitlines())
    return {fields[0]: fields[1:] for fields in lines}


def _releases(git: Git, tags: Sequence[tuple[str, str]], commit_times: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Yield (Unix time, commit id) of each tag that names a version; skip tags without a date or of other objects."""
    objects = [id_ for name, id_ in tags if _VERSION.search(name)]
    yield from ((commit_times[id_], id_) for id_ in objects if id_ in commit_times)
    others = "".join(f"{id_}\n" for id_ in objects if id_ not in commit_times).encode()
    headers = ((git.run("cat-file", "--batch-check", stdin=others) if others else None) or b"").splitlines()
    small_objects = b"".join(row.split()[0] + b"\n" for row in headers if _SMALL_OBJECT.fullmatch(row))
    contents = (git.run("cat-file", "--batch", stdin=small_objects) if small_objects else None) or b""
    for id_, kind, header in _headers(contents):
        tagged, date = _TAGGED_COMMIT.match(header), _DATE.search(header)
        if date is not None and (kind == b"commit" or tagged is not None):
            yield int(date[2]), (id_ if tagged is None else tagged[1]).decode()


def _headers(contents: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield (id, kind, header) of the objects that `cat-file --batch` printed.

    Objects are skipped by their size, because a message may look like a header.
    """
    position = 0
    while (match := _OBJECT_HEADER.match(contents, position)) is not None:
        position = match.end() + int(match[3]) + 1
        yield match[1], match[2], contents[match.end() : position - 1].partition(b"\n\n")[0]
