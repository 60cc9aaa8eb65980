"""`aishare team` end to end: a site of several repositories, what it never holds, and what happens to broken ones."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run
from analyzer.config import UsageSource
from analyzer.fleet.config import load_config, repository_sources
from analyzer.fleet.config_example import EXAMPLE
from analyzer.fleet.config_types import OutcomeEntry, TargetEntry, TeamEntry
from tests.conftest import ROOT, git
from tests.fleets import contents, ended, history

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three repositories, one that is none, and two teams, one of them too small."""
    folder = tmp_path_factory.mktemp("fleet")
    for seed, name in enumerate(("one", "two", "three")):
        history(folder / "clones" / name, seed)
    (folder / "clones" / "broken").mkdir()
    everybody = ", ".join(f'{{ who = "person{n}@example.org" }}' for n in range(6))
    (folder / "team.toml").write_text(
        'salt = "only for tests"\ntitle = "Test <b>fleet</b>"\nevery = "quarter"\n'
        '[[repositories]]\nglob = "clones/*"\n'
        f'[[teams]]\nname = "Payments & Co"\npeople = [{everybody}]\n'
        '[[teams]]\nname = "Tiny"\npeople = [{ who = "person6@example.org" }]\n'
        '[[outcomes]]\nname = "Incidents <i>"\ncsv = "incidents.csv"\njoin = "repository"\nvalue = "incidents"\n'
        '[[outcomes]]\nname = "Tickets"\ncsv = "tickets.csv"\nperiod = "day"\n'
        "[[targets]]\ndate = 2024-09-01\nby = 2025-12-31\nvalue = 0.5\n"
        '[[targets]]\ndate = 2024-09-01\nvalue = 0.9\nteam = "Tiny"\n'
    )
    (folder / "incidents.csv").write_text(
        "repository,period,incidents\n"
        + "".join(f"{name},2024-Q{q},{q}\n" for name in ("one", "two") for q in (1, 2, 3))
    )
    (folder / "tickets.csv").write_text("team,day\nTiny,2024-02-01\nPayments & Co,2024-03-01\n")
    return folder


def went(fleet: Path, *options: str, code: int = 0) -> Path:
    """Run the verb; the site's folder."""
    assert run(["team", str(fleet / "team.toml"), "-q", "--jobs", "2", *options]) == code
    return fleet / "site"


@pytest.fixture(scope="module")
def site(fleet: Path) -> Path:
    """The first run's site."""
    os.environ["PYTHONPATH"] = str(ROOT)
    return went(fleet)


def test_site_shows_fleet_teams_and_repositories(site: Path) -> None:
    """A broken repository is a row. One of two teams is tiny, so both are shown as one."""
    found = json.loads((site / "fleet.json").read_text())
    rows = {row["name"]: row for row in found["repositories"]}
    assert list(rows) == ["broken", "one", "three", "two"]
    assert (rows["broken"]["slug"], rows["broken"]["head"]) == ("not-a-repository", None)
    assert rows["one"]["page"] == "repositories/one.html"
    assert found["whole"]["people"] == 7
    assert found["whole"]["n"] == 3 * 7 * 56
    told = [(g["name"], g["people"], g["teams"]) for g in found["teams"]]
    assert told == [("others", 7, ["Payments & Co", "Tiny"])]
    assert found["verdict"]["outcome"] == "throughput"
    assert found["verdict"]["n_people"] == 7
    page = (site / "index.html").read_text("utf-8")
    assert "Test &lt;b&gt;fleet&lt;/b&gt;" in page
    assert "could not be read" in page


def test_outcomes_and_targets_are_shown_with_the_share(site: Path) -> None:
    """A repository's page shows its outcomes; of a hidden team neither outcome nor share nor distance is shown."""
    found = json.loads((site / "fleet.json").read_text())
    incidents, tickets = found["outcomes"]
    assert [series["unit"] for series in incidents["series"]] == ["one", "two"]
    readings = incidents["series"][0]["readings"]
    assert [(r["period"], r["value"]) for r in readings[:4]] == [
        ("2024-Q1", 1),
        ("2024-Q2", 2),
        ("2024-Q3", 3),
        ("2024-Q4", None),
    ]
    assert readings[3]["share"] == pytest.approx(3 / 7)
    assert incidents["link"]["slug"] == "outcome-too-few"
    assert incidents["notes"] == ["Incidents <i> has no row of 2 repositories."]
    assert tickets["series"] == []
    page = (site / "repositories" / "one.html").read_text("utf-8")
    assert "Incidents &lt;i&gt; and the share" in page
    assert "Incidents" not in (site / "repositories" / "three.html").read_text("utf-8")
    all_, tiny = found["targets"]
    assert (all_["period"], all_["now"], all_["met"]) == ("2024-Q4", pytest.approx(3 / 7), False)
    assert all_["needed"] == pytest.approx((0.5 - 3 / 7) / 4)
    assert all_["gaming"]["ran"] == 3
    assert (tiny["now"], tiny["note"]) == (None, "It is too small to be shown.")
    index = (site / "index.html").read_text("utf-8")
    assert "once a share is a target it tells less" in index
    rows = (site / "data" / "outcomes.csv").read_text().splitlines()
    assert rows[1].startswith("Incidents <i>,repository,one,2024-Q1,1.0,,0.0,")
    assert len(rows) == 1 + 2 * len(readings)


def test_links_of_the_site_are_relative_and_exist(site: Path) -> None:
    """Links of all pages and of the Markdown are relative, and there."""
    links = 0
    for path in [*site.rglob("*.html"), *site.rglob("*.md")]:
        text = path.read_text("utf-8")
        for target in re.findall(r'<a href="([^"#]+)"', text) + re.findall(r"\]\(([^)#]+)\)", text):
            assert "://" not in target
            assert (path.parent / target).is_file(), f"{path}: {target}"
            links += 1
    assert links > 10


def test_site_and_store_hold_no_names(fleet: Path, site: Path) -> None:
    """Neither the site nor the store holds a name, an address, or a folder of this machine."""
    for folder in (site, fleet / "store"):
        for path, text in contents(folder).items():
            assert b"@example.org" not in text, path
            assert b"Person" not in text, path
            assert str(fleet).encode() not in text, path


def test_second_run_changes_no_byte(fleet: Path, site: Path) -> None:
    """A second run reads nothing anew and changes no byte, and neither does a run from scratch with other `--jobs`."""
    before = contents(site)
    times = {path: path.stat().st_mtime_ns for path in (fleet / "store").rglob("*.parquet") if "repo=" in str(path)}
    assert contents(went(fleet)) == before
    assert times == {p: p.stat().st_mtime_ns for p in (fleet / "store").rglob("*.parquet") if "repo=" in str(p)}
    other = fleet / "again"
    went(fleet, f"--out={other}", f"--store={fleet / 'store2'}", "--jobs=1")
    assert contents(other) == before


def test_later_run_keeps_earlier_pages_and_fills_missed_periods(fleet: Path, tmp_path: Path) -> None:
    """Runs of two days half a year apart: the quarters between are there, and the first run's page is as it was."""
    copy = tmp_path / "site"
    went(fleet, f"--out={copy}", "--as-of=2024-05-15")
    first = (copy / "runs" / "2024-05-15" / "index.html").read_bytes()
    went(fleet, f"--out={copy}", "--as-of=2024-12-15")
    assert sorted(path.name for path in (copy / "runs").iterdir()) == ["2024-05-15", "2024-09-30", "2024-12-15"]
    assert (copy / "runs" / "2024-05-15" / "index.html").read_bytes() == first
    assert "2024-05-15" in (copy / "index.html").read_text()
    assert json.loads((copy / "grades.json").read_text())["quarters"]


def test_gates_for_monitoring(fleet: Path, site: Path, tmp_path: Path) -> None:
    """4 where repositories failed and that was asked for, 3 where none could be read, 2 for a bad configuration."""
    assert site.is_dir()
    went(fleet, "--fail-on=repositories-failed", code=4)
    went(fleet, "--fail-on=misleading", code=0)
    empty = tmp_path / "team.toml"
    (tmp_path / "x").mkdir()
    empty.write_text('salt = "only for tests"\n[[repositories]]\npath = "x"\n')
    assert run(["team", str(empty), "-q", "--jobs", "1"]) == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[repositories]]\npath = "."\n', "needs a salt"),
        ('salt = "long enough"\n', "repositories"),
        ('salt = "long enough"\n[[repositories]]\npaht = "."\n', "paht"),
        ('salt = "long enough"\n[[repositories]]\npath = "."\nurl = "https://x"\n', "one of path, glob and url"),
        ('salt = "long enough"\n[[repositories]]\nurl = "ext::sh -c x"\n', "no URL"),
        ('salt = "long enough"\n[[repositories]]\npath = "a"\nname = "../../x"\n', "no name of a repository"),
        ('salt = "long enough"\n[[repositories]]\nglob = "nothing/*"\n', "names a folder"),
        ('salt = "long enough"\nsmallest_group = 1\n[[repositories]]\npath = "."\n', "smallest_group"),
        ("salt = [", "team.toml"),
        ('salt = "long enough"\n[[repositories]]\npath = "a/x"\n[[repositories]]\npath = "b/x"\n', "called x"),
    ],
)
def test_a_wrong_configuration_says_where(
    text: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong use, with the key; nothing is read."""
    path = tmp_path / "team.toml"
    path.write_text(text)
    assert run(["team", str(path), "-q"]) == 2
    assert says in capsys.readouterr().err


def test_init_prints_a_valid_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What --init prints loads as soon as it has a salt, and names every key there is."""
    assert run(["team", "--init"]) == 0
    assert capsys.readouterr().out == EXAMPLE
    path = tmp_path / "team.toml"
    path.write_text(EXAMPLE.replace('# salt = "at least', 'salt = "at least'))
    fleet, base = load_config(str(path))
    assert base == tmp_path
    names = set(re.findall(r"^#? ?([a-z_]+) =", EXAMPLE, re.MULTILINE))
    tables = set(re.findall(r"^#? ?\[\[([a-z]+)\]\]", EXAMPLE, re.MULTILINE))
    assert tables == {"repositories", "teams", "outcomes", "targets", "usage"}
    for known in (fleet, TeamEntry, OutcomeEntry, TargetEntry, UsageSource):
        assert set(known.__struct_fields__) - tables <= names


def test_every_key_of_the_example_configuration_is_valid(tmp_path: Path) -> None:
    """Without the signs that make comments of them all keys stand where they belong; teams are given one way."""
    text = re.sub(r"^# (?=\[\[|[a-z_]+ = )", "", EXAMPLE, flags=re.MULTILINE)
    path = tmp_path / "team.toml"
    path.write_text(text.replace('[[teams]]\nname = "Payments"\ncodeowners = ["@org/payments"]\n', ""))
    fleet, _ = load_config(str(path))
    assert fleet.identities
    assert (len(fleet.repositories), len(fleet.teams), len(fleet.outcomes), len(fleet.targets)) == (3, 1, 1, 1)


def test_a_url_is_mirrored_with_its_notes(fleet: Path, tmp_path: Path) -> None:
    """A file URL: fetched into a bare mirror with notes, updated by the next run, and never checked out."""
    origin = tmp_path / "origin"
    shutil.copytree(fleet / "clones" / "one", origin)
    git("--git-dir", origin, "notes", "--ref=ai", "add", "-m", "x", "HEAD")
    (tmp_path / "team.toml").write_text(
        f'salt = "only for tests"\n[[repositories]]\nurl = "file://{origin}"\nname = "app"\n'
    )
    went(tmp_path)
    mirror = tmp_path / "store" / "mirrors" / "app.git"
    assert git("--git-dir", mirror, "rev-parse", "refs/notes/ai")
    git("--git-dir", origin, "update-ref", "refs/heads/main", "HEAD~7")
    went(tmp_path)
    assert git("--git-dir", mirror, "rev-parse", "HEAD") == git("--git-dir", origin, "rev-parse", "HEAD")


@pytest.mark.slow
def test_killed_fleet_run_resumes_to_the_same_bytes(fleet: Path, site: Path, tmp_path: Path) -> None:
    """Kill -9 of all processes or of the first one alone: none is left, and the next run ends with the same bytes."""
    expected = contents(site)
    out, store = tmp_path / "site", tmp_path / "store"
    options = ("-q", "--jobs=2", f"--out={out}", f"--store={store}")
    command = [sys.executable, "-m", "analyzer", "team", str(fleet / "team.toml"), *options]
    for moment, kill in ((1.0, os.killpg), (2.5, os.kill), (4.0, os.killpg)):
        with subprocess.Popen(command, cwd=ROOT, start_new_session=True) as process:
            time.sleep(moment)
            kill(process.pid, signal.SIGKILL)
        ended(process.pid)
    went(fleet, f"--out={out}", f"--store={store}")
    assert contents(out) == expected
    assert not list(store.glob("repo=*/.draft-*"))


@pytest.mark.slow
def test_dask_cluster_writes_the_same_site(fleet: Path, site: Path, tmp_path: Path) -> None:
    """A local dask cluster of two workers writes the same site."""
    distributed = pytest.importorskip("distributed")
    out = tmp_path / "site"
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster:
        went(fleet, f"--out={out}", f"--store={tmp_path / 'store'}", f"--scheduler={cluster.scheduler_address}")
    assert contents(out) == contents(site)


def test_glob_is_relative_to_the_configuration_folder(tmp_path: Path) -> None:
    """Brackets and stars of the folder's own name are no pattern; those of the configuration are."""
    folder = tmp_path / "fleet [1] *"
    for name in ("a", "b"):
        (folder / "clones" / name).mkdir(parents=True)
    (folder / "team.toml").write_text('salt = "only for tests"\n[[repositories]]\nglob = "clones/[ab]"\n')
    fleet, base = load_config(str(folder / "team.toml"))
    assert [place.path for place in repository_sources(fleet, base)] == [str(folder / "clones" / name) for name in "ab"]
    (folder / "team.toml").write_text(f'salt = "only for tests"\n[[repositories]]\nglob = "{tmp_path}/fleet*/*/a"\n')
    fleet, base = load_config(str(folder / "team.toml"))
    assert [place.name for place in repository_sources(fleet, base)] == ["a"]
