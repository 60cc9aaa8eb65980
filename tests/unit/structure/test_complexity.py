"""Complexity of committed functions: both kinds computed by hand, the cyclomatic one beside lizard's as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from analyzer.languages import LANGUAGES
from analyzer.structure.complexity import FunctionMetrics, measure_function
from analyzer.structure.functions import definitions
from tests.structure_cases import structure_cases

if TYPE_CHECKING:
    from analyzer.languages.language import Language

_COGNITIVE, _FUNCTIONS = structure_cases("cognitive_cases"), structure_cases("function_cases")
_FEWEST_CASES, _FEWEST_FUNCTIONS = 8, 25


def _measures(language: Language, source: str) -> list[FunctionMetrics]:
    tree = language.parse(source.encode())
    assert tree is not None
    return [measure_function(language, function) for function in definitions(language, tree).functions]


@pytest.mark.parametrize(("language", "case"), _COGNITIVE)
def test_complexity_is_the_one_computed_by_hand(language: Language, case: dict[str, Any]) -> None:
    """Values that SonarSource or others publish, or that follow from the rules of the paper."""
    measures = _measures(language, case["source"])
    for name in ("cognitive", "cyclomatic", "early_exits", "comment_lines"):
        if name in case:
            assert sum(getattr(metrics, name) for metrics in measures) == case[name], name
    if "nesting" in case:
        assert max(metrics.nesting for metrics in measures) == case["nesting"]


@pytest.mark.parametrize(("language", "case"), _COGNITIVE)
def test_cyclomatic_complexity_is_lizards(language: Language, case: dict[str, Any]) -> None:
    """Functions inside of a function are functions of their own for lizard, so that decisions are what compares."""
    lizard = pytest.importorskip("lizard")
    reports = lizard.analyze_file.analyze_source_code("source" + language.endings[0], case["source"]).function_list
    decisions = sum(report.cyclomatic_complexity - 1 for report in reports)
    theirs = len(_measures(language, case["source"])) + decisions if reports else "misses"
    assert theirs == case.get("lizard", case["cyclomatic"])
    assert ("lizard" in case) == (theirs != case["cyclomatic"]), (
        "where lizard agrees, the case should not say otherwise"
    )


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.id)
def test_every_language_has_cases(language: Language) -> None:
    """TSX has the rules of TypeScript, and needs no second set of cases for them."""
    like_it = {other.id for other in LANGUAGES if other.complexity == language.complexity}
    cognitive = [case for of, case in (parameters.values for parameters in _COGNITIVE) if of.id in like_it]
    functions = [case for of, case in (parameters.values for parameters in _FUNCTIONS) if of.id == language.id]
    assert len(cognitive) >= _FEWEST_CASES
    assert any(case.get("tests") for case in functions)
    sources = [case["source"] for case in (*cognitive, *functions)]
    assert sum(len(_measures(language, source)) for source in sources) >= _FEWEST_FUNCTIONS
