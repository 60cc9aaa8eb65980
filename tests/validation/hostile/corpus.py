"""Bad input, generated: cases by class, what becomes of each, and the table of docs/reliability.md.

`python -m tests.validation.hostile.corpus` runs all of it (some minutes) and renews the table.
"""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.cli import run
from tests.conftest import ROOT
from tests.validation.hostile.raw import Raw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

PAGE = ROOT / "docs" / "reliability.md"
SECONDS = 20.0
_BEGIN, _END = "<!-- cases: generated -->\n", "<!-- end -->\n"
_STEPS = (1, 2, 5, 10, 20)


@dataclass(frozen=True)
class Case:
    """A repository to be: `build` fills an empty bare one, and may name another folder to analyse."""

    family: str
    name: str
    build: Callable[[Raw], object]
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a case: "share", "share without lines" or an error's slug; `wrong` says what must not be."""

    said: str
    seconds: float
    wrong: str = ""


def cases() -> list[Case]:
    """All of them."""
    from tests.validation.hostile import corpus_contents, corpus_objects, corpus_places

    return [*corpus_objects.cases(), *corpus_contents.cases(), *corpus_places.cases()]


def tried(case: Case, folder: Path) -> Outcome:
    """Build a case in a folder of its own and analyse it, in this process."""
    raw = Raw(folder / "r")
    made = case.build(raw)
    path = str(made) if isinstance(made, Path) else str(raw.folder)
    out, errors = io.StringIO(), io.StringIO()
    started = time.monotonic()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        code = run(["analyze", path, "--json", "-q", "--no-cache", *case.options, "-o", str(folder / "out.json")])
    took = time.monotonic() - started
    said, wrong = _judged(path, code, errors.getvalue(), folder / "out.json")
    return Outcome(said, took, wrong or ("" if took < SECONDS else f"it took {took:.0f} s"))


def _judged(path: str, code: int, errors: str, report: Path) -> tuple[str, str]:
    """What was said, and what is wrong with it."""
    slug = (re.findall(r"more: aishare explain (\S+)", errors) or ["no slug"])[-1]
    if "Traceback" in errors or slug == "internal-error" or code not in {0, 2, 3}:
        return slug, f"exit code {code}: {errors[-400:]}"
    if code:
        return slug, ""
    found = {d["id"]: d["n"] for d in json.loads(report.read_bytes())["share"]["definitions"]}
    counted = _counted(path)
    wrong = "" if counted in {None, found["commits"]} else f"{found['commits']} commits, and git counts {counted}"
    return "share" if found["lines_added"] is not None else "share without lines", wrong


def _counted(path: str) -> int | None:
    """Commits that are no merges, by plain git; None where git cannot say."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_NO_REPLACE_OBJECTS": "1"}
    environment |= {"GIT_GRAFT_FILE": os.devnull}
    command = ["git", "-C", path, "-c", "core.commitGraph=false", "rev-list", "--count", "--no-merges", "HEAD", "--"]
    done = subprocess.run(command, capture_output=True, env=environment, check=False, timeout=60)
    return int(done.stdout) if done.returncode == 0 else None


def quick(found: list[Case], each: int = 2) -> list[Case]:
    """The first cases of every class."""
    seen: Counter[str] = Counter()
    kept = []
    for case in found:
        seen[case.family] += 1
        if seen[case.family] <= each:
            kept.append(case)
    return kept


def rows(outcomes: Iterable[tuple[Case, Outcome]]) -> Iterator[tuple[str, str, int, float]]:
    """Class, outcome, cases and the slowest one's seconds."""
    table: dict[tuple[str, str], list[float]] = {}
    for case, outcome in outcomes:
        table.setdefault((case.family, outcome.said), []).append(outcome.seconds)
    for (family, said), seconds in table.items():
        yield family, said, len(seconds), max(seconds)


def rendered(outcomes: list[tuple[Case, Outcome]]) -> str:
    """The table of the page; times are steps, so that a slower machine writes the same ones."""
    lines = ["| class | outcome | cases | slowest |", "|---|---|---|---|"]
    for family, said, count, slowest in rows(outcomes):
        step = next((n for n in _STEPS if slowest < n), 60)
        lines.append(f"| {family} | {said if said.startswith('share') else f'`{said}`'} | {count} | < {step} s |")
    families = len({case.family for case, _ in outcomes})
    return "\n".join([f"{len(outcomes)} cases in {families} classes.", "", *lines, ""])


def committed() -> str:
    """The table as it stands in the page."""
    return PAGE.read_text("utf-8").partition(_BEGIN)[2].partition(_END)[0]


def counts(table: str) -> list[str]:
    """A table's rows without their times."""
    return [line.rpartition(" | ")[0] for line in table.splitlines() if line.startswith("| ")]


def alone(number: int) -> Outcome:
    """One case, by its number, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        return tried(cases()[number], Path(folder))


def everything() -> list[tuple[Case, Outcome]]:
    """All cases with what became of each, two at a time."""
    found = cases()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("forkserver")) as pool:
        return list(zip(found, pool.map(alone, range(len(found)), chunksize=8), strict=True))


def main() -> None:
    """Try everything and renew the page."""
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull}
    done = everything()
    for case, outcome in done:
        if outcome.wrong:
            sys.stderr.write(f"{case.family}: {case.name}: {outcome.said}: {outcome.wrong}\n")
    slowest = max(done, key=lambda pair: pair[1].seconds)
    sys.stderr.write(f"slowest: {slowest[0].family}: {slowest[0].name}: {slowest[1].seconds:.1f} s\n")
    before, _, rest = PAGE.read_text("utf-8").partition(_BEGIN)
    PAGE.write_text(before + _BEGIN + rendered(done) + _END + rest.partition(_END)[2], "utf-8")


if __name__ == "__main__":
    main()
