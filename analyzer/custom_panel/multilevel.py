"""`infer --cluster`: one pooled estimate over many repositories or teams, and how much they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.core.constants import SHARE_STEP
from analyzer.errors import UsageError
from analyzer.inference.grading.throughput import verdict_from_estimates
from analyzer.inference.linalg.log_change import relative_change
from analyzer.inference.meta_analysis import estimate_meta_analysis
from analyzer.panel.from_table import full_period_range, panel_from_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyzer.custom_panel.table import UserPanel
    from analyzer.inference.grading.throughput import ThroughputVerdict
    from analyzer.inference.meta_analysis import MetaAnalysis
    from analyzer.inference.models import Model


class ClusterEstimate(msgspec.Struct, frozen=True):
    """Estimate of one cluster by itself: relative change for +50 points of share, with its 95 % interval."""

    name: str
    change: float
    low: float
    high: float


class ClusterHeterogeneity(msgspec.Struct, frozen=True):
    """How clusters differ: relative change for +50 points of share, over clusters with eight units or more.

    Attributes
    ----------
    clusters : number of clusters.
    left_out : what the jackknife of the pooled estimate leaves out.
    estimated : number of clusters that were estimated by themselves.
    mean, low, high : random-effects mean with its 95 % interval (Hartung and Knapp).
    deviation : standard deviation between clusters, log scale.
    next_low, next_high : 95 % prediction interval for a further cluster.
    alone : the clusters' own estimates, by name; also if they are too few for a mean.
    """

    clusters: int
    left_out: str
    estimated: int
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    deviation: float | None = None
    next_low: float | None = None
    next_high: float | None = None
    alone: list[ClusterEstimate] = []


def estimate_pooled_verdict(
    panel: UserPanel,
    cluster: str,
    treatment: str,
    *,
    lag: int,
    permutations: int,
    seed: int,
    model: Model,
    person_of_unit: Mapping[str, str] | None = None,
) -> tuple[ThroughputVerdict, ClusterHeterogeneity | None]:
    """Return the verdict on all clusters together, and how they differ.

    Raises `UsageError("bad-panel")` for a single cluster.

    Parameters
    ----------
    panel : the checked panel.
    cluster : column that names the cluster of a row.
    treatment : column of the share.
    lag : periods between share and outcome.
    permutations, seed : number and seed of the permutations of the test.
    model : model of the outcome.
    person_of_unit : unit → person, where one person has several units (regimes of a repository).
    """
    columns, table = panel.columns, panel.table
    named_groups = [(str(name), group) for name, group in table.groupby(cluster, sort=True)]
    groups = [group for _, group in named_groups]
    if len(groups) < 2:
        raise UsageError("bad-panel", f"{cluster} names one cluster.", "Leave out --cluster.")
    periods = full_period_range(table[columns.period])
    panels = [
        panel_from_table(
            group,
            columns.unit,
            columns.period,
            columns.outcome,
            treatment,
            columns.size,
            lag=lag,
            controls=columns.controls,
            periods=periods,
        )
        for group in groups
    ]
    units = [[name.split("\x00", 1)[1] for name in cluster_panel.people] for cluster_panel in panels]
    persons = [[(person_of_unit or {}).get(name, name) for name in names] for names in units]
    meta_analysis = estimate_meta_analysis(panels, persons, n_permutations=permutations, seed=seed, model=model)
    people = len({name for names in persons for name in names})
    declared = bool((table[treatment] > 0).any())
    if meta_analysis is None:
        return verdict_from_estimates(None, declared, people, people), None
    return verdict_from_estimates(meta_analysis.throughput, declared, people, people), _heterogeneity(
        meta_analysis, [name for name, _ in named_groups]
    )


def _heterogeneity(meta_analysis: MetaAnalysis, names: Sequence[str]) -> ClusterHeterogeneity:
    clusters, left_out, heterogeneity = (
        meta_analysis.repositories,
        meta_analysis.jackknife_unit,
        meta_analysis.heterogeneity,
    )
    estimates = [
        ClusterEstimate(
            names[index],
            *(relative_change(SHARE_STEP * value) for value in (estimate.point, estimate.low, estimate.high)),
        )
        for index, estimate in sorted(meta_analysis.by_repository.items())
    ]
    if heterogeneity is None:
        return ClusterHeterogeneity(clusters, left_out, 0, alone=estimates)
    changes = [
        relative_change(SHARE_STEP * value)
        for value in (
            heterogeneity.mean.point,
            heterogeneity.mean.low,
            heterogeneity.mean.high,
            heterogeneity.next_low,
            heterogeneity.next_high,
        )
    ]
    mean, low, high, next_low, next_high = changes
    deviation = SHARE_STEP * heterogeneity.deviation
    return ClusterHeterogeneity(
        clusters, left_out, heterogeneity.n, mean, low, high, deviation, next_low, next_high, estimates
    )
