"""Event study: equal to regressions with every dummy, honest about what was planted, and a published panel."""

from __future__ import annotations

import gzip
import json
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analyzer.cli import run
from analyzer.inference.event_study import AdoptionPanel, estimate_event_study
from tests.conftest import SHARED

if TYPE_CHECKING:
    from pathlib import Path

PANEL = SHARED / "data" / "cursor_panel_monthly.csv.gz"
Captured = pytest.CaptureFixture[str]


def planted(seed: int, effect: float = 0.0, units: int = 30, periods: int = 16) -> AdoptionPanel:
    """Units of which two thirds adopt at different times; a covariate, gaps, drifting outcomes."""
    rng = np.random.default_rng(seed)
    unit, period = (part.ravel() for part in np.meshgrid(np.arange(units), np.arange(periods), indexing="ij"))
    begins = np.where(rng.random(units) < 2 / 3, rng.integers(4, periods - 2, units), 10**6)[unit]
    since = np.where(begins < periods, (period - begins).astype(float), np.nan)
    x = rng.normal(size=(len(unit), 1))
    drift = np.cumsum(rng.normal(0, 0.1, (units, periods)), axis=1).ravel()
    y = rng.normal(size=units)[unit] + 0.1 * period + 0.3 * x[:, 0] + drift + rng.normal(0, 0.3, len(unit))
    y = y + np.where(since >= 0, effect, 0.0)
    kept = rng.random(len(unit)) < 0.9
    return AdoptionPanel(y[kept], unit[kept], period[kept], since[kept], x[kept], unit[kept])


def without(a: AdoptionPanel, kept: np.ndarray) -> AdoptionPanel:
    """Some rows alone."""
    return AdoptionPanel(a.y[kept], a.unit[kept], a.period[kept], a.since[kept], a.x[kept], a.cluster[kept])


def dense(a: AdoptionPanel, *, leads: bool = False) -> dict[int, float]:
    """The same by least squares on every dummy."""
    columns = [np.equal.outer(a.unit, np.unique(a.unit)), np.equal.outer(a.period, np.unique(a.period)), a.x]
    if leads:
        columns.append(np.stack([a.since == h for h in range(-6, 0)], axis=1))
    z = np.concatenate([c.astype(float) for c in columns], axis=1)
    before = ~(a.since >= 0)
    theta = np.linalg.lstsq(z[before], a.y[before], rcond=None)[0]
    if leads:
        return dict(zip(range(-6, 0), theta[-6:], strict=True))
    known = np.isin(a.unit, a.unit[before]) & np.isin(a.period, a.period[before])
    left = a.y - z @ theta
    return {h: float(left[known & (a.since == h)].mean()) for h in range(7)}


def test_event_study_equals_imputation_with_dummies() -> None:
    """Effects and leads are those of plain least squares, and an interval that of refits without each unit."""
    a = planted(1, effect=0.4)
    found = estimate_event_study(a)
    assert found is not None
    for h, value in dense(a).items():
        assert found.effects[h].estimate.point == pytest.approx(value, abs=1e-9)
    for h, value in dense(a, leads=True).items():
        assert found.leads[h].estimate.point == pytest.approx(value, abs=1e-9)
    refits = np.array([dense(without(a, a.unit != u))[0] for u in np.unique(a.unit)])
    g = len(refits)
    error = math.sqrt((g - 1) / g * ((refits - found.effects[0].estimate.point) ** 2).sum())
    assert found.effects[0].estimate.se == pytest.approx(error, rel=1e-8)


def test_event_study_leaves_out_whole_clusters() -> None:
    """With two units a cluster there are half as many clusters, and other errors."""
    a = planted(2)
    paired = estimate_event_study(AdoptionPanel(a.y, a.unit, a.period, a.since, a.x, a.unit // 2))
    alone = estimate_event_study(a)
    assert paired is not None
    assert alone is not None
    assert paired.clusters == 15
    assert paired.average.estimate.point == pytest.approx(alone.average.estimate.point)
    assert paired.average.estimate.se != alone.average.estimate.se


@pytest.mark.slow
@pytest.mark.parametrize("effect", [0.0, 0.3])
def test_intervals_cover_what_was_planted(effect: float) -> None:
    """On 200 drifting panels the average's interval covers about 95 %, and leads are called unlike in about 5 %."""
    found = [study for seed in range(200) if (study := estimate_event_study(planted(seed, effect))) is not None]
    assert len(found) > 190
    covered = np.mean([s.average.estimate.low <= effect <= s.average.estimate.high for s in found])
    assert covered > 0.90, covered
    assert np.mean([s.leads_p < 0.05 for s in found]) < 0.10


def test_too_few_adopters_are_refused() -> None:
    """Seven adopters are refused; rows without anything before them are counted, not guessed."""
    a = planted(3)
    adopters = np.unique(a.unit[a.since >= 0])
    few = without(a, ~np.isin(a.unit, adopters[7:]))
    assert estimate_event_study(few) is None
    always = a.unit == adopters[0]
    begun = AdoptionPanel(a.y, a.unit, a.period, np.where(always, a.period + 1.0, a.since), a.x, a.cluster)
    study = estimate_event_study(begun)
    assert study is not None
    assert study.not_imputed == int(always.sum())


def cursor(outcome: str, capsys: Captured, tmp_path: Path) -> dict[str, object]:
    """The published panel through the command, with its authors' filter and controls."""
    if not PANEL.exists():
        pytest.skip("the published panel is not part of the repository")
    (tmp_path / "panel.csv").write_bytes(gzip.decompress(PANEL.read_bytes()))
    named = "age,contributors,stars,issues"
    rows = "(event == '' or '2024-08' <= event <= '2025-03')"
    if outcome not in {"lines_added", "commits"}:
        rows += f" and {outcome.rsplit('+', maxsplit=1)[-1]} >= 0"
    command = ["infer", str(tmp_path / "panel.csv"), "--unit", "repo_name", "--period", "time", "--event", "event"]
    command += ["--outcome", outcome, "--controls", f"{named},ncloc", "--log", named, "--where", rows, "--json"]
    assert run(command) == 0
    answer: dict[str, object] = json.loads(capsys.readouterr().out)
    return answer


# Re-estimated from the replication data of He et al. (MSR 2026). This tests arithmetic: adoption there is announced by
# a file, and nothing here says that the tool was the cause.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("outcome", "month", "average"),
    [
        ("lines_added", 2.81, 0.286),
        ("commits", 0.554, 0.034),
        ("bugs+vulnerabilities+code_smells", 0.29, 0.297),
        ("cognitive_complexity", 0.39, 0.407),
    ],
)
def test_published_panel(outcome: str, month: float, average: float, capsys: Captured, tmp_path: Path) -> None:
    """Lines +281 % in month 0 and +28.6 % on average, commits +55.4 %, warnings and complexity as published."""
    answer = cursor(outcome, capsys, tmp_path)
    rows = {row["horizon"]: row for row in answer["event_study"]}  # type: ignore[attr-defined]
    assert rows[0]["estimate"] == pytest.approx(month, abs=0.02)
    assert answer["average_effect"]["estimate"] == pytest.approx(average, abs=0.01)  # type: ignore[index]
