"""Read table `commits` from one streamed `git log`.

Record formats are git's own (git-log(1), "PRETTY FORMATS"). Header fields are separated by newlines, because a name
may contain any other byte; the message comes last and ends at NUL.
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
_LOG_OPTIONS = ("--topo-order", "--reverse", "--no-show-signature", "--no-notes", "--no-color", "--encoding=UTF-8")
# datetime64[s] has a larger range, but a year after 9999 is not an ISO date, and no commit is older than git's epoch.
_MAX_DIGITS = 12
_OLDEST_SECOND, _NEWEST_SECOND = 0, 253_402_300_799

Tick = "Callable[[int], None]"


def decode_text(raw: bytes) -> str:
    """Decode text from git as UTF-8; invalid bytes become `\\xNN`, so that different names stay different."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace")


def read_commits(
    git: Git, head: str, progress: Callable[[int], None], *, mailmap_commit: str | None = None
) -> pd.DataFrame:
    """Return table `commits` for everything reachable from `head`.

    Parameters
    ----------
    progress : receives the number of commits read so far.
    mailmap_commit : id of the commit whose .mailmap applies; "" for none, None for that of `head`.
    """
    rows = []
    for record in _records(git, head, mailmap_commit):
        rows.append(_parse_commit(record))
        if len(rows) % 500 == 0:
            progress(len(rows))
    progress(len(rows))
    return tables.COMMITS.frame(rows)


def read_commit_graph(git: Git, head: str) -> pd.DataFrame:
    """Return columns sha, parents and committed of table `commits` only: less to read and to hold than with texts."""
    arguments = ("log", *_LOG_OPTIONS, "--format=%H%x00%P%x00%ct%x00", "--end-of-options", head, "--")
    tokens = [token.lstrip(b"\n").decode("ascii") for token in git.stream(*arguments)]
    count = len(tokens) // 3
    seconds = pd.to_numeric(pd.Series(tokens[2::3], dtype="str"), errors="coerce")
    valid = seconds.where((seconds > _OLDEST_SECOND) & (seconds <= _NEWEST_SECOND))
    dates = pd.to_datetime(valid, unit="s", utc=True).dt.as_unit("s")
    return pd.DataFrame({"sha": tokens[: 3 * count : 3], "parents": tokens[1::3], "committed": dates})


def read_commit(git: Git, head: str) -> pd.DataFrame:
    """Return table `commits` for a single commit; its parents are named but not read."""
    return tables.COMMITS.frame([_parse_commit(record) for record in _records(git, head, None, "--max-count=1")])


def _records(git: Git, head: str, mailmap_commit: str | None = None, *options: str) -> Iterator[bytes]:
    arguments = (
        "log",
        "-z",
        *_LOG_OPTIONS,
        *options,
        "--format=" + "%n".join((*_FIELDS, "%B")),
        "--end-of-options",
        head,
        "--",
    )
    commit = head if mailmap_commit is None else mailmap_commit
    blob = f"{commit}:.mailmap" if commit else ""
    return git.stream(*arguments, settings=(f"mailmap.blob={blob}", "mailmap.file=/dev/null"))


def _parse_commit(record: bytes) -> tuple[object, ...]:
    *text, authored, committed, message = decode_text(record).split("\n", len(_FIELDS))
    return (*text, _parse_time(authored), _parse_time(committed), message.rstrip("\n"))


def _parse_time(seconds: str) -> np.datetime64 | None:
    if not seconds.isdecimal() or len(seconds) > _MAX_DIGITS or not _OLDEST_SECOND < int(seconds) <= _NEWEST_SECOND:
        return None
    return np.datetime64(int(seconds), "s")
