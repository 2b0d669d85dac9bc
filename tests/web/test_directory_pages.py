"""The coordinator's directory: entering, changing, making sure, files; and what others see of it."""

import json
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask_babel import force_locale

from mhpss.services import directory, locations, verification
from mhpss.services.directory import Provider, Service
from mhpss.services.locations import Opening
from portal.access.accounts import Role
from portal.words.directory import hours_in_words
from tests.consortium import Consortium
from tests.integration.test_hsds import foreign
from tests.support import account_id, case_of, person_with_consent, rows_of, service_of
from tests.web.people import Browser, staff
from tests.web.test_support_pages import a_day
from vault import audit, clock

ENTERED = {
    "provider": "Linden House (fictional)",
    "contact": "by letter",
    "name_be": "Тэрапія",
    "name_ru": "Терапия",
    "name_en": "Therapy",
    "needs": ["psychological", "legal"],
    "layer": "3",
    "languages": ["be", "uk"],
    "country": "lt",
    "place": "Vilnius",
    "capacity": "free",
    "waiting_days": "",
    "open": "y",
}
SERVICE = ("name_be", "name_ru", "name_en", "needs", "layer", "languages")


@pytest.fixture
def coordinator(app: Flask, consortium: Consortium) -> Browser:
    return staff(app, consortium, Role.COORDINATOR)


def the_only(consortium: Consortium) -> tuple[Service, Provider]:
    with consortium.database.reading() as session:
        ((service, provider),) = directory.listed(session)
        return service, provider


def acts(consortium: Consortium) -> list[str]:
    with consortium.database.reading() as session:
        entries = audit.latest(session)
        return [entry.act for entry in reversed(entries) if entry.act.startswith(("service.", "provider."))]


def test_a_coordinator_enters_a_service_and_makes_sure_of_it(coordinator: Browser, consortium: Consortium) -> None:
    coordinator.get("/coordination/services/new")
    wrong = coordinator.post("/coordination/services/new", status=422, **{**ENTERED, "country": "Lithuania"})
    assert "Linden House" in wrong
    page = coordinator.post("/coordination/services/new", **ENTERED, **a_day("agreement_until", 300))
    assert "Linden House" in page
    service, _provider = the_only(consortium)
    assert (service.country, service.place, service.on_site, service.remote) == ("LT", "Vilnius", True, False)
    assert (service.least_age, service.greatest_age, service.public) == (0, 120, False)
    address = f"/coordination/services/{service.id}"
    assert "by letter" in coordinator.get(address)
    coordinator.post(address, status=422, capacity="plenty", waiting_days="20", open="y")
    assert "waiting list" in coordinator.post(address, capacity="waiting_list", waiting_days="20", open="y")
    assert acts(consortium) == ["service.enter", "service.verify"]


def test_a_provider_has_more_than_one_service(coordinator: Browser, consortium: Consortium) -> None:
    service_of(consortium)
    _service, provider = the_only(consortium)
    coordinator.get(f"/coordination/services/new/{provider.id}")
    entered = {name: value for name, value in ENTERED.items() if name not in ("provider", "contact")}
    coordinator.post(f"/coordination/services/new/{provider.id}", **entered)
    with consortium.database.reading() as session:
        assert [each.id for _service, each in directory.listed(session)] == [provider.id, provider.id]


def test_a_service_is_changed_without_being_made_sure_of(coordinator: Browser, consortium: Consortium) -> None:
    service_id = service_of(consortium)
    with clock.moved_to(clock.now() + timedelta(days=100)):
        coordinator = staff(coordinator.client.application, consortium, Role.COORDINATOR)
        address = f"/coordination/entries/{service_id}"
        assert 'value="Trauma therapy"' in coordinator.get(address)
        changed: dict[str, Any] = {name: ENTERED[name] for name in SERVICE}
        changed |= {"genders": "man", "least_age": "14", "greatest_age": "25", "paid": "y", "fees_en": "20 euros"}
        changed |= {
            "phone": "+370 600 00000",
            "email": "help@example.org",
            "url": "https://example.org/",
            "public": "y",
        }
        for bad in ({"email": "nobody"}, {"url": "javascript:x"}, {"least_age": "30"}, {"name_be": " "}):
            assert "20 euros" in coordinator.post(address, status=422, **{**changed, **bad})
        page = coordinator.post(address, **changed)
        assert "from 14 to 25" in page
        service, _provider = the_only(consortium)
        assert (service.genders, service.cost, service.fees) == (["man"], "paid", {"en": "20 euros"})
        assert service.languages == ["be", "uk"]
        with consortium.database.reading() as session:
            assert directory.listed(session)[0][0].is_stale()
    assert acts(consortium) == ["service.change"]


def test_a_provider_that_becomes_confidential_leaves_the_public_page(
    coordinator: Browser, consortium: Consortium, app: Flask
) -> None:
    service_of(consortium)
    service, provider = the_only(consortium)
    assert "Trauma therapy" in Browser(app.test_client()).get("/offers/")
    address = f"/coordination/entries/providers/{provider.id}"
    assert "by letter" in coordinator.get(address)
    fields = {"name": "Linden", "country": "LT", "contact": "by courier", "confidential": "y", "about_be": "Ліпа"}
    coordinator.post(address, status=422, **{**fields, "name": ""})
    coordinator.post(address, **fields, **a_day("agreement_until", 30))
    assert "Trauma therapy" not in Browser(app.test_client()).get("/offers/")
    with consortium.database.reading() as session:
        known = directory.provider(session, provider.id)
        assert known is not None
        assert directory.contact_of(session, known) == "by courier"
        assert (known.name, known.about) == ("Linden", {"be": "Ліпа"})
        assert known.agreement_until == clock.now().date() + timedelta(days=30)
    assert "by courier" not in rows_of(consortium.database, "providers")
    again = coordinator.get(f"/coordination/entries/{service.id}")
    assert "Trauma therapy" in again
    changed = {name: ENTERED[name] for name in SERVICE}
    assert "never on the public page" in coordinator.post(
        f"/coordination/entries/{service.id}", status=422, **changed, public="y"
    )
    coordinator.get("/coordination/services/new")
    coordinator.post("/coordination/services/new", status=422, **ENTERED, confidential="y", public="y")


def test_places_have_hours_and_the_last_one_stays(coordinator: Browser, consortium: Consortium, app: Flask) -> None:
    service_id = service_of(consortium, remote=False)
    address = f"/coordination/entries/{service_id}/places"
    coordinator.get(f"{address}/new")
    place = {"kind": "place", "street": "Example street 1", "city": "Kaunas", "country": "lt"}
    hours = {"day_0": "9:00-13:00, 14:00–17:30", "day_5": "10:00-12:00"}
    for bad in ("morning", "13:00-9:00", "9:00-12:00, 11:00-13:00", "9:00-25:00"):
        page = coordinator.post(f"{address}/new", status=422, **place, day_0=bad)
        assert "Example street 1" in page
        assert "Write hours such as" in page
    coordinator.post(f"{address}/new", status=422, **{**place, "country": ""})
    page = coordinator.post(f"{address}/new", **place, **hours)
    assert "Example street 1, Kaunas, Lithuania" in page
    coordinator.get(f"{address}/new")
    coordinator.post(f"{address}/new", kind="remote", url="https://example.org/room")
    public = Browser(app.test_client()).get("/offers/")
    assert "09:00–13:00, 14:00–17:30" in public
    assert "https://example.org/room" in public
    with consortium.database.reading() as session:
        first, second, third = locations.of(session, [service_id])[service_id]
        assert second.hours == (
            Opening(0, "09:00", "13:00"),
            Opening(0, "14:00", "17:30"),
            Opening(5, "10:00", "12:00"),
        )
    service, _provider = the_only(consortium)
    assert (service.place, service.remote) == ("Vilnius", True)
    assert 'value="09:00-13:00, 14:00-17:30"' in coordinator.get(f"{address}/{second.id}")
    coordinator.post(f"{address}/{second.id}", **{**place, "city": "Klaipėda"}, day_0="24:00-24:00", status=422)
    coordinator.post(f"{address}/{second.id}", **{**place, "city": "Klaipėda"}, day_0="20:00-24:00")
    coordinator.post(f"{address}/{first.id}/remove")
    service, _provider = the_only(consortium)
    assert service.place == "Klaipėda"
    coordinator.post(f"{address}/{third.id}/remove")
    assert "The last place stays" in coordinator.post(f"{address}/{second.id}/remove")
    coordinator.get(f"{address}/none", status=404)


def test_the_list_shows_what_is_looked_for(coordinator: Browser, consortium: Consortium) -> None:
    named = {name: dict.fromkeys(("be", "ru", "en"), name) for name in ("First", "Second")}
    service_of(consortium, names=named["First"], needs=["legal"], languages=["uk"], country="PL")
    service_of(consortium, names=named["Second"])

    def shown(asked: str) -> set[str]:
        page = coordinator.get(f"/coordination/services/?{asked}")
        return {name for name in named if name in page}

    assert shown("") == shown("open=yes&stale=no") == {"First", "Second"}
    assert shown("need=legal") == shown("language=uk") == shown("country=PL") == {"First"}
    assert shown("need=psychological&language=be&country=LT") == {"Second"}
    # A need that there is not is said at its field, and shows nothing.
    refused = coordinator.get("/coordination/services/?need=nonsense", 422)
    assert "Choose from what is offered here" in refused
    assert "First" not in refused
    assert shown("stale=yes") == shown("open=no") == shown("need=legal&language=be") == set()


def test_services_to_make_sure_of_stand_on_the_coordinators_page_oldest_first(
    app: Flask, consortium: Consortium
) -> None:
    older = service_of(consortium, names=dict.fromkeys(("be", "ru", "en"), "The older"))
    with clock.moved_to(clock.now() + timedelta(days=5)):
        service_of(consortium, names=dict.fromkeys(("be", "ru", "en"), "The newer"))
    begun = clock.now()
    with clock.moved_to(begun + timedelta(days=90)):
        assert "The older" not in staff(app, consortium, Role.COORDINATOR).get("/coordination/")
    with clock.moved_to(begun + timedelta(days=100)):
        desk = staff(app, consortium, Role.COORDINATOR)
        page = desk.get("/coordination/")
        assert page.index("The older") < page.index("The newer")
        desk.get(f"/coordination/services/{older}")
        desk.post(f"/coordination/services/{older}/unreached", status=422, note=" ")
        assert "Rang three times" in desk.post(f"/coordination/services/{older}/unreached", note="Rang three times")
        assert "The older" not in desk.get("/coordination/")
        assert "Rang three times" not in rows_of(consortium.database, "service_attempts")
    with clock.moved_to(begun + timedelta(days=106)):
        assert "The older" not in staff(app, consortium, Role.COORDINATOR).get("/coordination/")
    with clock.moved_to(begun + timedelta(days=107)):
        desk = staff(app, consortium, Role.COORDINATOR)
        assert "The older" in desk.get("/coordination/")
        assert "Rang three times" in desk.get(f"/coordination/services/{older}")
        desk.post(f"/coordination/services/{older}", capacity="full", open="y")
        assert "The older" not in desk.get("/coordination/")
    with consortium.database.reading() as session:
        assert len(verification.attempts_of(session, directory.find(session, older)[0])) == 1  # type: ignore[index]


def sent(browser: Browser, raw: bytes, status: int = 200) -> str:
    """Choose a file and send it, as bytes: the client's own encoder leaves a file open."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/coordination/files/new"))
    assert token
    parts = ((b'name="csrf_token"', token[1].encode()), (b'name="file"; filename="services.json"', raw))
    form = b"".join(b"--x\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % part for part in parts)
    answer = browser.client.post(
        "/coordination/files/new",
        data=form + b"--x--\r\n",
        content_type="multipart/form-data; boundary=x",
        follow_redirects=True,
    )
    assert answer.status_code == status
    return answer.text


def test_a_coordinator_takes_the_directory_along_without_confidential_providers(
    coordinator: Browser, consortium: Consortium
) -> None:
    shown, _hidden = service_of(consortium), service_of(consortium, confidential=True)
    answer = coordinator.client.get("/coordination/files/services.json")
    assert 'filename="services.json"' in answer.headers["Content-Disposition"]
    assert [each["id"].replace("-", "") for each in json.loads(answer.text)] == [shown]
    assert acts(consortium) == ["service.export"]
    assert "as before: 1" in sent(coordinator, answer.data)


def test_a_file_with_a_fault_brings_in_nothing_and_every_bad_place_is_shown(
    coordinator: Browser, consortium: Consortium
) -> None:
    raw = json.dumps([foreign(), foreign(id="7", status="<b>")]).encode()
    page = sent(coordinator, raw, status=422)
    assert "/1/id: has to be a UUID" in page
    assert "/1/status: " in page
    assert "This is not a file of services" in sent(coordinator, b"no", status=422)
    assert "Choose a file" in coordinator.post("/coordination/files/new", status=422)
    with consortium.database.reading() as session:
        assert directory.listed(session) == []
    assert "New: 1" in sent(coordinator, json.dumps([foreign()]).encode())
    assert "never" not in coordinator.get("/coordination/services/").split("<main")[1]
    assert acts(consortium) == ["service.import"]


def test_a_large_directory_comes_in_whole_and_what_is_too_large_is_refused(
    coordinator: Browser, consortium: Consortium
) -> None:
    many = [foreign(id=str(uuid4()), description="x" * 3900) for _ in range(300)]
    raw = json.dumps(many).encode()
    assert len(raw) > 1024 * 1024
    assert "New: 300" in sent(coordinator, raw)
    sent(coordinator, b"[" + b" " * 12 * 1024 * 1024, status=413)


def test_a_service_nobody_ever_made_sure_of_says_so(coordinator: Browser, consortium: Consortium, app: Flask) -> None:
    unsure = foreign(assured_date=None, service_at_locations=[])
    sent(coordinator, json.dumps([unsure]).encode())
    assert "never" in coordinator.get("/coordination/services/").split("<main")[1]
    service, _provider = the_only(consortium)
    assert "There is none: no referral can be sent" in coordinator.get(f"/coordination/services/{service.id}")
    assert "Unknown Region" in coordinator.get("/coordination/services/")
    assert "Community counselling" in coordinator.get("/coordination/")


def test_the_psychologist_finds_by_way_age_cost_and_access(app: Flask, consortium: Consortium) -> None:
    number = case_of(
        consortium, person_with_consent(consortium), account_id(consortium, Role.PSYCHOLOGIST), state="active"
    )
    names = {
        "Far": {"place": "", "remote": True, "cost": "paid"},
        "Near": {"remote": False, "least_age": 30, "accessible": False},
    }
    for name, changed in names.items():
        service_of(consortium, names=dict.fromkeys(("be", "ru", "en"), f"{name} offer"), **changed)
    desk = staff(app, consortium, Role.PSYCHOLOGIST)
    address = f"/support/cases/{number}/referrals/find"

    def shown(asked: str = "") -> set[str]:
        page = desk.get(f"{address}?need=psychological{asked}")
        return {name for name in names if f"{name} offer" in page}

    assert shown() == shown("&gender=&way=&age=") == {"Far", "Near"}
    assert shown("&way=remote") == shown("&age=20") == {"Far"}
    assert shown("&way=place") == {"Near"}
    assert "has to be paid" in desk.get(f"{address}?need=psychological&way=remote&free=y")
    assert "not accessible" in desk.get(f"{address}?need=psychological&way=place&accessible=y")
    assert "offer" not in desk.get(f"{address}?need=psychological&age=old").split("<main")[1].split("</form>")[1]


def test_days_in_a_row_with_the_same_hours_are_one_line(app: Flask) -> None:
    days = [(0, "09:00"), (1, "09:00"), (1, "14:00"), (2, "09:00"), (2, "14:00"), (3, "09:00"), (5, "09:00")]
    with app.test_request_context(), force_locale("en"):
        shown = hours_in_words(
            [Opening(day, opens_at, "13:00" if opens_at < "13:00" else "18:00") for day, opens_at in days]
        )
    both = "09:00–13:00, 14:00–18:00"
    assert shown == ["Mon 09:00–13:00", f"Tue–Wed {both}", "Thu 09:00–13:00", "Sat 09:00–13:00"]


@pytest.mark.parametrize("role", [Role.PSYCHOLOGIST, Role.DOCUMENTER])
def test_nobody_else_changes_the_directory(app: Flask, consortium: Consortium, role: Role) -> None:
    service_id = service_of(consortium)
    desk = staff(app, consortium, role)
    for address in (f"entries/{service_id}", "files/new", "files/services.json", f"services/{service_id}"):
        assert desk.client.get(f"/coordination/{address}").status_code in (403, 404)


@pytest.mark.parametrize("language", ["be", "ru", "en"])
def test_the_public_page_says_in_every_language_where_when_and_how_lately_it_was_checked(
    app: Flask, consortium: Consortium, language: str
) -> None:
    about = {"be": "Пра паслугу", "ru": "Об услуге", "en": "About it"}
    service_of(consortium, about=about, phone="+370 600 00000", languages=["be", "uk"], fees={"en": "No fee"})
    anybody = Browser(app.test_client())
    anybody.get(f"/language/{language}?next=/sign-in")
    page = anybody.get("/offers/")
    assert about[language] in page
    assert "+370 600 00000" in page
    assert {"be": "Літва", "ru": "Литва", "en": "Lithuania"}[language] in page
    assert {"be": "украінская", "ru": "украинский", "en": "Ukrainian"}[language] in page
    assert str(clock.now().year) in page
