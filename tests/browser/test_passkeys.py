"""A passkey in a real browser, with the authenticator that Chromium plays."""

from collections.abc import Iterator

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from portal.access import accounts
from portal.access.accounts import Role
from tests.browser.visitors import serving, sign_in
from tests.consortium import Consortium
from tests.web.people import PASSPHRASE, SECRET, create_staff
from vault import clock

pytestmark = pytest.mark.browser


@pytest.fixture
def page(app: Flask, browser: Browser) -> Iterator[Page]:
    """A page at localhost (a passkey is bound to a name, never to a number), with an authenticator beside it."""
    with serving(app) as where:
        context = browser.new_context(base_url=where.replace("127.0.0.1", "localhost"), locale="en")
        context.set_default_timeout(10_000)
        opened = context.new_page()
        add_authenticator(context, opened)
        yield opened
        context.close()


def add_authenticator(context: BrowserContext, page: Page) -> None:
    protocol = context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "usb",
        "hasResidentKey": False,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_signs_in_confirms_and_is_removed(app: Flask, consortium: Consortium, page: Page) -> None:
    name = create_staff(consortium, Role.DPO)
    page.goto("/language/en?next=/sign-in")
    sign_in(page, name, PASSPHRASE, SECRET)
    page.goto("/account/passkeys/new")
    page.locator("[name=name]").fill("my stick")
    page.get_by_role("button", name="Add this device").click()
    page.get_by_role("rowheader", name="my stick").wait_for()

    page.get_by_role("button", name="Sign out").click()
    sign_in_with_passkey(page, name)
    assert page.url.endswith("/protection/")

    forget_the_confirmation(consortium)
    page.goto("/account/passphrase")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Change the passphrase").wait_for()

    page.goto("/account/")
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("The passkey is removed").wait_for()


def sign_in_with_passkey(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.locator("[name=sign_in]").fill(name)
    page.locator("[name=passphrase]").fill(PASSPHRASE)
    page.locator("main form button").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def forget_the_confirmation(consortium: Consortium) -> None:
    from sqlalchemy import update

    from portal.access.sessions import SignedInSession

    with consortium.database.writing() as session:
        session.execute(update(SignedInSession).values(confirmed_at=None))


def test_the_only_second_factor_is_not_removed_and_a_passkey_alone_is_enough(
    app: Flask, consortium: Consortium, page: Page
) -> None:
    name = create_staff(consortium, Role.DPO)
    page.goto("/language/en?next=/sign-in")
    sign_in(page, name, PASSPHRASE, SECRET)
    page.goto("/account/passkeys/new")
    page.locator("[name=name]").fill("my stick")
    page.get_by_role("button", name="Add this device").click()
    page.get_by_role("rowheader", name="my stick").wait_for()
    with consortium.database.writing() as session:
        account = accounts.find(session, name)
        assert account is not None
        accounts.keep_totp_secret(session, account, None)
    page.get_by_role("button", name="Remove").click()
    page.get_by_text("This is your only second factor").wait_for()
    page.get_by_role("button", name="Sign out").click()
    sign_in_with_passkey(page, name)
    assert page.url.endswith("/protection/")


def test_without_scripts_the_code_is_asked_for_as_ever(app: Flask, consortium: Consortium, browser: Browser) -> None:
    name = create_staff(consortium, Role.DPO)
    with serving(app) as where:
        context = browser.new_context(base_url=where, java_script_enabled=False)
        page = context.new_page()
        page.goto("/sign-in")
        page.locator("[name=sign_in]").fill(name)
        page.locator("[name=passphrase]").fill(PASSPHRASE)
        page.locator("main form button").click()
        page.locator("[name=code]").fill(pyotp.TOTP(SECRET).at(clock.now()))
        page.locator("main form button").last.click()
        page.wait_for_url(lambda url: url.endswith("/protection/"))
        context.close()
