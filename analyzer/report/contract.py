"""The JSON contract of `analyze`, as types; schema_version "1" (docs/json.md).

Shares and relative changes are fractions (0.5 = 50 %), dates ISO 8601, missing is null, and every
null is explained by a data-quality row whose `covers` names it.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from analyzer.inference.results import Goodhart, Placebo, Survival, Trend  # noqa: TC001 - msgspec reads these types at run time
from analyzer.prompts.summary import PromptSummary  # noqa: TC001 - likewise
from analyzer.report.contract_verdicts import Verdict  # noqa: TC001 - likewise
from analyzer.share.recovered_marks import RecoveredMarks  # noqa: TC001 - likewise

SCHEMA_VERSION = "1"


class Tool(Struct, frozen=True):
    """What computed this."""

    name: str
    version: str
    rules: str
    style_model: str | None
    git: str


class Command(Struct, frozen=True):
    """What was asked; `config_digest` covers every setting that changes the answer."""

    rev: str
    since: str | None
    until: str | None
    as_of: str
    by: str
    include: list[str]
    exclude: list[str]
    seed: int
    config_digest: str


class Language(Struct, frozen=True):
    """Lines added to code and test files, by file name."""

    name: str
    lines_added: int


class RepositoryFacts(Struct, frozen=True):
    """The repository at the analysed commit; `authors` counts people, not addresses, bots or agents."""

    name: str
    head: str
    branch: str | None
    first_commit: str | None
    last_commit: str | None
    commits: int
    authors: int
    shallow: bool
    partial: bool
    languages: list[Language] | None


class Estimate(Struct, frozen=True):
    """An estimate with its 95 % interval, how it was made, and what moves it."""

    point: float
    low: float
    high: float
    method: str
    sensitivity: list[dict[str, float]]


class ShareDefinition(Struct, frozen=True):
    """One definition: declared part (floor), most it can be (ceiling), and why there is no estimate.

    of_part: it is a share of recorded work alone, and so in no spread.
    """

    id: str
    title: str
    unit: str
    floor: float | None
    estimate: Estimate | None
    ceiling: float | None
    n: int | None
    abstained: str | None
    of_part: bool = False


class RecallPeriod(Struct, frozen=True):
    """Of `n` commits with AI lines the part with a mark (95 % interval); of `marks` the part with such lines."""

    period: str
    n: int
    recall: float | None
    low: float | None
    high: float | None
    marks: int
    precision: float | None


class Adoption(Struct, frozen=True):
    """A tool's earliest file in the repository: in use from then on, which says nothing about any one commit."""

    tool: str
    path: str
    sha: str
    first: str | None


class DisclosureChange(Struct, frozen=True):
    """The declared part of commits from month `period` on and in the stretch before; kind: what the change was.

    labelling, adoption, people (others commit), at_once (a rule of marking or of working), or open.
    """

    period: str
    kind: Literal["labelling", "adoption", "people", "at_once", "open"]
    before: float
    after: float
    explanation: str


class Disclosure(Struct, frozen=True):
    """How disclosure itself behaves: changes in it, what marks find where the truth is known, files of AI tools."""

    changes: list[DisclosureChange]
    adoption: list[Adoption] | None
    recall_by_period: list[RecallPeriod] | None
    drift: bool | None


class Spread(Struct, frozen=True):
    """Smallest and largest declared share that the computed definitions give."""

    low: float
    high: float


class SharePeriod(Struct, frozen=True):
    """One definition in one period."""

    period: str
    definition: str
    floor: float | None
    estimate: Estimate | None
    ceiling: float | None
    n: int


class ToolCredit(Struct, frozen=True):
    """What declared commits credit one tool with."""

    tool: str
    commits: int
    lines_added: int | None
    lines_surviving: int | None


class ModelCredit(Struct, frozen=True):
    """What declared commits credit one model with."""

    model: str
    commits: int
    lines_added: int | None
    lines_surviving: int | None


class Share(Struct, frozen=True):
    """How much, under every definition; `recovered` where an export of pull requests was given."""

    definitions: list[ShareDefinition]
    spread: Spread
    by_period: list[SharePeriod]
    by_tool: list[ToolCredit]
    by_model: list[ModelCredit]
    recovered: RecoveredMarks | None


class QualityRow(Struct, frozen=True):
    """One thing to know about the data; `covers` lists the JSON paths whose nulls it explains."""

    slug: str
    severity: Literal["warning", "info"]
    message: str
    fix: str
    covers: list[str]


class Rate(Struct, frozen=True):
    """A rate within matched cells, with its 95 % interval; n: commits or changes behind it, in these cells."""

    value: float
    low: float
    high: float
    n: float


class OutcomeDifference(Struct, frozen=True):
    """Declared AI minus the rest within matched cells, with its 95 % interval."""

    value: float
    low: float
    high: float


class Outcome(Struct, frozen=True):
    """One outcome for declared AI and for the rest of the same people's work. "Goes with", not "causes".

    describes: it says what work is made of, not what became of it. coupled: longer or more finely cut work moves it by
    arithmetic. q: p of no difference, adjusted for the outcomes compared (false discovery rate; below .10 it stands
    out). pooled: the difference without matching; simpson: it has the other sign. turned_by: the one commit or change
    without which the difference would have the other sign. placebo: the one that fails, else the first. note: why
    there is no figure, or what to know of it.
    """

    id: str
    title: str
    unit: str
    better: Literal["low", "high", "neither"]
    describes: bool
    coupled: bool
    declared_ai: Rate | None
    other: Rate | None
    difference: OutcomeDifference | None
    q: float | None
    pooled: float | None
    simpson: bool
    turned_by: str | None
    matched_on: list[str]
    placebo: Placebo
    placebos: list[Placebo]
    note: str


class Power(Struct, frozen=True):
    """Smallest effect on throughput that simulated histories of this size show four times in five (median).

    recorded: of the recorded share, use: of AI use, relative changes for +50 points; null: most have no such figure.
    """

    people: int
    months: int
    recorded: float
    use: float | None
    histories: int


class Reason(Struct, frozen=True):
    """One thing that differs between two reports and can move a figure."""

    kind: Literal["repository", "data", "rules", "model", "version", "settings"]
    text: str


class ChangedFigure(Struct, frozen=True):
    """A figure or a grade that is not what it was; null where there was or is none. `unit` says how to read it."""

    id: str
    title: str
    unit: str
    before: float | str | None
    after: float | str | None


class Comparison(Struct, frozen=True):
    """What changed since an earlier report (`--baseline`): its commit and clock, what differs, and what moved."""

    head: str
    as_of: str
    reasons: list[Reason]
    moved: list[ChangedFigure]


class Result(Struct, frozen=True):
    """The whole answer."""

    schema_version: str
    tool: Tool
    command: Command
    repository: RepositoryFacts
    share: Share
    disclosure: Disclosure
    outcomes: list[Outcome] | None
    survival: list[Survival] | None
    trends: list[Trend]
    verdicts: list[Verdict]
    goodhart: Goodhart | None
    power: list[Power]
    effort: PromptSummary | None
    baseline: Comparison | None
    data_quality: list[QualityRow]
