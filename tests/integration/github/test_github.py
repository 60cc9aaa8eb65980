"""`aishare github` under a fake runner and a loopback API: views, files, outputs, annotations and the one comment."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.cli import run
from analyzer.github.comment import LARGEST, MARKER
from tests.conftest import MakeRepo, git
from tests.loopback import BOT, GitHub

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "t0ken"  # noqa: S105 - of no API but the loopback's
CLAUDE = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"


@pytest.fixture
def api() -> Iterator[GitHub]:
    """A GitHub without comments."""
    with GitHub() as server:
        yield server


@pytest.fixture
def clone(make_repo: MakeRepo) -> Path:
    """Two commits on the base, two on the head, one of them marked."""
    return make_repo(
        ("start", {"a.py": "first = 1\n"}),
        ("second", {"a.py": "first = 1\nsecond = 2\n"}),
        ("by hand", {"b.py": "third = 3\n"}),
        ("with help" + CLAUDE, {"pkg/@scope/c.py": "fourth = 4\nfifth = 5\nsixth = 6\n"}),
    )


RULES = '[[rules]]\ntool = "house-agent"\naddresses = ["ada@example.org"]\n'
HIDDEN = "*.py linguist-generated\n"


class Runner:
    """The environment of one step; `go` runs the verb and returns its exit code."""

    def __init__(self, folder: Path, clone: Path, patch: pytest.MonkeyPatch, api: GitHub) -> None:
        self.folder, self.clone, self.patch, self.api = folder, clone, patch, api
        self.summary, self.output = folder / "summary.md", folder / "output"
        self.reports = folder / "aishare-reports"
        self.set(
            GITHUB_STEP_SUMMARY=str(self.summary),
            GITHUB_OUTPUT=str(self.output),
            GITHUB_REPOSITORY="o/r",
            GITHUB_API_URL=api.url,
            RUNNER_TEMP=str(folder),
            AISHARE_TOKEN=TOKEN,
        )
        patch.setattr("analyzer.github.api.sleep", lambda _seconds: None)

    def set(self, **environ: str) -> None:
        """Set variables of the environment."""
        for name, value in environ.items():
            self.patch.setenv(name, value)

    def event(self, name: str, event: dict[str, Any]) -> None:
        """The event that started the workflow."""
        path = self.folder / "event.json"
        path.write_text(json.dumps(event))
        self.set(GITHUB_EVENT_NAME=name, GITHUB_EVENT_PATH=str(path))

    def pull_request(self, base: str = "HEAD~2", head: str = "HEAD") -> None:
        """A pull request of the clone's revisions."""
        tips = {
            end: {"sha": git("--git-dir", self.clone, "rev-parse", rev).strip()}
            for end, rev in (("base", base), ("head", head))
        }
        self.event("pull_request", {"action": "opened", "pull_request": {"number": 7, **tips}})

    def go(self, *options: str) -> int:
        """Run the verb on the clone."""
        return run(["github", "-q", *options, str(self.clone)])

    def outputs(self) -> dict[str, str]:
        """What the step set, the last value of a name."""
        return dict(line.split("=", 1) for line in self.output.read_text("utf-8").splitlines())


@pytest.fixture
def runner(tmp_path: Path, clone: Path, monkeypatch: pytest.MonkeyPatch, api: GitHub) -> Runner:
    """A runner on the clone's pull request."""
    found = Runner(tmp_path, clone, monkeypatch, api)
    found.pull_request()
    return found


def test_pull_request_event_reports_its_range(runner: Runner) -> None:
    """Summary and outputs are those of the range, reports are files, and no comment is made."""
    assert runner.go() == 0
    assert "marked 75 % of new lines" in runner.summary.read_text("utf-8")
    said = runner.outputs()
    assert (said["view"], said["share-marked"], said["share-at-most"]) == ("pull-request", "0.75", "1.0")
    assert said["throughput-grade"] == said["defects-grade"] == said["share-low"] == ""
    assert Path(said["report-path"]).read_text("utf-8").startswith("<!doctype html>")
    assert json.loads(Path(said["json-path"]).read_text("utf-8"))["share"] == 0.75
    assert runner.api.calls == []


def test_pull_request_does_not_set_how_it_is_counted(runner: Runner) -> None:
    """Its own settings are named and do not apply; those of its base apply and are named too."""
    for branch, files in (("base", {"aishare.toml": RULES}), ("head", {"aishare.toml": "", ".gitattributes": HIDDEN})):
        parent = "HEAD~2" if branch == "base" else "base"
        stream = f"commit refs/heads/{branch}\ncommitter Ada <ada@example.org> 1704999600 +0000\ndata 8\nsettings\n"
        stream += f"from {git('--git-dir', runner.clone, 'rev-parse', parent).strip()}\n"
        for name, text in (({"new.py": "sixth = 6\n"} if branch == "head" else {}) | files).items():
            stream += f"M 100644 inline {name}\ndata {len(text)}\n{text}\n"
        git("--git-dir", runner.clone, "fast-import", "--quiet", "--force", stdin=stream.encode())
    runner.pull_request("base", "head")
    assert runner.go("--comment") == 0
    summary, comment = runner.summary.read_text("utf-8"), runner.api.comments[0]["body"]
    for text in (summary, comment):
        assert "marked 100 % of new lines" in text.replace("&#32;", " ").lower()
        assert "aishare.toml" in text
        assert ".gitattributes" in text
        assert "settings of its base apply" in text


def test_reports_are_not_written_through_a_link_of_the_checkout(
    runner: Runner, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without a folder of the runner's own, the reports go to the checkout, in which a commit can have made a link."""
    (tmp_path / "checkout" / ".git").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "checkout" / "aishare-reports").symlink_to(tmp_path / "elsewhere")
    runner.set(RUNNER_TEMP=str(tmp_path / "checkout"))
    assert runner.go() == 2
    assert "linked-output" in capfd.readouterr().err
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_schedule_event_reports_the_repository(runner: Runner) -> None:
    """Any other event reports on the whole history with both grades."""
    runner.event("schedule", {"schedule": "17 6 * * 1"})
    assert runner.go() == 0
    said = runner.outputs()
    assert (said["view"], said["share-marked"], said["share-at-most"]) == ("repository", "0.25", "1.0")
    assert said["throughput-grade"].startswith("unknown_")
    assert runner.summary.read_text("utf-8").startswith("# AI-written code in made\n")


def test_merge_queue_event_has_no_comment(runner: Runner, capfd: pytest.CaptureFixture[str]) -> None:
    """merge_group names base and head; there is no pull request to comment on, and the log says so."""
    ends = [git("--git-dir", runner.clone, "rev-parse", rev).strip() for rev in ("HEAD~1", "HEAD")]
    runner.event("merge_group", {"merge_group": {"base_sha": ends[0], "head_sha": ends[1]}})
    assert runner.go("--comment") == 0
    assert runner.outputs()["share-marked"] == "1.0"
    assert "No comment: a merge queue" in capfd.readouterr().out


def test_comment_is_created_once_and_patched_only_on_change(runner: Runner) -> None:
    """Three runs: created; the same figures write nothing; another head changes the one that is there."""
    assert runner.go("--comment") == 0
    assert runner.api.writes() == ["POST"]
    (first,) = runner.api.comments
    assert first["body"].startswith(MARKER)
    assert "Marked 75 % of new lines" in first["body"]
    first["body"] = first["body"].replace("\n", "\r\n")  # as GitHub may hand it back
    assert runner.go("--comment") == 0
    assert runner.api.writes() == ["POST"]
    runner.pull_request(head="HEAD~1")
    assert runner.go("--comment") == 0
    assert runner.api.writes() == ["POST", "PATCH"]
    (changed,) = runner.api.comments
    assert "Marked 0 % of new lines" in changed["body"]
    assert runner.api.tokens == {f"Bearer {TOKEN}"}


def test_the_comment_is_found_on_any_page_and_is_nobody_elses(runner: Runner) -> None:
    """250 comments stand before it, and a stranger's that begins with the marker is left alone."""
    others = [{"id": n, "user": {"login": "ada"}, "body": "hm"} for n in range(250)]
    forged = {"id": 300, "user": {"login": "mallory"}, "body": f"{MARKER}\nall is well"}
    own = {"id": 301, "user": {"login": BOT}, "body": f"{MARKER}\nold"}
    runner.api.comments = [*others, forged, own]
    assert runner.go("--comment") == 0
    assert runner.api.writes() == ["PATCH"]
    assert own["body"] != f"{MARKER}\nold"
    assert forged["body"] == f"{MARKER}\nall is well"


def test_read_only_token_costs_only_the_comment(runner: Runner, capfd: pytest.CaptureFixture[str]) -> None:
    """On a fork's pull request the exit code is 0; log and summary say what to do."""
    runner.api.read_only = True
    assert runner.go("--comment") == 0
    assert runner.api.writes() == ["POST"]
    assert runner.outputs()["share-marked"] == "0.75"
    told = "No comment: the token may not write one here (HTTP 403)."
    assert told in runner.summary.read_text("utf-8")
    assert f"::notice title=aishare::{told}" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("failures", "waited"),
    [
        ([("GET", 502, {}), ("GET", 503, {})], [1, 2]),
        ([("POST", 429, {"Retry-After": "7"})], [7]),
        ([("POST", 403, {"X-RateLimit-Remaining": "0"})], [1]),
        ([("POST", 403, {"Retry-After": "3600"})], [60]),
    ],
)
def test_busy_api_is_retried(
    runner: Runner, failures: list[tuple[str, int, dict[str, str]]], waited: list[float]
) -> None:
    """429, 5xx and rate limits are retried after the time the server asks for, at most a minute."""
    slept: list[float] = []
    runner.patch.setattr("analyzer.github.api.sleep", slept.append)
    runner.api.failures = failures
    assert runner.go("--comment") == 0
    assert slept == waited
    assert len(runner.api.comments) == 1


def test_lost_response_does_not_duplicate_the_comment(runner: Runner) -> None:
    """After a 502 for a comment that was stored, the retry finds the comment."""
    runner.api.after = [502]
    assert runner.go("--comment") == 0
    assert len(runner.api.comments) == 1
    assert runner.api.writes() == ["POST"]


def test_unavailable_api_costs_only_the_comment(runner: Runner, capfd: pytest.CaptureFixture[str]) -> None:
    """After four tries there is a warning, and the report is written."""
    runner.api.failures = [("GET", 500, {})] * 9
    assert runner.go("--comment") == 0
    assert [m for m, _ in runner.api.calls] == ["GET"] * 4
    assert "::warning title=aishare::No comment: GitHub did not take it (HTTP 500)." in capfd.readouterr().out


def test_a_redirect_does_not_carry_the_token_away(runner: Runner) -> None:
    """A 302 is an answer like another: nothing is asked of the address it names."""
    with GitHub() as elsewhere:
        runner.api.failures = [("GET", 302, {"Location": f"{elsewhere.url}/repos/o/r/issues/7/comments"})]
        assert runner.go("--comment") == 0
        assert elsewhere.calls == []


def test_annotations_are_asked_for_and_few(runner: Runner, capfd: pytest.CaptureFixture[str]) -> None:
    """None by default; at most as many as asked, one line each, with the path escaped as the runner reads it."""
    assert runner.go() == 0
    assert capfd.readouterr().out == ""
    assert runner.go("--annotations", "1") == 0
    (line,) = capfd.readouterr().out.splitlines()
    assert line.startswith("::notice file=pkg/@scope/c.py,line=1,title=aishare::3 new lines, 100 %25 marked AI")


def test_gate_fails_after_everything_is_written(runner: Runner, capfd: pytest.CaptureFixture[str]) -> None:
    """Exit code 4 on a warning that applies, with summary, outputs and comment; a range has no grade to fail on."""
    assert runner.go("--comment", "--fail-on", "notes-not-fetched") == 4
    assert runner.outputs()["share-marked"] == "0.75"
    assert len(runner.api.comments) == 1
    capfd.readouterr()
    assert runner.go("--fail-on", "unknown_too_little_history") == 0
    assert "cannot fire here" in capfd.readouterr().out
    runner.event("push", {})
    assert runner.go("--fail-on", "unknown_too_little_history") == 4


def test_shallow_clone_names_the_workflow_lines(
    runner: Runner, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3; the summary shows the lines to add to the workflow, and the log has an error."""
    shallow = tmp_path / "shallow"
    git("clone", "--quiet", "--depth=1", f"file://{runner.clone}", shallow)
    runner.clone = shallow
    runner.event("push", {})
    assert runner.go() == 3
    assert "fetch-depth: 0" in runner.summary.read_text("utf-8")
    assert "::error title=shallow-clone::" in capfd.readouterr().out


def test_missing_notes_name_the_workflow_lines(runner: Runner) -> None:
    """The lines that fetch notes are folded under the report."""
    assert runner.go() == 0
    assert "git fetch --quiet origin 'refs/notes/*:refs/notes/*'" in runner.summary.read_text("utf-8")


@pytest.mark.parametrize(
    ("name", "event", "slug"),
    [
        ("pull_request_target", {}, "pull-request-target"),
        ("pull_request", {"pull_request": {"number": 7, "base": {"sha": "--output=x"}}}, "bad-github-event"),
        ("pull_request", {"pull_request": []}, "bad-github-event"),
        ("push", [], "bad-github-event"),
        ("workflow_run", {"workflow_run": {"head_sha": "0" * 40}}, "bad-pull-request-report"),
    ],
)
def test_odd_events_are_refused(
    runner: Runner, name: str, event: Any, slug: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Wrong use, told in the log and the summary; nothing of an event reaches git unchecked."""
    runner.event(name, event)
    assert runner.go() == 2
    assert slug in capfd.readouterr().err
    assert f"`{slug}`" in runner.summary.read_text("utf-8")


def test_outside_a_runner_it_says_what_to_use(runner: Runner, capfd: pytest.CaptureFixture[str]) -> None:
    """Without a summary file there is nowhere to write."""
    runner.patch.delenv("GITHUB_STEP_SUMMARY")
    assert runner.go() == 2
    assert "aishare pr A..B" in capfd.readouterr().err


class TestForks:
    """The second workflow: the comment is drawn from the first one's JSON, on the pull request with that head."""

    @pytest.fixture
    def finished(self, runner: Runner) -> Runner:
        """The first workflow has run with a read-only token; the second one begins."""
        assert runner.go() == 0
        head = json.loads((runner.reports / "report.json").read_text())["range"]["head"]
        fork = {"owner": {"login": "mallory"}}
        runner.event("workflow_run", {"workflow_run": {"head_sha": head, "head_branch": "b", "head_repository": fork}})
        other = {"number": 6, "head": {"sha": "0" * 40, "label": "mallory:b"}}
        runner.api.pulls = [other, {"number": 7, "head": {"sha": head, "label": "mallory:b"}}]
        runner.set(AISHARE_PULL_REQUEST_REPORT=str(runner.reports / "report.json"))
        return runner

    def test_the_comment_lands_on_the_pull_request_with_that_head(self, finished: Runner) -> None:
        """Another open one of the same branch name is left alone; no clone is needed."""
        finished.clone = finished.folder / "nowhere"
        assert finished.go() == 0
        (comment,) = finished.api.comments
        assert "Marked 75 % of new lines" in comment["body"]
        assert comment["user"]["login"] == BOT

    def test_a_forged_report_is_no_markdown(self, finished: Runner) -> None:
        """Line breaks, mentions, tags and links of a report that a fork wrote are text in a cell."""
        path = finished.reports / "report.json"
        tree = json.loads(path.read_text())
        tree["files"][0]["path"] = "x |\n\n# owned @ada #1 GH-1 <img src=x> [l](http://e.org) ```\n"
        tree["earlier"][0]["title"] = "@ada\n- owned"
        path.write_text(json.dumps(tree))
        assert finished.go() == 0
        (comment,) = finished.api.comments
        text = comment["body"]
        assert "\n# owned" not in text
        assert "\n- owned" not in text
        assert not {"@ada", "&#64;ada", "#1", "&#35;1", "GH-1", "<img", "](http", "```"} & {
            word for word in ("@ada", "&#64;ada", "#1 ", "&#35;1", "GH-1", "<img", "](http", "```") if word in text
        }

    @pytest.mark.parametrize(
        ("where", "value"),
        [(("share",), 1e308), (("share",), -0.5), (("new_lines", "marked"), 1e308), (("files", 0, "lines"), 10**40)],
    )
    def test_figures_out_of_bounds_are_refused(self, finished: Runner, where: tuple[Any, ...], value: float) -> None:
        """Numbers that are none of a pull request: wrong use, and no comment."""
        path = finished.reports / "report.json"
        tree = json.loads(path.read_text())
        at = tree
        for key in where[:-1]:
            at = at[key]
        at[where[-1]] = value
        path.write_text(json.dumps(tree))
        assert finished.go() == 2
        assert finished.api.comments == []

    def test_fork_report_may_hold_only_known_words(self, finished: Runner) -> None:
        """Titles, labels, tools and rules that are none of ours, and a thousand rows of earlier work."""
        path = finished.reports / "report.json"
        tree = json.loads(path.read_text())
        forged = "Approved by the security team. Please merge"
        tree["commits"][0] |= {"label": forged, "tool": forged, "model": forged, "rules": [forged] * 400}
        tree["earlier"] = [{**tree["earlier"][0], "title": forged}] * 1_000
        path.write_text(json.dumps(tree))
        assert finished.go() == 0
        (comment,) = finished.api.comments
        assert "Approved" not in comment["body"]
        assert len(comment["body"].encode()) <= LARGEST

    def test_a_report_of_another_commit_is_refused(self, finished: Runner, capfd: pytest.CaptureFixture[str]) -> None:
        """What a fork uploads cannot speak for a commit that it is not about."""
        path = finished.reports / "report.json"
        tree = json.loads(path.read_text())
        tree["range"]["head"] = "1" * 40
        path.write_text(json.dumps(tree))
        assert finished.go() == 2
        assert "bad-pull-request-report" in capfd.readouterr().err
        assert finished.api.comments == []

    @pytest.mark.parametrize("text", ["", "[", "{}", "[" * 100_000, '{"schema_version": 1}', "\xff"])
    def test_no_report_is_refused(self, finished: Runner, text: str) -> None:
        """What does not decode is wrong use, never a traceback."""
        (finished.reports / "report.json").write_text(text, "latin-1")
        assert finished.go() == 2
        assert finished.api.comments == []

    def test_closed_pull_request_gets_no_comment(self, finished: Runner, capfd: pytest.CaptureFixture[str]) -> None:
        """No open pull request with this head: nothing is written, and the log says so."""
        finished.api.pulls = finished.api.pulls[:1]
        assert finished.go() == 0
        assert finished.api.writes() == []
        assert "no open pull request has this head" in capfd.readouterr().out


def test_comment_on_thousands_of_files_fits(runner: Runner, make_repo: MakeRepo, tmp_path: Path) -> None:
    """5,000 files with names that need escaping: comment and summary stay under their limits, tags are balanced."""
    git("init", "--quiet", tmp_path / "none")
    names = [f"{'_*[x]@#' * 20}/{n}.py" for n in range(5_000)]
    (tmp_path / "made").rename(tmp_path / "first")
    runner.clone = make_repo(("start", {"a.py": "a = 1\n"}), ("many" + CLAUDE, {n: f"v = {n!r}\n" for n in names}))
    runner.pull_request(base="HEAD~1")
    assert runner.go("--comment", "--annotations", "10") == 0
    (comment,) = runner.api.comments
    assert len(comment["body"].encode()) <= LARGEST
    assert comment["body"].count("<details>") == comment["body"].count("</details>") == 1
    assert "files more in the report" in comment["body"]
    assert runner.summary.stat().st_size < 900_000


def test_lost_marks_are_requested_from_github(runner: Runner, capfd: pytest.CaptureFixture[str]) -> None:
    """Two pages of pull requests by GraphQL; without an answer the report is made all the same, and the log says so."""
    runner.event("push", {})
    tip = git("--git-dir", runner.clone, "rev-parse", "HEAD~1").strip()
    commit = {"message": f"work{CLAUDE}", "author": {"name": "Ada", "email": "ada@example.org"}}
    old = {"number": 1, "mergeCommit": None, "commits": {"totalCount": 0, "nodes": []}}
    lost = {"number": 2, "mergeCommit": {"oid": tip}, "commits": {"totalCount": 1, "nodes": [{"commit": commit}]}}
    runner.api.graphql = [[old] * 50, [lost]]
    runner.set(GITHUB_GRAPHQL_URL=f"{runner.api.url}/graphql")
    assert runner.go("--recover-squashes") == 0
    found = json.loads((runner.reports / "report.json").read_text())["share"]["recovered"]
    assert (found["matched"], found["newly_marked"], found["marked"], found["marked_with_recovered"]) == (
        1,
        1,
        0.25,
        0.5,
    )
    assert "50 % marked with the marks of 1 squashed pull request" in runner.summary.read_text("utf-8")
    runner.api.graphql = None
    assert runner.go("--recover-squashes") == 0
    assert json.loads((runner.reports / "report.json").read_text())["share"]["recovered"] is None
    assert "::warning title=aishare::No pull requests:" in capfd.readouterr().out


def test_stale_base_of_the_event_is_replaced_by_the_merge_base(
    runner: Runner, make_repo: MakeRepo, tmp_path: Path
) -> None:
    """The event's base is that of the day the pull request was opened: what main gained since is nobody's new line."""
    (tmp_path / "made").rename(tmp_path / "first")
    runner.clone = make_repo(("start", {"a.py": "a = 1\n"}), ("theirs" + CLAUDE, {"b.py": "b = 2\nbb = 3\n"}))
    old, main = git("--git-dir", runner.clone, "rev-list", "--reverse", "HEAD").split()
    who = b"committer Ada <ada@example.org> 1705000000 +0000\n"
    stream = b"commit refs/heads/topic\nmark :1\n" + who + b"data 4\nmine\nfrom %b\n" % main.encode()
    stream += b"M 100644 inline c.py\ndata 6\nc = 3\n\n"
    stream += b"commit refs/pull/7/merge\n" + who + b"data 5\nmerge\nfrom %b\nmerge :1\n" % main.encode()
    stream += b"M 100644 inline c.py\ndata 6\nc = 3\n\n"
    git("--git-dir", runner.clone, "fast-import", "--quiet", stdin=stream)
    head, merge = (
        git("--git-dir", runner.clone, "rev-parse", ref).strip() for ref in ("refs/heads/topic", "refs/pull/7/merge")
    )
    runner.event("pull_request", {"pull_request": {"number": 7, "base": {"sha": old}, "head": {"sha": head}}})
    assert runner.go() == 0
    assert runner.outputs()["share-marked"] != "0.0"  # without the merge there is nothing better than the event
    runner.set(GITHUB_SHA=merge)
    assert runner.go() == 0
    assert runner.outputs()["share-marked"] == "0.0"


def test_text_in_the_log_is_no_workflow_command(
    runner: Runner, make_repo: MakeRepo, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The runner takes ##[ anywhere in a line: a key of a pull request's configuration is told without it."""
    (tmp_path / "made").rename(tmp_path / "first")
    runner.clone = make_repo(("start", {"a.py": "a = 1\n", "aishare.toml": '"##[set-output name=x]y" = 1\n'}))
    runner.event("push", {})
    assert runner.go() == 2
    said = capfd.readouterr()
    assert "set-output" in said.err
    assert "##[" not in said.err + said.out


@pytest.mark.parametrize("token", ["s3cret\nline", "sécret"])
def test_a_broken_token_is_not_printed(runner: Runner, token: str, capfd: pytest.CaptureFixture[str]) -> None:
    """What is no token is refused, and repeated nowhere."""
    runner.patch.setattr("os.environ", {**os.environ, "AISHARE_TOKEN": token})
    assert runner.go("--comment") == 2
    said = capfd.readouterr()
    assert "cret" not in said.err + said.out
    assert "bad-github-api" in said.err


def test_another_bots_comment_is_not_doubled(runner: Runner, capfd: pytest.CaptureFixture[str]) -> None:
    """With a token of another account and the default author there is a warning, and no comment a push."""
    runner.api.comments = [{"id": 5, "user": {"login": "my-app[bot]", "type": "Bot"}, "body": f"{MARKER}\nold"}]
    assert runner.go("--comment") == 0
    assert runner.api.writes() == []
    assert "set comment-author to it" in capfd.readouterr().out
    assert runner.go("--comment", "--comment-author", "my-app[bot]") == 0
    assert runner.api.writes() == ["PATCH"]


def test_a_partial_answer_of_graphql_is_used(runner: Runner) -> None:
    """Nulls in lists, as GraphQL answers in part, lose what they stand for and no more."""
    runner.event("push", {})
    tip = git("--git-dir", runner.clone, "rev-parse", "HEAD~1").strip()
    commit = {"message": f"work{CLAUDE}", "author": None}
    lost = {"number": 2, "mergeCommit": {"oid": tip}, "commits": {"totalCount": 2, "nodes": [None, {"commit": commit}]}}
    runner.api.graphql = [[None, lost]]  # type: ignore[list-item]
    runner.set(GITHUB_GRAPHQL_URL=f"{runner.api.url}/graphql")
    assert runner.go("--recover-squashes") == 0
    assert json.loads((runner.reports / "report.json").read_text())["share"]["recovered"]["newly_marked"] == 1
