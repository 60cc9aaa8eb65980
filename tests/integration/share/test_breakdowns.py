"""Breakdowns and breadth of planted histories: the group with more marks and fixes shows it, and small ones nothing."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analyzer.api import Result
from analyzer.core.constants import SMALLEST_GROUP
from analyzer.history.codeowners import CodeOwners
from analyzer.pipeline.inputs import share_inputs, time_window
from analyzer.report.document import build_report
from analyzer.report.renderers import find_renderer, html, markdown, terminal
from analyzer.share.breakdowns import BREAKDOWNS
from analyzer.share.breakdowns.base import NO_CODE, BreakdownInputs
from analyzer.share.breakdowns.shares import break_down_share, changes_by_group, lines_by_group
from tests.conftest import git, imported
from tests.planting import Stream, analyze_path, body, load_path

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.pipeline.load import History
    from analyzer.report.contract import AnalysisResult
    from analyzer.report.contract_breakdowns import BreakdownGroup

MARK = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
OWNERS = ["risky/ @acme/core ada@x.org", "calm/ @ada", "shared/ @acme/core @acme/web"]
PEOPLE = [f"Person {n} <p{n}@x.org>" for n in range(8)]
# Changes are six hours apart, so that no two of them are one work session.
ROUNDS, STEP = 24, 0.25
Change = tuple[int, str, dict[str, list[str]]]
# Folder, ending of its files, and how often work there is marked.
PLACES = (("risky", "py", 0.5), ("calm", "go", 0.15), ("shared", "go", 0.15))


def _written(n: int, turn: int, place: tuple[str, str, float], rng: random.Random) -> Change:
    folder, ending, rate = place
    path = f"{folder}/f{n}_{turn}.{ending}"
    return n, f"write {path}{MARK if rng.random() < rate else ''}", {path: body(f"{folder}{n}_{turn}")}


def _fix(change: Change, people: int) -> Change:
    """Somebody else removes half of the lines."""
    n, _, files = change
    return (n + 1) % people, "fix: wrong sum", {path: lines[3:] for path, lines in files.items()}


def _across(turn: int) -> list[Change]:
    """Everybody writes in several folders at once, and in docs."""
    folders = (("risky", "py"), ("calm", "go"), ("shared", "go"), *([("tools", "py")] if turn else ()))
    changes: list[Change] = []
    for n in range(len(PEOPLE)):
        changes.append((n, "across", {f"{f}/a{n}_{turn}.{end}": body(f"{f}a{n}_{turn}") for f, end in folders}))
        changes.append((n, "explain", {f"docs/{n}_{turn}.md": ["x"]}))
    return changes


def planted() -> Stream:
    """Eight people write in risky/ (Python, often marked, and marked work is fixed often), calm/ and shared/ (Go).

    Everybody writes across folders, in tools/ and docs as well. One person writes in secret/, and nobody else does.
    """
    rng = random.Random(7)  # noqa: S311 - a plan, no secret
    s = Stream()
    last = s.add("owners", {"CODEOWNERS": OWNERS}, at=0)
    day, fixes = 1.0, list[Change]()
    for turn in range(ROUNDS):
        work = [_written(n, turn, place, rng) for n in range(len(PEOPLE)) for place in PLACES]
        # Fixes are among the work of the next round: their author's neighbours are no sign of them.
        changes = [*work, *fixes, *(_across(turn) if turn % 4 == 0 else ())]
        for n, subject, files in rng.sample(changes, len(changes)):
            last = s.add(subject, files, (last,), at=day, by=PEOPLE[n])
            day += STEP
        risks = [0.7 if "risky/" in subject and MARK in subject else 0.1 for _, subject, _ in work]
        fixes = [_fix(change, len(PEOPLE)) for change, risk in zip(work, risks, strict=True) if rng.random() < risk]
    last = s.add("hidden", {"secret/x.py": body("secret")}, (last,), at=day, by=PEOPLE[0])
    s.add("end", {"z.md": ["x"]}, (last,), at=day + 120, by=PEOPLE[0])
    return s


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The planted history as a repository."""
    return imported(tmp_path_factory.mktemp("breakdowns") / "r", planted().text)


@pytest.fixture(scope="module")
def result(repository: Path) -> AnalysisResult:
    """Its analysis."""
    return analyze_path(repository).result


def inputs_of(history: History) -> BreakdownInputs:
    """Return what breakdowns read of a history."""
    window = time_window(history)
    owners = CodeOwners("\n".join(OWNERS).encode())
    shares = share_inputs(history, window)
    return BreakdownInputs(
        shares,
        window,
        history.merged_change_of,
        history.change_of_lines,
        history.file_changes,
        history.lines_missing,
        {},
        lambda: owners,
    )


def groups(result: AnalysisResult, id_: str) -> dict[str, BreakdownGroup]:
    """Rows of a breakdown by name."""
    breakdown = next(b for b in result.breakdowns if b.id == id_)
    assert breakdown.groups is not None, breakdown.missing
    return {group.name: group for group in breakdown.groups}


@pytest.mark.parametrize(("id_", "name"), [("directory", "risky/"), ("language", "Python")])
def test_group_with_marked_work_shows_its_share_and_fixes(result: AnalysisResult, id_: str, name: str) -> None:
    """Marked work is in one group, and there it is fixed more often; the other groups show neither."""
    rows = groups(result, id_)
    marked = rows[name]
    assert max(rows, key=lambda row: rows[row].difference or 0) == name
    assert marked.difference is not None
    assert marked.difference > 0.05
    fixes = {row: group.outcomes[0] for row, group in rows.items() if not group.merged_groups}
    planted_difference = fixes.pop(name)
    assert planted_difference.id == "follow_ups_90d"
    assert planted_difference.difference is not None
    assert planted_difference.difference.low > 0.2
    assert planted_difference.q is not None
    assert planted_difference.q < 0.05
    assert fixes
    for outcome in fixes.values():
        assert outcome.note or (outcome.difference is not None and outcome.difference.low < 0)


def test_group_of_one_person_is_in_no_output(result: AnalysisResult) -> None:
    """One person's folder stands in no format, nor can it be had by subtraction: a second group is hidden with it."""
    rows = groups(result, "directory")
    assert "secret/" not in rows
    merged = [group for group in rows.values() if group.merged_groups]
    assert [group.merged_groups >= 2 for group in merged] == [True]
    report = build_report(result)
    for text in (html.render(result), markdown.render(result), terminal.render(result), str(report)):
        assert "secret" not in text
    assert "secret/" not in find_renderer("json").render(result)


@pytest.mark.parametrize("definition", BREAKDOWNS, ids=lambda d: d.id)
def test_no_published_group_is_below_the_minimum(result: AnalysisResult, definition: object) -> None:
    """Every row covers five people or more, and outcomes six."""
    breakdown = next(b for b in result.breakdowns if b.id == getattr(definition, "id", ""))
    for group in breakdown.groups or []:
        assert group.people >= SMALLEST_GROUP
        assert group.merged_groups != 1


def test_teams_are_named_and_people_are_not(repository: Path) -> None:
    """A path of a team and a person is the team's, one of people "owned by individuals", one of nobody has no owner."""
    inputs = inputs_of(load_path(repository))
    team = next(d for d in BREAKDOWNS if d.id == "team")
    grouping = team.grouping(inputs)
    assert not isinstance(grouping, str)
    assert set(grouping.groups["group"]) == {"@acme/core", "@acme/web", "owned by individuals", "no owner"}
    changes = changes_by_group(inputs, grouping)
    by_group = changes.groupby("group", observed=True)["merged_change"].nunique()
    web, core = by_group["@acme/web"], by_group["@acme/core"]
    assert core > web > 0  # shared/ counts for both
    assert "ada" not in str(groups(analyze_path(repository).result, "team")).lower()


def test_every_change_of_a_counted_file_is_in_a_group(repository: Path) -> None:
    """Changes by directory are those of git log; lines by directory and language add up to the definition's n."""
    history = load_path(repository)
    inputs = inputs_of(history)
    code = git("-C", str(repository), "log", "--format=%H", "--", "*.py", "*.go").split()
    with_code = {history.merged_change_of[sha] for sha in code}
    lines = inputs.shares.lines
    assert lines is not None
    for id_ in ("directory", "language"):
        definition = next(d for d in BREAKDOWNS if d.id == id_)
        grouping = definition.grouping(inputs)
        assert not isinstance(grouping, str)
        changes, by_file = changes_by_group(inputs, grouping), lines_by_group(inputs, grouping)
        assert set(changes.loc[changes["group"] != NO_CODE, "merged_change"]) == with_code
        assert set(changes["merged_change"]) == set(inputs.changes["merged_change"])
        assert by_file is not None
        assert by_file["added"].sum() == lines["lines_added"].sum()
        assert by_file["group"].notna().all()
        rows = break_down_share(definition, inputs).groups
        assert rows is not None
        assert sum(row.lines_added or 0 for row in rows) == lines["lines_added"].sum()


def test_tool_shares_count_changes_that_credit_it(repository: Path, result: AnalysisResult) -> None:
    """One tool marks everything: its row has all marked changes, as a share of all."""
    rows = groups(result, "tool")
    marked = int(git("-C", str(repository), "log", "--format=%H", "--grep=Co-authored-by: Claude", "-i").count("\n"))
    (tool,) = rows.values()
    assert tool.changes == marked
    total = next(d.n for d in result.share.definitions if d.id == "merged_changes")
    assert total is not None
    assert tool.marked == pytest.approx(marked / total)
    assert tool.difference is None


def test_tool_of_few_people_is_left_out(tmp_path: Path) -> None:
    """Six people use one tool and two another: the table has the first, and the sums are as without suppression."""
    s, last = Stream(), 0
    other = "\n\nCo-authored-by: Copilot <copilot@github.com>"
    for n in range(16):
        parents = (last,) if last else ()
        mark = MARK if n % 8 < 6 else other
        last = s.add(f"write{mark}", {f"f{n}.py": body(f"f{n}")}, parents, at=n, by=PEOPLE[n % 8])
    result = analyze_path(imported(tmp_path / "r", s.text)).result
    assert {name: row.changes for name, row in groups(result, "tool").items()} == {"claude-code": 12}
    assert {credit.tool: credit.commits for credit in result.share.by_tool} == {"claude-code": 12, "copilot": 4}


def test_clone_without_contents_breaks_down_by_tool_alone(repository: Path) -> None:
    """Without contents there is no group of files, with the reason, while tools and breadth are of commits."""
    history = load_path(repository)
    inputs = inputs_of(history)
    bare = replace(inputs, file_changes=None, lines_missing="partial-clone", shares=replace(inputs.shares, lines=None))
    missing = {d.id: break_down_share(d, bare).missing for d in BREAKDOWNS}
    assert missing == dict.fromkeys(("directory", "team", "language"), "partial-clone") | {"tool": "", "model": ""}
    tool = break_down_share(next(d for d in BREAKDOWNS if d.id == "tool"), bare).groups
    assert tool is not None
    assert tool[0].lines_added is None


def test_breadth_is_a_direct_count(repository: Path, result: AnalysisResult) -> None:
    """People and people with a mark by month, straight from git log."""
    fields = [
        line.split("\t")
        for line in git(
            "-C", str(repository), "log", "--format=%cs\t%ae\t%(trailers:key=co-authored-by,separator=)"
        ).splitlines()
    ]
    commits = pd.DataFrame([(day[:7], who, bool(mark)) for day, who, mark in fields], columns=["month", "who", "mark"])
    everybody = commits.groupby("month")["who"].nunique()
    with_mark = commits[commits["mark"]].groupby("month")["who"].nunique()
    counts = {m.period: (m.people, m.with_marked) for m in result.breadth}
    shown = everybody[everybody >= SMALLEST_GROUP]
    assert len(shown) > 1
    assert counts == {
        month: (n, with_mark.get(month, 0)) if n >= SMALLEST_GROUP else (None, None) for month, n in everybody.items()
    }


def test_range_narrows_breakdowns_and_breadth(repository: Path) -> None:
    """--since, --until and --exclude apply."""
    narrow = analyze_path(repository, since="2024-02-01", until="2024-04-30", exclude=["calm/"]).result
    assert [m.period for m in narrow.breadth] == ["2024-02", "2024-03", "2024-04"]
    assert "calm/" not in groups(narrow, "directory")
    assert max(g.changes for g in groups(narrow, "directory").values()) < 200


def test_few_people_get_no_table_and_a_reason(tmp_path: Path) -> None:
    """Four people: every breakdown says why it is not there, and the months are not counted."""
    s, last = Stream(), 0
    for n in range(12):
        parents = (last,) if last else ()
        last = s.add(f"write{MARK}", {f"d{n % 2}/f{n}.py": body(f"f{n}")}, parents, at=n, by=PEOPLE[n % 4])
    result = analyze_path(imported(tmp_path / "r", s.text)).result
    missing = {b.id: b.missing for b in result.breakdowns if b.groups is None}
    assert missing == dict.fromkeys(("directory", "language", "tool", "model"), "breakdown-too-few-people") | {
        "team": "no-code-owners"
    }
    assert {m.people for m in result.breadth} == {None}
    assert "five people or more" in markdown.render(result)
    slugs = {row.slug for row in result.data_quality}
    assert {"breakdown-too-few-people", "no-code-owners", "breadth-too-few-people"} <= slugs


def test_hostile_names_stay_one_printable_line(tmp_path: Path) -> None:
    """Folders named like markup, like a merged row, with controls or endless: printable, bounded and escaped."""
    names = ["<script>alert(1)", "other (3 groups)", "a\u202eb\x1b[31m", "x" * 250, "|pipe`tick", "@all", "=1+1"]
    s, last = Stream(), 0
    for n, name in enumerate(name for name in names for _ in range(6)):
        parents = (last,) if last else ()
        last = s.add("write", {f"{name}/f{n}.py": body(f"f{n}")}, parents, at=n, by=PEOPLE[n % 6])
    result = analyze_path(imported(tmp_path / "r", s.text)).result
    rows = groups(result, "directory")
    assert len(rows) == len(names)
    assert all(name.isprintable() and len(name) <= 60 for name in rows)
    assert all(not group.merged_groups for group in rows.values())
    assert "<script>alert(1)" not in html.render(result)
    assert "<script>alert(1)" not in markdown.render(result)
    json.loads(find_renderer("json").render(result))


def test_api_has_breakdowns_as_tables(result: AnalysisResult) -> None:
    """One row per breakdown and group, and one per month."""
    table = Result(result).breakdowns()
    assert set(table["breakdown"]) >= {"directory", "language"}
    assert (table["people"] >= SMALLEST_GROUP).all()
    assert list(Result(result).breadth().columns) == ["period", "people", "with_marked", "share"]
