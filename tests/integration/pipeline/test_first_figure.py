"""The first figure of a run: the numbers of the whole analysis, before a line is followed."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.errors import NoShareError
from analyzer.pipeline.commit_history import read_commit_history
from analyzer.pipeline.configured_repository import open_configured
from analyzer.pipeline.first_figure import DAYS, FirstFigure, MarkedShare, first_figure
from analyzer.pipeline.run import analyze
from tests.conftest import git

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult


def figure_of(path: Path, **flags: object) -> FirstFigure | None:
    """The first figure of a repository."""
    opened = open_configured(str(path), flags)
    return first_figure(read_commit_history(opened.repository, opened.settings))


def shares(result: AnalysisResult) -> dict[str, tuple[int | None, float | None]]:
    """How many there are, and the marked share, of merged changes and commits, over the whole range."""
    return {d.id: (d.n, d.marked) for d in result.share.definitions if d.id in {"merged_changes", "commits"}}


def pair(share: MarkedShare) -> tuple[int, float | None]:
    """How many there are, and the marked share."""
    return share.n, share.marked


@pytest.mark.parametrize("flags", [{}, {"as_of": "2024-09-15"}, {"until": "2024-10-03"}, {"since": "2024-06-10"}])
def test_figure_equals_the_whole_analysis(fixture_repos: dict[str, Path], flags: dict[str, object]) -> None:
    """Of the same range, and of each month in it; the demo has no cherry-picks."""
    figure = figure_of(fixture_repos["demo"], **flags)
    assert figure is not None
    whole = flags | {"since": figure.since, "until": figure.until}
    counted = shares(analyze(open_configured(str(fixture_repos["demo"]), whole)).result)
    assert counted["merged_changes"] == pytest.approx(pair(figure.merged_changes))
    assert counted["commits"] == pytest.approx(pair(figure.commits))
    of_year = flags | {"until": figure.until}
    by_month: dict[tuple[str, str], Any] = {
        (row.definition, row.period): (row.n, row.marked)
        for row in analyze(open_configured(str(fixture_repos["demo"]), of_year)).result.share.by_period
    }
    assert len(figure.months) == 12
    assert figure.months[-1].month == figure.until[:7]
    for month in figure.months:
        for unit, share in (("merged_changes", month.merged_changes), ("commits", month.commits)):
            assert by_month.get((unit, month.month), (0, None)) == pytest.approx(pair(share)), (unit, month.month)


def history(path: Path, days: list[int]) -> Path:
    """A repository with one unmarked change on each of these days after 2025-01-01, and a marked last one."""
    git("init", "--quiet", "--initial-branch=main", path)
    stream = b""
    for n, day in enumerate(days):
        when = 1_735_732_800 + day * 86_400 + n % 10 * 3_600
        message = b"c%d\n" % n
        if n == len(days) - 1:
            message += b"\nCo-Authored-By: Claude <noreply@anthropic.com>\n"
        stream += b"commit refs/heads/main\ncommitter A <a@example.org> %d +0000\ndata %d\n%s\n" % (
            when,
            len(message),
            message,
        )
    git("-C", path, "fast-import", "--quiet", stdin=stream)
    return path


def test_range_is_ninety_days_or_a_hundred_changes(tmp_path: Path) -> None:
    """Whichever is longer; of few changes, all."""
    busy = figure_of(history(tmp_path / "busy", list(range(200))))
    assert busy is not None
    assert (busy.days, busy.since, busy.until) == (None, "2025-04-11", "2025-07-19")
    assert pair(busy.merged_changes) == (100, 0.01)
    busier = figure_of(history(tmp_path / "busier", [day for day in range(200) for _ in range(2)]))
    assert busier is not None
    assert (busier.days, busier.merged_changes.n) == (DAYS, 180)
    assert busier.sentence() == "90 days to 2025-07-19: 0.6\u202f% of 180 merged changes are marked as AI".replace(
        "\u202f", " "
    )
    slow = figure_of(history(tmp_path / "slow", [0, 300]))
    assert slow is not None
    assert slow.sentence() == "From 2025-01-01 to 2025-10-28: 50 % of 2 merged changes are marked as AI"
    assert [month.merged_changes.n for month in slow.months] == [0, 0, 1, *[0] * 8, 1]


def test_settings_that_need_lines_have_no_figure(fixture_repos: dict[str, Path]) -> None:
    """Which commits --include selects is known only when lines are followed."""
    assert figure_of(fixture_repos["demo"], include=("*.py",)) is None
    assert figure_of(fixture_repos["demo"], exclude=("*.py",)) is None


def test_history_without_dates_has_no_figure(tmp_path: Path) -> None:
    """Nothing is recent, or old."""
    path = tmp_path / "undated"
    git("init", "--quiet", "--initial-branch=main", path)
    git(
        "-C",
        path,
        "fast-import",
        "--quiet",
        stdin=b"commit refs/heads/main\ncommitter A <a@b.org> 0 +0000\ndata 1\nx\n",
    )
    assert figure_of(path) is None


def test_figure_is_known_before_lines_are_followed(fixture_repos: dict[str, Path]) -> None:
    """It is called back once, and with the same numbers as by itself."""
    seen: list[object] = []
    analyze(
        open_configured(str(fixture_repos["demo"]), {}),
        progress=lambda stage, *_: seen.append(stage),
        on_first_figure=seen.append,
    )
    expected = figure_of(fixture_repos["demo"])
    assert seen.count(expected) == 1
    assert seen.index(expected) < seen.index("following lines")


@pytest.mark.parametrize("as_of", ["0001-01-01", "0001-03-02", "1969-12-31", "9999-12-31"])
def test_dates_at_the_ends_of_the_calendar_end_no_run(fixture_repos: dict[str, Path], as_of: str) -> None:
    """Years that have no name, and a range that would begin before the first one."""
    figure = figure_of(fixture_repos["demo"], as_of=as_of)
    assert (figure is None) == (as_of < "1970")


def test_empty_range_has_a_sentence(fixture_repos: dict[str, Path]) -> None:
    """The analysis itself then refuses."""
    flags = {"since": "2031-01-01", "as_of": "2031-03-01"}
    figure = figure_of(fixture_repos["demo"], **flags)
    assert figure is not None
    assert figure.sentence() == "From 2031-01-01 to 2031-03-01: no merged changes"
    with pytest.raises(NoShareError):
        analyze(open_configured(str(fixture_repos["demo"]), flags))


@pytest.mark.parametrize("options", [(), ("-q",)])
def test_a_terminal_shows_the_sentence_on_stderr(
    fixture_repos: dict[str, Path], tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Not with --quiet, and never on stdout."""
    terminal, end = os.openpty()
    command = [
        sys.executable,
        "-m",
        "analyzer",
        "analyze",
        str(fixture_repos["demo"]),
        "--no-cache",
        "--json",
        *options,
    ]
    environment = os.environ | {"COLUMNS": "120", "TERM": "xterm"}
    shown = b""
    with (
        (tmp_path / "out.json").open("wb") as out,
        subprocess.Popen(command, stdout=out, stderr=end, env=environment) as process,
    ):
        os.close(end)
        with suppress(OSError):  # so a pseudo-terminal says that nobody writes to it any more
            while chunk := os.read(terminal, 1 << 16):
                shown += chunk
    os.close(terminal)
    assert process.returncode == 0
    assert (b"merged changes are marked as AI" in shown) == (not options)
    assert b"merged changes are marked as AI" not in (tmp_path / "out.json").read_bytes()
