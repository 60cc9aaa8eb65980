"""What changes did to functions, as part of the JSON contract (`report.contract`)."""

from __future__ import annotations

from msgspec import Struct

from analyzer.outcomes.hot_spots import HotSpot  # noqa: TC001 - msgspec reads it at run time


class StructureLanguage(Struct, frozen=True):
    """Functions of production code in one language that the compared commits touch.

    files, syntax_errors : changed files that were compared, and those in which the parser met a syntax error.
    added, changed, rewritten, removed : functions; a rewritten one has less than half of its lines in common with the
        one before. Moved functions are left out.
    by_marked : how many of all these functions marked commits touch.
    """

    name: str
    files: int
    syntax_errors: int
    added: int
    changed: int
    rewritten: int
    removed: int
    by_marked: int


class Structure(Struct, frozen=True):
    """Functions before and after commits; the differences between marked and other work are in `outcomes`.

    commits_read, commits : commits whose functions were compared, of all that change code in a language we parse.
    files_read, files : the same in changed files of production code.
    """

    commits_read: int
    commits: int
    files_read: int
    files: int
    languages: list[StructureLanguage]
    hot_spots: list[HotSpot]
