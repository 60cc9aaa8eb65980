"""Estimate the association of AI share and outcome, an event study, or both, on a panel that the user provides."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from analyzer.custom_panel.dumped_panel import NOTE, dumped_panel_verdict, is_dumped, names_dump_columns
from analyzer.custom_panel.event_study import Average, Horizon, average_effect, horizon_rows, run_event_study
from analyzer.custom_panel.multilevel import ClusterHeterogeneity, estimate_pooled_verdict
from analyzer.custom_panel.table import bad_panel, filter_rows, read_table, user_panel
from analyzer.inference.grading.throughput import verdict_for_panel
from analyzer.inference.models import LOG1P, PPML
from analyzer.panel.from_table import panel_from_table
from analyzer.report.contract import SCHEMA_VERSION
from analyzer.report.result_verdicts import throughput_result

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.custom_panel.table import Columns, UserPanel
    from analyzer.inference.grading.throughput import ThroughputVerdict
    from analyzer.report.contract_verdicts import Verdict


class EstimateRow(msgspec.Struct, frozen=True):
    """One estimate on the coefficient scale, per unit of share."""

    estimator: str
    estimate: float
    se: float
    low: float
    high: float
    p: float | None
    n: int
    clusters: int


class Answer(msgspec.Struct, frozen=True):
    """The JSON of `aishare infer`.

    Attributes
    ----------
    verdicts : one verdict as in `analyze`; empty without a treatment column.
    estimates : the estimates behind it.
    heterogeneity : how clusters differ, with --cluster.
    event_study : relative change by periods since adoption, leads first.
    average_effect : average over the adopted rows.
    pretrend_p : p-value of the hypothesis that all leads are 0.
    notes : what was left out, and why a figure is missing.
    """

    schema_version: str
    verdicts: list[Verdict]
    estimates: list[EstimateRow]
    heterogeneity: ClusterHeterogeneity | None
    event_study: list[Horizon] | None
    average_effect: Average | None
    pretrend_p: float | None
    notes: list[str]


def estimate_panel(
    path: str,
    columns: Columns,
    *,
    count: bool,
    lag: int,
    permutations: int,
    seed: int,
    where: str | None = None,
    all_rows: bool = False,
    columns_named: bool = True,
) -> Answer:
    """Read and check a panel, and return the estimates.

    Raises `UsageError("bad-panel")` with the column and the row.

    Parameters
    ----------
    path : CSV or Parquet file.
    columns : names of its columns.
    count : whether the outcome is a count (PPML), else least squares of log(1 + outcome).
    lag : periods between share and outcome.
    permutations : number of random permutations of the test.
    seed : seed of the permutations.
    where : expression that selects rows (`row_filter`).
    all_rows : whether rows with 0 in a column `eligible` are used as well.
    columns_named : whether the user named the columns; if not, the table must be one of `dump panel`.
    """
    table = read_table(path)
    dumped = is_dumped(table)
    if not columns_named and not dumped:
        raise bad_panel(
            "The columns are not named.",
            "Name them with --unit, --period, --outcome and --treatment; a table of aishare dump panel needs none.",
        )
    if dumped and names_dump_columns(columns) and count and lag == 1 and where is None:
        return _dumped_answer(table, columns, permutations=permutations, seed=seed, all_rows=all_rows)
    panel = user_panel(table, columns, where, all_rows=all_rows)
    verdicts, estimates, heterogeneity = _association(panel, count=count, lag=lag, permutations=permutations, seed=seed)
    study, notes = (None, ()) if columns.event is None else run_event_study(panel, columns.event)
    return Answer(
        SCHEMA_VERSION,
        verdicts,
        estimates,
        heterogeneity=heterogeneity,
        event_study=None if columns.event is None else horizon_rows(study),
        average_effect=None if study is None else average_effect(study),
        pretrend_p=None if study is None or math.isnan(study.leads_p) else study.leads_p,
        notes=[*panel.notes, *notes],
    )


def _dumped_answer(table: pd.DataFrame, columns: Columns, *, permutations: int, seed: int, all_rows: bool) -> Answer:
    """Return the answer on a table of `dump panel`: the throughput verdict of `analyze`."""
    _, notes = filter_rows(table, columns, None, all_rows=all_rows)
    verdict = dumped_panel_verdict(table, permutations=permutations, seed=seed, all_rows=all_rows)
    return Answer(
        SCHEMA_VERSION,
        [throughput_result(verdict)],
        _estimates(verdict, PPML.id),
        heterogeneity=None,
        event_study=None,
        average_effect=None,
        pretrend_p=None,
        notes=[*notes, NOTE],
    )


def _association(
    user: UserPanel, *, count: bool, lag: int, permutations: int, seed: int
) -> tuple[list[Verdict], list[EstimateRow], ClusterHeterogeneity | None]:
    columns = user.columns
    if columns.treatment is None:
        return [], [], None
    model = PPML if count else LOG1P
    if columns.cluster is not None and columns.cluster != columns.unit:
        verdict, heterogeneity = estimate_pooled_verdict(
            user, columns.cluster, columns.treatment, lag=lag, permutations=permutations, seed=seed, model=model
        )
        return [throughput_result(verdict)], _estimates(verdict, f"pooled_{model.id}"), heterogeneity
    panel = panel_from_table(
        user.table,
        columns.unit,
        columns.period,
        columns.outcome,
        columns.treatment,
        columns.size,
        lag=lag,
        controls=columns.controls,
    )
    verdict = verdict_for_panel(panel, n_permutations=permutations, seed=seed, model=model)
    return [throughput_result(verdict)], _estimates(verdict, model.id), None


def _estimates(verdict: ThroughputVerdict, model: str) -> list[EstimateRow]:
    throughput = verdict.estimates
    if throughput is None:
        return []
    effects = {
        "within_people": throughput.within,
        "beyond_trends": throughput.beyond_trends,
        "recorded": throughput.recorded,
    }
    return [
        EstimateRow(
            f"{name}_{model}",
            effect.beta.point,
            effect.beta.se,
            effect.beta.low,
            effect.beta.high,
            _finite(throughput.p if name == "within_people" else effect.beta.p),
            throughput.rows,
            throughput.people,
        )
        for name, effect in effects.items()
        if effect is not None
    ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
