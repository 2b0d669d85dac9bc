"""What is kept of a case, through the pages: documents, the person's copy, whoever is on call, and an erased person."""

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from flask import Flask

from consent.people import persons
from consent.rights import handling, packages, receiving, requests
from consent.rights.receiving import Received
from mhpss import clinical_copies, entries, keeping, meetings, risk
from mhpss.referral import referrals
from portal.access.accounts import Role
from portal.jobs import tasks
from tests.consortium import Consortium
from tests.support import account_id, case_of, get, person_with_consent, put_on_call, rows_of, service_of
from tests.web.people import Browser, send_decision, staff, survivor
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


def fetched(person: Browser, reference: str) -> zipfile.ZipFile:
    """The file that a person fetches on the page of their request."""
    person.get(f"/my/requests/{reference}")
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', person.page.text if person.page else "")
    assert csrf
    sent = person.client.post(f"/my/requests/{reference}/fetch", data={"csrf_token": csrf[1]})
    return zipfile.ZipFile(io.BytesIO(sent.data))


@pytest.mark.parametrize("when", ["before the officer answers", "after the person has fetched the rest"])
def test_the_person_gets_what_the_psychologist_sealed_and_the_officer_neither_waits_for_it_nor_sees_it(
    app: Flask, consortium: Consortium, anna: str, number: str, desk: Browser, when: str
) -> None:
    person = survivor(app, consortium, anna)
    person.get("/my/requests/new/access")
    person.post("/my/requests/new/access")
    reference = person.path.rsplit("/", 1)[1]
    officer = staff(app, consortium, Role.DPO)
    address = f"/protection/requests/{reference}"
    officer.get(address)
    assert "sychologist" not in officer.post(f"{address}/collect")

    def prepare() -> None:
        assert "Prepare the person" in desk.get("/support/")
        copy = f"/support/cases/{number}/copy/{reference}"
        assert copy in desk.get(f"/support/cases/{number}")
        desk.get(copy)
        assert "why something is left out" in desk.post(copy, 422, parts=some, words="")
        desk.post(copy, parts=some, words="The plan names somebody else.")
        assert SECRET not in officer.get(address)

    some = ["sessions", "notes", "measures"]
    if when.startswith("before"):
        prepare()
    officer.get(address)
    assert "has fetched" not in officer.post(f"{address}/package")
    send_decision(officer, address)
    if when.startswith("after"):
        with fetched(person, reference) as archive:
            assert "support" not in json.loads(archive.read("notes.json"))
        assert "Your file is ready" not in person.get(f"/my/requests/{reference}")
        before = officer.get(address)
        prepare()
        assert "Your file is ready" in person.get(f"/my/requests/{reference}")
    with fetched(person, reference) as archive:
        support = json.loads(archive.read("notes.json"))["support"]
        assert SECRET in archive.read("notes.html").decode()
    assert [note["note"] for note in support["notes"]] == [SECRET]
    assert set(support) == {"words", *some}
    if when.startswith("after"):
        assert plain(officer.get(address)) == plain(before)
    assert "Your file is ready" not in person.get(f"/my/requests/{reference}")
    with consortium.database.reading() as session:
        assert {each.sealed for each in session.query(clinical_copies.ClinicalCopy)} == {None}


def plain(page: str) -> str:
    """A page without its form tokens."""
    return re.sub(r'(name="csrf_token"[^>]*value=)"[^"]+"', r"\1", page)


def test_whoever_is_on_call_opens_the_case_of_a_sign_settles_it_and_sees_it_no_more(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    number = case_of(consortium, anna, account_id(consortium, Role.PSYCHOLOGIST))
    watch = staff(app, consortium, Role.PSYCHOLOGIST, "birch")
    on_call = account_id(consortium, Role.PSYCHOLOGIST, "birch")
    with consortium.database.writing() as session:
        put_on_call(session, on_call)
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
    found = re.search(r'name="chosen" value="([0-9a-f]{32})"', page)
    assert found
    assert "Choose one row" in coordinator.post("/coordination/on-call/take-off", 422, act="take_off")
    coordinator.post("/coordination/on-call/take-off", chosen=found[1], act="take_off")
    # It is gone: nothing is left to choose.
    coordinator.post("/coordination/on-call/take-off", 422, chosen=found[1], act="take_off")
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


def test_the_public_form_gives_no_clinical_part_and_the_psychologist_sees_who_asks(
    app: Flask, consortium: Consortium, anna: str, number: str, desk: Browser
) -> None:
    with consortium.database.writing() as session:
        phrase = "river lamp stone"
        said = Received("access", "public_form", "en", "for my client", requester="lawyer", secret=phrase)
        asked = receiving.receive(session, "alder", said, "nobody")
        handling.link(session, asked, anna, "mandate", "officer")
        packages.gather(session, asked, "officer")
        clinical_copies.ask(session, asked)
        reference = asked.reference
    page = desk.get(f"/support/cases/{number}/copy/{reference}")
    assert "lawyer" in page
    assert "mandate" in page
    desk.post(f"/support/cases/{number}/copy/{reference}", parts=[*clinical_copies.PARTS])
    with consortium.database.writing() as session:
        packages.make(session, requests.by_reference(session, reference), "officer")  # type: ignore[arg-type]
    stranger = Browser(app.test_client())
    stranger.get("/data/follow")
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', stranger.page.text if stranger.page else "")
    assert csrf
    data = {"csrf_token": csrf[1], "reference": reference, "phrase": phrase, "fetch": "1"}
    fetched = stranger.client.post("/data/follow", data=data)
    with zipfile.ZipFile(io.BytesIO(fetched.data)) as archive:
        assert "support" not in json.loads(archive.read("notes.json"))
        assert SECRET not in archive.read("notes.html").decode()


def test_every_reading_is_written_down_even_of_a_page_that_only_repeats_a_form(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    number = case_of(consortium, anna, account_id(consortium, Role.PSYCHOLOGIST))
    watch = staff(app, consortium, Role.PSYCHOLOGIST, "birch")
    on_call = account_id(consortium, Role.PSYCHOLOGIST, "birch")
    with consortium.database.writing() as session:
        put_on_call(session, on_call)
        risk.open_review(session, get(session, number), "item_9", "x")
    watch.get("/support/cases/new")
    watch.client.post(f"/support/cases/{number}/do/risk", data={"csrf_token": token_on(watch)})
    watch.client.get(f"/support/cases/{number}/documents")
    with consortium.database.reading() as session:
        case = get(session, number)
        acts = [act.act for act in entries.acts_in(session, case.id)]
        (review,) = risk.open_reviews(session, [case.id])
    assert acts == ["documents_read", "read_on_call"]
    assert review.seen_at is not None


def test_whoever_is_on_call_moves_no_referral(app: Flask, consortium: Consortium, anna: str) -> None:
    psychologist = account_id(consortium, Role.PSYCHOLOGIST)
    number, service = case_of(consortium, anna, psychologist), service_of(consortium)
    watch = staff(app, consortium, Role.PSYCHOLOGIST, "birch")
    on_call = account_id(consortium, Role.PSYCHOLOGIST, "birch")
    with consortium.database.writing() as session:
        put_on_call(session, on_call)
        risk.open_review(session, get(session, number), "item_9", "x")
        made = referrals.draft(session, get(session, number), service, "normal", {"needs": "rest"}, psychologist)
        reference = made.number
    page = watch.get(f"/support/cases/{number}/referrals/{reference}")
    assert "entered in error" not in page
    watch.post(f"/support/cases/{number}/referrals/{reference}/move", 422, to="entered_in_error")
    with consortium.database.reading() as session:
        assert referrals.by_number(session, reference).state == "draft"  # type: ignore[union-attr]


def test_a_code_of_somebody_with_a_case_and_of_somebody_who_never_agreed_are_answered_alike(
    app: Flask, consortium: Consortium, number: str
) -> None:
    consortium.enrol("V-7")
    other = staff(app, consortium, Role.PSYCHOLOGIST, "birch")
    taken = {"asked_for": "to sleep", "safe_contact": "Signal", "language": "be", "remote": "yes"}
    said = []
    for code in ("K-0001", "K-0002", "K-0999"):
        other.get("/support/cases/new")
        page = other.post("/support/cases/new", 422, code=code, **taken)
        said.append(re.sub(r'value="[^"]*"', "", page))
    assert said[0] == said[1] == said[2]


def test_while_everything_rests_asking_changes_nothing(app: Flask, consortium: Consortium) -> None:
    person = consortium.enrol("V-8")
    consortium.answer(person, "refused", "mhpss.case")
    visitor = survivor(app, consortium, person)
    visitor.get("/my/help/ask")
    with consortium.database.writing() as session:
        persons.request_erasure(session, person, "x")
    before = rows_of(consortium.database, "events")
    wanted = {"asked_for": "rest", "safe_contact": "Signal", "language": "en", "remote": "yes"}
    assert "cannot be passed on" in visitor.post("/my/help/ask", 409, **wanted)
    assert rows_of(consortium.database, "events") == before
    assert rows_of(consortium.database, "cases") == "[]"


def token_on(browser: Browser) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.page.text if browser.page else "")
    return found[1] if found else ""
