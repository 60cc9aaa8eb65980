"""`Result` → `Report`: which sentences are said, in which order. No arithmetic beyond picking rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.inference.power import power_table
from analyzer.report.drifts import disclosure_tables, marking
from analyzer.report.gaming import gaming_section
from analyzer.report.model import Block, Finding, Notice, Report, Section, Sentence, Spark, Table
from analyzer.report.outcomes import outcome_tables, survival_table
from analyzer.report.ranks import ranks_table
from analyzer.report.words import GRADES, change, many, number, percent
from analyzer.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.report.judged import Passed
    from analyzer.report.result import (
        Command,
        ModelCredit,
        Result,
        ShareDefinition,
        SharePeriod,
        ToolCredit,
    )

HEADLINE = "merged_changes"
# The screen has room for one definition of a kind; longer formats show all.
_LATER = frozenset({"lines_effective", "lines_surviving_90d", "changes_any_mark", "lines_blamed", "lines_by_role"})
_SPARK_PERIODS = 12
_CREDIT_WIDTH = 47
_BRANCH_WIDTH = 20
_NARROWED_WIDTH = 66
_PASSED: dict[Passed, str] = {True: "passed", False: "FIRED", "not_runnable": "not runnable"}


def story(result: Result) -> Report:
    """The report of one analysis."""
    facts = result.repository
    where = f"{plain(facts.branch, _BRANCH_WIDTH)}@{facts.head[:7]}" if facts.branch else facts.head[:7]
    span = f"{facts.first_commit or '?'} → {facts.last_commit or '?'}"
    return Report(
        title=f"Declared AI share of {facts.name}",
        facts=(facts.name, where, span, many(facts.commits, "commit"), many(facts.authors, "author")),
        sections=(
            _how_much(result),
            _what_it_tells(result),
            gaming_section(result.goodhart),
            _not_answered(result),
            _details(result),
            _definitions(),
            _quality(result),
        ),
        closing='"Goes with", not "causes".',
        footer=_footer(result),
    )


def _how_much(result: Result) -> Section:
    definitions = {d.id: d for d in result.share.definitions}
    computed = [d for d in result.share.definitions if d.n is not None]
    blocks: list[Block] = [Sentence(_headline(definitions[HEADLINE]))]
    if narrowed := _narrowed(result.command):
        text = " · ".join(f"{name} {value}" for name, value in narrowed)
        blocks.append(Sentence(plain(text, _NARROWED_WIDTH), "counted"))
    blocks += _trend(result)
    blocks += marking(result.disclosure)
    spread = result.share.spread
    if spread.low != spread.high:
        span = f"{percent(spread.low)} … {percent(spread.high)}"
        blocks.append(Sentence(f"by other definitions {span} declared, each true: aishare explain share"))
    blocks.append(Sentence("undeclared is not human: a missing mark says nothing about who wrote it"))
    abstained = definitions["functions"].abstained
    if abstained is not None and abstained.startswith("style-") and abstained != "style-not-asked":
        blocks.append(Sentence(f"style says nothing here: aishare explain {abstained}"))
    blocks.append(_definition_table(computed))
    blocks.append(_credit_line("tools", [(t.tool, t.commits) for t in result.share.by_tool]))
    blocks.append(_credit_line("models", [(m.model, m.commits) for m in result.share.by_model]))
    return Section("How much", tuple(blocks))


def _details(result: Result) -> Section:
    computed = [d for d in result.share.definitions if d.n is not None]
    credited = (
        _credit_table("By tool", "tool", [(t.tool, t) for t in result.share.by_tool]),
        _credit_table("By model", "model", [(m.model, m) for m in result.share.by_model]),
    )
    by = result.command.by
    periods = (_period_table(d, [p for p in result.share.by_period if p.definition == d.id], by) for d in computed)
    estimates = (_sensitivity_table(d) for d in computed if d.estimate is not None)
    disclosed = (*estimates, *disclosure_tables(result.disclosure))
    return Section("Details", (*credited, *disclosed, *periods))


def _sensitivity_table(d: ShareDefinition) -> Table:
    """What the estimate would be if undisclosed AI code looked less like disclosed AI code."""
    found = d.estimate
    steps = (
        [] if found is None else [{"relative_recall": 1.0, "low": found.low, "high": found.high}, *found.sensitivity]
    )
    rows = tuple((f"{s['relative_recall']:.2f}", percent(s["low"]), percent(s["high"])) for s in steps)
    note = f"90 % interval of the share of {many(d.n or 0, d.unit)}. It is too low where undisclosed AI code looks "
    note += "less like disclosed AI code: by row, if that part of it were seen."
    return Table(f"Estimate: {d.title}", ("of it seen", "from", "to"), rows, frozenset({0, 1, 2}), note=note)


def _headline(d: ShareDefinition) -> str:
    estimate = (
        "estimate unknown" if d.estimate is None else f"estimate {percent(d.estimate.low)}–{percent(d.estimate.high)}"
    )
    return f"declared {percent(d.floor)} of {d.title}; {estimate}; at most {percent(d.ceiling)}"


def _trend(result: Result) -> list[Block]:
    rows = [p for p in result.share.by_period if p.definition == HEADLINE][-_SPARK_PERIODS:]
    known = [p for p in rows if p.floor is not None]
    if len(known) < 2:
        return []
    first, last = known[0], known[-1]
    text = f"{percent(first.floor)} in {first.period} → {percent(last.floor)} in {last.period} declared"
    return [Spark(tuple(p.floor for p in rows), text)]


def _definition_table(computed: Sequence[ShareDefinition]) -> Table:
    rows = tuple(
        (d.title, percent(d.floor), _estimated(d), percent(d.ceiling), many(d.n or 0, d.unit)) for d in computed
    )
    columns = ("definition", "declared", "estimate", "at most", "of")
    later = frozenset(n for n, d in enumerate(computed) if d.id in _LATER)
    return Table("Share by definition", columns, rows, frozenset({1, 2, 3, 4}), first_screen=True, later=later)


def _estimated(d: ShareDefinition) -> str:
    """The interval alone: a point would be read as a measurement."""
    return (
        "unknown"
        if d.estimate is None
        else f"{d.estimate.low:.0%}–{d.estimate.high:.0%}".replace("%", "", 1).replace("%", " %")
    )


def _credit_line(name: str, credited: Sequence[tuple[str, int]]) -> Sentence:
    """As many as one line of a terminal holds, most credited first, and how many more there are."""
    shown: list[str] = []
    for slug, n in credited:
        item = f"{plain(slug, 30)} {number(n)}"
        if len(" · ".join([*shown, item])) > _CREDIT_WIDTH:
            break
        shown.append(item)
    more = len(credited) - len(shown)
    text = " · ".join(shown) + (f" · {more} more" if more else "")
    return Sentence(f"{text} (commits)" if shown else "none declared", name)


def _credit_table(caption: str, column: str, rows: Sequence[tuple[str, ToolCredit | ModelCredit]]) -> Table:
    shown = tuple((name, number(c.commits), number(c.lines_added), number(c.lines_surviving)) for name, c in rows)
    note = "A commit that credits several counts under each." if rows else "No commit credits any."
    columns = (column, "commits", "lines added", "lines alive")
    return Table(caption, columns, shown, frozenset({1, 2, 3}), note=note)


def _period_table(d: ShareDefinition, periods: Sequence[SharePeriod], by: str) -> Table:
    rows = tuple((p.period, percent(p.floor), percent(p.ceiling), number(p.n)) for p in reversed(periods))
    return Table(
        f"{d.title.capitalize()} by {by}",
        (by, "declared", "at most", f"{d.unit}s"),
        rows,
        frozenset({1, 2, 3}),
        note="Newest first; the first and last may be cut by the range.",
    )


def _what_it_tells(result: Result) -> Section:
    found = tuple(Finding(v.outcome, GRADES[v.grade], v.sentence, v.slug) for v in result.verdicts)
    return Section(
        "What it tells you",
        (
            *found,
            *outcome_tables(result.outcomes),
            survival_table(result.survival),
            _placebos(result),
            ranks_table(result.verdicts),
            _power(),
        ),
    )


def _placebos(result: Result) -> Table:
    rows = tuple((v.outcome, p.id, _PASSED[p.passed]) for v in result.verdicts for p in v.placebos or [])
    note = "A placebo that is not runnable has not passed." if rows else "Nothing was estimated, so no placebo ran."
    return Table("Placebos", ("outcome", "placebo", "result"), rows, note=note)


def _power() -> Table:
    rows = tuple((str(c.people), str(c.months), change(c.recorded), change(c.use)) for c in power_table())
    panels = power_table()[0].panels
    note = f"Median of {panels} simulated histories without an effect, about 5 changes a person and four weeks."
    columns = ("comparable people", "months", "recorded share", "AI use")
    return Table(
        "Smallest effect on throughput that would be seen, by history",
        columns,
        rows,
        frozenset({0, 1, 2, 3}),
        note=note,
    )


def _not_answered(result: Result) -> Section:
    slug = "effort-not-in-this-version"
    missing = Finding("effort", "UNKNOWN", "Not in this version.", slug, first_screen=False)
    return Section("Not answered yet", (missing,) if result.effort is None else ())


def _definitions() -> Section:
    from analyzer.share import SHARES

    rows = tuple((d.title, d.says, d.limits) for d in SHARES)
    return Section(
        "Definitions", (Table("What each share is a share of", ("definition", "what it counts", "limits"), rows),)
    )


def _quality(result: Result) -> Section:
    notices = [Notice(q.slug, q.severity, q.message, q.fix) for q in result.data_quality]
    history = [n for n in notices if n.severity == "warning" and not n.slug.endswith("-not-in-this-version")]
    lifted = {n.slug for n in history[:2]}
    return Section(
        "Data quality", tuple(Notice(n.slug, n.severity, n.text, n.fix, first_screen=n.slug in lifted) for n in notices)
    )


def _narrowed(c: Command) -> list[tuple[str, str]]:
    """What narrows the count, as options and values."""
    ends = [(name, value) for name, value in (("since", c.since), ("until", c.until)) if value]
    return [*ends, *(("include", g) for g in c.include), *(("exclude", g) for g in c.exclude)]


def _footer(result: Result) -> tuple[tuple[str, str], ...]:
    c, t = result.command, result.tool
    asked = [
        f"aishare analyze --rev {plain(c.rev)} --by {c.by}",
        *(f"--{k} {v}" for k, v in _narrowed(c)),
    ]
    return (
        ("command", " ".join(asked)),
        ("as of", c.as_of or "unknown"),
        ("settings", c.config_digest),
        ("head", result.repository.head),
        ("versions", f"aishare {t.version}, rules {t.rules}, git {t.git}, schema {result.schema_version}"),
    )
