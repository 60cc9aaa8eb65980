"""git log → commits, from one streamed process.

Record formats are git's own (git-log(1), "PRETTY FORMATS"). Header fields are
newline-separated because a name may hold any other byte; the message comes last and ends at NUL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyzer.history.git import Git

_FIELDS = ("%H", "%P", "%an", "%ae", "%aN", "%aE", "%cN", "%cE", "%at", "%ct")
_WALK = ("--topo-order", "--reverse", "--no-show-signature", "--no-notes", "--no-color", "--encoding=UTF-8")
# datetime64[s] would take far more, but a year past 9999 is no ISO date and one before git's epoch no commit's.
_DIGITS = 12
_OLDEST_SECOND, _NEWEST_SECOND = 0, 253_402_300_799

Tick = "Callable[[int], None]"


def decoded(raw: bytes) -> str:
    """Text from git: UTF-8, and bytes that are not as `\\xNN`, so that two different names stay different."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace")


def count(git: Git, head: str) -> int:
    """Number of commits reachable from `head`."""
    said = git.ask("rev-list", "--count", "--end-of-options", head, "--")
    return int(said) if said else 0


def commits(git: Git, head: str, tick: Callable[[int], None]) -> pd.DataFrame:
    """Table `commits` of everything reachable from `head`; `tick` hears how many were read."""
    rows = []
    for token in _records(git, head):
        rows.append(_commit(token))
        if len(rows) % 500 == 0:
            tick(len(rows))
    tick(len(rows))
    return tables.COMMITS.frame(rows)


def skeleton(git: Git, head: str) -> pd.DataFrame:
    """Columns sha, parents, committed of the table `commits`, without what people wrote: less to read and to hold."""
    walk = ("log", *_WALK, "--format=%H%x00%P%x00%ct%x00", "--end-of-options", head, "--")
    tokens = [token.lstrip(b"\n").decode("ascii") for token in git.stream(*walk)]
    count = len(tokens) // 3
    seconds = pd.to_numeric(pd.Series(tokens[2::3], dtype="str"), errors="coerce")
    placed = seconds.where((seconds > _OLDEST_SECOND) & (seconds <= _NEWEST_SECOND))
    dates = pd.to_datetime(placed, unit="s", utc=True).dt.as_unit("s")
    return pd.DataFrame({"sha": tokens[: 3 * count : 3], "parents": tokens[1::3], "committed": dates})


def single(git: Git, head: str) -> pd.DataFrame:
    """Table `commits` of one commit alone, its parents named but not read."""
    return tables.COMMITS.frame([_commit(token) for token in _records(git, head, "--max-count=1")])


def _records(git: Git, head: str, *options: str) -> Iterator[bytes]:
    arguments = (
        "log",
        "-z",
        *_WALK,
        *options,
        "--format=" + "%n".join((*_FIELDS, "%B")),
        "--end-of-options",
        head,
        "--",
    )
    return git.stream(*arguments, settings=(f"mailmap.blob={head}:.mailmap", "mailmap.file=/dev/null"))


def _commit(token: bytes) -> tuple[object, ...]:
    *text, authored, committed, message = decoded(token).split("\n", len(_FIELDS))
    return (*text, _instant(authored), _instant(committed), message.rstrip("\n"))


def _instant(seconds: str) -> np.datetime64 | None:
    if not seconds.isdecimal() or len(seconds) > _DIGITS or not _OLDEST_SECOND < int(seconds) <= _NEWEST_SECOND:
        return None
    return np.datetime64(int(seconds), "s")
