"""What a command waits for before it answers: libraries are imported by the stage that needs them, and not before."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TABLES = {"pandas", "numpy", "pyarrow", "scipy", "sklearn"}
DRAWING = {"altair", "vl_convert", "jinja2"}
# Prints to stderr what is loaded when git is first run, and ends there.
_AT_FIRST_GIT = """
import os, subprocess, sys
class Popen(subprocess.Popen):
    def __init__(self, *arguments, **options):
        print(*sys.modules, file=sys.stderr, flush=True)
        os._exit(0)
subprocess.Popen = Popen
from analyzer.cli import run
run(sys.argv[1:])
"""
_AT_END = """
import sys
from analyzer.cli import run
assert run(sys.argv[1:]) == 0
print(*sys.modules, file=sys.stderr)
"""


def loaded(code: str, *words: str | Path) -> set[str]:
    """Modules that a fresh interpreter has loaded where `code` prints them, after a command with these words."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *map(str, words)],
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("format_", ["terminal", "json", "markdown", "badge", "card", "html"])
def test_a_stored_answer_is_given_without_tables(
    fixture_repos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, format_: str
) -> None:
    """Asked again, a question needs neither tables nor statistics; only the page draws."""
    words = ["analyze", str(fixture_repos["demo"]), "-q", "--cache-dir", str(tmp_path_factory.getbasetemp() / "stored")]
    assert run([*words, "-o", os.devnull]) == 0
    modules = loaded(_AT_END, *words, "--format", format_, "-o", os.devnull)
    assert "analyzer.pipeline.answer_cache" in modules
    assert modules & TABLES == set()
    assert modules & DRAWING == (DRAWING if format_ == "html" else set())


@pytest.mark.parametrize(
    "words",
    [
        ("analyze", "REPO", "--no-cache"),
        ("pr", "HEAD~1..HEAD", "REPO"),
        ("survey", "REPO"),
        ("audit", "REPO"),
        ("dump", "panel", "REPO", "--people-ok"),
        ("doctor", "REPO"),
    ],
)
def test_the_first_call_of_git_waits_for_no_library(fixture_repos: dict[str, Path], words: tuple[str, ...]) -> None:
    """A repository is opened, or refused, before anything heavy is imported."""
    path = str(fixture_repos["demo"])
    modules = loaded(_AT_FIRST_GIT, *(path if word == "REPO" else word for word in words))
    assert "analyzer.history.git" in modules
    assert modules & (TABLES | DRAWING | {"git", "rich"}) == set()


def test_statistics_wait_for_the_history() -> None:
    """A history is read without scipy; which stages need it is said once, in `run`."""
    modules = loaded("import sys, analyzer.pipeline.run; print(*sys.modules, file=sys.stderr)")
    assert "pandas" in modules
    assert modules & {"scipy", "sklearn"} == set()


def test_no_answer_needs_the_largest_parts_of_scipy(fixture_repos: dict[str, Path]) -> None:
    """scipy.stats alone takes longer to import than pandas, and loads its optimisers and spatial trees."""
    modules = loaded(_AT_END, "analyze", fixture_repos["demo"], "--no-cache", "-q", "-o", os.devnull)
    assert "scipy.special" in modules
    assert modules & {"scipy.stats", "scipy.optimize", "scipy.spatial", "sklearn", *DRAWING} == set()


@pytest.mark.parametrize(
    "words",
    [
        ("explain", "share"),
        ("explain", "partial-clone"),
        ("list", "signals"),
        ("list", "records"),
        ("list", "breakdowns"),
        ("list", "outcomes"),
        ("classify", os.devnull),
        ("team", "--init"),
    ],
)
def test_texts_are_read_without_tables(words: tuple[str, ...]) -> None:
    """What registries say, and marks of single commits, need no table."""
    assert loaded(_AT_END, *words) & (TABLES | DRAWING | {"git"}) == set()


def test_timings_count_from_the_start_of_the_process(fixture_repos: dict[str, Path], tmp_path: Path) -> None:
    """The table's total is the CPU time of the process and its git: imports that precede the command are in it."""
    words = ["analyze", str(fixture_repos["demo"]), "--timings", "--cache-dir", str(tmp_path), "-o", os.devnull]
    command = [sys.executable, "-P", "-c", "from analyzer.__main__ import main; main()", *words]
    assert run(words) == 0
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    (total,) = (line.split() for line in done.stderr.splitlines() if line.startswith("all "))
    assert 0.8 <= (float(total[2]) + float(total[3])) / taken <= 1.05
