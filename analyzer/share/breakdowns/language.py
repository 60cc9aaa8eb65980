"""Breakdown by programming language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.history.file_types import OTHER
from analyzer.history.languages import language
from analyzer.share.breakdowns.base import BreakdownDefinition, group_by_path

if TYPE_CHECKING:
    from analyzer.share.breakdowns.base import BreakdownInputs, Grouping

_UNRECOGNISED = "unrecognised"


def _grouping(inputs: BreakdownInputs) -> Grouping | str:
    def languages(path: str) -> tuple[str]:
        name = language(path, inputs.scripts)
        return (_UNRECOGNISED if name == OTHER else name,)

    return group_by_path(inputs, languages)


LANGUAGE = BreakdownDefinition(
    id="language",
    title="By language",
    column="language",
    says="The language of each changed code or test file, by its name or first line.",
    limits="Of contents only the first lines of scripts are read, so code in an unusual file counts as unrecognised.",
    grouping=_grouping,
)
