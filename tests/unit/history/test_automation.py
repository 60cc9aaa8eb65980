"""What is automation by its name, and which people are called like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.history.automation import is_automation

AUTOMATION = [
    "V8 Autoroll",
    "A. Unique TensorFlower",
    *(
        "CI Bot",
        "Gopher Robot",
        "Travis CI User",
        "DANDI Bot",
        "Stacklok Bot",
        "StepSecurity Bot",
        "Roomote Bot",
        "SciML Bot",
    ),
    *(
        "github-actions",
        "GitHub Action",
        "Jenkins",
        "Jenkins CI",
        "buildbot",
        "release-bot",
        "k8s-ci-robot",
        "GitLab CI",
        "CI",
    ),
    *(
        "Deploy from CI",
        "Azure Pipelines",
        "pre-commit-ci",
        "autofix-ci",
        "Mergify",
        "renovate",
        "Mend Renovate",
        "Zuul",
    ),
    *(
        "svc-deploy",
        "svc_build",
        "acme-automation",
        "Acme Automation",
        "Acme Service Account",
        "Houston (Bot)",
        "PR Bot",
    ),
    *("CI on behalf of the Example team", "Travis CI on behalf of Ada Ames", "release-bot on behalf of Ada Ames"),
    *(
        "Kubernetes Prow Robot",
        "Platform Engineering Bot",
        "Ada Ames (automated)",
        "dependabot[bot]",
        "OpenTelemetry Bot",
    ),
    *("License Updater", "ASP.NET CI", "release bot", "Release Bot", "my_bot", "web-ui.bot"),
]
PERSONS = [
    *(
        "Jan Bot",
        "Jan Willem Bot",
        "Mihai Bot",
        "Guillaume Robot",
        "Zhang CI",
        "Marieke Bot",
        "J. Bot",
        "J.W. Bot",
        "JW Bot",
        "A. M. Bot",
        "Anne-Marie Bot",
        "jan bot",
    ),
    *(
        "Jan-Willem van der Bot",
        "René Bot",
        "Sietske de Bot",
        "Bot",
        "jan.bot",
        "Robot Roberts",
        "Mr. Robot",
        "mr-robot",
    ),
    *(
        "Abbott",
        "Talbot",
        "Sebastian Thibot",
        "Cibot",
        "François Bobot",
        "Alex Boten",
        "Sylvain Rabot",
        "Vladimir Botka",
    ),
    *(
        "Travis",
        "Travis Prescott",
        "James Jenkins",
        "Wei Ci",
        "Cici Huang",
        "AndrewCi",
        "Ada on behalf of Bo",
        "Test User",
    ),
    *(
        "Builder's Brewery",
        "System233",
        "merge-script",
        "Laura Deployer",
        "MrBBot",
        "Clara Services",
        "Action Jackson",
        "",
    ),
]


@pytest.mark.parametrize("name", AUTOMATION)
def test_name_of_automation_is_recognised(name: str) -> None:
    """The name says so, even under a person's address."""
    assert is_automation(name, "ada@example.org")


@pytest.mark.parametrize("name", PERSONS)
def test_person_called_like_automation_is_none(name: str) -> None:
    """Bot, Jenkins, Travis and Ci are names of people."""
    assert not is_automation(name, "ada@example.org")


@pytest.mark.parametrize(
    "address",
    [
        "1+acme[bot]@users.noreply.github.com",
        "acme-robot@users.noreply.github.com",
        "project_123_bot_4ffca233d8298ea1@noreply.gitlab.com",
        "group_7_bot@noreply.git.acme.example",
        "service_account_group_345_6018816a18e515214e0c34c2b33523fc@noreply.gitlab.com",
        "iree-github-actions-bot@google.com",
        "bot@renovateapp.com",
    ],
)
def test_address_of_automation_is_recognised(address: str) -> None:
    """Applications of GitHub, users that GitLab makes for tokens, mailboxes named after a bot's task."""
    assert is_automation("Ada Ames", address)


@pytest.mark.parametrize(
    "address",
    ["jan.bot@x.org", "j.bot@x.org", "bot@x.org", "1+mr-robot@users.noreply.github.com", "talbot@x.org", "ci@x.org"],
)
def test_address_alone_makes_nobody_a_bot(address: str) -> None:
    """The surname, and what a person can call a mailbox of their own."""
    assert not is_automation("Ada Ames", address)


@given(st.text(), st.text())
def test_no_text_breaks_the_reader(name: str, address: str) -> None:
    """Any name and address is one or the other, whatever stands around them."""
    assert is_automation(name, address) == is_automation(f" {name} ", f" {address} ")


@pytest.mark.parametrize("unit", ["bot ", "a-", "on behalf of ", "[bot]", "1", "J.", "(bot) ", "svc-"])
def test_long_names_take_no_time(unit: str) -> None:
    """A megabyte is read once."""
    assert not is_automation(unit * 200_000 + "x", f"{unit * 100_000}@x.org")
