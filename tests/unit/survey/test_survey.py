"""Asking a random sample of changes: the draw, the intervals against simulated teams, and the sheet."""

from __future__ import annotations

import contextlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.errors import UsageError
from analyzer.survey.estimator import estimate_from_answers
from analyzer.survey.sampling import MARKED, UNMARKED, allocate, assign_strata
from analyzer.survey.sheet import parse_filled_sheet
from tests.simulated.survey import units


@given(st.lists(st.integers(1, 500), min_size=1, max_size=4), st.integers(1, 300))
def test_sample_allocation_uses_every_question(counts: list[int], size: int) -> None:
    """The parts add up to the size, none is asked about more changes than it has, none is left out."""
    names = [MARKED, UNMARKED, f"{UNMARKED}, a", f"{UNMARKED}, b"][: len(counts)]
    known = dict(zip(names, counts, strict=True))
    found = allocate(known, size)
    assert sum(found.values()) == min(size, sum(counts))
    assert all(0 <= found[name] <= n for name, n in known.items())
    assert size < len(counts) or all(found.values())


def test_style_splits_only_unmarked_changes() -> None:
    """A third that looks most like AI stands apart; marked and unread changes stay where they are."""
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


def test_survey_estimate_by_hand() -> None:
    """All asked: no interval is left. Without an answer: unknown, and anything is possible."""
    sheet = pd.DataFrame({"stratum": [MARKED] * 2 + [UNMARKED] * 3, "changes": [2, 2, 3, 3, 3]})
    sheet["sampled"] = sheet["changes"]
    found = estimate_from_answers(sheet.assign(answer=[1.0, 0.5, 0.0, 0.0, 1.0]))
    assert found.share == pytest.approx((0.5, 0.5, 0.5))
    assert found.recall == pytest.approx((0.6, 0.6, 0.6))
    assert found.both_ends == pytest.approx((0.4, 0.6))
    assert found.bounds == pytest.approx((0.5, 0.5))
    silent = estimate_from_answers(sheet.assign(answer=[1.0, 0.5, np.nan, np.nan, np.nan]))
    assert (silent.share, silent.recall) == (None, None)
    assert silent.bounds == pytest.approx((0.3, 0.9))


ROWS = [
    ["merged_change", "commit", "merged", "title", "answer", "stratum", "changes", "sampled"],
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


def test_a_column_added_by_the_team_is_ignored() -> None:
    """A team that adds a column called unit, as columns were called before, keeps its merged changes."""
    header, row = "merged_change,answer,stratum,changes,sampled,unit,asked", "pr:1,AI,marked,1,1,Sales,99"
    (parsed,) = parse_filled_sheet(f"{header}\n{row}\n".encode(), "sheet.csv").to_dict("records")
    assert (parsed["merged_change"], parsed["sampled"]) == ("pr:1", 1)


@given(st.binary(max_size=200))
def test_no_file_breaks_the_reader(contents: bytes) -> None:
    """A sheet or a clear refusal."""
    for begin in (b"", b"unit,answer,stratum,changes,asked\n", b"merged_change,answer,stratum,changes,sampled\n"):
        with contextlib.suppress(UsageError):
            parse_filled_sheet(begin + contents, "x")
