"""The shape of the package: layers, sizes, lazy imports, marked dependencies, documented slugs."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from analyzer.core.messages import MESSAGES
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = sorted((ROOT / "analyzer").rglob("*.py"))
MODULE_CEILING, MODULE_MEDIAN = 400, 150
FUNCTION_CEILING, FUNCTION_MEDIAN = 60, 12
# Import name → distribution, where they differ.
DISTRIBUTIONS = {
    "sklearn": "scikit-learn",
    "tree_sitter": "tree-sitter",
    "tree_sitter_python": "tree-sitter-python",
    "git": "gitpython",
    "vl_convert": "vl-convert-python",
}


def functions(module: Path) -> Iterator[tuple[str, int]]:
    """Name and length in lines of every function of a module."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{module.name}:{node.name}", node.end_lineno - node.lineno + 1


def test_layers() -> None:
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


def test_dependencies_are_the_imports() -> None:
    """What pyproject.toml declares is what the package imports: nothing missing, nothing idle."""
    imported = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.split(".")[0])
    outside = {DISTRIBUTIONS.get(name, name) for name in imported - set(sys.stdlib_module_names) - {"analyzer"}}
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
