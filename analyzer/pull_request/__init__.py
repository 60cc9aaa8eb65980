"""One pull request or range of commits: the share of its new lines, and what became of the code that it touches.

No verdict: a few commits cannot tell one. What earlier lines of the touched files did is history, not a forecast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd

from analyzer.blame.lifetimes import spans
from analyzer.core.sanitize import plain
from analyzer.core.tables import records
from analyzer.errors import NoShareError, UsageError
from analyzer.history.file_classes import COUNTED
from analyzer.history.repository import commit_of
from analyzer.inference.jackknife import interval
from analyzer.outcomes.follow_ups import FOLLOW_UPS
from analyzer.pipeline.inputs import seen_at
from analyzer.pull_request.data_quality import rows
from analyzer.report.contract import SCHEMA_VERSION, QualityRow

if TYPE_CHECKING:
    from analyzer.history.repository import Repository
    from analyzer.pipeline.load import History

CHURN_DAYS = 21
_CHURN = f"churn_{CHURN_DAYS}d"
# What is told of earlier work, by id.
TITLES = {_CHURN: f"lines gone in {CHURN_DAYS} days", FOLLOW_UPS.id: "changes followed up in 90 days"}
# Groups under an interval.
_FEWEST = 6


class Range(msgspec.Struct, frozen=True):
    """What is compared: commits reachable from `head` and not from `base`, and where the two parted."""

    base: str
    head: str
    merge_base: str | None
    commits: int


class NewLines(msgspec.Struct, frozen=True):
    """Lines of code and tests at the head that the range's commits wrote, by label; moved lines keep their origin."""

    declared: float
    undeclared: float
    automation: float

    @property
    def n(self) -> float:
        """All of them."""
        return self.declared + self.undeclared + self.automation

    @property
    def share(self) -> float | None:
        """Declared part of what people and agents wrote; None without any."""
        counted = self.declared + self.undeclared
        return self.declared / counted if counted else None


class Commit(msgspec.Struct, frozen=True):
    """A commit of the range and why it got its label; `ai`: its declared part. lines: those of its that are new."""

    sha: str
    label: str
    ai: float
    tool: str
    model: str
    strength: str
    rules: list[str]
    lines: int


class File(msgspec.Struct, frozen=True):
    """A touched file of code or tests: new lines, the declared part, and earlier lines that were gone in 21 days."""

    path: str
    lines: int
    declared: float
    churned: float | None
    earlier_lines: int


class Earlier(msgspec.Struct, frozen=True):
    """What became of earlier work in the touched files, and of all: a rate, 95 % interval where six commits gave it."""

    id: str
    title: str
    touched: float | None
    low: float | None
    high: float | None
    n: int
    all: float | None
    n_all: int


class PullRequest(msgspec.Struct, frozen=True):
    """The JSON of `aishare pr`; earlier work is that known when the range began."""

    schema_version: str
    repository: str
    range: Range
    new_lines: NewLines
    share: float | None
    commits: list[Commit]
    files: list[File]
    earlier: list[Earlier]
    data_quality: list[QualityRow]


def bounds(text: str) -> tuple[str, str]:
    """A and B of "A..B" (or "A...B"); an empty B is HEAD. Raises `UsageError("bad-range")`."""
    base, dots, head = text.partition("..")
    head = head.removeprefix(".")
    if not dots or not base:
        raise UsageError("bad-range", f"{plain(text, 80)} is no range.", "Write it as A..B, such as main..HEAD.")
    return base, head or "HEAD"


def compared(path: str, base: str, history: History) -> PullRequest:
    """The view of what `history` has and the revision `base` of the repository at `path` has not."""
    repository = history.repository
    start = commit_of(path, base)
    asked = _asked(repository, "rev-list", repository.head, f"^{start}")
    inside = pd.Index(asked.split())
    if inside.empty:
        raise NoShareError(
            "nothing-in-range", f"{plain(base, 80)}..{repository.head[:7]} holds no commit.", "Name another range."
        )
    if history.lines is None:
        raise NoShareError(
            "partial-clone", "The clone lacks file contents, so new lines cannot be counted.", "git fetch --refetch"
        )
    labels = history.labels.set_index("sha")
    new = _new_lines(history.lines.surviving, inside, labels)
    touched = _touched(history, inside)
    lived = _lived(history, inside, start)
    sums = _by_label(new)
    return PullRequest(
        schema_version=SCHEMA_VERSION,
        repository=repository.name,
        range=Range(
            start, repository.head, _asked(repository, "merge-base", start, repository.head) or None, len(inside)
        ),
        new_lines=sums,
        share=sums.share,
        commits=_commits(history, inside, new),
        files=_files(new, touched, lived),
        earlier=_earlier(history, touched, lived, start),
        data_quality=rows(history),
    )


def _asked(repository: Repository, *question: str) -> str:
    return (repository.git.ask(*question) or b"").decode("ascii").strip()


def _new_lines(surviving: pd.DataFrame, inside: pd.Index, labels: pd.DataFrame) -> pd.DataFrame:
    """Columns sha, path, lines, label, declared: what the range's commits wrote of code and tests at the head."""
    own = surviving[surviving["sha"].isin(inside) & surviving["path_class"].isin(COUNTED)]
    own = own[["sha", "path", "lines"]].astype({"sha": "str", "path": "str"})
    own["label"] = own["sha"].map(labels["label"])
    own["declared"] = own["lines"] * own["sha"].map(labels["ai"]).astype(float)
    return own


def _by_label(new: pd.DataFrame) -> NewLines:
    automation = float(new.loc[new["label"] == "automation", "lines"].sum())
    declared = float(new["declared"].sum())
    return NewLines(declared, float(new["lines"].sum()) - automation - declared, automation)


def _touched(history: History, inside: pd.Index) -> frozenset[str]:
    """Files of code and tests that a commit of the range changes, by every name it has there."""
    changes = history.changes
    if changes is None:
        return frozenset()
    own = changes[changes["sha"].isin(inside) & changes["path_class"].isin(COUNTED)]
    return frozenset(own["path"].astype("str")) | frozenset(own["old_path"].dropna().astype("str"))


def _commits(history: History, inside: pd.Index, new: pd.DataFrame) -> list[Commit]:
    """Commits of the range that are no merges, newest first."""
    facts = history.commits[history.commits["sha"].isin(inside)]
    plain_ones = facts.loc[~facts["parents"].str.contains(" ", regex=False), "sha"]
    lines = new.groupby("sha")["lines"].sum()
    evidence = history.evidence[history.evidence["sha"].isin(inside)]
    rules = evidence.groupby("sha")["rule"].agg(lambda found: sorted(set(found)))
    labels = history.labels[history.labels["sha"].isin(plain_ones)]
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


def _lived(history: History, inside: pd.Index, start: str) -> pd.DataFrame:
    """Earlier lines of code and tests old enough when the range began: path, born_sha, lines, gone within 21 days."""
    committed = history.commits.set_index("sha")["committed"]
    clock = committed[start]
    if history.lines is None or pd.isna(clock):
        return pd.DataFrame({"path": [], "born_sha": [], "lines": [], "gone": []})
    known = history.lines.lifetimes
    known = known[known["path_class"].isin(COUNTED) & ~known["born_sha"].isin(inside)]
    lived = spans(known, committed, clock)
    born = lived["born_sha"].astype("str").map(committed)
    lived = lived[born <= clock - pd.Timedelta(days=CHURN_DAYS)]
    gone = lived["died"] & (lived["days"] < CHURN_DAYS).fillna(value=False)
    found: pd.DataFrame = lived.assign(
        gone=lived["lines"].where(gone.astype(bool), 0), path=lived["path"].astype("str")
    )
    return found


def _files(new: pd.DataFrame, touched: frozenset[str], lived: pd.DataFrame) -> list[File]:
    """Touched files, those with most new lines first."""
    sums = new.groupby("path")[["lines", "declared"]].sum()
    before = lived[lived["path"].isin(touched)].groupby("path")[["lines", "gone"]].sum()
    both = sums.join(before.add_prefix("earlier_"), how="outer")
    both = both.reindex(sorted(touched | set(sums.index))).fillna(0).astype(float)
    rows = [
        File(plain(path, 200), int(lines), declared, gone / earlier if earlier else None, int(earlier))
        for path, lines, declared, earlier, gone in both.itertuples()
    ]
    return sorted(rows, key=lambda file: -file.lines)


def _earlier(history: History, touched: frozenset[str], lived: pd.DataFrame, start: str) -> list[Earlier]:
    """Churn of earlier lines in the touched files, and follow-ups of earlier changes that touched them."""
    lines = lived.rename(columns={"born_sha": "key", "lines": "exposure", "gone": "events"})
    found = [_rates(_CHURN, lines, lines["path"].isin(touched))]
    clock = history.commits.set_index("sha")["committed"][start]
    judge = FOLLOW_UPS.judge
    judged = None if pd.isna(clock) or judge is None else judge(seen_at(history, clock))
    if judged is not None and history.changes is not None:
        shas = history.changes.loc[history.changes["path"].isin(touched), "sha"].unique()
        units = {history.unit_of[sha] for sha in shas if sha in history.unit_of}
        found.append(_rates(FOLLOW_UPS.id, judged, judged["key"].isin(units)))
    return found


def _rates(id_: str, rows: pd.DataFrame, chosen: pd.Series) -> Earlier:
    """The rate of the chosen rows with its jackknife interval over keys, and of all rows."""
    keys = rows[chosen].groupby(rows["key"].astype("str"))[["events", "exposure"]].sum().astype(float)
    events, exposure = keys["events"].to_numpy(), keys["exposure"].to_numpy()
    value, low, high = None, None, None
    if exposure.sum() > 0:
        value = float(events.sum() / exposure.sum())
    if value is not None and len(keys) >= _FEWEST:
        left = exposure.sum() - exposure
        refits = np.divide(events.sum() - events, left, out=np.full_like(left, value), where=left > 0)
        reach = interval(value, refits)
        low, high = max(0.0, reach.low), min(1.0, reach.high)
    whole = float(rows["exposure"].sum())
    every = float(rows["events"].sum()) / whole if whole else None
    return Earlier(id_, TITLES[id_], value, low, high, round(exposure.sum()), every, round(whole))
