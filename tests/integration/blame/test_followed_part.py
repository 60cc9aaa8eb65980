"""A history whose old lines or uncounted files are not followed gives what the whole one gives of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.blame import patch_stream
from analyzer.blame.run import trace_lines
from analyzer.core.cachedir import CacheStore
from analyzer.history import start
from analyzer.history.commits import read_commits
from analyzer.history.repository import open_repository
from tests.conftest import SHARED, MakeRepo, git, imported
from tests.replays import STEP, built

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analyzer.blame.path_log import IsCounted
    from analyzer.blame.run import Provenance

STEPS = st.lists(STEP, min_size=4, max_size=24)
FIRST_SECOND = 1_700_000_000


def traced(
    path: Path,
    *,
    rev: str = "HEAD",
    since: pd.Timestamp | None = None,
    is_counted: IsCounted | None = None,
    store: CacheStore | None = None,
) -> Provenance:
    """Every line's history, or a part of it."""
    repository = open_repository(str(path), rev)
    commits = read_commits(repository.git, repository.head, lambda _: None)
    return trace_lines(repository.git, repository.head, commits, since=since, is_counted=is_counted, store=store)


def second(number: int) -> pd.Timestamp:
    """The instant of the commit with this number in a built history."""
    return pd.Timestamp(FIRST_SECOND + number, unit="s", tz="UTC")


@pytest.fixture
def short_histories(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even one old commit is left out."""
    monkeypatch.setattr(start, "_MIN_OLD_COMMITS", 1)


def rows_of(table: pd.DataFrame, column: str, names: set[str]) -> pd.DataFrame:
    """The rows with one of the names in a column, as text."""
    table = table.astype({name: "str" for name in table.columns if name in {"sha", "born_sha", "died_sha", "path"}})
    return table[table[column].isin(names)].reset_index(drop=True)


def changes_of(run: Provenance, columns: list[str], shas: set[str]) -> pd.DataFrame:
    """Changes of files by ordinary commits among these."""
    table = run.changes({})
    return table[table["sha"].isin(shas - merges(run))][columns].reset_index(drop=True)


def merges(run: Provenance) -> set[str]:
    """Ids of the merges."""
    return {sha.decode() for sha, is_merge in zip(run.lines.shas, run.lines.is_merge, strict=True) if is_merge}


def lines_at_head(run: Provenance) -> dict[str, int]:
    """Number of lines by file."""
    lines = run.surviving("blame").groupby("path", observed=True)["lines"].sum()
    return {str(path): int(count) for path, count in lines.items()}


def check_same_since_start(whole: Provenance, part: Provenance) -> None:
    """What git blame says of the followed commits is equal, and so is the number of lines of each file at head."""
    shas = {sha.decode() for sha in part.lines.shas[part.lines.starts :]}
    for table, column in (("births", "born_sha"), ("lifetimes", "born_sha"), ("surviving", "sha")):
        left, right = (rows_of(getattr(run, table)("blame"), column, shas) for run in (whole, part))
        pd.testing.assert_frame_equal(left, right)
    columns = ["sha", "path", "status", "added", "deleted", "functions", "decisions"]
    left, right = (changes_of(run, columns, shas - merges(whole)) for run in (whole, part))
    pd.testing.assert_frame_equal(left, right)
    assert lines_at_head(whole) == lines_at_head(part)


@pytest.mark.usefixtures("short_histories")
@given(STEPS, st.integers(1, 20))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lines_since_a_start_equal_those_of_the_whole_history(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]], cut: int
) -> None:
    """Whatever is merged later, from branches that forked before the start too."""
    path = built(steps, tmp_path_factory.mktemp("made") / "r")
    check_same_since_start(traced(path), traced(path, since=second(cut)))


@pytest.mark.usefixtures("short_histories")
def test_old_lines_that_come_back_stay_old(make_repo: MakeRepo) -> None:
    """A change of an old file that is reverted, and an old file that is deleted and restored, write nothing."""
    old = {name: "".join(f"{name} = compute({n})\n" for n in range(5)) for name in ("a", "b", "c")}
    shorter = old["a"].replace("3", "three")
    path = make_repo(
        ("old", {f"{name}.py": text for name, text in old.items()}),
        ("change", {"a.py": shorter, "b.py": "gone = True\n"}),
        ("bring back", {"a.py": old["a"], "b.py": old["b"]}),
    )
    first = git("--git-dir", path, "log", "--reverse", "--format=%cI", "main").split()[1]
    part = traced(path, since=pd.Timestamp(first))
    assert part.lines.starts == 1
    assert part.surviving("origin")["sha"].notna().sum() == 0
    assert part.surviving("blame").dropna(subset="sha")["lines"].sum() == 1 + 5


@pytest.mark.usefixtures("short_histories")
@given(STEPS, st.integers(1, 12), st.integers(0, 30))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_resumed_part_equals_fresh_part(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]], cut: int, earlier: int
) -> None:
    """A run that goes on from a stored one gives the tables of a fresh one, with a start and files left out."""
    folder = tmp_path_factory.mktemp("made")
    path = built(steps, folder / "r")
    shas = git("--git-dir", path, "rev-list", "main").split()
    store = CacheStore(folder / "cache", "x")
    traced(path, rev=shas[earlier % len(shas)], since=second(cut), is_counted=all_but_f1, store=store)
    again = traced(path, rev="main", since=second(cut), is_counted=all_but_f1, store=store)
    fresh = traced(path, rev="main", since=second(cut), is_counted=all_but_f1)
    pd.testing.assert_frame_equal(again.changes({}), fresh.changes({}))
    for table in ("births", "lifetimes", "surviving"):
        pd.testing.assert_frame_equal(getattr(again, table)("origin"), getattr(fresh, table)("origin"))


def all_but_f1(paths: Sequence[bytes]) -> list[bool]:
    """Whether each path counts."""
    return [not path.startswith(b"f1") for path in paths]


@given(STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_counted_files_are_followed_as_if_all_were(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]]
) -> None:
    """Lines of files that count, or that renames connect with them, are born as in a whole run; others are counted."""
    path = built(steps, tmp_path_factory.mktemp("made") / "r")
    whole, part = traced(path), traced(path, is_counted=all_but_f1)
    unfollowed = {name.decode() for name in part.lines.unfollowed_paths}
    followed = {str(name) for name in whole.births("blame")["path"].unique()} - unfollowed
    seen = {str(name) for name in part.births("blame")["path"].unique()}
    assert not seen & unfollowed
    left, right = (rows_of(run.births("blame"), "path", followed & seen) for run in (whole, part))
    pd.testing.assert_frame_equal(left, right)
    shas = {sha.decode() for sha in whole.lines.shas}
    left, right = (changes_of(run, ["sha", "path", "added", "deleted"], shas) for run in (whole, part))
    pd.testing.assert_frame_equal(left, right)
    assert lines_at_head(whole) == lines_at_head(part)


def test_lines_keep_their_birth_through_a_file_that_does_not_count(tmp_path: Path) -> None:
    """Renamed from a text to code: its lines are those of the commits that wrote and edited the text."""
    body = "".join(f"line {n} of the file\n" for n in range(9))
    stream = ""
    edited = body.replace("line 0", "the first line")
    changes = (
        ("write", {"a.txt": body, "b.txt": body}),
        ("edit", {"a.txt": edited}),
        ("rename", {"a.py": edited + "last = 1\n"}),
    )
    for subject, files in changes:
        stream += f"commit refs/heads/main\ncommitter A <a@b> 1704099600 +0000\ndata {len(subject)}\n{subject}\n"
        stream += "D a.txt\n" if subject == "rename" else ""
        stream += "".join(f"M 100644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files.items())
    part = traced(
        imported(tmp_path / "r", stream.encode()), is_counted=lambda names: [name.endswith(b".py") for name in names]
    )
    born = part.surviving("blame").astype({"path": "str"}).groupby("path")["sha"].nunique().to_dict()
    assert born == {"a.py": 3, "b.txt": 0}
    assert part.lines.unfollowed_paths == (b"b.txt",)
    assert part.lines.unfollowed_counts.tolist() == [9]


def test_revert_in_a_file_that_does_not_count_is_the_inverse(make_repo: MakeRepo) -> None:
    """Patch ids of a change and its revert add up to 0, although git may cut the same block differently."""
    block = ["{", "a", "}", "{", "b", "}", "{", "c", "}"]
    shorter = block[:3] + block[6:]
    path = make_repo(
        ("write", {"x.json": "\n".join(block) + "\n"}),
        ("cut", {"x.json": "\n".join(shorter) + "\n"}),
        ("bring back", {"x.json": "\n".join(block) + "\n"}),
    )
    part = traced(path, is_counted=lambda names: [False] * len(names))
    _, cut, back = part.lines.patch_id.tolist()
    assert cut != 0
    assert (cut + back) % (1 << 64) == 0


def test_two_processes_read_what_one_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns of three commits, an odd number of turns, and a last turn that is not full."""
    bundle = SHARED / "corpora" / "click.bundle"
    if not bundle.exists():
        pytest.skip("no history click here")
    git("clone", "--quiet", bundle, tmp_path / "r")
    repository = open_repository(str(tmp_path / "r"))
    shas = git("-C", tmp_path / "r", "rev-list", "--no-merges", "-n", "100", "HEAD").encode().split()
    blocks = []
    for fewest in (1, 1_000):
        monkeypatch.setattr(patch_stream, "_MIN_COMMITS_FOR_TWO", fewest)
        monkeypatch.setattr(patch_stream, "_COMMITS_PER_TURN", 3)
        monkeypatch.setattr(patch_stream, "_cores", lambda: 2)
        with patch_stream.open_patches(repository.git, shas, "-p") as stream:
            blocks.append(list(stream))
    assert [block[:40] for block in blocks[0]] == shas
    assert blocks[0] == blocks[1]
