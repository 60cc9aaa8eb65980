"""Every parser holds what its target says: of the inputs that are kept, of a few hundred new ones, and of long ones."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from tests.validation.fuzz import campaign, engine, inputs, page
from tests.validation.fuzz.targets import TARGETS

if TYPE_CHECKING:
    from tests.validation.fuzz.target import Target

# An input of this length, and the time it may take: a hundred times what a parser needs that reads it once.
_LONG, _SECONDS = 30_000, 4.0
each = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)


@each
def test_parsers_hold_their_property(target: Target) -> None:
    """Seeds, what fuzzing came upon, what each defect was found with; then mutations of it, the same each time."""
    start = inputs.start(target)
    for data in start:
        target.tried(data)
    assert engine.plain(target, start, 150, seed=1).found == []


@each
def test_parsers_read_in_linear_time(target: Target) -> None:
    """The first seed, its longest line or its words, again and again."""
    rng = random.Random(target.name)  # noqa: S311 - the same each time
    tokens = rng.sample(target.tokens, min(3, len(target.tokens)))
    longs = [token * (_LONG // len(token)) for token in tokens]
    for data in [*longs, *inputs.grown(next(iter(target.seeds())), _LONG)]:
        began = time.process_time()
        target.tried(data)
        assert time.process_time() - began < _SECONDS


def test_planted_parser_fault_is_found() -> None:
    """The plain mutator finds an input that breaks a property, and hands it over."""
    notes = next(target for target in TARGETS if target.name == "notes")

    def broken(data: bytes) -> None:
        assert b"\n---" in data

    target = type(notes)(notes.name, notes.parser, notes.modules, broken, notes.seeds, notes.tokens)
    (found,) = engine.plain(target, inputs.start(target), 10_000, seed=1).found
    assert b"\n---" not in found


def test_kept_inputs_are_small_and_each_has_a_target() -> None:
    """Less than a megabyte in all; nothing is left of a target that is gone, and nothing unmended is kept."""
    files = sorted(inputs.FOLDER.glob("*.jsonl"))
    assert {file.stem for file in files} <= {target.name for target in TARGETS}
    assert sum(file.stat().st_size for file in files) < 1_000_000
    assert not [name for file in files for name in inputs.kept(file.stem) if name.startswith("new-")]


def test_reliability_page_has_this_campaign() -> None:
    """docs/reliability.md has this campaign's table (renewed by `python -m tests.validation.fuzz.page`)."""
    text = page.PAGE.read_text("utf-8")
    assert page.refreshed(text, page.rendered(TARGETS, campaign.results())) == text
