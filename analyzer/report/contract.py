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
from analyzer.report.contract_breakdowns import BreadthMonth, Breakdown  # noqa: TC001 - likewise
from analyzer.report.contract_marking import Marking  # noqa: TC001 - likewise
from analyzer.report.contract_rates import OutcomeDifference, Rate  # noqa: TC001 - likewise
from analyzer.report.contract_structure import Structure  # noqa: TC001 - likewise
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


class MergedBy(Struct, frozen=True):
    """Merged changes of the range that were recognised in one way.

    how : id of the code-review host or merge bot whose words name the request; otherwise merge, squash, rebase or
        session (consecutive commits of one author, grouped by time).
    """

    how: str
    title: str
    changes: int


class EndingLines(Struct, frozen=True):
    """Lines added to files with one ending that no share counts; `ending` is empty for names without one."""

    ending: str
    files: int
    lines_added: int


class LeftOut(Struct, frozen=True):
    """Lines of one class of files that no share counts, over the whole history.

    kind : docs, data, notebook, lockfile, generated, vendored, lfs (pointers of Git LFS) or unknown.
    files : paths to which commits added lines.
    lines_added, lines_at_head : lines added by all commits, and lines at the analysed commit.
    endings : the five endings with most added lines.
    """

    kind: str
    files: int
    lines_added: int
    lines_at_head: int
    endings: list[EndingLines]


class RepositoryFacts(Struct, frozen=True):
    """The repository at the analysed commit.

    people : number of people, without bots and agents.
    left_out : what no share counts, by lines added, most first; null without file contents.
    merged_by : how the merged changes of the range were recognised.
    """

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
    left_out: list[LeftOut] | None = None
    merged_by: list[MergedBy] = []


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
    """Smallest effect on throughput that this history would detect four times in five if it had so many people.

    The figures follow from the history's own variance, with the same months and people who vary alike.

    association : relative change per +50 points of AI share, within people.
    beyond_trends : the same beyond each person's own trend; null where that cannot be estimated.
    """

    people: int
    association: float
    beyond_trends: float | None


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
    breakdowns: list[Breakdown] = []
    breadth: list[BreadthMonth] = []
    structure: Structure | None = None
