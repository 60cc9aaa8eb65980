"""CODEOWNERS patterns beside git as an oracle, where the rules agree."""

from __future__ import annotations

import random
import subprocess
from typing import TYPE_CHECKING

from analyzer.history.codeowners import CodeOwners
from tests.conftest import git

if TYPE_CHECKING:
    from pathlib import Path


def test_git_says_the_same(tmp_path: Path) -> None:
    """300 random patterns on 150 random paths, as .gitignore reads them; `folder/*` is the one documented exception."""
    rng = random.Random(0)  # noqa: S311 - examples, no secrets
    parts, names = ["a", "b", "*", "**", "a*", "*.js", "?", "*b*"], ["a", "b", "ab", "x.js", "aab"]
    patterns = {
        rng.choice(["", "/"]) + "/".join(rng.choices(parts, k=rng.randint(1, 4))) + rng.choice(["", "", "/"])
        for _ in range(300)
    }
    paths = sorted({"/".join(rng.choices(names, k=rng.randint(1, 4))) for _ in range(150)})
    git("init", "--quiet", tmp_path)
    compared = 0
    for pattern in sorted(patterns):
        if pattern.endswith("/*"):
            continue
        (tmp_path / ".git" / "info" / "exclude").write_text(f"{pattern}\n")
        command = ["git", "-C", str(tmp_path), "check-ignore", "--no-index", "--stdin"]
        done = subprocess.run(command, input="\n".join(paths), capture_output=True, text=True, check=False)
        found = CodeOwners(f"{pattern} @a\n".encode())
        assert {path for path in paths if found.owners(path)} == set(done.stdout.split()), pattern
        compared += 1
    assert compared > 150
