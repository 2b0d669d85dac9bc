"""What is kept of a case, through the pages: documents, the person's copy, whoever is on call, and an erased person."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from flask import Flask

from consent import persons
from mhpss import clinical_copies, keeping, meetings, risk
from portal.access.accounts import Role
from portal.jobs import tasks
from tests.consortium import Consortium
from tests.support import account_id, case_of, get, person_with_consent, put_on_call
from tests.web.people import Browser, staff, survivor
from tests.web.test_support_pages import a_day
from vault import clock

SECRET = "dreams of the corridor"


@pytest.fixture
def anna(consortium: Consortium) -> str:
    return person_with_consent(consortium)


@pytest.fixture
def number(consortium: Consortium, anna: str) -> str:
    psychologist = account_id(consortium, Role.PSYCHOLOGIST)
    number = case_of(consortium, anna, psychologist, account_id(consortium, Role.PSYCHOLOGIST, "birch"), "active")
    with consortium.database.writing() as session:
        case = get(session, number)
        held = meetings.plan(session, case, clock.now() - timedelta(hours=2), 50, "video", psychologist)
        meetings.hold(session, case, held, "attended", SECRET, psychologist)
    return number


@pytest.fixture
def desk(app: Flask, consortium: Consortium, number: str) -> Browser:
    return staff(app, consortium, Role.PSYCHOLOGIST)


def test_a_document_is_kept_given_back_as_it_was_and_found_by_nobody_else(
    app: Flask, consortium: Consortium, number: str, desk: Browser
) -> None:
    address = f"/support/cases/{number}/documents"
    desk.get(address)
    assert "Choose a file" in desk.post(address, status=422, name="letter")
    assert "kind of file" in desk.post(address, 422, name="letter", sent=(io.BytesIO(b"<script>"), "x.pdf"))
    page = desk.post(address, name="letter of the clinic", sent=(io.BytesIO(b"%PDF-1.7 dear all"), "x.exe"))
    assert "letter of the clinic" in page
    found = re.search(rf'href="({address}/[0-9a-f]+)"', page)
    assert found
    given = desk.client.get(found[1])
    assert given.data == b"%PDF-1.7 dear all"
    assert given.headers["Content-Disposition"] == 'attachment; filename="document.pdf"'
    for role in Role:
        if role not in (Role.SURVIVOR, Role.PSYCHOLOGIST):
            assert staff(app, consortium, role).client.get(found[1]).status_code in (403, 404), role
    supervisor = staff(app, consortium, Role.PSYCHOLOGIST, "birch")
    assert supervisor.client.get(found[1]).status_code == 404
    with consortium.database.writing() as session:
        assert "dear all" not in str(session.connection().exec_driver_sql("SELECT * FROM documents").fetchall())


def test_the_persons_copy_holds_what_the_psychologist_sealed_and_the_officer_sees_none_of_it(
    app: Flask, consortium: Consortium, anna: str, number: str, desk: Browser
) -> None:
    person = survivor(app, consortium, anna)
    person.get("/my/requests/new/access")
    person.post("/my/requests/new/access")
    reference = person.path.rsplit("/", 1)[1]
    officer = staff(app, consortium, Role.DPO)
    officer.get(f"/protection/requests/{reference}")
    page = officer.post(f"/protection/requests/{reference}/collect")
    assert "the psychologist prepares it" in page
    assert "has not answered yet" in officer.post(f"/protection/requests/{reference}/package", 409)
    assert "Prepare the person" in desk.get("/support/")
    copy = f"/support/cases/{number}/copy/{reference}"
    assert copy in desk.get(f"/support/cases/{number}")
    desk.get(copy)
    some = ["sessions", "notes", "measures"]
    assert "why something is left out" in desk.post(copy, 422, parts=some, words="")
    desk.post(copy, parts=some, words="The plan names somebody else.")
    page = officer.get(f"/protection/requests/{reference}")
    assert "sealed by the psychologist" in page
    assert SECRET not in page
    officer.post(f"/protection/requests/{reference}/package")
    person.get(f"/my/requests/{reference}")
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', person.page.text if person.page else "")
    assert csrf
    fetched = person.client.post(f"/my/requests/{reference}/fetch", data={"csrf_token": csrf[1]})
    with zipfile.ZipFile(io.BytesIO(fetched.data)) as archive:
        support = json.loads(archive.read("notes.json"))["support"]
        assert SECRET in archive.read("notes.html").decode()
    assert [note["note"] for note in support["notes"]] == [SECRET]
    assert set(support) == {"words", *some}
    with consortium.database.reading() as session:
        assert {each.sealed for each in session.query(clinical_copies.ClinicalCopy)} == {None}


def test_whoever_is_on_call_opens_the_case_of_a_sign_settles_it_and_sees_it_no_more(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    number = case_of(consortium, anna, account_id(consortium, Role.PSYCHOLOGIST))
    watch = staff(app, consortium, Role.PSYCHOLOGIST, "birch")
    with consortium.database.writing() as session:
        put_on_call(session, account_id(consortium, Role.PSYCHOLOGIST, "birch"))
    watch.get(f"/support/cases/{number}", status=404)
    with consortium.database.writing() as session:
        risk.open_review(session, get(session, number), "item_9", "x")
    assert "You are on call" in watch.get("/support/")
    page = watch.get(f"/support/cases/{number}")
    assert "Signal, 18:00" in page
    assert "Close the case" not in page
    watch.post(f"/support/cases/{number}/do/close", status=404, reason="x", plan="y")
    watch.get(f"/support/cases/{number}")
    said = {"level": "moderate", "assessment": "spoke at once", **a_day("review_on", 3)}
    watch.post(f"/support/cases/{number}/do/risk", **said)
    assert watch.path == "/support/"
    watch.get(f"/support/cases/{number}", status=404)


def test_the_coordinator_keeps_the_rota_and_sees_the_days_without_anybody(app: Flask, consortium: Consortium) -> None:
    account_id(consortium, Role.PSYCHOLOGIST)
    coordinator = staff(app, consortium, Role.COORDINATOR)
    assert "14 days of the next fortnight" in coordinator.get("/coordination/")
    coordinator.get("/coordination/on-call")
    who = {"account": account_id(consortium, Role.PSYCHOLOGIST)}
    coordinator.post("/coordination/on-call", 422, **who, **a_day("first_day", 3), **a_day("last_day", 1))
    coordinator.post("/coordination/on-call", **who, **a_day("first_day"), **a_day("last_day", 13))
    assert "on every day" in coordinator.get("/coordination/")
    page = coordinator.get("/coordination/on-call")
    found = re.search(r"/coordination/on-call/([0-9a-f]{32})/remove", page)
    assert found
    coordinator.post(f"/coordination/on-call/{found[1]}/remove")
    assert "14 days" in coordinator.get("/coordination/")


def test_the_psychologist_lets_go_of_the_record_of_an_erased_person(
    consortium: Consortium, anna: str, number: str, desk: Browser
) -> None:
    with consortium.database.writing() as session:
        persons.erase(session, anna, "officer")
        keeping.follow(session, [anna])
    assert "decide about the record" in desk.get("/support/")
    desk.get(f"/support/cases/{number}")
    desk.post(f"/support/cases/{number}/do/keeping", 422, keep="no")
    desk.post(f"/support/cases/{number}/do/keeping", keep="no", reason="their wish")
    desk.get(f"/support/cases/{number}", status=404)
    with consortium.database.writing() as session:
        assert tasks._destroy_keys(session) == 1
    assert number not in desk.get("/support/cases/?state=closed")
