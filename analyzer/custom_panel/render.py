"""The answer of `infer` as JSON or as a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.report.format import GRADES
from analyzer.report.sections.rank_correlation import ends, turned

if TYPE_CHECKING:
    from analyzer.custom_panel import Answer
    from analyzer.custom_panel.event_study import Average, Horizon
    from analyzer.custom_panel.multilevel import Heterogeneity
    from analyzer.report import contract_verdicts as r


def rendered(answer: Answer, *, as_json: bool) -> str:
    """The answer as JSON or as a few lines."""
    if as_json:
        return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n"
    lines = [line for verdict in answer.verdicts for line in _verdict(answer, verdict)]
    if answer.heterogeneity is not None:
        lines.append(_differ(answer.heterogeneity))
    if answer.event_study is not None:
        lines += _events(answer.event_study, answer.average_effect, answer.pretrend_p)
    lines += answer.notes
    slug = answer.verdicts[0].slug if answer.verdicts else "event_study"
    return "\n".join([*lines, f'"Goes with", not "causes".  aishare explain {slug}', ""])


def _verdict(answer: Answer, v: r.Verdict) -> list[str]:
    lines = [f"{GRADES[v.grade]}  {v.sentence}"]
    for e in answer.estimates:
        p = "" if e.p is None else f"  p {e.p:.4f}"
        span = f"({e.low:+.4f} to {e.high:+.4f})"
        lines.append(f"  {e.estimator:<14} beta {e.estimate:+.4f}  {span}{p}  {e.n} rows, {e.clusters} units")
    lines += [f"  {'placebo':<14} {p.id}: {_passed(p)}" for p in v.placebos or []]
    return lines if v.ranks is None else lines + _ranks(v.ranks)


def _ranks(found: r.Ranks) -> list[str]:
    pooled = ends(found.pooled, found.pooled_low, found.pooled_high)
    within = ends(found.within, found.within_low, found.within_high)
    said = f"  {'ranks':<14} pooled {pooled}; within, median {within}"
    return [said, f"  {'':<14} {turned(found)}"] if found.simpson else [said]


def _differ(h: Heterogeneity) -> str:
    """How much repositories differ, on the +50-point scale."""
    if h.mean is None or h.next_low is None or h.next_high is None:
        return f"  {h.clusters} clusters; {h.estimated} have eight units or more: too few to say how they differ."
    return (
        f"  {h.clusters} clusters, {h.estimated} estimated alone: {h.mean:+.0%} on average; another one would lie "
        f"between {h.next_low:+.0%} and {h.next_high:+.0%}."
    )


def _events(rows: list[Horizon], average: Average | None, leads_p: float | None) -> list[str]:
    if average is None:
        return ["EVENT STUDY  unknown"]
    lines = [
        f"EVENT STUDY  {average.adopters} units adopt; {_span(average)} on average over {average.n} rows since.",
        "  periods since adoption        change   95 % interval",
    ]
    lines += [f"  {row.horizon:>3}  {row.n:>6} rows {row.estimate:>20.1%}   {_ends(row)}" for row in rows]
    for name, part in (("periods 0 to 2", average.first_three), ("periods 3 on", average.later)):
        if part is not None:
            lines.append(f"  {name:<18}{part.estimate:>16.1%}   {_ends(part)}  {part.n} rows")
    if leads_p is not None:
        lines.append(f"  before adoption: p {leads_p:.3f} that the course was parallel (all leads 0)")
    return lines


def _span(average: Average) -> str:
    return f"{average.estimate:+.1%} ({_ends(average)})"


def _ends(row: Horizon | Average) -> str:
    if row.low is None or row.high is None:
        return "no interval"
    return f"{row.low:+.1%} to {row.high:+.1%}"


def _passed(placebo: r.Placebo) -> str:
    if placebo.passed == "not_runnable":
        return "not runnable"
    return "passed" if placebo.passed else "FIRED"
