"""`aishare sample`: the sheet to ask the team with, and what the filled sheet says."""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd

from analyzer.core.export import csv_bytes
from analyzer.core.sanitize import plain
from analyzer.errors import NoShareError, UsageError
from analyzer.report.format import many, number, percent
from analyzer.share.line_counts import lines_by_unit
from analyzer.survey.estimator import BOTH
from analyzer.survey.sampling import draw

if TYPE_CHECKING:
    from analyzer.pipeline.load import History
    from analyzer.share.time_window import Window
    from analyzer.survey.estimator import Interval, Survey

_TITLE = 100
# What is written, in the order of who fills it in: the change, the answer, and what the estimate needs.
COLUMNS = ["unit", "commit", "merged", "title", "answer", "stratum", "changes", "asked"]
_DESIGN = ("unit", "answer", "stratum", "changes", "asked")
_WORDS = {"person": 0.0, "human": 0.0, "ai": 1.0, "both": BOTH, "mixed": BOTH}
_SILENT = frozenset({"", "?", "unknown", "don't know", "na", "n/a"})
_PERCENT = re.compile(r"(\d{1,3}(?:[.,]\d+)?) ?%?\Z")
# A sheet is filled in by people: larger than this it is something else.
_LARGEST = 20_000_000
_FIX = "Fill in the column answer of the sheet that aishare sample wrote; nothing else."


def sheet(history: History, window: Window, size: int, seed: int, scores: pd.Series | None = None) -> pd.DataFrame:
    """The sheet: `COLUMNS`, one row a change to ask about. `scores`: by unit, how much its functions look like AI.

    Raises `NoShareError("nothing-in-range")` where there is no change to ask about.
    """
    units = history.units[window.holds(history.units["merged"]) & (history.units["label"] != "automation")]
    if units.empty:
        raise NoShareError("nothing-in-range", "There is no merged change to ask about.", "Widen --since and --until.")
    rng = np.random.default_rng([seed, int(history.repository.head[:15], 16)])
    drawn = draw(units, _lines(history), size, rng, scores)
    messages = history.commits.set_index("sha")["message"].reindex(drawn["sha"])
    titles = [plain(_title(message), _TITLE) for message in messages]
    drawn = drawn.assign(commit=drawn["sha"].str[:12], title=pd.Series(titles, dtype="str"), answer="")
    return drawn[COLUMNS]


def _title(message: str) -> str:
    """The subject; of a pull request's merge the line below it, which is the request's title."""
    subject, *body = [line for line in message.split("\n") if line.strip()] or [""]
    return body[0] if body and subject.startswith("Merge pull request #") else subject


def _lines(history: History) -> pd.Series:
    """Lines that each change added, by unit; by its commits where contents are missing."""
    if history.changes is None:
        return history.units.set_index("unit")["commits"]
    return lines_by_unit(history.changes, history.unit_of)


def sheet_csv(table: pd.DataFrame) -> bytes:
    """The sheet as CSV that is safe to open in a spreadsheet."""
    return csv_bytes(table)


def filled(contents: bytes, name: str) -> pd.DataFrame:
    """Read a filled sheet: columns of table `survey` that the estimate needs, and answer in [0, 1], NA = none.

    Commas, semicolons and tabs are read, in UTF-8 or UTF-16, as spreadsheets write them. Raises
    `UsageError("bad-sheet")` naming the row.
    """
    if len(contents) > _LARGEST:
        raise _bad(f"{name} is too large to be a sheet.")
    encoding = "utf-16" if contents.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    text = contents.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")
    header = text.split("\n", 1)[0]
    comma = max(",;\t", key=header.count)
    try:
        rows = list(csv.DictReader(io.StringIO(text), delimiter=comma))
    except csv.Error as reason:
        raise _bad(f"{name}: {reason}.") from None
    missing = [column for column in _DESIGN if not rows or column not in rows[0]]
    if missing:
        raise _bad(f"{name} has no column {missing[0]}." if rows else f"{name} has no rows.")
    asked = [_row(row, line) for line, row in enumerate(rows, start=2) if any(map(_text, row.values()))]
    if not asked:
        raise _bad(f"{name} has no rows.")
    table = pd.DataFrame(asked)
    _checked(table)
    return table


def _row(row: dict[str, str | None], line: int) -> dict[str, object]:
    counts = [_text(row[column]).strip() for column in ("changes", "asked")]
    if not all(re.fullmatch(r"\d{1,9}", count) for count in counts):
        raise _bad(f"Row {line}: changes and asked are not what aishare wrote.")
    return {
        "unit": _text(row["unit"]),
        "answer": _answer(_text(row["answer"]), line),
        "stratum": _text(row["stratum"]),
        "changes": int(counts[0]),
        "asked": int(counts[1]),
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _answer(text: str, line: int) -> float:
    word = text.strip().strip("'\"").lower()
    if word in _SILENT:
        return float("nan")
    if word in _WORDS:
        return _WORDS[word]
    match = _PERCENT.match(word)
    if match is None or float(match[1].replace(",", ".")) > 100:
        raise _bad(f"Row {line}: {plain(text, 40)} is no answer.", "Write person, AI, both, or a percentage of AI.")
    return float(match[1].replace(",", ".")) / 100


def _checked(table: pd.DataFrame) -> None:
    """Rows may be missing (nobody answered), but not doubled, and a stratum says one thing of itself."""
    doubled = table["unit"].duplicated()
    if doubled.any():
        raise _bad(f"{plain(table.loc[doubled, 'unit'].iloc[0], 60)} stands in two rows.", "Keep one answer a change.")
    for name, part in table.groupby("stratum"):
        said = part[["changes", "asked"]].drop_duplicates()
        changes, asked = (int(count) for count in said.iloc[0])
        if len(said) > 1 or not len(part) <= asked <= changes:
            raise _bad(f"The rows of stratum {plain(str(name), 60)} do not agree about its size.")


def _bad(
    message: str, fix: str = "Fill in the column answer of the sheet that aishare sample wrote; nothing else."
) -> UsageError:
    return UsageError("bad-sheet", plain(message, 300), fix)


def rendered(found: Survey, *, as_json: bool) -> str:
    """The answer as JSON or as a screen."""
    if as_json:
        return msgspec.json.format(msgspec.json.encode(_json(found)), indent=2).decode() + "\n"
    changes, asked, answered = (
        sum(getattr(s, name) for s in found.strata) for name in ("changes", "asked", "answered")
    )
    silent = asked - answered
    lines = [f"AI's share of {many(changes, 'merged change')}, from {number(answered)} of {number(asked)} answers", ""]
    if found.share is None:
        lines.append("  unknown: a stratum without any answer says nothing about its changes.")
    else:
        lines.append(f"  {_span(found.share)}" + (" if the silent are like those who answered" if silent else ""))
    if silent:
        low, high = found.bounds
        lines.append(f"  {percent(low)} … {percent(high)} whatever the {number(silent)} would have said")
    lines += ["", f"  {'stratum':<30}{'changes':>9}{'asked':>7}{'answered':>10}   AI"]
    for s in found.strata:
        share = "unknown" if s.share is None else _span(s.share)
        lines.append(f"  {plain(s.name, 28):<30}{number(s.changes):>9}{s.asked:>7}{s.answered:>10}   {share}")
    lines.append("")
    if found.recall is not None:
        lines.append(f"  Marks stand on {_span(found.recall)} of the AI changes.")
    if found.both_ends is not None and found.both_ends[0] != found.both_ends[1]:
        nothing, whole = found.both_ends
        lines.append(f'  "Both" counts half: {percent(nothing)} if it counted nothing, {percent(whole)} if all.')
    lines += ["  95 % intervals of what all changes hold. A change counts 1, whatever its size.", ""]
    return "\n".join(lines)


def _span(share: Interval) -> str:
    return f"{percent(share.point)} ({percent(share.low)} … {percent(share.high)})"


def _json(found: Survey) -> dict[str, object]:
    def told(share: Interval | None) -> dict[str, float] | None:
        return None if share is None else share._asdict()

    return {
        "schema_version": "1",
        "definition": "merged_changes",
        "changes": sum(s.changes for s in found.strata),
        "asked": sum(s.asked for s in found.strata),
        "answered": sum(s.answered for s in found.strata),
        "share": told(found.share),
        "worst_case": {"low": found.bounds[0], "high": found.bounds[1]},
        "both_counted": None if found.both_ends is None else {"none": found.both_ends[0], "all": found.both_ends[1]},
        "recall_of_marks": told(found.recall),
        "strata": [
            {"name": s.name, "changes": s.changes, "asked": s.asked, "answered": s.answered, "share": told(s.share)}
            for s in found.strata
        ],
    }
