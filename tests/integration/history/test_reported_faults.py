"""Histories behind public reports of faults: scripts that make each one and state the right value."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.conftest import SHARED
from tests.planting import analyze_path

if TYPE_CHECKING:
    from pathlib import Path

SCRIPTS = SHARED / "cases" / "histories"


class Expected(NamedTuple):
    """What one definition counts in the history of a script, its marked share, and the number of people."""

    definition: str
    n: int
    marked: float
    people: int


EXPECTED = {
    "02-unconfigured-machines": Expected("commits", 8, 0, 4),
    "04-gitea-merges-through-develop": Expected("merged_changes", 4, 0, 4),
    "06-azure-squashes": Expected("merged_changes", 4, 0, 1),
    "08-gerrit-topic": Expected("merged_changes", 4, 0, 2),
    "10-bors-batch": Expected("merged_changes", 3, 1 / 3, 3),
    "12-session-link-on-its-own-line": Expected("commits", 4, 3 / 4, 1),
    "14-example-trailer-in-prose": Expected("commits", 2, 0, 1),
    "16-keys-ai-co-authored-by": Expected("commits", 4, 3 / 4, 1),
    "18-languages-taken-for-data": Expected("lines_added", 510, 500 / 510, 1),
    "20-packages-called-doc-pods-man": Expected("lines_added", 40, 0, 1),
    "22-jj-conflict-commit": Expected("lines_added", 12, 0, 1),
    "24-automation-taken-for-people": Expected("commits", 1, 0, 1),
}


@pytest.mark.skipif(shutil.which("sh") is None, reason="the scripts need a shell")
@pytest.mark.parametrize("script", EXPECTED)
def test_reported_fault_is_counted_right(tmp_path: Path, script: str) -> None:
    """The stated value: by git's own count, or by hand."""
    path = SCRIPTS / f"{script}.sh"
    if not path.is_file():
        pytest.skip("the scripts are not here")
    subprocess.run(["sh", str(path), str(tmp_path / "r")], check=True, capture_output=True)
    result = analyze_path(tmp_path / "r").result
    expected = EXPECTED[script]
    counted = next(row for row in result.share.definitions if row.id == expected.definition)
    assert (counted.n, result.repository.people) == (expected.n, expected.people)
    assert counted.marked == pytest.approx(expected.marked)
