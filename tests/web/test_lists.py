"""A list of 3,200 people, and what every list does with an address."""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from consent.people import subjects
from portal.access import accounts, notices
from portal.access.accounts import Role
from portal.access.readings import Reading
from portal.desks.administration.listings import ACTS, OUTBOX
from portal.frame import saved
from portal.lists import Listing
from tests.consortium import Consortium
from tests.web.people import Browser, create_staff, staff
from vault import audit
from vault.audit import AuditEntry
from vault.database import Database

PEOPLE = 3200
MOST_STATEMENTS = 25


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """The statements that the database gets meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


@pytest.fixture
def documenter(app: Flask, consortium: Consortium) -> Browser:
    return staff(app, consortium, Role.DOCUMENTER)


def codes(page: str) -> list[str]:
    return re.findall(r'<a class="govuk-link" href="/people/(K-\d+)">', page)


def test_a_list_of_3200_people_takes_few_statements(
    documenter: Browser, consortium: Consortium, database: Database
) -> None:
    with database.writing() as session:
        subjects.enrol_many(session, "alder", [() for _ in range(PEOPLE)])
    for query in ("", "?sort=-code", "?sort=-since&page=64", "?find=K-00", "?page=2"):
        with statements(database) as sent:
            page = documenter.get(f"/people/{query}")
        assert len(sent) <= MOST_STATEMENTS, (query, len(sent))
        assert len(codes(page)) == 50
    assert codes(documenter.get("/people/?page=64"))[-1] == f"K-{PEOPLE}"
    assert codes(documenter.get("/people/?sort=-code"))[0] == f"K-{PEOPLE}"
    assert f"3151 to {PEOPLE} of {PEOPLE}" in documenter.get("/people/?sort=-code&page=64")
    with statements(database) as sent:
        whole = documenter.client.get("/people/list.csv")
    assert len(sent) <= MOST_STATEMENTS
    rows = list(csv.DictReader(io.StringIO(whole.data.decode("utf-8-sig"))))
    assert len(rows) == PEOPLE
    with database.reading() as session:
        of_file = select(func.count()).where(AuditEntry.act == Reading.PEOPLE_FILE)
        assert session.scalar(of_file) == PEOPLE


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_selection_is_kept_under_a_name_by_whoever_named_it(
    app: Flask, consortium: Consortium, documenter: Browser
) -> None:
    consortium.enrol("V-1")
    address = "/lists/documenter.people/keep?find=K-0001&sort=-code"
    documenter.get("/people/?find=K-0001&sort=-code")
    assert "Give it a name" in _kept(documenter, address, "  ", 422)
    # Kept twice, it is there once, and the later selection is meant.
    _kept(documenter, "/lists/documenter.people/keep?find=K-9", "Mine; =1")
    page = _kept(documenter, address, "Mine; =1")
    assert page.count("Mine; =1") == 1
    assert "/people/?find=K-0001&amp;sort=-code" in page
    assert codes(documenter.get("/people/?find=K-0001&sort=-code")) == ["K-0001"]
    with consortium.database.reading() as session:
        stored = session.scalars(select(saved.SavedList)).one()
    assert b"K-0001" not in stored.sealed
    other = staff(app, consortium, Role.DOCUMENTER, "birch")
    assert "Mine" not in other.get("/people/")
    other.get("/lists/documenter.people/keep")
    other.post(f"/lists/kept/{stored.name_index}/remove", 404)
    documenter.get(address)
    assert "Mine" not in documenter.post(f"/lists/kept/{stored.name_index}/remove")
    documenter.get(address)
    documenter.post(f"/lists/kept/{stored.name_index}/remove", 404)


def _kept(browser: Browser, address: str, name: str, status: int = 200) -> str:
    browser.get(address)
    return browser.post(address, status, name=name)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_names_are_given_to_lists_that_one_sees_and_to_so_many(
    documenter: Browser, consortium: Consortium, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("protection.requests", "disclosure.items", "nothing"):
        documenter.get(f"/lists/{key}/keep", 404)
    monkeypatch.setattr(saved, "MOST", 1)
    address = "/lists/documenter.people/keep"
    _kept(documenter, address, "One")
    assert "too many" in _kept(documenter, address, "Two", 422)
    _kept(documenter, address, "One")


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_the_file_of_an_address_that_asks_for_what_it_cannot_leads_to_the_page(documenter: Browser) -> None:
    answer = documenter.client.get("/people/list.csv?sort=nonsense")
    assert answer.location == "/people/?sort=nonsense"
    assert documenter.client.get("/people/?as=csv&find=K").location == "/people/list.csv?find=K"


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_every_desk_has_its_search_and_the_page_about_keys(app: Flask, consortium: Consortium) -> None:
    for role in set(Role) - {Role.SURVIVOR}:
        browser = staff(app, consortium, role)
        page = browser.get("/lists/keyboard")
        search = re.search(r'<form class="bar__search"[^>]*action="([^"]+)">(.*?)</form>', page, re.DOTALL)
        assert search, role
        sent = dict(re.findall(r'name="([^"]+)"(?:[^>]*?value="([^"]*)")?', search[2]))
        browser.get(f"{search[1]}?{urlencode({**sent, next(iter(sent)): 'x-1'})}")
        assert page.count('src="/static/desk.js"') == 1


@pytest.mark.parametrize(
    ("role", "address", "listing"),
    [(Role.AUDITOR, "/administration/acts", ACTS), (Role.ADMINISTRATOR, "/administration/outbox/", OUTBOX)],
)
def test_what_is_too_much_to_be_held_is_sorted_by_the_database(
    app: Flask, consortium: Consortium, role: Role, address: str, listing: Listing[Any]
) -> None:
    names = [create_staff(consortium, each) for each in (Role.DPO, Role.COORDINATOR)]
    with consortium.database.writing() as session:
        for each in names:
            account = accounts.find(session, each)
            assert account is not None
            notices.tell(session, account.id, notices.What.NEW_DEVICE)
            audit.record(session, account.as_actor(), "subject.read", target=account.id)
    browser = staff(app, consortium, role)
    for column in listing.on_page:
        pages = [browser.get(f"{address}?sort={sign}{column.key}") for sign in ("", "-")]
        assert all(page.count("<tr") == pages[0].count("<tr") for page in pages) or role is Role.AUDITOR
    first, last = ("coordinator.alder@example.org", "dpo.alder@example.org")
    table = browser.get(f"{address}?sort=account").partition("<tbody")[2]
    assert table.index(first) < table.index(last)
    table = browser.get(f"{address}?sort=-account").partition("<tbody")[2]
    assert table.index(last) < table.index(first)


@pytest.mark.parametrize("query", ["endpoint=x", "self=1", "_anchor=x", "_external=1&_scheme=ftp", "find=&find=V-1"])
def test_what_an_address_asks_for_in_vain_or_twice_shows_nothing_and_breaks_nothing(
    documenter: Browser, consortium: Consortium, query: str
) -> None:
    consortium.enrol("V-2")
    page = documenter.get(f"/people/?{query}", 422)
    assert codes(page) == []
    led = documenter.client.get(f"/people/list.csv?{query}")
    assert led.location == f"/people/?{query}"


def test_a_selection_goes_with_whom_it_names(documenter: Browser, consortium: Consortium, database: Database) -> None:
    with database.writing() as session:
        account = session.scalars(select(accounts.Account.id)).first()
        assert account is not None
        saved.keep(session, account, "documenter.people", "Mine", "find=V-7")
        saved.keep(session, account, "documenter.people", "Others", "find=V-8")
        saved.remove_naming(session, ["V-7", ""])
        assert [each.name for each in saved.of_account(session, account, "documenter.people")] == ["Others"]
