"""Types of files by name or by first line, after github-linguist's tables (`linguist.json`, `languages.toml`).

`linguist.json` is a reduced copy of a release of linguist (MIT), made by `python -m tests.linguist`; we ship it because
no maintained package on PyPI has these tables without a Go or Ruby runtime. `languages.toml` holds what we add.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OTHER = "other"
_KIND_OF_TYPE = {"programming": "code", "markup": "code", "prose": "docs", "data": "data"}
# A template from which a build makes the file without the ending: autoconf's AC_CONFIG_FILES, CMake's configure_file.
_TEMPLATE_ENDING = ".in"
# `sh` hands itself to another program: the trick of scripts that must find their interpreter on the search path.
_EXEC_HACK = re.compile(rb"exec (\w+)[\s\"']+\$0[\s\"']+\$@")
_ENV_OPTION = re.compile(rb"-[i0uCSv]*\Z|--\S+\Z|\S+=\S+\Z")


@dataclass(frozen=True, slots=True)
class FileType:
    """What a file's name says about it.

    Attributes
    ----------
    language : as github-linguist names it, the name of its group where it belongs to one; "other" if unknown.
    kind : code, docs, data, notebook or unknown.
    """

    language: str
    kind: str


UNKNOWN_TYPE = FileType(OTHER, "unknown")


def file_type(path: str) -> FileType:
    """Return what the name of a file says about it; folders do not count."""
    return _type_of_name(path.rsplit("/", 1)[-1])


def language_kind(name: str) -> str:
    """Return the kind of the files of a language: code, docs, data, notebook or unknown."""
    return _tables().kinds.get(name, UNKNOWN_TYPE.kind)


def ending(path: str) -> str:
    """Return the ending of a file's name in lower case, with its dot; "" for a name without one."""
    stem, dot, last = path.rsplit("/", 1)[-1].rpartition(".")
    return f".{last.lower()}" if dot and stem else ""


def interpreter_language(head: bytes) -> str | None:
    """Return the language of a script by its first line, as github-linguist reads it; None if it names none.

    Parameters
    ----------
    head : the first bytes of the file.
    """
    name = _interpreter(head)
    return None if name is None else _tables().interpreters.get(name)


def _interpreter(head: bytes) -> str | None:
    lines = head.split(b"\n", 5)[:5]
    if not lines or not lines[0].startswith(b"#!"):
        return None
    words = lines[0][2:].split()
    if words and words[0].rsplit(b"/", 1)[-1] == b"env":
        words = [word for word in words[1:] if not _ENV_OPTION.match(word)]
    if not words:
        return None
    name = re.sub(rb"\.\d+\Z", b"", words[0].rsplit(b"/", 1)[-1])
    if name == b"sh" and (hack := next(filter(None, map(_EXEC_HACK.search, lines)), None)):
        name = hack[1]
    return name.decode("ascii", "replace")


@lru_cache(maxsize=1 << 16)
def _type_of_name(name: str) -> FileType:
    tables = _tables()
    if by_name := tables.names.get(name):
        return by_name
    for suffix in _endings(name):
        if by_ending := tables.endings.get(suffix):
            return by_ending
    template = name.removesuffix(_TEMPLATE_ENDING)
    if template not in {name, ""}:
        return _type_of_name(template)
    return next((kind for start, kind in tables.beginnings.items() if name.startswith(start)), UNKNOWN_TYPE)


def _endings(name: str) -> Iterator[str]:
    """Yield the endings of a name, longest first, of at most three pieces: no table has longer ones."""
    pieces = name.lower().split(".")
    for count in range(min(len(pieces) - 1, 3), 0, -1):
        yield "." + ".".join(pieces[-count:])


@dataclass(frozen=True, slots=True)
class _Tables:
    """File types by name, by beginning of the name and by ending; languages by interpreter; kinds by language."""

    names: Mapping[str, FileType]
    beginnings: Mapping[str, FileType]
    endings: Mapping[str, FileType]
    interpreters: Mapping[str, str]
    kinds: Mapping[str, str]


@cache
def linguist_tables() -> dict[str, Any]:
    """Return github-linguist's tables as copied: languages, popular, generic_endings, vendor, documentation."""
    copy = msgspec.json.decode(resources.files(__package__).joinpath("linguist.json").read_bytes())
    tables: dict[str, Any] = copy["tables"]
    return tables


@cache
def _tables() -> _Tables:
    own = tomllib.loads(resources.files(__package__).joinpath("languages.toml").read_text("utf-8"))
    rows, popular = linguist_tables()["languages"], frozenset(linguist_tables()["popular"])
    kinds = {name: _KIND_OF_TYPE[row["type"]] for name, row in rows.items()} | own["other_languages"]
    kinds |= {name: kind for kind, names in own["kinds"].items() for name in names}

    def type_of(name: str, kind: str | None = None) -> FileType:
        return FileType(rows.get(name, {}).get("group", name), kind or kinds[name])

    def preferred(candidates: dict[str, int]) -> str:
        """Return the candidate that is code, popular, and has this as its first ending, in this order."""
        return min(
            candidates, key=lambda name: (kinds[name] != "code", name not in popular, candidates[name] > 0, name)
        )

    endings = {suffix: type_of(preferred(names)) for suffix, names in _by_value(rows, "extensions").items()}
    endings |= {suffix: type_of(name) for suffix, name in own["ending_languages"].items()}
    generic = dict.fromkeys(linguist_tables()["generic_endings"], UNKNOWN_TYPE)
    chosen = {
        suffix: FileType(endings.get(suffix, UNKNOWN_TYPE).language, kind)
        for suffix, kind in own["ending_kinds"].items()
    }
    file_names = {name: type_of(preferred(names)) for name, names in _by_value(rows, "filenames", lower=False).items()}
    interpreters = {name: preferred(names) for name, names in _by_value(rows, "interpreters", lower=False).items()}
    return _Tables(
        file_names | {name: type_of(language_name) for name, language_name in own["names"].items()},
        {start: type_of(language_name) for start, language_name in own["name_beginnings"].items()},
        endings | generic | chosen,
        {name: type_of(language_name).language for name, language_name in interpreters.items()},
        kinds,
    )


def _by_value(rows: Mapping[str, Any], field: str, *, lower: bool = True) -> dict[str, dict[str, int]]:
    """Return value of a field → the languages that have it, each with the value's place in its list."""
    languages: dict[str, dict[str, int]] = {}
    for name, row in rows.items():
        for place, value in enumerate(row.get(field, ())):
            languages.setdefault(value.lower() if lower else value, {})[name] = place
    return languages
