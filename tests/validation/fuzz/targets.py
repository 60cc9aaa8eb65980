"""The table of targets: what there is to fuzz can be read on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.validation.fuzz import (
    of_fleets,
    of_git,
    of_logs,
    of_messages,
    of_note_stores,
    of_records,
    of_settings,
    of_structure,
    of_tables,
)

if TYPE_CHECKING:
    from tests.validation.fuzz.target import Target

TARGETS: tuple[Target, ...] = (
    *of_git.TARGETS,
    *of_messages.TARGETS,
    *of_records.TARGETS,
    *of_note_stores.TARGETS,
    *of_settings.TARGETS,
    *of_logs.TARGETS,
    *of_tables.TARGETS,
    *of_fleets.TARGETS,
    *of_structure.TARGETS,
)


def named(name: str) -> Target:
    """The target of that name."""
    return next(target for target in TARGETS if target.name == name)
