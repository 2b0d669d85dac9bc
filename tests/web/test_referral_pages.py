"""A referral from the desk over the person's own page and the provider's link to its end; and the public page."""

import io
import re
from collections.abc import Callable

import pypdf
import pytest
from flask import Flask
from sqlalchemy.orm import Session

from mhpss import measuring, risk
from mhpss.measures import packs
from mhpss.measures.instruments import instrument
from mhpss.referral import referrals
from portal.access import accounts, cover
from portal.access.accounts import Role
from tests.consortium import Consortium
from tests.integration.test_measuring import pack
from tests.support import account_id, case_of, get, person_with_consent, put_on_call, service_of
from tests.web.people import Browser, staff, survivor
from tests.web.test_support_pages import a_day

TOLD = {"name": "Aliena Fiktyunaja", "contact": "Signal, code word library", "needs": "sleep, since spring"}


@pytest.fixture
def anna(consortium: Consortium) -> str:
    return person_with_consent(consortium)


@pytest.fixture
def number(consortium: Consortium, anna: str) -> str:
    supervisor = account_id(consortium, Role.PSYCHOLOGIST, "birch")
    return case_of(consortium, anna, account_id(consortium, Role.PSYCHOLOGIST), supervisor, state="active")


def to_consent(desk: Browser, number: str, service: str) -> str:
    """Prepare a referral on the desk and ask the person; its address."""
    page = desk.get(f"/support/cases/{number}/referrals/find?need=psychological&gender=woman")
    assert "helper of the gender asked for" in page
    desk.get(f"/support/cases/{number}/referrals/new/{service}")
    desk.post(f"/support/cases/{number}/referrals/new/{service}", status=422, **TOLD)
    desk.post(f"/support/cases/{number}/referrals/new/{service}", urgency="normal", ground="", **TOLD)
    desk.post(f"{desk.path}/move", to="awaiting_consent")
    return desk.path


def test_a_referral_goes_from_consent_over_the_providers_link_to_completed(
    app: Flask, consortium: Consortium, anna: str, number: str
) -> None:
    desk = staff(app, consortium, Role.PSYCHOLOGIST)
    address = to_consent(desk, number, service_of(consortium))
    assert "has not said yes" in desk.post(f"{address}/move", 422, to="sent")
    person = survivor(app, consortium, anna)
    assert "My support" in person.get("/my/")
    assert "Vera" in person.get("/my/help/")
    reference = address.rsplit("/", 1)[1]
    assert "Linden" not in person.get(f"/my/help/way/{reference}")
    page = person.get(f"/my/help/way/{reference}?names=1")
    assert "Linden House" in page
    assert TOLD["needs"] in page
    person.post(f"/my/help/way/{reference}/answer", answer="granted")
    desk.get(address)
    desk.post(f"{address}/move", to="sent")
    page = desk.post(f"{address}/link")
    found = re.search(r"<code>https?://[^/]+(/r/[^<]+)</code>", page)
    assert found
    provider = Browser(app.test_client())
    page = provider.get(found[1])
    assert TOLD["name"] not in page
    assert TOLD["needs"] in page
    provider.post(found[1], to="received")
    provider.post(found[1], status=422, to="declined")
    assert TOLD["name"] in provider.post(found[1], to="accepted")
    provider.post(found[1], status=422, to="scheduled", **a_day("day", -3), at="10:00")
    provider.post(found[1], to="scheduled", **a_day("day", 3), at="10:00")
    assert "there is an appointment" in person.get("/my/help/")
    provider.post(found[1], to="attended")
    provider.post(found[1], to="completed")
    assert "completed" in desk.get(address)
    desk.post(f"{address}/move", to="closed")
    provider.get("/r/" + "0" * 72, status=404)
    provider.get(found[1][:-1] + "x", status=404)


@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_a_stopped_referral_tells_the_provider_nothing_but_that_it_stopped_in_every_language(
    app: Flask, consortium: Consortium, anna: str, number: str, language: str
) -> None:
    desk = staff(app, consortium, Role.PSYCHOLOGIST)
    address = to_consent(desk, number, service_of(consortium))
    desk.post(f"{address}/answer", answer="granted")
    desk.post(f"{address}/move", to="sent")
    token = re.search(r"(/r/[^<]+)</code>", desk.post(f"{address}/link"))
    assert token
    person = survivor(app, consortium, anna)
    reference = address.rsplit("/", 1)[1]
    person.get(f"/my/help/way/{reference}")
    person.post(f"/my/help/way/{reference}/stop")
    provider = Browser(app.test_client())
    provider.get(f"/language/{language}?next=/sign-in")
    page = provider.get(token[1])
    assert not any(text in page for text in TOLD.values())
    assert "<form" not in page.split("<main")[1]
    assert "stopped: consent ended" in desk.get(address)
    desk.post(f"{address}/told")


def test_the_sheet_names_the_person_only_after_acceptance(
    app: Flask, consortium: Consortium, anna: str, number: str
) -> None:
    desk = staff(app, consortium, Role.PSYCHOLOGIST)
    address = to_consent(desk, number, service_of(consortium))

    def on_paper() -> str:
        answer = desk.client.get(f"{address}/sheet")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="notes.pdf"'
        return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.data)).pages)

    assert "Aliena" not in on_paper()
    desk.post(f"{address}/answer", answer="granted")
    desk.post(f"{address}/move", to="sent")
    reference = address.rsplit("/", 1)[1]
    with consortium.database.writing() as session:
        found = referrals.by_number(session, reference)
        assert found
        for to in ("received", "accepted"):
            referrals.move(session, found, to, "RS", "provider")
    assert "Aliena" in on_paper()


def test_in_danger_to_life_help_is_called_first_and_the_supervisor_confirms(
    app: Flask, consortium: Consortium, anna: str, number: str
) -> None:
    desk = staff(app, consortium, Role.PSYCHOLOGIST)
    service = service_of(consortium)
    desk.get(f"/support/cases/{number}/referrals/new/{service}")
    page = desk.post(f"/support/cases/{number}/referrals/new/{service}", urgency="emergency", ground="suicide", **TOLD)
    assert "to be confirmed by a second person" in page
    reference = desk.path.rsplit("/", 1)[1]
    supervisor = staff(app, consortium, Role.PSYCHOLOGIST, "birch")
    assert "a second person confirms" in supervisor.get("/support/")
    supervisor.get(f"/support/cases/{number}")
    supervisor.post(f"/support/cases/{number}/referrals/{reference}/confirm")
    assert "to be confirmed" not in desk.get(f"/support/cases/{number}/referrals/{reference}")
    assert "Risk review" in desk.get(f"/support/cases/{number}")


def test_the_person_fills_in_the_goals_and_a_positive_item_9_leads_to_a_calm_page_and_a_review(
    app: Flask, consortium: Consortium, anna: str, number: str, tmp_path: object
) -> None:
    on_duty = account_id(consortium, Role.PSYCHOLOGIST)
    with consortium.database.writing() as session:
        packs.load(session, pack(tmp_path))  # type: ignore[arg-type]
        put_on_call(session, on_duty)
        case, able = get(session, number), cover.able(session, Role.PSYCHOLOGIST)
        goals = measuring.offer(session, case, instrument("goals"), "x", able=able).id
        phq = measuring.offer(session, case, instrument("phq-9"), "x", able=able).id
    person = survivor(app, consortium, anna)
    person.get(f"/my/help/questions/{goals}")
    person.post(f"/my/help/questions/{goals}", words_1="the nights", item_1="4", item_2="3", item_3="4", item_4="2")
    person.get(f"/my/help/questions/{goals}", status=404)
    person.get(f"/my/help/questions/{phq}")
    page = person.post(f"/my/help/questions/{phq}", **{f"item_{place}": "0" for place in range(1, 9)}, item_9="1")
    assert "You are not alone with this" in page
    with consortium.database.reading() as session:
        case = get(session, number)
        (review,) = risk.open_reviews(session, [case.id])
        assert review.cause == "item_9"
        (point,) = measuring.curves(session, case.id)["goals"]
        assert (point.total, point.words["1"]) == (13, "the nights")
    desk = staff(app, consortium, Role.PSYCHOLOGIST)
    page = desk.get(f"/support/cases/{number}")
    assert "the nights" in page
    assert "question 9 was answered above zero" in page


CANNOT_ACT: dict[str, Callable[[Session, accounts.Account], None]] = {
    "closed": accounts.disable,
    "another role": lambda s, account: accounts.change_role(s, account, Role.DOCUMENTER),
    "no second factor": lambda s, account: accounts.keep_totp_secret(s, account, None),
}


@pytest.mark.parametrize("why", CANNOT_ACT)
@pytest.mark.parametrize("partner", ["alder", "birch"], ids=["who holds it and is on call", "who supervises it"])
def test_cover_of_somebody_who_cannot_act_is_a_gap_that_the_coordinator_reads_and_phq_9_waits(
    app: Flask, consortium: Consortium, anna: str, number: str, tmp_path: object, partner: str, why: str
) -> None:
    here = account_id(consortium, Role.PSYCHOLOGIST)
    gone = account_id(consortium, Role.PSYCHOLOGIST, partner)
    with consortium.database.writing() as session:
        packs.load(session, pack(tmp_path))  # type: ignore[arg-type]
        put_on_call(session, here)
        able = cover.able(session, Role.PSYCHOLOGIST)
        phq = measuring.offer(session, get(session, number), instrument("phq-9"), "x", able=able).id
    address = f"/my/help/questions/{phq}"
    person, coordinator = survivor(app, consortium, anna), staff(app, consortium, Role.COORDINATOR)
    assert address in person.get("/my/help/")
    page = coordinator.get("/coordination/")
    assert "cannot act" not in page
    assert "13 days of the next fortnight" in page
    person.get(address)
    with consortium.database.writing() as session:
        account = session.get_one(accounts.Account, gone)
        CANNOT_ACT[why](session, account)
    person.post(address, status=404, **{f"item_{place}": "0" for place in range(1, 10)})
    assert address not in person.get("/my/help/")
    person.get(address, status=404)
    page = coordinator.get("/coordination/")
    assert "cannot act" in page
    if gone == here:
        assert "14 days of the next fortnight" in page
        assert re.search(r'value">1</span>\s*<span class="stat__label">wait to be assigned', page)
        assert "cannot act" in coordinator.get("/coordination/on-call")


def test_a_case_that_nobody_has_assessed_is_due_on_the_desk_and_said_to_the_coordinator(
    app: Flask, consortium: Consortium, anna: str, number: str
) -> None:
    desk, coordinator = staff(app, consortium, Role.PSYCHOLOGIST), staff(app, consortium, Role.COORDINATOR)
    due = r"risk not looked at yet\s*</td>\s*<td>[^<]*<span class=\"chip chip--need\">"
    assert re.search(due, desk.get("/support/"))
    assert "risk not looked at yet" in coordinator.get("/coordination/")
    with consortium.database.writing() as session:
        risk.set_level(session, get(session, number), "none", None, "x")
    assert not re.search(due, desk.get("/support/"))
    assert "risk not looked at yet" not in coordinator.get("/coordination/")


def test_the_person_stops_contact_and_asks_for_a_woman(
    app: Flask, consortium: Consortium, anna: str, number: str
) -> None:
    person = survivor(app, consortium, anna)
    person.get("/my/help/")
    assert "Nobody contacts you" in person.post("/my/help/contact")
    person.get("/my/help/wish")
    person.post("/my/help/wish", status=422)
    person.post("/my/help/wish", kind="woman", text="please")
    desk = staff(app, consortium, Role.PSYCHOLOGIST)
    page = desk.get(f"/support/cases/{number}")
    assert "asks not to be contacted" in page
    assert "a woman as my support person" in page


def test_another_person_finds_neither_the_referral_nor_the_questions(
    app: Flask, consortium: Consortium, anna: str, number: str
) -> None:
    desk = staff(app, consortium, Role.PSYCHOLOGIST)
    reference = to_consent(desk, number, service_of(consortium)).rsplit("/", 1)[1]
    other = survivor(app, consortium, person_with_consent(consortium, "V-2"))
    assert "Nobody supports you" in other.get("/my/help/")
    other.get(f"/my/help/way/{reference}", status=404)
    stranger = staff(app, consortium, Role.PSYCHOLOGIST, "birch")
    stranger.get(f"/support/cases/{number}/referrals/{reference}", status=404)


@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_anybody_sees_what_help_exists_without_an_account(app: Flask, consortium: Consortium, language: str) -> None:
    service_of(consortium, names={"be": "Тэрапія", "ru": "Терапия", "en": "Therapy"})
    service_of(consortium, confidential=True, names=dict.fromkeys(("be", "ru", "en"), "Hidden house"))
    anybody = Browser(app.test_client())
    anybody.get(f"/language/{language}?next=/sign-in")
    page = anybody.get("/offers/")
    assert {"be": "Тэрапія", "ru": "Терапия", "en": "Therapy"}[language] in page
    assert "Hidden house" not in page
    assert "Vilnius" not in anybody.get("/offers/?need=legal")


def test_the_person_says_whether_it_helped_once_it_is_over_and_the_psychologist_reads_it(
    app: Flask, consortium: Consortium, anna: str, number: str
) -> None:
    psychologist = account_id(consortium, Role.PSYCHOLOGIST)
    service = service_of(consortium)
    with consortium.database.writing() as session:
        sent = referrals.draft(session, get(session, number), service, "normal", TOLD, psychologist)
        referrals.move(session, sent, "awaiting_consent", "RC", psychologist)
        reference = sent.number
    person = survivor(app, consortium, anna)
    way = f"/my/help/way/{reference}"
    person.get(f"{way}?names=1")
    person.post(f"{way}/answer", answer="granted")
    assert "Did it help?" not in person.get(way)
    with consortium.database.writing() as session:
        found = referrals.by_number(session, reference)
        assert found is not None
        for party, to in (
            ("RC", "sent"),
            ("RS", "received"),
            ("RS", "accepted"),
            ("RS", "attended"),
            ("RS", "completed"),
        ):
            referrals.move(session, found, to, party, psychologist)
    assert "Did it help?" in person.get(way)
    person.post(f"{way}/feedback", 422, text="kind people")
    person.post(f"{way}/feedback", helped="partly", text="kind people")
    desk = staff(app, consortium, Role.PSYCHOLOGIST)
    page = desk.get(f"/support/cases/{number}/referrals/{reference}")
    assert "kind people" in page
    assert "partly" in page
    other = survivor(app, consortium, person_with_consent(consortium, "V-3"))
    other.get(way, status=404)


def test_the_person_sees_what_their_answers_came_to_if_they_want_to_and_no_name_of_an_illness(
    app: Flask, consortium: Consortium, anna: str, number: str
) -> None:
    person = survivor(app, consortium, anna)
    assert "My answers over time" not in person.get("/my/help/")
    with consortium.database.writing() as session:
        for answers in ([3] * 7, [1] * 7):
            measuring.record(
                session,
                get(session, number),
                instrument("gad-7"),
                answers,
                language="en",
                filled_by="clinician",
                author="x",
            )
    assert "My answers over time" in person.get("/my/help/")
    page = person.get("/my/help/answers")
    assert ">21<" in page
    assert ">7<" in page
    assert "lower number means that you are better" in page
    assert not [word for word in ("severe", "mild", "screen", "anxiety") if word in page]
    survivor(app, consortium, person_with_consent(consortium, "V-2")).get("/my/help/answers", status=404)
