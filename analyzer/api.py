"""The Python API, for notebooks and scripts: `analyze` and `open_history`, with tables as DataFrames.

It calls what the command line calls, so a repository gets the same answer from both, byte for byte.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pandas as pd
from threadpoolctl import threadpool_limits

from analyzer.config import Settings
from analyzer.core.cachedir import default_cache_dir
from analyzer.errors import UsageError
from analyzer.pipeline import dumps
from analyzer.pipeline.answer_cache import analyze_cached
from analyzer.pipeline.configured_repository import open_configured
from analyzer.pipeline.load import load_history
from analyzer.report.charts import FIGURES
from analyzer.report.charts.picture import Picture, picture
from analyzer.report.contract import Outcome, ShareDefinition, SharePeriod
from analyzer.report.contract_breakdowns import BreadthMonth, BreakdownGroup
from analyzer.report.contract_verdicts import Verdict
from analyzer.report.renderers import html, json, terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.pipeline.configured_repository import ConfiguredRepository
    from analyzer.pipeline.load import History
    from analyzer.report.contract import AnalysisResult as Document


# Missing is NA in every one of them.
_DTYPES: dict[object, str] = {float: "Float64", int: "Int64", bool: "boolean", str: "str"}


def analyze(path: str | Path = ".", *, cache: bool = True, **settings: Any) -> Result:
    """Analyse the repository that holds `path`; the answer is that of `aishare analyze PATH --json`.

    Parameters
    ----------
    path : any folder of a clone, or a bare repository.
    cache : use and fill the user's cache folder, as the command does; False reads the whole history anew.
    settings : since, until, as_of (a date, or text as YYYY-MM-DD), by, rev, include, exclude, seed, style, effort,
        transcripts, config: the options of the command, over the configuration of the analysed commit; usage and
        treatment as in docs/usage.md;
        repo_config=False ignores that configuration and the commit's other settings, as --no-repo-config does;
        whole_history=True follows the lines of all years; structure_files=0 compares no functions, as --no-structure.

    Raises `errors.AishareError`, with a slug and a fix, where a setting is wrong or no share can be computed.
    """
    opened = _opened(path, settings)
    # One thread, as the command: the last digits of a sum depend on the number of threads.
    with threadpool_limits(1, user_api="blas"):
        return Result(analyze_cached(opened, cache_dir=default_cache_dir() if cache else None).result)


def open_history(
    path: str | Path = ".", *, cache: bool = True, people_ok: bool = False, **settings: Any
) -> HistoryTables:
    """Read the history of the repository that holds `path` into DataFrames; see `HistoryTables`.

    Parameters are those of `analyze`. `people_ok` opens the table `panel`, which has a row per person and four weeks.
    """
    opened = _opened(path, settings)
    return HistoryTables(load_history(opened, default_cache_dir() if cache else None), people_ok)


@dataclass(frozen=True, slots=True)
class HistoryTables:
    """The tables of one history. People are keyed hashes; columns are documented in docs/api.md.

    Settings that select files (include, exclude) apply to all tables, a date range applies to `panel` alone.
    """

    _history: History
    _people_ok: bool

    @property
    def commits(self) -> pd.DataFrame:
        """One row per commit, as `aishare dump commits`."""
        return dumps.commit_table(self._history)

    @property
    def labels(self) -> pd.DataFrame:
        """One row per commit: what its marks say, and which tools and models they name."""
        return self._history.labels

    @property
    def file_changes(self) -> pd.DataFrame:
        """One row per (commit, file), as `aishare dump file_changes`.

        A merge has rows for the files in which it wrote or dropped lines itself. Raises `NoShareError` where file
        contents are missing.
        """
        return self._history.required_lines().changes

    @property
    def function_changes(self) -> pd.DataFrame:
        """One row per (commit, file, function that the commit touches), as `aishare dump function_changes`.

        Of a sample of commits where a history is long. Raises `NoShareError` where file contents are missing.
        """
        return dumps.function_change_table(self._history)

    @property
    def merged_changes(self) -> pd.DataFrame:
        """One row per merged change, as `aishare dump merged_changes`."""
        return self._history.merged_changes

    @property
    def lifetimes(self) -> pd.DataFrame:
        """One row per (commit, file, removing commit): lines born, and what removed them.

        Raises `NoShareError` where file contents are missing.
        """
        return self._history.required_lines().lifetimes

    @property
    def panel(self) -> pd.DataFrame:
        """One row per person and four weeks, as `aishare dump panel`; needs `open_history(..., people_ok=True)`."""
        if not self._people_ok:
            raise UsageError(
                "people-not-ok",
                "The table panel has a row for every person and four weeks.",
                "It is for estimating, not for rating anyone; if that is understood, pass people_ok=True.",
            )
        return dumps.person_panel(self._history)

    def __repr__(self) -> str:
        """Name the repository, the commit and the tables."""
        repository = self._history.repository
        tables = "commits, labels, file_changes, function_changes, merged_changes, lifetimes, panel"
        return f"<HistoryTables of {repository.name}@{repository.head[:7]}: {tables}>"


@dataclass(frozen=True, slots=True)
class Result:
    """The answer for one repository; `document` is the JSON contract as typed structs."""

    document: Document

    def shares(self) -> pd.DataFrame:
        """One row per definition of the AI share: the marked share, the estimate if any, and n."""
        return _table(self.document.share.definitions, ShareDefinition)

    def shares_by_period(self) -> pd.DataFrame:
        """One row per (definition, period)."""
        return _table(self.document.share.by_period, SharePeriod)

    def outcomes(self) -> pd.DataFrame:
        """One row per outcome: marked and unmarked changes, their difference and its placebo."""
        return _table(self.document.outcomes or [], Outcome)

    def verdicts(self) -> pd.DataFrame:
        """One row per verdict: its grade, its sentence and the figures behind it."""
        return _table(self.document.verdicts, Verdict)

    def breakdowns(self) -> pd.DataFrame:
        """One row per (breakdown, group): people, changes and marked shares; the outcomes of groups are left out."""
        every = [(b.id, group) for b in self.document.breakdowns for group in b.groups or []]
        table = _table([group for _, group in every], BreakdownGroup)
        table.insert(0, "breakdown", pd.Series([id_ for id_, _ in every], dtype="str"))
        return table

    def breadth(self) -> pd.DataFrame:
        """One row per month: active people, and how many of them had a marked change; NA where too few are active."""
        return _table(self.document.breadth, BreadthMonth)

    def charts(self) -> list[Picture]:
        """Every chart that this result can fill, each with `svg`, `png()` and `vega`."""
        pictures = (picture(figure, self.document) for figure in FIGURES)
        return [one for one in pictures if one is not None]

    def to_json(self) -> str:
        """Return what `aishare analyze --json` prints."""
        return json.render(self.document)

    def to_html(self) -> str:
        """Return the self-contained page that `aishare analyze -o report.html` writes."""
        return html.render(self.document)

    def __repr__(self) -> str:
        """Show the first screen."""
        return terminal.render(self.document)

    def _repr_html_(self) -> str:
        """Show the first screen in a notebook."""
        from html import escape

        return f"<pre>{escape(terminal.render(self.document))}</pre>"


def _opened(path: str | Path, settings: dict[str, Any]) -> ConfiguredRepository:
    """Open the repository with settings that are known and of the right type."""
    flags = {key: _plain(key, value) for key, value in settings.items() if value is not None}
    if unknown := sorted(flags.keys() - set(Settings.__struct_fields__)):
        raise UsageError(
            "setting-invalid",
            f"There is no setting {', '.join(unknown)}.",
            f"The settings are {', '.join(Settings.__struct_fields__)}.",
        )
    try:
        checked = msgspec.convert(flags, Settings)
    except msgspec.ValidationError as reason:
        raise UsageError("setting-invalid", f"A setting is wrong: {reason}.", "See help(analyzer.analyze).") from None
    if checked.seed < 0:
        raise UsageError("setting-invalid", f"The seed {checked.seed} is negative.", "Pass 0 or a positive number.")
    if "\0" in checked.rev:
        raise UsageError("setting-invalid", "The revision holds a NUL.", "Name a branch, a tag or a commit id.")
    return open_configured(str(path), {key: getattr(checked, key) for key in flags})


def _plain(key: str, value: object) -> object:
    """Return dates and paths as text, and one pattern as a list of one."""
    if key in {"include", "exclude"} and isinstance(value, str):
        return [value]
    if isinstance(value, dt.datetime):
        value = value.date()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple | set | frozenset) else value


def _table(structs: Iterable[object], kind: type) -> pd.DataFrame:
    """One row per struct: nested structs become columns `outer_inner`, lists are left out, missing is NA."""
    columns = {"_".join(path): (path, dtype) for path, dtype in _columns(kind, ())}
    rows = list(structs)
    return pd.DataFrame(
        {name: pd.Series([_field(row, path) for row in rows], dtype=dtype) for name, (path, dtype) in columns.items()}
    )


def _columns(kind: type, prefix: tuple[str, ...]) -> Iterable[tuple[tuple[str, ...], str]]:
    """Paths and pandas types of all fields that hold one value."""
    for name, hint in get_type_hints(kind).items():
        options = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
        path = (*prefix, name)
        for option in options:
            if is_dataclass(option) or hasattr(option, "__struct_fields__"):
                yield from _columns(option, path)
            elif get_origin(option) is Literal or option in _DTYPES:
                # A placebo passed, failed or could not run: text and truth values share a column.
                yield path, "object" if "not_runnable" in get_args(option) else _DTYPES.get(option, "str")
                break


def _field(struct: object, path: tuple[str, ...]) -> object:
    for name in path:
        struct = None if struct is None else getattr(struct, name)
    return struct
