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
        "within_people",
        "throughput.fit_within",
        "relative change of throughput per +50 points of AI share, within people",
        "PPML with person and period effects on the share of the person's past changes (empirical Bayes: discounted by "
        "half per six weeks, shrunk towards the team's); full-refit leave-one-person-out jackknife, t(A-1).",
        "People who were growing anyway and took AI up look the same; the figure beyond own trends tells them apart.",
        "Santos Silva and Tenreyro, Rev. Econ. Stat. 2006 (PPML); MacKinnon, Nielsen and Webb, J. Appl. Econom. 2023 "
        "(jackknife over clusters, CV3); Casella, Am. Stat. 1985 (empirical Bayes).",
    ),
    Estimator(
        "beyond_trends",
        "throughput.beyond_trends",
        "the same beyond each person's own linear trend",
        "The same model with a linear trend for each person; the same jackknife. A grade above SAYS LITTLE needs it.",
        "It finds less than the figure within people, and a trend that bends when somebody takes AI up stays in it.",
    ),
    Estimator(
        "recorded",
        "throughput.fit_within",
        "the same for the share of the preceding four weeks alone",
        "PPML as above on the share recorded in the preceding four weeks.",
        "About that number, not about use: a share of a few changes is noisy, and noise pulls it towards zero.",
    ),
    Estimator(
        "log1p",
        "models.ols.fit",
        "the same figures by least squares of log(1 + outcome)",
        "`infer` without --count: the same effects, refits, swaps and placebo.",
        "8-10 % low on counts; on a noisy share its interval covers far too rarely where use is what acts.",
    ),
    Estimator(
        "swap",
        "resampling.permutation.permutation_p",
        "p-value of the figure within people",
        "9,999 permutations of whole share trajectories among people whose spans share 80 %, each refitted; up to "
        "seven people are enumerated. It decides where six people and two thirds of all can be permuted, else t does.",
        "Holds under exchangeable trajectories; two to five people can never be significant.",
        "Harris, Nonsense correlations in neuroscience, bioRxiv 2020 (why series that drift are not shifted in time).",
    ),
    Estimator(
        "reverts",
        "defects.estimate_event_ratio",
        "ratio of follow-up fixes within 90 days, marked changes against the same people's other changes",
        "Poisson regression of a change's events on its own mark, with person effects and a smooth curve of time; "
        "full-refit leave-one-person-out jackknife, t(A-1) over the people who have both kinds of changes and events. "
        "The verdict and the outcome table use the same estimate.",
        "Needs six such people and ten marked changes. A person who gets better (or busier) just as they take AI up "
        "looks like an effect of the mark.",
        "Hausman, Hall and Griliches, Econometrica 1984 (person effects); Gourieroux, Monfort and Trognon, ibid. "
        "(quasi-likelihood); Greenland and Mansournia, Stat. Med. 2015 (prior of half an event per side).",
    ),
    Estimator(
        "shares",
        "event_comparison.compare_shares",
        "difference in shares of lines or commits, marked work against the same people's other work",
        "The regression of `reverts` on shares, with effects of person and kind of file (and size), and the share that "
        "the person marked within 45 days; lines of a commit weigh less the more they go together; same jackknife. The "
        "verdict on quality and the outcome table use the same estimate.",
        "Needs six such people and ten marked commits. A person whose work changes on the very days on which they take "
        "AI up looks a little like an effect of the mark.",
        "Mundlak, Econometrica 1978 (share marked nearby); Williams, Appl. Stat. 1982 (weights of lines that go "
        "together).",
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
        "the figure within people over many repositories",
        "`infer --cluster`: one coefficient, person and repository × period effects; jackknife over repositories "
        "(eight or more; else people), shares permuted inside repositories. It also says how repositories differ.",
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
