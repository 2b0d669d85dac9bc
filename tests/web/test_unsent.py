"""What staff type is not lost, reaches nobody else, and is done once; survivors are told before their page closes."""

import html
import re
import threading
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import func, select

from consent.people.subjects import Enrolment
from consent.rights.requests import RightsRequest
from portal.access import accounts
from portal.access.accounts import Account, Role
from portal.casework import staff_accounts
from portal.drafts import form_drafts
from portal.drafts.form_drafts import FormDraft
from tests.consortium import Consortium
from tests.walkers.pages import read
from tests.web.people import PASSPHRASE, SECRET, Browser, create_staff, staff, survivor
from vault import clock
from vault.database import Database
from vault.policy import law

LONG_AWAY = law.STAFF_IDLE.default + timedelta(minutes=1)
WRITTEN = "Seven people were in the cell, and she asks that nobody is told of it."
NEW_REQUEST = "/protection/requests/new"


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets time go by."""
    passed = [timedelta(0)]
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + passed[0])

    def go(longer: timedelta) -> None:
        passed[0] += longer

    return go


def asked(text: str = WRITTEN) -> dict[str, Any]:
    today = clock.now().date()
    day = [str(today.day), str(today.month), str(today.year)]
    return {
        "right": "access",
        "channel": "mail",
        "language": "en",
        "requester": "self",
        "received_on": day,
        "text": text,
    }


def sent(browser: Browser, address: str, **fields: Any) -> Any:
    """Send the form that is drawn at an address, with everything that is hidden in it."""
    page = read(browser.get(address))
    form = next(each for each in page.forms if (each.action or address) == address and each.is_filled_in)
    hidden = {each.name: each.values for each in form.controls.values() if each.kind == "hidden"}
    return {**hidden, **fields}


def sign_in_again(browser: Browser, name: str) -> str:
    browser.get("/sign-in")
    browser.post("/sign-in", sign_in=name, passphrase=PASSPHRASE)
    return browser.post("/sign-in/code", code=pyotp.TOTP(SECRET).at(clock.now()))


def go_on(browser: Browser, page: str) -> tuple[int, str]:
    """Press "Go on with it"."""
    form = next(each for each in read(page).forms if "redrawn" in each.controls)
    data = {each.name: [html.unescape(value) for value in each.values] for each in form.controls.values()}
    answer = browser.page = browser.client.post(form.action, data=data)
    return answer.status_code, answer.text


def drafts(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(FormDraft)) or 0


def enrolled(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Enrolment)) or 0


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_form_sent_after_the_idle_end_comes_back_to_whoever_wrote_it(
    app: Flask, consortium: Consortium, database: Database, away: Any
) -> None:
    me = staff(app, consortium, Role.DPO)
    fields = sent(me, NEW_REQUEST, **asked())
    away(LONG_AWAY)
    english = {"Accept-Language": "en"}
    answer = me.client.post(NEW_REQUEST, data=fields, follow_redirects=True, headers=english)
    assert "What you wrote is kept: sign in again" in answer.text
    assert WRITTEN not in answer.text
    page = sign_in_again(me, create_staff(consortium, Role.DPO))
    assert "You were signed out before it was sent" in page
    assert WRITTEN in page
    status, drawn = go_on(me, page)
    assert status == 422
    assert "It is not sent yet" in drawn
    assert WRITTEN in drawn
    assert not re.search("R-[0-9]", me.get("/protection/requests/"))
    me.get(NEW_REQUEST)
    assert "Here is something that you wrote and did not send" in me.page.text  # type: ignore[union-attr]
    form = next(each for each in read(drawn).forms if "text" in each.controls)
    hidden = {each.name: each.values for each in form.controls.values() if each.kind == "hidden"}
    me.page = me.client.post(NEW_REQUEST, data={**hidden, **asked()}, follow_redirects=True)
    assert me.page.status_code == 200, read(me.page.text).summary
    assert drafts(database) == 0


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_what_was_cut_off_is_shown_to_no_other_account(app: Flask, consortium: Consortium, away: Any) -> None:
    me = staff(app, consortium, Role.DPO)
    fields = sent(me, NEW_REQUEST, **asked())
    away(LONG_AWAY)
    me.client.post(NEW_REQUEST, data=fields)
    page = sign_in_again(me, create_staff(consortium, Role.DPO, "birch"))
    assert WRITTEN not in page
    assert "did not send" not in me.get(NEW_REQUEST)
    assert WRITTEN not in me.get("/account/drafts/")
    # The page that stayed open belongs to the other account.
    answer = me.client.post(NEW_REQUEST, data=fields)
    assert answer.status_code == 400
    assert WRITTEN not in answer.text
    assert WRITTEN in sign_in_again(Browser(app.test_client()), create_staff(consortium, Role.DPO))


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_page_that_stayed_open_over_signing_in_again_is_taken(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    me = staff(app, consortium, Role.DOCUMENTER)
    fields = sent(me, "/people/", reference="K-7", enrol="1")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', me.page.text)  # type: ignore[union-attr]
    assert token
    me.client.post("/sign-out", data={"csrf_token": token[1]})
    # Codes are taken once: the next one comes with the next half minute.
    later = staff_again(me, consortium)
    assert later.client.post("/people/", data=fields).status_code == 302
    assert enrolled(database) == 1


def staff_again(browser: Browser, consortium: Consortium) -> Browser:
    name = create_staff(consortium, Role.DOCUMENTER)
    with consortium.database.writing() as session:
        account = accounts.find(session, name)
        assert account is not None
        account.last_totp_step = 0
    sign_in_again(browser, name)
    return browser


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_what_a_survivor_wrote_is_kept_nowhere_and_they_can_stay(
    app: Flask, consortium: Consortium, database: Database, away: Any
) -> None:
    person = survivor(app, consortium, consortium.enrol("V-1"))
    page = person.get("/my/requests/new/access")
    assert "If you do nothing here for 14 minutes, the page closes" in page
    fields = sent(person, "/my/requests/new/access", text=WRITTEN)
    away(timedelta(minutes=10))
    assert "You are still here" in person.get("/stay")
    away(timedelta(minutes=10))
    assert person.client.post("/my/requests/new/access", data=fields).location.startswith("/my/")
    fields = sent(person, "/my/requests/new/access", text=WRITTEN + "!")
    away(timedelta(minutes=16))
    assert person.client.post("/my/requests/new/access", data=fields).location == "/sign-in"
    assert drafts(database) == 0


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_page_keeps_what_is_typed_by_itself_until_it_is_sent_or_thrown_away(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    me = staff(app, consortium, Role.DPO)
    fields = sent(me, NEW_REQUEST, **asked(), draft_action=NEW_REQUEST, confirm_code="123456")
    for text in ("Seven people", WRITTEN):
        assert me.client.post("/account/drafts/keep", data={**fields, "text": text}).status_code == 204
    assert drafts(database) == 1
    with database.reading() as session:
        account = session.scalars(select(FormDraft.account_id)).one()
        (draft,) = form_drafts.of_account(session, account)
    assert "123456" not in str(draft)
    status, drawn = go_on(me, me.get(NEW_REQUEST))
    assert (status, WRITTEN in drawn) == (422, True)
    assert staff(app, consortium, Role.DPO, "birch").client.get(f"/account/drafts/{draft.id}").status_code == 404
    me.get(NEW_REQUEST)
    me.post(f"/account/drafts/{draft.id}/drop")
    assert drafts(database) == 0
    assert "did not send" not in me.get(NEW_REQUEST)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_draft_of_what_is_not_theirs_any_more_is_not_shown(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    me = staff(app, consortium, Role.DPO)
    fields = sent(me, NEW_REQUEST, **asked(), draft_action="/protection/requests/none/ask")
    me.client.post("/account/drafts/keep", data=fields)
    status, page = go_on(me, me.get(NEW_REQUEST))
    assert status == 302
    page = me.get(me.page.location)  # type: ignore[union-attr]
    # Nobody can tell any more whether it is theirs to read.
    assert "not there any more, or is not yours now" in page
    assert WRITTEN not in page


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_drafts_lapse_and_go_with_whom_they_are_about(consortium: Consortium, app: Flask, away: Any) -> None:
    database = consortium.database
    me = staff(app, consortium, Role.DPO)
    page = sent(me, NEW_REQUEST, **asked())
    for action in ("/people/K-1/situation", "/people/K-2/situation"):
        me.client.post("/account/drafts/keep", data={**page, "draft_action": action})
    with database.writing() as session:
        form_drafts.drop_naming(session, ["K-1"])
    assert drafts(database) == 1
    away(law.DRAFT_KEPT.default + timedelta(minutes=1))
    with database.writing() as session:
        form_drafts.sweep(session)
    assert drafts(database) == 0


def test_a_form_that_is_sent_twice_enrols_one_person(app: Flask, consortium: Consortium, database: Database) -> None:
    me = staff(app, consortium, Role.DOCUMENTER)
    fields = sent(me, "/people/", enrol="1", reference="")
    first, second = (me.client.post("/people/", data=fields) for _ in range(2))
    assert first.location == second.location
    assert enrolled(database) == 1
    me.client.post("/people/", data=sent(me, "/people/", enrol="1", reference=""))
    assert enrolled(database) == 2


def test_a_form_that_two_send_at_once_enrols_one_person(app: Flask, consortium: Consortium, database: Database) -> None:
    me = staff(app, consortium, Role.DOCUMENTER)
    fields = sent(me, "/people/", enrol="1", reference="")
    cookie = me.client.get_cookie("s")
    assert cookie is not None
    led_to: list[str] = []

    def send() -> None:
        client = app.test_client()
        client.set_cookie("s", cookie.value)
        led_to.append(client.post("/people/", data=fields).location)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(led_to) == 4
    assert len(set(led_to)) == 1
    assert enrolled(database) == 1


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_form_that_was_done_is_never_called_unsent(
    app: Flask, consortium: Consortium, database: Database, away: Any
) -> None:
    me = staff(app, consortium, Role.DPO)
    fields = sent(me, NEW_REQUEST, **asked())
    done = me.client.post(NEW_REQUEST, data=fields).location
    # What the page sends by itself comes after that.
    me.client.post("/account/drafts/keep", data={**fields, "draft_action": NEW_REQUEST})
    away(LONG_AWAY)
    assert me.client.post(NEW_REQUEST, data=fields).location == done
    assert drafts(database) == 0


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_two_drafts_of_one_form_are_two(app: Flask, consortium: Consortium, database: Database) -> None:
    me = staff(app, consortium, Role.DPO)
    first = sent(me, NEW_REQUEST, **asked(), draft_action=NEW_REQUEST)
    me.client.post("/account/drafts/keep", data=first)
    me.client.post(NEW_REQUEST, data=sent(me, NEW_REQUEST, **asked("Somebody else asks for something else")))
    assert drafts(database) == 1
    status, drawn = go_on(me, me.get(NEW_REQUEST))
    assert (status, WRITTEN in drawn) == (422, True)
    form = next(each for each in read(drawn).forms if "text" in each.controls)
    hidden = {each.name: each.values for each in form.controls.values() if each.kind == "hidden"}
    assert me.client.post(NEW_REQUEST, data={**hidden, **asked()}).status_code == 302
    assert drafts(database) == 0


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_drafts_end_with_the_role_that_they_were_written_in(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    me = staff(app, consortium, Role.DPO)
    me.client.post("/account/drafts/keep", data=sent(me, NEW_REQUEST, **asked(), draft_action=NEW_REQUEST))
    with database.writing() as session:
        account = session.get_one(Account, session.scalars(select(FormDraft.account_id)).one())
        staff_accounts.change_role(session, account, Role.AUDITOR, account.as_actor())
    assert drafts(database) == 0


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_what_opens_something_is_never_kept(app: Flask, consortium: Consortium, database: Database) -> None:
    me = staff(app, consortium, Role.DPO)
    for address in ("/account/app", "/account/passphrase", "/account/passkeys/new", "/data/follow"):
        assert 'name="written_in"' not in me.get(address), address


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_whoever_is_not_staff_cannot_have_a_page_only_drawn(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    person = survivor(app, consortium, consortium.enrol("V-1"))
    fields = sent(person, "/my/requests/new/access", text=WRITTEN)
    answer = person.client.post("/my/requests/new/access", data={**fields, "redrawn": "1", "written_in": "/my/#Form~1"})
    assert answer.location.startswith("/my/requests/")


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_going_on_passes_the_second_factor(app: Flask, consortium: Consortium, away: Any) -> None:
    me = staff(app, consortium, Role.ADMINISTRATOR)
    address = "/administration/accounts/new"
    fields = sent(me, address, sign_in="somebody.new@example.org", role="dpo")
    me.client.post("/account/drafts/keep", data={**fields, "draft_action": address})
    away(timedelta(minutes=6))
    status, page = go_on(
        me, me.get("/account/drafts/" + re.findall(r"/account/drafts/([0-9a-f]{32})", me.get("/account/drafts/"))[0])
    )
    assert status == 428
    form = next(each for each in read(page).forms if "confirm_code" in each.controls)
    kept = {each.name: each.values for each in form.controls.values() if each.kind == "hidden"}
    drawn = me.client.post(form.action, data={**kept, "confirm_code": pyotp.TOTP(SECRET).at(clock.now())})
    assert drawn.status_code == 422
    assert "It is not sent yet" in drawn.text or "яшчэ не адпраўлена" in drawn.text


def test_a_request_of_somebody_without_an_account_is_received_once(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    stranger = Browser(app.test_client())
    fields = sent(stranger, "/data/request", organisation="alder", right="access", requester="self", text=WRITTEN)
    assert stranger.client.post("/data/request", data=fields).status_code == 200
    assert stranger.client.post("/data/request", data=fields).location == "/data/follow?sent=1"
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RightsRequest)) == 1
