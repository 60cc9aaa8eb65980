"""Numbers and grades as text, the same in every format."""

from __future__ import annotations

UNKNOWN = "unknown"
_BEYOND, _FAR = 10, 100

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

# What a verdict is called on a page, by outcome in the JSON.
VERDICT_TITLES = {"quality": "What marked changes did"}


def verdict_title(outcome: str) -> str:
    """Return what the verdict on an outcome is called."""
    return VERDICT_TITLES.get(outcome, outcome)


def percent(share: float | None) -> str:
    """Return a share as a percentage. Shares close to 0 or 1 are not rounded to them: "< 0.1 %", "> 99.9 %"."""
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
    """Return a count with thin spaces between thousands ("4 204")."""
    return UNKNOWN if count is None else f"{count:,}".replace(",", "\u202f")


def many(count: int, singular: str, plural: str = "") -> str:
    """Return a count with its noun ("1 commit", "4 204 commits", "12 people")."""
    return f"{number(count)} " + (singular if count == 1 else plural or f"{singular}s")


def increase_and_decrease(size: float | None) -> str:
    """Return an increase and the decrease of the same size as a ratio ("+25 % / −20 %"); "unknown" for None."""
    if size is None or size > _BEYOND:
        return UNKNOWN
    return f"{signed(size * 100)} % / {signed(-size / (1 + size) * 100)} %"


def relative(value: float | None) -> str:
    """Return a relative change with its sign, above tenfold as a multiple ("−4 %", "×12", "over ×100")."""
    if value is None:
        return UNKNOWN
    return signed(value * 100) + " %" if value < _BEYOND - 1 else ratio(1 + value)


def ratio(value: float | None) -> str:
    """Return a ratio ("×1.9", "over ×100"); "unknown" for None."""
    if value is None:
        return UNKNOWN
    if value > _FAR:
        return f"over ×{_FAR}"
    return f"×{value:.0f}" if value >= _BEYOND else f"×{value:.2f}"


def points(value: float) -> str:
    """Return a difference of shares in percentage points, with its sign ("+2.9")."""
    return signed(value * 100, 1)


def spaced(name: str) -> str:
    """Return an identifier with spaces for underscores."""
    return name.replace("_", " ")


def signed(value: float, digits: int = 0) -> str:
    """Return a number with its sign (U+2212 for minus); zero, also after rounding, has no sign."""
    text = f"{value:+.{digits}f}".replace("-", "\u2212")
    return text if float(f"{value:.{digits}f}") else text[1:]
