"""Render the answer of `infer` as JSON or as a few lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.json_text import pretty_json
from analyzer.report.format import GRADES
from analyzer.report.sections.rank_correlation import simpson_sentence, with_interval

if TYPE_CHECKING:
    from analyzer.custom_panel import Answer
    from analyzer.custom_panel.event_study import Average, Horizon
    from analyzer.custom_panel.multilevel import ClusterHeterogeneity
    from analyzer.inference.results import Placebo, Ranks
    from analyzer.report.contract_verdicts import Verdict


def render(answer: Answer, *, as_json: bool) -> str:
    """Return the answer as JSON or as a few lines of text."""
    if as_json:
        return pretty_json(answer)
    lines = [line for verdict in answer.verdicts for line in _verdict_lines(answer, verdict)]
    if answer.heterogeneity is not None:
        lines.append(_heterogeneity_line(answer.heterogeneity))
    if answer.event_study is not None:
        lines += _event_study_lines(answer.event_study, answer.average_effect, answer.pretrend_p)
    lines += answer.notes
    slug = answer.verdicts[0].slug if answer.verdicts else "event_study"
    return "\n".join([*lines, f'"Goes with", not "causes".  aishare explain {slug}', ""])


def _verdict_lines(answer: Answer, v: Verdict) -> list[str]:
    lines = [f"{GRADES[v.grade]}  {v.sentence}"]
    for e in answer.estimates:
        p = "" if e.p is None else f"  p {e.p:.4f}"
        span = f"({e.low:+.4f} to {e.high:+.4f})"
        lines.append(f"  {e.estimator:<14} beta {e.estimate:+.4f}  {span}{p}  {e.n} rows, {e.clusters} units")
    lines += [f"  {'placebo':<14} {p.id}: {_placebo_text(p)}" for p in v.placebos or []]
    return lines if v.ranks is None else lines + _rank_lines(v.ranks)


def _rank_lines(ranks: Ranks) -> list[str]:
    pooled = with_interval(ranks.pooled, ranks.pooled_low, ranks.pooled_high)
    within = with_interval(ranks.within, ranks.within_low, ranks.within_high)
    line = f"  {'ranks':<14} pooled {pooled}; within, median {within}"
    return [line, f"  {'':<14} {simpson_sentence(ranks)}"] if ranks.simpson else [line]


def _heterogeneity_line(h: ClusterHeterogeneity) -> str:
    """Return a line on how much clusters differ, per +50 points of share."""
    if h.mean is None or h.next_low is None or h.next_high is None:
        return f"  {h.clusters} clusters; {h.estimated} have eight units or more: too few to say how they differ."
    return (
        f"  {h.clusters} clusters, {h.estimated} estimated alone: {h.mean:+.0%} on average; another one would lie "
        f"between {h.next_low:+.0%} and {h.next_high:+.0%}."
    )


def _event_study_lines(rows: list[Horizon], average: Average | None, leads_p: float | None) -> list[str]:
    if average is None:
        return ["EVENT STUDY  unknown"]
    lines = [
        f"EVENT STUDY  {average.adopters} units adopt; {_change_text(average)} on average over {average.n} rows since.",
        "  periods since adoption        change   95 % interval",
    ]
    lines += [f"  {row.horizon:>3}  {row.n:>6} rows {row.estimate:>20.1%}   {_interval_text(row)}" for row in rows]
    for name, horizon in (("periods 0 to 2", average.first_three), ("periods 3 on", average.later)):
        if horizon is not None:
            lines.append(f"  {name:<18}{horizon.estimate:>16.1%}   {_interval_text(horizon)}  {horizon.n} rows")
    if leads_p is not None:
        lines.append(f"  before adoption: p {leads_p:.3f} that the course was parallel (all leads 0)")
    return lines


def _change_text(average: Average) -> str:
    return f"{average.estimate:+.1%} ({_interval_text(average)})"


def _interval_text(row: Horizon | Average) -> str:
    if row.low is None or row.high is None:
        return "no interval"
    return f"{row.low:+.1%} to {row.high:+.1%}"


def _placebo_text(placebo: Placebo) -> str:
    if placebo.passed == "not_runnable":
        return "could not run"
    return "passed" if placebo.passed else "failed"
