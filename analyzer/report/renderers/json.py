"""The JSON contract: numbers are numbers, keys are stable, missing is null."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from analyzer.report.contract import Result


def render(result: Result, *, color: bool = False) -> str:  # noqa: ARG001 - one signature for all renderers
    """Indented UTF-8 JSON with a final newline; `color` is for terminals and ignored."""
    return msgspec.json.format(msgspec.json.encode(result), indent=2).decode() + "\n"
