"""Simulated repositories: what was planted is what the product reads, change by change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from analyzer.cli import run
from analyzer.history.authors import Author
from analyzer.inference.grading.rules import INFORMATIVE
from analyzer.outcomes.revert_detection import cancelled_changes, detect_reverts
from analyzer.outcomes.reverts import mature_changes
from analyzer.simulation.fast_import import person_signature
from analyzer.simulation.project_plan import LANDINGS, Plan, plan_changes
from analyzer.simulation.repository import TRUTH_FILE, write_repository
from tests.conftest import git
from tests.planting import analyze_path, load_path

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.pipeline.load import History

Captured = pytest.CaptureFixture[str]


def planted(folder: Path, **settings: Any) -> tuple[dict[str, Any], History]:
    """The truth of a simulated repository, and what was read of it."""
    truth = write_repository(Plan(**settings), str(folder))
    return truth, load_path(str(folder))


def unit_of(history: History) -> dict[str, str]:
    """Unit of each commit, the landing merges included."""
    return history.merged_change_of | dict(
        zip(history.merged_changes["sha"], history.merged_changes["merged_change"], strict=True)
    )


@pytest.mark.parametrize("landing", [*LANDINGS, "mixed"])
def test_every_planted_change_is_read_as_planted(tmp_path: Path, landing: str) -> None:
    """Each planted change is one merged change with its time, author and label; only the first commit comes on top."""
    truth, history = planted(tmp_path / "r", people=8, months=5, landing=landing, seed=3, reverts=0.15)
    assert len(history.merged_changes) == truth["changes"] + 1
    keys = {
        person_signature(n): history.directory.person_key(Author(f"Person {n:03}", f"p{n:03}@example.org"))
        for n in range(8)
    }
    each = pd.DataFrame(truth["each"])
    read_units = each["sha"].map(unit_of(history))
    found = history.merged_changes.set_index("merged_change").loc[read_units.tolist()]
    assert found["person"].tolist() == each["person"].map(keys).tolist()
    assert (found["ai"] > 0).tolist() == each["marked"].tolist()
    assert found["merged"].tolist() == [pd.Timestamp(when) for when in each["merged"]]
    taken = each.loc[each["takes_back"].notna(), "takes_back"].astype(int)
    assert len(taken) > 3
    gone = {*read_units[each["takes_back"].notna()], *read_units[each["number"].isin(taken)]}
    assert (
        cancelled_changes(
            detect_reverts(history.merged_changes, history.commits, history.merged_change_of, {}),
            history.merged_changes,
            history.merged_change_of,
        )
        == gone
    )


def test_reverts_and_lines_are_the_planted_ones(tmp_path: Path) -> None:
    """Mature reverted changes are those taken back, and the work tree holds what the history adds up to."""
    truth, history = planted(tmp_path / "r", people=6, months=6, reverts=0.2, seed=1)
    reverts = detect_reverts(history.merged_changes, history.commits, history.merged_change_of, {})
    judged = mature_changes(history.merged_changes, history.commits, reverts)
    each = pd.DataFrame(truth["each"]).assign(merged_change=lambda t: t["sha"].map(unit_of(history)))
    taken = set(each.loc[each["number"].isin(each["takes_back"].dropna().astype(int)), "merged_change"])
    assert set(judged.loc[judged["reverted"], "merged_change"]) == taken & set(judged["merged_change"])
    assert history.file_changes is not None
    net = int(history.file_changes["added"].sum() - history.file_changes["deleted"].sum())
    assert net == _lines(tmp_path / "r")


def _lines(folder: Path) -> int:
    counts = git("-C", folder, "grep", "-c", "", "main", "--").splitlines()
    return sum(int(line.rsplit(":", 1)[1]) for line in counts)


def test_simulated_effect_is_graded_and_its_absence_is_not(tmp_path: Path) -> None:
    """20 people over 18 months: +100 % is inside its interval and graded; without an effect nothing is."""
    for effect, graded in ((1.0, True), (0.0, False)):
        folder = str(tmp_path / str(effect))
        # Without reverts: chance differences in them would turn the grade to misleading.
        write_repository(Plan(people=20, months=18, effect=effect, disclosure=1.0, reverts=0.0, seed=5), folder)
        verdict = analyze_path(folder).result.verdicts[0]
        assert verdict.association is not None
        assert verdict.association.high is not None
        assert verdict.association.low < effect < verdict.association.high
        assert (verdict.grade in INFORMATIVE) == graded
        curve = verdict.specifications
        assert curve is not None
        assert (curve.same_sign_share > 0.85 and (curve.p_median or 1) < 0.05) == graded


def test_the_same_seed_gives_the_same_repository(tmp_path: Path, capsys: Captured) -> None:
    """Commit ids depend on the plan and the seed alone; a folder with something in it is refused, untouched."""
    ids = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        assert run(["simulate", str(tmp_path / name), "--people", "4", "--months", "3", "--seed", seed]) == 0
        said = json.loads(capsys.readouterr().out)
        assert said == {
            k: v for k, v in json.loads((tmp_path / name / ".git" / TRUTH_FILE).read_text()).items() if k != "each"
        }
        ids.append(git("-C", tmp_path / name, "rev-parse", "main"))
        assert not git("-C", tmp_path / name, "status", "--porcelain")
    assert ids[0] == ids[1] != ids[2]
    before = sorted((tmp_path / "a").rglob("*"))
    assert run(["simulate", str(tmp_path / "a")]) == 2
    assert "folder-not-empty" in capsys.readouterr().err
    assert sorted((tmp_path / "a").rglob("*")) == before


def test_a_revert_comes_after_what_it_reverts() -> None:
    """In full calendars too, where the next free time is at the start of the four weeks."""
    planned = plan_changes(Plan(people=12, months=12, effect=1.0, disclosure=1.0, reverts=0.1, ratio=3.0, seed=2))
    pairs = [(change.reverted_change, change) for change in planned if change.reverted_change is not None]
    assert len(pairs) > 100
    assert all(reverted.landed_at < revert.landed_at for reverted, revert in pairs)


def test_what_cannot_be_simulated_is_refused(tmp_path: Path, capsys: Captured) -> None:
    """Too many changes for the calendar, and a folder nobody may write to."""
    crowd = ["--people", "200", "--months", "2", "--effect", "3", "--share", "1"]
    assert run(["simulate", str(tmp_path / "x"), *crowd]) == 2
    assert "simulation-too-busy" in capsys.readouterr().err
    (tmp_path / "file").write_text("x")
    assert run(["simulate", str(tmp_path / "file"), "--people", "2", "--months", "2"]) == 2
    assert run(["simulate", str(tmp_path / "file" / "below"), "--people", "2", "--months", "2"]) == 1
    assert "output-unwritable" in capsys.readouterr().err
