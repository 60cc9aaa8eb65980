"""Views of a history that outcomes share, against joins of plain texts; reverts against a plain pass over patches."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analyzer.core.constants import PATCH_ID_MODULUS, SECONDS_PER_DAY
from analyzer.outcomes.history_view import OutcomeInputs
from analyzer.outcomes.revert_detection import REVERT_WINDOW, detect_reverts

SEEDS = pytest.mark.parametrize("seed", range(4))
START = pd.Timestamp("2024-01-01", tz="UTC")
AS_OF = START + pd.Timedelta(days=300)


def planted(seed: int, commits: int = 120) -> OutcomeInputs:
    """A random history: undated and unread commits, commits without a change, deaths after the as-of date."""
    rng = np.random.default_rng(seed)
    shas = [f"{n:040x}" for n in rng.permutation(commits)]
    committed = pd.Series(START + pd.to_timedelta(np.sort(rng.uniform(0, 330, commits)), unit="D")).dt.as_unit("s")
    committed = committed.where(rng.random(commits) > 0.05)
    everything = pd.DataFrame({"sha": shas, "committed": committed, "message": "work"}).astype({"sha": "str"})
    people = pd.Series(rng.choice(["p1", "p2", "p3"], commits), dtype="str").where(rng.random(commits) > 0.1)
    read = pd.DataFrame({"sha": shas, "person": people, "when": committed, "ai": rng.random(commits) < 0.4})
    change_of = {sha: f"m{n // 3}" for n, sha in enumerate(shas) if rng.random() > 0.1}
    changes = pd.DataFrame({"merged_change": list(dict.fromkeys(change_of.values()))}, dtype="str")
    merged = pd.Series(START + pd.to_timedelta(rng.uniform(0, 330, len(changes)), unit="D")).dt.as_unit("s")
    landing = dict(zip(change_of.values(), change_of, strict=True))
    changes = changes.assign(
        sha=changes["merged_change"].map(landing),
        kind="squash",
        merged=merged.where(rng.random(len(changes)) > 0.05),
        person=rng.choice(["p1", "p2", "p4"], len(changes)),
        ai=pd.array(rng.random(len(changes)), dtype="Float64"),
        commits=1,
    )
    paths = [f"f{n}.py" for n in range(9)]
    touched = pd.DataFrame({"sha": rng.choice(shas, 500), "path": rng.choice(paths, 500)}).drop_duplicates()
    file_changes = touched.assign(
        status=rng.choice(["A", "M"], len(touched)), path_class=rng.choice(["code", "test", "docs"], len(touched))
    ).astype(dict.fromkeys(("sha", "path", "status", "path_class"), "str"))
    born = file_changes.sample(600, replace=True, random_state=seed)
    # Some lines are of files that their commit did not change, as far as table `file_changes` says.
    born = born.assign(path=np.where(rng.random(600) < 0.2, rng.choice(paths, 600), born["path"]))
    died = pd.Series(rng.choice(shas, 600)).where(rng.random(600) > 0.4)
    lifetimes = pd.DataFrame(
        {
            "born_sha": pd.Categorical(born["sha"]),
            "path": pd.Categorical(born["path"]),
            "died_sha": pd.Categorical(died),
            "lines": pd.array(rng.integers(1, 50, 600), dtype="Int64"),
            "cosmetic": pd.array(np.zeros(600, dtype=int), dtype="Int64"),
            "path_class": pd.array(born["path_class"].to_numpy(), dtype="str"),
        }
    )
    patch_ids = {sha: int(rng.choice([5, -5, 9, -9, 70, 80, -80])) % PATCH_ID_MODULUS for sha in shas[::2]}
    return OutcomeInputs(
        commits=read[committed.notna()],
        lifetimes=lifetimes,
        file_changes=file_changes,
        merged_changes=changes,
        merged_change_of=change_of,
        change_of_lines=change_of,
        all_commits=everything,
        as_of=AS_OF,
        patch_ids=patch_ids,
    )


def texts(table: pd.DataFrame) -> list[tuple[object, ...]]:
    """Rows as plain values, in a fixed order, without a difference between kinds of missing values."""
    plain = table.astype("object").where(table.notna(), None)
    return sorted(map(tuple, plain.to_numpy().tolist()), key=str)


@SEEDS
def test_line_lifetimes_are_joins_of_texts(seed: int) -> None:
    """Each line's commit, cell and life, as merges on commit and path find them."""
    seen = planted(seed)
    assert seen.lifetimes is not None
    assert seen.file_changes is not None
    lines = seen.lifetimes.astype({"born_sha": "str", "path": "str", "died_sha": "str"})
    lines = lines[lines["path_class"].isin(("code", "test"))].rename(columns={"born_sha": "key"})
    committed = seen.all_commits.set_index("sha")["committed"]
    born, died = lines["key"].map(committed), lines["died_sha"].map(committed)
    lines = lines.assign(died=died < AS_OF, days=(died.where(died < AS_OF, AS_OF) - born).dt.total_seconds())
    lines = lines.assign(days=lines["days"].clip(lower=0) / SECONDS_PER_DAY)
    lines = lines[(born < AS_OF) & (died.notna() | lines["died_sha"].isna())]
    age = np.where(seen.file_changes["status"] == "A", ", new file", ", existing file")
    cells = seen.file_changes.assign(cell=seen.file_changes["path_class"] + age, key=seen.file_changes["sha"])
    expected = lines.merge(cells[["key", "path", "cell"]], on=["key", "path"])
    expected = expected.merge(seen.commits.rename(columns={"sha": "key"}), on="key")
    columns = ["key", "path", "cell", "person", "when", "ai", "lines", "days", "died", "died_sha"]
    assert seen.line_lifetimes is not None
    assert len(expected) > 100
    assert texts(seen.line_lifetimes[columns]) == texts(expected[columns])


@SEEDS
def test_production_lines_are_joins_of_texts(seed: int) -> None:
    """Lines of code by their change, less those that the change removed itself; days from the merge."""
    seen = planted(seed)
    assert seen.lifetimes is not None
    code = seen.lifetimes[seen.lifetimes["path_class"] == "code"].astype({"born_sha": "str", "died_sha": "str"})
    code = code.assign(key=code["born_sha"].map(seen.change_of_lines), by=code["died_sha"].map(seen.change_of_lines))
    code = code[code["key"].notna() & (code["key"] != code["by"])]
    died = code["died_sha"].map(seen.all_commits.set_index("sha")["committed"])
    code = code.assign(solid=code["lines"] - code["cosmetic"], died=died.where(died < AS_OF))
    expected = code.merge(seen.dated_changes, on="key")
    days = (expected["died"] - expected["when"]).dt.total_seconds().clip(lower=0) / SECONDS_PER_DAY
    expected = expected.assign(days=days)
    columns = ["key", "when", "lines", "solid", "died_sha", "days"]
    assert seen.production_lines is not None
    assert len(expected) > 100
    assert texts(seen.production_lines[columns]) == texts(expected[columns])


@SEEDS
def test_outcome_rows_are_sums_by_key_and_cell(seed: int) -> None:
    """Events and denominators add up, in the order in which keys first come; a missing number of events adds none."""
    seen = planted(seed)
    assert seen.line_lifetimes is not None
    table = seen.line_lifetimes.assign(events=seen.line_lifetimes["lines"] / 4, denominator=1)
    table.loc[table.index[::7], "events"] = np.nan
    identifiers = ["key", "cell", "person", "when", "ai"]
    plain = table.astype(dict.fromkeys(identifiers, "object"))
    expected = plain.groupby(identifiers, sort=False, dropna=False)[["events", "denominator"]].sum().reset_index()
    rows = seen.aggregate(table)
    assert rows["key"].tolist() == expected["key"].tolist()
    assert texts(rows[expected.columns]) == texts(expected)


def reverts_by_patch(seen: OutcomeInputs) -> set[tuple[str, str | None, str]]:
    """Walk through every patch in time: each may take back the last one in force that is its inverse."""
    committed = dict(zip(seen.all_commits["sha"], seen.all_commits["committed"], strict=True))
    events = [(when, 0, sha) for sha, when in committed.items() if pd.notna(when) and sha in seen.patch_ids]
    landings = zip(seen.merged_changes["merged_change"], seen.merged_changes["sha"], strict=True)
    events += [(committed[sha], 1, name) for name, sha in landings if pd.notna(committed[sha])]
    in_force: dict[int, tuple[str | None, pd.Timestamp]] = {}
    reverts = set()
    for when, landing, name in sorted(events):
        members = [sha for sha, change in seen.merged_change_of.items() if change == name] if landing else [name]
        ids = [seen.patch_ids[sha] for sha in members if sha in seen.patch_ids]
        net, change = sum(ids) % PATCH_ID_MODULUS, name if landing else seen.merged_change_of.get(name)
        target = in_force.pop(-net % PATCH_ID_MODULUS, None) if net else None
        if target and target[0] != change and when - target[1] <= REVERT_WINDOW:
            reverts |= {(sha, change, str(target[0])) for sha in members}
        standing = {i for i in ids if landing and -i % PATCH_ID_MODULUS not in ids} | ({net} if landing else set())
        in_force |= dict.fromkeys(standing - {0}, (change, when))
    return reverts


@SEEDS
def test_reverts_by_patch_are_those_of_a_walk_through_all_patches(seed: int) -> None:
    """Leaving out the patches that have no inverse anywhere loses no revert."""
    seen = planted(seed)
    table = detect_reverts(seen.merged_changes, seen.all_commits, seen.merged_change_of, seen.patch_ids)
    answers = {
        (sha, None if pd.isna(by) else by, target)
        for sha, by, target in zip(table["sha"], table["by"], table["merged_change"], strict=True)
    }
    expected = {row for row in reverts_by_patch(seen) if row[1] != row[2]}
    assert len(expected) > 3
    assert answers == expected
