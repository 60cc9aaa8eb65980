"""JSON according to `report.contract`: stable keys, numbers as numbers, missing values as null."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.json_text import pretty_json

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult


def render(result: AnalysisResult, *, color: bool = False) -> str:  # noqa: ARG001 - one signature for all renderers
    """Return indented JSON with a final newline; `color` is for terminals and ignored."""
    return pretty_json(result)
