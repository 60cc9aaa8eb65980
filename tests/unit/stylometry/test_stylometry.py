"""The style estimate: features against golden values, functions by hand, planted shares, reasons to abstain."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from analyzer.languages.python import PYTHON
from analyzer.stylometry import features as f
from analyzer.stylometry import training
from analyzer.stylometry.classifier import Scorer, StyleModel, linear_logits, load_model, standardise
from analyzer.stylometry.estimate import BASELINE, RELATIVE_RECALLS, em_prevalence, estimate_ai_share
from analyzer.stylometry.extraction import added_functions
from analyzer.stylometry.prevalence import BINS, Reference, density, estimate_prevalence, mixture_share
from analyzer.stylometry.syntax import parse_function
from tests.conftest import SHARED

if TYPE_CHECKING:
    from tree_sitter import Node


GOLDEN = SHARED / "data" / "golden_functions.jsonl"


RNG = np.random.default_rng


def function_node(source: str) -> Node:
    """The first function of a text."""
    stack = [PYTHON.parser().parse(source.encode()).root_node]
    while stack:
        node = stack.pop(0)
        if node.type == "function_definition":
            return node
        stack += node.named_children
    raise AssertionError(source)


@pytest.mark.skipif(not GOLDEN.exists(), reason="the golden functions (../shared/data) are not here")
def test_golden_features() -> None:
    """Every feature of 54 invented functions, to 1e-9."""
    for line in GOLDEN.read_text("utf-8").splitlines():
        row = json.loads(line)
        node = function_node(" " * row["def_column"] + row["source"])
        known = row["features"]
        found = f.function_features(
            parse_function(node, in_class=row["in_class"], decorators=int(known["n_decorators"]))
        )
        assert found == pytest.approx({name: known[name] for name in found}, abs=1e-9), row["id"]


def test_features_by_hand() -> None:
    """A function small enough to count: names, comments, docstring, constructs."""
    source = '''def get_total(items, rate=2):
    """Return the total."""
    # First, look.

    if items is None:
        return 0  # nothing
    return sum(x * rate for x in items)
'''
    found = f.function_features(parse_function(function_node(source), in_class=False, decorators=0))
    by_hand = {
        "n_lines": 7,
        "n_code_lines": 4,
        "blank_ratio": 1 / 7,
        "comment_line_ratio": 1 / 5,
        "comment_inline_ratio": 1 / 4,
        "comment_step_ratio": 1 / 2,
        "comment_period_ratio": 1 / 2,
        "has_doc": 1,
        "doc_words": 3,
        "doc_first_period": 1,
        "n_params": 2,
        "param_default_ratio": 1 / 2,
        "name_words": 2,
        "id_max_len": 9,
        "guard_ratio": 1,
        "id_single_ratio": 2 / 9,
    }
    assert {name: found[name] for name in by_hand} == pytest.approx(by_hand)
    assert set(found) == set(f.FUNCTION_FEATURES)


def test_the_shipped_model_is_small_and_names_itself() -> None:
    """JSON below 100 kB with the features of this version in order; no number of it is missing."""
    model = load_model()
    for scorer, names in ((model.stored.whole, f.NAMES), (model.stored.paceless, f.PACELESS)):
        assert scorer.features == list(names)
        assert len(scorer.mean) == len(scorer.scale) == len(scorer.coefficients) == len(names)
        assert all(len(row) == BINS for row in scorer.ai)
        assert np.isfinite([*scorer.mean, *scorer.scale, *scorer.coefficients, *scorer.drift]).all()
    assert (len(f.NAMES), len(f.PACELESS)) == (78, 76)
    assert len(model.digest) == 64
    path = Path(training.__file__).with_name("python.json")
    assert path.stat().st_size < 100_000


def labelled(rows: int = 240) -> pd.DataFrame:
    """A table to train on: eight repositories, AI code longer and better commented."""
    rng = RNG(0)
    table = pd.DataFrame(rng.gamma(2.0, 5.0, (rows, len(f.NAMES))), columns=list(f.NAMES))
    ai = np.arange(rows) % 2 == 0
    table["n_lines"] += 20 * ai
    table["repo_id"] = [f"r{n % 8}" for n in range(rows)]
    table["label"] = np.where(ai, "ai_disclosed", np.where(np.arange(rows) % 3 == 0, "undisclosed", "human_pre2021"))
    table["date"] = np.where(ai, "2025-06", np.where(table["label"] == "undisclosed", "2022-01", "2019-05"))
    return table.assign(commit_group=np.arange(rows) // 2)


def test_training_is_scikit_learns_and_repeats() -> None:
    """The stored model scores as scikit-learn's does, and the same table gives the same bytes."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    table = labelled()
    mean, scale, coefficients, intercept = training.fit(table, f.NAMES)
    values = table[list(f.NAMES)].to_numpy(float)
    z = standardise(values, mean, scale)
    y = training.positives(table)
    size = table.groupby(["repo_id", "label"])["date"].transform("size").to_numpy(float) ** -0.5
    weight = np.where(y, size / size[y].sum(), size / size[~y].sum()) * len(y) / 2
    other = LogisticRegression(C=training.STRENGTH, max_iter=2_000).fit(z, y, sample_weight=weight)
    assert linear_logits(values, mean, scale, coefficients, intercept) == pytest.approx(
        other.decision_function(z), abs=1e-8
    )
    both = [training.folds(table), training.folds(table.sample(frac=1, random_state=1))]
    assert both[0] == both[1]
    assert sorted(repo for fold in both[0] for repo in fold) == sorted(table["repo_id"].unique())


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=60))
def test_density_sums_to_one_and_is_positive(scores: list[float]) -> None:
    """It sums to 1 and is nowhere 0, whatever the scores."""
    found = density(np.array(scores))
    assert found.sum() == pytest.approx(1)
    assert (found > 0).all()


def sampled(mean: float, n: int, seed: int) -> list[np.ndarray]:
    """Commits of three functions with normal scores."""
    return list(RNG(seed).normal(mean, 1.2, (n, 3)))


REFERENCE = Reference(
    ai=np.array([density(RNG(n).normal(1.6 + 0.1 * n, 1.2, 4_000)) for n in range(5)]),
    pooled=density(RNG(9).normal(1.8, 1.2, 20_000)),
    drift=np.array([-0.2, -0.1, 0.0, 0.1, 0.2]),
)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 1.0])
def test_planted_shares_are_found(share: float) -> None:
    """The interval holds what was planted, in 38 of 40 draws and more, and the point is near it on average."""
    held, points = 0, []
    for seed in range(40):
        marked = round(100 * share)
        goal = sampled(1.8, marked, 2 * seed) + sampled(-1.5, 100 - marked, 2 * seed + 1)
        found = estimate_prevalence(goal, sampled(-1.5, 100, 1_000 + seed), REFERENCE, seed, draws=60)
        assert found.low <= found.point <= found.high
        held += found.low <= share <= found.high
        points.append(found.point)
    assert held >= 38
    assert np.mean(points) == pytest.approx(share, abs=0.05)
    assert mixture_share(np.full(BINS, 1 / BINS), REFERENCE.pooled, REFERENCE.pooled) == 0


def test_expectation_maximisation_agrees() -> None:
    """Log likelihood ratios of two known densities give the share back."""
    rng = RNG(1)
    x = np.r_[rng.normal(1, 1, 3_000), rng.normal(-1, 1, 7_000)]
    assert em_prevalence(2 * x) == pytest.approx(0.3, abs=0.02)


class Scored(Scorer, frozen=True):
    """A shipped model's reference, with scores that stand in the table."""

    def logits(self, table: pd.DataFrame) -> np.ndarray:
        """Column `logit`, or `paceless` where the table has one and the model is without pace."""
        name = "paceless" if len(self.features) < 78 and "paceless" in table else "logit"
        found: np.ndarray = table[name].to_numpy(float)
        return found


def scored() -> StyleModel:
    """The shipped model with both scorers replaced."""
    stored = load_model().stored
    both = (Scored(**structs.asdict(scorer)) for scorer in (stored.whole, stored.paceless))
    return StyleModel(structs.replace(stored, **dict(zip(("whole", "paceless"), both, strict=True))), "x")


def drawn(commits: list[np.ndarray], when: str, *, ai: bool = False, name: str = "c") -> pd.DataFrame:
    """A table of functions with given scores."""
    rows = [(f"{name}{n}", score) for n, commit in enumerate(commits) for score in commit]
    table = pd.DataFrame(rows, columns=["sha", "logit"])
    return table.assign(ai=ai, person="a", authored=pd.Timestamp(when, tz="UTC"))


def said(sample: pd.DataFrame, base: pd.DataFrame, clock: str = "2026-06-01") -> tuple[str | None, float | None]:
    """Slug and point of an estimate."""
    found = estimate_ai_share(sample, base, scored(), pd.Timestamp(clock, tz="UTC"), 0)
    assert (found.point is None) == (found.abstained is not None)
    if found.point is not None and found.low is not None and found.high is not None:
        assert 0 <= found.low <= found.point <= found.high <= 1
        assert [rate for rate, *_ in found.sensitivity] == list(RELATIVE_RECALLS)
        assert all(low >= found.low - 1e-12 for _, low, _ in found.sensitivity)
    return found.abstained, found.point


def test_reasons_to_abstain() -> None:
    """Too few functions, no baseline, a stale model, a failed placebo, methods that disagree: each by its slug."""
    human, before = sampled(-2.5, 60, 1), drawn(sampled(-2.5, 60, 2), "2020-01-01", name="b")
    late = drawn(human, "2025-01-01")
    assert said(late, before)[1] == pytest.approx(0, abs=0.05)
    assert said(late.head(40), before)[0] == "style-too-few-functions"
    assert said(late[late["sha"].isin(["c1", "c2"])], before)[0] == "style-too-few-functions"
    assert said(late, before.head(39))[0] == "style-no-baseline"
    assert said(late, before, clock="2028-01-01")[0] == "style-model-stale"
    halves = pd.concat([drawn([c], "2020-01-01", name=f"b{n:03}") for n, c in enumerate(sampled(0, 60, 3))])
    order = sorted(halves["sha"].unique())
    halves.loc[halves["sha"].isin(order[0::2]), "logit"] += 4
    halves.loc[halves["sha"].isin(order[1::2]), "logit"] -= 4
    assert said(late, halves)[0] == "style-placebo-failed"


def test_estimate_reports_pace_and_people() -> None:
    """A point that pace decides gets both intervals; one author's part and new people's are known."""
    before = drawn(sampled(-2.5, 60, 2), "2020-01-01", name="b")
    late = drawn(sampled(-2.5, 60, 1), "2025-01-01")
    clock = pd.Timestamp("2026-06-01", tz="UTC")
    calm = estimate_ai_share(late, before, scored(), clock, 0)
    assert (calm.paced, calm.basis.busiest_person, calm.basis.new_people) == (False, 1.0, 0.0)
    some = np.arange(len(late)) % 4 == 0
    busy = late.assign(paceless=late["logit"] + np.where(some, 4.5, 0.0), person=np.where(some, "b", "c"))
    found = estimate_ai_share(busy, before.assign(paceless=before["logit"]), scored(), clock, 0)
    assert found.paced
    assert found.paceless == pytest.approx(0.25, abs=0.08)
    assert found.point == calm.point
    assert found.high is not None
    assert calm.high is not None
    assert found.high > calm.high + 0.1
    assert (found.basis.busiest_person, found.basis.new_people) == (0.75, 1.0)
    empty = late.head(0)
    assert estimate_ai_share(empty, before.head(0), scored(), clock, 0).abstained == "style-other-language"


def test_marked_functions_count_whole() -> None:
    """The estimate is of all functions read: marked ones count whole."""
    before = drawn(sampled(-2.5, 60, 2), "2020-01-01", name="b")
    late = drawn(sampled(-2.5, 60, 1), "2025-01-01")
    marked = drawn(sampled(2, 60, 5), "2025-01-01", ai=True, name="m")
    assert said(pd.concat([late, marked]), before)[1] == pytest.approx(1 / 2, abs=0.05)
    assert BASELINE[0] < pd.Timestamp("2020-01-01", tz="UTC") < BASELINE[1]


BODY = "".join(f"        value_{n} = compute_value(first, second, {n})\n" for n in range(6))


BLOB = f"""class Thing:
    def method(self, first, second):
{BODY}        return value_1

def outer(first, second):
    def inner(first, second):
{BODY}        return value_2
    return inner

def short(first):
    return first

if True:
    def guarded(first, second):
{BODY}        return value_3
""".encode()


def found_at(added: list[tuple[int, int]], written: list[tuple[int, int]] | None = None) -> list[int]:
    """First lines of the functions that are found."""
    return [c.line for c in added_functions(PYTHON, BLOB, added, added if written is None else written)]


def test_functions_wholly_added() -> None:
    """Outermost ones inside one run, long enough, and written rather than moved."""
    lines = BLOB.count(b"\n")
    assert found_at([(1, lines)]) == [2, 11, 26]
    assert found_at([(2, 8)]) == [2]
    assert found_at([(3, 7)]) == []
    assert found_at([(2, 4), (6, 30)]) == [11, 26]
    assert found_at([(1, lines)], [(11, 30)]) == [11, 26]
    assert found_at([(1, lines)], []) == []
    assert list(added_functions(PYTHON, b"def broken(:\n" + BODY.encode(), [(1, 20)], [(1, 20)])) == []


@given(st.binary(max_size=200))
def test_no_blob_breaks_the_reader(blob: bytes) -> None:
    """Any bytes give functions or none, with finite features."""
    for tail in (b"", b"\n" + BLOB):
        for candidate in added_functions(PYTHON, blob + tail, [(1, 500)], [(1, 500)]):
            assert np.isfinite(list(f.function_features(candidate.function).values())).all()
