"""What is possibly AI, in a repository: labels, counts, the report, the rule that settles it, and `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run
from tests.conftest import git, imported
from tests.planting import Stream, analyze_path, body

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]

BOT = "acme-agent[bot] <7+acme-agent[bot]@users.noreply.github.com>"
MARK = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"


def planted(folder: Path) -> Path:
    """A history with a person, an unknown agent's account, and an agent's branch with a marked commit."""
    stream = Stream()
    start = stream.add("start", {"a.py": body("a")}, at=0)
    bot = stream.add("feat: by the account", {"b.py": body("b")}, (start,), at=1, by=BOT)
    first = stream.add("on the branch", {"c.py": body("c")}, (start,), at=2, by="Bo <bo@x>")
    second = stream.add(f"on the branch{MARK}", {"d.py": body("d")}, (first,), at=3, by="Bo <bo@x>")
    stream.add("Merge pull request #1 from octo/codex/x", {"e.py": []}, (bot, second), at=4)
    return imported(folder / "r", stream.text)


def test_possible_ai_is_counted_apart_and_named_once(tmp_path: Path) -> None:
    """The account's commit is in the denominator, not in the marked share, and its change is nobody's."""
    analysis = analyze_path(planted(tmp_path))
    result, history = analysis.result, analysis.history
    commits = next(d for d in result.share.definitions if d.id == "commits")
    assert (commits.n, commits.marked, commits.at_most) == (4, 0.25, 1.0)
    assert result.repository.people == 2
    possible = result.marking.possible
    rule = '{tool = "acme-agent", logins = ["acme-agent[bot]"]}'
    assert [(a.name, a.commits, a.reason, a.rule) for a in possible.accounts] == [("acme-agent[bot]", 1, "name", rule)]
    assert [(b.folder, b.commits, b.marked) for b in possible.branches] == [("codex", 2, 1)]
    assert possible.merges == 1
    rows = {row.slug: row for row in result.data_quality}
    assert rows["possible-agents"].severity == "warning"
    assert rows["possible-agents"].message.count("acme-agent[bot] (") == 1
    assert rule in rows["possible-agents"].message
    assert "Possibly AI: 1 unmarked commit from branches" in rows["agent-branches"].message
    assert "1 of all 2" in rows["agent-branches"].message
    assert "automation-excluded" not in rows
    changes = history.merged_changes
    assert changes.loc[changes["kind"] == "session", "person"].isna().tolist() == [False, True]


@pytest.mark.parametrize(("tool", "label"), [("acme-agent", "marked"), ("none", "automation")])
def test_rule_settles_the_account(tmp_path: Path, tool: str, label: str) -> None:
    """With the printed rule the account is an agent, with "none" automation; the row is gone."""
    config = tmp_path / "rules.toml"
    config.write_text(f'rules = [{{tool = "{tool}", logins = ["acme-agent[bot]"]}}]\n', "utf-8")
    analysis = analyze_path(planted(tmp_path), config=str(config))
    labels = analysis.history.labels.set_index("sha")["label"]
    authors = analysis.history.commits.set_index("sha")["author_name"]
    assert labels[authors[authors == "acme-agent[bot]"].index].tolist() == [label]
    assert "possible-agents" not in {row.slug for row in analysis.result.data_quality}


def test_explain_shows_hints_of_the_history(tmp_path: Path, capsys: Captured) -> None:
    """The account and the branch are named for a single commit, also where other commits decide."""
    repo = planted(tmp_path)
    assert run(["explain", git("rev-parse", "HEAD^1", cwd=repo).strip(), str(repo)]) == 0
    out = capsys.readouterr().out
    assert "label    unmarked" in out
    assert "possible-agent:name (H, hint): acme-agent[bot]" in out
    assert run(["explain", git("rev-parse", "HEAD^2~1", cwd=repo).strip(), str(repo)]) == 0
    assert "branch-of-merge:codex (H, hint)" in capsys.readouterr().out
    assert run(["explain", git("rev-parse", "HEAD^1^1", cwd=repo).strip(), str(repo)]) == 0
    assert "(H, hint)" not in capsys.readouterr().out


def test_explain_agrees_with_the_history_on_an_account_known_by_its_messages(tmp_path: Path, capsys: Captured) -> None:
    """Three marked commits of an application make the fourth possibly AI."""
    stream, by = Stream(), "factory[bot] <9+factory[bot]@users.noreply.github.com>"
    last = stream.add("start", {"a.py": body("a")}, at=0)
    for n in range(3):
        last = stream.add(f"feat: {n}{MARK}", {f"{n}.py": body(f"x{n}")}, (last,), at=n + 1, by=by)
    stream.add("feat: unmarked", {"z.py": body("z")}, (last,), at=9, by=by)
    repo = imported(tmp_path / "r", stream.text)
    assert analyze_path(repo).history.labels["weak"].tolist() == [False, False, False, False, True]
    assert run(["explain", "HEAD", str(repo)]) == 0
    assert "possible-agent:messages (H, hint)" in capsys.readouterr().out
