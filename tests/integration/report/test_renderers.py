"""The three surfaces say the same, fit where they are read, and cannot be broken out of."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import pytest
from msgspec import structs

from analyzer.core.messages import MESSAGES
from analyzer.report import json_schema
from analyzer.report.blocks import Chart, Finding, Notice, Report, Section, Sentence
from analyzer.report.contract import AnalysisResult
from analyzer.report.document import build_report
from analyzer.report.renderers import html, markdown, terminal
from analyzer.report.renderers import json as as_json
from tests.conftest import MakeRepo, git
from tests.planting import analyze_path

if TYPE_CHECKING:
    from pathlib import Path


ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module", params=["dialects", "landings", "paths"])
def result(request: pytest.FixtureRequest, fixture_repos: dict[str, Path]) -> AnalysisResult:
    """The result of each fixture repository."""
    return analyze_path(str(fixture_repos[request.param])).result


def nulls(value: Any, path: str = "") -> set[str]:
    """JSON paths of every null, list positions as []."""
    if value is None:
        return {path}
    if isinstance(value, dict):
        return {p for key, inner in value.items() for p in nulls(inner, f"{path}.{key}".lstrip("."))}
    if isinstance(value, list):
        return {p for inner in value for p in nulls(inner, f"{path}[]")}
    return set()


def test_json_is_valid_and_explains_every_null(result: AnalysisResult) -> None:
    """Real output passes the shipped schema, and no null stands without a data-quality row that covers it."""
    tree = json.loads(as_json.render(result))
    jsonschema.validate(tree, json.loads(json_schema.shipped()))
    covered = {path for row in tree["data_quality"] for path in row["covers"]}
    assert nulls(tree) <= covered
    assert msgspec.json.decode(as_json.render(result), type=AnalysisResult) == result


def test_an_unexplained_null_is_caught(result: AnalysisResult) -> None:
    """The check above fails when a row that explains a null is taken away."""
    tree = json.loads(as_json.render(result))
    for gone in ("not-estimated", "whole-history", "effort-not-asked"):
        left = {path for row in tree["data_quality"] if row["slug"] != gone for path in row["covers"]}
        assert nulls(tree) - left


def test_verdicts_without_data_are_unknown_with_a_reason(result: AnalysisResult) -> None:
    """A handful of people cannot be graded, and each verdict says so with a documented slug."""
    assert [v.outcome for v in result.verdicts] == ["throughput", "defects", "quality"]
    for verdict in result.verdicts:
        assert verdict.grade in {"unknown_too_little_history", "unknown_not_measurable"}
        assert verdict.slug in {"too-few-people", "too-few-follow-ups", "no-share-varies", "too-few-matched"}
        assert verdict.slug in MESSAGES
        assert verdict.sentence


def test_screen_fits(result: AnalysisResult) -> None:
    """At most 24 lines of 80 columns, no trailing blanks that wrap, and colour that adds nothing but colour."""
    screen = terminal.render(result)
    lines = screen.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in screen
    assert ANSI.sub("", terminal.render(result, color=True)) == screen


def test_the_fullest_screen_fits(result: AnalysisResult) -> None:
    """Filters, long reasons and two warnings together still leave 24 lines, headline first and next command last."""
    reason = "eight people of a great many have some active periods since the first mark, " * 3
    crowded = structs.replace(
        result,
        command=structs.replace(result.command, since="2024-01-01", include=["src/**"]),
        verdicts=[structs.replace(v, sentence=reason) for v in result.verdicts],
        data_quality=[structs.replace(q, severity="warning", message=reason) for q in result.data_quality],
    )
    lines = terminal.render(crowded).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert "commits" in lines[0]
    assert "aishare explain" in lines[-1]


def test_page_holds_the_sentences_of_the_screen(result: AnalysisResult) -> None:
    """Each sentence of the first screen stands word for word in the page, in the same order."""
    page = re.sub(r"\s+", " ", html_text(html.render(result)))
    screen = re.sub(r"\s+", " ", terminal.render(result))
    position = 0
    for section in build_report(result).sections:
        for block in section.blocks:
            text = getattr(block, "text", None)
            if text is None:
                continue
            position = page.index(text, position)
            assert not block.first_screen or text in screen or isinstance(block, Finding | Notice | Chart)


class _Text(HTMLParser):
    """Text, tags and attributes of a page, and whether every tag closes."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words.append(data)


def parsed(page: str) -> _Text:
    """The page, parsed to its end with every tag closed."""
    reader = _Text()
    reader.feed(page)
    assert reader.open == []
    return reader


def html_text(page: str) -> str:
    """What a reader sees of the page."""
    return " ".join(parsed(page).words)


def test_page_is_self_contained(result: AnalysisResult) -> None:
    """No script, no link but inside the page, no image, no address to load, and a policy that forbids them."""
    page, icons = re.subn(r'<link rel="icon" href="data:image/svg\+xml,[^"]*">', "", html.render(result))
    assert icons == 1
    seen = parsed(page)
    assert seen.seen.isdisjoint({"script", "link", "img", "image", "use", "iframe", "object", "form", "foreignobject"})
    assert seen.attributes.isdisjoint({"src", "xlink:href", "onclick", "onload", "style"})
    assert all(target.startswith("#") for target in re.findall(r'href="([^"]*)"', page))
    assert "default-src 'none'" in page
    assert "https://" not in page
    # The namespace of SVG is a name and no address: nothing loads it.
    assert "http://" not in page.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert len(page) < 1_500_000


HOSTILE = "<script>alert(1)</script>\"'`\x1b[31m\u202e\u200b{{70007+7}}"


def test_hostile_names_stay_text(make_repo: MakeRepo) -> None:
    """A branch, a repository name, a tool-like name and a subject full of markup are shown, never obeyed."""
    body = f"work\n\nCo-authored-by: Claude {HOSTILE} <noreply@anthropic.com>"
    repo = make_repo((body, {"a.py": "x = 1\n"}), author=f"{HOSTILE.replace('<', '').replace('>', '')} <a@example.org>")
    git(
        "--git-dir",
        repo,
        "config",
        "remote.origin.url",
        "https://example.org/" + "<img-src=x-onerror=1>" + "\u202e" * 9,
    )
    git("--git-dir", repo, "branch", "-m", "main", "<b>&'\u202e{{70007+7}}")
    result = analyze_path(str(repo)).result
    page, screen = html.render(result), terminal.render(result)
    assert parsed(page).seen.isdisjoint({"script", "img", "b"})
    assert "&lt;b&gt;" in page
    assert not any(c in page + screen for c in "\x1b\u202e\u200b")
    text = markdown.render(result)
    assert not any(c in text for c in "\x1b\u202e\u200b")
    assert re.sub(r"</?(?:details|summary)>", "", text).count("<") == 0
    assert "70014" not in page + screen


def test_markdown_holds_the_sentences_of_the_page(result: AnalysisResult) -> None:
    """Each sentence of the report stands in the Markdown, in order, once its entities are read back."""
    text = unescape(markdown.render(result))
    position = 0
    for section in build_report(result).sections:
        for block in section.blocks:
            if said := getattr(block, "text", None):
                position = text.index(said, position)


def test_long_names_are_cut(make_repo: MakeRepo) -> None:
    """A name of 10,000 characters leaves the screen 80 columns wide and the figures on it."""
    repo = make_repo(("work", {"a.py": "x = 1\n"}))
    git("--git-dir", repo, "config", "remote.origin.url", "https://example.org/" + "n" * 10_000)
    screen = terminal.render(analyze_path(str(repo)).result)
    assert max(map(len, screen.splitlines())) <= 80
    assert "1 commit" in screen.splitlines()[0]


def test_screen_holds_no_command_to_a_runner() -> None:
    """A path or a pattern of the repository may look like one, and a workflow prints the screen into its log."""
    sentence = Sentence("the range changes ##[add-mask]x/.gitattributes")
    report = Report("t", ("t",), (Section("how-much", "How much", (sentence,)),), "c", ())
    screen = terminal.render_screen(report)
    assert "add-mask" in screen
    assert "##[" not in screen
