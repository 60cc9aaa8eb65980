"""What comes with the package: allowed licences alone, and a bill of materials that is true of the lock file."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests import supply
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_no_run_time_package_has_another_licence() -> None:
    """Of the lock file and of the extra, none is unknown, GPL, AGPL or LGPL alone, or what nobody looked at."""
    names = {p.name for p in supply.locked()} | supply.needed(supply.project("cluster")).keys()
    assert len(names) > 45
    found = {name: supply.licence(name) for name in names}
    assert {name: said for name, said in found.items() if supply.forbidden(said)} == {}


@pytest.mark.parametrize(
    ("expression", "is_forbidden"),
    [
        ("MIT", False),
        ("Apache-2.0 OR BSD-2-Clause", False),
        ("MIT OR GPL-3.0-or-later", False),
        ("BSD-3-Clause AND (MIT AND Zlib)", False),
        ("GPL-3.0-only", True),
        ("MIT AND LGPL-2.1-or-later", True),
        ("GPL-2.0-only OR AGPL-3.0-only", True),
        ("LicenseRef-Proprietary", True),
        (None, True),
    ],
)
def test_what_is_forbidden(expression: str | None, is_forbidden: bool) -> None:
    """An alternative will do, a part will not."""
    assert supply.forbidden(expression) is is_forbidden


def test_every_native_library_of_others_is_named() -> None:
    """What wheels bring beside their own modules is a row of requirements/bundled.toml under that wheel."""
    rows = [row for row in supply.bundled() if "files" in row]
    for package, file in supply.libraries():
        fits = [r for r in rows if package in re.split(r", ", r["wheel"]) and re.match(r["files"], file)]
        assert len(fits) == 1, f"{package}: {file}"


def test_the_bill_of_materials_is_valid_and_the_same_again(tmp_path: Path) -> None:
    """By CycloneDX's own schema; two processes write the same bytes, with every version and hash of the lock file."""
    texts = []
    for seed in "12":
        target = tmp_path / f"{seed}.json"
        command = [sys.executable, "-m", "tests.supply", str(target)]
        subprocess.run(command, cwd=ROOT, check=True, env={"PYTHONHASHSEED": seed, "TZ": f"UTC{seed}"})
        texts.append(target.read_text("utf-8"))
    assert texts[0] == texts[1]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(texts[0]) is None
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(texts[0].replace('"library"', '"book"')) is not None
    told = json.loads(texts[0])
    assert {"serialNumber", "timestamp"} & (told.keys() | told["metadata"].keys()) == set()
    listed = {
        (c["name"], c["version"]): {h["content"] for e in c["externalReferences"] for h in e["hashes"]}
        for c in told["components"]
    }
    assert listed == {(p.name, p.version): set(p.hashes) for p in supply.locked()}
    assert all(c["licenses"] for c in told["components"])
    bare = re.compile(r"pkg:pypi/([^@]+)@")
    graph = {bare.findall(d["ref"])[0]: bare.findall(" ".join(d.get("dependsOn", []))) for d in told["dependencies"]}
    assert set(graph["aishare"]) == supply.project()
    assert graph["jinja2"] == ["markupsafe"]
