"""How long the whole verdict on throughput takes: swaps, jackknife, placebos and specification curve, on a simulated panel.

python benchmarks/verdict.py --people 386      (about 10,000 rows over 26 four-week periods, 9,999 swaps)
"""

from __future__ import annotations

import time

import click
import pandas as pd

from analyzer.inference.grading.throughput import throughput_verdict
from analyzer.panel import panel_from_changes
from analyzer.panel.alternatives import MATURITIES, alternative_panels
from analyzer.simulation.panels import World, generate_panel
from validation.worlds import changes_from_panel


@click.command()
@click.option("--people", default=386, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(people: int, seed: int) -> None:
    """Draw one history with an effect, and time its verdict."""
    units = changes_from_panel(generate_panel(World(people, truth="recorded", effect=0.2), seed), seed)
    end = units["merged"].max()
    mature = {days: units[units["merged"] <= end - pd.Timedelta(days=days)] for days in MATURITIES}
    panel = panel_from_changes(units)
    began, used = time.perf_counter(), time.process_time()
    found = throughput_verdict(panel, specifications=lambda who: alternative_panels(mature, who, ()))
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    rows = None if found.estimates is None else found.estimates.rows
    fitted = None if found.curve is None else found.curve.n
    print(f"{rows} rows, {fitted} specifications: {wall:.1f} s wall, {cpu:.1f} s CPU; {found.sentence}")


if __name__ == "__main__":
    main()
