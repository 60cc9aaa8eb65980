"""`aishare analyze` end to end, beside `git log -p` on the same objects: cold, ten commits later, and asked again.

Each run is a process of its own, imports and page included. CPU time is of the process and of every git that it ran;
memory is the most that all of them held at one time, pages that they share counted once (PSS, Linux only). Where
blobs are missing both sides see the same shadow. Quote the ratios of CPU time, not the seconds.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import click

_EVERY = 0.5  # seconds between two looks at memory


class Run(NamedTuple):
    """Seconds of wall clock and CPU, most MiB at one time, and what it said on stderr."""

    wall: float
    cpu: float
    memory: float
    said: str


def run(command: list[str], env: dict[str, str]) -> Run:
    """Run a command with its output thrown away."""
    began, stop, most = time.perf_counter(), Event(), [0.0]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said, env=env) as process,
    ):
        watching = Thread(target=_watch, args=(process.pid, stop, most))
        watching.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - began
        stop.set()
        watching.join()
        said.seek(0)
        words = said.read().decode("utf-8", "replace")
    if process.returncode:
        raise click.ClickException(f"{command[0]} ended with {process.returncode}: {words[-400:]}")
    return Run(wall, usage.ru_utime + usage.ru_stime, most[0], words)


def _watch(pid: int, stop: Event, most: list[float]) -> None:
    while not stop.wait(_EVERY):
        most[0] = max(most[0], sum(map(_held, _family(str(pid)))))


def _family(pid: str) -> list[str]:
    found, at = [pid], 0
    while at < len(found):
        try:
            for thread in Path(f"/proc/{found[at]}/task").iterdir():
                found += (thread / "children").read_text("ascii").split()
        except OSError:  # it ended
            pass
        at += 1
    return found


def _held(pid: str) -> float:
    """MiB of a process, its part of what it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@click.command()
@click.argument("path", default=".")
@click.option("--back", default=10, show_default=True, help="First-parent commits between the first and second run.")
@click.option("--runs", default=1, show_default=True, help="How often; medians are shown.")
def main(path: str, back: int, runs: int) -> None:
    """Time the whole answer for the repository at PATH."""
    from analyzer.blame.missing_blobs import find_missing_blobs
    from analyzer.history.git import environment
    from analyzer.history.repository import open_repository

    repository = open_repository(path)
    earlier = open_repository(path, f"HEAD~{back}").head
    missing = find_missing_blobs(repository.git, repository.head)
    git = repository.git.with_empty_blobs(missing) if missing else repository.git
    plain = git.command("log", "-p", "-U0", "--no-merges", "-M", repository.head)
    shadow = environment(git._environment)  # noqa: SLF001 - the same shadow for both sides
    found: dict[str, list[Run]] = {}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            found.setdefault("git log -p -U0 --no-merges -M", []).append(run(plain, shadow))
            for name, revision in (
                ("first run", earlier),
                (f"second run, {back} commits later", repository.head),
                ("third run, nothing new", repository.head),
            ):
                found.setdefault(name, []).append(_analyze(path, revision, Path(folder)))
                print(f"{name}: {found[name][-1]}", file=sys.stderr, flush=True)
            found["git log -p -U0 --no-merges -M"].append(run(plain, shadow))
    print(f"{repository.name} at {repository.head[:12]}: {len(missing)} blobs missing, load {os.getloadavg()[0]:.1f}\n")
    _table(found)
    for name in list(found)[1:3]:
        print(f"\n{name}:\n{found[name][-1].said.strip()}")


def _analyze(path: str, revision: str, folder: Path) -> Run:
    command = [sys.executable, "-P", "-m", "analyzer", "analyze", path, "--rev", revision, "--timings", "--quiet"]
    command += [
        "--cache-dir",
        str(folder / "cache"),
        "-o",
        str(folder / "a.html"),
        "-o",
        str(folder / "a.json"),
        "-o",
        "-",
    ]
    return run(command, dict(os.environ))


def _table(found: dict[str, list[Run]]) -> None:
    print(
        "| run | wall s | CPU s | all processes MiB | CPU ÷ git log -p | wall ÷ git log -p |\n|---|---|---|---|---|---|"
    )
    medians = {name: [statistics.median(r[k] for r in runs) for k in range(3)] for name, runs in found.items()}
    base = next(iter(medians.values()))
    for name, (wall, cpu, memory) in medians.items():
        print(f"| {name} | {wall:.1f} | {cpu:.1f} | {memory:,.0f} | {cpu / base[1]:.2f} | {wall / base[0]:.2f} |")


if __name__ == "__main__":
    main()
