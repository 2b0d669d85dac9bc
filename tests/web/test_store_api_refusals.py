"""The store protocol against strangers, mistakes and hostile input: every answer a problem document, none a permit."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from consent.ledger import stores as evidence_stores
from portal.stores import bodies
from tests.consortium import Consortium
from tests.web.conftest import PREFIX, Machine
from vault import clock
from vault.keys import KeyUnknown
from vault.policy import law

CALLS = (
    ("PUT", "/items"),
    ("GET", "/items/F-1"),
    ("POST", "/decisions"),
    ("POST", "/selections"),
    ("GET", "/catalogue"),
    ("GET", "/changes"),
    ("POST", "/changes/ack"),
)
POSTS = ("/decisions", "/selections", "/changes/ack")
QUESTION = {"item": "F-1", "scope": "share.icc", "recipient": "icc-otp"}
SELECTION = {"scope": "share.icc", "recipient": "icc-otp", "outcome": "permit", "kinds": None}


def pointers(problem: Any) -> list[str]:
    return [error["pointer"] for error in problem["errors"]]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_stranger_learns_nothing(machine: Machine, method: str, path: str) -> None:
    for header in (None, "", "Bearer", "Bearer ", "Bearer nobody", "Basic eDp5", "Bearer a b", "Bearer é"):
        headers = {} if header is None else {"Authorization": header}
        answer = machine.call(method, path, 401, headers=headers, data=b"{", content_type="text/plain")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json
        assert answer.json["type"] == "/problems/unauthorised"


def test_a_token_that_is_over_or_revoked_or_from_elsewhere_is_no_token(
    machine: Machine, consortium: Consortium
) -> None:
    with consortium.database.writing() as session:
        far = evidence_stores.issue_token(session, machine.store, networks=["10.0.0.0/8"])
    headers = {"Authorization": f"Bearer {far}"}
    machine.call("GET", "/catalogue", 401, headers=headers)
    machine.call("GET", "/catalogue", 401, headers=headers, environ_overrides={"REMOTE_ADDR": ""})
    machine.call("GET", "/catalogue", 401, headers=headers, environ_overrides={"REMOTE_ADDR": "a socket"})
    machine.call("GET", "/catalogue", 200, headers=headers, environ_overrides={"REMOTE_ADDR": "10.1.2.3"})
    with clock.moved_to(clock.now() + law.STORE_TOKEN.default):
        machine.call("GET", "/catalogue", 401)


def revoke_all(consortium: Consortium) -> None:
    with consortium.database.writing() as session:
        for token in session.query(evidence_stores.StoreToken):
            token.revoked_at = clock.now()


def test_a_token_revoked_in_the_middle_of_a_stream_ends_it(machine: Machine, consortium: Consortium) -> None:
    class Stream:
        sent = 0

        def read(self, size: int = -1) -> bytes:
            if self.sent == 1:
                revoke_all(consortium)
            self.sent += 1
            if self.sent > 2:
                return b""
            return b"".join(b'{"item": "%d-%d", "kind": "photo"}\n' % (self.sent, n) for n in range(500))

    overrides = {"wsgi.input": Stream(), "wsgi.input_terminated": True}
    machine.call("PUT", "/items", 401, content_type="application/x-ndjson", environ_overrides=overrides)
    with consortium.database.reading() as session:
        assert session.get_one(evidence_stores.Store, machine.store.id).cursor == 500


def test_a_token_revoked_while_waiting_ends_the_wait(
    machine: Machine, consortium: Consortium, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.stores.callers.time.sleep", lambda _seconds: revoke_all(consortium))
    machine.call("GET", "/changes?wait=20", 401)


def test_what_is_not_there_is_a_problem_document_too(machine: Machine) -> None:
    for path in ("", "/", "/nowhere", "/items/"):
        machine.call("GET", path, 404)
    assert "PUT" in machine.call("DELETE", "/items", 405).headers["Allow"]


def test_an_item_that_cannot_be_is_not_there(machine: Machine) -> None:
    for item in ("%00", "a%00b", "%0A", "%1F", "%7F", "x" * 201, "%ED%A0%80"):
        machine.call("GET", f"/items/{item}", 404)


NOT_JSON = (
    b"",
    b"{",
    b"nonsense",
    b'{"a": NaN}',
    b'{"a": Infinity}',
    b'{"a": 1, "a": 2}',
    b'{"a": {"b": 1, "b": 1}}',
    b'{"a": "\xff"}',
    '{"a": "é"}'.encode("latin-1"),
    '{"a": 1}'.encode("utf-16"),
    b"\xef\xbb\xbf{}",
    b"[" * 200_000,
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b"1" * 5000,
    b"{} {}",
    b"{'a': 1}",
)


@pytest.mark.parametrize("path", POSTS)
def test_what_is_not_json_is_refused(machine: Machine, path: str) -> None:
    for body in NOT_JSON:
        answer = machine.call("POST", path, 400, data=body, content_type="application/json")
        assert answer.json
        assert answer.json["type"] == "/problems/not-json"


@pytest.mark.parametrize("path", POSTS)
def test_json_of_another_shape_is_refused(machine: Machine, path: str) -> None:
    for body in ([], None, 1, "text", True, {}, {"x": 1}, [[[[[[]]]]]]):
        answer = machine.call("POST", path, 422, data=json.dumps(body), content_type="application/json")
        assert answer.json
        assert answer.json["type"] == "/problems/invalid-fields"
        assert answer.json["errors"]


@pytest.mark.parametrize("path", POSTS)
def test_another_content_type_is_refused(machine: Machine, path: str) -> None:
    for content_type in ("", "text/plain", "application/x-ndjson", "application/x-www-form-urlencoded"):
        machine.call("POST", path, 415, data=b"{}", content_type=content_type)


def test_a_stream_of_another_content_type_or_coding_is_refused(machine: Machine) -> None:
    machine.call("PUT", "/items", 415, data=b"{}", content_type="application/json")
    machine.call("PUT", "/items", 415, data=b"{}")
    headers = {"Authorization": f"Bearer {machine.token}", "Content-Encoding": "gzip"}
    machine.call("PUT", "/items", 415, data=b"{}", content_type="application/x-ndjson", headers=headers)
    machine.call("PUT", "/items", 200, data=b"", content_type="application/x-ndjson; charset=utf-8")


BAD_QUESTIONS: tuple[tuple[dict[str, object], str], ...] = (
    ({"colour": "red"}, "#/questions/1/colour"),
    ({"a/b~c d": 1}, "#/questions/1/a~1b~0c%20d"),
    ({"\ud800": 1}, "#/questions/1"),
    ({"item": ""}, "#/questions/1/item"),
    ({"item": "x" * 201}, "#/questions/1/item"),
    ({"item": "a\x00b"}, "#/questions/1/item"),
    ({"item": "a\nb"}, "#/questions/1/item"),
    ({"item": "\ud800"}, "#/questions/1/item"),
    ({"item": 7}, "#/questions/1/item"),
    ({"item": None}, "#/questions/1/item"),
    ({"request": 7}, "#/questions/1/request"),
    ({"request": "x" * 61}, "#/questions/1/request"),
    ({"scope": ["share.icc"]}, "#/questions/1/scope"),
    ({"scope": "share.nobody"}, "#/questions/1/scope"),
    ({"scope": "mhpss.case"}, "#/questions/1/scope"),
    ({"scope": "contact.followup", "recipient": "alder"}, "#/questions/1/scope"),
    ({"recipient": "nobody"}, "#/questions/1/recipient"),
    ({"recipient": "lt-prosecution"}, "#/questions/1/recipient"),
)


def test_one_bad_question_refuses_the_call_with_the_pointer_to_it(machine: Machine) -> None:
    for changed, pointer in BAD_QUESTIONS:
        problem = machine.post("/decisions", {"questions": [QUESTION, {**QUESTION, **changed}]}, 422)
        assert pointers(problem) == [pointer]


def test_each_bad_field_has_its_pointer(machine: Machine) -> None:
    asked = {"questions": [{"item": 1}, "x", QUESTION], "at": "now", "min_revision": -1, "more": {}}
    assert pointers(machine.post("/decisions", asked, 422)) == [
        "#/questions/0/item",
        "#/questions/0/scope",
        "#/questions/0/recipient",
        "#/questions/1",
        "#/at",
        "#/min_revision",
        "#/more",
    ]
    bad = [{**QUESTION, "scope": "x"}, QUESTION, {**QUESTION, "recipient": "lt-prosecution"}]
    problem = machine.post("/decisions", {"questions": bad}, 422)
    assert problem["type"] == "/problems/unknown-scope"
    assert pointers(problem) == ["#/questions/0/scope", "#/questions/2/recipient"]


NO_TIMES = (
    "",
    "yesterday",
    "2026-01-01",
    "2026-01-01T00:00:00",
    "20260101T000000Z",
    "2026-W01-1T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-01T00:00:60Z",
    "2026-01-01T00:00:00+25:00",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "２０２６-01-01T00:00:00Z",
    "2026-01-01T00:00:00Z\n",
    0,
    True,
)


@pytest.mark.parametrize("name", ["at", "known_at"])
def test_a_time_that_cannot_be_read_is_refused(machine: Machine, name: str) -> None:
    for value in NO_TIMES:
        problem = machine.post("/decisions", {"questions": [QUESTION], name: value}, 422)
        assert pointers(problem) == [f"#/{name}"]


def test_a_time_in_the_future_is_refused(machine: Machine) -> None:
    future = {"at": "2999-01-01T00:00:00Z", "known_at": "9999-12-31T23:59:59.999999Z"}
    problem = machine.post("/decisions", {"questions": [QUESTION], **future}, 422)
    assert problem["type"] == "/problems/in-the-future"
    assert pointers(problem) == ["#/at", "#/known_at"]


def test_a_revision_is_a_whole_number(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.stores.views._PATIENCE", 0)
    for value in (True, 1.0, "1", [], -1):
        machine.post("/decisions", {"questions": [QUESTION], "min_revision": value}, 422)
    machine.post("/decisions", {"questions": [QUESTION], "min_revision": 2**63}, 409)


def test_more_than_fifty_thousand_questions_are_too_many(machine: Machine) -> None:
    assert len(machine.post("/decisions", {"questions": [QUESTION] * 50_000})["answers"]) == 50_000
    assert machine.post("/decisions", {"questions": [QUESTION] * 50_001}, 413)["type"] == "/problems/too-large"


def test_a_body_without_measure_is_too_large(machine: Machine) -> None:
    machine.call("POST", "/decisions", 413, data=b" " * (bodies.LARGEST_BODY + 1), content_type="application/json")
    endless = {"wsgi.input": Endless(), "wsgi.input_terminated": True}
    machine.call("POST", "/decisions", 413, content_type="application/json", environ_overrides=endless)


class Endless:
    def read(self, size: int = -1) -> bytes:
        return b" " * size


def test_a_body_full_of_faults_gets_a_measured_answer(machine: Machine) -> None:
    problem = machine.post("/decisions", {"questions": [{"item": 1}] * 50_000}, 422)
    assert len(problem["errors"]) <= 1000
    unknown = machine.post("/decisions", {str(number): 1 for number in range(100_000)}, 422)
    assert pointers(unknown) == ["#"]
    machine.post("/decisions", {"questions": [{**QUESTION, "scope": "x"}] * 50_000}, 422)
    echoed = machine.post("/decisions", {"x" * 100_000: 1}, 422)
    assert len(json.dumps(echoed)) < 1000


BAD_SELECTIONS: tuple[tuple[dict[str, object], str], ...] = (
    ({"scope": "share.nobody"}, "#/scope"),
    ({"scope": "mhpss.refer"}, "#/scope"),
    ({"recipient": "nobody"}, "#/recipient"),
    ({"recipient": "public"}, "#/recipient"),
    ({"outcome": "maybe"}, "#/outcome"),
    ({"kinds": ["Photo"]}, "#/kinds/0"),
    ({"kinds": ["photo\n"]}, "#/kinds/0"),
    ({"kinds": "photo"}, "#/kinds"),
    ({"more": 1}, "#/more"),
)


def test_a_bad_selection_is_refused_before_anything_is_sent(machine: Machine) -> None:
    for changed, pointer in BAD_SELECTIONS:
        assert pointers(machine.post("/selections", {**SELECTION, **changed}, 422)) == [pointer]


BAD_QUERIES = (
    ("after=1", "#/query/after"),
    ("after=9223372036854775807", "#/query/after"),
    ("after=99999999999999999999999", "#/query/after"),
    (f"after={'9' * 3000}", "#/query/after"),
    ("after=-1", "#/query/after"),
    ("after=", "#/query/after"),
    ("after=x", "#/query/after"),
    ("after=0x1", "#/query/after"),
    ("after=1_0", "#/query/after"),
    ("after=%2B0", "#/query/after"),
    ("after=0.0", "#/query/after"),
    ("after=%D9%A0", "#/query/after"),
    ("after=0&after=0", "#/query/after"),
    ("wait=31", "#/query/wait"),
    ("wait=-1", "#/query/wait"),
    ("wait=nan", "#/query/wait"),
    ("wait=inf", "#/query/wait"),
    ("wait=1e999", "#/query/wait"),
    ("limit=0", "#/query/limit"),
    ("limit=1001", "#/query/limit"),
    ("view=all", "#/query/view"),
    ("view=", "#/query/view"),
    ("colour=red", "#/query/colour"),
    ("%00=1", "#/query/%00"),
)


def test_a_bad_query_is_refused_with_the_pointer_to_it(machine: Machine) -> None:
    for query, pointer in BAD_QUERIES:
        assert pointers(machine.get(f"/changes?{query}", 422)) == [pointer]


def test_a_query_where_none_is_known_is_refused(machine: Machine) -> None:
    assert pointers(machine.get("/catalogue?after=0", 422)) == ["#/query/after"]


def test_what_was_never_sent_cannot_be_acknowledged(machine: Machine) -> None:
    for cursor in (1, 2**63, -1, True, "0", 0.0, None):
        problem = machine.post("/changes/ack", {"cursor": cursor, "applied_at": "2026-01-01T00:00:00Z"}, 422)
        assert pointers(problem) == ["#/cursor"]


BAD_FIELDS: dict[str, list[object]] = {
    "item": ["", "x" * 201, "a\x00b", "a\tb", "\x85", "\ud800", 1, None, ["F-1"], {"item": "F-1"}],
    "kind": ["", "Photo", "1photo", "x" * 41, "photo\n", "фото", "a b", None, 1],
    "sha256": ["", "ab", "AB" * 32, "gg" * 32, "ab" * 33, 1, False],
    "no_data_subject": [None, 0, "false", []],
    "sources": [None, "F-2", [""], [None], ["x" * 201], ["\ud800"], ["s"] * 1001, {"0": "F-2"}],
    "subjects": [
        None,
        "V-1",
        [None],
        [1],
        [[]],
        [{}],
        [""],
        ["x" * 201],
        ["a\x00"],
        ["p"] * 1001,
        [{"person": ""}],
        [{"person": "x" * 201}],
        [{"person": "\udfff"}],
        [{"person": None}],
        [{"subject": "p", "role": "suspect"}],
        [{"person": "p", "role": None}],
        [{"person": "p", "basis": ""}],
        [{"person": "p", "basis": "b\n"}],
    ],
}


@pytest.mark.parametrize("name", BAD_FIELDS)
def test_a_bad_field_rejects_its_line_alone(machine: Machine, name: str) -> None:
    bad = [{"item": "F-1", "kind": "photo", name: value} for value in BAD_FIELDS[name]]
    answer = machine.put(*bad, {"item": "F-2", "kind": "photo"})
    assert [each["line"] for each in answer["rejected"]] == list(range(1, len(bad) + 1))
    assert {each["type"] for each in answer["rejected"]} <= {"invalid-field", "missing-field"}
    assert answer["accepted"] == 1


HOSTILE_LINES = (
    (b"{", "invalid-json"),
    (b"\xff", "invalid-json"),
    (b"\x00", "invalid-json"),
    (b'{"item": "F-1", "kind": "photo", "kind": "photo"}', "invalid-json"),
    (b'{"item": NaN, "kind": "photo"}', "invalid-json"),
    (b'{"item": "a\nb", "kind": "photo"}'.replace(b"\n", b"\x0b"), "invalid-json"),
    (b"[" * 60_000, "invalid-json"),
    (b'{"item": ' + b"1" * 5000 + b"}", "invalid-json"),
    (b"{} {}", "invalid-json"),
    (b"\xef\xbb\xbf{}", "invalid-json"),
    (b"[]", "invalid-field"),
    (b"null", "invalid-field"),
    (b'"F-1"', "invalid-field"),
    (b"{}", "missing-field"),
    (b'{"item": "F-1", "kind": "photo", "": 1}', "unknown-field"),
    (b'{"item": "F-1", "kind": "photo", "subjects": [{"person": "a", "subject": "b"}]}', "unknown-field"),
    (b"{" + b",".join(b'"%d":1' % n for n in range(2000)) + b"}", "unknown-field"),
    (b" " * (bodies.LONGEST_LINE + 1), "line-too-long"),
    (b"x" * 10_000_000, "line-too-long"),
)


def test_a_hostile_line_is_rejected_alone(machine: Machine) -> None:
    good = {"item": "F-2", "kind": "photo"}
    machine.put(good)
    for line, refusal in HOSTILE_LINES:
        answer = machine.put(good, line, good)
        assert [(each["line"], each["type"]) for each in answer["rejected"]] == [(2, refusal)]
        assert answer["unchanged"] == 2
        assert [each["type"] for each in machine.put(line)["rejected"]] == [refusal]


def test_a_line_of_the_greatest_length_goes_in(machine: Machine) -> None:
    line = json.dumps({"item": "F-1", "kind": "photo"}).encode()
    answer = machine.put(
        line + b" " * (bodies.LONGEST_LINE - len(line)), line + b" " * (bodies.LONGEST_LINE + 1 - len(line))
    )
    assert (answer["accepted"], [each["line"] for each in answer["rejected"]]) == (1, [2])


class Trickle:
    """A body that comes in pieces of any size, as chunked transfer has it."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int = -1) -> bytes:
        return next(self._pieces, b"")


def test_lines_are_whole_however_the_body_is_cut(machine: Machine) -> None:
    lines = [*({"item": f"F-{n}", "kind": "photo", "subjects": [{"person": "é" * 50}]} for n in range(3)), {}]
    sent = b"\n".join(json.dumps(line, ensure_ascii=False).encode() for line in lines)
    for step in (1, 7, 1000):
        pieces = (sent[start : start + step] for start in range(0, len(sent), step))
        overrides = {"wsgi.input": Trickle(pieces), "wsgi.input_terminated": True}
        answer = machine.call("PUT", "/items", content_type="application/x-ndjson", environ_overrides=overrides).json
        assert answer
        assert (answer["accepted"] + answer["unchanged"], [each["line"] for each in answer["rejected"]]) == (3, [4])


def test_a_stream_that_breaks_off_keeps_what_went_in(machine: Machine, consortium: Consortium) -> None:
    def broken() -> Iterator[bytes]:
        yield b"".join(b'{"item": "F-%d", "kind": "photo"}\n' % number for number in range(600))
        raise OSError("gone")

    overrides = {"wsgi.input": Trickle(broken()), "wsgi.input_terminated": True}
    answer = machine.call("PUT", "/items", 400, content_type="application/x-ndjson", environ_overrides=overrides).json
    assert answer
    assert answer["type"] == "/problems/broken-body"
    with consortium.database.reading() as session:
        assert session.get_one(evidence_stores.Store, machine.store.id).cursor == 500


def test_half_a_million_bad_lines_are_each_reported(machine: Machine) -> None:
    answer = machine.call("PUT", "/items", data=b"x\n" * 500_000, content_type="application/x-ndjson").json
    assert answer
    assert len(answer["rejected"]) == 500_000
    assert answer["rejected"][-1]["line"] == 500_000


@pytest.mark.parametrize("error", [OperationalError("SELECT", {}, Exception("secret")), KeyUnknown("secret")])
def test_an_unreadable_state_is_503_and_never_a_permit(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fail(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr("consent.ledger.stores.authenticate", fail)
    for method, path in CALLS:
        answer = machine.call(method, path, 503)
        assert int(answer.headers["Retry-After"]) > 0
        assert "secret" not in answer.text
    assert "secret" not in caplog.text


def test_a_broken_database_is_503(machine: Machine, consortium: Consortium) -> None:
    machine.put({"item": "F-1", "kind": "photo", "no_data_subject": True})
    with consortium.database.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE item_links RENAME TO gone")
    machine.call("POST", "/decisions", 503, json={"questions": [QUESTION]})


def test_an_error_of_ours_shows_no_trace(api: Flask, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("portal.stores.offer.catalogue", fail)
    answer = machine.call("GET", "/catalogue", 500)
    assert "secret" not in answer.text
    assert answer.json
    assert answer.json["type"] == "/problems/internal"


def test_elsewhere_errors_stay_as_they_are(api: Flask, machine: Machine) -> None:
    answer = machine.client.get("/nowhere")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_the_whole_portal_answers_stores_alike(app: Flask, consortium: Consortium) -> None:
    whole = Machine(app, consortium.database, consortium.store)
    whole.call("GET", "/nowhere", 404)
    whole.call("DELETE", "/items", 405)
    whole.call("GET", "/catalogue", 401, headers={})
    whole.call("POST", "/decisions", 415, data=b"")
    long = [{"item": f"F-{number}", "kind": "photo", "subjects": [{"person": "x" * 200}] * 5} for number in range(1500)]
    assert whole.put(*long)["accepted"] == 1500
    large = {"questions": [{**QUESTION, "item": "x" * 200}] * 5000}
    assert len(whole.post("/decisions", large)["answers"]) == 5000
    assert whole.call("GET", "/openapi.json", headers={}).json
    assert whole.client.get(f"{PREFIX}/catalogue").headers["Cache-Control"] == "no-store"
