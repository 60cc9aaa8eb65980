"""`make bench REPO=…`: following every line, beside git itself and beside other tools, in pairs, in one run.

Ours is timed in a process of its own from the first git call to the three tables in memory, imports excluded, and
alternates with `git log -p -U0 --no-merges -M`, the stream that it reads. Both run on the same shadow where blobs are
missing. Other tools run once where they are installed (`--peers`: folder of their commands).
"""

from __future__ import annotations

import json
import math
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click


def one(path: str, mode: str, missing: list[str]) -> None:
    """Time one run of ours and print it as JSON."""
    from analyzer.blame.run import trace_lines
    from analyzer.history.commits import read_commit_graph
    from analyzer.history.repository import open_repository

    repository = open_repository(path)
    table = read_commit_graph(repository.git, repository.head)
    gone = frozenset(blob.encode() for blob in missing)
    began, before = time.perf_counter(), _usage()
    known = trace_lines(repository.git, repository.head, table, by_origin=mode == "origin", missing=gone)
    view = "origin" if mode == "origin" else "blame"
    tables = known.births(view), known.deaths(view), known.lines_at_head(view)
    wall, after = time.perf_counter() - began, _usage()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall": wall, "cpu": after - before, "peak": peak, "lines": len(tables[2])}))


def _usage() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def timed(command: list[str], env: dict[str, str] | None = None) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak MiB of a command whose output is thrown away; all NaN where it fails."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        return math.nan, math.nan, math.nan
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


@click.command()
@click.argument("path", default=".")
@click.option("--runs", default=5, show_default=True, help="Pairs.")
@click.option("--peers", default="", help="Folder with git-of-theseus-analyze and a python that has PyDriller.")
@click.option("--alone", is_flag=True, help="Without git blame and other tools.")
@click.option("--one", "mode", default="", hidden=True)
def main(path: str, runs: int, peers: str, alone: bool, mode: str) -> None:
    """Benchmark the repository at PATH."""
    if mode:
        one(path, mode, json.loads(sys.stdin.read() or "[]"))
        return
    from analyzer.blame.missing_blobs import find_missing_blobs
    from analyzer.history.git import environment
    from analyzer.history.repository import open_repository

    repository = open_repository(path)
    missing = find_missing_blobs(repository.git, repository.head)
    git = repository.git.with_empty_blobs(missing) if missing else repository.git
    plain = git.command("log", "-p", "-U0", "--no-merges", "-M", repository.head)
    env = environment(git._environment)  # noqa: SLF001 - the same shadow for both sides
    print(f"{repository.name} at {repository.head[:12]}: {len(missing)} blobs missing, {runs} pairs", flush=True)
    print("| run | wall s | CPU s | peak MiB | wall ÷ git log -p: median (least … most) |\n|---|---|---|---|---|")
    for mode_ in ("blame", "origin"):
        ours, theirs = [], []
        for _ in range(runs):
            theirs.append(timed(plain, env))
            ours.append(_child(path, mode_, missing))
        ratios = sorted(mine["wall"] / git_[0] for mine, git_ in zip(ours, theirs, strict=True))
        if mode_ == "blame":
            _row("git log -p -U0 --no-merges -M", *(statistics.median(run[k] for run in theirs) for k in range(3)), "1")
        median = statistics.median(ratios)
        figures = (statistics.median(run[name] for run in ours) for name in ("wall", "cpu", "peak"))
        _row(f"ours, --lines {mode_}", *figures, f"{median:.2f} ({ratios[0]:.2f} … {ratios[-1]:.2f})")
    for name, command in ({} if alone else _others(path, repository.head, peers)).items():
        _row(name, *timed(command), "")


def _child(path: str, mode: str, missing: frozenset[bytes]) -> dict[str, float]:
    given = json.dumps([blob.decode() for blob in missing])
    command = [sys.executable, __file__, path, "--one", mode]
    said = subprocess.run(command, input=given, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(said.stdout)
    return found


def _others(path: str, head: str, peers: str) -> dict[str, list[str]]:
    """Commands of what else answers part of the question."""
    blame = f"git -C '{path}' ls-tree -r -z --name-only {head} | xargs -0 -n1 git -C '{path}' blame -s --porcelain {head} --"
    found = {"git blame of every file at head": ["sh", "-c", blame]}
    clone = Path(tempfile.mkdtemp()) / "clone"
    subprocess.run(["git", "clone", "--quiet", path, str(clone)], check=True)
    theseus = shutil.which("git-of-theseus-analyze", path=peers or None)
    if theseus:
        branch = subprocess.run(
            ["git", "-C", str(clone), "branch", "--show-current"], capture_output=True, text=True, check=True
        ).stdout.strip()
        options = [
            "--branch",
            branch,
            "--procs",
            "1",
            "--quiet",
            "--all-filetypes",
            "--outdir",
            str(clone.parent / "out"),
        ]
        found["git-of-theseus (weekly samples)"] = [theseus, str(clone), *options]
    driller = "from pydriller import Repository as R\nfor c in R({!r}).traverse_commits():\n    [m.diff_parsed for m in c.modified_files]"
    python = str(Path(peers) / "python") if peers else sys.executable
    if subprocess.run([python, "-c", "import pydriller"], capture_output=True, check=False).returncode == 0:
        found["PyDriller, diffs of every commit"] = [python, "-c", driller.format(str(clone))]
    return found


def _row(name: str, wall: float, cpu: float, peak: float, ratio: str) -> None:
    print(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()
