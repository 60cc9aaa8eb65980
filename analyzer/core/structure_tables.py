"""Schemas of the tables of structure: functions that commits touch, and the files in which they were looked for."""

from __future__ import annotations

from analyzer.core.schema import Column, Schema

# Measures of a function (`structure.complexity`), each before the change and after it.
MEASURES = {
    "cognitive": "cognitive complexity",
    "cyclomatic": "cyclomatic complexity",
    "lines": "lines from the first to the last one",
    "nesting": "levels of nesting of the structure that is nested deepest",
    "parameters": "parameters, receivers left out",
    "early_exits": "returns and throws inside a structure",
    "comment_lines": "lines on which a comment begins or continues",
}

FUNCTION_CHANGES = Schema(
    "function_changes",
    "one row per (commit, file, function that the commit adds, changes or removes), of production code",
    (),
    (
        Column("sha", "text", "commit id"),
        Column("ai", "bool", "whether the commit is marked as AI"),
        Column("path", "text", "path after the change"),
        Column("language", "text", "language that the file was parsed as"),
        Column("name", "text", "name of the function after the names of the classes around it"),
        Column(
            "change",
            "text",
            "added, changed, rewritten (less than half of its lines are the same) or removed; moved ones are left out",
        ),
        *(
            Column(f"{name}_before", "int", f"{title} before; NA if added", required=False)
            for name, title in MEASURES.items()
        ),
        *(Column(name, "int", f"{title} after; NA if removed", required=False) for name, title in MEASURES.items()),
    ),
)

PARSED_FILES = Schema(
    "parsed_files",
    "one row per (commit, file in which functions were looked for)",
    ("sha", "path"),
    (
        Column("sha", "text", "commit id"),
        Column("path", "text", "path after the change"),
        Column("path_class", "text", "code or test"),
        Column("language", "text", "language that the file was parsed as"),
        Column("tests_added", "int", "test cases more than before, in the parts that changed"),
        Column("has_error", "bool", "whether the parser met a syntax error that it had to recover from"),
        Column(
            "tested", "bool", "whether the commit also touches a test file that has the name of this file in its own"
        ),
    ),
)
