"""The handles of a repository's people as its table `people` stores them: keyed hashes, and how far each one counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.history.authors import keyed_hash, names_somebody

if TYPE_CHECKING:
    from analyzer.history.authors import PeopleDirectory

# Before a hash: the handle is somebody's in this repository alone (a machine's user, a bare name at a placeholder).
ONLY_HERE = "~"
# Before a hash: several people share the handle here, so it joins nobody anywhere. The row has no person.
SHARED = "!"
# Between two hashes: a login and the account that has it here; a login can pass to another account.
OF_ACCOUNT = "@"


def handle_rows(directory: PeopleDirectory, salt: str) -> pd.DataFrame:
    """Return one row per person and handle: columns person, handle."""
    account_of = directory.account_of_logins()
    rows = [("", f"{SHARED}{keyed_hash(handle, salt)}") for handle in directory.shared_handles()]
    for handle, person in directory.keyed_handles():
        text = keyed_hash(handle, salt)
        if handle in account_of:
            text = f"{text}{OF_ACCOUNT}{keyed_hash(account_of[handle], salt)}"
        rows.append((person, text if names_somebody(handle) else f"{ONLY_HERE}{text}"))
    return pd.DataFrame(sorted(rows), columns=["person", "handle"], dtype="str")
