"""Labels against known truth: the dialect fixture, and the labelled cases where they are at hand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.evidence import SIGNALS, agents
from analyzer.evidence.classify import classify_lines
from analyzer.evidence.labels import find_matches
from analyzer.evidence.message import asserted_lines, trailers
from analyzer.evidence.model_names import model_in
from analyzer.evidence.signal import STRENGTHS, CommitText
from tests.conftest import SHARED

CASES = SHARED / "cases" / "commit_signals.jsonl"


@pytest.mark.skipif(not CASES.exists(), reason="the labelled cases (../shared/cases) are not here")
def test_labelled_cases() -> None:
    """Every labelled case reads as it is labelled: who wrote it, tool, model, and whether the author is a bot."""
    lines = CASES.read_bytes().splitlines()
    cases, said = [json.loads(line) for line in lines], [json.loads(line) for line in classify_lines(lines)]
    for field in ("ai", "tool", "model", "bot"):
        wrong = [c["id"] for c, s in zip(cases, said, strict=True) if c["expected"][field] != s[field]]
        assert wrong == [], field


@pytest.mark.parametrize(
    ("name", "address", "tool"),
    [
        ("Claude", "noreply@anthropic.com", "claude-code"),
        ("claude[bot]", "41898282+claude[bot]@users.noreply.github.com", "claude-code"),
        ("GitHub Copilot", "noreply@github.com", "copilot"),
        ("GitHub", "noreply@github.com", None),
        ("Claude Monet", "claude@example.org", None),
        ("claude", "12345+claude@users.noreply.github.com", None),
        ("Copilot Autofix powered by AI", "175728472+Copilot@users.noreply.github.com", "copilot-autofix"),
        ("roomote-v0[bot]", "1+roomote-v0[bot]@users.noreply.github.com", "roo-code"),
    ],
)
def test_identities_are_exact(name: str, address: str, tool: str | None) -> None:
    """Addresses and accounts decide; a person's address with an agent's name is a person."""
    found = agents.by_identity(name, address)
    assert (found.tool if found else None) == tool


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("Claude Opus 4.5 (1M context)", "claude-opus-4.5"),
        ("claude-opus-4-5-20251101", "claude-opus-4.5"),
        ("claude-3-5-sonnet", "claude-3.5-sonnet"),
        ("Opus 4.7 1M", "claude-opus-4.7"),
        ("claude-sonnet-4-6@default", "claude-sonnet-4.6"),
        ("openrouter/deepseek/deepseek-r1", "deepseek-r1"),
        ("GPT-5.6 Sol, autonomous", "gpt-5.6-sol"),
        ("Gemini 2.5 Pro", "gemini-2.5-pro"),
        ("Claude Opus", None),
        ("unknown", None),
        ("Claude Code", None),
    ],
)
def test_models_are_normalised(text: str, model: str | None) -> None:
    """One slug a model, however it is written; a family without a version is unknown."""
    assert model_in(text) == model


@given(st.text(max_size=400), st.text(max_size=40), st.text(max_size=40))
def test_no_message_breaks_the_reader(message: str, name: str, address: str) -> None:
    """Any text at all gives traces or none; it never raises."""
    for trace in find_matches(CommitText(name, address, message)):
        assert trace.strength in STRENGTHS


@given(st.text(alphabet="ab <>@:-.\n\r\t>`", max_size=200))
def test_quoting_only_ever_removes_evidence(message: str) -> None:
    """A message quoted whole asserts nothing: no trailer survives behind "> "."""
    quoted = "\n".join(f"> {line}" for line in message.replace("\r", "\n").split("\n"))
    assert list(trailers(quoted)) == []


def test_folding_joins_only_trailers() -> None:
    """A continuation line belongs to the trailer above it, and prose is never joined."""
    assert list(asserted_lines("Co-authored-by: Claude\n <noreply@anthropic.com>")) == [
        "Co-authored-by: Claude <noreply@anthropic.com>"
    ]
    assert list(asserted_lines("one\n two")) == ["one", "two"]


def test_every_signal_states_its_limits() -> None:
    """A signal without limits would be an advertisement."""
    assert all(signal.says and signal.limits for signal in SIGNALS)
    assert len({signal.id for signal in SIGNALS}) == len(SIGNALS)
