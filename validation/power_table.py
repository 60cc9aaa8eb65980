"""Power table: the median smallest detectable effect by people and months, on simulated null histories.

Written to `analyzer/inference/checks/power.toml` by `python -m validation --power`; reports print it as what would
have to change before an "unknown" can become an answer.
"""

from __future__ import annotations

import math
import statistics
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from analyzer.inference.throughput import estimate
from analyzer.simulation.panels import World, generate

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = (6, 10, 25, 60)
MONTHS = (12, 24, 36)
PANELS = 40
_HEAD = """# Median smallest detectable effect per +50 points (relative change, 0.25 = 25 %) over simulated histories
# without an effect: about 5 merged changes a person and four weeks. Written by `python -m validation --power`.
"""


def smallest(job: tuple[int, int, int]) -> tuple[float, float]:
    """Smallest detectable recorded and use effect of one panel; infinite where there is no such figure."""
    people, months, seed = job
    found = estimate(generate(World(people, periods=13 * months // 12), seed), swaps=0)
    if found is None:
        return math.inf, math.inf
    return found.recorded.smallest, math.inf if found.use is None else found.use.smallest


def write(target: Path, workers: int) -> None:
    """Compute and write the table; medians over `PANELS` seeds from 0."""
    cells = [(people, months) for people in PEOPLE for months in MONTHS]
    jobs = [(people, months, seed) for people, months in cells for seed in range(PANELS)]
    with ProcessPoolExecutor(workers) as pool:
        found = dict(zip(jobs, pool.map(smallest, jobs, chunksize=4), strict=True))
    text = _HEAD
    for people, months in cells:
        recorded, use = (statistics.median(found[people, months, seed][k] for seed in range(PANELS)) for k in (0, 1))
        text += f"\n[[cell]]\npeople = {people}\nmonths = {months}\npanels = {PANELS}\n"
        text += f"recorded = {recorded:.3f}\nuse = {use:.3f}\n"
    target.write_text(text, "utf-8")
