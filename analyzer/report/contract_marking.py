"""How AI use is marked, as part of the JSON contract (`report.contract`)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class RecallPeriod(Struct, frozen=True):
    """Recall and precision of marks in one month, according to line-level records.

    n : commits with AI lines.
    recall : part of these that is marked, with its 95 % interval.
    marks : marked commits.
    precision : part of these that has AI lines.
    """

    period: str
    n: int
    recall: float | None
    low: float | None
    high: float | None
    marks: int
    precision: float | None


class Adoption(Struct, frozen=True):
    """Earliest file of an AI tool in the repository: the tool was in use from then on, though not in every commit.

    kind : assistant (writes code) or reviewer (comments on it).
    """

    tool: str
    path: str
    sha: str
    first: str | None
    kind: Literal["assistant", "reviewer"] = "assistant"


class MarkingPolicy(Struct, frozen=True):
    """A dated rule on AI marks that applies to the repository, or a change of such a rule in its own files.

    date, within_days : day from which it holds, and the uncertainty of that day.
    asks : marks, no_marks, disclosure (not in commits), no_ai, setting (a tool can leave its mark out) or unclear.
    expects : direction in which the marked share moves with it: up, down or either.
    text : what happened.
    path, sha : the repository's own file, and the commit that changed it; null for a public rule.
    source : address of a public rule; null for the repository's own.
    """

    date: str
    within_days: int
    asks: Literal["marks", "no_marks", "disclosure", "no_ai", "setting", "unclear"]
    expects: Literal["up", "down", "either"]
    text: str
    path: str | None
    sha: str | None
    source: str | None


class MarkingStep(Struct, frozen=True):
    """A lasting change of the marked share of commits.

    period : first month of the new level.
    kind : likely cause: labelling, adoption, people (others commit), at_once (a rule of marking or working), or open.
    before, after : marked share.
    policies : rules on AI marks that changed around that month: possible causes.
    """

    period: str
    kind: Literal["labelling", "adoption", "people", "at_once", "open"]
    before: float
    after: float
    explanation: str
    policies: list[MarkingPolicy] = []


class PossibleAgent(Struct, frozen=True):
    """An account that may be an AI agent's and that no table knows.

    commits : its unmarked non-merge commits.
    reason : what says so, its name or its messages.
    rule : inline table of TOML for `rules` in the configuration; empty if the name is too long for one.
    """

    name: str
    commits: int
    reason: Literal["name", "messages"]
    rule: str


class AgentBranches(Struct, frozen=True):
    """Commits that came in by branches of one folder that is named like an agent, and how many of them are marked."""

    folder: str
    commits: int
    marked: int


class Possible(Struct, frozen=True):
    """What is possibly AI, over the whole history: in no marked share, inside the upper bound.

    accounts : at most 100 of the `n_accounts` accounts, which have `account_commits` unmarked commits.
    branches : agents' branches that merges name; `merges` brought their commits in.
    """

    accounts: list[PossibleAgent] = []
    n_accounts: int = 0
    account_commits: int = 0
    branches: list[AgentBranches] = []
    merges: int = 0


class UsageFileCounts(Struct, frozen=True):
    """A file of usage data and how much of it is this history's; nothing of a person.

    per : what a row stands for.
    records : records in the file. invalid, repeated : records that are none of the format, or repeat another one.
    matched, unmatched : rows of this history's people, commits or repository, and of others.
    subjects : people or commits that the matched rows are about.
    first, last : first and last day of the file; null for commits.
    """

    file: str
    format: str
    per: Literal["person-day", "commit", "repository-day"]
    records: int
    invalid: int
    repeated: int
    matched: int
    unmatched: int
    subjects: int
    first: str | None
    last: str | None


class MarksByUse(Struct, frozen=True):
    """Commits on days with and without AI use by usage data per person and day, and how many carry a mark.

    at_least : marked part of the commits on days with use. Not each of them holds AI lines, so marks find this part of
        those that do, or more. low, high : its 95 % interval.
    """

    with_use: int
    marked_with_use: int
    without_use: int
    marked_without_use: int
    at_least: float | None
    low: float | None
    high: float | None


class Marking(Struct, frozen=True):
    """How AI use is marked: changes of the marked share, recall of marks, files of AI tools, hints, rules on marks.

    usage : files of usage data. recall_by_usage : recall by month of the commits that they list. marks_by_use : commits
        on days with and without use, over five people or more.
    """

    changes: list[MarkingStep]
    adoption: list[Adoption] | None
    recall_by_period: list[RecallPeriod] | None
    drift: bool | None
    possible: Possible = Possible()
    policies: list[MarkingPolicy] = []
    usage: list[UsageFileCounts] = []
    recall_by_usage: list[RecallPeriod] | None = None
    marks_by_use: MarksByUse | None = None
