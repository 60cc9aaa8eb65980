"""Schemas of the tables that stages pass to each other: grain, key and columns."""

from __future__ import annotations

from analyzer.core.rows import iter_rows, records
from analyzer.core.schema import DTYPES, Column, Schema, SchemaError, conform

__all__ = ["DTYPES", "Column", "Schema", "SchemaError", "conform", "iter_rows", "records"]

COMMITS = Schema(
    "commits",
    "one row per commit reachable from the analysed revision, oldest first (topological order)",
    ("sha",),
    (
        Column("sha", "text", "commit id"),
        Column("parents", "text", "parent ids, separated by blanks; empty for a root commit"),
        Column("author_name", "text", "as recorded, before .mailmap"),
        Column("author_email", "text", "as recorded, before .mailmap"),
        Column("mapped_name", "text", "author name after .mailmap"),
        Column("mapped_email", "text", "author address after .mailmap"),
        Column("committer_name", "text", "after .mailmap"),
        Column("committer_email", "text", "after .mailmap"),
        Column("authored", "time", "author date, UTC; can be wrong", required=False),
        Column("committed", "time", "committer date, UTC; decides the period of a commit", required=False),
        Column("message", "text", "full message, untrusted"),
    ),
)

FILE_CHANGES = Schema(
    "file_changes",
    "one row per (commit, file); of a merge, the files in which it wrote or dropped lines itself",
    ("sha", "path"),
    (
        Column("sha", "text", "commit id"),
        Column("path", "text", "path after the change"),
        Column("old_path", "text", "path before the change; of a merge, in the first parent that has the file"),
        Column(
            "status",
            "text",
            "A, M, D, R, C or T, as git reports it; of a merge, A if no parent has the file, D if the merge lacks it",
        ),
        Column(
            "path_class",
            "text",
            "code, test, docs, data, notebook, lockfile, generated, vendored, lfs, unknown, binary or link",
        ),
        Column(
            "added",
            "int",
            "lines added, of a merge those that no parent has; NA for binary files and links",
            required=False,
        ),
        Column(
            "deleted",
            "int",
            "lines deleted, of a merge those of a parent that it lacks and no other commit removed; "
            "NA for binary files and links",
            required=False,
        ),
        # Of files whose lines are not followed, these six are NA.
        Column("functions", "int", "added lines that define a function, recognised by keyword", required=False),
        Column("decisions", "int", "added lines that begin with if, for, while, case, catch, …", required=False),
        Column("effective", "int", "added lines that are neither moved nor slight (≤ 3 characters)", required=False),
        Column("copied", "int", "of these, lines in blocks of six that other code or tests had", required=False),
        Column("tokens", "int", "tokens of the effective lines, without comments, imports and data", required=False),
        Column(
            "repeated_tokens",
            "int",
            "of these, tokens in blocks of fifty that other code or tests had but for names, literals and formatting",
            required=False,
        ),
    ),
)

PEOPLE = Schema(
    "people",
    "one row per commit: the person behind its author fields",
    ("sha",),
    (
        Column("sha", "text", "commit id"),
        Column("person", "text", "keyed hash of the person; NA for automation", required=False),
        Column("automation", "bool", "a maintenance bot made the commit: neither AI nor human"),
    ),
)

EVIDENCE = Schema(
    "evidence",
    "one row per AI mark found in a commit",
    (),
    (
        Column("sha", "text", "commit id"),
        Column("rule", "text", "signal that matched, a colon, and the row of its table"),
        Column("tool", "text", "tool slug; NA if the mark names none", required=False),
        Column("model", "text", "model slug; NA if the mark names none", required=False),
        Column("role", "text", "author, coauthor, assisted, session, suggestion, checkpoint, message, hint, …"),
        Column("strength", "text", "A, B, C, D, H, M or R (docs/signals.md)"),
        Column("match", "text", "the text that matched, untrusted"),
        Column("path", "text", "file; only from line-level stores", required=False),
        Column("start", "int", "first line; only from line-level stores", required=False),
        Column("end", "int", "last line; only from line-level stores", required=False),
    ),
)

LINE_TRUTH = Schema(
    "line_truth",
    "one row per (commit with a line-level note, file, source, tool, model)",
    (),
    (
        Column("sha", "text", "commit id"),
        Column("path", "text", "file after the commit"),
        Column(
            "source",
            "text",
            "ai or human: who wrote the lines according to the note; all other lines are untracked, which is not human",
        ),
        Column("tool", "text", "tool slug; NA if the note names none", required=False),
        Column("model", "text", "model slug; NA if the note names none", required=False),
        Column("lines", "int", "lines the commit added"),
    ),
)

CHECKPOINTS = Schema(
    "checkpoints",
    "one row per commit that has its own checkpoint with line counts",
    ("sha",),
    (
        Column("sha", "text", "commit id"),
        Column("agent_lines", "int", "lines that the recorder attributes to an agent, in files of every class"),
        Column("lines", "int", "lines the commit added, as counted by the recorder"),
        Column("tool", "text", "tool slugs; NA if none is named or no line is attributed to an agent", required=False),
    ),
)

ADOPTION = Schema(
    "adoption",
    "one row per tool whose files the repository contains or once contained",
    ("tool",),
    (
        Column("tool", "text", "tool slug; any-agent for files that many tools read"),
        Column("kind", "text", "assistant (writes code) or reviewer (comments on it)"),
        Column("path", "text", "the tool's earliest file"),
        Column("sha", "text", "commit that added the file"),
        Column("first", "time", "committer date of that commit", required=False),
    ),
)

RECALL = Schema(
    "recall",
    "one row per month that has commits with informative line-level notes",
    ("period",),
    (
        Column("period", "text", "month of the committer date"),
        Column("recorded", "int", "commits covered by a record"),
        Column("n", "int", "of these, commits with lines that the record attributes to an agent"),
        Column("marked", "int", "of these, commits with an AI mark"),
        Column("marks", "int", "commits with an AI mark, among all commits with such notes"),
    ),
)

LABELS = Schema(
    "labels",
    "one row per commit: what its AI marks say",
    ("sha",),
    (
        Column("sha", "text", "commit id"),
        Column("label", "text", "marked (as AI), automation or unmarked (AI-written or human-written)"),
        Column("ai", "bool", "marked as AI by author, credit or session; counted in the floor"),
        Column(
            "part",
            "float",
            "marked share: for a squash that lists its commits, the share of marked ones; otherwise 1 or 0",
        ),
        Column(
            "weak",
            "bool",
            "only applied suggestions, checkpoints or hints: counted in the ceiling, not the floor",
        ),
        Column("tool", "text", "tool slugs, separated by blanks; empty if none is named"),
        Column("model", "text", "model slugs, separated by blanks; empty if none is named"),
        Column("strength", "text", "strength of the strongest mark; NA without one", required=False),
        Column("agent_author", "bool", "an AI agent is the git author"),
        Column(
            "person",
            "text",
            "person credited; NA for automation, agents without a person and accounts that may be an agent's",
            required=False,
        ),
    ),
)

SURVEY = Schema(
    "survey",
    "one row per merged change in the sample to ask the team about",
    ("merged_change",),
    (
        Column("merged_change", "text", "merged change, as in table merged_changes"),
        Column("sha", "text", "commit that landed it"),
        Column("merged", "time", "when it was merged", required=False),
        Column("stratum", "text", "marked or unmarked; with --style also by the style of its functions"),
        Column("changes", "int", "merged changes in this stratum"),
        Column("sampled", "int", "merged changes of this stratum in the sample"),
    ),
)

MERGED_CHANGES = Schema(
    "merged_changes",
    "one row per merged change",
    ("merged_change",),
    (
        Column("merged_change", "text", "its reviewed request, such as pr:N, or its kind and the id of its commit"),
        Column("kind", "text", "merge, squash, rebase or session"),
        Column("sha", "text", "commit that landed it"),
        Column(
            "merged",
            "time",
            "committer date of the first-parent commit that brought it in, its merge date",
            required=False,
        ),
        Column(
            "person",
            "text",
            "person credited, never the one who merged; NA for automation and for agents without a person",
            required=False,
        ),
        Column("label", "text", "marked (at least one commit is marked), automation or unmarked"),
        Column(
            "ai",
            "float",
            "share of its non-automation commits that are marked as AI; NA for automation",
            required=False,
        ),
        Column("commits", "int", "number of non-merge commits in it"),
        Column("host", "text", "code-review host or merge bot whose words name it; NA if none do", required=False),
    ),
)

BIRTHS = Schema(
    "births",
    "one row per run of neighbouring lines that one commit added to one file",
    (),
    (
        Column("born_sha", "coded", "commit that added them"),
        Column("path", "coded", "file, by its path at that commit"),
        Column("line", "int", "first line of the run in that commit's file, counted from 1"),
        Column("lines", "int", "number of lines"),
    ),
)

DEATHS = Schema(
    "deaths",
    "one row per run of neighbouring lines with the same birth and the same removing commit",
    (),
    (
        Column("born_sha", "coded", "commit that added them"),
        Column("died_sha", "coded", "commit that removed them: the earliest non-merge one, else the earliest merge"),
        Column("path", "coded", "file, by its path at their birth"),
        Column("line", "int", "first line of the run at birth, counted from 1"),
        Column("lines", "int", "number of lines"),
        Column("days", "float", "days from birth to removal, by committer dates; at least 0", required=False),
    ),
)

LIFETIMES = Schema(
    "lifetimes",
    "one row per (commit, file, removing commit): lines written there, and the commit that removed them",
    (),
    (
        Column("born_sha", "coded", "commit that wrote them"),
        Column("path", "coded", "file, by its path at their birth"),
        Column("died_sha", "coded", "commit that removed them; NA for lines alive at head", required=False),
        Column("lines", "int", "number of lines"),
        Column("cosmetic", "int", "of these, comments and slight lines (≤ 3 characters)"),
    ),
)

SPANS = Schema(
    "spans",
    "one row per row of `lifetimes` born before the as-of date",
    (),
    (
        Column("born_sha", "coded", "commit that wrote them"),
        Column("path", "coded", "file, by its path at their birth"),
        Column("lines", "int", "number of lines"),
        Column(
            "died_sha",
            "coded",
            "commit that removed them, before or after the as-of date; NA if none did",
            required=False,
        ),
        Column("days", "float", "days from birth to removal or else to the as-of date, by committer dates; at least 0"),
        Column("died", "bool", "removed before the as-of date; otherwise censored"),
    ),
)

OUTCOME_ROWS = Schema(
    "outcome_rows",
    "one row per (commit or merged change, matching cell) old enough for the outcome to be known",
    ("key", "cell"),
    (
        Column("key", "coded", "commit id or merged change"),
        Column("person", "coded", "person credited; NA if nobody is", required=False),
        Column("when", "time", "when it was committed or merged"),
        Column("cell", "coded", "anything else it is matched on, such as the class of file; may be empty"),
        Column("ai", "float", "its marked share"),
        Column("events", "float", "lines or changes to which the outcome happened"),
        Column("denominator", "float", "lines or changes to which it could have happened"),
    ),
)

SURVIVING = Schema(
    "surviving",
    "one row per (commit, file of the analysed revision): lines of the file that come from the commit",
    (),
    (
        Column("sha", "coded", "commit the lines come from; NA for files that no share counts", required=False),
        Column("path", "coded", "file, by its current path"),
        Column("lines", "int", "number of lines"),
    ),
)

LINES_AT_HEAD = Schema(
    "lines_at_head",
    "one row per line of the analysed revision",
    (),
    (
        Column("path", "coded", "file"),
        Column("line", "int", "line number, counted from 1"),
        Column("sha", "coded", "commit the line comes from"),
        Column("born_path", "coded", "file in which that commit wrote it"),
        Column("born_line", "int", "line number it had there, counted from 1"),
        Column(
            "reason",
            "coded",
            "moved, restored, whitespace or ignored: why the commit is not the last one to touch the line",
            required=False,
        ),
    ),
)

FUNCTIONS = Schema(
    "functions",
    "one row per function that a sampled commit added in full; followed by the features of the style estimate",
    ("sha", "path", "line"),
    (
        Column("sha", "text", "commit that added it"),
        Column("path", "text", "file after the commit"),
        Column("line", "int", "its first line there, counted from 1"),
        Column("lines", "int", "number of lines"),
    ),
)

ITEMS = Schema(
    "items",
    "one row per (definition, item it counts)",
    (),
    (
        Column("definition", "coded", "definition of AI share"),
        Column("period", "coded", "period of the item; NA without a date", required=False),
        Column("weight", "int", "weight of the item: 1, or its number of lines"),
        Column("marked", "float", "marked share of the item, 0 to 1"),
        Column("pre_ai", "bool", "unmarked and older than any AI code assistant"),
    ),
)

BOUNDS = Schema(
    "bounds",
    'one row per (definition, period); period "all" is the whole range',
    ("definition", "period"),
    (
        Column("definition", "text", "definition id"),
        Column("period", "text", "period, or all"),
        Column("marked", "float", "marked / n; NA if n is 0", required=False),
        Column("at_most", "float", "1 - provably pre-AI / n; NA if n is 0", required=False),
        Column("n", "int", "total weight of the items"),
    ),
)

CREDITS = Schema(
    "credits",
    "one row per tool (or model): what it is credited with; one commit can credit several",
    ("name",),
    (
        Column("name", "text", "slug, or unknown"),
        Column("commits", "int", "marked commits that name it, merges excluded"),
        Column(
            "lines_added",
            "int",
            "lines those commits, and marked merges that name it, added to code and tests; NA if lines are unknown",
            required=False,
        ),
        Column(
            "lines_surviving",
            "int",
            "of these lines, those still in code and tests at head; NA if lines are unknown",
            required=False,
        ),
    ),
)
