"""Labels of the dialect fixture against its known truth."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from analyzer.core.tables import records
from tests.conftest import FIXTURES
from tests.planting import load_path

if TYPE_CHECKING:
    from pathlib import Path


def test_every_dialect_reads_as_its_truth(fixture_repos: dict[str, Path]) -> None:
    """Each commit of dialects.fi gets the label, tool, model and strength that dialects.toml states."""
    truth = tomllib.loads((FIXTURES / "dialects.toml").read_text("utf-8"))["commit"]
    history = load_path(str(fixture_repos["dialects"]))
    subjects = [message.split("\n", 1)[0] for message in history.commits["message"]]
    found = [
        {
            "subject": subject,
            "strength": "" if row["strength"] is None or row["strength"] != row["strength"] else row["strength"],
        }
        | {key: row[key] for key in ("label", "tool", "model")}
        for subject, row in zip(subjects, records(history.labels), strict=True)
    ]
    keys = ("subject", "label", "tool", "model", "strength")
    assert [tuple(row[k] for k in keys) for row in found] == [tuple(row[k] for k in keys) for row in truth]


def test_agents_work_is_credited_to_the_person_it_names(fixture_repos: dict[str, Path]) -> None:
    """An agent's commit goes to its co-author or signer, and to nobody where it names nobody."""
    history = load_path(str(fixture_repos["dialects"]))
    by_subject = dict(
        zip((m.split("\n", 1)[0] for m in history.commits["message"]), records(history.labels), strict=True)
    )
    grace = by_subject["claude author with signer"]["person"]
    assert isinstance(grace, str)
    assert by_subject["devin bot author"]["person"] == grace
    assert by_subject["aider author"]["person"] == by_subject["plain work"]["person"]
    assert not isinstance(by_subject["claude author"]["person"], str)
