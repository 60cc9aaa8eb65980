"""Hand-written docs claim only what exists: no "not in this version", and no verb, option or path that is gone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest

import analyzer
from analyzer.cli import main
from analyzer.cli.list import KINDS
from tests import api_page, notebook
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Pages that are generated from registries (tests/samples.py); their words are the registries' own.
GENERATED = {f"{n}.md" for n in ("signals", "messages", "definitions", "measures", "estimators", "charts", "glossary")}
GENERATED |= {"licences.md"}
PAGES = sorted(
    page
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
    if not (page.parent.name == "docs" and page.name in GENERATED)
)
# Both tell of old names, which are gone on purpose.
HISTORY = {"CHANGELOG.md", "migration.md"}
STALE = re.compile(
    r"not in this version|not yet (?:built|read|supported|implemented)|nothing is stubbed|is not implemented",
    re.IGNORECASE,
)
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
# `aishare VERB …` up to a pipe, a quote or the end of the line; in recipes the command is "$AISHARE".
COMMAND = re.compile(r"(?:(?<![\w=.-])aishare|AISHARE\") +([a-z]+)\b((?:(?!&&|\|\|)[^|`\n])*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
# Old names that still work, which docs no longer use.
RENAMED = {"--baseline", "--exposure", "--exposure-n", "--swaps"}
# Options in code of their own that belong to other programs: git, benchmarks and simulations.
FOREIGN = {
    "--end-of-options",
    "--files",
    "--back",
    "--cuts",
    "--power",
    "--format=",
    "--commits",
    "--source",
    "--require-hashes",
}


def _texts(*, history: bool) -> Iterator[tuple[str, str]]:
    for page in PAGES:
        if history or page.name not in HISTORY:
            yield str(page.relative_to(ROOT)), page.read_text("utf-8")


def _options(command: click.Command) -> set[str]:
    """Return the options of a command and of its verbs, hidden ones included."""
    names = {name for param in command.params for name in (*param.opts, *param.secondary_opts) if name.startswith("--")}
    verbs = command.commands.values() if isinstance(command, click.Group) else ()
    return names.union({"--help"}, *(_options(verb) for verb in verbs))


def test_hand_written_docs_claim_no_missing_part() -> None:
    """No page says that something is not in this version; what is missing is a limit, said where it matters."""
    assert [(page, m[0]) for page, text in _texts(history=False) if (m := STALE.search(text))] == []


def test_package_docstrings_claim_no_missing_part() -> None:
    """No package says of itself that it is not in this version."""
    modules = sorted((ROOT / "analyzer").rglob("*.py"))
    assert [p.name for p in modules if STALE.search(p.read_text("utf-8").split('"""', 2)[1])] == []


def _commands() -> Iterator[tuple[str, str, str]]:
    """Yield page, verb and the rest of every `aishare VERB …` in code."""
    for page, text in _texts(history=False):
        recipes = set(re.findall(r"^name: aishare ([a-z]+)$", text, re.MULTILINE))
        for block in CODE.findall(text):
            yield from ((page, verb, rest) for verb, rest in COMMAND.findall(block) if verb not in recipes)


def test_named_verbs_exist() -> None:
    """`aishare VERB` in code names a verb as it is called now."""
    assert {(page, verb) for page, verb, _ in _commands() if verb not in main.commands} == set()


def test_options_of_named_commands_exist() -> None:
    """`aishare VERB --option` in code has options of that verb, under their present names."""
    wrong = {
        (page, verb, option)
        for page, verb, rest in _commands()
        for option in OPTION.findall(rest)
        if option not in _options(main.commands[verb]) - RENAMED
    }
    assert wrong == set()


def test_named_options_exist() -> None:
    """`--option` alone in code is an option of some verb, under its present name."""
    known = (_options(main) | FOREIGN) - RENAMED
    named = {(p, o) for p, text in _texts(history=False) for o in re.findall(r"`(--[a-z][a-z-]+)", text)}
    assert {(page, option) for page, option in named if option not in known} == set()


def test_named_make_targets_exist() -> None:
    """`make TARGET` in code is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        (page, target)
        for page, text in _texts(history=True)
        for block in CODE.findall(text)
        for target in re.findall(r"(?:^|[`\s])make ([a-z]+)", block)
    }
    assert {(page, target) for page, target in named if target not in targets} == set()


def test_named_lists_exist() -> None:
    """`aishare list KIND` names a kind under its present name."""
    named = {(p, kind) for p, text in _texts(history=False) for kind in re.findall(r"aishare list ([a-z-]+)", text)}
    assert {(page, kind) for page, kind in named if kind not in KINDS} == set()


def test_named_paths_exist() -> None:
    """Every path of this repository that a page names is there, tests included."""
    path = re.compile(r"(?<![\w/.-])((?:analyzer|validation|tests|fixtures|benchmarks|docs|requirements)/[\w./-]+)")
    missing = {
        (page, name)
        for page, text in _texts(history=True)
        for name in (found.rstrip("./") for found in path.findall(text))
        if not (ROOT / name).exists()
    }
    assert missing == set()


def test_named_modules_exist() -> None:
    """Every module of this repository that a page names is there, or is a name of the API."""
    missing = set()
    for page, text in _texts(history=False):
        for name in re.findall(r"(?<![\w./])(?:analyzer|validation|tests)(?:\.[a-z_]+)+\b", text):
            parts = name.split(".")
            paths: list[Path] = [ROOT.joinpath(*parts).with_suffix(".py"), ROOT.joinpath(*parts)]
            if not any(p.exists() for p in paths) and parts[1] not in {*analyzer.__all__, "errors"}:
                missing.add((page, name))
    assert missing == set()


@pytest.mark.parametrize("page", api_page.PAGES, ids=lambda page: page.name)
def test_api_pages_are_current(page: Path) -> None:
    """Columns are those of the schemas, and the Python examples print what the pages show (`make samples`)."""
    assert dict(api_page.pages())[page] == page.read_text("utf-8")


def test_api_page_has_columns_of_tables(fixture_repos: dict[str, Path]) -> None:
    """The documented columns are the ones that `open_history` gives, in order."""
    history = analyzer.open_history(fixture_repos["demo"], cache=False, people_ok=True)
    for table in api_page.TABLES:
        assert list(getattr(history, table).columns) == api_page.columns(table), table


def test_notebook_is_current() -> None:
    """The notebook's outputs are what its cells give now; no path of a machine is in it (`make samples`)."""
    text = notebook.PAGE.read_text("utf-8")
    assert notebook.page() == text
    assert str(ROOT) not in text
