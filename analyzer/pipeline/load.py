"""Read an opened repository into a `History`: every table up to merged changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from analyzer.config import parse_date
from analyzer.core.memory import release_memory
from analyzer.core.progress import Progress, no_progress
from analyzer.core.rows import commit_dates
from analyzer.errors import NoShareError
from analyzer.evidence.adoption import tool_adoption
from analyzer.evidence.labels import label_commits
from analyzer.evidence.records import load_records, names_lines
from analyzer.history.cherry_picks import merge_cherry_picks
from analyzer.history.file_classes import PathFilter
from analyzer.history.object_check import object_check
from analyzer.history.start import first_date
from analyzer.pipeline.commit_history import CommitHistory, read_commit_history
from analyzer.pipeline.line_history import LineTables, line_tables
from analyzer.pipeline.marking_policies import MarkingPolicies, marking_policies, merge_dates
from analyzer.pipeline.repository_settings import SettingsEffects, repository_settings
from analyzer.share.attribution import attribute_changes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from analyzer.config import Settings
    from analyzer.evidence.checkpoints import Checkpoints
    from analyzer.evidence.line_truth import LineNotes
    from analyzer.history.authors import PeopleDirectory
    from analyzer.history.merged_changes import MergedChange
    from analyzer.history.repository import Repository
    from analyzer.pipeline.configured_repository import ConfiguredRepository
    from analyzer.report.contract import RepositorySetting

# Line counts are worth nothing once more than this part of the changed code and test files lacks its contents.
_TOLERATED_MISSING = 0.01


@dataclass(frozen=True, slots=True)
class History:
    """All tables up to merged changes, before a date range narrows a share.

    Attributes
    ----------
    commits, people, evidence, labels : tables of these names, one row per commit (evidence: per match).
    merged_changes : table `merged_changes`.
    merged_change_of : id of a non-merge commit → the merged change it is a member of.
    change_of_lines : id of any commit → the merged change that its own lines belong to: those of the members, of the
        merge that landed it, and of merges on its branch. Merges that landed no change of their own are left out.
    lines : tables of lines; None where contents are missing, and `lines_missing` is the slug that says why.
    missing : ids of blobs that the clone lacked where lines were followed; empty also where git failed.
    notes, checkpoints, adoption : line-level records and files of AI tools; None where there are none.
    directory : who is behind names and addresses.
    selected_commits : commits that touch a file which --include and --exclude select; None = all.
    repository_settings : what the commit itself sets, and what that changes.
    policies : rules on AI marks that apply to this repository.
    refused_settings : keys that the analysed commit set and may not set.
    """

    repository: Repository
    settings: Settings
    commits: pd.DataFrame
    lines: LineTables | None
    notes: LineNotes | None
    checkpoints: Checkpoints | None
    adoption: pd.DataFrame | None
    people: pd.DataFrame
    evidence: pd.DataFrame
    labels: pd.DataFrame
    merged_changes: pd.DataFrame
    directory: PeopleDirectory
    merged_change_of: dict[str, str]
    change_of_lines: dict[str, str]
    selected_commits: frozenset[str] | None
    lines_missing: str | None
    missing: frozenset[bytes]
    repository_settings: list[RepositorySetting]
    policies: MarkingPolicies
    refused_settings: tuple[str, ...] = ()

    @property
    def file_changes(self) -> pd.DataFrame | None:
        """Table `file_changes`; None where contents are missing."""
        return None if self.lines is None else self.lines.changes

    def required_lines(self) -> LineTables:
        """Return the tables of lines; raises `NoShareError` where file contents are missing."""
        if self.lines is None:
            raise NoShareError(
                self.lines_missing or "partial-clone",
                "This clone lacks file contents, so nothing is known of its lines.",
                "git fetch --refetch --no-filter, or clone without --filter",
            )
        return self.lines

    @property
    def committed(self) -> pd.Series:
        """Committer date by commit id."""
        return commit_dates(self.commits)

    @property
    def reversible_patches(self) -> dict[str, int]:
        """Patch id by commit, of patches large enough that an inverse is no accident; empty without contents."""
        return {} if self.lines is None else self.lines.reversible_patches


def load_history(
    opened: ConfiguredRepository,
    cache_dir: Path | None = None,
    progress: Progress = no_progress,
    on_commits: Callable[[CommitHistory], None] | None = None,
) -> History:
    """Read the whole history: one pass of `git log` for commits, one replay for lines.

    Parameters
    ----------
    cache_dir : folder of earlier replays, so that only new commits are replayed; None replays everything.
    progress : called with a stage, how much of it is done, and how much there is (0 = unknown).
    on_commits : called with what commits alone say, before lines are traced.
    """
    if cache_dir is not None:  # it notes the objects' state before anything is read
        object_check(opened.repository.git, cache_dir, opened.repository.name)
    early = read_commit_history(opened.repository, opened.settings, progress)
    if on_commits is not None:
        on_commits(early)
    traced = _follow_lines(opened, early, cache_dir, progress)
    progress("joining lines", 0, 0)
    return _join_lines(opened, early, traced)


def _join_lines(opened: ConfiguredRepository, early: CommitHistory, traced: _TracedLines) -> History:
    """Return the history of commits and lines; lines show which merged changes are cherry-picks of others."""
    repository, settings, commits, labels = early.repository, early.settings, early.commits, early.labels
    unselected = traced.lines
    lines, selected = _select_files(unselected, PathFilter(settings.include, settings.exclude))
    patches = {} if lines is None else lines.patches
    grouped = _only_selected(merge_cherry_picks(early.changes, patches, early.graph), selected)
    notes, checkpoints = load_records(repository, commits, None if lines is None else lines.births)
    merged_changes = attribute_changes(grouped, commits, labels, early.directory)
    merged_change_of = {sha: change.name for change in grouped for sha in change.members}
    return History(
        repository=repository,
        settings=settings,
        commits=commits,
        lines=lines,
        adoption=None if unselected is None else tool_adoption(unselected.changes, commit_dates(commits)),
        notes=notes,
        checkpoints=checkpoints,
        people=early.people,
        evidence=early.evidence,
        labels=labels,
        merged_changes=merged_changes,
        directory=early.directory,
        merged_change_of=merged_change_of,
        change_of_lines=merged_change_of | {sha: change.name for change in grouped for sha in change.merges},
        selected_commits=selected,
        lines_missing=traced.why_none,
        missing=traced.missing,
        repository_settings=_repository_settings(opened, early, unselected),
        refused_settings=opened.refused,
        policies=marking_policies(
            repository,
            commits,
            labels,
            None if unselected is None else unselected.changes,
            merge_dates(merged_changes, merged_change_of),
        ),
    )


def _repository_settings(
    opened: ConfiguredRepository, early: CommitHistory, lines: LineTables | None
) -> list[RepositorySetting]:
    """Return the settings that the commit makes, with their effects; `lines`: before files are selected."""
    has_rules = opened.config is not None and "rules" in opened.config.settings
    effects = SettingsEffects(
        settings=opened.settings,
        commits=early.commits,
        labels=early.labels,
        labels_without_rules=label_commits(early.commits, early.people, early.directory)[1] if has_rules else None,
        lines=lines,
    )
    return repository_settings(opened.repository, opened.config, effects)


def _lines_needed_from(early: CommitHistory) -> pd.Timestamp | None:
    """Return the date from which on figures need lines; None for the whole history.

    Which commits touch the files that --include and --exclude select is not known of commits before that date.
    """
    settings = early.settings
    if settings.whole_history or settings.include or settings.exclude:
        return None
    marked = early.labels.loc[early.labels["ai"].astype(bool), "sha"]
    asked = [settings.since, *(target.date.isoformat() for target in settings.targets)]
    return first_date(early.committed[marked], [parse_date(day, "--since") for day in asked if day is not None])


class _TracedLines(NamedTuple):
    """The tables of lines, or the slug that says why there are none, and the blobs that the clone lacked."""

    lines: LineTables | None
    why_none: str | None
    missing: frozenset[bytes]


def _follow_lines(
    opened: ConfiguredRepository, early: CommitHistory, cache_dir: Path | None, progress: Progress
) -> _TracedLines:
    """Follow every line; none are counted where too many contents are missing, but commits are whole without blobs."""
    repository, style = opened.repository, opened.settings.style
    slug = "partial-clone" if repository.partial else "damaged-contents"
    try:
        lines = line_tables(
            repository,
            early.commits,
            cache_dir,
            progress,
            births=style or names_lines(repository),
            origin_births=style,
            all_files=names_lines(repository),  # a record of a document says what an agent does, too
            since=_lines_needed_from(early),
        )
        release_memory()  # lines are many times larger than their tables
    except NoShareError:
        return _TracedLines(None, slug, frozenset())
    uncounted, counted = lines.count_missing()
    is_enough = uncounted <= _TOLERATED_MISSING * counted
    return _TracedLines(lines, None, lines.missing) if is_enough else _TracedLines(None, slug, lines.missing)


def _select_files(lines: LineTables | None, selection: PathFilter) -> tuple[LineTables | None, frozenset[str] | None]:
    """Apply --include and --exclude; return the selected lines and the commits that touch them (None = all)."""
    if not selection.active:
        return lines, None
    if lines is None:
        raise NoShareError(
            "partial-clone",
            "--include and --exclude need the file contents, and this clone lacks some.",
            "git fetch --refetch --no-filter, or clone without --filter",
        )
    selected = lines.select(selection)
    return selected, frozenset(selected.changes["sha"])


def _only_selected(grouped: list[MergedChange], selected: frozenset[str] | None) -> list[MergedChange]:
    """Reduce merged changes to the commits that touch a selected file; drop those that have none."""
    if selected is None:
        return grouped
    for change in grouped:
        change.members = [sha for sha in change.members if sha in selected]
    return [change for change in grouped if change.members]
