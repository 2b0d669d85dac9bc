"""`python -m tests.recorded`: records the store protocol anew, over what is recorded.

A version is recorded once, when it is fixed. What came after it is held against that: whoever records 1.0 again because
a test fails has broken what the version promises.
"""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask
from nacl.public import PublicKey, SealedBox

from consent.client import Follower, Replica
from consent.ledger import stores as evidence_stores
from consent.rights import orders, receiving, store_tasks
from portal import (
    installation,
    stores,
    tables,  # noqa: F401 - every table has to be known before one is used
)
from portal.frame import transaction
from portal.stores.openapi import document
from tests.conftest import bare_settings
from tests.consortium import Consortium
from tests.following import PortalInProcess
from tests.recorded.recording import PREFIX, Exchange, Moment, Recording
from vault import clock, signing

BEGINNING = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
JSON, NDJSON = "application/json", "application/x-ndjson"
REGISTERED: tuple[dict[str, Any], ...] = (
    {"item": "F-1", "kind": "photo", "subjects": ["V-1"], "sha256": "ab" * 32},
    {"item": "F-2", "kind": "medical", "subjects": ["V-1", {"person": "face-1", "role": "depicted"}]},
    {"item": "F-3", "kind": "analysis", "sources": ["F-1", "F-2"]},
    {"item": "F-4", "kind": "video", "no_data_subject": True},
    {"item": "F-5", "kind": "audio", "subjects": [{"subject": "alder/V-2", "role": "interviewee", "basis": "consent"}]},
)
QUESTIONS = [
    {"item": item, "scope": scope, "recipient": recipient}
    for item in ("F-1", "F-2", "F-3", "F-4", "F-5", "F-6")
    for scope, recipient in (
        ("share.icc", "icc-otp"),
        ("share.un", "un-experts"),
        ("share.prosecutor", "lt-prosecution"),
    )
]


class Recorder(PortalInProcess):
    """The portal's own application, with all that was said kept."""

    def __init__(self, app: Flask, token: str) -> None:
        super().__init__(app, token)
        self.kept: list[Exchange] = []

    def _call(
        self, method: str, path: str, body: bytes | None = None, content_type: str | None = None, wait: float = 0
    ) -> Any:
        return self.say(method, path, body, content_type).answer

    def say(
        self, method: str, path: str, body: bytes | None = None, content_type: str | None = None, known: bool = True
    ) -> Exchange:
        """One call, kept with its answer."""
        answer = self._client.open(
            f"{PREFIX}{path}",
            method=method,
            data=body,
            content_type=content_type,
            headers=self._authorization if known else {},
        )
        lines = answer.mimetype == NDJSON
        place, _, query = path.partition("?")
        sent: Any = None
        if body is not None:
            text = body.decode()
            sent = [json.loads(line) for line in text.splitlines()] if content_type == NDJSON else _loaded(text)
        said = [json.loads(line) for line in answer.text.splitlines()] if lines else json.loads(answer.text or "null")
        headers = {name: answer.headers[name] for name in ("Retry-After", "WWW-Authenticate") if name in answer.headers}
        told = Exchange(
            method, place, answer.status_code, said, dict(parse_qsl(query)), sent, content_type, known, headers
        )
        self.kept.append(told)
        return told

    def say_json(self, method: str, path: str, body: object) -> Exchange:
        """One call with a JSON body."""
        return self.say(method, path, json.dumps(body).encode(), JSON)

    def taken(self) -> tuple[Exchange, ...]:
        """What was kept since this was last asked."""
        kept, self.kept = tuple(self.kept), []
        return kept


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


@contextmanager
def installed() -> Iterator[tuple[Consortium, Flask]]:
    """A consortium of the tests, and the protocol over it."""
    with TemporaryDirectory() as folder:
        database = installation.prepare(bare_settings(Path(folder)))
        app = Flask("recorded")
        transaction.init_app(app, database)
        stores.init_app(app)
        yield Consortium(database), app
        database.close()


def record() -> Recording:
    """The same deeds each time, hour after hour; keys, salts and pseudonyms are new each time."""
    with clock.moved_to(BEGINNING), installed() as (consortium, app), TemporaryDirectory() as folder:
        with consortium.database.writing() as session:
            store = session.get_one(evidence_stores.Store, consortium.store.id)
            token = evidence_stores.issue_token(session, store)
            key = str(signing.anchor(session))
        portal = Recorder(app, token)
        replica = Replica(Path(folder) / "replica.db", store.name, key)
        moments: list[Moment] = []

        def follow() -> None:
            with clock.moved_to(BEGINNING + timedelta(hours=len(moments) + 1)):
                Follower(portal, replica).catch_up()
                told = portal.taken()
                decided = portal.say_json("POST", "/decisions", {"questions": QUESTIONS}).answer
                moments.append(Moment(clock.now(), told, tuple(decided["answers"])))
                later.extend(portal.taken())

        later: list[Exchange] = []
        anna, boris = consortium.enrol("V-1"), consortium.enrol("V-2")
        consortium.answer(anna, "granted", "share.icc", "share.un", identity="pseudonymised", except_kinds=["medical"])
        consortium.answer(boris, "ask_first", "share.icc", valid_until="2027-03-31", only_recipients=["icc-otp"])
        _register(portal)
        later.extend(portal.taken())
        follow()
        with clock.moved_to(BEGINNING + timedelta(minutes=90)):
            consortium.withdraw(anna, "share.icc")
            consortium.answer(boris, "granted", "share.icc", "share.prosecutor", identity="anonymised")
        follow()
        with clock.moved_to(BEGINNING + timedelta(minutes=150)):
            with consortium.database.writing() as session:
                signing.rotate(session)
            consortium.register({"item": "F-6", "kind": "photo", "subjects": ["V-2"]})
        follow()
        replica.close()
        with clock.moved_to(BEGINNING + timedelta(hours=4)):
            _ask(portal)
            _carry_out(portal, consortium, anna)
            _fail(portal)
        return Recording(store.name, key, document(), (*later, *portal.taken()), tuple(moments))


def _register(portal: Recorder) -> None:
    refused: tuple[Mapping[str, Any], ...] = (
        {"item": "F-7", "kind": "photo", "subjects": ["nobody"]},
        {"item": "F-8", "kind": "photo", "colour": "red"},
        {"kind": "photo"},
    )
    for lines in (REGISTERED, refused):
        portal.say("PUT", "/items", b"\n".join(json.dumps(line).encode() for line in lines), NDJSON)


def _ask(portal: Recorder) -> None:
    for path in (
        *("/items/F-1", "/items/F-3", "/items/F-4", "/catalogue", "/log/checkpoint", "/log/keys"),
        *("/changes?after=0&limit=3", "/changes?after=3&limit=1000&view=state", "/changes?after=0&view=items"),
        *("/log/proof/inclusion?index=2&size=5", "/log/proof/consistency?first=3&second=6"),
    ):
        portal.say("GET", path)
    portal.say_json("POST", "/decisions", {"questions": QUESTIONS[:2], "min_revision": 1})
    asked = [QUESTIONS[0] | {"request": "R-1"}]
    portal.say_json("POST", "/decisions", {"questions": asked, "at": clock.rfc3339(BEGINNING + timedelta(hours=1))})
    for wanted in ({}, {"outcome": "ask"}, {"outcome": "deny", "kinds": ["photo", "medical"]}):
        portal.say_json("POST", "/selections", {"scope": "share.icc", "recipient": "icc-otp", **wanted})
    portal.say_json("POST", "/changes/ack", {"cursor": 1, "applied_at": clock.rfc3339(clock.now())})


def _carry_out(portal: Recorder, consortium: Consortium, person: str) -> None:
    with consortium.database.writing() as session:
        for kind in ("collect", "restrict"):
            received = receiving.Received(orders.SERVES[kind][0], "portal", "en", "recorded", subject_id=person)
            request = receiving.receive(session, "alder", received, "recorded")
            store_tasks.give(session, request, kind, "officer")
    first, second = portal.say("GET", "/tasks").answer["tasks"]
    sealed = SealedBox(PublicKey(base64.b64decode(first["public_key"]))).encrypt(b'{"items":[]}')
    result = {"sealed": base64.b64encode(sealed).decode(), "sha256": hashlib.sha256(sealed).hexdigest()}
    portal.say("POST", f"/tasks/{first['id']}/accept")
    portal.say_json("POST", f"/tasks/{first['id']}/result", result)
    portal.say_json("POST", f"/tasks/{second['id']}/reject", {"reason": "the shelf burnt down"})
    portal.say("POST", f"/tasks/{second['id']}/accept")


def _fail(portal: Recorder) -> None:
    question = QUESTIONS[0]
    portal.say("GET", "/catalogue", known=False)
    portal.say("GET", "/items/never-registered")
    portal.say("GET", "/changes?after=100000")
    portal.say("GET", "/changes?after=x")
    portal.say("POST", "/decisions", b"{", JSON)
    portal.say("POST", "/decisions", b"{}", "text/plain")
    for wrong in (
        {"scope": "mhpss.case"},
        {"recipient": "nobody"},
        {"recipient": "archive"},
        {"colour": "red"},
    ):
        portal.say_json("POST", "/decisions", {"questions": [question | wrong]})
    portal.say_json("POST", "/decisions", {"questions": [question], "min_revision": 1000})
    portal.say_json("POST", "/decisions", {"questions": [question], "at": "2100-01-01T00:00:00Z"})


if __name__ == "__main__":
    record().write()
