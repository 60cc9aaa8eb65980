"""Event study: equal to regressions with every dummy, by whole clusters, and refused without enough adopters."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analyzer.inference.event_study import AdoptionPanel, estimate_event_study
from tests.simulated.adoption import adoption_panel


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
    a = adoption_panel(1, effect=0.4)
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
    a = adoption_panel(2)
    paired = estimate_event_study(AdoptionPanel(a.y, a.unit, a.period, a.since, a.x, a.unit // 2))
    alone = estimate_event_study(a)
    assert paired is not None
    assert alone is not None
    assert paired.clusters == 15
    assert paired.average.estimate.point == pytest.approx(alone.average.estimate.point)
    assert paired.average.estimate.se != alone.average.estimate.se


def test_too_few_adopters_are_refused() -> None:
    """Seven adopters are refused; rows without anything before them are counted, not guessed."""
    a = adoption_panel(3)
    adopters = np.unique(a.unit[a.since >= 0])
    few = without(a, ~np.isin(a.unit, adopters[7:]))
    assert estimate_event_study(few) is None
    always = a.unit == adopters[0]
    begun = AdoptionPanel(a.y, a.unit, a.period, np.where(always, a.period + 1.0, a.since), a.x, a.cluster)
    study = estimate_event_study(begun)
    assert study is not None
    assert study.not_imputed == int(always.sum())
