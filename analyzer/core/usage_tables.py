"""Schemas of usage data, which every adapter of `usage.formats` is read into (docs/usage.md)."""

from __future__ import annotations

from analyzer.core.schema import Column, Schema

USAGE_PERSON_DAYS = Schema(
    "usage_person_days",
    "one row per (person, day, unit) that a usage file lists",
    ("person", "day", "unit"),
    (
        Column("person", "text", "address or account as the file names it, lower case; never reported"),
        Column("day", "time", "the day, midnight UTC"),
        Column("amount", "float", "what the person did with the tool that day, from 0 on"),
        Column("unit", "text", "what the amount counts, such as sessions"),
    ),
)

USAGE_COMMITS = Schema(
    "usage_commits",
    "one row per commit that a usage file lists; commits with contradictory rows are left out",
    ("commit",),
    (
        Column("commit", "text", "full or abbreviated commit id, lower case"),
        Column("ai_lines", "float", "added lines that the tool attributes to AI"),
        Column("other_lines", "float", "added lines that it attributes to nobody else but the person"),
    ),
)

USAGE_REPOSITORY_DAYS = Schema(
    "usage_repository_days",
    "one row per (repository, day, unit) that a usage file lists",
    ("repository", "day", "unit"),
    (
        Column("repository", "text", "name of the repository as the file has it, lower case"),
        Column("day", "time", "the day, midnight UTC"),
        Column("amount", "float", "what the tool did in the repository that day, from 0 on"),
        Column("unit", "text", "what the amount counts"),
    ),
)
