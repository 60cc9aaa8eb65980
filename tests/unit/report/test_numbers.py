"""Every number of the page is one of the JSON: nothing is computed, rounded away or made up on the way."""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from analyzer.core.glossary import TERMS
from analyzer.core.messages import MESSAGES
from analyzer.inference import ESTIMATORS
from analyzer.outcomes import OUTCOMES
from analyzer.report.contract import AnalysisResult
from analyzer.report.renderers import html
from analyzer.share import SHARES
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLANTED = sorted((ROOT / "reports" / "planted").glob("*.json"))
NUMBER = re.compile(r"\d[\d\u202f]*(?:\.\d+)?")


class _Words(HTMLParser):
    """What is written on the page, pictures and style left out."""

    def __init__(self) -> None:
        super().__init__()
        self.skipping = 0
        self.words: list[str] = []

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.skipping += tag in {"svg", "style"}

    def handle_endtag(self, tag: str) -> None:
        self.skipping -= tag in {"svg", "style"}

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.words.append(data)


def written(page: str) -> set[str]:
    """Every number of the page's text."""
    reader = _Words()
    reader.feed(page)
    return {n.replace("\u202f", "") for n in NUMBER.findall(" ".join(reader.words))}


def leaves(value: Any) -> Iterator[Any]:
    """Numbers and texts of a JSON tree, and how many rows each list has."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        yield from (n for n in range(len(value) + 1))
        for inner in value:
            yield from leaves(inner)
    elif value is not None and not isinstance(value, bool):
        yield value


def forms(value: Any) -> Iterator[str]:
    """How a value of the JSON may be written: itself, a percentage, a ratio of a relative change, a text's numbers.

    The decrease that is as far from ×1 as an increase is a whole percentage.
    """
    if isinstance(value, str):
        # A commit id is cut to seven digits.
        yield from (n.replace("\u202f", "") for n in NUMBER.findall(f"{value} {value[:7]}"))
        return
    if isinstance(value, float) and value > 0:
        yield f"{100 * value / (1 + value):.0f}"
    for form in (value, 100 * value, 1 + value):
        yield from (f"{abs(form):.{digits}f}" for digits in range(4))


def known(tree: Any) -> set[str]:
    """Every form of every value."""
    return {form for leaf in leaves(tree) for form in forms(leaf)}


def words_of_the_product() -> set[str]:
    """Numbers in sentences that are the same in every report: the registries' and the renderers' own."""
    texts = [f"{m.means} {m.fix}" for m in MESSAGES.values()]
    texts += [f"{d.title} {d.says} {d.limits}" for d in SHARES]
    texts += [f"{m.title} {m.says} {m.limits} {m.source}" for m in OUTCOMES]
    texts += [f"{e.title} {e.says} {e.limits}" for e in ESTIMATORS] + [" ".join(said) for said in TERMS.values()]
    for module in (ROOT / "analyzer" / "report").rglob("*.py"):
        tree = ast.parse(module.read_text("utf-8"))
        texts += [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return {n.replace("\u202f", "") for text in texts for n in NUMBER.findall(text)}


def decoded(path: Path) -> AnalysisResult:
    """The result that a JSON file holds."""
    return msgspec.json.decode(path.read_bytes(), type=AnalysisResult)


@pytest.mark.parametrize("path", PLANTED, ids=lambda p: p.stem)
def test_every_number_of_the_page_is_in_the_json(path: Path) -> None:
    """Text, tables and footers hold no number that the JSON, or a sentence common to all reports, does not hold."""
    page = html.render(decoded(path))
    tree = msgspec.json.decode(path.read_bytes())
    assert written(page) - known(tree) - words_of_the_product() == set()


def test_number_missing_from_the_json_is_caught() -> None:
    """The page of one history does not pass with the JSON of another."""
    one, *others = PLANTED
    page = html.render(decoded(one))
    for other in others:
        strange = written(page) - known(msgspec.json.decode(other.read_bytes())) - words_of_the_product()
        assert len(strange) > 10
