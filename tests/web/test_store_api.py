"""The store protocol: what each call answers, to the letter."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from consent.deciding import registration
from consent.ledger import stores as evidence_stores
from consent.people import persons
from portal import serve
from portal.stores import feed_schemas, schemas, waking
from tests.consortium import Consortium
from tests.web.conftest import Machine
from vault import clock


def minute() -> str:
    return clock.to_the_minute(clock.now())


def test_registering_counts_what_was_new_and_what_was_not(machine: Machine, consortium: Consortium) -> None:
    consortium.enrol("V-1")
    lines = (
        {"item": "F-1", "kind": "medical", "subjects": ["V-1"]},
        {"item": "F-2", "kind": "photo", "sources": ["F-1"]},
    )
    first = machine.put(*lines)
    assert first == {"accepted": 2, "unchanged": 0, "rejected": [], "revision": 2}
    assert machine.put(*lines, lines[0]) == {"accepted": 0, "unchanged": 3, "rejected": [], "revision": 2}


def test_a_whole_line_with_every_field_comes_back_as_it_was_registered(
    machine: Machine, consortium: Consortium
) -> None:
    consortium.enrol("V-1")
    line = {
        "item": "F-1",
        "kind": "open_source",
        "subjects": ["V-1", {"person": "face-88", "role": "depicted", "basis": "consent"}],
        "sources": ["F-0"],
        "no_data_subject": False,
        "sha256": "ab" * 32,
    }
    machine.put(line)
    shown = machine.get("/items/F-1")
    assert schemas.Item.model_validate(shown)
    assert {name: shown[name] for name in ("item", "kind", "sources", "no_data_subject", "sha256")} == {
        name: line[name] for name in ("item", "kind", "sources", "no_data_subject", "sha256")
    }
    assert sorted((each["role"], each["basis"]) for each in shown["subjects"]) == [
        ("depicted", "consent"),
        ("interviewee", "consent"),
    ]
    assert all(each["subject"].startswith("p_") for each in shown["subjects"])
    assert shown["outcomes"]["share.icc"] == {"outcome": "deny", "code": "unknown_item"}
    assert list(shown["outcomes"]) == machine.store.scopes


def test_each_way_of_naming_somebody_names_the_same_person(machine: Machine, consortium: Consortium) -> None:
    consortium.enrol("V-1")
    consortium.enrol("V-1", organisation="birch")
    machine.put({"item": "A", "kind": "photo", "subjects": ["alder/V-1"]})
    name = machine.pseudonym("A")
    machine.put(
        {"item": "B", "kind": "photo", "subjects": [name]},
        {"item": "C", "kind": "photo", "subjects": [{"subject": name}]},
        {"item": "D", "kind": "photo", "subjects": [{"person": "own key"}]},
        {"item": "E", "kind": "photo", "subjects": [{"person": "own key", "role": "depicted"}]},
    )
    assert machine.pseudonym("B") == machine.pseudonym("C") == name
    assert machine.pseudonym("D") == machine.pseudonym("E") != name


def test_each_bad_line_is_reported_by_its_number_and_the_rest_goes_in(
    machine: Machine, other_machine: Machine, consortium: Consortium
) -> None:
    consortium.enrol("V-1")
    consortium.enrol("V-1", organisation="birch")
    good = {"item": "F", "kind": "photo"}
    answer = machine.put(
        good,
        b"",
        b"  \r",
        b"{",
        {**good, "item": "F-1", "colour": "red"},
        {**good, "item": ""},
        {**good, "subjects": ["V-1"]},
        {**good, "subjects": ["V-2"]},
        {**good, "subjects": [{"person": "x", "basis": "osint"}]},
        {**good, "subjects": [{"person": "x"}], "no_data_subject": True},
        {**good, "sources": ["F"]},
        {"item": "F-2"},
        {**good, "item": "F-3"},
    )
    assert answer["accepted"] == 2
    assert [(each["line"], each["type"]) for each in answer["rejected"]] == [
        (4, "invalid-json"),
        (5, "unknown-field"),
        (6, "invalid-field"),
        (7, "ambiguous-subject"),
        (8, "unknown-subject"),
        (9, "unknown-basis"),
        (10, "declared-with-people"),
        (11, "circle-of-sources"),
        (12, "missing-field"),
    ]
    assert all(set(each) == {"line", "type", "title"} for each in answer["rejected"])
    assert "kind" in answer["rejected"][-1]["title"]
    declared = other_machine.put({**good, "no_data_subject": True})
    assert [each["type"] for each in declared["rejected"]] == ["may-not-declare"]


def test_every_fault_of_the_domain_has_its_words() -> None:
    from portal.stores import intake

    assert intake._TITLES.keys() == set(registration.Fault)


def test_a_long_stream_goes_in_by_parts_and_keeps_its_numbers(machine: Machine) -> None:
    lines = [b'{"item": "F-%d", "kind": "photo", "no_data_subject": true}' % number for number in range(1, 1203)]
    lines[0] = lines[700] = lines[1201] = b"nonsense"
    answer = machine.put(*lines)
    assert (answer["accepted"], answer["unchanged"], answer["revision"]) == (1199, 0, 1199)
    assert [each["line"] for each in answer["rejected"]] == [1, 701, 1202]


@pytest.mark.parametrize("name", ["a/b", "/a", "a//b", "a/", "100 %", "ü?#&=+", "..", "日本", "'; DROP TABLE items"])
def test_an_item_may_be_called_anything_printable(machine: Machine, name: str) -> None:
    machine.put({"item": name, "kind": "photo"})
    assert machine.get(f"/items/{quote(name, safe='')}")["item"] == name
    assert machine.ask(name)["item"] == name


def test_another_stores_item_is_not_there(machine: Machine, other_machine: Machine) -> None:
    machine.put({"item": "F-1", "kind": "photo", "sources": ["F-0"]})
    other_machine.call("GET", "/items/F-1", 404)
    machine.call("GET", "/items/F-0", 404)
    assert other_machine.ask("F-1")["reasons"] == [{"subject": None, "code": "unknown_item"}]
    assert other_machine.get("/changes")["changes"] == []


def test_two_stores_know_one_person_by_two_names(
    machine: Machine, other_machine: Machine, consortium: Consortium
) -> None:
    consortium.enrol("V-1")
    for each in (machine, other_machine):
        each.put({"item": "F-1", "kind": "photo", "subjects": ["V-1"]})
    assert machine.pseudonym("F-1") != other_machine.pseudonym("F-1")
    answer = other_machine.put({"item": "F-2", "kind": "photo", "subjects": [machine.pseudonym("F-1")]})
    assert answer["rejected"][0]["type"] == "unknown-subject"


def test_decisions_come_in_order_with_obligations_and_pseudonyms(machine: Machine, consortium: Consortium) -> None:
    anna, boris = consortium.enrol("V-1"), consortium.enrol("V-2")
    consortium.answer(anna, "granted", "share.icc", identity="anonymised")
    consortium.answer(boris, "ask_first", "share.icc")
    machine.put(
        {"item": "F-1", "kind": "photo", "subjects": ["V-1"]}, {"item": "F-2", "kind": "photo", "subjects": ["V-2"]}
    )
    questions = [
        {"item": "F-2", "scope": "share.icc", "recipient": "icc-otp", "request": None},
        {"item": "F-1", "scope": "share.icc", "recipient": "icc-otp"},
        {"item": "F-3", "scope": "share.un", "recipient": "un-experts"},
    ]
    asked = {"questions": questions, "at": None, "known_at": None, "min_revision": None}
    answer = machine.post("/decisions", asked)
    assert schemas.Answers.model_validate(answer)
    permitted = {"subject": machine.pseudonym("F-1"), "code": "granted"}
    assert answer == {
        "revision": 4,
        "answers": [
            {
                "item": "F-2",
                "scope": "share.icc",
                "recipient": "icc-otp",
                "outcome": "ask",
                "obligations": [],
                "reasons": [{"subject": machine.pseudonym("F-2"), "code": "ask_first"}],
            },
            {
                "item": "F-1",
                "scope": "share.icc",
                "recipient": "icc-otp",
                "outcome": "permit",
                "obligations": [{"identity": "anonymised"}],
                "reasons": [permitted],
            },
            {
                "item": "F-3",
                "scope": "share.un",
                "recipient": "un-experts",
                "outcome": "deny",
                "obligations": [],
                "reasons": [{"subject": None, "code": "unknown_item"}],
            },
        ],
    }


def test_what_was_allowed_then_can_be_asked_as_known_then(machine: Machine, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    machine.put({"item": "F-1", "kind": "photo", "subjects": ["V-1"]})
    now = clock.now()
    consortium.answer(anna, "granted", "share.icc", at=now - timedelta(days=9))
    before = clock.now()
    consortium.withdraw(anna, "share.icc", said_at=now - timedelta(days=3))
    question = {"questions": [{"item": "F-1", "scope": "share.icc", "recipient": "icc-otp"}]}
    two_days_ago = clock.rfc3339(now - timedelta(days=2))

    def outcome(**as_of: str) -> str:
        return str(machine.post("/decisions", {**question, **as_of})["answers"][0]["outcome"])

    assert outcome() == "deny"
    assert outcome(at=two_days_ago) == "deny"
    assert outcome(at=two_days_ago, known_at=clock.rfc3339(before)) == "permit"
    assert outcome(at=(now - timedelta(days=4)).isoformat()) == "permit"
    assert outcome(known_at="0001-01-01T00:00:00Z") == "deny"


def test_a_withdrawal_denies_at_once_and_its_revision_can_be_demanded(
    machine: Machine, consortium: Consortium, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.stores.views._PATIENCE", 0.2)
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc")
    machine.put({"item": "F-1", "kind": "photo", "subjects": ["V-1"]})
    assert machine.ask("F-1")["outcome"] == "permit"
    consortium.withdraw(anna, "share.icc")
    assert machine.ask("F-1")["reasons"] == [{"subject": machine.pseudonym("F-1"), "code": "withdrawn"}]
    questions = {"questions": [{"item": "F-1", "scope": "share.icc", "recipient": "icc-otp"}]}
    assert machine.post("/decisions", {**questions, "min_revision": 3})["revision"] == 3
    problem = machine.post("/decisions", {**questions, "min_revision": 4}, 409)
    assert problem["type"] == "/problems/revision-not-reached"


def test_a_revision_that_comes_in_time_is_waited_for(machine: Machine, consortium: Consortium) -> None:
    later = threading.Timer(0.4, lambda: consortium.register({"item": "F-1", "no_data_subject": True}))
    later.start()
    asked = {"questions": [{"item": "F-1", "scope": "share.icc", "recipient": "icc-otp"}], "min_revision": 1}
    answer = machine.post("/decisions", asked)
    later.join()
    assert (answer["revision"], answer["answers"][0]["outcome"]) == (1, "permit")


def test_no_questions_have_no_answers(machine: Machine) -> None:
    assert machine.post("/decisions", {"questions": []}) == {"revision": 0, "answers": []}


def test_a_selection_streams_what_may_go_and_ends_with_its_counts(machine: Machine, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc", identity="pseudonymised")
    machine.put(
        {"item": "F-1", "kind": "photo", "subjects": ["V-1"]},
        {"item": "F-2", "kind": "medical", "no_data_subject": True},
        {"item": "F-3", "kind": "medical", "sources": ["F-0"]},
    )
    wanted = {"scope": "share.icc", "recipient": "icc-otp", "outcome": "permit", "kinds": None}
    answer = machine.call("POST", "/selections", json=wanted)
    assert answer.content_type == "application/x-ndjson"
    assert answer.text == (
        '{"item": "F-1", "obligations": [{"identity": "pseudonymised"}]}\n'
        '{"item": "F-2", "obligations": []}\n'
        '{"counts": {"permit": 2, "ask": 0, "deny": 1}, "revision": 4}\n'
    )
    denied = machine.call("POST", "/selections", json={**wanted, "outcome": "deny", "kinds": ["medical"]})
    assert denied.text == (
        '{"item": "F-3", "obligations": []}\n{"counts": {"permit": 1, "ask": 0, "deny": 1}, "revision": 4}\n'
    )
    nothing = machine.call("POST", "/selections", json={**wanted, "kinds": []})
    assert nothing.text == '{"counts": {"permit": 0, "ask": 0, "deny": 0}, "revision": 4}\n'


def test_the_catalogue_shows_the_allow_list_and_who_it_is_for(machine: Machine, consortium: Consortium) -> None:
    machine.put({"item": "F-1", "kind": "satellite", "no_data_subject": True})
    shown = machine.get("/catalogue")
    assert schemas.Catalogue.model_validate(shown)
    keys = [scope["key"] for scope in shown["scopes"]]
    assert keys == machine.store.scopes
    assert not any(key.startswith(("mhpss.", "contact.")) for key in keys)
    interview = shown["scopes"][0]
    assert (interview["key"], interview["group"], interview["classes"]) == ("record.interview", "keep", ["partner"])
    assert interview["one_partner"] is True
    assert set(interview["title"]) == {"be", "ru", "en"}
    assert {"key": "icc-otp", "class": "icc", "name": {"be": "icc-otp", "ru": "icc-otp", "en": "icc-otp"}} in shown[
        "recipients"
    ]
    assert shown["kinds"][0] == "interview"
    assert shown["kinds"][-1] == "satellite"


def test_the_catalogues_version_tells_nothing_of_what_the_store_does_not_see(
    machine: Machine, consortium: Consortium
) -> None:
    from consent.catalogue import recipients

    before = machine.get("/catalogue")["version"]
    with consortium.database.writing() as session:
        recipients.enter(session, "helpers", "provider", {"en": "x", "be": "x", "ru": "x"})
    consortium.register({"item": "F-1", "kind": "rare"}, store=consortium.other_store)
    assert machine.get("/catalogue")["version"] == before
    problem = machine.post(
        "/decisions", {"questions": [{"item": "F-1", "scope": "share.icc", "recipient": "helpers"}]}, 422
    )
    assert problem["type"] == "/problems/unknown-recipient"
    assert machine.get("/changes")["changes"] == []
    with consortium.database.writing() as session:
        recipients.enter(session, "se-prosecution", "prosecution", {"en": "x", "be": "x", "ru": "x"})
    assert machine.get("/catalogue")["version"] != before
    assert machine.get("/changes")["changes"] == [{"cursor": 1, "kind": "catalogue"}]
    assert machine.get("/changes?view=items")["changes"] == []


def test_the_feed_tells_answers_and_items_in_the_protocols_words(machine: Machine, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "record.interview", "mhpss.case", "contact.followup", except_kinds=["medical"])
    machine.put({"item": "F-1", "kind": "photo", "subjects": ["V-1"]})
    name = machine.pseudonym("F-1")
    page = machine.get("/changes")
    assert feed_schemas.Changes.model_validate(page)
    now = page["changes"][0]["recorded_at"]
    assert page == {
        "changes": [
            {
                "cursor": 1,
                "kind": "answer",
                "subject": name,
                "scope": "record.interview",
                "code": "granted",
                "answer": {
                    "answer": "granted",
                    "identity": None,
                    "only_recipients": ["alder"],
                    "except_recipients": [],
                    "except_kinds": ["medical"],
                    "onward": None,
                    "valid_until": None,
                    "review_on": None,
                },
                "effective_at": page["changes"][0]["effective_at"],
                "recorded_at": now,
            },
            {
                "cursor": 2,
                "kind": "item",
                "item": "F-1",
                "item_kind": "photo",
                "subjects": {name: {"kinds": ["photo"], "basis_scopes": []}},
                "code": None,
            },
        ],
        "next": 2,
        "more": False,
        "checkpoint": page["checkpoint"],
    }
    assert now.endswith(":00Z")


def test_pages_follow_each_other_without_gap(machine: Machine) -> None:
    machine.put(*({"item": f"F-{number}", "kind": "photo"} for number in range(7)))
    seen, after = [], 0
    while True:
        page = machine.get(f"/changes?after={after}&limit=3")
        seen += [change["cursor"] for change in page["changes"]]
        after = page["next"]
        if not page["more"]:
            break
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    last = machine.get("/changes?after=7")
    assert last == {"changes": [], "next": 7, "more": False, "checkpoint": last["checkpoint"]}
    assert last["checkpoint"]["rows"] == []


def test_an_erased_person_replays_as_tombstones(machine: Machine, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc")
    machine.put({"item": "F-1", "kind": "photo", "subjects": ["V-1"]})
    with consortium.database.writing() as session:
        persons.erase(session, anna, "test")
    with consortium.database.writing() as session:
        persons.forget_key(session, anna)
    page = machine.get("/changes")
    assert feed_schemas.Changes.model_validate(page)
    assert page["changes"][0] == {"cursor": 1, "kind": "erased"}
    assert {change["code"] for change in page["changes"][2:]} == {"erased"}
    expanded = machine.get("/changes?view=items")
    assert expanded["next"] == page["next"]
    assert {change["cursor"] for change in expanded["changes"]} == set(range(2, page["next"] + 1))
    assert {change["code"] for change in expanded["changes"]} == {"erased"}


def test_the_items_view_tells_the_present_outcome_of_every_item_concerned(
    machine: Machine, consortium: Consortium
) -> None:
    anna, boris = consortium.enrol("V-1"), consortium.enrol("V-2")
    consortium.answer(anna, "granted", "share.icc")
    machine.put(
        {"item": "F-1", "kind": "photo", "subjects": ["V-1"]},
        {"item": "cut", "kind": "video", "sources": ["F-1"]},
        {"item": "other", "kind": "video", "subjects": ["V-2"]},
    )
    head = machine.get("/changes")["next"]
    said = clock.now() - timedelta(minutes=3)
    consortium.answer(boris, "granted", "share.un")
    consortium.withdraw(anna, "share.icc", said_at=None)
    consortium.answer(anna, "granted", "share.icc", at=said)
    page = machine.get(f"/changes?after={head}&view=items")
    assert feed_schemas.Changes.model_validate(page)
    changes = [
        (each["cursor"] - head, each["item"], each["scope"], each["outcome"], each["code"]) for each in page["changes"]
    ]
    assert changes == [
        (1, "other", "share.un", "permit", "granted"),
        (2, "F-1", "share.icc", "deny", "withdrawn"),
        (2, "cut", "share.icc", "deny", "withdrawn"),
        (3, "F-1", "share.icc", "deny", "withdrawn"),
        (3, "cut", "share.icc", "deny", "withdrawn"),
    ]
    assert set(page["changes"][0]) == {"cursor", "kind", "item", "scope", "outcome", "code", "effective_at"}
    assert page["changes"][0]["kind"] == "outcome"
    registered = machine.get(f"/changes?after={head - 1}&limit=1&view=items")
    assert registered["next"] == head
    assert registered["more"] is True
    assert [change["scope"] for change in registered["changes"]] == machine.store.scopes
    assert registered["changes"][0]["effective_at"].endswith(":00Z")


def test_the_items_view_ends_early_rather_than_without_measure(
    machine: Machine, consortium: Consortium, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.stores.changes.MOST_OUTCOMES", 10)
    machine.put(*({"item": f"F-{number}", "kind": "photo"} for number in range(3)))
    page = machine.get("/changes?view=items")
    assert (page["next"], page["more"], len(page["changes"])) == (1, True, len(machine.store.scopes))


def test_a_change_wakes_whoever_waits_for_it(
    machine: Machine, consortium: Consortium, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody looks by themselves: who is not woken is answered when the time is over.
    monkeypatch.setattr("portal.stores.callers._LOOKS_AGAIN", 60)
    later = threading.Timer(0.5, lambda: consortium.register({"item": "F-1"}))
    later.start()
    started = time.monotonic()
    page = machine.get("/changes?wait=30")
    assert time.monotonic() - started < 30
    later.join()
    assert [change["cursor"] for change in page["changes"]] == [1]


def test_waiting_in_vain_ends_with_nothing_new(machine: Machine) -> None:
    started = time.monotonic()
    assert machine.get("/changes?wait=0.3")["changes"] == []
    assert time.monotonic() - started >= 0.3


def test_an_acknowledgement_is_kept_with_both_times(machine: Machine, consortium: Consortium) -> None:
    machine.put({"item": "F-1", "kind": "photo"})
    answer = machine.call("POST", "/changes/ack", 204, json={"cursor": 1, "applied_at": "2026-01-02T03:04:05+02:00"})
    assert answer.data == b""
    with consortium.database.reading() as session:
        assert evidence_stores.acknowledged(session, machine.store.id) == 1
        (kept,) = evidence_stores.latest_acknowledgements(session, machine.store.id)
    assert clock.rfc3339(kept.applied_at) == "2026-01-02T01:04:05.000000Z"


def test_a_clock_that_is_a_little_ahead_may_acknowledge(machine: Machine) -> None:
    soon, late = clock.now() + timedelta(minutes=4), clock.now() + timedelta(minutes=6)
    machine.call("POST", "/changes/ack", 204, json={"cursor": 0, "applied_at": clock.rfc3339(soon)})
    problem = machine.post("/changes/ack", {"cursor": 0, "applied_at": clock.rfc3339(late)}, 422)
    assert problem["type"] == "/problems/in-the-future"
    assert problem["errors"][0]["pointer"] == "#/applied_at"


@contextmanager
def waiting(api: Flask, *store_ids: str) -> Iterator[None]:
    """As many calls wait as stores are named."""
    with ExitStack() as seats:
        for store_id in store_ids:
            seats.enter_context(api.extensions["watch"].seats.taken_by(store_id))
        yield


def is_told_to_come_later(answer: TestResponse) -> bool:
    return (answer.json or {})["type"] == "/problems/too-many-requests" and int(answer.headers["Retry-After"]) > 0


def test_calls_of_one_store_that_wait_leave_threads_to_all_others(
    api: Flask, machine: Machine, other_machine: Machine
) -> None:
    with waiting(api, *[machine.store.id] * waking.MOST_OF_A_STORE):
        assert is_told_to_come_later(machine.call("GET", "/changes?wait=20", 429))
        asked = {"questions": [], "min_revision": 1}
        assert is_told_to_come_later(machine.call("POST", "/decisions", 429, json=asked))
        assert machine.get("/changes")["changes"] == []
        assert other_machine.get("/changes?wait=0.1")["changes"] == []
    with waiting(api, *map(str, range(waking.MOST_TOGETHER))):
        assert is_told_to_come_later(other_machine.call("GET", "/changes?wait=20", 429))
    assert waking.MOST_TOGETHER <= serve.THREADS // 2


def test_whoever_has_waited_gives_the_seat_back(machine: Machine) -> None:
    for _ in range(waking.MOST_TOGETHER + 1):
        machine.get("/changes?wait=0.05")
    machine.put({"item": "F-1", "kind": "photo"})
    for _ in range(waking.MOST_TOGETHER + 1):
        machine.get("/changes?wait=20")
        machine.get("/changes?after=2&wait=20", 422)
