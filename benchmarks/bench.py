"""Measure `aishare analyze` next to `git log -p`, and other tools, in one sitting: `make bench REPOS="…"`.

For each repository, git and aishare alternate. A first run stores what it has read, a second one continues from it some
commits later, a third one asks the same again; all are processes of their own, with imports, page, JSON and screen.
Blobs that a clone lacks are empty for both sides. Everything measured is in the JSON file at once, so a sitting that
was broken off continues, and a repository that fails is reported and passed over.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analyzer.blame.missing_blobs import find_missing_blobs
from analyzer.errors import AishareError
from analyzer.history.git import environment
from analyzer.history.repository import count_commits, open_repository
from analyzer.version import VERSION
from benchmarks.measure import MeasurementError, Run, measure, measure_moments
from benchmarks.peers import installed_peers, peer_command
from benchmarks.results import Measured, Pair, Peer, Results, read_results, this_machine, write_results

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.history.git import Git
    from benchmarks.peers import PeerTool

GIT_LOG = ("log", "--no-merges", "-M", "-p", "-U0")
_ROOT = Path(__file__).parents[1]
_ERRORS = (MeasurementError, AishareError, OSError, subprocess.SubprocessError)


@click.command()
@click.argument("repositories", nargs=-1, required=True, metavar="[NAME=]PATH…")
@click.option("--peers", metavar="DIR", help="Folder with the commands of other tools.  [default: PATH]")
@click.option("--pairs", default=3, show_default=True, help="Pairs of git and aishare per repository.")
@click.option("--minutes", default=0.0, help="Begin no further pair of a repository after so many minutes (0: none).")
@click.option("--peer-seconds", default=1800.0, show_default=True, help="End another tool after so many seconds.")
@click.option("--back", default=10, show_default=True, help="First-parent commits between the first and second run.")
@click.option("-o", "--output", default=str(_ROOT / "benchmarks/results.json"), help="JSON file to continue or make.")
def main(
    repositories: tuple[str, ...],
    peers: str | None,
    pairs: int,
    minutes: float,
    peer_seconds: float,
    back: int,
    output: str,
) -> None:
    """Measure each repository and write every measurement to the JSON file."""
    target, tools = Path(output), installed_peers(peers)
    results = _continued(target)

    def store() -> None:
        write_results(results, target)

    for argument in repositories:
        name, _, path = argument.rpartition("=")
        try:
            name = name or open_repository(path).name
            measured = results.repositories[name] = _begun(path, back, results.repositories.get(name))
            _measure_pairs(path, measured, pairs, minutes * 60, store)
            _measure_peers(path, measured, tools, peer_seconds, store)
        except _ERRORS as reason:
            _say(f"{name or path}: {reason}")
            if name in results.repositories:
                results.repositories[name].error = str(reason)
        store()


def _continued(target: Path) -> Results:
    """Return the results to continue: those in the file if they are of this machine."""
    machine = this_machine()
    if target.exists() and (results := read_results(target)).machine == machine:
        return results
    return Results(dt.datetime.now(dt.UTC).strftime("%Y-%m-%d"), machine)


def _begun(path: str, back: int, earlier: Measured | None) -> Measured:
    """Return the measurements of a repository to continue; those of another commit or version are dropped."""
    repository = open_repository(path)
    version = _version()
    if earlier is not None and (earlier.version, earlier.head, earlier.back) == (version, repository.head, back):
        earlier.error = None
        return earlier
    missing = len(find_missing_blobs(repository.git, repository.head))
    return Measured(version, repository.head, count_commits(repository.git, repository.head), missing, back)


def _version() -> str:
    """Return the version with the last commit that changed the package; "+" where its files differ from that."""
    git = ("git", "-C", str(_ROOT))
    last = subprocess.run(
        [*git, "log", "-1", "--format=%h", "--", "analyzer"], capture_output=True, text=True, check=False
    )
    if last.returncode or not last.stdout:
        return VERSION
    changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", "analyzer"], check=False).returncode
    return f"{VERSION} ({last.stdout.strip()}{'+' if changed else ''})"


def _measure_pairs(path: str, measured: Measured, pairs: int, seconds: float, store: Callable[[], None]) -> None:
    began = time.monotonic()
    repository = open_repository(path)
    missing = find_missing_blobs(repository.git, repository.head)
    git = repository.git.with_empty_blobs(missing) if missing else repository.git
    while len(measured.pairs) < pairs and not (measured.pairs and seconds and time.monotonic() - began > seconds):
        _say(f"{path}: pair {len(measured.pairs) + 1} of {pairs}")
        measured.pairs.append(_pair(path, git, measured, git_first=len(measured.pairs) % 2 == 0))
        store()


def _pair(path: str, git: Git, measured: Measured, *, git_first: bool) -> Pair:
    """Measure git and aishare once; which one comes first alternates, so that neither profits from a warm disk."""
    plain = git.command(*GIT_LOG, measured.head)
    shadow = environment(git._environment)  # noqa: SLF001 - the same shadow for both sides
    before = measure(plain, shadow) if git_first else None
    earlier = open_repository(path, f"HEAD~{measured.back}").head
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        alone = _analyze(path, measured.head, Path(folder), "--no-cache")
        cache = ("--cache-dir", str(Path(folder, "cache")))
        first, later, again = (
            _analyze(path, rev, Path(folder), *cache) for rev in (earlier, measured.head, measured.head)
        )
    command = _command(path, measured.head, "--no-cache", "-o", os.devnull, "--format", "json")
    moments = measure_moments(command, _environment())
    return Pair(before or measure(plain, shadow), alone, first, later, again, moments)


def _analyze(path: str, revision: str, folder: Path, *options: str) -> Run:
    """Measure one run with page, JSON and screen."""
    outputs = ("-o", str(folder / "a.html"), "-o", str(folder / "a.json"), "-o", "-")
    command = _command(path, revision, "--timings", "--quiet", *options, *outputs)
    return measure(command, _environment())


def _command(path: str, revision: str, *options: str) -> list[str]:
    """Return the command line of this checkout's `analyze`."""
    return [sys.executable, "-P", "-m", "analyzer", "analyze", path, "--rev", revision, *options]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(_ROOT)}


def _measure_peers(
    path: str,
    measured: Measured,
    tools: dict[str, tuple[str, PeerTool]],
    seconds: float,
    store: Callable[[], None],
    runs: int = 2,
) -> None:
    """Run the other tools on a clone with a work tree, in turns; one that fails is noted and passed over."""
    waiting = {title for title in tools if len(measured.peers.get(title, Peer()).runs) < runs}
    if not waiting:
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        clone = Path(folder, "clone")
        _run("git", "clone", "--quiet", "--no-checkout", path, str(clone))
        _run("git", "-C", str(clone), "checkout", "--quiet", "-B", "measured", measured.head)
        for _ in range(runs):
            for title in sorted(waiting):
                peer = measured.peers.setdefault(title, Peer())
                peer.error = None
                _say(f"{path}: {title}")
                try:
                    command = peer_command(*tools[title], clone, "measured", Path(folder, "out"))
                    peer.runs.append(measure(command, dict(os.environ), cwd=str(clone), limit=seconds))
                except MeasurementError as reason:
                    peer.error = str(reason).replace(folder, "")
                    waiting.discard(title)
                store()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _say(line: str) -> None:
    click.echo(f"{time.strftime('%H:%M:%S')} {line}", err=True)


if __name__ == "__main__":
    main()
