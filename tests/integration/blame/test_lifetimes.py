"""Lifetimes against births and deaths of made histories, and R-SZZ on histories with planted defects."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.blame.lifetimes import fix_introducers
from tests.conftest import git, imported
from tests.replays import STEP, built, traced

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


DAY = 86_400


class Planter:
    """A history in which defects are planted and mended; `pairs` is the truth: fix → commit that planted it."""

    def __init__(self, seed: int) -> None:
        """Six files of forty lines each."""
        self.dice = random.Random(seed)  # noqa: S311 - a sample, no secret
        self.files = {f"m{k}.py": [f"def f{k}_{n}(): return {n}\n" for n in range(40)] for k in range(6)}
        self.stream, self.names, self.when = b"", list[str](), 1_704_067_200
        self.open: list[tuple[str, str]] = []
        self.pairs: dict[str, str] = {}
        self.commit("begin")

    def commit(self, name: str, *, side: bool = False) -> None:
        """Commit everything, on main or on a branch of one commit that is merged at once."""
        mark, self.when = len(self.names) + 1, self.when + DAY
        self.names.append(name)
        who = f"committer A <a@b> {self.when} +0000\ndata {len(name)}\n{name}\n"
        body = f"from :{mark - 1}\n" if mark > 1 else ""
        body += "deleteall\n"
        for path, lines in self.files.items():
            text = "".join(lines)
            body += f"M 100644 inline {path}\ndata {len(text)}\n{text}\n"
        self.stream += f"commit refs/heads/{'side' if side else 'main'}\nmark :{mark}\n{who}{body}".encode()
        if side:
            self.names.append("merge")
            self.when += DAY
            who = f"committer A <a@b> {self.when} +0000\ndata 5\nmerge\n"
            tree = body.split("\n", 1)[1]
            self.stream += (
                f"commit refs/heads/main\nmark :{mark + 1}\n{who}from :{mark - 1}\nmerge :{mark}\n{tree}".encode()
            )

    def step(self, number: int) -> None:
        """Plant, mend, move a block with its defect to another file, rename a file, or work beside it."""
        path = self.dice.choice(sorted(self.files))
        lines = self.files[path]
        at = self.dice.randrange(1, len(lines))
        what = self.dice.choice(["plant", "mend", "mend", "move", "rename", "work"])
        name, side = f"{what} {number}", self.dice.random() < 0.3
        if what == "plant":
            text = f"value_{number} = broken(thing, {number})\n"
            lines.insert(at, text)
            self.open.append((name, text))
        elif what == "mend" and self.open:
            planted, text = self.open.pop(self.dice.randrange(len(self.open)))
            (home,) = [lines for lines in self.files.values() if text in lines]
            home[home.index(text)] = f"value = mended_by({number})\n"
            self.pairs[name] = planted
        elif what == "move" and len(lines) > 12:
            start = min(at, len(lines) - 6)
            block, lines[start : start + 5] = lines[start : start + 5], []
            other = self.dice.choice([other for other in sorted(self.files) if other != path])
            self.files[other][3:3] = block
        elif what == "rename":
            self.files[f"r{number}.py"] = self.files.pop(path)
        else:
            lines.insert(at, f"work_{number} = done(well, {number})\n")
        self.commit(name, side=side)


@pytest.mark.parametrize("seed", range(4))
def test_r_szz_finds_every_planted_defect(seed: int, tmp_path: Path) -> None:
    """R-SZZ names the commit that planted the line each fix removes, across moves, renames and merges."""
    planter = Planter(seed)
    for number in range(120):
        planter.step(number)
    folder = imported(tmp_path / "r", planter.stream)
    known = traced(folder)
    said = git("--git-dir", folder, "log", "--format=%H %s", "main").splitlines()
    names = {line[:40]: line[41:] for line in said}
    fixes = [sha for sha, name in names.items() if name in planter.pairs]
    assert len(fixes) == len(planter.pairs) >= 8
    found = fix_introducers(known.lifetimes("origin"), fixes, known.committed)
    latest = found[found["latest"]]
    pairs = zip(latest["fix"].map(names), latest["sha"].map(names), strict=True)
    assert dict(pairs) == planter.pairs
    assert (found["lines"] == 1).all()


def summed(table: pd.DataFrame, *by: str) -> dict[tuple[str, ...], int]:
    """Lines by key."""
    sums = table.astype(dict.fromkeys(by, "str")).groupby(list(by))["lines"].sum()
    return {key: int(n) for key, n in sums.items() if n}  # type: ignore[misc]  # keys are tuples here


def check_lifetimes_equal_births_joined_with_deaths(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]]
) -> None:
    """Lifetimes hold the same lines as births and deaths in either view, and the lines alive are those at head."""
    known = traced(built(steps, tmp_path_factory.mktemp("made") / "r"))
    for view in ("blame", "origin"):
        lived = known.lifetimes(view)
        assert summed(lived, "born_sha", "path") == summed(known.births(view), "born_sha", "path")
        dead = lived[lived["died_sha"].notna()]
        keys = ("born_sha", "path", "died_sha")
        assert summed(dead, *keys) == summed(known.deaths(view), *keys)
        here = known.lines_at_head(view).assign(lines=1)
        assert summed(known.surviving(view), "sha", "path") == summed(here, "sha", "path")
    alive = known.lifetimes("blame")
    alive = alive[alive["died_sha"].isna()]
    here = known.lines_at_head("blame").drop_duplicates(["sha", "born_path", "born_line"])  # a merge may keep two
    assert summed(alive, "born_sha", "path") == summed(here.assign(lines=1), "sha", "born_path")


@given(st.lists(STEP, min_size=1, max_size=12))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lifetimes_equal_births_joined_with_deaths(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]]
) -> None:
    """Lifetimes hold the same lines as births and deaths in either view, and the lines alive are those at head."""
    check_lifetimes_equal_births_joined_with_deaths(tmp_path_factory, steps)


@pytest.mark.exhaustive
@given(st.lists(STEP, min_size=1, max_size=12))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lifetimes_equal_births_joined_with_deaths_at_length(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]]
) -> None:
    """The same on 100 histories."""
    check_lifetimes_equal_births_joined_with_deaths(tmp_path_factory, steps)
