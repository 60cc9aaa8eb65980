"""The page of the campaign: `python -m tests.validation.fuzz.page` measures what inputs reach, and renews the table.

Counted are lines and branches inside functions of the parser's modules, whatever else those modules do; needs coverage.
"""

from __future__ import annotations

import json
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.conftest import ROOT
from tests.validation.fuzz import campaign, inputs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.validation.fuzz.target import Target

PAGE = ROOT / "docs" / "reliability.md"
_OFTEN = 1_000_000
_BEGIN, _END = "<!-- fuzzing: generated -->\n", "<!-- end -->\n"


def measured(targets: Sequence[Target]) -> Iterator[tuple[Target, dict[str, list[int]]]]:
    """Lines and branches, reached and in all, of each target."""
    import coverage

    files = {name: import_module(name).__file__ or "" for target in targets for name in target.modules}
    for target in targets:
        own = [files[name] for name in target.modules]
        watch = coverage.Coverage(branch=True, include=own, data_file=None, config_file=False)
        watch.start()
        for data in inputs.start(target):
            target.tried(data)
        watch.stop()
        yield target, _counted(watch)


def _counted(watch: Any) -> dict[str, list[int]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        watch.json_report(outfile=str(path))
        report = json.loads(path.read_text("utf-8"))
    parts = [
        region["summary"] for file in report["files"].values() for name, region in file["functions"].items() if name
    ]
    keys = (("lines", "covered_lines", "num_statements"), ("branches", "covered_branches", "num_branches"))
    return {name: [sum(part[hit] for part in parts), sum(part[every] for part in parts)] for name, hit, every in keys}


def rendered(targets: Sequence[Target], known: Mapping[str, Mapping[str, Any]]) -> str:
    """The table, and what all of it comes to."""
    rows = [
        "| parser | executions | on atheris | lines reached | branches reached | inputs kept | defects found |",
        "|---|---|---|---|---|---|---|",
    ]
    total = defects = often = 0
    for target in targets:
        facts, kept = known[target.name], inputs.kept(target.name)
        found = sum("-" in name for name in kept)
        count = facts["atheris"] + facts["plain"]
        total, defects, often = total + count, defects + found, often + (count >= _OFTEN)
        reached = [f"{hit} of {every}" for hit, every in (facts["lines"], facts["branches"])]
        cells = [target.parser, f"{count:,}", f"{facts['atheris']:,}", *reached, str(len(kept)), str(found or "")]
        rows.append(f"| {' | '.join(cells)} |")
    last = max(facts["day"] for facts in known.values())
    says = f"{total:,} executions, the last on {last}; {often} of {len(targets)} targets had a million."
    return "\n".join((f"{says} {defects} defects were found, and mended.", "", *rows, ""))


def refreshed(text: str, table: str) -> str:
    """The page with this table."""
    before, rest = text.split(_BEGIN)
    return before + _BEGIN + table + rest[rest.index(_END) :]


def main() -> None:
    """Measure, note and write."""
    from tests.validation.fuzz.targets import TARGETS

    campaign.measured(measured(TARGETS))
    PAGE.write_text(refreshed(PAGE.read_text("utf-8"), rendered(TARGETS, campaign.results())), "utf-8")


if __name__ == "__main__":
    main()
