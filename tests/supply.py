"""What is installed to run aishare: its licences as a page, and as a bill of materials in CycloneDX 1.6.

Names, versions and hashes are those of the lock file, licences and dependencies those of the installed metadata.
`make sbom` (or `python -m tests.supply FILE`) writes the bill: no clock and no chance are in it.
"""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.licenses import canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from analyzer.version import VERSION
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE = ROOT / "docs" / "licences.md"
BUNDLED = ROOT / "requirements" / "bundled.toml"
# Licences under which a run-time package may come. An expression is fine where one of its alternatives is.
ALLOWED = frozenset(
    {"MIT", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "0BSD", "ISC", "Zlib", "CC0-1.0", "PSF-2.0", "MPL-2.0"}
)
_CLASSIFIERS = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
_PROJECT = "aishare"


@dataclass(frozen=True)
class Locked:
    """A line of a lock file: a package in one version, with the condition under which it is installed."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def locked(file: str = "run") -> list[Locked]:
    """Every package of requirements/FILE.txt, in its order."""
    text = (ROOT / "requirements" / f"{file}.txt").read_text("utf-8").replace("\\\n", " ")
    found = []
    for line in text.splitlines():
        if "==" not in line or line.startswith("#"):
            continue
        said = Requirement(line.split(" --hash")[0])
        (version,) = (specifier.version for specifier in said.specifier)
        hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
        found.append(Locked(canonicalize_name(said.name), version, str(said.marker or ""), hashes))
    return found


def licence(name: str) -> str | None:
    """SPDX expression of an installed package; None where its metadata do not tell one."""
    said = metadata.metadata(name)
    expression = next((said[key] for key in ("License-Expression", "License") if key in said), "")
    try:
        return str(canonicalize_license_expression(expression))
    except ValueError:
        pass
    classes = {c.rpartition(" :: ")[2] for c in said.get_all("Classifier", []) if c.startswith("License ::")}
    if classes == {"BSD License"} or expression == "BSD":
        return _bsd(name)
    return _CLASSIFIERS.get(classes.pop()) if len(classes) == 1 else None


def _bsd(name: str) -> str | None:
    """Which of the BSD licences a package comes under, by the clauses of the text that it ships."""
    texts = [str(f.locate()) for f in metadata.files(name) or [] if re.search(r"dist-info/.*LICENSE[^/]*\Z", str(f))]
    for text in (" ".join(Path(path).read_text("utf-8").split()) for path in sorted(texts)):
        if "Redistributions in binary form must reproduce" in text:
            return "BSD-3-Clause" if re.search(r"Neither the names? of", text) else "BSD-2-Clause"
    return None


def forbidden(expression: str | None) -> bool:
    """Whether a package may not be used: no alternative of its licence consists of allowed ones alone."""
    if expression is None:
        return True
    flat = expression.replace("(", "").replace(")", "")
    return not any(set(one.split(" AND ")) <= ALLOWED for one in flat.split(" OR "))


def needed(names: Iterable[str], extras: frozenset[str] = frozenset()) -> dict[str, set[str]]:
    """Installed packages that these ones need, themselves included → what each needs at once."""
    found: dict[str, set[str]] = {}
    waiting = [(canonicalize_name(name), extras) for name in names]
    while waiting:
        name, asked = waiting.pop()
        if name in found:
            continue
        found[name] = set()
        for line in metadata.requires(name) or []:
            wanted = Requirement(line)
            if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in asked | {""}):
                found[name].add(canonicalize_name(wanted.name))
                waiting.append((canonicalize_name(wanted.name), frozenset(wanted.extras)))
    return found


def project(extra: str = "") -> set[str]:
    """Distributions that pyproject.toml names, for every run or for an extra."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = told["optional-dependencies"][extra] if extra else told["dependencies"]
    return {canonicalize_name(Requirement(line).name) for line in lines}


def build_only() -> set[str]:
    """Packages of the lock file that building needs and no run."""
    return needed(["hatchling"]).keys() - needed(project()).keys()


def page() -> str:
    """docs/licences.md."""
    build = build_only()
    groups = (
        ("To run", [p for p in locked() if p.name not in build]),
        ("To build, in the same lock file", [p for p in locked() if p.name in build]),
    )
    lines = [_HEAD]
    for title, packages in groups:
        lines += [f"## {title}", "", "| package | version | licence |", "|---|---|---|"]
        for name in sorted({p.name for p in packages}):
            versions = ", ".join(p.version for p in packages if p.name == name)
            lines.append(f"| {name} | {versions} | {licence(name) or 'unknown'} |")
        lines.append("")
    lines += ["## Inside of wheels", "", _INSIDE, "| wheel | what | licence | |", "|---|---|---|---|"]
    lines += [f"| {b['wheel']} | {b['what']} | {b['licence']} | {b['note']} |" for b in bundled()]
    return "\n".join([*lines, "", _INSIDE_AISHARE])


def bundled() -> list[dict[str, str]]:
    """What wheels hold of others: rows of requirements/bundled.toml."""
    rows: list[dict[str, str]] = tomllib.loads(BUNDLED.read_text("utf-8"))["bundled"]
    return rows


def libraries() -> Iterator[tuple[str, str]]:
    """(package, file) of every native library that the installed wheels bring beside their own modules."""
    for name in sorted({p.name for p in locked()}):
        for file in metadata.files(name) or []:
            if re.search(r"(?:\.libs|\.dylibs)/", str(file)):
                yield name, file.name


def bill() -> Bom:
    """The bill of materials: the project, every locked version with its hashes, and who needs whom."""
    build = build_only()
    made = Bom()
    made.serial_number, made.metadata.timestamp = None, None  # type: ignore[assignment]  # both are optional there
    root = _component(Locked(_PROJECT, VERSION, "", ()), "MIT", ComponentType.APPLICATION)
    made.metadata.component = root
    parts: dict[str, list[Component]] = {}
    for package in locked():
        part = _component(package, licence(package.name), ComponentType.LIBRARY)
        part.scope = ComponentScope.EXCLUDED if package.name in build else ComponentScope.REQUIRED
        parts.setdefault(package.name, []).append(part)
        made.components.add(part)
    made.register_dependency(root, [part for name in sorted(project()) for part in parts[name]])
    for name, direct in needed(parts).items():
        for part in parts.get(name, []):
            made.register_dependency(part, [p for other in sorted(direct) for p in parts.get(other, [])])
    return made


def _component(package: Locked, expression: str | None, kind: ComponentType) -> Component:
    purl = PackageURL("pypi", None, package.name, package.version)
    files = f"https://pypi.org/project/{package.name}/{package.version}/#files"
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in package.hashes]
    where = ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(files), hashes=hashes)
    return Component(
        name=package.name,
        version=package.version,
        type=kind,
        bom_ref=str(purl),
        purl=purl,
        licenses=[] if expression is None else [LicenseFactory().make_from_string(expression)],
        external_references=[where] if hashes else [],
        properties=[Property(name=f"{_PROJECT}:marker", value=package.marker)] if package.marker else [],
    )


def written() -> str:
    """The bill as JSON; two runs give the same bytes."""
    return JsonV1Dot6(bill()).output_as_string(indent=1) + "\n"


_HEAD = """\
# Licences

Generated by `make samples` from `requirements/run.txt` and the metadata of the installed packages. aishare itself is
MIT. `pytest tests/validation/release/test_supply.py` fails where a package tells no licence or another than MIT, BSD,
Apache-2.0, 0BSD, ISC, Zlib, CC0, PSF-2.0 and MPL-2.0, and where a wheel brings a native library that stands in no row
below. The extra `cluster` (distributed and what it needs) is held to the same list. A renewed lock file makes this page
stale: read it again. What the metadata say was not checked against every source file. `make sbom` writes all of it as a
bill of materials (CycloneDX), with the hash of every file that may be installed.
"""
_INSIDE = """\
aishare distributes none of these wheels: `pip` fetches them from their makers. What those put into them, as told by the
licence texts in the wheels (Linux and macOS), and for vl-convert, which tells nothing, by a look at its binary:
"""

_INSIDE_AISHARE = """\
## Inside of aishare

| file | what | licence |
|---|---|---|
| `analyzer/history/linguist.json` | tables of github-linguist 9.6.0 | MIT, Copyright (c) 2017 GitHub, Inc. |
"""


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(written(), "utf-8")
