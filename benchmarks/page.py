"""Write docs/performance.md from benchmarks/results.json and the prose of benchmarks/performance.md.jinja.

`python -m benchmarks.page`
"""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from benchmarks.results import read_results

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.measure import Run
    from benchmarks.results import Measured, Results

_ROOT = Path(__file__).parents[1]
RESULTS, TEMPLATE, PAGE = (
    _ROOT / name for name in ("benchmarks/results.json", "benchmarks/performance.md.jinja", "docs/performance.md")
)


def page(results: Results, template: str) -> str:
    """Return the page: the prose of the template with tables of the results."""
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - Markdown
    return environment.from_string(template).render(
        date=results.date,
        machine=results.machine,
        version=" and ".join(dict.fromkeys(m.version for m in results.repositories.values())),
        ratios=_ratios(results),
        runs=_runs(results),
        stages=_stages(results),
        peers=_peers(results),
        errors=_errors(results),
    )


def _measured(results: Results) -> list[tuple[str, Measured]]:
    """Return the repositories that have a pair, those with few commits first."""
    pairs = [(name, measured) for name, measured in results.repositories.items() if measured.pairs]
    return sorted(pairs, key=lambda pair: (pair[1].commits, pair[0]))


def _ratios(results: Results) -> str:
    header = (
        "repository",
        "commits",
        "pairs",
        "following lines ÷ git: wall",
        "run ÷ git: wall",
        "run ÷ git: CPU",
        "first stored run ÷ git: CPU",
        "later ÷ git: CPU",
        "again ÷ first run: CPU",
    )
    rows = []
    for name, measured in _measured(results):
        pairs = measured.pairs
        rows.append(
            (
                name,
                f"{measured.commits:,}",
                str(len(pairs)),
                _spread(pair.alone.stages.get("following lines", 0) / pair.git.wall for pair in pairs),
                _spread(pair.alone.wall / pair.git.wall for pair in pairs),
                _spread(pair.alone.cpu / pair.git.cpu for pair in pairs),
                _spread(pair.first.cpu / pair.git.cpu for pair in pairs),
                _spread(pair.later.cpu / pair.git.cpu for pair in pairs),
                _spread(pair.again.cpu / pair.first.cpu for pair in pairs),
            )
        )
    return _table(header, rows)


def _runs(results: Results) -> str:
    header = ("repository", "run", "wall s", "CPU s", "all processes MiB", "first git call s", "first figure s")
    rows = []
    for name, measured in _measured(results):
        pairs = measured.pairs
        git_call = _median(pair.moments.git for pair in pairs)
        figures = [pair.moments.figure for pair in pairs if pair.moments.figure is not None]
        first_figure = f"{_median(figures):.2f}" if figures else "none"
        rows += [
            (name, "`git log -p`", *_costs([pair.git for pair in pairs]), "", ""),
            ("", "run, `--no-cache`", *_costs([pair.alone for pair in pairs]), f"{git_call:.2f}", first_figure),
            ("", "first run that stores", *_costs([pair.first for pair in pairs]), "", ""),
            ("", f"{measured.back} commits later", *_costs([pair.later for pair in pairs]), "", ""),
            ("", "the same question again", *_costs([pair.again for pair in pairs]), "", ""),
        ]
    return _table(header, rows)


def _stages(results: Results) -> str:
    """Return the wall seconds of each stage of a run that stores nothing."""
    measured = dict(_measured(results))
    names = list(dict.fromkeys(stage for m in measured.values() for pair in m.pairs for stage in pair.alone.stages))
    rows = [
        (
            stage,
            *(f"{_median(pair.alone.stages.get(stage, 0) for pair in m.pairs):.2f}" for m in measured.values()),
        )
        for stage in names
    ]
    return _table(("stage, wall s", *measured), rows, texts=1)


def _peers(results: Results) -> str:
    """Return the table of other tools; a sentence where none was measured."""
    rows = []
    for name, measured in _measured(results):
        ours = _median(pair.alone.cpu for pair in measured.pairs)
        for title, peer in sorted(measured.peers.items()):
            if peer.runs:
                cpu = f"{_median(run.cpu for run in peer.runs) / ours:.2f}"
                rows.append((name, title, str(len(peer.runs)), *_costs(peer.runs), cpu))
            else:
                rows.append((name, title, "0", peer.error or "", "", "", ""))
    if not rows:
        return "No other tool was measured in this sitting."
    return _table(("repository", "tool", "runs", "wall s", "CPU s", "all processes MiB", "CPU ÷ ours"), rows)


def _errors(results: Results) -> str:
    """Return what could not be measured, one line per repository."""
    return "\n".join(
        f"- {name}: {measured.error}" for name, measured in sorted(results.repositories.items()) if measured.error
    )


def _costs(runs: Sequence[Run]) -> tuple[str, str, str]:
    return (
        f"{_median(run.wall for run in runs):.2f}",
        f"{_median(run.cpu for run in runs):.2f}",
        f"{_median(run.memory for run in runs):,.0f}",
    )


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


def _spread(values: Iterable[float]) -> str:
    """Return the median and the range ("1.25 (1.21 … 1.27)"), the value alone where there is one."""
    ordered = sorted(values)
    median = f"{_median(ordered):.2f}"
    return median if len(ordered) == 1 else f"{median} ({ordered[0]:.2f} … {ordered[-1]:.2f})"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 2) -> str:
    """Return a table whose first columns, `texts` of them, are aligned left and the others right."""
    numbers = ["---" if n < texts else "--:" for n in range(len(header))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, numbers, *rows))


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(read_results(RESULTS), TEMPLATE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
