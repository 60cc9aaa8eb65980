"""`aishare dump panel | aishare infer -` gives the throughput figure of `aishare analyze`."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd
import pytest

from analyzer.cli import run
from analyzer.cli.infer import command
from analyzer.simulation.project_plan import Plan
from analyzer.simulation.repository import write_repository
from tests.planting import analyze_path

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]
# What needs the history: p-values of the defects verdict, panels of another grain, and what follows from them.
NEEDS_HISTORY = {"grade", "quarterly_grade", "slug", "sentence", "specifications"}
NAMED = ["--unit", "unit", "--period", "period", "--treatment", "share", "--outcome", "outcome", "--count"]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated repository of twelve people over fifteen months, merged in every way, and one newcomer."""
    folder = tmp_path_factory.mktemp("infer") / "app"
    write_repository(Plan(12, 15, effect=0.3, disclosure=0.8, seed=2), str(folder))
    return folder


@pytest.fixture(scope="module")
def dumped(simulated: Path) -> Path:
    """Its panel."""
    path = simulated.parent / "panel.csv"
    assert run(["dump", "panel", str(simulated), "--people-ok", "-q", "--no-cache", "-o", str(path)]) == 0
    return path


def inferred(capsys: Captured, *arguments: str) -> dict[str, Any]:
    """The answer of `infer`."""
    capsys.readouterr()
    assert run(["infer", *arguments, "--json"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def assert_same_figures(verdict: dict[str, Any], answer: dict[str, Any]) -> None:
    """Figure, interval, p and all checks agree to 1e-9."""
    (repeated,) = answer["verdicts"]
    for key in verdict.keys() - NEEDS_HISTORY:
        one, two = verdict[key], repeated[key]
        if key == "association" and one is not None:
            one, two = ({**d, "p_holm": None} for d in (one, two))
        assert _close(one, two), (key, one, two)


def _close(one: Any, two: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(_close(one[key], two[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(_close, one, two))
    return bool(one == pytest.approx(two, abs=1e-9, rel=1e-9)) if isinstance(one, float) else bool(one == two)


def test_infer_repeats_analyze(simulated: Path, dumped: Path, capsys: Captured) -> None:
    """With no options, with the columns named, and from Parquet."""
    verdict = msgspec.to_builtins(analyze_path(simulated).result.verdicts[0])
    assert verdict["association"] is not None
    assert verdict["durable"] is not None
    assert_same_figures(verdict, inferred(capsys, str(dumped)))
    parquet = dumped.with_suffix(".parquet")
    assert run(["dump", "panel", str(simulated), "--people-ok", "-q", "--no-cache", "-o", str(parquet)]) == 0
    quick = inferred(capsys, str(dumped), "--permutations", "99")
    assert inferred(capsys, str(parquet), "--permutations", "99") == quick
    for size in ("n", "outcome"):
        assert inferred(capsys, str(dumped), *NAMED, "--treatment-n", size, "--permutations", "99") == quick


def test_infer_repeats_analyze_of_the_demo(
    fixture_repos: dict[str, Path], tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through a pipe; where analyze has no estimate, infer has none."""
    verdict = msgspec.to_builtins(analyze_path(fixture_repos["demo"]).result.verdicts[0])
    path = tmp_path / "p.csv"
    assert run(["dump", "panel", str(fixture_repos["demo"]), "--people-ok", "-q", "--no-cache", "-o", str(path)]) == 0
    table = pd.read_csv(path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    if (table["eligible"] == 1).any():
        assert_same_figures(verdict, inferred(capsys, "-"))
        return
    assert verdict["association"] is None
    assert run(["infer", "-"]) == 2
    assert "--all-rows" in capsys.readouterr().err


def test_ineligible_rows_are_left_out(dumped: Path, tmp_path: Path, capsys: Captured) -> None:
    """They are counted in a note; --all-rows uses them; a row made ineligible by hand stays out."""
    table = pd.read_csv(dumped, dtype={"unit": "str", "person": "str"})
    person = table["person"].iloc[0]
    fewer = table.assign(eligible=table["eligible"].where(table["person"] != person, 0))
    out = int((fewer["eligible"] == 0).sum())
    fewer.to_csv(tmp_path / "p.csv", index=False)
    answer = inferred(capsys, str(tmp_path / "p.csv"), "--permutations", "99")
    note = f"{out} of {len(table)} rows have eligible = 0 and are left out; --all-rows keeps them."
    assert note in answer["notes"]
    n_people = table.loc[table["eligible"] == 1, "person"].nunique()
    assert answer["verdicts"][0]["n_people"] == n_people - 1
    everybody = inferred(capsys, str(tmp_path / "p.csv"), "--permutations", "99", "--all-rows")
    assert everybody["verdicts"][0]["n_people"] == table["person"].nunique()
    assert not any("eligible" in text for text in everybody["notes"])


def test_eligible_applies_to_any_panel(tmp_path: Path, capsys: Captured) -> None:
    """A user's column of that name selects rows as well; anything but 0 and 1 in it is refused."""
    rows = [(u, t, (u + t) % 4 / 4, 1 + (u * t) % 5, int(u < 8)) for u in range(10) for t in range(14)]
    table = pd.DataFrame(rows, columns=["team", "month", "share", "merged", "eligible"])
    table.to_csv(tmp_path / "p.csv", index=False)
    columns = ["--unit", "team", "--period", "month", "--treatment", "share", "--outcome", "merged", "--count"]
    path = str(tmp_path / "p.csv")
    assert inferred(capsys, path, *columns, "--permutations", "99")["estimates"][0]["clusters"] == 8
    assert inferred(capsys, path, *columns, "--permutations", "99", "--all-rows")["estimates"][0]["clusters"] == 10
    for wrong, says in (("yes", "Column eligible"), (2, "neither 0 nor 1 in row 2"), (0, "is 0 in every row")):
        cells = table["eligible"].astype(object).where((table.index > 0) & (wrong != 0), wrong)
        table.assign(eligible=cells).to_csv(path, index=False)
        assert run(["infer", path, *columns]) == 2
        assert says in capsys.readouterr().err


def test_outcome_may_be_the_denominator(dumped: Path, tmp_path: Path, capsys: Captured) -> None:
    """The changes that an outcome counts are those behind the share: the same figures as with a copy of the column."""
    table = pd.read_csv(dumped)[["unit", "period", "share", "outcome"]]
    table.assign(copy=table["outcome"]).to_csv(tmp_path / "p.csv", index=False)
    asked = [str(tmp_path / "p.csv"), *NAMED, "--permutations", "99", "--treatment-n"]
    same, copied = inferred(capsys, *asked, "outcome"), inferred(capsys, *asked, "copy")
    assert same == copied
    assert len(same["estimates"]) == 3
    assert run(["infer", *asked, "share"]) == 2
    assert "asked to be two things" in capsys.readouterr().err


def test_columns_are_named_or_dumped(dumped: Path, tmp_path: Path, capsys: Captured) -> None:
    """Without names only a dumped table will do; of the names none may be missing; a damaged dump is refused."""
    table = pd.read_csv(dumped)
    path = str(tmp_path / "p.csv")
    table.drop(columns="marked").to_csv(path, index=False)
    assert run(["infer", path]) == 2
    assert "The columns are not named." in capsys.readouterr().err
    assert run(["infer", path, "--unit", "unit", "--outcome", "outcome"]) == 2
    assert "--period is missing" in capsys.readouterr().err
    table.assign(unit="x").to_csv(path, index=False)
    assert run(["infer", path]) == 2
    assert "aishare dump panel" in capsys.readouterr().err


def test_examples_of_the_help_run(
    simulated: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each example runs as it is written: the first on the repository, the others on tables with their columns."""
    monkeypatch.chdir(tmp_path)
    rows = [(u, t, (u + 3 * t) % 5 / 5, 1 + (u * t) % 7) for u in range(12) for t in range(1, 13)]
    for name, columns in (("p.csv", ["person", "team", "block", "month", "share", "merged", "hours"]),):
        data = [(u, u, t, f"2025-{t:02}", share, n, n / 2) for u, t, share, n in rows]
        pd.DataFrame(data, columns=columns).to_csv(name, index=False)
    adopted = [(u, f"2025-{t:02}", "2025-06" if u < 9 else "", 5 + n, t, u) for u in range(20) for t, n in _months(u)]
    pd.DataFrame(adopted, columns=["repo", "month", "adopted", "commits", "age", "stars"]).to_csv(
        "repos.csv", index=False
    )
    examples = re.findall(r"^ +(aishare .*)$", command.help or "", re.MULTILINE)
    assert len(examples) == 4
    for example in examples:
        for step in example.split(" && "):
            words = shlex.split(step)[1:]
            path = [str(simulated), "-q", "--no-cache"] if words[0] == "dump" else ["--permutations", "99"]
            assert run([*words, *path]) == 0, step
    capsys.readouterr()


def _months(unit: int) -> list[tuple[int, int]]:
    return [(t, (unit * t) % 3) for t in range(1, 13)]
