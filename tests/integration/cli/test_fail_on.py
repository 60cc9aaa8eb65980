"""--fail-on: exit 4 on a grade or a warning that is there, 0 on one that is not, and never on a share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["unknown_too_little_history", "squash-merges", "too-few-people"])
def test_fail_on_exits_with_4_when_the_name_applies(
    fixture_repos: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A grade, a warning and a verdict's slug end the run with 4, after the whole report is written."""
    page = tmp_path / "report.json"
    words = ["analyze", str(fixture_repos["demo"]), "-q", "-o", str(page), "--fail-on", "misleading", "--fail-on", name]
    assert run(words) == 4
    assert page.read_text().endswith("}\n")
    assert f"failed on: {name}\n" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["misleading", "says_a_lot", "gaming-flag", "landing-changed", "drift"])
def test_fail_on_passes_when_the_name_does_not_apply(fixture_repos: dict[str, Path], name: str, tmp_path: Path) -> None:
    """A grade or warning that this history does not have leaves the exit code at 0."""
    assert run(["analyze", str(fixture_repos["demo"]), "-q", "-o", str(tmp_path / "x.json"), "--fail-on", name]) == 0


@pytest.mark.parametrize("name", ["0.5", "50%", "share", "floor>0.3", "shallow-clone", "", "unknown"])
def test_fail_on_refuses_shares_and_unknown_names(
    fixture_repos: dict[str, Path], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A number, a definition, an error and an empty word are refused before anything is read."""
    assert run(["analyze", str(fixture_repos["demo"]), "--fail-on", name]) == 2
    assert "bad-fail-on" in capsys.readouterr().err
