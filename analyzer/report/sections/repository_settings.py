"""Sentences on settings that the repository makes itself, for the first screen, pages, the Action and a fleet."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from analyzer.report.blocks import Sentence
from analyzer.report.format import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.report.contract import RepositorySetting

IGNORING_OPTION = "--no-repo-config"


def settings_by_file(settings: Sequence[RepositorySetting]) -> list[str]:
    """Return a text for each file: its settings with the size of their effects."""
    return [
        f"{file}{'' if file.startswith('.') else ' sets'} {', '.join(_brief(setting) for setting in group)}"
        for file, group in groupby(settings, key=lambda setting: setting.file)
    ]


def settings_text(settings: Sequence[RepositorySetting]) -> str:
    """Return every setting with its value and its effect, in sentences."""
    sentences = (
        f"{s.file} of {s.commit[:7]} sets {s.setting} ({s.value}). {s.effect}"
        if s.value
        else f"{s.file} of {s.commit[:7]} applies. {s.effect}"
        for s in settings
    )
    return " ".join(sentences)


def settings_sentence(settings: Sequence[RepositorySetting]) -> Iterator[Sentence]:
    """Yield the line of the first screen."""
    if settings:
        yield Sentence(f"{'; '.join(settings_by_file(settings))}; {IGNORING_OPTION} ignores this", "settings")


def _brief(setting: RepositorySetting) -> str:
    name = "" if setting.setting == setting.file else setting.setting
    if setting.changed is None or setting.total is None:
        return name
    unit = "lines" if setting.unit != "commits" else "commits"
    return f"{name} ({number(setting.changed)} of {number(setting.total)} {unit})".strip()
