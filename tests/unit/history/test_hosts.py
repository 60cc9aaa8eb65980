"""Code-review hosts: their words, and the same number of merged changes for the same graph under every host's words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.tables import COMMITS
from analyzer.history import commits
from analyzer.history.hosts import HOSTS, read_review
from analyzer.history.merged_changes import CommitGraph, MergedChange, find_merged_changes

if TYPE_CHECKING:
    from collections.abc import Sequence

CHANGE_ID = "Change-Id: I0123456789abcdef0123456789abcdef01234567"

# Message, host, requests, branches.
WORDS: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = [
    ("Merge pull request #12 from ada/fix/parser\n\nTitle", "github", ("pr:12",), ("fix/parser",)),
    ("Merge pull request #12 from ada", "github", ("pr:12",), ()),
    ("Add the parser (#12)\n\nBody", "github", ("pr:12",), ()),
    ("Add the parser (!12)", "gitlab", ("pr:12",), ()),
    ("Add" + " words" * 200 + " (#12)", "github", ("pr:12",), ()),
    ("Merge branch 'x' into 'main'\n\nTitle\n\nSee merge request group/sub/app!56", "gitlab", ("pr:56",), ("x",)),
    ("Merge branch 'x' into 'main'\n\nTitle\n\nSee merge request !56", "gitlab", ("pr:56",), ("x",)),
    ("Add the parser\n\nSee merge request https://gitlab.acme.dev/g/app/-/merge_requests/7", "gitlab", ("pr:7",), ()),
    ("Merge pull request 'Add it' (#3) from topic into main", "gitea", ("pr:3",), ("topic",)),
    ("Merge pull request 'It's (#1) late' (#3) from ada:topic into main", "gitea", ("pr:3",), ("topic",)),
    ("Merge pull request 'Add it' (!3) from topic into main", "gitea", ("pr:3",), ("topic",)),
    ("Add it (#3)\n\nReviewed-on: https://git.acme.dev/acme/app/pulls/3", "gitea", ("pr:3",), ()),
    ("!8 Add it\nMerge pull request !8 from ada/topic", "gitee", ("pr:8",), ("topic",)),
    ("Merged in feature/x (pull request #34)\n\nTitle", "bitbucket", ("pr:34",), ("feature/x",)),
    (
        "Pull request #9: Add it\n\nMerge in APP/app from topic to main",
        "bitbucket",
        ("pr:9",),
        ("topic",),
    ),
    ("Merge pull request #9 in APP/app from topic to main", "bitbucket", ("pr:9",), ("topic",)),
    ("Add it (pull request #9)", "bitbucket", ("pr:9",), ()),
    ("Merged PR 101: Add it\n\nRelated work items: #7", "azure", ("pr:101",), ()),
    ("Merge pull request 101 from topic into main", "azure", ("pr:101",), ("topic",)),
    (f"parser: read it\n\n{CHANGE_ID}", "gerrit", (f"gerrit:{CHANGE_ID[11:]}",), ()),
    (f"x (#4)\n\n{CHANGE_ID}\nReviewed-on: https://go-review.x/c/1", "github", ("pr:4",), ()),
    ("x (#4)\n\nPR-URL: https://github.com/nodejs/node/pull/6", "github", ("pr:4",), ()),
    ("x (#4)\n\nReviewed-on: https://git.acme.dev/acme/app/pulls/7", "github", ("pr:4",), ()),
    ("8123456: Add it\n\nBackport-of: 0123456789", "skara", ("jbs:8123456",), ()),
    ("Add it\n\nReview-Url: https://codereview.chromium.org/12", "rietveld", ("rietveld:12",), ()),
    ("x\n\nCloses #6 from ada/topic and squashes the following commits:", "pull-request-trailers", ("pr:6",), ()),
    ('Merge "parser: read it"', "gerrit", (), ()),
    ('Merge changes from topic "parser"\n\n* changes:\n  a\n  b', "gerrit", (), ()),
    ("Merge changes I01234567,I89abcdef\n\n* changes:\n  a", "gerrit", (), ()),
    ("Add it\n\nDifferential Revision: https://phab.acme.dev/D77", "phabricator", ("phabricator:D77",), ()),
    ("Add it\n\nDifferential Revision: D77", "phabricator", ("phabricator:D77",), ()),
    ("Add it\n\nReviewed at https://reviews.acme.dev/r/5/", "review-board", ("review-board:5",), ()),
    ("cmd: add it\n\nR=ada\nCC=ben\nhttps://golang.org/cl/149430043", "rietveld", ("rietveld:149430043",), ()),
    ("Add it\n\nReview URL: https://codereview.chromium.org/12", "rietveld", ("rietveld:12",), ()),
    ("Merge #12 `Add it`", "pagure", ("pr:12",), ()),
    ("Auto merge of #78 - ada:topic, r=ben", "bors", ("pr:78",), ("topic",)),
    ("Rollup merge of #78 - ada:topic, r=ben", "bors", ("pr:78",), ("topic",)),
    ("Merge #11 #12\n\n11: Title r=x a=y", "bors", ("pr:11", "pr:12"), ()),
    ("Merge #11", "bors", ("pr:11",), ()),
    ("Merge #11: Add it", "maintainer-tools", ("pr:11",), ()),
    ("Merge acme/app#11: Add it", "maintainer-tools", ("pr:11",), ()),
    ("Merge PR #11: Add it", "maintainer-tools", ("pr:11",), ()),
    ("Add it\n\nPart-of: <https://gitlab.acme.dev/g/a/-/merge_requests/6>", "marge", ("pr:6",), ()),
    ("Add it\n\nPR-URL: https://github.com/acme/app/pull/6", "pull-request-trailers", ("pr:6",), ()),
    ("Add it\n\nCloses #6 from ada/topic.\n\nSigned-off-by: B <b@x>", "pull-request-trailers", ("pr:6",), ()),
    ("Add it\n\nPiperOrigin-RevId: 4711", "copybara", ("piper:4711",), ()),
    ("8123456: Add it\n\nReviewed-by: ada, ben", "skara", ("jbs:8123456",), ()),
    ("Merge branch 'topic' into main", "git", (), ("topic",)),
    ("Merge branches 'a', 'b' and 'c'", "git", (), ("a", "b", "c")),
    ("Merge remote-tracking branch 'origin/topic' into main", "git", (), ("topic",)),
]


@pytest.mark.parametrize(("message", "host", "requests", "branches"), WORDS)
def test_words_of_each_host(message: str, host: str, requests: tuple[str, ...], branches: tuple[str, ...]) -> None:
    """Every host's words give its requests, and the branches that a merge names."""
    review = read_review(message)
    assert review is not None
    assert (review.host, review.requests, review.branches) == (host, requests, branches)


def test_every_host_has_words_and_a_public_source() -> None:
    """A host whose words no message of the table shows, or that cites nothing, cannot be checked."""
    assert {host for _, host, _, _ in WORDS} == {host.id for host in HOSTS}
    assert all(source.startswith("https://") for host in HOSTS for source in host.sources or ("",))
    assert len({host.id for host in HOSTS}) == len({host.title for host in HOSTS}) == len(HOSTS)


@pytest.mark.parametrize(
    "message",
    [
        "Fix (#12) for good",
        "Fix #12",
        "Merge the parser into the writer",
        "Merged PR without a number",
        "Explain the trailer\n\n  Change-Id: I0123456789abcdef0123456789abcdef01234567",
        "Revert it\n\n> Differential Revision: https://phab.acme.dev/D77",
        "Add it\n\nChange-Id: none",
        "Add it\n\nCloses #6",
        "Add it\n\nReviewed-on: my own machine",
        "Pull request #9: Add it",
        "!important Add it",
        "8123456: Add it",
        "12: Add it\n\nReviewed-by: ada",
        "Add it\n\nSee merge request mesa/mesa!40 for the reason.",
        "Add it\n\nDifferential Revision: 2 of them",
        "Add it (#\uff11\uff12)",
        "Merged PR 1234567890123: Add it",
    ],
)
def test_similar_words_name_no_request(message: str) -> None:
    """Issues in the middle of a subject, examples, quotations and half of a host's words are nobody's."""
    review = read_review(message)
    assert review is None or review.requests == ()


def test_words_of_a_host_win_over_a_number_that_people_write() -> None:
    """A squash by Azure may end in an issue: the request is the one that Azure names."""
    review = read_review("Merged PR 5: Fix the parser (#77)")
    assert review is not None
    assert review.requests == ("pr:5",)


PUMPS = ("'", "(#1", "Merge ", "#1 ", "'a' ", " ", "/a", "\nChange-Id: ", "\nReviewed-on: http", "(#")
STARTS = ("", "Merge pull request '", "Merge branches '", "Merge", "Merged in ", "Merge pull request #1 in ")


@pytest.mark.parametrize("pump", PUMPS)
@pytest.mark.parametrize("start", STARTS)
def test_hostile_messages_take_linear_time(start: str, pump: str) -> None:
    """No message makes a pattern backtrack."""
    message = start + pump * (200_000 // len(pump))
    begin = time.perf_counter()
    read_review(message)
    assert time.perf_counter() - begin < 1


# How a host words the merge of request N from one branch into another.
MERGE_WORDS: dict[str, str] = {
    "github": "Merge pull request #{n} from acme/{source}\n\nAdd {n}",
    "gitlab": "Merge branch '{source}' into '{into}'\n\nAdd {n}\n\nSee merge request acme/app!{n}",
    "gitea": "Merge pull request 'Add {n}' (#{n}) from {source} into {into}",
    "gitee": "!{n} Add {n}\nMerge pull request !{n} from acme/{source}",
    "bitbucket": "Merged in {source} (pull request #{n})\n\nAdd {n}",
    "bitbucket server": "Pull request #{n}: Add {n}\n\nMerge in A/app from {source} to {into}",
    "azure": "Merged PR {n}: Add {n}",
    "pagure": "Merge #{n} `Add {n}`",
    "homu": "Auto merge of #{n} - ada:{source}, r=ben",
    "bors": "Merge #{n}\n\n{n}: Add {n} r=ben a=ada",
    "maintainer tools": "Merge #{n}: Add {n}",
}

# How a host words a request that lands as a single commit.
SQUASH_WORDS: dict[str, str] = {
    "github": "Add {n} (#{n})",
    "gitlab": "Add {n}\n\nSee merge request acme/app!{n}",
    "gitea": "Add {n} (#{n})\n\nReviewed-on: https://git.acme.dev/acme/app/pulls/{n}",
    "bitbucket": "Merged in topic-{n} (pull request #{n})\n\nAdd {n}",
    "azure": "Merged PR {n}: Add {n}",
    "gerrit": "Add {n}\n\nChange-Id: I{n:040x}",
    "phabricator": "Add {n}\n\nDifferential Revision: https://phab.acme.dev/D{n}",
    "review board": "Add {n}\n\nReviewed at https://reviews.acme.dev/r/{n}/",
    "marge": "Add {n}\n\nPart-of: <https://gitlab.acme.dev/g/a/-/merge_requests/{n}>",
    "trailer": "Add {n}\n\nPR-URL: https://github.com/acme/app/pull/{n}",
    "copybara": "Add {n}\n\nPiperOrigin-RevId: {n}",
    "skara": "8{n:06}: Add {n}\n\nReviewed-by: ben",
}


class _Project:
    """A graph of commits in memory, all by one person and a minute apart, so that only words tell changes apart."""

    def __init__(self, committer: str = "noreply@github.com") -> None:
        self.committer = committer
        self.rows: list[tuple[str, str, str]] = []

    def commit(self, message: str, *parents: str) -> str:
        sha = f"{len(self.rows):03x}" + "0" * 37
        self.rows.append((sha, " ".join(parents), message))
        return sha

    def changes(self) -> list[MergedChange]:
        table = COMMITS.frame(
            (
                sha,
                parents,
                *["x"] * 5,
                self.committer,
                commits._parse_time(str(1704099600 + 60 * n)),
                commits._parse_time(str(1704099600 + 60 * n)),
                message,
            )
            for n, (sha, parents, message) in enumerate(self.rows)
        )
        people = {sha: "ada" for sha, _, _ in self.rows}
        return find_merged_changes(CommitGraph(table, people, people), self.rows[-1][0])


def _merged_project(releases: Sequence[Sequence[int]], words: str) -> list[MergedChange]:
    """Features of some commits each, merged to develop; develop is merged to main by a request for each release."""
    project, number = _Project(), 0
    main = develop = project.commit("Start")
    for features in releases:
        for size in features:
            number += 1
            tip = develop
            for k in range(size):
                tip = project.commit(f"Step {k} of {number}", tip)
            develop = project.commit(words.format(n=number, source=f"topic-{number}", into="develop"), develop, tip)
        number += 1
        main = project.commit(words.format(n=number, source="develop", into="main"), main, develop)
    return project.changes()


@given(st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=4), min_size=1, max_size=4))
@settings(max_examples=30)
def test_same_merges_are_as_many_changes_under_every_hosts_words(releases: list[list[int]]) -> None:
    """Each merged feature is one change, whoever words the merges; develop's merges to main add none."""
    expected = 1 + sum(map(len, releases))
    counts = {host: len(_merged_project(releases, words)) for host, words in MERGE_WORDS.items()}
    assert counts == dict.fromkeys(MERGE_WORDS, expected)


def _squashed_project(releases: Sequence[int], words: str) -> list[MergedChange]:
    """Requests that land on develop as one commit each; git merges develop to main for each release."""
    project, number = _Project(), 0
    main = develop = project.commit("Start")
    for size in releases:
        for _ in range(size):
            number += 1
            develop = project.commit(words.format(n=number), develop)
        main = project.commit("Merge branch 'develop'", main, develop)
    return project.changes()


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
@settings(max_examples=30)
def test_same_squashes_are_as_many_changes_under_every_hosts_words(releases: list[int]) -> None:
    """Each request is one change although one person lands them minutes apart."""
    counts = {host: len(_squashed_project(releases, words)) for host, words in SQUASH_WORDS.items()}
    assert counts == dict.fromkeys(SQUASH_WORDS, 1 + sum(releases))


def test_without_words_the_same_squashes_are_one_session() -> None:
    """The placebo of the test above: only time separates commits that name no request."""
    assert len(_squashed_project([4], "Add {n}")) == 2  # with the first commit


def test_series_is_one_change_and_the_next_request_another() -> None:
    """Marge-bot names the merge request below every commit that it rebases."""
    project = _Project()
    tip = project.commit("Start")
    for number in (1, 1, 1, 2, 3, 3):
        tip = project.commit(f"Step\n\nPart-of: <https://gitlab.acme.dev/g/a/-/merge_requests/{number}>", tip)
    assert [(c.request, len(c.members)) for c in project.changes()[1:]] == [("pr:1", 3), ("pr:2", 1), ("pr:3", 2)]


def test_batch_is_one_change_per_request_also_when_they_overlap() -> None:
    """bors-ng: one parent per pull request; commits that two of them hold belong to the first."""
    project = _Project()
    root = project.commit("Start")
    shared = project.commit("Shared", root)
    one, two = project.commit("One", shared), project.commit("Two", shared)
    project.commit("Merge #1 #2\n\n1: One\n\n2: Two", root, one, two)
    assert [(c.name, len(c.members), c.host) for c in project.changes()[1:]] == [
        ("pr:1", 2, "bors"),
        ("pr:2", 1, "bors"),
    ]


def test_commits_that_another_project_reviewed_stay_in_the_pull_request_that_picks_them() -> None:
    """A pull request that takes over five changes of an upstream on Gerrit is one change here."""
    project = _Project()
    tip = root = project.commit("Start")
    for number in range(5):
        tip = project.commit(f"Upstream {number}\n\nChange-Id: I{number:040x}", tip)
    project.commit("Merge pull request #1 from ada/backport", root, tip)
    assert [c.name for c in project.changes()[1:]] == ["pr:1"]


def test_picked_squashes_stay_in_the_pull_request_that_backports_them() -> None:
    """`git cherry-pick -x` keeps the number of the first request; the backport is a request of its own."""
    project = _Project()
    tip = root = project.commit("Start")
    for number in (7, 8):
        tip = project.commit(f"Merged PR {number}: Fix\n\n(cherry picked from commit abc)", tip)
    project.commit("Merged PR 9: Backport", root, tip)
    assert [c.name for c in project.changes()[1:]] == ["pr:9"]


def test_trailers_of_another_project_do_not_split_a_pull_request() -> None:
    """Commits taken over by `git am` keep the trailers of the project that reviewed them."""
    for trailer in ("PR-URL: https://github.com/x/y/pull/{n}", "Part-of: <https://gitlab.x/y/-/merge_requests/{n}>"):
        project = _Project(committer="ada@x")
        tip = root = project.commit("Start")
        for n in (600, 601, 602):
            tip = project.commit(f"Upstream {n}\n\n{trailer.format(n=n)}", tip)
        project.commit("Merge pull request #1 from ada/sync", root, tip)
        assert [c.name for c in project.changes()[1:]] == ["pr:1"]


def test_batch_of_colliding_numbers_loses_no_commit() -> None:
    """Numbers that issues or another host used before: each tip of the batch is still a change."""
    project = _Project()
    root = project.commit("Add bar (#2)", project.commit("Add foo (#1)", project.commit("Start")))
    one, two = project.commit("One", root), project.commit("Two", root)
    project.commit("Merge #1 #2", root, one, two)
    assert sorted(m for c in project.changes() for m in c.members) == [
        sha for sha, p, _ in project.rows if " " not in p
    ]


def test_batch_stays_a_batch_if_one_of_its_branches_merged_a_request() -> None:
    """A pull request merged inside of a fork is not a change of this project."""
    project = _Project()
    root = project.commit("Start")
    inner = project.commit("Inner", root)
    fork = project.commit("Merge pull request #9 from eve/z", project.commit("One", root), inner)
    two = project.commit("More", project.commit("Two", root))
    project.commit("Merge #11 #12", root, fork, two)
    assert [(c.name, len(c.members)) for c in project.changes()[1:]] == [("pr:11", 2), ("pr:12", 2)]


@pytest.mark.parametrize("branch", ["dev-server-fix", "release-notes-page", "main-menu", "1234", "stable-sort"])
def test_topic_branches_are_one_change(branch: str) -> None:
    """A name that only begins like that of a long-lived branch."""
    project = _Project()
    tip = root = project.commit("Start")
    for n in range(3):
        tip = project.commit(f"Step {n}\n\nCo-authored-by: B{n} <b@x>", tip)
    project.commit(f"Merge branch '{branch}' into main", root, tip)
    assert [(c.kind, len(c.members)) for c in project.changes()[1:]] == [("merge", 3)]


@pytest.mark.parametrize("branch", ["develop", "release/1.0", "v2", "8.1.x", "stable/queens", "release-2.3", "3.2"])
def test_long_lived_branches_are_integrations(branch: str) -> None:
    """What they brought in was pushed there: sessions, here a single one."""
    project = _Project()
    root = project.commit("Start")
    project.commit(f"Merge branch '{branch}'", root, project.commit("Step", root))
    assert [c.kind for c in project.changes()[1:]] == ["session"]


def test_commits_of_one_number_are_one_change() -> None:
    """A rebase whose commits all end in the number of their pull request."""
    project = _Project()
    tip = project.commit("Start")
    for n in range(3):
        tip = project.commit(f"Step {n} (#12)", tip)
    assert [(c.name, len(c.members)) for c in project.changes()[1:]] == [("pr:12", 3)]
