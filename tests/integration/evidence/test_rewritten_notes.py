"""Notes of a squashed branch: line for line where the content is, refused where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import git, imported
from tests.notes import SESSION, agent, note
from tests.planting import load_path

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.evidence.line_truth import LineNotes

DAY = 86400
BASE = [f"base {n}" for n in range(20)]
FIRST = [*BASE[:10], *(f"first {n}" for n in range(6)), *BASE[10:]]
# The second commit rewrites two lines of the first and adds three of its own above it.
SECOND = [*BASE[:5], "second a", "second b", "second c", *BASE[5:10], "again 0", "again 1", *FIRST[12:]]
ELSEWHERE = ["other", *BASE]


def _commit(branch: str, mark: int, parent: int, day: int, files: dict[str, list[str]]) -> bytes:
    stream = f"commit refs/heads/{branch}\nmark :{mark}\ncommitter A <a@b> {1704099600 + DAY * day} +0000\n".encode()
    stream += b"data 3\nxyz\n" + (f"from :{parent}\n".encode() if parent else b"")
    for path, lines in files.items():
        text = "".join(f"{line}\n" for line in lines).encode()
        stream += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(text), text)
    return stream


def _noted(folder: Path, notes: dict[str, bytes]) -> LineNotes:
    stream = b"commit refs/notes/ai\ncommitter A <a@b> 1704099600 +0000\ndata 0\n"
    for sha, contents in notes.items():
        stream += b"M 100644 inline %s\ndata %d\n%s\n" % (sha.encode(), len(contents), contents)
    git("--git-dir", folder, "fast-import", "--quiet", "--force", stdin=stream)
    found = load_path(str(folder)).notes
    assert found is not None
    return found


def _shas(folder: Path, branch: str) -> list[str]:
    return git("--git-dir", folder, "rev-list", "--reverse", branch).split()


KNOWN = {SESSION: agent("codex", "gpt-5.6")}


@pytest.fixture
def squashed(tmp_path: Path) -> Path:
    """A branch of two commits whose sum landed on main in one; the base moved on in another file."""
    return imported(
        tmp_path / "r",
        _commit("main", 1, 0, 0, {"f.py": BASE})
        + _commit("topic", 2, 1, 1, {"f.py": FIRST})
        + _commit("topic", 3, 2, 2, {"f.py": SECOND})
        + _commit("main", 4, 1, 3, {"g.py": ELSEWHERE})
        + _commit("main", 5, 4, 4, {"f.py": SECOND}),
    )


def test_notes_of_a_branch_are_carried_to_its_squash(squashed: Path) -> None:
    """Notes of both commits of a branch are carried to the squash, without the lines that the second commit rewrote."""
    _, first, second = _shas(squashed, "topic")
    found = _noted(
        squashed,
        {
            first: note("f.py", f"  {SESSION}::t_1 9-16", sessions=KNOWN),  # six new lines, and two that are older
            second: note("f.py", f"  {SESSION}::t_1 6-7", "  h_00112233445566 8", sessions=KNOWN),
        },
    )
    squash = _shas(squashed, "main")[-1]
    rows = {(row.sha, row.source): row.lines for row in found.truth.itertuples()}
    assert rows == {(squash, "ai"): 4 + 2, (squash, "human"): 1}
    assert (found.carried_notes, found.notes_outside, set(found.noted_commits)) == (2, 0, {squash})


def test_notes_without_matching_content_are_refused(squashed: Path) -> None:
    """Notes of a file that never landed, and notes for a squash that has its own, are refused and counted."""
    _, first, second = _shas(squashed, "topic")
    squash = _shas(squashed, "main")[-1]
    own = note("f.py", f"  {SESSION}::t_1 14", sessions=KNOWN)
    found = _noted(squashed, {second: note("f.py", "  ai_agent 6-8"), "0" * 40: own, squash: own})
    assert [(row.sha, row.lines) for row in found.truth.itertuples()] == [(squash, 1)]
    assert (found.carried_notes, found.notes_outside) == (0, 2)
    found = _noted(squashed, {first: note("f.py", "  ai_agent 11-16"), second: note("h.py", "  ai_agent 6-8")})
    assert found.truth.empty
    assert (found.carried_notes, found.notes_outside, found.noted_commits) == (0, 2, frozenset())


def test_rename_target_is_not_a_preexisting_file(tmp_path: Path) -> None:
    """A branch that restores older contents does not take over the notes of the commit that wrote them first."""
    folder = imported(
        tmp_path / "r",
        _commit("main", 1, 0, 0, {"f.py": BASE})
        + _commit("main", 2, 1, 1, {"f.py": FIRST})
        + _commit("main", 3, 2, 2, {"f.py": BASE})
        + _commit("topic", 4, 3, 3, {"f.py": FIRST}),
    )
    found = _noted(folder, {_shas(folder, "topic")[-1]: note("f.py", "  ai_agent 11-16")})
    assert (len(found.truth), found.carried_notes, found.notes_outside) == (0, 0, 1)
