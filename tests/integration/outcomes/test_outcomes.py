"""Outcomes on planted histories, from git to the report: what is counted, matched, and left unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from analyzer.inference.matching import compare_matched
from analyzer.inference.multiplicity import benjamini_hochberg
from analyzer.outcomes import OUTCOMES
from analyzer.pipeline.inputs import outcome_inputs, time_window
from analyzer.report.renderers import RENDERERS
from analyzer.share.definition import ShareInputs
from tests.conftest import SHARED, MakeRepo, git, imported
from tests.planting import analyze_path, load_path

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.outcomes.history_view import OutcomeInputs

MARK = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
DAY = 86_400


def seen_in(path: Path, clock: str | None = None) -> OutcomeInputs:
    """What measures read of a history."""
    history = load_path(str(path))
    window = time_window(history)
    known = ShareInputs(history.commits, history.labels, history.merged_changes, None)
    assert window.as_of is not None
    at = pd.Timestamp(window.as_of) if clock is None else pd.Timestamp(clock, tz="UTC")
    return outcome_inputs(history, known, window, at)


def judged(seen: OutcomeInputs, id_: str) -> dict[tuple[str, str], tuple[float, float]]:
    """Events and exposure by subject's last word and kind of file."""
    measure = next(m for m in OUTCOMES if m.id == id_)
    assert measure.compute is not None
    table = measure.compute(seen)
    assert table is not None
    subjects = seen.all_commits.set_index("sha")["message"].str.split("\n").str[0]
    landed = seen.merged_changes.set_index("merged_change")["sha"]
    names = table["key"].map(landed).fillna(table["key"]).map(subjects)
    return {
        (name, cell): (float(events), float(exposure))
        for name, cell, events, exposure in zip(
            names, table["cell"], table["events"], table["denominator"], strict=True
        )
    }


def commit(day: float, who: str, subject: str, files: dict[str, list[str]]) -> bytes:
    """One commit on main at a day of 2024, by anybody."""
    when = 1_704_099_600 + int(day * DAY)
    stream = (
        f"commit refs/heads/main\ncommitter {who} <{who}@x> {when} +0000\ndata {len(subject)}\n{subject}\n".encode()
    )
    for path, lines in files.items():
        text = "".join(f"{line}\n" for line in lines).encode()
        stream += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(text), text)
    return stream


def body(name: str, n: int) -> list[str]:
    """Lines that are nobody else's."""
    return [f"{name}_{k} = compute_{name}({k})" for k in range(n)]


def planted(tmp_path: Path) -> Path:
    """Ada writes ten lines; Ben rewrites four after 10 days, Ada two of her own after 20, Ben one after 50."""
    a = body("a", 10)
    first = [*body("b", 4), *a[4:]]
    second = [*first[:4], *body("c", 2), *first[6:]]
    third = [*second[:6], *body("d", 1), *second[7:]]
    return imported(
        tmp_path / "r",
        commit(0, "ada", "write", {"a.py": a})
        + commit(10, "ben", "early", {"a.py": first, "tests/test_a.py": body("t", 3)})
        + commit(20, "ada", "own", {"a.py": second})
        + commit(50, "ben", "late", {"a.py": third})
        + commit(95, "ada", "end", {"z.md": ["x"]}),
    )


def test_churn_is_counted_by_age_and_person(tmp_path: Path) -> None:
    """Removed lines are counted among lines old enough; moves by others and new files have their own rows."""
    seen = seen_in(planted(tmp_path), "2024-04-05")
    new, old, test = "code, new file", "code, existing file", "test, new file"
    assert judged(seen, "churn_14d") == {
        ("write", new): (4, 10),
        ("early", old): (0, 4),
        ("early", test): (0, 3),
        ("own", old): (0, 2),
        ("late", old): (0, 1),
    }
    assert judged(seen, "churn_21d")["write", new] == (6, 10)
    assert judged(seen, "churn_90d") == {("write", new): (7, 10)}  # the others are younger than 90 days at the clock
    assert judged(seen, "rewritten_90d") == {("write", new): (5, 10)}
    assert judged(seen, "undone_35d") == {
        ("write", ""): (1, 1),  # six of ten
        ("early", ""): (0, 1),
        ("own", ""): (0, 1),
        ("late", ""): (0, 1),
    }
    assert judged(seen, "test_cochange") == {
        ("write", ""): (0, 1),
        ("early", ""): (1, 1),
        ("own", ""): (0, 1),
        ("late", ""): (0, 1),
    }
    assert judged(seen, "new_file_share")["early", ""] == (3, 7)


def test_lines_younger_than_the_window_are_not_counted(tmp_path: Path) -> None:
    """Nothing is said of lines that are not old enough, whether they are gone or still there."""
    seen = seen_in(planted(tmp_path), "2024-01-23")
    assert judged(seen, "churn_21d") == {("write", "code, new file"): (6, 10)}
    assert judged(seen, "churn_30d") == {}


def test_moves_and_reindents_are_no_churn(make_repo: MakeRepo) -> None:
    """A line that goes to another file, or deeper with all others, lives on."""
    lines = "".join(f"value_{n} = compute({n})\n" for n in range(6))
    deeper = "".join(f"    value_{n} = compute({n})\n" for n in range(6))
    path = make_repo(("write", {"a.py": lines}), ("move", {"a.py": "", "b.py": lines}), ("deeper", {"b.py": deeper}))
    assert judged(seen_in(path, "2024-12-01"), "churn_30d")["write", "code, new file"] == (0, 6)


def test_the_report_says_what_it_cannot_compare(make_repo: MakeRepo) -> None:
    """A small history: every outcome is there, unknown, with its reason, in every format."""
    work = ((f"work {n}{MARK if n % 2 else ''}", {f"f{n}.py": f"x = {n}\n"}) for n in range(12))
    result = analyze_path(str(make_repo(*work))).result
    assert result.outcomes is not None
    assert {o.id for o in result.outcomes} == {m.id for m in OUTCOMES if m.compute is not None}
    for outcome in result.outcomes:
        assert outcome.difference is None
        assert outcome.note
        assert all(p.passed == "not_runnable" for p in outcome.placebos)
    for renderer in RENDERERS:
        if renderer.id in {"markdown", "html"}:
            assert "lines gone within 30 days" in renderer.render(result)


def test_planted_difference_reaches_the_report(tmp_path: Path) -> None:
    """Half of the marked files are rewritten within the month, a tenth of the others: the report says so."""
    rng = np.random.default_rng(2)
    stream, work = b"", []
    for n in range(480):
        marked = bool(rng.random() < 0.5)
        doomed = rng.random() < (0.5 if marked else 0.1)
        work.append((n * 0.5, f"p{n % 8}", f"write {n}{MARK if marked else ''}", {f"f{n}.py": body(f"n{n}", 8)}))
        if doomed:
            work.append((n * 0.5 + 9, f"p{n % 8}", f"again {n}", {f"f{n}.py": body(f"m{n}", 8)}))
    stream = b"".join(commit(*one) for one in sorted(work, key=lambda one: one[0]))
    stream += commit(400, "p0", "end", {"z.md": ["x"]})
    result = analyze_path(str(imported(tmp_path / "r", stream))).result
    churn = next(o for o in result.outcomes or [] if o.id == "churn_14d")
    assert churn.difference is not None
    assert churn.difference.value == pytest.approx(0.4, abs=0.12)
    assert churn.difference.low > 0
    assert churn.placebo.passed is True
    assert churn.q is not None
    assert churn.q < 0.1


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "corpora/click.bundle").exists(), reason="the history click is not here")
@pytest.mark.exhaustive
def test_random_marks_on_a_real_history(tmp_path: Path) -> None:
    """5, 10 and 50 % of click's commits marked by lot: outcomes differ in no more than 5 % of draws."""
    git("clone", "--quiet", "--bare", SHARED / "corpora/click.bundle", tmp_path / "r")
    seen = seen_in(tmp_path / "r")
    rng, trials, hits = np.random.default_rng(0), 0, 0
    for measure in OUTCOMES:
        table = measure.compute(seen) if measure.compute is not None else None
        if table is None:
            continue
        keys = table["key"].unique()
        for share in (0.05, 0.1, 0.5) * 12:
            marks = pd.Series((rng.random(len(keys)) < share).astype(float), index=keys)
            found = compare_matched(table.assign(ai=table["key"].map(marks).astype("Float64"))).difference
            if found is not None:
                trials += 1
                hits += found.low > 0 or found.high < 0
    assert trials >= 250
    assert hits <= 0.05 * trials


def test_false_discoveries_by_hand() -> None:
    """Benjamini and Hochberg's step-up, in the order given."""
    assert benjamini_hochberg([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert benjamini_hochberg([]) == []
