"""The same head, settings and seed give the same bytes, wherever and however often they are asked for.

Locales, zones, hash seeds, job counts, caches, stores, folders, threads, masks, homes, languages and widths are the
columns of `conditions.LEVELS`. Three rows here hold most levels once; `make determinism` runs rows that hold every two.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT
from tests.validation.determinism.answers import World, answers
from tests.validation.determinism.conditions import LEVELS, few, locales, rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.validation.determinism.conditions import Row

ROWS = rows()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The planted histories."""
    return World.planted(tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of locales; what cannot be made is missing in it."""
    folder = tmp_path_factory.mktemp("locales")
    locales(folder)
    return folder


def possible(row: Row, compiled: Path) -> Row:
    """The row with a locale that is there."""
    return row | {"locale": "C.UTF-8"} if row["locale"] in locales(compiled) else row


def test_every_two_levels_meet_in_some_row() -> None:
    """And the few rows hold three levels of each factor, or all it has."""
    for one, two in itertools.combinations(LEVELS, 2):
        met = {(row[one], row[two]) for row in ROWS}
        assert met == set(itertools.product(LEVELS[one], LEVELS[two]))
    assert all(len({row[name] for row in few()}) == min(len(levels), 3) for name, levels in LEVELS.items())
    assert len(ROWS) < 30


def test_nothing_around_a_run_changes_a_byte(compiled: Path, tmp_path: Path) -> None:
    """Three processes that differ in all of it write the same reports, pages, pictures and tables of a year."""
    world = World.planted(tmp_path, weeks=56)
    found = [
        answers(world, possible(row, compiled), tmp_path / str(n), compiled, whole=False) for n, row in enumerate(few())
    ]
    assert len(found[0]) == 6
    assert b'"effort": {' in found[0]["analyze.json"]
    assert found[0]["analyze.html"].count(b"<svg") > 8
    for other in found[1:]:
        assert [name for name in found[0] if other[name] != found[0][name]] == []
        assert other.keys() == found[0].keys()


@pytest.fixture(scope="module")
def first(world: World, compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """All verbs, tables and the site under the first row."""
    return answers(world, ROWS[0], tmp_path_factory.mktemp("first") / "0", compiled)


@pytest.mark.exhaustive
@pytest.mark.parametrize("row", ROWS[1:], ids=lambda row: " ".join(row.values()))
def test_no_two_conditions_change_a_byte(
    row: Row, world: World, first: dict[str, bytes], compiled: Path, tmp_path: Path
) -> None:
    """Every verb, table and page of a fleet, in rows that hold every two levels."""
    if (why := locales(compiled).get(row["locale"])) is not None:
        pytest.skip(why)
    found = answers(world, row, tmp_path / "run", compiled)
    assert [name for name in first if found.get(name) != first[name]] == []
    assert found.keys() == first.keys()


def test_tables_are_read_below_any_folder_in_any_character_set(tmp_path: Path) -> None:
    """Where file names are no UTF-8 to Python, Parquet in a folder with such a name is found all the same."""
    script = (
        "import sys; from pathlib import Path; import pandas as pd\n"
        "from analyzer.core.export import parquet_bytes; from analyzer.custom_panel.table import read_table\n"
        "from analyzer.fleet.dataset import FleetStore\n"
        "folder, table = Path(sys.argv[1]), pd.DataFrame({'n': [1, 2]})\n"
        "FleetStore(folder).write('r', 'k', {'units': table}, b'{}')\n"
        "assert FleetStore(folder).table('r', 'k', 'units').equals(table)\n"
        "(folder / 'p.parquet').write_bytes(parquet_bytes(table))\n"
        "assert read_table(str(folder / 'p.parquet')).equals(table)\n"
    )
    plain = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LC_ALL": "C"}
    plain |= {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-c", script, str(tmp_path / "größe")]
    done = subprocess.run(command, env=plain, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
