"""Reverts of hand-made histories: found by name and in time, and net out of throughput."""

from __future__ import annotations

from analyzer.outcomes.revert_detection import cancelled_changes, detect_reverts
from analyzer.outcomes.reverts import mature_changes
from tests.conftest import MakeRepo, git
from tests.planting import load_path


def test_reverts_count_when_named_and_within_35_days(make_repo: MakeRepo) -> None:
    """A revert within 35 days counts for the change it names, a later one does not, young changes are not judged."""
    work = [(f"work {n} (#{n})", {f"a{n}.py": "x\n"}) for n in range(100)]
    path = str(make_repo(*work))
    shas = git("--git-dir", path, "log", "--reverse", "--format=%H", "main").split()
    (early, soon), late, wrong = shas[0:2], shas[2], "0" * 40
    work[20] = (f'Revert "work 1"\n\nThis reverts commit {soon}.', {"b.py": "x\n"})
    work[21] = (f"Back out\n\nThis reverts commit {early[:10]}.", {"c.py": "x\n"})
    work[60] = (f"Revert\n\nThis reverts commit {late}.", {"d.py": "x\n"})
    work[61] = (f"Revert\n\nThis reverts commit {wrong}, and says so.", {"e.py": "x\n"})
    work[62] = (f"Revert\n\nThis reverts commit {shas[50][:7]}{'0' * 33}.", {"f.py": "x\n"})
    git("--git-dir", path, "update-ref", "-d", "refs/heads/main")
    made = make_repo(*work)
    history = load_path(str(made))
    reverts = detect_reverts(history.merged_changes, history.commits, history.merged_change_of, {})
    judged = mature_changes(history.merged_changes, history.commits, reverts)
    assert set(judged.loc[judged["reverted"], "merged_change"]) == {"pr:0", "pr:1"}
    assert len(judged) == 65
    assert "pr:99" not in set(judged["merged_change"])


def test_reverts_are_subtracted_from_throughput(make_repo: MakeRepo) -> None:
    """A change and its early revert count for nothing; a late revert leaves it, a reverted revert restores it."""

    def back(sha: str) -> str:
        return f"Back out\n\nThis reverts commit {sha}."

    work = [(f"work {n} (#{n})", {f"a{n}.py": "x\n"}) for n in range(60)]

    def shas() -> list[str]:
        path = str(make_repo(*work))
        listed = git("--git-dir", path, "log", "--reverse", "--format=%H", "main").split()
        git("--git-dir", path, "update-ref", "-d", "refs/heads/main")
        return listed

    work[10] = (back(shas()[5]) + " (#10)", {"b.py": "x\n"})
    work[12] = (back(shas()[11]), {"c.py": "x\n"})
    work[14] = (back(shas()[12]), {"c.py": "y\n"})
    work[50] = (back(shas()[1]), {"d.py": "x\n"})
    history = load_path(str(make_repo(*work)))
    unit = history.merged_changes["merged_change"].tolist()
    gone = cancelled_changes(
        detect_reverts(history.merged_changes, history.commits, history.merged_change_of, {}),
        history.merged_changes,
        history.merged_change_of,
    )
    assert gone == {unit[5], unit[10], unit[12], unit[14], unit[50]}
