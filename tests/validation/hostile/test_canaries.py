"""A repository must not run code in us: every key and mechanism by which it makes git run something stays silent.

Each trap is first sprung by plain git, so that it is known to be set; then every verb that reads a repository meets it.
"""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
from pathlib import Path

import pytest

from analyzer.cli import run
from tests.conftest import git
from tests.validation.hostile.traps import ASKED, TRAPS, Place, Trap

Captured = pytest.CaptureFixture[str]
NOTE = b'src/core.py\n  s_abcdef 1-2\n---\n{"schema_version": "authorship/3.0.0"}\n'
WHO = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
# Variable → what runs it in plain git, and its value.
VARIABLES = {
    "GIT_EXTERNAL_DIFF": (("diff", "HEAD~2", "HEAD"), "{run}"),
    "GIT_PAGER": (("log",), "{run}"),
    "GIT_EDITOR": (("commit", "--amend"), "{run}"),
    "GIT_SSH_COMMAND": (("ls-remote", "ssh://host.invalid/r"), "{run}"),
    "GIT_SSH": (("ls-remote", "ssh://host.invalid/r"), "{run}"),
    "GIT_PROXY_COMMAND": (("ls-remote", "git://host.invalid/r"), "{run}"),
    "GIT_ASKPASS": (("credential", "fill"), "{run}"),
    "GIT_TRACE": (("log",), "{here}/canary"),
    "GIT_TRACE_SETUP": (("log",), "{here}/canary"),
    "GIT_TRACE2_EVENT": (("log",), "{here}/canary"),
    "GIT_TRACE2_PERF": (("log",), "{here}/canary"),
    "GIT_CONFIG_PARAMETERS": (("status",), "'core.fsmonitor={run}'"),
    "GIT_CONFIG_COUNT": (("status",), "1"),
    "GIT_CONFIG_SYSTEM": (("status",), "{here}/more"),
}


def dressed(variable: str, value: str, place: Place) -> dict[str, str]:
    """The environment in which that variable names the script."""
    (place.here / "more").write_text(f"[core]\n\tfsmonitor = {place.run}\n")
    also = {"GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": str(place.run)}
    return {variable: value, **(also if variable == "GIT_CONFIG_COUNT" else {}), "GIT_CONFIG_GLOBAL": os.devnull}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with loose objects, a note, a tag, a configuration, kept prompts and a few commits."""
    folder = tmp_path_factory.mktemp("source") / "r"
    git("init", "--quiet", "--initial-branch=main", folder)
    (folder / "src").mkdir()
    (folder / "aishare.toml").write_text("")
    for number in range(4):
        text = "".join(f"value_{n} = {n}\n" for n in range(5 + number))
        (folder / "src" / "core.py").write_text(text)
        (folder / f"new{number}.py").write_text(text)
        git("-C", folder, "add", ".")
        git("-C", folder, "commit", "--quiet", "-m", f"work {number}\n\nCo-authored-by: Claude <noreply@anthropic.com>")
    git("-C", folder, "notes", "--ref=ai", "add", "-F", "-", stdin=NOTE)
    git("-C", folder, "tag", "-a", "-m", "one", "v1")
    git("-C", folder, "config", "gc.auto", "0")
    return folder


@pytest.fixture
def place(source: Path, tmp_path: Path) -> Place:
    """A copy of it, and a script that leaves a canary."""
    shutil.copytree(source, tmp_path / "clone", symlinks=True)
    here = tmp_path / "here"
    here.mkdir()
    script = here / "run"
    script.write_text(f"#!/bin/sh\necho ran >>{here}/canary\n")
    script.chmod(0o755)
    return Place(tmp_path / "clone", here, script)


def set_up(trap: Trap, place: Place) -> str:
    """Set the trap; the id of what it takes away, or HEAD's."""
    lost = git("-C", place.clone, "rev-parse", trap.lost).strip()
    if trap.set:
        trap.set(place)
    for key, value in trap.settings:
        git("-C", place.clone, "config", filled(key, place), filled(value, place))
    if trap.attributes:
        (place.git_dir / "info" / "attributes").write_text(trap.attributes)
    return lost


def filled(text: str, place: Place, **more: str) -> str:
    """A value with its paths."""
    for name, value in ({"run": str(place.run), "here": str(place.here)} | more).items():
        text = text.replace("{" + name + "}", value)
    return text


def plainly(place: Place, arguments: list[str], stdin: bytes, *, terminal: bool = False, extra: dict[str, str]) -> None:
    """Plain git in the clone, as anybody would run it there."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | WHO
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "TERM": "xterm"} | extra
    if "GIT_CONFIG_SYSTEM" in extra:
        del environment["GIT_CONFIG_NOSYSTEM"]
    main, side = pty.openpty() if terminal else (-1, -1)
    command = ["git", "-C", str(place.clone), *arguments]
    output = side if terminal else subprocess.DEVNULL
    try:
        subprocess.run(
            command, input=stdin, stdout=output, stderr=subprocess.DEVNULL, env=environment, check=False, timeout=30
        )
    finally:
        for end in {main, side} - {-1}:
            os.close(end)


def others(path: str, out: Path) -> list[list[str]]:
    """Command lines of the other verbs that read a repository."""
    head = (Path(path) / ".git" / "refs" / "heads" / "main").read_text().strip()
    to = ["-q", "-o", str(out)]
    return [
        ["analyze", path, "--style", "--json", "--no-cache", *to],
        ["pr", "HEAD~2..HEAD", path, "--no-cache", *to],
        ["dump", "births", path, "--no-cache", *to],
        ["dump", "commits", path, *to],
        ["doctor", path],
        ["explain", head[:12], path],
    ]


def analyze(path: Path, out: Path) -> list[list[str]]:
    """The command line of the main verb, prompts included."""
    return [["analyze", str(path), "--effort", "--json", "--no-cache", "-q", "-o", str(out)]]


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file of a folder with its time and size."""
    return {str(p): (p.lstat().st_mtime_ns, p.lstat().st_size) for p in sorted(folder.rglob("*"))}


def sprung(trap: Trap, place: Place, source: Path) -> None:
    """Set the trap, see plain git spring it in a copy, and leave the clone as it was."""
    lost = set_up(trap, place)
    kept = place.here.parent / "kept"
    shutil.copytree(place.clone, kept, symlinks=True)
    for words in trap.springs:
        arguments = [filled(word, place, lost=lost, source=str(source)) for word in words]
        plainly(place, arguments, trap.stdin, terminal=trap.terminal, extra={})
        assert place.canary.exists(), "the trap does not spring in plain git"
    assert bool(trap.springs) != bool(trap.why)
    place.canary.unlink(missing_ok=True)
    shutil.rmtree(place.clone)
    kept.rename(place.clone)


def silent(lines: list[list[str]], place: Place, capsys: Captured) -> None:
    """Each command answers, or refuses with a reason; nothing runs, nothing in the clone changes."""
    before = files(place.clone)
    codes = [run(words) for words in lines]
    assert not place.canary.exists(), place.canary.read_text()
    assert files(place.clone) == before
    assert set(codes) <= {0, 3}
    assert "internal-error" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_nothing_of_the_repository_runs(trap: Trap, place: Place, source: Path, capsys: Captured) -> None:
    """Plain git springs the trap; analyze does not."""
    sprung(trap, place, source)
    silent(analyze(place.clone, place.here / "out"), place, capsys)


@pytest.mark.exhaustive
@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_nothing_runs_in_any_verb(trap: Trap, place: Place, capsys: Captured) -> None:
    """Neither do analyze --style, pr, dump, doctor and explain."""
    set_up(trap, place)
    silent(others(str(place.clone), place.here / "out"), place, capsys)


@pytest.mark.parametrize("variable", VARIABLES)
def test_nothing_of_the_callers_git_variables_runs(
    variable: str, place: Place, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """A GIT_* variable that names a command or a file to write works in plain git and not in ours."""
    words, value = VARIABLES[variable]
    extra = dressed(variable, filled(value, place), place)
    plainly(place, list(words), ASKED, terminal=variable == "GIT_PAGER", extra=extra)
    assert place.canary.exists(), "the variable does nothing in plain git"
    place.canary.unlink()
    for name, text in extra.items():
        monkeypatch.setenv(name, text)
    silent(analyze(place.clone, place.here / "out"), place, capsys)
