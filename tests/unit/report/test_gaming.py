"""Tests of gaming in the report: without an announced target nothing fails a run or reaches the first screen."""

from __future__ import annotations

import msgspec
import pytest

from analyzer.inference.goodhart import VARIANTS
from analyzer.inference.results import Goodhart, GoodhartFlag
from analyzer.report.charts.gaming import GAMING
from analyzer.report.contract import AnalysisResult
from analyzer.report.exit_rules import GAMING_FLAG, triggered
from analyzer.report.renderers import find_renderer
from analyzer.report.sections.gaming import flag_sentence, gaming_finding, gaming_table
from tests.conftest import ROOT

SENTENCE = (
    "Since 2025-06-01, marked changes contain 8 points more blank, copied or moved lines than the same people's other "
    "changes, compared with before."
)


def flag(variant: str, *, announced: bool, value: float = 0.08) -> GoodhartFlag:
    """A test that fired."""
    numbers = (value, 0.05, 0.11, 0.001, 0.004)
    return GoodhartFlag(variant, f"title of {variant}", "unit", announced, *numbers, 0.05, "note", diverges=True)


def report(*, announced: bool) -> AnalysisResult:
    """The report of the demo, in which the test of padding fired."""
    demo = msgspec.json.decode((ROOT / "reports" / "demo.json").read_bytes(), type=AnalysisResult)
    tests = Goodhart("goodhart" if announced else "divergence", "2025-06-01", [flag("padding", announced=announced)])
    return msgspec.structs.replace(demo, gaming=tests)


@pytest.mark.parametrize("announced", [True, False])
def test_only_a_flag_fails_a_run_and_is_on_the_first_screen(announced: bool) -> None:
    """A divergence has its sentence in its own section alone."""
    result = report(announced=announced)
    assert triggered(result, [GAMING_FLAG, "misleading"]) == ([GAMING_FLAG] if announced else [])
    finding = gaming_finding(result.gaming)
    assert finding.first_screen is announced
    assert finding.grade == ("1 FLAG" if announced else "1 DIVERGENCE")
    assert finding.text.startswith(SENTENCE)
    assert ("consistent with gaming" in finding.text) is announced
    screen, markdown, page = (find_renderer(id_).render(result) for id_ in ("terminal", "markdown", "html"))
    assert ("FLAG" in screen) is announced
    assert "DIVERGENCE" not in screen
    for text in (markdown, page):
        gaming = text.index("blank, copied or moved lines")
        assert text[:gaming].count("Gaming and labelling checks") >= 1
        assert gaming > text.index("How far to trust it")


def test_every_variant_has_a_sentence() -> None:
    """In plain words, with the value on a scale that a reader knows; a variant of another version has its title."""
    for variant in VARIANTS:
        sentence = flag_sentence(flag(variant.id, announced=True), "2025-06-01")
        assert not sentence.startswith("Title")
        assert sentence.endswith(".")
    fall = flag_sentence(flag("splitting", announced=True, value=0.6931), "2025-06-01")
    assert "50 % smaller" in fall
    assert flag_sentence(flag("new", announced=True), None) == "Title of new."


def test_reports_of_earlier_versions_are_read() -> None:
    """Before `diverges` existed, what fired was stored as a flag."""
    old = msgspec.json.encode(flag("padding", announced=True)).replace(b',"diverges":true', b"")
    stored = msgspec.json.decode(old, type=GoodhartFlag)
    assert stored.diverges is None
    tests = Goodhart("divergence", None, [stored])
    assert gaming_finding(tests).grade == "1 DIVERGENCE"
    assert gaming_table(tests).rows[0][1] == "flag"


@pytest.mark.parametrize("announced", [True, False])
def test_chart_shows_flags_and_divergences(announced: bool) -> None:
    """They have marks of their own."""
    content = GAMING.content(report(announced=announced))
    assert content.layers["flags"][0]["state"] == ("flag" if announced else "divergence")
