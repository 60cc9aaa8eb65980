"""Lines that merges wrote themselves, in tables, definitions and merged changes: they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.pipeline.configured_repository import open_configured
from analyzer.pipeline.dumps import HISTORY_TABLES, line_table
from analyzer.pipeline.inputs import share_inputs, time_window
from analyzer.share import SHARES
from analyzer.share.bounds import share_items
from analyzer.share.line_counts import lines_by_change
from analyzer.share.tool_credit import credits_by
from tests.conftest import git, imported
from tests.planting import Stream, analyze_path, body, load_path
from tests.replays import STEP, Builder, built

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from analyzer.pipeline.load import History

MARK = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
LINE_DEFINITIONS = (
    *("lines_added", "lines_effective", "lines_surviving", "lines_surviving_90d", "lines_by_role", "lines_blamed"),
)


class LabelledBuilder(Builder):
    """Code files; a third of the commits and merges are marked, a fifth are a bot's."""

    suffix = ".py"

    def author(self) -> str:
        """Every fifth commit is automation."""
        return "dependabot[bot] <support@dependabot.com>" if self.mark % 5 == 2 else "A <a@b>"

    def message(self) -> str:
        """Every third commit is marked."""
        return f"x{MARK}" if self.mark % 3 == 1 else "x"


def sums_by_definition(history: History) -> dict[str, tuple[int, float]]:
    """Return (n, marked) of each definition over lines."""
    window = time_window(history)
    items = share_items(share_inputs(history, window), SHARES, window)
    items = items.assign(marked=items["weight"] * items["marked"])
    sums = items.groupby("definition")[["weight", "marked"]].sum()
    return {name: (int(n), float(marked)) for name, n, marked in sums.itertuples() if name in LINE_DEFINITIONS}


def counted_lines(table: pd.DataFrame, history: History, column: str) -> dict[str, tuple[int, float]]:
    """Return, by label "all", "people" and "merges", (lines, marked lines) of a table over code and tests."""
    labels = history.labels.set_index("sha")
    counted = table[table["path_class"].isin(COUNTED_CLASSES) & table[column].notna()]
    sha = counted["sha"].astype("str")
    is_people = (sha.map(labels["label"]) != "automation").to_numpy()
    parents = sha.map(history.commits.set_index("sha")["parents"])
    masks = {"all": is_people | True, "people": is_people, "merges": parents.str.contains(" ").to_numpy(bool)}
    marked = counted[column].astype(float) * sha.map(labels["ai"]).astype(float)
    return {name: (int(counted.loc[mask, column].sum()), float(marked[mask].sum())) for name, mask in masks.items()}


def lines_at_head(folder: Path) -> int:
    """Return the number of lines of the regular files of `main`, by git alone."""
    names = [
        line.split("\t", 1)[1]
        for line in git("-C", folder, "ls-tree", "-r", "main").splitlines()
        if line[:6] == "100644"
    ]
    return sum(len(git("-C", folder, "show", f"main:{name}").splitlines()) for name in names)


@given(st.lists(STEP, min_size=1, max_size=14))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_definitions_tables_and_git_agree_on_lines(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]]
) -> None:
    """Lines added, alive and blamed, in total and marked, on histories with random merges."""
    folder = built(steps, tmp_path_factory.mktemp("made") / "r", LabelledBuilder)
    history = load_path(folder, rev="main", as_of="2030-01-01")
    sums = sums_by_definition(history)
    changes, surviving = HISTORY_TABLES["file_changes"](history), HISTORY_TABLES["surviving"](history)
    assert sums["lines_added"] == counted_lines(changes, history, "added")["people"]
    assert sums["lines_effective"] == counted_lines(changes, history, "effective")["people"]
    alive, blamed = (counted_lines(table, history, "lines") for table in (surviving, history.required_lines().blamed))
    assert (sums["lines_surviving"], sums["lines_blamed"]) == (alive["people"], blamed["people"])
    assert alive["all"][0] == blamed["all"][0] == lines_at_head(folder)
    commits = HISTORY_TABLES["commits"](history)
    by_people = commits[commits["label"] != "automation"]
    assert int(by_people["lines_added"].sum()) == sums["lines_added"][0]
    born, _ = line_table(open_configured(str(folder), {"rev": "main"}), "births", "blame", None)
    check_births_of_merges(born, changes, history)


def check_births_of_merges(births: pd.DataFrame, changes: pd.DataFrame, history: History) -> None:
    """Check that table `births` has the lines of merges that `file_changes` has, file by file."""
    merges = set(history.commits.loc[history.commits["parents"].str.contains(" "), "sha"])
    links = set(changes.loc[changes["path_class"] == "link", "path"])
    born = births.astype({"born_sha": "str", "path": "str"}).groupby(["born_sha", "path"])["lines"].sum()
    written = changes[changes["sha"].isin(merges) & (changes["added"] > 0)].set_index(["sha", "path"])["added"]
    by_merges = born[born.index.isin(merges, level="born_sha")]
    assert (
        by_merges[~by_merges.index.isin(links, level="path")].to_dict()
        == written[~written.index.isin(links, level="path")].to_dict()
    )


def planted(tmp_path: Path, *, merge_message: str = "Merge pull request #7 from ada/topic") -> History:
    """Return a pull request of two commits whose branch took in main, with own lines in each of its two merges."""
    history = Stream()
    base = history.add("begin", {"a.py": body("a")}, at=0)
    topic = history.add("one", {"b.py": body("b")}, (base,), at=1, branch="topic")
    main = history.add("other", {"a.py": ["x = 1", *body("a")]}, (base,), at=1.2, by="Bo <bo@x>")
    taken = {"a.py": ["x = 2", "yes = 2", *body("a")]}
    topic = history.add("Merge branch 'main' into topic", taken, (topic, main), at=2, branch="topic")
    topic = history.add("two", {"c.py": body("c")}, (topic,), at=3, branch="topic")
    files = {**taken, "b.py": [*body("b"), "last_line = 3"], "c.py": body("c")}
    history.add(merge_message, files, (main, topic), at=4, by="Bo <bo@x>")
    return load_path(imported(tmp_path / "r", history.text))


def test_size_of_a_change_includes_its_merges(tmp_path: Path) -> None:
    """Six lines in each commit, two in the merge of main into the branch, one in the merge that landed it."""
    history = planted(tmp_path)
    assert history.file_changes is not None
    sizes = lines_by_change(history.file_changes, history.change_of_lines)
    assert sizes["pr:7"] == 6 + 6 + 2 + 1
    commits = HISTORY_TABLES["commits"](history)
    assert commits.groupby("merged_change")["lines_added"].sum()["pr:7"] == sizes["pr:7"]


def test_merges_are_no_members_of_a_change(tmp_path: Path) -> None:
    """A mark on the merge marks its line, not the change, and counts no commit."""
    plain = planted(tmp_path / "plain")
    marked = planted(tmp_path / "marked", merge_message=f"Merge pull request #7 from ada/topic{MARK}")
    for history in (plain, marked):
        change = history.merged_changes.set_index("merged_change").loc["pr:7"]
        assert (change["commits"], change["ai"], change["label"]) == (2, 0.0, "unmarked")
        merges = set(history.commits.loc[history.commits["parents"].str.contains(" "), "sha"])
        assert merges.isdisjoint(history.merged_change_of)
        assert merges <= set(history.change_of_lines)
    assert sums_by_definition(plain)["lines_added"] == (6 + 6 + 6 + 1 + 2 + 1, 0)
    assert sums_by_definition(marked)["lines_added"] == (22, 1)
    assert sums_by_definition(marked)["lines_surviving"] == (21, 1)
    window = time_window(marked)
    (credit,) = credits_by(share_inputs(marked, window), "tool", window).to_dict("records")
    assert (credit["commits"], credit["lines_added"], credit["lines_surviving"]) == (0, 1, 1)


def test_branch_name_of_an_agent_does_not_mark_the_lines_of_its_merge(tmp_path: Path) -> None:
    """The branch is a hint about the commits that came in, and no mark."""
    history = planted(tmp_path, merge_message="Merge pull request #7 from ada/copilot/fix-7")
    assert sums_by_definition(history)["lines_added"] == (22, 0)


def test_commits_leave_merges_out(tmp_path: Path) -> None:
    """Of six commits, the two merges count with their lines and not as commits."""
    planted(tmp_path)
    definitions = {d.id: d.n for d in analyze_path(tmp_path / "r").result.share.definitions}
    assert (definitions["commits"], definitions["lines_added"]) == (4, 22)


def test_pull_of_main_is_in_no_change(tmp_path: Path) -> None:
    """A merge that landed nothing of its own has lines, and no merged change."""
    history = Stream()
    base = history.add("begin", {"a.py": body("a")}, at=0)
    local = history.add("local", {"b.py": body("b")}, (base,), at=1)
    remote = history.add("remote", {"c.py": body("c")}, (base,), at=1, by="Bo <bo@x>", branch="other")
    files = {"c.py": [*body("c"), "more = 1"]}
    history.add("Merge branch 'main' of example.org:r", files, (local, remote), at=2)
    loaded = load_path(imported(tmp_path / "r", history.text))
    commits = HISTORY_TABLES["commits"](loaded).set_index("sha")
    merge = commits.loc[loaded.repository.head]
    assert merge["lines_added"] == 1
    assert pd.isna(merge["merged_change"])


def test_rule_that_a_merge_writes_is_not_read(tmp_path: Path) -> None:
    """A commit's rule is read; a merge differs from its first parent by all that it brings in, so its rule is not."""
    rule, day = {"CONTRIBUTING.md": ["Do not add a Co-authored-by trailer for AI assistants."]}, 400.0
    by_commit, by_merge = Stream(), Stream()
    by_commit.add("rule", rule, (by_commit.add("begin", {"a.py": body("a")}, at=0),), at=day)
    base = by_merge.add("begin", {"a.py": body("a")}, at=0)
    ours = by_merge.add("ours", {"b.py": body("b")}, (base,), at=1)
    side = by_merge.add("side", {"c.py": body("c")}, (base,), at=1, branch="side")
    by_merge.add("Merge branch 'side'", {"c.py": body("c"), **rule}, (ours, side), at=day)
    read = [
        load_path(imported(tmp_path / str(n), s.text)).policies.policies for n, s in enumerate((by_commit, by_merge))
    ]
    assert [len([policy for policy in policies if policy.sha is not None]) for policies in read] == [1, 0]
