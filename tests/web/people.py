"""Signing in and filling forms through the test client, as a browser without scripts would."""

import html
import re
from dataclasses import dataclass
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import MapAdapter
from werkzeug.test import TestResponse

from consent.people import subjects
from portal.access import accounts
from portal.access.accounts import Role
from tests.consortium import Consortium
from vault import clock

PASSPHRASE = "river lamp stone apple window cloud"
_NOT_FOLLOWED = ("/static/", "/language/", "/health", "/ready", "/api/")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Browser:
    """A client that follows redirects and sends the form token of the page it is on."""

    client: FlaskClient
    page: TestResponse | None = None

    def get(self, address: str, status: int = 200) -> str:
        """Open a page and answer its text."""
        self.page = self.client.get(address, follow_redirects=True)
        assert self.page.status_code == status, (address, self.page.status_code, self.page.text[:3000])
        return self.page.text

    def post(self, address: str, status: int = 200, **fields: Any) -> str:
        """Send a form from the page one is on, with what says from what it was drawn."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page.text if self.page else "")
        assert found, "no form on this page"
        data = {
            "csrf_token": found[1],
            **self._drawn_from(address),
            **{name.replace("__", "-"): value for name, value in fields.items()},
        }
        self.page = self.client.post(address, data=data, follow_redirects=True)
        assert self.page.status_code == status, (address, self.page.status_code, self.page.text[:3000])
        return self.page.text if self.page.mimetype.startswith("text/") else ""

    def _drawn_from(self, address: str) -> dict[str, str]:
        assert self.page is not None
        for form in re.findall(r"<form[^>]*>.*?</form>", self.page.text, re.DOTALL):
            action = re.match(r'<form[^>]* action="([^"]*)"', form)
            version = re.search(r'name="drawn_from" value="([^"]+)"', form)
            if version and (html.unescape(action[1]) if action else self.path) == address:
                return {"drawn_from": version[1]}
        return {}

    @property
    def path(self) -> str:
        """Where one is."""
        assert self.page is not None
        return self.page.request.path


def create_staff(consortium: Consortium, role: Role, organisation: str = "alder", language: str = "en") -> str:
    """A staff account, if it is not there yet; what it signs in with."""
    name = f"{role.value}.{organisation}@example.org"
    with consortium.database.writing() as session:
        if accounts.find(session, name) is None:
            accounts.create(session, role, organisation, name, PASSPHRASE, language=language, totp_secret=SECRET)
    return name


def create_survivor(consortium: Consortium, subject_id: str, language: str = "en") -> str:
    """The account of a person; its number."""
    number = f"100 200 {int(subject_id[:6], 16) % 900 + 100}"
    with consortium.database.writing() as session:
        organisation = subjects.enrolment_of(session, subject_id).organisation
        accounts.create(
            session, Role.SURVIVOR, organisation, number, PASSPHRASE, language=language, subject_id=subject_id
        )
    return number


def staff(app: Flask, consortium: Consortium, role: Role, organisation: str = "alder") -> Browser:
    """A staff member, signed in with passphrase and code."""
    browser = Browser(app.test_client())
    browser.get("/sign-in")
    browser.post("/sign-in", sign_in=create_staff(consortium, role, organisation), passphrase=PASSPHRASE)
    browser.post("/sign-in/code", code=pyotp.TOTP(SECRET).at(clock.now()))
    return browser


def survivor(app: Flask, consortium: Consortium, subject_id: str, language: str = "en") -> Browser:
    """A person, signed in with their account number and passphrase."""
    browser = Browser(app.test_client())
    browser.get("/sign-in")
    browser.post("/sign-in", sign_in=create_survivor(consortium, subject_id, language), passphrase=PASSPHRASE)
    return browser


def account_of(sign_ins: dict[str, Any], role: Role) -> dict[str, Any]:
    """The first account of a role among the sign-ins of the demonstration."""
    return next(account for account in sign_ins["accounts"] if account["role"] == role.value)


def signed_in(app: Flask, account: dict[str, Any]) -> Browser:
    """Signed in to the demonstration through the forms, with a code where the account has an app."""
    browser = Browser(app.test_client())
    browser.get("/sign-in")
    browser.post("/sign-in", sign_in=account["sign_in"], passphrase=account["passphrase"])
    if account["totp_secret"]:
        browser.post("/sign-in/code", code=pyotp.TOTP(account["totp_secret"]).at(clock.now()))
    return browser


def letter_waiting(officer: Browser, address: str) -> tuple[str, dict[str, str]]:
    """The letter of what is decided about a request: its address, and its words as they were drafted."""
    found = re.search(rf'href="({address}/letters/[0-9a-f]{{32}})">Read the letter', officer.get(address))
    assert found
    page = officer.get(found[1])
    subject = re.search(r'name="subject"[^>]*value="([^"]*)"', page)
    text = re.search(r"<textarea[^>]*>\s*(.+?)</textarea>", page, re.DOTALL)
    assert subject
    assert text
    return found[1], {"subject": html.unescape(subject[1]), "text": html.unescape(text[1])}


def send_decision(officer: Browser, address: str, status: int = 200) -> str:
    """Send the letter of what is decided about a request, as it was drafted."""
    letter, words = letter_waiting(officer, address)
    return officer.post(letter, status, send="1", **words)


def reached(app: Flask, visitor: Browser, most: int = 2) -> dict[str, TestResponse]:
    """What a visitor reaches by following links, `most` addresses of each kind at most, with what each answers."""
    adapter: MapAdapter = app.url_map.bind("localhost")
    seen: dict[str, list[str]] = {}
    found: dict[str, TestResponse] = {}
    edge = ["/"]
    while edge:
        asked = edge.pop(0)
        answer = found[asked] = visitor.client.get(asked, follow_redirects=True)
        assert answer.status_code == 200, asked
        links = re.findall(r'href="(/[^"#]*)"', answer.text) if answer.mimetype == "text/html" else []
        for link in links:
            target = link.replace("&amp;", "&")
            if target.startswith(_NOT_FOLLOWED):
                continue
            endpoint, _arguments = adapter.match(target.partition("?")[0], method="GET")
            known = seen.setdefault(f"{endpoint}?{'names' if 'names=1' in target else ''}", [])
            if target not in known and len(known) < most:
                known.append(target)
                edge.append(target)
    found.pop("/")
    return found
