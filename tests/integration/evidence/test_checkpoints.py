"""Entire's checkpoints: which commits they speak of, what they count, and that no record breaks the reader."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from analyzer.evidence.outside_objects import outside_objects
from analyzer.evidence.records import located_records
from analyzer.history.repository import open_repository
from analyzer.pipeline.configured_repository import open_configured
from tests.conftest import git, imported
from tests.planting import analyze_path, load_path

if TYPE_CHECKING:
    from pathlib import Path


def record(agent: object, total: object, tool: str = "Claude Code") -> bytes:
    """A session's record."""
    return json.dumps({"agent": tool, "initial_attribution": {"agent_lines": agent, "total_committed": total}}).encode()


def _history(messages: list[str], records: dict[str, bytes]) -> bytes:
    stream = b""
    for n, message in enumerate(messages, 1):
        text = "".join(f"line_{n}_{k} = {k}\n" for k in range(10)).encode()
        stream += f"commit refs/heads/main\nmark :{n}\ncommitter A <a@b> {1704099600 + 86400 * n} +0000\n".encode()
        stream += b"data %d\n%s\nM 100644 inline f%d.py\ndata %d\n%s\n" % (
            len(message),
            message.encode(),
            n,
            len(text),
            text,
        )
    stream += b"commit refs/heads/entire/checkpoints/v1\ncommitter A <a@b> 1704099600 +0000\ndata 0\n"
    for path, contents in records.items():
        stream += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(contents), contents)
    return stream


def _named(*ids: str) -> str:
    return "change\n\n" + "\n".join(f"Entire-Checkpoint: {one}" for one in ids)


ONE, TWO, THREE, LOST, BOTH = ("aa0000000001", "aa0000000002", "aa0000000003", "bb0000000004", "cc0000000005")


def test_checkpoints_are_matched_to_their_own_commits(tmp_path: Path) -> None:
    """Checkpoints of a squash add up, repeated sessions count once, a shared or quoted one counts nowhere."""
    messages = [
        "plain",
        _named(ONE) + "\nCo-authored-by: Claude <noreply@anthropic.com>",
        _named(TWO, THREE),
        _named(LOST),
        _named(BOTH),
        _named(BOTH),
        f"Revert it\n\n> Entire-Checkpoint: {THREE}",
    ]
    records = {
        "aa/0000000001/0/metadata.json": record(2, 4),
        "aa/0000000001/1/metadata.json": record(6, 10),
        "aa/0000000001/metadata.json": record(9, 9),
        "aa/0000000002/0/metadata.json": record(0, 10),
        "aa/0000000003/0/metadata.json": record(5, 10, "Gemini CLI"),
        "cc/0000000005/0/metadata.json": record(1, 1),
    }
    folder = imported(tmp_path / "r", _history(messages, records))
    history = load_path(str(folder), rev="refs/heads/main")
    found = history.checkpoints
    assert found is not None
    shas = list(history.commits["sha"])
    rows = list(found.counts.itertuples(index=False, name=None))
    assert rows == [(shas[1], 6, 10, "claude-code"), (shas[2], 5, 20, "gemini-cli")]
    assert (found.shared, found.uncounted) == (2, 1)

    result = analyze_path(str(folder), rev="refs/heads/main").result
    share = next(d for d in result.share.definitions if d.id == "checkpoint_lines")
    assert (share.n, share.marked) == (20, 0.425)
    assert result.share.spread.high < 0.3  # the recorder's share of two commits is not said of the whole
    months = result.marking.recall_by_period
    assert months is not None
    assert [(m.n, m.recall) for m in months] == [(2, 0.5)]
    clone = tmp_path / "clone"
    git("clone", "--quiet", folder, clone)
    assert open_repository(str(clone)).checkpoints == open_repository(str(folder)).checkpoints is not None
    assert {"checkpoints-left-aside", "notes-not-fetched"} <= {row.slug for row in result.data_quality}


FIRST, SECOND, MOVED = ("01KXEWS08ZG9WXQPFE4QDA4GA3", "01KXGTTNGCEACC83QZEJ5YAF0D", "aa0000000001")


def _plant(folder: Path, checkpoint: str, files: dict[str, bytes], shard: str | None = None) -> str:
    """Point a checkpoint's ref at a commit with these files; return the commit."""
    ref = f"refs/entire/checkpoints/{shard or checkpoint[-2:]}/{checkpoint}"
    stream = f"commit {ref}\ncommitter A <a@b> 1704099600 +0000\ndata 0\n".encode()
    for path, contents in files.items():
        stream += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(contents), contents)
    git("--git-dir", folder, "fast-import", "--quiet", "--force", stdin=stream)
    return git("--git-dir", folder, "rev-parse", ref).strip()


def _counted(folder: Path) -> tuple[list[tuple[str, int, int]], int, int]:
    """Subjects with the agent's lines and all, and how many commits share a checkpoint or have no count."""
    history = load_path(str(folder), rev="refs/heads/main")
    checkpoints = history.checkpoints
    assert checkpoints is not None
    subject = dict(zip(history.commits["sha"], history.commits["message"].str.split("\n").str[0], strict=True))
    columns = ("sha", "agent_lines", "lines")
    rows = zip(*(checkpoints.counts[name] for name in columns), strict=True)
    return [(subject[sha], agent, lines) for sha, agent, lines in rows], checkpoints.shared, checkpoints.uncounted


def test_checkpoints_with_a_ref_each(tmp_path: Path) -> None:
    """ULIDs are in refs alone, older ids in both places: the ref comes first, and a squash adds up what it names."""
    messages = [
        f"native\n\nEntire-Checkpoint: {FIRST}",
        f"moved\n\nEntire-Checkpoint: {MOVED}",
        f"squash\n\nEntire-Checkpoint: {SECOND}\nEntire-Checkpoint: {TWO}",
        f"lost\n\nEntire-Checkpoint: {FIRST[:-1]}4",
        f"wrong\n\nEntire-Checkpoint: {FIRST.lower()}",
    ]
    branch = {"aa/0000000001/0/metadata.json": record(1, 9), "aa/0000000002/0/metadata.json": record(3, 4)}
    folder = imported(tmp_path / "r", _history(messages, branch))
    _plant(
        folder, FIRST, {"metadata.json": record(9, 9), "0/metadata.json": record(2, 4), "1/metadata.json": record(6, 8)}
    )
    _plant(folder, MOVED, {"1/metadata.json": record(7, 9)})  # sessions counted from 1
    _plant(folder, SECOND, {"0/metadata.json": record(1, 2)})
    assert _counted(folder) == ([("native", 6, 8), ("moved", 7, 9), ("squash", 4, 6)], 0, 1)


@pytest.mark.parametrize("where", ["other shard", "blob", "tree entry", "submodule", "deep", "no count"])
def test_hostile_checkpoint_refs_count_nothing(tmp_path: Path, where: str) -> None:
    """A ref in the wrong place, or one whose object holds something else, leaves its commit without a count."""
    folder = imported(tmp_path / "r", _history([f"x\n\nEntire-Checkpoint: {FIRST}"], {"x": b""}))
    contents = {"deep": b"[" * 50_000, "no count": b'{"initial_attribution": {"agent_lines": 1}}'}.get(
        where, record(1, 2)
    )
    path = "0/metadata.json/x" if where == "tree entry" else "0/metadata.json"
    commit = _plant(folder, FIRST, {path: contents}, "v2" if where == "other shard" else None)
    if where == "submodule":
        link = f"160000 commit {commit}\tmetadata.json\n".encode()
        tree = git("--git-dir", folder, "mktree", "--missing", stdin=link).strip()
        tree = git("--git-dir", folder, "mktree", stdin=f"040000 tree {tree}\t0\n".encode()).strip()
        commit = git("--git-dir", folder, "commit-tree", tree, "-m", "x").strip()
        git("--git-dir", folder, "update-ref", f"refs/entire/checkpoints/A3/{FIRST}", commit)
    if where == "blob":
        blob = git("--git-dir", folder, "hash-object", "-w", "--stdin", stdin=record(1, 2)).strip()
        git("--git-dir", folder, "update-ref", f"refs/entire/checkpoints/A3/{FIRST}", blob)
    assert _counted(folder) == ([], 0, 1)


def test_checkpoint_refs_are_part_of_the_question(tmp_path: Path) -> None:
    """A new checkpoint asks the cache another question; a clone without the contents of one answers for itself."""
    folder = imported(tmp_path / "r", _history(["x"], {"x": b""}))
    before = located_records(open_repository(str(folder), "refs/heads/main"))
    _plant(folder, FIRST, {"0/metadata.json": record(1, 2)})
    opened = open_configured(str(folder), {"rev": "refs/heads/main"})
    assert located_records(opened.repository)["entire"] != before["entire"]
    assert outside_objects(opened.repository) is not None
    lost = git("--git-dir", folder, "rev-parse", f"refs/entire/checkpoints/A3/{FIRST}:0/metadata.json").strip()
    (folder / "objects" / lost[:2] / lost[2:]).unlink()
    assert outside_objects(opened.repository) is None
