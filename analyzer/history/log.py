"""git log → commits and raw changes, each from one streamed process.

Record formats are git's own (git-log(1), "RAW OUTPUT FORMAT" and "--numstat -z"). Header fields are
newline-separated because a name may hold any other byte; the message comes last and ends at NUL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analyzer import tables
from analyzer.history.git import DIFF_OPTIONS, RENAMES

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
    dates = pd.Series([_instant(seconds) for seconds in tokens[2::3]], dtype=tables.DTYPES["time"])
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
    *header, message = token.split(b"\n", len(_FIELDS))
    text = [decoded(field) for field in header]
    return (*text[:8], _instant(text[8]), _instant(text[9]), decoded(message).rstrip("\n"))


def _instant(seconds: str) -> pd.Timestamp | None:
    if not seconds.isdigit() or len(seconds) > _DIGITS or not _OLDEST_SECOND < int(seconds) <= _NEWEST_SECOND:
        return None
    return pd.Timestamp(int(seconds), unit="s", tz="UTC")


@dataclass(slots=True)
class Change:
    """One file of one commit before it has a class; `added` is None for binary files and links."""

    sha: str
    path: str
    raw_path: bytes
    old_path: str
    status: str
    link: bool
    binary: bool = False
    added: int | None = None
    deleted: int | None = None


def changes(git: Git, head: str, tick: Callable[[int], None]) -> Iterator[Change]:
    """Every file changed by every non-merge commit, oldest commit first.

    Merges are left out on both sides of every fraction: their own lines (conflict resolutions) are
    0.1–1.5 % of a history, and git prints no single numstat for them.
    """
    arguments = (
        "log",
        "-z",
        *_WALK,
        "--no-merges",
        "--raw",
        "--numstat",
        *DIFF_OPTIONS,
        RENAMES,
        "--format=%x01%H",
        "--end-of-options",
        head,
        "--",
    )
    tokens = iter(git.stream(*arguments))
    pending: dict[str, Change] = {}
    sha, seen = "", 0
    for token in tokens:
        if token.startswith(b"\x01"):
            yield from pending.values()
            sha, pending, seen = token[1:].decode("ascii"), {}, seen + 1
            if seen % 500 == 0:
                tick(seen)
        elif token.lstrip(b"\n").startswith(b":"):
            change = _raw(sha, token.lstrip(b"\n"), tokens)
            pending[change.path] = change
        elif token.strip(b"\n"):
            _numstat(token.lstrip(b"\n"), tokens, pending)
    yield from pending.values()


def _raw(sha: str, token: bytes, tokens: Iterator[bytes]) -> Change:
    old_mode, new_mode, _, _, status = token[1:].split(b" ")
    old_path = next(tokens)
    path = next(tokens) if status[:1] in b"RC" else old_path
    links = (b"120000", b"160000")
    link = new_mode in links or (old_mode in links and status == b"D")
    return Change(sha, decoded(path), path, decoded(old_path), status[:1].decode("ascii"), link=link)


def _numstat(token: bytes, tokens: Iterator[bytes], pending: dict[str, Change]) -> None:
    added, deleted, name = token.split(b"\t", 2)
    if not name:
        next(tokens)
        name = next(tokens)
    change = pending.get(decoded(name))
    if change is None or change.link:
        return
    if added == b"-":
        change.binary = True
    else:
        # A type change (file ↔ link) has two numstat rows for one path.
        change.added = (change.added or 0) + int(added)
        change.deleted = (change.deleted or 0) + int(deleted)
