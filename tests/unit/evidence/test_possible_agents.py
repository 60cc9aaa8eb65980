"""Accounts that may be an agent's: by their name, and by what their messages say."""

from __future__ import annotations

import tomllib

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.config import Rule, Settings, merge_settings, parse_file_settings
from analyzer.core import tables
from analyzer.evidence.labels import find_matches, label_commits
from analyzer.evidence.possible_agents import names_agent, possible_accounts
from analyzer.evidence.possible_counts import count_possible, toml_string
from analyzer.evidence.signal import CommitText
from analyzer.evidence.strongest import strongest_claim
from analyzer.history.authors import PeopleDirectory, is_automation

MARK = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"


def noreply(login: str) -> str:
    """A hosting account's address."""
    return f"1000+{login}@users.noreply.github.com"


def history(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    """Table `commits` of one line of commits by (author, address, day, message)."""
    shas = [f"{n:040x}" for n in range(1, len(rows) + 1)]
    return tables.COMMITS.frame(
        (sha, parent, name, address, name, address, name, address, day, day, message)
        for sha, parent, (name, address, day, message) in zip(shas, ["", *shas], rows, strict=False)
    )


def labels_of(commits: pd.DataFrame, rules: tuple[Rule, ...] = ()) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables `evidence` and `labels`."""
    directory = PeopleDirectory(commits, "salt")
    return label_commits(commits, directory.people_table(), directory, rules)


AGENTS = [
    ("acme-agent[bot]", noreply("acme-agent[bot]")),
    ("dagger-codex[bot]", noreply("dagger-codex[bot]")),
    ("agent-think[bot]", noreply("agent-think[bot]")),
    ("Claude Agent", "claude@project.example"),
    ("AdaLovelace-Claude", "accounts@ada.example"),
    ("ada-agent", "ada+ai@ada.example"),
    ("Ada (agent)", "ada+ai@ada.example"),
    ("AI Assistant", "ai-assistant@example.com"),
    ("OpenHands Bot", "contact@openhands.example"),
    ("Overlord", "agents+overlord@company.example"),
]
NO_AGENTS = [
    ("dependabot[bot]", noreply("dependabot[bot]")),
    ("renovate[bot]", noreply("renovate[bot]")),
    ("vercel-ai-sdk[bot]", noreply("vercel-ai-sdk[bot]")),
    ("datadog-agent-integrations-bot[bot]", noreply("datadog-agent-integrations-bot[bot]")),
    ("elastic-agent-release[bot]", noreply("elastic-agent-release[bot]")),
    ("codex-release[bot]", noreply("codex-release[bot]")),
    ("gemini-cli-robot", "gemini-cli-robot@google.com"),
    ("Buildkite Agent", "buildkite-agent@ci.example"),
    ("jenkins", "jenkins-agent@ci.example"),
    ("Claude Monet", "claude@monet.example"),
    ("Jean-Claude", "jc@example.com"),
    ("Annie-Claude Côté", "hello@annie.example"),
    ("claude89757", noreply("claude89757")),
    ("Devin Carlen", "devin.carlen@example.com"),
    ("Agent Smith", "smith@example.com"),
    ("secret-agent", "secret@example.com"),
    ("Jane Doe", "agent@janedoe.example"),
    ("AI Christianson", "ai.christianson@example.com"),
    ("aivong-openhands", "ai.vong@openhands.dev"),
    ("ciccolo-anthropic", "ciccolo@anthropic.com"),
    ("madhan-swe", "madhan@example.com"),
    ("Jan Bot", "jan@example.com"),
    ("o1", "o1@example.com"),
    ("octocat-copilot", noreply("octocat-copilot")),
    ("user-agent", "ua@example.com"),
    ("Claude", "noreply@anthropic.com"),  # known, and so no question
    ("Ada Lovelace (aider)", "ada@example.com"),
]


@pytest.mark.parametrize(("name", "address"), AGENTS)
def test_name_of_an_agent_is_recognised(name: str, address: str) -> None:
    """Applications and plain accounts that say they are an agent, and that no table knows."""
    assert names_agent(name, address, automation=is_automation(name, address))


@pytest.mark.parametrize(("name", "address"), NO_AGENTS)
def test_people_and_maintenance_bots_are_no_agents(name: str, address: str) -> None:
    """People called Claude or Devin, staff of AI companies, bots with another task, agents of monitoring."""
    assert not names_agent(name, address, automation=is_automation(name, address))


def test_commits_of_a_possible_agent_are_unmarked_weak_and_nobodys() -> None:
    """The commits leave automation and people, and enter neither the marked ones nor anybody's work."""
    commits = history(
        [
            ("Ada", "ada@x.example", "2026-01-01", "one"),
            ("acme-agent[bot]", noreply("acme-agent[bot]"), "2026-01-02", "two"),
            ("ada-agent", "ada@x.example", "2026-01-03", "three"),
            ("ada-agent", "ada@x.example", "2026-01-04", f"four{MARK}"),
            ("renovate[bot]", noreply("renovate[bot]"), "2026-01-05", "five"),
        ]
    )
    evidence, labels = labels_of(commits)
    assert labels["label"].tolist() == ["unmarked", "unmarked", "unmarked", "marked", "automation"]
    assert labels["weak"].tolist() == [False, True, True, False, False]
    assert labels["strength"].fillna("").tolist() == ["", "H", "H", "B", ""]
    assert labels["person"].notna().tolist() == [True, False, False, False, False]
    assert not labels["agent_author"].any()
    possible = count_possible(commits, evidence, labels)
    assert [(a.name, a.commits, a.reason) for a in possible.accounts] == [
        ("acme-agent[bot]", 1, "name"),
        ("ada-agent", 1, "name"),
    ]


def test_account_older_than_agents_is_none() -> None:
    """Somebody who committed before there were AI agents is none, also later; undated accounts are left out."""
    old = ("ada-agent", "ada@x.example", "2021-06-28", "old")
    new = ("ada-agent", "ada@x.example", "2026-01-01", "new")
    bot = ("acme-agent[bot]", noreply("acme-agent[bot]"))
    assert not labels_of(history([old, new]))[1]["weak"].any()
    assert labels_of(history([new]))[1]["weak"].all()
    undated = history([(*bot, "2026-01-01", "x")])
    undated["committed"] = pd.Series([pd.NaT], dtype=undated["committed"].dtype)
    assert not labels_of(undated)[1]["weak"].any()


def sdk_history(name: str, messages: list[str]) -> pd.DataFrame:
    """A history of one application with these messages."""
    return history([(name, noreply(name), "2026-01-01", message) for message in messages])


@pytest.mark.parametrize(
    "sign", [f"feat: add it{MARK}", "fix: it\n\n## Root Cause\n\nA race.", "\U0001f916 refactor: it"]
)
def test_messages_show_an_agent_from_three_commits_and_a_fifth_on(sign: str) -> None:
    """Marks, the analysis of faults and robots count in three commits, and in a fifth of all; chores do not count."""

    def is_possible(messages: list[str]) -> bool:
        commits = sdk_history("ai-sdk-factory[bot]", messages)
        marked = {sha for sha, text in zip(commits["sha"], commits["message"], strict=True) if MARK in text}
        return bool(possible_accounts(commits, [True] * len(commits), marked))

    assert is_possible([sign] * 3 + ["feat: other"] * 12)
    assert not is_possible([sign] * 2)
    assert not is_possible([sign] * 3 + ["feat: other"] * 13)
    assert not is_possible([f"Backport of {sign}"] * 9)


@pytest.mark.parametrize("name", ["github-actions[bot]", "dependabot[bot]", "vercel-ai-sdk[bot]", "mergify[bot]"])
def test_listed_bots_stay_automation_whatever_they_pass_on(name: str) -> None:
    """A bot that copies other people's messages is no agent because of them."""
    commits = sdk_history(name, ["fix: it\n\nRoot cause: a race."] * 9)
    assert set(labels_of(commits)[1]["label"]) == {"automation"}


RULES = b"""
[[rules]]
tool = "none"
logins = ["acme-agent[bot]"]

[[rules]]
tool = "house-agent"
names = ["Ada-Agent"]
"""


def test_rules_settle_an_account_both_ways() -> None:
    """`tool = "none"` leaves a bot automation and marks nothing; a rule by name makes an agent."""
    rules = merge_settings({}, parse_file_settings(RULES, "aishare.toml")).rules
    commits = history(
        [
            ("acme-agent[bot]", noreply("acme-agent[bot]"), "2026-01-02", "x\n\nCo-authored-by: Bo <none@x.example>"),
            ("ada-agent", "ada@x.example", "2026-01-03", "three"),
        ]
    )
    evidence, labels = labels_of(commits, rules)
    assert labels["label"].tolist() == ["automation", "marked"]
    assert labels["tool"].tolist() == ["", "house-agent"]
    assert count_possible(commits, evidence, labels).n_accounts == 0


def test_printed_rule_settles_the_account() -> None:
    """The rule that the report prints is valid TOML, and makes the account's commits marked."""
    for name, address in [*AGENTS, ('x" ] } \u202e \n-agent', "q@x.example"), ("warp-agent[bot]", noreply("ada"))]:
        commits = history([(name, address, "2026-01-01", "work")])
        possible = count_possible(commits, *labels_of(commits))
        (account,) = possible.accounts
        assert account.name.isprintable()
        assert account.rule.isprintable()
        rules = merge_settings({}, parse_file_settings(f"rules = [{account.rule}]".encode(), "aishare.toml")).rules
        assert strongest_claim(find_matches(CommitText(name, address, "work"), rules)).ai == "authored", name


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_any_text_survives_as_a_toml_string(text: str) -> None:
    """What is escaped is read back the same, and prints on one line."""
    escaped = toml_string(text)
    assert tomllib.loads(f"x = {escaped}")["x"] == text
    assert escaped.isprintable()


def test_accounts_do_not_depend_on_the_order_of_commits() -> None:
    """Rows in another order give the same labels and counts."""
    rows = [(name, address, "2026-01-01", "work") for name, address in [*AGENTS, *NO_AGENTS]]
    commits = history(rows)
    evidence, labels = labels_of(commits)
    shuffled = commits.sample(frac=1, random_state=1).reset_index(drop=True)
    other_evidence, other_labels = labels_of(shuffled)
    assert count_possible(commits, evidence, labels) == count_possible(shuffled, other_evidence, other_labels)
    columns = ["sha", "label", "weak", "strength"]
    pd.testing.assert_frame_equal(
        labels[columns], other_labels[columns].sort_values("sha", ignore_index=True), check_like=True
    )


def test_long_names_and_many_accounts_stay_small() -> None:
    """A name of a megabyte is no agent's, and a thousand accounts are counted and a hundred listed."""
    long = history([("a-" * 500_000 + "agent", "x@x.example", "2026-01-01", "work")])
    assert not labels_of(long)[1]["weak"].any()
    many = history([(f"x{n}-agent", f"x{n}@x.example", "2026-01-01", "work") for n in range(1_000)])
    possible = count_possible(many, *labels_of(many))
    assert (possible.n_accounts, possible.account_commits, len(possible.accounts)) == (1_000, 1_000, 100)


def test_rules_without_names_have_the_digest_of_earlier_versions() -> None:
    """A new key of rules changes no digest of a configuration that lacks it."""
    assert Settings(rules=(Rule(tool="x", addresses=("a@b.example",)),)).digest() == "ae171efe66e0caa5"
    assert Settings(rules=(Rule(tool="x", names=("Bo",)),)).digest() != Settings(rules=(Rule(tool="x"),)).digest()


def test_application_under_two_addresses_is_named_once() -> None:
    """A bot's commit that a person's address carries belongs to the same account, which one rule settles."""
    name = "warp-agent[bot]"
    commits = history([(name, noreply(login), "2026-01-01", "work") for login in (name, "ada")])
    (account,) = count_possible(commits, *labels_of(commits)).accounts
    assert (account.commits, account.rule) == (2, f'{{tool = "warp-agent", names = ["{name}"]}}')
