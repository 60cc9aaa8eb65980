"""What `make bench` measures, and the page that is made of it."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from benchmarks import bench
from benchmarks.measure import MeasurementError, Moments, Run, measure, measure_moments, stages_of
from benchmarks.page import PAGE, RESULTS, TEMPLATE, page
from benchmarks.peers import PeerTool
from benchmarks.results import Machine, Measured, Pair, Peer, Results, read_results, this_machine, write_results
from tests.conftest import ROOT

PYTHON = sys.executable
MACHINE = Machine("a processor", 2, 4.0, "Linux", "2.40.0", "3.12.0")


def run_of(wall: float, **stages: float) -> Run:
    """A run that took as much CPU as wall clock."""
    return Run(wall, wall, 100.0, stages)


def pair_of(git: float, first: float) -> Pair:
    """A pair whose later runs take half and a tenth of the first."""
    alone = run_of(first, **{"following lines": first / 2})
    return Pair(run_of(git), alone, run_of(first), run_of(first / 2), run_of(first / 10), Moments(0.3, 1.2))


def test_page_is_made_of_the_measurements() -> None:
    """docs/performance.md is what `python -m benchmarks.page` writes."""
    assert PAGE.read_text("utf-8") == page(read_results(RESULTS), TEMPLATE.read_text("utf-8"))


def test_page_has_medians_and_ranges_of_the_pairs_ratios() -> None:
    """A ratio is of one pair, so that a machine that slows down between two pairs moves none."""
    pairs = [pair_of(2, 4), pair_of(20, 60), pair_of(1, 1)]
    measured = Measured("1.0", "a" * 40, 1_234, 0, 10, pairs, {"tool": Peer([run_of(30)]), "slow": Peer([], "no end")})
    broken = Measured("1.0", "b" * 40, 1, 0, 10, error="git failed")
    template = TEMPLATE.read_text("utf-8")
    text = page(Results("2026-01-02", MACHINE, {"app": measured, "broken": broken}), template)
    assert "| app | 1,234 | 3 | 1.00 (0.50 … 1.50) | 2.00 (1.00 … 3.00) |" in text
    assert "|  | run, `--no-cache` | 4.00 | 4.00 | 100 | 0.30 | 1.20 |" in text
    assert "| app | tool | 1 | 30.00 | 30.00 | 100 | 7.50 |" in text
    assert "| app | slow | 0 | no end |" in text
    assert "- broken: git failed" in text
    assert "Not measured" not in page(Results("2026-01-02", MACHINE, {"app": measured}), template)


def test_results_are_read_as_written(tmp_path: Path) -> None:
    """To three digits, and whole."""
    results = Results("2026-01-02", this_machine(), {"app": Measured("1.0", "a", 1, 0, 10, [pair_of(1 / 3, 2 / 3)])})
    write_results(results, tmp_path / "r.json")
    stored = read_results(tmp_path / "r.json")
    assert stored.repositories["app"].pairs[0].git.wall == 0.333
    assert msgspec.structs.replace(stored, repositories={}) == msgspec.structs.replace(results, repositories={})
    assert [file.name for file in tmp_path.iterdir()] == ["r.json"]


def test_measuring_counts_children_and_keeps_stages(tmp_path: Path) -> None:
    """CPU time and memory of a child are the run's; what it says on stderr names the stages."""
    script = tmp_path / "work.py"
    script.write_text(
        "import subprocess, sys\n"
        "if len(sys.argv) > 1:\n"
        "    text = 'x' * (200 << 20); n = 0\n"
        "    for k in range(20_000_000): n += k\n"
        "else:\n"
        "    subprocess.run([sys.executable, __file__, 'child'])\n"
        "    print('starting             1.50     0.16      0.04    99%    1,194', file=sys.stderr)\n"
        "    print('all                  1.50     0.16      0.04   100%    1,194', file=sys.stderr)\n"
    )
    run = measure([PYTHON, str(script)], {})
    assert run.stages == {"starting": 1.5}
    assert run.cpu > 0.3
    assert run.memory > 200


def test_stages_are_those_that_timings_print() -> None:
    """Names with blanks, thousands of MiB."""
    assert stages_of("following lines      12.25     3.00      4.00    50%    1,018\nnote: 1 2 3 4\n") == {
        "following lines": 12.25
    }


def test_failing_and_endless_commands_are_errors() -> None:
    """The message of a failing one is kept; one that does not end is ended."""
    with pytest.raises(MeasurementError, match="ended with 3: reason"):
        measure([PYTHON, "-c", "import sys; print('reason', file=sys.stderr); sys.exit(3)"], {})
    with pytest.raises(MeasurementError, match="no end within 1 s"):
        measure([PYTHON, "-c", "import time; time.sleep(60)"], {}, limit=1)
    with pytest.raises(MeasurementError, match="never called git"):
        measure_moments([PYTHON, "-c", ""], {})


def test_a_sitting_goes_on_where_it_was_broken_off(
    fixture_repos: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository that fails loses nothing of the others, and pairs are not measured twice."""
    target = tmp_path / "r.json"
    arguments = [str(tmp_path / "nowhere"), f"app={fixture_repos['demo']}", "--back", "1", "-o", str(target)]
    peers = {"tool": (PYTHON, PeerTool("tool", "python", ("-c", "pass"))), "no": ("false", PeerTool("no", "false", ()))}
    monkeypatch.setattr(bench, "installed_peers", lambda _: peers)
    assert CliRunner().invoke(bench.main, [*arguments, "--pairs", "1"]).exit_code == 0
    app = read_results(target).repositories["app"]
    (pair,) = app.pairs
    assert pair.first.stages["following lines"] >= 0
    assert pair.moments.figure is not None
    assert 0 < pair.moments.git < pair.moments.figure
    assert len(app.peers["tool"].runs) == 2
    assert app.peers["no"].error == "false ended with 1: "
    monkeypatch.setattr(bench, "_pair", lambda *_, **__: pair_of(1, 2))
    assert CliRunner().invoke(bench.main, [*arguments, "--pairs", "2"]).exit_code == 0
    assert read_results(target).repositories["app"].pairs == [pair, pair_of(1, 2)]
    monkeypatch.setattr(bench, "_version", lambda: "another")
    assert CliRunner().invoke(bench.main, [*arguments, "--pairs", "1"]).exit_code == 0
    assert read_results(target).repositories["app"].pairs == [pair_of(1, 2)]


def test_results_name_no_folder_of_a_machine() -> None:
    """They are published."""
    text = (ROOT / "benchmarks" / "results.json").read_text("utf-8")
    assert not [word for word in ("/home/", "/tmp", "/work", "/root") if word in text]  # noqa: S108 - names of folders
