"""A client in another language, written from docs/store-protocol.md alone, believes and decides as ours does."""

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from flask import Flask

from consent.client import Distrusted, Replica
from consent.client.pages import Page, Position, Source, believe
from consent.ledger import stores
from tests import vectors
from tests.browser.visitors import serving
from tests.consortium import Consortium
from tests.properties.test_replica import ITEMS, PEOPLE, SCOPES, change, enter_basis
from vault import clock, signing
from vault.notes import Verifier
from vault.trust import trusted

CLIENT = Path(__file__).parents[2] / "docs" / "clients" / "store-client.mjs"
VECTORS = json.loads(vectors.FILE.read_text(encoding="utf-8"))


def test_the_vectors_are_those_that_the_code_makes() -> None:
    assert vectors.FILE.read_text(encoding="utf-8") == vectors.text()


def test_the_second_client_is_short_and_holds_all_vectors(node: str) -> None:
    assert len(CLIENT.read_text(encoding="utf-8").splitlines()) < 300
    checked = subprocess.run([node, str(CLIENT), "vectors", str(vectors.FILE)], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    count = sum(len(VECTORS[kind]) for kind in ("canonical", "pages", "decisions"))
    assert checked.stdout == f"{count} vectors hold\n"


@pytest.mark.parametrize("case", VECTORS["pages"], ids=lambda case: case["name"])
def test_our_client_holds_the_vectors_of_pages(case: dict[str, Any]) -> None:
    pinned = Verifier.parse(VECTORS["trust"]["pinned"])
    source = Source(VECTORS["trust"]["store"], pinned, trusted(pinned, VECTORS["trust"]["statements"]))
    held = dict(case["state"])
    for name in ("chain", "root"):
        if name in held:
            held[name] = base64.b64decode(held[name])
    if held.get("issued"):
        held["issued"] = clock.parse_instant(held["issued"])
    asked = clock.parse_instant(case["asked_at"])
    path = [base64.b64decode(step) for step in case["path"]]

    def read() -> Page:
        return believe(case["page"], source, Position(**held), asked, asked, lambda _first, _second: path)

    if case["believed"] is True:
        assert read().position.cursor == case["page"]["next"]
        return
    with pytest.raises(Distrusted) as lie:
        read()
    assert lie.value.code == case["believed"]


@pytest.mark.parametrize("case", VECTORS["decisions"], ids=lambda case: case["name"])
def test_our_client_holds_the_vectors_of_decisions(case: dict[str, Any], tmp_path: Path) -> None:
    replica = Replica(tmp_path / "replica.db", VECTORS["trust"]["store"], VECTORS["trust"]["pinned"])
    at = clock.parse_instant(case["at"])
    changes = [*case["state"]["items"].values(), *case["state"]["answers"].values()]
    catalogue = {
        "version": "1",
        "scopes": [{"key": "share.icc", "classes": ["icc"]}],
        "recipients": [{"key": "icc-otp", "class": "icc"}],
    }
    with clock.moved_to(at):
        replica.apply(Page(changes, Position(issued=at)), Position(), at, catalogue)
        decided = replica.may(**case["question"])
    replica.close()
    assert case["expected"] == {
        "outcome": decided.outcome,
        "identity": decided.identity,
        "codes": sorted(reason.code for reason in decided.reasons),
    }


@pytest.fixture
def served(api: Flask) -> Iterator[str]:
    with serving(api) as address:
        yield address


def test_the_second_client_follows_the_real_portal_and_decides_alike(
    consortium: Consortium, served: str, tmp_path: Path, node: str
) -> None:
    random = Random(17)
    people = [consortium.enrol(f"V-{number}") for number in range(PEOPLE)]
    enter_basis(consortium)
    with consortium.database.writing() as session:
        token = stores.issue_token(session, session.get_one(stores.Store, consortium.store.id))
        key = str(signing.anchor(session))
    environment = os.environ | {"PORTAL": served, "STORE": consortium.store.name, "TOKEN": token, "KEY": key}
    state = tmp_path / "state.json"
    for _round in range(3):
        for _step in range(25):
            change(consortium, random, people)
        followed = subprocess.run(
            [node, str(CLIENT), "catch-up", str(state)], env=environment, capture_output=True, text=True
        )
        assert (followed.returncode, followed.stderr) == (0, "")
        compare(consortium, [node, str(CLIENT), "decide", str(state)])
        with consortium.database.writing() as session:
            signing.rotate(session)
    with consortium.database.reading() as session:
        store = session.get_one(stores.Store, consortium.store.id)
        assert stores.acknowledged(session, store.id) == store.cursor


def compare(consortium: Consortium, command: list[str]) -> None:
    questions = [
        {"item": f"F-{number}", "scope": scope, "recipient": recipient}
        for number in range(ITEMS + 1)
        for scope, recipients in SCOPES.items()
        for recipient in recipients
    ]
    asked = "\n".join(json.dumps(question) for question in questions)
    lines = subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout.splitlines()
    for question, line in zip(questions, lines, strict=True):
        theirs, ours = json.loads(line), consortium.decide(**question)
        assert (theirs["outcome"], theirs["identity"]) == (ours.outcome.value, ours.identity), question
