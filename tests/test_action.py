"""The Action and the recipes, tested by running their steps with bash under a fake runner."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from analyzer.github.summary import LARGEST_SUMMARY, summary
from tests.conftest import ROOT, git

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
SCHEDULE = (ROOT / "docs" / "schedule.md").read_text("utf-8")


def steps(runner: Path, **inputs: str) -> None:
    """Run the composite's steps as a runner does: inputs by expression in env, nothing inside `run`."""
    given = {name: field["default"] for name, field in ACTION["inputs"].items()} | inputs
    base = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    base |= {
        "GITHUB_ACTION_PATH": str(ROOT),
        "RUNNER_TEMP": str(runner),
        "GITHUB_STEP_SUMMARY": str(runner / "summary.md"),
        "GITHUB_OUTPUT": str(runner / "output"),
    }
    for step in ACTION["runs"]["steps"]:
        filled = {k: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda m: given[m[1]], v) for k, v in step["env"].items()}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(command, env=base | filled, cwd=runner, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_inputs_never_reach_a_shell_as_text() -> None:
    """No expression stands inside a run step, every step has a shell, and every default is a string."""
    assert all("${{" not in step["run"] and step["shell"] == "bash" for step in ACTION["runs"]["steps"])
    assert all(isinstance(field["default"], str) and field["description"] for field in ACTION["inputs"].values())


@pytest.mark.slow
@pytest.mark.xdist_group("packaging")
def test_the_action_writes_summary_and_outputs(fixture_repos: dict[str, Path], tmp_path: Path) -> None:
    """Its steps install, analyse, append the report to the summary and set every declared output."""
    (tmp_path / "summary.md").write_text("before\n")
    steps(tmp_path, path=str(fixture_repos["demo"]), python=sys.executable, by="quarter", since="2024-01-01")
    text = (tmp_path / "summary.md").read_text("utf-8")
    assert text.startswith("before\n# AI-written code in demo\n")
    assert "by quarter" in text
    said = dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())
    assert set(said) == set(ACTION["outputs"])
    assert 0 < float(said["share-floor"]) < float(said["share-ceiling"]) <= 1
    assert said["throughput-grade"].startswith("unknown_")
    assert Path(said["report-path"]).read_text().startswith("<!doctype html>")


def test_long_summaries_are_cut_between_lines() -> None:
    """Past 900 kB of UTF-8 the rest goes, at a line, and the summary says where it is."""
    line = "é" * 99 + "\n"
    cut = summary(line * 10_000)
    assert len(cut.encode()) <= LARGEST_SUMMARY
    assert cut.endswith("report-path).*\n")
    assert set(cut.split("\n\n*")[0].split("\n")) == {line.strip()}
    assert summary("short\n") == "short\n"


def test_the_scheduled_workflow_uses_what_the_action_has() -> None:
    """The recipe parses, asks for the whole history, only reads, and uses declared inputs and outputs."""
    recipe = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", SCHEDULE, re.DOTALL)[0])
    assert recipe["permissions"] == {"contents": "read"}
    used = recipe["jobs"]["report"]["steps"]
    assert used[0]["with"]["fetch-depth"] == 0
    own = next(step for step in used if "aishare" in step["uses"])
    assert set(own.get("with", {})) <= set(ACTION["inputs"])
    assert set(re.findall(r"steps\.aishare\.outputs\.([\w-]+)", str(used))) <= set(ACTION["outputs"])


def test_the_cron_line_runs(fixture_repos: dict[str, Path], tmp_path: Path) -> None:
    """What follows the five fields of the cron line, run by sh in a clone, writes a dated page."""
    line = re.findall(r"```cron\n(.*?)\n```", SCHEDULE)[0]
    command = re.match(r"(?:\S+\s+){5}(.*)", line)
    assert command is not None
    clone = tmp_path / "app"
    git("clone", "--quiet", fixture_repos["demo"], clone)
    (clone / "reports").mkdir()
    shim = tmp_path / "bin" / "aishare"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m analyzer "$@"\n')
    shim.chmod(0o755)
    environment = dict(os.environ, PATH=f"{shim.parent}:{os.environ['PATH']}", PYTHONPATH=str(ROOT))
    said = command[1].replace("/srv/app", str(clone))
    done = subprocess.run(["sh", "-c", said], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [p.name for p in (clone / "reports").iterdir()] == ["aishare-2024-12-26.html"]
