"""--baseline: what moved since an earlier report, why, and what no earlier report is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec import structs

from analyzer.cli import run
from analyzer.errors import UsageError
from analyzer.report.renderers import html, markdown, terminal
from analyzer.report.renderers import json as as_json
from analyzer.report.sections.changes_since import compare_with
from tests.planting import analyze_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analyzer.report.contract import AnalysisResult, Comparison


@pytest.fixture(scope="module")
def result(fixture_repos: dict[str, Path]) -> AnalysisResult:
    """The demo's result."""
    return analyze_path(str(fixture_repos["demo"])).result


def edited(result: AnalysisResult, edit: Callable[[Any], None]) -> bytes:
    """The result's JSON after an edit of its tree."""
    tree = msgspec.to_builtins(result)
    edit(tree)
    return json.dumps(tree).encode()


def since(result: AnalysisResult, edit: Callable[[Any], None]) -> Comparison:
    """What is said to have changed since the edited result."""
    found = compare_with(result, edited(result, edit)).comparison
    assert found is not None
    return found


def test_nothing_changed(result: AnalysisResult) -> None:
    """Against itself nothing moved, nothing differs, and the hint to keep a report is gone."""
    found = compare_with(result, as_json.render(result).encode())
    assert found.comparison is not None
    assert (found.comparison.reasons, found.comparison.changed) == ([], [])
    assert "no-comparison" in {row.slug for row in result.data_quality}
    assert "no-comparison" not in {row.slug for row in found.data_quality}
    assert "no figure moved" in terminal.render(found)


@pytest.mark.parametrize(
    ("path", "value", "kind"),
    [
        (("repository", "head"), "0" * 40, "data"),
        (("command", "as_of"), "2020-01-01", "data"),
        (("tool", "rules"), "2020-01-01", "rules"),
        (("tool", "style_model"), "Python 2020", "model"),
        (("tool", "version"), "0.0.1", "version"),
        (("command", "by"), "week", "settings"),
        (("command", "config_digest"), "0" * 16, "settings"),
        (("repository", "name"), "another", "repository"),
    ],
)
def test_each_reason_for_a_change_is_named_alone(
    result: AnalysisResult, path: tuple[str, str], value: str, kind: str
) -> None:
    """One thing that differs gives one reason of its kind, and nothing is said to be mixed up."""

    def edit(tree: Any) -> None:
        tree[path[0]][path[1]] = value

    found = since(result, edit)
    assert [reason.kind for reason in found.reasons] == [kind]
    assert "do not tell them apart" not in html.render(structs.replace(result, comparison=found))


def test_several_reasons_are_not_split(result: AnalysisResult) -> None:
    """Where rules and data changed at once the report says that the figures do not tell them apart."""

    def edit(tree: Any) -> None:
        tree["repository"]["head"], tree["tool"]["rules"] = "0" * 40, "2020-01-01"

    page = html.render(compare_with(result, edited(result, edit)))
    assert "Several of these changed at once; the figures do not tell them apart." in page


def test_changed_figures_are_named(result: AnalysisResult) -> None:
    """A share, a grade and a difference that moved stand in JSON, page and screen with what they were."""

    def edit(tree: Any) -> None:
        tree["share"]["definitions"][0]["marked"] = 0.05
        tree["verdicts"][0]["grade"] = "says_little"
        tree["outcomes"][0]["difference"] = {"value": 0.5, "low": 0.4, "high": 0.6}

    found = compare_with(result, edited(result, edit))
    assert found.comparison is not None
    moved = {m.id: (m.before, m.after) for m in found.comparison.changed}
    assert moved["share.merged_changes.marked"] == (0.05, result.share.definitions[0].marked)
    assert moved["verdicts.throughput.grade"] == ("says_little", "unknown_too_little_history")
    assert len(moved) == 3
    screen = terminal.render(found)
    assert "marked 5.0 % → 15 %; throughput says little → unknown; 1 figure" in screen
    assert len(screen.splitlines()) <= 24
    assert max(map(len, screen.splitlines())) <= 80
    assert "5.0 %" in html.render(found)
    assert "says little" in markdown.render(found)


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{}", b"\xff\xfe", b'{"schema_version": "1"}', b"[" * 100_000, b"null"],
    ids=["empty", "list", "object", "binary", "half", "deep", "null"],
)
def test_no_report_is_refused(result: AnalysisResult, text: bytes) -> None:
    """Anything but a report of the same schema is an error with a fix, never a traceback."""
    with pytest.raises(UsageError) as wrong:
        compare_with(result, text)
    assert wrong.value.slug == "bad-comparison"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("command", "as_of"), "@torvalds"),
        (("command", "as_of"), "[a](//x.y)"),
        (("repository", "head"), "HEAD"),
        (("repository", "commits"), -1),
        (("repository", "commits"), 10**400),
        (("share", "definitions", 0, "marked"), -0.5),
        (("share", "definitions", 0, "marked"), 1e300),
        (("verdicts", 0, "grade"), "excellent"),
        (("outcomes", 0, "difference"), {"value": -1e308}),
    ],
)
def test_impossible_figures_are_refused(result: AnalysisResult, path: tuple[str | int, ...], value: object) -> None:
    """A day that is none, a share outside of 0 to 1, an unknown grade: no report of ours, and nothing is printed."""

    def edit(tree: Any) -> None:
        *way, last = path
        for step in way:
            tree = tree[step]
        tree[last] = value

    with pytest.raises(UsageError) as wrong:
        compare_with(result, edited(result, edit))
    assert wrong.value.slug == "bad-comparison"


def test_another_schema_is_refused(result: AnalysisResult) -> None:
    """A report of a later schema version is not compared."""

    def edit(tree: Any) -> None:
        tree["schema_version"] = "3"

    with pytest.raises(UsageError, match="schema 3; this version reads"):
        compare_with(result, edited(result, edit))


def test_report_of_schema_1_is_compared(result: AnalysisResult) -> None:
    """A report with the names of schema 1 gives the comparison that it gives under the present names."""

    def edit(tree: Any) -> None:
        tree["share"]["definitions"][0]["marked"] = 0.05

    def rename(tree: Any) -> None:
        edit(tree)
        tree["schema_version"] = "1"
        for definition in tree["share"]["definitions"]:
            definition["floor"], definition["ceiling"] = definition.pop("marked"), definition.pop("at_most")

    assert compare_with(result, edited(result, rename)) == compare_with(result, edited(result, edit))


def test_hostile_text_of_an_earlier_report_stays_text(result: AnalysisResult) -> None:
    """Names in an earlier report are shown, never obeyed: no markup, no escape codes, no 10,000 characters."""
    name = "<script>alert(1)</script>\x1b[31m\u202e" + "n" * 10_000

    def edit(tree: Any) -> None:
        tree["repository"]["name"] = tree["tool"]["rules"] = tree["tool"]["version"] = name
        tree["outcomes"][0]["title"] = tree["share"]["definitions"][0]["title"] = name

    found = compare_with(result, edited(result, edit))
    page, screen = html.render(found), terminal.render(found)
    assert "<script" not in page
    assert not any(c in page + screen for c in "\x1b\u202e")
    assert "n" * 400 not in page
    assert max(map(len, screen.splitlines())) <= 80


def test_compare_option_reads_an_earlier_report(
    fixture_repos: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--compare` compares with a file of an earlier run; a file that is not there is an error of its own."""
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    demo = str(fixture_repos["demo"])
    assert run(["analyze", demo, "--until", "2024-06-30", "-o", str(old)]) == 0
    assert run(["analyze", demo, "--compare", str(old), "-o", str(new)]) == 0
    found = json.loads(new.read_text())["comparison"]
    assert [reason["kind"] for reason in found["reasons"]] == ["settings"]
    assert "until" in found["reasons"][0]["text"]
    assert found["changed"]
    assert run(["analyze", demo, "--compare", str(tmp_path / "none.json")]) == 2
    assert "bad-comparison" in capsys.readouterr().err
