"""Marks that squashes lost: recovered as planted, counted apart, and no export is believed that is none."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.cli import run
from analyzer.github.merged_pull_requests import QUERY
from tests.conftest import ROOT, MakeRepo, git

if TYPE_CHECKING:
    from pathlib import Path

CLAUDE = "work\n\nCo-authored-by: Claude <noreply@anthropic.com>"
BOT = {"name": "dependabot[bot]", "email": "49699333+dependabot[bot]@users.noreply.github.com"}


def pull(oid: str | None, *messages: str, total: int | None = None, author: dict[str, str] | None = None) -> str:
    """A line of an export."""
    person = author or {"name": "Ada", "email": "ada@example.org"}
    nodes = [{"commit": {"message": message, "person": person}} for message in messages]
    landed = None if oid is None else {"oid": oid}
    commits = {"totalCount": len(nodes) if total is None else total, "nodes": nodes}
    return json.dumps({"number": 1, "mergeCommit": landed, "commits": commits})


def analysed(repo: Path, tmp_path: Path, *lines: str, cache: bool = False) -> Any:
    """The JSON of a history with an export."""
    export, out = tmp_path / "pulls.jsonl", tmp_path / "out.json"
    export.write_text("\n".join(lines))
    words = ["analyze", str(repo), "-q", "--pulls", str(export), "-o", str(out)]
    assert run([*words, *([f"--cache-dir={tmp_path / 'store'}"] if cache else ["--no-cache"])]) == 0
    return json.loads(out.read_text())


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    """Five squashes, the last one with its mark."""
    commits = [(f"change {n} (#{n})", {f"{n}.py": f"value = {n}\n"}) for n in range(4)]
    return make_repo(*commits, (f"change 4 (#4)\n\n{CLAUDE}", {"4.py": "value = 4\n"}))


def test_marks_lost_in_a_squash_are_recovered(repo: Path, tmp_path: Path) -> None:
    """Half of one, all of another; a bot's, a marked one, an unmatched and an unmerged one add nothing."""
    tips = git("--git-dir", repo, "rev-list", "--reverse", "HEAD").split()
    plain = analysed(repo, tmp_path)
    found = analysed(
        repo,
        tmp_path,
        pull(tips[0], CLAUDE, "by hand"),
        pull(tips[1], CLAUDE, total=300),
        pull(tips[2], "Bump x", author=BOT),
        pull(tips[4], CLAUDE),
        pull("f" * 40, CLAUDE),
        pull(None, CLAUDE),
        "",
    )
    expected = {
        "pull_requests": 5,
        "truncated": 1,
        "n": 5,
        "matched": 4,
        "newly_marked": 2,
        "marked": 0.2,
        "marked_with_recovered": 0.5,
    }
    assert found["share"].pop("recovered") == pytest.approx(expected)
    assert plain["share"].pop("recovered")["newly_marked"] == 0
    assert found["share"] == plain["share"]
    (row,) = (row for row in found["data_quality"] if row["slug"] == "squash-marks-lost")
    assert row["message"].startswith("2 of 4 matched changes")


def test_pull_request_export_is_part_of_the_cache_key(repo: Path, tmp_path: Path) -> None:
    """A kept answer to another export is not given."""
    tips = git("--git-dir", repo, "rev-list", "--reverse", "HEAD").split()
    assert analysed(repo, tmp_path, cache=True)["share"]["recovered"]["newly_marked"] == 0
    assert analysed(repo, tmp_path, pull(tips[0], CLAUDE), cache=True)["share"]["recovered"]["newly_marked"] == 1


@pytest.mark.parametrize(
    "line", ["{}", "[]", "null", "1", '"x"', "{", "[" * 100_000, '{"number": 1, "mergeCommit": {}}', "\udcff"]
)
def test_invalid_export_line_is_named(
    repo: Path, tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong use, with the number of the line; nothing is skipped in silence."""
    export = tmp_path / "pulls.jsonl"
    export.write_text(f"{pull(None)}\n{line}\n", "utf-8", "surrogateescape")
    assert run(["analyze", str(repo), "-q", "--no-cache", "--pulls", str(export)]) == 2
    assert "Line 2 is no pull request" in capsys.readouterr().err


def test_documented_query_is_the_one_that_is_sent() -> None:
    """docs/schedule.md shows the GraphQL query that the Action sends."""
    text = (ROOT / "docs" / "schedule.md").read_text("utf-8")
    (pasted,) = re.findall(r"```graphql\n(.*?)\n```", text, re.DOTALL)
    assert pasted == QUERY
