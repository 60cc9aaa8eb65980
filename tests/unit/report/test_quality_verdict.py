"""The verdict on quality in every format: one line on the first screen, a table of answers on the page."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import structs

from analyzer.inference.results import BoundedAnswer
from analyzer.report.contract import AnalysisResult
from analyzer.report.contract_verdicts import Verdict
from analyzer.report.renderers import badge, card, html, markdown, terminal
from tests.conftest import ROOT

SENTENCE = (
    "Lines rewritten within 90 days: between 12 points fewer and 0.4 more, so no large difference; tests touched at "
    "the same size: 18 to 38 points more often, compared with the same people's other changes. Marked changes also "
    "differ in size, which may explain tests touched. Not graded, because a placebo test failed: copied lines."
)
ANSWER = BoundedAnswer(
    id="lead_time",
    title="time to land",
    unit="log hours",
    scale="relative",
    kind="no_large_difference",
    graded=True,
    value=0.05,
    low=-0.2,
    high=0.35,
    base_rate=20.0,
    bound=0.5,
    p=0.4,
    p_holm=1.0,
    smallest_detectable=0.3,
    same_size=True,
    size_may_explain=False,
    n_people=9,
    n_marked=120,
    n_unmarked=1300,
    sentence="Time to land at the same size: between 20 % shorter and 35 % longer, so no large difference.",
    reason="",
)


@pytest.fixture(scope="module")
def result() -> AnalysisResult:
    """A golden report with a third verdict whose sentence is as long as they get."""
    stored = (ROOT / "reports" / "planted" / "more-output.json").read_bytes()
    report = msgspec.json.decode(stored, type=AnalysisResult)
    two = [verdict for verdict in report.verdicts if verdict.outcome != "quality"]
    quality = structs.replace(
        two[1],
        outcome="quality",
        grade="says_little",
        slug="difference-may-be-size",
        sentence=SENTENCE,
        association=None,
        placebos=None,
        answers=[ANSWER],
    )
    return structs.replace(report, verdicts=[*two, quality])


def test_first_screen_stays_within_24_lines_of_80_columns(result: AnalysisResult) -> None:
    """Title and grade on a line, the answers indented below it, nothing cut off."""
    lines = terminal.render(result).splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    start = lines.index("  What marked changes did: SAYS LITTLE")
    assert lines[start + 1].startswith(" " * 15 + "Lines rewritten within 90 days")
    text = " ".join(line.strip() for line in lines[start + 1 :])
    assert SENTENCE in text


def test_page_has_a_table_of_answers(result: AnalysisResult) -> None:
    """Base rate, bound, smallest detectable difference and numbers of changes next to each answer."""
    for text in (html.render(result), markdown.render(result)):
        assert "What marked changes did" in text
        for cell in (ANSWER.sentence, "20.0 hours", "±50 %", "120 / 1\u202f300"):
            assert cell in text


def test_badge_and_card_hold_three_grades(result: AnalysisResult) -> None:
    """Neither has room for answers; both name all grades."""
    assert "quality says little" in badge.render(result)
    assert "What marked changes did: SAYS LITTLE" in card.render(result)


def test_reports_of_earlier_versions_still_decode(result: AnalysisResult) -> None:
    """A verdict without `answers` has none."""
    tree = msgspec.to_builtins(result.verdicts[0])
    del tree["answers"]
    assert msgspec.convert(tree, Verdict).answers == []
