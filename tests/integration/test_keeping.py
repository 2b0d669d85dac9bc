"""A support record after its person was erased: clinical law and the psychologist decide, and then nothing is left."""

import json
from datetime import timedelta

import pytest

from consent.people import persons, subjects
from mhpss import case_documents, caseload, cases, closing, keeping, measuring, meetings, risk
from mhpss.cases import Case
from mhpss.measures.instruments import instrument
from mhpss.referral import acting_first, provider_links
from portal.jobs import tasks
from tests.consortium import Consortium
from tests.support import case_of, get, person_with_consent, rows_of, service_of
from vault import clock
from vault.database import Database, keyring
from vault.documents import Opened
from vault.keys import KeyDestroyed

ANNA, BELA = "a" * 32, "b" * 32
# spec/30: "Denmark: five years for psychologists".
FIVE_YEARS = timedelta(days=5 * 365 + 1)
SECRET = "slept badly since the spring"


@pytest.fixture
def person(consortium: Consortium) -> str:
    return person_with_consent(consortium)


@pytest.fixture
def number(consortium: Consortium, person: str) -> str:
    number = case_of(consortium, person, ANNA, BELA, "active")
    with consortium.database.writing() as session:
        case = get(session, number)
        held = meetings.plan(session, case, clock.now() - timedelta(hours=2), 50, "video", ANNA)
        meetings.hold(session, case, held, "attended", SECRET, ANNA)
        meetings.follow_up(session, case, clock.now().date(), SECRET, ANNA)
        measuring.record(session, case, instrument("phq-9"), [1] * 9, language="en", filled_by="clinician", author=ANNA)
        (review,) = risk.open_reviews(session, [case.id])
        risk.settle(session, case, review, "low", clock.now().date(), "spoken", ANNA)
        case_documents.keep(session, case, Opened("letter", "text/plain", b"dear all"), ANNA)
    return number


def erase(database: Database, person: str) -> None:
    with database.writing() as session:
        persons.erase(session, person, "officer")
        keeping.follow(session, [person])


def test_the_psychologist_is_asked_and_what_they_keep_is_read_until_the_laws_time_is_over(
    consortium: Consortium, database: Database, person: str, number: str
) -> None:
    erase(database, person)
    with database.writing() as session:
        case = get(session, number)
        assert "keeping" in {need.kind for need in caseload.needs(session, [case])}
        keeping.decide(session, case, keep=True, reason="clinical law", author=ANNA)
        assert "keeping" not in {need.kind for need in caseload.needs(session, [case])}
        assert keeping.follow(session, [person]) == []
        (meeting,) = meetings.of_case(session, case.id)
        assert meetings.note_of(session, meeting) == SECRET
    with clock.moved_to(clock.now() + FIVE_YEARS), database.writing() as session:
        assert keeping.follow(session, []) == [case.id]
        assert cases.by_number(session, number) is None


@pytest.mark.parametrize("destroyed", [True, False])
def test_once_its_key_is_gone_nothing_of_the_record_opens_and_no_clock_stumbles_over_it(
    consortium: Consortium, database: Database, person: str, number: str, destroyed: bool
) -> None:
    with database.reading() as session:
        case = get(session, number)
    erase(database, person)
    later = timedelta() if destroyed else FIVE_YEARS
    with clock.moved_to(clock.now() + later):
        if destroyed:
            with database.writing() as session:
                keeping.decide(session, get(session, number), keep=False, reason="their wish", author=ANNA)
        with database.writing() as session:
            assert persons.forget_keys(session, keeping.follow(session, [person])) == 1
            assert persons.forget_keys(session, keeping.follow(session, [person])) == 0
        with database.reading() as session:
            stored = session.get_one(Case, case.id)
            with pytest.raises(KeyDestroyed):
                cases.intake_of(session, stored)
            assert case_documents.of_case(session, stored) == []
            assert (stored.layer, stored.risk) == (None, None)
            assert stored.subject_id != person
            assert cases.held_by(session, ANNA, states=set(cases.CaseState) - {"erased"}) == []
            assert keeping.outline(session, person) is None
        left = ("case_sessions", "case_measures", "risk_reviews", "case_follow_ups", "documents", "provider_links")
        assert {table: rows_of(database, table) for table in left} == dict.fromkeys(left, "[]")
        for task in tasks.TASKS:
            tasks.run(database, task, "test")


def test_erasing_stops_the_referrals_even_one_that_was_sent_before_asking(
    consortium: Consortium, database: Database, person: str, number: str
) -> None:
    service = service_of(consortium)
    with database.writing() as session:
        sent = acting_first.send(session, get(session, number), service, "medical", {"name": "A (fictional)"}, ANNA)
        token = provider_links.issue(session, sent)
    erase(database, person)
    with database.reading() as session:
        assert provider_links.seen(session, provider_links.open_link(session, token)).stopped


def test_what_was_begun_at_the_harmless_side_of_an_account_is_nobodys_case_and_ends_with_the_person(
    consortium: Consortium, database: Database
) -> None:
    harmless = consortium.enrol("V-9")
    consortium.answer(harmless, "granted", "mhpss.case")
    number = case_of(consortium, harmless, ANNA, state="intake")
    with database.writing() as session:
        assert [case.number for case in cases.at_organisation(session, "alder")] == [number]
        subjects.enrolment_of(session, harmless).hidden = True
    with database.writing() as session:
        assert cases.at_organisation(session, "alder") == []
        assert keeping.follow(session, [], at_once=[harmless])
        assert cases.of_person(session, harmless) is None


def test_nothing_is_destroyed_over_an_open_risk_review_nor_before_the_person_was_erased(
    consortium: Consortium, database: Database, person: str, number: str
) -> None:
    with database.writing() as session, pytest.raises(cases.NotNow):
        keeping.decide(session, get(session, number), keep=False, reason="x", author=ANNA)
    with database.writing() as session:
        risk.open_review(session, get(session, number), "clinician", ANNA)
    erase(database, person)
    with database.writing() as session, pytest.raises(closing.ReviewOpen):
        keeping.decide(session, get(session, number), keep=False, reason="x", author=ANNA)


def test_the_task_of_the_clock_destroys_the_key_of_a_record_that_was_let_go(
    consortium: Consortium, database: Database, person: str, number: str
) -> None:
    erase(database, person)
    with database.writing() as session:
        case_id = get(session, number).id
        keeping.decide(session, get(session, number), keep=False, reason="their wish", author=ANNA)
        assert tasks._destroy_keys(session) == 1
    with database.reading() as session, pytest.raises(KeyDestroyed):
        keyring(session).seal(case_id, "anywhere", json.dumps({}).encode())
