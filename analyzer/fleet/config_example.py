"""Example configuration with every key, printed by `aishare team --init`."""

from __future__ import annotations

EXAMPLE = """\
# A fleet for `aishare team`: every key there is, with its default where it has one.

# Keys people by a hash; keep it secret, and the same for ever. Or set AISHARE_SALT.
# salt = "at least eight characters"

title = "All repositories"
every = "month"        # week, month or quarter: the period of tables and of the trend
smallest_group = 5     # cells of fewer people are not shown, also against subtraction
# since = 2025-01-01
# include = ["src/**"]
# exclude = ["*.sql"]
out = "site"           # the site; earlier runs stay in it
store = "store"        # Parquet by repository, and mirrors of URLs; may be deleted at any time
treatment = "marks"    # or "usage": compare output with [[usage]], below, instead of marks
repo_config = true     # false: ignore settings that the repositories make themselves

# Addresses of one person, where a .mailmap does not say so.
# identities = [["ada@example.org", "ada@home.example"]]

[[repositories]]
glob = "../services/*"

# [[repositories]]
# path = "../app"
# name = "app"
# rev = "main"

# [[repositories]]
# url = "https://example.org/team/app.git"

[[teams]]
name = "Payments"
people = [
  { who = "ada@example.org" },
  { who = "grace@example.org", from = 2026-01-01, to = 2026-06-30 },
]

# Or by code: who owns it by CODEOWNERS. All teams of a file are given one way.
# [[teams]]
# name = "Payments"
# codeowners = ["@org/payments"]

# Figures from elsewhere: a CSV file with a row a team (or repository) and period, or without value a row an event.
# [[outcomes]]
# name = "Incidents"
# csv = "incidents.csv"
# join = "team"        # or "repository"
# column = "team"      # the column that names it
# period = "period"    # a column of dates, weeks (2026-W05), months (2026-01) or quarters (2026-Q1)
# value = "incidents"
# denominator = "deployments"
# kind = "count"       # count and amount add up over a period, rate is averaged
# better = "less"      # or "more": for the words alone

# Usage data of AI tools, joined with every repository: docs/usage.md.
# [[usage]]
# file = "copilot.ndjson"
# format = "copilot-users"   # by default the first one that knows the columns
# per = "person-day"         # or "commit", "repository-day"
# columns = { person = "mail" }
# tool = "copilot"
# complete = true            # it lists every day with use from its first to its last day
# logins = { ada-l = "ada@example.org" }

# A goal that was announced: date is the day from which it is known, by the day on which it is to be met.
# [[targets]]
# of = "share"         # or the name of an outcome
# value = 0.5
# date = 2026-01-01
# by = 2026-12-31
# team = "Payments"
"""
