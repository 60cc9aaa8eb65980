"""Types of fleet.json, schema_version "2". Shares are fractions, dates are ISO 8601, missing values are null."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from analyzer.custom_panel.multilevel import ClusterHeterogeneity  # noqa: TC001 - msgspec reads these types at run time
from analyzer.inference.results import Grade, Placebo  # noqa: TC001 - likewise
from analyzer.report.contract_verdicts import Association, RelativeChange, SmallestDetectable, Verdict  # noqa: TC001 - likewise


class RepositoryRow(Struct, frozen=True):
    """One repository: its AI share of merged changes and its grades, or why there are none.

    n : number of merged changes.
    marked, at_most : lower and upper bound of the AI share.
    throughput, defects, quality : grades.
    slug, reason : why it could not be read or, if there are figures, why its mirror is out of date.
    page : path of its report.
    settings : the repository's own settings that are in force and their effects, one text per file.
    """

    name: str
    head: str | None
    last_commit: str | None
    commits: int | None
    people: int | None
    n: int | None
    marked: float | None
    at_most: float | None
    throughput: str | None
    defects: str | None
    slug: str | None
    reason: str | None
    page: str | None
    settings: list[str] = []
    quality: str | None = None


class SharePoint(Struct, frozen=True):
    """AI-marked share of the `n` merged changes of a group in one period, by `people` people."""

    period: str
    marked: float
    n: int
    people: int


class Group(Struct, frozen=True):
    """A team, or all repositories together, with the AI-marked share of its merged changes.

    teams : small teams merged into this group.
    verdict : association of the share with throughput among its people; null below eight people.
    """

    name: str
    marked: float
    n: int
    people: int
    points: list[SharePoint]
    teams: list[str]
    verdict: Verdict | None


class OutcomePoint(Struct, frozen=True):
    """An outcome of a team or repository in one period, with its AI-marked share of `n` merged changes.

    value : null if the file has none.
    denominator : what the value is counted over, such as deployments.
    share : null unless the page of the team or repository publishes it.
    """

    period: str
    value: float | None
    denominator: float | None
    share: float | None
    n: int


class OutcomeSeries(Struct, frozen=True):
    """An outcome of one team or repository (`unit`), periods in order."""

    unit: str
    readings: list[OutcomePoint]


class OutcomeAssociation(Struct, frozen=True):
    """Relative change of the outcome associated with 50 points more AI share one period earlier, as in `infer`.

    association : p_holm is adjusted over all outcomes of the fleet.
    n_units : number of teams or repositories with share and outcome.
    n_periods, n_rows : sample of the estimate; null without one.
    """

    grade: Grade
    slug: str
    sentence: str
    association: Association | None
    beyond_trends: RelativeChange | None
    smallest_detectable: SmallestDetectable | None
    n_units: int
    n_periods: int | None
    n_rows: int | None
    placebos: list[Placebo]


class FleetOutcome(Struct, frozen=True):
    """A metric from a CSV file, by team or repository and period.

    per : name of the denominator.
    series : only teams or repositories with a published share.
    notes : rows of the file that do not count.
    """

    name: str
    join: Literal["team", "repository"]
    kind: Literal["count", "amount", "rate"]
    better: Literal["less", "more"] | None
    per: str | None
    series: list[OutcomeSeries]
    link: OutcomeAssociation
    notes: list[str]


class GamingTests(Struct, frozen=True):
    """Gaming tests since the day of a target.

    ran : number of repositories in which they ran.
    flagged : number of repositories with a flag.
    by_test : number of flags by test.
    """

    ran: int
    flagged: int
    by_test: dict[str, int]


class FleetTarget(Struct, frozen=True):
    """An announced goal and its progress.

    date : day of the announcement.
    by : day on which it is to be met.
    period, now : last whole period, and the value reached in it.
    met : null without a value, or if the configuration does not say which direction is better.
    needed : change per period needed until `by`.
    of_late : change per period over the last six periods.
    gaming : only for the latest target of the overall share.
    note : why there is no value.
    """

    of: str
    team: str | None
    date: str
    by: str | None
    value: float
    period: str | None
    now: float | None
    met: bool | None
    needed: float | None
    of_late: float | None
    gaming: GamingTests | None
    note: str


class QuarterGrade(Struct, frozen=True):
    """Grade of the pooled verdict in one quarter, set once, with the reason for a change."""

    quarter: str
    grade: str
    reason: str


class FleetResult(Struct, frozen=True):
    """The whole result of a fleet.

    newest : day of the last commit.
    whole : all repositories together.
    suppressed : number of unpublished cells: they cover, or would disclose, fewer than `smallest_group` people.
    unassigned : number of changes without a team; null if that number is suppressed.
    several : whether changes of several teams exist, which count in none of them.
    without_owners : for teams by CODEOWNERS, number of repositories without a known owner of any change.
    """

    schema_version: str
    version: str
    title: str
    as_of: str
    newest: str
    every: str
    smallest_group: int
    repositories: list[RepositoryRow]
    whole: Group | None
    teams: list[Group]
    suppressed: int
    unassigned: int | None
    several: bool
    without_owners: int
    verdict: Verdict | None
    heterogeneity: ClusterHeterogeneity | None
    grades: list[QuarterGrade]
    outcomes: list[FleetOutcome]
    targets: list[FleetTarget]
    config_digest: str
