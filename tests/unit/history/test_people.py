"""Who is one person: placeholders, shared addresses, hosting accounts, and the partition of any history."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.core import tables
from analyzer.history.authors import Author, PeopleDirectory, handles_of, names_somebody
from analyzer.history.hosting_accounts import HostingAccount, hosting_account, hosting_login
from analyzer.history.placeholders import Reach, reach_of
from analyzer.history.shared_handles import count_unlike

GITHUB = "users.noreply.github.com"
PLACEHOLDERS = [
    *("", "unknown", "none", "(none)", "user.name", "@", "ada@", "@x.org"),
    *("you@example.com", "you@example.org", "your.email@example.com", "your_email@company.com", "test@example.com"),
    *(
        "root@localhost",
        "root@localhost.localdomain",
        "Root@Tiny.(none)",
        "root@roan.lan",
        "root@ip-172-31-9-1.ec2.internal",
    ),
    *("devnull@localhost", "none@none", "devnull@users.sourceforge.net", "user@MacBook", "admin@his-MacBook-Pro.local"),
    *(
        "ec2-user@ip-10-0-0-1.us-west-1.compute.internal",
        "runner@fv-az1.x.cx.internal.cloudapp.net",
        "vagrant@homestead",
    ),
    *("noreply@github.com", "no-reply@vendor.io", "nobody@google.com", "dev-null@apache.org", "root@noreply.localhost"),
    *("yourname@users.noreply.github.com", "1@127.0.0.1", "x" * 400 + "@x.org"),
]
PEOPLE = [
    *("ada@example.org", "git@mislav.net", "me@janl.net", "root@srn.io", "info@mr.si", "ada+git@x.org", "b.root@x.org"),
    *("fijal@c51e6c4a-a57e-0410-9e6a-cf4e60c3a2b1", f"1+none@{GITHUB}", f"octocat@{GITHUB}", "ada@company.corp"),
    *("yourik@gmail.com", "no.reply.ada@x.org", "ada@noreply.codeberg.org", "user123@gmail.com", "you@x.org"),
]
MACHINES = ["ada@MacBook", "ada@adas-mbp.local", "ada@tiny.(none)", "ada@192.168.0.7", "ada@noreply.localhost"]


def directory(*authors: tuple[str, str]) -> PeopleDirectory:
    """The people of a history with one commit per author, oldest first."""
    rows = (
        (f"{n:040x}", "", name, address, name, address, name, address, "2025-01-01", "2025-01-01", "x")
        for n, (name, address) in enumerate(authors, 1)
    )
    return PeopleDirectory(tables.COMMITS.frame(rows), "salt")


def people(*authors: tuple[str, str]) -> list[int]:
    """The number of the person of each author, in the order of appearance."""
    found = directory(*authors)
    keys = [found.person_key(Author(*author)) for author in authors]
    return [list(dict.fromkeys(keys)).index(key) for key in keys]


@pytest.mark.parametrize("address", PLACEHOLDERS)
def test_placeholder_identifies_nobody(address: str) -> None:
    """It merges no two names, is no handle, and joins no history to another."""
    assert reach_of(address) is Reach.NOWHERE
    assert people(("Ada Ames", address), ("Bert Birch", address), ("cleo", address), ("dora", address)) == [0, 1, 2, 3]
    assert people(("Ada Ames", address), ("Ada Ames", "ada@x.org")) == [0, 0]
    assert all(not names_somebody(handle) for handle in handles_of(Author("cleo", address)))


@pytest.mark.parametrize("address", PEOPLE)
def test_address_of_a_person_identifies_them(address: str) -> None:
    """A role at a domain of one's own, a reserved domain with one's own local part, an svn user."""
    assert reach_of(address) is Reach.ANYWHERE
    assert people(("Robert Smith", address), ("Bob", address), ("bsmith", address), ("Bob Smith", address)) == [0] * 4
    assert names_somebody(handles_of(Author("cleo", address))[0])


@pytest.mark.parametrize("address", MACHINES)
def test_user_of_a_machine_is_somebody_in_one_history(address: str) -> None:
    """Like names are one person; unlike ones are not, and another machine can have the same name."""
    assert reach_of(address) is Reach.ONE_HISTORY
    assert people(("Ada Ames", address), ("ada", address), ("aames", address)) == [0, 0, 0]
    assert people(("Ada Ames", address), ("Bert Birch", address)) == [0, 1]
    assert people(("bert", address), ("cleo", address)) == [0, 1]
    assert not any(map(names_somebody, handles_of(Author("ada", address))))


@pytest.mark.parametrize(
    ("names", "unlike"),
    [
        (("Robert Smith", "Bob Smith", "bsmith", "Smith, Robert", "SMITH Robert"), 1),
        (("Thomas Eichstädt-Engelen", "Thomas Eichsta\u0308dt-Engelen", "Thomas E.-E."), 1),
        (("Alice Ant and Bob Bee", "Alice Ant & Carl Cat"), 1),  # a pair's address
        (("Jan van den Berg", "Piet van den Bosch"), 2),
        (("Ann Smith", "Bo Larsen", "Cy Young"), 3),
        (("山田 太郎", "Yamada Taro"), 2),
        (("", " ", "."), 1),
    ],
)
def test_unlike_names_share_no_word(names: tuple[str, ...], unlike: int) -> None:
    """Words, initials and handles connect names; particles do not."""
    assert count_unlike(names) == unlike


def test_address_of_three_unlike_full_names_is_nobodys() -> None:
    """Three people at a mailbox are three, and a single word there is a person of its own; two may be one."""
    shared = "team@lumen.io"
    assert people(("Ann Smith", shared), ("Bo Larsen", shared), ("Cy Young", shared), ("dev", shared)) == [0, 1, 2, 3]
    assert people(("Ann Smith", shared), ("Bo Larsen", shared)) == [0, 0]
    found = directory(("Ann Smith", shared), ("Bo Larsen", shared), ("Cy Young", shared), ("Di Oz", "di@x.org"))
    assert found.count_shared_addresses() == (3, 1)
    assert not any(shared in handle for handle, _ in found.keyed_handles())


def test_default_names_are_no_evidence_and_join_nobody() -> None:
    """`Your Name` at several addresses is not one person, and is nobody's second name."""
    assert people(("Your Name", "ann@x.org"), ("Your Name", "bo@x.org")) == [0, 1]
    mailbox = "ann@x.org"
    assert (
        people(("Ann Smith", mailbox), ("Your Name", mailbox), ("Test User", mailbox), ("Ann Bo", mailbox)) == [0] * 4
    )


@pytest.mark.parametrize(
    ("address", "account"),
    [
        (f"12345+Octocat@{GITHUB}", HostingAccount("octocat", "12345", GITHUB)),
        (f"octocat@{GITHUB}", HostingAccount("octocat", "", GITHUB)),
        (f"123-octocat@{GITHUB}", HostingAccount("123-octocat", "", GITHUB)),
        (f"9037568@{GITHUB}", HostingAccount("9037568", "", GITHUB)),
        ("123-ada@users.noreply.gitlab.com", HostingAccount("ada", "123", "users.noreply.gitlab.com")),
        ("123@users.noreply.gitlab.com", HostingAccount("", "123", "users.noreply.gitlab.com")),
        ("7-ada@users.noreply.git.acme.example", HostingAccount("ada", "7", "users.noreply.git.acme.example")),
        ("7+ada@users.noreply.ghe.acme.example", HostingAccount("ada", "7", "users.noreply.ghe.acme.example")),
        ("ada@noreply.codeberg.org", HostingAccount("ada", "", "noreply.codeberg.org")),
        ("7+ada@noreply.gitea.com", HostingAccount("ada", "7", "noreply.gitea.com")),
        ("ada@noreply.localhost", HostingAccount("ada", "", "noreply.localhost")),
        ("noreply@github.com", None),
        ("ada@x.org", None),
        (f"a+b+c@{GITHUB}", None),
        (f"@{GITHUB}", None),
    ],
)
def test_account_in_a_noreply_address(address: str, account: HostingAccount | None) -> None:
    """The documented forms of GitHub, GitLab, Gitea and Forgejo, on their own hosts and on a company's."""
    assert hosting_account(address) == account
    assert hosting_login(f" {address}") == ((account.login or None) if account else None)


def test_numeric_id_outranks_the_login() -> None:
    """A renamed account is one person, a login that passed on is two; without an id, the login decides if it can."""
    old, new, other = f"1+ada@{GITHUB}", f"1+lovelace@{GITHUB}", f"2+ada@{GITHUB}"
    bare = f"ada@{GITHUB}"
    assert people(("a", old), ("b", new)) == [0, 0]
    assert people(("a", old), ("b", other)) == [0, 1]
    assert people(("a", bare), ("b", old), ("c", new)) == [0, 0, 0]
    assert people(("a", bare), ("b", old), ("c", other)) == [0, 1, 2]
    assert people(("Ada Ames", bare), ("Ada Ames", old), ("c", other)) == [0, 0, 1]
    assert people(("a", old), ("b", "1-ada@users.noreply.gitlab.com")) == [0, 1]
    assert people(("a", "1-ada@users.noreply.gitlab.com"), ("b", "1-al@users.noreply.gitlab.com")) == [0, 0]


def test_keys_derive_from_the_same_handles_as_before() -> None:
    """The oldest handle of a person is the address, the login or the full name, as in earlier versions."""
    assert handles_of(Author("Ada Ames", "Ada@X.org")) == ["address:ada@x.org", "name:ada ames"]
    assert (
        handles_of(Author("ada", f"1+ada@{GITHUB}"))[0] == handles_of(Author("ada", f"ada@{GITHUB}"))[0] == "login:ada"
    )
    assert handles_of(Author("ada", "ada@noreply.codeberg.org")) == ["address:ada@noreply.codeberg.org"]
    assert handles_of(Author("(no author)", "svn")) == ["raw:(no author)<svn>"]


ADDRESSES = st.sampled_from(
    [
        *PLACEHOLDERS[:24],
        *PEOPLE[:6],
        *MACHINES,
        f"1+ada@{GITHUB}",
        f"2+ada@{GITHUB}",
        f"1+al@{GITHUB}",
        f"ada@{GITHUB}",
    ]
)
NAMES = st.sampled_from(["Ann Smith", "Bo Larsen", "Cy Young", "ada", "bo", "Your Name", "Smith", "Ada Smith", ""])
AUTHORS = st.lists(st.tuples(NAMES | st.text(max_size=9), ADDRESSES | st.emails()), min_size=1, max_size=9)


def groups(authors: list[tuple[str, str]]) -> set[frozenset[tuple[str, str]]]:
    """The partition of authors into persons."""
    by_person: dict[int, set[tuple[str, str]]] = {}
    for author, person in zip(authors, people(*authors), strict=True):
        by_person.setdefault(person, set()).add(author)
    return {frozenset(group) for group in by_person.values()}


@given(AUTHORS, st.randoms(use_true_random=False))
def test_people_do_not_depend_on_the_order_of_commits(authors: list[tuple[str, str]], random: object) -> None:
    """The same authors in another order are the same persons, whatever their keys."""
    shuffled = list(authors)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert groups(authors) == groups(shuffled)


@given(AUTHORS)
def test_two_authors_of_a_person_are_connected_by_handles(authors: list[tuple[str, str]]) -> None:
    """No placeholder is a handle, and a person of several authors has a handle in common with each of them."""
    found = directory(*authors)
    owners = dict(found.keyed_handles())
    assert not any(
        reach_of(handle.partition(":")[2]) is Reach.NOWHERE for handle in owners if handle.startswith("address:")
    )
    for author in authors:
        assert found.person_key(Author(*author)) in owners.values()
    for first, second in pairwise(authors):
        alike = set(handles_of(Author(*first))) & set(handles_of(Author(*second)))
        if any(handle in owners for handle in alike):
            assert found.person_key(Author(*first)) == found.person_key(Author(*second))


def test_a_hundred_thousand_names_at_one_address_take_seconds() -> None:
    """The evidence is linear in the number of names, also where names chain."""
    chain = [f"name{n} name{n + 1}" for n in range(50_000)]
    assert count_unlike([*chain, *(f"{n:06}xyz q{n:06}" for n in range(50_000))]) == 50_001
