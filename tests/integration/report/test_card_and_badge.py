"""Card and badge: an interval and grades, never a bare percentage; drawn text stays text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import msgspec
import pytest
from msgspec import structs

from analyzer.report.contract import AnalysisResult
from analyzer.report.renderers import badge, card
from tests.conftest import ROOT
from tests.planting import analyze_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PICTURES = [badge.render, card.render]


@pytest.fixture(scope="module")
def result(fixture_repos: dict[str, Path]) -> AnalysisResult:
    """The demo's result."""
    return analyze_path(str(fixture_repos["demo"])).result


@pytest.mark.parametrize("render", PICTURES)
def test_interval_and_grades_stand_together(result: AnalysisResult, render: Callable[..., str]) -> None:
    """Floor and ceiling are both there, in the picture and for who cannot see it, and so are both grades."""
    picture = ET.fromstring(render(result))  # noqa: S314 - our own picture
    words = " ".join(picture.itertext()).lower()
    assert re.search(r"15 %.*100 %", words)
    assert re.search(r"15 %.*100 %", picture.attrib["aria-label"])
    assert words.count("unknown") >= 2


@pytest.mark.parametrize("render", PICTURES)
def test_an_unknown_share_is_unknown(result: AnalysisResult, render: Callable[..., str]) -> None:
    """Where nothing could be counted the picture says so, and draws no bar."""
    definitions = [structs.replace(d, marked=None, at_most=None, n=None) for d in result.share.definitions]
    empty = structs.replace(result, share=structs.replace(result.share, definitions=definitions))
    picture = render(empty)
    assert "unknown" in picture
    assert 'class="marked"' not in picture


@pytest.mark.parametrize("render", PICTURES)
def test_names_stay_text(result: AnalysisResult, render: Callable[..., str]) -> None:
    """Markup in a name or a sentence is escaped, and long ones are cut: nothing leaves the frame."""
    name = "</text><script>alert(1)</script>&\x1b\u202e" + "n" * 10_000
    verdicts = [structs.replace(v, sentence=name) for v in result.verdicts]
    hostile = structs.replace(result, repository=structs.replace(result.repository, name=name), verdicts=verdicts)
    picture = render(hostile)
    tags = {element.tag.split("}")[-1] for element in ET.fromstring(picture).iter()}  # noqa: S314 - our own picture
    assert tags <= {"svg", "title", "rect", "path", "g", "text", "style"}
    assert not any(c in picture for c in "\x1b\u202e")
    assert len(picture) < 8_000


def test_pictures_load_nothing() -> None:
    """No link, font or address but the name of SVG."""
    for path in sorted((ROOT / "reports" / "planted").glob("*.json")):
        result = msgspec.json.decode(path.read_bytes(), type=AnalysisResult)
        for render in PICTURES:
            assert render(result).count("http") == 1
            assert not re.search(r"href|@import|url\(|<script", render(result))
