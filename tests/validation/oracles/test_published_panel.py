"""The event study of a published panel gives the published figures."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run
from tests.conftest import SHARED

if TYPE_CHECKING:
    from pathlib import Path


PANEL = SHARED / "data" / "cursor_panel_monthly.csv.gz"


Captured = pytest.CaptureFixture[str]


def cursor(outcome: str, capsys: Captured, tmp_path: Path) -> dict[str, object]:
    """The published panel through the command, with its authors' filter and controls."""
    if not PANEL.exists():
        pytest.skip("the published panel is not part of the repository")
    (tmp_path / "panel.csv").write_bytes(gzip.decompress(PANEL.read_bytes()))
    named = "age,contributors,stars,issues"
    rows = "(event == '' or '2024-08' <= event <= '2025-03')"
    if outcome not in {"lines_added", "commits"}:
        rows += f" and {outcome.rsplit('+', maxsplit=1)[-1]} >= 0"
    command = ["infer", str(tmp_path / "panel.csv"), "--unit", "repo_name", "--period", "time", "--event", "event"]
    command += ["--outcome", outcome, "--controls", f"{named},ncloc", "--log", named, "--where", rows, "--json"]
    assert run(command) == 0
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


# Re-estimated from the replication data of He et al. (MSR 2026). This tests arithmetic: adoption there is announced by
# a file, and nothing here says that the tool was the cause.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("outcome", "month", "average"),
    [
        ("lines_added", 2.81, 0.286),
        ("commits", 0.554, 0.034),
        ("bugs+vulnerabilities+code_smells", 0.29, 0.297),
        ("cognitive_complexity", 0.39, 0.407),
    ],
)
def test_published_panel(outcome: str, month: float, average: float, capsys: Captured, tmp_path: Path) -> None:
    """Lines +281 % in month 0 and +28.6 % on average, commits +55.4 %, warnings and complexity as published."""
    answer = cursor(outcome, capsys, tmp_path)
    rows = {row["horizon"]: row for row in answer["event_study"]}  # type: ignore[attr-defined]
    assert rows[0]["estimate"] == pytest.approx(month, abs=0.02)
    assert answer["average_effect"]["estimate"] == pytest.approx(average, abs=0.01)  # type: ignore[index]
