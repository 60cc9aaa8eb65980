"""A GitHub API on this machine: comments and pull requests in memory, and failures on demand."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

BOT = "github-actions[bot]"


class GitHub:
    """`failures`: (method, status, headers) answered once each, in order, before anything is done.

    `after`: statuses answered once each *after* a write was done, as a broken connection would look.
    """

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.pulls: list[dict[str, Any]] = []
        self.graphql: list[list[dict[str, Any]]] | None = []
        self.failures: list[tuple[str, int, dict[str, str]]] = []
        self.after: list[int] = []
        self.read_only = False
        self.calls: list[tuple[str, str]] = []
        self.tokens: set[str] = set()

    def __enter__(self) -> Self:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def _do(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or b"null")
                status, headers, found = api.answer(self.command, self.path, body, self.headers["Authorization"])
                text = json.dumps(found).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PATCH = _do  # noqa: N815 - the names that http.server calls

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def answer(self, method: str, path: str, body: Any, token: str) -> tuple[int, dict[str, str], Any]:
        """Status, headers and JSON for one call."""
        self.calls.append((method, path))
        self.tokens.add(token)
        if self.failures and self.failures[0][0] == method:
            _, status, headers = self.failures.pop(0)
            return status, headers, {"message": "not now"}
        if self.read_only and method != "GET":
            return 403, {}, {"message": "Resource not accessible by integration"}
        found = self._done(method, urlsplit(path).path, parse_qs(urlsplit(path).query), body)
        if method != "GET" and self.after:
            return self.after.pop(0), {}, {"message": "lost"}
        return found

    def _done(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, dict[str, str], Any]:
        if method == "GET":
            rows = self.comments if re.fullmatch(r"/repos/o/r/issues/\d+/comments", path) else self.pulls
            if "head" in query:
                rows = [row for row in rows if row["head"]["label"] == query["head"][0]]
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return 200, {}, rows[size * (page - 1) : size * page]
        if path == "/graphql":
            return 200, {}, self._page(int(body["variables"]["endCursor"] or 0))
        if method == "POST" and re.fullmatch(r"/repos/o/r/issues/7/comments", path):
            self.comments.append({"id": 1000 + len(self.comments), "user": {"login": BOT}, **body})
            return 201, {}, self.comments[-1]
        if match := re.fullmatch(r"/repos/o/r/issues/comments/(\d+)", path):
            own = next(row for row in self.comments if row["id"] == int(match[1]))
            own.update(body)
            return 200, {}, own
        return 404, {}, {"message": "Not Found"}

    def _page(self, number: int) -> Any:
        """One page of merged pull requests; what GraphQL says of an error where there are none."""
        if self.graphql is None:
            return {"errors": [{"type": "FORBIDDEN"}], "data": {"repository": None}}
        more = number + 1 < len(self.graphql)
        nodes = {"nodes": self.graphql[number], "pageInfo": {"hasNextPage": more, "endCursor": str(number + 1)}}
        return {"data": {"repository": {"pullRequests": nodes}}}

    def writes(self) -> list[str]:
        """Methods of the calls that write, in order."""
        return [method for method, _ in self.calls if method != "GET"]
