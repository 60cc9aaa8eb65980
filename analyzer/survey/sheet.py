"""Write the sheet of `aishare survey` to ask the team with, parse the filled sheet, and render the estimate."""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core.export import csv_bytes
from analyzer.core.json_text import pretty_json
from analyzer.core.rows import by_people
from analyzer.core.sanitize import plain
from analyzer.errors import NoShareError, UsageError
from analyzer.report.format import many, number, percent
from analyzer.share.line_counts import lines_by_change
from analyzer.survey.estimator import BOTH_ANSWER
from analyzer.survey.sampling import draw_sample

if TYPE_CHECKING:
    from analyzer.pipeline.load import History
    from analyzer.share.time_window import TimeWindow
    from analyzer.survey.estimator import ShareInterval, Survey

_MAX_TITLE = 100
# Columns of the sheet: the change, the answer to fill in, and what the estimate needs.
COLUMNS = ["merged_change", "commit", "merged", "title", "answer", "stratum", "changes", "sampled"]
_RENAMED_COLUMNS = {"unit": "merged_change", "asked": "sampled"}
_REQUIRED_COLUMNS = ("merged_change", "answer", "stratum", "changes", "sampled")
_ANSWER_WORDS = {"person": 0.0, "human": 0.0, "ai": 1.0, "both": BOTH_ANSWER, "mixed": BOTH_ANSWER}
_NO_ANSWER = frozenset({"", "?", "unknown", "don't know", "na", "n/a"})
_PERCENT = re.compile(r"(\d{1,3}(?:[.,]\d+)?) ?%?\Z")
# People fill in a sheet by hand; anything larger is another file.
_MAX_BYTES = 20_000_000
_FIX = "Fill in the column answer of the sheet that aishare survey wrote; nothing else."


def sampling_sheet(
    history: History, window: TimeWindow, size: int, seed: int, scores: pd.Series | None = None
) -> pd.DataFrame:
    """Return the sheet: `COLUMNS`, one row per change to ask about.

    `scores`: by merged change, how much its functions look like AI. Raises `NoShareError("nothing-in-range")` if there
    is no change to ask about.
    """
    changes = history.merged_changes[
        window.contains(history.merged_changes["merged"]) & by_people(history.merged_changes)
    ]
    if changes.empty:
        raise NoShareError("nothing-in-range", "There is no merged change to ask about.", "Widen --since and --until.")
    rng = np.random.default_rng([seed, int(history.repository.head[:15], 16)])
    sample = draw_sample(changes, _lines_by_change(history), size, rng, scores)
    messages = history.commits.set_index("sha")["message"].reindex(sample["sha"])
    titles = [plain(_change_title(message), _MAX_TITLE) for message in messages]
    sample = sample.assign(commit=sample["sha"].str[:12], title=pd.Series(titles, dtype="str"), answer="")
    return sample[COLUMNS]


def _change_title(message: str) -> str:
    """Return the subject; for the merge of a pull request the next line, which is the pull request's title."""
    subject, *body = [line for line in message.split("\n") if line.strip()] or [""]
    return body[0] if body and subject.startswith("Merge pull request #") else subject


def _lines_by_change(history: History) -> pd.Series:
    """Return the size of each merged change: lines added, or commits if file contents are missing."""
    if history.file_changes is None:
        return history.merged_changes.set_index("merged_change")["commits"]
    return lines_by_change(history.file_changes, history.change_of_lines)


def sheet_csv(table: pd.DataFrame) -> bytes:
    """Return the sheet as CSV that is safe to open in a spreadsheet."""
    return csv_bytes(table)


def parse_filled_sheet(contents: bytes, name: str) -> pd.DataFrame:
    """Parse a filled sheet: columns merged_change, answer in [0, 1] (NA without an answer), stratum, changes, sampled.

    Accepts commas, semicolons and tabs, in UTF-8 or UTF-16, as spreadsheets write them. Raises
    `UsageError("bad-sheet")` naming the row.
    """
    if len(contents) > _MAX_BYTES:
        raise _bad_sheet(f"{name} is too large to be a sheet.")
    try:
        rows = _sheet_rows(contents)
    except csv.Error as reason:
        raise _bad_sheet(f"{name}: {reason}.") from None
    missing = [column for column in _REQUIRED_COLUMNS if not rows or column not in rows[0]]
    if missing:
        raise _bad_sheet(f"{name} has no column {missing[0]}." if rows else f"{name} has no rows.")
    answers = [_parse_row(row, line) for line, row in enumerate(rows, start=2) if any(map(_cell_text, row.values()))]
    if not answers:
        raise _bad_sheet(f"{name} has no rows.")
    table = pd.DataFrame(answers)
    _check_design(table)
    return table


def holds_answers(contents: bytes) -> bool:
    """Return whether a file is a sheet in which somebody has answered, or one that can no longer be parsed."""
    try:
        rows = _sheet_rows(contents[:_MAX_BYTES])
    except csv.Error:
        return b"answer" in contents[:_MAX_BYTES]
    return any({"merged_change", "answer"} <= row.keys() and _cell_text(row["answer"]).strip() for row in rows)


def _sheet_rows(contents: bytes) -> list[dict[str, str | None]]:
    """Return the rows of a sheet as text, by column; raises `csv.Error`."""
    encoding = "utf-16" if contents.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"
    text = contents.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    return [_with_present_names(row) for row in csv.DictReader(io.StringIO(text), delimiter=delimiter)]


def _with_present_names(row: dict[str, str | None]) -> dict[str, str | None]:
    """Return a row of a sheet from before schema 2 under the present names of its columns.

    A sheet that has the present name keeps whatever columns its reader added, also one with the old name.
    """
    old_names = {old: new for old, new in _RENAMED_COLUMNS.items() if new not in row}
    return {old_names.get(name, name): value for name, value in row.items()}


def _parse_row(row: dict[str, str | None], line: int) -> dict[str, object]:
    counts = [_cell_text(row[column]).strip() for column in ("changes", "sampled")]
    if not all(re.fullmatch(r"\d{1,9}", count) for count in counts):
        raise _bad_sheet(f"Row {line}: changes and asked are not what aishare wrote.")
    return {
        "merged_change": _cell_text(row["merged_change"]),
        "answer": _parse_answer(_cell_text(row["answer"]), line),
        "stratum": re.sub(
            r"^(un)?declared", r"\1marked", _cell_text(row["stratum"])
        ),  # as sheets had it before schema 2
        "changes": int(counts[0]),
        "sampled": int(counts[1]),
    }


def _cell_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _parse_answer(text: str, line: int) -> float:
    word = text.strip().strip("'\"").lower()
    if word in _NO_ANSWER:
        return float("nan")
    if word in _ANSWER_WORDS:
        return _ANSWER_WORDS[word]
    match = _PERCENT.match(word)
    if match is None or float(match[1].replace(",", ".")) > 100:
        raise _bad_sheet(
            f"Row {line}: {plain(text, 40)} is no answer.", "Write person, AI, both, or a percentage of AI."
        )
    return float(match[1].replace(",", ".")) / 100


def _check_design(table: pd.DataFrame) -> None:
    """Check that no change occurs twice, and that the rows of a stratum agree; rows may be missing."""
    doubled = table["merged_change"].duplicated()
    if doubled.any():
        raise _bad_sheet(
            f"{plain(table.loc[doubled, 'merged_change'].iloc[0], 60)} stands in two rows.", "Keep one answer a change."
        )
    for name, stratum in table.groupby("stratum"):
        designs = stratum[["changes", "sampled"]].drop_duplicates()
        changes, sampled = (int(count) for count in designs.iloc[0])
        if len(designs) > 1 or not len(stratum) <= sampled <= changes:
            raise _bad_sheet(f"The rows of stratum {plain(str(name), 60)} do not agree about its size.")


def _bad_sheet(message: str, fix: str = _FIX) -> UsageError:
    return UsageError("bad-sheet", plain(message, 300), fix)


def render_survey(survey: Survey, *, as_json: bool) -> str:
    """Return the estimate as JSON or as text for the terminal."""
    if as_json:
        return pretty_json(_as_json_object(survey))
    changes, sampled, answered = (
        sum(getattr(stratum, name) for stratum in survey.strata) for name in ("changes", "sampled", "answered")
    )
    unanswered = sampled - answered
    lines = [
        f"AI's share of {many(changes, 'merged change')}, from {number(answered)} of {number(sampled)} answers",
        "",
    ]
    if survey.share is None:
        lines.append("  unknown: a stratum without any answer says nothing about its changes.")
    else:
        lines.append(
            f"  {_share_with_interval(survey.share)}"
            + (" if the silent are like those who answered" if unanswered else "")
        )
    if unanswered:
        low, high = survey.bounds
        lines.append(f"  {percent(low)} … {percent(high)} whatever the {number(unanswered)} would have said")
    lines += ["", f"  {'stratum':<30}{'changes':>9}{'asked':>7}{'answered':>10}   AI"]
    for stratum in survey.strata:
        share = "unknown" if stratum.share is None else _share_with_interval(stratum.share)
        name, count = plain(stratum.name, 28), number(stratum.changes)
        lines.append(f"  {name:<30}{count:>9}{stratum.sampled:>7}{stratum.answered:>10}   {share}")
    lines.append("")
    if survey.recall is not None:
        lines.append(f"  Marks stand on {_share_with_interval(survey.recall)} of the AI changes.")
    if survey.both_ends is not None and survey.both_ends[0] != survey.both_ends[1]:
        none_counted, all_counted = survey.both_ends
        lines.append(
            f'  "Both" counts half: {percent(none_counted)} if it counted nothing, {percent(all_counted)} if all.'
        )
    lines += ["  95 % intervals of what all changes hold. A change counts 1, whatever its size.", ""]
    return "\n".join(lines)


def _share_with_interval(share: ShareInterval) -> str:
    return f"{percent(share.point)} ({percent(share.low)} … {percent(share.high)})"


def _as_json_object(survey: Survey) -> dict[str, object]:
    def interval_object(share: ShareInterval | None) -> dict[str, float] | None:
        return None if share is None else share._asdict()

    return {
        "schema_version": "1",
        "definition": "merged_changes",
        "changes": sum(stratum.changes for stratum in survey.strata),
        "sampled": sum(stratum.sampled for stratum in survey.strata),
        "answered": sum(stratum.answered for stratum in survey.strata),
        "share": interval_object(survey.share),
        "worst_case": {"low": survey.bounds[0], "high": survey.bounds[1]},
        "both_counted": None if survey.both_ends is None else {"none": survey.both_ends[0], "all": survey.both_ends[1]},
        "recall_of_marks": interval_object(survey.recall),
        "strata": [
            {
                "name": stratum.name,
                "changes": stratum.changes,
                "sampled": stratum.sampled,
                "answered": stratum.answered,
                "share": interval_object(stratum.share),
            }
            for stratum in survey.strata
        ],
    }
