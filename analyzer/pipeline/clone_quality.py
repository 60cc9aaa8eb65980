"""Data quality of the clone: what it lacks, which line-level records it has, and which end of the history is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.evidence.recall import MIN_COMMITS
from analyzer.evidence.records import names_lines
from analyzer.pipeline.marking_policies import POLICY_NULLS, rules_sentence
from analyzer.pipeline.quality_row import quality_row
from analyzer.report.format import number, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.recall import Recall
    from analyzer.pipeline.load import History
    from analyzer.report.analysis_tables import AnalysisTables
    from analyzer.report.contract import QualityRow


def clone_rows(history: History, tables: AnalysisTables) -> Iterator[QualityRow]:
    """Yield what the clone lacks, and which end of the history is open."""
    repository = history.repository
    if history.lines is not None and history.lines.objects_mismatch:
        yield quality_row("objects-mismatch")
    if history.file_changes is None:
        credited = [f"share.by_{by}[].lines_{lines}" for by in ("tool", "model") for lines in ("added", "surviving")]
        credited += ["breakdowns[].groups", "breakdowns[].groups[].lines_added", "breakdowns[].groups[].lines_marked"]
        paths = ("repository.languages", "repository.left_out", "marking.adoption", *credited)
        yield quality_row(
            history.lines_missing or "partial-clone",
            None,
            (*paths, "share.definitions[].marked", "share.definitions[].at_most", "share.definitions[].n"),
        )
    missing_contents, counted = (0, 0) if history.lines is None else history.lines.count_missing()
    if missing_contents:
        sentence = (
            f"{number(missing_contents)} of {number(counted)} changes of code and test files lack their contents here"
        )
        yield quality_row("contents-missing", f"{sentence}; their lines are in no count.")
    if history.lines is not None and history.lines.attributes is None:
        yield quality_row("attributes-unreadable")
    if history.lines is not None and history.lines.invalid_ignore_revs:
        sentence = f"{number(history.lines.invalid_ignore_revs)} lines of .git-blame-ignore-revs are no full commit ids"
        yield quality_row("ignore-revs-invalid", f"{sentence}; they were left out.")
    if repository.branch is None:
        yield quality_row(
            "detached-head" if history.settings.rev == "HEAD" else "revision-given", None, ("repository.branch",)
        )
    yield from _line_note_rows(history, tables)
    settings = history.settings
    open_ends = [
        f"command.{end}" for end, value in (("since", settings.since), ("until", settings.until)) if value is None
    ]
    if open_ends:
        missing = " and ".join(end.replace("command.", "--") for end in open_ends)
        yield quality_row("whole-history", f"{missing} not given: that end of the history is open.", tuple(open_ends))


def _line_note_rows(history: History, tables: AnalysisTables) -> Iterator[QualityRow]:
    """Yield which line-level stores this clone has, and which notes of the store we read are not used."""
    paths = tuple(f"share.definitions[].{name}" for name in ("marked", "at_most", "n"))
    if tables.recall is not None:
        periods = [f"marking.recall_by_period[].{name}" for name in ("recall", "low", "high", "precision")]
        yield quality_row("recall-known", _recall_sentence(tables.recall), tuple(periods))
    else:
        paths = ("marking.recall_by_period", *paths)
    if not names_lines(history.repository):
        yield quality_row("notes-not-fetched", None, paths)
    elif history.notes is None or not history.notes.noted_commits:
        yield quality_row("no-line-notes", None, paths)
    yield from _checkpoint_rows(history, paths)
    yield from _marking_change_rows(tables)
    if rules := rules_sentence(tables.policies, history.policies.unread):
        yield quality_row("marking-policies", rules, POLICY_NULLS)
    if history.repository.other_stores:
        names = ", ".join(sorted(set(history.repository.other_stores)))
        yield quality_row("other-line-stores", f"Line-level records of {names} are here and are not read.")
    notes = history.notes
    if notes is not None and notes.carried_notes:
        sentence = f"{number(notes.carried_notes)} notes of squashed or rebased commits"
        yield quality_row("notes-carried", f"{sentence} speak for the commit of this history that holds their content.")
    if notes is not None and notes.empty_notes + notes.notes_on_merges + notes.notes_outside:
        reasons = f"{number(notes.empty_notes)} are empty, {number(notes.notes_on_merges)} on merges"
        squashed = (
            f"{number(notes.notes_outside)} on commits that are not in this history (a squash leaves them behind)"
        )
        yield quality_row("notes-left-aside", f"Of the line-level notes {reasons}, {squashed}; they say nothing here.")


def _marking_change_rows(tables: AnalysisTables) -> Iterator[QualityRow]:
    """Yield whether the marked rate changed for another reason than use."""
    labelling = ", ".join(change.period for change in tables.marking_changes if change.kind == "labelling")
    unsettled = ", ".join(change.period for change in tables.marking_changes if change.kind in {"open", "at_once"})
    if tables.marking_changed:
        when = f" in {labelling}" if labelling else ", by what line-level records show that marks find"
        yield quality_row("drift", f"Marking changed{when}: a trend across it is not adoption.")
    elif tables.marking_changed is None:
        sentence = f"What is marked changed in {unsettled}; nothing tells whether use or marking did."
        yield quality_row("drift-unsettled", sentence if unsettled else None, ("marking.drift",))


def _checkpoint_rows(history: History, paths: tuple[str, ...]) -> Iterator[QualityRow]:
    """Yield whether commits have Entire checkpoints, and which of these are not used; without any, `paths` are null."""
    checkpoints = history.checkpoints
    if checkpoints is None or checkpoints.counts.empty:
        yield quality_row("no-checkpoints", None, paths)
    if checkpoints is not None and checkpoints.shared + checkpoints.uncounted:
        sentence = f"Of the commits with a checkpoint {number(checkpoints.shared)} share it with others"
        yield quality_row(
            "checkpoints-left-aside",
            f"{sentence}, {number(checkpoints.uncounted)} have no count; theirs say nothing here.",
        )


def _recall_sentence(recall: Recall) -> str:
    measurable = recall.months[recall.months["n"] >= MIN_COMMITS]
    shares = (measurable["marked"] / measurable["n"]).tolist()
    span = f"; by month {percent(min(shares))} to {percent(max(shares))}" if len(shares) > 1 else ""
    share = percent(recall.marked / recall.n) if recall.n else "none"
    return f"Marks found {share} of the {number(recall.n)} commits whose line-level records show AI lines{span}."
