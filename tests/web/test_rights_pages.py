"""A request from the person's page or the public form to the answer in their hands, through the officer's desk."""

import io
import json
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from consent.ledger.scopes import LANGUAGES
from consent.people import concerns
from consent.rights import erasure, handling, letters, packages, receiving, requests, store_tasks
from portal.access.accounts import Role
from portal.jobs import tasks
from portal.tables import metadata
from tests.consortium import Consortium, codes
from tests.web.people import Browser, letter_waiting, send_decision, staff, survivor
from vault import clock
from vault.policy import law


@pytest.fixture
def anna(consortium: Consortium) -> str:
    person = consortium.enrol("V-1")
    consortium.answer(person, "granted", "share.icc", "record.interview")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    return person


def reference_on(browser: Browser) -> str:
    assert browser.page is not None
    found = re.search(r"R-[0-9A-Z]{4}-[0-9A-Z]{4}", browser.page.text)
    assert found
    return found[0]


def answer_orders(consortium: Consortium, result: dict[str, Any]) -> None:
    """Let every store answer what it was ordered."""
    import hashlib

    from nacl.public import PublicKey, SealedBox

    with consortium.database.writing() as session:
        for store in (consortium.store, consortium.other_store):
            for order in store_tasks.for_store(session, store.id):
                sealed = SealedBox(PublicKey(order.task.public_key)).encrypt(json.dumps(result).encode())
                store_tasks.finish(session, order.task, sealed, hashlib.sha256(sealed).hexdigest())


def test_access_goes_from_the_persons_page_to_a_file_that_is_fetched_once(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    consortium.register({"item": "../F-1", "subjects": ["V-1"]})
    person = survivor(app, consortium, anna)
    person.get("/my/requests/new/access")
    person.post("/my/requests/new/access", text="all of it")
    reference = reference_on(person)
    officer = staff(app, consortium, Role.DPO)
    assert "all of it" in officer.get(f"/protection/requests/{reference}")
    officer.post(f"/protection/requests/{reference}/collect")
    answer_orders(
        consortium, {"items": [{"item": "../F-1", "kind": "photo", "content": "QUJD", "media_type": "text/plain"}]}
    )
    assert re.search(r"missing</span></span>\s*F-1", officer.get(f"/protection/requests/{reference}"))
    officer.post(f"/protection/requests/{reference}/package")
    assert "granted" in send_decision(officer, f"/protection/requests/{reference}")
    person.get(f"/my/requests/{reference}")
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', person.page.text if person.page else "")
    assert csrf
    fetched = person.client.post(f"/my/requests/{reference}/fetch", data={"csrf_token": csrf[1]})
    with zipfile.ZipFile(io.BytesIO(fetched.data)) as archive:
        assert archive.read("files/1/0001-F-1") == b"ABC"
        assert json.loads(archive.read("notes.json"))["reference"] == reference
        page = archive.read("notes.html").decode()
        assert reference in page
        assert "though it should hold them: F-1<" in page
    again = person.client.post(f"/my/requests/{reference}/fetch", data={"csrf_token": csrf[1]})
    assert again.status_code == 302
    with consortium.database.writing() as session:
        # The package's, and that of what the store had sent.
        assert tasks._destroy_keys(session) == 2


@pytest.mark.parametrize("outcome", ["refused", "partly"])
def test_a_request_that_is_not_granted_whole_needs_its_ground(
    app: Flask, consortium: Consortium, anna: str, outcome: str
) -> None:
    person = survivor(app, consortium, anna)
    person.get("/my/requests/new/access")
    person.post("/my/requests/new/access")
    reference = reference_on(person)
    officer = staff(app, consortium, Role.DPO)
    officer.get(f"/protection/requests/{reference}")
    for ground in ({}, {"ground": ""}):
        page = officer.post(
            f"/protection/requests/{reference}/decide", 422, outcome=outcome, reason="not yours", **ground
        )
        assert page.count("govuk-error-message") == 1
        assert "not yours</textarea>" in page


def test_the_receipt_of_a_request_verifies_offline(app: Flask, consortium: Consortium, anna: str) -> None:
    from consent.proving import offline

    person = survivor(app, consortium, anna)
    person.get("/my/requests/new/access")
    person.post("/my/requests/new/access")
    receipt = json.loads(person.client.get(f"/my/requests/{reference_on(person)}/receipt").text)
    assert offline.check(receipt).kind == "receipt of a request"
    receipt["due_on"] = "2030-01-01"
    with pytest.raises(offline.NotWhole):
        offline.check(receipt)


def test_erasure_stops_at_once_and_is_done_by_two_officers_after_the_safety_period(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    person = survivor(app, consortium, anna)
    person.get("/my/requests/new/erasure")
    person.post("/my/requests/new/erasure")
    reference = reference_on(person)
    assert codes(consortium.decide("F-1")) == ["erasure_pending"]
    begun = clock.now()
    first = staff(app, consortium, Role.DPO)
    first.get(f"/protection/requests/{reference}")
    assert "too soon" in first.post(f"/protection/requests/{reference}/propose-erasure", 409, items="")
    with clock.moved_to(begun + law.ERASURE_SAFETY.default + timedelta(minutes=1)):
        first, second = staff(app, consortium, Role.DPO), staff(app, consortium, Role.DPO, "birch")
        first.get(f"/protection/requests/{reference}")
        first.post(f"/protection/requests/{reference}/propose-erasure", status=422, items="F-1")
        first.post(f"/protection/requests/{reference}/propose-erasure", items="F-9 17(3)(e)")
        assert "second person" in first.post(f"/protection/requests/{reference}/confirm-erasure", 409)
        second.get(f"/protection/requests/{reference}")
        second.post(f"/protection/requests/{reference}/confirm-erasure")
        answer_orders(consortium, {"done": ["F-1"], "kept": []})
        second.post(f"/protection/requests/{reference}/complete-erasure")
        with consortium.database.writing() as session:
            # Their own, and that of the second record which every account has.
            assert tasks._destroy_keys(session) == 2
            assert tasks._destroy_keys(session) == 0
        assert codes(consortium.decide("F-1")) == ["erased"]
        assert "F-9: 17(3)(e)" in second.get(f"/protection/requests/{reference}")
    with clock.moved_to(begun + law.ERASURE_SAFETY.default + law.ANSWER_READABLE.default + timedelta(days=1)):
        with consortium.database.writing() as session:
            assert tasks._destroy_keys(session) == 1
        staff(app, consortium, Role.DPO).get(f"/protection/requests/{reference}", status=404)
    assert consortium.faults() == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_store_that_refuses_to_erase_stands_in_the_letter_and_its_words_nowhere_in_clear(
    app: Flask, consortium: Consortium, anna: str, language: str
) -> None:
    sentence = "Нам загадана захоўваць гэта 😀"
    with consortium.database.writing() as session:
        received = receiving.Received("erasure", "portal", language, "", subject_id=anna)
        asked = receiving.receive(session, "alder", received, "x")
        erasure.begin(session, asked, "anna")
    with clock.moved_to(clock.now() + law.ERASURE_SAFETY.default + timedelta(minutes=1)):
        with consortium.database.writing() as session:
            asked = session.get_one(requests.RightsRequest, asked.id)
            erasure.propose(session, asked, {"F-9": "because we want it"}, "first")
            erasure.confirm(session, asked, "second")
            for store in (consortium.store, consortium.other_store):
                for order in store_tasks.for_store(session, store.id):
                    store_tasks.reject(session, order.task, sentence)
        officer = staff(app, consortium, Role.DPO)
        officer.get(f"/protection/requests/{asked.reference}")
        officer.post(f"/protection/requests/{asked.reference}/complete-erasure")
        with consortium.database.reading() as session:
            asked = session.get_one(requests.RightsRequest, asked.id)
            (letter,) = letters.of_request(session, asked, sent_only=True)
            assert f"Documents: {sentence}" in letters.words(session, letter)["text"]
            assert (asked.outcome, asked.ground) == ("partly", "17(3)")
            for table in metadata.sorted_tables:
                for row in session.execute(table.select()):
                    said = [value.decode(errors="ignore") if isinstance(value, bytes) else str(value) for value in row]
                    assert not any(words in value for value in said for words in (sentence, "we want it")), table
        assert sentence not in officer.get("/protection/requests/?state=all&as=csv")


def test_the_answer_to_an_erasure_names_what_the_archives_kept_and_what_they_said_nothing_of(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    consortium.register({"item": "F-2", "subjects": ["V-1"]}, {"item": "F-3", "subjects": ["V-1"]})
    with consortium.database.writing() as session:
        asked = receiving.receive(
            session, "alder", receiving.Received("erasure", "portal", "en", "", subject_id=anna), "x"
        )
        erasure.begin(session, asked, "anna")
    with clock.moved_to(clock.now() + law.ERASURE_SAFETY.default + timedelta(minutes=1)):
        with consortium.database.writing() as session:
            asked = session.get_one(requests.RightsRequest, asked.id)
            erasure.propose(session, asked, {}, "first")
            erasure.confirm(session, asked, "second")
        answer_orders(consortium, {"done": ["F-1"], "kept": [{"item": "F-2", "reason": "a court has it"}]})
        officer = staff(app, consortium, Role.DPO)
        officer.get(f"/protection/requests/{asked.reference}")
        officer.post(f"/protection/requests/{asked.reference}/complete-erasure")
        with consortium.database.reading() as session:
            asked = session.get_one(requests.RightsRequest, asked.id)
            (letter,) = letters.of_request(session, asked, sent_only=True)
            text = letters.words(session, letter)["text"]
    assert asked.outcome == "partly"
    assert "F-2: a court has it" in text
    assert "F-3: the archive has not said that it erased this" in text
    assert "F-1" not in text


def test_what_an_officer_typed_is_still_there_when_the_step_does_not_fit(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    with consortium.database.writing() as session:
        asked = receiving.receive(
            session, "alder", receiving.Received("erasure", "portal", "en", "", subject_id=anna), "x"
        )
        erasure.begin(session, asked, "anna")
    officer = staff(app, consortium, Role.DPO)
    address = f"/protection/requests/{asked.reference}"
    officer.get(address)
    refused = officer.post(f"{address}/propose-erasure", 409, items="F-1 17(3)(e) a claim before a court")
    assert "too soon" in refused
    assert "F-1 17(3)(e) a claim before a court" in refused
    with consortium.database.reading() as session:
        assert [step.step for step, _ in requests.history(session, asked)] == ["received", "erasure_begun"]


def test_a_letter_that_another_officer_has_sent_meanwhile_keeps_what_was_typed(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    with consortium.database.writing() as session:
        asked = receiving.receive(
            session, "alder", receiving.Received("access", "portal", "en", "", subject_id=anna), "x"
        )
        letter = letters.draft(session, asked, "received")
    officer = staff(app, consortium, Role.DPO)
    address = f"/protection/requests/{asked.reference}/letters/{letter.id}"
    officer.get(address)
    with consortium.database.writing() as session:
        letters.send(session, session.get_one(letters.RightsLetter, letter.id), "another")
    assert "my careful words" in officer.post(address, 409, subject="s", text="my careful words", send="1")


def test_taking_it_back_lets_everything_stand_again(app: Flask, consortium: Consortium, anna: str) -> None:
    person = survivor(app, consortium, anna)
    person.get("/my/requests/new/erasure")
    person.post("/my/requests/new/erasure")
    person.post(f"/my/requests/{reference_on(person)}/take-back")
    assert codes(consortium.decide("F-1")) == ["granted"]


def test_somebody_else_sees_nothing_of_a_request(app: Flask, consortium: Consortium, anna: str) -> None:
    person = survivor(app, consortium, anna)
    person.get("/my/requests/new/access")
    person.post("/my/requests/new/access")
    other = survivor(app, consortium, consortium.enrol("V-2"))
    other.get(f"/my/requests/{reference_on(person)}", status=404)


def asked_by_a_stranger(app: Flask) -> tuple[Browser, str, str]:
    """Somebody without an account who has asked; with the number and the phrase."""
    stranger = Browser(app.test_client())
    stranger.get("/data/request")
    said = {"organisation": "alder", "right": "access", "requester": "self", "text": "about me in a film"}
    stranger.post("/data/request", **said)
    assert stranger.page is not None
    return stranger, reference_on(stranger), re.findall(r'<p class="number">([^<]+)</p>', stranger.page.text)[1]


def test_guessing_a_phrase_is_slowed_down_however_the_number_is_typed(app: Flask, consortium: Consortium) -> None:
    stranger, reference, phrase = asked_by_a_stranger(app)
    stranger.get("/data/follow")
    typed = [reference, reference.lower(), f" {reference}", f"\u2003{reference}", f"{reference}\t ", reference]
    for number, each in enumerate(typed):
        stranger.post("/data/follow", status=422, reference=each, phrase=f"guess {number}")
    stranger.post("/data/follow", status=429, reference=f"  {reference}", phrase=phrase)
    with clock.moved_to(clock.now() + timedelta(minutes=6)):
        assert reference in stranger.post("/data/follow", reference=reference, phrase=phrase)


def test_nothing_is_handed_out_with_a_phrase_while_the_person_may_be_forced(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    stranger, reference, phrase = asked_by_a_stranger(app)
    with consortium.database.writing() as session:
        asked = requests.by_reference(session, reference)
        assert asked is not None
        handling.link(session, asked, anna, "in_person", "officer")
        packages.make(session, asked, "officer")
        concern = concerns.raise_concern(session, anna, "documenter")
    stranger.get("/data/follow")
    stranger.post("/data/follow", reference=reference, phrase=phrase)
    held = stranger.page
    stranger.post("/data/follow", status=503, reference=reference, phrase=phrase, fetch="1")
    with consortium.database.writing() as session:
        concerns.settle(session, concern.id)
    stranger.page = held
    stranger.post("/data/follow", reference=reference, phrase=phrase, fetch="1")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stranger_asks_without_an_account_and_follows_the_answer(
    app: Flask, consortium: Consortium, anna: str, language: str
) -> None:
    stranger = Browser(app.test_client())
    stranger.get(f"/language/{language}?next=/data/request")
    stranger.post("/data/request", status=422, right="access")
    said = {"organisation": "alder", "right": "access", "requester": "self", "text": "about me in a film"}
    stranger.post("/data/request", **said)
    reference = reference_on(stranger)
    assert stranger.page is not None
    phrase = re.findall(r'<p class="number">([^<]+)</p>', stranger.page.text)[1]
    stranger.get("/data/follow")
    stranger.post("/data/follow", status=422, reference=reference, phrase="a wrong one")
    assert reference in stranger.post("/data/follow", reference=reference.lower(), phrase=phrase.upper())
    officer = staff(app, consortium, Role.DPO)
    officer.get(f"/protection/requests/{reference}")
    assert "make sure who asks" in officer.post(f"/protection/requests/{reference}/decide", 409, outcome="granted")
    officer.post(f"/protection/requests/{reference}/decide", outcome="refused", ground="12(5)", reason="x", neither="y")
    letter, words = letter_waiting(officer, f"/protection/requests/{reference}")
    assert "12(5)" not in words["text"]
    officer.post(letter, subject="an answer", text=words["text"], send="1")
    stranger.get("/data/follow")
    assert "an answer" in stranger.post("/data/follow", reference=reference, phrase=phrase)
    assert officer.client.get(f"{letter}/paper").data.startswith(b"%PDF")


def test_the_queue_is_filtered_exported_and_shows_the_soonest_first(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    with consortium.database.writing() as session:
        for right in ("access", "portability"):
            received = receiving.Received(right, "mail", "en", "x")
            receiving.receive(session, "alder", received, "test")
    officer = staff(app, consortium, Role.DPO)
    assert len(re.findall(r"/protection/requests/R-", officer.get("/protection/requests/"))) == 2
    assert len(re.findall(r"/protection/requests/R-", officer.get("/protection/requests/?right=access"))) == 1
    assert officer.get("/protection/requests/?as=csv").count("\n") == 3


def test_a_request_by_letter_is_recorded_and_its_clock_runs_from_its_day(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    officer = staff(app, consortium, Role.DPO)
    officer.get("/protection/requests/new")
    day = clock.now() - timedelta(days=5)
    date = {"received_on": [f"{day.day:02}", f"{day.month:02}", str(day.year)]}
    said = {"right": "access", "channel": "mail", "requester": "lawyer", "language": "ru", "text": "x", **date}
    officer.post("/protection/requests/new", status=422, code="K-9999", **said)
    officer.post("/protection/requests/new", code="K-0001", **said)
    assert "K-0001" in (officer.page.text if officer.page else "")


def test_the_registers_open_and_a_breach_is_entered(app: Flask, consortium: Consortium, anna: str) -> None:
    officer = staff(app, consortium, Role.DPO)
    for page in ("/protection/register/", "/protection/register/retention", "/protection/register/year"):
        officer.get(page)
    assert officer.get("/protection/register/?as=csv").count("share.icc") == 1
    officer.get("/protection/register/breaches")
    day = clock.now() - timedelta(days=1)
    date = {"aware_on": [f"{day.day:02}", f"{day.month:02}", str(day.year)]}
    said = {"risk": "risk", "what": "a lost notebook", **date}
    officer.post("/protection/register/breaches", status=422, codes="K-77", **said)
    officer.post("/protection/register/breaches", codes="K-0001", **said)
    found = re.search(r"/protection/register/breaches/[0-9a-f]{32}", officer.page.text if officer.page else "")
    assert found
    assert "lost notebook" in officer.get(found[0])
    officer.post(f"{found[0]}/informed", person=anna)
    officer.post(f"{found[0]}/notified")
    assert "informed" in officer.post(f"{found[0]}/closed")


def test_a_request_is_handed_to_the_partner_that_answers_and_a_document_gets_its_owner(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    with consortium.database.writing() as session:
        asked = receiving.receive(session, "alder", receiving.Received("access", "mail", "en", "x"), "test")
    officer = staff(app, consortium, Role.DPO)
    officer.get(f"/protection/requests/{asked.reference}")
    officer.post(f"/protection/requests/{asked.reference}/route", status=422, organisation="nobody")
    assert "Birch" in officer.post(f"/protection/requests/{asked.reference}/route", organisation="birch")
    officer.get("/protection/register/documents")
    date = {"review_on": ["01", "05", "2031"]}
    said = {"kind": "dpia", "owner": "the officer", **date}
    officer.post("/protection/register/documents", status=422, **said)
    assert "shelf 4" in officer.post("/protection/register/documents", place="shelf 4", **said)


def test_a_documenter_says_with_a_source_that_somebody_is_detained(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    documenter = staff(app, consortium, Role.DOCUMENTER)
    documenter.get("/people/K-0001/situation")
    documenter.post("/people/K-0001/situation", status=422, situation="detained")
    documenter.post("/people/K-0001/situation", situation="detained", source="a lawyer called")
    assert codes(consortium.decide("F-1")) == ["paused_by_wish"]
    documenter.post("/people/K-0001/situation/end")
    assert codes(consortium.decide("F-1")) == ["granted"]
