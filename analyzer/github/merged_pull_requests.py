"""The merged pull requests of a repository with their own commits' messages, as lines that `--pulls` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.github.api import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.github.api import Api

# A page is one call; 2,000 pull requests are years of most repositories, and what is older is told as not matched.
_PAGES = 40
QUERY = """\
query($owner: String!, $name: String!, $endCursor: String) {
  repository(owner: $owner, name: $name) {
    pullRequests(states: MERGED, first: 50, after: $endCursor, orderBy: {field: UPDATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number
        mergeCommit { oid }
        commits(first: 100) { totalCount nodes { commit { message author { name email } } } }
      }
    }
  }
}"""


def exported(api: Api, repository: str) -> bytes:
    """JSON Lines of the latest updated merged pull requests, at most 2,000. Raises `ApiError`."""
    return b"".join(msgspec.json.encode(node) + b"\n" for node in _nodes(api, repository))


def _nodes(api: Api, repository: str) -> Iterator[dict[str, Any]]:
    owner, name = repository.split("/")
    after: object = None
    for _ in range(_PAGES):
        asked = {"query": QUERY, "variables": {"owner": owner, "name": name, "endCursor": after}}
        reply = api.again(lambda asked=asked: api.call("POST", "", asked))  # type: ignore[misc]
        try:
            found = reply["data"]["repository"]["pullRequests"]
            # GraphQL answers in part: what it could not give is null.
            yield from (_whole(node) for node in found["nodes"] if isinstance(node, dict))
            after = found["pageInfo"]["endCursor"]
            if not found["pageInfo"]["hasNextPage"]:
                return
        except (TypeError, KeyError):
            raise ApiError(0, "the answer has no pull requests") from None


def _whole(node: dict[str, Any]) -> dict[str, Any]:
    commits = node.get("commits")
    if not isinstance(commits, dict) or not isinstance(commits.get("nodes"), list):
        return node
    known = [one for one in commits["nodes"] if isinstance(one, dict)]
    return {**node, "commits": {**commits, "nodes": known}}
