"""Fixtures of the web tests."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from consent.ledger import stores as evidence_stores
from tests.consortium import Consortium
from vault.database import Database

PREFIX = "/api/v1"


class Machine:
    """An evidence store that calls with its token."""

    def __init__(self, app: Flask, database: Database, store: evidence_stores.Store) -> None:
        self.store = store
        self.client = app.test_client()
        with database.writing() as session:
            self.token = evidence_stores.issue_token(session, store)

    def call(self, method: str, path: str, status: int = 200, **request: Any) -> TestResponse:
        """One call, with the token unless other headers are given."""
        request.setdefault("headers", {"Authorization": f"Bearer {self.token}"})
        answer = self.client.open(f"{PREFIX}{path}", method=method, **request)
        assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
        if status >= 400:
            assert answer.content_type == "application/problem+json"
            assert answer.json is not None
            assert {"type", "title", "status", "detail"} <= answer.json.keys() <= set(PROBLEM)
            assert answer.json["status"] == status
        return answer

    def get(self, path: str, status: int = 200) -> Any:
        """The JSON at `path`."""
        return self.call("GET", path, status).json

    def post(self, path: str, body: Any, status: int = 200) -> Any:
        """What comes of posting `body` as JSON."""
        return self.call("POST", path, status, json=body).json

    def put(self, *lines: Mapping[str, Any] | bytes, status: int = 200) -> Any:
        """Register lines, given as objects or as they are sent."""
        sent = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        return self.call("PUT", "/items", status, data=sent, content_type="application/x-ndjson").json

    def ask(self, item: str, scope: str = "share.icc", recipient: str = "icc-otp", **more: Any) -> Any:
        """The answer to one question."""
        question = {"item": item, "scope": scope, "recipient": recipient, **more}
        return self.post("/decisions", {"questions": [question]})["answers"][0]

    def pseudonym(self, item: str) -> str:
        """The pseudonym of the one person linked to an item."""
        (person,) = self.get(f"/items/{item}")["subjects"]
        return str(person["subject"])


PROBLEM = ("type", "title", "status", "detail", "errors")


@pytest.fixture
def machine(api: Flask, consortium: Consortium) -> Machine:
    """The store "Documents" of the consortium."""
    return Machine(api, consortium.database, consortium.store)


@pytest.fixture
def other_machine(api: Flask, consortium: Consortium) -> Machine:
    """The store "Pictures" of the consortium."""
    return Machine(api, consortium.database, consortium.other_store)
