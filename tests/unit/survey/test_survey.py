"""Asking a random sample of changes: the draw, the intervals against simulated teams, and the sheet."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from analyzer.errors import UsageError
from analyzer.survey.estimator import estimate_from_answers
from analyzer.survey.sampling import MARKED, UNMARKED, allocate, assign_strata, draw_sample
from analyzer.survey.sheet import parse_filled_sheet
from tests.sizes import sized

if TYPE_CHECKING:
    from analyzer.survey.estimator import Survey


CHANGES, ASKED = 2_000, 200


class Team(NamedTuple):
    """Who uses AI, who says so, and who answers."""

    use: float
    recall: float = 0.7
    precision: float = 1.0
    both: float = 0.0
    answer: tuple[float, float] = (1.0, 1.0)  # of changes without AI, and with


def units(declared: np.ndarray) -> pd.DataFrame:
    """Table `units` of one change an hour."""
    n = len(declared)
    merged = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(np.arange(n), unit="h")
    table = pd.DataFrame({"merged_change": [f"u{k}" for k in range(n)], "sha": "x", "merged": merged})
    return table.assign(
        merged=table["merged"].astype("datetime64[s, UTC]"),
        label=np.where(declared, "marked", "unmarked"),
        ai=declared.astype(float),
    )


def asked(team: Team, rng: np.random.Generator) -> tuple[float, Survey, Survey]:
    """True share of one history, what a sample of it says, and what one without labels would say."""
    ai = rng.random(CHANGES) < team.use
    false_marks = team.use * team.recall * (1 - team.precision) / (team.precision * (1 - team.use))
    declared = np.where(ai, rng.random(CHANGES) < team.recall, rng.random(CHANGES) < false_marks)
    truth = np.where(ai & (rng.random(CHANGES) < team.both), 0.5, ai.astype(float))
    found = []
    for known in (declared, np.zeros(CHANGES, bool)):
        table = units(known)
        sheet = draw_sample(table, pd.Series(rng.integers(1, 300, CHANGES), index=table["merged_change"]), ASKED, rng)
        answers = sheet["merged_change"].map(pd.Series(truth, index=table["merged_change"]))
        speaks = rng.random(len(sheet)) < np.where(answers > 0, team.answer[1], team.answer[0])
        found.append(estimate_from_answers(sheet.assign(answer=answers.where(speaks))))
    return float(truth.mean()), found[0], found[1]


def few(covered: int, trials: int) -> bool:
    """Whether an exact one-sided test at 1 % rejects that 93 % are covered."""
    return bool(binom.cdf(covered, trials, 0.93) < 0.01)


@pytest.mark.slow
@sized(60, 300)
@pytest.mark.parametrize(
    "team",
    [
        Team(0.05),
        Team(0.2),
        Team(0.5),
        Team(0.8),
        Team(0.35, precision=0.9, both=0.3, answer=(0.7, 0.7)),
        Team(0.5, recall=0.0),
        Team(0.3, recall=0.3, precision=0.3),  # marks that mislead do not bias
    ],
)
def test_the_interval_covers(team: Team, trials: int) -> None:
    """Over simulated histories, where those who answer are like those who do not."""
    rng = np.random.default_rng(7)
    covered, worst, widths, plain = 0, 0, 0.0, 0.0
    for _ in range(trials):
        truth, found, alone = asked(team, rng)
        assert found.share is not None
        assert alone.share is not None
        covered += found.share.low <= truth <= found.share.high
        worst += found.bounds[0] <= truth <= found.bounds[1]
        widths += found.share.high - found.share.low
        plain += alone.share.high - alone.share.low
    assert not few(covered, trials)
    assert not few(worst, trials)
    if team in (Team(0.2), Team(0.5), Team(0.8)):  # marks of recall .7 and precision 1
        assert widths / plain < 0.7
    if team.precision < 0.5:
        assert widths / plain < 1.1


@pytest.mark.slow
@sized(30, 100)
def test_silence_that_speaks_is_inside_the_bounds(trials: int) -> None:
    """Where users of AI answer half as often, the interval misses and the bounds do not."""
    rng = np.random.default_rng(8)
    inside = covered = 0
    for _ in range(trials):
        truth, found, _ = asked(Team(0.5, recall=0.2, answer=(0.95, 0.5)), rng)
        inside += found.bounds[0] <= truth <= found.bounds[1]
        covered += found.share is not None and found.share.low <= truth <= found.share.high
    assert inside >= 0.99 * trials
    assert covered < 0.5 * trials


@given(st.lists(st.integers(1, 500), min_size=1, max_size=4), st.integers(1, 300))
def test_every_question_is_used(counts: list[int], size: int) -> None:
    """The parts add up to the size, none is asked about more changes than it has, none is left out."""
    names = [MARKED, UNMARKED, f"{UNMARKED}, a", f"{UNMARKED}, b"][: len(counts)]
    known = dict(zip(names, counts, strict=True))
    found = allocate(known, size)
    assert sum(found.values()) == min(size, sum(counts))
    assert all(0 <= found[name] <= n for name, n in known.items())
    assert size < len(counts) or all(found.values())


def test_every_change_of_a_stratum_has_the_same_chance() -> None:
    """Drawn over and over; and each draw has all sizes and periods."""
    rng, table = np.random.default_rng(3), units(np.arange(60) % 6 == 0)
    lines = pd.Series(np.arange(60)[::-1], index=table["merged_change"])
    drawn = [draw_sample(table, lines, 24, rng) for _ in range(600)]
    times = pd.concat(drawn)["merged_change"].value_counts().reindex(table["merged_change"]).fillna(0)
    chance = times / len(drawn)
    for name in (MARKED, UNMARKED):
        own = chance[(assign_strata(table) == name).to_numpy()]
        expected = float((drawn[0]["stratum"] == name).sum()) / len(own)
        assert own.sub(expected).abs().max() < 4 * np.sqrt(expected / len(drawn))
    for sheet in drawn[:50]:
        sizes = lines.reindex(sheet["merged_change"]) // 20
        assert sizes.value_counts().reindex(range(3)).min() >= 5


def test_style_splits_the_silent_alone() -> None:
    """A third that looks most like AI stands apart; declared and unread changes stay where they are."""
    table = units(np.arange(90) < 30)
    scores = pd.Series(np.arange(80.0), index=table["merged_change"].iloc[:80])
    found = assign_strata(table, scores).value_counts().to_dict()
    assert found == {
        MARKED: 30,
        UNMARKED: 10,
        f"{UNMARKED}, like AI style": 17,
        f"{UNMARKED}, unlike AI style": 33,
    }
    assert set(assign_strata(table, scores.iloc[:40])) == {MARKED, UNMARKED}  # ten silent ones are too few to split


def test_answers_by_hand() -> None:
    """All asked: no interval is left. Without an answer: unknown, and anything is possible."""
    sheet = pd.DataFrame({"stratum": [MARKED] * 2 + [UNMARKED] * 3, "changes": [2, 2, 3, 3, 3]})
    sheet["asked"] = sheet["changes"]
    found = estimate_from_answers(sheet.assign(answer=[1.0, 0.5, 0.0, 0.0, 1.0]))
    assert found.share == pytest.approx((0.5, 0.5, 0.5))
    assert found.recall == pytest.approx((0.6, 0.6, 0.6))
    assert found.both_ends == pytest.approx((0.4, 0.6))
    assert found.bounds == pytest.approx((0.5, 0.5))
    silent = estimate_from_answers(sheet.assign(answer=[1.0, 0.5, np.nan, np.nan, np.nan]))
    assert (silent.share, silent.recall) == (None, None)
    assert silent.bounds == pytest.approx((0.3, 0.9))


ROWS = [
    ["merged_change", "commit", "merged", "title", "answer", "stratum", "changes", "asked"],
    ["pr:1", "abc", "", "a; b, c", " AI ", "marked", "9", "2"],
    ["pr:2", "abc", "", "x", "40 %", "unmarked", "20", "4"],
    ["pr:3", "abc", "", "x", "Both", "unmarked", "20", "4"],
    ["pr:4", "abc", "", "x", "12,5", "unmarked", "20", "4"],
    ["pr:5", "abc", "", "x", "?", "unmarked", "20", "4"],
]


@pytest.mark.parametrize(("comma", "end", "mark"), [(",", "\r\n", ""), (";", "\n", "\ufeff"), ("\t", "\r", "")])
def test_a_sheet_comes_back_from_any_spreadsheet(comma: str, end: str, mark: str) -> None:
    """Commas, semicolons, tabs, their line ends and byte order mark."""
    text = mark + end.join(comma.join(f'"{cell}"' for cell in row) for row in [*ROWS, [""] * 8])
    table = parse_filled_sheet(text.encode(), "x.csv")
    pd.testing.assert_frame_equal(parse_filled_sheet(text.removeprefix("\ufeff").encode("utf-16"), "x.csv"), table)
    assert table["answer"].fillna(-1).tolist() == [1.0, 0.4, 0.5, 0.125, -1]
    assert estimate_from_answers(table).strata[0].sampled == 2


@pytest.mark.parametrize(
    ("row", "cell", "value", "why"),
    [
        (1, 4, "probably", "Row 2: probably is no answer"),
        (1, 4, "130 %", "Row 2"),
        (2, 0, "pr:1", "pr:1 stands in two rows"),
        (2, 6, "21", "do not agree"),
        (2, 7, "3", "do not agree"),
        (1, 6, "-1", "not what aishare wrote"),
        (0, 5, "x", "no column stratum"),
    ],
)
def test_a_sheet_that_was_changed_is_refused(row: int, cell: int, value: str, why: str) -> None:
    """Each time with the place."""
    rows = [list(cells) for cells in ROWS]
    rows[row][cell] = value
    text = "\n".join(",".join(f'"{cell}"' for cell in cells) for cells in rows)
    with pytest.raises(UsageError, match=why):
        parse_filled_sheet(text.encode(), "x.csv")


@given(st.binary(max_size=200))
def test_no_file_breaks_the_reader(contents: bytes) -> None:
    """A sheet or a clear refusal."""
    for begin in (b"", b"unit,answer,stratum,changes,asked\n"):
        with contextlib.suppress(UsageError):
            parse_filled_sheet(begin + contents, "x")
