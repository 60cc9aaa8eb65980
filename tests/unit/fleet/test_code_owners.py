"""Teams by CODEOWNERS: which team a change is of, what the store holds of owners, and a whole run."""

from __future__ import annotations

import pandas as pd
import pytest

from analyzer.fleet.code_owners import majority_teams, owner_hash, with_code_teams
from analyzer.fleet.config_checks import first_problem
from analyzer.fleet.config_types import FleetConfig, Member, RepositoryEntry, TeamEntry
from analyzer.fleet.people import one_team_per_change

SALT = "a salt of tests"


PAY, CORE = TeamEntry(name="Pay", codeowners="@org/pay"), TeamEntry(name="Core", codeowners=("@org/core", "c@x.org"))


FLEET = FleetConfig(repositories=(RepositoryEntry(path="."),), salt=SALT, teams=(PAY, CORE))


def of(*changed: tuple[str, int]) -> set[str | None]:
    """Teams of a change: blank-separated owners and lines of each part."""
    table = pd.DataFrame(
        [(0, " ".join(owner_hash(o, SALT) for o in owners.split()), lines) for owners, lines in changed]
    )
    table = table.set_axis(["row", "owners", "lines"], axis="columns")
    units = pd.DataFrame({"repository": ["r", "s"], "row": [0, 0], "person": ["p", "p"]})
    found = with_code_teams(units, {"r": table, "s": table.iloc[:0]}, FLEET)
    assert found.loc[found["repository"] == "s", "team"].isna().all()
    return {None if pd.isna(team) else team for team in found.loc[found["repository"] == "r", "team"]}


@pytest.mark.parametrize(
    ("changed", "teams"),
    [
        ([("@org/pay", 3)], {"Pay"}),
        ([("@ORG/Pay", 3)], {"Pay"}),
        ([("@org/pay", 3), ("@org/core", 2), ("c@x.org", 2)], {"Core"}),
        ([("@org/pay", 3), ("", 4)], {None}),
        ([("@org/pay", 3), ("@other", 2), ("", 2)], {None}),
        ([("@org/pay", 3), ("", 3)], {"Pay"}),
        ([("@org/pay @org/core", 3)], {"Pay", "Core"}),
        ([("@org/pay @org/core", 3), ("@org/core", 1)], {"Core"}),
        ([("@org/core c@x.org", 3), ("@org/pay", 4)], {"Pay"}),
        ([("@org/pay", 3), ("@org/core", 3)], {"Pay", "Core"}),
    ],
)
def test_change_belongs_to_the_team_with_most_lines(changed: list[tuple[str, int]], teams: set[str | None]) -> None:
    """By lines; what no team owns stands against them as one; two owners of one team own a line once."""
    assert of(*changed) == teams


def test_change_of_several_teams_counts_in_none() -> None:
    """Ties and people of two teams: one row, no team, and said."""
    rows = [("r", 0, "Pay"), ("r", 0, "Core"), ("r", 1, "Pay"), ("s", 0, "Core"), ("s", 1, None)]
    found, several = one_team_per_change(pd.DataFrame(rows, columns=["repository", "row", "team"]))
    assert several
    assert not one_team_per_change(found)[1]
    assert found["team"].fillna("-").to_list() == ["-", "Pay", "Core", "-"]


def test_member_of_a_code_team_works_mostly_in_it() -> None:
    """More than half of their changes; half is not enough."""
    units = pd.DataFrame({"person": list("aaabbc"), "team": ["Pay", "Pay", None, "Pay", "Core", None]})
    assert majority_teams(units).to_numpy().tolist() == [["a", "Pay"]]


@pytest.mark.parametrize(
    ("teams", "says"),
    [
        ((TeamEntry(name="A"),), "one of people and codeowners"),
        ((PAY, TeamEntry(name="A", people=(Member(who="a@x.org"),))), "all given by people or all by codeowners"),
        ((PAY, TeamEntry(name="A", codeowners=("@Org/Pay",))), "Owner @org/pay is of two teams"),
    ],
)
def test_contradictory_teams_are_refused(teams: tuple[TeamEntry, ...], says: str) -> None:
    """People or code, all alike, and each owner once."""
    wrong = first_problem(FleetConfig(repositories=FLEET.repositories, teams=teams))
    assert wrong is not None
    assert says in wrong
