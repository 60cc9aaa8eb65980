"""Breakdowns: the marked share by directory, team, language, tool and model.

A new breakdown is one file here and one line in `BREAKDOWNS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.share.breakdowns.directory import DIRECTORY
from analyzer.share.breakdowns.language import LANGUAGE
from analyzer.share.breakdowns.model import MODEL
from analyzer.share.breakdowns.team import TEAM
from analyzer.share.breakdowns.tool import TOOL

if TYPE_CHECKING:
    from analyzer.share.breakdowns.base import BreakdownDefinition

BREAKDOWNS: tuple[BreakdownDefinition, ...] = (DIRECTORY, TEAM, LANGUAGE, TOOL, MODEL)
