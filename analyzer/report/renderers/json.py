"""JSON according to `report.contract`: stable keys, numbers as numbers, missing values as null."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult


def render(result: AnalysisResult, *, color: bool = False) -> str:  # noqa: ARG001 - one signature for all renderers
    """Return indented JSON with a final newline; `color` is for terminals and ignored."""
    return msgspec.json.format(msgspec.json.encode(result), indent=2).decode() + "\n"
