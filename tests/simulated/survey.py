"""Simulated teams that answer a survey."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analyzer.survey.estimator import estimate_from_answers
from analyzer.survey.sampling import draw_sample

if TYPE_CHECKING:
    from analyzer.survey.estimator import Survey


CHANGES, ASKED = 2_000, 200


class Team(NamedTuple):
    """Who uses AI, who says so, and who answers."""

    use: float
    recall: float = 0.7
    precision: float = 1.0
    both: float = 0.0
    answer: tuple[float, float] = (1.0, 1.0)  # of changes without AI, and with


def units(declared: np.ndarray) -> pd.DataFrame:
    """Table `units` of one change an hour."""
    n = len(declared)
    merged = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(np.arange(n), unit="h")
    table = pd.DataFrame({"merged_change": [f"u{k}" for k in range(n)], "sha": "x", "merged": merged})
    return table.assign(
        merged=table["merged"].astype("datetime64[s, UTC]"),
        label=np.where(declared, "marked", "unmarked"),
        ai=declared.astype(float),
    )


def simulated_survey(team: Team, rng: np.random.Generator) -> tuple[float, Survey, Survey]:
    """True share of one history, what a sample of it says, and what one without labels would say."""
    ai = rng.random(CHANGES) < team.use
    false_marks = team.use * team.recall * (1 - team.precision) / (team.precision * (1 - team.use))
    declared = np.where(ai, rng.random(CHANGES) < team.recall, rng.random(CHANGES) < false_marks)
    truth = np.where(ai & (rng.random(CHANGES) < team.both), 0.5, ai.astype(float))
    found = []
    for known in (declared, np.zeros(CHANGES, bool)):
        table = units(known)
        sheet = draw_sample(table, pd.Series(rng.integers(1, 300, CHANGES), index=table["merged_change"]), ASKED, rng)
        answers = sheet["merged_change"].map(pd.Series(truth, index=table["merged_change"]))
        speaks = rng.random(len(sheet)) < np.where(answers > 0, team.answer[1], team.answer[0])
        found.append(estimate_from_answers(sheet.assign(answer=answers.where(speaks))))
    return float(truth.mean()), found[0], found[1]
