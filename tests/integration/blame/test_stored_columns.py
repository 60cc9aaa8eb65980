"""A stored file with a sound checksum is not believed either: it is checked, discarded with a note, and made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analyzer.blame.snapshot_check import check_columns
from analyzer.history.commits import read_commit_graph
from analyzer.history.repository import open_repository
from analyzer.pipeline.line_history import LineReplay, replay_lines, snapshot_store
from tests.conftest import git
from tests.integration.blame.test_snapshot import same

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from analyzer.core.cachedir import CacheStore

    Columns = dict[str, NDArray[np.generic] | bytes]


@pytest.fixture(scope="module")
def stored(fixture_repos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Columns:
    """The columns of a history with moves, merges, deletions and files without lines."""
    cache, path = tmp_path_factory.mktemp("cache"), fixture_repos["demo"]
    replay_lines(open_repository(str(path)), cache)
    store, head = snapshots(path, cache)
    columns = store.read(head)
    assert columns is not None
    return columns


def snapshots(path: Path, cache: Path) -> tuple[CacheStore, str]:
    """Where the replays of a repository are stored, and the name of the one of its head."""
    repository = open_repository(str(path))
    return snapshot_store(repository, read_commit_graph(repository.git, repository.head), cache), repository.head


# Columns in which any number may stand.
ANY_NUMBER = (
    *(f"tally_{name}" for name in ("added", "deleted", "func", "dec", "status", "net")),
    *("text", "shape", "tokens"),
)


def wrong_versions(columns: Columns) -> list[tuple[str, Columns]]:
    """Each column missing, of another type, longer, shorter, and with a value that no such column has."""
    cases: list[tuple[str, Columns]] = []
    for name, values in columns.items():
        cases.append((f"{name} missing", {k: v for k, v in columns.items() if k != name}))
        if isinstance(values, bytes):
            cases.append((f"{name} numbers", columns | {name: np.zeros(3, np.uint32)}))
            if name not in {"paths", "step_names"}:
                cases.append((f"{name} odd", columns | {name: values + b"\nzz"}))
            continue
        cases.append((f"{name} bytes", columns | {name: b"abc"}))
        cases.append((f"{name} wide", columns | {name: values.astype(np.int64)}))
        if name not in {"slight", "comment", "text"}:
            cases.append((f"{name} longer", columns | {name: np.append(values, values[-1:] if len(values) else 1)}))
        if len(values):
            largest = values.copy()
            largest[len(values) // 2] = 127 if values.dtype.itemsize == 1 else 2**31 - 1
            if not name.startswith(ANY_NUMBER):
                cases.append((f"{name} large", columns | {name: largest}))
    return cases


def test_every_wrong_column_is_noticed(stored: Columns) -> None:
    """The stored columns pass; none of these variants does, but where any value may stand."""
    check_columns(stored)
    accepted = []
    for name, columns in wrong_versions(stored):
        try:
            check_columns(columns)
        except (ValueError, LookupError):
            continue
        accepted.append(name)
    assert accepted == ["birth_line large"]  # lines may start anywhere


@pytest.mark.parametrize("variant", ["empty", "other history", "no columns of ours", "rows from elsewhere"])
def test_a_stored_file_that_does_not_fit_is_made_anew(
    stored: Columns, variant: str, fixture_repos: dict[str, Path], tmp_path: Path
) -> None:
    """A full run with the right tables and a note; the run after it is quick again."""
    path = fixture_repos["demo"]

    def replayed() -> LineReplay:
        return replay_lines(open_repository(str(path)), tmp_path)

    replayed()
    shas = stored["shas"]
    assert isinstance(shas, bytes)
    other = b"\n".join(sha[::-1] for sha in shas.split(b"\n"))
    planted_columns: dict[str, Columns] = {
        "empty": {"shas": b""},
        "other history": stored | {"shas": other},
        "no columns of ours": {"json": b"{}", "missing": b""},
        "rows from elsewhere": stored | {"shas": b"\n".join(shas.split(b"\n")[::-1])},
    }
    store, head = snapshots(path, tmp_path)
    assert store.write(head, planted_columns[variant])
    again = replayed()
    assert again.provenance.mode == "full"
    assert any("does not fit" in note for note in again.notes)
    same(again.provenance, replay_lines(open_repository(str(path)), None).provenance)
    assert replayed().provenance.mode == "stored"


def test_a_snapshot_under_another_name_is_not_used(fixture_repos: dict[str, Path], tmp_path: Path) -> None:
    """Whoever can only rename files in the cache cannot pass off the run of one commit as that of another."""
    path = fixture_repos["demo"]
    earlier = git("--git-dir", path, "rev-parse", "HEAD~5").strip()
    replay_lines(open_repository(str(path), earlier), tmp_path)
    (stored_earlier,) = tmp_path.rglob("*.parquet")
    head = git("--git-dir", path, "rev-parse", "HEAD").strip()
    stored_earlier.rename(stored_earlier.with_name(f"{head}.parquet"))
    again = replay_lines(open_repository(str(path)), tmp_path)
    assert again.provenance.mode == "full"
    assert any("of another question" in note for note in again.notes)
