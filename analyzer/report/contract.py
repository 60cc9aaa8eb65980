"""The JSON contract of `aishare analyze`, as types; schema_version "2" (docs/json.md).

Shares and relative changes are fractions (0.5 = 50 %), dates are ISO 8601, and missing values are null. For every null,
a data-quality row lists its path in `covers` and explains it. Results of estimators, prompts and recovered marks are
defined by the packages that compute them; class docstrings become descriptions in the JSON Schema.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from analyzer.inference.results import Goodhart, Placebo, Survival, Trend  # noqa: TC001 - msgspec reads these types at run time
from analyzer.prompts.summary import PromptSummary  # noqa: TC001 - likewise
from analyzer.report.contract_verdicts import Verdict  # noqa: TC001 - likewise
from analyzer.share.recovered_marks import RecoveredMarks  # noqa: TC001 - likewise

SCHEMA_VERSION = "2"


class Tool(Struct, frozen=True):
    """The versions that computed the result."""

    name: str
    version: str
    rules: str
    style_model: str | None
    git: str


class Command(Struct, frozen=True):
    """Options of the run; `config_digest` covers every setting that can change the result."""

    rev: str
    since: str | None
    until: str | None
    as_of: str
    by: str
    include: list[str]
    exclude: list[str]
    seed: int
    config_digest: str


class LanguageLines(Struct, frozen=True):
    """Lines added to code and test files of one language, detected by file name."""

    name: str
    lines_added: int


class RepositoryFacts(Struct, frozen=True):
    """The repository at the analysed commit; `people` counts people, without bots and agents."""

    name: str
    head: str
    branch: str | None
    first_commit: str | None
    last_commit: str | None
    commits: int
    people: int
    shallow: bool
    partial: bool
    languages: list[LanguageLines] | None


class Estimate(Struct, frozen=True):
    """An estimate with its interval, its method, and how it changes with an assumption."""

    point: float
    low: float
    high: float
    method: str
    sensitivity: list[dict[str, float]]


class ShareDefinition(Struct, frozen=True):
    """The AI share under one definition.

    marked : marked share.
    at_most : upper bound of the share.
    abstained : slug that says why there is no estimate.
    recorded_only : whether it is a share of recorded work only, and so not part of the spread.
    """

    id: str
    title: str
    unit: str
    marked: float | None
    estimate: Estimate | None
    at_most: float | None
    n: int | None
    abstained: str | None
    recorded_only: bool = False


class RecallPeriod(Struct, frozen=True):
    """Recall and precision of marks in one month, according to line-level records.

    n : commits with AI lines.
    recall : part of these that is marked, with its 95 % interval.
    marks : marked commits.
    precision : part of these that has AI lines.
    """

    period: str
    n: int
    recall: float | None
    low: float | None
    high: float | None
    marks: int
    precision: float | None


class Adoption(Struct, frozen=True):
    """Earliest file of an AI tool in the repository: the tool was in use from then on, though not in every commit.

    kind : assistant (writes code) or reviewer (comments on it).
    """

    tool: str
    path: str
    sha: str
    first: str | None
    kind: Literal["assistant", "reviewer"] = "assistant"


class MarkingPolicy(Struct, frozen=True):
    """A dated rule on AI marks that applies to the repository, or a change of such a rule in its own files.

    date, within_days : day from which it holds, and the uncertainty of that day.
    asks : marks, no_marks, disclosure (not in commits), no_ai, setting (a tool can leave its mark out) or unclear.
    expects : direction in which the marked share moves with it: up, down or either.
    text : what happened.
    path, sha : the repository's own file, and the commit that changed it; null for a public rule.
    source : address of a public rule; null for the repository's own.
    """

    date: str
    within_days: int
    asks: Literal["marks", "no_marks", "disclosure", "no_ai", "setting", "unclear"]
    expects: Literal["up", "down", "either"]
    text: str
    path: str | None
    sha: str | None
    source: str | None


class MarkingStep(Struct, frozen=True):
    """A lasting change of the marked share of commits.

    period : first month of the new level.
    kind : likely cause: labelling, adoption, people (others commit), at_once (a rule of marking or working), or open.
    before, after : marked share.
    policies : rules on AI marks that changed around that month: possible causes.
    """

    period: str
    kind: Literal["labelling", "adoption", "people", "at_once", "open"]
    before: float
    after: float
    explanation: str
    policies: list[MarkingPolicy] = []


class PossibleAgent(Struct, frozen=True):
    """An account that may be an AI agent's and that no table knows.

    commits : its unmarked non-merge commits.
    reason : what says so, its name or its messages.
    rule : inline table of TOML for `rules` in the configuration; empty if the name is too long for one.
    """

    name: str
    commits: int
    reason: Literal["name", "messages"]
    rule: str


class AgentBranches(Struct, frozen=True):
    """Commits that came in by branches of one folder that is named like an agent, and how many of them are marked."""

    folder: str
    commits: int
    marked: int


class Possible(Struct, frozen=True):
    """What is possibly AI, over the whole history: in no marked share, inside the upper bound.

    accounts : at most 100 of the `n_accounts` accounts, which have `account_commits` unmarked commits.
    branches : agents' branches that merges name; `merges` brought their commits in.
    """

    accounts: list[PossibleAgent] = []
    n_accounts: int = 0
    account_commits: int = 0
    branches: list[AgentBranches] = []
    merges: int = 0


class Marking(Struct, frozen=True):
    """How AI use is marked: changes of the marked share, recall of marks, files of AI tools, hints, rules on marks."""

    changes: list[MarkingStep]
    adoption: list[Adoption] | None
    recall_by_period: list[RecallPeriod] | None
    drift: bool | None
    possible: Possible = Possible()
    policies: list[MarkingPolicy] = []


class Spread(Struct, frozen=True):
    """Smallest and largest marked share over the computed definitions."""

    low: float
    high: float


class SharePeriod(Struct, frozen=True):
    """The AI share under one definition in one period."""

    period: str
    definition: str
    marked: float | None
    estimate: Estimate | None
    at_most: float | None
    n: int


class ToolCredit(Struct, frozen=True):
    """Commits and lines that marked commits credit to one tool."""

    tool: str
    commits: int
    lines_added: int | None
    lines_surviving: int | None


class ModelCredit(Struct, frozen=True):
    """Commits and lines that marked commits credit to one model."""

    model: str
    commits: int
    lines_added: int | None
    lines_surviving: int | None


class Share(Struct, frozen=True):
    """The AI share under every definition; `recovered` is set if an export of pull requests was given."""

    definitions: list[ShareDefinition]
    spread: Spread
    by_period: list[SharePeriod]
    by_tool: list[ToolCredit]
    by_model: list[ModelCredit]
    recovered: RecoveredMarks | None


class QualityRow(Struct, frozen=True):
    """A note or warning about the data; `covers` lists the JSON paths whose nulls it explains."""

    slug: str
    severity: Literal["warning", "info"]
    message: str
    fix: str
    covers: list[str]


class RepositorySetting(Struct, frozen=True):
    """A setting of the analysed commit's own files that is in force, and how much it changes.

    setting : rules, include, exclude, since, until, by, targets or salt; or the name of a file of git's.
    commit : the commit whose file it is: the analysed one; of a pull request, its base.
    value : the setting; empty for a file of git's.
    changed, total, unit : how many of how many, in what; null where it moves no count, or that cannot be counted.
    """

    setting: str
    file: str
    commit: str
    value: str
    changed: int | None
    total: int | None
    unit: str | None
    effect: str


class Rate(Struct, frozen=True):
    """A rate within matched cells, with its 95 % interval; `n` counts the commits or changes in these cells."""

    value: float
    low: float
    high: float
    n: float


class OutcomeDifference(Struct, frozen=True):
    """Rate of marked work minus the rate of other work within matched cells, with its 95 % interval."""

    value: float
    low: float
    high: float


class Outcome(Struct, frozen=True):
    """One outcome for marked work and for the rest of the same people's work. "Goes with", not "causes".

    descriptive : whether it describes the composition of work, not its result.
    coupled : whether larger or more finely cut changes move it by arithmetic.
    q : p of no difference, adjusted over all outcomes (false discovery rate); below .10 the outcome stands out.
    pooled : difference without matching.
    simpson : whether the pooled difference has the other sign.
    sign_depends_on : commit or change without which the difference would have the other sign.
    placebo : the first placebo that fails, or the first one if none does.
    note : why there is no figure, or a caveat.
    """

    id: str
    title: str
    unit: str
    better: Literal["low", "high", "neither"]
    descriptive: bool
    coupled: bool
    marked: Rate | None
    unmarked: Rate | None
    difference: OutcomeDifference | None
    q: float | None
    pooled: float | None
    simpson: bool
    sign_depends_on: str | None
    matched_on: list[str]
    placebo: Placebo
    placebos: list[Placebo]
    note: str


class Power(Struct, frozen=True):
    """Smallest effect on throughput that simulated histories of this size detect four times in five (median).

    recorded : relative change per +50 points of the recorded AI share.
    use : the same for AI use; null if most histories have no such estimate.
    histories : number of simulated histories.
    """

    people: int
    months: int
    recorded: float
    use: float | None
    histories: int


class Reason(Struct, frozen=True):
    """A difference between two reports that can change a figure."""

    kind: Literal["repository", "data", "rules", "model", "version", "settings"]
    text: str


class ChangedFigure(Struct, frozen=True):
    """A figure or grade that changed; null before or after means that there was or is none."""

    id: str
    title: str
    unit: str
    before: float | str | None
    after: float | str | None


class Comparison(Struct, frozen=True):
    """Comparison with an earlier report (`--compare`): its commit and as-of date, the reasons, and what changed."""

    head: str
    as_of: str
    reasons: list[Reason]
    changed: list[ChangedFigure]


class AnalysisResult(Struct, frozen=True):
    """The result of `aishare analyze`."""

    schema_version: str
    tool: Tool
    command: Command
    repository: RepositoryFacts
    share: Share
    marking: Marking
    outcomes: list[Outcome] | None
    survival: list[Survival] | None
    trends: list[Trend]
    verdicts: list[Verdict]
    gaming: Goodhart | None
    power: list[Power]
    effort: PromptSummary | None
    comparison: Comparison | None
    data_quality: list[QualityRow]
    repository_settings: list[RepositorySetting] = []
