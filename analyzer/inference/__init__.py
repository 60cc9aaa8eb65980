"""From a panel to estimates, checks and a grade: what the AI share is associated with, and how well this is known.

A new estimator is one module here and one entry in `ESTIMATORS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Estimator:
    """A registered estimator or test: the single source of `aishare list estimators`.

    `function`: module in this package and name of the function that runs. It is imported on use, because texts of the
    registry are read where numpy and scipy are not loaded.
    """

    id: str
    function: str
    title: str
    says: str
    limits: str
    source: str = ""

    @property
    def fit(self) -> Callable[..., object]:
        """The function that estimates this."""
        module, _, name = self.function.rpartition(".")
        fit: Callable[..., object] = getattr(import_module(f"{__name__}.{module}"), name)
        return fit


ESTIMATORS: tuple[Estimator, ...] = (
    Estimator(
        "recorded",
        "throughput.fit_recorded",
        "relative change of throughput that +50 points of recorded share go with",
        "PPML with person and period effects on the share recorded in the preceding four weeks; full-refit "
        "leave-one-person-out jackknife, t(A-1).",
        "About the number, not about use: a share of a few changes is noisy, and noise pulls it towards zero.",
        "Santos Silva and Tenreyro, Rev. Econ. Stat. 2006 (PPML); MacKinnon, Nielsen and Webb, J. Appl. Econom. 2023 "
        "(jackknife over clusters, CV3).",
    ),
    Estimator(
        "log1p",
        "models.ols.fit",
        "the same figures by least squares of log(1 + outcome)",
        "`infer` without --count: the same effects, refits, swaps and placebo.",
        "8-10 % low on counts; on a noisy share its interval covers far too rarely where use is what acts.",
    ),
    Estimator(
        "use",
        "throughput.use_effect",
        "the same for AI use, as marked",
        "PPML on the share pooled over three periods, divided by its within reliability (random half-splits, "
        "Spearman-Brown), refitted in every jackknife step.",
        "Given only where reliability is at least 0.4; assumes the noise of the share is that of drawing units.",
        "Spearman, Br. J. Psychol. 1910, and Brown, ibid. (reliability of halves).",
    ),
    Estimator(
        "swap",
        "resampling.permutation.permutation_p",
        "p-value of the recorded figure",
        "9,999 swaps of whole share trajectories between people whose spans share 80 %, each refitted; up to seven "
        "people are enumerated.",
        "Holds under exchangeable trajectories; two to five people can never be significant.",
        "Harris, Nonsense correlations in neuroscience, bioRxiv 2020 (why series that drift are not shifted in time).",
    ),
    Estimator(
        "reverts",
        "defects.estimate_defects",
        "risk of being followed up within 90 days, marked against other changes",
        "Linear probability of the change's own mark within person and four weeks; jackknife over people, t(A-1).",
        "Only people who have both kinds in the same weeks count, so most histories cannot tell.",
        "Mantel and Haenszel, J. Natl. Cancer Inst. 1959 (the risk ratio beside it); Fieller, J. R. Stat. Soc. B 1954 "
        "(its interval).",
    ),
    Estimator(
        "event_study",
        "event_study.estimate_event_study",
        "change of an outcome by periods since adoption",
        "`infer --event`: unit and period effects from rows yet to adopt, imputed to the others (Borusyak, Jaravel and "
        "Spiess); leads apart; least squares of log(1 + outcome), leave-one-cluster-out jackknife.",
        "Who adopts chose when. Leads that are not 0 say the course was not parallel; leads that are do not prove it.",
        "Borusyak, Jaravel and Spiess, Revisiting event-study designs, Rev. Econ. Stud. 2024.",
    ),
    Estimator(
        "pooled",
        "meta_analysis.estimate_meta_analysis",
        "the recorded and the use figure over many repositories",
        "`infer --cluster`: one coefficient, person and repository × period effects; jackknife over repositories "
        "(eight or more; else people), shares swapped inside repositories. Beside it how repositories differ.",
        "One figure for all: where repositories differ, the interval of a further one is the one to read.",
        "Hartung and Knapp, Stat. Med. 2001 (how repositories differ); IntHout, Ioannidis and Rovers, BMJ Open 2016 "
        "(the interval of a further one).",
    ),
    Estimator(
        "ranks",
        "rank_correlation.rank_correlations",
        "share and outcome by rank: pooled over all rows, and the median within people",
        "Spearman with mid-ranks. Pooled: leave-one-person-out jackknife. Within: people with five rows in which both "
        "move, six or more of them; order statistics that a sign test does not reject. A Simpson flag where they "
        "differ in sign beyond noise.",
        "Described, never graded: what all people share over time is in both; the recorded figure takes it out.",
    ),
    Estimator(
        "timing",
        "throughput.timing_placebo",
        "placebo: does the same period's share do more than the preceding one's?",
        "Both shares together; fires when the same-period coefficient is larger in absolute value (jackknife).",
        "Firing means busy periods use more AI or the other way round; which, this history cannot tell.",
    ),
)
