"""What was once taken, lost or answered with an error, and is refused at its field."""

import io
from datetime import timedelta

import pytest
from flask import Flask

from mhpss import cases, entries
from mhpss.entries import EntryKind
from portal.access.accounts import Role
from tests.consortium import Consortium
from tests.disclosing import Disclosing, item
from tests.support import account_id, case_of, person_with_consent
from tests.web.people import Browser, staff, survivor
from vault import clock

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)


@pytest.fixture
def desk(app: Flask, consortium: Consortium) -> Browser:
    """A psychologist with the case M-0001."""
    browser = staff(app, consortium, Role.PSYCHOLOGIST)
    case_of(consortium, person_with_consent(consortium), account_id(consortium, Role.PSYCHOLOGIST), state="active")
    browser.get("/support/cases/M-0001")
    return browser


def refused(page: str, field: str) -> bool:
    """Whether the page leads from its summary to the field."""
    return f'<a href="#{field}">' in page and f'id="{field}"' in page and 'id="errors"' in page


def test_an_empty_safety_plan_is_no_safety_plan(consortium: Consortium, desk: Browser) -> None:
    page = desk.post("/support/cases/M-0001/do/safety-plan", 422, signs=" ", alone="\n")
    assert refused(page, "safety-signs")
    with consortium.database.reading() as session:
        assert entries.latest(session, desk_case(consortium), EntryKind.SAFETY_PLAN) == {}


def desk_case(consortium: Consortium) -> str:
    with consortium.database.reading() as session:
        found = cases.by_number(session, "M-0001")
        assert found is not None
        return found.id


def test_a_measure_without_an_answer_is_no_measure(desk: Browser) -> None:
    desk.get("/support/cases/M-0001/measures/gad-7")
    nothing = {f"item_{place}": "" for place in range(1, 8)}
    assert refused(desk.post("/support/cases/M-0001/measures/gad-7", 422, **nothing), "item_1")


def test_a_high_risk_is_looked_at_again(desk: Browser) -> None:
    page = desk.post("/support/cases/M-0001/do/risk", 422, level="high", assessment="we spoke")
    assert refused(page, "risk_form-review_on-day")
    assert "we spoke</textarea>" in page


@pytest.mark.parametrize("year", ["1900", "9999"])
def test_a_year_out_of_a_working_life_is_no_year(desk: Browser, year: str) -> None:
    page = desk.post("/support/cases/M-0001/do/follow-up", 422, due_on=["1", "3", year], what="to call")
    assert refused(page, "following-due_on-day")
    assert 'value="to call"' in page


def test_what_is_neither_ticked_nor_not_is_not_permitted(desk: Browser) -> None:
    page = desk.post("/support/cases/M-0001/do/close", 422, reason="done", plan="none", may_contact="perhaps")
    assert refused(page, "closing-may_contact")


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x81", b"", b"\n\n", b"%PDF-1.7\x00\x01", b'"' + b"x" * 200_000])
def test_bytes_are_no_list_of_items(app: Flask, consortium: Consortium, content: bytes) -> None:
    consortium.answer(consortium.enrol("V-1"), "granted", "share.icc")
    consortium.register(item("F-1", "V-1"))
    asked = Disclosing(consortium)
    officer = staff(app, consortium, Role.DISCLOSURE_OFFICER)
    address = f"/disclosure/requests/{asked.id}/items"
    officer.get(address)
    page = officer.post(address, 422, store=consortium.store.id, file=(io.BytesIO(content), "list.csv"))
    assert refused(page, "file") or refused(page, "text")


def test_a_question_that_is_sent_empty_is_asked_again_and_holds_nobody_up(app: Flask, consortium: Consortium) -> None:
    person = consortium.enrol("V-1")
    consortium.answer(person, "ask_first", "share.icc")
    consortium.register(item("F-1", "V-1"))
    asked = Disclosing(consortium)
    asked.list("F-1")
    asked.ask()
    documenter = staff(app, consortium, Role.DOCUMENTER)
    page = documenter.get("/people/K-0001")
    address = page.partition("/people/K-0001/questions/")[2].partition('"')[0]
    documenter.get(f"/people/K-0001/questions/{address}")
    assert refused(documenter.post(f"/people/K-0001/questions/{address}", 422), "answer")
    with consortium.database.writing():
        assert consortium.database.is_writing


def test_a_role_that_is_not_offered_is_refused_in_the_open(app: Flask, consortium: Consortium) -> None:
    administrator = staff(app, consortium, Role.ADMINISTRATOR)
    staff(app, consortium, Role.DPO)
    address = f"/administration/accounts/{account_id(consortium, Role.DPO)}"
    administrator.get(address)
    assert refused(administrator.post(f"{address}/role", 422, role="owner"), "role")


def test_a_survivor_who_chooses_nothing_is_told_at_the_question(app: Flask, consortium: Consortium) -> None:
    person = survivor(app, consortium, consortium.enrol("V-1"))
    address = "/my/choices/accountability/answer?names=1"
    person.get(address)
    assert refused(person.post(address, 422), "every")


def test_half_a_date_never_stands_for_no_date(app: Flask, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    person = survivor(app, consortium, anna)
    address = "/my/choices/accountability/answer?names=1"
    person.get(address)
    year = str((clock.now() + timedelta(days=400)).year)
    fields = {"share-icc-answer": "granted", "share-icc-valid_until": ["", "3", year]}
    assert refused(person.post(address, 422, **fields), "share-icc-valid_until-day")
    consortium.register(item("F-1", "V-1"))
    assert consortium.decide("F-1").outcome == "deny"


def test_what_was_written_stays_where_the_consent_has_ended_meanwhile(app: Flask, consortium: Consortium) -> None:
    browser = staff(app, consortium, Role.PSYCHOLOGIST)
    person = person_with_consent(consortium)
    case_of(consortium, person, account_id(consortium, Role.PSYCHOLOGIST), state="active")
    browser.get("/support/cases/M-0001")
    consortium.withdraw(person, "mhpss.case")
    page = browser.post("/support/cases/M-0001/do/safety-plan", 422, signs="She stops eating and sleeps badly")
    assert "does not allow new notes any more" in page
    assert "She stops eating and sleeps badly</textarea>" in page


def test_why_a_case_ends_stays_where_a_review_holds_it_open(consortium: Consortium, desk: Browser) -> None:
    desk.post("/support/cases/M-0001/do/ask-review")
    page = desk.post("/support/cases/M-0001/do/close", 422, reason="They have moved away", plan="A call in May")
    assert "A risk review is open" in page
    assert "They have moved away" in page
    assert "A call in May" in page
