"""`analyze --archive`: grades are added and never changed, by whole files, and nobody else's file is touched."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepo

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def repository(make_repo: MakeRepo) -> str:
    """One commit of 2024."""
    return str(make_repo(("First", {"a.py": "x = 1\n"})))


def archive(repository: str, file: Path, *more: str) -> int:
    """Analyse into the archive; the report itself goes nowhere."""
    target = str(file.parent / "report.json")
    return run(["analyze", repository, "--no-cache", "-o", target, "--archive", str(file), *more])


def test_grade_of_a_quarter_is_set_once(repository: str, tmp_path: Path, capsys: Captured) -> None:
    """Every outcome gets an entry; another run in the quarter writes nothing, one in the next adds three."""
    file = tmp_path / "grades.json"
    assert archive(repository, file, "--as-of", "2026-02-03") == 0
    assert "2025-Q4 throughput: unknown_not_measurable stands. The first quarter." in capsys.readouterr().err
    first = json.loads(file.read_text())
    assert [(q["quarter"], q["outcome"]) for q in first["quarters"]] == [
        ("2025-Q4", "defects"),
        ("2025-Q4", "quality"),
        ("2025-Q4", "throughput"),
    ]
    before = file.stat().st_mtime_ns
    assert archive(repository, file, "--as-of", "2026-03-31") == 0
    assert file.stat().st_mtime_ns == before
    assert archive(repository, file, "--as-of", "2026-04-01") == 0
    assert json.loads(file.read_text())["quarters"][:3] == first["quarters"]
    assert len(json.loads(file.read_text())["quarters"]) == 6


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema_version": "1", "quarters": [{}]}', "[" * 100_000, "\x00"])
def test_file_that_is_no_archive_is_refused_and_kept(
    repository: str, tmp_path: Path, capsys: Captured, text: str
) -> None:
    """What is no archive stays byte for byte, with an error that names it."""
    file = tmp_path / "notes.json"
    file.write_text(text)
    assert archive(repository, file) == 2
    assert "bad-archive" in capsys.readouterr().err
    assert file.read_text() == text


def test_failed_run_keeps_the_old_archive(
    repository: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """The file is replaced as a whole: where that fails the old one is whole, and nothing is left beside it."""
    file = tmp_path / "grades.json"
    assert archive(repository, file, "--as-of", "2026-02-03") == 0
    old = file.read_bytes()

    whole = os.replace

    def fails(draft: str, target: str) -> None:
        if target == str(file):
            raise OSError(28, "No space left on device")
        whole(draft, target)

    monkeypatch.setattr(os, "replace", fails)
    assert archive(repository, file, "--as-of", "2026-05-03") == 2
    assert "No space left" in capsys.readouterr().err
    assert file.read_bytes() == old
    assert {p.name for p in tmp_path.iterdir() if p.is_file()} == {"grades.json", "report.json"}
