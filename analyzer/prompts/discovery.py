"""Where prompts are kept: files of the repository's history, Entire's branch, and a folder of local logs."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.prompts.formats import FORMATS, Format, sniffed
from analyzer.prompts.readers.shared import LARGEST_RECORD
from analyzer.prompts.session import Session, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analyzer.core.progress import Progress
    from analyzer.history.git import Git
    from analyzer.history.repository import Repository

# What is looked at to tell a log's format, and what is too large to be one conversation.
_HEAD, _LARGEST_BLOB = 65_536, 200_000_000
_MOST_FILES = 200_000
_TRANSCRIPT = "full.jsonl"


@dataclass(slots=True)
class Store:
    """What one kind of store gave: sessions, files read, and what could not be.

    `elsewhere`: sessions that ran in another folder than this repository's.
    """

    id: str
    sessions: list[Session] = field(default_factory=list)
    files: int = 0
    elsewhere: int = 0
    skipped: Skipped = field(default_factory=Skipped)


@dataclass(frozen=True, slots=True)
class _File:
    """A file of prompts in the repository: blobs of its versions, newest first; a transcript names its checkpoint."""

    store: str
    name: str
    versions: list[bytes]
    format_: Format | None = None
    checkpoint: str = ""


def in_repository(repository: Repository, progress: Progress) -> dict[str, Store]:
    """Prompts that the history keeps: the last version of every file, deleted ones too, and Entire's transcripts."""
    stores: dict[str, Store] = {}
    git = repository.git
    files = [*_kept(git, repository.head), *_transcripts(git, repository.checkpoints)]
    with git.dialogue("cat-file", "--batch") as asked:
        for n, file in enumerate(files):
            progress("reading prompts", n, len(files))
            # A version that this clone lacks is told by the one before it: such files grow.
            contents = next(filter(None, (asked.sized(blob, _LARGEST_BLOB) for blob in file.versions)), None)
            format_ = file.format_ or sniffed("x.jsonl", (contents or b"")[:_HEAD])
            store = stores.setdefault(file.store, Store(file.store))
            if format_ is None or contents is None:
                store.skipped.files += 1
                continue
            store.files += 1
            for session in format_.read(io.BytesIO(contents), file.name, store.skipped):
                session.checkpoints |= {file.checkpoint} if file.checkpoint else set()
                store.sessions.append(session)
    return stores


def in_folder(folder: Path, progress: Progress) -> dict[str, Store]:
    """Logs below a folder, by what they hold; links are not followed, other files are passed over.

    Raises `UsageError("bad-transcripts")` for a folder that is not there or not readable.
    """
    stores: dict[str, Store] = {}
    if not os.path.isdir(folder) or not os.access(folder, os.R_OK | os.X_OK):
        raise UsageError("bad-transcripts", f"{plain(str(folder))} cannot be read.", "Name a folder of logs.")
    lost = Store("unreadable")
    files = list(_below(folder, lost.skipped))
    for n, path in enumerate(files):
        progress("reading logs", n, len(files))
        try:
            with open(path, "rb") as file:
                head = file.read(_HEAD)
                found = sniffed(path, head)
                if found is None:
                    continue
                store = stores.setdefault(found.id, Store(found.id))
                file.seek(0)
                store.files += 1
                store.sessions += found.read(bounded(file, store.skipped), path, store.skipped)
        except OSError:
            lost.skipped.files += 1
    return stores | ({lost.id: lost} if lost.skipped.files else {})


def bounded(file: IO[bytes], skipped: Skipped) -> Iterator[bytes]:
    """Lines of a file, none of which takes all memory: what is longer than a record is counted, not read."""
    while line := file.readline(LARGEST_RECORD + 1):
        if len(line) <= LARGEST_RECORD:
            yield line
            continue
        skipped.lines += 1
        while line and not line.endswith(b"\n"):
            line = file.readline(LARGEST_RECORD)


def _below(folder: Path, skipped: Skipped) -> Iterator[str]:
    """Plain files, in the order of their paths; folders that cannot be read, and files past the most, are counted."""

    def lost(_reason: OSError) -> None:
        skipped.files += 1

    seen = 0
    for at, folders, names in os.walk(folder, onerror=lost):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(at, name)
            if any(f.paths.search(path) for f in FORMATS) and os.path.isfile(path) and not os.path.islink(path):
                seen += 1
                if seen <= _MOST_FILES:
                    yield path
                else:
                    skipped.files += 1


def _kept(git: Git, head: str) -> list[_File]:
    """Every file of prompts that the history kept, with its versions, newest first."""
    specs = [f.pathspec for f in FORMATS if f.pathspec]
    walk = ("log", "--format=", "--raw", "--no-abbrev", "-z", "--no-renames", "--no-merges", "--end-of-options", head)
    files: dict[bytes, _File] = {}
    tokens = git.stream(*walk, "--", *specs)
    for token in tokens:
        facts = token.strip().split(b" ")
        path = next(tokens, b"")
        if len(facts) < 5 or facts[4][:1] == b"D" or not facts[1].startswith(b"100"):
            continue
        if path not in files:
            name = path.decode("utf-8", "surrogateescape")
            format_ = next((f for f in FORMATS if f.pathspec and f.paths.search(name)), None)
            files[path] = _File(format_.id if format_ else "", name, [], format_)
        files[path].versions.append(facts[3])
    return [file for file in files.values() if file.format_ is not None]


def _transcripts(git: Git, tree: str | None) -> Iterator[_File]:
    """Every transcript on Entire's branch.

    Source: entireio/cli, `cmd/entire/cli/paths/paths.go`. Its prompt.txt is not read: it repeats the session from the
    beginning, with what no person said.
    """
    if tree is None:
        return
    for entry in git.entries(tree):
        facts, _, path = entry.partition(b"\t")
        parts = path.decode("utf-8", "replace").split("/")
        if len(parts) >= 4 and parts[-1].startswith(_TRANSCRIPT) and len(parts[0]) == 2 and len(parts[1]) == 10:
            yield _File("entire", "/".join(parts), [facts.split(b" ")[2]], checkpoint=parts[0] + parts[1])
