"""What a step says: the job summary in Markdown, and outputs for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.pull_request import PullRequest
    from analyzer.report.contract import Result

# GitHub drops a whole step summary past 1 MiB; what is over this is cut at a line, and says so.
LARGEST_SUMMARY = 900_000
_CUT = "\n*The rest is cut: the whole report is in the HTML file (output report-path).*\n"
_FOLD, _END = b"<details>", b"</details>"

# Of `outputs`, the figures; a view that does not know one leaves it empty.
FIGURES = ("share-floor", "share-low", "share-high", "share-ceiling", "throughput-grade", "defects-grade")


def summary(markdown: str) -> str:
    """The report as a summary of at most 900 kB in UTF-8, cut between lines and with every fold closed."""
    data = markdown.encode()
    if len(data) <= LARGEST_SUMMARY:
        return markdown
    kept = data[: LARGEST_SUMMARY - len(_CUT.encode()) - len(_END) - 2]
    kept = kept[: kept.rfind(b"\n") + 1]
    closing = f"\n{_END.decode()}\n" if kept.count(_FOLD) > kept.count(_END) else ""
    return kept.decode() + closing + _CUT


def of_repository(result: Result) -> dict[str, str]:
    """Figures of merged changes and the two grades; an unknown is empty."""
    share = next(d for d in result.share.definitions if d.id == "merged_changes")
    estimate = share.estimate
    return {
        "share-floor": _figure(share.floor),
        "share-low": _figure(None if estimate is None else estimate.low),
        "share-high": _figure(None if estimate is None else estimate.high),
        "share-ceiling": _figure(share.ceiling),
        **{f"{v.outcome}-grade": v.grade for v in result.verdicts},
    }


def of_range(found: PullRequest) -> dict[str, str]:
    """The declared share of new lines; undeclared is not human, so all of them may be AI's. A range has no grade."""
    ceiling = None if found.share is None else 1.0
    return dict.fromkeys(FIGURES, "") | {"share-floor": _figure(found.share), "share-ceiling": _figure(ceiling)}


def append(path: Path, text: str) -> None:
    """Add to one of the runner's files."""
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def output_lines(values: dict[str, str]) -> str:
    """`name=value` lines; a value that holds a line break would set outputs of its own and is left empty."""
    return "".join(f"{name}={'' if len(value.splitlines()) > 1 else value}\n" for name, value in values.items())


def _figure(value: float | None) -> str:
    return "" if value is None else str(value)
