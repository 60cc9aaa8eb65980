"""The public test sets of AI marks: format, sources, invented people, and that no published quarter changes."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import FIXTURES

if TYPE_CHECKING:
    from pathlib import Path

MARKS = FIXTURES / "marks"
QUARTERS = sorted(MARKS.glob("*.jsonl"))
KEYS = [
    *("id", "category", "author_name", "author_email", "committer_name", "committer_email", "date", "subject"),
    *("trailers_or_body_excerpt", "expected", "why", "source", "synthetic"),
]
SLUG = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
SOURCE = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{7,40}|(?:documentation: )?https://\S+")
ADDRESS = re.compile(r"[\w.+-]+(?:\[bot\])?@[\w-]+(?:\.[\w-]+)+")
INVENTED = re.compile(r".+@example\.com|person-\d+@.+")
quarterly = pytest.mark.parametrize("path", QUARTERS, ids=lambda path: path.stem)


def rows(path: Path) -> list[dict[str, Any]]:
    """Rows of one quarter's file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def slugs(value: str | list[str] | None) -> list[str]:
    """Slugs of a tool or model field: none, one, or a sorted list of several."""
    if isinstance(value, list):
        assert len(value) > 1
        assert value == sorted(set(value))
        return value
    return [] if value is None else [value]


def test_ids_are_unique_across_quarters() -> None:
    """An id names one row for good, so that a report about it stays readable."""
    ids = [row["id"] for path in QUARTERS for row in rows(path)]
    assert ids
    assert len(ids) == len(set(ids))


@quarterly
def test_rows_have_every_column_and_belong_to_the_quarter(path: Path) -> None:
    """Each row has the documented keys in order, an id of its file, a month, a reason, and a source."""
    for row in rows(path):
        assert list(row) == KEYS, row["id"]
        assert re.fullmatch(path.stem.replace("-", "") + r"-\d{3}", row["id"])
        assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", row["date"]), row["id"]
        assert SOURCE.fullmatch(row["source"]), row["id"]
        assert SLUG.fullmatch(row["category"]), row["id"]
        assert row["author_name"], row["id"]
        assert row["subject"], row["id"]
        assert row["why"].endswith("."), row["id"]
        assert isinstance(row["synthetic"], bool), row["id"]


@quarterly
def test_labels_are_slugs(path: Path) -> None:
    """Tools and models are lower-case slugs, and only rows with credited content have them."""
    for row in rows(path):
        label = row["expected"]
        assert list(label) == ["ai", "tool", "model", "bot"], row["id"]
        assert label["ai"] in {"authored", "assisted", "unknown", "none"}, row["id"]
        assert isinstance(label["bot"], bool), row["id"]
        names = [*slugs(label["tool"]), *slugs(label["model"])]
        assert all(SLUG.fullmatch(slug) for slug in names), row["id"]
        assert not names or label["ai"] in {"authored", "assisted"}, row["id"]


@quarterly
def test_set_is_large_and_balanced(path: Path) -> None:
    """At least 200 rows, of which 30 % are traps or undecided, and 25 shapes of tools that few people know."""
    cases = rows(path)
    marked = sum(row["expected"]["ai"] in {"authored", "assisted"} for row in cases)
    assert len(cases) >= 200
    assert 0.5 <= marked / len(cases) <= 0.7
    assert sum(row["category"] == "rare-tool" for row in cases) >= 25
    assert len({row["category"] for row in cases}) >= 15


def test_no_address_belongs_to_a_person() -> None:
    """Every address is invented or on the reviewed list of accounts of tools, and the list has no spare line."""
    accounts = (MARKS / "accounts.txt").read_text(encoding="utf-8").splitlines()
    assert accounts == sorted(set(accounts))
    fields = ("author_email", "committer_email", "subject", "trailers_or_body_excerpt")
    texts = [row[field] for path in QUARTERS for row in rows(path) for field in fields]
    addresses = {address for text in texts for address in ADDRESS.findall(text)}
    assert {address.lower() for address in addresses if not INVENTED.fullmatch(address)} == set(accounts)


def test_published_quarters_are_frozen() -> None:
    """The digest of every quarter is the published one."""
    lines = (MARKS / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    published = {name: digest for digest, name in (line.split() for line in lines)}
    assert published == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in QUARTERS}
