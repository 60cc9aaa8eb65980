"""Changes of a repository's own rules on AI marks, in planted histories."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from analyzer.evidence import policy_files
from tests.conftest import git, imported
from tests.planting import Stream, load_path

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from analyzer.evidence.public_policies import Policy

BAN = "Do not add Co-Authored-By lines for AI tools."
ASK = "Add the trailer Assisted-by if you used an AI assistant."


def rules_of(stream: Stream, tmp_path: Path) -> list[Policy]:
    """The rules of the history."""
    return stream.read(tmp_path).policies.policies


def said(policies: list[Policy]) -> list[tuple[str, str, str | None]]:
    """Day, direction and file of each rule."""
    return [(policy.date, policy.expects, policy.path) for policy in policies]


def test_rule_appears_changes_and_goes(tmp_path: Path) -> None:
    """Each change of what a file says is one row, with its day, direction, file and commit; other edits are none."""
    stream = Stream()
    versions = (["Hello."], ["Hello.", "", BAN], ["Hello, all.", "", BAN], ["Hello, all.", "", ASK], ["Hello, all."])
    last: tuple[int, ...] = ()
    for day, lines in enumerate(versions):
        last = (stream.add(f"c{day}", {"CONTRIBUTING.md": lines}, last, at=day),)
    policies = rules_of(stream, tmp_path)
    days = [("2024-01-02", "down"), ("2024-01-04", "up"), ("2024-01-05", "down")]
    assert said(policies) == [(*row, "CONTRIBUTING.md") for row in days]
    assert [policy.asks for policy in policies] == ["no_marks", "marks", "no_marks"]
    assert "forbids AI marks (commit " in policies[0].text
    assert policies[0].sha is not None
    assert policies[0].sha[:12] in policies[0].text
    assert policies[0].about_marks_alone


def test_ban_of_co_authors_next_to_another_trailer_is_none(tmp_path: Path) -> None:
    """Where a file asks for another trailer, a ban of AI co-authors replaces a mark and takes none away."""
    stream = Stream()
    first = stream.add("ask", {"CONTRIBUTING.md": [ASK]}, at=0)
    stream.add("more", {"CONTRIBUTING.md": [ASK, "", "Do not name AI tools in Co-authored-by."]}, (first,), at=1)
    assert said(rules_of(stream, tmp_path)) == [("2024-01-01", "up", "CONTRIBUTING.md")]


def test_rule_counts_from_its_merge(tmp_path: Path) -> None:
    """A rule of a branch holds from the day the branch came in."""
    stream = Stream()
    base = stream.add("base", {"a.py": ["x = 1"]}, at=0)
    side = stream.add("rule", {"AGENTS.md": ["Never add co-author lines."]}, (base,), at=1, branch="side")
    main = stream.add("work", {"a.py": ["x = 2"]}, (base,), at=2)
    stream.add("Merge branch 'side'", {"AGENTS.md": ["Never add co-author lines."]}, (main, side), at=40, by="Bo <b@x>")
    assert said(rules_of(stream, tmp_path)) == [("2024-02-10", "down", "AGENTS.md")]


def test_moved_rule_is_no_change(tmp_path: Path) -> None:
    """A rule that moves to another file in one commit stays what it was; settings of tools count in one direction."""
    stream = Stream()
    first = stream.add("rule", {"CLAUDE.md": [BAN]}, at=0)
    second = stream.add("move", {"AGENTS.md": [BAN], "CLAUDE.md": ["See AGENTS.md."]}, (first,), at=1)
    on, off = (['{"attribution": {"commit": %s}}' % value] for value in ('"x"', '""'))  # noqa: UP031 - braces
    third = stream.add("settings", {".claude/settings.json": off}, (second,), at=2)
    stream.add("settings again", {".claude/settings.json": on}, (third,), at=3)
    rows = [("2024-01-01", "down", "CLAUDE.md"), ("2024-01-03", "down", ".claude/settings.json")]
    assert said(rules_of(stream, tmp_path)) == [*rows, ("2024-01-04", "up", ".claude/settings.json")]


def test_names_of_strangers_are_printable(tmp_path: Path) -> None:
    """A file name cannot break a line, a terminal or the request to git; a name with a line break is not read."""
    names = ["CONTRIBUTING`|<b>##[error]\u202e.md", '"CONTRIBUTING\\n.md"', '"CONTRIBUTING\\033[2J.md"']
    stream = Stream()
    last: tuple[int, ...] = ()
    for day, name in enumerate(names):
        last = (stream.add(f"c{day}", {name: [BAN]}, last, at=day),)
    (policy,) = rules_of(stream, tmp_path)
    assert policy.path == "CONTRIBUTING`|<b>##[error]\ufffd.md"
    assert all(character.isprintable() for character in policy.text)


def test_large_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over the limit is counted and not read, and neither is one that follows it or exceeds the total."""
    stream = Stream()
    first = stream.add("large", {"AGENTS.md": [BAN, *["x" * 99] * 3000]}, at=0)
    second = stream.add("small again", {"AGENTS.md": ["Hi."]}, (first,), at=1)
    stream.add("rule", {"CONTRIBUTING.md": [BAN]}, (second,), at=2)
    history = stream.read(tmp_path)
    assert said(history.policies.policies) == [("2024-01-03", "down", "CONTRIBUTING.md")]
    assert history.policies.unread == 2
    monkeypatch.setattr(policy_files, "_MAX_TOTAL_BYTES", 10)
    assert load_path(tmp_path / "r").policies == ([], 3)


def test_flood_of_changes_reads_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more changes than are read, the newest are; the others are counted."""
    monkeypatch.setattr(policy_files, "MAX_CHANGES", 3)
    stream = Stream()
    last: tuple[int, ...] = ()
    for day in range(10):
        last = (stream.add(f"c{day}", {"CONTRIBUTING.md": [BAN if day % 2 else "Hi."]}, last, at=day),)
    history = stream.read(tmp_path)
    assert [day for day, *_ in said(history.policies.policies)] == ["2024-01-08", "2024-01-09", "2024-01-10"]
    assert history.policies.unread == 7


def test_deep_and_binary_settings_are_harmless(tmp_path: Path) -> None:
    """Settings that nest without end, hold no text or are links change nothing and take no time."""
    stream = Stream()
    first = stream.add("deep", {".claude/settings.json": ['{"a":' * 40_000]}, at=0)
    second = stream.add("zeros", {".vscode/settings.json": ["\0" * 100]}, (first,), at=1)
    stream.text += b"commit refs/heads/main\ncommitter A <a@x> 1704300000 +0000\ndata 1\nl\nfrom :%d\n" % second
    stream.text += b"M 120000 inline AGENTS.md\ndata 9\n/dev/zero\n\n"
    start = time.perf_counter()
    assert rules_of(stream, tmp_path) == []
    assert time.perf_counter() - start < 20


def test_clone_without_contents_has_public_rules_alone(tmp_path: Path) -> None:
    """A partial clone lacks the files: own rules are unknown, which is not that there are none."""
    stream = Stream()
    first = stream.add("rule", {"CONTRIBUTING.md": [BAN], "a.py": ["x = 1"]}, at=0)
    stream.add("x\n\nCo-Authored-By: Claude <noreply@anthropic.com>", {"a.py": ["x = 2"]}, (first,), at=1)
    source = imported(tmp_path / "source", stream.text)
    git("--git-dir", source, "config", "uploadpack.allowFilter", "true")
    git("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{source}", tmp_path / "partial")
    partial = load_path(tmp_path / "partial").policies
    assert partial.unread is None
    assert {policy.asks for policy in partial.policies} == {"setting"}
    whole = load_path(source).policies
    assert whole.unread == 0
    assert {policy.asks for policy in whole.policies} == {"setting", "no_marks"}
