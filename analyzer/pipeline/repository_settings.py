"""What the analysed commit itself sets, and how much that changes: whoever may commit can move a figure by it.

Rules, globs and dates come from its configuration file, classes of files from `.gitattributes`, names from `.mailmap`,
authorship from `.git-blame-ignore-revs`. Every report names those in force with what they change; `--no-repo-config`
leaves all of them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.blame.ignore_revs import IGNORE_REVS_FILE, parse_ignore_revs
from analyzer.config import Rule, Target, parse_date
from analyzer.core.sanitize import plain
from analyzer.history.file_beginnings import with_scripts
from analyzer.history.file_classes import COUNTED_CLASSES, PathFilter, classify_paths
from analyzer.report.contract import RepositorySetting
from analyzer.report.format import number

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    import pandas as pd

    from analyzer.config import Settings
    from analyzer.history.repository import Repository
    from analyzer.pipeline.configured_repository import CommittedConfig
    from analyzer.pipeline.line_history import LineTables

ATTRIBUTES_FILE, MAILMAP_FILE = ".gitattributes", ".mailmap"
_COMMITS, _ADDED, _ALIVE = "commits", "added lines of code and tests", "lines of code and tests at head"


@dataclass(frozen=True, slots=True)
class SettingsEffects:
    """What the effect of a setting is counted in.

    Attributes
    ----------
    settings : those of the run.
    commits, labels : tables of these names.
    labels_without_rules : table `labels` without the commit's rules; None where it sets none.
    lines : tables of lines before files are selected; None without file contents.
    """

    settings: Settings
    commits: pd.DataFrame
    labels: pd.DataFrame
    labels_without_rules: pd.DataFrame | None
    lines: LineTables | None


@dataclass(frozen=True, slots=True)
class _Effect:
    """A sentence, and how many of how many it is about; None where a setting moves no count."""

    sentence: str
    changed: int | None = None
    total: int | None = None
    unit: str | None = None


def repository_settings(
    repository: Repository, config: CommittedConfig | None, effects: SettingsEffects
) -> list[RepositorySetting]:
    """Return every setting of the commit that is in force, with the size of its effect."""
    commit = repository.settings_commit
    if commit is None:
        return []
    rows = (
        []
        if config is None
        else [
            _row(
                name, config.file, commit, "set" if name == "salt" else _printed(value), _EFFECTS[name](effects, value)
            )
            for name, value in config.settings.items()
        ]
    )
    from_git = [_row(file, file, commit, "", effect) for file, effect in _git_files(repository, effects)]
    return [*rows, *(row for row in from_git if row.changed)]


def _row(name: str, file: str, commit: str, value: str, effect: _Effect) -> RepositorySetting:
    return RepositorySetting(name, file, commit, value, effect.changed, effect.total, effect.unit, effect.sentence)


def _rules_effect(effects: SettingsEffects, _: object) -> _Effect:
    labels, without = effects.labels, effects.labels_without_rules
    if without is None:
        return _Effect("No commit is labelled by them.")
    compared = ["label", "ai", "tool"]
    changed = int((labels[compared].to_numpy(object) != without[compared].to_numpy(object)).any(axis=1).sum())
    sentence = f"{number(changed)} of {number(len(labels))} commits are labelled differently because of them."
    return _Effect(sentence, changed, len(labels), _COMMITS)


def _selection_effect(name: str) -> Callable[[SettingsEffects, object], _Effect]:
    def effect(effects: SettingsEffects, _: object) -> _Effect:
        if effects.lines is None:
            return _Effect("How many lines it leaves out is unknown: this clone lacks file contents.")
        settings = effects.settings
        others = PathFilter((), settings.exclude) if name == "include" else PathFilter(settings.include)
        selection = PathFilter(settings.include, settings.exclude)
        return _largest(
            _left_out(_counted(table), count, unit, lambda path: others.includes(path) and not selection.includes(path))
            for table, count, unit in _measures(effects.lines)
        )

    return effect


def _measures(lines: LineTables) -> tuple[tuple[pd.DataFrame, str, str], ...]:
    """Return the tables of lines that shares count, each with the column that counts and the unit.

    A file that was only renamed has no added lines under its name, but lines at head.
    """
    return (lines.changes, "added", _ADDED), (lines.surviving, "lines", _ALIVE)


def _counted(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["path_class"].isin(COUNTED_CLASSES)]


def _left_out(table: pd.DataFrame, count: str, unit: str, is_left_out: Callable[[str], bool]) -> _Effect:
    excluded = {path: is_left_out(path) for path in table["path"].unique()}
    changed = int(table.loc[table["path"].map(excluded).astype(bool), count].sum())
    total = int(table[count].sum())
    return _Effect(f"{number(changed)} of {number(total)} {unit} are left out.", changed, total, unit)


def _largest(effects: Iterable[_Effect]) -> _Effect:
    return max(effects, key=lambda effect: (effect.changed or 0) / (effect.total or 1))


def _date_effect(name: str) -> Callable[[SettingsEffects, object], _Effect]:
    def effect(effects: SettingsEffects, value: object) -> _Effect:
        day = parse_date(str(value), name, end_of_day=name == "until")
        committed = effects.commits["committed"]
        outside = committed < day if name == "since" else committed >= day
        sentence = f"{number(int(outside.sum()))} of {number(len(outside))} commits lie outside and are not counted."
        return _Effect(sentence, int(outside.sum()), len(outside), _COMMITS)

    return effect


# Each setting of a configuration file, with what it does to the figures.
_EFFECTS: dict[str, Callable[[SettingsEffects, object], _Effect]] = {
    "rules": _rules_effect,
    "include": _selection_effect("include"),
    "exclude": _selection_effect("exclude"),
    "since": _date_effect("since"),
    "until": _date_effect("until"),
    "by": lambda *_: _Effect("It sets the length of periods."),
    "targets": lambda *_: _Effect("They set the days before and after which the gaming checks compare."),
    "salt": lambda *_: _Effect("Everybody who has the repository can compute whose hash is whose."),
}


def _git_files(repository: Repository, effects: SettingsEffects) -> Iterator[tuple[str, _Effect]]:
    """Yield the files that git itself defines, each with its effect."""
    if effects.lines is not None and effects.lines.attributes:
        without = _classes_without(effects.lines.attributes, effects.lines.scripts)
        yield ATTRIBUTES_FILE, _largest(_attributes_effect(*m, without) for m in _measures(effects.lines))
    commits = effects.commits
    renamed = (commits["author_name"] != commits["mapped_name"]) | (commits["author_email"] != commits["mapped_email"])
    sentence = f"{number(int(renamed.sum()))} of {number(len(commits))} commits get another author name or address."
    yield MAILMAP_FILE, _Effect(sentence, int(renamed.sum()), len(commits), _COMMITS)
    revisions, _ = parse_ignore_revs(repository.read_settings_file(IGNORE_REVS_FILE))
    ignored = int(commits["sha"].isin({sha.decode() for sha in revisions}).sum())
    sentence = f"Lines that {number(ignored)} of {number(len(commits))} commits changed keep their earlier authors."
    yield IGNORE_REVS_FILE, _Effect(sentence, ignored, len(commits), _COMMITS)


def _classes_without(attributes: Collection[str], scripts: Mapping[str, str]) -> dict[str, str]:
    """Return the class that each path with attributes would have without them."""
    paths = list(attributes)
    return dict(zip(paths, classify_paths(paths, with_scripts({}, scripts)), strict=True))


def _attributes_effect(table: pd.DataFrame, count: str, unit: str, by_pattern: Mapping[str, str]) -> _Effect:
    """Return how many lines `.gitattributes` takes out of the count of code and tests, or into it.

    `by_pattern`: the classes without it, of the paths that it is about.
    """
    touched = table[table["path"].isin(set(by_pattern)) & (table["path_class"] != "link")]
    counted = touched["path_class"].isin(COUNTED_CLASSES)
    counted_without = touched["path"].map(by_pattern).isin(COUNTED_CLASSES)
    masks = (~counted & counted_without, counted & ~counted_without)
    left_out, included = (int(touched.loc[mask, count].sum()) for mask in masks)
    total = int(_counted(table)[count].sum()) + left_out - included
    sentence = (
        f"It takes {number(left_out)} of {number(total)} {unit} out of the count, and {number(included)} others in."
    )
    return _Effect(sentence, left_out + included, total, unit)


def _printed(value: object) -> str:
    """Return a setting's value as one printable line."""
    items = value if isinstance(value, list) else [value]
    texts = [
        item.tool if isinstance(item, Rule) else item.date.isoformat() if isinstance(item, Target) else str(item)
        for item in items
    ]
    return plain(", ".join(texts))
