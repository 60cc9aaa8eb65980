"""Tags → when each commit was first in a release.

A release is a tag whose name has a version in it (1.2, v1.2.3, rel_1_2); its day is the tag's own, else its commit's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.history.git import Git

_VERSION = re.compile(r"\d[._]\d")
# A tag may name contents of any size.
_SMALL = re.compile(rb"[0-9a-f]{40,64} (?:tag|commit) \d{1,6}")
_OBJECT = re.compile(rb"([0-9a-f]{40,64}) (tag|commit) (\d{1,6})\n")
_TAGGED = re.compile(rb"object ([0-9a-f]{40,64})\ntype commit\n")
_DAY = re.compile(rb"^(tagger|committer) [^\n]*> (\d{1,10}) [+-]\d{4}$", re.MULTILINE)


def released(git: Git, commits: pd.DataFrame, tags: Sequence[tuple[str, str]]) -> pd.Series | None:
    """First release day (UTC) by commit id, of commits that any release holds; None without a release.

    `commits`: columns sha, parents and committed of the table. `tags`: names and object ids.
    """
    known = {sha: own.split() for sha, own in tables.walk(commits, "sha", "parents")}
    dates = commits.set_index("sha")["committed"].dropna()
    seconds = dict(zip(dates.index, dates.astype("int64"), strict=True))
    days: dict[str, int] = {}
    releases = sorted(_releases(git, tags, seconds))
    parents = known | _aside(git, {tip for _, tip in releases if tip not in known}, next(reversed(known), ""))
    for day, tip in releases:
        todo = [tip] if tip in parents and tip not in days else []
        days.update(dict.fromkeys(todo, day))
        while todo:
            fresh = [parent for parent in parents[todo.pop()] if parent not in days and parent in parents]
            days.update(dict.fromkeys(fresh, day))
            todo.extend(fresh)
    held = {sha: day for sha, day in days.items() if sha in known}
    return pd.to_datetime(pd.Series(held), unit="s", utc=True) if held else None


def _aside(git: Git, tips: set[str], head: str) -> dict[str, list[str]]:
    """Parents of the commits that releases hold and `head` does not: a release branch leads back to the mainline."""
    asked = "".join(f"{tip}\n" for tip in sorted(tips)) + f"^{head}\n"
    said = git.ask("rev-list", "--parents", "--stdin", stdin=asked.encode()) if tips else None
    rows = (line.split() for line in (said or b"").decode().splitlines())
    return {row[0]: row[1:] for row in rows}


def _releases(git: Git, tags: Sequence[tuple[str, str]], seconds: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Day (Unix time) and commit of each tag that names a version; tags of other things, or of no time, are none."""
    objects = [id_ for name, id_ in tags if _VERSION.search(name)]
    yield from ((seconds[id_], id_) for id_ in objects if id_ in seconds)
    others = "".join(f"{id_}\n" for id_ in objects if id_ not in seconds).encode()
    sized = ((git.ask("cat-file", "--batch-check", stdin=others) if others else None) or b"").splitlines()
    told = b"".join(row.split()[0] + b"\n" for row in sized if _SMALL.fullmatch(row))
    said = (git.ask("cat-file", "--batch", stdin=told) if told else None) or b""
    for id_, kind, header in _headers(said):
        tagged, day = _TAGGED.match(header), _DAY.search(header)
        if day is not None and (kind == b"commit" or tagged is not None):
            yield int(day[2]), (id_ if tagged is None else tagged[1]).decode()


def _headers(said: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Id, kind and header of the objects that `cat-file --batch` printed; a message may look like any of it."""
    at = 0
    while (found := _OBJECT.match(said, at)) is not None:
        at = found.end() + int(found[3]) + 1
        yield found[1], found[2], said[found.end() : at - 1].partition(b"\n\n")[0]
