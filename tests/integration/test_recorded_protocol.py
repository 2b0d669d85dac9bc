"""What was said when the store protocol's version was fixed is still understood, by the portal and by the clients."""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from consent.client import Distrusted, Follower, Portal, Replica
from portal.stores.openapi import VERSION, document
from portal.stores.problems import KINDS
from tests.browser.visitors import serving
from tests.recorded import recording
from tests.recorded.__main__ import record
from tests.recorded.recording import PREFIX, Exchange, Recording
from vault import clock

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "docs" / "clients" / "store-client.mjs"
RECORDED = recording.read()
EXCHANGES = list(RECORDED.every_exchange())
# What the portal refused as the document says is not a call that the document allows.
_NOT_AS_DESCRIBED = ("not-json", "unsupported-content-type", "invalid-fields")


def named(exchange: Exchange) -> str:
    return f"{exchange.method} {exchange.path} {exchange.status}"


def operation_of(exchange: Exchange, described: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The operation that a call is of, and the parameters in its path."""
    asked = f"{PREFIX}{exchange.path}".split("/")
    for path, operations in described["paths"].items():
        steps = path.split("/")
        pairs = list(zip(steps, asked, strict=False))
        if len(steps) == len(asked) and all(step == said or step.startswith("{") for step, said in pairs):
            given = {step.strip("{}"): unquote(said) for step, said in pairs if step.startswith("{")}
            return operations[exchange.method.lower()], given
    raise AssertionError(exchange.path)


def check(value: Any, schema: Mapping[str, Any], described: Mapping[str, Any]) -> None:
    """Hold a value against a schema of the document."""
    whole = {**schema, "components": described["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER).validate(
        value
    )


def hold_request(exchange: Exchange, described: Mapping[str, Any]) -> None:
    """Hold what was asked against the document."""
    operation, given = operation_of(exchange, described)
    parameters = {each["name"]: each for each in operation.get("parameters", ())}
    told: dict[str, Any] = {**exchange.query, **given}
    assert told.keys() <= parameters.keys()
    assert {name for name, each in parameters.items() if each.get("required")} <= told.keys()
    for name, value in told.items():
        schema = parameters[name]["schema"]
        check(json.loads(value) if value.isdigit() and schema.get("type") != "string" else value, schema, described)
    if exchange.body is None:
        assert not operation.get("requestBody", {}).get("required")
        return
    check(exchange.body, operation["requestBody"]["content"][exchange.content_type]["schema"], described)


def hold_answer(exchange: Exchange, described: Mapping[str, Any]) -> None:
    """Hold what was answered against the document."""
    operation, _ = operation_of(exchange, described)
    answer = operation["responses"][str(exchange.status)]
    assert {name for name, each in answer.get("headers", {}).items() if each["required"]} <= exchange.headers.keys()
    if exchange.answer is None:
        assert "content" not in answer
        return
    (content,) = answer["content"].values()
    check(exchange.answer, content["schema"], described)


def refused_for(exchange: Exchange) -> str:
    return exchange.answer["type"].rpartition("/")[2] if exchange.status >= 400 else ""


@pytest.mark.parametrize("exchange", EXCHANGES, ids=named)
def test_what_was_asked_and_answered_is_still_what_the_document_says(exchange: Exchange) -> None:
    if refused_for(exchange) not in _NOT_AS_DESCRIBED:
        lines = exchange.body if exchange.path == "/items" and exchange.method == "PUT" else None
        if lines is None or not exchange.answer["rejected"]:
            hold_request(exchange, document())
    hold_answer(exchange, document())
    if exchange.status >= 400:
        assert KINDS[refused_for(exchange)][0] == exchange.status


def test_nothing_that_was_there_is_taken_away_or_asked_for_anew() -> None:
    before, now = RECORDED.document, document()
    for path, operations in before["paths"].items():
        for method, was in operations.items():
            operation = now["paths"][path][method]
            assert operation["operationId"] == was["operationId"]
            assert was["responses"].keys() <= operation["responses"].keys(), (path, method)
            known = {each["name"]: each for each in operation.get("parameters", ())}
            had = {each["name"]: each for each in was.get("parameters", ())}
            assert had.keys() <= known.keys(), (path, method)
            needed = {name for name, each in known.items() if each.get("required")}
            assert needed <= {name for name, each in had.items() if each.get("required")}, (path, method)
            content = operation.get("requestBody", {}).get("content", {})
            assert was.get("requestBody", {}).get("content", {}).keys() <= content.keys()
            asked = _named_in(operation.get("requestBody", {}), now)
            for name in _named_in(was.get("requestBody", {}), before):
                assert name in asked, (path, method, name)
                needed = set(now["components"]["schemas"][name].get("required", ()))
                assert needed <= set(before["components"]["schemas"][name].get("required", ())), name
    for name, was in before["components"]["schemas"].items():
        schema = now["components"]["schemas"][name]
        assert was.get("properties", {}).keys() <= schema.get("properties", {}).keys(), name
        for field, described in was.get("properties", {}).items():
            assert _values(described) <= _values(schema["properties"][field]), (name, field)


def _named_in(value: Any, described: Mapping[str, Any]) -> set[str]:
    """The schemas that a part of the document refers to, and those that these refer to."""
    found: set[str] = set()
    edge = [value]
    while edge:
        each = edge.pop()
        if isinstance(each, dict):
            name = str(each.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                edge.append(described["components"]["schemas"][name])
            edge.extend(each.values())
        elif isinstance(each, list):
            edge.extend(each)
    return found


def _values(schema: Any) -> set[str]:
    """The values that a schema names one by one."""
    if isinstance(schema, list):
        return set().union(*map(_values, schema))
    if not isinstance(schema, dict):
        return set()
    own = {str(value) for value in (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ()))}
    return own.union(*(_values(each) for each in schema.values() if isinstance(each, (dict, list))))


def test_the_recording_is_of_every_call_of_its_document() -> None:
    operations = {
        operation["operationId"] for path in RECORDED.document["paths"].values() for operation in path.values()
    }
    said = {operation_of(exchange, RECORDED.document)[0]["operationId"] for exchange in EXCHANGES}
    assert said == operations - {"openapi"}
    for exchange in EXCHANGES:
        hold_answer(exchange, RECORDED.document)


def test_the_version_is_named_alike() -> None:
    assert document()["info"]["version"] == VERSION
    assert RECORDED.document["info"]["version"] == recording.FOLDER.name.removeprefix("protocol-") == "1.0"
    assert f"This is version {VERSION}," in (ROOT / "docs" / "store-protocol.md").read_text("utf-8")


@pytest.fixture
def replica(tmp_path: Path) -> Iterator[Replica]:
    opened = Replica(tmp_path / "replica.db", RECORDED.store, RECORDED.key)
    yield opened
    opened.close()


def test_our_client_believes_what_was_signed_and_decides_as_was_decided(replica: Replica) -> None:
    outcomes: Counter[str] = Counter()
    for moment in RECORDED.moments:
        with serving(recording.portal_of(moment)) as address, clock.moved_to(moment.at), Portal(address, "") as portal:
            Follower(portal, replica).catch_up()
            for answer in moment.decisions:
                decided = replica.may(answer["item"], answer["scope"], answer["recipient"])
                assert decided.outcome.value == answer["outcome"]
                assert decided.identity == next((each["identity"] for each in answer["obligations"]), None)
                codes = sorted(reason["code"] for reason in answer["reasons"])
                assert sorted(reason.code for reason in decided.reasons) == codes
                outcomes[decided.outcome.value] += 1
    assert outcomes.keys() == {"permit", "ask", "deny"}


def test_a_recorded_page_that_was_altered_is_not_believed(replica: Replica) -> None:
    moment = RECORDED.moments[0]
    exchanges = json.loads(json.dumps([each.answer for each in moment.exchanges]))
    exchanges[0]["changes"][0]["subject"] = "p_somebody_else"
    altered = [
        Exchange(**{**vars(each), "answer": answer}) for each, answer in zip(moment.exchanges, exchanges, strict=True)
    ]
    lying = recording.portal_of(recording.Moment(moment.at, tuple(altered), ()))
    with (
        serving(lying) as address,
        clock.moved_to(moment.at),
        Portal(address, "") as portal,
        pytest.raises(Distrusted),
    ):
        Follower(portal, replica).catch_up()


def test_the_second_client_believes_and_decides_alike(tmp_path: Path, node: str) -> None:
    for moment in RECORDED.moments:
        then = tmp_path / "then.cjs"
        then.write_text(f"Date.now = () => {round(moment.at.timestamp() * 1000)};", encoding="utf-8")
        command = [node, "--require", str(then), str(CLIENT)]
        with serving(recording.portal_of(moment)) as address:
            told = {"PORTAL": address, "STORE": RECORDED.store, "TOKEN": "none", "KEY": RECORDED.key}
            followed = subprocess.run(
                [*command, "catch-up", str(tmp_path / "state.json")],
                env=os.environ | told,
                capture_output=True,
                text=True,
            )
        assert (followed.returncode, followed.stderr) == (0, "")
        questions = [{name: each[name] for name in ("item", "scope", "recipient")} for each in moment.decisions]
        decided = subprocess.run(
            [*command, "decide", str(tmp_path / "state.json")],
            input="\n".join(map(json.dumps, questions)),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for line, answer in zip(decided, moment.decisions, strict=True):
            theirs = json.loads(line)
            assert (theirs["outcome"], theirs["codes"]) == (
                answer["outcome"],
                sorted(reason["code"] for reason in answer["reasons"]),
            )


def test_it_can_be_recorded_anew_in_the_same_way(monkeypatch: pytest.MonkeyPatch) -> None:
    # How long a revision is waited for, which never comes.
    monkeypatch.setattr("portal.stores.views._PATIENCE", 0)

    def told(of: Recording) -> list[tuple[str, int]]:
        return [(operation_of(each, of.document)[0]["operationId"], each.status) for each in of.every_exchange()]

    again = record()
    assert told(again) == told(RECORDED)
    outcomes = [[answer["outcome"] for answer in moment.decisions] for moment in RECORDED.moments]
    assert [[answer["outcome"] for answer in moment.decisions] for moment in again.moments] == outcomes
