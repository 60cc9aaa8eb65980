"""Composes the stages for one repository. No rule and no statistic lives here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.config import Settings, moment
from analyzer.core.progress import Progress, silent
from analyzer.errors import NoShareError
from analyzer.evidence.line_truth import as_evidence, recorded_commits
from analyzer.evidence.pull_request_export import pulls
from analyzer.evidence.recall import Recall, recall
from analyzer.history.languages import lines_by_language
from analyzer.history.repository import open_repository
from analyzer.pipeline import data_quality
from analyzer.pipeline.compare_outcomes import outcomes, trends
from analyzer.pipeline.estimate_style import drawn_functions
from analyzer.pipeline.grade import panel_rows, verdicts
from analyzer.pipeline.inputs import known_commits
from analyzer.pipeline.load import History, read
from analyzer.report.result_builder import Facts, compose
from analyzer.share import SHARES
from analyzer.share.bounds import bounds, items
from analyzer.share.disclosure_changes import Change, Work, changes, drifted
from analyzer.share.line_counts import lasting_by_commit, lines_by_commit, noted_by_commit, surviving_by_commit
from analyzer.share.recovered_marks import recovered
from analyzer.share.time_window import Window
from analyzer.share.tool_credit import credits_by
from analyzer.share.vendor_definitions import weights

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from analyzer.pipeline.compare_outcomes import Compared
    from analyzer.prompts.summary import Effort
    from analyzer.report.contract import Result
    from analyzer.share.definition import Known


# Column order of `dump commits`; the names are the contract's.
DUMPED_COMMITS = [
    *("sha", "author", "committed", "parents", "unit", "automation", "label", "ai", "tool", "model", "strength"),
    *("lines_added", "lines_deleted"),
]


@dataclass(frozen=True, slots=True)
class Analysis:
    """A finished run: everything that was read, and the answer."""

    history: History
    result: Result


def analysis(path: str, settings: Settings, progress: Progress = silent, folder: Path | None = None) -> Analysis:
    """The whole main job on one repository, with settled settings; `folder` keeps what was read of lines."""
    return conclude(read(open_repository(path, settings.rev), settings, progress, folder), progress)


def conclude(history: History, progress: Progress = silent, exported: bytes | None = None) -> Analysis:
    """Shares, data quality and the composed result of a history that was read; `exported`: its pull requests."""
    progress("counting shares", 0, 0)
    known_pulls = None if exported is None else pulls(exported, history.settings.rules)
    as_of = _as_of(history)
    window = _window(history.settings, as_of)
    drawn = drawn_functions(history, window, progress) if history.settings.style else None
    known = _known(history, window.clock)
    if drawn is not None:
        known = replace(known, functions=drawn.sample)
    inside = items(known, SHARES, window)
    if inside.empty:
        raise _nothing_in_range()
    landed = history.units[window.holds(history.units["merged"])]
    marking = _recall(history, window)
    compared = outcomes(history, known, window, progress)
    progress("judging", 0, 0)
    disclosed, months = _disclosed(history, known, window, marking)
    clock = None if window.clock is None else pd.Timestamp(window.clock)
    unsteady = marking is not None and marking.unsteady
    judged = verdicts(history, landed, compared, clock, disclosed, unsteady=unsteady)
    progress("composing", 0, 0)
    facts = Facts(
        repository=history.repository,
        settings=history.settings,
        commits=history.commits,
        as_of=as_of,
        authors=int(history.people.loc[~history.labels["agent_author"], "author"].nunique()),
        languages=None if history.changes is None else lines_by_language(history.changes),
        lines_missing=history.lines_missing,
        bounds=bounds(inside, window.by, [d.id for d in SHARES if d.items(known) is not None]),
        tools=credits_by(known, "tool", window),
        models=credits_by(known, "model", window),
        landed=landed,
        throughput=judged.throughput,
        defects=judged.defects,
        netted=judged.netted,
        regimes=judged.regimes,
        goodhart=judged.goodhart,
        recall=marking,
        outcomes=compared.outcomes,
        survival=compared.survival,
        trends=trends(compared, landed),
        disclosed=disclosed,
        drifted=drifted(disclosed, months, marking),
        adoption=history.adoption,
        style=None if drawn is None else drawn.estimate,
        effort=_effort(history, window, progress),
        recovered=None if known_pulls is None else recovered(landed, known_pulls),
    )
    return Analysis(history, compose(facts, SHARES, data_quality.rows(history, facts)))


def _effort(history: History, window: Window, progress: Progress) -> Effort | None:
    """Prompts are read on request alone."""
    asked = history.settings
    if not asked.effort and asked.transcripts is None:
        return None
    from analyzer.pipeline.prompt_cost import effort

    return effort(history, window, asked.transcripts, progress)


def counted(history: History, progress: Progress = silent) -> tuple[Known, Compared, Window]:
    """The tables that definitions read, the outcomes, and the range: what `audit` moves and counts again."""
    window = window_of(history)
    known = _known(history, window.clock)
    if items(known, SHARES, window).empty:
        raise _nothing_in_range()
    return known, outcomes(history, known, window, progress), window


def _nothing_in_range() -> NoShareError:
    return NoShareError(
        "nothing-in-range",
        "Nothing is left to count: no commit but merges, automation and what the range or filters leave out.",
        "Widen --since and --until, or change --include and --exclude.",
    )


def window_of(history: History) -> Window:
    """The range that the settings of a history ask for, and its clock."""
    return _window(history.settings, _as_of(history))


def dump_commits(history: History) -> pd.DataFrame:
    """Table of `aishare dump commits`: what the contract names, people as keys."""
    table = history.commits[["sha", "parents", "committed"]].merge(history.people[["sha", "automation"]], on="sha")
    table = table.merge(history.labels[["sha", "author", "label", "ai", "tool", "model", "strength"]], on="sha")
    table["unit"] = table["sha"].map(history.unit_of)
    if history.changes is None:
        table[["lines_added", "lines_deleted"]] = pd.NA
        table = table.astype({"lines_added": "Int64", "lines_deleted": "Int64"})
    else:
        table = table.merge(lines_by_commit(history.changes), on="sha", how="left")
    return table[DUMPED_COMMITS]


def dump_evidence(history: History) -> pd.DataFrame:
    """Table `evidence`: every trace, then every range of a line-level note."""
    if history.notes is None:
        return history.evidence
    return pd.concat([history.evidence, as_evidence(history.notes)], ignore_index=True)


def dump_panel(history: History) -> pd.DataFrame:
    """Table `panel`, of the range that the settings ask for."""
    return panel_rows(history, history.units[window_of(history).holds(history.units["merged"])])


def dump_units(history: History) -> pd.DataFrame:
    """Table `units`."""
    return history.units


def _known(history: History, clock: datetime | None) -> Known:
    known = known_commits(history)
    if history.lines is None:
        return known
    lasting = None
    if clock is not None:
        dates = history.commits.set_index("sha")["committed"]
        lasting = lasting_by_commit(history.lines.lifetimes, dates, pd.Timestamp(clock))
    added, surviving = lines_by_commit(history.lines.changes), surviving_by_commit(history.lines.surviving)
    noted = None
    if history.notes is not None:
        noted = noted_by_commit(history.lines.changes, history.notes.truth, history.notes.noted)
    return replace(
        known,
        lines=added,
        surviving=surviving,
        lasting=lasting,
        noted=noted,
        blamed=surviving_by_commit(history.lines.blamed),
        weights=weights(history.evidence),
    )


def _recall(history: History, window: Window) -> Recall | None:
    """How many commits with AI lines carry a mark, in the range, where line-level records say which have any."""
    recorded, with_ai = recorded_commits(history.notes, history.checkpoints)
    committed = history.commits.set_index("sha")["committed"]
    inside = recorded & set(committed.index[window.holds(committed)])
    return recall(history.labels, committed, inside, with_ai) if inside else None


def _disclosed(history: History, known: Known, window: Window, marking: Recall | None) -> tuple[list[Change], int]:
    """Changes of the declared rate in the range, and over how many months with commits they were sought."""
    plain = known.plain[window.holds(known.plain["when"]) & window.period(known.plain["when"]).notna()]
    commits = plain.merge(history.labels[["sha", "author", "tool"]], on="sha")
    if known.lines is None:
        commits["size"] = pd.Series(pd.NA, index=commits.index, dtype="Float64")
    else:
        lines = commits["sha"].map(known.lines.set_index("sha")["lines_added"]).astype("Float64")
        commits["size"] = np.log1p(lines)
    landed = history.units[window.holds(history.units["merged"])]
    return changes(Work(commits, landed, marking)), commits["when"].dt.strftime("%Y-%m").nunique()


def _window(settings: Settings, as_of: str) -> Window:
    since = None if settings.since is None else moment(settings.since, "--since")
    ends = [moment(t, o, end_of_day=True) for o, t in (("--until", settings.until), ("--as-of", settings.as_of)) if t]
    clock = moment(as_of, "--as-of", end_of_day=True) if as_of else None
    return Window(since, min(ends, default=None), clock, settings.by)


def _as_of(history: History) -> str:
    """--as-of, else the committer date of the analysed commit, else of the newest dated one: never the wall clock."""
    if history.settings.as_of is not None:
        return history.settings.as_of
    dates = history.commits.set_index("sha")["committed"]
    own = dates[history.repository.head]
    day = own if pd.notna(own) else dates.max()
    return "" if pd.isna(day) else day.strftime("%Y-%m-%d")
