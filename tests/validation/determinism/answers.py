"""All that the tool writes about the planted history under one row of conditions, each file by name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.validation.determinism.conditions import environment, stored
from tests.validation.determinism.world import WEEKS, plant, plant_small

if TYPE_CHECKING:
    from tests.validation.determinism.conditions import Row

DRIVER = Path(__file__).with_name("driver.py")
TABLES = ("commits", "evidence", "merged_changes", "births", "deaths")
FLEET = """
salt = "only for tests"
title = "İki depo"
every = "quarter"
[[repositories]]
glob = "clones/*"
[[teams]]
name = "Größe"
people = [{ who = "irem@example.org" }, { who = "mao@example.org" }, { who = "zoe@example.org" }]
[[teams]]
name = "Rest"
people = [{ who = "juergen@example.org" }, { who = "aa@example.org" }, { who = "fiona@example.org" }]
"""
Lines = list[tuple[list[str], int]]


@dataclass(frozen=True)
class World:
    """The planted histories, the logs, and a panel as a table of a user's own."""

    app: Path
    logs: Path
    small: Path
    panel: Path

    @classmethod
    def planted(cls, folder: Path, weeks: int = WEEKS) -> World:
        """Plant all of it."""
        app, logs = plant(folder, weeks)
        rows = ["unit,period,share,merged,n"]
        rows += [
            f"{'İıßÅ毛Ζﬁz'[u]},{p},{(u * 7 + p * 3) % 11 / 11},{(u * 5 + p * p) % 13},11"
            for u in range(8)
            for p in range(14)
        ]
        (folder / "panel.csv").write_text("\n".join(rows) + "\n", "utf-8")
        return cls(app, logs, plant_small(folder / "small"), folder / "panel.csv")


def single(world: World, path: str, out: Path, cache: list[str], *, whole: bool = True) -> Lines:
    """The verbs on one repository, each format and each table; without `whole` those that most comes together in."""
    written = [word for end in ("json", "html", "md", "svg", "txt") for word in ("-o", str(out / f"analyze.{end}"))]
    ranged = [word for end in ("json", "html", "md", "txt") for word in ("-o", str(out / f"pr.{end}"))]
    panel = ["--unit", "merged_change", "--period", "period", "--treatment", "share", "--outcome", "merged", "--count"]
    panel += ["--treatment-n", "n", "--permutations", "999"]
    said = ["--transcripts", str(world.logs), *(["--style"] if whole else [])]
    lines: Lines = [
        (["analyze", path, "-q", *said, *cache, *written], 0),
        (["dump", "lines_at_head", path, "-q", *cache, "-o", str(out / "lines_at_head.parquet")], 0),
    ]
    if not whole:
        return lines
    lines += [
        (["pr", "HEAD~60..HEAD", path, "-q", *cache, *ranged], 0),
        (["infer", str(world.panel), *panel, "-o", str(out / "infer.json")], 0),
        (["dump", "panel", path, "-q", "--people-ok", *cache, "-o", str(out / "panel.parquet")], 0),
        (["audit", path, "-q", "--json", "-o", str(out / "audit.json")], 0),
        (["dump", "merged_changes", path, "-q", "-o", str(out / "merged_changes.csv")], 0),
    ]
    for table in TABLES:
        options = cache if table in {"births", "deaths"} else []
        lines.append((["dump", table, path, "-q", *options, "-o", str(out / f"{table}.parquet")], 0))
    return lines


def answers(world: World, row: Row, folder: Path, compiled: Path, *, whole: bool = True) -> dict[str, bytes]:
    """Every file that the verbs write, in a fresh process under these conditions; `whole`: all verbs, and a fleet."""
    above = folder / ("r" if row["place"] == "plain" else "ö [1] 'q' $x")
    clones = above / "clones"
    app = stored(world.app, clones, row["storage"])
    out = folder / "out"
    out.mkdir()
    path = "." if row["here"] == "inside" else str(app)
    cache = ["--no-cache"] if row["cache"] == "none" else ["--cache-dir", str(folder / "cache")]
    lines = single(world, path, out, cache, whole=whole)
    if row["cache"] == "older":
        earlier = ["dump", "lines_at_head", path, "-q", "--rev", "main~80", *cache, "-o", str(out / "older.csv")]
        lines.insert(0, (earlier, 0))
    if whole:
        shutil.copytree(world.small, clones / "small")
        (clones / "broken").mkdir()
        (above / "team.toml").write_text(FLEET, "utf-8")
        lines.append((["team", str(above / "team.toml"), "-q", "--jobs", row["jobs"], "--out", str(out / "site")], 0))
    variables = environment(row, folder / "home", compiled)
    where = app if row["here"] == "inside" else Path("/")
    _driven(lines, variables, where, int(row["mask"], 8))
    found = contents(out)
    found.pop("older.csv", None)
    if row["cache"] == "warm":
        _driven(lines[:1] if not whole else lines, variables, where, int(row["mask"], 8))
        assert contents(out) == found
    return found


def _driven(lines: Lines, variables: dict[str, str], where: Path, mask: int) -> None:
    done = subprocess.run(
        [sys.executable, str(DRIVER)],
        input=json.dumps(lines).encode(),
        env=variables,
        cwd=where,
        umask=mask,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
