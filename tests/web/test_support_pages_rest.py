"""After a paper has renewed somebody's way in, what lies behind the wall rests for a day on their own pages."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from consent.rights import packages, receiving
from mhpss import clinical_copies, entries, measuring
from mhpss.measures import packs
from mhpss.measures.instruments import instrument
from portal.access import accounts, cover, passphrases, renewals
from portal.access.accounts import Role
from portal.casework import support_pages
from tests.consortium import Consortium
from tests.integration.test_measuring import pack
from tests.support import account_id, case_of, get, person_with_consent, put_on_call, rows_of
from tests.web.people import PASSPHRASE, Browser, create_survivor, staff
from vault import clock

DAY = timedelta(days=1)
WISH = {"asked_for": "rest", "safe_contact": "Signal", "language": "en", "remote": "yes"}


@pytest.fixture
def anna(consortium: Consortium) -> str:
    person = person_with_consent(consortium)
    create_survivor(consortium, person)
    return person


@pytest.fixture
def number(consortium: Consortium, anna: str) -> str:
    supervisor = account_id(consortium, Role.PSYCHOLOGIST, "birch")
    return case_of(consortium, anna, account_id(consortium, Role.PSYCHOLOGIST), supervisor, state="active")


def by_paper(app: Flask, consortium: Consortium, person: str, *, forced: bool = True) -> dict[str, Browser]:
    """Let a paper renew somebody's way in, and go in by it, on both sides of the account where they are forced."""
    with consortium.database.writing() as session:
        account = accounts.of_subject(session, person)
        assert account is not None
        code = renewals.issue(session, account, "documenter")
    browser = Browser(app.test_client())
    browser.get(f"/again/{code}")
    sign_in, own, second = re.findall(r'class="number">([^<]+)<', browser.post(f"/again/{code}"))
    sides = {}
    for side, passphrase in (("own", own), ("second", second))[: 2 if forced else 1]:
        sides[side] = Browser(app.test_client())
        sides[side].get("/sign-in")
        sides[side].post("/sign-in", sign_in=sign_in, passphrase=passphrase)
    return sides


def addresses(app: Flask, offer: str = "x") -> Iterator[tuple[str, str]]:
    """Every address and method of the person's support pages."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("survivor.support."):
            address = rule.rule.replace("<reference>", "R-1").replace("<offer_id>", offer)
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield method, address


def asked(browser: Browser, method: str, address: str, **fields: Any) -> tuple[int, str]:
    """What an address answers, without the token of its forms."""
    browser.get("/my/requests/new/access")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.page.text if browser.page else "")
    assert token
    data = {"csrf_token": token[1], **fields} if method == "POST" else None
    answer = browser.client.open(address, method=method, data=data)
    text = re.sub(r'name="csrf_token"[^>]*value="[^"]*"', "", answer.text)
    return answer.status_code, text


def test_for_a_day_every_support_page_is_closed_and_alike_with_a_case_without_one_and_on_both_sides(
    app: Flask, consortium: Consortium, anna: str, number: str, tmp_path: Any
) -> None:
    other = person_with_consent(consortium, "V-2")
    create_survivor(consortium, other)
    here = account_id(consortium, Role.PSYCHOLOGIST)
    with consortium.database.writing() as session:
        packs.load(session, pack(tmp_path))
        put_on_call(session, here)
        able = cover.able(session, Role.PSYCHOLOGIST)
        offer = measuring.offer(session, get(session, number), instrument("phq-9"), "x", able=able).id
    used = clock.now().replace(second=0, microsecond=0)
    with clock.moved_to(used):
        visitors = [*by_paper(app, consortium, anna).values(), *by_paper(app, consortium, other).values()]
        answers = {f"item_{place}": "0" for place in range(1, 10)}
        for method, address in addresses(app, offer):
            said = [asked(visitor, method, address, **answers, **WISH) for visitor in visitors]
            assert {status for status, _ in said} == {200 if method == "GET" else 409}, address
            assert len({page for _, page in said}) == 1, address
            assert "opens again at" in said[0][1]
            assert not re.search("support|psycholog|case", said[0][1].partition("<main")[2], re.IGNORECASE)
        assert rows_of(consortium.database, "case_measures") == "[]"
        assert rows_of(consortium.database, "cases").count("M-0") == 1
        with consortium.database.writing() as session:
            case = get(session, number)
            able = support_pages.cover_of(session, case)
            with pytest.raises(measuring.NotOffered):
                measuring.offer(session, case, instrument("phq-9"), "x", able=able)
    with clock.moved_to(used + DAY - timedelta(seconds=1)):
        assert "opens again at" in by_words(app, consortium, anna)
    with clock.moved_to(used + DAY):
        assert "/my/help/wish" in by_words(app, consortium, anna)


def by_words(app: Flask, consortium: Consortium, person: str) -> str:
    """The support page of somebody who signs in with words that no paper gave them."""
    with consortium.database.writing() as session:
        account = accounts.of_subject(session, person)
        assert account is not None
        accounts.keep_passphrase(session, account, passphrases.digest(PASSPHRASE))
        sign_in = accounts.sign_in_name(session, account)
    browser = Browser(app.test_client())
    browser.get("/sign-in")
    browser.post("/sign-in", sign_in=sign_in, passphrase=PASSPHRASE)
    return browser.get("/my/help/")


def test_owner_supervisor_coordinator_and_auditor_are_told_and_the_supervisor_opens_sooner_until_the_next_paper(
    app: Flask, consortium: Consortium, anna: str, number: str
) -> None:
    sides = by_paper(app, consortium, anna)
    owner, coordinator = staff(app, consortium, Role.PSYCHOLOGIST), staff(app, consortium, Role.COORDINATOR)
    supervisor = staff(app, consortium, Role.PSYCHOLOGIST, "birch")
    address = f"/support/cases/{number}/open-pages"
    told = "Pages closed after a paper with new words"
    assert told in owner.get("/support/")
    assert address not in (owner.page.text if owner.page else "")
    owner.post(address, status=404)
    assert "pages are closed until" in coordinator.get("/coordination/")
    assert "account.renew" in staff(app, consortium, Role.AUDITOR).get("/administration/acts")
    page = supervisor.get("/support/")
    assert told in page
    assert address in page
    supervisor.post(address)
    supervisor.get(f"/support/cases/{number}")
    supervisor.post(address)
    with consortium.database.reading() as session:
        case = get(session, number)
        assert len(entries.of_case(session, case.id, "pages_opened")) == 1
        assert [act.act for act in entries.acts_in(session, case.id)].count("open_pages") == 1
    assert "opens again at" not in sides["own"].get("/my/help/")
    # The other side waits out the day: opening sooner would tell its reader that there is a case.
    assert "opens again at" in sides["second"].get("/my/help/")
    assert told not in owner.get("/support/")
    assert "pages are closed until" not in coordinator.get("/coordination/")
    assert "were opened before the day" in owner.get(f"/support/cases/{number}")
    for visitor in by_paper(app, consortium, anna).values():
        assert "opens again at" in visitor.get("/my/help/")
    assert told in supervisor.get("/support/")


def test_an_account_that_is_closed_meanwhile_is_no_gap_and_opened_again_its_pages_still_rest(
    app: Flask, consortium: Consortium, anna: str, number: str
) -> None:
    by_paper(app, consortium, anna)
    supervisor = staff(app, consortium, Role.PSYCHOLOGIST, "birch")
    with consortium.database.writing() as session:
        account = accounts.of_subject(session, anna)
        assert account is not None
        accounts.disable(session, account)
    assert "Pages closed" not in supervisor.get("/support/")
    supervisor.get(f"/support/cases/{number}")
    supervisor.post(f"/support/cases/{number}/open-pages")
    with consortium.database.writing() as session:
        account = accounts.of_subject(session, anna)
        assert account is not None
        accounts.enable(session, account)
    assert "opens again at" in by_words(app, consortium, anna)


def test_the_clinical_part_of_a_copy_waits_till_the_day_is_over(
    app: Flask, consortium: Consortium, anna: str, number: str
) -> None:
    with consortium.database.writing() as session:
        made = receiving.receive(
            session, "alder", receiving.Received("access", "portal", "en", "", subject_id=anna), "x"
        )
        clinical_copies.ask(session, made)
        packages.make(session, made, "officer")
        clinical_copies.prepare(session, get(session, number), made, clinical_copies.PARTS, "", "x")
    person = by_paper(app, consortium, anna, forced=False)["own"]
    address = f"/my/requests/{made.reference}"

    def fetched() -> dict[str, Any]:
        assert "Your file is ready" in person.get(address)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', person.page.text if person.page else "")
        assert token
        sent = person.client.post(f"{address}/fetch", data={"csrf_token": token[1]})
        with zipfile.ZipFile(io.BytesIO(sent.data)) as archive:
            content: dict[str, Any] = json.loads(archive.read("notes.json"))
        return content

    assert "support" not in fetched()
    assert "Your file is ready" not in person.get(address)
    supervisor = staff(app, consortium, Role.PSYCHOLOGIST, "birch")
    supervisor.get("/support/")
    supervisor.post(f"/support/cases/{number}/open-pages")
    assert "support" in fetched()
