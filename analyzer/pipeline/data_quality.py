"""Data quality: what a reader must know before believing a number, and why each null is null."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from msgspec import structs

from analyzer.config import parse_date
from analyzer.core.messages import MESSAGES
from analyzer.evidence.recall import MIN_COMMITS
from analyzer.report.contract import QualityRow
from analyzer.report.format import number, percent
from analyzer.report.sections.prompts import NULLABLE_PATHS
from analyzer.share.bounds import ALL_PERIODS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.recall import Recall
    from analyzer.pipeline.load import History
    from analyzer.report.result_builder import AnalysisTables


_LATE = pd.Timedelta(days=30)
# Squashes below this part cannot move a share by more.
_SOME = 0.05
# From this part of the undeclared functions on, the style of one person, or of new people, decides the estimate.
_MANY = 0.5


def rows(history: History, facts: AnalysisTables) -> list[QualityRow]:
    """Every row, warnings first; within a severity in the order of the checks."""
    found = [
        *_clone(history, facts),
        *_clock(history, facts),
        *_identity(history),
        *_evidence(history, facts),
        *_style(facts),
        *_effort(facts),
        *_outcomes(facts),
        *_verdict(facts),
        row("no-estimate", None, ("share.definitions[].estimate", "share.by_period[].estimate")),
        row("no-comparison", None, ("comparison",)),
    ]
    return sorted(found, key=lambda row: row.severity != "warning")


def row(slug: str, message: str | None = None, covers: tuple[str, ...] = ()) -> QualityRow:
    """A row of a documented slug; its general meaning where no figure is at hand."""
    known = MESSAGES[slug]
    return QualityRow(
        slug, "warning" if known.severity == "warning" else "info", message or known.means, known.fix, list(covers)
    )


def _clone(history: History, facts: AnalysisTables) -> Iterator[QualityRow]:
    repository = history.repository
    if history.file_changes is None:
        credited = [f"share.by_{by}[].lines_{lines}" for by in ("tool", "model") for lines in ("added", "surviving")]
        paths = ("repository.languages", "marking.adoption", *credited)
        yield row(
            history.lines_missing or "partial-clone",
            None,
            (*paths, "share.definitions[].marked", "share.definitions[].at_most", "share.definitions[].n"),
        )
    unknown, counted = (0, 0) if history.lines is None else history.lines.unknown()
    if unknown:
        says = f"{number(unknown)} of {number(counted)} changes of code and test files lack their contents here"
        yield row("contents-missing", f"{says}; their lines are in no count.")
    if history.lines is not None and not history.lines.attributes_read:
        yield row("attributes-unreadable")
    if history.lines is not None and history.lines.ignored_invalid:
        says = f"{number(history.lines.ignored_invalid)} lines of .git-blame-ignore-revs are no full commit ids"
        yield row("ignore-revs-invalid", f"{says}; they were left out.")
    if repository.branch is None:
        yield row("detached-head" if history.settings.rev == "HEAD" else "revision-given", None, ("repository.branch",))
    yield from _notes(history, facts)
    s = history.settings
    open_ends = [f"command.{end}" for end, value in (("since", s.since), ("until", s.until)) if value is None]
    if open_ends:
        missing = " and ".join(end.replace("command.", "--") for end in open_ends)
        yield row("whole-history", f"{missing} not given: that end of the history is open.", tuple(open_ends))


def _notes(history: History, facts: AnalysisTables) -> Iterator[QualityRow]:
    """What line-level stores this clone has, and what was left aside of the one that is read."""
    absent = tuple(f"share.definitions[].{name}" for name in ("marked", "at_most", "n"))
    if facts.recall is not None:
        periods = [f"marking.recall_by_period[].{name}" for name in ("recall", "low", "high", "precision")]
        yield row("recall-known", _recalled(facts.recall), tuple(periods))
    else:
        absent = ("marking.recall_by_period", *absent)
    if history.repository.ai_notes is None:
        yield row("notes-not-fetched", None, absent)
    elif history.notes is None or not history.notes.noted_commits:
        yield row("no-line-notes", None, absent)
    yield from _checkpoints(history, absent)
    yield from _drift(facts)
    if history.repository.other_stores:
        names = ", ".join(sorted(set(history.repository.other_stores)))
        yield row("other-line-stores", f"Line-level records of {names} are here and are not read.")
    found = history.notes
    if found is not None and found.carried_notes:
        says = f"{number(found.carried_notes)} notes of squashed or rebased commits"
        yield row("notes-carried", f"{says} speak for the commit of this history that holds their content.")
    if found is not None and found.empty_notes + found.notes_on_merges + found.notes_outside:
        aside = f"{number(found.empty_notes)} are empty, {number(found.notes_on_merges)} on merges"
        squashed = (
            f"{number(found.notes_outside)} on commits that are not in this history (a squash leaves them behind)"
        )
        yield row("notes-left-aside", f"Of the line-level notes {aside}, {squashed}; they say nothing here.")


def _drift(facts: AnalysisTables) -> Iterator[QualityRow]:
    """Whether what is declared changed for another reason than use."""
    labelling = ", ".join(change.period for change in facts.disclosure_changes if change.kind == "labelling")
    unsettled = ", ".join(change.period for change in facts.disclosure_changes if change.kind in {"open", "at_once"})
    if facts.disclosure_changed:
        when = f" in {labelling}" if labelling else ", by what line-level records show that marks find"
        yield row("drift", f"Marking changed{when}: a trend across it is not adoption.")
    elif facts.disclosure_changed is None:
        says = f"What is declared changed in {unsettled}; nothing tells whether use or marking did."
        yield row("drift-unsettled", says if unsettled else None, ("marking.drift",))


def _checkpoints(history: History, absent: tuple[str, ...]) -> Iterator[QualityRow]:
    found = history.checkpoints
    if found is None or found.counts.empty:
        yield row("no-checkpoints", None, absent)
    if found is not None and found.shared + found.uncounted:
        says = f"Of the commits with a checkpoint {number(found.shared)} share it with others"
        yield row(
            "checkpoints-left-aside", f"{says}, {number(found.uncounted)} have no count; theirs say nothing here."
        )


def _recalled(found: Recall) -> str:
    speaking = found.months[found.months["n"] >= MIN_COMMITS]
    shares = (speaking["marked"] / speaking["n"]).tolist()
    span = f"; by month {percent(min(shares))} to {percent(max(shares))}" if len(shares) > 1 else ""
    share = percent(found.marked / found.n) if found.n else "none"
    return f"Marks found {share} of the {number(found.n)} commits whose line-level records show AI lines{span}."


def _recovered(facts: AnalysisTables) -> Iterator[QualityRow]:
    """What an export of pull requests shows of marks that squashes lost."""
    known = facts.recovered
    if known is None:
        yield row("no-pull-requests", None, ("share.recovered",))
    elif known.newly_marked:
        says = f"{number(known.newly_marked)} of {number(known.matched)} matched changes are undeclared here and marked there"
        yield row(
            "squash-marks-lost", f"{says}: {percent(known.marked_with_recovered)} with them, {percent(known.marked)} without."
        )


def _clock(history: History, facts: AnalysisTables) -> Iterator[QualityRow]:
    dates = history.commits["committed"]
    undated, total = int(dates.isna().sum()), len(dates)
    if undated:
        covers = ("repository.first_commit", "repository.last_commit") if undated == total else ()
        yield row(
            "undated-commits",
            f"{undated} of {total} commits carry a date git cannot place; they count in totals and in no period.",
            covers,
        )
    later = int((dates >= parse_date(facts.as_of, "--as-of", end_of_day=True)).sum()) if facts.as_of else 0
    if later:
        yield row("future-commits", f"{later} of {total} commits are dated after the clock; they stand in no period.")
    early = _before_parents(history)
    if early:
        yield row("dates-out-of-order", f"{early} of {total} commits are dated before a parent of theirs.")
    nothing = facts.bounds[(facts.bounds["n"] == 0) & (facts.bounds["period"] == ALL_PERIODS)]
    if len(nothing):
        covers = ("share.definitions[].marked", "share.definitions[].at_most")
        yield row("empty-definition", f"Nothing to count in: {', '.join(nothing['definition'])}.", covers)
    empty = facts.bounds[(facts.bounds["n"] == 0) & (facts.bounds["period"] != ALL_PERIODS)]
    periods = int((facts.bounds["period"] != ALL_PERIODS).sum())
    if len(empty):
        covers = ("share.by_period[].marked", "share.by_period[].at_most")
        yield row(
            "empty-periods",
            f"{len(empty)} of {periods} period rows hold nothing to count; their share is unknown, not zero.",
            covers,
        )


def _before_parents(history: History) -> int:
    commits = history.commits[["sha", "parents", "committed"]]
    edges = commits.assign(parent=commits["parents"].str.split(" ")).explode("parent")
    joined = edges.merge(commits[["sha", "committed"]], left_on="parent", right_on="sha", suffixes=("", "_parent"))
    return int(joined.loc[joined["committed"] < joined["committed_parent"], "sha"].nunique())


def _identity(history: History) -> Iterator[QualityRow]:
    addresses, persons = history.directory.count_addresses_and_people()
    if addresses > persons:
        yield row(
            "addresses-merged",
            f"{addresses} addresses became {persons} people: by hosting account and full name, after .mailmap.",
        )
    bots = int((history.labels["label"] == "automation").sum())
    if bots:
        yield row(
            "automation-excluded",
            f"{bots} of {len(history.labels)} commits are by maintenance bots and stand on neither side of any share.",
        )
    orphans = history.merged_changes[
        (history.merged_changes["label"] != "automation") & history.merged_changes["person"].isna()
    ]
    if len(orphans):
        yield row(
            "unassigned-agents",
            f"{len(orphans)} of {len(history.merged_changes)} merged changes are by agents that name no person.",
        )


def _evidence(history: History, facts: AnalysisTables) -> Iterator[QualityRow]:
    yield row("unmarked-not-human")
    counted = facts.merged_changes[facts.merged_changes["label"] != "automation"]
    squashes = int((counted["kind"] == "squash").sum())
    if squashes:
        says = (
            f"{number(squashes)} of {number(len(counted))} merged changes are squashes: marks inside them may be lost."
        )
        found = row("squash-merges", says)
        yield found if squashes >= _SOME * len(counted) else structs.replace(found, severity="info")
    yield from _recovered(facts)
    if facts.cancelled_changes:
        yield row(
            "reverts-netted",
            f"{number(facts.cancelled_changes)} of {number(len(counted))} merged changes are reverts, or were reverted within 35 "
            "days: no throughput.",
        )
    if facts.regimes:
        says = f"From {', '.join(facts.regimes)} on, changes land in another way."
        yield row("landing-changed", f"{says} {MESSAGES['landing-changed'].means}")
    landed = counted["sha"].map(history.commits.set_index("sha")["committed"])
    late = int((counted["merged"] - landed > _LATE).sum())
    if late:
        yield row(
            "integrated-late",
            f"{number(late)} of {number(len(counted))} merged changes had landed elsewhere over 30 days before "
            "the mainline took them in; they stand in the period of their arrival.",
        )
    weak = int(history.labels["weak"].sum())
    if weak:
        yield row(
            "weak-evidence",
            f"{weak} commits hold only a suggestion, a checkpoint or a hint: outside the floor, inside the ceiling.",
        )
    yield row("evidence-families-read")
    if history.file_changes is not None:
        yield row("lines-raw")


def _effort(facts: AnalysisTables) -> Iterator[QualityRow]:
    if facts.effort is None:
        asked = facts.settings.effort or facts.settings.transcripts is not None
        yield row("effort-needs-contents" if asked else "effort-not-asked", None, ("effort",))
        return
    yield row("effort-measured", None, NULLABLE_PATHS)
    if facts.effort.abstained is not None:
        yield row(facts.effort.abstained)


def _style(facts: AnalysisTables) -> Iterator[QualityRow]:
    """Whether style was asked, why it abstains, and what its placebo said."""
    nulls = ("share.definitions[].marked", "share.definitions[].at_most", "share.definitions[].n", "tool.style_model")
    found = facts.style
    if found is None:
        yield row("style-not-asked", None, nulls)
        return
    read = f"{number(found.basis.functions)} undeclared functions of {number(found.basis.commits)} commits"
    placebo = ""
    if found.placebo is not None:
        span = f"{percent(found.placebo.low)} to {percent(found.placebo.high)}"
        placebo = f" Placebo: half of the baseline against the other half gives {span} AI; it must include 0."
    rests = f"Read: {read}; baseline {number(found.basis.baseline)} functions of 2018 to 2022-11.{placebo}"
    slug = found.abstained or "style-estimate"
    covers = ("share.definitions[].estimate",) if found.abstained else ()
    yield row(slug, f"{MESSAGES[slug].means} {rests}", covers)
    if found.paced:
        says = f"Without the pace of commits it would be {percent(found.paceless)}."
        yield row("style-pace-sensitive", f"{MESSAGES['style-pace-sensitive'].means} {says}")
    for slug, part in (("style-one-author", found.basis.busiest_person), ("style-new-authors", found.basis.new_people)):
        if found.abstained is None and part is not None and part >= _MANY:
            yield row(slug, f"{percent(part)} of the undeclared functions. {MESSAGES[slug].means}")


def _outcomes(facts: AnalysisTables) -> Iterator[QualityRow]:
    """Which outcomes could not be compared, and which fail their placebo."""
    figures = ("marked", "unmarked", "difference", "q", "pooled", "sign_depends_on")
    shapes = ("outcomes[].placebo", "outcomes[].placebos[]")
    placebo = tuple(f"{shape}.{name}" for shape in shapes for name in ("value", "low", "high"))
    told = [outcome.found for outcome in facts.outcomes if outcome.found is not None]
    bare = len(facts.outcomes) - sum(found.difference is not None for found in told)
    says = f"{bare} of {len(facts.outcomes)} outcomes could not be compared" if bare else "Every outcome was compared"
    covers = (*(f"outcomes[].{name}" for name in figures), *placebo)
    yield row("outcomes-compared", f"{says}. {MESSAGES['outcomes-compared'].means}", covers)
    ends = ("survival[].half_life.low", "survival[].half_life.high")
    lives = (
        "survival",
        *(f"survival[].ages[].{name}" for name in ("alive", "low", "high")),
        "survival[].half_life",
        *ends,
    )
    yield row("survival-censored", None, tuple(lives))
    failed = [outcome.measure.title for outcome in facts.outcomes if outcome.found and outcome.found.failed]
    if failed:
        yield row("outcome-placebo-failed", f"{', '.join(failed)}: {MESSAGES['outcome-placebo-failed'].means}")


def _verdict(facts: AnalysisTables) -> Iterator[QualityRow]:
    """Why parts of the verdicts are null although they were computed."""
    scales = [f"verdicts[].association.{name}" for name in ("per_50_points", "risk_ratio", "risk_difference")]
    yield row("verdict-scales", None, (*scales, "verdicts[].smallest_detectable.use"))
    found = facts.throughput.estimates
    if found is not None and found.use is None:
        yield row("share-too-noisy", None, ("verdicts[].use", "verdicts[].smallest_detectable.use"))
    defects = facts.defects.estimates
    if defects is not None and math.isinf(defects.high):
        yield row("no-upper-end", None, ("verdicts[].association.high",))
    parts = (
        *("association", "use", "smallest_detectable", "information", "durable", "tipping_point", "robustness"),
        *("coupled", "coupled[].arithmetic.value", "coupled[].arithmetic.low", "coupled[].arithmetic.high"),
        *("forecast", "ranks", "spill_over", "spill_over.grade", "n_people", "n_periods", "n_rows", "placebos"),
        *("placebos[].value", "placebos[].low", "placebos[].high", "specifications"),
    )
    numbers = ("per_50_points", "low", "high", "t", "grain", "definition", "maturity")
    fits = [f"specifications.{where}[].{name}" for where in ("rows", "not_counted") for name in numbers]
    others = ("specifications.median", "specifications.p_median", "specifications.p_same_sign", "forecast.p")
    missing = (f"verdicts[].{name}" for name in (*parts, *fits, *others))
    yield row("not-estimated", None, (*missing, "power[].use"))
    gaming = [f"gaming.flags[].{name}" for name in ("flagged", "value", "low", "high", "p", "q")]
    yield row("gaming" if facts.goodhart is not None else "gaming-too-few", None, ("gaming", "gaming.day", *gaming))
    yield row("no-p-value", None, ("verdicts[].association.p", "verdicts[].association.p_holm"))
