"""`aishare infer`: the same figures as brute force, and a plain word for every malformed panel."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analyzer.cli import run
from analyzer.simulation.panels import World, generate_panel
from tests.panels import brute, small

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]
COLUMNS = ["--unit", "person", "--period", "block", "--treatment", "share", "--outcome", "units", "--count"]


def table(seed: int = 0) -> pd.DataFrame:
    """The small panel as a user would bring it."""
    y, rows, x = small(seed, authors=8, periods=14)
    person, block = np.nonzero(rows)
    return pd.DataFrame({"person": person, "block": block, "share": x[rows], "units": y[rows].astype(int)})


def test_figures_equal_brute_force(tmp_path: Path, capsys: Captured) -> None:
    """With no lag the estimate within people is the GLM with all dummies; CSV and Parquet give the same bytes."""
    y, rows, x = small(0, authors=8, periods=14)
    table().to_csv(tmp_path / "p.csv", index=False)
    table().to_parquet(tmp_path / "p.parquet", index=False)
    said = []
    for name in ("p.csv", "p.parquet"):
        assert run(["infer", str(tmp_path / name), *COLUMNS, "--lag", "0", "--permutations", "199", "--json"]) == 0
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
    assert run(["infer", str(tmp_path / "p.csv"), *COLUMNS[:-1], "--lag", "0", "--permutations", "199", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    dummies = pd.get_dummies(frame[["person", "block"]].astype(str)).to_numpy(dtype=float)
    design = np.column_stack([dummies, frame["share"]])
    expected = np.linalg.lstsq(design, np.log1p(frame["units"]), rcond=None)[0][-1]
    assert answer["estimates"][0]["estimator"] == "within_people_log1p"
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
        assert run(["infer", str(tmp_path / "p.csv"), *COLUMNS, "--permutations", "199", "--json"]) == 0
        answers.append(json.loads(capsys.readouterr().out)["estimates"][0])
    assert answers[0]["estimate"] == pytest.approx(answers[1]["estimate"], abs=1e-10)
    assert answers[0]["n"] == answers[1]["n"]


def test_planted_effect_is_graded(tmp_path: Path, capsys: Captured) -> None:
    """+50 % for 25 people is graded; all three figures are given, and placebos that did not run are named."""
    p = generate_panel(World(25, truth="recorded", effect=0.5), 1)
    cells = [(a, t) for a in range(25) for t in range(26) if p.span[a, t]]
    rows = [(a, t, p.ai[a, t] / p.n[a, t] if p.n[a, t] else None, p.n[a, t], p.y[a, t]) for a, t in cells]
    pd.DataFrame(rows, columns=["person", "block", "share", "n", "units"]).to_csv(tmp_path / "p.csv", index=False)
    assert run(["infer", str(tmp_path / "p.csv"), *COLUMNS, "--treatment-n", "n", "--permutations", "499"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("SAYS LITTLE")
    for figure in ("within_people", "beyond_trends", "recorded"):
        assert f"  {figure}_ppml " in out
    for placebo in ("habit", "change_size"):
        assert f"{placebo}: could not run" in out
    assert re.search("earlier_share: (passed|failed)", out)
    assert "  ranks          pooled +0." in out
    assert "(Simpson)" not in out


def test_opposite_ranks_are_reported(tmp_path: Path, capsys: Captured) -> None:
    """Busy people mark more and each produces less when marking more: figures in the JSON, one sentence in the text."""
    rng = np.random.default_rng(2)
    level, move = np.linspace(-1, 1, 12)[:, None], rng.normal(0, 0.3, (12, 20))
    person, block = np.indices(move.shape)
    units = np.round(100 * np.exp(level - 0.5 * move))
    share = np.clip(0.5 + 0.2 * (level + move), 0, 1)
    cells = np.column_stack([part.ravel() for part in (person, block, share, units)])
    pd.DataFrame(cells, columns=["person", "block", "share", "units"]).to_csv(tmp_path / "p.csv", index=False)
    asked = ["infer", str(tmp_path / "p.csv"), *COLUMNS, "--lag", "0", "--permutations", "99"]
    assert run([*asked, "--json"]) == 0
    ranks = json.loads(capsys.readouterr().out)["verdicts"][0]["ranks"]
    assert ranks["pooled_low"] > 0 > ranks["within_high"]
    assert (ranks["simpson"], ranks["n_people"], ranks["n_rows"]) == (True, 12, 240)
    assert run(asked) == 0
    assert "Pooled, a higher share goes with more output; within people it is the other way" in capsys.readouterr().out


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
            assert run(["infer", str(tmp_path / "p.csv"), *columns, "--permutations", "99", "--json"]) == 0
    said = "".join(capsys.readouterr())
    assert "Traceback" not in said
    assert "\x1b" not in said


def adopting(units: int = 24, periods: int = 12) -> pd.DataFrame:
    """Twelve adopters whose output is half as large again since, twelve who never adopt; months, with a covariate."""
    rng = np.random.default_rng(0)
    rows = []
    for u in range(units):
        begins = int(rng.integers(3, periods - 2)) if u < units // 2 else None
        for t in range(periods):
            more = 1.5 if begins is not None and t >= begins else 1.0
            rows.append(
                {
                    "repo": f"r{u}",
                    "month": f"2025-{t + 1:02}",
                    "adopted": "" if begins is None else f"2025-{begins + 1:02}",
                    "lines": float(np.exp(5 + 0.1 * t + rng.normal(0, 0.05))) * more - 1,
                    "stars": float(rng.integers(0, 50)),
                    "team": f"t{u % 3}",
                }
            )
    return pd.DataFrame(rows)


EVENT = ["--unit", "repo", "--period", "month", "--event", "adopted", "--outcome", "lines"]


def event(tmp_path: Path, capsys: Captured, frame: pd.DataFrame, *more: str) -> dict[str, object]:
    """The answer on a panel of adopters."""
    frame.to_csv(tmp_path / "e.csv", index=False)
    assert run(["infer", str(tmp_path / "e.csv"), *EVENT, *more, "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_event_study_finds_what_was_planted(tmp_path: Path, capsys: Captured) -> None:
    """+50 % since adoption, nothing before it, no verdict without an exposure; months are six apart at most."""
    answer = event(tmp_path, capsys, adopting(), "--controls", "stars", "--log", "stars")
    assert answer["verdicts"] == []
    average = answer["average_effect"]
    assert average["estimate"] == pytest.approx(0.5, abs=0.03)  # type: ignore[index]
    assert average["adopters"] == 12  # type: ignore[index]
    assert answer["pretrend_p"] > 0.01  # type: ignore[operator]
    horizons = [row["horizon"] for row in answer["event_study"]]  # type: ignore[attr-defined]
    assert horizons == sorted(horizons)
    assert {0, -1} <= set(horizons)


def test_where_and_controls_select_rows(tmp_path: Path, capsys: Captured) -> None:
    """--where selects rows, rows without a control are left out and counted; an outcome may be a sum."""
    frame = adopting()
    frame.loc[5, "stars"] = np.nan
    answer = event(tmp_path, capsys, frame, "--controls", "stars")
    assert answer["notes"] == ["1 of 288 rows lack a control and are left out."]
    few = event(tmp_path, capsys, frame, "--where", "adopted == '' or (adopted <= '2025-04' and stars >= 0)")
    assert few["average_effect"] is None
    assert few["event_study"] == []
    assert "Fewer than 8" in few["notes"][0]  # type: ignore[index]
    summed = event(tmp_path, capsys, frame.assign(a=frame["lines"] / 2, b=frame["lines"] / 2))
    frame.assign(a=frame["lines"] / 2, b=frame["lines"] / 2).to_csv(tmp_path / "s.csv", index=False)
    assert run(["infer", str(tmp_path / "s.csv"), *EVENT[:-1], "a+b", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["average_effect"] == summed["average_effect"]


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('touch canary')",
        "stars.__class__",
        "lines > stars + 1",
        "stars",
        "nothing > 1",
        "stars > 'x' and (",
        "stars in [1]",
        "not " * 5_000 + "stars > 1",
        "stars > " + "1" * 3_000,
        "(lambda: 1) > stars",
        "\x00",
        "",
    ],
)
def test_where_takes_comparisons_only(
    expression: str, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anything but a comparison of columns with values is refused and not run."""
    monkeypatch.chdir(tmp_path)
    adopting().to_csv(tmp_path / "e.csv", index=False)
    assert run(["infer", "e.csv", *EVENT, "--where", expression]) == 2
    assert "bad-where" in capsys.readouterr().err
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"adopted": "soon"}, "no month"),
        ({"stars": -1.0}, "negative"),
        ({"lines": None}, "negative or empty"),
    ],
)
def test_malformed_event_panels(
    change: dict[str, str | float | None], says: str, tmp_path: Path, capsys: Captured
) -> None:
    """What is wrong is said with its column."""
    frame = adopting()
    first = frame[frame["repo"] == "r0"].assign(**change)
    frame = pd.concat([first.astype(object), frame[frame["repo"] != "r0"]])
    frame.to_csv(tmp_path / "e.csv", index=False)
    assert run(["infer", str(tmp_path / "e.csv"), *EVENT, "--controls", "stars", "--log", "stars"]) == 2
    assert says in capsys.readouterr().err


def test_invalid_adoption_columns_are_refused(tmp_path: Path, capsys: Captured) -> None:
    """Two adoption periods of one unit, a missing treatment and semicolons each have their own error."""
    frame = adopting()
    frame.loc[0, "adopted"] = "2025-11"
    frame.to_csv(tmp_path / "e.csv", index=False)
    assert run(["infer", str(tmp_path / "e.csv"), *EVENT]) == 2
    assert "not the same in all rows" in capsys.readouterr().err
    assert run(["infer", str(tmp_path / "e.csv"), *EVENT[:4], "--outcome", "lines"]) == 2
    assert "--treatment" in capsys.readouterr().err
    frame.to_csv(tmp_path / "semi.csv", index=False, sep=";")
    assert run(["infer", str(tmp_path / "semi.csv"), *EVENT]) == 2
    assert "separated by commas" in capsys.readouterr().err


def test_clusters_are_pooled(tmp_path: Path, capsys: Captured) -> None:
    """Ten repositories of five: one pooled line, how they differ, and the same whatever the order of the rows."""
    parts = []
    for r in range(10):
        panel = generate_panel(World(5, periods=18, truth="recorded", effect=0.5), r)
        a, t = np.nonzero(panel.span)
        n = panel.n[a, t]
        share = np.divide(panel.ai[a, t], n, out=np.full(len(n), np.nan), where=n > 0)
        parts.append(pd.DataFrame({"repo": f"r{r}", "person": a, "t": t, "share": share, "n": n, "y": panel.y[a, t]}))
    whole = pd.concat(parts, ignore_index=True)
    said = []
    for seed in (1, 2):
        whole.sample(frac=1, random_state=seed).to_parquet(tmp_path / "p.parquet", index=False)
        columns = ["--unit", "person", "--period", "t", "--treatment", "share", "--treatment-n", "n", "--outcome", "y"]
        columns += ["--count", "--cluster", "repo", "--permutations", "199"]
        command = ["infer", str(tmp_path / "p.parquet"), *columns]
        assert run([*command, "--json"]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    answer = json.loads(said[0])
    assert answer["estimates"][0]["estimator"] == "within_people_pooled_ppml"
    assert answer["verdicts"][0]["association"]["low"] > 0
    assert answer["heterogeneity"]["clusters"] == 10
    assert answer["heterogeneity"]["left_out"] == "repositories"
    assert answer["heterogeneity"]["estimated"] == 0
