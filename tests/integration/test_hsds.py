"""HSDS files: who leaves in them, what a foreign one brings, and what a file never changes."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from mhpss.hsds import bringing_in, fields, reading, writing
from mhpss.hsds.bringing_in import BroughtIn
from mhpss.hsds.fields import Fault
from mhpss.referral import referrals
from mhpss.services import directory, locations, verification
from mhpss.services.locations import Opening
from portal.settings import Settings
from portal.words.directory import FAULT_WORDS
from tests.consortium import Consortium
from tests.hsds import published, snapshot, validator
from tests.integration.test_cli import Command
from tests.support import case_of, get, person_with_consent, service_of
from vault import audit, clock
from vault.database import Database

PROVIDER, SERVICE, PLACE = (str(uuid4()) for _ in range(3))


def foreign(**changed: Any) -> dict[str, Any]:
    """A service as another directory writes it, without any of our terms."""
    location = {
        "id": PLACE,
        "location_type": "physical",
        "latitude": 54.7,
        "addresses": [
            {
                "id": str(uuid4()),
                "address_1": "Example street 1",
                "city": "Vilnius",
                "state_province": "",
                "postal_code": "01100",
                "country": "LT",
                "address_type": "physical",
            }
        ],
    }
    weekly = {"id": str(uuid4()), "freq": "WEEKLY", "byday": "MO,WE", "opens_at": "10:00:00", "closes_at": "18:00:00"}
    monthly = {"id": str(uuid4()), "freq": "MONTHLY", "byday": "1MO", "opens_at": "10:00", "closes_at": "12:00"}
    return {
        "id": SERVICE,
        "name": "Community counselling (fictional)",
        "description": "Talks",
        "status": "active",
        "accreditations": "some",
        "assured_date": "2020-02-29",
        "languages": [{"id": str(uuid4()), "code": "lit"}, {"id": str(uuid4()), "code": "eng"}],
        "organization": {"id": PROVIDER, "name": "Harbour (fictional)", "description": "Helps"},
        "service_at_locations": [{"id": str(uuid4()), "schedules": [weekly, monthly], "location": location}],
        **changed,
    }


def brought(database: Database, *documents: dict[str, Any]) -> BroughtIn:
    checked = reading.check(json.dumps(documents).encode())
    assert checked.faults == ()
    with database.writing() as session:
        return bringing_in.bring_in(session, checked)


def fault_of(document: dict[str, Any]) -> list[Fault]:
    return list(reading.check(json.dumps([document]).encode()).faults)


def exported(database: Database, *, confidential: bool = False) -> list[dict[str, Any]]:
    with database.reading() as session:
        return writing.export(session, confidential=confidential)


def test_a_confidential_provider_leaves_only_where_that_is_asked_for_and_its_contact_never(
    consortium: Consortium, database: Database
) -> None:
    shown, hidden = service_of(consortium), service_of(consortium, confidential=True)
    assert [each["id"].replace("-", "") for each in exported(database)] == [shown]
    everything = exported(database, confidential=True)
    assert {each["id"].replace("-", "") for each in everything} == {shown, hidden}
    assert "by letter" not in json.dumps(everything)


def test_a_service_of_another_directory_comes_in_unseen_and_promises_nothing(database: Database) -> None:
    assert brought(database, foreign()) == BroughtIn(1, 0, 0, 0)
    with database.reading() as session:
        ((service, provider),) = directory.listed(session)
        assert (service.public, service.needs, service.layer, service.cost) == (False, ["other"], 1, "paid")
        assert (service.capacity, service.accessible, service.verified_on) == ("unknown", False, date(2020, 2, 29))
        assert service.names == dict.fromkeys(("be", "ru", "en"), "Community counselling (fictional)")
        assert (service.place, service.country, service.on_site, service.remote) == ("Vilnius", "LT", True, False)
        assert service.languages == ["lit", "en"]
        assert (provider.name, provider.country) == ("Harbour (fictional)", "LT")
        assert directory.contact_of(session, provider) == ""
        (place,) = locations.of(session, [service.id])[service.id]
        assert place.hours == (Opening(0, "10:00", "18:00"), Opening(2, "10:00", "18:00"))
        assert directory.public(session) == []
        assert [each.id for each, _provider in verification.due(session)] == [service.id]


def test_a_provider_from_a_file_takes_no_referral_before_somebody_agrees_with_it(
    consortium: Consortium, database: Database
) -> None:
    number = case_of(consortium, person_with_consent(consortium), "a" * 32, state="active")
    brought(database, foreign())
    with database.writing() as session:
        ((service, _provider),) = directory.listed(session)
        made = referrals.draft(session, get(session, number), service.id, "normal", {"needs": "sleep"}, "a" * 32)
        with pytest.raises(referrals.ServiceNotOpen):
            referrals.move(session, made, "awaiting_consent", "RC", "a" * 32)


def test_a_file_says_how_many_of_its_fields_were_passed_over() -> None:
    # accreditations, latitude, and the monthly schedule
    assert reading.check(json.dumps([foreign()]).encode()).unread == 3


def test_what_a_foreign_file_does_not_say_stays_as_the_coordinator_completed_it(database: Database) -> None:
    brought(database, foreign())
    with database.writing() as session:
        ((service, provider),) = directory.listed(session)
        names = {**service.names, "be": "Размова"}
        directory.change_service(session, service, provider, names=names, needs=["psychosocial"], layer=3, public=True)
        directory.verify(session, service, "free", 3, is_open=True)
    assert brought(database, foreign()) == BroughtIn(0, 0, 1, 0)
    assert brought(database, foreign(name="Talks in a circle")) == BroughtIn(0, 1, 0, 0)
    with database.reading() as session:
        ((service, _provider),) = directory.listed(session)
        assert service.names == {"be": "Размова", "ru": "Community counselling (fictional)", "en": "Talks in a circle"}
        assert (service.needs, service.layer, service.public) == (["psychosocial"], 3, True)
        assert service.verified_on == clock.now().date()


def test_an_older_file_does_not_undo_what_was_changed_here_since(consortium: Consortium, database: Database) -> None:
    service_of(consortium)
    written = exported(database)
    with clock.moved_to(clock.now() + timedelta(hours=1)), database.writing() as session:
        ((service, provider),) = directory.listed(session)
        directory.change_service(session, service, provider, layer=4)
        directory.change_provider(session, provider, name="Linden and Lime (fictional)")
    assert brought(database, *written) == BroughtIn(0, 0, 0, 1)
    with database.reading() as session:
        ((service, provider),) = directory.listed(session)
        assert (service.layer, provider.name) == (4, "Linden and Lime (fictional)")


def test_a_newer_file_of_ours_says_all_and_what_it_leaves_out_is_gone(
    consortium: Consortium, database: Database
) -> None:
    service_of(consortium, phone="+370 600 00000", about={"be": "Пра нас"})
    (written,) = exported(database)
    later = clock.rfc3339(clock.now() + timedelta(minutes=1))
    kept = [each for each in written["attributes"] if each.get("value") != "Пра нас"]
    changed = {**written, "phones": [], "attributes": kept, "status": "inactive", "last_modified": later}
    assert brought(database, changed) == BroughtIn(0, 1, 0, 0)
    assert brought(database, changed) == BroughtIn(0, 0, 1, 0)
    with database.reading() as session:
        ((service, provider),) = directory.listed(session)
        assert (service.phone, service.about, service.open) == ("", {}, False)
        assert directory.contact_of(session, provider) == "by letter"
        assert provider.agreement_until is not None


def test_no_file_gives_a_service_that_is_here_to_another_provider(consortium: Consortium, database: Database) -> None:
    service_of(consortium, confidential=True)
    (entry,) = exported(database, confidential=True)
    other = str(uuid4())
    entry["organization"]["id"] = entry["organization_id"] = other
    checked = reading.check(json.dumps([entry]).encode())
    assert checked.faults == ()
    with database.writing() as session:
        held = bringing_in.against(session, checked)
        assert [(fault.pointer, fault.reason) for fault in held.faults] == [("/0/organization/id", "provider")]
        assert held.services == ()
    assert exported(database) == []


def test_of_a_file_full_of_faults_only_so_many_are_told() -> None:
    assert len(reading.check(b"[" + b",".join([b"{}"] * 5000) + b"]").faults) == 1000


def test_no_file_makes_a_confidential_provider_public(consortium: Consortium, database: Database) -> None:
    service_of(consortium)
    written = exported(database)
    with database.writing() as session:
        ((_service, provider),) = directory.listed(session)
        directory.change_provider(session, provider, confidential=True)
        assert directory.public(session) == []
    later = clock.rfc3339(clock.now() + timedelta(minutes=1))
    brought(database, {**written[0], "last_modified": later})
    with database.reading() as session:
        ((service, provider),) = directory.listed(session)
        assert (provider.confidential, service.public) == (True, False)
        assert directory.public(session) == []


@pytest.mark.parametrize(
    ("changed", "pointer", "reason"),
    [
        ({"id": "7"}, "/0/id", "uuid"),
        ({"name": None}, "/0/name", "missing"),
        ({"name": " "}, "/0/name", "missing"),
        ({"name": "x" * 201}, "/0/name", "long"),
        ({"name": "a\x00b"}, "/0/name", "text"),
        ({"status": "open"}, "/0/status", "one_of"),
        ({"organization": None}, "/0/organization", "missing"),
        ({"phones": {}}, "/0/phones", "list"),
        ({"phones": [{"id": SERVICE}]}, "/0/phones/0/number", "missing"),
        ({"languages": ["be"]}, "/0/languages/0", "object"),
        ({"minimum_age": "18"}, "/0/minimum_age", "number"),
        ({"minimum_age": -1}, "/0/minimum_age", "ages"),
        ({"minimum_age": 60, "maximum_age": 20}, "/0/minimum_age", "ages"),
        ({"assured_date": "2026-02-30"}, "/0/assured_date", "date"),
        ({"assured_date": "9999-01-01"}, "/0/assured_date", "future"),
        ({"last_modified": "yesterday"}, "/0/last_modified", "moment"),
        ({"email": "nobody"}, "/0/email", "email"),
        ({"url": "javascript:alert(1)"}, "/0/url", "uri"),
    ],
)
def test_each_bad_place_is_named_by_its_pointer(changed: dict[str, Any], pointer: str, reason: str) -> None:
    assert fault_of(foreign(**changed)) == [Fault(pointer, reason)]
    assert FAULT_WORDS[reason]


def test_a_term_of_ours_that_nobody_knows_is_a_fault(consortium: Consortium, database: Database) -> None:
    service_of(consortium)
    (written,) = exported(database)
    for attribute in written["attributes"]:
        known = attribute["taxonomy_term"]["code"]
        attribute["taxonomy_term"]["code"] = "unheard-of"
        (fault,) = fault_of(written)
        assert (fault.reason, fault.pointer) == (
            "term",
            f"/0/attributes/{written['attributes'].index(attribute)}/taxonomy_term/code",
        )
        attribute["taxonomy_term"]["code"] = known


def test_a_service_that_is_there_twice_and_a_provider_told_in_two_ways_are_faults() -> None:
    other = foreign(id=str(uuid4()), organization={"id": PROVIDER, "name": "Haven", "description": ""})
    found = reading.check(json.dumps([foreign(), foreign(), other]).encode())
    assert found.faults == (Fault("/1/id", "twice"), Fault("/2/organization", "differs"))


@pytest.mark.parametrize("raw", [b"", b"{}", b"[NaN]", b'[{"id": 1, "id": 2}]', b"\xff", b"[" * 100_000])
def test_what_is_no_array_of_json_is_not_read(raw: bytes) -> None:
    with pytest.raises(reading.Unreadable):
        reading.check(raw)


def test_the_command_line_writes_checks_brings_in_and_says_what_it_did(
    consortium: Consortium, database: Database, tmp_path: Path, settings: Settings
) -> None:
    service_of(consortium)
    service_of(consortium, confidential=True)
    before = entries_of(database)
    zhoda = Command(settings)
    file = tmp_path / "services.json"
    assert "services: 1" in zhoda("services", "export", file).output
    assert file.stat().st_mode & 0o077 == 0
    secret = zhoda("services", "export", file, "--confidential")
    assert "confidential" in secret.stderr
    assert len(json.loads(file.read_text(encoding="utf-8"))) == 2
    assert "as before:     2" in zhoda("services", "import", file).output
    file.write_text(json.dumps([foreign(), foreign(id="7", status="x")]), encoding="utf-8")
    refused = zhoda("services", "import", file)
    assert refused.exit_code == 3
    assert "/1/id: has to be a UUID" in refused.stderr
    assert "/1/status: " in refused.stderr
    assert entries_of(database) == before
    file.write_text("not JSON", encoding="utf-8")
    assert zhoda("services", "import", file).exit_code == 2
    with database.reading() as session:
        acts = [entry.act for entry in audit.latest(session, wanted=audit.Wanted(act="service."))]
    assert acts == ["service.import", "service.export_confidential", "service.export"]


@published
def test_what_the_project_says_of_hsds_is_what_hsds_says() -> None:
    described: dict[str, Any] = {}

    def walk(name: str, schema: dict[str, Any]) -> None:
        described.setdefault(name, schema)
        for field, content in fields.tables()[name].items():
            inner = schema["properties"][field]
            if "list" in content or "object" in content:
                walk(content.get("list") or content["object"], inner.get("items", inner))

    walk("service", validator("service").schema)  # type: ignore[arg-type]
    assert set(described) == set(fields.tables())
    for name, table in fields.tables().items():
        schema = described[name]
        assert {field for field, content in table.items() if content.get("required")} == set(schema["required"]), name
        for field, content in table.items():
            theirs = schema["properties"][field]
            assert content.get("one_of") == theirs.get("enum"), (name, field)
            plain = {"number": "number"}.get(content.get("type", ""), "string")
            kind = "array" if "list" in content else "object" if "object" in content else plain
            assert theirs["type"] == kind, (name, field)
            if theirs.get("format"):
                assert {"date-time": "moment"}.get(theirs["format"], theirs["format"]) == content["type"], (name, field)


def entries_of(database: Database) -> dict[str, Any]:
    with database.reading() as session:
        return snapshot(session)
