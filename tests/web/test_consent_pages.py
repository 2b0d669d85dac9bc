"""The consent loop through the pages, without scripts: conversation, invitation, review, withdrawal."""

import io
import re
from datetime import timedelta

import pypdf
import pytest
from flask import Flask

from consent.ledger import scopes
from consent.people import concerns, subjects
from consent.rules import Outcome
from portal.access.accounts import Role
from tests.consortium import Consortium, codes
from tests.web.people import Browser, staff, survivor
from vault import clock

GROUPS = ("keep", "work", "accountability", "contact", "voice", "support")


def enrolled(browser: Browser, reference: str) -> str:
    browser.get("/people/")
    browser.post("/people/", reference=reference)
    return browser.path.rsplit("/", 1)[1]


def hold_conversation(browser: Browser, code: str, safe: tuple[str, ...] = ("account", "paper")) -> str:
    here = f"/people/{code}/conversation"
    browser.get(f"{here}/")
    browser.post(f"{here}/", language="be", method="written", consented_by="self", interpreter="Interpreter One")
    for group in GROUPS:
        browser.post(f"{here}/about/{group}", every="granted", **{"share-icc-answer": "ask_first"})
    heard = dict.fromkeys(("voluntary", "withdrawal", "copies", "help_unaffected"), "understood")
    browser.post(f"{here}/understanding", **heard)
    browser.post(f"{here}/safety", place="elsewhere", safe=list(safe), contact="Signal, evenings")
    browser.post(f"{here}/wishes", detained="stops")
    return record(browser, here)


def record(browser: Browser, here: str, status: int = 200) -> str:
    """Record what is read back on the last page of a conversation."""
    read_back = re.search(r'name="read_back" value="([^"]+)"', browser.get(f"{here}/check"))
    return browser.post(f"{here}/check", status, read_back=read_back[1] if read_back else "")


def test_a_conversation_becomes_consent_that_decides(app: Flask, consortium: Consortium) -> None:
    documenter = staff(app, consortium, Role.DOCUMENTER)
    code = enrolled(documenter, "V-7")
    receipt = hold_conversation(documenter, code)
    assert documenter.path == f"/people/{code}/receipt"
    assert receipt.count("ask me first") == 1
    consortium.register({"item": "F-7", "subjects": ["V-7"]})
    assert consortium.decide("F-7", "share.prosecutor", "lt-prosecution").outcome is Outcome.PERMIT
    assert consortium.decide("F-7").outcome is Outcome.ASK
    assert consortium.decide("F-7", "record.interview", "alder").outcome is Outcome.PERMIT
    assert codes(consortium.decide("F-7", "record.interview", "birch")) == ["recipient_excluded"]
    with consortium.database.reading() as session:
        kept = subjects.profile(session, subjects.enrolment(session, "alder", code).subject_id)
    assert kept["wishes"]["detained"] == "stops"


def test_nothing_is_ticked_beforehand_and_a_draft_waits_to_be_gone_on_with(app: Flask, consortium: Consortium) -> None:
    documenter = staff(app, consortium, Role.DOCUMENTER)
    code = enrolled(documenter, "V-8")
    here = f"/people/{code}/conversation"
    documenter.get(f"{here}/")
    first = documenter.post(f"{here}/", language="en", method="written", consented_by="self")
    assert " checked" not in first
    documenter.post(f"{here}/about/keep", pause="1", **{"store-evidence-answer": "refused"})
    assert documenter.path == f"/people/{code}"
    again = documenter.get(f"{here}/about/keep")
    assert again.count(" checked") == 1


def test_the_invitation_opens_once_and_its_account_shows_what_was_agreed(app: Flask, consortium: Consortium) -> None:
    documenter = staff(app, consortium, Role.DOCUMENTER)
    code = enrolled(documenter, "V-9")
    hold_conversation(documenter, code)
    documenter.get(f"/people/{code}")
    documenter.post(f"/people/{code}/invitation")
    assert documenter.page is not None
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(documenter.page.data)).pages)
    address = re.search(r"/welcome/[\w-]+", re.sub(r"\s", "", text))
    assert address
    person = Browser(app.test_client())
    person.get("/language/en")
    person.get(address[0])
    number, words, _second = re.findall(r'<p class="number">([^<]+)</p>', person.post(address[0]))
    assert len(words.split()) == 6
    person.get(address[0], status=404)
    person.get("/sign-in")
    home = person.post("/sign-in", sign_in=number, passphrase=words)
    assert person.path == "/my/"
    assert "Allowed: 20 of 21" in home
    choices = person.get("/my/choices/accountability")
    assert "Hague" not in choices
    assert "International Criminal Court" not in choices
    assert "International Criminal Court" in person.get("/my/choices/accountability?names=1")
    assert "Міжнародны крымінальны суд" in person.get("/my/choices/accountability/text/share.icc?names=1")


def test_stopping_takes_two_clicks_and_giving_again_one_page(app: Flask, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc", "share.un", "share.osce")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    person = survivor(app, consortium, anna)
    asked = person.get("/my/choices/stop?scope=share.icc")
    assert asked.index("Stop it") < asked.index("Keep it as it is")
    done = person.post("/my/choices/stop", scope="share.icc")
    assert "It has stopped" in done
    assert "Archive 1" in done
    assert "Documents" not in done
    assert codes(consortium.decide("F-1")) == ["withdrawn"]
    assert consortium.decide("F-1", "share.un", "un-experts").outcome is Outcome.PERMIT
    person.get("/my/choices/accountability/answer?scope=share.icc&names=1")
    person.post("/my/choices/accountability/answer?scope=share.icc&names=1", **{"share-icc-answer": "granted"})
    assert consortium.decide("F-1").outcome is Outcome.PERMIT
    person.get("/my/choices/stop?all=1")
    person.post("/my/choices/stop", all="1")
    assert codes(consortium.decide("F-1", "share.un", "un-experts")) == ["withdrawn"]


def test_stopping_the_keeping_itself_lets_everything_rest_until_it_is_given_again(
    app: Flask, consortium: Consortium
) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "store.evidence", "share.icc")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    person = survivor(app, consortium, anna)
    person.get("/my/choices/stop?scope=store.evidence")
    person.post("/my/choices/stop", scope="store.evidence")
    assert codes(consortium.decide("F-1")) == ["restricted"]
    assert codes(consortium.decide("F-1", "store.evidence", "consortium")) == ["withdrawn"]
    assert "Everything rests" in person.get("/my/")
    consortium.answer(anna, "granted", "store.evidence")
    assert consortium.decide("F-1").outcome is Outcome.PERMIT
    assert consortium.faults() == []


def test_a_withdrawal_by_phone_counts_from_when_it_was_said(app: Flask, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc", at=clock.now() - timedelta(days=30))
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    documenter = staff(app, consortium, Role.DOCUMENTER)
    said = clock.now() - timedelta(days=2)
    address = "/people/K-0001/withdrawal"
    documenter.get(address)
    fields = {"scope": "share.icc", "channel": "phone"}
    tomorrow = clock.now() + timedelta(days=1)
    late = documenter.post(address, 422, **fields, said_on=[str(tomorrow.day), str(tomorrow.month), str(tomorrow.year)])
    assert "This moment lies in the future" in late
    documenter.post(address, **fields, said_on=[str(said.day), str(said.month), str(said.year)])
    assert documenter.path.startswith("/people/K-0001/progress/")
    assert codes(consortium.decide("F-1", at=said)) == ["withdrawn"]
    assert consortium.decide("F-1", at=said - timedelta(days=1)).outcome is Outcome.PERMIT


def test_a_withdrawal_that_looks_forced_stops_use_and_is_told_to_the_officer_alone(
    app: Flask, consortium: Consortium
) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc", at=clock.now() - timedelta(days=30))
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    documenter = staff(app, consortium, Role.DOCUMENTER)
    said = clock.now() - timedelta(days=1)
    documenter.get("/people/K-0001/withdrawal")
    day = [str(said.day), str(said.month), str(said.year)]
    told = documenter.post(
        "/people/K-0001/withdrawal", scope="share.icc", channel="phone", said_on=day, looks_forced="y"
    )
    assert codes(consortium.decide("F-1")) == ["withdrawn"]
    assert "forced" not in told
    assert "forced" not in survivor(app, consortium, anna).get("/my/")
    officer = staff(app, consortium, Role.DPO)
    assert "perhaps forced" in officer.get("/protection/")
    with consortium.database.reading() as session:
        concern = concerns.all_open(session)[0]
    assert "perhaps forced" not in officer.post(f"/protection/concerns/{concern.id}/settle")


def test_a_stranger_from_another_organisation_finds_nobody(app: Flask, consortium: Consortium) -> None:
    consortium.enrol("V-1")
    stranger = staff(app, consortium, Role.DOCUMENTER, "birch")
    assert "K-0001" not in stranger.get("/people/?find=K")
    for page in ("", "/receipt", "/withdrawal", "/conversation/"):
        stranger.get(f"/people/K-0001{page}", status=404)


def test_the_officer_sees_each_stores_lag_and_what_is_not_confirmed(app: Flask, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "granted", "share.icc")
    consortium.register({"item": "F-1", "subjects": ["V-1"]})
    consortium.withdraw(anna, "share.icc")
    officer = staff(app, consortium, Role.DPO)
    today = officer.get("/protection/")
    assert "K-0001" in today
    assert "Documents" in today
    officer.get("/protection/stores")
    officer.get(f"/protection/stores/{consortium.store.id}")


def test_leaving_ends_the_session_and_clears_what_the_browser_kept(app: Flask, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    person = survivor(app, consortium, anna)
    person.get("/my/")
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', person.page.text if person.page else "")
    assert found
    left = person.client.post("/leave", data={"csrf_token": found[1]})
    assert left.status_code == 303
    assert "cookies" in left.headers["Clear-Site-Data"]
    person.get("/my/")
    assert person.path == "/sign-in"


@pytest.mark.parametrize("asked", ["erasure", "restriction"])
def test_home_shows_as_allowed_only_what_is_used_now(app: Flask, consortium: Consortium, asked: str) -> None:
    anna = consortium.enrol("V-1")
    with consortium.database.reading() as session:
        every = set(scopes.catalogue(session))
    consortium.answer(anna, "granted", *every - {"share.icc"})
    consortium.answer(anna, "ask_first", "share.icc")
    person = survivor(app, consortium, anna)
    assert "Allowed: 20 of 21" in person.get("/my/")
    told = person.get(f"/my/requests/new/{asked}")
    assert "Send this" not in told or asked == "restriction"
    reference = re.search(r"R-[0-9A-Z]{4}-[0-9A-Z]{4}", person.post(f"/my/requests/new/{asked}"))
    assert reference
    home = person.get("/my/")
    assert "Allowed: 0 of 21 · ask first: 0 · not allowed: 0 · not used now: 21" in home
    assert "chip--yes" not in home
    assert "meter__yes" not in home
    assert f"/my/requests/{reference[0]}" in home
    assert "chip--yes" not in person.get("/my/choices/accountability")
    assert "Stop everything" in home
    person.get(f"/my/requests/{reference[0]}")
    if asked == "erasure":
        person.post(f"/my/requests/{reference[0]}/take-back")
        assert "Allowed: 20 of 21" in person.get("/my/")
