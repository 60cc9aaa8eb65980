"""reports/gallery: reports of public histories, from clones that hold the commits named here.

git clone --bare https://…/OpenHands.git CLONES/OpenHands     (for each repository; any clone that has the commit)
python benchmarks/gallery.py CLONES                           (writes the JSON; `make samples` draws the rest)
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

# Name of the clone → the commit and the options of its report.
REPORTS = {
    "OpenHands": ("d6fab19", ()),
    "git-ai": ("55a1d72", ()),
    "PyAirbyte": ("f65f227", ("--by", "quarter")),
    "sqlalchemy": ("f35da7e", ("--style", "--by", "quarter")),
}


@click.command()
@click.argument("clones", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), default=Path("reports/gallery"), show_default=True)
def main(clones: Path, output: Path) -> None:
    """Analyse each clone in CLONES at its commit, and keep its JSON."""
    output.mkdir(parents=True, exist_ok=True)
    for name, (commit, options) in REPORTS.items():
        target = output / f"{name}.json"
        command = [sys.executable, "-m", "analyzer", "analyze", str(clones / name), "--rev", commit, *options]
        subprocess.run([*command, "--quiet", "-o", str(target)], check=True)


if __name__ == "__main__":
    main()
