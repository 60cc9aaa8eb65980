"""Job summary in Markdown, and outputs for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.pull_request import PullRequest
    from analyzer.report.contract import AnalysisResult

# GitHub drops a step summary beyond 1 MiB completely; longer ones are cut at a line and end with a note.
LARGEST_SUMMARY = 900_000
_CUT = "\n*The rest is cut: the whole report is in the HTML file (output report-path).*\n"
_FOLD, _END = b"<details>", b"</details>"

# Outputs that are figures; a view leaves those empty that it does not have.
FIGURES = (
    *("share-marked", "share-low", "share-high", "share-at-most"),
    *("throughput-grade", "defects-grade", "quality-grade"),
)
# Outputs under the names they had before schema 2, for workflows that read them.
RENAMED_FIGURES = {"share-floor": "share-marked", "share-ceiling": "share-at-most"}


def truncated_summary(markdown: str) -> str:
    """Return the report cut to 900 kB of UTF-8, between lines and with every fold closed."""
    data = markdown.encode()
    if len(data) <= LARGEST_SUMMARY:
        return markdown
    head = data[: LARGEST_SUMMARY - len(_CUT.encode()) - len(_END) - 2]
    head = head[: head.rfind(b"\n") + 1]
    closing = f"\n{_END.decode()}\n" if head.count(_FOLD) > head.count(_END) else ""
    return head.decode() + closing + _CUT


def repository_outputs(result: AnalysisResult) -> dict[str, str]:
    """Return the shares of merged changes and the grades; unknown figures are empty."""
    share = next(d for d in result.share.definitions if d.id == "merged_changes")
    estimate = share.estimate
    return {
        "share-marked": _figure(share.marked),
        "share-low": _figure(None if estimate is None else estimate.low),
        "share-high": _figure(None if estimate is None else estimate.high),
        "share-at-most": _figure(share.at_most),
        **{f"{v.outcome}-grade": v.grade for v in result.verdicts},
    }


def range_outputs(pull_request: PullRequest) -> dict[str, str]:
    """Return the marked share of new lines; the ceiling is 1, as unmarked lines may be AI's. A range has no grade."""
    ceiling = None if pull_request.share is None else 1.0
    return dict.fromkeys(FIGURES, "") | {"share-marked": _figure(pull_request.share), "share-at-most": _figure(ceiling)}


def append(path: Path, text: str) -> None:
    """Append to one of the runner's files."""
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def output_lines(values: dict[str, str]) -> str:
    """Return `name=value` lines; a value with a line break could set further outputs, so it is left empty."""
    values = values | {old: values[name] for old, name in RENAMED_FIGURES.items() if name in values}
    return "".join(f"{name}={'' if len(value.splitlines()) > 1 else value}\n" for name, value in values.items())


def _figure(value: float | None) -> str:
    return "" if value is None else str(value)
