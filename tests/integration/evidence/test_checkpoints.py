"""Entire's checkpoints: which commits they speak of, what they count, and that no record breaks the reader."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from analyzer.history.repository import open_repository
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
