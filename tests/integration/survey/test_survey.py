"""A survey from the draw to the estimate."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepo


Captured = pytest.CaptureFixture[str]


def test_survey_from_draw_to_estimate(make_repo: MakeRepo, tmp_path: Path, capsys: Captured) -> None:
    """A sheet is drawn, filled in and read; titles are safe in spreadsheets; idle options are refused."""
    mark = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
    repo = str(make_repo(*((f"=cmd|{n}{mark if n % 2 else ''}", {f"f{n}.py": f"x = {n}\n"}) for n in range(8))))
    sheet, answers = tmp_path / "sheet.csv", tmp_path / "answers.csv"
    assert run(["survey", repo, "-o", str(sheet), "--style"]) == 0
    assert "--answers" in capsys.readouterr().err
    text = sheet.read_text()
    assert text.count("'=cmd|") == 8
    answers.write_text("\n".join(line.replace(",,", ",AI,", 1) for line in text.splitlines()))
    assert run(["survey", "--answers", str(answers), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["changes"], said["answered"], said["share"]["point"]) == (8, 8, 1.0)
    assert said["recall_of_marks"]["point"] == pytest.approx(0.5)
    assert run(["survey", "--answers", str(answers)]) == 0
    assert "100 %" in capsys.readouterr().out
    assert run(["survey", "--answers", str(answers), "--size", "3"]) == 2
    assert "no-such-effect" in capsys.readouterr().err
    assert run(["survey", "--answers", str(tmp_path / "none.csv")]) == 2
    assert run(["survey", repo, "--since", "2030-01-01"]) == 3
