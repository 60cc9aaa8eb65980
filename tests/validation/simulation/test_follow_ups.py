"""The verdict on follow-ups on simulated tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from analyzer.inference.durability import durable_probability
from analyzer.inference.event_comparison import compare_events
from analyzer.inference.grading.defects import DefectsVerdict, defects_verdict
from analyzer.outcomes.follow_ups import follow_up_lines, follow_ups, half_rewritten_or_reverted
from analyzer.outcomes.history_view import OutcomeInputs
from tests.planting import DAY
from tests.sizes import sized


def drawn(
    rng: np.random.Generator,
    *,
    ratio: float = 1.0,
    longer: float = 1.0,
    labels: tuple[float, float] = (0.7, 0.7),
    follows: float = 0.0,
    people: int = 10,
) -> OutcomeInputs:
    """Tables of a history in which lines of marked changes have `ratio` times the hazard to be removed within 90 days.

    longer: how many times as long marked changes are. labels: part of the removals called fixes, by marked and by other
    commits. follows: how much more often marked commits remove lines of marked changes.
    """
    n = people * 130
    who, day = rng.integers(0, people, n), np.sort(rng.uniform(0, 728, n))
    ai = rng.random(n) < np.clip(rng.normal(0.4, 0.15, people), 0.1, 0.9)[who]
    size = np.ceil(rng.lognormal(2.5, 0.9, n) * np.where(ai, longer, 1.0)).astype(int)
    sha = np.array([f"{k:040x}" for k in range(n)])
    hazard = 0.012 * rng.lognormal(0, 0.3, people)[who] * np.where(ai, ratio, 1.0)
    gone = rng.binomial(size, np.minimum(hazard * rng.gamma(0.5, 2.0, n), 1))
    # Each loss is some later commit's, marked or not; agents follow agents.
    wanted = np.where(rng.random(n) < np.where(ai, 0.4 + follows, 0.4 - follows), 1, 0).astype(bool)
    later = np.searchsorted(day, day + rng.uniform(1, 80, n))
    killer = np.array([next((k for k in range(at, min(at + 60, n)) if ai[k] == want), -1)
                       for at, want in zip(later, wanted, strict=True)])  # fmt: skip
    hit = (gone > 0) & (killer >= 0) & (np.append(day, np.inf)[killer] < day + 90)
    fix = rng.random(n) < np.where(ai, *labels)
    start = pd.Timestamp("2023-01-02", tz="UTC")
    when = (start + pd.Series(pd.to_timedelta(day * DAY, unit="s"))).astype("datetime64[s, UTC]")
    every = pd.DataFrame({"sha": sha, "committed": when, "message": np.where(fix, "fix: it", "go on")})
    born = pd.DataFrame({"born_sha": sha, "path": "m.py", "died_sha": None, "lines": size - np.where(hit, gone, 0)})
    died = pd.DataFrame({"born_sha": sha, "path": "m.py", "died_sha": sha[killer], "lines": gone})[hit]
    lifetimes = pd.concat([born, died], ignore_index=True).assign(cosmetic=0, path_class="code")
    authors = np.array([f"p{k}" for k in who])
    units = pd.DataFrame(
        {"merged_change": sha, "sha": sha, "kind": "session", "merged": when, "person": authors, "commits": 1}
    )
    return OutcomeInputs(
        commits=pd.DataFrame({"sha": sha, "person": authors, "when": when, "ai": ai}),
        lifetimes=lifetimes[lifetimes["lines"] > 0],
        file_changes=None,
        merged_changes=units.assign(ai=ai.astype(float)),
        merged_change_of=dict(zip(sha, sha, strict=True)),
        change_of_lines=dict(zip(sha, sha, strict=True)),
        all_commits=every,
        as_of=start + pd.Timedelta(days=820),
    )


def judged_verdict(seen: OutcomeInputs) -> DefectsVerdict:
    """The defects verdict, as the pipeline comes to it."""
    change, line, bare = (measure(seen) for measure in (follow_ups, follow_up_lines, half_rewritten_or_reverted))
    assert change is not None
    assert line is not None
    assert bare is not None
    by_change, by_line, label_free = (compare_events(table) for table in (change, line, bare))
    return defects_verdict(
        by_change.ratio, any_marked=True, by_change=by_change, by_line=by_line, label_free=label_free
    )


def rejected(hits: int, trials: int, most: float) -> bool:
    """Whether an exact one-sided test at 1 % rejects that at most this part hits."""
    return bool(binom.sf(hits - 1, trials, most) < 0.01)


@pytest.mark.slow
@sized(20, 300)
def test_longer_changes_of_one_hazard_are_not_called_worse(trials: int) -> None:
    """Three times as long, the same hazard a line: followed up far more often by change, and no finding."""
    rng, worse, ratios = np.random.default_rng(21), 0, []
    for _ in range(trials):
        verdict = judged_verdict(drawn(rng, longer=3.0))
        assert verdict.estimates is not None
        ratios.append(verdict.estimates.ratio)
        worse += verdict.grade == "says_little"
    assert np.median(ratios) > 1.6  # by change alone it would be told as worse
    assert not rejected(worse, trials, 0.05)


@pytest.mark.slow
@sized(60, 300)
def test_wording_of_fixes_is_no_finding(monkeypatch: pytest.MonkeyPatch, trials: int) -> None:
    """Marked commits say `fix` half as often again and follow marked changes: without an effect nothing is found."""
    rng, worse = np.random.default_rng(22), 0
    weighed, bare = [], []
    for trial in range(trials):
        seen = drawn(rng, labels=(0.9, 0.6), follows=0.25)
        verdict = judged_verdict(seen)
        worse += verdict.grade == "says_little"
        if trial < 60:
            assert verdict.estimates is not None
            weighed.append(verdict.estimates.ratio)
            with monkeypatch.context() as plain:
                plain.setattr("analyzer.outcomes.follow_ups.fix_label_ratio", lambda *_: 1.0)
                found = judged_verdict(replace(seen)).estimates  # a copy, which has derived nothing yet
            assert found is not None
            bare.append(found.ratio)
    assert not rejected(worse, trials, 0.05)
    assert abs(np.median(weighed) - 1) < 0.06 < np.median(bare) - 1  # unweighed, words alone look like defects


@pytest.mark.slow
@sized(20, 300)
@pytest.mark.parametrize("ratio", [0.6, 1.0, 1.8])
def test_planted_hazards_of_follow_up_are_covered(ratio: float, trials: int) -> None:
    """By line: the interval holds what the same chances give without the draw of the marks."""
    rng, covered = np.random.default_rng(23), 0
    truth = []
    found = []
    for _ in range(trials):
        table = follow_up_lines(drawn(rng, ratio=ratio))
        assert table is not None
        comparison = compare_events(table)
        assert comparison.difference is not None
        assert comparison.other is not None
        found.append(comparison.difference)
        truth.append(comparison.difference.point)
    centre = float(np.mean(truth))
    covered = sum(d.low <= centre <= d.high for d in found)
    assert np.sign(round(centre, 3)) == np.sign(ratio - 1)
    assert binom.cdf(covered, trials, 0.93) >= 0.01


def test_young_changes_count_by_their_chance_to_last() -> None:
    """Kaplan and Meier by hand: of four old changes one is half gone on day 10; a change of day 5 lasts with 3/4."""
    clock = pd.Timestamp("2024-06-01", tz="UTC")
    ages = {"a": 100, "b": 100, "c": 100, "d": 100, "young": 5, "back": 100, "slow": 100}
    rows: list[tuple[object, ...]] = [(key, clock - pd.Timedelta(days=age), 5, pd.NA) for key, age in ages.items()]
    rows += [("a", clock - pd.Timedelta(days=100), 5, 10.0), ("slow", clock - pd.Timedelta(days=100), 4, 10.0)]
    shipped = pd.DataFrame(rows, columns=["key", "when", "lines", "days"]).astype({"days": "Float64"})
    found = durable_probability(shipped, {"back"}, clock)
    assert found.drop("young").to_dict() == {"a": 0, "b": 1, "c": 1, "d": 1, "back": 0, "slow": 1}
    # At risk on day 10: a, b, c, d, slow (back ended on day 0, young is censored on day 5).
    assert found["young"] == pytest.approx(4 / 5)
