"""What a repository, a user's protection or a caller's shell says to git about where to look, and how names look.

None of it changes an answer, reads a stranger's file into one, or is taken for an option.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import run
from tests.conftest import MakeRepo, git

if TYPE_CHECKING:
    from collections.abc import Callable

Captured = pytest.CaptureFixture[str]
PY = "".join(f"value_{n} = {n}\n" for n in range(5))


def answer(path: Path | str, out: Path, *options: str) -> bytes:
    """The JSON report of a repository."""
    assert run(["analyze", str(path), "--effort", "--json", "--no-cache", "-q", "-o", str(out), *options]) == 0
    return out.read_bytes()


@pytest.fixture
def clone(make_repo: MakeRepo, tmp_path: Path) -> Path:
    """A clone of three commits with notes that git would show."""
    source = make_repo(("one", {"a.py": PY}), ("two", {"b.py": PY}), ("three", {"a.py": PY + "more = 1\n"}))
    git("clone", "--quiet", source, tmp_path / "clone")
    git("-C", tmp_path / "clone", "remote", "remove", "origin")
    git("-C", tmp_path / "clone", "notes", "add", "-m", "Co-authored-by: Claude <noreply@anthropic.com>", "HEAD")
    return tmp_path / "clone"


SETTINGS = {
    "core.worktree": "/etc",
    "mailmap.file": "{planted}",
    "mailmap.blob": "HEAD:a.py",
    "blame.ignoreRevsFile": "/etc/passwd",
    "notes.displayRef": "refs/notes/*",
    "core.notesRef": "refs/notes/commits",
    "diff.orderFile": "/etc/passwd",
    "core.attributesFile": "{planted}",
    "core.excludesFile": "/etc/passwd",
    "core.ignoreCase": "true",
    "core.precomposeUnicode": "true",
    "core.useReplaceRefs": "true",
    "core.abbrev": "4",
    "core.compression": "9",
    "core.logAllRefUpdates": "always",
    "core.warnAmbiguousRefs": "true",
    "diff.wordRegex": "(",
    "diff.colorMoved": "zebra",
    "diff.interHunkContext": "50",
    "diff.context": "50",
    "diff.suppressBlankEmpty": "true",
    "diff.statGraphWidth": "1",
    "diff.dirstat": "nonsense",
    "log.diffMerges": "on",
    "log.excludeDecoration": "*",
    "log.graphColors": "red",
    "log.initialDecorationSet": "all",
    "i18n.commitEncoding": "UTF-16",
    "format.notes": "true",
    "gitcvs.enabled": "true",
    "transfer.hideRefs": "refs/heads",
    "include.path": "/etc/passwd-of-nobody",
    "commitGraph.readChangedPaths": "true",
}


def test_settings_of_the_repository_change_nothing(clone: Path, tmp_path: Path) -> None:
    """The same bytes with and without all of them."""
    before = answer(clone, tmp_path / "before")
    (tmp_path / "planted").write_text("Nobody <x@y> <ada@example.org>\n* linguist-vendored\n")
    for key, value in SETTINGS.items():
        git("-C", clone, "config", key, value.format(planted=tmp_path / "planted"))
    assert answer(clone, tmp_path / "after") == before


def test_git_itself_would_read_a_strangers_file(clone: Path) -> None:
    """The proof for blame.ignoreRevsFile: plain git does what the setting says."""
    git("-C", clone, "config", "blame.ignoreRevsFile", "/etc/passwd")
    with pytest.raises(subprocess.CalledProcessError):
        git("-C", clone, "blame", "a.py")


def replaced(clone: Path) -> None:
    """HEAD is replaced by its root."""
    git("-C", clone, "replace", "HEAD", "HEAD~2")


def grafted(clone: Path) -> None:
    """HEAD has no parents."""
    (clone / ".git" / "info" / "grafts").write_text(git("-C", clone, "rev-parse", "HEAD"))


def bound(clone: Path) -> None:
    """A shallow file that names no commit of this history."""
    (clone / ".git" / "objects" / "info").mkdir(exist_ok=True)
    (clone / ".git" / "refs" / "replace").mkdir(exist_ok=True)
    (clone / ".git" / "info" / "sparse-checkout").write_text("/nothing\n")


def linked(clone: Path) -> None:
    """Its `.git` is a file that leads elsewhere."""
    (clone.parent / "elsewhere").mkdir()
    moved = (clone / ".git").rename(clone.parent / "elsewhere" / "clone.git")
    (clone / ".git").write_text(f"gitdir: {moved}\n")


def borrowed(clone: Path) -> None:
    """Its objects are borrowed from a folder elsewhere."""
    objects = clone / ".git" / "objects"
    objects.rename(clone.parent / "lent")
    (objects / "info").mkdir(parents=True)
    (objects / "info" / "alternates").write_text(f"{clone.parent / 'lent'}\n")


def borrowed_in_circles(clone: Path) -> None:
    """Its objects are borrowed from itself, from nowhere, and from a file."""
    objects = clone / ".git" / "objects"
    (objects / "info" / "alternates").write_text(f"{objects}\n/nowhere\n/etc/passwd\n../../.git/objects\n\0\n")


def told_otherwise(clone: Path) -> None:
    """A commit-graph, well-formed, in which HEAD's parent is the root."""
    git("-C", clone, "commit-graph", "write", "--reachable")
    path = clone / ".git" / "objects" / "info" / "commit-graph"
    told = bytearray(path.read_bytes())
    chunks = {bytes(told[at : at + 4]): int.from_bytes(told[at + 4 : at + 12]) for at in range(8, 8 + 12 * told[6], 12)}
    fanned, ids = chunks[b"OIDF"], chunks[b"OIDL"]
    count = int.from_bytes(told[fanned + 1020 : fanned + 1024])
    places = {told[ids + 20 * n : ids + 20 * n + 20].hex(): n for n in range(count)}
    head, root = (places[git("-C", clone, "rev-parse", rev).strip()] for rev in ("HEAD", "HEAD~2"))
    parent = chunks[b"CDAT"] + 36 * head + 20
    told[parent : parent + 4] = root.to_bytes(4)
    told[-20:] = hashlib.sha1(told[:-20], usedforsecurity=False).digest()
    path.unlink()
    path.write_bytes(told)
    assert git("-C", clone, "rev-list", "--count", "HEAD").strip() == "2", "git itself is told otherwise"


def dirty(clone: Path) -> None:
    """A work tree with attributes, names and an index of its own."""
    (clone / ".gitattributes").write_text("* linguist-vendored -diff\n")
    (clone / ".mailmap").write_text("Nobody <x@y> <ada@example.org>\n")
    (clone / "aishare.toml").write_text("nonsense = 1\n")
    (clone / ".git" / "index").write_bytes(b"DIRC no index")


@pytest.mark.parametrize(
    "how", [replaced, grafted, bound, linked, borrowed, borrowed_in_circles, told_otherwise, dirty]
)
def test_what_lies_beside_the_objects_changes_nothing(how: Callable[[Path], None], clone: Path, tmp_path: Path) -> None:
    """The same bytes however the clone is dressed up."""
    before = answer(clone, tmp_path / "before")
    how(clone)
    assert answer(clone, tmp_path / "after") == before


VARIABLES = (
    "GIT_DIR GIT_COMMON_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES "
    "GIT_NAMESPACE GIT_CEILING_DIRECTORIES GIT_SHALLOW_FILE GIT_GRAFT_FILE GIT_REPLACE_REF_BASE GIT_ATTR_SOURCE "
    "GIT_LITERAL_PATHSPECS GIT_GLOB_PATHSPECS GIT_ICASE_PATHSPECS GIT_DEFAULT_HASH GIT_NOTES_REF GIT_NOTES_DISPLAY_REF "
    "GIT_DIFF_OPTS GIT_EXEC_PATH GIT_TEMPLATE_DIR GIT_QUARANTINE_PATH GIT_PREFIX GIT_INTERNAL_SUPER_PREFIX"
)


def test_variables_of_the_caller_change_nothing(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes under all of them."""
    before = answer(clone, tmp_path / "before")
    for variable in VARIABLES.split():
        monkeypatch.setenv(variable, str(tmp_path / "nowhere"))
    assert answer(clone, tmp_path / "after") == before


NAMES = ("--output=x", "-O", "-", "--all", "-cx", "--exec=touch x", "@{u}", ":(exclude)a", "HEAD", "^HEAD")
ALLOWED = ("--output=x", "-O", "--all", "-cx", "--exec=touch")


@pytest.mark.parametrize("name", ALLOWED)
def test_a_branch_that_looks_like_an_option_is_a_branch(name: str, clone: Path, tmp_path: Path) -> None:
    """HEAD on it, a tag of that name, and asked for by it or by a range: no option, no file written."""
    head = git("-C", clone, "rev-parse", "HEAD").strip()
    with (clone / ".git" / "packed-refs").open("a") as file:
        file.write(f"{head} refs/heads/{name}\n{head} refs/tags/{name}\n")
    before = answer(clone, tmp_path / "before")
    (clone / ".git" / "HEAD").write_text(f"ref: refs/heads/{name}\n")
    seen = sorted(p.name for p in Path.cwd().iterdir()), sorted(p.name for p in clone.iterdir())
    assert answer(clone, tmp_path / "after").replace(name.encode(), b"main") == before.replace(name.encode(), b"main")
    answer(clone, tmp_path / "named", f"--rev={name}")
    assert run(["pr", f"{name}~2..{name}", str(clone), "-q"]) in {0, 2, 3}
    assert run(["explain", name, str(clone)]) in {0, 1, 2, 3}
    assert (sorted(p.name for p in Path.cwd().iterdir()), sorted(p.name for p in clone.iterdir())) == seen


def test_paths_that_look_like_options_are_paths(make_repo: MakeRepo, tmp_path: Path) -> None:
    """A file of any name has its lines counted."""
    repo = make_repo(*((name, {f"{name}.py": PY, f"{name}/{name}.py": PY}) for name in NAMES))
    found = json.loads(answer(repo, tmp_path / "out"))["share"]["definitions"]
    assert next(d["n"] for d in found if d["id"] == "lines_added") == 10 * len(NAMES)


def owned_by_nobody(folder: Path) -> None:
    """Give a folder to another user."""
    for path in (folder, *folder.rglob("*")):
        os.lchown(path, 65534, 65534)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_repository_of_somebody_else_is_refused(clone: Path, capsys: Captured) -> None:
    """What git checks of who owns a repository holds for every verb."""
    owned_by_nobody(clone)
    for words in (["analyze", str(clone)], ["pr", "HEAD~1..HEAD", str(clone)], ["dump", "births", str(clone)]):
        assert run(words) == 3
        assert "safe.directory" in capsys.readouterr().err
    assert run(["doctor", str(clone)]) == 0
    assert "safe.directory" in capsys.readouterr().out


def test_bare_repositories_where_the_user_trusts_none(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """With safe.bareRepository=explicit a clone reads as ever, and a bare one is refused for that reason."""
    before = answer(clone, tmp_path / "before")
    (tmp_path / "gitconfig").write_text("[safe]\n\tbareRepository = explicit\n")
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "gitconfig").rename(tmp_path / ".gitconfig")
    assert answer(clone, tmp_path / "after") == before
    code = run(["analyze", str(tmp_path / "made"), "-q"])
    said = capsys.readouterr().err
    assert code == 0 or ("safe.bareRepository" in said and "dubious-ownership" in said)
