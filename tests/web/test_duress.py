"""The second passphrase: a page like any other, a quiet word to the partner, and nothing that cannot be undone."""

import re
import statistics
import time

import pyotp
import pytest
from flask import Flask
from sqlalchemy import event, select

from consent.people import concerns, overview, persons, subjects
from consent.proving import verification
from portal.access import accounts, duress, forgetting
from portal.access.accounts import Role
from tests.consortium import Consortium
from tests.web.people import PASSPHRASE, Browser, staff
from tests.web.test_accounts import at_sign_in, form_of
from vault import clock
from vault.database import Database

SECOND = "quiet garden bread winter seven tram"
NUMBER = "100 200 300"
PAGES = ("/my/", "/my/choices/several", "/my/access/", "/my/seen", "/my/copy", "/my/choices/keep")


@pytest.fixture
def anna(consortium: Consortium) -> str:
    subject_id = consortium.enrol("V-1")
    consortium.answer(subject_id, "granted", "share.icc", "record.interview")
    with consortium.database.writing() as session:
        accounts.create(
            session,
            Role.SURVIVOR,
            "alder",
            NUMBER,
            PASSPHRASE,
            language="en",
            subject_id=subject_id,
            second_passphrase=SECOND,
        )
    return subject_id


def enter(app: Flask, passphrase: str, status: int = 200) -> Browser:
    browser = at_sign_in(app)
    browser.post("/sign-in", status, sign_in=NUMBER, passphrase=passphrase)
    return browser


def test_the_second_passphrase_opens_a_page_with_nothing_of_the_persons_in_it(
    app: Flask, consortium: Consortium, anna: str
) -> None:
    forced = enter(app, SECOND)
    assert forced.path == "/my/"
    own = enter(app, PASSPHRASE)
    assert forced.get("/my/") != own.get("/my/")
    assert "Allowed: 2 of" in forced.page.text  # type: ignore[union-attr]


def test_both_sides_have_the_same_pages_cookies_and_headers(app: Flask, consortium: Consortium, anna: str) -> None:
    sides = [enter(app, passphrase) for passphrase in (PASSPHRASE, SECOND)]
    for address in PAGES:
        answers = [side.client.get(address) for side in sides]
        assert {answer.status_code for answer in answers} == {200}, address
        assert set(answers[0].headers.keys()) == set(answers[1].headers.keys())
        shapes = [re.findall(r"<h1[^>]*>[^<]*|<title>[^<]*|<form", answer.text) for answer in answers]
        assert shapes[0] == shapes[1], address
    jars = [{(each.key, len(each.value)) for each in side.client._cookies.values()} for side in sides]  # type: ignore[union-attr]
    assert {key for key, _ in jars[0]} == {key for key, _ in jars[1]}


def test_what_is_done_there_stays_done_and_touches_nothing_of_the_persons(
    app: Flask, consortium: Consortium, anna: str, database: Database
) -> None:
    forced = enter(app, SECOND)
    forced.get("/my/choices/stop?all=1")
    stop = re.findall(r'name="scope" value="([^"]+)"', forced.page.text)  # type: ignore[union-attr]
    assert stop
    forced.post("/my/choices/stop", all="1")
    assert "It has stopped" in forced.page.text  # type: ignore[union-attr]
    assert "Allowed: 0 of" in enter(app, SECOND).get("/my/")
    with database.reading() as session:
        assert overview.of_person(session, anna).count("granted") == 2
    assert consortium.faults() == []


def test_the_partner_is_told_quietly_and_once(
    app: Flask, consortium: Consortium, anna: str, database: Database
) -> None:
    enter(app, PASSPHRASE)
    with database.reading() as session:
        assert concerns.all_open(session) == []
    enter(app, SECOND)
    enter(app, SECOND)
    with database.reading() as session:
        (concern,) = concerns.all_open(session)
    assert (concern.subject_id, concern.ground) == (anna, "second_passphrase")
    assert "signed in with the second passphrase" in staff(app, consortium, Role.DPO).get("/protection/")


@pytest.mark.parametrize(("button", "works"), [("carry_out", True), ("drop", False)])
def test_the_persons_own_words_go_on_and_changes_wait_until_the_partner_has_spoken_with_them(
    app: Flask, consortium: Consortium, anna: str, database: Database, button: str, works: bool
) -> None:
    enter(app, SECOND)
    own = enter(app, PASSPHRASE)
    own.get("/my/access/words")
    new = re.search(r'class="number">([^<]+)<', own.post("/my/access/words", present=PASSPHRASE))
    assert new
    assert "The old ones no longer work" in own.page.text  # type: ignore[union-attr]
    enter(app, new[1], 422)
    assert enter(app, PASSPHRASE).path == "/my/"
    own.get("/my/copy")
    own.post("/my/copy", 503)
    officer = staff(app, consortium, Role.DPO)
    address = re.search(r'action="(/protection/concerns/[^"]+)"', officer.get("/protection/"))
    assert address
    officer.post(address[1], held=button)
    enter(app, new[1], 200 if works else 422)
    enter(app, PASSPHRASE, 422 if works else 200)
    with database.reading() as session:
        assert duress.held_of(session, anna) == 0


def test_a_passphrase_changed_there_is_changed_there_alone(app: Flask, consortium: Consortium, anna: str) -> None:
    forced = enter(app, SECOND)
    forced.get("/my/access/words")
    new = re.search(r'class="number">([^<]+)<', forced.post("/my/access/words", present=SECOND))
    assert new
    enter(app, SECOND, 422)
    assert "Allowed: 2 of" in enter(app, new[1]).get("/my/")
    assert enter(app, PASSPHRASE).path == "/my/"


def test_both_sides_ask_for_the_same_code_from_the_app(app: Flask, consortium: Consortium, anna: str) -> None:
    own = enter(app, PASSPHRASE)
    secret = re.search(r'class="number">([A-Z2-7]+)<', own.get("/my/access/app"))
    assert secret
    own.post("/my/access/app", secret=secret[1], code=pyotp.TOTP(secret[1]).at(clock.now()))
    for passphrase in (PASSPHRASE, SECOND):
        side = enter(app, passphrase)
        assert side.path == "/sign-in/code"
        side.post("/sign-in/code", code=pyotp.TOTP(secret[1]).at(clock.now()))
        assert side.path == "/my/"


def test_every_survivors_account_has_a_harmless_side_whether_or_not_its_words_are_known(
    consortium: Consortium, database: Database
) -> None:
    anna = consortium.enrol("V-1")
    with database.writing() as session:
        accounts.create(session, Role.SURVIVOR, "alder", "1", PASSPHRASE, language="en", subject_id=anna)
        account = accounts.of_subject(session, anna)
        assert account is not None
        assert accounts.decoy(session, account) is not None


def test_no_desk_finds_the_harmless_side(consortium: Consortium, anna: str, database: Database) -> None:
    with database.reading() as session:
        assert [each.subject_id for each in subjects.search(session, "alder", "")] == [anna]
        account = accounts.of_subject(session, anna)
        assert account is not None
        other = accounts.decoy(session, account)
        assert other is not None
        assert other.subject_id is not None
        code = subjects.codes_of(session, [other.subject_id])[other.subject_id]
        with pytest.raises(subjects.UnknownSubject):
            subjects.enrolment(session, "alder", code)


def test_signing_in_with_either_passphrase_takes_alike_long(app: Flask, consortium: Consortium, anna: str) -> None:
    taken: dict[str, list[float]] = {PASSPHRASE: [], SECOND: []}
    enter(app, SECOND)
    for _ in range(20):
        for passphrase, times in taken.items():
            browser = at_sign_in(app)
            fields = form_of(browser, NUMBER, passphrase)
            began = time.process_time()
            browser.client.post("/sign-in", data=fields)
            times.append(time.process_time() - began)
    own, forced = taken.values()
    print(f"median own {statistics.median(own) * 1000:.1f} ms, second {statistics.median(forced) * 1000:.1f} ms")
    assert abs(statistics.median(own) - statistics.median(forced)) < 0.2 * statistics.median(own)
    assert min(own) < max(forced)
    assert min(forced) < max(own)


def statements(database: Database, browser: Browser, passphrase: str) -> list[str]:
    """What the database and the key store are asked while somebody signs in, and how often something is committed."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    def committed(_connection: object) -> None:
        asked.append("COMMIT")

    fields = form_of(browser, NUMBER, passphrase)
    engines = (database.engine, database.keys._engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
        event.listen(engine, "commit", committed)
    try:
        assert browser.client.post("/sign-in", data=fields).status_code == 302
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
            event.remove(engine, "commit", committed)
    return asked


@pytest.mark.parametrize("time", ["first", "second"])
def test_signing_in_with_either_passphrase_asks_the_database_for_the_same_in_the_same_order(
    app: Flask, consortium: Consortium, anna: str, database: Database, time: str
) -> None:
    if time == "second":
        enter(app, SECOND)
        enter(app, PASSPHRASE)
    asked = [statements(database, at_sign_in(app), passphrase) for passphrase in (PASSPHRASE, SECOND)]
    # What is written is kept for one and undone for the other, by one short statement each.
    kept = [each.replace("RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT") for each in asked[1]]
    assert kept == asked[0]


def test_an_erased_person_leaves_no_way_in_and_no_harmless_side(
    app: Flask, consortium: Consortium, anna: str, database: Database
) -> None:
    enter(app, PASSPHRASE)
    with database.writing() as session:
        account = accounts.of_subject(session, anna)
        assert account is not None
        index = account.sign_in_index
        persons.erase(session, anna, "officer")
        owners = forgetting.forget(session, anna, "officer")
    with database.writing() as session:
        for owner in (anna, *owners):
            persons.forget_key(session, owner)
        assert len(owners) == 1
        assert session.scalar(select(accounts.Account.id).where(accounts.Account.sign_in_index == index)) is None
        assert list(verification.faults(session)) == []
    for passphrase in (PASSPHRASE, SECOND):
        enter(app, passphrase, 422)
