"""An export of merged pull requests → what their own commits declare, which a squash may have lost.

A line is a node of GitHub's GraphQL connection `pullRequests`, as the query of docs/schedule.md prints it:
https://docs.github.com/en/graphql/reference/objects#pullrequest
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.evidence.labels import traces
from analyzer.evidence.signal import CommitText
from analyzer.evidence.strongest import concluded
from analyzer.history.authors import is_automation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.config import Rule


class _Named(Struct, frozen=True):
    name: str | None = None
    email: str | None = None


class _Commit(Struct, frozen=True):
    message: str
    author: _Named | None = None


class _Node(Struct, frozen=True):
    commit: _Commit


class _Connection(Struct, frozen=True, rename="camel"):
    nodes: list[_Node]
    total_count: int


class _Landed(Struct, frozen=True):
    oid: str


class _Pull(Struct, frozen=True, rename="camel"):
    number: int
    merge_commit: _Landed | None
    commits: _Connection


@dataclass(frozen=True, slots=True)
class Pulls:
    """Commit that landed a pull request → declared part of its own commits; None where all are a bot's.

    `cut`: pull requests of which the export holds only the first commits.
    """

    parts: dict[str, float | None]
    cut: int


def pulls(text: bytes, rules: Sequence[Rule] = ()) -> Pulls:
    """What an export says. Raises `UsageError("bad-pulls")` naming the first line that is no pull request."""
    parts: dict[str, float | None] = {}
    cut = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            pull = msgspec.json.decode(line, type=_Pull)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as reason:
            raise UsageError(
                "bad-pulls",
                f"Line {number} is no pull request: {plain(str(reason), 120)}.",
                "One JSON object a line, as the query of docs/schedule.md prints it.",
            ) from None
        if pull.merge_commit is not None:
            parts[pull.merge_commit.oid] = _part(pull, rules)
            cut += pull.commits.total_count > len(pull.commits.nodes)
    return Pulls(parts, cut)


def _part(pull: _Pull, rules: Sequence[Rule]) -> float | None:
    """Of the commits that no maintenance bot wrote those that are marked."""
    marked = []
    for node in pull.commits.nodes:
        author = node.commit.author or _Named()
        name, address = author.name or "", author.email or ""
        said = concluded(traces(CommitText(name, address, node.commit.message), rules))
        if said.counted or not is_automation(name, address):
            marked.append(said.counted)
    return sum(marked) / len(marked) if marked else None
