"""Date the changes of a repository's own rules on AI marks: contributing guides, agent files, settings, checks.

We read both versions of each file that a commit changed, for the last `MAX_CHANGES` such commits since AI assistants
exist, and compare what they say (`policy_texts`). Sizes and numbers are bounded: the files come from strangers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analyzer.core import tables
from analyzer.core.constants import PRE_AI
from analyzer.core.rows import commit_dates
from analyzer.core.sanitize import plain
from analyzer.evidence.policy_texts import Statement, Switches, classify, sentences, switches, without_replaced_keys
from analyzer.evidence.public_policies import Asks, Direction, Policy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analyzer.history.git import Git

# Commits that are read, newest first; files of one of them; bytes of one file, and of all together.
MAX_CHANGES, _MAX_FILES, MAX_FILE_BYTES, _MAX_TOTAL_BYTES = 500, 20, 1 << 18, 8 << 20
_FOR_AGENTS = re.compile(
    r"(?:\.claude/|\.agents/|\.github/)?(?:AGENTS?|CLAUDE|GEMINI|CODEX)\.md|\.cursorrules|\.windsurfrules|\.clinerules|"
    r"\.cursor/rules/[^/]+|\.claude/(?:rules|commands)/[^/]+\.md|"
    r"\.github/(?:copilot-instructions\.md|instructions/[^/]+)"
)
_FOR_PEOPLE = re.compile(
    r"(?:\.github/|docs?/|\.gitlab/)?(?:CONTRIBUTING|COMMUNITY_CONTRIBUTIONS|HACKING|PULL_REQUEST_TEMPLATE)[^/]*|"
    r"(?:\.github/|docs?/)?PULL_REQUEST_TEMPLATE/[^/]+|\.gitlab/merge_request_templates/[^/]+",
    re.IGNORECASE,
)
# A name like AI_POLICY.md, AIToolPolicy.md or Responsible-AI-Usage.md, in any folder.
_POLICY_NAME = re.compile(
    r"(?:(?<![a-z])(?:gen)?(?:ai|llm)s?[-_. ]?(?:tools?[-_. ]?)?(?:usage|polic|guid|assist|contribut|attribut|disclos)|"
    r"(?:policy|usage)[-_](?:ai|llm)|^genai|^coding-assistants|^code-provenance).*\.(?:md|rst|txt|adoc)\Z",
    re.IGNORECASE,
)
_CHECKS = re.compile(
    r"\.?commitlint(?:rc)?[^/]*|\.gitlint|\.husky/commit-msg|\.githooks/commit-msg|"
    r"\.github/workflows/[^/]*(?:attribut|trailer|co-?author|signature|commit)[^/]*\.ya?ml",
    re.IGNORECASE,
)
_SETTINGS = re.compile(
    r"\.claude/settings\.json|\.vscode/settings\.json|\.codex/config\.toml|\.?crush\.json|\.aider\.conf\.ya?ml"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# What a new statement asks for, with its direction; and what it means when such a statement goes.
_REVERSALS: tuple[tuple[Asks, Direction, Asks, Direction], ...] = (
    ("no_marks", "down", "marks", "up"),
    ("marks", "up", "no_marks", "down"),
    ("no_ai", "down", "no_ai", "up"),
)
_TEXTS: dict[tuple[Asks, bool], str] = {
    ("no_marks", True): "forbids AI marks",
    ("no_marks", False): "no longer forbids AI marks",
    ("marks", True): "asks for AI marks",
    ("marks", False): "no longer asks for AI marks",
    ("no_ai", True): "forbids AI-written contributions",
    ("no_ai", False): "no longer forbids AI-written contributions",
    ("disclosure", True): "asks to disclose AI use",
    ("disclosure", False): "changes what it says about disclosing AI use",
    ("unclear", True): "changes what it says about AI marks",
}


class _RuleFile(NamedTuple):
    """A file of one commit with the names of its two versions (`commit:path`); None where there is none."""

    path: str
    before: str | None
    after: str | None

    @property
    def versions(self) -> list[str]:
        """The names of the versions that there are."""
        return [name for name in (self.after, self.before) if name is not None]


class _Statements(NamedTuple):
    """What a commit's policy files say anew, and what they no longer say, each with the file that says it."""

    added: dict[Statement, str]
    removed: dict[Statement, str]


class OwnPolicies(NamedTuple):
    """Changes of a repository's own rules, oldest first; `unread`: commits that touch such files and were not read."""

    policies: list[Policy]
    unread: int


def own_policies(
    git: Git, commits: pd.DataFrame, file_changes: pd.DataFrame, merged: Mapping[str, pd.Timestamp]
) -> OwnPolicies:
    """Return the dated changes of a repository's rules on AI marks.

    Parameters
    ----------
    commits, file_changes : tables of these names, the latter of all files.
    merged : when the change of a commit came in, by commit id; else its committer date counts.
    """
    committed = commit_dates(commits).dropna()
    by_commit = _candidates(commits, file_changes, committed)
    newest = sorted(by_commit, key=lambda sha: committed[sha], reverse=True)[:MAX_CHANGES]
    files = {sha: by_commit[sha][:_MAX_FILES] for sha in newest}
    texts = _read_texts(git, [name for group in files.values() for file in group for name in file.versions])
    policies, unread = [], len(by_commit) - len(newest)
    for sha, group in files.items():
        # A version that cannot be read would look like one that says nothing.
        readable = [file for file in group if all(name in texts for name in file.versions)]
        unread += len(readable) < len(by_commit[sha])
        moment = merged.get(sha, committed[sha])
        day = (committed[sha] if pd.isna(moment) else moment).strftime("%Y-%m-%d")
        policies += [_policy(day, sha, *change) for change in _changes(readable, texts)]
    return OwnPolicies(sorted(policies, key=lambda policy: (policy.date, policy.sha or "")), unread)


def _candidates(commits: pd.DataFrame, file_changes: pd.DataFrame, committed: pd.Series) -> dict[str, list[_RuleFile]]:
    """Return the policy files that commits changed since AI assistants exist, by commit id."""
    paths = [path for path in file_changes["path"].unique() if _is_policy_file(path)]
    rows = file_changes[file_changes["path"].isin(paths) & ~file_changes["path_class"].isin(["link", "binary"])]
    recent = frozenset(committed.index[committed >= PRE_AI])
    parents = dict(tables.iter_rows(commits, "sha", "parents"))
    candidates: dict[str, list[_RuleFile]] = defaultdict(list)
    for sha, path, old_path, status in tables.iter_rows(rows, "sha", "path", "old_path", "status"):
        parent, *other_parents = parents[sha].split(" ")
        # From its first parent, a merge differs by all that it brings in.
        if sha not in recent or other_parents or _CONTROL.search(old_path):
            continue
        before = f"{parent}:{old_path}" if parent and status not in {"A", "C"} else None
        candidates[sha].append(_RuleFile(path, before, None if status == "D" else f"{sha}:{path}"))
    return candidates


def _is_policy_file(path: str) -> bool:
    """Return whether a path can hold a rule; a name with control characters cannot be asked for line by line."""
    kinds = (_FOR_AGENTS, _FOR_PEOPLE, _CHECKS, _SETTINGS)
    is_candidate = any(kind.fullmatch(path) for kind in kinds) or _POLICY_NAME.search(path.rpartition("/")[2])
    return bool(is_candidate) and not _CONTROL.search(path)


def _read_texts(git: Git, names: Sequence[str]) -> dict[str, str]:
    """Return the texts of the named blobs, in this order while they are not too large; missing ones are left out."""
    requests = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
    answers = ((git.run("cat-file", "--batch-check", stdin=requests) if names else None) or b"").splitlines()
    texts: dict[str, str] = {}
    by_id: dict[bytes, str] = {}
    remaining = _MAX_TOTAL_BYTES
    with git.start_batch("cat-file", "--batch") as cat_file:
        for name, answer in zip(names, answers, strict=False):
            match = re.fullmatch(rb"([0-9a-f]{40,64}) blob (\d{1,12})", answer)
            if match is not None and match[1] not in by_id and int(match[2]) <= min(MAX_FILE_BYTES, remaining):
                remaining -= int(match[2])
                contents = cat_file.read_object(match[1], MAX_FILE_BYTES)
                by_id[match[1]] = (contents or b"").decode("utf-8", "replace")
            if match is not None and match[1] in by_id:
                texts[name] = by_id[match[1]]
    return texts


def _changes(files: Sequence[_RuleFile], texts: Mapping[str, str]) -> Iterator[tuple[str, Asks, Direction, str]]:
    """Yield (path, what it asks for, direction, words) of each change that a commit makes: one of prose at most."""
    prose = _Statements({}, {})
    for file in files:
        before, after = ("" if name is None else texts[name] for name in (file.before, file.after))
        if _SETTINGS.fullmatch(file.path):
            yield from _changed_switches(file.path, switches(before), switches(after))
            continue
        for_agents = bool(_FOR_AGENTS.fullmatch(file.path))
        old, new = _sentences_by_key(before), _sentences_by_key(after)
        added, removed = ([a[key] for key in a.keys() - b.keys()] for a, b in ((new, old), (old, new)))
        stated = classify(added, for_agents=for_agents)
        if any(statement.asks == "no_marks" for statement in stated):
            stated = without_replaced_keys(stated, classify(new.values(), for_agents=for_agents))
        prose.added.update(dict.fromkeys(stated, file.path))
        prose.removed.update(dict.fromkeys(classify(removed, for_agents=for_agents), file.path))
    yield from _changed_prose(prose)


@lru_cache(maxsize=32)
def _sentences_by_key(text: str) -> dict[str, str]:
    """Return the sentences of a version by their text in lower case; the next change starts from the same version."""
    return {sentence.casefold(): sentence for sentence in sentences(text)}


def _changed_switches(path: str, before: Switches, after: Switches) -> Iterator[tuple[str, Asks, Direction, str]]:
    if after.off - before.off:
        yield path, "no_marks", "down", "switches a tool's AI marks off"
    elif before.off - after.off or after.on - before.on:
        yield path, "marks", "up", "switches a tool's AI marks on"
    elif before.on - after.on:
        yield path, "no_marks", "down", "no longer switches a tool's AI marks on"


def _changed_prose(difference: _Statements) -> Iterator[tuple[str, Asks, Direction, str]]:
    """Yield the change that weighs most: of marks before disclosure; text that only moved between files cancels."""
    added = {s: path for s, path in difference.added.items() if s not in difference.removed}
    removed = {s: path for s, path in difference.removed.items() if s not in difference.added}
    gained, lost = ({statement.asks for statement in side} for side in (added, removed))
    if {"marks", "no_marks"} <= gained:
        yield _first(added, "marks"), "unclear", "either", _TEXTS["unclear", True]
        return
    for asks, direction, reversed_asks, opposite in _REVERSALS:
        if asks in gained - lost:
            yield _first(added, asks), asks, direction, _TEXTS[asks, True]
            return
        if asks in lost - gained:
            yield _first(removed, asks), reversed_asks, opposite, _TEXTS[asks, False]
            return
        if asks in gained:
            yield _first(added, asks), "unclear", "either", _TEXTS["unclear", True]
            return
    if "disclosure" in gained | lost:
        sources = added if "disclosure" in gained else removed
        yield _first(sources, "disclosure"), "disclosure", "either", _TEXTS["disclosure", "disclosure" in gained - lost]


def _first(sources: Mapping[Statement, str], asks: Asks) -> str:
    """Return the file that says it: a guide before a template in a hidden folder."""
    return min(
        (path for statement, path in sources.items() if statement.asks == asks),
        key=lambda path: (path.startswith("."), path),
    )


def _policy(day: str, sha: str, path: str, asks: Asks, direction: Direction, words: str) -> Policy:
    printable = plain(path, 80)
    return Policy(day, 0, asks, f"{printable} {words} (commit {sha[:12]})", printable, sha, None, direction)
