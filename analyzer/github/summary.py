"""Report files → job summary and step outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from analyzer.report.result import Result

if TYPE_CHECKING:
    from pathlib import Path

# GitHub drops a whole step summary past 1 MiB; what is over this is cut at a line, and says so.
LARGEST_SUMMARY = 900_000
_CUT = "\n\n*The rest is cut: the whole report is in the HTML file (output report-path).*\n"


def summary(markdown: str) -> str:
    """The report as a summary of at most 900 kB in UTF-8, cut between lines."""
    data = markdown.encode()
    if len(data) <= LARGEST_SUMMARY:
        return markdown
    kept = data[: LARGEST_SUMMARY - len(_CUT.encode())]
    return kept[: kept.rfind(b"\n")].decode() + _CUT


def outputs(folder: Path) -> dict[str, str]:
    """Step outputs: figures of merged changes and the two grades; an unknown is empty. No value holds a newline."""
    result = msgspec.json.decode((folder / "report.json").read_bytes(), type=Result)
    share = next(d for d in result.share.definitions if d.id == "merged_changes")
    grades = {f"{v.outcome}-grade": v.grade for v in result.verdicts}
    return {
        "share-floor": "" if share.floor is None else str(share.floor),
        "share-ceiling": "" if share.ceiling is None else str(share.ceiling),
        **grades,
        "report-path": str(folder / "report.html"),
        "json-path": str(folder / "report.json"),
    }
