"""The tables that cross stage borders: their grain, keys and columns."""

from __future__ import annotations

from analyzer.core.schema import DTYPES, Column, Schema, SchemaError, conform, records, walk

__all__ = ["DTYPES", "Column", "Schema", "SchemaError", "conform", "records", "walk"]

COMMITS = Schema(
    "commits",
    "one row a commit reachable from the analysed revision, oldest first (topological)",
    ("sha",),
    (
        Column("sha", "text", "commit id"),
        Column("parents", "text", "parent ids, blank-separated; empty for a root"),
        Column("author_name", "text", "as recorded, before .mailmap"),
        Column("author_email", "text", "as recorded, before .mailmap"),
        Column("mapped_name", "text", "author name after .mailmap"),
        Column("mapped_email", "text", "author address after .mailmap"),
        Column("committer_name", "text", "after .mailmap"),
        Column("committer_email", "text", "after .mailmap"),
        Column("authored", "time", "author date, UTC; can be false", required=False),
        Column("committed", "time", "committer date, UTC: the clock of every period", required=False),
        Column("message", "text", "whole message, untrusted"),
    ),
)

CHANGES = Schema(
    "changes",
    "one row a file changed by a non-merge commit",
    ("sha", "path"),
    (
        Column("sha", "text", "commit id"),
        Column("path", "text", "path after the change"),
        Column("old_path", "text", "path before the change"),
        Column("status", "text", "A, M, D, R, C or T, as git says it"),
        Column("path_class", "text", "code, test, docs, data, lockfile, generated, vendored, binary or link"),
        Column("added", "int", "lines added; NA for binary files and links", required=False),
        Column("deleted", "int", "lines deleted; NA for binary files and links", required=False),
        Column("functions", "int", "lines added that define a function, by keyword", required=False),
        Column("decisions", "int", "lines added that begin with if, for, while, case, catch, …", required=False),
        Column("effective", "int", "lines added that are neither moved nor slight (≤ 3 characters)", required=False),
        Column("copied", "int", "of these, lines in blocks of six and more that stood elsewhere", required=False),
    ),
)

PEOPLE = Schema(
    "people",
    "one row a commit: who is behind its author fields",
    ("sha",),
    (
        Column("sha", "text", "commit id"),
        Column("author", "text", "keyed hash of the person; NA for automation", required=False),
        Column("automation", "bool", "a maintenance bot wrote it: neither AI nor human"),
    ),
)

EVIDENCE = Schema(
    "evidence",
    "one row a trace of AI in a commit",
    (),
    (
        Column("sha", "text", "commit id"),
        Column("rule", "text", "signal that fired, a colon, the row of its table"),
        Column("tool", "text", "tool slug; NA when the trace names none", required=False),
        Column("model", "text", "model slug; NA when the trace names none", required=False),
        Column("role", "text", "author, coauthor, assisted, session, suggestion, checkpoint, message, hint, …"),
        Column("strength", "text", "A, B, C, D, H, M or R (docs/signals.md)"),
        Column("trace", "text", "the text that fired, untrusted"),
        Column("path", "text", "file, for line-level stores", required=False),
        Column("start", "int", "first line, for line-level stores", required=False),
        Column("end", "int", "last line, for line-level stores", required=False),
    ),
)

LINE_TRUTH = Schema(
    "line_truth",
    "one row a commit with a line-level note, file, source, tool and model",
    (),
    (
        Column("sha", "text", "commit id"),
        Column("path", "text", "file after the commit"),
        Column("source", "text", "ai or human: who the note says wrote them; other lines are untracked, not human"),
        Column("tool", "text", "tool slug; NA when the note names none", required=False),
        Column("model", "text", "model slug; NA when the note names none", required=False),
        Column("lines", "int", "lines that the commit added"),
    ),
)

CHECKPOINTS = Schema(
    "checkpoints",
    "one row a commit with a checkpoint of its own that the store counts",
    ("sha",),
    (
        Column("sha", "text", "commit id"),
        Column("agent_lines", "int", "lines that the recorder gives to an agent, files of every kind"),
        Column("lines", "int", "lines that the commit added, as the recorder counted them"),
        Column("tool", "text", "tool slugs; NA where none is named or no line is an agent's", required=False),
    ),
)

ADOPTION = Schema(
    "adoption",
    "one row a tool whose files the repository holds or held",
    ("tool",),
    (
        Column("tool", "text", "tool slug; any-agent for files that many read"),
        Column("path", "text", "its earliest file"),
        Column("sha", "text", "commit that brought it"),
        Column("first", "time", "committer date of that commit", required=False),
    ),
)

RECALL = Schema(
    "recall",
    "one row a month with commits whose line-level notes say something",
    ("period",),
    (
        Column("period", "text", "month of the committer date"),
        Column("recorded", "int", "commits of which a record speaks"),
        Column("n", "int", "of these, commits with lines that it gives to an agent"),
        Column("found", "int", "of these, commits that carry a mark"),
        Column("marks", "int", "commits that carry a mark, of all with such notes"),
    ),
)

LABELS = Schema(
    "labels",
    "one row a commit: what its traces say",
    ("sha",),
    (
        Column("sha", "text", "commit id"),
        Column("label", "text", "declared, automation or undeclared; undeclared is not human"),
        Column("ai", "bool", "declared AI: author, credit or session; what the floor counts"),
        Column("part", "float", "declared part: of a squash that lists its commits the marked ones, else 1 or 0"),
        Column(
            "weak", "bool", "only applied suggestions, checkpoints and hints: outside the floor, inside the ceiling"
        ),
        Column("tool", "text", "tool slugs, blank-separated; empty when none is named"),
        Column("model", "text", "model slugs, blank-separated; empty when none is named"),
        Column("strength", "text", "strongest trace; NA without one", required=False),
        Column("agent_author", "bool", "an AI agent is the git author"),
        Column("author", "text", "the person credited; NA for automation and unassigned agents", required=False),
    ),
)

SURVEY = Schema(
    "survey",
    "one row a merged change to ask the team about",
    ("unit",),
    (
        Column("unit", "text", "as in units"),
        Column("sha", "text", "commit that landed it"),
        Column("merged", "time", "when it landed", required=False),
        Column("stratum", "text", "declared or undeclared, with --style also how its functions look"),
        Column("changes", "int", "changes of this stratum"),
        Column("asked", "int", "changes of this stratum in the sample"),
    ),
)

UNITS = Schema(
    "units",
    "one row a merged change",
    ("unit",),
    (
        Column("unit", "text", "pr:N, or the kind and the landing commit's id"),
        Column("kind", "text", "merge, squash, rebase or session"),
        Column("sha", "text", "commit that landed it"),
        Column("merged", "time", "committer date of the first-parent commit that brought it in", required=False),
        Column(
            "author",
            "text",
            "person credited, never the merger; NA for automation and unassigned agents",
            required=False,
        ),
        Column("label", "text", "declared (any commit marked), automation or undeclared"),
        Column(
            "ai", "float", "share of its non-automation commits that are declared AI; NA for automation", required=False
        ),
        Column("commits", "int", "non-merge commits in it"),
    ),
)

BIRTHS = Schema(
    "births",
    "one row a run of lines that one commit added to one file",
    (),
    (
        Column("born_sha", "coded", "commit that added them"),
        Column("path", "coded", "file, as it was called then"),
        Column("line", "int", "first line of the run in that commit's file, from 1"),
        Column("lines", "int", "how many lines"),
    ),
)

DEATHS = Schema(
    "deaths",
    "one row a run of lines with one birth and one killer",
    (),
    (
        Column("born_sha", "coded", "commit that added them"),
        Column("died_sha", "coded", "commit that removed them: the earliest non-merge one, else the earliest merge"),
        Column("path", "coded", "file at their birth"),
        Column("line", "int", "first line of the run at birth, from 1"),
        Column("lines", "int", "how many lines"),
        Column("days", "float", "committer date of the killer less that of the birth, at least 0", required=False),
    ),
)

LIFETIMES = Schema(
    "lifetimes",
    "one row a commit, file and killer: lines written there, and what removed them",
    (),
    (
        Column("born_sha", "coded", "commit that wrote them"),
        Column("path", "coded", "file at their birth"),
        Column("died_sha", "coded", "commit that removed them; NA for lines alive at head", required=False),
        Column("lines", "int", "how many lines"),
        Column("cosmetic", "int", "of these, slight lines (≤ 3 characters) and comments"),
    ),
)

SPANS = Schema(
    "spans",
    "one row a row of `lifetimes` that was born before the clock",
    (),
    (
        Column("born_sha", "coded", "commit that wrote them"),
        Column("path", "coded", "file at their birth"),
        Column("lines", "int", "how many lines"),
        Column("died_sha", "coded", "commit that removed them, before the clock or not; NA for none", required=False),
        Column("days", "float", "days from birth to death, else to the clock, by committer dates, at least 0"),
        Column("died", "bool", "they died before the clock; else the clock stopped first (censored)"),
    ),
)

JUDGED = Schema(
    "judged",
    "one row a commit or change and kind of file, of those old enough for an outcome",
    ("key", "cell"),
    (
        Column("key", "text", "commit id, or unit"),
        Column("author", "text", "person credited; NA where nobody is", required=False),
        Column("when", "time", "when it was committed, or landed"),
        Column("cell", "text", "what else it is matched on; empty for nothing"),
        Column("ai", "float", "its declared part"),
        Column("events", "float", "of what was exposed, what came to it"),
        Column("exposure", "float", "lines or changes that could"),
    ),
)

SURVIVING = Schema(
    "surviving",
    "one row a commit and file of the analysed revision: lines of the file that come from the commit",
    (),
    (
        Column("sha", "coded", "commit the lines come from"),
        Column("path", "coded", "file, as it is called now"),
        Column("lines", "int", "how many lines"),
    ),
)

LINES_AT_HEAD = Schema(
    "lines_at_head",
    "one row a line of the analysed revision",
    (),
    (
        Column("path", "coded", "file"),
        Column("line", "int", "line, from 1"),
        Column("sha", "coded", "commit the line comes from"),
        Column("born_path", "coded", "file that commit put it in"),
        Column("born_line", "int", "line it had there, from 1"),
        Column("reason", "coded", "moved, restored, whitespace or ignored: why not the last commit", required=False),
    ),
)

FUNCTIONS = Schema(
    "functions",
    "one row a function that a drawn commit wholly added; the features of the style estimate follow",
    ("sha", "path", "line"),
    (
        Column("sha", "text", "commit that added it"),
        Column("path", "text", "file after the commit"),
        Column("line", "int", "its first line there, from 1"),
        Column("lines", "int", "how many lines"),
    ),
)

ITEMS = Schema(
    "items",
    "one row a thing that a share counts, for one definition",
    (),
    (
        Column("definition", "text", "definition that counts it"),
        Column("period", "text", "period it falls in; NA without a date", required=False),
        Column("weight", "int", "how much it counts: 1, or its lines"),
        Column("declared", "float", "declared part of it, 0 to 1"),
        Column("pre_ai", "bool", "undeclared and older than any AI code assistant"),
    ),
)

BOUNDS = Schema(
    "bounds",
    'one row a definition and period; period "all" is the whole range',
    ("definition", "period"),
    (
        Column("definition", "text", "definition id"),
        Column("period", "text", "period, or all"),
        Column("floor", "float", "declared / n; NA where n is 0", required=False),
        Column("ceiling", "float", "1 - provably pre-AI / n; NA where n is 0", required=False),
        Column("n", "int", "what was counted"),
    ),
)

CREDITS = Schema(
    "credits",
    "one row a tool (or model): what it is credited with; one commit may credit several",
    ("name",),
    (
        Column("name", "text", "slug, or unknown"),
        Column("commits", "int", "declared commits that name it"),
        Column(
            "lines_added",
            "int",
            "lines those commits add to code and tests; NA where lines are unknown",
            required=False,
        ),
        Column(
            "lines_surviving",
            "int",
            "lines of theirs in code and tests at head; NA where lines are unknown",
            required=False,
        ),
    ),
)
