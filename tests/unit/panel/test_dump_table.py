"""Table `panel`: writing and reading it gives the same panel, whatever the order of its rows."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analyzer.panel import Panel, panel_from_changes, split_by_regimes
from analyzer.panel.dump_table import COLUMNS, panel_from_dump, table_from_panel
from analyzer.simulation.panels import World, generate_panel
from validation.worlds import changes_from_panel

# Fields that a table of one row per person and period does not need: nothing sets them before a panel is estimated.
UNSET = {"usage", "lag", "person_of_row", "covariates"}


def history_panel(seed: int, *, contents: bool) -> Panel:
    """The panel of simulated changes, with or without what is known from file contents."""
    changes = changes_from_panel(generate_panel(World(9, periods=15), seed), seed)
    if not contents:
        return panel_from_changes(changes.drop(columns="lines_added"))
    rng = np.random.default_rng(seed)
    probability = pd.Series(rng.random(len(changes)), index=changes["merged_change"])
    return panel_from_changes(changes, probability[rng.random(len(changes)) < 0.8])


def assert_same(one: Panel, two: Panel) -> None:
    """Every field is equal, so that every figure is."""
    for field in fields(Panel):
        first, second = getattr(one, field.name), getattr(two, field.name)
        if field.name == "size_sums":
            assert first.keys() == second.keys()
            first, second = ([pair for v in sums.values() for pair in v] for sums in (first, second))
        np.testing.assert_array_equal(first, second, err_msg=field.name)


@pytest.mark.parametrize("contents", [True, False])
@pytest.mark.parametrize("cuts", [(), (5,), (4, 9)])
def test_dumped_panel_is_read_back(cuts: tuple[int, ...], contents: bool) -> None:
    """All fields are the same, split into the same regimes, also from shuffled rows."""
    panel = history_panel(len(cuts), contents=contents)
    regimes = tuple(panel.periods[k] for k in cuts)
    table = table_from_panel(panel, regimes)
    assert tuple(table.columns) == COLUMNS
    compared = panel.from_comparison_start()
    assert set(table.loc[table["eligible"] == 1, "person"]) == set(compared.select_eligible().people)
    assert set(table.loc[table["eligible"] == 1, "period"]) <= set(compared.periods)
    again, starts = panel_from_dump(table.sample(frac=1, random_state=1))
    assert_same(panel, again)
    assert_same(split_by_regimes(panel, regimes), split_by_regimes(again, starts))


def test_every_field_of_a_panel_is_written() -> None:
    """A new field of `Panel` needs columns here, or `infer` gives another figure than `analyze`."""
    panel = history_panel(0, contents=True)
    unset = {field.name for field in fields(Panel) if getattr(panel, field.name) is None}
    assert unset == UNSET - {"lag"}
    for name in {field.name for field in fields(Panel)} - UNSET - {"people", "periods", "candidates", "span", "days"}:
        value = getattr(panel, name)
        changed = {k: (a + 1, b) for k, (a, b) in value.items()} if name == "size_sums" else value + 1
        more: dict[str, Any] = {name: changed}
        table = table_from_panel(replace(panel, **more), ())
        assert not table.equals(table_from_panel(panel, ())), name


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("unit", "somebody", "person and the number of a regime"),
        ("unit", "somebody/x", "person and the number of a regime"),
        ("period", "2024-01-03", "four weeks apart"),
        ("period", "later", "later"),
    ],
)
def test_tables_that_were_not_dumped_are_refused(column: str, value: str, says: str) -> None:
    """A unit without a regime, and periods that are none."""
    panel = history_panel(0, contents=True)
    table = table_from_panel(panel, ())
    table.loc[3, column] = value
    with pytest.raises(ValueError, match=says):
        panel_from_dump(table)
