"""Power table: the median smallest detectable effect by people and months, on simulated null histories.

`python -m validation --power` writes it to `analyzer/inference/checks/power.toml`. Reports use it to say how much more
data would turn an "unknown" into an answer.
"""

from __future__ import annotations

import math
import statistics
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

from analyzer.inference.throughput import estimate_throughput
from analyzer.simulation.panels import World, generate_panel
from validation.gates import PEOPLE

if TYPE_CHECKING:
    from pathlib import Path

MONTHS = (12, 24, 36)
PANELS = 40
_HEAD = """# Median smallest detectable effect per +50 points (relative change, 0.25 = 25 %) over simulated histories
# without an effect: about 5 merged changes a person and four weeks. Written by `python -m validation --power`.
"""


def smallest_detectable(job: tuple[int, int, int]) -> tuple[float, float]:
    """Return the smallest detectable recorded and use effect on one panel; infinite where there is no such figure."""
    people, months, seed = job
    estimates = estimate_throughput(generate_panel(World(people, periods=13 * months // 12), seed), n_permutations=0)
    if estimates is None:
        return math.inf, math.inf
    return (
        estimates.recorded.smallest_detectable,
        math.inf if estimates.use is None else estimates.use.smallest_detectable,
    )


def write_table(target: Path, workers: int) -> None:
    """Compute and write the table; medians over `PANELS` seeds from 0."""
    cells = [(people, months) for people in PEOPLE for months in MONTHS]
    jobs = [(people, months, seed) for people, months in cells for seed in range(PANELS)]
    with ProcessPoolExecutor(workers) as pool:
        effects = dict(zip(jobs, pool.map(smallest_detectable, jobs, chunksize=4), strict=True))
    text = _HEAD
    for people, months in cells:
        recorded, use = (statistics.median(effects[people, months, seed][k] for seed in range(PANELS)) for k in (0, 1))
        text += f"\n[[cell]]\npeople = {people}\nmonths = {months}\npanels = {PANELS}\n"
        text += f"recorded = {recorded:.3f}\nuse = {use:.3f}\n"
    target.write_text(text, "utf-8")
