"""Read the functions that commits touch: which files they change, from one `git log`, and their contents in batches."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from analyzer.blame.diff import NO_FILE, parse_commit
from analyzer.blame.patch_stream import open_patches
from analyzer.history.commits import decode_text
from analyzer.history.git_options import RENAMES
from analyzer.languages import language_of
from analyzer.structure.blob_stream import read_texts
from analyzer.structure.comparison import FileComparison, compare_versions, removed_functions
from analyzer.structure.parsing import ParsedText, parse
from analyzer.structure.records import StoredComparison

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from analyzer.blame import diff
    from analyzer.core.progress import Progress
    from analyzer.history.git import Git
    from analyzer.languages.language import Language

STAGE = "reading functions"
_MODES = (b"100644", b"100755")
_STEP = 50
# After so many files that are too hard to parse, no more are read in their language: somebody wrote them to be so.
_MAX_HARD = 3


class _Change(NamedTuple):
    """A file of a commit that is to be read; `measured`: it is production code."""

    path: str
    number: int
    sha: str
    language: Language
    raw: diff.FileRecord
    measured: bool

    @property
    def blobs(self) -> tuple[bytes, ...]:
        """The versions before and after it; one of them where the file comes or goes."""
        sides = ((self.raw.old_mode, self.raw.old_blob), (self.raw.new_mode, self.raw.new_blob))
        return tuple(blob for mode, blob in sides if mode != NO_FILE)


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
    code = [change for change in changes if change.measured]
    for done, record in enumerate(_records(git, code)):
        if done % _STEP == 0:
            progress(STAGE, done, len(changes))
        records[record.sha].append(record)
    tests = [change for change in changes if not change.measured and _adds_function(records[change.sha])]
    for done, record in enumerate(_records(git, tests), len(code)):
        if done % _STEP == 0:
            progress(STAGE, done, len(code) + len(tests))
        records[record.sha].append(record)
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


def _records(git: Git, changes: Sequence[_Change]) -> Iterator[StoredComparison]:
    """Yield what each change did to the functions of its file."""
    texts = read_texts(git, list(_needed_blobs(changes)))
    comparer = _Comparer()
    before: dict[bytes, bytes | None] = {}
    for change in changes:
        versions = {blob: before[blob] if blob in before else next(texts) for blob in change.blobs}
        before = versions
        compared = comparer.compare(change, versions)
        title = change.language.title
        yield StoredComparison(change.sha, change.path, title, change.measured, compared)


def _needed_blobs(changes: Iterable[_Change]) -> Iterator[bytes]:
    """Yield the blobs to read, in the order in which they are needed; those of the last change are at hand."""
    before: tuple[bytes, ...] = ()
    for change in changes:
        yield from (blob for blob in change.blobs if blob not in before)
        before = change.blobs


class _Comparer:
    """Parses and compares versions of files; the last one is at hand for the next."""

    def __init__(self) -> None:
        self._language: Language | None = None
        self._blob = b""
        self._last: ParsedText | None = None
        self._hard: Counter[str] = Counter()

    def compare(self, change: _Change, texts: Mapping[bytes, bytes | None]) -> FileComparison | None:
        """Compare the two versions of a file; None where one cannot be read or parsed. `texts`: those of its blobs."""
        raw, language = change.raw, change.language
        if self._hard[language.id] >= _MAX_HARD or any(text is None for text in texts.values()):
            return None
        if self._language is not language:
            self._language, self._last = language, None
        old = None
        if raw.old_mode != NO_FILE:
            old = self._parsed(language, raw.old_blob, texts[raw.old_blob] or b"")
            if old is None:
                return None
        if raw.new_mode == NO_FILE:
            removed = removed_functions(language, old) if change.measured and old is not None else []
            return FileComparison(0, has_error=False, functions=removed)
        compared = compare_versions(language, old, texts[raw.new_blob] or b"", measured=change.measured)
        if compared is None:
            self._hard[language.id] += 1
            return None
        self._last, self._blob = compared[1], raw.new_blob
        return compared[0]

    def _parsed(self, language: Language, blob: bytes, text: bytes) -> ParsedText | None:
        """Return a parsed blob; None if it cannot be parsed."""
        if blob == self._blob and self._last is not None:
            return self._last
        parsed = parse(language, text, self._last)
        self._hard[language.id] += parsed is None
        return parsed
