"""Group commits into merged changes: pull requests, squashes, rebased pull requests and work sessions.

The rules (docs/method.md, "Merged changes") are the same for the whole history:

1. A merge on the mainline brings in one change: all non-merge commits that it makes reachable.
2. Exception: if the merged side itself contains merged changes (pull requests, web squashes), or if it is a pull of the
   same branch or a long-lived branch, the merge is an *integration*, and its side is read like a mainline.
3. A mainline commit that names its reviewed request (`history.hosts`) is a squash: one change. Where a request lands as
   several commits that all name it, they are one change; where a merge names one request per parent, each is a change.
4. Consecutive mainline commits of one author that one committer committed within 5 seconds are a rebased pull request;
   an agent's commits among them belong to it.
5. Other mainline commits form work sessions: consecutive commits of one author with gaps under 30 minutes, each
   authored after the previous one was committed. A commit authored earlier is another change that came in later.

`history.cherry_picks` then merges changes whose patch came in before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from analyzer.core import tables
from analyzer.history.hosts import is_numbered, read_review

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from analyzer.history.hosts import Review

SESSION_GAP_SECONDS = 30 * 60
REBASE_GAP_SECONDS = 5

_CHERRY_PICKED = "\n(cherry picked from commit "
_BRANCH_MERGE = re.compile(
    r"Merge (?:remote-tracking )?(?:branch(?:es)? )?['`\"]([^'`\"]+)['`\"](?: of \S+)?(?: into ['`\"]?([^\s'`\"]+))?"
)
_LONG_LIVED = re.compile(
    r"main|master|trunk|dev|devel|develop|development|stable|staging|next|maint(?:enance)?|releases?"
    r"|(?:stable|maint(?:enance)?|releases?)/.+"
    r"|(?:main|master|dev|devel|develop|stable|staging|next|maint(?:enance)?|releases?)[-/]v?\d[\w.-]*"
    r"|v?\d+(?:\.\d+)*(?:[.-]x|-stable|-maintenance)|v\d+|v?\d+(?:\.\d+)+"
)
# The branches on which people work in a fork of their own.
_FORKED = frozenset({"main", "master", "trunk"})
WEB_COMMITTER = "noreply@github.com"


@dataclass(slots=True)
class MergedChange:
    """Commits that came in together as one change.

    kind: merge, squash, rebase or session. sha: the commit that merged it. mainline_commit: the commit of the
    first-parent chain that brought it in. request: the id of its reviewed request. host: the host whose words were
    recognised. members: its non-merge commits. merges: the merge that landed it and those on its branch, whose own
    lines are its lines. distinct: a commit that names the change where `sha` names another one of the same batch.
    """

    kind: str
    sha: str
    mainline_commit: str
    request: str | None = None
    host: str | None = None
    members: list[str] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)
    distinct: str = ""

    @property
    def name(self) -> str:
        """Name of the change, stable across runs: its request, or else its kind and commit id."""
        return self.request or f"{self.kind}:{(self.distinct or self.sha)[:12]}"

    def add(self, other: MergedChange) -> None:
        """Add the commits of the same change that came in elsewhere."""
        self.members.extend(other.members)
        self.merges.extend(other.merges)


class CommitGraph:
    """The commit graph as plain dictionaries by commit id, with the facts that the grouping rules need."""

    def __init__(
        self,
        commits: pd.DataFrame,
        authors: Mapping[str, str],
        committers: Mapping[str, str],
        agents: frozenset[str] = frozenset(),
    ) -> None:
        """Read the graph.

        Parameters
        ----------
        commits : table `commits`, oldest first.
        authors, committers : commit id → person.
        agents : commits whose author is an AI agent.
        """
        columns = ("sha", "parents", "message", "committer_email")
        self.parents: dict[str, list[str]] = {}
        self.message: dict[str, str] = {}
        self.web_commits: set[str] = set()
        for sha, parents, message, committer in tables.iter_rows(commits, *columns):
            self.parents[sha] = [p for p in parents.split(" ") if p]
            self.message[sha] = message
            if committer.lower() == WEB_COMMITTER:
                self.web_commits.add(sha)
        self.committed: dict[str, int] = _unix_times(commits, "committed")
        self.authored: dict[str, int] = _unix_times(commits, "authored")
        self.author, self.committer, self.agents = authors, committers, agents
        self.recommitted = {sha for sha in self.parents if authors[sha] != committers[sha]}
        self.order = {sha: n for n, sha in enumerate(self.parents)}
        self._reviews: dict[str, Review | None] = {}

    def subject(self, sha: str) -> str:
        """Return the first line of the message."""
        return self.message[sha].split("\n", 1)[0]

    def review(self, sha: str) -> Review | None:
        """Return what the message says of the request that the commit lands."""
        if sha not in self._reviews:
            self._reviews[sha] = read_review(self.message[sha])
        return self._reviews[sha]

    def first_parents(self, head: str, stop: set[str]) -> list[str]:
        """Return the first-parent chain that ends at `head`, oldest first, back to the first commit in `stop`."""
        chain, sha = [], head
        while sha not in stop:
            chain.append(sha)
            if not self.parents[sha]:
                break
            sha = self.parents[sha][0]
        return chain[::-1]

    def reachable(self, tips: list[str], excluded: set[str]) -> list[str]:
        """Return the commits reachable from `tips` without passing through `excluded`, oldest first."""
        reached, pending = set(), [t for t in tips if t not in excluded]
        while pending:
            sha = pending.pop()
            if sha not in reached:
                reached.add(sha)
                pending.extend(p for p in self.parents[sha] if p not in excluded and p not in reached)
        return sorted(reached, key=self.order.__getitem__)


def mainline_root(commits: pd.DataFrame, head: str) -> str:
    """Return the id of the root commit of the first-parent chain of `head`."""
    parents = dict(tables.iter_rows(commits, "sha", "parents"))
    sha = head
    while parents[sha]:
        sha = parents[sha].split(" ", 1)[0]
    return sha


def find_merged_changes(graph: CommitGraph, head: str) -> list[MergedChange]:
    """Return the merged changes of the history of `head`, oldest first; each non-merge commit is in exactly one."""
    return _merge_same_request(list(_HistoryWalk(graph).merged_changes(head)), graph)


@dataclass(slots=True)
class _Branch:
    """A chain being read: the mainline, or the side of an integration with its merge and the tips still to read.

    chain: commits, oldest first. mainline_commit: the mainline commit that brings the chain in, None on the mainline.
    position: next commit of the chain. session: the change that the next direct commit may join. merge, tips, side:
    the integration, its other parents still to read, and all commits of its side.
    """

    chain: list[str]
    mainline_commit: str | None
    position: int = 0
    session: MergedChange | None = None
    merge: str = ""
    tips: list[str] = field(default_factory=list)
    side: list[str] = field(default_factory=list)


class _HistoryWalk:
    """Reads chains with an explicit stack, because sides can nest deeper than Python's recursion limit."""

    def __init__(self, graph: CommitGraph) -> None:
        self.graph = graph
        self.visited: set[str] = set()

    def merged_changes(self, head: str) -> Iterator[MergedChange]:
        """Yield merged changes in the order in which they came in."""
        stack = [_Branch(self.graph.first_parents(head, self.visited), None)]
        while stack:
            branch = stack[-1]
            if branch.position < len(branch.chain):
                sha = branch.chain[branch.position]
                branch.position += 1
                if len(self.graph.parents[sha]) > 1:
                    branch.session = None
                    side = self.graph.reachable(self.graph.parents[sha][1:], self.visited)
                    self.visited.add(sha)
                    if side and not self._is_batch(sha) and _is_integration(self.graph, sha, side):
                        stack.append(
                            _Branch(
                                [],
                                branch.mainline_commit or sha,
                                merge=sha,
                                tips=self.graph.parents[sha][1:],
                                side=side,
                            )
                        )
                    else:
                        yield from self._merged_sides(sha, side, branch.mainline_commit or sha)
                else:
                    yield from self._direct(branch, sha)
                    self.visited.add(sha)
            elif branch.tips:
                branch.chain, branch.position, branch.session = (
                    self.graph.first_parents(branch.tips.pop(0), self.visited),
                    0,
                    None,
                )
            else:
                stack.pop()
                rest = [sha for sha in branch.side if sha not in self.visited]
                yield from self._merged(branch.merge, rest, branch.mainline_commit or branch.merge)

    def _is_batch(self, merge: str) -> bool:
        """Return whether a merge of several parents names a request for each."""
        review, sides = self.graph.review(merge), len(self.graph.parents[merge]) - 1
        return review is not None and len(review.requests) == sides > 1

    def _merged_sides(self, merge: str, side: list[str], mainline_commit: str) -> Iterator[MergedChange]:
        """Yield the change of a merge; one per parent, if the merge names a request for each."""
        review, tips = self.graph.review(merge), self.graph.parents[merge][1:]
        if review is None or not self._is_batch(merge):
            yield from self._merged(merge, side, mainline_commit)
            return
        with_merge = False
        for tip, request in zip(tips, review.requests, strict=True):
            for change in self._merged(merge, self.graph.reachable([tip], self.visited), mainline_commit, request):
                if with_merge:
                    change.merges.remove(merge)  # its own lines are the first change's
                with_merge = True
                yield change

    def _merged(
        self, merge: str, side: list[str], mainline_commit: str, request: str | None = None
    ) -> Iterator[MergedChange]:
        """Yield one change, the non-merge commits of a side with their merges, if there are any."""
        members = [sha for sha in side if len(self.graph.parents[sha]) < 2]
        merges = [merge, *(sha for sha in side if len(self.graph.parents[sha]) > 1)]
        self.visited.update(side)
        if members:
            review = self.graph.review(merge)
            host = None if review is None else review.host
            yield MergedChange("merge", merge, mainline_commit, request or _only_request(review), host, members, merges)

    def _direct(self, branch: _Branch, sha: str) -> Iterator[MergedChange]:
        """Read a mainline commit: yield a squash or a new session, or add the commit to the current one."""
        mainline_commit, current, review = branch.mainline_commit or sha, branch.session, self.graph.review(sha)
        request = _only_request(review)
        if review is not None and request is not None:
            if current is not None and _in_series(self.graph, current, sha, request, review):
                current.members.append(sha)
                current.sha, current.mainline_commit = sha, mainline_commit
                current.request, current.host = request, review.host
                return
            branch.session = MergedChange("squash", sha, mainline_commit, request, review.host, [sha])
            yield branch.session
        elif current is not None and _belongs_to(self.graph, current, sha):
            current.members.append(sha)
            current.sha, current.mainline_commit = sha, mainline_commit
            current.kind = "rebase" if current.kind == "rebase" else _kind_of_direct_commit(self.graph, sha)
        else:
            branch.session = MergedChange(_kind_of_direct_commit(self.graph, sha), sha, mainline_commit, members=[sha])
            yield branch.session


def _only_request(review: Review | None) -> str | None:
    return review.requests[0] if review is not None and len(review.requests) == 1 else None


def _in_series(graph: CommitGraph, current: MergedChange, sha: str, request: str, review: Review) -> bool:
    """Return whether a commit that names a request belongs to the change before it, which names the same.

    Some hosts write the request below the last commit of a rebase alone.
    """
    if current.request is not None:
        return current.request == request
    return review.series and _rebased_together(graph, current.members[-1], sha)


def _kind_of_direct_commit(graph: CommitGraph, sha: str) -> str:
    return "rebase" if sha in graph.recommitted else "session"


def _belongs_to(graph: CommitGraph, current: MergedChange, sha: str) -> bool:
    """Return whether a direct commit belongs to the change before it, a rebased pull request or a work session."""
    last = current.members[-1]
    if current.request is not None:
        return False
    gap = abs(graph.committed[sha] - graph.committed[last])
    same_author = graph.author[last] == graph.author[sha]
    if graph.committer[last] == graph.committer[sha] and gap <= REBASE_GAP_SECONDS:
        return _rebased_together(graph, last, sha)
    not_recommitted = graph.recommitted.isdisjoint((last, sha))
    written_after = graph.authored[sha] >= graph.committed[last] - REBASE_GAP_SECONDS
    return not_recommitted and same_author and written_after and gap < SESSION_GAP_SECONDS


def _rebased_together(graph: CommitGraph, last: str, sha: str) -> bool:
    """Return whether one committer committed both in one go, for one author or for an agent."""
    together = abs(graph.committed[sha] - graph.committed[last]) <= REBASE_GAP_SECONDS
    same_author = graph.author[last] == graph.author[sha] or not graph.agents.isdisjoint((last, sha))
    return together and graph.committer[last] == graph.committer[sha] and same_author


def _unix_times(commits: pd.DataFrame, column: str) -> dict[str, int]:
    """Return each commit's Unix time in `column`, or else its committer date, or else 0."""
    times = commits[column].fillna(commits["committed"])
    seconds = times.astype("int64").where(times.notna(), 0)
    return dict(zip(commits["sha"].to_numpy(object), seconds.tolist(), strict=True))


def _is_integration(graph: CommitGraph, merge: str, side: list[str]) -> bool:
    """Return whether the side contains merged changes of its own, or is a pull of the same or a long-lived branch.

    The side of a pull request can also hold commits that another project reviewed on another host, so there only
    numbers of pull requests count.
    """
    review, side_commits = graph.review(merge), set(side)
    requests = () if review is None else review.requests
    shared = review is not None and any(_LONG_LIVED.fullmatch(b) and b not in _FORKED for b in review.branches)
    nested = {r for sha in side for r in _nested_requests(graph, sha, side_commits, by_people=shared)}
    nested.difference_update(requests)
    if any(map(is_numbered, requests)):
        return any(map(is_numbered, nested))
    return bool(nested) or (not requests and _is_long_lived(graph.subject(merge)))


def _is_long_lived(subject: str) -> bool:
    match = _BRANCH_MERGE.match(subject)
    if match is None:
        return False
    name = match[1].removeprefix("refs/remotes/").removeprefix("origin/").removeprefix("upstream/")
    return name == match[2] or _LONG_LIVED.fullmatch(name) is not None


def _nested_requests(graph: CommitGraph, sha: str, side_commits: set[str], *, by_people: bool) -> tuple[str, ...]:
    """Return the requests merged on the side itself; a merge of the mainline into it does not count.

    `by_people`: a number at the end of a subject counts even where no web service committed it.
    """
    review = graph.review(sha)
    if review is None or _CHERRY_PICKED in graph.message[sha]:
        return ()
    if len(graph.parents[sha]) > 1:
        return review.requests if side_commits.intersection(graph.parents[sha][1:]) else ()
    return review.requests if review.certain or by_people or sha in graph.web_commits else ()


def _merge_same_request(changes: list[MergedChange], graph: CommitGraph) -> list[MergedChange]:
    """Join changes with the same request, title and author: a change picked onto a second branch is still one change.

    The title matters because a history can absorb another project, whose numbers start at 1 again.
    """
    by_name: dict[str, MergedChange] = {}
    for change in changes:
        first = by_name.get(change.name)
        if first is None:
            by_name[change.name] = change
        elif _same_change(graph, first, change):
            first.add(change)
        else:
            change.request = None
            if change.name in by_name:
                change.distinct = change.members[-1]
            by_name[change.name] = change
    return list(by_name.values())


def _same_change(graph: CommitGraph, first: MergedChange, second: MergedChange) -> bool:
    same_author = graph.author[first.members[0]] == graph.author[second.members[0]]
    return same_author and graph.subject(first.sha) == graph.subject(second.sha)
