"""A panel the user brings → verdict on what the share goes with, an event study, or both."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from analyzer.custom_panel.event_study import Average, Horizon, average_effect, horizons, studied
from analyzer.custom_panel.multilevel import Heterogeneity, pooled
from analyzer.custom_panel.table import brought
from analyzer.inference.grading.throughput import verdict_on
from analyzer.inference.models import LOG1P, PPML
from analyzer.panel import panel_of_table
from analyzer.report.contract import SCHEMA_VERSION
from analyzer.report.result_verdicts import throughput_result

if TYPE_CHECKING:
    from analyzer.custom_panel.table import Brought, Columns
    from analyzer.inference.grading.throughput import ThroughputVerdict
    from analyzer.report.contract_verdicts import Verdict


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
    """The JSON of `infer`: `verdicts[0]` as in `analyze` where there is an exposure, and the estimates behind it.

    event_study: relative change by periods since adoption, leads first; pretrend_p: that all leads are 0. notes: what
    was left out, and why there is no figure. heterogeneity: how clusters differ, with --cluster.
    """

    schema_version: str
    verdicts: list[Verdict]
    estimates: list[EstimateRow]
    heterogeneity: Heterogeneity | None
    event_study: list[Horizon] | None
    average_effect: Average | None
    pretrend_p: float | None
    notes: list[str]


def inferred(
    path: str, columns: Columns, *, count: bool, lag: int, swaps: int, seed: int, where: str | None = None
) -> Answer:
    """Read the panel, check it, and estimate; raises `UsageError("bad-panel")` naming column and row."""
    panel = brought(path, columns, where)
    verdicts, estimates, spread = _association(panel, count=count, lag=lag, swaps=swaps, seed=seed)
    study, notes = (None, ()) if columns.event is None else studied(panel, columns.event)
    return Answer(
        SCHEMA_VERSION,
        verdicts,
        estimates,
        heterogeneity=spread,
        event_study=None if columns.event is None else horizons(study),
        average_effect=None if study is None else average_effect(study),
        pretrend_p=None if study is None or math.isnan(study.leads_p) else study.leads_p,
        notes=[*panel.notes, *notes],
    )


def _association(
    panel: Brought, *, count: bool, lag: int, swaps: int, seed: int
) -> tuple[list[Verdict], list[EstimateRow], Heterogeneity | None]:
    c = panel.columns
    if c.exposure is None:
        return [], [], None
    model = PPML if count else LOG1P
    if c.cluster is not None and c.cluster != c.unit:
        verdict, spread = pooled(panel, c.cluster, c.exposure, lag=lag, swaps=swaps, seed=seed, model=model)
        return [throughput_result(verdict)], _estimates(verdict, f"pooled_{model.id}"), spread
    at = panel_of_table(panel.table, c.unit, c.period, c.outcome, c.exposure, c.size, lag=lag, controls=c.controls)
    verdict = verdict_on(at, swaps=swaps, seed=seed, model=model)
    return [throughput_result(verdict)], _estimates(verdict, model.id), None


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
