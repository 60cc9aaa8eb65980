"""repository → provenance, with the store and the ignored commits that belong to it, and notes in words."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.history import log
from analyzer.history.landings import mainline_root
from analyzer.history.paths import Selection
from analyzer.provenance.ignored import FILE, ignored
from analyzer.provenance.snapshot import RULES
from analyzer.provenance.trace import trace
from analyzer.reading import committed_file, silent
from analyzer.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from analyzer.config import Settings
    from analyzer.history.repository import Repository
    from analyzer.provenance.trace import Provenance
    from analyzer.provenance.views import View
    from analyzer.reading import Progress


@dataclass(frozen=True, slots=True)
class Followed:
    """Every line's history, and what a reader must know of how it was come by."""

    provenance: Provenance
    notes: list[str]


def follow(repository: Repository, folder: Path | None, progress: Progress = silent) -> Followed:
    """Follow every line, from the store in `folder` where it has an ancestor; None = read everything, store nothing."""
    git, head = repository.git, repository.head
    commits = log.skeleton(git, head)
    revisions, invalid = ignored(committed_file(repository, FILE))
    store = None
    if folder is not None:
        digest = hashlib.sha256(b"\n".join(sorted(revisions))).hexdigest()
        store = Store(folder, mainline_root(commits, head), RULES, repository.git_version, digest)
    known = trace(
        git, head, commits, ignored=revisions, store=store, tick=lambda n: progress("following lines", n, len(commits))
    )
    return Followed(known, list(_notes(known, store, invalid)))


def dump_lines(
    repository: Repository, settings: Settings, table: str, view: View, folder: Path | None, progress: Progress = silent
) -> tuple[pd.DataFrame, list[str]]:
    """One of the line tables, and what a reader of it must know, in words."""
    followed = follow(repository, folder, progress)
    frame: pd.DataFrame = getattr(followed.provenance, table)(view)
    selection = Selection(settings.include, settings.exclude)
    if selection.active:
        held = {path: selection.holds(path) for path in frame["path"].cat.categories}
        frame = frame[frame["path"].map(held).astype(bool)].reset_index(drop=True)
    return frame, followed.notes


def _notes(known: Provenance, store: Store | None, invalid: int) -> Iterator[str]:
    if known.missing:
        yield f"{known.missing} blobs are missing in this clone; the files that rest on them are left out"
    opaque = len(known.lines.opaque)
    if opaque:
        yield f"{opaque} files at head have no lines to follow (binary or missing)"
    if known.why is not None:
        yield f"the whole history was read: {known.why}"
    if store is not None and store.problem is not None and store.problem != known.why:
        yield f"nothing was stored: {store.problem}"
    if invalid:
        yield f"{invalid} lines of {FILE} are no full commit ids and were ignored"
