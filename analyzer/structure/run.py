"""history → structure: compare the functions of sampled commits before and after, as tables."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analyzer.core import tables
from analyzer.core.structure_tables import FUNCTION_CHANGES, MEASURES, PARSED_FILES
from analyzer.structure.reading import read_files
from analyzer.structure.sample import draw_commits, parsed_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from analyzer.core.progress import Progress
    from analyzer.history.git import Git
    from analyzer.structure.comparison import FunctionChange
    from analyzer.structure.records import RecordStore, StoredComparison

# Records of earlier samples that are stored beside those of this run, in commits.
_MAX_STORED = 10_000


class StructureTables(NamedTuple):
    """Tables of structure, and of how much they were made.

    Attributes
    ----------
    function_changes, parsed_files : tables of these names.
    commits_read, commits : commits whose functions were compared, of all that change code which we parse.
    files_read, files : the same in changed files of production code.
    """

    function_changes: pd.DataFrame
    parsed_files: pd.DataFrame
    commits_read: int
    commits: int
    files_read: int
    files: int


def structure_tables(
    git: Git,
    commits: pd.DataFrame,
    file_changes: pd.DataFrame,
    store: RecordStore,
    most_files: int,
    progress: Progress,
    *,
    compared_only: bool = True,
) -> StructureTables:
    """Compare functions before and after each of the sampled commits.

    Parameters
    ----------
    git : the repository.
    commits : sha, person, ai of the commits of the range, without merges, oldest first.
    file_changes : table `file_changes`.
    store : records of earlier runs.
    most_files : changed files that are read at most.
    compared_only : leave out work that no marked work is compared with (`draw_commits`).
    """
    changes = parsed_changes(file_changes, commits)
    drawn = set(draw_commits(changes, commits, most_files, compared_only=compared_only))
    in_order = [sha for sha in commits["sha"].to_list() if sha in drawn]
    wanted = changes[changes["sha"].isin(drawn)]
    classes: dict[str, dict[str, str]] = {sha: {} for sha in in_order}
    for sha, path, kind in zip(wanted["sha"], wanted["path"], wanted["path_class"], strict=True):
        classes[sha][path] = kind
    stored = store.read()
    missing = {sha: classes[sha] for sha in in_order if not _covers(stored.get(sha), classes[sha])}
    if missing:
        fresh = read_files(git, missing, progress)
        others = [sha for sha in stored if sha not in drawn][-_MAX_STORED:]
        stored = stored | fresh
        store.write({sha: stored[sha] for sha in (*others, *in_order)})
    records = [record for sha in in_order for record in stored[sha] if record.comparison]
    test_files = file_changes[(file_changes["path_class"] == "test") & file_changes["sha"].isin(drawn)]
    return StructureTables(
        function_table(records, dict(zip(commits["sha"], commits["ai"].astype(bool), strict=True))),
        _file_table(records, _paths_by_commit(test_files)),
        len(in_order),
        changes["sha"].nunique(),
        sum(record.measured for record in records),
        int((changes["path_class"] == "code").sum()),
    )


def _covers(records: Sequence[StoredComparison] | None, classes: Mapping[str, str]) -> bool:
    """Return whether the stored records of a commit were made of the same files as production code, and as tests."""
    return records is not None and {r.path: r.measured for r in records} == {p: k == "code" for p, k in classes.items()}


def function_table(records: Sequence[StoredComparison], is_marked: Mapping[str, bool]) -> pd.DataFrame:
    """Return table `function_changes`; `is_marked`: whether each commit is marked as AI."""
    rows = [
        (
            record.sha,
            is_marked[record.sha],
            record.path,
            record.language,
            function.name,
            function.change,
            *_measures(function),
        )
        for record, function in _without_moves(records)
    ]
    names = [*(f"{name}_before" for name in MEASURES), *MEASURES]
    table = pd.DataFrame(rows, columns=["sha", "ai", "path", "language", "name", "change", *names])
    dtypes = {column.name: tables.DTYPES[column.kind] for column in FUNCTION_CHANGES.columns}
    return tables.conform(table.astype(dtypes), FUNCTION_CHANGES)


def _measures(function: FunctionChange) -> Iterator[int | None]:
    for measures in (function.before, function.after):
        yield from (None,) * len(MEASURES) if measures is None else measures


def _without_moves(records: Sequence[StoredComparison]) -> Iterator[tuple[StoredComparison, FunctionChange]]:
    """Yield the changes of functions; what one commit removed in one place and added in another was moved."""
    removed: dict[str, set[bytes]] = {}
    added: dict[str, set[bytes]] = {}
    for record, function in _each_function(records):
        if function.change in ("removed", "added"):
            side = removed if function.change == "removed" else added
            side.setdefault(record.sha, set()).add(function.digest)
    moved = {sha: digests & removed[sha] for sha, digests in added.items() if sha in removed}
    for record, function in _each_function(records):
        if function.change not in ("removed", "added") or function.digest not in moved.get(record.sha, ()):
            yield record, function


def _each_function(records: Sequence[StoredComparison]) -> Iterator[tuple[StoredComparison, FunctionChange]]:
    for record in records:
        for function in () if record.comparison is None else record.comparison.functions:
            yield record, function


def _paths_by_commit(file_changes: pd.DataFrame) -> dict[str, list[str]]:
    paths: dict[str, list[str]] = {}
    for sha, path in zip(file_changes["sha"], file_changes["path"], strict=True):
        paths.setdefault(sha, []).append(path)
    return paths


def _file_table(records: Sequence[StoredComparison], test_files: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return table `parsed_files`; `test_files`: paths of the test files that each commit touches."""
    rows = [
        (
            record.sha,
            record.path,
            "code" if record.measured else "test",
            record.language,
            compared.tests_added,
            compared.has_error,
            compared.tests_added > 0 or _is_tested(record.path, test_files.get(record.sha, ())),
        )
        for record in records
        if (compared := record.comparison) is not None
    ]
    table = pd.DataFrame(rows, columns=[column.name for column in PARSED_FILES.columns])
    dtypes = {column.name: tables.DTYPES[column.kind] for column in PARSED_FILES.columns}
    return tables.conform(table.astype(dtypes), PARSED_FILES)


def _is_tested(path: str, test_files: Iterable[str]) -> bool:
    """Return whether one of the test files has the name of a file in its own: `test_parse.py`, `parse.spec.ts`."""
    name = PurePosixPath(path).stem.lower()
    return any(name in PurePosixPath(test).name.lower() for test in test_files)
