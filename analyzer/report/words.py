"""Numbers and grades in words, the same in every format."""

from __future__ import annotations

UNKNOWN = "unknown"
_BEYOND = 10

GRADES = {
    "unknown_not_measurable": "UNKNOWN",
    "unknown_too_little_history": "UNKNOWN",
    "artefact": "ARTEFACT",
    "says_nothing": "SHOWN TO BE NEAR ZERO",
    "nothing_detected": "NOTHING DETECTED",
    "says_little": "SAYS LITTLE",
    "says_something": "SAYS SOMETHING",
    "says_a_lot": "SAYS A LOT",
    "misleading": "MISLEADING",
}


def percent(share: float | None) -> str:
    """A share in words that never round a trace away: 0 is 0, "< 0.1 %" is not."""
    if share is None:
        return UNKNOWN
    if share in {0, 1}:
        return f"{share * 100:.0f} %"
    if share < 0.001:
        return "< 0.1 %"
    if share > 0.999:
        return "> 99.9 %"
    return f"{share * 100:.1f} %" if share < 0.0995 or share > 0.9 else f"{share * 100:.0f} %"


def number(count: int | None) -> str:
    """A count with thin groups ("4 204")."""
    return UNKNOWN if count is None else f"{count:,}".replace(",", "\u202f")


def many(count: int, one: str) -> str:
    """A count with its noun ("1 commit", "4 204 commits")."""
    return f"{number(count)} {one}" + ("" if count == 1 else "s")


def change(relative: float) -> str:
    """Size of a relative change without its direction ("±25 %"); none is "unknown"."""
    return UNKNOWN if relative > _BEYOND else f"±{relative * 100:.0f} %"
