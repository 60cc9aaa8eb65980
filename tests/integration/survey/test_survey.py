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


def test_sheet_with_answers_is_never_replaced(make_repo: MakeRepo, tmp_path: Path, capsys: Captured) -> None:
    """A blank sheet may be drawn anew; one that somebody has filled in stays, whatever would be written to it."""
    repo, sheet = str(make_repo(("one", {"f.py": "x = 1\n"}), ("two", {"g.py": "y = 2\n"}))), tmp_path / "sheet.csv"
    for _ in range(2):
        assert run(["survey", repo, "-q", "-o", str(sheet)]) == 0
    blank = sheet.read_text()
    filled = blank.replace(",,", ",AI,", 1)
    semicolons = filled.replace(",", ";").encode("utf-16")
    old_names = filled.replace("merged_change,", "unit,").replace(",sampled", ",asked").encode()
    for answers in (filled.encode(), semicolons, old_names, filled.replace("AI", "don't know").encode()):
        sheet.write_bytes(answers)
        for options in ([repo], ["--answers", str(sheet)], ["--answers", str(sheet), "--json"]):
            assert run(["survey", *options, "-q", "-o", str(sheet)]) == 2
            assert "sheet-has-answers" in capsys.readouterr().err
        assert sheet.read_bytes() == answers
