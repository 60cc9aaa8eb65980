"""The digest of a clone's objects depends on which they are, not on the files that hold them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.history.object_files import object_ids_digest
from tests.conftest import git

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_digest_is_of_the_set_of_objects(tmp_path: Path, object_format: str) -> None:
    """Loose, in one pack, in two that share objects, or borrowed: the same; one object more: another."""
    repo = tmp_path / "r"
    git("init", "--quiet", "--bare", f"--object-format={object_format}", repo)
    ids = [git("--git-dir", repo, "hash-object", "-w", "--stdin", stdin=b"%d\n" % n).strip() for n in range(40)]

    def digest(*more: Path) -> str:
        return object_ids_digest([repo / "objects", *more], object_format)

    def pack(chosen: list[str]) -> None:
        git("--git-dir", repo, "pack-objects", "-q", repo / "objects/pack/pack", stdin="\n".join(chosen).encode())

    loose = digest()
    assert digest(repo / "objects") == loose
    pack(ids[:30])
    assert digest() == loose
    pack(ids[20:])
    assert digest() == loose
    git("--git-dir", repo, "prune-packed")
    assert digest() == loose
    git("--git-dir", repo, "hash-object", "-w", "--stdin", stdin=b"another\n")
    assert digest() != loose
    assert object_ids_digest([tmp_path], object_format) == object_ids_digest([], object_format)
