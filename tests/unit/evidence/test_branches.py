"""Branch names, and which commits a merge brought in."""

from __future__ import annotations

import random

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.config import merge_settings, parse_file_settings
from analyzer.core import tables
from analyzer.evidence.branches import agent_folder, branches_of_rules, commits_by_branch, source_branches

DAY = pd.Timestamp("2026-01-01", tz="UTC")


@pytest.mark.parametrize(
    ("message", "branches"),
    [
        ("Merge pull request #7 from octo/codex/fix-it", ["codex/fix-it"]),
        ("Merge pull request #7 from codex/fix-it", ["fix-it"]),  # an owner of that name
        ("Merge branch 'codex/fix'", ["codex/fix"]),
        ("Merge branch 'codex/fix' into 'main'\n\nSee merge request a/b!7", ["codex/fix"]),
        ("Merge branch 'codex/fix' of https://git.example/o/r into next", ["codex/fix"]),
        ("Merge branch 'main' into codex/fix", ["main"]),
        ("Merge branch 'main' of github.com:cline/sdk", ["main"]),
        ("Merge branch 'origin/codex/fix'", ["codex/fix"]),
        ("Merge remote-tracking branch 'origin/codex/fix' into main", ["codex/fix"]),
        ("Merge remote-tracking branch 'jules/fix'", ["fix"]),  # a remote of that name
        ("Merge branches 'codex/a', 'b' and 'c/d' into next", ["codex/a", "b", "c/d"]),
        ("Merged in codex/fix (pull request #7)", ["codex/fix"]),
        ("Pull request #7: Fix it\n\nMerge in PRJ/repo from codex/fix to main", ["codex/fix"]),
        ("Merge pull request #7 in PRJ/repo from codex/fix to main", ["codex/fix"]),
        ("Merge pull request 'Fix (it)' (#7) from codex/fix into main", ["codex/fix"]),
        ("Merge pull request 'Fix' (#7) from octo:codex/fix into main", ["codex/fix"]),
        ("Merge pull request 7 from codex/fix into main", ["codex/fix"]),
        ("Auto merge of #7 - octo:codex/fix, r=ada", ["codex/fix"]),
        ("Rollup merge of #7 - octo:codex/fix, r=ada", ["codex/fix"]),
        ("Merged PR 7: Fix it", []),
        ('Merge "codex/fix: it"', []),
        ("codex/fix it", []),
        ("Merge branch 'codex/" + "x" * 1_000 + "'", []),
    ],
)
def test_branches_are_read_from_every_hosts_message(message: str, branches: list[str]) -> None:
    """Forms of GitHub, GitLab, Gitea, Bitbucket, Azure, bors and git."""
    assert source_branches(message) == branches


@pytest.mark.parametrize(
    ("branch", "folder"),
    [
        ("codex/fix", "codex"),
        ("Copilot/fix", "copilot"),
        ("agent/fix", "agent"),
        ("feat/cursor-token-cost", None),
        ("fix/opencode-x", None),
        ("ada/codex/x", None),
        ("codex", None),
        ("codex/", None),
        ("codex-fix/x", None),
        ("ai/fix", None),
        ("dependabot/npm/opencode/x", None),
    ],
)
def test_only_the_first_folder_names_an_agent(branch: str, folder: str | None) -> None:
    """Topics and people's folders are not an agent's."""
    assert agent_folder(branch) == folder


def graph(rows: list[tuple[str, str, str]], authors: dict[str, str] | None = None) -> pd.DataFrame:
    """Table `commits` of (id, parents, message)."""
    names = authors or {}
    return tables.COMMITS.frame(
        (sha, parents, name := names.get(sha, "Ada"), "a@x.example", name, "", name, "", DAY, DAY, message)
        for sha, parents, message in rows
    )


def brought_by(rows: list[tuple[str, str, str]], authors: dict[str, str] | None = None) -> dict[str, str]:
    """Commit → merge that brought it in by an agent's branch."""
    return {sha: by.merge for sha, by in commits_by_branch(graph(rows, authors)).items()}


FEATURE = [
    ("a", "", "start"),
    ("b", "a", "on main"),
    ("x", "a", "by the agent"),
    ("y", "x", "by the agent"),
    ("m", "b y", "Merge pull request #1 from octo/codex/fix"),
]


def test_commits_of_the_branch_are_brought_and_those_of_the_mainline_are_not() -> None:
    """The second parent's side without what the first parent had."""
    assert brought_by(FEATURE) == {"x": "m", "y": "m"}
    assert brought_by([*FEATURE[:-1], ("m", "b y", "Merge pull request #1 from octo/fix/codex")]) == {}


def test_mainline_that_is_merged_into_an_agents_branch_is_not_the_agents() -> None:
    """An agent's long-lived branch that took in main brings its own commits, into main or into a release branch."""
    rows = [
        ("a", "", "start"),
        ("x", "a", "by the agent"),
        ("b", "a", "on main"),
        ("n", "x b", "Merge branch 'main' into agent/long"),
        ("y", "n", "by the agent"),
    ]
    on_main = [*rows, ("m", "b y", "Merge branch 'agent/long'")]
    on_release = [*rows, ("r", "a", "release"), ("m", "r y", "Merge branch 'agent/long' into release")]
    assert brought_by(on_main) == {"x": "m", "y": "m"}
    assert brought_by(on_release) == {"x": "m", "y": "m"}
    assert brought_by([*on_main, ("z", "a", "old"), ("t", "m z", "Merge branch 'codex/old'")])["z"] == "t"


def test_innermost_named_merge_decides() -> None:
    """A person's branch inside an agent's is the person's, and vice versa; a merge without a name changes nothing."""

    def nested(inner: str, outer: str) -> dict[str, str]:
        rows = [
            ("a", "", "start"),
            ("x", "a", "outer"),
            ("p", "x", "inner"),
            ("q", "x", "outer"),
            ("i", "q p", inner),
            ("m", "a i", outer),
        ]
        return brought_by(rows)

    agent, person, unnamed = "Merge branch 'codex/x'", "Merge branch 'fix/x'", "Merge commit 'abc'"
    assert nested(person, agent) == {"x": "m", "q": "m"}
    assert nested(agent, person) == {"p": "i"}
    assert nested(unnamed, agent) == {"x": "m", "q": "m", "p": "m"}
    assert nested(agent, unnamed) == {"p": "i"}


def test_octopus_counts_each_branch_for_itself() -> None:
    """Three branches in one merge; if the message names another number of branches, none counts."""
    rows = [("a", "", "s"), ("x", "a", "x"), ("y", "a", "y"), ("z", "a", "z")]
    assert brought_by([*rows, ("m", "a x y z", "Merge branches 'b', 'codex/y' and 'c'")]) == {"y": "m"}
    assert brought_by([*rows, ("m", "a x y z", "Merge branches 'codex/x' and 'codex/y'")]) == {}


def test_folder_of_a_person_of_that_name_is_theirs() -> None:
    """Jules's own branches are not those of the agent; the agent itself is no person."""
    rows = [*FEATURE[:-1], ("m", "b y", "Merge branch 'jules/fix'")]
    assert brought_by(rows) == {"x": "m", "y": "m"}
    assert brought_by(rows, {"x": "Jules Maselbas"}) == {}
    assert brought_by(rows, {"x": "google-labs-jules[bot]"}) == {"x": "m", "y": "m"}


def test_history_older_than_agents_is_not_carried() -> None:
    """Neither old merges nor old commits that a new merge brings in."""
    commits = graph(FEATURE)
    old = commits["sha"].isin(["x"])
    commits.loc[old, "committed"] = pd.Timestamp("2020-01-01", tz="UTC")
    assert set(commits_by_branch(commits)) == {"y"}
    commits["committed"] = pd.Series([pd.Timestamp("2020-01-01", tz="UTC")] * len(commits))
    assert commits_by_branch(commits) == {}


def reachable(parents: dict[str, list[str]], tips: list[str]) -> set[str]:
    """Everything reachable from the tips."""
    reached, pending = set[str](), list(tips)
    while pending:
        sha = pending.pop()
        if sha not in reached:
            reached.add(sha)
            pending += parents[sha]
    return reached


@given(st.integers(0, 10_000))
def test_brought_commits_are_those_of_the_definition(seed: int) -> None:
    """On random graphs: reachable from the other parents of a merge, not from the first; in any order of rows."""
    rng = random.Random(seed)  # noqa: S311 - a graph, no secret
    parents: dict[str, list[str]] = {"c0": []}
    for n in range(1, 30):
        older = rng.sample(sorted(parents), k=min(len(parents), rng.choice((1, 1, 2, 2, 3))))
        parents[f"c{n}"] = older
    head = "c29"
    kept = reachable(parents, [head])
    chain = [head]
    while parents[chain[-1]]:
        chain.append(parents[chain[-1]][0])
    named = {sha for sha in chain if len(parents[sha]) > 1 and rng.random() < 0.5}
    rows = []
    for sha in sorted(kept):
        sides = ", ".join(f"'codex/{sha}{k}'" for k in range(len(parents[sha]) - 1))
        others = ", ".join(f"'fix/{sha}{k}'" for k in range(len(parents[sha]) - 1))
        message = f"Merge branches {sides}" if sha in named else f"Merge branches {others}" if sha in chain else "Merge"
        rows.append((sha, " ".join(parents[sha]), message))
    expected = {
        sha: merge
        for merge in named
        for sha in reachable(parents, parents[merge][1:]) - reachable(parents, parents[merge][:1])
        if len(parents[sha]) < 2
    }
    assert brought_by(rows) == expected
    rng.shuffle(rows)
    assert brought_by(rows) == expected


def test_deep_and_wide_graphs_take_linear_time() -> None:
    """Ten thousand nested sides overflow no stack, and many merges of old bases walk no commit twice."""
    n = 10_000
    deep = [("c0", "", "s"), *((f"c{k}", f"c{k - 1}", "w") for k in range(1, n))]
    deep += [(f"m{k}", f"c0 {f'm{k - 1}' if k else f'c{n - 1}'}", "Merge branch 'codex/x'") for k in range(n)]
    assert len(brought_by(deep)) == n - 1
    wide = [("c0", "", "s")]
    for k in range(n):
        wide += [(f"x{k}", "c0", "w"), (f"m{k}", f"{f'm{k - 1}' if k else 'c0'} x{k}", "Merge branch 'codex/x'")]
    assert len(brought_by(wide)) == n


@given(st.text(max_size=500))
def test_no_message_breaks_the_reader_of_branches(text: str) -> None:
    """Any text gives names of branches or none."""
    for message in (
        text,
        f"Merge branch '{text}",
        f"Merge pull request '{text}",
        f"Merge branches '{text}' into {text}",
    ):
        assert all(isinstance(name, str) for name in source_branches(message))


def test_a_rule_gives_a_branch_folder_to_a_tool() -> None:
    """The commits of such a branch are that tool's, merges and the mainline are not; a slash may end the folder."""
    rows = [
        ("root", "", "start"),
        ("side", "root", "Add a"),
        ("main", "root", "Add b"),
        ("merge", "main side", "Merge branch 'house/add-a'"),
    ]
    commits = pd.DataFrame(rows, columns=["sha", "parents", "message"], dtype="str").assign(committed=DAY)
    for folder in ("house", "House/"):
        file = f'[[rules]]\ntool = "house-agent"\nbranches = ["{folder}"]\n'
        rules = merge_settings({}, parse_file_settings(file.encode(), "aishare.toml")).rules
        matches = branches_of_rules(commits, rules)
        assert {sha: (match.tool, match.strength) for sha, match in matches.items()} == {"side": ("house-agent", "B")}
    assert branches_of_rules(commits, ()) == {}
