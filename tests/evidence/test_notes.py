"""Line-level notes: their keys, their intersection with what a commit added, and what marks find of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from analyzer.evidence.line_notes import LineRange, Note, parse_note
from analyzer.evidence.line_truth import line_truth_table
from analyzer.evidence.recall import wilson_interval
from analyzer.pipeline.dumps import evidence_table
from tests.conftest import SHARED, git, imported
from tests.planting import analyze_path, load_path

if TYPE_CHECKING:
    from pathlib import Path

SESSION, HUMAN, PROMPT = "s_00112233445566", "h_aabbccddeeff00", "0123456789abcdef"


def note(*entries: str, **tables: object) -> bytes:
    """A note's bytes."""
    return ("\n".join(entries) + "\n---\n" + json.dumps({"schema_version": "authorship/3.0.0", **tables})).encode()


def agent(tool: str, model: str) -> dict[str, object]:
    """An entry of a note's sessions or prompts."""
    return {"agent_id": {"tool": tool, "id": "x", "model": model}}


def test_every_kind_of_key() -> None:
    """Sessions, prompts and bare words; people are people; what nothing explains is counted, not guessed."""
    contents = note(
        '"a file.py"',
        f"  {SESSION}::t_01 1-3,7",
        f"  {HUMAN} 4",
        "b.py",
        f"  {PROMPT} 2",
        "  ai_agent 5",
        "  human 6",
        "  who-knows 8",
        sessions={SESSION: agent("claude", "claude-opus-4-6")},
        prompts={PROMPT: agent("cursor", "unknown")},
    )
    found = parse_note(contents)
    assert found.ranges == [
        LineRange("a file.py", 1, 3, "ai", "claude-code", "claude-opus-4.6"),
        LineRange("a file.py", 7, 7, "ai", "claude-code", "claude-opus-4.6"),
        LineRange("a file.py", 4, 4, "human", None, None),
        LineRange("b.py", 2, 2, "ai", "cursor", None),
        LineRange("b.py", 5, 5, "ai", None, None),
        LineRange("b.py", 6, 6, "human", None, None),
    ]
    assert found.unknown_keys == 1


def test_tests_of_recorders_are_no_truth() -> None:
    """Fake tools are left out, a synthetic model is no model, an empty note says nothing."""
    fakes = {"s_01ab": agent("mock_ai", "x"), "s_02ab": agent("claude", "<synthetic>")}
    found = parse_note(note("a.py", "  s_01ab::t_1 1", "  s_02ab::t_1 2", sessions=fakes))
    assert found.ranges == [LineRange("a.py", 2, 2, "ai", "claude-code", None)]
    assert parse_note(b"") == parse_note(note()) == Note()


@given(st.binary(max_size=300))
def test_no_note_breaks_the_reader(contents: bytes) -> None:
    """Any bytes give ranges or none."""
    for extra in (b"", b"a.py\n  ai_agent 1-99999999999\n---\n"):
        assert all(r.first <= r.last for r in parse_note(extra + contents).ranges)


SPAN = st.tuples(st.integers(1, 30), st.integers(0, 8))


@given(st.lists(SPAN, max_size=6), st.lists(st.tuples(SPAN, st.sampled_from(["claude-code", "codex"])), max_size=6))
def test_truth_is_what_the_commit_added(runs: list[tuple[int, int]], ranges: list[tuple[tuple[int, int], str]]) -> None:
    """Range by range and line by line: lines that the commit added, each once, by the first range that names it."""
    added = sorted({line for first, more in runs for line in range(first, first + more + 1)})
    births = pd.DataFrame({"born_sha": "c", "path": "p", "line": added, "lines": 1})
    births = births.astype({"line": "Int64", "lines": "Int64"})
    notes = {"c": Note([LineRange("p", first, first + more, "ai", tool, None) for (first, more), tool in ranges])}
    truth: dict[str, int] = {}
    for line in added:
        owner = next((tool for (first, more), tool in ranges if first <= line <= first + more), None)
        if owner:
            truth[owner] = truth.get(owner, 0) + 1
    found = line_truth_table(notes, births)
    assert dict(zip(found["tool"], found["lines"], strict=True)) == truth


@given(st.integers(1, 200), st.data())
def test_wilson_is_scipys(n: int, data: st.DataObject) -> None:
    """The score interval, to twelve digits."""
    hits = data.draw(st.integers(0, n))
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    assert wilson_interval(hits, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_notes_stand_beside_the_marks(tmp_path: Path) -> None:
    """Notes give a share and a recall of their own; they label no commit, and those of other histories are counted."""
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
