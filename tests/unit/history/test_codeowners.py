"""CODEOWNERS: the documented examples word by word, git as an oracle where the rules agree, and hostile files."""

from __future__ import annotations

import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.history import codeowners
from analyzer.history.codeowners import CodeOwners, TooManyRulesError

# The example of docs.github.com, "About code owners", comments shortened.
GITHUB = b"""\
# Each line is a file pattern followed by one or more owners.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
"""


# That of docs.gitlab.com, "Code Owners syntax and error handling", in parts.
GITLAB = b"""\
* @default
README.md @readme
/docs/ @docs
docs/*.md @markdown
[Ruby] @ruby-default
*.rb
ruby/ @ruby
^[Optional][2] @opt
*.rb @opt2
[ruby]
Gemfile @bundler
!vendor.rb
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README", "@global-owner1 @global-owner2"),
        ("src/app.js", "@js-owner"),
        ("main.go", "docs@example.com"),
        ("a/b/notes.txt", "@octo-org/octocats"),
        ("build/logs/1.txt", "@octocat"),
        ("lib/build/logs/1.js", "@octocat"),
        ("docs/getting-started.md", "@doctocat"),
        ("lib/docs/getting-started.md", "@global-owner1 @global-owner2"),
        ("docs/build-app/troubleshooting.md", "@doctocat"),
        ("lib/apps/x", "@octocat"),
        ("scripts/x.sh", "@doctocat @octocat"),
        ("deeply/nested/logs/x", "@octocat"),
        ("apps/x", "@octocat"),
        ("apps/github", ""),
        ("apps/github/x.js", ""),
    ],
)
def test_githubs_examples(path: str, owners: str) -> None:
    """As the documentation says of each line; a pattern without owners leaves its paths without any."""
    assert CodeOwners(GITHUB).owners(path) == frozenset(owners.split())


def test_a_star_after_a_folder_is_its_files_alone() -> None:
    """`docs/*` matches docs/getting-started.md and not docs/build-app/troubleshooting.md."""
    found = CodeOwners(b"docs/* @a\n")
    assert found.owners("docs/getting-started.md") == {"@a"}
    assert found.owners("docs/build-app/troubleshooting.md") == frozenset()


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("x.c", "@default"),
        ("internal/README.md", "@readme"),
        ("docs/x.c", "@docs"),
        ("lib/docs/x.md", "@markdown"),
        ("x.rb", "@default @ruby-default @opt2"),
        ("ruby/x.c", "@default @ruby"),
        ("vendor.rb", "@default @opt2"),
        ("Gemfile", "@default @bundler"),
    ],
)
def test_gitlabs_examples(path: str, owners: str) -> None:
    """The last rule of each section, owners of all sections, defaults of a section, the same section again, and `!`."""
    assert CodeOwners(GITLAB).owners(path) == frozenset(owners.split())


@pytest.mark.parametrize(
    ("line", "path", "owners"),
    [
        (b"path\\ with\\ spaces/ @A/Team", "path with spaces/x", "@a/team"),
        (b"*.js @a not-an-owner\n", "x.js", ""),
        (b"!*.js @a\n", "x.js", ""),
        (b"[a] @a\n[a]\n", "a", ""),
        (b"\xef\xbb\xbf*.js @a\r\n*.c @b\r\n", "x.js", "@a"),
        (b"a[bc].js @a", "a[bc].js", "@a"),
        (b"a[bc].js @a", "ab.js", ""),
        (b"?.js @a", "xy.js", ""),
        (b"\\*.js @a", "x.js", ""),
        (b"\xff\xfe/ @a", os.fsdecode(b"\xff\xfe/x"), "@a"),
        (b"/ @a", "x", ""),
        (b"x" * codeowners.MAX_BYTES + b"\n* @a", "x", ""),
    ],
)
def test_single_lines(line: bytes, path: str, owners: str) -> None:
    """Escapes, invalid lines, which are left out, brackets, which are none, and bytes that are no text."""
    assert CodeOwners(line).owners(path) == frozenset(owners.split())


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_bytes_and_any_path_have_an_answer(content: bytes, path: str) -> None:
    """Nothing of a stranger's file ends in an error."""
    CodeOwners(content).owners(path)
    CodeOwners(b"[x]\n" + content, gitlab=True).owners(path)


def test_star_patterns_match_in_linear_time() -> None:
    """Patterns of stars that a regex would try for hours."""
    begun = time.perf_counter()
    found = CodeOwners(f"{'*a' * 16}b @a\n{'**/a/' * 16}b @a\n".encode())
    assert found.owners("a" * 250) == found.owners("a/" * 250 + "c") == frozenset()
    assert time.perf_counter() - begun < 5


def test_too_many_comparisons_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that no index helps with, times paths: given up after so many."""
    monkeypatch.setattr(codeowners, "MAX_COMPARISONS", 1_000)
    found = CodeOwners(b"".join(b"*%d* @a\n" % n for n in range(100)))
    with pytest.raises(TooManyRulesError):
        [found.owners(f"x{n % 7}y") for n in range(1_000)]
    many = CodeOwners(b"".join(b"/a%d/ @a\n" % n for n in range(50_000)))
    for n in range(900):
        assert many.owners(f"a{n}/x") == {"@a"}
