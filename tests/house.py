"""Count what makes the package hard to read: `python -m tests.house [FOLDER]` prints the counts.

tests/unit/project/test_architecture.py bounds them.

A binding is a name that a function, class, parameter, assignment, loop, `with`, `except`, comprehension or pattern
gives to something; imports bind names that another module chose and do not count.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

ROOT = Path(__file__).parents[1]
# Words that say nothing about what they name; the list is docs/house-style.md's.
_WORDS = """
    found known told said own whole both given seen kept drawn shown asked left part parts at beside alone among
    dealt lent here there some what whose lasting landed brought compared followed styled specified reading seeing
    following moves absent
"""
CONTENTLESS = frozenset(_WORDS.split())


@dataclass(frozen=True, slots=True)
class Binding:
    """A name, where it is bound, and as what: function, class, parameter, module (level), attribute or local."""

    name: str
    kind: str
    path: Path
    line: int

    @property
    def contentless(self) -> bool:
        """Whether the name, leading underscores aside, is a word without content."""
        return self.name.strip("_").lower() in CONTENTLESS


def bindings(paths: Iterable[Path]) -> Iterator[Binding]:
    """Every binding of the modules."""
    for path in paths:
        tree = ast.parse(path.read_text("utf-8"))
        level = {id(target): kind for kind, target in _levels(tree)}
        for node in ast.walk(tree):
            for name, kind in _bound(node):
                yield Binding(name, level.get(id(node), kind), path, getattr(node, "lineno", 0))


def _levels(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """Names assigned at the level of the module, or as fields of a class."""
    for holder in ast.walk(tree):
        if not isinstance(holder, ast.Module | ast.ClassDef):
            continue
        kind = "module" if isinstance(holder, ast.Module) else "attribute"
        for statement in holder.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign):
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                yield from ((kind, name) for target in targets for name in ast.walk(target))


def _bound(node: ast.AST) -> Iterator[tuple[str, str]]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            yield name, "function"
        case ast.ClassDef(name=name):
            yield name, "class"
        case ast.arg(arg=name):
            yield name, "parameter"
        case ast.Name(id=name, ctx=ast.Store()):
            yield name, "local"
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name, "local"
        case ast.Attribute(attr=name, ctx=ast.Store()):
            yield name, "attribute"


def duplicate_classes(paths: Iterable[Path]) -> dict[str, list[Path]]:
    """Names that two classes and more have, with their modules."""
    places: dict[str, list[Path]] = {}
    for binding in bindings(paths):
        if binding.kind == "class":
            places.setdefault(binding.name, []).append(binding.path)
    return {name: modules for name, modules in sorted(places.items()) if len(modules) > 1}


def root_modules(package: Path) -> list[str]:
    """Modules in the root of the package, `__init__` and `__main__` included."""
    return sorted(path.name for path in package.glob("*.py"))


def executed_modules(repository: str) -> set[str]:
    """Return the modules of the package of which one `aishare analyze` without cache runs a function."""
    from analyzer.cli import run

    files: set[str] = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        # Bodies of modules and classes run when they are imported; only functions have fast locals.
        if event == "call" and frame.f_code.co_flags & inspect.CO_OPTIMIZED:
            files.add(frame.f_code.co_filename)

    sys.setprofile(note)
    try:
        run(["analyze", repository, "--no-cache", "--quiet", "--output", os.devnull])
    finally:
        sys.setprofile(None)
    return {file for file in files if file.startswith(str(ROOT / "analyzer"))}


def counts(package: Path) -> str:
    """Return the counts of a package as lines, with the contentless names that are left."""
    modules = sorted(package.rglob("*.py"))
    every = list(bindings(modules))
    empty = [binding for binding in every if binding.contentless]
    twice = duplicate_classes(modules)
    lines = [
        f"{len(modules)} modules, {len(root_modules(package))} of them in the root",
        f"{len(every)} bindings, {len(empty)} contentless ({len(empty) / len(every):.1%})",
        "  by kind: " + ", ".join(f"{kind} {n}" for kind, n in Counter(b.kind for b in empty).most_common()),
        "  by name: " + ", ".join(f"{name} {n}" for name, n in Counter(b.name for b in empty).most_common(20)),
        f"{len(twice)} class names twice or more: {', '.join(twice)}",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the counts of a package, and with `--run` how many of its modules one analysis runs."""
    parser = argparse.ArgumentParser(prog="python -m tests.house", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "analyzer", help="package to count")
    parser.add_argument("--run", metavar="REPOSITORY", help="count the modules that one analysis of it runs")
    chosen = parser.parse_args()
    sys.stdout.write(counts(chosen.folder))
    if chosen.run:
        sys.stdout.write(f"{len(executed_modules(chosen.run))} modules run by one analysis\n")


if __name__ == "__main__":
    main()
