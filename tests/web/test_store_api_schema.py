"""The OpenAPI document is true: what it allows is taken, what it forbids is refused, and answers are as it says."""

import json
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection

from portal.stores.openapi import document
from tests.consortium import Consortium
from tests.web.conftest import PREFIX, Machine

NDJSON = "application/x-ndjson"
OPERATIONS = [
    (path, method, mode)
    for path, operations in document()["paths"].items()
    for method in operations
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or not path.endswith("/openapi.json")  # which has nothing to get wrong
]
# A question may be of the right shape and yet about nothing this store may ask, and a revision may be far off.
CHECKS = {
    "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "422"]},
    "negative_data_rejection": {"expected-statuses": ["4xx"]},
}
REPEATABLE = settings(max_examples=30, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@schemathesis.serializer(NDJSON)
def as_lines(_context: schemathesis.SerializationContext, value: Any) -> dict[str, Any]:
    """An array of the document as the lines that are sent."""
    lines = value if isinstance(value, list) else [value]
    return {"data": b"".join(json.dumps(line, default=str).encode() + b"\n" for line in lines)}


@schemathesis.deserializer(NDJSON)
def as_array(_context: schemathesis.DeserializationContext, response: schemathesis.Response) -> Any:
    """The lines of an answer as an array of the document."""
    return [json.loads(line) for line in response.content.splitlines()]


@pytest.fixture
def described(
    api: Flask, machine: Machine, consortium: Consortium, monkeypatch: pytest.MonkeyPatch
) -> schemathesis.BaseSchema:
    """The document as schemathesis reads it from the running application."""
    monkeypatch.setattr("portal.stores.views._PATIENCE", 0)
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc", "share.un", identity="pseudonymised")
    machine.put({"item": "F-1", "kind": "photo", "subjects": ["V-1"]}, {"item": "F-2", "kind": "photo"})
    config = schemathesis.Config.from_dict({"checks": CHECKS})
    return schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", api, config=config)


@pytest.mark.parametrize(("path", "method", "mode"), OPERATIONS)
def test_the_document_tells_the_truth(
    described: schemathesis.BaseSchema, machine: Machine, path: str, method: str, mode: GenerationMode
) -> None:
    operation = described[path][method]
    headers = {"Authorization": f"Bearer {machine.token}"}
    # A stream is never refused as a whole: each of its lines is.
    excluded = [negative_data_rejection] if method == "put" else []

    @REPEATABLE
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        if mode is GenerationMode.POSITIVE:
            be_about_what_there_is(case)
        else:
            # An empty list in a query is sent as nothing at all, and nothing is no fault.
            assume(all(value not in ([], {}) for value in case.query.values()))
        case.call_and_validate(headers=headers, excluded_checks=excluded)

    ask()


def be_about_what_there_is(case: schemathesis.Case) -> None:
    """Let well-formed questions be about a scope and a recipient of the store, and wait for nothing."""
    if "wait" in case.query:
        case.query["wait"] = 0
    asked = case.body if isinstance(case.body, dict) else {}
    for question in (asked, *asked.get("questions", ())):
        if "scope" in question:
            question |= {"scope": "share.icc", "recipient": "icc-otp"}
