"""Rules on AI marks that apply to a repository, and the public ones among them (`policies.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Collection

Asks = Literal["marks", "no_marks", "disclosure", "no_ai", "setting", "unclear"]
Direction = Literal["up", "down", "either"]
_EXPECTED: dict[Asks, Direction] = {"marks": "up", "no_marks": "down", "no_ai": "down"}


@dataclass(frozen=True, slots=True)
class Policy:
    """A dated rule, or a change of one, that can move the marked share.

    Attributes
    ----------
    date : day from which it holds (ISO 8601).
    within : uncertainty of the date, in days.
    asks : what it asks for: marks, no_marks, disclosure (elsewhere), no_ai; setting: a tool can leave its mark out.
    text : what happened, as a sentence without its full stop; printable.
    path, sha : the repository's own file and the commit that changed it; None for a public rule.
    source : address of a public rule; None for the repository's own.
    expects : direction in which the marked share moves with it; None = as `asks` implies.
    """

    date: str
    within: int
    asks: Asks
    text: str
    path: str | None = None
    sha: str | None = None
    source: str | None = None
    expects: Direction = "either"

    @property
    def about_marks_alone(self) -> bool:
        """Whether it takes marks away and leaves use alone: a fall of the marked share is then not a fall in use."""
        return self.asks == "no_marks" and self.expects == "down"


def public_policies(root: str, tools: Collection[str]) -> list[Policy]:
    """Return the public rules for a repository, oldest first.

    Parameters
    ----------
    root : oldest commit on the first-parent line of the analysed commit; forks and mirrors have the same one.
    tools : slugs of the tools whose marks the history has.
    """
    rows = [row for row in _rows() if root in row.get("roots", ()) or row.get("tool") in tools]
    return sorted((_policy(row) for row in rows), key=lambda policy: policy.date)


def _policy(row: dict[str, Any]) -> Policy:
    asks: Asks = row["asks"]
    return Policy(row["date"], row["within"], asks, row["text"], source=row["source"], expects=expected(asks))


def expected(asks: Asks) -> Direction:
    """Return the direction in which the marked share moves with a new rule."""
    return _EXPECTED.get(asks, "either")


@cache
def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(
        resources.files(__package__).joinpath("policies.toml").read_text("utf-8")
    )["policy"]
    return rows
