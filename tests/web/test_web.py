"""What every answer carries, and what sign-in refuses."""

from datetime import timedelta

import pyotp
import pytest
from flask import Flask

from portal.access import accounts
from portal.access.accounts import Role
from portal.frame.web import own_path
from tests.consortium import Consortium
from tests.web.people import PASSPHRASE, SECRET, Browser, create_survivor, staff, survivor
from vault import clock


def test_every_page_forbids_scripts_of_others_frames_caches_and_referrers(app: Flask, consortium: Consortium) -> None:
    page = app.test_client().get("/sign-in")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    cookie = page.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_a_code_is_accepted_once(app: Flask, consortium: Consortium) -> None:
    staff(app, consortium, Role.DPO)
    again = Browser(app.test_client())
    again.get("/language/en?next=/sign-in")
    again.post("/sign-in", sign_in="dpo.alder@example.org", passphrase=PASSPHRASE)
    refused = again.post("/sign-in/code", 422, code=pyotp.TOTP(SECRET).now())
    assert "That code did not work" in refused


def test_unknown_and_known_accounts_are_refused_in_the_same_words(app: Flask, consortium: Consortium) -> None:
    known = create_survivor(consortium, consortium.enrol("V-1"))
    answers = []
    for name in ("nobody@example.org", known):
        browser = Browser(app.test_client())
        browser.get("/sign-in")
        answers.append(browser.post("/sign-in", 422, sign_in=name, passphrase="wrong"))
    shown = [answer.split("<main")[1].split('value="')[0] for answer in answers]
    assert shown[0] == shown[1]


def test_guessing_is_slowed_down_and_a_stranger_locks_nobody_out(app: Flask, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    number = create_survivor(consortium, anna)
    guesser = Browser(app.test_client())
    guesser.get("/sign-in")
    for _attempt in range(6):
        guesser.post("/sign-in", 422, sign_in=number, passphrase="wrong")
    guesser.post("/sign-in", 429, sign_in=number, passphrase=PASSPHRASE)
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "127.0.0.9"
    owner = Browser(elsewhere)
    owner.get("/sign-in")
    owner.post("/sign-in", sign_in=number, passphrase=PASSPHRASE)
    assert owner.path == "/my/"


@pytest.mark.parametrize(("role", "idle"), [(Role.SURVIVOR, 15), (Role.DPO, 30)])
def test_a_session_ends_when_nobody_uses_it(app: Flask, consortium: Consortium, role: Role, idle: int) -> None:
    browser = (
        survivor(app, consortium, consortium.enrol("V-1")) if role is Role.SURVIVOR else staff(app, consortium, role)
    )
    home = browser.path
    with clock.moved_to(clock.now() + timedelta(minutes=idle - 1)):
        browser.get(home)
        assert browser.path == home
    with clock.moved_to(clock.now() + timedelta(minutes=2 * idle + 1)):
        browser.get(home)
        assert browser.path == "/sign-in"


def test_staff_without_a_second_factor_do_not_get_in(app: Flask, consortium: Consortium) -> None:
    with consortium.database.writing() as session:
        accounts.create(session, Role.DPO, "alder", "half@example.org", PASSPHRASE, language="en")
    browser = Browser(app.test_client())
    browser.get("/sign-in")
    browser.post("/sign-in", 422, sign_in="half@example.org", passphrase=PASSPHRASE)


def test_a_form_without_its_token_changes_nothing(app: Flask, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    person = survivor(app, consortium, anna)
    assert person.client.post("/my/choices/stop", data={"scope": "share.icc"}).status_code == 400
    assert consortium.decide("F-1").outcome == "permit"


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "evil"]
)
def test_no_redirect_leads_away(target: str) -> None:
    assert own_path(target) == "/"


@pytest.mark.parametrize("address", ["/people/?find=%00", "/people/K%00", "/language/en?next=%00"])
def test_a_null_character_is_refused_and_not_an_error(app: Flask, consortium: Consortium, address: str) -> None:
    staff(app, consortium, Role.DOCUMENTER).get(address, status=400)


def test_an_oversized_form_is_refused_in_the_readers_language(app: Flask, consortium: Consortium) -> None:
    browser = Browser(app.test_client())
    browser.get("/sign-in")
    answer = browser.client.post("/sign-in", data={"sign_in": "x" * 2_000_000})
    assert answer.status_code == 413
    assert "<h1" in answer.text
