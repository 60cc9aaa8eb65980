"""How well aishare reads the public test sets of AI marks, which were labelled without sight of its rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.evidence.classify import classify_lines
from tests.conftest import FIXTURES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

QUARTERS = sorted((FIXTURES / "marks").glob("*.jsonl"))
MARKED = {"authored", "assisted"}
AI_BAR, NAMES_BAR = 0.98, 0.96
quarterly = pytest.mark.parametrize("path", QUARTERS, ids=lambda path: path.stem)


def answers(path: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Pairs of a row and aishare's answer to it."""
    lines = path.read_bytes().splitlines()
    pairs = [(json.loads(line), json.loads(answer)) for line, answer in zip(lines, classify_lines(lines), strict=True)]
    assert all(row["id"] == answer["id"] for row, answer in pairs)
    return pairs


def agreement(pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]], field: str) -> tuple[float, list[str]]:
    """Part of rows whose field reads as labelled, and the ids of the others."""
    wrong = [row["id"] for row, answer in pairs if row["expected"][field] != answer[field]]
    return 1 - len(wrong) / len(pairs), wrong


@quarterly
def test_whether_ai_took_part_is_read_as_labelled(path: Path) -> None:
    """At least 98 % of all rows get the labelled degree of AI authorship."""
    score, wrong = agreement(answers(path), "ai")
    assert score >= AI_BAR, wrong


@quarterly
@pytest.mark.parametrize("field", ["tool", "model"])
def test_tool_and_model_are_read_as_labelled(path: Path, field: str) -> None:
    """At least 96 % of the marked rows get the labelled tool and model; the others have neither to read."""
    marked = [pair for pair in answers(path) if pair[0]["expected"]["ai"] in MARKED]
    score, wrong = agreement(marked, field)
    assert score >= NAMES_BAR, wrong


@quarterly
def test_no_negative_is_read_as_a_mark(path: Path) -> None:
    """Not one row labelled none or unknown counts as marked, and rows without evidence of AI have none."""
    pairs = [pair for pair in answers(path) if pair[0]["expected"]["ai"] not in MARKED]
    assert [row["id"] for row, answer in pairs if answer["ai"] in MARKED] == []
    assert [row["id"] for row, answer in pairs if row["expected"]["ai"] == "none" != answer["ai"]] == []


@quarterly
def test_application_accounts_are_recognised(path: Path) -> None:
    """Every author that is an application account, and no other, is read as a bot."""
    assert agreement(answers(path), "bot") == (1.0, [])
