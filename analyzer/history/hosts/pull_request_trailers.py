"""Scripts that land a pull request's commits on top of the branch and name it in a trailer.

"PR-URL: https://…/pull/12" (Node.js), "Closes #12 from OWNER/BRANCH." (Apache Spark and its relatives) and
"Pull Request resolved: https://…/pull/12" (PyTorch).
"""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost

_URL = re.compile(r"https?://\S+/pull/([0-9]{1,12})/?\Z")
_CLOSES = re.compile(r"#([0-9]{1,12}) from \S+(?: and squashes the following commits:)?\Z")
_TRAILERS = (("PR-URL:", _URL), ("Pull Request resolved:", _URL), ("Closes ", _CLOSES))


def _read(message: CommitMessage) -> Review | None:
    for beginning, pattern in _TRAILERS:
        line = message.last_line(beginning)
        request = pattern.match(line) if line else None
        if request:
            return Review((f"pr:{request[1]}",), certain=False, series=True)
    return None


PULL_REQUEST_TRAILERS = ReviewHost(
    id="pull-request-trailers",
    title="landing scripts",
    sources=(
        "https://github.com/nodejs/node/blob/main/doc/contributing/collaborator-guide.md",
        "https://github.com/apache/spark/blob/master/dev/merge_spark_pr.py",
        "https://github.com/pytorch/pytorch/blob/main/.github/scripts/trymerge.py",
    ),
    clues=tuple(f"\n{beginning}" for beginning, _ in _TRAILERS),
    read=_read,
)
