"""A whole run with teams by CODEOWNERS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.cli import run
from analyzer.fleet.code_owners import owner_hash, with_code_teams
from analyzer.fleet.config_types import FleetConfig, RepositoryEntry, TeamEntry
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
