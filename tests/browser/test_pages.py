"""Every page of every role, over the demonstration: axe-clean, narrow enough, light enough, in every language."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from consent.ledger.scopes import LANGUAGES
from portal.access.accounts import Role
from tests.browser.visitors import found_on, serving, violations
from tests.lengths import WHOLE
from tests.web.people import Browser as Client
from tests.web.people import account_of, reached, signed_in

pytestmark = pytest.mark.browser
NARROW, WIDE = 360, 1280
_FIRST_VISIT, _LATER_VISIT = 60_000, 15_000


@pytest.fixture(scope="module")
def address(demonstration: tuple[Flask, dict[str, Any]]) -> Iterator[str]:
    """Where it answers."""
    with serving(demonstration[0]) as where:
        yield where


def pages_of(app: Flask, client: Client) -> list[str]:
    """The addresses of pages that a visitor reaches by following links."""
    return sorted(address for address, answer in reached(app, client).items() if answer.mimetype == "text/html")


def one_of_each(app: Flask, addresses: list[str]) -> list[str]:
    """One address of each kind of page."""
    adapter = app.url_map.bind("localhost")
    return list({adapter.match(each.partition("?")[0], method="GET")[0]: each for each in addresses}.values())


def two_languages(role: Role) -> tuple[str, str]:
    """The first language and one of the others, another from role to role."""
    first, *others = LANGUAGES
    return first, others[list(Role).index(role) % len(others)]


@pytest.mark.parametrize("role", list(Role))
def test_every_page_of_a_role_is_accessible_and_fits_in_every_language(
    demonstration: tuple[Flask, dict[str, Any]], browser: Browser, address: str, axe: str, role: Role
) -> None:
    app, sign_ins = demonstration
    client = signed_in(app, account_of(sign_ins, role))
    addresses = pages_of(app, client)
    assert len(addresses) >= 1
    cookie = client.client.get_cookie("s")
    assert cookie is not None
    context = browser.new_context(base_url=address, viewport={"width": NARROW, "height": 800}, bypass_csp=True)
    context.add_cookies([{"name": "s", "value": cookie.value, "url": address}])
    page = context.new_page()
    kinds = one_of_each(app, addresses)
    for language in LANGUAGES if WHOLE else two_languages(role):
        page.goto(f"/language/{language}")
        full = language == LANGUAGES[0]
        for each in addresses if full and WHOLE else kinds:
            page.goto(each)
            # What a colour's contrast is changes neither with the language nor with the width.
            found = found_on(page, axe, "" if full else "color-contrast")
            assert found == {"lang": language, "overflows": False, "violations": []}, (each, language)
            # Where all three languages fit on a phone, none is too wide for a desk.
            if full and each in kinds:
                page.set_viewport_size({"width": WIDE, "height": 800})
                found = found_on(page, axe, "color-contrast")
                assert found == {"lang": language, "overflows": False, "violations": []}, (each, WIDE)
                page.set_viewport_size({"width": NARROW, "height": 800})
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_before_the_sign_in_are_accessible_in_every_language(
    demonstration: tuple[Flask, dict[str, Any]], browser: Browser, address: str, axe: str, language: str
) -> None:
    for width in (NARROW, WIDE):
        context = browser.new_context(base_url=address, viewport={"width": width, "height": 800}, bypass_csp=True)
        page = context.new_page()
        page.goto(f"/language/{language}?next=/sign-in")
        assert violations(page, axe) == []
        page.goto("/welcome/no-such-invitation")
        assert violations(page, axe) == []
        page.goto("/nothing-here")
        assert violations(page, axe) == []
        context.close()


def test_a_survivors_pages_are_light(
    demonstration: tuple[Flask, dict[str, Any]], browser: Browser, address: str
) -> None:
    app, sign_ins = demonstration
    client = signed_in(app, account_of(sign_ins, Role.SURVIVOR))
    addresses = [each for each in pages_of(app, client) if each.startswith("/my/")]
    cookie = client.client.get_cookie("s")
    assert cookie is not None
    context = browser.new_context(base_url=address, java_script_enabled=True)
    context.add_cookies([{"name": "s", "value": cookie.value, "url": address}])
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    for each in one_of_each(app, addresses):
        protocol.send("Network.clearBrowserCache")
        assert bytes_over_the_wire(page, each, "networkidle") < _FIRST_VISIT, each
        assert bytes_over_the_wire(page, each, "load") < _LATER_VISIT, each
    context.close()


def bytes_over_the_wire(page: Page, address: str, until: Literal["load", "networkidle"]) -> int:
    """What a visit sends and asks for, headers and all."""
    protocol = page.context.new_cdp_session(page)
    protocol.send("Network.enable")
    sizes: list[float] = []
    protocol.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(address, wait_until=until)
    protocol.detach()
    return round(sum(sizes))


def test_a_survivor_is_shown_no_name_before_asking_for_names(demonstration: tuple[Flask, dict[str, Any]]) -> None:
    app, sign_ins = demonstration
    names = [organisation["name"] for organisation in sign_ins["organisations"]]
    names += [store["name"] for store in sign_ins["stores"]]
    names += [
        "International Criminal Court",
        "Міжнародны крымінальны суд",
        "Международный уголовный суд",
        "OSCE",
        "Hague",
    ]
    survivors = [account for account in sign_ins["accounts"] if account["role"] == "survivor"]
    for account in survivors[:4]:
        client = signed_in(app, account)
        for language in LANGUAGES:
            client.get(f"/language/{language}")
            for each in pages_of(app, client):
                if "names=1" not in each:
                    text = client.get(each)
                    assert [name for name in names if name in text] == [], each


@pytest.mark.parametrize("scripts", [False, True])
def test_a_refusal_takes_the_keyboard_to_its_summary_and_from_there_to_the_field(
    demonstration: tuple[Flask, dict[str, Any]], browser: Browser, address: str, scripts: bool
) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=scripts)
    page = context.new_page()
    page.goto("/language/be?next=/sign-in")
    page.locator("main form button").click()
    page.wait_for_load_state("load")
    assert page.locator(":focus").get_attribute("id") == "errors"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator(":focus").get_attribute("name") == "sign_in"
    context.close()


def test_a_desk_is_searched_and_explained_by_the_keyboard(
    demonstration: tuple[Flask, dict[str, Any]], browser: Browser, address: str
) -> None:
    app, sign_ins = demonstration
    cookie = signed_in(app, account_of(sign_ins, Role.DOCUMENTER)).client.get_cookie("s")
    assert cookie is not None
    context = browser.new_context(base_url=address)
    context.add_cookies([{"name": "s", "value": cookie.value, "url": address}])
    page = context.new_page()
    page.goto("/people/today")
    page.keyboard.press("/")
    page.keyboard.type("K-0001/?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/?find=K-0001%2F%3F")
    page.locator("h1").click()
    page.keyboard.press("?")
    page.wait_for_url("**/lists/keyboard")
    page.locator("[data-keys-off]").click()
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "desk-search"
    page.locator("[data-keys-on]").click()
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "desk-search"
    context.close()
