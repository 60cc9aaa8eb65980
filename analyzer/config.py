"""Settings of a run. Precedence: flags, environment (`AISHARE_*`), configuration file, defaults.

The file is the one named by `--config`, or else `[tool.aishare]` in the *analysed commit's* pyproject.toml, or else its
aishare.toml, unless `--no-repo-config` is given. It can configure what is counted, never what is run (docs/adr/0003).
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
# Limits for files of the analysed repository: nobody writes a larger one, or nests keys deeper, by hand.
_LARGEST = 1_000_000
_NESTED = re.compile(rb"(?:[\w\"'-]{1,80}[ \t]{0,9}\.[ \t]{0,9}){40}")
_LAST_DAY = datetime(9999, 12, 30, tzinfo=UTC)

PeriodLength = Literal["week", "4week", "month", "quarter"]


# A literal text of a rule. A blank one would be in every message.
_Literal = Annotated[str, msgspec.Meta(pattern=r"\S", max_length=200)]


# The first part of a branch's name, with or without the slash behind it.
_Folder = Annotated[str, msgspec.Meta(pattern=r"^[^\s/]+/?\Z", max_length=100)]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An agent that is in no public table, with the marks that it leaves.

    tool: its slug; "none" says that the accounts are no agent's. addresses, logins, names: its exact addresses,
    accounts and author names. trailers: keys of its trailers. value: prefix that the trailer's value must have.
    session: the trailer or line links to a session. lines: how a line of the message begins, such as a footer.
    subjects: texts that a subject contains. branches: the first part of a branch's name, which a merge tells.
    """

    tool: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,40}\Z")]
    addresses: Annotated[tuple[str, ...], msgspec.Meta(max_length=100)] = ()
    logins: Annotated[tuple[str, ...], msgspec.Meta(max_length=100)] = ()
    names: Annotated[tuple[str, ...], msgspec.Meta(max_length=100)] = ()
    trailers: tuple[Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z -]{3,60}\Z")], ...] = ()
    value: str = ""
    session: bool = False
    lines: Annotated[tuple[_Literal, ...], msgspec.Meta(max_length=100)] = ()
    subjects: Annotated[tuple[_Literal, ...], msgspec.Meta(max_length=100)] = ()
    branches: Annotated[tuple[_Folder, ...], msgspec.Meta(max_length=100)] = ()


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An announced target for the AI share: the day it was announced, and its value (0.5 = 50 %)."""

    date: date
    value: Annotated[float, msgspec.Meta(gt=0, lt=1)]


UsageGrain = Literal["person-day", "commit", "repository-day"]
UsageField = Literal["person", "day", "amount", "commit", "ai_lines", "other_lines", "repository"]
_UsageColumn = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
_Account = Annotated[str, msgspec.Meta(min_length=1, max_length=320)]


class UsageSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A file with usage data of an AI tool (docs/usage.md); only the user's own settings may name one.

    file: its path, relative to the settings file. format: id of an adapter; None = the first that knows the columns.
    per: what a row stands for. columns: field → name of its column. tool: what to call the tool in reports.
    complete: the file lists every day with use from its first to its last day, so a day without a row is one without.
    logins: account in the file → address in git, for people who do not commit with their account's noreply address.
    """

    file: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    format: Annotated[str, msgspec.Meta(max_length=60)] | None = None
    per: UsageGrain | None = None
    columns: dict[UsageField, _UsageColumn] = {}
    tool: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,40}\Z")] | None = None
    complete: bool = False
    logins: Annotated[dict[_Account, _Account], msgspec.Meta(max_length=10_000)] = {}


Treatment = Literal["marks", "usage"]
# Changed files whose functions are compared at most, up to half of marked commits; 0 compares none. Two thousand
# take three to six seconds (docs/performance.md); with half as many hardly an interval says anything.
STRUCTURE_FILES = 2_000
# Keys that the analysed commit may not set: they name files of this machine, and choose what a verdict rests on.
USER_ONLY_KEYS = ("usage", "treatment")


class FileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a configuration file; `forbid_unknown_fields` makes a typo an error."""

    by: PeriodLength | None = None
    since: date | None = None
    until: date | None = None
    include: list[str] = []
    exclude: list[str] = []
    salt: str | None = None
    rules: Annotated[list[Rule], msgspec.Meta(max_length=100)] = []
    targets: Annotated[list[Target], msgspec.Meta(max_length=100)] = []
    usage: Annotated[list[UsageSource], msgspec.Meta(max_length=20)] = []
    treatment: Treatment | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Validated settings of one run; dates are ISO 8601 strings, and `until` includes its day."""

    rev: str = "HEAD"
    since: str | None = None
    until: str | None = None
    as_of: str | None = None
    by: PeriodLength = "month"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    salt: str | None = None
    seed: int = 0
    style: bool = False
    effort: bool = False
    transcripts: str | None = None
    config: str | None = None
    repo_config: bool = True
    whole_history: bool = False
    structure_files: int = STRUCTURE_FILES
    rules: tuple[Rule, ...] = ()
    targets: tuple[Target, ...] = ()
    usage: tuple[UsageSource, ...] = ()
    treatment: Treatment = "marks"

    def digest(self) -> str:
        """Return a SHA-256 over all settings that change the result, so that two reports can be compared.

        The salt enters only as a hash. Whether transcripts were given matters, their location does not; the same holds
        for usage data. Without options that older versions lacked the digest is the same as theirs.
        """
        hashed = msgspec.to_builtins(self)
        hashed.pop("config")
        for key, default in (("repo_config", True), ("whole_history", False), ("structure_files", STRUCTURE_FILES)):
            if hashed[key] is default:
                hashed.pop(key)
        added = ("names", "lines", "subjects", "branches")
        hashed["rules"] = [{k: v for k, v in rule.items() if v or k not in added} for rule in hashed["rules"]]
        for source in hashed["usage"]:
            source.pop("file")
        if not hashed["usage"]:
            hashed.pop("usage")
        if hashed["treatment"] == "marks":
            hashed.pop("treatment")
        logs = hashed.pop("transcripts") is not None
        if hashed.pop("effort") or logs:
            hashed["effort"] = "with logs" if logs else "kept prompts"
        if self.salt is not None:
            hashed["salt"] = hashlib.sha256(self.salt.encode("utf-8", "surrogateescape")).hexdigest()
        return hashlib.sha256(json.dumps(hashed, sort_keys=True).encode()).hexdigest()[:16]


def parse_date(text: str, option: str, *, end_of_day: bool = False) -> datetime:
    """Return the UTC instant at which a day begins, or, with `end_of_day`, the first instant after it.

    Raises `UsageError("bad-date")` for anything but YYYY-MM-DD; `option` names the option in the message.
    """
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError("bad-date", f"{option} {text!r} is not a date.", "Write it as YYYY-MM-DD.") from None
    return min(day, _LAST_DAY) + timedelta(days=1) if end_of_day else day


def parse_file_settings(text: bytes, name: str) -> FileSettings | None:
    """Return the settings in a TOML file's bytes; None if a pyproject.toml has no `[tool.aishare]`.

    Raises `UsageError("config-invalid")` that names the file and the key.
    """
    if name.endswith(PYPROJECT) and b"aishare" not in text:
        return None  # not our file: we do not report a template or a mistake in it
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


def merge_settings(flags: dict[str, Any], from_file: FileSettings | None) -> Settings:
    """Return the settings from the user's options (absent or None = not given), which override the file's."""
    options: dict[str, Any] = {}
    if from_file is not None:
        options = {k: v for k, v in msgspec.structs.asdict(from_file).items() if v not in (None, [])}
        options |= {k: v.isoformat() for k, v in options.items() if isinstance(v, date)}
        options |= {k: tuple(v) for k, v in options.items() if isinstance(v, list)}
    options |= {k: v for k, v in flags.items() if v not in (None, ())}
    settings = Settings(**options)
    for option, text in (("--since", settings.since), ("--until", settings.until), ("--as-of", settings.as_of)):
        if text is not None:
            parse_date(text, option)
    if settings.structure_files < 0:
        raise UsageError("setting-invalid", "A number of files cannot be negative.", "0 compares no functions.")
    return settings
