"""Every slug the product prints: what it means and what to do. `aishare explain SLUG` reads this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Message:
    """A documented slug; `severity` "error" stops the run, the others stand in data quality."""

    slug: str
    severity: Severity
    means: str
    fix: str


MESSAGES: dict[str, Message] = {
    m.slug: m
    for m in (
        # Errors: the repository cannot answer (exit 3).
        Message("not-a-repository", "error", "The path is not inside a git repository.", "Pass the path of a clone."),
        Message(
            "url-given",
            "error",
            "A URL was given; nothing is fetched on your behalf.",
            "git clone it, then pass the folder.",
        ),
        Message("path-not-found", "error", "The path does not exist.", "Check the spelling."),
        Message(
            "path-unreadable", "error", "The path, or the repository's files, cannot be read.", "Check the permissions."
        ),
        Message(
            "dubious-ownership",
            "error",
            "git refuses a repository that somebody else owns.",
            "Run the line that git names, if you trust the owner.",
        ),
        Message("empty-repository", "error", "The repository has no commits.", "Analyse it after the first commit."),
        Message(
            "unborn-branch",
            "error",
            "HEAD points at a branch without commits, while other branches have some.",
            "Name one of them with --rev.",
        ),
        Message(
            "unknown-revision",
            "error",
            "--rev names no commit of this repository.",
            "Name a branch, a tag or a commit id.",
        ),
        Message(
            "shallow-clone",
            "error",
            "The clone is cut off: its oldest commits look as if they had written everything before them.",
            "git fetch --unshallow; in CI set fetch-depth: 0.",
        ),
        Message(
            "nothing-in-range",
            "error",
            "No commit is left after the date range and the path filters.",
            "Widen --since and --until, or change --include and --exclude.",
        ),
        Message(
            "broken-repository",
            "error",
            "git could not read the history: objects are missing or damaged.",
            "Run git fsck, or clone afresh.",
        ),
        # Errors: the set-up or the command (exit 1 and 2).
        Message("git-missing", "error", "git is not installed, or not on PATH.", "Install git 2.31 or newer."),
        Message(
            "git-too-old",
            "error",
            "git is older than 2.31, the oldest version this reads correctly.",
            "Install a newer git.",
        ),
        Message(
            "config-invalid",
            "error",
            "The configuration has an unknown key, a wrong type or invalid TOML.",
            "Correct the key that the message names.",
        ),
        Message("bad-date", "error", "A date is not ISO 8601 (2026-01-31).", "Write the date as YYYY-MM-DD."),
        Message(
            "output-unwritable",
            "error",
            "The output file cannot be written.",
            "Name a file in a folder you may write to.",
        ),
        Message(
            "bad-panel",
            "error",
            "The panel given to infer lacks a column, holds a value that is none, or repeats a unit and period.",
            "Correct the row or column that the message names.",
        ),
        Message(
            "unknown-name",
            "error",
            "No commit, definition, signal or slug has this name.",
            "aishare list signals names the signals; docs/messages.md the slugs.",
        ),
        Message(
            "no-such-effect",
            "error",
            "An option was given that does not concern what was asked for.",
            "Leave it out.",
        ),
        Message(
            "folder-not-empty",
            "error",
            "A simulated repository is written to a new or empty folder only; nothing is overwritten.",
            "Name a folder that does not exist yet.",
        ),
        Message(
            "simulation-too-busy",
            "error",
            "So many changes fall in four weeks that they cannot be told apart by their landing times.",
            "Simulate fewer people, or a smaller effect.",
        ),
        Message(
            "not-in-this-version",
            "error",
            "The verb, table or option is part of the contract but not of this version.",
            "The CHANGELOG lists what is there.",
        ),
        # Data quality: the history.
        Message(
            "partial-clone",
            "warning",
            "Some file contents are missing from this clone, so lines cannot be counted; commits and merged changes can.",
            "git clone without --filter, or git fetch --refetch.",
        ),
        Message(
            "contents-missing",
            "warning",
            "A few file contents are missing from this clone; lines of these files are in no count, on either side.",
            "git clone without --filter, or git fetch --refetch.",
        ),
        Message(
            "ignore-revs-invalid",
            "warning",
            "Some lines of .git-blame-ignore-revs are no full commit ids; the commits they mean keep their lines.",
            "Write full commit ids, one a line; # begins a comment.",
        ),
        Message(
            "classify-invalid",
            "error",
            "A line of the input of classify is no JSON object of texts.",
            "One JSON object a line; aishare classify --help names the keys.",
        ),
        Message(
            "damaged-contents",
            "warning",
            "git could not read some file contents, though the clone is not a partial one; lines cannot be counted, commits and merged changes can.",
            "Run git fsck, or clone afresh.",
        ),
        Message(
            "empty-definition",
            "info",
            "A definition has nothing to count here (a history without code has no lines of code); its share is unknown, not zero.",
            "Use another definition.",
        ),
        Message(
            "undated-commits",
            "warning",
            "Some commits carry a date git cannot place; they count in totals and in no period.",
            "Nothing to do, unless there are many.",
        ),
        Message(
            "dates-out-of-order",
            "info",
            "Some commits are dated before their parents.",
            "Nothing to do: the order is git's topological order.",
        ),
        Message(
            "future-commits",
            "info",
            "Some commits are dated after the analysed revision; they count in totals and in no period.",
            "Nothing to do.",
        ),
        Message(
            "detached-head",
            "info",
            "HEAD is on no branch, so the branch has no name.",
            "git switch to a branch to have it named.",
        ),
        Message("revision-given", "info", "--rev named the commit, so the branch is not known.", "Nothing to do."),
        Message(
            "whole-history",
            "info",
            "No --since or no --until was given: that end of the history is open.",
            "Set a range to narrow it.",
        ),
        Message(
            "empty-periods",
            "info",
            "Some periods hold nothing to count; their share is unknown, not zero.",
            "Use a coarser --by.",
        ),
        Message(
            "automation-excluded",
            "info",
            "Commits by maintenance bots are neither AI nor human and are counted in neither part of any share.",
            "Nothing to do.",
        ),
        Message(
            "addresses-merged",
            "info",
            "People with several addresses were merged: by .mailmap, by hosting account, by full name.",
            "Correct a wrong merge or split with a .mailmap.",
        ),
        Message(
            "notes-not-fetched",
            "info",
            "The clone holds no refs/notes/ai; line-level records, if the project keeps them, are not fetched by default.",
            "git fetch origin 'refs/notes/*:refs/notes/*'",
        ),
        Message(
            "attributes-unreadable",
            "warning",
            "The .gitattributes of the analysed commit could not be applied; path classes come from patterns alone.",
            "Run aishare doctor.",
        ),
        # Data quality: the evidence.
        Message(
            "undeclared-not-human",
            "info",
            "A change without a mark is undeclared. Where the truth is known, marks found about half of the AI commits.",
            "Read the floor and the ceiling together.",
        ),
        Message(
            "squash-merges",
            "warning",
            "Squash merges are one commit each: marks inside them may be lost, and one mark claims the whole unless the message lists its commits.",
            "Keep trailers when squashing.",
        ),
        Message(
            "weak-evidence",
            "info",
            "Some commits hold only an applied suggestion, a checkpoint or a hint: outside the floor, inside the ceiling.",
            "Nothing to do.",
        ),
        Message(
            "unassigned-agents",
            "info",
            "Some agent-authored changes name no person; they count in the share and in no person's output.",
            "Let agents co-sign with the person who asked.",
        ),
        Message(
            "integrated-late",
            "info",
            "Some changes had landed on another branch or project long before the mainline took them in; they stand in the period of their arrival.",
            "Read a single high period with that in mind.",
        ),
        Message(
            "reverts-netted",
            "info",
            "A change that was reverted by name within 35 days and its revert add up to nothing shipped: neither counts as throughput. They stay in the shares and in the count of reverts.",
            "Nothing to do.",
        ),
        Message(
            "lines-raw",
            "info",
            "Lines added are counted as git blame sees them: blank, short and moved lines are in, on both sides of the fraction.",
            "Nothing to do.",
        ),
        Message(
            "evidence-families-read",
            "info",
            "Marks are read in identities, trailers, footers, session links and English prose; of line-level stores refs/notes/ai is read.",
            "Read the floor as a floor.",
        ),
        # Data quality: parts of the contract that are null because they are not built.
        Message(
            "estimate-not-in-this-version",
            "warning",
            "No estimate between floor and ceiling is made yet; the share is known only as that range.",
            "Read the floor and the ceiling.",
        ),
        Message(
            "definition-not-in-this-version",
            "info",
            "Functions and surviving lines are not measured yet.",
            "Use commits, merged changes or lines added.",
        ),
        Message(
            "inference-not-in-this-version",
            "warning",
            "Defects are reverts alone so far; most placebos, the specification curve, the tipping point and the spill-over are not computed yet.",
            "Do not read the share as productivity or quality.",
        ),
        # Verdicts: why a grade was given.
        Message(
            "no-share-varies",
            "info",
            "No declared share varies within people and periods, so nothing can be compared: not measurable.",
            "Nothing to do, unless marks are missing: then keep trailers.",
        ),
        Message(
            "too-few-people",
            "info",
            "An estimate needs six people with comparable spans over twelve periods of four weeks, each with eight active periods, three of them since the first AI mark.",
            "More people, more months, or several repositories together.",
        ),
        Message(
            "too-small-to-see",
            "info",
            "The interval holds zero, and only a large effect of AI use would have been seen: unknown, too little history.",
            "More people, more months, or several repositories together.",
        ),
        Message(
            "nothing-detected",
            "info",
            "The interval holds zero, and an effect of AI use of 30 % or more would have been seen four times in five.",
            "Nothing to do.",
        ),
        Message(
            "near-zero",
            "info",
            "The whole interval of the use figure lies within ±10 %: shown to be near zero.",
            "Nothing to do.",
        ),
        Message(
            "says-little",
            "info",
            "The recorded share goes with throughput: swap test and jackknife interval agree. No durable outcome and no specification curve exist in this version, so no higher grade can be given.",
            "Read it as an association of the recorded share, not as an effect.",
        ),
        Message(
            "verdict-scales",
            "info",
            "Throughput is a relative change for +50 points of share; defects are a risk ratio and difference between marked and other changes. Each verdict leaves the other's scale empty.",
            "Nothing to do.",
        ),
        Message(
            "no-upper-end",
            "info",
            "So few of the other changes were reverted, or by so few people, that no ratio is too large to be excluded.",
            "More people, more months, or several repositories together.",
        ),
        Message(
            "no-p-value",
            "info",
            "Where fewer than two people have comparable spans there is nobody to swap with, and no p-value.",
            "Nothing to do.",
        ),
        Message(
            "too-few-reverts",
            "info",
            "The comparison needs six people who have marked and other changes in the same four weeks, and some reverts; reverts are rare.",
            "More people, more months, or several repositories together.",
        ),
        Message(
            "share-too-noisy",
            "info",
            "The share rests on so few changes per person that less than 40 % of its variation is signal; no figure for AI use is given.",
            "Longer periods of more people.",
        ),
        Message("outcomes-not-in-this-version", "info", "No outcome table is computed yet.", "Nothing to do."),
        Message(
            "disclosure-not-in-this-version",
            "info",
            "Drift of disclosure is not tested yet: a jump may be a tool's new default, not adoption.",
            "Compare a jump with the tools' release notes.",
        ),
        Message(
            "goodhart-not-in-this-version", "info", "Gaming is not tested yet.", "Do not set the share as a target."
        ),
        Message("effort-not-in-this-version", "info", "Specification effort is not measured yet.", "Nothing to do."),
        Message(
            "style-model-not-in-this-version", "info", "No style model is shipped, so none is named.", "Nothing to do."
        ),
    )
}
