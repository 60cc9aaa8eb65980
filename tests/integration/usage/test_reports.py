"""Usage data in a report: named by the user's settings alone, used where asked for, and never about a person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from analyzer.cli import run
from analyzer.fleet.config import load_config
from analyzer.pipeline.configured_repository import open_configured
from tests.conftest import git, imported
from tests.planting import DAY, START, Stream, body

if TYPE_CHECKING:
    from pathlib import Path

CLAUDE = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
PEOPLE, PERIODS = 7, 9
ADDRESSES = [f"person{k}@corp.example" for k in range(PEOPLE)]
NEW = "table-person-day"


def day(number: float) -> str:
    """Day `number` of the planted history."""
    return str(pd.Timestamp(START + number * DAY, unit="s").date())


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A bare repository of seven people over 36 weeks, some of it marked; and the days on which they used a tool."""
    rng = np.random.default_rng(5)
    stream, rows = Stream(), "person,day,amount\n"
    use = rng.uniform(0, 1, (PEOPLE, PERIODS))
    for t in range(PERIODS):
        for a in range(PEOPLE):
            for k in range(3 + int(rng.random() < use[a, t])):
                at = 28 * t + 6 * k + a / 20
                used = bool(rng.random() < use[a, t])
                marked = used and rng.random() < 0.4
                subject = f"change {t} {a} {k}{CLAUDE if marked else ''}"
                stream.add(
                    subject, {f"p{a}/f{t}_{k}.py": body(f"x{t}_{a}_{k}", 2)}, at=at, by=f"P{a} Q{a} <{ADDRESSES[a]}>"
                )
                if a:  # person 0 is in no row
                    rows += f"{ADDRESSES[a]},{day(at)},{int(used)}\n"
    return imported(tmp_path_factory.mktemp("planted") / "r", stream.text), rows


def report(repo: Path, folder: Path, settings: str, *options: str) -> Any:
    """The JSON of a run with a settings file."""
    (folder / "mine.toml").write_text(settings)
    out = folder / "out.json"
    command = [
        "analyze",
        str(repo),
        "--no-cache",
        "-q",
        "-o",
        str(out),
        "--config",
        str(folder / "mine.toml"),
        *options,
    ]
    assert run(command) == 0
    return json.loads(out.read_text())


def unexplained(value: Any, path: str = "") -> set[str]:
    """Paths of the nulls in a report that no row of data quality covers."""
    covered = {covers for row in value["data_quality"] for covers in row["covers"]}

    def nulls(part: Any, at: str) -> set[str]:
        if isinstance(part, dict):
            return set().union(*(nulls(inner, f"{at}.{key}" if at else key) for key, inner in part.items()))
        if isinstance(part, list):
            return set().union(*(nulls(inner, f"{at}[]") for inner in part))
        return set() if part is not None else {at}

    return {at for at in nulls(value, path) if at.startswith(("marking", "verdicts"))} - covered


def slugs(tree: Any) -> set[str]:
    """The slugs of data quality."""
    return {row["slug"] for row in tree["data_quality"]}


def test_the_verdict_uses_usage_where_asked(planted: tuple[Path, str], tmp_path: Path) -> None:
    """The sentence names the file, that it is not marks, and what it covers; nothing else in it speaks of marks."""
    repo, rows = planted
    (tmp_path / "tool.csv").write_text(rows)
    usage = '[[usage]]\nfile = "tool.csv"\n'
    by_marks, by_usage = (report(repo, tmp_path, text) for text in (usage, f'treatment = "usage"\n{usage}'))
    verdict = by_usage["verdicts"][0]
    assert verdict["treatment"] == "usage"
    start = (
        "AI use is taken from tool.csv, not from marks; it covers 6 of 7 eligible people and 9 of 9 four-week periods. "
    )
    assert verdict["sentence"].startswith(start)
    assert "mark" not in verdict["sentence"].removeprefix(start)
    assert verdict["tipping_point"] is None
    assert unexplained(by_usage) == unexplained(by_marks) == set()
    assert by_marks["verdicts"][0]["treatment"] == "marks"
    assert {"usage-read", "usage-is-treatment"} <= slugs(by_usage)
    assert "usage-is-treatment" not in slugs(by_marks)
    assert by_marks["marking"]["usage"] == by_usage["marking"]["usage"]
    counts = by_marks["marking"]["usage"][0]
    assert (counts["format"], counts["subjects"], counts["unmatched"]) == (NEW, 6, 0)
    assert by_marks["command"]["config_digest"] != by_usage["command"]["config_digest"]


def test_marks_are_calibrated_by_days(planted: tuple[Path, str], tmp_path: Path) -> None:
    """Marks only stand on days with use, as planted, and find at least a part of what is there."""
    repo, rows = planted
    (tmp_path / "tool.csv").write_text(rows)
    counts = report(repo, tmp_path, '[[usage]]\nfile = "tool.csv"\n')["marking"]["marks_by_use"]
    assert counts["marked_without_use"] == 0
    assert 0 < counts["low"] < counts["at_least"] < counts["high"] < 0.6
    assert counts["with_use"] + counts["without_use"] == rows.count("\n") - 1


def test_marks_that_miss_half_by_usage_carry_no_verdict(planted: tuple[Path, str], tmp_path: Path) -> None:
    """Data per commit give recall by month; below one half the verdict on marks says so, the one on usage does not."""
    repo, _ = planted
    listed = git("--git-dir", repo, "log", "--format=%H").split()
    lines = "".join(f"{sha},{k % 3},2\n" for k, sha in enumerate(listed))
    (tmp_path / "lines.csv").write_text("commit,ai_lines,other_lines\n" + lines)
    usage = '[[usage]]\nfile = "lines.csv"\n'
    by_marks, by_usage = (report(repo, tmp_path, text) for text in (usage, f'treatment = "usage"\n{usage}'))
    months = by_marks["marking"]["recall_by_usage"]
    assert unexplained(by_usage) == unexplained(by_marks) == set()
    assert sum(month["n"] for month in months) == sum(k % 3 > 0 for k in range(len(listed)))
    assert all(month["low"] <= month["recall"] <= month["high"] for month in months)
    assert sum(month["n"] * month["recall"] for month in months) < 0.5 * sum(month["n"] for month in months)
    assert by_marks["verdicts"][0]["slug"] == "recall-unsteady"
    assert by_usage["verdicts"][0]["slug"] != "recall-unsteady"
    assert by_usage["verdicts"][1]["slug"] == "recall-unsteady"
    assert "lines.csv, not from marks; it covers 7 of 7" in by_usage["verdicts"][0]["sentence"]


def test_asked_for_without_data_the_verdict_stays_with_marks(planted: tuple[Path, str], tmp_path: Path) -> None:
    """A file of strangers: a warning says that the verdict uses marks."""
    repo, rows = planted
    (tmp_path / "tool.csv").write_text(rows.replace("@corp", "@other"))
    tree = report(repo, tmp_path, 'treatment = "usage"\n[[usage]]\nfile = "tool.csv"\n')
    assert tree["verdicts"][0]["treatment"] == "marks"
    assert {"usage-not-used", "usage-unmatched"} <= slugs(tree)


def test_a_list_of_use_alone_is_warned_of(planted: tuple[Path, str], tmp_path: Path) -> None:
    """An export without a day of no use cannot tell a share, unless the user says that it is complete."""
    repo, rows = planted
    used = "".join(line for line in rows.splitlines(keepends=True) if not line.endswith(",0\n"))
    (tmp_path / "tool.csv").write_text(used)
    usage = '[[usage]]\nfile = "tool.csv"\n'
    assert "usage-lists-use-only" in slugs(report(repo, tmp_path, usage))
    complete = report(repo, tmp_path, usage + "complete = true\n")
    assert "usage-lists-use-only" not in slugs(complete)
    assert complete["marking"]["marks_by_use"]["without_use"] > 0


def test_no_report_holds_a_person(planted: tuple[Path, str], tmp_path: Path) -> None:
    """Neither addresses nor folders of the file are in any output."""
    repo, rows = planted
    (tmp_path / "tool.csv").write_text(rows + "secret-stranger@corp.example,2024-05-05,1\n")
    outputs = [tmp_path / f"report.{suffix}" for suffix in ("html", "md")]
    options = [word for out in outputs for word in ("-o", str(out))]
    report(repo, tmp_path, 'treatment = "usage"\n[[usage]]\nfile = "tool.csv"\n', *options)
    for out in (*outputs, tmp_path / "out.json"):
        text = out.read_text()
        assert "tool.csv" in text
        assert "corp.example" not in text
        assert str(tmp_path) not in text


def test_a_commit_names_no_usage_data(
    planted: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`usage` and `treatment` of the commit's own file are ignored with a warning, whether or not --config names it."""
    repo, rows = planted
    clone = tmp_path / "clone"
    git("clone", "-q", repo, clone)
    (tmp_path / "tool.csv").write_text(rows)
    text = f'by = "quarter"\ntreatment = "usage"\n[[usage]]\nfile = "{tmp_path}/tool.csv"\n'
    (clone / "aishare.toml").write_text(text)
    git("-C", clone, "add", "aishare.toml")
    git("-C", clone, "-c", "user.name=A B", "-c", "user.email=a@b.c", "commit", "-qm", "settings")
    for options in ((), ("--config", str(clone / "aishare.toml"))):
        out = tmp_path / "out.json"
        assert run(["analyze", str(clone), "--no-cache", "-q", "-o", str(out), *options]) == 0
        tree = json.loads(out.read_text())
        assert "usage-from-commit" in slugs(tree)
        assert tree["marking"]["usage"] == []
        assert tree["verdicts"][0]["treatment"] == "marks"
        assert tree["command"]["by"] == "quarter"
    (clone / "aishare.toml").write_text(text + "# my own change\n")
    assert open_configured(str(clone), {"config": str(clone / "aishare.toml")}).settings.treatment == "usage"
    capsys.readouterr()


def test_errors_name_the_file_and_the_fix(
    planted: tuple[Path, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong use, with three parts: a file that is missing, one that is another, a key that is misspelt."""
    repo, _ = planted
    (tmp_path / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    for usage, says in (
        ('file = "missing.csv"', "missing.csv: No such file"),
        ('file = "passwd"', "passwd: its columns are of no known format"),
        ('file = "passwd"\nformat = "copilot"', "names no known format"),
        ('file = "passwd"\nfromat = "copilot"', "fromat"),
    ):
        (tmp_path / "mine.toml").write_text(f"[[usage]]\n{usage}\n")
        assert run(["analyze", str(repo), "--no-cache", "-q", "--config", str(tmp_path / "mine.toml")]) == 2
        printed = capsys.readouterr().err
        assert says in printed
        assert "root:" not in printed


def test_an_answer_is_stored_by_the_contents_of_the_file(planted: tuple[Path, str], tmp_path: Path) -> None:
    """With other contents under the same name the stored answer is not used."""
    repo, rows = planted
    (tmp_path / "mine.toml").write_text('[[usage]]\nfile = "tool.csv"\n')
    counts = []
    for text in (rows, rows, rows + f"{ADDRESSES[1]},2024-01-02,1\n"):
        (tmp_path / "tool.csv").write_text(text)
        out = tmp_path / "out.json"
        command = ["analyze", str(repo), "--cache-dir", str(tmp_path / "cache"), "-q", "-o", str(out)]
        assert run([*command, "--config", str(tmp_path / "mine.toml")]) == 0
        counts.append(json.loads(out.read_text())["marking"]["usage"][0]["records"])
    assert counts == [counts[0], counts[0], counts[0] + 1]


def test_a_fleet_joins_usage_with_every_repository(planted: tuple[Path, str], tmp_path: Path) -> None:
    """`[[usage]]` of a fleet's file, relative to it, is the treatment of each repository's verdict."""
    repo, rows = planted
    (tmp_path / "tool.csv").write_text(rows)
    text = (
        f'salt = "long enough"\ntreatment = "usage"\n[[repositories]]\npath = "{repo}"\n[[usage]]\nfile = "tool.csv"\n'
    )
    (tmp_path / "team.toml").write_text(text)
    assert load_config(str(tmp_path / "team.toml"))[0].usage[0].file == str(tmp_path / "tool.csv")
    assert run(["team", str(tmp_path / "team.toml"), "-q"]) == 0
    reports = list((tmp_path / "store").rglob("*.json"))
    verdicts = [json.loads(path.read_text()).get("verdicts") for path in reports]
    assert [v[0]["treatment"] for v in verdicts if v] == ["usage"]
    written = [path for folder in ("store", "site") for path in (tmp_path / folder).rglob("*") if path.is_file()]
    assert [path for path in written if b"corp.example" in path.read_bytes()] == []
