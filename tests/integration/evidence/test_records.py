"""The registry of line-level records: a second store is read, placed, ranked and part of the cache's key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.evidence import records
from analyzer.evidence.record import LineRange, LineRecord, Note, RecordedLines
from analyzer.pipeline.answer_cache import AnswerCache
from analyzer.pipeline.configured_repository import open_configured
from analyzer.pipeline.dumps import evidence_table
from tests.planting import analyze_path, load_path

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from analyzer.history.repository import Repository
    from tests.conftest import MakeRepo


def a_record(id_: str, lines: int, found_at: str | None = "1" * 40) -> LineRecord:
    """A store that gives the first lines of a.py in every commit to an AI tool named like the store."""

    def read(_repository: Repository, commits: pd.DataFrame) -> RecordedLines:
        note = Note([LineRange("a.py", 1, lines, "ai", id_, None)])
        return RecordedLines(notes=dict.fromkeys(commits["sha"], note))

    return LineRecord(
        id=id_,
        title=id_,
        says="",
        limits="",
        source="",
        place=f"refs/{id_}",
        locate=lambda _repository: found_at,
        read=read,
        names_lines=True,
    )


@pytest.fixture
def repository(make_repo: MakeRepo) -> Path:
    """Four lines in one commit."""
    return make_repo(("four lines", {"a.py": "a = 1\nb = 2\nc = 3\nd = 4\n"}))


def test_first_record_that_names_a_commit_counts(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two stores that name lines of one commit the first one in the registry counts, with its own place."""
    monkeypatch.setattr(records, "RECORDS", (a_record("first", 1), a_record("second", 3)))
    rows = evidence_table(load_path(repository))
    assert rows["match"].tolist() == ["refs/first"]
    truth = next(d for d in analyze_path(repository).result.share.definitions if d.id == "line_truth")
    assert (truth.marked, truth.n) == (0.25, 4)


def test_record_that_is_not_here_is_not_read(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that cannot be located is passed over, and the next one counts."""
    monkeypatch.setattr(records, "RECORDS", (a_record("first", 1, None), a_record("second", 3)))
    assert records.located_records(open_configured(str(repository), {}).repository) == {"second": "1" * 40}
    assert evidence_table(load_path(repository))["match"].tolist() == ["refs/second"]


def test_cached_answer_depends_on_records(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that changes outside the analysed commit asks another question of the cache."""
    opened, names = open_configured(str(repository), {}), set()
    for found_at in (None, "1" * 40, "2" * 40):
        monkeypatch.setattr(records, "RECORDS", (a_record("notes", 1, found_at),))
        names.add(AnswerCache(tmp_path, opened).name)
    assert len(names) == 3
