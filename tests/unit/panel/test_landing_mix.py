"""Periods in which a repository lands changes in another way, and panels that are cut there."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyzer.panel import panel_from_changes, regime_starts, split_by_regimes
from analyzer.panel.landing_mix import regime_breaks


def units(kinds: list[str], *, per_period: int = 8, commits: int = 1) -> pd.DataFrame:
    """Units of four people, one kind a period of four weeks, with the third person's marked."""
    first = pd.Timestamp("2024-01-01", tz="UTC")
    rows = [
        (
            f"{k}-{n}",
            kind,
            f"p{n % 4}",
            first + pd.Timedelta(days=28 * k + n),
            n % 4 == 2,
        )
        for k, kind in enumerate(kinds)
        for n in range(per_period)
    ]
    table = pd.DataFrame(rows, columns=["merged_change", "kind", "person", "merged", "ai"])
    return table.assign(ai=table["ai"].astype(float), commits=commits)


def test_regimes_begin_where_landing_changes_at_once() -> None:
    """Merges, then rebases: a cut at that block. A steady mix has none, in 200 histories with bursts."""
    assert len(regime_starts(units(["merge"] * 9 + ["rebase"] * 9))) == 1
    assert regime_starts(units(["merge"] * 18)) == ()
    rng = np.random.default_rng(0)
    cuts = 0
    for _ in range(200):
        blocks = np.repeat(np.arange(36), rng.poisson(9 * rng.gamma(4, 0.25, 36)))
        kinds = pd.Series(np.where(rng.random(len(blocks)) < 0.4, "merge", "session"))
        cuts += bool(regime_breaks(kinds, blocks))
    assert cuts <= 10


def test_nobody_is_compared_across_a_cut() -> None:
    """A person's rows are cut in two, the share of the period before the cut is still known, and nobody is lost."""
    table = units(["merge"] * 9 + ["rebase"] * 9, per_period=12)
    panel = panel_from_changes(table)
    cut = split_by_regimes(panel, regime_starts(table))
    assert (len(panel.people), len(cut.people)) == (4, 8)
    assert cut.person_index.tolist() == [0, 1, 2, 3] * 2
    assert (cut.span.sum(axis=0) == panel.span.sum(axis=0)).all()
    assert not (cut.span[:4] & cut.span[4:]).any()
    assert np.isfinite(cut.recorded_share[4:][cut.span[4:]]).all()
