"""Traps: settings and mechanisms by which a repository makes git run a command, each with a plain git call that does.

`{run}` in a value is a script that leaves a canary, `{here}` the trap's own folder. A trap without `springs` needs a
case that no plain call reaches here; it says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.conftest import git

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Those that some command runs which a reader of histories might use, and those of a commit.
HOOKS = (
    "post-index-change",
    "reference-transaction",
    "fsmonitor-watchman",
    "post-checkout",
    "post-merge",
    "pre-auto-gc",
    "pre-commit",
    "post-commit",
)


@dataclass(frozen=True)
class Place:
    """Where a trap is set: the clone, its git directory, a folder beside it, and the script that leaves a canary."""

    clone: Path
    here: Path
    run: Path

    @property
    def git_dir(self) -> Path:
        """The clone's git directory."""
        return self.clone / ".git"

    @property
    def canary(self) -> Path:
        """The file that is there once anything ran."""
        return self.here / "canary"


@dataclass(frozen=True)
class Trap:
    """`settings` of the repository's configuration, `attributes` of its info/attributes, what else to `set`.

    `springs`: plain git calls after which the canary is there; `stdin` is theirs, at a `terminal` if need be.
    `lost` is a revision whose id they may name as `{lost}`. `why`: why there are none.
    """

    name: str
    settings: tuple[tuple[str, str], ...] = ()
    attributes: str = ""
    set: Callable[[Place], None] | None = None
    springs: tuple[tuple[str, ...], ...] = ()
    stdin: bytes = b""
    terminal: bool = False
    lost: str = "HEAD"
    why: str = ""


def hooks_in(folder: Path, run: Path) -> None:
    """Every hook that git knows, in a folder."""
    folder.mkdir(exist_ok=True)
    for hook in HOOKS:
        (folder / hook).unlink(missing_ok=True)
        (folder / hook).symlink_to(run)


def without(clone: Path, revision: str) -> None:
    """Take an object out of a clone whose objects are loose."""
    found = git("-C", clone, "rev-parse", revision).strip()
    (clone / ".git" / "objects" / found[:2] / found[2:]).unlink()


def _signed(how: str) -> Callable[[Place], None]:
    """HEAD becomes a commit with a signature of that kind."""

    def sign(place: Place) -> None:
        raw = git("-C", place.clone, "cat-file", "commit", "HEAD")
        head, _, body = raw.partition("\n\n")
        lines = f"-----BEGIN {how}-----\n\naGVsbG8=\n-----END {how}-----".replace("\n", "\n ")
        text = f"{head}\ngpgsig {lines}\n\n{body}"
        made = git("-C", place.clone, "hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode()).strip()
        git("-C", place.clone, "update-ref", "HEAD", made)

    return sign


def _promised(revision: str) -> Callable[[Place], None]:
    """The object is missing, and a remote has promised it."""

    def lose(place: Place) -> None:
        without(place.clone, revision)

    return lose


def _included(how: str) -> Callable[[Place], None]:
    def include(place: Place) -> None:
        (place.here / "more").write_text(f"[core]\n\tfsmonitor = {place.run}\n")
        with (place.git_dir / "config").open("a") as file:
            file.write(f"[{how}]\n\tpath = {place.here / 'more'}\n")

    return include


def _attributes_file(place: Place) -> None:
    (place.here / "attributes").write_text("* diff=evil\n")


def _committed_attributes(place: Place) -> None:
    (place.clone / ".gitattributes").write_text("[attr]evil diff=evil filter=evil merge=evil\n* evil\n")
    git("-C", place.clone, "add", ".gitattributes")
    git("-C", place.clone, "commit", "--quiet", "-m", "attributes")


def _conflict(place: Place) -> None:
    """Two branches that change the same line."""
    for branch in ("side", "main"):
        git("-C", place.clone, "checkout", "--quiet", *(("-b", branch) if branch == "side" else (branch,)))
        (place.clone / "both.py").write_text(f"x = '{branch}'\n")
        git("-C", place.clone, "add", "both.py")
        git("-C", place.clone, "commit", "--quiet", "-m", branch)


def _alternates(place: Place) -> None:
    git("init", "--quiet", "--bare", place.here / "borrowed")
    (place.git_dir / "objects" / "info" / "alternates").write_text(f"{place.here / 'borrowed' / 'objects'}\n")


def _worktree(place: Place) -> None:
    (place.here / "elsewhere").mkdir()


def _submodule(place: Place) -> None:
    git("init", "--quiet", "--initial-branch=main", place.here / "below")
    git("-C", place.here / "below", "commit", "--quiet", "--allow-empty", "-m", "x")
    git(
        "-C",
        place.clone,
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        place.here / "below",
        "below",
    )
    git("-C", place.clone, "commit", "--quiet", "-m", "below")
    sub = place.clone / "below"
    git("-C", sub, "checkout", "--quiet", "--orphan", "other")
    git("-C", sub, "commit", "--quiet", "--allow-empty", "-m", "z")


def _all_hooks(place: Place) -> None:
    hooks_in(place.git_dir / "hooks", place.run)


def _hooks_elsewhere(place: Place) -> None:
    hooks_in(place.here / "hooks", place.run)


_ALLOWED = (("protocol.allow", "always"), ("protocol.ext.allow", "always"), ("protocol.file.allow", "always"))
_PROMISE = (
    ("core.repositoryFormatVersion", "1"),
    ("extensions.partialClone", "origin"),
    ("remote.origin.promisor", "true"),
    ("remote.origin.partialCloneFilter", "blob:none"),
    *_ALLOWED,
)
_BY_PACK = (("remote.origin.url", "{here}"), ("remote.origin.uploadpack", "{run}"))
_BY_EXT = (("remote.origin.url", "ext::{run}"),)
_BY_SSH = (("remote.origin.url", "ssh://host.invalid/r"), ("core.sshCommand", "{run}"))
LOST = {
    "a blob": "HEAD:src/core.py",
    "a tree": "HEAD:src",
    "the root tree": "HEAD^{tree}",
    "a commit": "HEAD~1",
    "the head": "HEAD",
    "the notes": "refs/notes/ai",
    "the notes' tree": "refs/notes/ai^{tree}",
    "a tag": "refs/tags/v1",
    "the configuration": "HEAD:aishare.toml",
}
ASKED = b"protocol=https\nhost=host.invalid\n\n"

TRAPS = (
    Trap("core.fsmonitor", (("core.fsmonitor", "{run}"),), springs=(("status",),)),
    Trap("hooks", set=_all_hooks, springs=(("read-tree", "HEAD"),)),
    Trap("hooks of a checkout", set=_all_hooks, springs=(("checkout", "--detach"),)),
    Trap("hooks of a ref", set=_all_hooks, springs=(("update-ref", "refs/heads/x", "HEAD"),)),
    Trap(
        "core.hooksPath", (("core.hooksPath", "{here}/hooks"),), set=_hooks_elsewhere, springs=(("read-tree", "HEAD"),)
    ),
    Trap("core.pager", (("core.pager", "{run}"),), springs=(("log",),), terminal=True),
    Trap("pager.log", (("pager.log", "{run}"),), springs=(("log",),), terminal=True),
    Trap("pager.rev-parse", (("pager.rev-parse", "{run}"),), why="git rev-parse asks for no pager"),
    Trap("core.editor", (("core.editor", "{run}"),), springs=(("commit", "--amend"),)),
    Trap("sequence.editor", (("sequence.editor", "{run}"),), springs=(("rebase", "-i", "HEAD~2"),)),
    Trap("core.sshCommand", (("core.sshCommand", "{run}"),), springs=(("ls-remote", "ssh://host.invalid/r"),)),
    Trap("core.gitProxy", (("core.gitProxy", "{run}"),), springs=(("ls-remote", "git://host.invalid/r"),)),
    Trap("core.askPass", (("core.askPass", "{run}"),), springs=(("credential", "fill"),), stdin=ASKED),
    Trap("credential.helper", (("credential.helper", "{run}"),), springs=(("credential", "fill"),), stdin=ASKED),
    Trap("diff.external", (("diff.external", "{run}"),), springs=(("diff", "HEAD~2", "HEAD"),)),
    Trap("diff.x.command", (("diff.evil.command", "{run}"),), "* diff=evil\n", springs=(("diff", "HEAD~2", "HEAD"),)),
    Trap("diff.x.textconv", (("diff.evil.textconv", "{run}"),), "* diff=evil\n", springs=(("log", "-p"),)),
    Trap(
        "diff.x.cachetextconv",
        (("diff.evil.textconv", "{run}"), ("diff.evil.cachetextconv", "true")),
        "* diff=evil\n",
        springs=(("log", "-p"),),
    ),
    Trap(
        "core.attributesFile",
        (("core.attributesFile", "{here}/attributes"), ("diff.evil.textconv", "{run}")),
        set=_attributes_file,
        springs=(("log", "-p"),),
    ),
    Trap(
        "committed .gitattributes, a textconv",
        (("diff.evil.textconv", "{run}"),),
        set=_committed_attributes,
        springs=(("log", "-p"),),
    ),
    Trap(
        "committed .gitattributes, a filter",
        (("filter.evil.clean", "{run}"),),
        set=_committed_attributes,
        springs=(("add", "--renormalize", "."),),
    ),
    Trap(
        "filter.x.clean", (("filter.evil.clean", "{run}"),), "* filter=evil\n", springs=(("add", "--renormalize", "."),)
    ),
    Trap("filter.x.smudge", (("filter.evil.smudge", "{run}"),), "* filter=evil\n", springs=(("archive", "HEAD"),)),
    Trap(
        "filter.x.process, required",
        (("filter.evil.process", "{run}"), ("filter.evil.required", "true")),
        "* filter=evil\n",
        springs=(("add", "--renormalize", "."),),
    ),
    Trap(
        "merge.x.driver",
        (("merge.evil.driver", "{run}"),),
        "* merge=evil\n",
        set=_conflict,
        springs=(("merge", "side"),),
    ),
    Trap(
        "difftool.x.cmd",
        (("diff.tool", "evil"), ("difftool.evil.cmd", "{run}")),
        springs=(("difftool", "--no-prompt", "HEAD~2", "HEAD"),),
    ),
    Trap(
        "gpg.program",
        (("gpg.program", "{run}"), ("log.showSignature", "true")),
        set=_signed("PGP SIGNATURE"),
        springs=(("log", "-1"),),
    ),
    Trap(
        "gpg.x509.program",
        (("gpg.x509.program", "{run}"), ("log.showSignature", "true")),
        set=_signed("SIGNED MESSAGE"),
        springs=(("log", "-1"),),
    ),
    Trap(
        "gpg.ssh.program",
        (("gpg.ssh.program", "{run}"), ("gpg.ssh.allowedSignersFile", "/dev/null"), ("log.showSignature", "true")),
        set=_signed("SSH SIGNATURE"),
        springs=(("log", "-1"),),
    ),
    Trap(
        "gpg.ssh.defaultKeyCommand",
        (("gpg.format", "ssh"), ("gpg.ssh.defaultKeyCommand", "{run}"), ("commit.gpgSign", "true")),
        springs=(("commit", "--allow-empty", "-m", "x"),),
    ),
    Trap("remote.x.uploadpack", (*_BY_PACK, *_ALLOWED), springs=(("ls-remote", "origin"),)),
    Trap(
        "remote.x.receivepack",
        (("remote.origin.receivepack", "{run}"), ("remote.origin.url", "{here}")),
        springs=(("push", "origin", "main"),),
    ),
    Trap("a remote ext::", (*_BY_EXT, *_ALLOWED), springs=(("ls-remote", "origin"),)),
    Trap(
        "remote.x.vcs",
        (("remote.origin.vcs", "ext"), ("remote.origin.url", "{run}"), *_ALLOWED),
        springs=(("ls-remote", "origin"),),
    ),
    Trap(
        "url.x.insteadOf",
        (("url.ext::{run}.insteadOf", "https://host.invalid/r"), *_ALLOWED),
        springs=(("ls-remote", "https://host.invalid/r"),),
    ),
    *(
        Trap(
            f"{what} promised by {how}",
            (*_PROMISE, *by),
            set=_promised(revision),
            lost=revision,
            springs=(("cat-file", "-p", "{lost}"),),
        )
        for how, by in (("uploadpack", _BY_PACK), ("ext::", _BY_EXT), ("ssh", _BY_SSH))
        for what, revision in LOST.items()
        if how == "uploadpack" or what in {"a blob", "the head", "the notes' tree"}
    ),
    Trap("alias.x", (("alias.zz", "!{run}"),), springs=(("zz",),)),
    *(
        Trap(
            f"alias.{verb}", ((f"alias.{verb}", "!{run}"),), why="git never lets an alias stand before its own command"
        )
        for verb in (
            "log",
            "rev-parse",
            "rev-list",
            "cat-file",
            "ls-tree",
            "diff",
            "diff-tree",
            "check-attr",
            "read-tree",
        )
    ),
    Trap("include.path", set=_included("include"), springs=(("status",),)),
    Trap("includeIf.gitdir", set=_included('includeIf "gitdir:/**"'), springs=(("status",),)),
    Trap("includeIf.onbranch", set=_included('includeIf "onbranch:main"'), springs=(("status",),)),
    Trap(
        "core.worktree elsewhere",
        (("core.worktree", "{here}/elsewhere"), ("core.fsmonitor", "{run}")),
        set=_worktree,
        springs=(("status",),),
    ),
    Trap(
        "core.alternateRefsCommand",
        (("core.alternateRefsCommand", "{run}"), *_ALLOWED),
        set=_alternates,
        springs=(("fetch", "{source}", "main"),),
    ),
    Trap(
        "trailer.x.command",
        (("trailer.a.command", "{run}"),),
        springs=(("interpret-trailers", "--trailer", "a=1"),),
        stdin=b"x\n",
    ),
    Trap(
        "trailer.x.cmd",
        (("trailer.a.cmd", "{run}"),),
        springs=(("interpret-trailers", "--trailer", "a=1"),),
        stdin=b"x\n",
    ),
    Trap(
        "submodule.x.update",
        (("submodule.below.update", "!{run}"), ("submodule.recurse", "true"), ("diff.submodule", "log")),
        set=_submodule,
        springs=(("submodule", "update"),),
    ),
    Trap(
        "web.browser",
        (("browser.evil.cmd", "{run}"), ("web.browser", "evil"), ("help.format", "web"), ("help.htmlPath", "/")),
        springs=(("web--browse", "/dev/null"),),
    ),
    Trap(
        "man.x.cmd",
        (("man.evil.cmd", "{run}"), ("man.viewer", "evil"), ("help.format", "man")),
        springs=(("help", "log"),),
    ),
    Trap(
        "uploadpack.packObjectsHook",
        (("uploadpack.packObjectsHook", "{run}"),),
        why="git reads it from the user's own settings alone",
    ),
    Trap(
        "trace2.eventTarget",
        (("trace2.eventTarget", "{here}/canary"),),
        why="git reads it from the user's own settings alone",
    ),
    Trap("imap.tunnel", (("imap.tunnel", "{run}"), ("imap.folder", "x")), why="it needs a mailbox"),
    Trap("sendemail.sendmailCmd", (("sendemail.sendmailCmd", "{run}"),), why="git send-email is a package of its own"),
    Trap("interactive.diffFilter", (("interactive.diffFilter", "{run}"),), why="it needs someone at a terminal"),
    Trap(
        "gc.recentObjectsHook",
        (("gc.recentObjectsHook", "{run}"), ("gc.auto", "1"), ("gc.autoDetach", "false")),
        why="git knows it from 2.42 on",
    ),
)
