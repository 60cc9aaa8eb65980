"""Settings of a run: flags > environment (`AISHARE_*`) > file > defaults.

The file is `[tool.aishare]` in the *analysed commit's* pyproject.toml, else its aishare.toml, else
what `--config` names. It may say what is counted, never what is run (docs/adr/0003).
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from analyzer.errors import UsageError

PYPROJECT = "pyproject.toml"
# Files of the analysed repository: what is larger, or nests keys deeper, was not written by a person.
_LARGEST = 1_000_000
_NESTED = re.compile(rb"(?:[\w\"'-]{1,80}[ \t]{0,9}\.[ \t]{0,9}){40}")
_LAST_DAY = datetime(9999, 12, 30, tzinfo=UTC)

By = Literal["week", "4week", "month", "quarter"]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An agent that no public table knows: exact addresses and accounts, and keys of trailers it leaves.

    `value`: how the trailer's value must begin. `session`: the trailer is a link to a session.
    """

    tool: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,40}\Z")]
    addresses: Annotated[tuple[str, ...], msgspec.Meta(max_length=100)] = ()
    logins: Annotated[tuple[str, ...], msgspec.Meta(max_length=100)] = ()
    trailers: tuple[Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z -]{3,60}\Z")], ...] = ()
    value: str = ""
    session: bool = False


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An announced goal of the share: from which day on it was known, and its value (0.5 = 50 %)."""

    date: date
    value: Annotated[float, msgspec.Meta(gt=0, lt=1)]


class FileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys a configuration file may hold; `forbid_unknown_fields` makes a typo an error."""

    by: By | None = None
    since: date | None = None
    until: date | None = None
    include: list[str] = []
    exclude: list[str] = []
    salt: str | None = None
    rules: Annotated[list[Rule], msgspec.Meta(max_length=100)] = []
    targets: Annotated[list[Target], msgspec.Meta(max_length=100)] = []


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One run's settings, validated; dates are ISO 8601 strings, `until` includes its day."""

    rev: str = "HEAD"
    since: str | None = None
    until: str | None = None
    as_of: str | None = None
    by: By = "month"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    salt: str | None = None
    seed: int = 0
    style: bool = False
    effort: bool = False
    transcripts: str | None = None
    config: str | None = None
    rules: tuple[Rule, ...] = ()
    targets: tuple[Target, ...] = ()

    def digest(self) -> str:
        """SHA-256 over all that changes the answer, so that two reports can be compared; the salt only by its hash.

        Whether logs were given changes it, where they lie does not; reports from before there were any keep theirs.
        """
        parts = msgspec.to_builtins(self)
        parts.pop("config")
        logs = parts.pop("transcripts") is not None
        if parts.pop("effort") or logs:
            parts["effort"] = "with logs" if logs else "kept prompts"
        if self.salt is not None:
            parts["salt"] = hashlib.sha256(self.salt.encode("utf-8", "surrogateescape")).hexdigest()
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def moment(text: str, option: str, *, end_of_day: bool = False) -> datetime:
    """UTC instant at which a day begins, or, with `end_of_day`, the first instant after it.

    Raises `UsageError("bad-date")` for anything but YYYY-MM-DD.
    """
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError("bad-date", f"{option} {text!r} is not a date.", "Write it as YYYY-MM-DD.") from None
    return min(day, _LAST_DAY) + timedelta(days=1) if end_of_day else day


def file_settings(text: bytes, name: str) -> FileSettings | None:
    """Settings in a TOML file's bytes; None where a pyproject.toml has no `[tool.aishare]`.

    Raises `UsageError("config-invalid")` naming the file and the key.
    """
    if name.endswith(PYPROJECT) and b"aishare" not in text:
        return None  # somebody else's file: a template or a mistake in it is not ours to complain about
    if len(text) > _LARGEST or _NESTED.search(text):
        raise UsageError(
            "config-invalid", f"{name} is too large or too deep to be a configuration.", "Make it smaller."
        )
    try:
        tree: dict[str, Any] = tomllib.loads(text.decode("utf-8"))
        if name.endswith(PYPROJECT):
            tool = tree.get("tool", {})
            if not isinstance(tool, dict) or "aishare" not in tool:
                return None
            tree = tool["aishare"]
        return msgspec.convert(tree, FileSettings)
    except (ValueError, msgspec.ValidationError, RecursionError) as reason:
        raise UsageError(
            "config-invalid", f"{name}: {reason}", "Correct or remove that key; docs/configuration.md lists them all."
        ) from None


def merged(flags: dict[str, Any], found: FileSettings | None) -> Settings:
    """Settings from the options a user gave (absent or None = not given) over a file's."""
    values: dict[str, Any] = {}
    if found is not None:
        values = {k: v for k, v in msgspec.structs.asdict(found).items() if v not in (None, [])}
        values |= {k: v.isoformat() for k, v in values.items() if isinstance(v, date)}
        values |= {k: tuple(v) for k, v in values.items() if isinstance(v, list)}
    values |= {k: v for k, v in flags.items() if v not in (None, ())}
    settings = Settings(**values)
    for option, text in (("--since", settings.since), ("--until", settings.until), ("--as-of", settings.as_of)):
        if text is not None:
            moment(text, option)
    return settings
