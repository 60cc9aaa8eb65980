"""Run all gates on their trials and write the page reports/gates.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from validation.disclosure_gates import FalseFlagGate, false_flag_gates
from validation.gates import GateResult, RateGate, RateReport, rate_gates
from validation.honesty import PowerGate, power_gates
from validation.job import Job
from validation.threats import threat_gates
from validation.trials import run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from validation.job import Trial

Gate = RateGate | RateReport | PowerGate | FalseFlagGate


def all_gates() -> list[Gate]:
    """Return every release gate, in the order of the page."""
    return [*rate_gates(), *threat_gates(), *false_flag_gates(), *power_gates()]


def gate_results(chosen: Sequence[Gate], panels: int, store: Path, workers: int) -> Iterator[tuple[GateResult, float]]:
    """Yield each gate's result, and the seconds its trials took, as soon as they are done.

    A trial is run once for all gates. `panels` caps the histories per world, for a quick look.
    """
    for gate in chosen:
        jobs = [Job(world, swaps, s) for world, swaps in gate.worlds for s in range(min(panels, gate.panels))]
        trials: list[Trial | None] = [None] * len(jobs)
        for number, trial in run(jobs, store, workers):
            trials[number] = trial
        completed = [t for t in trials if t is not None]
        size = len(jobs) // len(gate.worlds)
        yield (
            gate.row([completed[k : k + size] for k in range(0, len(completed), size)]),
            sum(t.seconds for t in completed),
        )


def markdown(results: Sequence[tuple[GateResult, float]]) -> str:
    """Return the page: one line per gate, failures as visible as passes."""
    words = {True: "passed", False: "**failed**", None: "not run whole"}
    lines = [
        "# Release gates",
        "",
        "Simulated histories of 26 four-week periods, about 5 changes a person and period, seeds from 0",
        "(`analyzer/simulation/`); renew with `make gates`. The last number of an id is how many people. A rate is of",
        "the histories on which the gate's question applies; it passes unless an exact one-sided test at 1 % over its",
        "family rejects the bound; ± is its Monte-Carlo standard error. Several gates may read the same histories,",
        "so seconds do not add up. Ids that begin with `threat-` are histories in which output and AI share go",
        "together for another reason (`validation/threat_worlds.py`, a generator of its own). They are graded as if",
        "all that a panel does not know spoke for the association.",
        "",
        "| gate | asks | bound | found | histories | seconds | |",
        "|---|---|---|---|---|---|---|",
    ]
    for row, seconds in results:
        cells = (row.id, row.says, row.bound, row.observed, str(row.n), f"{seconds:.0f}", words[row.passed])
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *_MEASURED_ELSEWHERE, ""])


_MEASURED_ELSEWHERE = (
    "## Measured elsewhere",
    "",
    "- The share from style on mixtures of known truth, and how often it abstains: [evaluation.md](evaluation.md).",
    "- A change of the policy of marking alone is told as one in half of simulated histories, where 90 % were wanted",
    "  (`pytest tests/validation/simulation/test_disclosure_changes.py`): not reached.",
    "- Survival equals statsmodels' product limit to 1e-10, and naive percentages are biased beside it",
    "  (`pytest tests/unit/inference/test_survival.py`).",
    "- The published Cursor panel through `infer --event`: lines +281 % at month 0 and +28.6 % on average",
    "  (`pytest tests/validation/oracles/test_published_panel.py`, where the file is at hand): it tests arithmetic.",
)
