"""Changes of what is marked: where they are, and what each is held to be, on planted histories."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.evidence.public_policies import Policy
from analyzer.evidence.recall import Recall
from analyzer.report.sections.disclosure import explain_change
from analyzer.share import changepoints as module
from analyzer.share.changepoints import changepoints, overdispersion
from analyzer.share.disclosure_changes import WorkHistory, find_marking_changes, marking_changed, switches
from tests.simulated.disclosure import CUT, FIRST, MONTHS, marking_history

if TYPE_CHECKING:
    from analyzer.evidence.public_policies import Asks, Direction
    from analyzer.share.disclosure_changes import MarkingChange


def only(work: WorkHistory) -> MarkingChange:
    """The one change that there is, at its month."""
    found = find_marking_changes(work)
    assert [change.period for change in found] == ["2023-01"]
    assert explain_change(found[0])
    return found[0]


def recorded(ai: tuple[float, float], marks: tuple[float, float]) -> Recall:
    """Recall by month of a hundred recorded commits each."""
    rows = [
        (f"{2022 + month // 12}-{month % 12 + 1:02}", 100, int(100 * ai[month >= CUT]), marks[month >= CUT])
        for month in range(MONTHS)
    ]
    table = pd.DataFrame(rows, columns=["period", "recorded", "n", "marked"])
    table["marked"] = (table["marked"] * table["n"]).astype(int)
    return Recall(table, int(table["n"].sum()), int(table["marked"].sum()))


def test_line_level_records_tell_marking_from_adoption() -> None:
    """The same commits: marks found more of the same AI part, or AI's part grew under the same marking."""
    work = marking_history(np.random.default_rng(1))
    found = only(work._replace(recall=recorded((0.6, 0.6), (0.2, 0.9))))
    assert (found.kind, found.reason) == ("labelling", "records")
    assert found.figures["marks_after"] == pytest.approx(0.9)
    assert only(work._replace(recall=recorded((0.2, 0.8), (0.8, 0.8)))).kind == "adoption"
    assert only(work._replace(recall=recorded((0.6, 0.62), (0.8, 0.85)))).reason != "records"


def test_switched_tool_default_is_a_labelling_change() -> None:
    """One tool's mark, on the day its default came; another tool's, or another day's, is not that."""
    day = pd.Timestamp(next(s for s in switches() if s.tool == "cursor").date, tz="UTC") - pd.DateOffset(months=CUT)
    for tool, expected in (("cursor", "default"), ("aider", "at_once")):
        (change,) = find_marking_changes(marking_history(np.random.default_rng(2), first=day, tool=tool, larger=0))
        assert (change.reason, change.kind == "labelling") == (expected, expected == "default")


def test_tool_that_ceased_to_mark_explains_no_rise() -> None:
    """On the day a tool stopped adding its mark, a fall of its marks is labelling; a rise is not due to that."""
    day = next(s for s in switches() if s.tool == "codex" and s.marks == "fewer").date
    first = pd.Timestamp(day, tz="UTC") - pd.DateOffset(months=CUT)
    for recall, reason in (((0.9, 0.2), "default"), ((0.2, 0.9), "at_once")):
        rng = np.random.default_rng(2)
        (change,) = find_marking_changes(marking_history(rng, first=first, tool="codex", recall=recall, larger=0))
        assert change.reason == reason


RULE = Policy(
    "2022-12-20", 0, "no_marks", "CONTRIBUTING.md forbids AI marks", "CONTRIBUTING.md", "ab" * 20, None, "down"
)


def unexplained(recall: tuple[float, float], *policies: Policy) -> MarkingChange:
    """A change for which the work itself gives no reason, with these rules."""
    return only(marking_history(np.random.default_rng(8), larger=0, recall=recall)._replace(policies=policies))


def test_rule_against_marks_explains_a_fall() -> None:
    """After a rule that forbids marks, fewer marks are no less use; the report says so, with day, file and commit."""
    change = unexplained((0.9, 0.2), RULE)
    assert (change.kind, change.reason, change.policies) == ("labelling", "policy", (RULE,))
    text = explain_change(change)
    assert "On 2022-12-20: CONTRIBUTING.md forbids AI marks." in text
    assert "not a fall in use" in text


def test_rule_explains_neither_a_rise_nor_another_month() -> None:
    """A rise is not due to a rule against marks, and a rule half a year earlier is no cause."""
    assert unexplained((0.2, 0.9), RULE).kind == "at_once"
    early = replace(RULE, date="2022-06-20")
    change = unexplained((0.9, 0.2), early)
    assert (change.kind, change.policies) == ("at_once", ())
    assert "Rules that changed" not in explain_change(change)


@pytest.mark.parametrize(("asks", "expects"), [("marks", "up"), ("no_ai", "down"), ("unclear", "either")])
def test_other_rules_are_named_and_decide_nothing(asks: Asks, expects: Direction) -> None:
    """A rule that asks for marks often comes with first use, and a ban can end use: possible causes."""
    rule = replace(RULE, asks=asks, expects=expects, text="AGENTS.md changes")
    for recall in ((0.2, 0.9), (0.9, 0.2)):
        change = unexplained(recall, rule)
        assert (change.kind, change.policies) == ("at_once", (rule,))
        text = explain_change(change)
        assert "Rules that changed at the time: 2022-12-20 AGENTS.md changes." in text
        assert ("need not be one in use" in text) == (expects == "down" and recall[0] > recall[1])


def test_measured_cause_goes_before_a_rule() -> None:
    """Where line-level records show that use fell, a rule against marks is only named."""
    work = marking_history(np.random.default_rng(1), recall=(0.9, 0.2))._replace(policies=(RULE,))
    change = only(work._replace(recall=recorded((0.8, 0.2), (0.8, 0.8))))
    assert (change.kind, change.reason, change.policies) == ("adoption", "records", (RULE,))
    assert "need not be" in explain_change(change)


def test_many_rules_are_counted() -> None:
    """An explanation names two rules and counts the rest."""
    rules = [replace(RULE, asks="unclear", expects="either", text=f"file {n} changes") for n in range(5)]
    assert "file 1 changes; 3 more." in explain_change(unexplained((0.2, 0.9), *rules))


def test_squashes_that_lose_marks() -> None:
    """What lands turned from merges to squashes at the same time."""
    work = marking_history(np.random.default_rng(3), recall=(0.9, 0.2))
    late = work.merged_changes["merged"] >= FIRST + pd.DateOffset(months=CUT)
    found = only(work._replace(merged_changes=work.merged_changes.assign(kind=np.where(late, "squash", "merge"))))
    assert (found.kind, found.reason) == ("labelling", "habit")


def test_new_people_explain_a_change() -> None:
    """Those who stayed declare as before: the part changed because others commit."""
    rng = np.random.default_rng(4)
    stayed = marking_history(rng, people=6, use=(0.1, 0.1), recall=(0.5, 0.5))
    others = marking_history(rng, people=6, use=(0.9, 0.9), recall=(0.9, 0.9)).commits
    late = others[others["when"] >= FIRST + pd.DateOffset(months=CUT)].assign(person="new")
    found = only(stayed._replace(commits=pd.concat([stayed.commits, late])))
    assert (found.kind, found.reason) == ("people", "people")


def test_change_without_explanation_is_open() -> None:
    """Two people, work of one size: open, and drift is not known."""
    work = marking_history(np.random.default_rng(5), people=2, larger=0)
    found = find_marking_changes(work)
    assert {change.kind for change in found} == {"open"}
    assert marking_changed(found, MONTHS, None) is None
    assert marking_changed([], MONTHS, None) is False
    assert marking_changed([], 11, None) is None
    assert marking_changed([], 11, recorded((0.6, 0.6), (0.2, 0.9))) is True


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(15, 60)), min_size=4, max_size=9))
def test_changepoints_equal_exhaustive_search(series: list[tuple[int, int]]) -> None:
    """Dynamic programming finds what trying every segmentation finds."""
    n = np.array([size for _, size in series], float)
    k = np.minimum([hits for hits, _ in series], n)
    price = module._PENALTY * overdispersion(k, n) * np.log(len(n))

    def value(cuts: tuple[int, ...]) -> float:
        ends = [0, *cuts, len(n)]
        total = -price * len(cuts)
        for begin, end in pairwise(ends):
            if end - begin < module.MIN_PERIODS or n[begin:end].sum() < module.MIN_EVENTS:
                return -np.inf
            total += float(module._log_likelihood(k[begin:end].sum(), n[begin:end].sum()))
        return float(total)

    every = [cuts for size in range(len(n)) for cuts in combinations(range(1, len(n)), size)]
    best = max(map(value, every))
    assert value(tuple(changepoints(k.tolist(), n.tolist()))) == pytest.approx(best, abs=1e-9)
