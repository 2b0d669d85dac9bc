"""An address that nobody gave finds nothing, in the reader's language, whatever stands in it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue
from werkzeug.routing import Rule

from portal.access import permissions
from portal.access.accounts import Role
from portal.access.permissions import Who, public
from portal.access.readings import nothing
from portal.app import create_app
from portal.installation import open_database
from portal.settings import Settings
from tests.browser.test_pages import account_of, signed_in
from tests.support import with_default
from tests.walkers.pages import read
from tests.walkers.sending import Rehearsal, Walker, english_in, token_of
from tests.web.people import Browser, reached
from vault.policy import law

NUMBER, NULL, LINES, LONG = "9" * 19, "a%00b", "a%0D%0Ab", "Ы" * 4000
ODD = (NUMBER, NULL, LINES, LONG, "..%2F..", "%FF")
ASKED = (
    *("page", "before", "year", "find", "scope", "state", "period", "by", "need", "bucket", "item", "first", "last"),
    *("names", "age", "gender", "way", "since", "until", "act", "store", "recipient", "instead", "country", "language"),
)
QUERIES = (
    "&".join(f"{name}={NUMBER}" for name in ASKED),
    "&".join(f"{name}={LONG[:300]}" for name in ASKED),
    "next=/%0D%0ASet-Cookie:a=b",
    f"next={NULL}",
)


@pytest.fixture(scope="module")
def portal(demonstration_settings: Settings) -> Iterator[tuple[Flask, dict[str, Any], Rehearsal]]:
    """The portal over the fictional consortium, its sign-ins, and what keeps nothing."""
    database = open_database(demonstration_settings)
    known = json.loads((demonstration_settings.data_dir / "demo.json").read_text(encoding="utf-8"))
    app = create_app(demonstration_settings, database)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    yield app, known, Rehearsal(database)
    database.close()


# What everybody may open is opened once.
SEEN: set[str] = set()


def rules_of(app: Flask, role: Role) -> Iterator[Rule]:
    """The routes of a role, and those of everybody."""
    for rule in app.url_map.iter_rules():
        permission = permissions.of(app, rule.endpoint)
        if (
            permission is not None
            and permission.who is not Who.STORE
            and (not permission.roles or role in permission.roles)
        ):
            yield rule


def known_arguments(app: Flask, addresses: Iterator[str]) -> dict[str, dict[str, Any]]:
    """By route, arguments that lead somewhere."""
    adapter = app.url_map.bind("localhost")
    return {found[0]: dict(found[1]) for found in (adapter.match(each.partition("?")[0]) for each in addresses)}


def odd_addresses(rule: Rule, known: dict[str, dict[str, Any]]) -> Iterator[str]:
    """The addresses of a route with one thing in them that nobody gave."""
    names = known.get(rule.endpoint, {})
    shared = {name: value for each in known.values() for name, value in each.items()}
    right = {name: str(names.get(name, shared.get(name, "none-such"))) for name in rule.arguments}
    for name in sorted(rule.arguments):
        for odd in ODD:
            yield _filled(rule, {**right, name: odd})
    if "GET" in (rule.methods or ()):
        yield from (f"{_filled(rule, right)}?{query}" for query in QUERIES)


def _filled(rule: Rule, arguments: dict[str, str]) -> str:
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda found: arguments[found[1]], rule.rule)


def faults(walker: Walker, rule: Rule, address: str) -> Iterator[str]:
    """What is wrong with how an address answers."""
    # What finds what an address names is the same for every method.
    every = sorted({"GET", "POST"} & (rule.methods or set()))
    for method in every if any(odd in address for odd in (NUMBER, NULL)) else every[:1]:
        answer, error = walker.open(address, method)
        code = answer.status_code
        place = f"{method} {address[:120]}: {code}"
        if code >= 500 and code != 503:
            yield f"{place} {type(error).__name__} {error}"[:300]
        elif 422 != code >= 400 and answer.mimetype == "text/html" and code != 428:
            page = read(answer.text)
            words = page.headings
            if page.language != walker.language or not words or english_in(words):
                yield f"{place} is no page of the reader's: {page.language} {words}"
        elif method == "GET" and "?" in address and answer.mimetype == "text/html":
            # What is looked for by a form that is sent by GET is refused like any other.
            page = read(answer.text)
            said = [*page.messages, *(words for _href, words in page.summary)]
            yield from (f"{place} says “{words}”" for words in said if english_in(words))
            lost = [href for href, _words in page.summary if page.ids.count(href.removeprefix("#")) != 1]
            if lost or (page.summary and not page.messages):
                yield f"{place} leads to no field: {lost}"
        location = answer.headers.get("Location", "/")
        if not location.startswith("/") or location.startswith("//") or "\n" in location:
            yield f"{place} leads to {location!r}"


def all_faults(app: Flask, account: dict[str, Any], rehearsal: Rehearsal, role: Role) -> list[str]:
    browser = signed_in(app, account)
    browser.get("/language/be")
    known = known_arguments(app, iter(reached(app, browser, 1)))
    walker = Walker(app, browser.client, rehearsal, token=token_of(browser))
    with walker.rehearsing():
        return [
            fault
            for rule in rules_of(app, role)
            if rule.endpoint not in SEEN
            for address in odd_addresses(rule, known)
            for fault in faults(walker, rule, address)
        ]


@pytest.mark.parametrize("role", list(Role))
def test_an_address_that_nobody_gave_finds_nothing_in_the_readers_language(
    portal: tuple[Flask, dict[str, Any], Rehearsal], monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    app, sign_ins, rehearsal = portal
    monkeypatch.setattr(law, "STEP_UP_FRESH", with_default(law.STEP_UP_FRESH, law.SESSION_LONGEST.default))
    found = all_faults(app, account_of(sign_ins, role), rehearsal, role)
    SEEN.update(rule.endpoint for rule in rules_of(app, role))
    assert found == [], "\n" + "\n".join(found)


def _an_error(name: str) -> ResponseReturnValue:
    return str(int(name.strip("a\r\nb.") or "0"))


def _english(_name: str) -> ResponseReturnValue:
    return "<html lang='en'><h1>Not Found</h1></html>", 404


def _away(_name: str) -> ResponseReturnValue:
    return "", 302, {"Location": "//elsewhere.example"}


PLANTED = {
    "error": (_an_error, "500 ValueError"),
    "english": (_english, "is no page of the reader's"),
    "away": (_away, "leads to"),
}


open_to_all = public(reads=nothing("a planted fault"))


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_fault_is_found(demonstration_settings: Settings, planted: str) -> None:
    view, expected = PLANTED[planted]
    more = Blueprint("planted", __name__)
    more.add_url_rule(f"/{planted}/<name>", "show", open_to_all(lambda name: view(name)))
    database = open_database(demonstration_settings)
    app = create_app(demonstration_settings, database)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.register_blueprint(more)
    stranger = Browser(app.test_client())
    stranger.get("/language/be?next=/sign-in")
    walker = Walker(app, stranger.client, Rehearsal(database))
    (rule,) = app.url_map.iter_rules("planted.show")
    with walker.rehearsing():
        found = [fault for address in odd_addresses(rule, {}) for fault in faults(walker, rule, address)]
    database.close()
    assert any(expected in fault for fault in found), found
