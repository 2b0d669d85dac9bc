"""People are told that something waits for them as they say is safe: the way, the hours, the code word, or never."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from consent.ledger.scopes import LANGUAGES
from consent.people import persons, safe_contacts, zones
from consent.people.safe_contacts import Contact, ContactWay
from consent.rights import letters, receiving
from portal.access import accounts, forgetting, notices
from portal.access.accounts import Role
from portal.access.notices import Notice, What
from portal.casework import reaching
from portal.outbox import texts
from portal.outbox.carriers import MailServer
from portal.outbox.messages import Channel, Message, MessageKind, MessageState
from portal.outbox.sending import Post
from tests.consortium import Consortium
from tests.mail_server import Mood, ServerOfMoods
from tests.web.people import create_survivor, staff, survivor
from vault import clock
from vault.database import Database
from vault.policy import law

MAIL = Contact(ContactWay.MAIL, "friend@mail.example", code_word="juniper")


@pytest.fixture
def server() -> Iterator[ServerOfMoods]:
    with ServerOfMoods() as running:
        yield running


@pytest.fixture
def post(server: ServerOfMoods) -> Post:
    return Post({Channel.MAIL: MailServer(server.address, "desk@house.example", patience=0.5)}, "https://desk.example/")


@pytest.fixture
def person(consortium: Consortium) -> str:
    enrolled = consortium.enrol("V-1")
    create_survivor(consortium, enrolled, "en")
    return enrolled


def kept(database: Database, person: str, contact: Contact) -> None:
    with database.writing() as session:
        safe_contacts.keep(session, person, contact)


def told(database: Database, person: str, of: str = "a") -> bool:
    with database.writing() as session:
        return reaching.tell(session, person, What.LETTER, of)


def followed(database: Database) -> None:
    with database.writing() as session:
        reaching.follow(session)


def documenters_news(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(Notice.id).where(Notice.what == What.REACH_PERSON)).all())


def states(database: Database) -> list[MessageState]:
    with database.reading() as session:
        return list(
            session.scalars(
                select(Message.state).where(Message.kind == MessageKind.PERSON).order_by(Message.created_at, Message.id)
            )
        )


@given(
    first=st.integers(0, 23),
    last=st.integers(1, 24),
    zone=st.sampled_from(["Europe/Vilnius", "America/Los_Angeles", "Pacific/Auckland", "UTC"]),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
)
def test_nobody_is_reached_outside_their_hours_and_everybody_within_a_day(
    first: int, last: int, zone: str, now: datetime
) -> None:
    if first == last:
        return
    here = zones.named(zone)
    moment = now.replace(tzinfo=UTC)
    opens = Contact(ContactWay.SMS, "+370 600 00000", first, last).opens(moment, here)
    hour = opens.astimezone(here).hour
    is_open = first <= hour < last if first < last else hour >= first or hour < last
    # Where the first hour is one that clocks leave out, they open with the next.
    assert is_open or (hour - first) % 24 == 1
    assert moment <= opens <= moment + timedelta(hours=25)


def test_a_letter_that_was_sent_is_told_once_with_the_code_word_and_nothing_else(
    database: Database, consortium: Consortium, person: str, post: Post, server: ServerOfMoods
) -> None:
    kept(database, person, MAIL)
    with database.writing() as session:
        received = receiving.Received("access", channel="portal", language="en", text="", subject_id=person)
        asked = receiving.receive(session, "alder", received, "author")
        letters.send(session, letters.draft(session, asked, "received"), "author")
    for _ in range(2):
        followed(database)
        post.send_due(database)
    (mail,) = server.accepted
    assert mail["To"] == MAIL.to
    assert mail["Subject"] == "juniper"
    assert mail.get_content().split() == ["juniper", *texts.TEXTS["en"]["person"].split()]
    assert documenters_news(database) == 0


@pytest.mark.parametrize("contact", [None, Contact(ContactWay.NEVER), Contact(ContactWay.STAFF)])
def test_nothing_goes_to_whom_it_is_not_safe_for(
    database: Database, consortium: Consortium, app: Flask, person: str, contact: Contact | None
) -> None:
    if contact is not None:
        kept(database, person, contact)
    documenter = staff(app, consortium, Role.DOCUMENTER)
    other = staff(app, consortium, Role.DOCUMENTER, "birch")
    assert told(database, person)
    assert not told(database, person)
    followed(database)
    assert states(database) == []
    is_told_by_staff = contact is not None and contact.way is ContactWay.STAFF
    assert documenters_news(database) == (1 if is_told_by_staff else 0)
    assert ("want to hear it from you" in documenter.get("/people/today")) == is_told_by_staff
    assert "want to hear it from you" not in other.get("/people/today")


def test_what_is_safe_when_it_goes_counts_and_not_what_was(
    database: Database, person: str, post: Post, server: ServerOfMoods
) -> None:
    kept(database, person, MAIL)
    told(database, person)
    kept(database, person, Contact(ContactWay.NEVER))
    post.send_due(database)
    assert server.accepted == []
    assert states(database) == [MessageState.DROPPED]


def test_it_waits_for_the_hours_where_the_person_is(
    database: Database, person: str, post: Post, server: ServerOfMoods, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as session:
        zones.keep_of_person(session, person, "Pacific/Auckland")
    now = clock.now().replace(hour=0, minute=30)
    hour = now.astimezone(zones.named("Pacific/Auckland")).hour
    kept(database, person, Contact(ContactWay.MAIL, MAIL.to, (hour + 2) % 24, (hour + 4) % 24 or 24))
    monkeypatch.setattr(clock, "now", lambda: now)
    told(database, person)
    assert post.send_due(database) == 0
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=1))
    assert post.send_due(database) == 0
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=2))
    assert post.send_due(database) == 1


def test_who_has_not_looked_after_days_or_cannot_be_mailed_is_told_by_staff(
    database: Database,
    consortium: Consortium,
    app: Flask,
    person: str,
    post: Post,
    server: ServerOfMoods,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    documenter = staff(app, consortium, Role.DOCUMENTER)
    kept(database, person, MAIL)
    told(database, person)
    server.mood = Mood.REFUSES
    post.send_due(database)
    followed(database)
    followed(database)
    assert documenters_news(database) == 1
    page = documenter.get("/people/today")
    assert "A message has not reached them" in page
    code = page.split('/reached"')[0].rsplit("/people/", 1)[1]
    documenter.post(f"/people/{code}/reached")
    documenter.post(f"/people/{code}/reached")
    assert "A message has not reached them" not in documenter.get("/people/today")
    server.mood = Mood.WELL
    told(database, person, "b")
    post.send_due(database)
    followed(database)
    assert documenters_news(database) == 1
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + law.NEWS_UNREAD.default)
    followed(database)
    assert documenters_news(database) == 2


def test_who_signs_in_has_looked(database: Database, consortium: Consortium, app: Flask, person: str) -> None:
    kept(database, person, Contact(ContactWay.STAFF))
    told(database, person)
    with database.reading() as session:
        assert len(reaching.unreached(session)) == 1
    survivor_of(app, consortium, person)
    with database.reading() as session:
        assert reaching.unreached(session) == []


def survivor_of(app: Flask, consortium: Consortium, person: str) -> Any:
    with consortium.database.writing() as session:
        account = accounts.of_subject(session, person)
        assert account is not None
        forgetting.forget(session, person, "system")
    return survivor(app, consortium, person)


def test_what_is_safe_goes_with_whoever_is_erased(database: Database, person: str) -> None:
    kept(database, person, MAIL)
    told(database, person)
    with database.writing() as session:
        persons.erase(session, person, "system")
        forgetting.forget(session, person, "system")
        assert session.scalars(select(safe_contacts.SafeContact)).all() == []
        assert session.scalars(select(Message)).all() == []
        assert not reaching.tell(session, person, What.LETTER, "c")


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_person_and_whoever_speaks_with_them_keep_the_same(
    database: Database, consortium: Consortium, app: Flask
) -> None:
    enrolled = consortium.enrol("V-2")
    me = survivor(app, consortium, enrolled)
    me.get("/my/access/contact")
    me.post("/my/access/contact", 422, way="mail", to="", from_hour="0", until_hour="24", code_word="")
    me.post("/my/access/contact", way="mail", to=MAIL.to, from_hour="9", until_hour="17", code_word="juniper")
    with database.reading() as session:
        assert safe_contacts.of_person(session, enrolled) == Contact(ContactWay.MAIL, MAIL.to, 9, 17, "juniper")
    documenter = staff(app, consortium, Role.DOCUMENTER)
    code = documenter.get("/people/").split('href="/people/K')[1].split('"')[0]
    address = f"/people/K{code}/contact"
    assert MAIL.to in documenter.get(address)
    documenter.post(address, way="never", to=MAIL.to, from_hour="9", until_hour="17", code_word="juniper")
    with database.reading() as session:
        assert safe_contacts.of_person(session, enrolled) == Contact(ContactWay.NEVER, "", 9, 17, "juniper")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_for_people_name_nothing(language: str) -> None:
    said = texts.text_for_person(language, "")
    assert not any(sign in said.subject + said.body for sign in ("http", "zhoda", "{", "@"))
    assert notices.What.LETTER
