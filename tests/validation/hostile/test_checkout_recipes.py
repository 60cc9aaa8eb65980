"""Nothing of a checkout runs in a recipe: its lines run in one full of traps, and every start of Python is searched."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest
import yaml

from tests.checkout_traps import set_traps, trapped_environment
from tests.conftest import ROOT

SCHEDULE = (ROOT / "docs" / "schedule.md").read_text("utf-8")
PAGES = [ROOT / "action.yml", ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_JENKINS = re.search(r"sh '''\n(.*?)'''", SCHEDULE, re.DOTALL)
_GITLAB = next(block for block in re.findall(r"```yaml\n(.*?)```", SCHEDULE, re.DOTALL) if "GIT_DEPTH" in block)
_INSTALLS = [line for page in PAGES for line in re.findall(r"`([^`\n]*-m venv [^`\n]*)`", page.read_text("utf-8"))]
RECIPES = {
    "jenkins": textwrap.dedent(_JENKINS[1]) if _JENKINS else "",
    "gitlab": "\n".join(yaml.safe_load(_GITLAB)["aishare"]["script"]),
    **{f"installed-{number}": line for number, line in enumerate(dict.fromkeys(_INSTALLS))},
}
# Modules of a clone of aishare itself, and of its tests.
_OWN = re.compile(r"-m (pytest|tests|validation|benchmarks|analyzer\.|http\.server)|benchmarks/|-W ignore benchmarks/")
_START = re.compile(
    r"""(?:^|[\s`(;&|="'{])((?:[^\s`"'=(]*/)?python[\d.]*|"\$\w*[pP][yY][tT][hH][oO][nN]")[ "]+(-[^`]+|\S+\.py)"""
)
_NAMES = ("-m analyzer", "-P -m", "-I -m")  # mentioned, not run
_PIP = re.compile(r"(?:^|[\s`(;&|])(\S*/)?pip[\d.]* (install|wheel|download)\b")

INTERPRETER = """#!/bin/sh
{python} "$@" --without-pip || exit
for folder; do :; done
printf '%s\\n' '{root}' '{packages}' > "$folder/lib/python3.{minor}/site-packages/packages.pth"
"""


@pytest.mark.parametrize("name", RECIPES)
def test_recipe_runs_nothing_of_the_checkout(name: str, tmp_path: Path) -> None:
    """Each line but the download runs, in a checkout full of traps and with variables that lead into it."""
    checkout, proof = tmp_path / "checkout", tmp_path / "proof"
    set_traps(checkout, proof)
    interpreter = tmp_path / "interpreter"
    packages, minor = sysconfig.get_path("purelib"), sys.version_info.minor
    text = INTERPRETER.format(python=sys.executable, root=ROOT, packages=packages, minor=minor)
    interpreter.write_text(text)
    interpreter.chmod(0o755)
    script = re.sub(r"/usr/(local/)?bin/python3\b", str(interpreter), RECIPES[name])
    assert str(interpreter) in script
    script = script.replace("/opt/", f"{tmp_path}/opt/")
    script, installs = re.subn(r"-m pip install .*aishare\b", "-m pip --version", script)
    script, verbs = re.subn(r"\baishare (analyze|pr) .*", "aishare --version", script)
    assert (installs, verbs) == (1, 0 if name.startswith("installed") else 2)
    (tmp_path / "temporary").mkdir()
    environment = os.environ | trapped_environment(checkout, os.environ["PATH"])
    del environment["LD_LIBRARY_PATH"], environment["PIP_PYTHON"]  # of the CI's own shell; the download is left out
    environment |= {"CI_PROJECT_DIR": str(checkout), "WORKSPACE": str(checkout)}
    environment |= {"WORKSPACE_TMP": str(tmp_path / "temporary")}
    command = ["/bin/sh", "-e", "-c", script]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, proof.exists()) == (0, False), done.stdout + done.stderr
    assert done.stdout.startswith("pip ")
    assert ("aishare, version" in done.stdout) == (verbs > 0)


def test_every_start_of_python_is_isolated() -> None:
    """In action.yml and on every page, Python starts with -I, and pip as its module."""
    starts, loose = 0, []
    for page in PAGES:
        text = page.read_text("utf-8")
        for line in text.splitlines():
            for match in _START.finditer(line):
                starts += 1
                if not re.match(r"-I\b", match[2]) and not _OWN.match(match[2]) and match[2] not in _NAMES:
                    loose.append(f"{page.name}: {line.strip()}")
        loose += [
            f"{page.name}: {line}" for line in _scripts(page, text) if _PIP.search(line) and "-I -m pip" not in line
        ]
    assert loose == []
    assert starts > 10


def _scripts(page: Path, text: str) -> list[str]:
    """Return the lines of a page that a machine runs; `pip` that a person types imports nothing of the folder."""
    if page.suffix == ".yml":
        return text.splitlines()
    fences = re.findall(r"^```(?:yaml|groovy|cron|ini)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line for fence in fences for line in fence.splitlines()]
