"""commits → landings: which commits came in together as one merged change.

The unit rule (docs/method.md, "Merged changes"), one for the whole history:

1. a merge on the mainline brings in one change: all non-merge commits it makes reachable;
2. unless the merged side itself holds landed changes (pull requests, web squashes), or is the same
   branch pulled or a long-lived one: then it is an *integration*, and its side is read like a mainline;
3. a mainline commit whose subject ends in a pull-request number is a squash: one change;
4. consecutive mainline commits of one author that one committer wrote within 5 seconds are a rebased pull request
   (an agent's commits among them belong to it);
5. other mainline commits are work sessions: consecutive commits of one author, gaps under 30 minutes, each written
   after the one before came in; what was written earlier is another change, landed after it.

Changes whose patch came in before are put together with it in `history.picked`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analyzer.core import tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

SESSION_GAP_SECONDS = 30 * 60
REBASE_GAP_SECONDS = 5

_MERGED_NUMBER = re.compile(
    r"Merge pull request #(\d+)\b"  # GitHub, Gitea
    r"|Merged in \S+ \(pull request #(\d+)\)"  # Bitbucket
    r"|Merge (?:branch|tag) .*\n(?s:.*)^See merge request (?:\S*!)?(\d+)",  # GitLab
    re.MULTILINE,
)
_QUEUE_NUMBER = re.compile(r"(?:Auto merge of|Rollup merge of|Merge) #(\d+)\b")  # bors, homu, bulldozer
_SQUASH_NUMBER = re.compile(r"\((?:#|!|pull request #)(\d+)\)\s*\Z")
_BRANCH_MERGE = re.compile(
    r"Merge (?:remote-tracking )?(?:branch(?:es)? )?['`\"]([^'`\"]+)['`\"](?: of \S+)?(?: into ['`\"]?([^\s'`\"]+))?"
)
_LONG_LIVED = re.compile(
    r"(?:main|master|trunk|dev|devel|develop|development|stable|staging|next|maint(?:enance)?|releases?)(?:[-/].*)?|v?\d+(?:\.\d+)*(?:[.-]x|-stable|-maintenance)?"
)
WEB_COMMITTER = "noreply@github.com"


@dataclass(slots=True)
class Landing:
    """Commits that came in together; `sha` is the landing commit, `through` the mainline commit that brought it in."""

    kind: str
    sha: str
    through: str
    number: str | None
    members: list[str] = field(default_factory=list)

    @property
    def unit(self) -> str:
        """Stable name of the unit."""
        return f"pr:{self.number}" if self.number else f"{self.kind}:{self.sha[:12]}"


class Graph:
    """The commit graph in plain dictionaries, with the few facts that landing rules read."""

    def __init__(
        self,
        commits: pd.DataFrame,
        authors: Mapping[str, str],
        committers: Mapping[str, str],
        agents: frozenset[str] = frozenset(),
    ) -> None:
        """`commits` is the table of that name; `authors` and `committers` map a commit to whoever that was.

        `agents`: commits whose author is an AI agent.
        """
        columns = ("sha", "parents", "message", "committer_email")
        self.parents: dict[str, list[str]] = {}
        self.message: dict[str, str] = {}
        self.web: set[str] = set()
        for sha, parents, message, committer in tables.walk(commits, *columns):
            self.parents[sha] = [p for p in parents.split(" ") if p]
            self.message[sha] = message
            if committer.lower() == WEB_COMMITTER:
                self.web.add(sha)
        self.seconds: dict[str, int] = _seconds(commits, "committed")
        self.written: dict[str, int] = _seconds(commits, "authored")
        self.author, self.committer, self.agents = authors, committers, agents
        self.recommitted = {sha for sha in self.parents if authors[sha] != committers[sha]}
        self.order = {sha: n for n, sha in enumerate(self.parents)}

    def subject(self, sha: str) -> str:
        """First line of the message."""
        return self.message[sha].split("\n", 1)[0]

    def first_parents(self, head: str, stop: set[str]) -> list[str]:
        """First-parent chain ending at `head`, oldest first, up to commits in `stop`."""
        chain, at = [], head
        while at not in stop:
            chain.append(at)
            if not self.parents[at]:
                break
            at = self.parents[at][0]
        return chain[::-1]

    def reachable(self, tips: list[str], seen: set[str]) -> list[str]:
        """Commits reachable from `tips` and not in `seen`, oldest first."""
        found, todo = set(), [t for t in tips if t not in seen]
        while todo:
            at = todo.pop()
            if at not in found:
                found.add(at)
                todo.extend(p for p in self.parents[at] if p not in seen and p not in found)
        return sorted(found, key=self.order.__getitem__)


def merge_number(message: str) -> str | None:
    """Pull-request number that a merge commit's message names."""
    match = _MERGED_NUMBER.match(message) or _QUEUE_NUMBER.match(message)
    return next((g for g in match.groups() if g), None) if match else squash_number(message.split("\n", 1)[0])


def squash_number(subject: str) -> str | None:
    """Pull-request number that ends a subject ("Fix it (#12)")."""
    match = _SQUASH_NUMBER.search(subject)
    return match[1] if match else None


def mainline_root(commits: pd.DataFrame, head: str) -> str:
    """Id of the commit where the first-parent chain of `head` begins."""
    parents = dict(tables.walk(commits, "sha", "parents"))
    at = head
    while parents[at]:
        at = parents[at].split(" ", 1)[0]
    return at


def landings(graph: Graph, head: str) -> list[Landing]:
    """Every merged change of the history that ends at `head`, oldest first; each non-merge commit is in exactly one."""
    return _by_number(list(_Walk(graph).landings(head)), graph)


@dataclass(slots=True)
class _Branch:
    """A chain being read: the mainline, or an integrated side with the merge and the tips that are still to come."""

    chain: list[str]
    through: str | None
    position: int = 0
    session: Landing | None = None
    merge: str = ""
    tips: list[str] = field(default_factory=list)
    side: list[str] = field(default_factory=list)


class _Walk:
    """Reads chains with a stack of its own: sides nest as deep as a history likes, deeper than Python's calls."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.seen: set[str] = set()

    def landings(self, head: str) -> Iterator[Landing]:
        """Landings in the order in which they came in."""
        stack = [_Branch(self.graph.first_parents(head, self.seen), None)]
        while stack:
            branch = stack[-1]
            if branch.position < len(branch.chain):
                sha = branch.chain[branch.position]
                branch.position += 1
                if len(self.graph.parents[sha]) > 1:
                    branch.session = None
                    side = self.graph.reachable(self.graph.parents[sha][1:], self.seen)
                    self.seen.add(sha)
                    if side and _is_integration(self.graph, sha, side):
                        stack.append(
                            _Branch([], branch.through or sha, merge=sha, tips=self.graph.parents[sha][1:], side=side)
                        )
                    else:
                        yield from self._merged(sha, side, branch.through or sha)
                else:
                    yield from self._direct(branch, sha)
                    self.seen.add(sha)
            elif branch.tips:
                branch.chain, branch.position, branch.session = (
                    self.graph.first_parents(branch.tips.pop(0), self.seen),
                    0,
                    None,
                )
            else:
                stack.pop()
                rest = [sha for sha in branch.side if sha not in self.seen]
                yield from self._merged(branch.merge, rest, branch.through or branch.merge)

    def _merged(self, merge: str, side: list[str], through: str) -> Iterator[Landing]:
        """One change: the non-merge commits of a side."""
        members = [sha for sha in side if len(self.graph.parents[sha]) < 2]
        self.seen.update(side)
        if members:
            yield Landing("merge", merge, through, merge_number(self.graph.message[merge]), members)

    def _direct(self, branch: _Branch, sha: str) -> Iterator[Landing]:
        """A squash, or one more commit of a session or a rebased pull request."""
        by_way, session = branch.through or sha, branch.session
        if number := squash_number(self.graph.subject(sha)):
            branch.session = None
            yield Landing("squash", sha, by_way, number, [sha])
        elif session is not None and _continues(self.graph, session, sha):
            session.members.append(sha)
            session.sha, session.through = sha, by_way
            session.kind = "rebase" if session.kind == "rebase" else _direct_kind(self.graph, sha)
        else:
            branch.session = Landing(_direct_kind(self.graph, sha), sha, by_way, None, [sha])
            yield branch.session


def _direct_kind(graph: Graph, sha: str) -> str:
    return "rebase" if sha in graph.recommitted else "session"


def _continues(graph: Graph, session: Landing, sha: str) -> bool:
    """Whether a direct commit belongs to the landing before it: written in one stroke, or in one sitting."""
    last = session.members[-1]
    gap = abs(graph.seconds[sha] - graph.seconds[last])
    alike = graph.author[last] == graph.author[sha]
    if graph.committer[last] == graph.committer[sha] and gap <= REBASE_GAP_SECONDS:
        return alike or not graph.agents.isdisjoint((last, sha))
    own = graph.recommitted.isdisjoint((last, sha))
    after = graph.written[sha] >= graph.seconds[last] - REBASE_GAP_SECONDS
    return own and alike and after and gap < SESSION_GAP_SECONDS


def _seconds(commits: pd.DataFrame, column: str) -> dict[str, int]:
    """Unix time of each commit; what has no author date counts as written when it was committed, else 0."""
    dates = commits[column].fillna(commits["committed"])
    seconds = dates.astype("int64").where(dates.notna(), 0)
    return dict(zip(commits["sha"].to_numpy(object), seconds.tolist(), strict=True))


def _is_integration(graph: Graph, merge: str, side: list[str]) -> bool:
    """Whether the side is a branch on which changes had already landed, or the same branch pulled."""
    number, inside = merge_number(graph.message[merge]), set(side)
    landed = {n for sha in side if (n := _landed_number(graph, sha, inside))} - {number}
    return bool(landed) or (number is None and _is_long_lived(graph.subject(merge)))


def _is_long_lived(subject: str) -> bool:
    match = _BRANCH_MERGE.match(subject)
    if match is None:
        return False
    name = match[1].removeprefix("origin/").removeprefix("upstream/")
    return name == match[2] or _LONG_LIVED.fullmatch(name) is not None


def _landed_number(graph: Graph, sha: str, inside: set[str]) -> str | None:
    """Number of a change that landed on the side itself; a merge that only brings in the mainline landed nothing."""
    if len(graph.parents[sha]) > 1:
        return merge_number(graph.message[sha]) if inside.intersection(graph.parents[sha][1:]) else None
    return squash_number(graph.subject(sha)) if sha in graph.web else None


def _by_number(found: list[Landing], graph: Graph) -> list[Landing]:
    """One unit a number, title and author: a change picked onto a second branch is not a second change.

    The title matters because a history can take in another project, whose numbers start at 1 again.
    """
    kept: dict[str, Landing] = {}
    for landing in found:
        first = kept.get(landing.unit)
        if first is None:
            kept[landing.unit] = landing
        elif _same_change(graph, first, landing):
            first.members.extend(landing.members)
        else:
            landing.number = None
            kept[landing.unit] = landing
    return list(kept.values())


def _same_change(graph: Graph, first: Landing, second: Landing) -> bool:
    same_author = graph.author[first.members[0]] == graph.author[second.members[0]]
    return same_author and graph.subject(first.sha) == graph.subject(second.sha)
