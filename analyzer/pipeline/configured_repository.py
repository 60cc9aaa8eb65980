"""Open a repository with its own configuration.

Nothing here needs pandas: a repository is opened, and its answer looked up in the cache, before it is imported.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs

from analyzer.config import Settings, merge_settings, parse_file_settings
from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.history.repository import Repository, open_repository, resolve_commit
from analyzer.pipeline.user_settings import is_committed, without_user_keys
from analyzer.usage.files import located

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyzer.config import FileSettings

CONFIG_FILES = ("pyproject.toml", "aishare.toml")


@dataclass(frozen=True, slots=True)
class CommittedConfig:
    """The configuration file of the analysed commit: its name, and the settings of it that no option overrides."""

    file: str
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ConfiguredRepository:
    """A repository at one commit and the settings it is analysed with; `open_configured` makes it.

    Whoever analyses a repository needs one of these, so nobody can forget the repository's own configuration.
    `config`: the file of the commit that some of the settings come from; None if none do.
    `refused`: keys that the commit set and may not set (`config.USER_ONLY_KEYS`).
    """

    repository: Repository
    settings: Settings
    config: CommittedConfig | None = None
    refused: tuple[str, ...] = ()


def open_configured(path: str, flags: Mapping[str, object], *, settings_rev: str | None = None) -> ConfiguredRepository:
    """Open the repository that holds `path` and settle its settings.

    Flags go over the file of `--config`, or else over the configuration of the analysed commit. The salt may come from
    AISHARE_SALT, so that no file has to hold it.
    Raises `NoShareError` where there is no repository, `UsageError` where a setting is wrong.

    Parameters
    ----------
    settings_rev : the revision whose own settings apply, instead of those of the analysed commit: a pull request must
        not set how it is counted itself. Where the setting `repo_config` is false, none apply.
    """
    chosen = {"salt": os.environ.get("AISHARE_SALT")} | {
        key: value for key, value in flags.items() if value is not None
    }
    settings = merge_settings(chosen, None)
    repository = open_repository(path, settings.rev)
    if not settings.repo_config:
        repository = replace(repository, settings_commit=None)
    elif settings_rev is not None:
        repository = replace(repository, settings_commit=resolve_commit(path, settings_rev))
    if settings.config is not None:
        from_file, refused = _named_settings(repository, settings.config)
        return ConfiguredRepository(repository, merge_settings(chosen, from_file), refused=refused)
    for name in CONFIG_FILES:
        text = repository.read_settings_file(name)
        if text is not None and (committed := parse_file_settings(text, name)) is not None:
            committed, refused = without_user_keys(committed)
            settings, config = merge_settings(chosen, committed), _committed_config(name, committed, chosen)
            return ConfiguredRepository(repository, settings, config, refused)
    return ConfiguredRepository(repository, settings)


def _named_settings(repository: Repository, name: str) -> tuple[FileSettings | None, tuple[str, ...]]:
    """Return the settings of the file of `--config`, and the keys that it may not set because a commit has it."""
    text = _read(name)
    from_file = parse_file_settings(text, name)
    if from_file is None:
        return None, ()
    if is_committed(repository, name, text):
        return without_user_keys(from_file)
    return structs.replace(from_file, usage=located(from_file.usage, Path(name).absolute().parent)), ()


def config_differs(repository: Repository, name: str, commit: str) -> bool:
    """Return whether a configuration file says something else at the analysed commit than at another one."""
    texts = [repository.read_file(sha, name) for sha in (commit, repository.head)]
    try:
        before, now = (None if text is None else parse_file_settings(text, name) for text in texts)
    except UsageError:
        return texts[0] != texts[1]
    return before != now


def settings_of(config: str | None) -> Settings:
    """Return the settings of a file alone, without repository or flags; the defaults for None."""
    return merge_settings({}, None if config is None else parse_file_settings(_read(config), config))


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as reason:
        raise UsageError("config-invalid", f"{plain(name)}: {reason.strerror}.", "Name a file you can read.") from None


def _committed_config(file: str, from_file: FileSettings, chosen: Mapping[str, object]) -> CommittedConfig:
    """Return the settings of a commit's file that are in force; `chosen` are the user's options."""
    values = {name: getattr(from_file, name) for name in from_file.__struct_fields__}
    in_force = {n: v for n, v in values.items() if v not in (None, []) and chosen.get(n) in (None, (), [])}
    return CommittedConfig(file, in_force)
