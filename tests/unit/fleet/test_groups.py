"""Who is one person, who is in which team when, and what is too small to be shown."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.core import tables
from analyzer.core.suppression.groups import OTHERS, publishable_groups
from analyzer.fleet.config_types import FleetConfig, Member, RepositoryEntry, TeamEntry
from analyzer.fleet.people import People, with_teams
from analyzer.fleet.person_handles import handle_rows
from analyzer.fleet.scheduling.calendar import MAX_FILLED_PERIODS, due_days
from analyzer.history.authors import Author, PeopleDirectory, handles_of, keyed_hash

SALT = "a salt of tests"


def handles(*rows: tuple[str, str]) -> pd.DataFrame:
    """Table people of one repository: (key there, address or name)."""
    hashed = [(key, keyed_hash(handles_of(Author("", who))[0], SALT)) for key, who in rows]
    return pd.DataFrame(hashed, columns=["person", "handle"])


def stored(*authors: tuple[str, str]) -> pd.DataFrame:
    """Table people of one repository with one commit per author (name, address), as the store has it."""
    rows = (
        (f"{n:040x}", "", name, address, name, address, name, address, "2025-01-01", "2025-01-01", "x")
        for n, (name, address) in enumerate(authors, 1)
    )
    return handle_rows(PeopleDirectory(tables.COMMITS.frame(rows), SALT), SALT)


def people_across(*repositories: pd.DataFrame, **config: Any) -> list[str]:
    """Keys in the fleet of the people of several repositories."""
    by_name = {f"r{n}": table for n, table in enumerate(repositories)}
    return list(People(by_name.values(), fleet(**config)).persons_by_author(by_name).values())


GITHUB = "users.noreply.github.com"


@pytest.mark.parametrize(
    ("here", "there", "people"),
    [
        (("Ada Ames", "ada@x.org"), ("ada", "ada@x.org"), 1),
        (("ada", f"1+ada@{GITHUB}"), ("al", f"1+al@{GITHUB}"), 1),
        (("ada", f"1+ada@{GITHUB}"), ("al", f"ada@{GITHUB}"), 1),
        (("ada", f"1+ada@{GITHUB}"), ("al", f"2+ada@{GITHUB}"), 2),
        (("Ada Ames", "you@example.com"), ("Ada Ames", "root@localhost"), 1),
        (("root", "root@localhost"), ("root", "root@localhost"), 2),
        (("kai", "devnull@localhost"), ("kai", "devnull@localhost"), 2),
        (("ada", "ada@laptop.local"), ("ada", "ada@laptop.local"), 2),
        (("Your Name", "you@example.com"), ("Your Name", "you@example.com"), 2),
        (("ada", "svn"), ("ada", "svn"), 2),
    ],
)
def test_only_handles_of_somebody_join_repositories(here: tuple[str, str], there: tuple[str, str], people: int) -> None:
    """A mailbox, an account and a full name do; a placeholder, a machine's user and a login that passed on do not."""
    assert len(set(people_across(stored(here), stored(there)))) == people


def test_login_of_two_accounts_joins_neither() -> None:
    """Without an id nobody knows which of the two accounts it is."""
    tables_of = [stored((who, f"{who}ada@{GITHUB}")) for who in ("1+", "2+", "")]
    assert len(set(people_across(*tables_of))) == 3
    assert len(set(people_across(tables_of[0], tables_of[2]))) == 1


def test_address_that_one_repository_shows_to_be_shared_joins_nobody() -> None:
    """Three unlike names in one repository make the address nobody's in all."""
    shared = "team@lumen.io"
    many = stored(("Ann Smith", shared), ("Bo Larsen", shared), ("Cy Young", shared))
    assert len(set(people_across(many, stored(("dee", shared)), stored(("Eve Fox", shared))))) == 5
    assert len(set(people_across(stored(("dee", shared)), stored(("Eve Fox", shared))))) == 1


def test_configured_address_identifies_somebody_whatever_it_is() -> None:
    """The configuration names a machine's user, so that user is one person in all repositories."""
    machine = "ada@laptop.local"
    table = stored(("ada", machine), ("bo", "bo@x.org"))
    assert len(set(people_across(table, table, identities=((machine, "ada@x.org"),)))) == 2
    assert len(set(people_across(table, table))) == 3
    team = TeamEntry(name="A", people=(Member(who=machine),))
    by_name = {"r0": table, "r1": table}
    people = People(by_name.values(), fleet(team))
    assert len(set(people.persons_by_author(by_name).values())) == 2
    assert set(people.members(fleet(team))["person"]) <= set(people.persons_by_author(by_name).values())


def fleet(*teams: TeamEntry, identities: tuple[tuple[str, ...], ...] = ()) -> FleetConfig:
    """A configuration with these teams."""
    return FleetConfig(repositories=(RepositoryEntry(path="."),), salt=SALT, teams=teams, identities=identities)


def test_shared_handle_joins_people_across_repositories() -> None:
    """Ada has two addresses in one repository and the second one in another; Bob is told by the configuration alone."""
    tables = {
        "x": handles(("k1", "ada@x.org"), ("k1", "ada@y.org"), ("k2", "bob@x.org")),
        "y": handles(("k9", "ada@y.org"), ("k8", "bob@home.org")),
    }
    alone = People(tables.values(), fleet()).persons_by_author(tables)
    assert alone["x", "k1"] == alone["y", "k9"]
    assert alone["x", "k2"] != alone["y", "k8"]
    known = People(tables.values(), fleet(identities=(("bob@x.org", "bob@home.org"),))).persons_by_author(tables)
    assert known["x", "k2"] == known["y", "k8"] != known["x", "k1"]


def test_team_membership_has_start_and_end() -> None:
    """A change belongs to the team of its day, both ends in; in two teams it counts in each; else in none."""
    team = TeamEntry(
        name="A",
        people=(
            Member(who="ada@x.org", start=pd.Timestamp("2026-01-02").date(), end=pd.Timestamp("2026-01-03").date()),
        ),
    )
    both = TeamEntry(name="B", people=(Member(who="ada@x.org"),))
    tables = {"x": handles(("k1", "ada@x.org"))}
    people = People(tables.values(), fleet(team, both))
    person = people.persons_by_author(tables)["x", "k1"]
    days = pd.to_datetime(
        ["2026-01-01 23:59", "2026-01-02", "2026-01-03 23:59", "2026-01-04"], utc=True, format="mixed"
    )
    units = pd.DataFrame({"person": [person] * 4 + ["nobody"], "merged": [*days, days[0]], "ai": 1.0})
    found = with_teams(units, people.members(fleet(team, both)))
    assert found["team"].value_counts().to_dict() == {"B": 4, "A": 2}
    assert int(found["team"].isna().sum()) == 1


CELLS = st.lists(
    st.tuples(st.integers(0, 25), st.sampled_from("abcdef"), st.sampled_from(["2026-01", "2026-02", "2026-03"])),
    min_size=1,
    max_size=120,
)


@given(CELLS, st.integers(2, 6))
def test_small_groups_are_suppressed_against_subtraction(rows: list[tuple[int, str, str]], smallest: int) -> None:
    """Every cell has enough people; what is hidden is nothing, several periods, or all of the small ones together."""
    units = pd.DataFrame(rows, columns=["person", "team", "period"]).assign(ai=1.0)
    found = publishable_groups(units, "team", smallest)
    assert all(cell.people >= smallest for cell in found.cells)
    whole = [cell for cell in found.cells if cell.period is None]
    hidden = set(units["team"]) - {cell.group for cell in whole} - set(found.merged_groups)
    assert not hidden
    left_over = len(units) - sum(cell.n for cell in whole)
    if left_over:  # the groups that were too small even together: no group is shown beside them
        assert not [cell for cell in whole if cell.group != OTHERS]
    for cell in whole:
        own = [c for c in found.cells if c.group == cell.group and c.period is not None]
        members = found.merged_groups if cell.group == OTHERS else (cell.group,)
        told = {c.period for c in own}
        missing = units[units["team"].isin(members) & ~units["period"].isin(told)]["person"].nunique()
        assert missing == 0 or missing >= smallest or not own
    for period in units["period"].unique():
        groups = {c.group for c in found.cells if c.period == period}
        of = units["team"].where(~units["team"].isin(found.merged_groups), OTHERS)
        missing = units[(units["period"] == period) & ~of.isin(groups)]["person"].nunique()
        assert missing == 0 or missing >= smallest or not groups


@pytest.mark.parametrize(
    ("earlier", "as_of", "every", "days"),
    [
        ([], "2026-03-10", "month", ["2026-03-10"]),
        (["2026-01-05"], "2026-04-10", "month", ["2026-02-28", "2026-03-31", "2026-04-10"]),
        (["2026-03-31"], "2026-04-10", "month", ["2026-04-10"]),
        (["2026-04-09"], "2026-04-10", "month", ["2026-04-10"]),
        (["2026-04-10", "2026-05-01"], "2026-04-10", "month", ["2026-04-10"]),
        (["2026-03-30"], "2026-04-15", "week", ["2026-04-12", "2026-04-15"]),
        (["2025-12-31"], "2026-07-01", "quarter", ["2026-03-31", "2026-06-30", "2026-07-01"]),
    ],
)
def test_missed_periods_are_computed_later(earlier: list[str], as_of: str, every: str, days: list[str]) -> None:
    """Whole periods that no run saw, oldest first, then the day itself; never more than six."""
    assert due_days(earlier, as_of, every) == days
    assert len(due_days(["2020-01-01"], as_of, "week")) == MAX_FILLED_PERIODS + 1
