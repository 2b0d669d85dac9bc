"""What machines send: strict JSON, queries, and lines of any number in constant memory."""

import json
from collections.abc import Iterator, Sequence
from typing import IO, Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import RequestEntityTooLarge

from portal.stores.problems import MOST_FAULTS, Fault, Problem, pointer

JSON = "application/json"
NDJSON = "application/x-ndjson"
LONGEST_LINE = 64 * 1024
LARGEST_BODY = 32 * 1024 * 1024
MOST_MEMBERS = 100
_LARGEST = {JSON: LARGEST_BODY, NDJSON: 2**62}
_BLOCK = 64 * 1024

Schema = TypeVar("Schema", bound=BaseModel)


class NotJson(Exception):
    """Not one JSON value in UTF-8 whose objects name each member once."""


class TooManyMembers(Exception):
    """An object with more members than any shape of the protocol has by far."""


def decode(raw: bytes) -> Any:
    """The JSON value in `raw`.

    Raises:
        NotJson: also for NaN, repeated names, and what is nested too deep to be read.
        TooManyMembers: an object has more than `MOST_MEMBERS`.
    """
    try:
        return _DECODER.decode(raw.decode())
    except (ValueError, RecursionError) as error:
        raise NotJson from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST_MEMBERS:
        raise TooManyMembers
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name is repeated")
    return members


def _refuse(constant: str) -> None:
    raise ValueError(constant)


_DECODER = json.JSONDecoder(object_pairs_hook=_once_each, parse_constant=_refuse)


def body(schema: type[Schema]) -> Schema:
    """The request's body as `schema` has it.

    Raises:
        Problem: another content type, not JSON, or not of that shape, with a pointer to each bad field.
    """
    demand(JSON)
    raw = b"".join(_blocks(request.stream))
    try:
        return _checked(schema, decode(raw))
    except NotJson as error:
        raise Problem("not-json", "The body must be one JSON value in UTF-8, without repeated names.") from error
    except TooManyMembers as error:
        raise _invalid([Fault(pointer(), f"An object has more than {MOST_MEMBERS} members")]) from error


def query(schema: type[Schema]) -> Schema:
    """The request's query as `schema` has it.

    Raises:
        Problem: an unknown, repeated or bad parameter; pointers are #/query/NAME.
    """
    given = request.args.to_dict(flat=False)
    repeated = [name for name, values in given.items() if len(values) > 1]
    if repeated:
        raise _invalid([Fault(pointer("query", name), "Given more than once") for name in repeated])
    return _checked(schema, {name: values[0] for name, values in given.items()}, "query")


def _checked(schema: type[Schema], value: Any, *root: str) -> Schema:
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False, include_input=False)
        if too_long := [each for each in wrong if each["type"] == "too_long"]:
            raise Problem("too-large", "Please send it in parts.", _faults(too_long, root)) from error
        raise _invalid(_faults(wrong, root)) from error


def _faults(errors: Sequence[ErrorDetails], root: Sequence[str]) -> list[Fault]:
    return [Fault(pointer(*root, *error["loc"]), error["msg"]) for error in errors[:MOST_FAULTS]]


def _invalid(faults: Sequence[Fault]) -> Problem:
    return Problem("invalid-fields", "See the errors, each with a pointer to its place.", faults[:MOST_FAULTS])


def measure() -> None:
    """Set how much the request may send; another hook that looks for a form would fix it at less."""
    if request.mimetype in _LARGEST:
        request.max_content_length = _LARGEST[request.mimetype]


def demand(content_type: str) -> None:
    """Refuse a body of another content type, or in a content coding.

    Raises:
        Problem: 415.
    """
    if request.mimetype != content_type or request.headers.get("Content-Encoding", "identity") != "identity":
        raise Problem("unsupported-content-type", f"This call takes {content_type}, not encoded.")


def lines() -> Iterator[bytes | None]:
    """The lines of the request's body as they arrive; None for one that is longer than `LONGEST_LINE`."""
    kept, overlong = b"", False
    for block in _blocks(request.stream):
        *whole, rest = block.split(b"\n")
        for part in whole:
            line = kept + part
            yield None if overlong or len(line) > LONGEST_LINE else line
            kept, overlong = b"", False
        kept += rest
        if len(kept) > LONGEST_LINE:
            kept, overlong = b"", True
    if kept or overlong:
        yield None if overlong else kept


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    while True:
        try:
            block = stream.read(_BLOCK)
        except RequestEntityTooLarge:
            raise
        except Exception as error:  # each server has exceptions of its own for a body that breaks off
            raise Problem("broken-body", "The connection broke off. Sending it again does no harm.") from error
        if not block:
            return
        yield block
