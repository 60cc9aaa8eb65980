"""Tests of gaming on whole repositories: half of the marks left out is not gaming, and a target counts from its day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.simulation.project_plan import Plan
from analyzer.simulation.repository import write_repository
from tests.planting import analyze_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def half_marked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty people, two years, half of the AI changes unmarked; use of AI rises, so that the other changes grow."""
    folder = tmp_path_factory.mktemp("gaming") / "app"
    write_repository(Plan(people=20, months=24, disclosure=0.5, landing="squash", seed=0), str(folder))
    return folder


@pytest.mark.parametrize(
    ("day", "label"), [(None, "divergence"), ("2025-01-01", "goodhart"), ("2030-01-01", "divergence")]
)
def test_partial_disclosure_is_no_gaming(half_marked: Path, tmp_path: Path, day: str | None, label: str) -> None:
    """No test fires and none sets a grade; a target of a later day is not announced yet."""
    config = None
    if day is not None:
        (tmp_path / "aishare.toml").write_text(f"[[targets]]\ndate = {day}\nvalue = 0.3\n", "utf-8")
        config = str(tmp_path / "aishare.toml")
    result = analyze_path(half_marked, by="quarter", config=config).result
    assert result.gaming is not None
    assert result.gaming.label == label
    assert [flag.variant for flag in result.gaming.flags if flag.diverges] == []
    assert sum(flag.diverges is not None for flag in result.gaming.flags) >= 5
    assert "misleading" not in {verdict.grade for verdict in result.verdicts}
    assert (result.gaming.day == day) is (label == "goodhart")
