"""Fuzz the parsers until each ran N times on the code as is: `python -m tests.validation.fuzz [TARGET ...] --runs N`.

Each is fuzzed by atheris first, where that is installed, then by a plain mutator from what that came upon. Results go
to fixtures/fuzz and add up: a campaign that was stopped goes on.
"""

from __future__ import annotations

import argparse
import random
import sys
from typing import TYPE_CHECKING

from tests.validation.fuzz import engine

if TYPE_CHECKING:
    from tests.validation.fuzz.target import Target


def main() -> int:
    """Exit code 1 where an input broke a parser."""
    parser = argparse.ArgumentParser(prog="python -m tests.validation.fuzz", description=__doc__)
    parser.add_argument("target", nargs="*", help="names of targets; all where none is given")
    parser.add_argument("--runs", type=int, default=1_000_000, help="executions that each target shall have had")
    parser.add_argument("--guided", type=int, default=50_000, help="of these on atheris")
    parser.add_argument("--chunk", type=int, default=100_000, help="executions after which the results are written")
    given = parser.parse_args()
    given.guided = given.guided if given.guided and engine.instrumented() else 0
    from tests.validation.fuzz import campaign
    from tests.validation.fuzz.targets import TARGETS, named

    left = [named(name) for name in given.target] or list(TARGETS)
    for target in left:
        campaign.code(target)
    broken: list[str] = []
    while left:
        for target in list(left):
            todo = _todo(target, given)
            if todo is None:
                left.remove(target)
            elif not campaign.run(target, *todo, random.SystemRandom().randrange(1, 1 << 31)):
                left.remove(target)
                broken.append(target.name)
    sys.stdout.write("".join(f"an input broke {name}: fixtures/fuzz/{name}.jsonl\n" for name in broken))
    return 1 if broken else 0


def _todo(target: Target, given: argparse.Namespace) -> tuple[str, int] | None:
    """The engine of the next runs of a target, and how many; None where it had them all."""
    from tests.validation.fuzz import campaign

    done = campaign.executions(target, campaign.results())
    if done["atheris"] < given.guided:
        return "atheris", given.guided - done["atheris"]
    todo = given.runs - sum(done.values())
    return ("plain", min(given.chunk, todo)) if todo > 0 else None


if __name__ == "__main__":
    sys.exit(main())
