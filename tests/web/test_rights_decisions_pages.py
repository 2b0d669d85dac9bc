"""The officer's pages say what is decided and not in effect yet, and what hinders a letter from going."""

from datetime import timedelta

import pytest
from flask import Flask

from consent.rights import decisions, handling, letters, receiving, restriction, store_tasks
from consent.rights.requests import RightsRequest
from portal.access.accounts import Role
from portal.casework import answering
from tests.consortium import Consortium
from tests.web.people import Browser, letter_waiting, send_decision, staff, survivor
from vault import clock

WAITS = "decided: its letter waits for you"


@pytest.fixture
def anna(consortium: Consortium) -> str:
    person = consortium.enrol("V-1")
    consortium.answer(person, "granted", "share.icc", "record.interview")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    return person


@pytest.fixture
def officer(app: Flask, consortium: Consortium) -> Browser:
    return staff(app, consortium, Role.DPO)


def asked_for(consortium: Consortium, right: str, person: str) -> RightsRequest:
    with consortium.database.writing() as session:
        received = receiving.Received(right, "portal", "en", "", subject_id=person)
        return receiving.receive(session, "alder", received, person)


def test_what_is_decided_waits_for_the_officer_until_its_letter_goes(
    app: Flask, consortium: Consortium, anna: str, officer: Browser
) -> None:
    asked = asked_for(consortium, "access", anna)
    address = f"/protection/requests/{asked.reference}"
    officer.get(address)
    assert "takes effect when its letter is sent" in officer.post(
        f"{address}/decide", outcome="refused", ground="12(5)", reason="a reason"
    )
    person = survivor(app, consortium, anna)
    assert "It is answered" not in person.get(f"/my/requests/{asked.reference}")
    assert "decided" not in person.get(f"/my/requests/{asked.reference}")
    for page in ("/protection/", "/protection/requests/"):
        assert WAITS in officer.get(page)
    letter, words = letter_waiting(officer, address)
    assert "a reason" in words["text"]
    assert "takes effect when this letter is sent" in officer.get(letter)
    officer.post(letter, **words)
    assert "takes effect when its letter is sent" in officer.get(address)
    page = send_decision(officer, address)
    assert "takes effect when its letter is sent" not in page
    assert "refused" in page
    for address in ("/protection/", "/protection/requests/?state=all"):
        assert WAITS not in officer.get(address)
    assert "It is answered" in person.get(f"/my/requests/{asked.reference}")


def test_a_refusal_is_decided_with_its_reason_or_in_the_letter_that_is_the_same_for_everybody(
    consortium: Consortium, anna: str, officer: Browser
) -> None:
    asked = asked_for(consortium, "access", anna)
    address = f"/protection/requests/{asked.reference}"
    officer.get(address)
    assert "Write the reason" in officer.post(f"{address}/decide", 422, outcome="refused", ground="12(5)")
    officer.post(f"{address}/decide", outcome="refused", ground="12(5)", neither="y")


def test_a_decision_is_withdrawn_with_its_draft_or_replaced_by_who_has_seen_it(
    consortium: Consortium, anna: str, officer: Browser
) -> None:
    asked = asked_for(consortium, "access", anna)
    address = f"/protection/requests/{asked.reference}"
    officer.get(address)
    officer.post(f"{address}/extend", reason="much")
    letter, _words = letter_waiting(officer, address)
    assert "Read what waits now" in officer.post(f"{address}/extend", 409, reason="my careful words")
    assert "my careful words" in (officer.page.text if officer.page else "")
    with consortium.database.reading() as session:
        waits = decisions.waiting(session, asked)
        assert waits is not None
    officer.post(f"{address}/withdraw", instead_of=waits.id)
    assert "Read what waits now" in officer.post(f"{address}/withdraw", 409, instead_of=waits.id)
    gone = officer.post(letter, 409, send="1", subject="s", text="my careful words")
    assert "withdrawn or replaced" in gone
    assert "my careful words" in gone
    officer.get(letter, status=404)
    with consortium.database.reading() as session:
        assert letters.of_request(session, asked) == []


def test_a_letter_that_comes_too_late_is_refused_with_a_reason_and_keeps_its_words(
    app: Flask, consortium: Consortium, anna: str, officer: Browser
) -> None:
    asked = asked_for(consortium, "access", anna)
    address = f"/protection/requests/{asked.reference}"
    officer.get(address)
    officer.post(f"{address}/extend", reason="much")
    with clock.moved_to(clock.now() + timedelta(days=40)):
        late = staff(app, consortium, Role.DPO)
        letter, words = letter_waiting(late, address)
        page = late.post(letter, 409, send="1", **words | {"text": "my careful words"})
        assert "cannot be extended any more" in page
        assert "my careful words" in page
        assert "overdue" in late.get(address)
        with consortium.database.reading() as session:
            assert not session.get_one(RightsRequest, asked.id).extended


@pytest.mark.parametrize(
    "template", ["refused", "extension", "erased", "access", "neither", "erasure_begun", "no such"]
)
def test_a_letter_that_tells_of_a_decision_is_not_drafted_beside_one(
    consortium: Consortium, anna: str, officer: Browser, template: str
) -> None:
    asked = asked_for(consortium, "access", anna)
    officer.get(f"/protection/requests/{asked.reference}")
    officer.post(f"/protection/requests/{asked.reference}/letters/{template}/draft", 404)
    officer.get(f"/protection/requests/{asked.reference}")
    officer.post(f"/protection/requests/{asked.reference}/letters/received/draft")


def test_nothing_is_ordered_before_the_letter_about_a_correction_goes(
    consortium: Consortium, anna: str, officer: Browser
) -> None:
    asked = asked_for(consortium, "rectification", anna)
    address = f"/protection/requests/{asked.reference}"
    officer.get(address)
    officer.post(f"{address}/correct", reason="3 May")
    with consortium.database.reading() as session:
        assert store_tasks.of_request(session, asked) == []
    assert "/correct" in officer.get(address)
    assert "/correct" not in send_decision(officer, address)
    with consortium.database.reading() as session:
        assert [task.kind for task in store_tasks.of_request(session, asked)] == ["rectify"]


def test_a_restriction_that_is_answered_can_still_be_ended(
    app: Flask, consortium: Consortium, anna: str, officer: Browser
) -> None:
    asked = asked_for(consortium, "restriction", anna)
    address = f"/protection/requests/{asked.reference}"
    officer.get(address)
    officer.post(f"{address}/rest")
    assert "granted" in send_decision(officer, address)
    officer.post(f"{address}/tell-ending", 422, reason="")
    officer.post(f"{address}/tell-ending", reason="the court has decided")
    with clock.moved_to(clock.now() + timedelta(days=8)):
        later = staff(app, consortium, Role.DPO)
        assert f"{address}/lift" in later.get(address)
        assert f"{address}/lift" not in later.post(f"{address}/lift")


def test_what_rests_for_a_request_that_is_no_more_needs_the_officer_today(
    app: Flask, consortium: Consortium, anna: str, officer: Browser
) -> None:
    asked = asked_for(consortium, "restriction", anna)
    with consortium.database.writing() as session:
        restriction.restrict(session, session.get_one(RightsRequest, asked.id), [], "officer")
    assert "still rests" not in officer.get("/protection/")
    with consortium.database.writing() as session:
        handling.end(session, session.get_one(RightsRequest, asked.id), anna)
    assert f"{asked.reference} was not granted, and what it asked for still rests" in officer.get("/protection/")
    address = f"/protection/requests/{asked.reference}"
    officer.get(address)
    officer.post(f"{address}/tell-ending", reason="it was taken back")
    with clock.moved_to(clock.now() + timedelta(days=8)):
        later = staff(app, consortium, Role.DPO)
        later.post(f"{address}/lift")
        assert "still rests" not in later.get("/protection/")


def test_an_objection_is_upheld_or_weighed_and_its_letter_names_the_ground(
    consortium: Consortium, anna: str, officer: Browser
) -> None:
    asked = asked_for(consortium, "objection", anna)
    address = f"/protection/requests/{asked.reference}"
    officer.get(address)
    officer.post(f"{address}/uphold")
    with consortium.database.reading() as session:
        waits = decisions.waiting(session, asked)
        assert waits is not None
    officer.post(f"{address}/go-on", reason="a trial", instead_of=waits.id)
    _, words = letter_waiting(officer, address)
    assert "21(1)" in words["text"]
    assert "a trial" in words["text"]
    assert "refused" in send_decision(officer, address)


def test_an_erasure_that_an_officer_begins_is_told_to_the_person_once(
    consortium: Consortium, anna: str, officer: Browser
) -> None:
    asked = asked_for(consortium, "erasure", anna)
    officer.get(f"/protection/requests/{asked.reference}")
    for _ in range(2):
        officer.post(f"/protection/requests/{asked.reference}/begin-erasure")
    with consortium.database.reading() as session:
        assert [letter.template for letter in letters.of_request(session, asked, sent_only=True)] == ["erasure_begun"]


def test_an_answer_that_something_is_done_waits_for_the_deed(
    consortium: Consortium, anna: str, officer: Browser
) -> None:
    for right in ("access", "rectification", "restriction", "objection"):
        asked = asked_for(consortium, right, anna)
        address = f"/protection/requests/{asked.reference}"
        officer.get(address)
        officer.post(f"{address}/decide", 409, outcome="granted")
        officer.post(f"{address}/decide", 409, outcome="partly", ground="12(5)", reason="x")
        with consortium.database.reading() as session:
            assert letters.of_request(session, asked) == []


def test_who_looks_at_a_letter_while_another_sends_it_is_told(
    consortium: Consortium, anna: str, officer: Browser
) -> None:
    asked = asked_for(consortium, "access", anna)
    address = f"/protection/requests/{asked.reference}"
    officer.get(address)
    officer.post(f"{address}/decide", outcome="refused", ground="12(5)", reason="x")
    letter, words = letter_waiting(officer, address)
    with consortium.database.writing() as session:
        request = session.get_one(RightsRequest, asked.id)
        answering.send_letter(session, request, letter.rsplit("/", 1)[1], **words, author="another")
    assert "Somebody else has sent" in officer.post(letter, 409, send="1", **words)
