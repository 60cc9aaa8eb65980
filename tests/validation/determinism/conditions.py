"""What may differ between two runs of the same question, and a few rows of it in which every pair of levels meets.

Source of the idea: Cohen, Dalal, Fredman and Patton, "The AETG System: An Approach to Testing Based on Combinatorial
Design", IEEE TSE 1997: most defects of combinations need two levels, and some tens of rows hold every two.
"""

from __future__ import annotations

import itertools
import os
import shutil
import struct
import subprocess
from typing import TYPE_CHECKING

from tests.conftest import ROOT, git

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Row = dict[str, str]
LEVELS: dict[str, tuple[str, ...]] = {
    "locale": ("C", "tr_TR.UTF-8", "de_DE", "C.UTF-8"),
    "zone": ("UTC", "Pacific/Kiritimati", "America/St_Johns", "Asia/Kathmandu"),
    "hashes": ("0", "1", "random"),
    "jobs": ("1", "2", "3"),
    "cache": ("cold", "warm", "older", "none"),
    "storage": ("one pack", "loose", "many packs", "borrowed"),
    "place": ("plain", "odd"),
    "here": ("root", "inside"),
    "threads": ("1", "2"),
    "mask": ("022", "077"),
    "home": ("empty", "opinionated"),
    "words": ("en", "de:tr"),
    "columns": ("80", "37"),
}
# Sources and character sets of locales that a machine need not have: Debian's package locales.
LOCALES = {"tr_TR.UTF-8": ("tr_TR", "UTF-8"), "de_DE": ("de_DE", "ISO-8859-1")}
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
OPINIONS = """
[core]
    quotePath = true
    abbrev = 5
    ignoreCase = true
    precomposeUnicode = true
    attributesFile = ~/attributes
[i18n]
    logOutputEncoding = ISO-8859-9
    commitEncoding = ISO-8859-9
[log]
    date = relative
    mailmap = false
    follow = true
    showSignature = true
[mailmap]
    file = ~/mailmap
[diff]
    algorithm = histogram
    renames = copies
    renameLimit = 1
    noprefix = true
    mnemonicPrefix = true
    context = 0
    orderFile = ~/order
[color]
    ui = always
[blame]
    ignoreRevsFile = ~/order
[pack]
    threads = 1
[grep]
    lineNumber = true
"""


def rows() -> list[Row]:
    """Rows in which every two levels of two factors meet, the richest first (greedily, the same each time)."""
    names = list(LEVELS)
    missing = {
        ((one, a), (two, b))
        for one, two in itertools.combinations(names, 2)
        for a, b in itertools.product(LEVELS[one], LEVELS[two])
    }
    found = []
    while missing:
        best: tuple[int, Row] = (-1, {})
        for start in sorted(missing)[:20]:
            row = _grown(dict(start), names, missing)
            gained = sum(pair in missing for pair in _pairs(row, names))
            if gained > best[0]:
                best = (gained, row)
        found.append({name: best[1][name] for name in names})
        missing -= set(_pairs(best[1], names))
    return found


def few() -> list[Row]:
    """Three rows that hold three levels of each factor, or all it has."""
    return [{name: levels[(n + k) % len(levels)] for k, (name, levels) in enumerate(LEVELS.items())} for n in range(3)]


def _pairs(row: Mapping[str, str], names: list[str]) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    """Every two levels of a row, of the factors it has so far."""
    for one, two in itertools.combinations([name for name in names if name in row], 2):
        yield (one, row[one]), (two, row[two])


def _grown(row: Row, names: list[str], missing: set[tuple[tuple[str, str], tuple[str, str]]]) -> Row:
    """A row filled up, factor by factor, with the level that meets most levels anew."""
    for name in names:
        if name not in row:
            gains = [sum(pair in missing for pair in _pairs(row | {name: level}, names)) for level in LEVELS[name]]
            row[name] = LEVELS[name][gains.index(max(gains))]
    return row


def locales(folder: Path) -> dict[str, str]:
    """Level → why it cannot be set here; the others are compiled into a folder for LOCPATH."""
    missing = {}
    for name, (source, charset) in LOCALES.items():
        command = ["localedef", "-i", source, "-f", charset, str(folder / name)]
        if shutil.which("localedef") is None or not os.path.exists(f"/usr/share/i18n/locales/{source}"):
            missing[name] = f"{name} is not here and cannot be made: Debian's package locales has its source"
        elif not (folder / name).exists():
            subprocess.run(command, check=True, capture_output=True)
    return missing


def stored(app: Path, folder: Path, how: str, name: str = "app") -> Path:
    """A copy of the repository `app` in a folder, its objects kept in one of the ways."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / name
    if how == "borrowed":
        git("clone", "--quiet", "--bare", "--shared", app, target)
        git("--git-dir", target, "fetch", "--quiet", app, "+refs/*:refs/*")
        git("--git-dir", target, "config", "--unset", "remote.origin.url")
        return target
    shutil.copytree(app, target)
    packs = sorted((target / "objects" / "pack").glob("*.pack"))
    if how == "one pack":
        git("--git-dir", target, "repack", "-adfq", "--depth=50", "--write-bitmap-index")
        git("--git-dir", target, "commit-graph", "write", "--reachable")
        git("--git-dir", target, "pack-refs", "--all")
        return target
    shutil.rmtree(target / "objects" / "pack")
    (target / "objects" / "pack").mkdir()
    for pack in (app / "objects" / "pack" / found.name for found in packs):
        git("--git-dir", target, "unpack-objects", "-q", stdin=pack.read_bytes())
    if how == "many packs":
        git("--git-dir", target, "repack", "-q", "-d", "--window=0", "--max-pack-size=1m")
    return target


def _with_fonts(home: Path) -> None:
    """Families that a page asks for, of another width, among the home's fonts; none where there is none to rename."""
    if not os.path.exists(FONT):
        return
    (home / ".fonts").mkdir()
    with open(FONT, "rb") as file:
        whole = file.read()
    for family in ("Arial", "Roboto", "system-ui"):
        (home / ".fonts" / f"{family}.ttf").write_bytes(_renamed(whole, family))


def _renamed(font: bytes, family: str) -> bytes:
    """A TrueType font under another family's name, no longer than its own (OpenType 1.9, table `name`)."""
    found = bytearray(font)
    tables = struct.unpack_from(">H", font, 4)[0]
    entries = [struct.unpack_from(">4sLLL", font, 12 + 16 * n) for n in range(tables)]
    at = next(offset for tag, _, offset, _ in entries if tag == b"name")
    count, strings = struct.unpack_from(">HH", font, at + 2)
    for n in range(count):
        row = at + 6 + 12 * n
        platform, _, _, what, size, offset = struct.unpack_from(">6H", font, row)
        name = family.encode("ascii" if platform == 1 else "utf-16-be")
        if what in {1, 16} and len(name) <= size:
            found[at + strings + offset : at + strings + offset + len(name)] = name
            struct.pack_into(">H", found, row + 8, len(name))
    return bytes(found)


def environment(row: Row, home: Path, compiled: Path) -> dict[str, str]:
    """The variables of a run; nothing of the caller's but where programs are."""
    home.mkdir()
    if row["home"] == "opinionated":
        (home / ".gitconfig").write_text(OPINIONS)
        (home / "mailmap").write_text("Somebody <else@example.org> <zoe@example.org>\n")
        (home / "attributes").write_text("*.py -text linguist-generated\n")
        (home / "order").write_text("")
        _with_fonts(home)
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "LC_ALL": row["locale"],
        "LANG": row["locale"],
        "LANGUAGE": row["words"],
        "LOCPATH": str(compiled) if row["locale"] in LOCALES else "",
        "TZ": row["zone"],
        "PYTHONHASHSEED": row["hashes"],
        "OPENBLAS_NUM_THREADS": row["threads"],
        "OMP_NUM_THREADS": row["threads"],
        "COLUMNS": row["columns"],
        "GIT_CONFIG_NOSYSTEM": "1",
    }
