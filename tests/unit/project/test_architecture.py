"""The shape of the package: layers, sizes, names, declared dependencies, documented slugs."""

from __future__ import annotations

import ast
import itertools
import statistics
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from analyzer.core.messages import MESSAGES
from tests.conftest import ROOT
from tests.house import CONTENTLESS, bindings, duplicate_classes, root_modules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = sorted((ROOT / "analyzer").rglob("*.py"))
MODULE_CEILING, MODULE_MEDIAN = 400, 150
FUNCTION_CEILING, FUNCTION_MEDIAN = 60, 12
ROOT_MODULES = 8
CONTENTLESS_PART = 0.01
# Contentless names that are keys of a file format, and so not ours to change without a new version of the format.
KEYS_OF_FORMATS = {
    ("custom_panel/multilevel.py", "alone"): "JSON of `infer --cluster`",
    ("evidence/agents.py", "seen"): "key of evidence/agents.toml",
    ("fleet/result.py", "whole"): "key of fleet.json",
    ("share/disclosure_changes.py", "what"): "key of share/defaults.toml",
    ("stylometry/classifier.py", "whole"): "key of the shipped style model",
}
# Import name → distribution, where they differ.
DISTRIBUTIONS = {
    "sklearn": "scikit-learn",
    "git": "gitpython",
    "vl_convert": "vl-convert-python",
}


def functions(module: Path) -> Iterator[tuple[str, int]]:
    """Name and length in lines of every function of a module."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{module.name}:{node.name}", node.end_lineno - node.lineno + 1


def test_import_contracts_hold() -> None:
    """import-linter keeps every contract of pyproject.toml."""
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_is_in_a_layer() -> None:
    """A new module or package at the top must be given its place in the layers."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0]
    declared = {name.strip() for layer in contract["layers"] for name in layer.split("|")}
    top = {p.stem for p in (ROOT / "analyzer").glob("*.py")} | {
        p.parent.name for p in ROOT.glob("analyzer/*/__init__.py")
    }
    assert {f"analyzer.{name}" for name in top - {"__init__"}} == declared


def test_size_budget() -> None:
    """Modules and functions stay small rooms; the ceilings are hard, the medians keep the style."""
    lengths = {str(m.relative_to(ROOT)): len(m.read_text("utf-8").splitlines()) for m in MODULES}
    assert {name: n for name, n in lengths.items() if n > MODULE_CEILING} == {}
    assert statistics.median(lengths.values()) <= MODULE_MEDIAN
    sizes = dict(pair for module in MODULES for pair in functions(module))
    assert {name: n for name, n in sizes.items() if n > FUNCTION_CEILING} == {}
    assert statistics.median(sizes.values()) <= FUNCTION_MEDIAN


def test_the_root_holds_few_modules() -> None:
    """A module that is not an entry point, the API, settings, errors or the version belongs to a package."""
    assert len(root_modules(ROOT / "analyzer")) <= ROOT_MODULES


def test_no_class_name_is_used_twice() -> None:
    """A reader who meets a class name knows which class it is."""
    assert duplicate_classes(MODULES) == {}


def test_names_have_content() -> None:
    """No function, parameter, class or module-level name is one of the words of docs/house-style.md; few others are."""
    every = list(bindings(MODULES))
    empty = [binding for binding in every if binding.contentless]
    public = [binding for binding in empty if binding.kind in {"function", "class", "parameter", "module"}]
    assert [f"{b.path.relative_to(ROOT)}:{b.line} {b.name}" for b in public] == []
    attributes = {(str(b.path.relative_to(ROOT / "analyzer")), b.name) for b in empty if b.kind == "attribute"}
    assert attributes <= KEYS_OF_FORMATS.keys()
    assert len(empty) <= CONTENTLESS_PART * len(every)


def test_the_words_without_content_are_those_of_the_house_style() -> None:
    """docs/house-style.md and tests/house.py list the same words."""
    page = (ROOT / "docs" / "house-style.md").read_text("utf-8")
    listed = page.partition("## Names in code")[2].partition("```text\n")[2].partition("```")[0]
    assert set(listed.split()) == CONTENTLESS


def edits(one: str, other: str) -> int:
    """Return the Levenshtein distance of two words."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, row = row, [i]
        for j, other_letter in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != other_letter)))
    return row[-1]


def test_names_of_packages_cannot_be_mistaken() -> None:
    """Any two top-level packages differ by three letters or more."""
    names = [path.parent.name for path in ROOT.glob("analyzer/*/__init__.py")] + ["analyzer", "validation", "tests"]
    assert edits("measure", "measures") == 1
    assert [(a, b) for a, b in itertools.combinations(sorted(names), 2) if edits(a, b) < 3] == []


def test_dependencies_are_the_imports() -> None:
    """What pyproject.toml declares is what the package imports: nothing missing, nothing idle."""
    imported = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.split(".")[0])
    outside = {
        DISTRIBUTIONS.get(name, name.replace("_", "-"))
        for name in imported - set(sys.stdlib_module_names) - {"analyzer"}
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    # pandas writes Parquet through pyarrow, and jinja2 is imported inside a function like the rest.
    extras = [requirement for extra in project["optional-dependencies"].values() for requirement in extra]
    assert outside | {"pyarrow"} == {requirement.split(">=")[0] for requirement in [*project["dependencies"], *extras]}


@pytest.mark.parametrize("name", ["run", "test"])
def test_locks_are_hashed_and_name_no_host(name: str) -> None:
    """Each locked package has a hash, and no line names where it came from."""
    lock = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    packages = [line for line in lock.splitlines() if "==" in line and not line.startswith(("#", " "))]
    assert lock.count("--hash=sha256:") >= len(packages) > 10
    assert "://" not in lock


def test_runtime_budget() -> None:
    """At most 60 run-time packages (docs/adr/0004)."""
    lock = (ROOT / "requirements" / "run.txt").read_text("utf-8")
    assert sum("==" in line for line in lock.splitlines()) <= 60


def test_nothing_public_is_undocumented() -> None:
    """Every public module, class and function has a docstring; ruff checks it too, but not in a stranger's editor."""
    for module in MODULES:
        tree = ast.parse(module.read_text("utf-8"))
        assert ast.get_docstring(tree), module
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{module}:{node.name}"


def test_every_message_is_said_somewhere() -> None:
    """A documented slug that no code prints would be a promise nobody keeps."""
    source = "\n".join(m.read_text("utf-8") for m in MODULES)
    assert [slug for slug in MESSAGES if f'"{slug}"' not in source] == []
