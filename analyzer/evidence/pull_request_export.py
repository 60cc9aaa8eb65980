"""Parse an export of merged pull requests, to find AI marks of their own commits that a squash lost.

Each line of the export is a node of GitHub's GraphQL connection `pullRequests`, as the query in docs/schedule.md prints
it: https://docs.github.com/en/graphql/reference/objects#pullrequest
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.evidence.labels import find_matches
from analyzer.evidence.signal import CommitText
from analyzer.evidence.strongest import strongest_claim
from analyzer.history.authors import is_automation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.config import Rule


class _ExportedPerson(Struct, frozen=True):
    name: str | None = None
    email: str | None = None


class _ExportedCommit(Struct, frozen=True):
    message: str
    author: _ExportedPerson | None = None


class _CommitNode(Struct, frozen=True):
    commit: _ExportedCommit


class _CommitConnection(Struct, frozen=True, rename="camel"):
    nodes: list[_CommitNode]
    total_count: int


class _MergeCommit(Struct, frozen=True):
    oid: str


class _ExportedPullRequest(Struct, frozen=True, rename="camel"):
    number: int
    merge_commit: _MergeCommit | None
    commits: _CommitConnection


@dataclass(frozen=True, slots=True)
class PullRequestExport:
    """The marks in an export.

    marked_shares : marked share of a pull request's own commits, by the commit that merged it; None if a bot wrote all.
    truncated : number of pull requests whose commits the export holds only in part.
    """

    marked_shares: dict[str, float | None]
    truncated: int


def parse_export(text: bytes, rules: Sequence[Rule] = ()) -> PullRequestExport:
    """Parse an export; raises `UsageError("bad-pulls")` naming the first line that is not a pull request."""
    marked_shares: dict[str, float | None] = {}
    truncated = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            pull = msgspec.json.decode(line, type=_ExportedPullRequest)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as reason:
            raise UsageError(
                "bad-pulls",
                f"Line {number} is no pull request: {plain(str(reason), 120)}.",
                "One JSON object a line, as the query of docs/schedule.md prints it.",
            ) from None
        if pull.merge_commit is not None:
            marked_shares[pull.merge_commit.oid] = _marked_share(pull, rules)
            truncated += pull.commits.total_count > len(pull.commits.nodes)
    return PullRequestExport(marked_shares, truncated)


def _marked_share(pull: _ExportedPullRequest, rules: Sequence[Rule]) -> float | None:
    """Return the marked share of a pull request's commits, without those of maintenance bots."""
    marked = []
    for node in pull.commits.nodes:
        author = node.commit.author or _ExportedPerson()
        name, address = author.name or "", author.email or ""
        claim = strongest_claim(find_matches(CommitText(name, address, node.commit.message), rules))
        if claim.marked or not is_automation(name, address):
            marked.append(claim.marked)
    return sum(marked) / len(marked) if marked else None
