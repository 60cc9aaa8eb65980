"""Read the functions that commits touch: which files they change, from one `git log`, and their contents in batches."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.blame.diff import EMPTY_BLOBS, NO_FILE, parse_commit
from analyzer.blame.patch_stream import open_patches
from analyzer.history.commits import decode_text
from analyzer.history.git_options import RENAMES
from analyzer.languages import language_of
from analyzer.structure.comparison import FileComparison, compare_versions, removed_functions
from analyzer.structure.parsing import ParsedText, parse
from analyzer.structure.records import StoredComparison

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from analyzer.blame import diff
    from analyzer.core.progress import Progress
    from analyzer.history.batch import BatchProcess
    from analyzer.history.git import Git
    from analyzer.languages.language import Language

STAGE = "reading functions"
# Larger texts are generated or data; parsing takes a second per 15 MB.
MAX_TEXT_BYTES = 400_000
# Finding what a node is in takes as long as the tree is deep, and nobody nests brackets so deeply by hand.
MAX_BRACKETS_OPEN = 400
_MODES = (b"100644", b"100755")
_STEP = 50
# After so many files that are too hard to parse, no more are read in their language: somebody wrote them to be so.
_MAX_HARD = 3
_BRACKETS = np.zeros(256, dtype=np.int8)
_BRACKETS[list(b"([{")], _BRACKETS[list(b")]}")] = 1, -1


class _Change(NamedTuple):
    """A file of a commit that is to be read; `measured`: it is production code."""

    path: str
    number: int
    sha: str
    language: Language
    raw: diff.FileRecord
    measured: bool


def read_files(
    git: Git, files: Mapping[str, Mapping[str, str]], progress: Progress
) -> dict[str, list[StoredComparison]]:
    """Return what commits did to the functions of their files, by commit.

    Parameters
    ----------
    git : the repository.
    files : commit → path → class (code or test) of the files to read, oldest commit first.
    progress : called with the stage, the number of files read and of all.
    """
    # Versions of a file after one another, so that little is parsed anew and git has unpacked most of the next one.
    changes = sorted(_changes(git, files), key=lambda change: (change.language.id, change.path, change.number))
    records: dict[str, list[StoredComparison]] = {sha: [] for sha in files}
    with git.start_batch("cat-file", "--batch") as batch:
        reader = _VersionReader(batch)
        for done, change in enumerate([*(c for c in changes if c.measured), *(c for c in changes if not c.measured)]):
            if done % _STEP == 0:
                progress(STAGE, done, len(changes))
            if change.measured or _adds_function(records[change.sha]):
                records[change.sha].append(reader.record(change))
    for sha, classes in files.items():
        read = {record.path for record in records[sha]}
        records[sha] += [_unread(sha, path, kind) for path, kind in classes.items() if path not in read]
    return records


def _adds_function(records: Iterable[StoredComparison]) -> bool:
    """Return whether a function was added in one of these files: test cases are counted beside new functions only."""
    functions = (f for record in records if record.comparison is not None for f in record.comparison.functions)
    return any(function.change == "added" for function in functions)


def _unread(sha: str, path: str, kind: str) -> StoredComparison:
    language = language_of(path)
    return StoredComparison(sha, path, "" if language is None else language.title, kind == "code")


def _changes(git: Git, files: Mapping[str, Mapping[str, str]]) -> Iterator[_Change]:
    with open_patches(git, [sha.encode() for sha in files], RENAMES, with_contents=False) as blocks:
        for number, (block, sha) in enumerate(zip(blocks, files, strict=True)):
            for raw in parse_commit(block)[1]:
                path = decode_text(raw.path)
                language = language_of(path)
                is_text = raw.new_mode in (*_MODES, NO_FILE) and raw.old_mode in (*_MODES, NO_FILE)
                if language is not None and path in files[sha] and is_text and raw.old_blob != raw.new_blob:
                    yield _Change(path, number, sha, language, raw, files[sha][path] == "code")


class _VersionReader:
    """Reads and parses versions of files; the last one is at hand for the next."""

    def __init__(self, batch: BatchProcess) -> None:
        self._batch = batch
        self._language: Language | None = None
        self._blob = b""
        self._last: ParsedText | None = None
        self._hard: Counter[str] = Counter()

    def record(self, change: _Change) -> StoredComparison:
        """Return what a commit did to the functions of one file."""
        compared = self._compare(change)
        if compared is None:
            return _unread(change.sha, change.path, "code" if change.measured else "test")
        title = change.language.title
        return StoredComparison(change.sha, change.path, title, change.measured, compared)

    def _compare(self, change: _Change) -> FileComparison | None:
        """Compare the two versions of a file; None where one cannot be read."""
        raw, language = change.raw, change.language
        if self._hard[language.id] >= _MAX_HARD:
            return None
        if self._language is not language:
            self._language, self._last = language, None
        new_text = b"" if raw.new_mode == NO_FILE else self._text(raw.new_blob)
        old = None if raw.old_mode == NO_FILE else self._parsed(language, raw.old_blob)
        if new_text is None or (old is None and raw.old_mode != NO_FILE):
            return None
        if raw.new_mode == NO_FILE:
            removed = removed_functions(language, old) if change.measured and old is not None else []
            return FileComparison(0, has_error=False, functions=removed)
        compared = compare_versions(language, old, new_text, measured=change.measured)
        if compared is None:
            self._hard[language.id] += 1
            return None
        self._last, self._blob = compared[1], raw.new_blob
        return compared[0]

    def _parsed(self, language: Language, blob: bytes) -> ParsedText | None:
        """Return a parsed blob; None if it cannot be read or parsed."""
        if blob == self._blob and self._last is not None:
            return self._last
        text = self._text(blob)
        parsed = None if text is None else parse(language, text, self._last)
        self._hard[language.id] += text is not None and parsed is None
        return parsed

    def _text(self, blob: bytes) -> bytes | None:
        """Return the text of a blob; None if it is missing, binary, too large or nested too deeply."""
        if blob == self._blob and self._last is not None:
            return self._last.text
        if blob in EMPTY_BLOBS:
            return b""
        text = self._batch.read_object(blob, MAX_TEXT_BYTES)
        return None if text is None or b"\0" in text or _most_brackets_open(text) > MAX_BRACKETS_OPEN else text


def _most_brackets_open(text: bytes) -> int:
    """Return the largest number of brackets that are open at one place of a text, those in strings included."""
    steps = _BRACKETS[np.frombuffer(text, np.uint8)]
    return int(np.cumsum(steps[steps != 0], dtype=np.int64).max(initial=0))
