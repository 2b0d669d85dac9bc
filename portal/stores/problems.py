"""Problem documents (RFC 9457): what a store is told when a call fails, under types that never change."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import quote

from flask import Blueprint, Response, current_app
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from consent.ledger.events import Altered
from vault.keys import KeyUnknown
from vault.sealing import Unreadable

PREFIX = "/api/v1"
MEDIA_TYPE = "application/problem+json"
MOST_FAULTS = 1000
_RETRY_AFTER = {"Retry-After": "5"}
_LONGEST_NAME = 100

KINDS: Mapping[str, tuple[int, str]] = {
    "bad-request": (400, "The request cannot be read"),
    "broken-body": (400, "The body ended before it was whole"),
    "not-json": (400, "The body is not JSON"),
    "unauthorised": (401, "A good token is needed"),
    "not-found": (404, "There is nothing here for this store"),
    "method-not-allowed": (405, "This address does not know that method"),
    "revision-not-reached": (409, "The revision asked for was not reached in time"),
    "task-finished": (409, "The task was finished already"),
    "too-large": (413, "The call asks for too much at once"),
    "unsupported-content-type": (415, "The body is of another content type"),
    "invalid-fields": (422, "Some fields are not valid"),
    "unknown-scope": (422, "A scope is unknown, or not one that this store may ask for"),
    "unknown-recipient": (422, "A recipient is unknown"),
    "wrong-class": (422, "A recipient is not of a class that the scope is for"),
    "in-the-future": (422, "A time lies in the future"),
    "beyond-the-end": (422, "The feed has not come so far"),
    "too-many-requests": (429, "Too many requests"),
    "internal": (500, "Something went wrong here"),
    "unavailable": (503, "The state cannot be read at the moment"),
}
_BY_STATUS = {
    400: "bad-request",
    401: "unauthorised",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-content-type",
    422: "invalid-fields",
    429: "too-many-requests",
    500: "internal",
    503: "unavailable",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where: a JSON pointer into the body, or #/query/NAME."""

    pointer: str
    detail: str


class Problem(Exception):
    """A call that fails; `kind` is one of `KINDS`."""

    def __init__(
        self, kind: str, detail: str, faults: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(kind)
        self.kind = kind
        self.detail = detail
        self.faults = faults
        self.headers = headers or {}


def pointer(*place: str | int) -> str:
    """The JSON pointer to a place, as a URI fragment (RFC 6901 section 6); an over-long name is cut."""
    steps = (str(step)[:_LONGEST_NAME].replace("~", "~0").replace("/", "~1") for step in place)
    return "#" + "".join(f"/{quote(step, errors='replace')}" for step in steps)


def answers(path: str) -> bool:
    """Whether errors at `path` are answered here."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def problem_for(error: HTTPException) -> Response:
    """The problem document for an error that the framework raised, with none of its own words."""
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    code = error.code or 500
    kind = _BY_STATUS.get(code)
    if kind is None:
        return _document("about:blank", error.name, code, error.name, (), headers)
    if kind == "unavailable":
        headers = {**_RETRY_AFTER, **headers}
    return respond(Problem(kind, f"{KINDS[kind][1]}.", headers=headers))


def respond(problem: Problem) -> Response:
    """The response that says `problem`."""
    status, title = KINDS[problem.kind]
    return _document(f"/problems/{problem.kind}", title, status, problem.detail, problem.faults, problem.headers)


def _document(
    kind: str, title: str, status: int, detail: str, faults: Iterable[Fault], headers: Mapping[str, str]
) -> Response:
    content: dict[str, object] = {"type": kind, "title": title, "status": status, "detail": detail}
    if errors := [asdict(fault) for fault in faults]:
        content["errors"] = errors
    response = Response(json.dumps(content), status, content_type=MEDIA_TYPE)
    response.headers.update(headers)
    return response


def _unavailable(error: Exception) -> Response:
    # Only the class: a database's message repeats the values of the statement.
    current_app.logger.error("the state cannot be read: %s", type(error).__name__)
    return respond(Problem("unavailable", "Nothing was decided. Please try again.", headers=_RETRY_AFTER))


def handle_on(bp: Blueprint) -> None:
    """Answer whatever goes wrong on `bp` with a problem document."""
    bp.register_error_handler(Problem, respond)
    bp.register_error_handler(HTTPException, problem_for)
    for unreadable in (SQLAlchemyError, KeyUnknown, Unreadable, Altered):
        bp.register_error_handler(unreadable, _unavailable)
