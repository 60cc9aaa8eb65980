"""Words of the reports that are no entry of a registry, for `aishare explain`."""

from __future__ import annotations

# Term → what it is in a few words, and what to know of it.
TERMS: dict[str, tuple[str, ...]] = {
    "floor": ("declared part", "Declared items over all. What is not declared is not human, so it is no estimate."),
    "ceiling": (
        "the most it can be",
        "One less what is provably older than any AI code assistant (before 2021-06-29) and undeclared.",
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
    "sensitivity": (
        "the estimate if undisclosed AI code looked less like the disclosed",
        "Ranges for 0.8 and 0.65 of the recall that was measured: an identified set, not a sampling error.",
    ),
    "placebo": (
        "a test that must find nothing",
        "The same method on marks, people or outcomes that cannot show the effect.",
        "One that finds something is printed struck out; one that cannot run says so and has not passed.",
    ),
    "tipping_point": (
        "how much of it could be marking",
        "The part of undeclared changes that, worst placed, would have to be AI for the figure to change its sign.",
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
    "simpson": (
        "matched and unmatched differ in sign",
        "The figure without matching is shown beside the matched one, because who, when and where can turn it round.",
    ),
}
