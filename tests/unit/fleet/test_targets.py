"""Goals beside what was reached: distances and paces by hand, and whose tests of gaming are told."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import msgspec
import pytest

from analyzer.fleet import site_metrics
from analyzer.fleet.config_types import FleetConfig, Member, RepositoryEntry, TargetEntry, TeamEntry
from analyzer.fleet.metrics.targets import announced_share_targets, targets_with_progress
from analyzer.fleet.result import FleetOutcome, Group, OutcomeAssociation, OutcomePoint, OutcomeSeries, SharePoint
from analyzer.inference.results import Goodhart, GoodhartFlag
from analyzer.report.contract import AnalysisResult
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.fleet.result import FleetTarget

LINK = OutcomeAssociation("unknown_too_little_history", "outcome-too-few", "", None, None, None, 0, 0, 0, [])
AS_OF = "2026-05-20"


def fleet(*targets: TargetEntry) -> FleetConfig:
    """A fleet of one team with these targets."""
    team = TeamEntry(name="A", people=(Member(who="a@x.org"),))
    return FleetConfig(repositories=(RepositoryEntry(path="."),), teams=(team,), targets=targets)


def group(name: str, *shares: float) -> Group:
    """A team with these shares, from January 2026 on."""
    points = [SharePoint(f"2026-{month:02d}", share, 10, 5) for month, share in enumerate(shares, start=1)]
    return Group(name, 0.5, 10 * len(points), 5, points, [], None)


def incidents(better: str | None, kind: str = "count", per: str | None = None) -> FleetOutcome:
    """Two teams: 4 of 10 and 6 of 30 in April; in March A alone has a figure."""
    series = [
        OutcomeSeries("A", [OutcomePoint("2026-03", 9, 9, None, 0), OutcomePoint("2026-04", 4, 10, None, 0)]),
        OutcomeSeries("B", [OutcomePoint("2026-04", 6, 30, None, 0), OutcomePoint("2026-05", 1, 1, None, 0)]),
    ]
    known = {"name": "x", "join": "team", "kind": kind, "better": better, "per": per}
    return msgspec.structs.replace(
        msgspec.convert(known | {"series": [], "link": msgspec.to_builtins(LINK), "notes": []}, FleetOutcome),
        series=series,
    )


def one(
    target: TargetEntry, outcomes: Sequence[FleetOutcome] = (), reports: Sequence[AnalysisResult] = ()
) -> FleetTarget:
    """What is said of one target: all are at 10 … 50 % from January to May, team A at 20 %."""
    whole, team = group("all", 0.1, 0.2, 0.3, 0.4, 0.5), group("A", 0.2)
    (found,) = targets_with_progress(fleet(target), AS_OF, whole, [team], outcomes, reports)
    return found


def test_the_last_whole_period_counts_and_paces_are_arithmetic() -> None:
    """May is not over: April's 40 %, +10 points a month of late; to 60 % by the end of August 5 points a month more."""
    found = one(TargetEntry(date=date(2026, 1, 1), by=date(2026, 8, 31), value=0.6))
    assert (found.period, found.now, found.met) == ("2026-04", 0.4, False)
    assert found.of_late == pytest.approx(0.1)
    assert found.needed == pytest.approx(0.05)
    late = one(TargetEntry(date=date(2026, 1, 1), by=date(2026, 4, 30), value=0.6))
    assert (late.needed, late.met) == (None, False)
    met = one(TargetEntry(date=date(2026, 1, 1), by=date(2026, 8, 31), value=0.4))
    assert (met.needed, met.met) == (None, True)


def test_target_applies_from_its_day_on() -> None:
    """Runs of earlier days know nothing of it, and neither do the repositories' tests of gaming."""
    later = fleet(TargetEntry(date=date(2026, 5, 21), value=0.6))
    assert targets_with_progress(later, AS_OF, group("all", 0.1), [], (), ()) == []
    assert announced_share_targets(later, AS_OF) == ()
    assert [t.value for t in announced_share_targets(later, "2026-05-21")] == [0.6]
    teams = fleet(TargetEntry(date=date(2026, 1, 1), value=0.6, team="A"))
    assert announced_share_targets(teams, AS_OF) == ()


def test_team_target_uses_the_team_periods() -> None:
    """The team's last whole period; a team that is not shown has none."""
    target = TargetEntry(date=date(2026, 1, 1), value=0.1, team="A")
    assert one(target).now == 0.2
    (found,) = targets_with_progress(fleet(target), AS_OF, group("all", 0.1), [group("others", 0.2)], (), ())
    assert (found.now, found.met, found.note) == (None, None, "It is too small to be shown.")


@pytest.mark.parametrize(
    ("outcome", "team", "now", "met"),
    [
        (incidents("less"), None, 10, False),
        (incidents("more"), None, 10, True),
        (incidents(None), None, 10, None),
        (incidents("less"), "A", 4, True),
        (incidents("less", per="deployments"), None, 10 / 40, True),
        (incidents("less", kind="rate", per="deployments"), None, (4 * 10 + 6 * 30) / 40, True),
        (incidents("less", kind="rate"), None, 5, True),
    ],
)
def test_outcome_target_uses_shown_values(
    outcome: FleetOutcome, team: str | None, now: float, *, met: bool | None
) -> None:
    """Sums of the last whole period in which every team has a figure, over exposure; rates by exposure."""
    found = one(TargetEntry(date=date(2026, 1, 1), value=6, of="x", team=team), [outcome])
    assert (found.period, found.met) == ("2026-04", met)
    assert found.now == pytest.approx(now)


def test_period_lacking_a_team_gives_no_sum() -> None:
    """At the end of May B alone has a figure of it: April is the last month of both, and May is B's own."""
    targets = [TargetEntry(date=date(2026, 1, 1), value=6, of="x", team=team) for team in (None, "B")]
    both = msgspec.structs.replace(
        fleet(*targets), teams=tuple(TeamEntry(name=n, people=(Member(who="a@x.org"),)) for n in "AB")
    )
    found = targets_with_progress(both, "2026-05-31", group("all", 0.1), [], [incidents("less")], ())
    assert [(t.period, t.now) for t in found] == [("2026-04", 10), ("2026-05", 1)]


def flagged(day: str, *titles: str) -> AnalysisResult:
    """A repository whose tests of gaming ran from that day on, with these flags and one that did not fire."""
    flags = [GoodhartFlag("v", title, "", title != "quiet", 1, 1, 1, 0, 0, 0, "") for title in (*titles, "quiet")]
    demo = msgspec.json.decode((ROOT / "reports" / "demo.json").read_bytes(), type=AnalysisResult)
    return msgspec.structs.replace(demo, gaming=Goodhart("goodhart", day, flags))


def test_gaming_is_counted_from_the_targets_day_on() -> None:
    """Three repositories, of which one was tested from another day: of two, one has both flags."""
    reports = [flagged("2026-01-01", "padding", "splitting"), flagged("2026-01-01"), flagged("2025-06-01", "padding")]
    target = TargetEntry(date=date(2026, 1, 1), value=0.6)
    found = one(target, reports=reports).gaming
    assert found is not None
    assert (found.ran, found.flagged, found.by_test) == (2, 1, {"padding": 1, "splitting": 1})
    teams = TargetEntry(date=date(2026, 1, 1), value=0.6, team="A")
    assert one(teams, reports=reports).gaming is None
    said = site_metrics._gaming_sentence(one(target, reports=reports), found)
    assert said.startswith("of 2 repositories whose tests of gaming ran from 2026-01-01 on, 1 have a flag (padding 1")
