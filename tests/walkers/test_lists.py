"""Every list of every desk stands on the one list: found on the pages, tried by its address, and taken along."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, render_template_string
from flask_login import FlaskLoginClient
from sqlalchemy import select
from werkzeug.test import TestResponse
from wtforms import DateField, StringField

from portal.access import permissions, sessions
from portal.access.accounts import Account, Role
from portal.access.relations import OwnAccount
from portal.frame.transaction import database
from portal.lists.listing import Listing, declared
from tests.support import with_default
from tests.walkers.pages import read
from tests.web.people import Browser, reached
from vault.policy import law

# Why a table is no list of records, and what then holds of it.
NO_LISTS = ("part", "today", "catalogue", "figures")
MOST_OF_A_CATALOGUE = 30
# A spreadsheet cuts lines at one of these, depending on where it was bought.
SEPARATORS = ",;\t|"
# Who looks at it writes into it.
GROWING = ("administration.acts",)
RUNS = re.compile('[\\s"]*(?:[=+@＝＋－＠]|-(?![0-9.]+$))')


def tables(page: str) -> Iterator[tuple[str, str, int]]:
    """The tables of a page: of which list, or why of none, and how many rows each has."""
    for opening, body in re.findall(r"<table\b([^>]*)>(.*?)</table>", page, re.DOTALL):
        listed, kind = (re.search(rf'data-{name}="([^"]+)"', opening) for name in ("list", "table"))
        # A cell over all columns says that there is nothing.
        rows = len(re.findall(r"<tr\b", body.partition("<tbody")[2])) - body.count("colspan=")
        yield listed[1] if listed else "", kind[1] if kind else "", rows


def faults_of_page(app: Flask, address: str, page: str) -> Iterator[str]:
    """Tables that are neither a declared list nor say why they are none."""
    endpoint, arguments = app.url_map.bind("localhost").match(address.partition("?")[0], method="GET")
    permission = permissions.of(app, endpoint)
    own = permission is not None and (permission.relation is OwnAccount or permission.roles == {Role.SURVIVOR})
    of_one_record = arguments or "?" in address or own
    for listed, kind, rows in tables(page):
        if listed:
            if listed not in declared() or declared()[listed].page != endpoint:
                yield f"{address}: the list {listed} is not declared for this page"
        elif kind not in NO_LISTS:
            yield f"{address}: a table of {rows} rows is no list and does not say why"
        elif kind == "part" and not of_one_record:
            yield f"{address}: a table is part of no record"
        elif kind == "today" and not endpoint.endswith(".today"):
            yield f"{address}: what needs somebody stands on the first page of a desk"
        elif kind == "catalogue" and rows > MOST_OF_A_CATALOGUE:
            yield f"{address}: a catalogue of {rows} rows is a list"


def visitors(app: Flask, role: Role) -> Iterator[Browser]:
    """Some accounts of a role, signed in."""
    with app.app_context(), database().writing() as session:
        known = select(Account).where(Account.role == role, Account.disabled_at.is_(None), Account.decoy_of.is_(None))
        found = [sessions.begin(session, account) for account in session.scalars(known.order_by(Account.id).limit(3))]
    app.test_client_class = FlaskLoginClient
    for each in found:
        yield Browser(app.test_client(user=each))


@pytest.fixture(autouse=True)
def _always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(law, "STEP_UP_FRESH", with_default(law.STEP_UP_FRESH, law.SESSION_LONGEST.default))


class Trial:
    """One list, asked for in every way by somebody who may see it."""

    def __init__(self, listing: Listing[Any], browser: Browser, page: str) -> None:
        self.listing, self.browser, self.page = listing, browser, page.partition("?")[0]
        self.plain = self.get()

    def get(self, status: int = 200, **asked: Any) -> str:
        answer = self.browser.client.get(f"{self.page}?{urlencode(asked)}")
        assert answer.status_code == status, (self.listing.key, asked, answer.status_code)
        return answer.text

    def total(self, page: str) -> int:
        """How many there are, as the page says."""
        found = re.search(r'<nav class="pages".*?</nav>', page, re.DOTALL)
        assert found
        return int(re.findall(r"\d+", re.sub(r"<[^>]+>", " ", found[0]))[-1])

    def rows(self, page: str) -> int:
        """How many the page shows."""
        (shown,) = [rows for listed, _kind, rows in tables(page) if listed == self.listing.key]
        return shown

    def faults(self) -> Iterator[str]:
        """What is wrong with it."""
        yield from self._of_order()
        yield from self._of_filters()
        yield from self._of_refusals()
        yield from self._of_file()

    def _of_order(self) -> Iterator[str]:
        shown, total = self.rows(self.plain), self.total(self.plain)
        for column, turned in zip(self.listing.on_page, cycle((False, True)), strict=False):
            page = self.get(sort=f"-{column.key}" if turned else column.key)
            if f'aria-sort="{"descending" if turned else "ascending"}"' not in page:
                yield f"{column.key}: the heading does not say the order"
            if (self.rows(page), self.total(page)) != (shown, total) and self.listing.key not in GROWING:
                yield f"{column.key}: another order shows others"

    def _of_filters(self) -> Iterator[str]:
        for each in self.listing.filters:
            select_of = re.search(rf'<select[^>]*name="{each.name}".*?</select>', self.plain, re.DOTALL)
            offered = re.findall(r'value="([^"]+)"', select_of[0]) if select_of else ["2026-05-31"]
            page = self.get(**{each.name: offered[-1]})
            if offered[-1] != each.default and f"{each.name}={offered[-1]}" not in page.partition('class="pages"')[2]:
                yield f"{each.name}: the file does not keep to the filter"

    def _of_refusals(self) -> Iterator[str]:
        wrong = dict.fromkeys(("sort", "page"), "nonsense") | {
            each.name: {StringField: "x" * 101, DateField: "9999-12-31"}.get(each.field.field_class, "nonsense")
            for each in self.listing.filters
        }
        for asked in (wrong, {"page": "0"}, {"page": "99999"}):
            page = self.get(422, **asked)
            found = read(page)
            said = {href.removeprefix("#") for href, _words in found.summary}
            if said != {f"list-{name}" for name in asked} or any(found.ids.count(each) != 1 for each in said):
                yield f"{asked}: not said at its field: {found.summary}"
            if self.rows(page):
                yield f"{asked}: refused, and rows are shown all the same"
        if self.rows(self.get(422, no_such_filter="1")):
            yield "a filter that is not known is passed over"

    def _of_file(self) -> Iterator[str]:
        link = re.search(r'href="([^"]*\.csv[^"]*)"', self.plain)
        assert link, self.listing.key
        answer = self.browser.client.get(link[1].replace("&amp;", "&"))
        yield from faults_of_file(answer)
        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
        if rows[0] != [column.key for column in self.listing.in_file]:
            yield f"the file has other columns: {rows[0]}"
        if len(rows) - 1 > self.total(self.plain) and self.listing.key not in GROWING:
            yield "the file has more rows than the list"


def faults_of_file(answer: TestResponse) -> Iterator[str]:
    """What a spreadsheet could take amiss."""
    if answer.status_code != 200 or answer.mimetype != "text/csv":
        yield f"no file: {answer.status_code} {answer.mimetype}"
    if not answer.data.startswith(b"\xef\xbb\xbf"):
        yield "the file does not say that it is in UTF-8"
    yield from faults_of_cells(answer.data.decode("utf-8-sig"))


def faults_of_cells(text: str) -> Iterator[str]:
    """Cells that run, whichever sign a spreadsheet cuts lines at."""
    for separator in SEPARATORS:
        naive = re.split(rf"[{re.escape(separator)}\r\n]", text)
        whole = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) for cell in row]
        yield from (f"{cell!r} runs, cut at {separator!r}" for cell in (*naive, *whole) if RUNS.match(cell))


def test_every_list_of_every_role_stands_on_the_one_list(demonstration: tuple[Flask, dict[str, Any]]) -> None:
    app, _sign_ins = demonstration
    faults: list[str] = []
    tried: set[str] = set()
    for role in Role:
        for browser in visitors(app, role):
            for address, answer in reached(app, browser, 1).items():
                if answer.mimetype != "text/html":
                    continue
                faults += faults_of_page(app, answer.request.full_path.rstrip("?"), answer.text)
                for listed in {listed for listed, _kind, rows in tables(answer.text) if listed} - tried:
                    tried.add(listed)
                    faults += [f"{listed}: {fault}" for fault in Trial(declared()[listed], browser, address).faults()]
            if not lists_of(app, role) - tried:
                break
    assert faults == [], "\n" + "\n".join(faults)
    assert {*declared()} == tried


def lists_of(app: Flask, role: Role) -> set[str]:
    """The lists that somebody of a role may see."""
    allowed = {key: permissions.of(app, listing.page) for key, listing in declared().items()}
    return {key for key, permission in allowed.items() if permission and role in permission.roles}


def test_a_list_that_is_not_on_the_part_is_found(demonstration: tuple[Flask, dict[str, Any]]) -> None:
    app, _sign_ins = demonstration
    by_hand = "<table><tbody><tr><td>1</td></tr><tr><td>2</td></tr></tbody></table>"
    assert [*faults_of_page(app, "/people/", by_hand)] == [
        "/people/: a table of 2 rows is no list and does not say why"
    ]
    with app.test_request_context():
        said = (
            "{% from 'components/desk.html' import desk_table with context %}"
            "{% call(each) desk_table(kind, 'x', ['y'], rows) %}{% endcall %}"
        )
        for kind, address in (("part", "/people/"), ("today", "/people/"), ("catalogue", "/people/today")):
            page = render_template_string(said, kind=kind, rows=range(31))
            assert [*faults_of_page(app, address, page)], kind
        assert not [*faults_of_page(app, "/people/today", render_template_string(said, kind="today", rows=range(31)))]
    assert [*faults_of_page(app, "/people/", '<table data-list="unknown"></table>')]
    assert [*faults_of_cells("a;=1\r\n")]
    assert [*faults_of_cells('"a","+1 (2)"\r\n')]
