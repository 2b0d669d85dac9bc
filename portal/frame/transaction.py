"""One transaction per request: a snapshot for reading, one writing transaction for a change, committed in one place."""

from contextlib import ExitStack, suppress
from typing import cast

from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from vault.database import Database

_CHANGING = ("POST", "PUT", "PATCH", "DELETE")


def database() -> Database:
    """The database of the running application."""
    return cast(Database, current_app.extensions["database"])


def is_changing() -> bool:
    """Whether the request at hand may change something, and so has a writing transaction."""
    return request.method in _CHANGING


def _session() -> Session:
    if "session" not in g:
        g.stack = ExitStack()
        opener = database().writing if is_changing() else database().reading
        g.session = g.stack.enter_context(opener())
    return cast(Session, g.session)


db = cast(Session, LocalProxy(_session))


def is_open() -> bool:
    """Whether the request at hand has read or written anything in its own transaction."""
    return "session" in g


def finish(response: Response) -> Response:
    """Commit what the request wrote, before anything is sent; an error page commits nothing."""
    if is_open() and response.status_code < 400:
        _close(None)
    return response


def abandon(error: BaseException | None) -> None:
    """Undo what was not committed."""
    if is_open():
        _close(error or _Abandoned())


def undo() -> None:
    """Undo what the request wrote so far; rows read before are read anew, in the transaction that begins next."""
    if is_open():
        _close(_Abandoned())


class _Abandoned(Exception):
    """Makes an open transaction roll back."""


def _close(error: BaseException | None) -> None:
    stack: ExitStack = g.pop("stack")
    g.pop("session")
    with suppress(_Abandoned):
        stack.__exit__(type(error) if error else None, error, None)


def init_app(app: Flask, opened: Database) -> None:
    """Give `app` its database, and every request its transaction."""
    app.extensions["database"] = opened
    app.after_request(finish)
    app.teardown_request(abandon)
