"""Settings and options of every call of git: each that a user, a system or a repository could change is set here."""

from __future__ import annotations

from analyzer.history.batch import MAX_TEXT_BYTES

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.bare=true",
    "core.quotePath=false",
    # Files next to the objects, which damage or intent can make differ from them.
    "core.commitGraph=false",
    "core.multiPackIndex=false",
    f"core.bigFileThreshold={MAX_TEXT_BYTES}",  # larger texts count as binary: a million blanks would cost minutes
    f"attr.tree={EMPTY_TREE}",  # git ≥ 2.43 reads attributes from HEAD in bare repositories; 2.31 does not
    "log.showSignature=false",  # gpg.program is a command
    "log.showRoot=true",
    "diff.suppressBlankEmpty=false",
    # Git's defaults are 96 MiB and the whole pack; these values need less memory at the same speed.
    "core.deltaBaseCacheLimit=64m",
    "core.packedGitWindowSize=1m",
    "core.packedGitLimit=64m",
    "protocol.allow=never",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
)

# Batch processes get single requests: a cache hardly helps with the next one, and five such processes may run at once.
BATCH_SETTINGS = ("core.deltaBaseCacheLimit=16m",)

RENAMES, NO_RENAMES, COPIES = "--find-renames=50%", "--no-renames", "--find-copies=50%"

# Every option that a user's diff.* settings could change, set explicitly;
# rename detection is set at each call.
DIFF_OPTIONS = (
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-relative",
    "--no-show-signature",
    "--submodule=short",
    "--ignore-submodules=none",
    "--diff-algorithm=myers",
    "--indent-heuristic",
    "-l1000",
    "-O/dev/null",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--no-abbrev",
)
