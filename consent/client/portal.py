"""The portal as a store calls it: one kept connection, JSON in and out, and two ways to fail."""

import http.client
import json
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urlsplit

_PATIENCE = 10.0
_LARGEST = 64 * 1024 * 1024
_LONGEST_LATER = 60.0


class Unreachable(Exception):
    """No answer, or none that can be read. Asking again later may help."""


class Refused(Exception):
    """The portal answered with a problem document. `type` is its stable type, without the address before it.

    `later` is how long (s) the portal wants to be left alone with that call.
    """

    def __init__(self, status: int, problem: str, detail: str, later: float = 0) -> None:
        super().__init__(f"{status} {problem}: {detail}")
        self.status = status
        self.type = problem
        self.later = later


class Portal:
    """The calls of one store. Not to be shared between threads; a connection that broke is opened anew.

    Raises:
        ValueError: `address` is neither https nor http on a host.
    """

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not the address of a portal: {address}")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=_PATIENCE)
        self._path = f"{parts.path.rstrip('/')}/api/v1"
        self._token = token

    def __enter__(self) -> "Portal":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._connection.close()

    def get(self, path: str, **query: float) -> Any:
        """The JSON at `path`. A `wait` (s) in the query is how long the portal may hold its answer back.

        Raises:
            Unreachable, Refused.
        """
        return self._call("GET", f"{path}?{urlencode(query)}" if query else path, wait=query.get("wait", 0))

    def post(self, path: str, body: object) -> Any:
        """What comes of posting `body` as JSON; None for an answer without content.

        Raises:
            Unreachable, Refused.
        """
        return self._call("POST", path, json.dumps(body).encode(), "application/json")

    def put_lines(self, path: str, lines: list[dict[str, Any]]) -> Any:
        """What comes of sending `lines` as NDJSON.

        Raises:
            Unreachable, Refused.
        """
        body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        return self._call("PUT", path, body, "application/x-ndjson")

    def _call(
        self, method: str, path: str, body: bytes | None = None, content_type: str | None = None, wait: float = 0
    ) -> Any:
        headers = {"Authorization": f"Bearer {self._token}"}
        if content_type is not None:
            headers["Content-Type"] = content_type
        try:
            self._connection.timeout = _PATIENCE + wait
            if self._connection.sock is not None:
                self._connection.sock.settimeout(_PATIENCE + wait)
            self._connection.request(method, self._path + path, body, headers)
            answer = self._connection.getresponse()
            raw = answer.read(_LARGEST + 1)
            value = json.loads(raw) if raw and len(raw) <= _LARGEST else None
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            self._connection.close()
            raise Unreachable(f"{method} {path}: {type(error).__name__}") from error
        if answer.status >= 500 or len(raw) > _LARGEST:
            self._connection.close()
            raise Unreachable(f"{method} {path}: {answer.status}")
        if answer.status >= 300:
            problem = value if isinstance(value, dict) else {}
            kind = str(problem.get("type", "")).rpartition("/")[2]
            raise Refused(answer.status, kind, str(problem.get("detail")), _seconds(answer.getheader("Retry-After")))
        return value


def _seconds(told: str | None) -> float:
    return min(float(told), _LONGEST_LATER) if told and told.isascii() and told.isdigit() else 0
