"""Breakdown by programming language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.history.languages import OTHER, language
from analyzer.share.breakdowns.base import BreakdownDefinition, group_by_path

if TYPE_CHECKING:
    from analyzer.share.breakdowns.base import BreakdownInputs, Grouping

_UNRECOGNISED = "unrecognised"


def _language(path: str) -> tuple[str]:
    name = language(path)
    return (_UNRECOGNISED if name == OTHER else name,)


def _grouping(inputs: BreakdownInputs) -> Grouping | str:
    return group_by_path(inputs, _language)


LANGUAGE = BreakdownDefinition(
    id="language",
    title="By language",
    column="language",
    says="The language of each changed code or test file, by its name.",
    limits="A file's content is not read, so code in an unusual file counts as unrecognised.",
    grouping=_grouping,
)
