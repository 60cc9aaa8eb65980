"""The command line as a user meets it: exit codes, streams, files, help, errors."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import click
import pandas as pd
import pytest

from analyzer import __main__ as entry
from analyzer.cli import _report_error, main, run
from analyzer.cli.list import KINDS
from analyzer.core.export import csv_bytes
from analyzer.core.glossary import TERMS
from analyzer.core.messages import MESSAGES
from analyzer.evidence.records import RECORDS, fetch_command
from analyzer.report.renderers import RENDERERS, find_renderer, format_of_file
from tests.conftest import ROOT, MakeRepo, git
from tests.planting import load_path

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]


def aishare(*words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as the console script does."""
    return subprocess.run(
        [sys.executable, "-c", "from analyzer.__main__ import main; main()", *map(str, words)],
        env=dict(os.environ, PYTHONPATH=str(ROOT), **environment),
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def test_stdout_is_the_result_alone(fixture_repos: dict[str, Path], capsys: Captured) -> None:
    """--json prints one JSON document and nothing else on either stream."""
    assert run(["analyze", str(fixture_repos["paths"]), "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["schema_version"] == "2"
    assert err == ""


def test_results_are_reproducible(fixture_repos: dict[str, Path]) -> None:
    """Two runs in two processes give the same bytes: no clock, no order, no hash seed leaks in."""
    path = fixture_repos["landings"]
    first, second = (aishare("analyze", path, "--json", PYTHONHASHSEED=seed).stdout for seed in ("1", "2"))
    assert first == second
    assert first


@pytest.mark.parametrize(
    ("words", "code", "slug"),
    [
        (["analyze", "/nonexistent"], 3, "path-not-found"),
        (["analyze", "{bots}"], 3, "nothing-in-range"),
        (["analyze", "{paths}", "--since", "2030-01-01"], 3, "nothing-in-range"),
        (["analyze", "{paths}", "--include", "nothing/**"], 3, "nothing-in-range"),
        (["analyze", "{paths}", "--since", "soon"], 2, "bad-date"),
        (["analyze", "{paths}", "--output", "/nonexistent/x.html"], 2, "output-unwritable"),
        (["analyze", "{paths}", "--config", "/nonexistent.toml"], 2, "config-invalid"),
        (["explain", "nothing-of-that-name"], 2, "unknown-name"),
        *((["analyze", "https://example.org/x"], 3, "url-given"),),
    ],
)
def test_errors_say_what_how_and_where(
    words: list[str], code: int, slug: str, fixture_repos: dict[str, Path], capsys: Captured
) -> None:
    """Each error is three lines on stderr with a slug that `explain` knows, and its documented exit code."""
    assert run([word.format(**fixture_repos) for word in words]) == code
    out, err = capsys.readouterr()
    what, fix, more = err.splitlines()
    assert (what[:7], fix[:7], more) == ("error: ", "  fix: ", f"  more: aishare explain {slug}")
    assert out == ""
    assert run(["explain", slug]) == 0


def test_traceback_of_a_defect_needs_verbose(
    monkeypatch: pytest.MonkeyPatch, fixture_repos: dict[str, Path], capsys: Captured
) -> None:
    """An unforeseen failure is one line with a slug and exit code 1; -v adds the traceback."""
    monkeypatch.setattr("analyzer.pipeline.inputs.has_items", lambda *_: 1 / 0)
    for words, traced in (([], False), (["-v"], True)):
        assert run(["analyze", str(fixture_repos["paths"]), "--no-cache", *words]) == 1
        err = capsys.readouterr().err
        assert ("Traceback" in err) is traced
        assert "aishare explain internal-error" in err


def test_a_library_that_memory_does_not_suffice_for_is_no_defect(capsys: Captured) -> None:
    """The linker's words for it; another failed import is a defect."""
    for reason, code in (("a.so: failed to map segment from shared object", 3), ("No module named 'a'", 1)):
        assert _report_error(ImportError(reason), verbose=False) == code
    assert "out-of-memory" in capsys.readouterr().err


def test_unknown_options_are_usage_errors(capsys: Captured) -> None:
    """Click's own errors keep exit code 2 and name what is wrong."""
    assert run(["analyze", "--nonsense"]) == 2
    assert run(["nonsense"]) == 2
    assert run(["analyze", "--by", "day"]) == 2
    assert "--nonsense" in capsys.readouterr().err


def test_help_everywhere() -> None:
    """Every verb and option has help, and every built verb an example."""
    for name, command in main.commands.items():
        assert command.help, name
        assert "Examples:" in command.help, name
        for parameter in command.params:
            assert not hasattr(parameter, "help") or parameter.help, f"{name} {parameter.name}"


def test_help_is_quick_and_light() -> None:
    """--help imports neither pandas nor git nor sklearn, and takes at most 0.3 s more than starting Python."""
    code = "import sys; from analyzer.cli import run; run(['--help']); print(*sorted(sys.modules))"
    environment = dict(os.environ, PYTHONPATH=str(ROOT))

    def seconds(*command: str) -> tuple[float, str]:
        started = time.perf_counter()
        said = subprocess.run(
            [sys.executable, "-c", *command], capture_output=True, text=True, env=environment, check=True
        )
        return time.perf_counter() - started, said.stdout

    loaded = set(seconds(code)[1].splitlines()[-1].split())
    assert loaded.isdisjoint({"pandas", "numpy", "git", "sklearn", "rich", "msgspec", "jinja2", "pyarrow"})
    extra = [seconds(code)[0] - seconds("pass")[0] for _ in range(5)]
    assert min(extra) <= 0.3


def test_formats_are_the_registry() -> None:
    """The choices of --format are the registered formats, and each file ending selects a format that has it."""
    (option,) = (parameter for parameter in main.commands["analyze"].params if parameter.name == "format_")
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == tuple(renderer.id for renderer in RENDERERS)
    for ending in {ending for renderer in RENDERERS for ending in renderer.endings}:
        assert ending in find_renderer(format_of_file(f"report.{ending.upper()}")).endings


def test_output_files_by_ending(fixture_repos: dict[str, Path], tmp_path: Path, capsys: Captured) -> None:
    """One run writes the screen to stdout and each file in the format of its ending, and says so on stderr."""
    page, data = tmp_path / "r.html", tmp_path / "r.json"
    assert run(["analyze", str(fixture_repos["paths"]), "-o", "-", "-o", str(page), "-o", str(data)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("paths  main@")
    assert page.read_text().startswith("<!doctype html>")
    assert json.loads(data.read_text())["repository"]["name"] == "paths"
    assert err.count("wrote ") == 2
    assert sorted(p.name for p in tmp_path.iterdir()) == ["r.html", "r.json"]


def test_colour_follows_option_and_environment(fixture_repos: dict[str, Path]) -> None:
    """Pipes get no colour; --color always and FORCE_COLOR add it; NO_COLOR and TERM=dumb win over FORCE_COLOR."""
    path = fixture_repos["paths"]
    assert "\x1b" not in aishare("analyze", path).stdout
    assert "\x1b" in aishare("analyze", path, "--color", "always").stdout
    assert "\x1b" in aishare("analyze", path, FORCE_COLOR="1", TERM="xterm").stdout
    assert "\x1b" not in aishare("analyze", path, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b" not in aishare("analyze", path, FORCE_COLOR="1", TERM="dumb").stdout


def test_closed_pipe_is_not_an_error(fixture_repos: dict[str, Path]) -> None:
    """A reader such as head may close the pipe without an error or a traceback."""
    shell = f"{sys.executable} -m analyzer dump commits {fixture_repos['dialects']} | head -1"
    said = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert said.stdout.startswith("sha,")
    assert said.stderr == ""


def test_ascii_terminals_do_not_crash(fixture_repos: dict[str, Path]) -> None:
    """An environment that can only print ASCII still gets its screen."""
    said = aishare("analyze", fixture_repos["paths"], PYTHONIOENCODING="ascii", LC_ALL="C")
    assert said.returncode == 0
    assert "HOW MUCH" in said.stdout


def test_settings_flags_win_over_environment_over_file(make_repo: MakeRepo, capsys: Captured) -> None:
    """The committed file sets the period, AISHARE_BY overrides it, --by overrides both."""
    repo = str(make_repo(("work", {"aishare.toml": 'by = "quarter"\nexclude = ["gen/**"]\n', "a.py": "x\n"})))

    def by(*words: str) -> str:
        assert run(["analyze", repo, "--json", *words]) == 0
        said: str = json.loads(capsys.readouterr().out)["command"]["by"]
        return said

    assert by() == "quarter"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AISHARE_BY", "week")
        assert by() == "week"
        assert by("--by", "4week") == "4week"


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("aishare.toml", "sinc = 1\n", "sinc"),
        ("aishare.toml", "include = 3\n", "$.include"),
        ("aishare.toml", "by = 'day'\n", "$.by"),
        ("aishare.toml", "by = \n", "aishare.toml"),
        ("pyproject.toml", "[tool.aishare]\nrun = 'rm'\n", "run"),
    ],
)
def test_wrong_configuration_names_the_key(
    name: str, text: str, names: str, make_repo: MakeRepo, capsys: Captured
) -> None:
    """A typo in a file of the analysed commit is an error that names the file and the key."""
    assert run(["analyze", str(make_repo(("work", {name: text, "a.py": "x\n"})))]) == 2
    err = capsys.readouterr().err
    assert names in err
    assert "config-invalid" in err


def test_include_and_exclude_are_complements(fixture_repos: dict[str, Path], capsys: Captured) -> None:
    """--include and --exclude of the same glob split commits that touch one file: together they are the whole."""

    def n(*words: str) -> dict[str, int]:
        run(["analyze", str(fixture_repos["dialects"]), "--json", *words])
        return {d["id"]: d["n"] for d in json.loads(capsys.readouterr().out)["share"]["definitions"]}

    whole, left, right = n(), n("--include", "src/m1*"), n("--exclude", "src/m1*")
    for definition in ("commits", "merged_changes", "lines_added"):
        assert left[definition] + right[definition] == whole[definition]
        assert left[definition] > 0


def test_dump_formats_and_columns(fixture_repos: dict[str, Path], tmp_path: Path, capsys: Captured) -> None:
    """CSV is RFC 4180 and safe to open; Parquet and --raw-csv are exact; all name the contract's columns."""
    path = str(fixture_repos["dialects"])
    contract = {
        "commits": "sha person committed parents merged_change automation ai tool model strength lines_added",
        "evidence": "sha rule tool model role strength match path start end",
        "merged_changes": "merged_change sha person merged label",
    }
    for table, columns in contract.items():
        assert run(["dump", table, path]) == 0
        text = capsys.readouterr().out
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert set(columns.split()) <= set(rows[0])
        target = tmp_path / f"{table}.parquet"
        assert run(["dump", table, path, "--format", "parquet", "-o", str(target)]) == 0
        assert len(pd.read_parquet(target)) == len(rows)
        capsys.readouterr()


def test_dumped_text_cannot_run_in_a_spreadsheet(make_repo: MakeRepo, capsys: Captured) -> None:
    """A trailer that starts a formula is quoted in CSV and untouched in --raw-csv."""
    repo = str(make_repo(("work", {"a.py": "x\n"}), author="Claude (=HYPERLINK(1)) <noreply@anthropic.com>"))
    history = load_path(repo)
    evidence = history.evidence.assign(match="=HYPERLINK(1)")
    assert b"'=HYPERLINK" in csv_bytes(evidence)
    assert b",=HYPERLINK" in csv_bytes(evidence, exact=True)
    assert run(["dump", "evidence", repo, "--raw-csv"]) == 0
    assert "Claude (=HYPERLINK(1))" in capsys.readouterr().out


def test_dumps_hold_no_names_or_addresses(fixture_repos: dict[str, Path], capsys: Captured) -> None:
    """No table holds names or addresses of people; those of agents may appear."""
    for table in ("commits", "evidence", "merged_changes"):
        for repo in fixture_repos.values():
            assert run(["dump", table, str(repo)]) == 0
    said = capsys.readouterr().out
    assert not any(name in said for name in ("Lovelace", "Hopper", "ada@", "grace@", "example.org", "Marie-Claude"))


def test_explain_knows_every_name(fixture_repos: dict[str, Path], capsys: Captured) -> None:
    """Every slug, definition, signal and term is explained, and a commit by the line that fired."""
    for subject in (*MESSAGES, "share", "grade", "merged_changes", "coauthor-trailer", "says_nothing", "swap", *TERMS):
        assert run(["explain", subject]) == 0
    capsys.readouterr()
    path = str(fixture_repos["dialects"])
    sha = git("--git-dir", path, "log", "--format=%h", "--grep=claude co-author", "main").split()[0]
    assert run(["explain", sha, path]) == 0
    out = capsys.readouterr().out
    assert "label    marked" in out
    assert "Co-Authored-By: Claude Opus 4.5 (1M context) <noreply@anthropic.com>" in out
    assert run(["explain", "HEAD", str(fixture_repos["paths"])]) == 0
    assert "Unmarked does not mean human-written" in capsys.readouterr().out


def test_list_prints_every_registry(capsys: Captured) -> None:
    """Each registry is listed as text and as JSON, and none is empty."""
    for kind in KINDS:
        assert run(["list", kind]) == 0
        text = capsys.readouterr().out
        assert run(["list", kind, "--json"]) == 0
        rows = json.loads(capsys.readouterr().out)
        assert all(row["id"] in text for row in rows)
        assert rows


def test_doctor_reports_findings_without_failing(
    fixture_repos: dict[str, Path], tmp_path: Path, make_repo: MakeRepo, capsys: Captured
) -> None:
    """A healthy clone, a folder without a repository and a broken configuration give findings and exit code 0."""
    broken = make_repo(("work", {"aishare.toml": "x = 1\n"}))
    for path, slug in (
        (fixture_repos["paths"], "notes-not-fetched"),
        (tmp_path, "not-a-repository"),
        (broken, "config-invalid"),
    ):
        assert run(["doctor", str(path), "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert slug in {check["slug"] for check in found if not check["ok"]}
        assert all(check["fix"] for check in found if not check["ok"])
        assert run(["doctor", str(path)]) == 0
        capsys.readouterr()


def test_doctor_prints_the_command_that_fetches_records(
    fixture_repos: dict[str, Path], tmp_path: Path, capsys: Captured
) -> None:
    """The printed command brings every store that the remote has into a clone, and runs where it has none or some."""
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    git("clone", "--quiet", "--bare", fixture_repos["paths"], origin)
    git("clone", "--quiet", "--single-branch", origin, clone)

    def check() -> dict[str, str]:
        assert run(["doctor", str(clone), "--json"]) == 0
        return next(check for check in json.loads(capsys.readouterr().out) if check["name"] == "records")

    before = check()
    assert (before["slug"], before["fix"]) == ("notes-not-fetched", fetch_command(RECORDS))
    git(*shlex.split(before["fix"])[1:], cwd=clone)
    assert check() == before
    for ref in ("notes/ai", "notes/agentblame", f"ai/authorship/{'a' * 40}", "heads/entire/checkpoints/v1"):
        git("--git-dir", origin, "update-ref", f"refs/{ref}", "HEAD")
    git(*shlex.split(before["fix"])[1:], cwd=clone)
    after = check()
    assert after["ok"]
    assert after["says"].startswith("git-ai, git-ai-refs, agentblame, entire here; not here")
    assert after["fix"] == "git fetch origin 'refs/notes/*:refs/notes/*'"
    assert run(["doctor", str(clone)]) == 0
    assert f"more: {after['fix']}" in capsys.readouterr().out


def test_message_of_missing_records_fetches_them_all() -> None:
    """The fix of `notes-not-fetched` is the command that `doctor` prints where no store is here."""
    assert MESSAGES["notes-not-fetched"].fix == fetch_command(RECORDS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion(shell: str) -> None:
    """Click's completion script is served under the command's own variable."""
    said = aishare(_AISHARE_COMPLETE=f"{shell}_source")
    assert "aishare" in said.stdout


def test_no_progress_bar_without_a_terminal(fixture_repos: dict[str, Path]) -> None:
    """Without a terminal on stderr there is no progress bar."""
    assert aishare("analyze", fixture_repos["dialects"]).stderr == ""


def test_linear_algebra_has_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the shell says: the last digits of sums would depend on the number."""
    names = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    for name in names:
        monkeypatch.setenv(name, "2")
    monkeypatch.setattr("analyzer.cli.run", lambda **_: 0)
    monkeypatch.setattr("gc.set_threshold", lambda *_: None)
    monkeypatch.setattr("gc.freeze", lambda: None)
    with pytest.raises(SystemExit):
        entry.main()
    assert [os.environ[name] for name in names] == ["1", "1", "1"]
