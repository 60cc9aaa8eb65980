"""Section on AI shares: by definition, by period, by tool and model, and the sensitivity of estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.report.blocks import Sentence, Table
from analyzer.report.format import many, number, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.report.blocks import Block
    from analyzer.report.contract import ModelCredit, ShareDefinition, SharePeriod, ToolCredit
    from analyzer.share.recovered_marks import RecoveredMarks

HEADLINE = "merged_changes"
# The first screen has room for one definition of each kind; longer formats show all.
_NOT_ON_FIRST_SCREEN = frozenset(
    {"lines_effective", "lines_surviving_90d", "changes_any_mark", "lines_blamed", "lines_by_role"}
)
_CREDIT_WIDTH = 47


def headline(d: ShareDefinition) -> str:
    """Return marked share, estimate and upper bound in one line."""
    estimate = (
        "estimate unknown" if d.estimate is None else f"estimate {percent(d.estimate.low)}–{percent(d.estimate.high)}"
    )
    return f"marked {percent(d.marked)} of {d.title}; {estimate}; at most {percent(d.at_most)}"


def recovered_sentence(recovered: RecoveredMarks | None) -> list[Block]:
    """Return a sentence on the share with marks that squashes lost, if an export of pull requests was given."""
    if recovered is None or not recovered.matched:
        return []
    text = (
        f"{percent(recovered.marked_with_recovered)} marked with the marks of "
        f"{many(recovered.newly_marked, 'squashed pull request')} that history lost; "
        f"{number(recovered.matched)} of {many(recovered.n, 'change')} matched"
    )
    return [Sentence(text, "recovered", first_screen=recovered.newly_marked > 0)]


def definition_table(computed: Sequence[ShareDefinition]) -> Table:
    """Return a table of all definitions."""
    rows = tuple(
        (d.title, percent(d.marked), _estimated(d), percent(d.at_most), many(d.n or 0, d.unit)) for d in computed
    )
    columns = ("definition", "marked", "estimate", "at most", "of")
    later = frozenset(n for n, d in enumerate(computed) if d.id in _NOT_ON_FIRST_SCREEN)
    return Table("Share by definition", columns, rows, frozenset({1, 2, 3, 4}), first_screen=True, later=later)


def _estimated(d: ShareDefinition) -> str:
    """Return the interval of an estimate without its point, which would be read as a measurement."""
    return (
        "unknown"
        if d.estimate is None
        else f"{d.estimate.low:.0%}–{d.estimate.high:.0%}".replace("%", "", 1).replace("%", " %")
    )


def period_table(d: ShareDefinition, periods: Sequence[SharePeriod], by: str) -> Table:
    """Return a table of one definition by period, newest first."""
    rows = tuple((p.period, percent(p.marked), percent(p.at_most), number(p.n)) for p in reversed(periods))
    return Table(
        f"{d.title.capitalize()} by {by}",
        (by, "marked", "at most", f"{d.unit}s"),
        rows,
        frozenset({1, 2, 3}),
        note="Newest first; the first and last may be cut by the range.",
    )


def sensitivity_table(d: ShareDefinition) -> Table:
    """Return a table of the estimate if unmarked AI code resembles marked AI code less than assumed."""
    estimate = d.estimate
    steps = (
        []
        if estimate is None
        else [{"relative_recall": 1.0, "low": estimate.low, "high": estimate.high}, *estimate.sensitivity]
    )
    rows = tuple((f"{s['relative_recall']:.2f}", percent(s["low"]), percent(s["high"])) for s in steps)
    note = f"90 % interval of the share of {many(d.n or 0, d.unit)}. It is too low where undisclosed AI code looks "
    note += "less like disclosed AI code: by row, if that part of it were seen."
    return Table(f"Estimate: {d.title}", ("of it seen", "from", "to"), rows, frozenset({0, 1, 2}), note=note)


def credit_line(name: str, credited: Sequence[tuple[str, int]]) -> Sentence:
    """Return as many tools or models as fit in one line of the terminal, and the number of the others."""
    items: list[str] = []
    for slug, n in credited:
        item = f"{plain(slug, 30)} {number(n)}"
        if len(" · ".join([*items, item])) > _CREDIT_WIDTH:
            break
        items.append(item)
    more = len(credited) - len(items)
    text = " · ".join(items) + (f" · {more} more" if more else "")
    return Sentence(f"{text} (commits)" if items else "none marked", name)


def credit_table(caption: str, column: str, rows: Sequence[tuple[str, ToolCredit | ModelCredit]]) -> Table:
    """Return a table of commits and lines per credited tool or model."""
    cells = tuple((name, number(c.commits), number(c.lines_added), number(c.lines_surviving)) for name, c in rows)
    note = "A commit that credits several counts under each." if rows else "No commit credits any."
    columns = (column, "commits", "lines added", "lines alive")
    return Table(caption, columns, cells, frozenset({1, 2, 3}), note=note)
