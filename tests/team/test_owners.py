"""Teams by CODEOWNERS: which team a change is of, what the store holds of owners, and a whole run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analyzer.cli import run
from analyzer.fleet.code_owners import majority_teams, owner_hash, with_code_teams
from analyzer.fleet.config_checks import first_problem
from analyzer.fleet.config_types import FleetConfig, Member, RepositoryEntry, TeamEntry
from analyzer.fleet.people import one_team_per_change
from tests.conftest import imported

if TYPE_CHECKING:
    from pathlib import Path

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
def test_a_change_is_of_the_team_that_owns_most_of_it(changed: list[tuple[str, int]], teams: set[str | None]) -> None:
    """By lines; what no team owns stands against them as one; two owners of one team own a line once."""
    assert of(*changed) == teams


def test_what_is_of_several_teams_counts_in_none() -> None:
    """Ties and people of two teams: one row, no team, and said."""
    rows = [("r", 0, "Pay"), ("r", 0, "Core"), ("r", 1, "Pay"), ("s", 0, "Core"), ("s", 1, None)]
    found, several = one_team_per_change(pd.DataFrame(rows, columns=["repository", "row", "team"]))
    assert several
    assert not one_team_per_change(found)[1]
    assert found["team"].fillna("-").to_list() == ["-", "Pay", "Core", "-"]


def test_people_of_a_code_team_do_most_of_their_work_in_it() -> None:
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
def test_teams_that_cannot_be(teams: tuple[TeamEntry, ...], says: str) -> None:
    """People or code, all alike, and each owner once."""
    wrong = first_problem(FleetConfig(repositories=FLEET.repositories, teams=teams))
    assert wrong is not None
    assert says in wrong


RULES = """\
*            @someone
/pay/        @org/pay lead@example.org
/core/       @org/core
/both/       @org/pay @org/core
"""
FOLDERS = ("pay", "core", "both", "other")


def history(target: Path) -> Path:
    """Twelve people change a folder each, in turn, every day; a lock file of the other team's comes along."""
    stream = b""
    for day in range(120):
        who, folder = day % 12, FOLDERS[day % 4]
        person = f"Person{who} Name <person{who}@example.org> {1_704_099_600 + 86_400 * day} +0000"
        files = {f"{folder}/x{who}.py": "".join(f"v{k} = {day}\n" for k in range(5)), "core/yarn.lock": f"{day}\n" * 50}
        files |= {".github/CODEOWNERS": RULES} if day == 0 else {}
        stream += f"commit refs/heads/main\ncommitter {person}\ndata 1\nx\n".encode()
        for path, text in files.items():
            stream += f"M 100644 inline {path}\ndata {len(text)}\n{text}\n".encode()
    return imported(target, stream)


def test_a_run_with_teams_by_codeowners(tmp_path: Path) -> None:
    """Two teams of three people each are shown, what is of both in neither, and no owner stands anywhere."""
    history(tmp_path / "app")
    (tmp_path / "team.toml").write_text(
        f'salt = "{SALT}"\nsmallest_group = 3\n[[repositories]]\npath = "app"\n'
        '[[teams]]\nname = "Pay"\ncodeowners = "@org/pay"\n[[teams]]\nname = "Core"\ncodeowners = ["@org/core"]\n'
    )
    assert run(["team", str(tmp_path / "team.toml"), "-q", "--jobs", "1"]) == 0
    found = json.loads((tmp_path / "site" / "fleet.json").read_text())
    told = {group["name"]: (group["n"], group["people"]) for group in found["teams"]}
    assert told == {"Pay": (30, 3), "Core": (30, 3), "(no team)": (60, 6)}
    # How many of these are of several teams would tell of the others among them, so it is not said.
    assert (found["several"], found["unassigned"], found["without_owners"]) == (True, 60, 0)
    store = pd.read_parquet(next((tmp_path / "store").glob("repo=app/v=*/owned.parquet")))
    assert store["owners"].str.fullmatch(r"[0-9a-f]{16}( [0-9a-f]{16})*").all()
    for folder in ("site", "store"):
        for path in (tmp_path / folder).rglob("*"):
            if path.is_file() and path.suffix in {".html", ".md", ".json", ".csv", ".parquet"}:
                contents = path.read_bytes()
                assert not any(owner in contents for owner in (b"@org", b"@someone", b"lead@", b"person1@"))
    assert "are of several teams at once" in (tmp_path / "site" / "index.html").read_text("utf-8")
