"""Release gates: what the verdict does on panels whose truth is known, with exact Monte-Carlo tests.

"Covers" and "at most" are judged by one-sided exact binomial tests at 1 % (divided by the number of checks in a
family); a gate with fewer panels than it needs counts as not run. Seeds are the integers from 0.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import bdtr, bdtrc

from analyzer.inference.verdicts import ThroughputVerdict, throughput_verdict
from analyzer.simulate.panels import Truth, World, generate

if TYPE_CHECKING:
    from pathlib import Path

SWAPS = 999
NEEDED = 1_000
INFORMATIVE = frozenset({"says_little", "says_something", "says_a_lot"})
Flag = Callable[[ThroughputVerdict, World], bool | None]


@dataclass(frozen=True, slots=True)
class Gate:
    """One requirement: the share of panels on which `flag` is true must be at most, or at least, `bound`.

    `swaps` is 0 where the p-value is not what is tested.
    """

    id: str
    world: World
    says: str
    bound: float
    at_least: bool
    flag: Flag
    family: int = 1
    swaps: int = SWAPS


@dataclass(frozen=True, slots=True)
class Row:
    """One gate's outcome: hits among n panels where the flag applies, and whether the exact test lets it pass."""

    id: str
    says: str
    hits: int
    n: int
    panels: int
    seconds: float
    passed: bool | None


def informative(v: ThroughputVerdict, _: World) -> bool:
    """LITTLE or stronger, or MISLEADING."""
    return v.grade in INFORMATIVE or v.grade == "misleading"


def covers_recorded(v: ThroughputVerdict, world: World) -> bool | None:
    """Whether the recorded figure's interval holds the planted effect; None where there is no figure."""
    return None if v.findings is None else v.findings.recorded.low <= world.effect <= v.findings.recorded.high


def covers_use(v: ThroughputVerdict, world: World) -> bool | None:
    """The same for the use figure."""
    if v.findings is None or v.findings.use is None:
        return None
    return v.findings.use.low <= world.effect <= v.findings.use.high


def timing_fires(v: ThroughputVerdict, _: World) -> bool | None:
    """Whether the timing placebo fires; None where it could not run."""
    return None if v.findings is None or v.findings.timing is None else v.findings.timing.fired


SIZES = (6, 10, 25, 60)
EFFECTS = (-0.33, -0.2, 0.2, 0.5)


def gates() -> list[Gate]:
    """The first gates: null, reverse causality of either sign, planted rises and falls under both truths."""
    found = [
        Gate(
            f"null-{a}",
            World(a),
            "no effect: informative or misleading",
            0.05,
            at_least=False,
            flag=informative,
            family=4,
        )
        for a in SIZES
    ]
    for strength in (-0.6, 0.6):
        world = World(25, truth="reverse", effect=strength)
        says = f"busy periods move use ({strength:+}): timing fires"
        found.append(
            Gate(f"reverse{strength:+}-25", world, says, 0.80, at_least=True, flag=timing_fires, family=2, swaps=0)
        )
    family = len(SIZES) * len(EFFECTS)
    for a in SIZES:
        for effect in EFFECTS:
            found.append(_planted(a, effect, "recorded", covers_recorded, family))
            found.append(_planted(a, effect, "use", covers_use, family))
    return found


def _planted(authors: int, effect: float, truth: Truth, flag: Flag, family: int) -> Gate:
    least = 0.88 if truth == "use" and authors == 60 else 0.93
    world = World(authors, truth=truth, effect=effect)
    says = f"{truth} acts with {effect:+.0%} per +50 points: interval covers"
    return Gate(f"{truth}{effect:+}-{authors}", world, says, least, at_least=True, flag=flag, family=family, swaps=0)


def judged(hits: int, n: int, gate: Gate, panels: int) -> bool | None:
    """Exact one-sided binomial test at 1 % over the family; None with fewer panels than needed, or none that applies.

    `n` of the `panels` are those on which the gate's question applies (a use figure exists, say).
    """
    if panels < NEEDED or not n:
        return None
    tail = bdtr(hits, n, gate.bound) if gate.at_least else bdtrc(hits - 1, n, gate.bound) if hits else 1.0
    return bool(tail >= 0.01 / gate.family)


def run(chosen: list[Gate], panels: int, store: Path, workers: int = 2) -> Iterator[Row]:
    """Run gates, keeping each panel's flag in `store` (JSON Lines), so that a stopped run goes on where it was."""
    store.parent.mkdir(parents=True, exist_ok=True)
    done: dict[tuple[str, int], tuple[bool | None, float]] = {}
    if store.exists():
        for line in store.read_text("utf-8").splitlines():
            id_, seed, flag, seconds = json.loads(line)
            done[id_, seed] = (flag, seconds)
    with ProcessPoolExecutor(workers) as pool, store.open("a", encoding="utf-8") as log:
        for gate in chosen:
            todo = [(gate.id, seed) for seed in range(panels) if (gate.id, seed) not in done]
            for job, outcome in zip(todo, pool.map(_one, todo, chunksize=4), strict=True):
                done[job] = outcome
                log.write(json.dumps([*job, *outcome]) + "\n")
                log.flush()
            yield _row(gate, [done[gate.id, seed] for seed in range(panels)])


def _one(job: tuple[str, int]) -> tuple[bool | None, float]:
    gate = next(g for g in gates() if g.id == job[0])
    started = time.perf_counter()
    verdict = throughput_verdict(generate(gate.world, job[1]), swaps=gate.swaps, seed=job[1])
    return gate.flag(verdict, gate.world), time.perf_counter() - started


def _row(gate: Gate, outcomes: list[tuple[bool | None, float]]) -> Row:
    flags = [bool(flag) for flag, _ in outcomes if flag is not None]
    seconds = sum(s for _, s in outcomes)
    return Row(
        gate.id,
        gate.says,
        sum(flags),
        len(flags),
        len(outcomes),
        seconds,
        judged(sum(flags), len(flags), gate, len(outcomes)),
    )


def markdown(rows: list[Row], panels: int) -> str:
    """The page reports/gates.md: one line a gate, worst news as visible as good."""
    words = {True: "passed", False: "**failed**", None: "not run whole"}
    lines = [
        "# Release gates",
        "",
        f"Seeds 0 to {panels - 1}; panels of 26 four-week periods, about 5 changes a person and period",
        "(`analyzer/simulate/panels.py`). Renew with `make gates`. *hits of n* counts the panels on which the gate's",
        "question applies; a gate passes unless an exact one-sided test at 1 % over its family rejects the bound.",
        "",
        "| gate | asks | bound | hits of n | rate | seconds | |",
        "|---|---|---|---|---|---|---|",
    ]
    bounds = {gate.id: (">=" if gate.at_least else "<=", gate.bound) for gate in gates()}
    for row in rows:
        sign, bound = bounds[row.id]
        rate = f"{row.hits / row.n:.3f}" if row.n else "-"
        cells = (
            row.id,
            row.says,
            f"{sign} {bound}",
            f"{row.hits} of {row.n}",
            rate,
            f"{row.seconds:.0f}",
            words[row.passed],
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])
