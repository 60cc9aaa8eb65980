"""What the stages of an analysis return, from which the `Result` is built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from analyzer.evidence.possible_counts import PossibleAi
from analyzer.usage.join import Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analyzer.config import Settings, Treatment
    from analyzer.evidence.public_policies import Policy
    from analyzer.evidence.recall import Recall
    from analyzer.history.left_out import ClassLines
    from analyzer.history.repository import Repository
    from analyzer.inference.comparison import OutcomeComparison
    from analyzer.inference.grading.defects import DefectsVerdict
    from analyzer.inference.grading.quality import QualityVerdict
    from analyzer.inference.grading.throughput import ThroughputVerdict
    from analyzer.inference.group_outcomes import GroupOutcome
    from analyzer.inference.results import Goodhart, Survival, Trend
    from analyzer.outcomes.hot_spots import HotSpot
    from analyzer.prompts.summary import PromptSummary
    from analyzer.report import contract as r
    from analyzer.share.breadth import Breadth
    from analyzer.share.breakdowns.shares import ShareBreakdown
    from analyzer.share.disclosure_changes import MarkingChange
    from analyzer.share.recovered_marks import RecoveredMarks
    from analyzer.structure.run import StructureTables
    from analyzer.stylometry.estimate import StyleEstimate
    from analyzer.usage.calibration import MarksOnDays

_NOTHING_POSSIBLE = PossibleAi()
_NO_USAGE = Usage()


class BreakdownTable(NamedTuple):
    """A breakdown of the share, and the outcomes of its groups by name."""

    shares: ShareBreakdown
    outcomes: dict[str, list[GroupOutcome]]


@dataclass(frozen=True, slots=True)
class AnalysisTables:
    """Everything that a result is built from, as the stages of the pipeline returned it.

    Attributes
    ----------
    as_of : as-of date; "" if no commit has a date.
    people : number of people.
    languages : added lines per language; None without file contents.
    left_out : lines that no share counts, by class of file; None without file contents.
    lines_missing : slug that says why no lines could be read; None if they could.
    bounds : marked share and upper bound per definition and period.
    tools, models : credited commits and lines.
    cancelled_changes : merged changes left out of throughput because a revert undid them.
    regimes : days on which another way of merging set in.
    recall : recall of marks; None without line-level records.
    marking_changes : lasting changes of the marked share.
    marking_changed : whether marking itself changed; None if unknown.
    possible : accounts and branches that may be agents'.
    policies : rules on AI marks in the range.
    breakdowns : shares and outcomes by directory, team, language, tool and model.
    breadth : people with a marked change, by month.
    usage : usage data joined with the history.
    recall_by_usage, marks_on_days : what they say of marks; None where they say nothing.
    treatment : what throughput is compared with, marks or usage.
    structure, hot_spots : functions before and after sampled commits, and files that gained complexity.
    """

    repository: Repository
    settings: Settings
    commits: pd.DataFrame
    as_of: str
    people: int
    languages: pd.Series | None
    left_out: list[ClassLines] | None
    lines_missing: str | None
    bounds: pd.DataFrame
    tools: pd.DataFrame
    models: pd.DataFrame
    merged_changes: pd.DataFrame
    repository_settings: list[r.RepositorySetting]
    throughput: ThroughputVerdict
    defects: DefectsVerdict
    quality: QualityVerdict
    cancelled_changes: int
    regimes: tuple[str, ...]
    gaming: Goodhart | None
    recall: Recall | None
    outcomes: list[OutcomeComparison]
    survival: list[Survival] | None
    trends: list[Trend]
    marking_changes: list[MarkingChange]
    marking_changed: bool | None
    adoption: pd.DataFrame | None
    policies: list[Policy]
    style: StyleEstimate | None = None
    recovered: RecoveredMarks | None = None
    prompts: PromptSummary | None = None
    possible: PossibleAi = _NOTHING_POSSIBLE
    breakdowns: Sequence[BreakdownTable] = ()
    breadth: Sequence[Breadth] = ()
    usage: Usage = _NO_USAGE
    recall_by_usage: Recall | None = None
    marks_on_days: MarksOnDays | None = None
    treatment: Treatment = "marks"
    structure: StructureTables | None = None
    hot_spots: Sequence[HotSpot] = ()
