"""Sums over the cells of a panel against sums over all of authors × periods."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analyzer.inference.linalg.observed_cells import Support


@given(st.data(), st.integers(1, 6), st.integers(1, 7), st.integers(0, 4))
def test_sums_are_those_of_the_whole_panel(data: st.DataObject, authors: int, periods: int, batch: int) -> None:
    """Authors and periods without a cell are left out, and everything else stays where it was."""
    observed = data.draw(arrays(bool, (authors, periods)))
    panel = np.random.default_rng(0).normal(size=(batch, authors, periods)) * observed
    support = Support.of(observed)
    cells = support.from_panel(panel)
    assert cells.shape == (batch, observed.sum())
    np.testing.assert_array_equal(support.to_panel(cells), panel)
    kept = panel[:, observed.any(axis=1)][:, :, observed.any(axis=0)]
    np.testing.assert_array_equal(support.to_grid(cells), kept)
    np.testing.assert_allclose(support.reduce_by_person(cells), kept.sum(axis=2), atol=1e-12)
    np.testing.assert_allclose(support.sum_by_period(cells), kept.sum(axis=1), atol=1e-12)
    largest = np.where(observed, panel, -np.inf).max(axis=2)[:, observed.any(axis=1)]
    np.testing.assert_array_equal(support.reduce_by_person(cells, np.maximum), largest)
    of_author, of_period = support.broadcast_people(kept.sum(axis=2)), support.broadcast_periods(kept.sum(axis=1))
    both = kept.sum(axis=2)[:, :, None] + kept.sum(axis=1)[:, None]
    np.testing.assert_array_equal(of_author + of_period, both[:, support.person, support.period])
