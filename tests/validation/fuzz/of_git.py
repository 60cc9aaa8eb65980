"""Targets: what git prints. Its form is git's, what stands in it is a stranger's: no content may forge a structure."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

import numpy as np

from analyzer.blame import combined_diff, diff
from analyzer.blame.ignore_revs import parse_ignore_revs
from analyzer.blame.line_hashes import count_functions_and_decisions, hash_lines
from analyzer.errors import NoShareError
from analyzer.evidence import rewritten_notes
from analyzer.evidence.checkpoints import _session_records as checkpoint_records
from analyzer.evidence.line_notes import list_notes
from analyzer.history import commits, git, gitattributes, releases
from analyzer.history.batch import BatchProcess
from analyzer.prompts import discovery as stores
from analyzer.prompts.commit_lines import _files_of_patch as landed_files
from tests.validation.fuzz.target import Target, encodable, held

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SHA, _OLD, _NEW = b"a" * 40, b"b" * 40, b"c" * 40
# What parts an input into files, commits or answers.
_PART = b"\x1e"


class _Git:
    """What a running git would print, as the readers ask for it."""

    def __init__(self, said: bytes) -> None:
        self.said = said

    def stream(self, *_arguments: str, settings: Sequence[str] = ()) -> Iterator[bytes]:
        del settings
        last = yield from git._split_at_nul(io.BytesIO(self.said), 16)
        if last:
            yield last

    def tree_entries(self, *_arguments: str) -> Iterator[bytes]:
        return self.stream()

    def run(self, *_arguments: str, stdin: bytes = b"") -> bytes:
        del stdin
        return self.said

    @contextmanager
    def open_pipe(self, *_arguments: str) -> Iterator[IO[bytes]]:
        yield io.BytesIO(self.said)


def _as_git(said: bytes) -> git.Git:
    return cast("git.Git", _Git(said))


def _log(data: bytes) -> None:
    records, expected = [], []
    for part in data.replace(b"\0", b"").split(_PART):
        *fields, message = [*part.split(b"\x1f", 8), *[b""] * 9][:9]
        fields = [line.replace(b"\n", b"") for line in fields]  # git leaves them out
        records.append(b"\n".join((_SHA, _OLD + b" " + _NEW, *fields, message)))
        expected.append(
            ([commits.decode_text(field) for field in fields[:6]], commits.decode_text(message).rstrip("\n"))
        )
    found = [
        commits._parse_commit(token)
        for token in commits._records(_as_git(b"".join(r + b"\0" for r in records)), "head")
    ]
    held(len(found) == len(records), "another number of commits")
    for row, (texts, said) in zip(found, expected, strict=True):
        held(list(row[2:8]) == texts and row[10] == said, "a field that is another's")
        held(row[0] == _SHA.decode() and row[1] == f"{_OLD.decode()} {_NEW.decode()}", "another commit")
        encodable(*cast("tuple[str, ...]", row[2:8]), cast("str", row[10]))
        for when in cast("tuple[np.datetime64 | None, ...]", row[8:10]):
            held(when is None or np.datetime64(0, "s") < when <= np.datetime64("9999-12-31T23:59:59"), "no such time")


def _quoted(path: bytes) -> bytes:
    """A path as git writes it with core.quotePath=false."""
    short = {7: b"\\a", 8: b"\\b", 9: b"\\t", 10: b"\\n", 11: b"\\v", 12: b"\\f", 13: b"\\r", 34: b'\\"', 92: b"\\\\"}
    if not any(byte in short or byte < 32 or byte == 127 for byte in path):
        return path
    said = (short.get(byte) or (b"\\%03o" % byte if byte < 32 or byte == 127 else bytes([byte])) for byte in path)
    return b'"' + b"".join(said) + b'"'


class _File:
    """A file of a patch: a path, and hunks of removed and added lines, out of a part of an input."""

    def __init__(self, part: bytes) -> None:
        name, *lines = part.replace(b"\0", b"").split(b"\n")
        self.path = name or b"f"
        self.hunks: list[tuple[int, int, int, int]] = []
        self.removed: list[bytes] = []
        self.added: list[bytes] = []
        self.pieces: list[bytes] = []
        place = [1, 1]
        for line in lines:
            self._hunk(line, place)

    def _hunk(self, line: bytes, place: list[int]) -> None:
        """A hunk of the pieces of a line: those that begin with a minus were removed."""
        pieces = [piece for piece in line.split(b"\x1f") if piece]
        gone = [piece[1:] for piece in pieces if piece[:1] == b"-"]
        new = [piece for piece in pieces if piece[:1] != b"-"]
        if not pieces:
            return
        place[0] += len(line) % 3
        place[1] += len(line) % 3
        old_start, new_start = place[0] - (not gone), place[1] - (not new)
        self.hunks.append((old_start, len(gone), new_start, len(new)))
        self.pieces += [b"@@ -%s +%s @@ %s\n" % (_range(old_start, gone), _range(new_start, new), pieces[0])]
        ends = [b"\\ No newline at end of file\n"] if len(line) % 5 == 0 else []
        for sign, texts in ((b"-", gone), (b"+", new)):
            self.pieces += [sign + text + b"\n" for text in texts] + (ends if texts else [])
        self.removed += gone
        self.added += new
        place[0] += len(gone) + 1
        place[1] += len(new) + 1

    @property
    def record(self) -> bytes:
        return b":100644 100644 %s %s M\t%s\n" % (_OLD, _NEW, _quoted(self.path))

    @property
    def section(self) -> bytes:
        old, new = _quoted(b"a/" + self.path), _quoted(b"b/" + self.path)
        tab = b"\t" if b" " in self.path else b""
        head = b"diff --git %s %s\nindex %s..%s 100644\n" % (old, new, _OLD, _NEW)
        return head + (b"--- %s%s\n+++ %s%s\n%s" % (old, tab, new, tab, b"".join(self.pieces)) if self.hunks else b"")


def _range(start: int, lines: list[bytes]) -> bytes:
    return b"%d" % start if len(lines) == 1 else b"%d,%d" % (start, len(lines))


def _files(data: bytes) -> list[_File]:
    return [_File(part) for part in data.split(_PART)]


def _block(files: list[_File]) -> bytes:
    return (_SHA + b"\n\n" + b"".join(f.record for f in files) + b"\n" + b"".join(f.section for f in files))[:-1]


def _patch(data: bytes) -> None:
    files = _files(data)
    sha, records, sections = diff.parse_commit(_block(files))
    held(sha == _SHA, "another commit")
    held([record.path for record in records] == [file.path for file in files], "another path")
    held(len(sections) == len(files), "a line that parts files")
    for file, section in zip(files, sections, strict=True):
        patch = diff.FilePatch(section)
        held(diff.parse_hunks(section) == patch.hunks == file.hunks, "a line that is a hunk")
        held((patch.removed(), patch.added()) == (file.removed, file.added), "other lines")
        held(len(hash_lines(patch.added()).crc) == len(file.added), "another number of lines")
        held(0 <= sum(count_functions_and_decisions(section)) <= len(file.added), "more functions than lines")


class _Chunks:
    """A pipe that gives a few bytes at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size = io.BytesIO(data), size

    def read1(self, _most: int) -> bytes:
        return self.data.read(self.size)


def _patch_stream(data: bytes) -> None:
    made = [_block(_files(part)) for part in data[1:].split(b"\x1d")]
    said = b"".join(b"\x01" + block + b"\n" for block in made)
    size = 1 + (data[0] if data else 0) + len(said) // 64
    found = list(diff.split_commits(cast("IO[bytes]", _Chunks(said, size))))
    held(found == made, "other blocks")


def _patch_raw(data: bytes) -> None:
    _, records, sections = diff.parse_commit(data)
    held(len(records) <= data.count(b"\n:"), "more records than lines")
    for section in sections:
        patch = diff.FilePatch(section)
        removed, added = patch.removed(), patch.added()
        held(len(removed) + len(added) <= section.count(b"\n"), "more lines than there are")
        held(len(patch.hunks) <= section.count(b"\n@@"), "more hunks than there are")
        hash_lines(added)
        patch.net_hash()
        count_functions_and_decisions(section)
    for _, lines in landed_files(data):
        held(len(lines) <= data.count(b"\n+"), "more lines than there are")
    list(combined_diff.parse_files(data))


def _landed(data: bytes) -> None:
    files = [file for file in _files(data) if file.hunks]
    said = _SHA + b"\n" + b"".join(file.section for file in files)
    expected = [(file.path, file.added) for file in files]
    held(list(landed_files(said)) == expected, "other files or lines")


def _unchanged(data: bytes) -> None:
    file = _File(b"f\n" + data)
    found = list(rewritten_notes._unchanged_runs(b"\n" + file.section))
    goes = {line: line + shift for first, last, shift in found for line in range(first, min(last, 200) + 1)}
    old, new, expected = 1, 1, {}
    for start, gone, new_start, added in file.hunks:
        for line in range(old, start + (not gone)):
            expected[line], new = new, new + 1
        old = start + (not gone) + gone
        held(new == new_start + (not added), "the input is no patch")
        new += added
    expected |= {line: line - old + new for line in range(old, 201)}
    held(goes == {line: to for line, to in expected.items() if line <= 200}, "a line goes elsewhere")


def _combined(data: bytes) -> None:
    """A merge of two: each byte is a line, and says which parents have it, and whether the result has."""
    ids: tuple[list[int], list[int]] = ([], [])
    body: list[bytes] = []
    result: list[int | None] = []
    for number, byte in enumerate(data, start=1):
        has = [bool(byte & 1), bool(byte & 2)]
        stays = bool(byte & 4) or not any(has)
        for own, there, first in zip(ids, has, (1_000, 5_000), strict=True):
            own.extend([first + number] if there else [])
        signs = [(" " if there else "+") if stays else ("-" if there else " ") for there in has]
        body.append("".join(signs).encode() + b"@@@ -1 +1 @@@"[: byte % 14])
        if stays:
            result.append((1_000 if has[0] else 5_000) + number if any(has) else None)
    section = b"f\nindex x,y..z\n--- a/f\n--- a/f\n+++ b/f\n@@@ -1,%d -1,%d +1,%d @@@ x\n%s\n" % (
        len(ids[0]),
        len(ids[1]),
        len(result),
        b"\n".join(body),
    )
    parents = [np.array(own, dtype="<u4").tobytes() for own in ids]
    born: list[int] = []
    said = combined_diff.resolve_lines(section, parents, lambda line, _: _born(born, line))
    expected = [at if number is None else number for at, number in enumerate(result, start=1)]
    if data:
        held(np.frombuffer(said, "<u4").tolist() == expected, "a line is another parent's")


def _born(born: list[int], line: int) -> bytes:
    born.append(line)
    return np.array([line], dtype="<u4").tobytes()


def _tree(data: bytes) -> None:
    modes = (b"100644 blob ", b"120000 blob ", b"160000 commit ", b"100755 blob ")
    paths = [path or b"f" for path in data.replace(b"\0", b"").split(_PART)]
    said = b"".join(modes[len(path) % 4] + _NEW + b"\t" + path + b"\0" for path in paths)
    notes = list_notes(_as_git(said), "tree")
    held(all(re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", sha) for sha in notes), "a note on no commit")
    held(set(notes.values()) <= {_NEW}, "a note that is no blob")
    for folder, blob in checkpoint_records(_as_git(said), "tree"):
        held(re.fullmatch(rb"[0-9a-f]{2}/[0-9a-f]{10}", folder) and blob == _NEW, "a record that is none")
    linked = {commits.decode_text(path) for path in paths if len(path) % 4 == 1}
    held(gitattributes.symbolic_links(_as_git(said), "head") == linked, "other links")
    for file in stores._entire_transcripts(_as_git(said), "tree"):
        held(re.fullmatch(r"..\S*", file.checkpoint, re.DOTALL) or file.checkpoint, "a transcript of no checkpoint")
    raw = b"".join(b":100644 100644 %s %s M\0%s\0" % (_OLD, _NEW, path) for path in paths)
    kept = stores._prompt_files(_as_git(raw), "head")
    held(sum(len(file.versions) for file in kept) <= len(paths), "more versions than entries")


def _attributes(data: bytes) -> None:
    expected: dict[str, tuple[list[str], set[str], list[bool]]] = {}
    said: list[bytes] = []
    for n, part in enumerate(data.replace(b"\0", b"").split(_PART)):
        path, _, value = part.partition(b"=")
        name = gitattributes._ATTRIBUTES[n % len(gitattributes._ATTRIBUTES)]
        said += [path, name.encode(), value]
        given, denied, counted = expected.setdefault(commits.decode_text(path), ([], set(), []))
        yes, no = value in (b"set", b"true"), value in (b"unset", b"false")
        if kind := gitattributes._CLASS_BY_ATTRIBUTE.get(name):
            given.extend([kind] if yes else [])
            denied.update([kind] if no else [])
        elif name == "filter":
            given.extend(["lfs"] if value == b"lfs" else [])
        elif yes or no:
            counted[:] = [yes]
    wanted = {path: (given[:1], denied, counted) for path, (given, denied, counted) in expected.items()}
    wanted = {path: answer for path, answer in wanted.items() if any(answer)}
    found = {
        path: ([a.assigned] if a.assigned else [], set(a.denied), [] if a.detectable is None else [a.detectable])
        for path, a in gitattributes._parse_attributes(b"\0".join([*said, b""])).items()
    }
    held(found == wanted, "other attributes")


def _objects(data: bytes) -> None:
    """`cat-file --batch-check` on paths of a note: what git answers for a missing one repeats the path."""
    paths = [commits.decode_text(path).replace("\0", "") or "f" for path in data.split(_PART)]
    files = sorted({(_SHA.decode(), path) for path in paths if "\n" not in path})
    lines = [
        b"%s:%s missing\n" % (_SHA, path.encode()) if len(path) % 2 else b"%s blob %d\n" % (_NEW, len(path))
        for _, path in files
    ]
    found = rewritten_notes._file_blobs(_as_git(b"".join(lines)), files)
    held(found == {file: _NEW.decode() for file in files if not len(file[1]) % 2}, "a blob that is none")
    asked = [b"%s commit 3\n" % _SHA if len(path) % 2 else b"%s missing\n" % _OLD for path in paths]
    held(
        set(rewritten_notes.commits_in_clone(_as_git(b"".join(asked)), [])) <= {_SHA.decode()},
        "a commit that is missing",
    )


def _dialogue(data: bytes) -> None:
    cut, contents = (data[0] * 256 + data[1], data[2:]) if len(data) > 1 else (65_535, b"")
    whole = b"%s blob %d\n%s\n" % (_NEW, len(contents), contents)
    for question in ("sized", "size", "until"):
        said = whole if question != "until" else contents.replace(b"=END", b"") + b"\n=END\n"
        heard = io.BufferedReader(io.BytesIO(said[:cut]))
        asked = BatchProcess(lambda heard=heard: (io.BytesIO(), heard), io.BytesIO(b"fatal: gone\n"))  # type: ignore[misc]
        try:
            if question == "sized":
                held(asked.read_object(_NEW) == contents, "other contents")
            elif question == "size":
                held(asked.object_size(_NEW) == len(contents), "another size")
            else:
                held(asked.read_until(_SHA + b"\n", b"=END\n") == said.removesuffix(b"=END\n"), "other lines")
        except NoShareError as refused:
            held(refused.slug == "broken-repository" and cut < len(said), "an answer that was refused")


def _tags(data: bytes) -> None:
    """Annotated tags: the day is the one of the header, whatever the message says."""
    parts = data.split(_PART)
    said = b""
    for n, message in enumerate(parts):
        text = b"object %s\ntype commit\ntag v1.0\ntagger A <a@b> %d +0000\n\n%s" % (_SHA, 1_000_000 + n, message)
        said += b"%s tag %d\n%s\n" % (_OLD, len(text), text)
    sized = b"".join(b"%s tag 99\n" % _OLD for _ in parts)

    class Told(_Git):
        def run(self, *arguments: str, stdin: bytes = b"") -> bytes:
            del stdin
            return sized if "--batch-check" in arguments else said

    found = releases._releases(cast("git.Git", Told(b"")), [("v1.0", _OLD.decode())] * len(parts), {})
    held(sorted(found) == [(1_000_000 + n, _SHA.decode()) for n in range(len(parts))], "a day that a message made up")


def _ignored(data: bytes) -> None:
    valid, wrong = parse_ignore_revs(data)
    held(all(re.fullmatch(rb"[0-9a-f]{40}|[0-9a-f]{64}", sha) for sha in valid), "an id that is none")
    held(len(valid) + wrong <= data.count(b"\n") + data.count(b"\r") + 1, "more ids than lines")
    held(parse_ignore_revs(b"\n".join(sorted(valid)))[0] == valid, "ids that are read otherwise again")


def _patches() -> Iterator[bytes]:
    yield b"src/a.py\n-old\x1f-gone\x1fnew\n+added line\x1f++ b/x"
    yield b"a b.py\n--- a/x\x1f++ b/x\x1fdiff --git a/x b/x" + _PART + b't\tq"\\.py\n-@@ -1 +1 @@\x1f@@ -1 +1 @@'
    yield b"\xff\n\x01aaa\x1f:100644 100644 b c M\tf"
    yield b"f\n\\ No newline at end of file\x1fdef f():\x1f    if x:\x1f# c\n-x"
    yield b""


def _patch_streams() -> Iterator[bytes]:
    yield from (bytes([n]) + one + b"\x1d" + one for n, one in enumerate(_patches()))


def _logs() -> Iterator[bytes]:
    yield b"\x1f".join(
        (b"Ada", b"a@b", b"Ada L", b"a@b", b"C", b"c@d", b"1700000000", b"1700000001", b"feat: x\n\nbody\n")
    )
    yield b"\x1f".join((b"\xff", b"", b"\xc3\xa9", b"\xed\xa0\x80", b"", b"", b"-5", b"99999999999999", b"\n\n"))
    yield b"x\x1fy" + _PART + b"\x1f\x1f\x1f\x1f\x1f\x1f253402300799\x1f253402300800\x1fm"


def _trees() -> Iterator[bytes]:
    yield _PART.join((b"a" * 40, b"aa/" + b"b" * 38, b"c" * 64, b"x.py", b"\xff\t\n"))
    yield _PART.join((b"01/23456789ab/0/metadata.json", b"01/23456789ab/0/full.jsonl", b".aider.chat.history.md"))
    yield _PART.join((b"a/.specstory/history/x.md", b"specs/001-a/spec.md", b"a b/.aider.chat.history.md"))


def _raws() -> Iterator[bytes]:
    for one in _patches():
        yield _block(_files(one))
    yield b"::100644 100644 100644 a b c MM\tx\tx\tx\n\ndiff --combined x\nindex a,b..c\n@@@ -1 -1 +1 @@@\n--a\n++b\n"


_LINES = (
    _PART,
    b"\x1f",
    b"\n@@ -1 +1 @@\n",
    b"diff --git a/x b/x",
    b"--- a/x",
    b"+++ b/x",
    b"\x01",
    b"\\ No newline",
    b'"',
)
_MODULES = ("analyzer.blame.diff", "analyzer.blame.line_hashes")
TARGETS = (
    Target(
        "log",
        "git's log",
        ("analyzer.history.commits",),
        _log,
        _logs,
        (_PART, b"\x1f", b"\n", b"253402300799"),
        (),
        600,
    ),
    Target("patch", "git's patches: any content", _MODULES, _patch, _patches, _LINES, (), 600),
    Target("patch_stream", "git's patches: the stream", _MODULES[:1], _patch_stream, _patch_streams, _LINES, (), 400),
    Target(
        "patch_raw",
        "git's patches: any bytes",
        (*_MODULES, "analyzer.blame.combined_diff"),
        _patch_raw,
        _raws,
        (
            b"\n:100644 ",
            b"\ndiff --git ",
            b"\ndiff --combined ",
            b"\n@@ -1,2 +3 @@",
            b"\n@@@ -1 -1 +1 @@@",
            *_LINES[4:],
        ),
        (ValueError, IndexError),
        600,
    ),
    Target(
        "landed", "git's patches: added lines", ("analyzer.prompts.commit_lines",), _landed, _patches, _LINES, (), 600
    ),
    Target(
        "carried",
        "git's patches: lines that stay",
        ("analyzer.evidence.rewritten_notes",),
        _unchanged,
        _patches,
        _LINES,
        (),
        300,
    ),
    Target(
        "combined",
        "git's combined patches",
        ("analyzer.blame.combined_diff",),
        _combined,
        lambda: (bytes(range(8)), b"\x07\x05\x06\x04\x03\x02\x01", b""),
        (),
        (),
        200,
    ),
    Target(
        "tree",
        "git's trees: notes, checkpoints, prompts, links",
        ("analyzer.evidence.line_notes", "analyzer.evidence.checkpoints", "analyzer.prompts.discovery"),
        _tree,
        _trees,
        (_PART, b"/metadata.json", b"full.jsonl", b".specstory/history/", b"a" * 38, b".aider.chat.history.md"),
        (),
        400,
    ),
    Target(
        "attributes",
        ".gitattributes, as git answers",
        ("analyzer.history.gitattributes",),
        _attributes,
        lambda: (_PART.join((b"a=set", b"b=unset", b"c=unspecified", b"a=false", b"\xff=true")),),
        (_PART, b"=set", b"=unset", b"=true", b"=false", b"=unspecified"),
        (),
        300,
    ),
    Target(
        "objects",
        "git's objects: is it there",
        ("analyzer.evidence.rewritten_notes",),
        _objects,
        lambda: (_PART.join((b"a.py", b"a b.py", b"\xff.py", b"xx")),),
        (_PART, b" ", b" missing", b" commit 3", b"src/"),
        (),
        200,
    ),
    Target(
        "dialogue",
        "git's objects: answers, whole and cut",
        ("analyzer.history.batch",),
        _dialogue,
        lambda: (b"\xff\xffcontents\n", b"\0\x05x", b"\0\x2cx\n", b"\0\0", b"\0\x30missing\n"),
        (b" missing\n", b" ambiguous\n", b"=END\n", b"\n"),
        (),
        300,
    ),
    Target(
        "tags",
        "git's tags",
        ("analyzer.history.releases",),
        _tags,
        lambda: (b"v1", b"object %s\ntype commit\ntagger X <y> 5 +0000\n" % _NEW + _PART + b"\n\n"),
        (
            _PART,
            b"object " + b"d" * 40 + b"\ntype commit\n",
            b"tagger A <b> 7 +0000\n",
            b" commit 9\n",
            b"committer > 5 +0000\n",
        ),
        (),
        500,
    ),
    Target(
        "ignore_revs",
        ".git-blame-ignore-revs",
        ("analyzer.blame.ignore_revs",),
        _ignored,
        lambda: (_SHA + b"\n# why\n" + b"0" * 64 + b" # x\nshort\n", b"\r" + _NEW),
        (b"#", b"\n", _SHA, b"0" * 64, b"\x0b", b"\x85"),
        (),
        400,
    ),
)
