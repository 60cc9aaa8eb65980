"""What a commit's own files set is said with every figure, can be left out, and does not count for the range itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.cli import run
from analyzer.pipeline.inputs import time_window
from analyzer.report.renderers import find_renderer
from tests.conftest import MakeRepo, git
from tests.planting import analyze_path, load_path

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.pipeline.load import History

CLAUDE = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
RULES = '[[rules]]\ntool = "house-agent"\naddresses = ["ada@example.org"]\n'


def code(*names: str) -> str:
    """A file of code with a line per name."""
    return "".join(f"value_of_{name} = compute({name!r})\n" for name in names)


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    """Four commits, one of them marked, over three files of code."""
    return make_repo(
        ("one", {"a.py": code("a", "b", "c", "d")}),
        ("two" + CLAUDE, {"b.py": code("e", "f", "g"), "lib/c.py": code("h")}),
        ("three", {"a.py": code("a", "b", "c", "d", "i")}),
        ("four", {"lib/c.py": code("h", "j", "k")}),
    )


def commit(repo: Path, **files: str) -> None:
    """Commit files to the head of a bare repository, and remove those without text; `dot_name` is `.name`."""
    entries = {line.split("\t")[1]: line for line in git("--git-dir", repo, "ls-tree", "HEAD").splitlines()}
    for name, text in files.items():
        path = name.replace("dot_", ".").replace("_toml", ".toml").replace("_", "-")
        entries.pop(path, None)
        if text:
            blob = git("--git-dir", repo, "hash-object", "-w", "--stdin", stdin=text.encode()).strip()
            entries[path] = f"100644 blob {blob}\t{path}"
    tree = "".join(f"{entry}\n" for entry in entries.values())
    made = git("--git-dir", repo, "mktree", stdin=tree.encode()).strip()
    sha = git("--git-dir", repo, "commit-tree", made, "-p", "HEAD", "-m", "settings").strip()
    git("--git-dir", repo, "update-ref", "HEAD", sha)


def report(repo: Path, *options: str, verb: tuple[str, ...] = ("analyze",)) -> Any:
    """The JSON of a run."""
    out = repo.parent / "out.json"
    assert run([*verb, str(repo), "--no-cache", "-q", "-o", str(out), *options]) == 0
    return json.loads(out.read_text())


def settings(found: Any) -> dict[str, tuple[int | None, int | None]]:
    """Each setting with how many of how many it changes."""
    return {s["setting"]: (s["changed"], s["total"]) for s in found["repository_settings"]}


KINDS = {
    "rules": ({"aishare_toml": RULES}, (5, 5)),
    "exclude": ({"aishare_toml": 'exclude = ["lib"]\n'}, (3, 11)),
    "include": ({"aishare_toml": 'include = ["lib"]\n'}, (8, 11)),
    "since": ({"aishare_toml": "since = 2024-01-03\n"}, (3, 5)),
    "until": ({"aishare_toml": "until = 2024-01-02\n"}, (2, 5)),
    "by": ({"pyproject_toml": '[tool.aishare]\nby = "quarter"\n'}, (None, None)),
    "salt": ({"aishare_toml": 'salt = "known to everybody"\n'}, (None, None)),
    ".gitattributes": ({"dot_gitattributes": "lib/** linguist-generated\n"}, (3, 11)),
    ".mailmap": ({"dot_mailmap": "Grace <grace@example.org> <ada@example.org>\n"}, (5, 5)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_setting_is_counted_and_can_be_left_out(repo: Path, kind: str) -> None:
    """Its effect is what it is made for; without the commit's settings its history reads as if it had none."""
    files, effect = KINDS[kind]
    commit(repo, **files)
    assert {s.setting: (s.changed, s.total) for s in load_path(repo).repository_settings} == {kind: effect}
    ignored = load_path(repo, repo_config=False)
    assert ignored.repository_settings == []
    git("--git-dir", repo, "update-ref", "HEAD", "HEAD~1")
    commit(repo, notes_txt="\n".join(files.values()))
    untouched = load_path(repo)
    assert untouched.repository_settings == []
    assert figures(ignored) == figures(untouched)
    assert ignored.settings.digest() != untouched.settings.digest()


def figures(history: History) -> list[list[object]]:
    """What settings can move: labels, people, counted files, lines."""
    lines = history.required_lines()
    counted = lines.changes[lines.changes["path"].isin(["a.py", "b.py", "lib/c.py"])]
    labels = history.labels[["label", "tool"]]
    return [
        labels.to_numpy().tolist(),
        history.commits["mapped_name"].tolist(),
        counted[["path", "path_class", "added"]].astype("str").to_numpy().tolist(),
        [lines.blamed.loc[lines.blamed["path"] == path, "lines"].sum() for path in ("a.py", "b.py", "lib/c.py")],
        [time_window(history)],
    ]


def test_settings_stand_in_the_report(repo: Path) -> None:
    """As a list, in data quality, and in no figure's way when they are left out."""
    commit(repo, aishare_toml=RULES)
    found = report(repo)
    assert settings(found) == {"rules": (5, 5)}
    (row,) = [row for row in found["data_quality"] if row["slug"] == "repository-settings"]
    assert row["severity"] == "warning"
    assert found["repository_settings"][0]["effect"] in row["message"]
    plain = report(repo, "--no-repo-config")
    assert plain["repository_settings"] == []
    assert all(row["slug"] != "repository-settings" for row in plain["data_quality"])


@pytest.mark.parametrize(
    ("file", "text"),
    [("dot_gitattributes", "moved/** linguist-vendored\n"), ("aishare_toml", 'exclude = ["moved/**"]\n')],
)
def test_files_that_were_only_renamed_are_counted(repo: Path, file: str, text: str) -> None:
    """They have no added lines under their new name, but lines at head."""
    tree = git("--git-dir", repo, "ls-tree", "-r", "HEAD").replace("\ta.py", "\tmoved/a.py").splitlines()
    (moved,) = (line for line in tree if "moved/" in line)
    folder = git("--git-dir", repo, "mktree", stdin=moved.replace("moved/", "").encode() + b"\n").strip()
    others = [line for line in git("--git-dir", repo, "ls-tree", "HEAD").splitlines() if "a.py" not in line]
    top = "".join(f"{line}\n" for line in [*others, f"040000 tree {folder}\tmoved"])
    made = git("--git-dir", repo, "mktree", stdin=top.encode()).strip()
    sha = git("--git-dir", repo, "commit-tree", made, "-p", "HEAD", "-m", "move").strip()
    git("--git-dir", repo, "update-ref", "HEAD", sha)
    commit(repo, **{file: text})
    (setting,) = load_path(repo).repository_settings
    assert (setting.changed, setting.total) == (5, 11)


def test_ignored_revisions_are_said(repo: Path) -> None:
    """Whoever may commit can take lines from their authors with this file."""
    third = git("--git-dir", repo, "rev-parse", "HEAD~1").strip()
    commit(repo, dot_git_blame_ignore_revs=f"{third}\n")
    assert settings(report(repo)) == {".git-blame-ignore-revs": (1, 5)}
    assert settings(report(repo, "--no-repo-config")) == {}


def test_what_an_option_overrides_is_not_the_repositorys(repo: Path, tmp_path: Path) -> None:
    """An option, or a file of the user's, is no setting of the repository."""
    commit(repo, aishare_toml='by = "week"\nexclude = ["lib"]\n')
    assert set(settings(report(repo, "--by", "month"))) == {"exclude"}
    (tmp_path / "mine.toml").write_text('exclude = ["a.py"]\n')
    assert settings(report(repo, "--config", str(tmp_path / "mine.toml"))) == {}


def test_every_form_names_them(repo: Path) -> None:
    """Whoever sees a figure sees that the repository has set how it is counted."""
    commit(repo, aishare_toml=RULES)
    result = analyze_path(repo).result
    for form in ("terminal", "html", "markdown", "card"):
        text = find_renderer(form).render(result)
        assert "aishare.toml" in text
        assert "5 of 5 commits" in text


def test_a_range_does_not_set_how_it_is_counted(repo: Path) -> None:
    """Settings are those of its base, also where they first appear or go away in the range."""
    before = report(repo, verb=("pr", "HEAD~2.."))
    every = {name: text for files, _ in KINDS.values() for name, text in files.items()}
    commit(repo, **every)
    after = report(repo, verb=("pr", "HEAD~3.."))
    assert after["new_lines"] == before["new_lines"]
    assert after["repository_settings"] == []
    (row,) = [row for row in after["data_quality"] if row["slug"] == "settings-changed-in-range"]
    for name in ("aishare.toml", "pyproject.toml", ".gitattributes", ".mailmap"):
        assert name in row["message"]
    commit(repo, aishare_toml="")
    later = report(repo, verb=("pr", "HEAD~1.."))
    assert {s["file"] for s in later["repository_settings"]} >= {"pyproject.toml"}


def test_a_version_bump_in_pyproject_is_no_setting(repo: Path) -> None:
    """Only the part of the file that is about us counts as a change of settings."""
    commit(repo, pyproject_toml='[project]\nversion = "1"\n[tool.aishare]\nby = "week"\n')
    commit(repo, pyproject_toml='[project]\nversion = "2"\n[tool.aishare]\nby = "week"\n')
    found = report(repo, verb=("pr", "HEAD~1.."))
    assert all(row["slug"] != "settings-changed-in-range" for row in found["data_quality"])


def test_explain_agrees_with_analyze(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A commit is explained by the settings of the head, which analyze counts it with."""
    first = git("--git-dir", repo, "rev-parse", "HEAD~3").strip()
    commit(repo, aishare_toml=RULES)
    assert run(["explain", first, str(repo)]) == 0
    assert "label    marked" in capsys.readouterr().out


def test_other_verbs_say_it_in_a_note(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table has no room for a sentence: the note goes to stderr."""
    commit(repo, aishare_toml=RULES)
    assert run(["dump", "commits", str(repo)]) == 0
    assert "aishare.toml of the commit sets rules; --no-repo-config ignores it" in capsys.readouterr().err
    assert run(["dump", "commits", str(repo), "--no-repo-config"]) == 0
    assert "aishare.toml" not in capsys.readouterr().err
