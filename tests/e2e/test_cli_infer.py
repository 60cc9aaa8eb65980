"""`aishare infer`: the same figures as brute force, and a plain word for every malformed panel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analyzer.cli import run
from analyzer.simulate.panels import World, generate
from tests.inference.test_estimators import brute, small

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]
COLUMNS = ["--unit", "person", "--period", "block", "--exposure", "share", "--outcome", "units", "--count"]


def table(seed: int = 0) -> pd.DataFrame:
    """The small panel as a user would bring it."""
    y, rows, x = small(seed, authors=8, periods=14)
    person, block = np.nonzero(rows)
    return pd.DataFrame({"person": person, "block": block, "share": x[rows], "units": y[rows].astype(int)})


def test_figures_equal_brute_force(tmp_path: Path, capsys: Captured) -> None:
    """With no lag the recorded estimate is the GLM with all dummies; CSV and Parquet give the same bytes."""
    y, rows, x = small(0, authors=8, periods=14)
    table().to_csv(tmp_path / "p.csv", index=False)
    table().to_parquet(tmp_path / "p.parquet", index=False)
    said = []
    for name in ("p.csv", "p.parquet"):
        assert run(["infer", str(tmp_path / name), *COLUMNS, "--lag", "0", "--swaps", "199", "--json"]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    found = json.loads(said[0])["estimates"][0]
    assert found["estimate"] == pytest.approx(brute(y, rows, x)[0], abs=1e-8)
    assert (found["n"], found["clusters"]) == (int(rows.sum()), 8)
    assert 0 < found["p"] <= 1


def test_without_count_it_is_least_squares_of_logs(tmp_path: Path, capsys: Captured) -> None:
    """Fractions are welcome, the estimate is that of all dummies, and what is only known of counts is null."""
    frame = table().assign(units=lambda t: t["units"] + 0.5)
    frame.to_csv(tmp_path / "p.csv", index=False)
    assert run(["infer", str(tmp_path / "p.csv"), *COLUMNS[:-1], "--lag", "0", "--swaps", "199", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    dummies = pd.get_dummies(frame[["person", "block"]].astype(str)).to_numpy(dtype=float)
    design = np.column_stack([dummies, frame["share"]])
    expected = np.linalg.lstsq(design, np.log1p(frame["units"]), rcond=None)[0][-1]
    assert answer["estimates"][0]["estimator"] == "recorded_log1p"
    assert answer["estimates"][0]["estimate"] == pytest.approx(expected, abs=1e-8)
    assert answer["verdicts"][0]["information"]["at_most"] is None


def test_order_and_names_do_not_matter(tmp_path: Path, capsys: Captured) -> None:
    """Shuffled rows and months written as text give the same estimate; a gap in the months is a gap in the lag."""
    plain = table()
    months = plain.assign(block=[f"{2024 + b // 12}-{b % 12 + 1:02}" for b in plain["block"]]).sample(
        frac=1, random_state=1
    )
    answers = []
    for frame in (plain, months):
        frame.to_csv(tmp_path / "p.csv", index=False)
        assert run(["infer", str(tmp_path / "p.csv"), *COLUMNS, "--swaps", "199", "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out)["estimates"][0])
    assert answers[0]["estimate"] == pytest.approx(answers[1]["estimate"], abs=1e-10)
    assert answers[0]["n"] == answers[1]["n"]


def test_a_planted_effect_is_graded(tmp_path: Path, capsys: Captured) -> None:
    """+50 % on 25 people is seen, with units behind the share also as use; placebos that did not run are named."""
    p = generate(World(25, truth="recorded", effect=0.5), 1)
    cells = [(a, t) for a in range(25) for t in range(26) if p.span[a, t]]
    rows = [(a, t, p.ai[a, t] / p.n[a, t] if p.n[a, t] else None, p.n[a, t], p.y[a, t]) for a, t in cells]
    pd.DataFrame(rows, columns=["person", "block", "share", "n", "units"]).to_csv(tmp_path / "p.csv", index=False)
    assert run(["infer", str(tmp_path / "p.csv"), *COLUMNS, "--exposure-n", "n", "--swaps", "499"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("SAYS LITTLE")
    assert "  use_ppml " in out
    assert "habit: not runnable" in out


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.drop(columns="share"), "no column share"),
        (lambda t: t.iloc[:0], "no rows"),
        (lambda t: t.assign(share=t["share"].astype(object).where(t.index != 3, "x")), "share is no number in row 5"),
        (lambda t: t.assign(share=t["share"] * 100), "outside 0 to 1"),
        (lambda t: t.assign(units=-1), "negative or empty"),
        (lambda t: pd.concat([t, t.iloc[:1]]), "repeats a unit and period"),
        (lambda t: t.assign(person=t["person"].astype(object).where(t.index != 0)), "person is empty in row 2"),
        (lambda t: t.assign(block=t["block"].astype(float) ** 9), "more than 5000 periods"),
        (lambda t: t.assign(units=float("inf")), "no number"),
        (lambda t: t.assign(block="Q" + t["block"].astype(str)), "order of the periods is unclear"),
    ],
)
def test_malformed_panels(change: object, says: str, tmp_path: Path, capsys: Captured) -> None:
    """Each fault is named with its column and row, and costs exit code 2."""
    assert callable(change)
    change(table()).to_csv(tmp_path / "p.csv", index=False)
    assert run(["infer", str(tmp_path / "p.csv"), *COLUMNS]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert "bad-panel" in err


def test_hostile_panels(tmp_path: Path, capsys: Captured) -> None:
    """A missing file, no CSV at all, bytes that are no text, one unit, a constant share: an answer or a plain error."""
    (tmp_path / "b.csv").write_bytes(b"\xff\x00\x1b[31m")
    for name in ("missing.csv", "b.csv", "missing.parquet"):
        assert run(["infer", str(tmp_path / name), *COLUMNS]) == 2
    flat = table().assign(share=0.5)
    for frame in (flat, table()[table()["person"] == 0], table().assign(units=0)):
        frame.to_csv(tmp_path / "p.csv", index=False)
        for columns in (COLUMNS, COLUMNS[:-1]):
            assert run(["infer", str(tmp_path / "p.csv"), *columns, "--swaps", "99", "--json"]) == 0
    said = "".join(capsys.readouterr())
    assert "Traceback" not in said
    assert "\x1b" not in said
