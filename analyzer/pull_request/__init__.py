"""Report on one pull request or range of commits: AI share of its new lines, and history of the code it touches.

There is no verdict: a few commits are too little evidence. What became of earlier lines is history, not a forecast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd

from analyzer.blame.ignore_revs import IGNORE_REVS_FILE
from analyzer.blame.lifetimes import life_spans
from analyzer.core.rows import is_merge
from analyzer.core.sanitize import plain
from analyzer.core.tables import records
from analyzer.errors import NoShareError
from analyzer.history.commits import decode_text
from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.history.repository import resolve_commit
from analyzer.inference.jackknife import jackknife_interval
from analyzer.outcomes.follow_ups import FOLLOW_UPS
from analyzer.pipeline.configured_repository import CONFIG_FILES, config_differs
from analyzer.pipeline.inputs import outcome_inputs_as_of
from analyzer.pipeline.repository_settings import ATTRIBUTES_FILE, MAILMAP_FILE
from analyzer.pull_request.data_quality import quality_rows
from analyzer.report.contract import SCHEMA_VERSION, QualityRow, RepositorySetting

if TYPE_CHECKING:
    from analyzer.history.repository import Repository
    from analyzer.pipeline.load import History

CHURN_DAYS = 21
_CHURN = f"churn_{CHURN_DAYS}d"
# Titles of the rates of earlier work, by id.
TITLES = {_CHURN: f"lines gone in {CHURN_DAYS} days", FOLLOW_UPS.id: "changes followed up in 90 days"}
# Fewest groups (commits or changes) for an interval.
_FEWEST_GROUPS = 6


class Range(msgspec.Struct, frozen=True):
    """The range: `commits` reachable from `head` and not from `base`, and the point where the two diverged."""

    base: str
    head: str
    merge_base: str | None
    commits: int


class NewLines(msgspec.Struct, frozen=True):
    """Lines of code and tests at the head that the range's commits wrote, per label; moved lines keep their origin."""

    marked: float
    unmarked: float
    automation: float

    @property
    def n(self) -> float:
        """All new lines."""
        return self.marked + self.unmarked + self.automation

    @property
    def share(self) -> float | None:
        """Marked share of the lines that people and agents wrote; None if there are none."""
        counted = self.marked + self.unmarked
        return self.marked / counted if counted else None


class Commit(msgspec.Struct, frozen=True):
    """A commit of the range and the reason for its label.

    Attributes
    ----------
    ai : its marked share, 0 to 1.
    strength : of the strongest mark; empty without one.
    rules : rules that matched.
    lines : its lines that are new at the head.
    """

    sha: str
    label: str
    ai: float
    tool: str
    model: str
    strength: str
    rules: list[str]
    lines: int


class File(msgspec.Struct, frozen=True):
    """A touched file of code or tests.

    Attributes
    ----------
    lines : new lines.
    marked : how many of them are marked.
    churned : share of the earlier lines that were gone within 21 days; None without earlier lines.
    earlier_lines : earlier lines that were old enough when the range began.
    """

    path: str
    lines: int
    marked: float
    churned: float | None
    earlier_lines: int


class Earlier(msgspec.Struct, frozen=True):
    """A rate that says what became of earlier work.

    Attributes
    ----------
    touched : rate in the touched files.
    low, high : its 95 % interval; None with fewer than six commits or changes.
    n : lines or changes behind it.
    all, n_all : the same rate and count in all files.
    """

    id: str
    title: str
    touched: float | None
    low: float | None
    high: float | None
    n: int
    all: float | None
    n_all: int


class PullRequest(msgspec.Struct, frozen=True):
    """The JSON of `aishare pr`; earlier work is judged as of the start of the range."""

    schema_version: str
    repository: str
    range: Range
    new_lines: NewLines
    share: float | None
    commits: list[Commit]
    files: list[File]
    earlier: list[Earlier]
    data_quality: list[QualityRow]
    repository_settings: list[RepositorySetting]


def compare_range(path: str, base: str, history: History) -> PullRequest:
    """Return the report on the commits of `history` that the revision `base` does not contain.

    Raises `NoShareError` for an empty range, and for a clone without file contents. `path` is the repository's.
    """
    repository = history.repository
    base_sha = resolve_commit(path, base)
    shas = _git_output(repository, "rev-list", repository.head, f"^{base_sha}")
    in_range = pd.Index(shas.split())
    if in_range.empty:
        raise NoShareError(
            "nothing-in-range", f"{plain(base, 80)}..{repository.head[:7]} holds no commit.", "Name another range."
        )
    if history.lines is None:
        raise NoShareError(
            "partial-clone", "The clone lacks file contents, so new lines cannot be counted.", "git fetch --refetch"
        )
    labels = history.labels.set_index("sha")
    lines = _new_lines(history.lines.surviving, in_range, labels)
    touched_paths = _touched_paths(history, in_range)
    earlier_lines = _earlier_lines(history, in_range, base_sha)
    sums = _lines_by_label(lines)
    return PullRequest(
        schema_version=SCHEMA_VERSION,
        repository=repository.name,
        range=Range(
            base_sha,
            repository.head,
            _git_output(repository, "merge-base", base_sha, repository.head) or None,
            len(in_range),
        ),
        new_lines=sums,
        share=sums.share,
        commits=_commits(history, in_range, lines),
        files=_files(lines, touched_paths, earlier_lines),
        earlier=_earlier_work(history, touched_paths, earlier_lines, base_sha),
        data_quality=quality_rows(history, _changed_settings_files(repository, base_sha)),
        repository_settings=history.repository_settings,
    )


def _changed_settings_files(repository: Repository, base_sha: str) -> list[str]:
    """Return the files with settings that differ between the range's ends; none where such files are ignored."""
    if repository.settings_commit is None:
        return []
    names = ("diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--name-only", "-z")
    files = (MAILMAP_FILE, IGNORE_REVS_FILE, f":(glob)**/{ATTRIBUTES_FILE}")
    stdout = repository.git.run(*names, base_sha, repository.head, "--", *files) or b""
    changed = [name for name in CONFIG_FILES if config_differs(repository, name, base_sha)]
    return [*changed, *(decode_text(name) for name in stdout.split(b"\0") if name)]


def _git_output(repository: Repository, *arguments: str) -> str:
    return (repository.git.run(*arguments) or b"").decode("ascii").strip()


def _new_lines(surviving: pd.DataFrame, in_range: pd.Index, labels: pd.DataFrame) -> pd.DataFrame:
    """Return lines of code and tests at the head that the range wrote: columns sha, path, lines, label, marked."""
    lines = surviving[surviving["sha"].isin(in_range) & surviving["path_class"].isin(COUNTED_CLASSES)]
    lines = lines[["sha", "path", "lines"]].astype({"sha": "str", "path": "str"})
    lines["label"] = lines["sha"].map(labels["label"])
    lines["marked"] = lines["lines"] * lines["sha"].map(labels["ai"]).astype(float)
    return lines


def _lines_by_label(new_lines: pd.DataFrame) -> NewLines:
    automation = float(new_lines.loc[new_lines["label"] == "automation", "lines"].sum())
    declared = float(new_lines["marked"].sum())
    return NewLines(declared, float(new_lines["lines"].sum()) - automation - declared, automation)


def _touched_paths(history: History, in_range: pd.Index) -> frozenset[str]:
    """Return the files of code and tests that the range changes, under every name they have in it."""
    changes = history.file_changes
    if changes is None:
        return frozenset()
    in_range_changes = changes[changes["sha"].isin(in_range) & changes["path_class"].isin(COUNTED_CLASSES)]
    return frozenset(in_range_changes["path"].astype("str")) | frozenset(
        in_range_changes["old_path"].dropna().astype("str")
    )


def _commits(history: History, in_range: pd.Index, new_lines: pd.DataFrame) -> list[Commit]:
    """Return the non-merge commits of the range, newest first."""
    commits = history.commits[history.commits["sha"].isin(in_range)]
    non_merges = commits.loc[~is_merge(commits), "sha"]
    lines = new_lines.groupby("sha")["lines"].sum()
    evidence = history.evidence[history.evidence["sha"].isin(in_range)]
    rules = evidence.groupby("sha")["rule"].agg(lambda names: sorted(set(names)))
    labels = history.labels[history.labels["sha"].isin(non_merges)]
    return [
        Commit(
            row["sha"],
            row["label"],
            float(row["ai"]),
            row["tool"],
            row["model"],
            row["strength"] if isinstance(row["strength"], str) else "",
            list(rules.get(row["sha"], [])),
            int(lines.get(row["sha"], 0)),
        )
        for row in reversed(records(labels))
    ]


def _earlier_lines(history: History, in_range: pd.Index, base_sha: str) -> pd.DataFrame:
    """Return earlier lines of code and tests that were 21 days old when the range began.

    One row per run of lines: columns path, born_sha, lines, and gone (how many of them were gone within 21 days).
    """
    committed = history.committed
    as_of = committed[base_sha]
    if history.lines is None or pd.isna(as_of):
        return pd.DataFrame({"path": [], "born_sha": [], "lines": [], "gone": []})
    lifetimes = history.lines.lifetimes
    lifetimes = lifetimes[lifetimes["path_class"].isin(COUNTED_CLASSES) & ~lifetimes["born_sha"].isin(in_range)]
    lived = life_spans(lifetimes, committed, as_of)
    born = lived["born_sha"].astype("str").map(committed)
    lived = lived[born <= as_of - pd.Timedelta(days=CHURN_DAYS)]
    gone = lived["died"] & (lived["days"] < CHURN_DAYS).fillna(value=False)
    with_gone: pd.DataFrame = lived.assign(
        gone=lived["lines"].where(gone.astype(bool), 0), path=lived["path"].astype("str")
    )
    return with_gone


def _files(new_lines: pd.DataFrame, touched_paths: frozenset[str], earlier_lines: pd.DataFrame) -> list[File]:
    """Return the touched files, those with most new lines first."""
    sums = new_lines.groupby("path")[["lines", "marked"]].sum()
    before = earlier_lines[earlier_lines["path"].isin(touched_paths)].groupby("path")[["lines", "gone"]].sum()
    joined = sums.join(before.add_prefix("earlier_"), how="outer")
    joined = joined.reindex(sorted(touched_paths | set(sums.index))).fillna(0).astype(float)
    rows = [
        File(plain(path, 200), int(lines), declared, gone / earlier if earlier else None, int(earlier))
        for path, lines, declared, earlier, gone in joined.itertuples()
    ]
    return sorted(rows, key=lambda file: -file.lines)


def _earlier_work(
    history: History, touched_paths: frozenset[str], earlier_lines: pd.DataFrame, base_sha: str
) -> list[Earlier]:
    """Return the churn of earlier lines in the touched files, and follow-ups of earlier changes that touched them."""
    lines = earlier_lines.rename(columns={"born_sha": "key", "lines": "denominator", "gone": "events"})
    rates = [_earlier_rate(_CHURN, lines, lines["path"].isin(touched_paths))]
    as_of = history.committed[base_sha]
    judge = FOLLOW_UPS.compute
    follow_ups = None if pd.isna(as_of) or judge is None else judge(outcome_inputs_as_of(history, as_of))
    if follow_ups is not None and history.file_changes is not None:
        shas = history.file_changes.loc[history.file_changes["path"].isin(touched_paths), "sha"].unique()
        merged_changes = {history.change_of_lines[sha] for sha in shas if sha in history.change_of_lines}
        rates.append(_earlier_rate(FOLLOW_UPS.id, follow_ups, follow_ups["key"].isin(merged_changes)))
    return rates


def _earlier_rate(id_: str, rows: pd.DataFrame, chosen: pd.Series) -> Earlier:
    """Return the rate of the chosen rows with its jackknife interval over keys, and the rate of all rows.

    Parameters
    ----------
    id_ : id of the rate, a key of `TITLES`.
    rows : events and their denominator, one or more rows per key (commit or change).
    chosen : which rows concern the touched files.
    """
    by_key = rows[chosen].groupby(rows["key"].astype("str"))[["events", "denominator"]].sum().astype(float)
    events, denominator = by_key["events"].to_numpy(), by_key["denominator"].to_numpy()
    value, low, high = None, None, None
    if denominator.sum() > 0:
        value = float(events.sum() / denominator.sum())
    if value is not None and len(by_key) >= _FEWEST_GROUPS:
        remaining = denominator.sum() - denominator
        refits = np.divide(events.sum() - events, remaining, out=np.full_like(remaining, value), where=remaining > 0)
        reach = jackknife_interval(value, refits)
        low, high = max(0.0, reach.low), min(1.0, reach.high)
    total = float(rows["denominator"].sum())
    overall = float(rows["events"].sum()) / total if total else None
    return Earlier(id_, TITLES[id_], value, low, high, round(denominator.sum()), overall, round(total))
