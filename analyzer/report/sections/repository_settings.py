"""Sentences on settings that the repository makes itself, for the first screen, pages, the Action and a fleet."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from analyzer.report.blocks import Sentence
from analyzer.report.format import number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.report.contract import RepositorySetting


def settings_by_file(settings: Sequence[RepositorySetting]) -> list[str]:
    """Return a text for each file, configuration first: its settings, the one that changes most before the others."""
    return [
        f"{file}{'' if file.startswith('.') else ' sets'} {', '.join(_brief(setting) for setting in group)}"
        for file, group in groupby(_ordered(settings), key=lambda setting: setting.file)
    ]


def settings_text(settings: Sequence[RepositorySetting]) -> str:
    """Return every setting with its value and its effect, in sentences, file by file."""
    texts = []
    for (file, commit), group in groupby(_ordered(settings), key=lambda setting: (setting.file, setting.commit)):
        effects = " ".join(f"{s.setting} ({s.value}): {s.effect}" if s.value else s.effect for s in group)
        texts.append(f"{file} of {commit[:7]} applies. {effects}")
    return " ".join(texts)


def settings_sentence(settings: Sequence[RepositorySetting]) -> Iterator[Sentence]:
    """Yield the line of the first screen."""
    if settings:
        files = "; ".join(settings_by_file(settings))
        yield Sentence(f"the repository's own (see --no-repo-config): {files}", "settings")


def _ordered(settings: Sequence[RepositorySetting]) -> list[RepositorySetting]:
    return sorted(settings, key=lambda s: (s.file.startswith("."), s.file, -_size(s)))


def _size(setting: RepositorySetting) -> float:
    return setting.changed / setting.total if setting.changed and setting.total else 0.0


def _brief(setting: RepositorySetting) -> str:
    name = "" if setting.setting == setting.file else setting.setting
    if not setting.changed or setting.total is None:
        return name
    unit = "commits" if setting.unit == "commits" else "lines"
    return f"{name} ({number(setting.changed)} of {number(setting.total)} {unit})".strip()
