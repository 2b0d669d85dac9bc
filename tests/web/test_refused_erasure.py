"""A store that refuses to erase, or never answers: what the person reads, on which page, and what is left of it."""

import html
import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session

from consent.rights import letters, requests, store_tasks
from consent.rights.orders import OrderState
from consent.rights.receiving import Received
from consent.rights.requests import RightsRequest
from consent.rights.store_tasks import StoreTask
from portal.access.accounts import Role
from portal.casework import rights_requests
from portal.jobs import tasks
from portal.settings import Settings
from tests.consortium import Consortium
from tests.integration.test_erased_for_good import everything, forms
from tests.web.conftest import Machine
from tests.web.people import Browser, send_decision, staff, survivor
from tests.web.test_rights_pages import reference_on
from vault import clock
from vault.keys import KeyRing
from vault.policy import law

# By language: what the store answers with, and what the letter says before it.
SENTENCES = {
    "be": ("Суд загадаў нам захоўваць гэта, справа Z-4471", "Што не выдалена і чаму: Documents: "),
    "ru": ("Суд велел нам хранить это, дело Z-4471", "Что не удалено и почему: Documents: "),
    "en": ("A court has ordered us to keep it, case Z-4471", "Not erased, and why: Documents: "),
}
AFTER = law.ERASURE_SAFETY.default + timedelta(minutes=1)


@pytest.fixture
def anna(consortium: Consortium) -> str:
    person = consortium.enrol("V-1")
    consortium.answer(person, "granted", "share.icc", "record.interview")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    return person


def asked_by(person: Browser) -> tuple[str, str]:
    """Ask for the erasure on the person's page, and take a phrase to read the answer by; number and phrase."""
    person.get("/my/requests/new/erasure")
    person.post("/my/requests/new/erasure")
    reference = reference_on(person)
    page = person.post(f"/my/requests/{reference}/phrase")
    numbers = re.findall(r'class="number">([^<]+)<', page)
    assert numbers[0] == reference
    return reference, html.unescape(numbers[1])


def confirmed_by_two(app: Flask, consortium: Consortium, address: str) -> Browser:
    """Weigh and confirm on the officers' pages; the second officer."""
    first, second = staff(app, consortium, Role.DPO), staff(app, consortium, Role.DPO, "birch")
    first.get(address)
    first.post(f"{address}/propose-erasure", items="")
    second.get(address)
    second.post(f"{address}/confirm-erasure")
    return second


def run_by_the_clock(consortium: Consortium) -> None:
    for task in tasks.TASKS:
        tasks.run(consortium.database, task, "test")


def read_by(app: Flask, reference: str, phrase: str) -> str:
    """What anybody reads who has number and phrase, with the marks of the page taken out."""
    browser = Browser(app.test_client())
    browser.get("/data/follow")
    page = browser.post("/data/follow", reference=reference, phrase=phrase)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def traces(settings: Settings, consortium: Consortium, words: str) -> Iterator[str]:
    """Where words stand in clear: a file, or a column of a table, however they are encoded there."""
    looked_for = [*forms(words), json.dumps(words)[1:-1].encode(), words[-6:].encode(), words[-6:].encode("utf-16-le")]
    for place, content in everything(settings, consortium):
        if any(each in content for each in looked_for):
            yield place
    with consortium.database.engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                said = [bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode() for each in row]
                if any(each in value for value in said for each in looked_for):
                    yield table


@pytest.mark.parametrize("language", SENTENCES)
def test_whose_store_refuses_to_erase_reads_that_and_why_and_after_sixty_days_none_of_its_words_is_left(
    app: Flask, machine: Machine, settings: Settings, consortium: Consortium, anna: str, language: str
) -> None:
    sentence, before = SENTENCES[language]
    person = survivor(app, consortium, anna, language)
    reference, phrase = asked_by(person)
    begun = clock.now()
    address = f"/protection/requests/{reference}"
    with clock.moved_to(begun + AFTER):
        officer = confirmed_by_two(app, consortium, address)
        (order,) = machine.get("/tasks")["tasks"]
        machine.call("POST", f"/tasks/{order['id']}/reject", 204, json={"reason": sentence})
        officer.get(address)
        officer.post(f"{address}/complete-erasure")
        run_by_the_clock(consortium)
        assert f"{before}{sentence}" in read_by(app, reference, phrase)
        assert sentence not in officer.get("/protection/requests/?state=all&as=csv")
        assert set(traces(settings, consortium, sentence)) == set()
    with consortium.database.reading() as session:
        asked = requests.by_reference(session, reference)
        assert asked is not None
        assert (asked.outcome, asked.ground) == ("partly", "17(3)")
    with clock.moved_to(begun + AFTER + timedelta(days=60)):
        run_by_the_clock(consortium)
        assert set(traces(settings, consortium, sentence)) == set()
        assert not KeyRing(consortium.database.keys).is_there(asked.id)
        staff(app, consortium, Role.DPO).get(address, 404)
        stranger = Browser(app.test_client())
        stranger.get("/data/follow")
        stranger.post("/data/follow", 404, reference=reference, phrase=phrase)
    assert consortium.faults() == []


@pytest.mark.parametrize("language", SENTENCES)
def test_a_store_that_never_answers_holds_an_erasure_up_no_longer_than_the_officer_waits(
    app: Flask, machine: Machine, settings: Settings, consortium: Consortium, anna: str, language: str
) -> None:
    reason, before = SENTENCES[language]
    reference, phrase = asked_by(survivor(app, consortium, anna, language))
    begun = clock.now()
    address = f"/protection/requests/{reference}"
    with clock.moved_to(begun + AFTER):
        officer = confirmed_by_two(app, consortium, address)
        (order,) = machine.get("/tasks")["tasks"]
        assert "give-up" not in officer.get(address)
        assert "time to answer" in officer.post(f"{address}/give-up", 409, order=order["id"], reason=reason)
    with clock.moved_to(begun + AFTER + law.ORDER_DUE.default + timedelta(minutes=1)):
        officer = staff(app, consortium, Role.DPO)
        assert "give-up" in officer.get(address)
        officer.post(f"{address}/give-up", 422, order=order["id"], reason="")
        officer.post(f"{address}/give-up", 404, order="f" * 32, reason=reason)
        officer.get(address)
        officer.post(f"{address}/give-up", order=order["id"], reason=reason)
        assert "answered meanwhile" in officer.post(f"{address}/give-up", 409, order=order["id"], reason=reason)
        assert "overdue." not in officer.get("/protection/")
        officer.get(address)
        assert machine.get("/tasks")["tasks"] == []
        for act, body in (("accept", {}), ("reject", {"reason": "late"})):
            refused = machine.call("POST", f"/tasks/{order['id']}/{act}", 409, json=body)
            assert refused.json is not None
            assert refused.json["type"].endswith("task-finished")
        officer.post(f"{address}/complete-erasure")
        said = read_by(app, reference, phrase)
        assert before in said
        assert f"({reason})" in said
        assert set(traces(settings, consortium, reason)) == set()
    with consortium.database.reading() as session:
        assert session.scalars(select(StoreTask.state)).all() == [OrderState.GIVEN_UP]


def test_asking_again_after_two_have_confirmed_tells_nobody_that_they_can_take_it_back(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    person = survivor(app, consortium, anna)
    reference, _phrase = asked_by(person)
    with clock.moved_to(clock.now() + AFTER):
        confirmed_by_two(app, consortium, f"/protection/requests/{reference}")
        with consortium.database.writing() as session:
            again = rights_requests.receive_from_person(
                session, "alder", Received("erasure", "portal", "en", "", subject_id=anna), anna
            )
            assert again.reference == reference
            assert [each.template for each in letters.of_request(session, again)] == ["erasure_begun"]
    with consortium.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RightsRequest)) == 1


def test_an_open_request_of_somebody_who_is_erased_stays_readable_until_it_is_answered(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    person = survivor(app, consortium, anna)
    person.get("/my/requests/new/access")
    person.post("/my/requests/new/access")
    other = reference_on(person)
    reference, _phrase = asked_by(person)
    begun = clock.now()
    with clock.moved_to(begun + AFTER):
        officer = confirmed_by_two(app, consortium, f"/protection/requests/{reference}")
        with consortium.database.writing() as session:
            for task in session.scalars(select(StoreTask)):
                store_tasks.reject(session, task, "no")
        officer.get(f"/protection/requests/{reference}")
        officer.post(f"/protection/requests/{reference}/complete-erasure")
    with clock.moved_to(begun + AFTER + timedelta(days=60)):
        run_by_the_clock(consortium)
        officer = staff(app, consortium, Role.DPO)
        assert other in officer.get("/protection/requests/")
        officer.get(f"/protection/requests/{other}")
        officer.post(f"/protection/requests/{other}/decide", outcome="refused", ground="12(5)", reason="erased")
        page = send_decision(officer, f"/protection/requests/{other}")
        assert "refused" in page
        assert consortium.faults() == []


def test_an_archive_that_answers_as_it_is_given_up_is_answered_or_given_up(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    reference, _phrase = asked_by(survivor(app, consortium, anna))
    begun = clock.now()
    with clock.moved_to(begun + AFTER):
        confirmed_by_two(app, consortium, f"/protection/requests/{reference}")
    with consortium.database.reading() as session:
        (task,) = session.scalars(select(StoreTask.id))
    with clock.moved_to(begun + AFTER + law.ORDER_DUE.default + timedelta(minutes=1)):

        def attempt(act: Callable[[Session, StoreTask], None]) -> bool:
            with consortium.database.writing() as session:
                order = session.get_one(StoreTask, task)
                time.sleep(0.2)
                try:
                    act(session, order)
                except store_tasks.NotOpen:
                    return False
                return True

        acts: list[Callable[[Session, StoreTask], None]] = [
            lambda s, o: store_tasks.give_up(s, o, "no answer", "officer"),
            lambda s, o: store_tasks.give_up(s, o, "no answer", "other"),
            lambda s, o: store_tasks.reject(s, o, "a court"),
        ]
        with ThreadPoolExecutor(len(acts)) as workers:
            assert sum(workers.map(attempt, acts)) == 1


@pytest.mark.parametrize("language", SENTENCES)
def test_what_an_upheld_objection_stops_is_let_go_on_from_its_page_and_the_person_reads_why(
    app: Flask, consortium: Consortium, anna: str, language: str
) -> None:
    person = survivor(app, consortium, anna, language)
    person.get("/my/requests/new/objection")
    person.post("/my/requests/new/objection")
    reference = reference_on(person)
    address = f"/protection/requests/{reference}"
    officer = staff(app, consortium, Role.DPO)
    assert "end-objection" not in officer.get(address)
    officer.post(f"{address}/uphold")
    send_decision(officer, address)
    assert "end-objection" in officer.get(address)
    officer.post(f"{address}/end-objection", 422, reason="")
    officer.post(f"{address}/end-objection", reason="ZH-77")
    assert "end-objection" not in officer.get(address)
    officer.post(f"{address}/end-objection", 409, reason="ZH-77")
    assert "ZH-77" in person.get(f"/my/requests/{reference}?names=1")
