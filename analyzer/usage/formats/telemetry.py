"""Claude Code's OpenTelemetry metrics: OTLP as JSON lines, and samples in Prometheus's text format.

Metrics and attributes: https://docs.claude.com/en/docs/claude-code/monitoring-usage
OTLP in files: https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/
Prometheus's format: https://prometheus.io/docs/instrumenting/exposition_formats/

Read are the counters of sessions, added lines, commits and pull requests, by the attribute `user.email`, which Claude
Code sends for people who signed in. Delta sums add up. A cumulative sum counts by what it grew since the sample before
in the same series; a sum that falls was reset. A sample of Prometheus needs its timestamp.

Missing days: telemetry can be off for a person or a day, and no page says otherwise. A day without a sample is missing,
unless `complete = true` says that everybody's telemetry was on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.usage import values
from analyzer.usage.formats.base import PersonDay, Record, UsageFormat

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from analyzer.config import UsageSource
    from analyzer.usage.formats.base import UsageRow

_UNITS = {
    "claude_code.session.count": "sessions",
    "claude_code.lines_of_code.count": "lines",
    "claude_code.commit.count": "commits",
    "claude_code.pull_request.count": "pull requests",
}
# Prometheus replaces dots, and adds the unit and `_total`.
_UNITS_BY_PREFIX = {name.replace(".", "_"): unit for name, unit in _UNITS.items()}
_CUMULATIVE = (2, "2", "AGGREGATION_TEMPORALITY_CUMULATIVE")
_MAX_SERIES = 1_000_000

Series = tuple[str, frozenset[tuple[str, str]]]


def _read(records: Iterable[Record], _: UsageSource) -> Iterator[UsageRow | None]:
    growth = _Growth()
    for record in records:
        try:
            yield from _prometheus_row(record, growth) if "metric" in record else _otlp_rows(record, growth)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            yield None


class _Growth:
    """The last value of each cumulative series, from which the growth of the next one is counted."""

    def __init__(self) -> None:
        self._last: dict[Series, float] = {}

    def since_last(self, series: Series, value: float) -> float:
        before = self._last.get(series, 0.0)
        if series not in self._last and len(self._last) >= _MAX_SERIES:
            raise ValueError("too many series")
        self._last[series] = value
        return value - before if value >= before else value


def _otlp_rows(record: Record, growth: _Growth) -> Iterator[PersonDay | None]:
    for resource in record["resource_metrics"]:
        shared = _attributes(resource.get("resource") or {})
        for scope in resource.get("scopeMetrics") or ():
            for metric in scope.get("metrics") or ():
                unit, sums = _UNITS.get(metric["name"]), metric.get("sum") or {}
                cumulative = sums.get("aggregationTemporality") in _CUMULATIVE
                for point in (sums.get("dataPoints") or ()) if unit else ():
                    yield _otlp_point(metric["name"], shared, point, growth if cumulative else None)


def _otlp_point(name: str, shared: dict[str, str], point: dict[str, Any], growth: _Growth | None) -> PersonDay | None:
    """Return the row of one data point; None if it names nobody, or holds no count."""
    attributes = shared | _attributes(point)
    try:
        day = values.day_of_nanoseconds(point["timeUnixNano"])
        value = values.amount(point["asInt"] if "asInt" in point else point["asDouble"])
        who = values.person(attributes.get("user.email"))
    except (ValueError, KeyError):
        return None
    series = frozenset({*attributes.items(), ("start", str(point.get("startTimeUnixNano"))[:40])})
    return _row(name, _UNITS[name], attributes.get("type"), who, day, value, (name, series), growth)


def _row(
    name: str,
    unit: str,
    kind: str | None,
    who: str,
    day: dt.date,
    value: float,
    series: Series,
    growth: _Growth | None,
) -> PersonDay:
    counted = value if growth is None else growth.since_last(series, value)
    removed_lines = "lines_of_code" in name and kind == "removed"
    return PersonDay(who, day, 0.0 if removed_lines else counted, unit)


def _attributes(holder: dict[str, Any]) -> dict[str, str]:
    """Return the attributes of a resource or point that are texts or numbers."""
    texts = {}
    for attribute in holder.get("attributes") or ():
        value = attribute.get("value") or {}
        texts[str(attribute["key"])] = str(next(iter(value.values()), ""))[: values.MAX_PERSON]
    return texts


def _prometheus_row(record: Record, growth: _Growth) -> Iterator[PersonDay]:
    name, labels = record["metric"], record["labels"]
    unit = next((u for prefix, u in _UNITS_BY_PREFIX.items() if name.startswith(prefix)), None)
    if unit is None:
        return
    day = values.day_of_nanoseconds(int(record["milliseconds"]) * 1_000_000)
    series = (name, frozenset(labels.items()))
    who, value = values.person(labels.get("user_email")), values.amount(record["value"])
    yield _row(name, unit, labels.get("type"), who, day, value, series, growth)


CLAUDE_CODE_TELEMETRY = UsageFormat(
    "claude-code-otel",
    "Claude Code OpenTelemetry metrics per person and day",
    "https://docs.claude.com/en/docs/claude-code/monitoring-usage",
    "person-day",
    (frozenset({"resource_metrics"}), frozenset({"metric", "labels", "value"})),
    _read,
)
