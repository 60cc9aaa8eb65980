"""Line-level notes: their keys, their intersection with what a commit added, and what marks find of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.pipeline.dumps import evidence_table
from tests.conftest import SHARED, git, imported
from tests.notes import HUMAN, SESSION, agent, note
from tests.planting import analyze_path, load_path

if TYPE_CHECKING:
    from pathlib import Path


def test_notes_give_a_share_and_a_recall_of_their_own(tmp_path: Path) -> None:
    """Notes give a share and a recall of their own and label no commit; those of commits elsewhere are counted."""
    stream = b""
    bodies = ["one", "two\n\nCo-authored-by: Claude <noreply@anthropic.com>", "three", "four"]
    for n, body in enumerate(bodies):
        text = "".join(f"line_{n}_{k} = {k}\n" for k in range(10)).encode()
        stream += f"commit refs/heads/main\nmark :{n + 1}\ncommitter A <a@b> {1704099600 + 86400 * n} +0000\n".encode()
        stream += b"data %d\n%s\n" % (len(body), body.encode())
        stream += b"M 100644 inline f%d.py\ndata %d\n%s\n" % (n, len(text), text)
    folder = imported(tmp_path / "r", stream)
    shas = git("--git-dir", folder, "rev-list", "--reverse", "main").split()
    known = {SESSION: agent("codex", "gpt-5.6")}
    texts = [
        note("f0.py", f"  {SESSION}::t_1 1-4", sessions=known),
        note("f1.py", f"  {SESSION}::t_1 1-10,50-60", sessions=known),
        note("f2.py", f"  {HUMAN} 1-10"),
        note(),
    ]
    for sha, text in zip(shas, texts, strict=True):
        blob = git("--git-dir", folder, "hash-object", "-w", "--stdin", stdin=text).strip()
        git("--git-dir", folder, "notes", "--ref=ai", "add", "-C", blob, sha)
    tree = git("--git-dir", folder, "rev-parse", "main^{tree}").strip()
    stray = git("--git-dir", folder, "commit-tree", tree, "-m", "elsewhere").strip()
    git("--git-dir", folder, "notes", "--ref=ai", "add", "-m", "x", stray)

    history = load_path(str(folder))
    assert history.notes is not None
    assert (history.notes.empty_notes, history.notes.notes_outside, len(history.notes.noted_commits)) == (1, 1, 3)
    assert history.labels["ai"].tolist() == [False, True, False, False]
    result = analyze_path(str(folder)).result
    truth = next(d for d in result.share.definitions if d.id == "line_truth")
    assert truth.n == 30
    assert truth.marked == pytest.approx(14 / 30)
    (month,) = result.marking.recall_by_period or []
    assert (month.period, month.n, month.recall, month.marks, month.precision) == ("2024-01", 2, 0.5, 1, 1.0)
    assert {"recall-known", "notes-left-aside"} <= {row.slug for row in result.data_quality}

    rows = evidence_table(history)
    ranges = rows[rows["rule"].str.startswith("line-note")]
    assert list(zip(ranges["sha"], ranges["role"], ranges["path"], ranges["start"], ranges["end"], strict=True)) == [
        (shas[0], "author", "f0.py", 1, 4),
        (shas[1], "author", "f1.py", 1, 10),
        (shas[1], "author", "f1.py", 50, 60),
        (shas[2], "human", "f2.py", 1, 10),
    ]


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "corpora/git-ai.bundle").exists(), reason="the history git-ai is not here")
def test_a_real_history_with_notes(tmp_path: Path) -> None:
    """Figures of git-ai's own history, within half a percent; its marks cannot carry a verdict."""
    bundle = SHARED / "corpora/git-ai.bundle"
    git("clone", "--quiet", "--bare", bundle, tmp_path / "r")
    git("--git-dir", tmp_path / "r", "fetch", "--quiet", bundle, "refs/notes/ai:refs/notes/ai")
    finished = analyze_path(str(tmp_path / "r"), cache_dir=tmp_path / "cache")
    notes = finished.history.notes
    assert notes is not None
    ai = notes.truth[notes.truth["source"] == "ai"]
    assert int(ai["lines"].sum()) == pytest.approx(249_440, rel=0.005)
    assert ai["sha"].nunique() == pytest.approx(1_417, rel=0.005)
    assert notes.notes_on_merges == 2_413 - 2_179
    assert len(notes.noted_commits) == 1_627
    assert notes.notes_outside == 0
    recall = {p.period: p.recall for p in finished.result.marking.recall_by_period or []}
    assert recall["2026-05"] == pytest.approx(0.91, abs=0.01)
    assert recall["2026-07"] == pytest.approx(0.11, abs=0.01)
    assert {v.slug for v in finished.result.verdicts} == {"recall-unsteady"}
