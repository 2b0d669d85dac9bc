"""The OpenAPI 3.1 document of the store protocol, made from the schemas that validate the calls."""

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from portal.stores import bodies, feed_schemas, schemas
from portal.stores.problems import KINDS, MEDIA_TYPE, PREFIX

_SCHEMAS = "#/components/schemas/{model}"
_ALWAYS = (401, 422, 500, 503)
_MODELS: tuple[type[BaseModel], ...] = (
    schemas.ItemLine,
    schemas.Registered,
    schemas.Item,
    schemas.Decisions,
    schemas.Answers,
    schemas.Selection,
    schemas.SelectedItem,
    schemas.SelectionEnd,
    schemas.Catalogue,
    feed_schemas.Changes,
    feed_schemas.Checkpoint,
    feed_schemas.Inclusion,
    feed_schemas.Consistency,
    feed_schemas.SigningKeys,
    feed_schemas.Acknowledgement,
    schemas.Tasks,
    schemas.TaskResult,
    schemas.TaskRejection,
    schemas.ProblemDocument,
)

# What may change within 1.x is in docs/store-protocol.md; tests/recorded holds the code to it.
VERSION = "1.0"

Described = dict[str, Any]


@cache
def document() -> Described:
    """The whole document."""
    _, definitions = models_json_schema([(model, "validation") for model in _MODELS], ref_template=_SCHEMAS)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Evidence stores' interface",
            "version": VERSION,
            "description": "What an evidence store registers, asks and follows. Every error is a problem document"
            " (RFC 9457) whose `type` never changes; see docs/store-protocol.md.",
        },
        "paths": {f"{PREFIX}{path}": operations for path, operations in _paths().items()},
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _paths() -> Described:
    return {
        "/items": {
            "put": _operation(
                "register",
                "Register items: a line each, idempotent; each line goes in or is reported by its number",
                _json(schemas.Registered),
                errors=(400, 415),
                body=_lines("A line of JSON per item", _ref(schemas.ItemLine)),
            )
        },
        "/items/{item}": {
            "get": _operation(
                "item",
                "One item's registration, and its outcome per scope leaving recipients aside",
                _json(schemas.Item),
                errors=(404,),
                parameters=[_item_name()],
            )
        },
        "/decisions": {
            "post": _operation(
                "decide",
                "Ask whether items may go to recipients",
                _json(schemas.Answers),
                errors=(400, 409, 413, 415, 429),
                body=_json(schemas.Decisions),
            )
        },
        "/selections": {
            "post": _operation(
                "select",
                "All of the store's items with one outcome for a scope and a recipient",
                _lines(
                    "A line per item, then one with the counts; without it the answer is not whole",
                    {"anyOf": [_ref(schemas.SelectedItem), _ref(schemas.SelectionEnd)]},
                ),
                errors=(400, 413, 415),
                body=_json(schemas.Selection),
            )
        },
        "/catalogue": {
            "get": _operation("catalogue", "Scopes, recipients and kinds of this store", _json(schemas.Catalogue))
        },
        "/changes": {
            "get": _operation(
                "follow",
                "The status feed: dense from 1, gapless, replayable from 0, long-polling",
                _json(feed_schemas.Changes),
                errors=(429,),
                parameters=_query(feed_schemas.ChangesQuery),
            )
        },
        "/log/checkpoint": {
            "get": _operation("checkpoint", "The transparency log as it stands", _json(feed_schemas.Checkpoint))
        },
        "/log/proof/inclusion": {
            "get": _operation(
                "inclusion",
                "The proof that a leaf is in the log of a size (RFC 9162)",
                _json(feed_schemas.Inclusion),
                parameters=_query(feed_schemas.InclusionQuery),
            )
        },
        "/log/proof/consistency": {
            "get": _operation(
                "consistency",
                "The proof that the log only grew from one size to another (RFC 9162)",
                _json(feed_schemas.Consistency),
                parameters=_query(feed_schemas.ConsistencyQuery),
            )
        },
        "/log/keys": {
            "get": _operation(
                "keys", "The keys that sign, each vouched for by the one before", _json(feed_schemas.SigningKeys)
            )
        },
        "/changes/ack": {
            "post": _operation(
                "acknowledge",
                "Say that the store has applied its feed up to a cursor",
                None,
                errors=(400, 413, 415),
                body=_json(feed_schemas.Acknowledgement),
            )
        },
        "/tasks": {
            "get": _operation("tasks", "The data protection officer's orders to this store", _json(schemas.Tasks))
        },
        "/tasks/{task}/accept": {
            "post": _operation("accept", "Take an order on", None, errors=(404, 409), parameters=[_task()])
        },
        "/tasks/{task}/result": {
            "post": _operation(
                "result",
                "Answer an order: sealed to its key, checked by digest, naming nothing that the order does not",
                None,
                errors=(400, 404, 409, 413, 415),
                body=_json(schemas.TaskResult),
                parameters=[_task()],
            )
        },
        "/tasks/{task}/reject": {
            "post": _operation(
                "reject",
                "Say that an order cannot be carried out, and why",
                None,
                errors=(400, 404, 409, 413, 415),
                body=_json(schemas.TaskRejection),
                parameters=[_task()],
            )
        },
        "/openapi.json": {
            "get": {
                "operationId": "openapi",
                "summary": "This document",
                "security": [],
                "responses": {"200": {"description": "OpenAPI 3.1", "content": {bodies.JSON: {"schema": {}}}}},
            }
        },
    }


def _operation(
    name: str,
    summary: str,
    answer: Described | None,
    *,
    errors: tuple[int, ...] = (),
    body: Described | None = None,
    parameters: list[Described] | None = None,
) -> Described:
    responses = {str(status): _problem(status) for status in sorted({*_ALWAYS, *errors})}
    if answer is None:
        responses["204"] = {"description": "Taken"}
    else:
        responses["200"] = {"description": "Answered", "content": answer}
    operation: Described = {"operationId": name, "summary": summary, "responses": responses}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": body}
    if parameters:
        operation["parameters"] = parameters
    return operation


def _problem(status: int) -> Described:
    kinds = ", ".join(f"/problems/{kind}" for kind, (code, _) in KINDS.items() if code == status)
    described: Described = {"description": kinds, "content": {MEDIA_TYPE: {"schema": _ref(schemas.ProblemDocument)}}}
    if status in (429, 503):
        described["headers"] = {"Retry-After": {"required": True, "schema": {"type": "integer"}}}
    if status == 401:
        described["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
    return described


def _ref(model: type[BaseModel]) -> Described:
    return {"$ref": _SCHEMAS.format(model=model.__name__)}


def _json(model: type[BaseModel]) -> Described:
    return {bodies.JSON: {"schema": _ref(model)}}


def _lines(description: str, line: Described) -> Described:
    # OpenAPI 3.1 has no word for a stream of lines: an array whose elements are the lines is the custom.
    return {bodies.NDJSON: {"schema": {"type": "array", "description": description, "items": line}}}


def _item_name() -> Described:
    schema = schemas.ItemLine.model_json_schema()["properties"]["item"]
    description = "The store's own name for the item, percent-encoded, slashes included"
    return {"name": "item", "in": "path", "required": True, "description": description, "schema": schema}


def _task() -> Described:
    return {"name": "task", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"}}


def _query(model: type[BaseModel]) -> list[Described]:
    described = model.model_json_schema()
    required = described.get("required", ())
    return [
        {"name": name, "in": "query", "schema": schema, **({"required": True} if name in required else {})}
        for name, schema in described["properties"].items()
    ]
