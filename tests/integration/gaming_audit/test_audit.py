"""`aishare audit`: moves are done to the tables and counted again; shares move as arithmetic says, outcomes do not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.cli import run
from analyzer.simulation.project_plan import Plan
from analyzer.simulation.repository import write_repository
from tests.conftest import imported
from tests.planting import Stream, body

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]
MARK = "Co-Authored-By: Claude <noreply@anthropic.com>"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty commits of three people, each pushed by itself; every third is marked and of ten lines, others of four."""
    stream = Stream()
    before: tuple[int, ...] = ()
    for k in range(30):
        marked = k % 3 == 0
        lines = {f"f{k}.py": body(f"m{k}", 10 if marked else 4)}
        people = ("Ada <ada@x>", "Bo <bo@x>", "Cy <cy@x>")
        subject = f"Work {k}\n\n{MARK}\n" if marked else f"Work {k}"
        before = (stream.add(subject, lines, before, at=3.0 * k, by=people[k // 3 % 3]),)
    return imported(tmp_path_factory.mktemp("audit") / "r", stream.text)


def audit(repository: Path, capsys: Captured, *more: str) -> dict[str, Any]:
    """The audit by row."""
    assert run(["audit", str(repository), "-q", "--no-cache", "--json", *more]) == 0
    found = json.loads(capsys.readouterr().out)
    return {row["id"]: row for row in found["rows"]}


def test_audit_baseline_equals_analyze(repository: Path, capsys: Captured) -> None:
    """The first row has the marked shares of the report."""
    rows = audit(repository, capsys)
    assert run(["analyze", str(repository), "-q", "--no-cache", "--json"]) == 0
    definitions = json.loads(capsys.readouterr().out)["share"]["definitions"]
    floors = {d["id"]: d["marked"] for d in definitions if d["id"] in rows["as_is"]["shares"]}
    assert rows["as_is"]["shares"] == pytest.approx(floors)


def test_manipulated_shares_are_arithmetic(repository: Path, capsys: Captured) -> None:
    """Each manipulation gives the share that counting by hand gives."""
    rows = audit(repository, capsys)
    n, marked = 30, 10
    lines, marked_lines = 10 * 10 + 20 * 4, 10 * 10
    share = {id_: row["shares"] for id_, row in rows.items()}
    assert share["as_is"]["commits"] == pytest.approx(marked / n)
    assert share["as_is"]["lines_added"] == pytest.approx(marked_lines / lines)
    for definition in ("commits", "merged_changes", "lines_added", "lines_surviving"):
        assert share["mark_all"][definition] == 1
        assert share["unmark"][definition] == 0
        assert share["generate"][definition] == share["as_is"][definition]
    assert share["mark_trivial"]["commits"] == 1
    assert share["split_commits"]["commits"] == pytest.approx(5 * marked / (5 * marked + n - marked))
    assert share["split_commits"]["lines_added"] == share["as_is"]["lines_added"]
    assert share["split_changes"]["merged_changes"] == pytest.approx(5 * marked / (5 * marked + n - marked))
    assert share["pad"]["lines_added"] == pytest.approx(2 * marked_lines / (lines + marked_lines))
    assert share["pad"]["commits"] == share["as_is"]["commits"]
    assert share["empty"]["commits"] > share["as_is"]["commits"]


def test_only_splitting_changes_outcomes(repository: Path, capsys: Captured) -> None:
    """Marking, squashing, padding and generating change no outcome; splitting and empty pushes only add changes."""
    rows = audit(repository, capsys)
    base = rows["as_is"]["outcomes"]
    assert base["shipped"] == 30
    for still in ("mark_all", "mark_trivial", "unmark", "squash", "split_commits", "pad", "generate"):
        assert rows[still]["outcomes"] == base
    assert rows["split_changes"]["outcomes"]["shipped"] == 30 + 4 * 10
    for cut in ("split_changes", "empty"):
        assert rows[cut]["outcomes"]["followed_up"] == base["followed_up"]
        assert rows[cut]["outcomes"]["taken_back"] == base["taken_back"]


@pytest.fixture(scope="module")
def with_reverts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A simulated history in which AI changes are reverted three times as often, and its truth."""
    folder = tmp_path_factory.mktemp("audit") / "reverts"
    truth = write_repository(Plan(6, 6, disclosure=1.0, reverts=0.1, ratio=3.0, landing="squash", seed=3), str(folder))
    return folder, truth


def test_audit_counts_reverted_changes(with_reverts: tuple[Path, dict[str, Any]], capsys: Captured) -> None:
    """As many as were reverted. They are no shipped changes; splitting reverts none of the new ones."""
    repository, truth = with_reverts
    merged = {change["number"]: datetime.fromisoformat(change["merged"]) for change in truth["each"]}
    reverts = {change["takes_back"]: change["number"] for change in truth["each"] if change["takes_back"]}
    assert len(reverts) > 5
    rows = audit(repository, capsys)
    assert {row["outcomes"]["taken_back"] for row in rows.values()} == {len(reverts)}
    cancelled = {target for target, revert in reverts.items() if merged[revert] - merged[target] <= timedelta(days=35)}
    shipped = [c for c in truth["each"] if c["number"] not in cancelled | set(reverts.values())]
    n = len(shipped) + 1  # The commit that sets up the repository is no planned change.
    assert rows["as_is"]["outcomes"]["shipped"] == n
    marked = sum(change["marked"] for change in shipped)
    assert rows["split_changes"]["outcomes"]["shipped"] == n + 4 * marked


def test_audit_counts_reverts_after_the_range(with_reverts: tuple[Path, dict[str, Any]], capsys: Captured) -> None:
    """A change of the range counts as reverted if it was reverted later."""
    repository, truth = with_reverts
    merged = {change["number"]: change["merged"][:10] for change in truth["each"]}
    reverts = [(merged[c["takes_back"]], c["merged"][:10]) for c in truth["each"] if c["takes_back"]]
    day = sorted(target for target, revert in reverts if target < revert)[len(reverts) // 2]
    reverted = [revert for target, revert in reverts if target <= day]
    assert max(reverted) > day
    assert audit(repository, capsys, "--until", day)["as_is"]["outcomes"]["taken_back"] == len(reverted)


def test_audit_screen_fits_and_changes_no_file(repository: Path, capsys: Captured) -> None:
    """The screen has eighty columns and describes each manipulation; no file of the repository changes."""
    before = sorted((str(p), p.stat().st_mtime_ns) for p in repository.rglob("*"))
    assert run(["audit", str(repository), "-q", "--no-cache"]) == 0
    screen = capsys.readouterr().out
    assert max(map(len, screen.splitlines())) <= 80
    assert "Every marked line is written twice." in screen
    assert sorted((str(p), p.stat().st_mtime_ns) for p in repository.rglob("*")) == before
    assert run(["audit", str(repository), "-q", "--no-cache", "--since", "2030-01-01"]) == 3
    assert "nothing-in-range" in capsys.readouterr().err
