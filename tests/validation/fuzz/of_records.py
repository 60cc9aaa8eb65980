"""Targets: records of tools and of other runs: notes, checkpoints, archives, events, reports, answers of an API."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from analyzer.errors import UsageError
from analyzer.evidence import checkpoint_counts, line_notes
from analyzer.github import comment, comment_policy, environment, merged_pull_requests
from analyzer.github.api import Api, ApiError
from analyzer.pipeline import grade_archive
from analyzer.pipeline.answer_cache import AnswerCache
from analyzer.report.contract import AnalysisResult
from analyzer.report.sections import changes_since
from tests.conftest import ROOT
from tests.validation.fuzz.target import Target, encodable, file_of, held, twisted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_REPORT = ROOT / "reports" / "demo.json"


def _note(data: bytes) -> None:
    note = line_notes.parse_note(data)
    held(len(note.ranges) <= len(data) and note.unknown_keys <= data.count(b"\n") + 1, "more than the note says")
    for row in note.ranges:
        held(0 <= row.first <= row.last < 10**9 and row.source in {"ai", "human"} and row.path, "a range that is none")
        held(row.tool not in {"", "unknown", "mock_ai"}, "a tool that is none")
        encodable(row.path, row.tool, row.model)
    for key, counts in note.acceptance.items():
        encodable(key)
        held(all(type(count) is int and 0 <= count < 10**9 for count in counts), "a count that is none")


def _notes() -> Iterator[bytes]:
    agent = {"agent_id": {"tool": "claude", "id": "x", "model": "claude-opus-4-6"}}
    counted = {**agent, "accepted_lines": 9, "overriden_lines": 2}
    head = '"a file.py"\n  s_00112233445566::t_01 1-3,7\n  h_aabbccddeeff00 4\nb.py\n  0123456789abcdef 2\n'
    head += "  ai_agent 5\n  human 6\n"
    tables = {"sessions": {"s_00112233445566": agent}, "prompts": {"0123456789abcdef": counted}}
    yield from (f"{head}---\n".encode() + one for one in twisted(json.dumps(tables).encode()))
    yield (head + "  who-knows 8\n  0123456 3-1\n").replace("\n", "\r\n").encode()
    fake = {"prompts": {"mock": {"agent_id": {"tool": "mock_ai"}}}}
    yield b'"q\\"\\\\.py"\n  00000000-0000-0000-0000-000000000000 1,2,3\n---\n' + json.dumps(fake).encode()
    odd = {"agent_id": {"tool": "unknown", "model": "<synthetic>"}, "accepted_lines": True, "overriden_lines": 0}
    yield b"x\n  0123456 1\n---\n" + json.dumps({"prompts": {"0123456": odd}}).encode()


def _checkpoint(data: bytes) -> None:
    counted = checkpoint_counts.parse_session(data)
    if counted is not None:
        held(type(counted.agent_lines) is int and type(counted.lines) is int, "a count that is no number")
        held(0 <= counted.agent_lines <= counted.lines and counted.lines > 0, "counts that contradict each other")


def _checkpoints() -> Iterator[bytes]:
    said = {"agent_lines": 3, "human_added": 1, "total_committed": 4, "agent_percentage": 75.0}
    yield from twisted(json.dumps({"agent": "Claude Code", "initial_attribution": said}).encode())
    yield b'{"agent": 1, "initial_attribution": {"agent_lines": true, "total_committed": 1e3}}'


def _archive(data: bytes) -> None:
    entries = grade_archive.read_archive(Path(file_of(data, "grades.json")))
    written = grade_archive.archive_text(entries)
    held(
        grade_archive.read_archive(Path(file_of(written.encode(), "again.json"))) == sorted(entries, key=_order),
        "read otherwise again",
    )


def _order(entry: Any) -> tuple[str, str, str]:
    return entry.quarter, entry.repository, entry.outcome


def _archives() -> Iterator[bytes]:
    yield b'{"schema_version": "1", "quarters": []}'
    from analyzer.inference.grading.quarterly import Archive, ComputedGrade, set_grade

    grades = msgspec.json.decode(_REPORT.read_bytes(), type=AnalysisResult).verdicts
    basis = {"rules": "1", "version": "1", "settings": "x"}
    looks = [ComputedGrade("demo", v.outcome, "2026-07-01", "a" * 40, v.quarterly_grade, basis) for v in grades]
    yield from twisted(msgspec.json.encode(Archive("1", [set_grade([], look) for look in looks[:1]])))


def _baseline(data: bytes) -> None:
    before = changes_since._decode(data)
    now = _now()
    for row in changes_since._changed_figures(before, now):
        encodable(row.title, str(row.before), str(row.after))
        held(isinstance(row.before, str | None) or abs(row.before) <= 1e9, "a figure that is none")
    encodable(*(reason.text for reason in changes_since._change_reasons(before, now)))
    held(changes_since._decode(msgspec.json.encode(before)) == before, "read otherwise again")


_NOW: list[Any] = []


def _now() -> Any:
    if not _NOW:
        result = msgspec.json.decode(_REPORT.read_bytes(), type=AnalysisResult)
        _NOW.append(msgspec.convert(msgspec.to_builtins(result), changes_since._ComparedReport))
    return _NOW[0]


def _baselines() -> Iterator[bytes]:
    seen = msgspec.to_builtins(_now())
    yield from twisted(msgspec.json.encode(seen))
    seen["outcomes"], seen["share"]["definitions"] = None, seen["share"]["definitions"][:1]
    yield msgspec.json.encode(seen)
    seen["verdicts"], seen["command"]["as_of"] = [], ""
    yield msgspec.json.encode(seen)


class _Store:
    """A store whose file was tampered with, and a git that has nothing."""

    def __init__(self, data: bytes) -> None:
        self.json, _, self.missing = data.partition(b"\xff\xfe")
        self.problem: str | None = None

    def read(self, _name: str) -> dict[str, bytes]:
        return {"json": self.json, "missing": self.missing}

    def discard(self, _name: str, why: str) -> None:
        self.problem = why

    @staticmethod
    def run(*_question: str, stdin: bytes) -> bytes:
        return b"".join(line + b" missing\n" for line in stdin.splitlines())


def _kept(data: bytes) -> None:
    answers, store = AnswerCache.__new__(AnswerCache), cast("Any", _Store(data))
    answers.name, answers.store, answers._git, answers.notes = "x", store, store, []
    answers._head = "0" * 40
    stored = answers.read()
    held(stored is None or isinstance(stored, AnalysisResult), "an answer that is none")


def _event(data: bytes) -> None:
    names = ("pull_request", "merge_group", "workflow_run", "push")
    environ = {"GITHUB_EVENT_NAME": names[len(data) % 4], "GITHUB_EVENT_PATH": file_of(data, "event.json")}
    run = environment.read_run(environ | {"GITHUB_REPOSITORY": data[:20].decode("latin-1"), "GITHUB_SHA": "a" * 40})
    for sha in (run.base, run.head, run.finished.head_sha if run.finished else None):
        held(sha is None or (len(sha) in (40, 64) and set(sha) <= set("0123456789abcdef")), "no commit's id")
    held(run.repository is None or run.repository.count("/") == 1, "no repository's name")


def _events() -> Iterator[bytes]:
    a, b = "a" * 40, "b" * 40
    pull = {"pull_request": {"number": 1, "base": {"sha": a}, "head": {"sha": b}}}
    queue = {"merge_group": {"base_sha": a, "head_sha": b}}
    fork = {"head_sha": b, "head_branch": "x", "head_repository": {"owner": {"login": "y"}}}
    names = ("pull_request", "merge_group", "workflow_run", "push")
    for event in (pull, queue, {"workflow_run": fork}, {}):
        for one in twisted(json.dumps(event).encode()):
            yield one + b" " * ((names.index(next(iter(event), "push")) - len(one)) % 4)


def _fork_report(data: bytes) -> None:
    found = comment_policy._read_report(Path(file_of(data, "report.json")))
    text = comment.body(found)
    held(len(text.encode()) <= comment.LARGEST and text.startswith(comment.MARKER), "no comment")
    held(text.count("<details>") == text.count("</details>") <= 1, "a fold of somebody else's")
    held("<script" not in text and "](" not in text, "Markdown of a stranger")


def _fork_reports() -> Iterator[bytes]:
    lines = {"marked": 3.0, "unmarked": 4.0, "automation": 0.0}
    commit = {"sha": "a" * 40, "label": "marked", "ai": 1.0, "tool": "codex", "model": "", "strength": "A"}
    report = {
        "schema_version": "2",
        "repository": "r",
        "range": {"base": "a" * 40, "head": "b" * 40, "merge_base": None, "commits": 1},
        "new_lines": lines,
        "share": 0.4,
        "commits": [{**commit, "rules": ["author-identity:codex"], "lines": 3}],
        "files": [{"path": "a|b<i>.py", "lines": 7, "marked": 3.0, "churned": 0.5, "earlier_lines": 4}],
        "earlier": [
            {"id": "churn_21d", "title": "x", "touched": 0.1, "low": 0.0, "high": 1.0, "n": 9, "all": 0.2, "n_all": 90}
        ],
        "data_quality": [],
    }
    yield from twisted(json.dumps(report).encode())
    yield json.dumps(report | {"share": None, "commits": [], "files": [], "earlier": []}).encode()
    yield json.dumps(report | {"repository": "[x](y)\n<script>", "files": report["files"] * 2}).encode()  # type: ignore[operator]


class _Opener:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def open(self, _request: object, timeout: float) -> io.BytesIO:
        del timeout
        return io.BytesIO(self.data)


def _reply(data: bytes) -> None:
    api = Api("https://api.example", "token")
    api.opener, api.waited = cast("Any", _Opener(data)), 3
    asks: tuple[Callable[[], object], ...] = (
        lambda: (
            merged_pull_requests.export_merged_pull_requests(api, "a/b").count(b"\n") <= 40 * (data.count(b"{") + 1)
        ),
        lambda: (
            comment.write_comment(api, "a/b", 1, "github-actions[bot]", "text") in {"created", "changed", "unchanged"}
        ),
        lambda: type(comment_policy._find_pull_request(api, "a/b", _FINISHED)) in {int, type(None)},
    )
    for ask in asks:
        try:
            held(ask(), "an answer that is none")
        except ApiError as wrong:
            encodable(str(wrong))


_FINISHED = environment.FinishedRun("a" * 40, "branch", environment._HeadRepository(environment._Owner("ada")))


def _replies() -> Iterator[bytes]:
    node = {
        "number": 1,
        "mergeCommit": {"oid": "a" * 40},
        "commits": {"totalCount": 1, "nodes": [None, {"commit": {}}]},
    }
    pages = {"pageInfo": {"hasNextPage": False, "endCursor": "x"}, "nodes": [node, None]}
    own = {"id": 7, "body": comment.MARKER + "x", "user": {"login": "github-actions[bot]", "type": "Bot"}}
    for reply in (
        {"data": {"repository": {"pullRequests": pages}}},
        [own],
        [own | {"user": {"login": "other[bot]", "type": "Bot"}}],
        [{"number": 5, "head": {"sha": "a" * 40}}],
    ):
        yield from twisted(json.dumps(reply).encode())


JSON_TOKENS = (
    b'"',
    b"\\u00e9",
    b"\\ud800",
    b"null",
    b"1e400",
    b"[",
    b"{",
    b"true",
    b"-1",
    b"\\n",
    b"9" * 30,
    b"NaN",
    b"0.1",
)
TARGETS = (
    Target(
        "notes",
        "notes of git-ai",
        ("analyzer.evidence.line_notes",),
        _note,
        _notes,
        (
            b"\n---\n",
            b"\n  ",
            b"s_0011223344",
            b"h_",
            b"ai_agent 1",
            b"human 2",
            b"1-3,",
            b'"prompts":{',
            b'"sessions":{',
            b'"agent_id":{"tool":',
            b'"accepted_lines":',
            *JSON_TOKENS,
        ),
        (),
        500,
    ),
    Target(
        "checkpoint",
        "checkpoints of Entire",
        ("analyzer.evidence.checkpoint_counts",),
        _checkpoint,
        _checkpoints,
        (b'"agent_lines":', b'"total_committed":', b'"agent":', *JSON_TOKENS),
        (),
        300,
    ),
    Target(
        "archive",
        "archives of grades",
        ("analyzer.pipeline.grade_archive",),
        _archive,
        _archives,
        (b'"quarters":', b'"quarter":', b"2026Q1", *JSON_TOKENS),
        (UsageError,),
        1_200,
    ),
    Target(
        "baseline",
        "earlier reports",
        ("analyzer.report.sections.changes_since",),
        _baseline,
        _baselines,
        (b'"schema_version":"1"', b'"grade":', b'"as_of":', *JSON_TOKENS),
        (UsageError,),
        4_000,
    ),
    Target(
        "kept",
        "kept answers",
        ("analyzer.pipeline.answer_cache",),
        _kept,
        lambda: (
            _REPORT.read_bytes(),
            b"{}",
            b"\xff",
            _REPORT.read_bytes() + b"\xff\xfe" + b"a" * 40 + b"\n" + b"b" * 40,
        ),
        (*JSON_TOKENS, b"\xff\xfe"),
        (),
        1_000,
    ),
    Target(
        "event",
        "events of GitHub",
        ("analyzer.github.environment",),
        _event,
        _events,
        (b'"pull_request"', b'"sha":"', b"a" * 40, b"\\n", *JSON_TOKENS),
        (UsageError,),
        300,
    ),
    Target(
        "fork_report",
        "reports of forks",
        ("analyzer.github.comment_policy", "analyzer.github.comment"),
        _fork_report,
        _fork_reports,
        (b"<details>", b"](http://x)", b"|", b"\\n", *JSON_TOKENS),
        (UsageError,),
        1_200,
    ),
    Target(
        "api_reply",
        "answers of GitHub",
        ("analyzer.github.api", "analyzer.github.merged_pull_requests", "analyzer.github.comment"),
        _reply,
        _replies,
        (
            b'"pageInfo":',
            b'"hasNextPage":',
            b'"nodes":',
            b'"user":',
            b'"login":',
            b"<!-- aishare:pull-request -->",
            *JSON_TOKENS,
        ),
        (),
        400,
    ),
)
