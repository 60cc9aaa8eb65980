"""Section on disclosure: changes of the marked share and their likely causes, recall of marks, files of AI tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.report.blocks import Block, Sentence, Table
from analyzer.report.format import number, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.evidence.public_policies import Policy
    from analyzer.report.contract_marking import Marking
    from analyzer.share.disclosure_changes import MarkingChange

_CONCLUSIONS = {
    "labelling": "Labelling changed, not adoption.",
    "adoption": "Use changed, not labelling alone.",
    "people": "",
    "at_once": "A rule of marking, or of working: nothing here tells which.",
    "open": "Adoption or disclosure: nothing here tells which.",
}
_REASONS = {
    "records": "By line-level records marks found {marks_before}, then {marks_after}; commits with AI lines were "
    "{ai_before}, then {ai_after}.",
    "default": "{what} (about {date}), and most of the change is that tool's.",
    "habit": "{squashed_before} of what landed were squashes, then {squashed_after}; a squash loses marks.",
    "work": "With more AI, commits would have grown by {expected} (log lines), within people; they did by {low} to "
    "{high}.",
    "people": "Other people commit: those who were there before and after changed by {same_people}, all by {all}.",
    "policy": "On {date}: {what}. A fall of the marked share after that is not a fall in use.",
    "at_once": "{moved} of {of} people changed at once.",
    "nothing": "",
}
_EXPECTED = {"up": "more", "down": "fewer", "either": "either"}
# Most rules that an explanation names.
_MAX_POLICIES = 2


def explain_change(change: MarkingChange) -> str:
    """Return a few sentences on a change; their figures are in `change.figures` and `change.policies`."""
    shares = {key: value if isinstance(value, str) else percent(value) for key, value in change.figures.items()}
    signed = {key: f"{value:+.2f}" for key, value in change.figures.items() if not isinstance(value, str)}
    points = {key: f"{value * 100:+.0f} points" for key, value in change.figures.items() if not isinstance(value, str)}
    people = {key: f"{value:.0f}" for key, value in change.figures.items() if not isinstance(value, str)}
    forms = {"work": signed, "people": points, "at_once": people}
    text = _REASONS[change.reason].format(**forms.get(change.reason, shares))
    others = [policy for policy in change.policies if policy.text != change.figures.get("what")]
    return " ".join(filter(None, (text, _CONCLUSIONS[change.kind], _possible_causes(others, change))))


def _possible_causes(policies: Sequence[Policy], change: MarkingChange) -> str:
    """Return which rules changed at the time, and that a fall of the marked share may come of them."""
    if not policies:
        return ""
    items = [f"{policy.date} {policy.text}" for policy in policies[:_MAX_POLICIES]]
    if len(policies) > _MAX_POLICIES:
        items.append(f"{len(policies) - _MAX_POLICIES} more")
    fall = change.after < change.before and change.kind != "labelling"
    caution = " So the fall need not be one in use." if fall and any(p.expects == "down" for p in policies) else ""
    return f"Rules that changed at the time: {'; '.join(items)}.{caution}"


def labelling_sentence(disclosure: Marking) -> list[Block]:
    """Return a sentence on the latest change of labelling, without which the trend would be read as adoption."""
    labelling = [change for change in disclosure.changes if change.kind == "labelling"]
    if not labelling:
        return []
    last = labelling[-1]
    text = f"of commits {percent(last.before)} → {percent(last.after)} in {last.period}: labelling, not adoption"
    return [Sentence(f"{text}: aishare explain drift")]


def disclosure_changes_table(disclosure: Marking) -> Table:
    """Return a table of the changes of the marked share, with the likely cause of each."""
    rows = tuple(
        (c.period, percent(c.before), percent(c.after), c.kind.replace("_", " "), plain(c.explanation, 600))
        for c in disclosure.changes
    )
    note = (
        "Marked part of commits, six months on either side at most."
        if rows
        else "The marked part of commits did not change for good in any month."
    )
    columns = ("from", "before", "after", "what changed", "by what")
    return Table("Changes of what is marked", columns, rows, frozenset({1, 2}), note=note)


def recall_table(disclosure: Marking) -> Table:
    """Return a table of the recall of marks by month."""
    periods = disclosure.recall_by_period or []
    rows = tuple(
        (
            p.period,
            number(p.n),
            percent(p.recall),
            f"{percent(p.low)} … {percent(p.high)}",
            number(p.marks),
            percent(p.precision),
        )
        for p in periods
    )
    columns = ("month", "commits with AI lines", "marks found", "95 % interval", "marks", "with AI lines")
    note = (
        "By line-level records."
        if rows
        else "No line-level records say which commits hold AI lines, so nobody can say."
    )
    return Table("What marks find", columns, rows, frozenset({1, 2, 3, 4, 5}), note=note)


def policies_table(disclosure: Marking) -> list[Block]:
    """Return a table of the rules on AI marks, newest first; nothing if none is known."""
    rows = tuple((p.date, _EXPECTED[p.expects], plain(p.text, 200)) for p in reversed(disclosure.policies))
    note = (
        "Public rules, and changes of the repository's files. A fall after a rule against marks is not a fall in use."
    )
    return [Table("Rules on AI marks", ("from", "marks expected", "rule"), rows, note=note)] if rows else []


def adoption_table(disclosure: Marking) -> Table:
    """Return a table of the files of AI tools."""
    rows = tuple((a.tool, a.kind, a.first or "?", plain(a.path, 60)) for a in disclosure.adoption or [])
    note = "In use from then on; it says nothing about any one commit." if rows else "None known."
    return Table("Files of AI tools", ("tool", "kind", "first", "file"), rows, note=note)
