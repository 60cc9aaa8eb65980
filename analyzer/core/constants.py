"""Constants that several packages share, each defined once: the calendar, and the scale of every estimate."""

from __future__ import annotations

import datetime as dt

SECONDS_PER_DAY = 86_400
# Panel periods are four weeks long and are counted from the first Monday of Unix time, so no --since shifts them.
BLOCK_DAYS = 28
FIRST_MONDAY = dt.datetime(1970, 1, 5, tzinfo=dt.UTC)
# The day GitHub announced the technical preview of Copilot, the first AI code assistant at scale. Only unmarked code
# that was committed earlier counts as provably pre-AI.
PRE_AI = dt.datetime(2021, 6, 29, tzinfo=dt.UTC)
# Estimates are reported per +50 points of AI share.
SHARE_STEP = 0.5
# Level of every test, before any correction for multiple tests.
ALPHA = 0.05
# Patch ids are sums of line hashes in 64 bits.
PATCH_ID_MODULUS = 1 << 64
# Fewest people that a published figure of a group may cover.
SMALLEST_GROUP = 5
