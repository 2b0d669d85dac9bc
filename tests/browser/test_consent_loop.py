"""A survivor and a documenter in a real browser, scripts off, in three languages, on a small screen."""

import pytest
from flask import Flask
from playwright.sync_api import Page

from consent.rules import Outcome
from portal.access.accounts import Role
from tests.browser.visitors import Visit, sign_in
from tests.consortium import Consortium, codes
from tests.web.people import PASSPHRASE, SECRET, create_staff, create_survivor

pytestmark = pytest.mark.browser
LANGUAGES = ("be", "ru", "en")
TITLES = {"be": "Мая старонка", "ru": "Моя страница", "en": "My page"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_survivor_stops_one_permission_in_two_clicks_without_scripts(
    app: Flask, consortium: Consortium, visit: Visit, language: str
) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc", "share.un")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    number = create_survivor(consortium, anna, language)
    page = visit(language=language)
    sign_in(page, number, PASSPHRASE)
    assert page.title() == TITLES[language]
    page.goto("/my/choices/accountability")
    page.locator('a[href*="stop?scope=share.icc"]').click()
    page.locator("form .pair button").click()
    assert "/my/progress/" in page.url
    assert codes(consortium.decide("F-1")) == ["withdrawn"]
    assert consortium.decide("F-1", "share.un", "un-experts").outcome is Outcome.PERMIT


def test_the_two_answers_of_a_confirmation_are_of_one_size(app: Flask, consortium: Consortium, visit: Visit) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc")
    number = create_survivor(consortium, anna, "be")
    page = visit(language="be")
    sign_in(page, number, PASSPHRASE)
    page.goto("/my/choices/stop?all=1")
    boxes = [answer.bounding_box() for answer in page.locator("form .pair > *").all()]
    assert len(boxes) == 2
    assert boxes[0]
    assert boxes[1]
    assert (boxes[0]["width"], boxes[0]["height"]) == (boxes[1]["width"], boxes[1]["height"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_conversation_to_the_persons_own_page_without_scripts(
    app: Flask, consortium: Consortium, visit: Visit, language: str
) -> None:
    name = create_staff(consortium, Role.DOCUMENTER, language=language)
    page = visit(language=language)
    sign_in(page, name, PASSPHRASE, SECRET)
    page.goto("/people/")
    page.locator("#reference").fill("V-77")
    page.locator("form[method=post] button", has=page.locator("xpath=self::*")).nth(1).click()
    code = page.url.rsplit("/", 1)[1]
    page.goto(f"/people/{code}/conversation/")
    page.locator(f'[name=language][value="{language}"]').check()
    page.locator('[name=method][value="written"]').check()
    page.locator('[name=consented_by][value="self"]').check()
    page.locator("main form .govuk-button").click()
    for _group in range(6):
        assert page.locator("input:checked").count() == 0
        page.locator('[name=every][value="granted"]').check()
        page.locator("main form .govuk-button").first.click()
    for question in ("voluntary", "withdrawal", "copies", "help_unaffected"):
        page.locator(f'[name={question}][value="understood"]').check()
    page.locator("main form .govuk-button").click()
    page.locator('[name=place][value="elsewhere"]').check()
    page.locator('[name=safe][value="account"]').check()
    page.locator('[name=safe][value="paper"]').check()
    page.locator("main form .govuk-button").first.click()
    page.locator("main form .govuk-button").first.click()
    page.locator("main form .govuk-button").first.click()
    assert page.url.endswith(f"/people/{code}/receipt")
    page.goto(f"/people/{code}")
    with page.expect_download() as download:
        page.locator(f'form[action$="/{code}/invitation"] button').click()
    assert download.value.suggested_filename == "notes.pdf"
    consortium.register({"item": "F-77", "subjects": ["V-77"]})
    assert consortium.decide("F-77").outcome is Outcome.PERMIT


def test_leaving_fast_ends_the_session_and_leaves_nothing_to_go_back_to(
    app: Flask, consortium: Consortium, visit: Visit
) -> None:
    page = visit(language="en")
    sign_in(page, create_survivor(consortium, consortium.enrol("V-1")), PASSPHRASE)
    with page.expect_response("**/leave") as left:
        page.locator("form.leave button").click(no_wait_after=True)
    assert left.value.headers["location"] == "https://www.wikipedia.org/"
    assert has_left(page)


def test_escape_three_times_leaves_where_scripts_run(app: Flask, consortium: Consortium, visit: Visit) -> None:
    page = visit(language="en", scripts=True)
    sign_in(page, create_survivor(consortium, consortium.enrol("V-1")), PASSPHRASE)
    with page.expect_response("**/leave"):
        for _press in range(3):
            page.keyboard.press("Escape")
    assert has_left(page)


def has_left(page: Page) -> bool:
    """Whether the person's page is gone for this browser; the neutral site itself is outside the test's network."""
    fresh = page.context.new_page()
    fresh.goto("/my/")
    return fresh.url.endswith("/sign-in")
