"""Targets: configuration, of an analysed repository and of a fleet."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from analyzer.config import merge_settings, parse_file_settings
from analyzer.errors import UsageError
from analyzer.evidence.labels import find_matches
from analyzer.evidence.policy_texts import classify, sentences, switches
from analyzer.evidence.public_policies import Asks
from analyzer.evidence.signal import CommitText
from analyzer.fleet.config import load_config, repository_sources
from analyzer.history.file_classes import PathFilter
from tests.validation.fuzz.target import Target, encodable, file_of, held

_COMMIT = CommitText("Ada", "ada@bot", "x\n\nOwn-by: yes\nCo-authored-by: b <b@c>")
_EXAMPLE = b"""by = "quarter"
since = 2026-01-01
include = ["src/**"]
exclude = ["*.sql"]
salt = "s"
[[rules]]
tool = "own"
addresses = ["ada@bot"]
trailers = ["Own-By"]
value = "y"
session = true
[[targets]]
date = 2026-02-03
value = 0.5
"""

_FLEET = b"""salt = "at least eight"
title = "All"
every = "quarter"
smallest_group = 5
since = 2025-01-01
include = ["src/**"]
[[repositories]]
glob = "../services/*"
[[teams]]
name = "Payments"
people = [{ who = "ada@example.org" }, { who = "g@e.org", from = 2026-01-01, to = 2026-06-30 }]
"""


def _settings(name: str, data: bytes) -> None:
    found = parse_file_settings(data, name)
    settings = merge_settings({}, found)
    held(
        len(settings.digest()) == 16 and settings.digest() == merge_settings({}, found).digest(), "another digest again"
    )
    held(all(0 < target.value < 1 for target in settings.targets), "a target that is none")
    encodable(settings.salt, *settings.include, *settings.exclude)
    PathFilter(settings.include, settings.exclude).includes("src/a/b.py")
    for trace in find_matches(_COMMIT, settings.rules):
        held(trace.rule, "a trace of no rule")


def _toml(data: bytes) -> None:
    _settings("aishare.toml", data)


def _pyproject(data: bytes) -> None:
    _settings("pyproject.toml", data)


def _team(data: bytes) -> None:
    fleet, _ = load_config(file_of(data, "team.toml"))
    held(fleet.salt and 2 <= fleet.smallest_group <= 1_000 and fleet.repositories, "a fleet that is none")
    for team in fleet.teams:
        encodable(team.name, *(member.who for member in team.people))
    if not any(entry.glob for entry in fleet.repositories):
        found = repository_sources(fleet, Path("/nowhere"))
        held(len({place.name for place in found}) == len(found), "two places of one name")
        held(not any("/" in place.name or place.name.startswith(".") for place in found), "a name that leads elsewhere")


_SALT, _APP = b'salt = "12345678"\n', b'[[repositories]]\npath = "../app"\nname = "app"\n'
_TOML = (
    b"= ",
    b"[[",
    b"]]",
    b'"',
    b"'''",
    b"\\u0000",
    b"2026-01-01",
    b"true",
    b"0.5",
    b"# ",
    b"\n",
    b"nan",
    b"{",
    b"1e9",
)
_KEYS = (
    b"by = ",
    b"since = ",
    b"until = ",
    b"include = [",
    b"exclude = [",
    b"[[rules]]\n",
    b"tool = ",
    b"[[targets]]\n",
)
_RULES = b"""# Contributing
Do not add Co-Authored-By lines for AI tools. Never:

- `Assisted-by: TOOL:MODEL`, unless you used an LLM:
- remove trailers of agents

AI use must be disclosed. We do not accept AI-generated code.
Co-authored-by: Claude <noreply@anthropic.com>
"""
_SWITCHES = b"""{"includeCoAuthoredBy": false, "attribution": {"commit": "", "pr": 1},
"git.addAICoAuthor": "off", "x": [{"y": null}]}"""


def _policy(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    kinds = get_args(Asks)
    texts = list(sentences(text))
    for for_agents in (False, True):
        for statement in classify(texts, for_agents=for_agents):
            held(statement.asks in kinds and statement.text in texts, "a statement that is no sentence")
            held("\n" not in statement.text and len(statement.text) <= 600, "a sentence of several lines")
    held(list(sentences(text)) == texts, "another answer again")
    found = switches(text)
    held(not found.off & found.on, "a switch that is on and off")
    encodable(*found.off, *found.on)


_TEAM = (
    *(
        b"[[repositories]]\n",
        b"path = ",
        b"url = ",
        b"name = ",
        b'"~x/y"',
        b'"ssh://h/x.git"',
        b"[[teams]]\n",
        b"people = [",
    ),
    *(b"{ who = ", b"from = ", b"identities = [[", b"smallest_group = ", b"every = ", b"salt = "),
)
TARGETS = (
    Target(
        "aishare_toml",
        "configuration: aishare.toml",
        ("analyzer.config",),
        _toml,
        lambda: (_EXAMPLE, b'by = "week"'),
        (*_KEYS, *_TOML),
        (UsageError,),
        400,
    ),
    Target(
        "pyproject_toml",
        "configuration: pyproject.toml",
        ("analyzer.config",),
        _pyproject,
        lambda: (
            b"[tool.aishare]\n" + _EXAMPLE.replace(b"[[", b"[[tool.aishare."),
            b"[tool]\naishare = 1\n",
            b"[project]\nname = 'aishare'\n",
            b"tool = 'aishare'\n",
        ),
        (b"[tool.aishare]\n", b"tool = ", *_KEYS, *_TOML),
        (UsageError,),
        500,
    ),
    Target(
        "team_toml",
        "configuration: team.toml",
        ("analyzer.fleet.config",),
        _team,
        lambda: (
            _FLEET,
            _SALT + b'identities = [["a@b", "c@d"]]\n' + _APP + b'[[repositories]]\nurl = "https://e.org/t/b.git"\n',
            _SALT + b'[[repositories]]\npath = "~nobody-such/x"\n[[repositories]]\npath = "a\\u0000b"\n',
            _SALT + _APP + b'[[teams]]\nname = "P"\npeople = [{ who = "ada@e", from = 2026-01-01 }]\n',
        ),
        (*_TEAM, *_TOML),
        (UsageError,),
        600,
    ),
    Target(
        "policy",
        "rules on AI marks: prose and settings",
        ("analyzer.evidence.policy_texts",),
        _policy,
        lambda: (_RULES, _SWITCHES, b"[features]\ncodex_git_commit = true\n", b"attribute-author: no # x\n"),
        (b"co-author", b"assisted-by:", b"trailer", b"AI ", b"not ", b"never", b":\n\n- ", b". ", b"disclose", b'":""'),
    ),
)
