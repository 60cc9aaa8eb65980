"""The Python API gives what the command gives, and refuses what the command refuses."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

import analyzer
from analyzer.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepo

_CONFIGURATION = 'by = "quarter"\nexclude = ["b.py"]\nsalt = "a salt of the repository"\n'


@pytest.fixture
def configured(make_repo: MakeRepo) -> Path:
    """A repository whose commit has a configuration that changes the answer."""
    return make_repo(
        ("start", {"a.py": "one = 1\ntwo = 2\n", "b.py": "six = 6\n", "aishare.toml": _CONFIGURATION}),
        ("more\n\nCo-authored-by: Claude <noreply@anthropic.com>", {"a.py": "one = 1\ntwo = 2\nthree = 3\n"}),
    )


def test_analyze_gives_the_bytes_of_the_command(configured: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Configuration of the commit included; a setting wins over it, as an option does."""
    for settings, options in (
        ({}, []),
        ({"by": "week", "since": dt.date(2024, 1, 2)}, ["--by=week", "--since=2024-01-02"]),
    ):
        assert run(["analyze", str(configured), "--json", "--no-cache", "-q", *options]) == 0
        assert analyzer.analyze(configured, cache=False, **settings).to_json() == capsys.readouterr().out


def test_configuration_of_the_commit_is_honoured(configured: Path) -> None:
    """Periods are quarters, and the excluded file is in no count."""
    result = analyzer.analyze(configured, cache=False)
    assert set(result.shares_by_period()["period"]) == {"2024-Q1"}
    assert result.shares().set_index("id").loc["lines_added", "n"] == 3


@pytest.mark.parametrize("settings", [{"by": "quarters"}, {"until_day": "2024-01-01"}, {"since": "yesterday"}])
def test_wrong_settings_are_documented_errors(configured: Path, settings: dict[str, str]) -> None:
    """A slug and a fix, whatever is wrong."""
    with pytest.raises(analyzer.AishareError) as wrong:
        analyzer.analyze(configured, cache=False, **settings)
    assert wrong.value.slug
    assert wrong.value.fix


def test_panel_asks_for_consent(configured: Path) -> None:
    """Rows per person come only with `people_ok=True`; people are hashes, never names."""
    with pytest.raises(analyzer.AishareError, match="row for every person"):
        _ = analyzer.open_history(configured, cache=False).panel
    assert list(analyzer.open_history(configured, cache=False, people_ok=True).panel.columns)[:2] == ["unit", "person"]
    assert not analyzer.open_history(configured, cache=False).commits["person"].str.contains("Ada").any()
