"""Names from before schema 2 still work, do what the present ones do, and stand in no help text."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from analyzer.cli import main, run
from analyzer.cli.renamed import NEW_NAMES, RenamedChoice, RenamedOption
from analyzer.core.messages import MESSAGES, RENAMED_SLUGS
from analyzer.fleet.config import load_config
from analyzer.github.job_summary import RENAMED_FIGURES, output_lines
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakeRepo

Captured = pytest.CaptureFixture[str]

# Each verb with its old options and what they are called now.
OLD_OPTIONS = {
    ("analyze", "--baseline"): "--compare",
    ("infer", "--exposure"): "--treatment",
    ("infer", "--exposure-n"): "--treatment-n",
    ("infer", "--swaps"): "--permutations",
}
# Old values of arguments: verb, old value, present one.
OLD_VALUES = [
    ("dump", "units", "merged_changes"),
    ("list", "measures", "outcomes"),
    ("list", "efforts", "prompt-ratios"),
    ("list", "stores", "prompt-formats"),
]


def stdout(capsys: Captured, *words: str) -> str:
    """Return what a successful command prints."""
    assert run(list(words)) == 0, words
    return capsys.readouterr().out


def test_every_alias_is_tested_here() -> None:
    """The tables above name each old option and value that the command line declares."""
    options, values = set(), set()
    for verb, command in main.commands.items():
        for parameter in command.params:
            if isinstance(parameter, RenamedOption):
                options |= {(verb, old) for old in parameter._old}
            if isinstance(parameter.type, RenamedChoice):
                values |= {(verb, old, new) for old, new in parameter.type._old.items()}
    assert options == set(OLD_OPTIONS)
    assert values == set(OLD_VALUES)
    assert NEW_NAMES == {"sample": "survey"}


@pytest.mark.parametrize("verb", main.commands)
def test_help_shows_no_old_name(verb: str) -> None:
    """Neither the verb's help nor the command's names an old verb, option or value."""
    for page in (CliRunner().invoke(main, [verb, "--help"]).output, CliRunner().invoke(main, ["--help"]).output):
        words = set(re.findall(r"(?<![\w-])--?[\w-]+", page))
        assert not words & {old for _, old in OLD_OPTIONS}
        assert not any(f"aishare {old}" in page or re.search(rf"^  {old} ", page, re.MULTILINE) for old in NEW_NAMES)
        assert not any(slug in page for slug in RENAMED_SLUGS)
        assert "declared" not in page
    choices = CliRunner().invoke(main, [verb, "--help"]).output
    for owner, old, _ in OLD_VALUES:
        if owner == verb:
            assert not re.search(rf"(?<![\w-]){old}(?![\w-])", choices)


def test_an_old_verb_is_the_present_one(make_repo: MakeRepo, capsys: Captured) -> None:
    """`aishare sample` draws the sheet that `aishare survey` draws."""
    repo = str(make_repo(*((f"work {n}", {f"f{n}.py": f"x = {n}\n"}) for n in range(6))))
    assert stdout(capsys, "sample", repo, "--size", "4") == stdout(capsys, "survey", repo, "--size", "4")
    assert run(["samples", repo]) == 2


@pytest.mark.parametrize(("verb", "old", "new"), OLD_VALUES)
def test_an_old_value_is_the_present_one(
    fixture_repos: dict[str, Path], capsys: Captured, verb: str, old: str, new: str
) -> None:
    """`dump` and `list` print the same under both names of a table or registry."""
    path = [str(fixture_repos["landings"])] if verb == "dump" else []
    assert stdout(capsys, verb, old, *path) == stdout(capsys, verb, new, *path)


def test_old_options_of_infer_are_the_present_ones(tmp_path: Path, capsys: Captured) -> None:
    """`--exposure`, `--exposure-n` and `--swaps` give the bytes of `--treatment`, `--treatment-n`, `--permutations`."""
    rng = np.random.default_rng(0)
    cells = [(f"p{k}", t, rng.random(), 9, rng.poisson(6)) for k in range(8) for t in range(12)]
    path = tmp_path / "panel.csv"
    pd.DataFrame(cells, columns=["person", "block", "share", "n", "merged"]).to_csv(path, index=False)
    words = ["infer", str(path), "--unit", "person", "--period", "block", "--outcome", "merged", "--count", "--json"]
    old = stdout(capsys, *words, "--exposure", "share", "--exposure-n", "n", "--swaps", "99")
    new = stdout(capsys, *words, "--treatment", "share", "--treatment-n", "n", "--permutations", "99")
    assert old == new
    assert json.loads(new)["schema_version"] == "2"


def test_the_old_option_of_analyze_is_the_present_one(
    fixture_repos: dict[str, Path], tmp_path: Path, capsys: Captured
) -> None:
    """`--baseline` compares as `--compare` does."""
    demo, earlier = str(fixture_repos["demo"]), str(tmp_path / "earlier.json")
    assert run(["analyze", demo, "-q", "--until", "2024-06-30", "-o", earlier]) == 0
    old, new = (stdout(capsys, "analyze", demo, "-q", "--json", name, earlier) for name in ("--baseline", "--compare"))
    assert old == new
    assert json.loads(new)["comparison"]["changed"]


@pytest.mark.parametrize(("old", "new"), RENAMED_SLUGS.items())
def test_an_old_slug_is_explained_as_the_present_one(capsys: Captured, old: str, new: str) -> None:
    """`explain` gives the text of the present slug, which is documented; the old one is not."""
    assert new in MESSAGES
    assert old not in MESSAGES
    assert stdout(capsys, "explain", old) == stdout(capsys, "explain", new)


def test_fail_on_takes_old_slugs(fixture_repos: dict[str, Path], tmp_path: Path, capsys: Captured) -> None:
    """A gate under an old name still closes, and says the present name."""
    words = ["analyze", str(fixture_repos["demo"]), "-q", "-o", str(tmp_path / "report.json")]
    assert run([*words, "--fail-on", "undeclared-not-human"]) == 4
    assert "unmarked-not-human" in capsys.readouterr().err


def test_sheets_of_before_are_read(tmp_path: Path, capsys: Captured) -> None:
    """A sheet with the columns `unit` and `asked` and the strata `declared` and `undeclared` gives the same answer."""
    rows = [("pr:1", "AI", "marked", 2, 1), ("pr:2", "person", "unmarked", 8, 2), ("pr:3", "40 %", "unmarked", 8, 2)]
    present = pd.DataFrame(rows, columns=["merged_change", "answer", "stratum", "changes", "sampled"])
    earlier = present.rename(columns={"merged_change": "unit", "sampled": "asked"})
    earlier["stratum"] = earlier["stratum"].map({"marked": "declared", "unmarked": "undeclared"})
    answers = []
    for name, sheet in (("present", present), ("earlier", earlier)):
        sheet.to_csv(tmp_path / f"{name}.csv", index=False)
        answers.append(stdout(capsys, "survey", "--answers", str(tmp_path / f"{name}.csv"), "--json"))
    assert answers[0] == answers[1]
    assert json.loads(answers[0])["changes"] == 10


def test_a_fleet_file_of_before_is_read(tmp_path: Path) -> None:
    """`exposure` in `[[outcomes]]` of team.toml is `denominator`."""
    text = 'salt = "only for tests"\nrepositories = [{ path = "." }]\n[[outcomes]]\nname = "x"\ncsv = "x.csv"\n'
    text += 'join = "repository"\n'
    fleets = []
    for key in ("exposure", "denominator"):
        (tmp_path / f"{key}.toml").write_text(f'{text}{key} = "deployments"\n')
        fleets.append(load_config(str(tmp_path / f"{key}.toml"))[0])
    assert fleets[0] == fleets[1]
    assert fleets[0].outcomes[0].denominator == "deployments"


def test_outputs_of_the_action_keep_their_old_names() -> None:
    """Workflows that read `share-floor` and `share-ceiling` get the figures of the present outputs."""
    lines = output_lines({"share-marked": "0.25", "share-at-most": "0.75"}).splitlines()
    assert set(lines) == {"share-marked=0.25", "share-at-most=0.75", "share-floor=0.25", "share-ceiling=0.75"}
    action = (ROOT / "action.yml").read_text("utf-8")
    assert all(f"outputs.{old} " in action or f"{old}:" in action for old in RENAMED_FIGURES)
