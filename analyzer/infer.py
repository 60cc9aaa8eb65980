"""A panel the user brings → verdict on throughput, with every way it can be malformed said plainly."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd

from analyzer.errors import UsageError
from analyzer.inference.models import LOG1P, PPML
from analyzer.inference.verdicts import verdict_on
from analyzer.panel import panel_of_table
from analyzer.report.result import SCHEMA_VERSION
from analyzer.report.verdicts import throughput_result
from analyzer.report.words import GRADES
from analyzer.text import plain

if TYPE_CHECKING:
    from analyzer.inference.verdicts import ThroughputVerdict
    from analyzer.report import result as r


_LONGEST = 5_000


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the panel's columns; `size` holds the units behind each share."""

    unit: str
    period: str
    exposure: str
    outcome: str
    size: str | None

    @property
    def named(self) -> list[str]:
        """All columns that are asked for."""
        return [c for c in (self.unit, self.period, self.exposure, self.outcome, self.size) if c is not None]


class EstimateRow(msgspec.Struct, frozen=True):
    """One estimate: coefficient scale, per unit of share."""

    estimator: str
    estimate: float
    se: float
    low: float
    high: float
    p: float | None
    n: int
    clusters: int


class Answer(msgspec.Struct, frozen=True):
    """The JSON of `infer`: `verdicts[0]` as in `analyze`, and the estimates behind it."""

    schema_version: str
    verdicts: list[r.Verdict]
    estimates: list[EstimateRow]


def inferred(path: str, columns: Columns, *, count: bool, lag: int, swaps: int, seed: int) -> Answer:
    """Read the panel, check it, and grade it; raises `UsageError("bad-panel")` naming column and row."""
    table = checked(read_table(path), columns)
    brought = panel_of_table(
        table, columns.unit, columns.period, columns.outcome, columns.exposure, columns.size, lag=lag
    )
    model = PPML if count else LOG1P
    verdict = verdict_on(brought, swaps=swaps, seed=seed, model=model)
    return Answer(SCHEMA_VERSION, [throughput_result(verdict)], _estimates(verdict, model.id))


def read_table(path: str) -> pd.DataFrame:
    """A CSV or Parquet file as a table."""
    try:
        if path.endswith((".parquet", ".pq")):
            return pd.read_parquet(path)
        return pd.read_csv(Path(path))
    except (OSError, ValueError, UnicodeError) as reason:
        why = getattr(reason, "strerror", None) or str(reason).split("\n")[0] or type(reason).__name__
        raise _bad(f"{path} cannot be read: {why}", "Name a CSV file with a header line, or a Parquet file.") from None


def checked(table: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """The named columns, numeric where they must be, one row a unit and period, periods in order."""
    missing = [name for name in columns.named if name not in table.columns]
    if missing:
        there = ", ".join(map(str, table.columns[:12]))
        raise _bad(f"There is no column {missing[0]}.", f"The file has: {there}.")
    table = table[columns.named].copy()
    if table.empty:
        raise _bad("The panel has no rows.", "One row a unit and period.")
    for name in (columns.unit, columns.period):
        if table[name].isna().any():
            raise _bad(f"Column {name} is empty in row {_first(table[name].isna())}.", "Name every unit and period.")
    for name in columns.named[2:]:
        numbers = pd.to_numeric(table[name], errors="coerce").astype(float)
        wrong = numbers.isna() & table[name].notna() | np.isinf(numbers)
        if wrong.any():
            raise _bad(
                f"Column {name} is no number in row {_first(wrong)}.", "Numbers only; leave unknown shares empty."
            )
        table[name] = numbers
    _within(table, columns)
    repeated = table.duplicated([columns.unit, columns.period])
    if repeated.any():
        raise _bad(f"Row {_first(repeated)} repeats a unit and period.", "One row a unit and period.")
    ordered = _ordered(table[columns.period]).astype(float)
    steps = np.diff(np.sort(ordered.unique()))
    if len(steps) and (ordered.max() - ordered.min()) / steps.min() > _LONGEST:
        raise _bad(f"{columns.period} spans more than {_LONGEST} periods.", "Number the periods 1, 2, 3 …")
    return table.assign(**{columns.period: ordered})


def _within(table: pd.DataFrame, columns: Columns) -> None:
    share, count = table[columns.exposure], table[columns.outcome]
    if ((share < 0) | (share > 1)).any():
        raise _bad(
            f"{columns.exposure} is outside 0 to 1 in row {_first((share < 0) | (share > 1))}.", "A share: 0.5 is 50 %."
        )
    if count.isna().any() or (count < 0).any():
        raise _bad(
            f"{columns.outcome} is negative or empty in row {_first(count.isna() | (count < 0))}.",
            "A count or an amount; 0 where nothing happened.",
        )
    if columns.size is not None and (table[columns.size].isna() | (table[columns.size] < 0)).any():
        raise _bad(
            f"{columns.size} is negative or empty.", "The number of units behind each share; 0 where there were none."
        )


def _ordered(periods: pd.Series) -> pd.Series:
    """Periods as consecutive positions; months ("2026-01"), ISO dates and numbers keep their gaps."""
    text = periods.astype(str)
    if text.str.fullmatch(r"\d{4}-\d{2}").all():
        return text.str[:4].astype(int) * 12 + text.str[5:].astype(int)
    if pd.api.types.is_numeric_dtype(periods):
        return periods
    names = sorted(text.unique())
    if names != sorted(names, key=_natural):
        raise _bad("The order of the periods is unclear: Q10 sorts before Q2.", "Number them, or pad with zeros.")
    return text.map({name: k for k, name in enumerate(names)})


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)]


def _first(mask: pd.Series) -> int:
    """Line of the first offending row in a CSV with a header."""
    return int(np.flatnonzero(mask.to_numpy())[0]) + 2


def _bad(message: str, fix: str) -> UsageError:
    return UsageError("bad-panel", plain(message, 300), plain(fix, 300))


def _estimates(verdict: ThroughputVerdict, model: str) -> list[EstimateRow]:
    t = verdict.findings
    if t is None:
        return []
    b = t.recorded.beta
    rows = [
        EstimateRow(
            f"recorded_{model}", b.point, b.se, b.low, b.high, None if math.isnan(t.p) else t.p, t.rows, t.authors
        )
    ]
    if t.use is not None:
        u = t.use.beta
        rows.append(EstimateRow(f"use_{model}", u.point, u.se, u.low, u.high, None, t.rows, t.authors))
    return rows


def rendered(answer: Answer, *, as_json: bool) -> str:
    """The answer as JSON or as a few lines."""
    if as_json:
        return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n"
    v = answer.verdicts[0]
    lines = [f"{GRADES[v.grade]}  {v.sentence}"]
    for e in answer.estimates:
        p = "" if e.p is None else f"  p {e.p:.4f}"
        span = f"({e.low:+.4f} to {e.high:+.4f})"
        lines.append(f"  {e.estimator:<14} beta {e.estimate:+.4f}  {span}{p}  {e.n} rows, {e.clusters} units")
    lines += [f"  {'placebo':<14} {p.id}: {_passed(p)}" for p in v.placebos or []]
    return "\n".join([*lines, f'"Goes with", not "causes".  aishare explain {v.slug}', ""])


def _passed(placebo: r.Placebo) -> str:
    if placebo.passed == "not_runnable":
        return "not runnable"
    return "passed" if placebo.passed else "FIRED"
