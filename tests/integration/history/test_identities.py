"""People and automation of whole histories: unconfigured machines, renamed accounts, bots under a person's address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import git, imported
from tests.planting import Stream, analyze_path, body

if TYPE_CHECKING:
    from pathlib import Path

Captured = pytest.CaptureFixture[str]


def history(folder: Path, *authors: str) -> Path:
    """A repository with two commits per author."""
    stream = Stream()
    tip: tuple[int, ...] = ()
    for n, author in enumerate(authors * 2):
        tip = (stream.add(f"change {n}", {f"f{n}.py": body(f"f{n}")}, tip, at=n, by=author),)
    return imported(folder / "r", stream.text)


def test_unconfigured_machines_are_told_apart_and_counted(tmp_path: Path) -> None:
    """Four names at two placeholders are four people; the row has the counts and no name or address."""
    analysis = analyze_path(
        history(
            tmp_path,
            "Ada Ames <root@localhost.localdomain>",
            "Bert Birch <root@localhost.localdomain>",
            "Cleo Cox <you@example.com>",
            "Dora Dunn <you@example.com>",
        )
    )
    assert analysis.result.repository.people == 4
    rows = {row.slug: row.message for row in analysis.result.data_quality}
    assert rows["addresses-of-nobody"].startswith("4 names share 2 addresses that identify nobody")
    assert "Ames" not in str(analysis.result.data_quality)
    assert "localdomain" not in str(analysis.result.data_quality)


def test_people_with_an_address_of_their_own_need_no_row(tmp_path: Path) -> None:
    """A renamed account, and a person with three spellings, are one person each."""
    analysis = analyze_path(
        history(
            tmp_path,
            "ada <1+ada@users.noreply.github.com>",
            "lovelace <1+lovelace@users.noreply.github.com>",
            "Robert Smith <bob@x.example.org>",
            "Bob <bob@x.example.org>",
        )
    )
    assert analysis.result.repository.people == 2
    assert "addresses-of-nobody" not in {row.slug for row in analysis.result.data_quality}


def test_automation_under_a_persons_address_is_not_their_work(tmp_path: Path) -> None:
    """One person is left, with the two commits of their own."""
    analysis = analyze_path(
        history(
            tmp_path,
            "Ada Ames <ada@example.org>",
            "CI on behalf of the Example team <ada@example.org>",
            "CI Bot <ci@example.org>",
            "Gopher Robot <gobot@golang.org>",
            "Travis CI User <travis@example.org>",
        )
    )
    commits = next(d for d in analysis.result.share.definitions if d.id == "commits")
    assert (commits.n, analysis.result.repository.people) == (2, 1)
    assert analysis.history.labels["label"].value_counts().to_dict() == {"automation": 8, "unmarked": 2}


def test_authors_equal_git_shortlog_where_nothing_is_shared(tmp_path: Path) -> None:
    """With a name and an address each, people are the rows of git's own summary."""
    repo = history(tmp_path, *(f"Ann{n} Lee{n} <ann{n}@x.example.org>" for n in range(7)))
    rows = git("--git-dir", repo, "shortlog", "-sne", "main").splitlines()
    assert analyze_path(repo).result.repository.people == len(rows) == 7
