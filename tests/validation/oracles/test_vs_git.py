"""Every figure of the first screen against an oracle: plain git commands and other, simpler Python.

The oracle shares the data files (agents, automation, path patterns) with the analyzer and no code but
`class_by_pattern`. Which side of a merge a commit came in by is asked of `git rev-list`, merge by merge.
"""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import analyzer
from analyzer.history.file_classes import class_by_pattern
from tests.conftest import SHARED

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult

DATA = Path(analyzer.__file__).parent
PRE_AI = int(datetime(2021, 6, 29, tzinfo=UTC).timestamp())
AT_GITHUB = "@users.noreply.github.com"
NOBODY = {"your name", "root user", "unknown author", "no author", "first last", "john doe", "jane doe"}
LINGUIST = {"linguist-vendored": "vendored", "linguist-generated": "generated", "linguist-documentation": "docs"}
ANY_NUMBER = r"^Merge pull request #(\d+)\b|^(?:Auto merge of|Rollup merge of|Merge) #(\d+)\b|\(#(\d+)\)\s*$"
LONG_LIVED = r"(?:(?:main|master|develop|dev|stable|releases?)(?:[-/].*)?|v?\d+(?:\.\d+)*(?:\.x|-stable|-maintenance)?)"
SIDE = rf"Merge (?:remote-tracking )?branch '(?:origin/|upstream/)?(?:{LONG_LIVED}'|(\S+)'(?: of \S+)? into '?\1\b)"
CREDIT = r"(?:Co-?authored-by|Co-author|AI-Assisted|Assisted-by|Generated-by|Co-developed-by|Made-with)\s*: *(\S.*)$"
Screen = dict[str, object]
CLAUDE = r"(opus|sonnet|haiku|fable)[ -]?(\d+(?:[.-]\d\b)?)"
OTHER_MODEL = r"(?:gpt|gemini)-\d[\w.]*(?:-(?:mini|codex|pro|flash))*"


def git(repo: Path, *arguments: str, stdin: str = "", index: Path | None = None) -> str:
    """Output of git, with nobody's configuration; `index` stands in for the repository's own."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    env |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    env |= {"GIT_INDEX_FILE": str(index)} if index else {}
    command = ["git", f"--git-dir={repo}", "-c", "core.quotePath=false", *arguments]
    done = subprocess.run(command, input=stdin.encode(), capture_output=True, check=True, env=env)
    return done.stdout.decode("utf-8", "backslashreplace")


@cache
def table(name: str) -> dict[str, Any]:
    """A data file of the package."""
    return tomllib.loads((DATA / name).read_text("utf-8"))


def login_of(address: str) -> str:
    """Hosting account in a noreply address, else ""."""
    return address.removesuffix(AT_GITHUB).split("+")[-1] if address.endswith(AT_GITHUB) else ""


def is_bot(name: str, address: str) -> bool:
    """Whether automation.toml, or the suffix [bot], says so."""
    known, name, login = table("history/automation.toml"), name.lower(), login_of(address)
    listed = name in known["names"] or login in known["logins"] or address in known["addresses"]
    called = re.search(r"[-_ ]bot$", name) is not None and re.fullmatch(r"[a-z]\w+ bot", name) is None
    return listed or called or name.endswith("[bot]") or login.endswith(("[bot]", "-bot", "_bot"))


def named(name: str) -> dict[str, Any] | None:
    """The agent that goes by this name, whatever model stands behind it."""
    said = {name.lower(), re.sub(r"\s*[(:/,+.].*", "", name.lower())}
    return next((row for row in table("evidence/agents.toml")["agent"] if said & set(row.get("names", ()))), None)


def agent_of(name: str, address: str) -> dict[str, Any] | None:
    """The agent behind an identity: by address or account; a telling name says which tool."""
    for row in table("evidence/agents.toml")["agent"]:
        exact = [*row.get("addresses", ()), *(account + AT_GITHUB for account in row.get("accounts", ()))]
        shared = address in row.get("name_only", ()) and name.lower() in row.get("names", ())
        if address in exact or shared or login_of(address) in row.get("logins", ()):
            plain = re.sub(r"\s*\(.*", "", name.lower())
            return row if row.get("suggestion") or named(plain) is None else named(plain)
    return None


def model_of(text: str) -> str | None:
    """Slug of a model with its version."""
    if found := re.search(CLAUDE, text, re.IGNORECASE):
        return f"claude-{found[1].lower()}-{found[2].replace('-', '.')}"
    other = re.search(OTHER_MODEL, text.lower().replace(" ", "-"))
    return other[0] if other else None


@dataclass
class Commit:
    """One commit and what its author field and trailers say."""

    sha: str
    parents: list[str]
    author: tuple[str, str]
    committer: tuple[str, str]
    time: int
    written: int
    message: str
    bot: bool
    agent_author: bool = False
    tools: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    person: str = ""
    landed_by: str = ""
    lines: int = 0

    @property
    def web(self) -> bool:
        """Whether the hosting service committed it."""
        return self.committer[1] == "noreply@github.com"

    @property
    def automated(self) -> bool:
        """Whether a bot made it that is no AI agent."""
        return self.bot and not self.tools

    @property
    def plain(self) -> bool:
        """Whether it counts as a commit: no merge, no automation."""
        return len(self.parents) < 2 and not self.automated

    @property
    def number(self) -> str | None:
        """Pull-request number: of a merge anywhere in the subject, else at its end."""
        subject = self.message.split("\n", 1)[0]
        found = re.search(ANY_NUMBER if len(self.parents) > 1 else r"\(#(\d+)\)\s*$", subject)
        return next(n for n in found.groups() if n) if found else None

    def declare(self, name: str, address: str, text: str) -> bool:
        """Credit whoever is named, if it is an agent that does more than apply suggestions."""
        agent = agent_of(name, address) if address else named(name)
        model = model_of(text)
        nameless = not address and (model is not None or re.match(r"(?:AI|LLM|yes)\b", name, re.IGNORECASE) is not None)
        if (agent is None and not nameless) or (agent is not None and agent.get("suggestion")):
            return False
        self.tools.add(agent["tool"] if agent else "unknown")
        self.models |= {model} if model else set()
        return True


def read(repo: Path) -> dict[str, Commit]:
    """Every commit of HEAD, labelled."""
    fields = "%H%x1f%P%x1f%an%x1f%ae%x1f%aN%x1f%aE%x1f%cN%x1f%cE%x1f%ct%x1f%at%x1f%B"
    found = {}
    log = git(repo, "log", "-z", "--topo-order", "--reverse", f"--format={fields}", "HEAD")
    for row in log.rstrip("\0").split("\0"):
        sha, parents, name, address, mapped_name, mapped_address, by, committer, time, written, message = row.split(
            "\x1f"
        )
        author = (" ".join(mapped_name.split()), mapped_address.lower())
        committed_by = (" ".join(by.split()), committer.lower())
        times = (int(time), int(written))
        commit = Commit(sha, parents.split(), author, committed_by, *times, message.strip(), is_bot(*author))
        commit.agent_author = commit.declare(name, address.lower(), name) if agent_of(name, address.lower()) else False
        for credit in re.findall(rf"^ {{0,3}}(?:[\w ]+: )?{CREDIT}", message, re.MULTILINE | re.IGNORECASE):
            person, _, contact = credit.strip().partition("<")
            commit.declare(person.strip(), contact.split(">")[0].lower() if "@" in contact else "", credit)
        if len(commit.tools) > 1:
            commit.tools.discard("unknown")
        found[sha] = commit
    return found


def name_people(commits: dict[str, Commit]) -> None:
    """Give commits a person: authors who share an address, an account or a full name are one."""
    groups: list[set[str]] = []
    for name, address in {c.author for c in commits.values() if not c.bot}:
        shared = " " in name and "@" not in name and name.lower() not in NOBODY
        mine = {login_of(address) or address, name.lower() if shared else login_of(address) or address}
        touched = [group for group in groups if group & mine]
        groups = [group for group in groups if not group & mine] + [mine.union(*touched)]
    owner = {handle: min(group) for group in groups for handle in group}
    for commit in commits.values():
        name, address = commit.author
        commit.person = "bot " + address if commit.bot else owner[login_of(address) or address]
        by, address = commit.committer
        known = owner.get(login_of(address) or address) or owner.get(by.lower()) or address
        commit.landed_by = "bot " + address if is_bot(by, address) else known


def count_lines(repo: Path, commits: dict[str, Commit], index: Path) -> None:
    """Lines that each commit adds to code and test files; of a merge, those that no parent has."""
    links: set[tuple[str, str]] = set()
    sha = ""
    for line in git(repo, "log", "--no-merges", "--raw", "--no-renames", "--format=%H", "HEAD").splitlines():
        if re.match(r":\d+ (?:120000|160000) ", line):
            links.add((sha, line.split("\t")[1]))
        sha = line if re.fullmatch(r"[0-9a-f]{40}", line) else sha
    added: list[tuple[str, str, str]] = []
    # git blame compares without context, which places a few hunks differently than a diff for people does.
    plain = ("-c", "diff.context=0", "log", "-z", "--no-merges", "--numstat", "--find-renames", "-l1000")
    log = git(repo, *plain, "--format=%H", "HEAD")
    tokens = iter(log.split("\0"))
    for token in tokens:
        for row in filter(None, token.split("\n")):
            if row.count("\t") == 2:
                count, _, path = row.split("\t")
                added.append((sha, path or (next(tokens), next(tokens))[1], count))
            else:
                sha = row
    added += lines_of_merges(repo)
    said = attributes(repo, {path for _, path, _ in added}, index)
    for sha, path, count in added:
        if count != "-" and (sha, path) not in links and (said.get(path) or class_by_pattern(path)) in {"code", "test"}:
            commits[sha].lines += int(count)


def lines_of_merges(repo: Path) -> list[tuple[str, str, str]]:
    """Lines that no parent of a merge has: (merge, path, count), by git's combined diff."""
    log = git(repo, "log", "--merges", "-c", "-p", "-U0", "-M", "--no-ext-diff", "--format=%x00%H%x00%P", "HEAD")
    added = []
    for sha, text in zip(*[iter(log.split("\0")[1:])] * 2, strict=True):
        parents, _, diffs = text.partition("\n")
        plus = "+" * len(parents.split())
        for diff in diffs.split("\ndiff --combined ")[1:]:
            path, _, body = diff.partition("\n")
            hunks = body.partition("\n@@@")[2]
            added.append((sha, path, str(sum(line.startswith(plus) for line in hunks.split("\n")))))
    return added


def attributes(repo: Path, paths: set[str], index: Path) -> dict[str, str]:
    """What .gitattributes of HEAD set: path → class."""
    git(repo, "read-tree", "HEAD", index=index)
    asked = git(repo, "check-attr", "--cached", "--stdin", *LINGUIST, stdin="\n".join(sorted(paths)), index=index)
    found: dict[str, str] = {}
    for line in asked.splitlines():
        path, attribute, value = line.rsplit(": ", 2)
        if value in {"set", "true"}:
            found.setdefault(path, LINGUIST[attribute])
    return found


class Landings:
    """The unit rule, with `git rev-list` telling which commits a merge brought in."""

    def __init__(self, repo: Path, commits: dict[str, Commit]) -> None:
        """Ask git about every merge at once, then walk the mainline."""
        self.repo, self.commits = repo, commits
        self.units: dict[str, tuple[list[Commit], int]] = {}
        merges = [c.parents for c in commits.values() if len(c.parents) > 1]
        with ThreadPoolExecutor(4) as pool:
            said = pool.map(lambda parents: self.between(parents[1:], parents[:1]), merges)
            self.sides = {tuple(parents): side for parents, side in zip(merges, said, strict=True)}
        self.walk(git(repo, "rev-parse", "HEAD").strip(), set(commits), None)

    def between(self, tips: list[str], without: list[str]) -> list[Commit]:
        """`git rev-list tips ^without`, oldest first."""
        said = git(self.repo, "rev-list", "--topo-order", "--reverse", *tips, "--not", *without)
        return [self.commits[sha] for sha in said.split()]

    def walk(self, tip: str, inside: set[str], through: int | None) -> None:
        """Land what stands on the first-parent chain of `tip`, as far as it is `inside`."""
        row: list[Commit] = []
        chain: list[Commit] = []
        while tip in inside:
            chain.insert(0, self.commits[tip])
            tip = next(iter(chain[0].parents), "")
        for commit in chain:
            if row and not continues(row[-1], commit):
                self.land(row, inside, through)
                row = []
            row.append(commit)
        if row:
            self.land(row, inside, through)

    def land(self, row: list[Commit], inside: set[str], through: int | None) -> None:
        """One merge, one squash, or the pushes of one session."""
        last = row[-1]
        if len(last.parents) < 2:
            self.add(last.number, last.sha, row, through or last.time)
            return
        first, *tips = last.parents
        brought = [c for c in self.sides[tuple(last.parents)] if c.sha in inside]
        here = {c.sha for c in brought}
        numbers = {c.number for c in brought if (here & set(c.parents[1:]) if len(c.parents) > 1 else c.web)}
        numbers -= {None, last.number}
        if numbers or (last.number is None and re.match(SIDE, last.message)):
            for n, tip in enumerate(tips):
                side = {c.sha for c in self.between([tip], [first, *tips[:n]])}
                self.walk(tip, side & inside, through or last.time)
        elif members := [c for c in brought if len(c.parents) < 2]:
            self.add(last.number, last.sha, members, through or last.time)

    def add(self, number: str | None, sha: str, members: list[Commit], time: int) -> None:
        """One more unit; the same pull request of the same person a second time, title and all, is no second unit."""
        title = self.commits[sha].message.split("\n", 1)[0]
        name = f"{number} {title} {members[0].person}" if number else sha
        self.units.setdefault(name, ([], time))[0].extend(members)


def continues(before: Commit, commit: Commit) -> bool:
    """Whether two pushes are one landing: one person's through one committer within 5 s, an agent's included.

    Else one person's own within 30 minutes, the second written after the first was committed.
    """
    pushes = all(len(c.parents) < 2 and c.number is None for c in (before, commit))
    gap = abs(commit.time - before.time)
    people = {c.person for c in (before, commit)}
    if before.landed_by == commit.landed_by and gap <= 5:
        return pushes and (len(people) == 1 or before.agent_author or commit.agent_author)
    own = len(people | {c.landed_by for c in (before, commit)}) == 1 and gap < 1800
    return pushes and own and commit.written >= before.time - 5


def together(repo: Path, units: list[Unit]) -> list[Unit]:
    """Units without those whose every patch, by `git patch-id`, the same author brought in on another line before."""
    log = git(repo, "log", "-p", "-U0", "--no-merges", "--full-index", "--no-ext-diff", "HEAD")
    pairs = (line.split() for line in git(repo, "patch-id", "--stable", stdin=log).splitlines())
    patch = {sha: id_ for id_, sha in pairs}
    standing: dict[str, tuple[list[Commit], str]] = {}
    kept = []
    for members, time in units:
        known = [standing.get(patch.get(c.sha, "")) for c in members]
        first = next(filter(None, known), None)
        again = first is not None and all(known) and first[0][0].person == members[0].person
        if first and again and not any(ancestor(repo, sha, members[0].sha) for _, sha in filter(None, known)):
            first[0].extend(members)
            continue
        kept.append((members, time))
        standing.update({patch[c.sha]: (members, c.sha) for c in members if c.sha in patch})
    return kept


def ancestor(repo: Path, old: str, new: str) -> bool:
    """`git merge-base --is-ancestor`."""
    return git(repo, "rev-list", "--count", old, "--not", new).strip() == "0"


def share(items: list[tuple[int, float, int]]) -> tuple[int, float, float]:
    """(n, floor, ceiling) of (weight, marked part, time)."""
    n = sum(weight for weight, _, _ in items)
    declared = sum(weight * part for weight, part, _ in items)
    before = sum(weight for weight, part, time in items if part == 0 and time < PRE_AI)
    return n, round(declared / n, 9), round(1 - before / n, 9)


def oracle(repo: Path, index: Path) -> Screen:
    """The first screen by plain git."""
    commits = read(repo)
    name_people(commits)
    count_lines(repo, commits, index)
    plain = [c for c in commits.values() if c.plain]
    landed = together(repo, list(Landings(repo, commits).units.values()))
    units = [([bool(c.tools) for c in members if c.plain], time) for members, time in landed]
    days = sorted(datetime.fromtimestamp(c.time, UTC).date().isoformat() for c in commits.values())
    return {
        "commits": len(commits),
        "authors": len({c.person for c in commits.values() if not c.agent_author and not c.bot}),
        "dates": (days[0], days[-1]),
        "share of commits": share([(1, bool(c.tools), c.time) for c in plain]),
        "share of lines": share([(c.lines, bool(c.tools), c.time) for c in commits.values() if not c.automated]),
        "share of changes": share([(1, sum(own) / len(own), time) for own, time in units if own]),
        "tools": Counter(tool for c in plain for tool in c.tools),
        "models": Counter(model for c in plain if c.tools for model in c.models or {"unknown"}),
    }


ANN, ANN_TOO, CLEO = "Ann Ort <ann@x.org>", "Ann Ort <1+ann@users.noreply.github.com>", "Cleo Vu <cleo@x.org>"
BOB, BOB_TOO = "Bob <7+bob@users.noreply.github.com>", "bobby <bob@users.noreply.github.com>"
WEB = "GitHub <noreply@github.com>"
BOT = "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>"
AGENT = "Cursor Agent <cursoragent@cursor.com>"
CLAUDE_TRAILER = "Co-authored-by: Claude Opus 4.5 <noreply@anthropic.com>"
OLD, NEW = 1_614_600_000, 1_770_000_000  # 2021-03-01, 2026-02-02
Unit = tuple[list[Commit], int]
Row = tuple[str, str, int, str, list[int], dict[str, int | str]]
# Author, committer, time, message, parents (marks from 1), path → lines it then has (or its whole content, "" = gone).
HISTORY: list[Row] = [
    (ANN, ANN, OLD, "Start", [], {"src/app.py": 10, ".gitattributes": "gen/** linguist-generated", "README.md": 9}),
    (ANN_TOO, ANN, OLD + 600, "Lock", [1], {"poetry.lock": 50, "src/app.py": 12}),
    (ANN, ANN, OLD + 3600, "Rename", [2], {"src/app.py": "", "src/core.py": 13}),
    (BOB, WEB, NEW, "Add parser (#3)", [3], {"src/parser.py": 20, "gen/out.py": 30}),
    (CLEO, CLEO, NEW + 60, f"Part one\n\n{CLAUDE_TRAILER}", [3], {"src/cleo.py": 4}),
    (CLEO, CLEO, NEW + 120, "Part two", [5], {"tests/test_cleo.py": 6}),
    (BOT, WEB, NEW + 150, "Format", [6], {"src/cleo.py": 5}),
    (ANN, WEB, NEW + 180, "Merge pull request #4 from cleo/parts", [4, 7], {}),
    (BOT, WEB, NEW + 240, "Bump", [8], {"poetry.lock": 60, "src/deps.py": 5}),
    (AGENT, WEB, NEW + 300, f"Mend it (#5)\n\nCo-authored-by: {BOB}", [9], {"src/parser.py": 25}),
    (CLEO, CLEO, NEW + 360, "Push\n\nAssisted-by: Codex CLI (gpt-5.1-codex)", [10], {"src/core.py": 15}),
    (BOB_TOO, BOB, OLD + 7200, "Old fix (#6)", [3], {"src/old.py": 3}),
    (ANN, ANN, OLD + 7260, "Another", [12], {"src/old.py": 4}),
    (ANN, ANN, NEW + 480, "Merge branch '1.x'", [11, 13], {}),
    (CLEO, CLEO, NEW + 7200, f"> {CLAUDE_TRAILER}", [14], {"src/blob.py": "\0", "src/a.py": "->core.py"}),
]
BY_HAND = {
    "commits": 15,
    "authors": 3,
    "dates": ("2021-03-01", "2026-02-02"),
    "share of commits": (11, round(3 / 11, 9), round(6 / 11, 9)),
    "share of lines": (54, round(11 / 54, 9), round(37 / 54, 9)),
    "share of changes": (9, round(2.5 / 9, 9), round(7 / 9, 9)),
    "tools": {"claude-code": 1, "cursor": 1, "codex": 1},
    "models": {"claude-opus-4.5": 1, "gpt-5.1-codex": 1, "unknown": 1},
}
CORPORA = SHARED / "corpora"


def small_repository(repo: Path) -> Path:
    """HISTORY as a bare repository, by `git fast-import`."""
    stream = ""
    for mark, (author, committer, time, message, parents, files) in enumerate(HISTORY, 1):
        stream += f"commit refs/heads/main\nmark :{mark}\nauthor {author} {time} +0000\n"
        stream += f"committer {committer} {time} +0000\ndata {len(message)}\n{message}\n"
        stream += "".join(f"{'merge' if n else 'from'} :{parent}\n" for n, parent in enumerate(parents))
        for path, said in files.items():
            mode = "120000" if str(said).startswith("->") else "100644"
            text = said.lstrip("->") if isinstance(said, str) else "".join(f"line {n}\n" for n in range(said))
            stream += f"M {mode} inline {path}\ndata {len(text)}\n{text}\n" if text else f"D {path}\n"
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", str(repo)], check=True)
    git(repo, "fast-import", "--quiet", "--force", stdin=stream)
    return repo


def shown(result: AnalysisResult) -> Screen:
    """The first screen as the analyzer fills it."""
    facts = result.repository
    found = {d.id: (d.n, round(d.marked or 0, 9), round(d.at_most or 0, 9)) for d in result.share.definitions}
    return {
        "commits": facts.commits,
        "authors": facts.people,
        "dates": (facts.first_commit, facts.last_commit),
        "share of commits": found["commits"],
        "share of lines": found["lines_added"],
        "share of changes": found["merged_changes"],
        "tools": {row.tool: row.commits for row in result.share.by_tool},
        "models": {row.model: row.commits for row in result.share.by_model},
    }


@pytest.fixture(scope="module", params=["small", "click", "PyAirbyte", "bootc"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Screen, Screen]:
    """A repository's name, its first screen by plain git, and by the analyzer."""
    name, folder = request.param, tmp_path_factory.mktemp(request.param)
    repo = folder / "repo.git"
    if name == "small":
        small_repository(repo)
    elif (bundle := CORPORA / f"{name}.bundle").is_file():
        subprocess.run(["git", "clone", "-q", "--bare", str(bundle), str(repo)], check=True)
    else:
        pytest.skip(f"no {bundle}: the skeleton history {name} is not on this machine")
    return name, oracle(repo, folder / "index"), shown(analyzer.analyze(repo).document)


def test_oracle_agrees_with_counting_by_hand(tmp_path: Path) -> None:
    """The oracle is right where fifteen commits can be counted on paper."""
    assert oracle(small_repository(tmp_path / "repo.git"), tmp_path / "index") == BY_HAND


@pytest.mark.parametrize("figure", BY_HAND)
def test_figure_is_what_plain_git_says(both: tuple[str, Screen, Screen], figure: str) -> None:
    """A figure of the first screen can be had from plain git commands."""
    _, expected, found = both
    assert found[figure] == expected[figure]
