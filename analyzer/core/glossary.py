"""Terms of the reports that have no registry entry, for `aishare explain`."""

from __future__ import annotations

# Term → short definition, followed by explanations.
TERMS: dict[str, tuple[str, ...]] = {
    "floor": (
        "the marked share, in JSON `marked`",
        "Marked items over all. Unmarked does not mean human-written, so this is the least there can be, no estimate.",
    ),
    "ceiling": (
        "the most it can be, in JSON `at_most`",
        "One less what is provably older than any AI code assistant (before 2021-06-29) and unmarked.",
    ),
    "estimate": (
        "a share with an interval, where one can be made",
        "Only for Python functions so far, from style, with --style; every other definition has floor and ceiling.",
    ),
    "recall": ("part of AI work that marks find", "Known where line-level records say which commits hold AI lines."),
    "precision": ("part of marked commits that hold AI lines", "Known where line-level records say so."),
    "strength": (
        "how much a trace proves",
        "A: the agent is the author. B: it is credited. D: it took part in a session. These stand in the floor.",
        "C: a suggestion, or a mark that a default set. M, H: a message, a hint. R: it reviewed. These do not.",
    ),
    "possibly_ai": (
        "unmarked work with a hint of an agent, in JSON `marking.possible`",
        "By an account that no table knows and that may be an agent's, or from a branch named like an agent's.",
        "Outside the floor, inside the ceiling. A rule of the configuration settles an account.",
    ),
    "sensitivity": (
        "the estimate if undisclosed AI code looked less like the disclosed",
        "Ranges for 0.8 and 0.65 of the recall that was measured: an identified set, not a sampling error.",
    ),
    "placebo": (
        "a test that must find nothing",
        "The same method on marks, people or outcomes that cannot show the effect.",
        "One that finds something is printed struck out; one that cannot run says so and has not passed.",
    ),
    "quality": (
        "the verdict on what marked changes did",
        "Lines rewritten, tests touched, repeated code, complexity, tests of new functions, time to land.",
        "Against the same people's other changes, and against a bound of what is large that was declared in advance.",
        "Sizes are context, and reverts and follow-up fixes are graded in defects. An association, never a cause.",
    ),
    "cognitive_complexity": (
        "how hard the flow of a function is to follow",
        "SonarSource's measure: 1 for each break in the linear flow, 1 more for each level of nesting around it.",
        "A run of the same logical operator counts 1. It says nothing of how well a function does its work.",
    ),
    "hot_spot": (
        "a file to look at, in JSON `structure.hot_spots`",
        "Its functions gained cognitive complexity in marked commits, and fixes removed lines of these within 90 days.",
        "Ordered by points × (1 + fixes). A place, never a person, and no judgement: new features need decisions.",
    ),
    "tipping_point": (
        "how much of it could be marking",
        "The part of unmarked changes that, worst placed, would have to be AI for the figure to change its sign.",
    ),
    "habit": (
        "how changes land",
        "Commits in a change, and the parts of merges, squashes and rebases. Work cut otherwise is counted otherwise.",
    ),
    "regime": (
        "a stretch of one way of landing",
        "A new one begins where the mix of merges, squashes, rebases and pushes moved by over 20 points at once.",
        "Nobody is compared across it.",
    ),
    "durable": (
        "changes that last",
        "Half of the production lines alive 30 days after landing; a younger change counts by its chance to last.",
    ),
    "coupled": (
        "moved by arithmetic",
        "Longer or more finely cut work moves the figure whatever was achieved: it explains others and grades nothing.",
    ),
    "specifications": (
        "the same question, asked every declared way",
        "Length of a period, lag, model, what a mark is, trends, maturity: how many agree in sign, and their joint p.",
        "What could not be fitted is counted with its reason.",
    ),
    "coupling": (
        "a placebo for sums of sizes",
        "Sizes dealt anew among a person's changes of the same mark: what is left of the link is arithmetic.",
    ),
    "spill_over": (
        "whether unmarked changes are followed up more where more was marked",
        "A person's share of the preceding period beside the change's own mark; it grades nothing.",
    ),
    "robustness": (
        "how strong something unseen would have to be",
        "With share and output alike, as parts of what is left of them, to bring the figure to 0. Tenure is beside it.",
    ),
    "forecast": (
        "whether yesterday's share helps to tell tomorrow's output",
        "Errors of forecasts with and without it, from a rolling origin; Clark and West's test. It grades nothing.",
    ),
    "event_study": (
        "effects by time since adoption",
        "Against what cells not treated yet predict. Leads should be near 0, and show where adopters differed before.",
    ),
    "divergence": (
        "a test of gaming without an announced target",
        "The share moves as it would if it were gamed, since the month in which it rose.",
        "It is no flag: it changes no grade and fails no run. An announced target belongs in the configuration.",
    ),
    "quarterly_grade": (
        "the grade that scheduled reports count",
        "At a quarter of the level; one that says more stands after two quarters in a row (--archive).",
    ),
    "simpson": (
        "matched and unmatched differ in sign",
        "The figure without matching is shown beside the matched one, because who, when and where can turn it round.",
        "Of ranks: pooled over all rows they go one way, and within people the other way, or not at all.",
    ),
}
