"""Stores of line-level records besides git-ai's notes: planted with known lines, conflicting and hostile ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run
from analyzer.evidence.outside_objects import outside_objects
from analyzer.evidence.records import RECORDS, located_records
from analyzer.pipeline.configured_repository import open_configured
from tests.conftest import git, imported
from tests.notes import SESSION, agent, agent_blame, agent_trace, authorship, note, whogitit
from tests.planting import Stream, analyze_path, body, load_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analyzer.evidence.line_truth import LineNotes

TRACES = ".agent-trace/traces.jsonl"
CODEX = {SESSION: agent("codex", "gpt-5.6")}


def _blob(folder: Path, contents: bytes) -> str:
    return git("--git-dir", folder, "hash-object", "-w", "--stdin", stdin=contents).strip()


def _attach(folder: Path, ref: str, sha: str, contents: bytes) -> None:
    git("--git-dir", folder, "notes", f"--ref={ref}", "add", "-f", "-C", _blob(folder, contents), sha)


def _shas(folder: Path) -> list[str]:
    return git("--git-dir", folder, "rev-list", "--reverse", "main").split()


def _history(folder: Path, commits: int, tail: bytes = b"") -> Path:
    """Commits that add six lines each to a file of their own; a space in every second name."""
    stream = Stream()
    for n in range(commits):
        stream.add(f"commit {n}", {_name(n): body(f"f{n}")}, at=n)
    return imported(folder, stream.text + tail)


def _name(n: int) -> str:
    return f"f{n}.py"


def _notes(folder: Path) -> LineNotes:
    notes = load_path(str(folder)).notes
    assert notes is not None
    return notes


def _truth(notes: LineNotes, shas: list[str]) -> Iterator[tuple[int, str, str | None, int]]:
    columns = ("sha", "source", "tool", "lines")
    for sha, source, tool, lines in zip(*(notes.truth[name] for name in columns), strict=True):
        yield shas.index(sha), source, None if tool != tool else tool, lines  # noqa: PLR0124 - NA differs from itself


def test_each_store_gives_the_lines_that_it_names(tmp_path: Path) -> None:
    """One commit per store: only lines that the commit added count, with the store's place on every range."""
    folder = _history(tmp_path / "r", 5)
    shas = _shas(folder)
    old = authorship(("Cursor", [2, [5, 9]], None)).replace(b"a.py", _name(0).encode())
    git("--git-dir", folder, "update-ref", f"refs/ai/authorship/{shas[0]}", _blob(folder, old))
    text = note(_name(1), f"  {SESSION}::t_1 1-4", sessions=CODEX)
    git("--git-dir", folder, "update-ref", f"refs/ai/authorship/{shas[1]}", _blob(folder, text))
    _attach(folder, "exceeds-ink", shas[2], text.replace(b"f1", b"f2"))
    _attach(folder, "whogitit", shas[3], whogitit(_name(3), ["Original", *["AI"] * 3, "Human", "AIModified"]))
    _attach(folder, "agentblame", shas[4], agent_blame({"path": _name(4), "startLine": 6, "endLine": 80}))
    notes = _notes(folder)
    assert sorted(_truth(notes, shas)) == [
        (0, "ai", "cursor", 3),
        (1, "ai", "codex", 4),
        (2, "ai", "codex", 4),
        (3, "ai", None, 4),
        (3, "human", None, 1),
        (4, "ai", None, 1),
    ]
    assert [notes.places[sha] for sha in shas] == [
        "refs/ai/authorship/*",
        "refs/ai/authorship/*",
        "refs/notes/exceeds-ink",
        "refs/notes/whogitit",
        "refs/notes/agentblame",
    ]
    share = next(d for d in analyze_path(folder).result.share.definitions if d.id == "line_truth")
    assert share.n == 30
    assert share.marked == pytest.approx(16 / 30)


def test_first_store_in_the_registry_counts(tmp_path: Path) -> None:
    """A commit in every store counts once, by the first that names it; an empty note leaves it to the next store."""
    folder = _history(tmp_path / "r", 2)
    shas = _shas(folder)
    for n, sha in enumerate(shas):
        _attach(folder, "ai", sha, note(_name(n), "  human 1") if n else note())
        _attach(folder, "whogitit", sha, whogitit(_name(n), ["AI"] * 2))
        _attach(folder, "ai-blame", sha, whogitit(_name(n), ["AI"] * 5))
        _attach(folder, "agentblame", sha, agent_blame({"path": _name(n), "startLine": 1, "endLine": 3}))
    notes = _notes(folder)
    assert sorted(_truth(notes, shas)) == [(0, "ai", None, 2), (1, "human", None, 1)]
    assert notes.empty_notes == 1


def test_note_of_a_squashed_commit_is_carried_over(tmp_path: Path) -> None:
    """What whogitit says of a commit that a squash left behind is said of the commit that brought in its contents."""
    stream = Stream()
    base = stream.add("base", {"a.py": body("a")}, at=0)
    stream.add("topic", {"a.py": [*body("a"), *body("new")]}, (base,), at=1, branch="topic")
    stream.add("squash (#1)", {"a.py": [*body("a"), *body("new")]}, (base,), at=2)
    folder = imported(tmp_path / "r", stream.text)
    topic = git("--git-dir", folder, "rev-parse", "topic").strip()
    _attach(folder, "whogitit", topic, whogitit("a.py", [*["Original"] * 6, *["AI"] * 4]))
    notes = _notes(folder)
    assert list(_truth(notes, _shas(folder))) == [(1, "ai", None, 4)]
    assert (notes.carried_notes, notes.notes_outside) == (1, 0)


def test_hostile_refs_are_passed_over(tmp_path: Path) -> None:
    """A ref of no commit's name, one that names a tree or a commit, and notes of other forms say nothing."""
    folder = _history(tmp_path / "r", 2)
    shas = _shas(folder)
    good = authorship(("Cursor", [1], None)).replace(b"a.py", _name(0).encode())
    git("--git-dir", folder, "update-ref", "refs/ai/authorship/main", _blob(folder, good))
    git("--git-dir", folder, "update-ref", f"refs/ai/authorship/{shas[0]}", f"{shas[0]}^{{tree}}")
    git("--git-dir", folder, "update-ref", f"refs/ai/authorship/{shas[1]}", shas[1])
    for ref in ("exceeds-ink", "whogitit", "agentblame"):
        _attach(folder, ref, shas[0], b"[" * 50_000)
    notes = _notes(folder)
    assert not notes.noted_commits
    assert notes.empty_notes == 5


def test_traces_made_from_a_commit_speak_of_it(tmp_path: Path) -> None:
    """A record as old as its commit counts; one of a later edit names lines that no commit has, and says nothing."""
    folder = _history(tmp_path / "r", 3)
    shas = _shas(folder)
    on_time, later = ("2024-01-01T09:00:04Z", "2024-01-01T10:00:06+01:00")
    lines = [
        agent_trace(shas[0], (_name(0), {"type": "ai"}, [(5, 99, None)]), timestamp=on_time),
        agent_trace(shas[0], (_name(0), {"type": "ai"}, [(1, 1, None)]), timestamp=later),
        agent_trace(shas[1], (_name(0), {"type": "ai"}, [(1, 6, None)])),
        agent_trace(shas[2], (".shell-history", {"type": "ai"}, [(1, 1, None)]), timestamp=on_time),
        agent_trace("f" * 40, (_name(0), {"type": "ai"}, [(1, 1, None)])),
        b"{",
    ]
    git("--git-dir", folder, "fast-import", "--quiet", stdin=_trace_commit(lines))
    notes = _notes(folder)
    assert list(_truth(notes, shas)) == [(0, "ai", "cursor", 2)]
    assert notes.noted_commits == {shas[0]}  # a path that the commit did not touch does not cover it
    assert (notes.notes_outside, notes.unknown_keys) == (1, 3)
    assert list(located_records(open_configured(str(folder), {}).repository)) == ["agent-trace"]


def _trace_commit(lines: list[bytes]) -> bytes:
    data = b"\n".join(lines)
    head = b"commit refs/heads/main\ncommitter A <a@b> 1706099600 +0000\ndata 3\nxyz\nfrom refs/heads/main^0\n"
    return head + b"M 100644 inline %s\ndata %d\n%s\n" % (TRACES.encode(), len(data), data)


@pytest.mark.parametrize("mode", [b"120000", b"100644"])
def test_trace_file_that_is_none(tmp_path: Path, mode: bytes) -> None:
    """A link in the place of the trace file, or a file larger than any text, is no store."""
    folder = _history(tmp_path / "r", 1)
    stream = _trace_commit([b"x" * (17 << 20) if mode == b"100644" else b"/etc/passwd"])
    git("--git-dir", folder, "fast-import", "--quiet", stdin=stream.replace(b"M 100644", b"M " + mode))
    assert located_records(open_configured(str(folder), {}).repository) == {}
    assert load_path(str(folder)).notes is None


def test_records_are_part_of_the_question(tmp_path: Path) -> None:
    """Each store has a place in the cache's key; a clone that lacks what a ref rests on answers for itself alone."""
    folder = _history(tmp_path / "r", 1)
    (sha,) = _shas(folder)
    places = []
    blob = _blob(folder, whogitit(_name(0), ["AI"]))
    for ref in ("refs/ai/authorship/" + sha, f"refs/ai/authorship/{'0' * 39}1"):
        git("--git-dir", folder, "update-ref", ref, blob)
        places.append(located_records(open_configured(str(folder), {}).repository))
    assert [list(place) for place in places] == [["git-ai-refs"]] * 2
    assert places[0] != places[1]
    for ref in ("exceeds-ink", "whogitit", "agentblame"):
        git("--git-dir", folder, "notes", f"--ref={ref}", "add", "-C", blob, sha)
    repository = open_configured(str(folder), {}).repository
    assert len(located_records(repository)) == 4
    assert outside_objects(repository) is not None
    (folder / "objects" / blob[:2] / blob[2:]).unlink()
    assert outside_objects(open_configured(str(folder), {}).repository) is None


def test_explain_shows_the_first_record_of_a_commit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`explain COMMIT` says what the first store that names the commit says, and where that is."""
    folder = _history(tmp_path / "r", 1)
    (sha,) = _shas(folder)
    _attach(folder, "agentblame", sha, agent_blame({"path": _name(0), "startLine": 1, "endLine": 4}))
    assert run(["explain", sha, str(folder)]) == 0
    out = capsys.readouterr().out
    assert "line note in refs/notes/agentblame" in out
    assert "4 lines by ai" in out


def test_every_store_says_what_it_is() -> None:
    """Ids are unique; a store outside of the tree says how it is fetched, by patterns alone."""
    assert len({record.id for record in RECORDS}) == len(RECORDS)
    for record in RECORDS:
        assert all((record.title, record.says, record.limits, record.source, record.place))
        assert bool(record.refspecs) == (record.id != "agent-trace")
        assert all(refspec.count("*") == 2 and refspec.count(":") == 1 for refspec in record.refspecs)
