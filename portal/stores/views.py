"""The calls of the store protocol. A store sees only its own items, scopes and pseudonyms."""

import json
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from consent.ledger import stores, transparency_log
from portal.access import permissions
from portal.access.permissions import Who, machines, public
from portal.access.readings import nothing
from portal.frame.transaction import database
from portal.stores import (
    bodies,
    callers,
    changes,
    feed_schemas,
    intake,
    log,
    offer,
    problems,
    questions,
    registered,
    schemas,
    tasks,
)
from portal.stores.openapi import document
from portal.stores.problems import Fault, Problem
from portal.stores.waking import Watch
from vault import clock

_PATIENCE = 5.0
_CLOCKS_MAY_DIFFER = 300

_WITH_QUERY = ("stores.follow", "stores.inclusion", "stores.consistency")

bp = Blueprint("stores", __name__, url_prefix=problems.PREFIX)
problems.handle_on(bp)


class _ItemName(BaseConverter):
    """A store's own name for an item: anything printable, slashes included."""

    regex = r"[^\x00-\x1f\x7f-\x9f]{1,200}"
    part_isolating = False


def init_app(app: Flask) -> None:
    """Serve the store protocol from `app`, and answer every error below its address with a problem document."""
    app.url_map.converters["item_name"] = _ItemName
    app.extensions["watch"] = Watch(app.extensions["database"])
    app.register_blueprint(bp)
    app.register_error_handler(HTTPException, _elsewhere)


def _elsewhere(error: HTTPException) -> ResponseReturnValue:
    # Which blueprint an unknown address belongs to is not known: its path tells.
    return problems.problem_for(error) if problems.answers(request.path) else error.get_response()


@bp.url_value_preprocessor
def measure(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let machines send more than people's forms may hold, before anything looks at the body."""
    bodies.measure()


@bp.before_request
def know_the_caller() -> None:
    """Refuse a stranger before anything they sent is read."""
    permission = permissions.of(current_app, str(request.endpoint))
    if permission is not None and permission.who is not Who.STORE:
        return
    with callers.reading():
        pass
    if request.endpoint not in _WITH_QUERY:
        bodies.query(schemas.Nothing)


def _as_json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), content_type=bodies.JSON)


@bp.put("/items")
@machines
def register() -> ResponseReturnValue:
    """Register a stream of items."""
    bodies.demand(bodies.NDJSON)
    taken = intake.take(bodies.lines())
    with callers.reading() as (_, store):
        revision = store.cursor
    return Response(taken.as_json(revision), content_type=bodies.JSON)


@bp.get("/items/<item_name:item>")
@machines
def item(item: str) -> ResponseReturnValue:
    """One item's registration, and its outcome per scope leaving recipients aside."""
    with callers.reading() as (session, store):
        shown = registered.shown(session, store, item)
    if shown is None:
        raise Problem("not-found", "This store has registered no such item.")
    return _as_json(shown)


@bp.post("/decisions")
@machines
def decide() -> ResponseReturnValue:
    """Answer up to 50,000 questions from one snapshot."""
    asked = bodies.body(schemas.Decisions)
    wanted = asked.min_revision or 0
    with callers.reading_from(wanted, _PATIENCE) as (session, store):
        answers = questions.answer(session, store, asked)
    if answers["revision"] < wanted:
        raise Problem("revision-not-reached", f"The feed of this store stands at {answers['revision']}.")
    return _as_json(answers)


@bp.post("/selections")
@machines
def select() -> ResponseReturnValue:
    """Stream all items of the store that have one outcome for a scope and a recipient."""
    asked = bodies.body(schemas.Selection)
    with callers.reading() as (session, store):
        lines = questions.select(database(), session, store, asked)
    return Response(lines, content_type=bodies.NDJSON)


@bp.get("/catalogue")
@machines
def catalogue() -> ResponseReturnValue:
    """What the store may ask about."""
    with callers.reading() as (session, store):
        return _as_json(offer.catalogue(session, store))


@bp.get("/changes")
@machines
def follow() -> ResponseReturnValue:
    """A page of the store's feed, waiting for it where asked to."""
    query = bodies.query(feed_schemas.ChangesQuery)
    with callers.reading() as (_, store):
        _refuse_beyond(store, query.after, "query", "after")
    with callers.reading_from(query.after + 1, query.wait) as (session, store):
        return _as_json(changes.page(session, store, query))


@bp.get("/log/checkpoint")
@machines
def checkpoint() -> ResponseReturnValue:
    """The transparency log as it stands."""
    with callers.reading() as (session, _):
        return _as_json(transparency_log.checkpoint(session).as_value())


@bp.get("/log/proof/inclusion")
@machines
def inclusion() -> ResponseReturnValue:
    """The proof that a leaf is in the log."""
    query = bodies.query(feed_schemas.InclusionQuery)
    with callers.reading() as (session, _):
        return _as_json(log.inclusion(session, query))


@bp.get("/log/proof/consistency")
@machines
def consistency() -> ResponseReturnValue:
    """The proof that the log only grew."""
    query = bodies.query(feed_schemas.ConsistencyQuery)
    with callers.reading() as (session, _):
        return _as_json(log.consistency(session, query))


@bp.get("/log/keys")
@machines
def keys() -> ResponseReturnValue:
    """The keys that sign pages, catalogues and checkpoints."""
    with callers.reading() as (session, _):
        return _as_json(log.keys(session))


@bp.post("/changes/ack")
@machines
def acknowledge() -> ResponseReturnValue:
    """Take the store's word that it has applied its feed up to a cursor."""
    said = bodies.body(feed_schemas.Acknowledgement)
    if (said.applied_at - clock.now()).total_seconds() > _CLOCKS_MAY_DIFFER:
        raise Problem("in-the-future", "Nothing is applied before its time.", [Fault("#/applied_at", "Not yet")])
    with callers.writing() as (session, store):
        _refuse_beyond(store, said.cursor, "cursor")
        stores.acknowledge(session, store.id, said.cursor, said.applied_at)
    return Response(status=204)


def _refuse_beyond(store: stores.Store, cursor: int, *place: str) -> None:
    if cursor > store.cursor:
        fault = Fault(problems.pointer(*place), "Beyond the end of the feed")
        raise Problem("beyond-the-end", f"The feed of this store stands at {store.cursor}.", [fault])


@bp.get("/tasks")
@machines
def task_list() -> ResponseReturnValue:
    """The orders that the store has not finished."""
    with callers.reading() as (session, store):
        return _as_json(tasks.listed(session, store))


@bp.post("/tasks/<task>/accept")
@machines
def accept_task(task: str) -> ResponseReturnValue:
    """Take an order on."""
    with callers.writing() as (session, store):
        tasks.accept(session, store, task)
    return Response(status=204)


@bp.post("/tasks/<task>/result")
@machines
def finish_task(task: str) -> ResponseReturnValue:
    """Take the result of an order."""
    sent = bodies.body(schemas.TaskResult)
    with callers.writing() as (session, store):
        tasks.finish(session, store, task, sent)
    return Response(status=204)


@bp.post("/tasks/<task>/reject")
@machines
def reject_task(task: str) -> ResponseReturnValue:
    """Take the store's word that it cannot do it."""
    said = bodies.body(schemas.TaskRejection)
    with callers.writing() as (session, store):
        tasks.reject(session, store, task, said)
    return Response(status=204)


@bp.get("/openapi.json")
@public(reads=nothing("the description of the protocol"))
def openapi() -> ResponseReturnValue:
    """The description of this interface, made from the code that validates the calls."""
    return _as_json(document())
