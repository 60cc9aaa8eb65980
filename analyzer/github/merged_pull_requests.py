"""Export the merged pull requests of a repository, with their own commits' messages, as lines that `--pulls` reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.github.api import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.github.api import Api

# One call per page. 2,000 pull requests are years of most repositories; older ones are reported as not matched.
_MAX_PAGES = 40
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


def export_merged_pull_requests(api: Api, repository: str) -> bytes:
    """Return the 2,000 most recently updated merged pull requests as JSON Lines. Raises `ApiError`."""
    return b"".join(msgspec.json.encode(node) + b"\n" for node in _nodes(api, repository))


def _nodes(api: Api, repository: str) -> Iterator[dict[str, Any]]:
    owner, name = repository.split("/")
    cursor: object = None
    for _ in range(_MAX_PAGES):
        body = {"query": QUERY, "variables": {"owner": owner, "name": name, "endCursor": cursor}}
        reply = api.retry(lambda body=body: api.call("POST", "", body))  # type: ignore[misc]
        try:
            page = reply["data"]["repository"]["pullRequests"]
            # GraphQL may answer in part: missing nodes are null.
            yield from (_without_nulls(node) for node in page["nodes"] if isinstance(node, dict))
            cursor = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                return
        except (TypeError, KeyError):
            raise ApiError(0, "the answer has no pull requests") from None


def _without_nulls(node: dict[str, Any]) -> dict[str, Any]:
    commits = node.get("commits")
    if not isinstance(commits, dict) or not isinstance(commits.get("nodes"), list):
        return node
    commit_nodes = [commit_node for commit_node in commits["nodes"] if isinstance(commit_node, dict)]
    return {**node, "commits": {**commits, "nodes": commit_nodes}}
