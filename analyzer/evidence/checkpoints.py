"""Checkpoints of Entire (branch `entire/checkpoints/v1`) → how many of a commit's lines its recorder gave to an agent.

Source: entireio/cli, `cmd/entire/cli/checkpoint/checkpoint.go` (`InitialAttribution`): a checkpoint `0123456789ab` is
the folder `01/23456789ab/` with one `<session>/metadata.json` a session. A commit names it in `Entire-Checkpoint:`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.core import tables
from analyzer.evidence.agents import by_name
from analyzer.evidence.message import trailers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from analyzer.history.git import Git
    from analyzer.history.repository import Repository

_ID = re.compile(r"[0-9a-f]{12}\Z")
_RECORD = re.compile(rb"([0-9a-f]{2})/([0-9a-f]{10})/\d{1,6}/metadata\.json\Z")
# A session's metadata are a few kilobytes, and no commit has more lines than a nine-digit number.
_LARGEST, _MOST_LINES = 1_000_000, 999_999_999


@dataclass(frozen=True, slots=True)
class Counted:
    """Lines that a commit added (`lines`), and of these an agent's, as the recorder counted at commit time."""

    agent_lines: int
    lines: int
    tool: str | None


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Table `checkpoints`, and what was counted and not used.

    `shared`: commits whose checkpoint other commits name too; `uncounted`: whose checkpoint has no count here.
    """

    counts: pd.DataFrame
    shared: int
    uncounted: int


def checkpoints(repository: Repository, commits: pd.DataFrame) -> Checkpoints | None:
    """Read the store for the non-merge commits that name a checkpoint; None without store or without such commits."""
    if repository.checkpoints is None:
        return None
    own = commits[~commits["parents"].str.contains(" ", regex=False)]
    named = named_checkpoints(own)
    if not named:
        return None
    uses = Counter(one for ids in named.values() for one in ids)
    alone = {sha: ids for sha, ids in named.items() if all(uses[one] == 1 for one in ids)}
    known = read_checkpoints(repository.git, repository.checkpoints, (one for ids in alone.values() for one in ids))
    rows = [(sha, *_summed([known[one] for one in ids])) for sha, ids in alone.items() if known.keys() >= set(ids)]
    return Checkpoints(tables.CHECKPOINTS.frame(rows), len(named) - len(alone), len(alone) - len(rows))


def named_checkpoints(commits: pd.DataFrame) -> dict[str, list[str]]:
    """Commit → checkpoints that its message names, where it names any."""
    pairs = zip(commits["sha"], commits["message"], strict=True)
    return {sha: ids for sha, text in pairs if (ids := _named(text))}


def _named(message: str) -> list[str]:
    """Checkpoints that a message names, each once."""
    if "ntire-" not in message:
        return []
    return list(dict.fromkeys(t.name for t in trailers(message) if t.key == "entirecheckpoint" and _ID.match(t.name)))


def _summed(found: list[Counted]) -> tuple[int, int, str | None]:
    """A squash names several checkpoints: their counts are added."""
    tools = sorted({one.tool for one in found if one.tool and one.agent_lines})
    return sum(one.agent_lines for one in found), sum(one.lines for one in found), " ".join(tools) or None


def read_checkpoints(git: Git, tree: str, ids: Iterable[str]) -> dict[str, Counted]:
    """Counts of those of `ids` that the store counts; raises `NoShareError` where git fails half-way.

    Sessions of one checkpoint repeat its count: the one that counted most lines speaks.
    """
    wanted = {f"{one[:2]}/{one[2:]}".encode(): one for one in ids}
    found: dict[str, Counted] = {}
    with git.dialogue("cat-file", "--batch") as asked:
        for folder, blob in _records(git, tree):
            if folder in wanted:
                counted = parsed(asked.sized(blob) or b"")
                known = found.get(wanted[folder])
                if counted and (
                    known is None or (counted.lines, counted.agent_lines) > (known.lines, known.agent_lines)
                ):
                    found[wanted[folder]] = counted
    return found


def _records(git: Git, tree: str) -> Iterator[tuple[bytes, bytes]]:
    """Folder of the checkpoint and blob id of every session's record."""
    for entry in git.entries(tree):
        facts, _, path = entry.partition(b"\t")
        if match := _RECORD.match(path):
            yield b"/".join(match.groups()), facts.split(b" ")[2]


def parsed(contents: bytes) -> Counted | None:
    """Read one session's record; None where it counts nothing, or is no such record."""
    if len(contents) > _LARGEST:
        return None
    try:
        data = msgspec.json.decode(contents)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    said = data.get("initial_attribution") if isinstance(data, dict) else None
    if not isinstance(said, dict):
        return None
    agent, total = _lines(said.get("agent_lines")), _lines(said.get("total_committed"))
    if agent is None or not total or agent > total:
        return None  # nothing was added, or the record contradicts itself
    tool = by_name(str(data.get("agent") or ""))
    return Counted(agent, total, tool.tool if tool else None)


def _lines(value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value <= _MOST_LINES else None
