"""Specification effort end to end, on planted logs: the ratio, what is never typed, and what is never told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from analyzer.cli import run
from analyzer.prompts.session import Session
from analyzer.prompts.session_matching import SessionReferences, match_sessions
from tests.conftest import git, imported

if TYPE_CHECKING:
    from pathlib import Path

CLAUDE = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
START = 1_704_099_600
MARKER = "SECRETMARKER"


def code(n: int, lines: int = 10) -> str:
    """Code that no other session writes, each line of it long enough to tell where it came from."""
    return "".join(f"outcome_{n}_{k} = measured(source={n}, row={k})\n" for k in range(lines))


def at(seconds: float) -> str:
    """A log's time."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


class Log:
    """One session of Claude Code, written as its records stand in a file."""

    def __init__(self, key: str, begin: float, folder: str = "/home/ada/app") -> None:
        self.key, self.now, self.folder = key, begin, folder
        self.lines: list[str] = []

    def record(self, type_: str, message: Any = None, **more: Any) -> Log:
        """Any record, a second after the last."""
        self.now += 1
        known = {"type": type_, "uuid": f"{self.key}-{len(self.lines)}", "sessionId": self.key, "cwd": self.folder}
        self.lines.append(json.dumps({**known, "timestamp": at(self.now), "message": message, **more}))
        return self

    def says(self, text: str, **more: Any) -> Log:
        """A record in the user's role."""
        return self.record("user", {"role": "user", "content": text}, **more)

    def writes(self, path: str, text: str) -> Log:
        """The agent writes a file, and the tool answers."""
        use = {"type": "tool_use", "name": "Write", "input": {"file_path": f"{self.folder}/{path}", "content": text}}
        self.record("assistant", {"role": "assistant", "content": [use]})
        return self.answers(f"The file {path} has been updated:\n{text}")

    def answers(self, text: str) -> Log:
        """What a tool answered."""
        return self.record("user", {"role": "user", "content": [{"type": "tool_result", "content": text}]})

    def into(self, folder: Path) -> None:
        """Write the file."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.key}.jsonl").write_text("\n".join(self.lines) + "\n")


def history(target: Path, files: dict[str, str], *, marked: bool = True) -> Path:
    """A repository called app: one commit a file, an hour apart, the first without a mark."""
    stream = b""
    for n, (path, text) in enumerate({"README.md": "app\n", **files}.items()):
        body = f"change {n}{CLAUDE if marked and n else ''}".encode()
        stream += b"commit refs/heads/main\ncommitter Ada <ada@example.org> %d +0000\n" % (START + 3600 * n)
        stream += b"data %d\n%s\n" % (len(body), body)
        stream += b'M 100644 inline "%s"\ndata %d\n%s\n' % (path.encode(), len(text.encode()), text.encode())
    return imported(target / "app", stream)


def measured(repo: Path, tmp_path: Path, *options: str) -> Any:
    """The JSON's effort."""
    out = tmp_path / "out.json"
    assert run(["analyze", str(repo), "-q", "--no-cache", "-o", str(out), *options]) == 0
    return json.loads(out.read_text())["effort"]


PROMPT = "please measure the outcome of every row again, and keep the order of the rows"


@pytest.fixture
def planted(tmp_path: Path) -> tuple[Path, Path]:
    """Twelve sessions, each with one typed prompt, everything that is not typed, and one file that lands."""
    logs = tmp_path / "logs"
    for n in range(12):
        log = Log(f"s{n}", START + 3600 * (n + 1) - 600).says(PROMPT)
        log.says(f"```\n{code(90 + n)}```\n")  # fenced
        log.answers(code(50 + n)).says(code(50 + n))  # quoted from a tool's answer
        log.says("This session is being continued from a previous conversation that ran out\n" + code(70 + n))
        log.says("<bash-stdout>" + code(71) + "</bash-stdout>").says("Implement the following plan:\n" + PROMPT * 9)
        log.says(PROMPT * 5, isMeta=True).says(PROMPT * 5, isSidechain=True).says(PROMPT, origin={"kind": "hook"})
        log.writes(f"src/{n}.py", code(n)).into(logs / "-home-ada-app")
    return history(tmp_path, {f"src/{n}.py": code(n) for n in range(12)}), logs


def test_planted_prompt_ratio_is_recovered(planted: tuple[Path, Path], tmp_path: Path) -> None:
    """Typed over landed characters within 5 %; nothing pasted, injected or written by the agent is typed."""
    repo, logs = planted
    found = measured(repo, tmp_path, "--transcripts", str(logs))
    landed = sum(len(line.strip()) for n in range(12) for line in code(n).splitlines())
    ratio = found["figures"][0]
    assert ratio["id"] == "typed_per_landed"
    assert ratio["value"] == pytest.approx(12 * len(PROMPT) / landed, rel=0.05)
    assert ratio["at_most"] == pytest.approx(ratio["value"])
    assert ratio["low"] <= ratio["value"] <= ratio["high"]
    assert found["typed"]["low"] == found["typed"]["high"] == 12 * len(PROMPT)
    assert found["typed"]["words"] == 12 * len(PROMPT.split())
    assert found["typed"]["pasted"] > 2 * landed
    assert (found["rules"], found["commits"], found["n"]) == ({"content": 12}, 12, 12)
    assert found["coverage"] == pytest.approx(1.0)
    assert found["abstained"] is None
    assert found["dictated"] == {"low": 0.0, "high": 0.0}
    turns = next(f for f in found["figures"] if f["id"] == "turns_per_change")
    assert turns["value"] == pytest.approx(3.0)  # the two pastes are turns as well


def test_dictated_commits_are_counted(tmp_path: Path) -> None:
    """Who types as much as lands dictates that commit, and no other."""
    logs = tmp_path / "logs"
    for n in range(12):
        said = (
            PROMPT if n % 4 else " ".join(f"now the outcome {n} of row number {k} measured from it" for k in range(12))
        )
        Log(f"s{n}", START + 3600 * (n + 1) - 600).says(said).writes(f"{n}.py", code(n)).into(logs / "app")
    repo = history(tmp_path, {f"{n}.py": code(n) for n in range(12)})
    found = measured(repo, tmp_path, "--transcripts", str(logs))
    assert found["dictated"]["low"] == pytest.approx(3 / 12, abs=0.02)


def test_surviving_characters_have_their_own_ratio(tmp_path: Path) -> None:
    """Half of each file is gone after a day: the same prompts are twice as many per character alive at 30 days."""
    logs = tmp_path / "logs"
    files = {f"{n}.py": code(n) for n in range(12)}
    for n in range(12):
        Log(f"s{n}", START + 3600 * (n + 1) - 600).says(PROMPT).writes(f"{n}.py", code(n)).into(logs / "app")
    repo = history(tmp_path, files)
    stream = b""
    for n, (path, text) in enumerate(
        [*((p, "".join(t.splitlines(keepends=True)[:5])) for p, t in files.items()), ("z.py", "z = 1\n")]
    ):
        when = START + 86_400 + 60 * n if path != "z.py" else START + 86_400 * 60
        stream += b"commit refs/heads/main\ncommitter Ada <ada@example.org> %d +0000\ndata 4\nless\n" % when
        stream += b"" if n else b"from refs/heads/main^0\n"
        stream += b'M 100644 inline "%s"\ndata %d\n%s\n' % (path.encode(), len(text.encode()), text.encode())
    git("--git-dir", repo, "fast-import", "--quiet", stdin=stream)
    figures = {f["id"]: f for f in measured(repo, tmp_path, "--transcripts", str(logs))["figures"]}
    assert figures["typed_per_alive_30d"]["value"] == pytest.approx(2 * figures["typed_per_landed"]["value"], rel=0.02)
    assert "typed_per_alive_90d" not in figures  # nothing is old enough


def test_work_elsewhere_and_work_that_never_landed(planted: tuple[Path, Path], tmp_path: Path) -> None:
    """Another project's sessions are not counted; a session of this one that landed nowhere is counted, not matched."""
    repo, logs = planted
    before = measured(repo, tmp_path, "--transcripts", str(logs))
    Log("other", START + 4000, folder="/home/ada/apple").says(PROMPT).writes("x.py", code(0)).into(logs / "apple")
    Log("lost", START + 4000).says(PROMPT).writes("x.py", code(777)).into(logs / "app")
    after = measured(repo, tmp_path, "--transcripts", str(logs))
    assert after["turns"] == before["turns"] + 1
    assert after["matched_turns"] == before["matched_turns"]
    assert after["figures"] == before["figures"]


def test_copied_conversation_counts_once(planted: tuple[Path, Path], tmp_path: Path) -> None:
    """A copied log, and a fork that repeats the records it came from under another session, add no prompt."""
    repo, logs = planted
    before = measured(repo, tmp_path, "--transcripts", str(logs))
    text = (logs / "-home-ada-app" / "s3.jsonl").read_text()
    (logs / "copy.jsonl").write_text(text)
    (logs / "fork.jsonl").write_text(text.replace('"sessionId": "s3"', '"sessionId": "s3-fork"'))
    after = measured(repo, tmp_path, "--transcripts", str(logs))
    assert (after["turns"], after["typed"]) == (before["turns"], before["typed"])


def test_broken_logs_are_skipped_and_counted(planted: tuple[Path, Path], tmp_path: Path) -> None:
    """Cut and garbled lines are counted; the rest of the file is read; other files are passed over."""
    repo, logs = planted
    before = measured(repo, tmp_path, "--transcripts", str(logs))
    path = logs / "-home-ada-app" / "s3.jsonl"
    path.write_bytes(path.read_bytes() + b'{"type":"user","sessionId":"s3\n\xff\xfe\n[1]\n' + b"[" * 10_000 + b"\n")
    (logs / "notes.jsonl").write_text('{"other": 1}\n')
    (logs / "photo.jpg").write_bytes(b"\xff")
    (logs / "loop").symlink_to(logs)
    after = measured(repo, tmp_path, "--transcripts", str(logs))
    (source,) = after["sources"]
    assert source["skipped_lines"] == 4
    assert after["typed"] == before["typed"]


def test_few_sessions_speak_for_themselves_alone(tmp_path: Path) -> None:
    """Below ten sessions there is no interval and the page says so; without prompts there is no ratio."""
    logs = tmp_path / "logs"
    Log("s1", START + 3000).says(PROMPT).writes("1.py", code(1)).into(logs / "app")
    repo = history(tmp_path, {"1.py": code(1), "2.py": code(2)})
    found = measured(repo, tmp_path, "--transcripts", str(logs))
    assert found["abstained"] == "few-sessions"
    assert found["figures"][0]["low"] is None
    none = measured(repo, tmp_path, "--effort")
    assert (none["abstained"], none["figures"], none["turns"]) == ("no-prompts", [], 0)


def test_text_of_logs_leaves_no_trace(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Markers in every text of a log reach no format, no note, no table and no file of the store."""
    logs, store = tmp_path / "logs", tmp_path / "store"
    hidden = f"{MARKER} please {MARKER} measure the outcome"
    for n in range(12):
        log = Log(f"{MARKER}{n}", START + 3600 * (n + 1) - 600, folder=f"/home/{MARKER}/app").says(hidden)
        log.says(f"```\n{MARKER}\n```").says(
            f"<command-name>/{MARKER}</command-name><command-args>{hidden}</command-args>"
        )
        log.answers(f"[{MARKER} 1234567] {MARKER}").writes(f"{n}.py", code(n) + f"# {MARKER}{n} of the log alone\n")
        log.record("queue-operation", operation="enqueue", content=hidden, gitBranch=MARKER).into(logs / MARKER)
    repo = history(tmp_path, {f"{n}.py": code(n) for n in range(12)})
    words = ["analyze", str(repo), f"--cache-dir={store}", "--transcripts", str(logs)]
    outs = [tmp_path / f"out.{form}" for form in ("json", "md", "html", "svg")]
    assert run([*words, "-o", "-", *(f"-o{out}" for out in outs)]) == 0
    assert json.loads(outs[0].read_text())["effort"]["n"] == 12
    said = capfd.readouterr()
    told = [said.out, said.err.replace(str(tmp_path), "")]
    kept = [path.read_bytes() for path in store.rglob("*") if path.is_file()]
    assert not any(MARKER in text for text in [*told, *(out.read_text("utf-8") for out in outs)])
    assert kept
    assert not any(MARKER.encode() in contents for contents in kept)


def test_logs_that_cannot_be_read_are_wrong_use(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there."""
    repo = history(tmp_path, {"1.py": code(1)})
    assert run(["analyze", str(repo), "-q", "--no-cache", "--transcripts", str(tmp_path / "none")]) == 2
    assert "bad-transcripts" in capfd.readouterr().err


def figure(found: Any, id_: str) -> float | None:
    """A figure's value; None where there is none."""
    return next((float(f["value"]) for f in found["figures"] if f["id"] == id_), None)


def test_prompts_of_removed_work_count(tmp_path: Path) -> None:
    """Files that are gone after a day make what lasted dearer, never cheaper."""
    logs = tmp_path / "logs"
    for n in range(12):
        said = " ".join([PROMPT] * 5) if n < 6 else PROMPT
        Log(f"s{n}", START + 3600 * (n + 1) - 600).says(said).writes(f"{n}.py", code(n)).into(logs / "app")
    repo = history(tmp_path, {f"{n}.py": code(n) for n in range(12)})
    body = b"".join(b"D %d.py\n" % n for n in range(6))
    stream = b"commit refs/heads/main\ncommitter Ada <ada@example.org> %d +0000\ndata 4\ngone\n" % (START + 86_400)
    stream += b"from refs/heads/main^0\n" + body
    later = b"commit refs/heads/main\ncommitter Ada <ada@example.org> %d +0000\ndata 5\nlater\n" % (START + 90 * 86_400)
    git("--git-dir", repo, "fast-import", "--quiet", stdin=stream + later + b"M 100644 inline z.py\ndata 6\nz = 1\n\n")
    found = measured(repo, tmp_path, "--transcripts", str(logs))
    landed, alive = figure(found, "typed_per_landed"), figure(found, "typed_per_alive_30d")
    assert landed is not None
    assert alive == pytest.approx(2 * landed, rel=0.02)


def test_logs_add_to_what_the_repository_keeps(planted: tuple[Path, Path], tmp_path: Path) -> None:
    """Kept prompts and a stranger's log of the same kind: the kept ones stand, the stranger's is passed over."""
    _, logs = planted
    other = "<!-- Generated by SpecStory -->\n\n_**User**_\n\nsome other prompt of another project\n"
    (logs / ".specstory" / "history").mkdir(parents=True)
    (logs / ".specstory" / "history" / "2024-01-01_10-00-00Z.md").write_text(other)
    kept = {".specstory/history/2024-01-02_10-00-00Z.md": other.replace("some other prompt", "a prompt of our own")}
    repo = history(tmp_path / "two", {**kept, **{f"src/{n}.py": code(n) for n in range(12)}})
    found = measured(repo, tmp_path, "--transcripts", str(logs))
    told = [(s["id"], s["sessions"], s["elsewhere"]) for s in found["sources"]]
    assert ("specstory", 1, 0) in told
    assert ("specstory", 0, 1) in told


def test_sessions_of_other_folders_are_not_counted(planted: tuple[Path, Path], tmp_path: Path) -> None:
    """A folder below or beside one of the same name is another project."""
    repo, logs = planted
    before = measured(repo, tmp_path, "--transcripts", str(logs))
    for folder in ("/home/ada/app/other", "/home/ada/app-wt2", "/app2"):
        Log(folder.replace("/", "-"), START + 4000, folder=folder).says(PROMPT).into(logs / "x")
    after = measured(repo, tmp_path, "--transcripts", str(logs))
    assert (after["turns"], after["sources"][0]["elsewhere"]) == (before["turns"], 3)


def test_range_and_as_of_date_bound_the_prompts(planted: tuple[Path, Path], tmp_path: Path) -> None:
    """What was said after the clock, or before the range, is in no total."""
    repo, logs = planted
    Log("late", START + 86_400 * 300).says(PROMPT).into(logs / "x")
    at_clock = measured(repo, tmp_path, "--transcripts", str(logs))
    assert at_clock["typed"]["low"] == 12 * len(PROMPT)
    Log("early", START - 86_400 * 9).says(PROMPT).into(logs / "x")
    assert measured(repo, tmp_path, "--transcripts", str(logs))["turns"] == at_clock["turns"] + 1
    assert measured(repo, tmp_path, "--transcripts", str(logs), "--since", "2024-01-01")["turns"] == at_clock["turns"]


def test_session_without_edits_wrote_no_characters(tmp_path: Path) -> None:
    """A session that wrote nothing and printed the id of an unmarked commit: none of its characters are the agent's."""
    repo = history(tmp_path, {f"{n}.py": code(n, 40) for n in range(12)}, marked=False)
    shas = git("--git-dir", repo, "rev-list", "--reverse", "HEAD").split()[1:]
    logs = tmp_path / "logs"
    for n, sha in enumerate(shas):
        log = Log(f"s{n}", START + 3600 * (n + 1) - 600).says("please commit it now")
        log.answers(f"[main {sha[:9]}] change\n 1 file changed").into(logs / "app")
    found = measured(repo, tmp_path, "--transcripts", str(logs))
    assert found["rules"] == {"commit_id": 12}
    assert figure(found, "typed_per_landed") is None


def test_queued_prompts_count_once(planted: tuple[Path, Path], tmp_path: Path) -> None:
    """Taken back, sent with another, and absorbed without a record: one turn each that was said, none that was not."""
    repo, logs = planted
    before = measured(repo, tmp_path, "--transcripts", str(logs))
    log = Log("queue", START + 4000)
    log.record("queue-operation", operation="enqueue", content="taken back before it was sent").record(
        "queue-operation", operation="popAll"
    )
    for text in ("first of two that wait here", "second of two that wait here"):
        log.record("queue-operation", operation="enqueue", content=text)
    log.says("first of two that wait here\nsecond of two that wait here")
    log.record("queue-operation", operation="enqueue", content="absorbed while it worked").into(logs / "x")
    assert measured(repo, tmp_path, "--transcripts", str(logs))["turns"] == before["turns"] + 2


def test_partial_clone_names_its_missing_contents(planted: tuple[Path, Path], tmp_path: Path) -> None:
    """Asked for, and not measurable: the reason is the clone, not that nobody asked."""
    repo, logs = planted
    git("--git-dir", repo, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial" / "app"
    git("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{repo}", partial)
    page = tmp_path / "page.md"
    assert run(["analyze", str(partial), "-q", "--no-cache", "--transcripts", str(logs), "-o", str(page)]) == 0
    assert "`effort-needs-contents`" in page.read_text("utf-8")
    assert "Not asked for" not in page.read_text("utf-8")


def test_order_of_session_commits_is_deterministic() -> None:
    """Of a session with many checkpoints, whatever the process's hash seed: sums over them have one last digit."""
    ids = [f"{n:012x}" for n in range(30)]
    session = Session("entire", "claude-code", "e", checkpoints=set(ids))
    commits = pd.Series(range(30), index=[f"{n:040x}" for n in range(30)], dtype=float)
    named = SessionReferences({sha: [one] for sha, one in zip(commits.index, ids, strict=True)}, {})
    assert [pair.sha for pair in match_sessions([session], commits, {}, named)] == list(commits.index)
