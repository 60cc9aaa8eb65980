"""Figures from elsewhere: every way in which a file can be wrong, what it is joined to, and whether a link is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from analyzer.cli import run
from analyzer.errors import UsageError
from analyzer.fleet.config_types import FleetConfig, Member, OutcomeEntry, TeamEntry
from analyzer.fleet.metrics.files import load_metric_files
from tests.fleet_outcomes import REPOSITORIES, answered, planted

if TYPE_CHECKING:
    from typing import Literal

    Every = Literal["week", "month", "quarter"]
    from pathlib import Path

    from analyzer.fleet.metrics.files import MetricFile


TEAMS = tuple(TeamEntry(name=name, people=(Member(who="a@x.org"),)) for name in ("A", "B"))


def read(folder: Path, text: str, *, every: Every = "month", **keys: object) -> MetricFile:
    """One outcome of a fleet with teams A and B, from a file of this text."""
    (folder / "figures.csv").write_text(text, "utf-8")
    given = {"name": "Incidents", "csv": "figures.csv", "value": "n", **keys}
    entry = msgspec.convert(given, OutcomeEntry)
    fleet = FleetConfig(repositories=REPOSITORIES, teams=TEAMS, outcomes=(entry,), every=every)
    return load_metric_files(fleet, folder, ["one", "two"])[0]


@pytest.mark.parametrize(
    ("text", "keys", "says"),
    [
        ("team,n\nA,1\n", {}, "no column period. | It has: team, n."),
        ("team,period,n\n", {}, "no rows"),
        ("", {}, "no CSV file"),
        ("team;period;n\nA;2026-01;1\n", {}, "no column team"),
        ("team,period,n\nA,2026-01,1\nA,2026-01,1\n", {}, "Row 3 repeats a team and period"),
        ("team,period,n\nA,2026-01,-1\n", {}, "n is -1 in row 2"),
        ("team,period,n\nA,2026-01,1\nB,2026-01,many\n", {}, "n is many in row 3"),
        ("team,period,n\nA,2026-01,inf\n", {}, "n is inf in row 2"),
        ("team,period,n\nA,January,1\n", {}, "no date or period in row 2"),
        ("team,period,n\nA,2026-13,1\n", {}, "no date or period in row 2"),
        ("team,period,n\nA,2026-Q1,1\n", {}, 'names a quarter, and the fleet counts by month. | every = "quarter"'),
        ("team,period,n\nC,2026-01,1\nD,2026-01,1\n", {}, "None of its rows names a team of the fleet; they name C, D"),
        ("team,period,n\nA,2026-01,1\n", {"value": "period"}, "asked to be two things"),
        ("team,period,n\nA,2026-01,1\n", {"csv": "nothing.csv"}, "cannot be read: No such file"),
        ("team,period,n\nA,2026-01,1\n", {"csv": "."}, "cannot be read: Is a directory"),
        ('team,period,n\nA,2026-01,"1\n', {}, "no CSV file"),
        ("team,period,n\nA,2026-01,1,2,3\nA,2026-02,1\n", {}, "no date or period"),
    ],
)
def test_wrong_metric_file_names_column_and_row(text: str, keys: dict[str, object], says: str, tmp_path: Path) -> None:
    """Column, row and what to do about it; each an error before any repository is read."""
    with pytest.raises(UsageError) as wrong:
        read(tmp_path, text, **keys)  # type: ignore[arg-type]
    assert wrong.value.slug == "bad-outcome"
    assert says in f"{wrong.value.message} | {wrong.value.fix}"


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    """Bytes that are no UTF-8, and a NUL, end in the same error and never in another."""
    (tmp_path / "figures.csv").write_bytes(b"team,period,n\nA,2026-01,\xff\xfe\n")
    entry = OutcomeEntry(name="Incidents", csv="figures.csv", value="n")
    with pytest.raises(UsageError, match="no CSV file"):
        load_metric_files(FleetConfig(repositories=REPOSITORIES, teams=TEAMS, outcomes=(entry,)), tmp_path, [])
    with pytest.raises(UsageError, match="n is"):
        read(tmp_path, "team,period,n\nA,2026-01,1\x002\n")


def test_skipped_rows_are_counted(tmp_path: Path) -> None:
    """Rows of others, rows without a value, and teams without a row: said, and left out."""
    found = read(tmp_path, "team,period,n\nA,2026-01,3\nA,2026-02,\nHR,2026-01,9\nHR,2026-02,9\n")
    assert found.rows[["unit", "value"]].to_numpy().tolist() == [["A", 3.0]]
    assert found.notes == (
        "Rows of Incidents that are of no team of the fleet: 2.",
        "Rows of Incidents without a value, which is not 0: 1.",
        "Incidents has no row of 1 team.",
    )


@pytest.mark.parametrize(
    ("every", "written", "period"),
    [
        ("month", "2026-01-31", "2026-01"),
        ("month", "2026-01-31T23:59:59+02:00", "2026-01"),
        ("month", "2026-W05", "2026-01"),
        ("month", "2026-W14", "2026-04"),
        ("week", "2026-W05", "2026-01-26"),
        ("week", "2026-02-01", "2026-01-26"),
        ("quarter", "2026-Q2", "2026-Q2"),
        ("quarter", "2026Q2", "2026-Q2"),
        ("quarter", "2026-06", "2026-Q2"),
    ],
)
def test_periods_are_read_as_people_write_them(every: Every, written: str, period: str, tmp_path: Path) -> None:
    """Dates, ISO weeks (which belong where their Thursday does), months and quarters."""
    found = read(tmp_path, f"team,period,n\nA,{written},1\n", every=every)
    assert found.by_period(every, "", "2027-01-01")["period"].to_list() == [period]


def test_rows_of_a_period_come_together(tmp_path: Path) -> None:
    """Counts add up, rates are averaged by exposure; the clock ends both; a period without a row is not there."""
    text = "team,period,n,of\nA,2026-01-05,1,10\nA,2026-01-25,4,30\nA,2026-03-01,2,20\nA,2026-04-01,9,9\n"
    sums = read(tmp_path, text, denominator="of").by_period("month", "2026-01", "2026-03-31")
    assert sums.to_numpy().tolist() == [["A", "2026-01", 5.0, 40.0], ["A", "2026-03", 2.0, 20.0]]
    rates = read(tmp_path, text, denominator="of", kind="rate").by_period("month", "2026-02", "2026-03-31")
    assert rates.to_numpy().tolist() == [["A", "2026-03", 2.0, 20.0]]
    weighted = read(tmp_path, text, denominator="of", kind="rate").by_period("month", "2026-01", "2026-01-31")
    assert weighted["value"].to_list() == [(1 * 10 + 4 * 30) / 40]
    plain = read(tmp_path, text, kind="rate").by_period("month", "2026-01", "2026-01-31")
    assert plain["value"].to_list() == [2.5]
    assert plain["denominator"].isna().all()


def test_rows_that_are_events_are_counted_with_their_zeros(tmp_path: Path) -> None:
    """Without a value each row is one; between the first and the last of the file a period without any is 0."""
    text = "team,period\nA,2026-01-05\nA,2026-01-05\nB,2026-03-01\n"
    found = read(tmp_path, text, value=None).by_period("month", "2026-01", "2026-12-31")
    cells = {(u, p): v for u, p, v, _ in found.to_numpy().tolist()}
    assert cells == {
        ("A", "2026-01"): 2,
        ("A", "2026-02"): 0,
        ("A", "2026-03"): 0,
        ("B", "2026-01"): 0,
        ("B", "2026-02"): 0,
        ("B", "2026-03"): 1,
    }


def test_planted_association_is_found_and_its_absence_is_not(tmp_path: Path) -> None:
    """-30 % per +50 points: its sign, and within the interval. Without one no grade that says anything."""
    shares, figures = planted(1, effect=2 * np.log(0.7))
    link = answered(tmp_path, shares, figures)[0].link
    assert link.grade == "says_little"
    assert link.association is not None
    assert link.association.low < -0.3 < (link.association.high or 0) < 0
    assert (link.n_units, link.n_periods, link.n_rows) == (24, 29, 24 * 29)
    none = answered(tmp_path, *planted(1, effect=0.0))[0].link
    assert none.grade in {"nothing_detected", "says_nothing", "unknown_too_little_history"}
    assert none.association is not None
    assert none.association.low < 0 < (none.association.high or 0)


def test_association_does_not_depend_on_the_unit(tmp_path: Path) -> None:
    """Hours or days give the same figure: an amount is no count, and its unit is nobody's business."""
    shares, figures = planted(2, effect=-0.7, units=8, periods=20)
    both = figures.assign(days=figures["incidents"] / 24)
    hours, days = answered(
        tmp_path, shares, both, {"kind": "amount"}, {"name": "days", "value": "days", "kind": "amount"}
    )
    assert hours.link.association is not None
    assert days.link.association is not None
    assert hours.link.association.per_50_points == pytest.approx(days.link.association.per_50_points, abs=1e-6)


def test_p_values_are_adjusted_over_all_outcomes(tmp_path: Path) -> None:
    """p-values of all outcomes of a fleet are adjusted together."""
    shares, figures = planted(3, effect=-0.7, units=8, periods=20)
    alone = answered(tmp_path, shares, figures)[0].link.association
    among = answered(tmp_path, shares, figures, {}, {"name": "again"}, {"name": "and again"})[0].link.association
    assert alone is not None
    assert among is not None
    assert among.p == alone.p
    assert among.p_holm == pytest.approx(3 * (alone.p or 0))


def test_denominator_is_divided_out(tmp_path: Path) -> None:
    """Incidents that follow deployments, which follow the share: over deployments nothing is left of the link."""
    shares, figures = planted(4, effect=1.4, units=12, periods=24)
    rng = np.random.default_rng(4)
    figures["deployments"] = figures["incidents"]
    figures["incidents"] = rng.poisson(0.5 * figures["deployments"])
    raw, over = answered(tmp_path, shares, figures, {}, {"name": "over", "denominator": "deployments"})
    assert raw.link.association is not None
    assert over.link.association is not None
    assert raw.link.association.low > 0.3
    assert abs(over.link.association.per_50_points or 0) < 0.15
    assert over.per == "deployments"


def test_few_units_are_unknown_with_the_reason(tmp_path: Path) -> None:
    """Five repositories, eleven months, or shares that never move: unknown, and what would be needed."""
    shares, figures = planted(5, effect=-1.4, units=5)
    few = answered(tmp_path, shares, figures)[0].link
    assert (few.grade, few.slug) == ("unknown_too_little_history", "outcome-too-few")
    assert few.sentence == "5 of 5 repositories can be compared over 29 months. At least 6 over 12 are needed."
    short = answered(tmp_path, *planted(5, effect=-1.4, periods=12))[0].link
    assert short.sentence == "24 of 24 repositories can be compared over 11 months. At least 6 over 12 are needed."
    flat = answered(tmp_path, shares.assign(share=0.0), figures)[0].link
    assert (flat.grade, flat.slug) == ("unknown_not_measurable", "no-share-varies")
    quiet = answered(tmp_path, shares, figures.assign(incidents=0))[0].link
    assert (quiet.grade, quiet.slug, quiet.association) == ("unknown_too_little_history", "outcome-too-few", None)
    assert (quiet.n_units, quiet.n_periods, quiet.n_rows) == (5, None, None)


def test_missing_month_is_not_zero(tmp_path: Path) -> None:
    """Left out, the month after still knows the share before; filled with 0 it would be another answer."""
    shares, figures = planted(6, effect=-0.7, units=8, periods=20)
    gone = figures[(figures["period"] != "2025-01") | (figures["unit"] > "r03")]
    link = answered(tmp_path, shares, gone)[0].link
    assert link.n_rows == 8 * 19 - 4
    series = answered(tmp_path, shares, gone)[0].series[0]
    reading = next(r for r in series.readings if r.period == "2025-01")
    assert reading.value is None
    assert reading.share is not None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[outcomes]]\nname = "x"\ncsv = "x.csv"\n', "there are no [[teams]]"),
        ('[[outcomes]]\nname = "share"\ncsv = "x.csv"\njoin = "repository"\n', "cannot be called share"),
        ('[[outcomes]]\nname = "x"\ncsv = "x.csv"\njoin = "person"\n', "$.outcomes[0].join"),
        ('[[outcomes]]\nname = "x"\ncsv = "~nobody-at-all/x.csv"\njoin = "repository"\n', "is no path on this machine"),
        ('[[outcomes]]\nname = "x"\ncsv = "a\\u0000b"\njoin = "repository"\n', "is no path on this machine"),
        ('[[outcomes]]\nname = "x"\ncsv = "no.csv"\njoin = "repository"\n', "x (no.csv): It cannot be read"),
        ('[[teams]]\nname = "others"\npeople = [{ who = "a@x.org" }]\n', "cannot be called others"),
        ('[[teams]]\nname = "A"\npeople = [{ who = "a@x.org" }]\n' * 2, "Two of [[teams]] are called A"),
        ("[[targets]]\ndate = 2026-01-01\nvalue = 50\n", "0.5 for 50 %, and not 50"),
        ('[[targets]]\ndate = 2026-01-01\nvalue = 5\nof = "x"\n', "neither share nor the name of an outcome"),
        ('[[targets]]\ndate = 2026-01-01\nvalue = 0.5\nteam = "x"\n', "no team is called so"),
        ("[[targets]]\ndate = 2026-02-01\nvalue = 0.5\nby = 2026-01-01\n", "before it is known"),
        ("[[targets]]\ndate = 2026-02-01\nvalue = nan\n", "and not nan"),
    ],
)
def test_impossible_outcome_configuration_is_refused(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong use, with what is wrong, before anything is read."""
    (tmp_path / "clone").mkdir()
    (tmp_path / "team.toml").write_text(f'salt = "long enough"\n[[repositories]]\npath = "clone"\n{text}')
    assert run(["team", str(tmp_path / "team.toml"), "-q"]) == 2
    assert says in capsys.readouterr().err
