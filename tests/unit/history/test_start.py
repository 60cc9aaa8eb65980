"""Where following lines starts."""

from __future__ import annotations

import pandas as pd
import pytest

from analyzer.history import start
from analyzer.history.start import FollowedHistory, first_date, followed_from


def day(text: str) -> pd.Timestamp:
    """An instant."""
    return pd.Timestamp(text, tz="UTC")


def test_lines_are_needed_from_a_year_before_the_first_mark_or_two_before_ai_tools() -> None:
    """Whichever is earlier, and earlier still where the user asks."""
    nothing = pd.Series([], dtype="datetime64[us, UTC]")
    assert first_date(nothing) == day("2019-06-30")
    assert first_date(pd.Series([day("2024-05-01")])) == day("2019-06-30")
    assert first_date(pd.Series([day("2024-05-01"), day("2019-01-01")])) == day("2018-01-01")
    assert first_date(nothing, [day("2015-01-01").to_pydatetime()]) == day("2015-01-01")


PARENTS: dict[bytes, list[bytes]] = {
    b"a": [],
    b"b": [b"a"],
    b"c": [b"a"],
    b"d": [b"b"],
    b"e": [b"d", b"c"],
    b"f": [b"e"],
}
DATES = ["2019-01-01", "2019-02-01", "2019-03-01", "2020-02-01", "2020-03-01", "2018-01-01"]


def dates(texts: list[str]) -> pd.Series:
    """Committer dates of the commits."""
    return pd.Series([day(text) if text else pd.NaT for text in texts], index=[sha.decode() for sha in PARENTS])


def test_recent_commits_start_from_a_chain_of_old_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both forks are starts, one after the other; a recent commit with a false date stays recent."""
    monkeypatch.setattr(start, "_MIN_OLD_COMMITS", 1)
    followed = followed_from(PARENTS, dates(DATES), day("2020-01-01"))
    assert followed.starts == 2
    assert dict(followed.parents) == {
        b"b": [],
        b"c": [b"b"],
        b"d": [b"b"],
        b"e": [b"d", b"c"],
        b"f": [b"e"],
    }
    assert followed.start_ids == ["b", "c"]


def test_undated_commits_are_old_only_among_old_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit without a date never makes another one recent, and is recent itself after a recent one."""
    monkeypatch.setattr(start, "_MIN_OLD_COMMITS", 1)
    followed = followed_from(PARENTS, dates(["", *DATES[1:5], ""]), day("2020-01-01"))
    assert list(followed.parents) == [b"b", b"c", b"d", b"e", b"f"]


@pytest.mark.parametrize("since", ["2018-06-01", "2030-01-01"])
def test_whole_history_is_followed_where_nothing_or_all_is_old(since: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first commit, and after the last one."""
    monkeypatch.setattr(start, "_MIN_OLD_COMMITS", 1)
    assert followed_from(PARENTS, dates(DATES), day(since)) == FollowedHistory(PARENTS)


def test_small_histories_are_followed_whole() -> None:
    """Three old commits cost nothing."""
    assert followed_from(PARENTS, dates(DATES), day("2020-01-01")) == FollowedHistory(PARENTS)
