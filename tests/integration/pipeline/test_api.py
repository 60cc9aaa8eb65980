"""The Python API gives what the command gives, and refuses what the command refuses."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd
import pytest

import analyzer
from analyzer.cli import run
from analyzer.report.contract import AnalysisResult
from tests import api_page

if TYPE_CHECKING:
    from pathlib import Path


MARK = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
CONFIGURATION = """
[tool.aishare]
by = "quarter"
since = 2024-01-02
exclude = ["b.py"]
salt = "a salt of the repository"
"""


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose last commit has a configuration that changes the answer."""
    from tests.conftest import imported
    from tests.planting import Stream

    stream, last = Stream(), 0
    for n in range(40):
        files = {f"{'ab'[n % 2]}.py": [f"line_{k} = {n}" for k in range(5)]}
        files |= {"pyproject.toml": CONFIGURATION.splitlines()} if n == 1 else {}
        mark, by = (MARK, "Ada <ada@example.org>") if n % 3 else ("", "Ben <ben@example.org>")
        last = stream.add(f"work {n}{mark}", files, (last,) if last else (), at=3.0 * n, by=by)
    return imported(tmp_path_factory.mktemp("api") / "r", stream.text)


@pytest.fixture(scope="module")
def result(configured: Path) -> analyzer.Result:
    """Its analysis."""
    return analyzer.analyze(configured, cache=False)


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({}, []),
        ({"since": dt.date(2024, 1, 20), "by": "month"}, ["--since=2024-01-20", "--by=month"]),
        ({"since": "2024-01-20", "as_of": "2024-04-01"}, ["--since=2024-01-20", "--as-of=2024-04-01"]),
        ({"until": dt.datetime(2024, 3, 1, tzinfo=dt.UTC)}, ["--until=2024-03-01"]),
        ({"exclude": ["a.py"], "seed": 5}, ["--exclude=a.py", "--seed=5"]),
        ({"include": ("a.py",), "rev": "HEAD~3"}, ["--include=a.py", "--rev=HEAD~3"]),
    ],
)
def test_analyze_gives_the_bytes_of_the_command(
    configured: Path, capsys: pytest.CaptureFixture[str], settings: dict[str, Any], options: list[str]
) -> None:
    """The commit's `[tool.aishare]` included; a setting wins over it as an option does, dates as text or `date`."""
    assert run(["analyze", str(configured), "--json", "--no-cache", "-q", *options]) == 0
    assert analyzer.analyze(configured, cache=False, **settings).to_json() == capsys.readouterr().out


def test_configuration_of_the_commit_is_honoured(result: analyzer.Result) -> None:
    """Periods are quarters, days before `since` are in no count, and neither is the excluded file."""
    command = result.document.command
    assert (command.by, command.since, command.exclude) == ("quarter", "2024-01-02", ["b.py"])
    assert set(result.shares_by_period()["period"]) == {"2024-Q1", "2024-Q2"}
    shares = result.shares().set_index("id")
    assert shares.loc["commits", "n"] == 20  # 19 of a.py, and the one that brings the configuration
    assert shares.loc["lines_added", "n"] == 19 * 5


def test_the_document_is_the_contract(result: analyzer.Result) -> None:
    """`document` is the struct that the JSON encodes, and the page holds the same sentences."""
    assert isinstance(result.document, AnalysisResult)
    assert msgspec.json.decode(result.to_json(), type=AnalysisResult) == result.document
    assert result.document.verdicts[0].sentence in result.to_html().replace("&#39;", "'")
    assert "marked" in repr(result)
    assert result._repr_html_().startswith("<pre>")


def test_tables_have_a_row_per_entry(result: analyzer.Result) -> None:
    """Structs become rows, nested ones columns; what is missing is NA and never a zero."""
    document = result.document
    shares, outcomes, verdicts = result.shares(), result.outcomes(), result.verdicts()
    assert shares["id"].tolist() == [definition.id for definition in document.share.definitions]
    assert {"title", "unit", "marked", "at_most", "n", "abstained", "estimate_point"} <= set(shares.columns)
    assert shares["marked"].dtype == "Float64"
    assert shares["n"].dtype == "Int64"
    assert shares["estimate_point"].isna().all()
    assert len(result.shares_by_period()) == len(document.share.by_period)
    assert {"period", "definition", "marked", "at_most", "n"} <= set(result.shares_by_period().columns)
    assert outcomes["id"].tolist() == [outcome.id for outcome in document.outcomes or []]
    assert {"marked_value", "unmarked_value", "difference_low", "q", "placebo_id"} <= set(outcomes.columns)
    assert verdicts["outcome"].tolist() == ["throughput", "defects", "quality"]
    assert {"grade", "sentence", "association_per_50_points", "n_people"} <= set(verdicts.columns)


@pytest.mark.parametrize(
    ("settings", "slug"),
    [
        ({"by": "quarters"}, "setting-invalid"),
        ({"until_day": "2024-01-01"}, "setting-invalid"),
        ({"seed": "five"}, "setting-invalid"),
        ({"exclude": 5}, "setting-invalid"),
        ({"seed": -1}, "setting-invalid"),
        ({"rev": "main\0"}, "setting-invalid"),
        ({"style": 1}, "setting-invalid"),
        ({"since": "yesterday"}, "bad-date"),
        ({"as_of": "2024-02-30"}, "bad-date"),
        ({"rev": "nowhere"}, "unknown-revision"),
        ({"since": dt.date(2030, 1, 1)}, "nothing-in-range"),
    ],
)
def test_wrong_settings_are_documented_errors(configured: Path, settings: dict[str, Any], slug: str) -> None:
    """The slug says what is wrong, and there is a fix."""
    with pytest.raises(analyzer.AishareError) as wrong:
        analyzer.analyze(configured, cache=False, **settings)
    assert wrong.value.slug == slug
    assert wrong.value.fix


def test_one_pattern_is_a_list_of_one(configured: Path) -> None:
    """A pattern given as text is that pattern, not its letters."""
    text, listed = (analyzer.analyze(configured, cache=False, exclude=value).to_json() for value in ("a.py", ["a.py"]))
    assert text == listed


@pytest.mark.parametrize("name", api_page.TABLES)
def test_columns_of_a_history_are_the_documented_ones(configured: Path, name: str) -> None:
    """docs/api.md is generated from the same list."""
    table = getattr(analyzer.open_history(configured, cache=False, people_ok=True), name)
    columns = api_page.TABLES[name][1]
    if columns is None:
        columns = [*(column.name for column in api_page.SCHEMAS[name].columns), *api_page.EXTRA.get(name, {})]
    assert isinstance(table, pd.DataFrame)
    assert list(table.columns) == columns
    assert len(table) or name == "function_changes"  # its files hold no function


def test_the_panel_asks_for_consent(configured: Path) -> None:
    """Rows per person come only with `people_ok=True`; people are hashes, never names."""
    with pytest.raises(analyzer.AishareError) as refused:
        _ = analyzer.open_history(configured, cache=False).panel
    assert refused.value.slug == "people-not-ok"
    tables = analyzer.open_history(configured, cache=False, people_ok=True)
    assert tables.panel["person"].nunique() == 2
    for table in (tables.panel, tables.commits, tables.merged_changes):
        assert not table["person"].astype("str").str.contains("Ada|Ben|example", regex=True).any()


def test_charts_are_pictures(result: analyzer.Result) -> None:
    """Each chart that the result can fill gives SVG, PNG and its specification."""
    charts = result.charts()
    assert charts
    assert len({chart.id for chart in charts}) == len(charts)
    for chart in charts[:3]:
        assert chart.svg.startswith("<svg")
        assert "<script" not in chart.svg
        assert chart.png().startswith(b"\x89PNG\r\n")
        assert chart.vega["$schema"].startswith("https://vega.github.io/schema/vega-lite")
        assert chart.alt
