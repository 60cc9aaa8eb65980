"""history → structure: compare the functions of the commits whose outcomes are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.history.object_check import object_check
from analyzer.pipeline.inputs import outcome_inputs
from analyzer.structure.records import RecordStore
from analyzer.structure.run import structure_tables

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.core.progress import Progress
    from analyzer.pipeline.load import History
    from analyzer.share.definition import ShareInputs
    from analyzer.share.time_window import TimeWindow
    from analyzer.structure.run import StructureTables


def read_structure(
    history: History,
    shares: ShareInputs,
    window: TimeWindow,
    cache_dir: Path | None,
    progress: Progress,
    *,
    compared_only: bool = True,
) -> StructureTables | None:
    """Return the functions that sampled commits of the range touch.

    None where they were not asked for, where no marked commit changes code that we parse, and where no commit has a
    date or file contents are missing. `compared_only`: leave out work that no marked work is compared with. Raises
    `NoShareError` if git fails.
    """
    settings, changes = history.settings, history.file_changes
    if not settings.structure_files or changes is None or window.as_of is None:
        return None
    repository = history.repository
    commits = outcome_inputs(history, shares, window, pd.Timestamp(window.as_of)).commits
    check = None if cache_dir is None else object_check(repository.git, cache_dir, repository.name)
    store = RecordStore(cache_dir, repository.name, check)
    # Whether a file was renamed follows from contents, and git fails where it lacks one of them.
    git = repository.git.with_empty_blobs(history.missing) if history.missing else repository.git
    tables = structure_tables(
        git, commits, changes, store, settings.structure_files, progress, compared_only=compared_only
    )
    return tables if tables.commits_read or not compared_only else None
