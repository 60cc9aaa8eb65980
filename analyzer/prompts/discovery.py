"""Find and read prompts: in files of the repository's history, on Entire's branch, and in a folder of local logs."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.prompts.formats import FORMATS, Format, detect_format
from analyzer.prompts.readers.shared import LARGEST_RECORD
from analyzer.prompts.session import Session, SkippedCounts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analyzer.core.progress import Progress
    from analyzer.history.git import Git
    from analyzer.history.repository import Repository

# Bytes read to detect the format of a log, and the size from which a blob is too large to be one conversation.
_HEAD_BYTES, _LARGEST_BLOB = 65_536, 200_000_000
_MAX_FILES = 200_000
_TRANSCRIPT = "full.jsonl"


@dataclass(slots=True)
class PromptStore:
    """What was read from one kind of store.

    Attributes
    ----------
    id : the format's id, or "entire" or "unreadable".
    sessions : the sessions.
    files : number of files read.
    elsewhere : number of sessions that ran in another folder than this repository's.
    skipped : what could not be read.
    """

    id: str
    sessions: list[Session] = field(default_factory=list)
    files: int = 0
    elsewhere: int = 0
    skipped: SkippedCounts = field(default_factory=SkippedCounts)


@dataclass(frozen=True, slots=True)
class _PromptFile:
    """A file of prompts in the repository: blobs of its versions, newest first; a transcript names its checkpoint."""

    store: str
    name: str
    versions: list[bytes]
    format_: Format | None = None
    checkpoint: str = ""


def read_repository_prompts(repository: Repository, progress: Progress) -> dict[str, PromptStore]:
    """Read the prompts in the history: the last version of every file, even a deleted one, and Entire's transcripts."""
    stores: dict[str, PromptStore] = {}
    git = repository.git
    files = [*_prompt_files(git, repository.head), *_entire_transcripts(git, repository.checkpoints)]
    with git.start_batch("cat-file", "--batch") as cat_file:
        for n, file in enumerate(files):
            progress("reading prompts", n, len(files))
            # Where this clone lacks a version, use the one before it: such files only grow.
            contents = next(filter(None, (cat_file.read_object(blob, _LARGEST_BLOB) for blob in file.versions)), None)
            format_ = file.format_ or detect_format("x.jsonl", (contents or b"")[:_HEAD_BYTES])
            store = stores.setdefault(file.store, PromptStore(file.store))
            if format_ is None or contents is None:
                store.skipped.files += 1
                continue
            store.files += 1
            for session in format_.read(io.BytesIO(contents), file.name, store.skipped):
                session.checkpoints |= {file.checkpoint} if file.checkpoint else set()
                store.sessions.append(session)
    return stores


def read_log_folder(folder: Path, progress: Progress) -> dict[str, PromptStore]:
    """Read the logs below a folder, by format. Links are not followed, and other files are passed over.

    Raises `UsageError("bad-transcripts")` if the folder is missing or not readable.
    """
    stores: dict[str, PromptStore] = {}
    if not os.path.isdir(folder) or not os.access(folder, os.R_OK | os.X_OK):
        raise UsageError("bad-transcripts", f"{plain(str(folder))} cannot be read.", "Name a folder of logs.")
    unreadable = PromptStore("unreadable")
    files = list(_log_paths(folder, unreadable.skipped))
    for n, path in enumerate(files):
        progress("reading logs", n, len(files))
        try:
            with open(path, "rb") as file:
                head = file.read(_HEAD_BYTES)
                log_format = detect_format(path, head)
                if log_format is None:
                    continue
                store = stores.setdefault(log_format.id, PromptStore(log_format.id))
                file.seek(0)
                store.files += 1
                store.sessions += log_format.read(bounded_lines(file, store.skipped), path, store.skipped)
        except OSError:
            unreadable.skipped.files += 1
    return stores | ({unreadable.id: unreadable} if unreadable.skipped.files else {})


def bounded_lines(file: IO[bytes], skipped: SkippedCounts) -> Iterator[bytes]:
    """Yield the lines of a file; lines longer than any record are counted, not read, so that none fills the memory."""
    while line := file.readline(LARGEST_RECORD + 1):
        if len(line) <= LARGEST_RECORD:
            yield line
            continue
        skipped.lines += 1
        while line and not line.endswith(b"\n"):
            line = file.readline(LARGEST_RECORD)


def _log_paths(folder: Path, skipped: SkippedCounts) -> Iterator[str]:
    """Yield paths of possible logs in sorted order; unreadable folders and files beyond the maximum are counted."""

    def count_unreadable(_reason: OSError) -> None:
        skipped.files += 1

    n_files = 0
    for directory, folders, names in os.walk(folder, onerror=count_unreadable):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(directory, name)
            if any(f.paths.search(path) for f in FORMATS) and os.path.isfile(path) and not os.path.islink(path):
                n_files += 1
                if n_files <= _MAX_FILES:
                    yield path
                else:
                    skipped.files += 1


def _prompt_files(git: Git, head: str) -> list[_PromptFile]:
    """Return every file of prompts in the history with its versions, newest first."""
    specs = [f.pathspec for f in FORMATS if f.pathspec]
    walk = ("log", "--format=", "--raw", "--no-abbrev", "-z", "--no-renames", "--no-merges", "--end-of-options", head)
    files: dict[bytes, _PromptFile] = {}
    tokens = git.stream(*walk, "--", *specs)
    for token in tokens:
        fields = token.strip().split(b" ")
        path = next(tokens, b"")
        if len(fields) < 5 or fields[4][:1] == b"D" or not fields[1].startswith(b"100"):
            continue
        if path not in files:
            name = path.decode("utf-8", "surrogateescape")
            format_ = next((f for f in FORMATS if f.pathspec and f.paths.search(name)), None)
            files[path] = _PromptFile(format_.id if format_ else "", name, [], format_)
        files[path].versions.append(fields[3])
    return [file for file in files.values() if file.format_ is not None]


def _entire_transcripts(git: Git, tree: str | None) -> Iterator[_PromptFile]:
    """Yield every transcript on Entire's branch.

    Source: entireio/cli, `cmd/entire/cli/paths/paths.go`. Its prompt.txt is not read: it repeats the session from the
    beginning, including text that no person wrote.
    """
    if tree is None:
        return
    for entry in git.tree_entries(tree):
        fields, _, path = entry.partition(b"\t")
        segments = path.decode("utf-8", "replace").split("/")
        if (
            len(segments) >= 4
            and segments[-1].startswith(_TRANSCRIPT)
            and len(segments[0]) == 2
            and len(segments[1]) == 10
        ):
            yield _PromptFile(
                "entire", "/".join(segments), [fields.split(b" ")[2]], checkpoint=segments[0] + segments[1]
            )
