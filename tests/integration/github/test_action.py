"""The Action and the recipes: linted by others' tools, and their steps run with bash under a fake runner and API."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from analyzer.core.cachedir import FORMAT_VERSION
from analyzer.github.checkout_help import LINES
from analyzer.github.job_summary import LARGEST_SUMMARY, truncated_summary
from tests.checkout_traps import set_traps, trapped_environment
from tests.conftest import ROOT, git, imported
from tests.crontab import fired
from tests.loopback import GitHub

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SCHEDULE = (ROOT / "docs" / "schedule.md").read_text("utf-8")
BLOCKS = [
    block.replace("OWNER/aishare@COMMIT", f"o/aishare@{'0' * 40} # v1")
    for block in re.findall(r"```yaml\n(.*?)```", SCHEDULE, re.DOTALL)
]
WORKFLOWS = {yaml.safe_load(block)["name"]: block for block in BLOCKS if "\njobs:" in block}
BIN = Path(sys.executable).parent


def filled(text: str, known: dict[str, str]) -> str:
    """A text with its expressions replaced; one that is not known here is an error."""
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda m: known[m[1]], text)


def shell(script: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a step as a runner does."""
    command = [str(shutil.which("bash")), "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    base = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    return subprocess.run(command, env=base | env, cwd=cwd, capture_output=True, text=True, check=False)


class Runner:
    """A machine with the fake files of a runner; `step` runs one step of the Action by name.

    Its workspace is full of traps, and the variables of the job lead into it.
    """

    def __init__(self, folder: Path, api: str) -> None:
        self.folder, self.workspace, self.proof = folder, folder / "workspace", folder / "proof"
        self.workspace.mkdir()
        set_traps(self.workspace, self.proof)
        self.env = trapped_environment(self.workspace, os.environ["PATH"]) | {
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_API_URL": api,
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(folder / "output"),
            "RUNNER_OS": "Linux",
            "RUNNER_TEMP": str(folder),
        }

    def step(self, name: str, code: int = 0, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run a step, which must exit with `code` and spring no trap. Inputs come by expression in env."""
        known = {f"inputs.{k}": field["default"] for k, field in ACTION["inputs"].items()}
        known |= {f"inputs.{k.replace('_', '-')}": value for k, value in inputs.items()}
        known |= {"runner.temp": str(self.folder), "github.token": "t0ken"}
        step = next(step for step in STEPS if step["name"] == name)
        env = {k: filled(filled(v, known), known) for k, v in step["env"].items()}
        folder = self.workspace / filled(step.get("working-directory", ""), known)
        done = shell(step["run"], folder, self.env | env)
        sprung = self.proof.read_text() if self.proof.exists() else ""
        assert (done.returncode, sprung) == (code, ""), done.stdout + done.stderr
        return done

    def event(self, name: str, event: dict[str, Any]) -> None:
        """The event that started the workflow."""
        path = self.folder / "event.json"
        path.write_text(json.dumps(event))
        self.env |= {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path)}

    def outputs(self) -> dict[str, str]:
        """What steps set, the last value of a name."""
        return dict(line.split("=", 1) for line in (self.folder / "output").read_text("utf-8").splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("weeks", [2, pytest.param(8, marks=pytest.mark.exhaustive)])
def test_every_step_of_the_action(fixture_repos: dict[str, Path], tmp_path: Path, weeks: int) -> None:
    """Install; a pull request twice: one comment, created, then patched; a schedule; the data branch by its recipe.

    weeks: of a repository of the last ten days, or all that the recipe looks back on.
    """
    demo = fixture_repos["demo"]
    tips = [git("--git-dir", demo, "rev-parse", rev).strip() for rev in ("HEAD~20", "HEAD~10", "HEAD")]
    with GitHub() as api:
        runner = Runner(tmp_path, api.url)
        runner.step("Install aishare", python=sys.executable)
        for head in tips[1:]:
            ends = {"base": {"sha": tips[0]}, "head": {"sha": head}}
            runner.event("pull_request", {"pull_request": {"number": 7, **ends}})
            runner.step("Look", path=str(demo), comment="true", annotations="3", fail_on="drift")
        assert api.writes() == ["POST", "PATCH"]
        assert len(api.comments) == 1
    assert "in the touched files" in (tmp_path / "summary.md").read_text("utf-8")
    (tmp_path / "summary.md").write_text("before\n")
    runner.event("schedule", {"schedule": "17 6 * * 1"})
    runner.step("Look", path=os.path.relpath(demo, runner.workspace), by="quarter", since="2024-01-01")
    text = (tmp_path / "summary.md").read_text("utf-8")
    assert text.startswith("before\n# AI-written code in demo\n")
    assert "by quarter" in text
    said = runner.outputs()
    assert set(said) == set(ACTION["outputs"])
    assert 0 < float(said["share-marked"]) < float(said["share-at-most"]) <= 1
    assert said["throughput-grade"].startswith("unknown_")
    assert Path(said["report-path"]).read_text().startswith("<!doctype html>")
    assert list((tmp_path / "aishare-store").glob("v*/*/*.parquet"))
    if weeks == 8:
        assert len(_data_branch(demo, said["command"], runner)) == 8
    else:
        assert 1 <= len(_data_branch(_young(tmp_path), said["command"], runner)) <= 2


def test_an_interpreter_of_the_checkout_is_refused(tmp_path: Path) -> None:
    """Relative, absolute, through a link, or where PATH leads into the checkout alone: an error says how to go on."""
    runner = Runner(tmp_path, "")
    (tmp_path / "link").symlink_to(runner.workspace / "bin")
    names = ("bin/python3", "./python3", f"{runner.workspace}/bin/python3", f"{tmp_path}/link/python3", "no-python", "")
    for name in names:
        done = runner.step("Install aishare", code=1, python=name)
        assert f"::error::aishare found no Python called {name} outside of the checkout. Add actions" in done.stdout
    runner.env["PATH"] = f".::{runner.workspace}/bin:{tmp_path}/link"
    runner.step("Install aishare", code=1)
    assert not (tmp_path / "aishare").exists()


def _young(folder: Path) -> Path:
    """A repository of the last ten days."""
    stream = b""
    for days in (10, 3, 1):
        when = int(time.time()) - days * 86_400
        stream += b"commit refs/heads/main\ncommitter Ada <ada@example.org> %d +0000\ndata 4\nwork\n" % when
        stream += b"M 100644 inline a.py\ndata 6\nx = %d\n\n" % (days % 10)
    return imported(folder / "young", stream)


def _data_branch(demo: Path, command: str, runner: Runner) -> list[str]:
    """The recipe's script, twice: the first makes the branch with the weeks there are, the second adds nothing."""
    server = runner.folder / f"server-{demo.name}"
    remote = server / "o" / "r"
    git("clone", "--quiet", "--bare", demo, remote)
    clone = runner.folder / f"clone-{demo.name}"
    git("clone", "--quiet", demo, clone)
    set_traps(clone, runner.proof)
    shim = runner.folder / "bin" / "gh"
    shim.parent.mkdir(exist_ok=True)
    shim.write_text("#!/bin/sh\n")
    shim.chmod(0o755)
    steps = yaml.safe_load(WORKFLOWS["aishare data"])["jobs"]["data"]["steps"]
    step = next(step for step in steps if "run" in step)
    folder = clone / filled(step["working-directory"], {"runner.temp": str(runner.folder)})
    env = runner.env | {
        "BASH_ENV": "",  # the recipe's shell is the workflow's
        "GITHUB_WORKSPACE": str(clone),
        "AISHARE": command,
        "AISHARE_CACHE_DIR": str(runner.folder / "aishare-store"),
        "GITHUB_SERVER_URL": f"file://{server}",
        "PATH": f".:bin:{shim.parent}:{os.environ['PATH']}",
    }
    for _ in range(2):
        shutil.rmtree(runner.folder / "data", ignore_errors=True)
        done = shell(step["run"], folder, env)
        assert (done.returncode, runner.proof.exists()) == (0, False), done.stdout + done.stderr
        kept = git("--git-dir", remote, "ls-tree", "--name-only", "aishare-data").split()
        assert {"grades.json", "latest.html"} < set(kept)
    assert git("--git-dir", remote, "rev-list", "--count", "aishare-data").strip() == "1"
    return [name for name in kept if re.match(r"\d", name)]


STUB = """#!/bin/sh
[ "$1 $2 $3 $5 $7" = "team $GITHUB_WORKSPACE/team.toml --out --store --fail-on" ] || exit 9
mkdir -p "$4/runs"
echo "$CODE $AISHARE_SALT" > "$4/runs/$CODE"
exit "$CODE"
"""


def test_the_fleets_recipe_keeps_the_site_on_a_branch(fixture_repos: dict[str, Path], tmp_path: Path) -> None:
    """What a run leaves is pushed, also where a repository failed (4), and never where there is no site (3)."""
    remote = tmp_path / "server" / "o" / "r"
    git("clone", "--quiet", "--bare", fixture_repos["demo"], remote)
    for name, text in (("gh", "#!/bin/sh\n"), ("aishare", STUB)):
        shim = tmp_path / "bin" / name
        shim.parent.mkdir(exist_ok=True)
        shim.write_text(text)
        shim.chmod(0o755)
    steps = yaml.safe_load(WORKFLOWS["aishare fleet"])["jobs"]["fleet"]["steps"]
    step = next(step for step in steps if "run" in step)
    workspace, temp = tmp_path / "workspace", tmp_path / "temp"
    set_traps(workspace, tmp_path / "proof")
    folder = workspace / filled(step["working-directory"], {"runner.temp": str(temp)})
    env = {
        "AISHARE": str(shim),
        "AISHARE_SALT": "secret",
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_SERVER_URL": f"file://{tmp_path / 'server'}",
        "GITHUB_WORKSPACE": str(workspace),
        "PATH": f".:bin:{shim.parent}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(temp),
    }
    for code in (0, 3, 4, 0):
        shutil.rmtree(temp, ignore_errors=True)
        temp.mkdir()
        assert shell(step["run"], folder, env | {"CODE": str(code)}).returncode == code
    assert not (tmp_path / "proof").exists()
    assert git("--git-dir", remote, "ls-tree", "-r", "--name-only", "aishare-site").split() == [
        ".nojekyll",
        "runs/0",
        "runs/4",
    ]
    assert git("--git-dir", remote, "rev-list", "--count", "aishare-site").strip() == "2"


def test_inputs_never_reach_a_shell_as_text() -> None:
    """No expression stands inside a run step, every run step has a shell, and every default is a string."""
    assert all("${{" not in step["run"] and step["shell"] == "bash" for step in STEPS if "run" in step)
    assert all(isinstance(field["default"], str) and field["description"] for field in ACTION["inputs"].values())
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in [*ACTION["inputs"], *ACTION["outputs"]])


def test_every_action_is_pinned_to_one_commit() -> None:
    """In action.yml, in the recipes and in the lines to paste; the same action is the same commit everywhere."""
    text = "\n".join([(ROOT / "action.yml").read_text("utf-8"), *BLOCKS, *LINES.values()])
    used = re.findall(r"uses: (\S+)(.*)", text)
    assert len(used) > 10
    pins: dict[str, set[str]] = {}
    for name, version in used:
        action, at, commit = name.partition("@")
        assert at
        assert re.fullmatch(r"[0-9a-f]{40}", commit)
        assert re.fullmatch(r" # v[\d.]+", version)
        pins.setdefault(action, set()).add(commit)
    assert all(len(commits) == 1 for commits in pins.values())


def test_cache_key_names_the_store_format() -> None:
    """A store of another format is not restored."""
    (cache,) = (step["with"] for step in STEPS if "actions/cache@" in step.get("uses", ""))
    assert cache["key"].startswith(cache["restore-keys"])
    assert cache["restore-keys"].startswith(f"aishare-{FORMAT_VERSION}-")


def test_linters_accept_the_action_and_the_recipes(tmp_path: Path) -> None:
    """Schemas of actions, workflows and GitLab CI; zizmor offline; shellcheck where it is installed."""
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for n, text in enumerate(WORKFLOWS.values()):
        (folder / f"{n}.yml").write_text(text)
    (tmp_path / "action.yml").write_bytes((ROOT / "action.yml").read_bytes())
    gitlab = next(block for block in BLOCKS if "GIT_DEPTH" in block)
    (tmp_path / "gitlab.yml").write_text(gitlab)
    scripts = [step["run"] for step in STEPS if "run" in step]
    for text in WORKFLOWS.values():
        jobs = yaml.safe_load(text)["jobs"].values()
        scripts += [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    (tmp_path / "scripts.sh").write_text("#!/bin/bash\n" + "\n".join(scripts))
    workflows = sorted(folder.iterdir())
    commands: list[list[str | Path]] = [
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-actions", tmp_path / "action.yml"],
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows],
        [BIN / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", tmp_path / "gitlab.yml"],
        [BIN / "zizmor", "--offline", "--no-progress", "--quiet", "--persona", "pedantic", tmp_path],
    ]
    if checker := shutil.which("shellcheck"):
        commands.append([checker, "--exclude=SC2164,SC2154", tmp_path / "scripts.sh"])
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


def test_recipes_use_what_the_action_has() -> None:
    """Inputs, outputs and least rights: nothing but to read by default, and the whole history where one is read."""
    assert set(WORKFLOWS) == {f"aishare{name}" for name in ("", " comment", " weekly", " data", " pages", " fleet")}
    for text in WORKFLOWS.values():
        recipe = yaml.safe_load(text)
        assert recipe["permissions"] == {}
        (job,) = recipe["jobs"].values()
        own = next(step for step in job["steps"] if "aishare@" in step.get("uses", ""))
        assert set(own.get("with", {})) <= set(ACTION["inputs"])
        assert set(re.findall(r"steps\.aishare\.outputs\.([\w-]+)", text)) <= set(ACTION["outputs"])
        for step in job["steps"]:
            if "actions/checkout@" in step.get("uses", ""):
                assert step["with"] == {"fetch-depth": 0, "persist-credentials": False}
    for name, described in [*ACTION["inputs"].items(), *ACTION["outputs"].items()]:
        assert re.search(rf"^\| `{name}` \|.* {re.escape(described['description'])} \|$", SCHEDULE, re.MULTILINE)


def test_no_recipe_has_more_rights_than_documented() -> None:
    """The table of docs/schedule.md is what the jobs have; the token reaches one step of the Action by name."""
    rows = re.findall(r"^\| `([a-z ]+)` \| ((?:`[a-z-]+: [a-z]+`(?:, )?)+) \|", SCHEDULE, re.MULTILINE)
    documented = {name: dict(pair.split(": ") for pair in re.findall(r"`([^`]+)`", said)) for name, said in rows}
    given = {}
    for name, text in WORKFLOWS.items():
        recipe = yaml.safe_load(text)
        (job,) = recipe["jobs"].values()
        given[name] = job["permissions"]
        assert recipe["permissions"] == {}
    assert given == documented
    assert not {right for rights in given.values() for right in rights.values()} - {"read", "write"}
    asking = [step["name"] for step in STEPS if "token" in json.dumps(step)]
    assert asking == ["Look"]


def test_long_summaries_are_cut_between_lines() -> None:
    """Past 900 kB of UTF-8 the rest goes, at a line; a fold that was open is closed; the summary says where it is."""
    line = "é" * 99 + "\n"
    cut = truncated_summary("<details>\n" + line * 10_000 + "</details>\n")
    assert len(cut.encode()) <= LARGEST_SUMMARY
    assert cut.endswith("report-path).*\n")
    assert cut.count("<details>") == cut.count("</details>") == 1
    assert set(cut.split("\n\n</details>")[0].split("\n")[1:]) == {line.strip()}
    assert truncated_summary("short\n") == "short\n"


def test_cron_line_of_the_docs_runs(fixture_repos: dict[str, Path], tmp_path: Path) -> None:
    """What cron makes of its line, run by sh in a clone and in cron's environment, writes a dated page."""
    clone = tmp_path / "app"
    git("clone", "--quiet", fixture_repos["demo"], clone)
    (clone / "reports").mkdir()
    shim = tmp_path / "bin" / "aishare"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {shlex.quote(sys.executable)} -m analyzer "$@"\n')
    shim.chmod(0o755)
    done = fired(SCHEDULE, {"/srv/app": clone, "/opt/aishare/bin": shim.parent}, tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert [p.name for p in (clone / "reports").iterdir()] == ["aishare-2024-12-26.html"]
