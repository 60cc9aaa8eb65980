"""docs/threat-model.md names a test for each mitigation, and each of them exists."""

from __future__ import annotations

import ast
import re
from functools import cache

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::([\w:]+)`", PAGE)


@cache
def defined(file: str) -> frozenset[str]:
    """Tests of a file as pytest names them: functions of the module, and methods of its classes."""
    found = []
    for node in ast.parse((ROOT / file).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.append(node.name)
        elif isinstance(node, ast.ClassDef):
            found += [f"{node.name}::{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)]
    return frozenset(name for name in found if name.rpartition("::")[2].startswith("test_"))


def test_every_named_test_exists() -> None:
    """A test that was renamed or removed is a mitigation without proof."""
    assert len(set(NAMED)) > 50
    assert [f"{file}::{name}" for file, name in NAMED if name not in defined(file)] == []


def test_every_threat_names_its_kind_and_its_proof() -> None:
    """Rows of the threats have one letter of STRIDE and at least one test; every letter occurs."""
    threats = PAGE.partition("\n## Threats\n")[2].partition("\n## What is left\n")[0]
    rows = [line for line in threats.splitlines() if re.match(r"\| [A-Z] \|", line)]
    assert len(rows) > 35
    assert {row[2] for row in rows} == set("STRIDE")
    for row in rows:
        cells = row.strip("| ").split(" | ")
        assert len(cells) == 4, row
        assert re.search(r"`tests/[\w/]+\.py::\w+", cells[3]), row


def test_every_border_has_a_section_of_what_is_left() -> None:
    """What is not protected is said aloud: the page ends with it, an item a line."""
    left = PAGE.partition("\n## What is left\n")[2]
    assert len(re.findall(r"^- \*\*", left, re.MULTILINE)) >= 10
    for word in ("dask", "pseudonyms", "Two runs", "cache", "signed"):
        assert word in left
