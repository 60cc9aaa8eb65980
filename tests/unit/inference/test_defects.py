"""Reverts against hand-made histories, and the defects estimate against least squares with every dummy."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtr, stdtrit

from analyzer.inference.defects import estimate_defects
from analyzer.inference.grading.defects import defects_verdict
from analyzer.inference.grading.rules import INFORMATIVE, DefectFindings, grade_defects
from analyzer.inference.jackknife import Interval
from analyzer.inference.matching import MatchedComparison
from analyzer.inference.results import Placebo
from analyzer.outcomes.revert_detection import detect_reverts
from analyzer.panel import block_number
from tests.simulated.defects import follow_up_table


def test_a_change_does_not_revert_itself() -> None:
    """A branch whose second commit names its first as reverted: the change of both is not taken back by that."""
    one, two, later = ("a" * 40, "b" * 40, "c" * 40)
    commits = pd.DataFrame(
        {
            "sha": [one, two, later],
            "committed": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"], utc=True).as_unit("s"),
            "message": ["work", f"Undo\n\nThis reverts commit {one}.", f"Undo\n\nThis reverts commit {two}."],
        }
    )
    units = pd.DataFrame(
        {"merged_change": ["m", "s"], "sha": [two, later], "merged": commits["committed"][1:].to_numpy()}
    )
    found = detect_reverts(units, commits, {one: "m", two: "m", later: "s"}, {})
    assert found[["sha", "by", "merged_change"]].to_numpy().tolist() == [[later, "s", "m"]]


def table(seed: int, people: int = 9, weeks: int = 12, effect: float = 0.0) -> pd.DataFrame:
    """Mature changes of people over four-week blocks: marks and reverts drawn with a common base rate of 20 %."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(people):
        for block in range(weeks):
            for _ in range(rng.integers(1, 7)):
                mark = float(rng.random() < 0.4)
                rows.append((f"p{person}", block, mark, float(rng.random() < 0.2 + effect * mark)))
    frame = pd.DataFrame(rows, columns=["person", "block", "ai", "events"])
    frame["when"] = pd.Timestamp("2024-01-08", tz="UTC") + pd.to_timedelta(28 * frame["block"], unit="D")
    frame["when"] = frame["when"].astype("datetime64[s, UTC]")
    return frame


def test_estimate_equals_least_squares_with_cell_dummies() -> None:
    """Risk difference, base rate and jackknife equal those of the regression with one dummy a cell."""
    frame = table(3)

    def slope(part: pd.DataFrame) -> float:
        cell = (part["person"] + " " + block_number(part["when"]).astype(str)).astype("category").cat.codes.to_numpy()
        design = np.column_stack([np.eye(cell.max() + 1)[cell], part["ai"]])
        return float(np.linalg.lstsq(design, part["events"].astype(float), rcond=None)[0][-1])

    found = estimate_defects(frame)
    assert found is not None
    assert found.difference.point == pytest.approx(slope(frame), abs=1e-10)
    refits = [slope(frame[frame["person"] != person]) for person in sorted(frame["person"].unique())]
    se = math.sqrt(8 / 9 * sum((b - slope(frame)) ** 2 for b in refits))
    assert found.difference.se == pytest.approx(se, abs=1e-10)
    varied = frame.groupby(["person", "block"])["ai"].transform("nunique") > 1
    assert found.baseline_risk == pytest.approx(frame.loc[varied & (frame["ai"] == 0), "events"].mean())
    assert (found.people, found.changes) == (9, int(varied.sum()))


def test_ratio_is_mantel_and_haenszels_and_its_interval_inverts_the_test() -> None:
    """Ratio from the textbook sums; at either end of the interval the score is t standard errors away from 0."""
    frame = table(5, people=12, effect=0.15)
    frame["block"] = block_number(frame["when"])
    scores: dict[str, list[tuple[float, float, float]]] = {}
    for (author, _), cell in frame.groupby(["person", "block"]):
        marked, other = cell[cell["ai"] == 1], cell[cell["ai"] == 0]
        a, b, n = marked["events"].sum(), other["events"].sum(), len(cell)
        noise = (a + b) * len(marked) * len(other) / n**2
        scores.setdefault(str(author), []).append((a * len(other) / n, b * len(marked) / n, noise))
    people = np.array([np.sum(cells, axis=0) for cells in scores.values()])
    found = estimate_defects(frame)
    assert found is not None
    assert found.ratio == pytest.approx(people[:, 0].sum() / people[:, 1].sum())

    def away(ratio: float) -> float:
        each = people[:, 0] - ratio * people[:, 1]
        spread = 12 / 11 * ((each - each.mean()) ** 2).sum()
        return float(abs(each.sum()) / math.sqrt(max(spread, ratio * people[:, 2].sum())))

    certain = float(stdtrit(11, 0.975))
    assert away(found.low) == pytest.approx(certain)
    assert away(found.high) == pytest.approx(certain)
    assert found.p == pytest.approx(2 * stdtr(11, -away(1.0)))
    assert (found.p < 0.05) == (not found.low < 1 < found.high)


def test_risk_ratio_may_have_no_upper_end() -> None:
    """One person with nearly all the reverts of other changes: the ratio has no upper end, and is graded unknown."""
    frame = table(2).assign(events=0.0)
    first = frame.index[(frame["person"] == "p0") & (frame["ai"] == 0) & frame["block"].isin(range(4))]
    frame.loc[first, "events"] = 1.0
    found = estimate_defects(frame)
    assert found is not None
    assert math.isinf(found.high)
    assert defects_verdict(found, any_marked=True).grade == "unknown_too_little_history"


def test_planted_and_null_risks() -> None:
    """A doubled risk is inside its interval and found; under the null the interval covers 1 in most of 40 histories."""
    seen = estimate_defects(table(1, people=30, weeks=26, effect=0.2))
    assert seen is not None
    assert seen.low < 2 < seen.high
    verdict = defects_verdict(seen, any_marked=True)
    assert (verdict.grade, verdict.slug) == ("says_little", "says-little")
    covered = [(f := estimate_defects(table(s))) is not None and f.low < 1 < f.high for s in range(40)]
    assert sum(covered) >= 34


def test_what_else_must_agree_before_more_is_called_worse() -> None:
    """The same significant ratio: by line, without labels, and beside placebos that find as much."""
    found = estimate_defects(table(4, people=14, weeks=16, effect=0.25))
    assert found is not None
    assert found.p < 0.05

    def compared(low: float, high: float, *, failed: bool = False) -> MatchedComparison:
        middle = (low + high) / 2
        rest, d = Interval(0.2, 0.02, 0.16, 0.24, 13), Interval(middle, (high - low) / 4, low, high, 13)
        ran = (Placebo.from_interval("other_author", 0.2, 0.1, 0.3),) if failed else ()
        return MatchedComparison(None, 50, 50, 14, "people", ai=rest, other=rest, difference=d, placebos=ran)

    clear, nil, small = compared(0.1, 0.4), compared(-0.1, 0.12), compared(-0.03, 0.05)
    failing = compared(0.1, 0.4, failed=True)
    cases: tuple[tuple[MatchedComparison | None, MatchedComparison | None, MatchedComparison | None, str], ...] = (
        (clear, clear, clear, "says-a-lot"),
        (clear, clear, None, "says-little"),
        (clear, nil, clear, "follow-ups-go-with-size"),
        (clear, compared(-0.4, -0.1), clear, "follow-ups-go-with-size"),
        (clear, clear, small, "follow-ups-by-label"),
        (clear, clear, compared(-0.4, -0.1), "follow-ups-by-label"),
        (failing, clear, clear, "outcome-placebo-failed"),
        (None, None, None, "says-little"),
    )
    for by_change, by_line, label_free, slug in cases:
        verdict = defects_verdict(found, any_marked=True, by_change=by_change, by_line=by_line, label_free=label_free)
        assert verdict.slug == slug
        assert (verdict.grade in INFORMATIVE) == slug.startswith("says-")


def test_too_little_data_is_named() -> None:
    """No reverts, one kind only, nobody marked, and too few people each end in words."""
    frame = table(0)
    assert estimate_defects(frame.assign(events=0.0)) is None
    assert estimate_defects(frame.assign(ai=0.0)) is None
    assert estimate_defects(frame.iloc[:0]) is None
    assert defects_verdict(None, any_marked=False).slug == "no-share-varies"
    assert defects_verdict(None, any_marked=True).slug == "too-few-follow-ups"
    few = defects_verdict(estimate_defects(table(0, people=4)), any_marked=True)
    assert (few.grade, few.slug) == ("unknown_too_little_history", "too-few-follow-ups")
    assert "4 people" in few.sentence


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        (DefectFindings(any_marked=False, people=9), "unknown_not_measurable"),
        (DefectFindings(any_marked=True, people=5, p=0.001, low=2, high=3, smallest=1.1), "unknown_too_little_history"),
        (DefectFindings(any_marked=True, people=9, p=0.01, low=1.2, high=3, smallest=2), "says_little"),
        (DefectFindings(any_marked=True, people=9, p=0.01, low=0.2, high=0.9, smallest=2), "says_little"),
        (DefectFindings(any_marked=True, people=9, p=0.5, low=0.95, high=1.05, smallest=1.1), "says_nothing"),
        (
            DefectFindings(any_marked=True, people=9, p=0.5, low=0.8, high=1.4, smallest=1.31),
            "unknown_too_little_history",
        ),
        (DefectFindings(any_marked=True, people=9, p=0.5, low=0.8, high=1.4, smallest=1.3), "nothing_detected"),
        (DefectFindings(any_marked=True, people=9), "unknown_too_little_history"),
        (DefectFindings(any_marked=True, people=9, p=math.nan, low=math.nan, high=1.0), "unknown_too_little_history"),
    ],
)
def test_rules_of_the_defects_grade(findings: DefectFindings, expected: str) -> None:
    """Each rule with those above it not met."""
    assert grade_defects(findings) == expected


def test_no_detectable_ratio_where_none_would_be_found() -> None:
    """Where one person has nearly all follow-ups no ratio is found four times in five, and none is named."""
    few = follow_up_table(2, 1.0, np.random.default_rng(1))
    found = estimate_defects(few)
    assert found is not None
    assert math.isinf(found.smallest_detectable)
    assert math.isinf(found.high)
