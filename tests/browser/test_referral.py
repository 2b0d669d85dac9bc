"""A referral in a real browser without scripts: the person's yes, the provider's link, attended, completed."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from mhpss.referral import agreement, provider_links, referrals
from portal.access.accounts import Role
from tests.browser.visitors import serving, sign_in, violations
from tests.consortium import Consortium
from tests.support import account_id, case_of, get, person_with_consent, service_of
from tests.web.people import PASSPHRASE, create_survivor

pytestmark = pytest.mark.browser
TOLD = {"name": "Aliena Fiktyunaja", "contact": "Signal, code word library", "needs": "sleep, since spring"}


@pytest.fixture
def page(app: Flask, browser: Browser) -> Iterator[Page]:
    with serving(app) as address:
        context = browser.new_context(
            base_url=address, java_script_enabled=False, viewport={"width": 360, "height": 800}
        )
        yield context.new_page()
        context.close()


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_referral_goes_from_the_persons_yes_to_completed_without_scripts(page: Page, consortium: Consortium) -> None:
    anna = person_with_consent(consortium)
    psychologist = account_id(consortium, Role.PSYCHOLOGIST)
    number = case_of(consortium, anna, psychologist, state="active")
    service = service_of(consortium)
    with consortium.database.writing() as session:
        made = referrals.draft(session, get(session, number), service, "normal", TOLD, psychologist)
        referrals.move(session, made, "awaiting_consent", "RC", psychologist)
        reference = made.number
    sign_in(page, create_survivor(consortium, anna), PASSPHRASE)
    page.goto("/my/help/")
    page.locator(f"a[href$='/way/{reference}']").click()
    page.get_by_text("Show names").first.click()
    page.get_by_text("Yes, ask them").click()
    with consortium.database.writing() as session:
        found = referrals.by_number(session, reference)
        assert found is not None
        referrals.move(session, found, "sent", "RC", psychologist)
        token = provider_links.issue(session, found)
    page.context.clear_cookies()
    page.goto("/language/en?next=/sign-in")
    page.goto(f"/r/{token}")
    assert TOLD["name"] not in page.content()
    for step in ("received", "accepted", "attended", "completed"):
        assert (TOLD["name"] in page.content()) == (step in ("attended", "completed"))
        page.locator(f"input[name=to][value={step}]").check()
        page.locator("main form button").click()
    assert "completed" in page.content()
    # Once it is over, nothing of the person is there any more.
    assert TOLD["name"] not in page.content()


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_the_pages_without_an_account_are_accessible_in_every_language(
    app: Flask, browser: Browser, consortium: Consortium, axe: str
) -> None:
    service = service_of(consortium)
    psychologist = account_id(consortium, Role.PSYCHOLOGIST)
    number = case_of(consortium, person_with_consent(consortium), psychologist, state="active")
    with consortium.database.writing() as session:
        made = referrals.draft(session, get(session, number), service, "normal", TOLD, psychologist)
        referrals.move(session, made, "awaiting_consent", "RC", psychologist)
    with consortium.database.writing() as session:
        made = session.merge(made)
        agreement.answer(session, made, "granted", language="en", method="portal", author="person")
        referrals.move(session, made, "sent", "RC", psychologist)
        token = provider_links.issue(session, made)
    with serving(app) as address:
        context = browser.new_context(base_url=address, viewport={"width": 360, "height": 800}, bypass_csp=True)
        page = context.new_page()
        for language in ("be", "ru", "en"):
            page.goto(f"/language/{language}?next=/sign-in")
            for each in ("/offers/", f"/r/{token}"):
                page.goto(each)
                assert violations(page, axe) == [], (each, language)
        context.close()
