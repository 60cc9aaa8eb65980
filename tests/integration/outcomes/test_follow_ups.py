"""Follow-ups, reverts, landings and copies: one planted history for each rule, and many for the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analyzer.outcomes import OUTCOMES
from analyzer.pipeline.inputs import outcome_inputs, time_window
from analyzer.share.definition import ShareInputs
from tests.planting import Stream, body

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.outcomes.history_view import OutcomeInputs


BEN = "Ben <ben@x>"


MARK = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"


def seen_of(stream: Stream, tmp_path: Path) -> OutcomeInputs:
    """What measures read of a planted history, at its last commit."""
    history = stream.read(tmp_path)
    window = time_window(history)
    known = ShareInputs(history.commits, history.labels, history.merged_changes, None)
    assert window.as_of is not None
    return outcome_inputs(history, known, window, pd.Timestamp(window.as_of))


def events(seen: OutcomeInputs, id_: str) -> dict[str, tuple[float, float]]:
    """Events and exposure by the subject of each change's or commit's landing."""
    measure = next(m for m in OUTCOMES if m.id == id_)
    assert measure.compute is not None
    table = measure.compute(seen)
    assert table is not None
    subjects = seen.all_commits.set_index("sha")["message"].str.split("\n").str[0]
    named = table["key"].map(seen.merged_changes.set_index("merged_change")["sha"]).fillna(table["key"]).map(subjects)
    both = zip(table["events"].astype(float), table["denominator"].astype(float), strict=True)
    return dict(zip(named, both, strict=True))


def fixed(fix: str, after: list[str], *, at: float = 40, until: float = 200) -> Stream:
    """Ada writes a (day 0) and Ben b (day 20) into one file; Ada's `fix` leaves `after` of it."""
    s = Stream()
    one = s.add("first", {"m.py": body("a")}, at=0)
    two = s.add("second", {"m.py": [*body("a"), *body("b")]}, (one,), at=20, by=BEN)
    last = s.add(fix, {"m.py": after}, (two,), at=at)
    s.add("end", {"z.md": ["x"]}, (last,), at=until)
    return s


BOTH = [*body("a")[1:], *body("b")[1:]]


def test_fix_is_blamed_on_the_latest_removed_line(tmp_path: Path) -> None:
    """R-SZZ: a fix that removes a line of each is the second change's follow-up, and by one of its six lines."""
    seen = seen_of(fixed("fix: wrong sum", BOTH), tmp_path)
    assert events(seen, "follow_ups_90d") == {"first": (0, 1), "second": (1, 1), "fix: wrong sum": (0, 1)}
    assert events(seen, "follow_up_lines_90d") == {"first": (0, 6), "second": (1, 6)}


def test_commit_without_fix_words_is_no_follow_up(tmp_path: Path) -> None:
    """The same commit under another name changes nothing that reads labels."""
    assert set(events(seen_of(fixed("go on", BOTH), tmp_path), "follow_ups_90d").values()) == {(0, 1)}


def test_fix_after_90_days_is_no_follow_up(tmp_path: Path) -> None:
    """Day 109 is within 90 days of the landing on day 20, day 111 is not."""
    for at, expected in ((109, 1), (111, 0)):
        found = events(seen_of(fixed("fix: late", BOTH, at=at, until=400), tmp_path / str(at)), "follow_ups_90d")
        assert found["second"] == (expected, 1)


def test_comments_and_closing_lines_are_not_blamed(tmp_path: Path) -> None:
    """A fix that removes a comment of the second change and code of the first blames the first; AG-SZZ."""
    s = Stream()
    one = s.add("first", {"m.py": body("a")}, at=0)
    two = s.add("second", {"m.py": [*body("a"), "# a remark", "})", *body("b")]}, (one,), at=20, by=BEN)
    fix = s.add("fix: wrong sum", {"m.py": [*body("a")[1:], *body("b")]}, (two,), at=40)
    s.add("end", {"z.md": ["x"]}, (fix,), at=200)
    seen = seen_of(s, tmp_path)
    assert events(seen, "follow_ups_90d")["first"] == (1, 1)
    assert events(seen, "follow_up_lines_90d")["second"] == (0, 6)  # neither the remark nor the bracket counts


def test_fix_of_a_test_is_no_follow_up(tmp_path: Path) -> None:
    """A fix of a test blames nobody."""
    s = Stream()
    one = s.add("first", {"tests/test_m.py": body("a"), "m.py": body("c")}, at=0)
    fix = s.add("fix: wrong sum", {"tests/test_m.py": body("a")[1:]}, (one,), at=10)
    s.add("end", {"z.md": ["x"]}, (fix,), at=200)
    assert events(seen_of(s, tmp_path), "follow_ups_90d")["first"] == (0, 1)


def test_wrapped_lines_are_not_removed(tmp_path: Path) -> None:
    """The most common shape of a fix: what it wraps in a condition lives on, one step deeper."""
    s = Stream()
    one = s.add("first", {"m.py": body("a")}, at=0)
    fix = s.add("fix: crash", {"m.py": ["if ready:", *(f"    {line}" for line in body("a"))]}, (one,), at=10)
    s.add("end", {"z.md": ["x"]}, (fix,), at=200)
    seen = seen_of(s, tmp_path)
    assert events(seen, "follow_ups_90d")["first"] == (0, 1)
    assert events(seen, "undone_35d")["first"] == (0, 1)


def test_half_rewritten_ignores_the_message(tmp_path: Path) -> None:
    """Six of twelve lines gone on day 34: undone, whatever the message; five are not half, day 36 is too late."""
    for gone, at, expected in ((6, 34, 1), (5, 34, 0), (6, 36, 0)):
        s = Stream()
        one = s.add("first", {"m.py": body("a", 12)}, at=0)
        two = s.add("go on", {"m.py": body("a", 12)[gone:]}, (one,), at=at)
        s.add("end", {"z.md": ["x"]}, (two,), at=200)
        assert events(seen_of(s, tmp_path / f"{gone}-{at}"), "undone_35d")["first"] == (expected, 1)


def branch(s: Stream, root: int, *steps: tuple[str, dict[str, list[str]], float], merged: float) -> int:
    """A branch of Ben's from `root`, merged as pull request 7."""
    at, whole = root, dict[str, list[str]]()
    for subject, files, day in steps:
        whole |= files
        at = s.add(subject, files, (at,), at=day, by=BEN, branch="topic")
    return s.add(MERGE, whole, (root, at), at=merged)


MERGE = "Merge pull request #7 from ben/topic"


@pytest.mark.parametrize("gone", ["b.py", "c.py", "both"])
def test_inverse_patch_is_a_revert_without_the_word(gone: str, tmp_path: Path) -> None:
    """Either commit of a branch, or all of it, undone without git's words."""
    s = Stream()
    root = s.add("begin", {"a.py": body("a")}, at=0)
    merge = branch(s, root, ("one", {"b.py": body("b")}, 5), ("two", {"c.py": body("c")}, 5.5), merged=6)
    empty: dict[str, list[str]] = {name: [] for name in ("b.py", "c.py") if gone in (name, "both")}
    undo = s.add("not needed after all", empty, (merge,), at=9)
    s.add("end", {"z.md": ["x"]}, (undo,), at=200)
    assert events(seen_of(s, tmp_path), "reverts_35d")[MERGE] == (1, 1)


def test_merged_change_does_not_revert_itself(tmp_path: Path) -> None:
    """What a branch undoes itself never stood: neither its message nor a later copy of it takes anything back."""
    s = Stream()
    root = s.add("begin", {"a.py": body("a")}, at=0)
    first, undo = ("x", {"b.py": body("b")}, 5), ("undo x", dict[str, list[str]]({"b.py": []}), 5.5)
    merge = branch(s, root, first, undo, ("work", {"c.py": body("c")}, 6), merged=7)
    again = s.add("do it for real", {"b.py": body("b")}, (merge,), at=10)
    s.add("end", {"z.md": ["x"]}, (again,), at=200)
    assert events(seen_of(s, tmp_path), "reverts_35d")[MERGE] == (0, 1)


def test_days_count_from_the_landing(tmp_path: Path) -> None:
    """Written on day 5, merged on day 35, undone on day 45: within ten days of its coming in."""
    s = Stream()
    root = s.add("begin", {"a.py": body("a")}, at=0)
    merge = branch(s, root, ("one", {"b.py": body("b")}, 5), merged=35)
    undo = s.add("no", {"b.py": []}, (merge,), at=45)
    s.add("end", {"z.md": ["x"]}, (undo,), at=200)
    seen = seen_of(s, tmp_path)
    assert events(seen, "reverts_35d")[MERGE] == (1, 1)
    assert events(seen, "lead_time")[MERGE][0] == pytest.approx(np.log1p(30 * 24))
    assert events(seen, "batch_size")[MERGE][0] == pytest.approx(np.log(6))
    assert events(seen, "commits_in_change")[MERGE] == (0, 1)


def test_copied_block_has_six_lines(tmp_path: Path) -> None:
    """Six lines repeated, deeper or not, are; five are not, moved ones are not, nor what is gone already."""
    s = Stream()
    at = s.add("begin", {"a.py": body("a", 9), "g.py": body("g", 8)}, at=0)
    at = s.add("six", {"b.py": ["def f():", *(f"    {line}" for line in body("a", 9)[:6])]}, (at,), at=1)
    at = s.add("five", {"c.py": ["x = start()", *body("a", 9)[:5]]}, (at,), at=2)
    at = s.add("move", {"g.py": [], "h.py": body("g", 8)}, (at,), at=3)
    at = s.add("drop", {"h.py": []}, (at,), at=4)
    at = s.add("again", {"i.py": body("g", 8)}, (at,), at=5)
    s.add("end", {"z.md": ["x"]}, (at,), at=9)
    found = events(seen_of(s, tmp_path), "copied_lines")
    assert (found["six"], found["five"], found["again"]) == ((6, 7), (0, 6), (0, 8))


def test_functions_and_decisions_are_found_by_keyword(tmp_path: Path) -> None:
    """Two functions and two decisions in python, rust and typescript; words inside a line are none."""
    python = ["def f(x):", "    if x:", "        return 'if'", "async def g():", "    for y in x:", "        define(y)"]
    rust = [
        "pub(crate) fn f() {",
        "  if ready {",
        "    x += 1;",
        "  } else if done {",
        "  }",
        "}",
        "pub fn elsewhere() {}",
    ]
    script = ["export default function f() {", "  while (a) {", "  }", "  notif(b)", "function g() {", "case 1:"]
    s = Stream()
    at = s.add("begin", {"README.md": ["x"]}, at=0)
    for k, (name, lines) in enumerate({"p.py": python, "r.rs": rust, "t.ts": script}.items()):
        at = s.add(name, {name: lines}, (at,), at=k + 1)
    s.add("end", {"z.md": ["x"]}, (at,), at=9)
    seen = seen_of(s, tmp_path)
    functions, decisions = events(seen, "functions_added"), events(seen, "decisions_per_line")
    assert {name: functions[name][0] for name in ("p.py", "r.rs", "t.ts")} == {"p.py": 2, "r.rs": 2, "t.ts": 2}
    assert {name: decisions[name][0] for name in ("p.py", "r.rs", "t.ts")} == {"p.py": 2, "r.rs": 2, "t.ts": 2}
