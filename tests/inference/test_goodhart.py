"""Tests of gaming: each trick is found where it was planted, none where nothing was done, and the verdict heeds two."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pandas as pd
import pytest

from analyzer.inference.goodhart import VARIANTS, Flag, Goodhart, flagged
from analyzer.inference.goodhart.comparisons import Grounds, Sign
from analyzer.inference.grading.throughput import throughput_verdict
from analyzer.simulation.panels import World, generate
from validation.gaming_worlds import TRICKS, Gamed, Trick, grounds


def flags(world: Gamed, seed: int) -> dict[str, Flag]:
    """Every flag on one simulated history."""
    return {flag.variant.id: flag for flag in flagged(grounds(world, seed), announced=True).flags}


def test_the_variants_are_those_of_the_method() -> None:
    """Each of the generator's tricks has its test."""
    assert {variant.id for variant in VARIANTS} == set(TRICKS)


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_is_found(trick: Trick) -> None:
    """In five of six histories of 25 people and two years at least (`make gates` runs 300)."""
    hits = sum(flags(Gamed(trick), seed)[trick].fired is True for seed in range(6))
    assert hits >= 5


def test_nothing_done_is_nothing_found() -> None:
    """Longer marked changes, adoption and a target that nobody minds: at most one flag in ten histories."""
    found = [flag for seed in range(10) for flag in flags(Gamed(), seed).values()]
    assert sum(flag.fired is True for flag in found) <= 1
    assert all(flag.fired is not None for flag in found)


def test_without_a_day_most_tests_do_not_run() -> None:
    """They say so; what needs no day runs, and a target's value is needed for shares that gather below it."""
    whole = grounds(Gamed("padding"), 0)
    bare = flagged(dataclasses.replace(whole, day=None, target=None), announced=False)
    ran = {flag.variant.id for flag in bare.flags if flag.fired is not None}
    assert ran == {"regressional", "extremal"}
    assert all(flag.note for flag in bare.flags if flag.fired is None)
    no_value = flagged(dataclasses.replace(whole, target=None), announced=False)
    assert next(f for f in no_value.flags if f.variant.id == "bunching").fired is None


def test_nothing_to_compare_is_no_crash() -> None:
    """No changes, no lines, a day before or after everything, everybody marked, nobody marked."""
    whole = grounds(Gamed(), 1)
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
        for flag in flagged(strange, announced=True).flags:
            assert flag.fired in {None, True, False}
            assert flag.sign is None or np.isfinite(flag.sign.value)


def test_the_difference_since_the_day_is_the_regressions() -> None:
    """Marked minus others within person and side, before and since, by least squares with a dummy for each."""
    g = grounds(Gamed("padding"), 2)
    found = g.gap_since("padding")
    assert found is not None
    cell = (g.changes["author"] + g.after.astype(str)).to_numpy()
    dummies = np.equal.outer(cell, np.unique(cell)).astype(float)
    ai, since = g.changes["ai"].to_numpy(), g.after.to_numpy(float)
    design = np.column_stack([ai, ai * since, dummies])
    beta = np.linalg.lstsq(design, g.changes["padding"].to_numpy(), rcond=None)[0]
    assert found[0].point == pytest.approx(beta[0])
    assert found[1].point == pytest.approx(beta[1])


def test_small_things_do_not_fire() -> None:
    """A value below the floor fires nothing, however sure it is; nor does one without what goes with it."""
    sure = Sign(0.001, 0.0005, 0.0015, 1e-9, holds=True)
    alone = Sign(5.0, 4.0, 6.0, 1e-9, holds=False)
    for sign in (sure, alone):
        variants = tuple(dataclasses.replace(v, test=functools.partial(_always, sign)) for v in VARIANTS)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("analyzer.inference.goodhart.VARIANTS", variants)
            assert not flagged(Grounds(generate(World(6), 0), pd.DataFrame()), announced=True).fired


def _always(sign: Sign, _: Grounds) -> Sign:
    return sign


def test_two_flags_on_different_evidence_mislead() -> None:
    """Splitting and spreading marks are read off the same sizes: one piece of evidence; padding is another."""
    sign = Sign(9.0, 8.0, 10.0, 1e-9, holds=True)
    by = {v.id: Flag(v, sign, 1e-9, fired=True, note="") for v in VARIANTS}
    same = Goodhart((by["label_inflation"], by["splitting"]), None, announced=True)
    assert same.fired == ("label_inflation",)
    both = Goodhart((by["padding"], by["splitting"]), None, announced=True)
    assert both.fired == ("padding", "splitting")
    panel = generate(World(20), 0)
    assert throughput_verdict(panel, swaps=99, gamed=same.fired).grade != "misleading"
    told = throughput_verdict(panel, swaps=99, gamed=both.fired)
    assert (told.grade, told.slug) == ("misleading", "gamed")
    assert "consistent with gaming: padding, splitting" in told.sentence
    assert throughput_verdict(generate(World(4), 0), swaps=99, gamed=both.fired).grade.startswith("unknown")
