"""Tests of gaming: each trick is found where it was planted, none where nothing was done, and the verdict heeds two."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pandas as pd
import pytest

from analyzer.inference.goodhart import VARIANTS, fired_variants, flag_gaming, tests
from analyzer.inference.goodhart.comparisons import GamingEvidence, GamingInputs, marked_move
from analyzer.inference.grading.throughput import throughput_verdict
from analyzer.inference.results import Goodhart, GoodhartFlag
from analyzer.simulation.panels import World, generate_panel
from validation.gaming_worlds import TRICKS, GamedWorld, gaming_inputs


def test_the_variants_are_those_of_the_method() -> None:
    """Each of the generator's tricks has its test."""
    assert {variant.id for variant in VARIANTS} == set(TRICKS)


def test_gaming_tests_without_a_target_day() -> None:
    """They say so; what needs no day runs, and a target's value is needed for shares that gather below it."""
    whole = gaming_inputs(GamedWorld("padding"), 0)
    bare = flag_gaming(dataclasses.replace(whole, day=None, target=None), announced=False)
    ran = {flag.variant for flag in bare.flags if flag.flagged is not None}
    assert ran == {"regressional", "extremal"}
    assert all(flag.note for flag in bare.flags if flag.flagged is None)
    no_value = flag_gaming(dataclasses.replace(whole, target=None), announced=False)
    assert next(f for f in no_value.flags if f.variant == "bunching").flagged is None


def test_gaming_tests_of_degenerate_data() -> None:
    """No changes, no lines, a day before or after everything, everybody marked, nobody marked."""
    whole = gaming_inputs(GamedWorld(), 1)
    changes = whole.changes
    first, last = changes["when"].min(), changes["when"].max()
    odd = (
        dataclasses.replace(whole, changes=changes.iloc[:0]),
        dataclasses.replace(whole, changes=changes.assign(lines=np.nan, padding=np.nan)),
        dataclasses.replace(whole, day=first - pd.Timedelta(days=90)),
        dataclasses.replace(whole, day=last + pd.Timedelta(days=90)),
        dataclasses.replace(whole, changes=changes.assign(ai=1.0)),
        dataclasses.replace(whole, changes=changes.assign(ai=0.0)),
        dataclasses.replace(whole, changes=changes.assign(lines=0)),
    )
    for strange in odd:
        for flag in flag_gaming(strange, announced=True).flags:
            assert flag.flagged in {None, True, False}
            assert flag.value is None or np.isfinite(flag.value)


def test_the_difference_since_the_day_is_the_regressions() -> None:
    """Marked minus others within person and side, before and since, by least squares with a dummy for each."""
    g = gaming_inputs(GamedWorld("padding"), 2)
    found = g.gap_since("padding")
    assert found is not None
    cell = (g.changes["person"] + g.since_day.astype(str)).to_numpy()
    dummies = np.equal.outer(cell, np.unique(cell)).astype(float)
    ai, since = g.changes["ai"].to_numpy(), g.since_day.to_numpy(float)
    design = np.column_stack([ai, ai * since, dummies])
    beta = np.linalg.lstsq(design, g.changes["padding"].to_numpy(), rcond=None)[0]
    assert found[0].point == pytest.approx(beta[0])
    assert found[1].point == pytest.approx(beta[1])


def test_gaming_test_below_its_threshold_is_not_flagged() -> None:
    """A value below the floor fires nothing, however sure it is; nor does one without what goes with it."""
    sure = GamingEvidence(0.001, 0.0005, 0.0015, 1e-9, holds=True)
    alone = GamingEvidence(5.0, 4.0, 6.0, 1e-9, holds=False)
    for sign in (sure, alone):
        variants = tuple(dataclasses.replace(v, test=functools.partial(_always, sign)) for v in VARIANTS)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("analyzer.inference.goodhart.VARIANTS", variants)
            assert not fired_variants(
                flag_gaming(GamingInputs(generate_panel(World(6), 0), pd.DataFrame()), announced=True)
            )


def test_without_a_target_nothing_is_flagged() -> None:
    """What fires is a divergence: no flag, and no reason for a grade."""
    inputs = gaming_inputs(GamedWorld("padding"), 0)
    for announced in (True, False):
        result = flag_gaming(inputs, announced=announced)
        padding = next(flag for flag in result.flags if flag.variant == "padding")
        assert (padding.flagged, padding.diverges) == (announced, True)
        assert fired_variants(result) == (("padding",) if announced else ())
        assert result.label == ("goodhart" if announced else "divergence")
        assert all((flag.flagged is None) == (flag.diverges is None) for flag in result.flags)


@pytest.mark.parametrize("column", ["padding", "size"])
def test_a_gap_that_only_others_move_is_no_evidence(column: str) -> None:
    """The others come to resemble marked changes, as unmarked AI changes do: the gap moves, marked changes do not."""
    honest = gaming_inputs(GamedWorld(), 3)
    changes = honest.changes.assign(size=np.log1p(honest.changes["lines"]))
    since = honest.since_day
    others = since & (changes["ai"] == 0)
    marked = since & (changes["ai"] > 0)
    for moved, step, by_marked in ((others, 1.0, False), (marked, -1.0, True)):
        table = changes.assign(**{column: changes[column] + step * moved})
        inputs = dataclasses.replace(honest, changes=table)
        gaps, shift = inputs.gap_since(column), inputs.marked_shift(column)
        assert gaps is not None
        assert shift is not None
        move = marked_move(gaps[1], shift, -1.0)
        assert move.gap.low > 0.5
        assert move.marked_moved is by_marked


def test_shift_of_marked_changes_is_the_regressions() -> None:
    """Since the day minus before, within person, by least squares with a dummy for each."""
    inputs = gaming_inputs(GamedWorld("padding"), 2)
    marked = inputs.changes[inputs.changes["ai"] > 0]
    person = marked["person"].to_numpy()
    since = (marked["when"] >= inputs.day).to_numpy(float)
    design = np.column_stack([since, np.equal.outer(person, np.unique(person)).astype(float)])
    expected = np.linalg.lstsq(design, marked["padding"].to_numpy(), rcond=None)[0][0]
    shift = inputs.marked_shift("padding")
    assert shift is not None
    assert shift.point == pytest.approx(expected)


def test_marks_that_come_by_the_week_do_not_alternate() -> None:
    """Weeks with and without marks are no swing between odd and even weeks; marks in every second week are."""
    honest = gaming_inputs(GamedWorld(), 0)
    changes = honest.changes
    week = (changes["when"] - changes["when"].min()).dt.days // 7
    person = pd.factorize(changes["person"])[0]
    by_week = np.random.default_rng(0).random((person.max() + 1, int(week.max()) + 1)) < 0.5
    p = []
    for marked in (by_week[person, week], ((week + week // 4 + person) % 2 == 0).to_numpy()):
        evidence = tests.regressional(dataclasses.replace(honest, changes=changes.assign(ai=marked.astype(float))))
        assert isinstance(evidence, GamingEvidence)
        p.append(evidence.p)
    assert p[0] > 0.05
    assert p[1] < 0.01


def _always(sign: GamingEvidence, _: GamingInputs) -> GamingEvidence:
    return sign


def test_flags_on_the_same_evidence_count_once() -> None:
    """Splitting and spreading marks are read off the same sizes: one piece of evidence; padding is another."""
    numbers = (9.0, 8.0, 10.0, 1e-9, 1e-9)
    by = {v.id: GoodhartFlag(v.id, v.title, v.unit, bool(v.id), *numbers, v.floor, "") for v in VARIANTS}
    same = fired_variants(Goodhart("goodhart", None, [by["label_inflation"], by["splitting"]]))
    assert same == ("label_inflation",)
    both = fired_variants(Goodhart("goodhart", None, [by["padding"], by["splitting"]]))
    assert both == ("padding", "splitting")
    panel = generate_panel(World(20), 0)
    assert throughput_verdict(panel, n_permutations=99, gaming_flags=same).grade != "misleading"
    told = throughput_verdict(panel, n_permutations=99, gaming_flags=both)
    assert (told.grade, told.slug) == ("misleading", "gamed")
    assert "may have been inflated (padding, splitting)" in told.sentence
    assert throughput_verdict(generate_panel(World(4), 0), n_permutations=99, gaming_flags=both).grade.startswith(
        "unknown"
    )
