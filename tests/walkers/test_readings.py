"""Every page of every role is written into the audit as its route declares, for the people whom it shows."""

import json
import re
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from consent.disclosure import notices
from consent.ledger.scopes import in_groups
from consent.people.subjects import Enrolment
from consent.rights import breaches, requests
from consent.saying import capture
from consent.saying.capture import Conversation
from mhpss.entries import CaseAct, CaseReading
from mhpss.services import directory
from portal.access import permissions
from portal.access.accounts import Role
from portal.access.permissions import BadDeclaration, allow
from portal.access.readings import (
    Of,
    Reading,
    Reads,
    Unread,
    leads_on,
    nothing,
    of_case,
    of_found,
    of_named,
    of_nobody,
    read_people,
)
from portal.access.relations import OwnOrganisation, PersonOfOwnOrganisation
from portal.app import create_app
from portal.installation import open_database
from portal.settings import Settings
from tests.consortium import Consortium
from tests.web.people import Browser, reached, signed_in, staff
from vault.audit import AuditEntry
from vault.database import Database

# What waits for something that nobody in the demonstration has under way.
UNREACHED = frozenset(
    {
        # It leads on at once where the second factor was given just now.
        "access.confirm",
        "account.drafts.show",
        *("disclosure.releases.decide", "psychologist.records.copy", "psychologist.records.document"),
    }
)
_TRIED = 60
# How many accounts of a role are asked for what the first one has not.
_ACCOUNTS = {Role.SURVIVOR: 8}


@dataclass(frozen=True)
class Walk:
    """A portal, its database, and who stands behind the codes that pages show."""

    app: Flask
    database: Database
    people: dict[str, str]

    def opened(self, visitor: Browser, address: str) -> list[str] | None:
        """What is wrong with how the reading of an address was written down; None where it shows no page."""
        with self.database.reading() as session:
            before = session.scalar(select(func.max(AuditEntry.position))) or 0
            acts_before = session.scalar(select(func.max(CaseAct.position))) or 0
        answer = visitor.client.get(address)
        if answer.status_code != 200:
            return None
        with self.database.reading() as session:
            written = list(session.scalars(select(AuditEntry).where(AuditEntry.position > before)))
            in_cases = list(session.scalars(select(CaseAct).where(CaseAct.position > acts_before)))
        return [f"{address}: {fault}" for fault in self.faults(address, answer, written, in_cases)]

    def faults(
        self, address: str, answer: TestResponse, written: list[AuditEntry], in_cases: list[CaseAct]
    ) -> Iterator[str]:
        """What is wrong: another kind than declared, a person whom the page shows and the audit has not, too much."""
        endpoint, arguments = self.app.url_map.bind("localhost").match(address.partition("?")[0], method="GET")
        declared = permissions.of(self.app, endpoint)
        assert declared is not None
        reads, text = declared.reads, answer.text if answer.mimetype.startswith(("text/", "application/json")) else ""
        shown = {person for code, person in self.people.items() if re.search(rf"\b{re.escape(code)}\b", text)}
        people = {each.subject_id for each in written} - {None}
        if {each.act for each in written} - {reads.kind}:
            yield f"written as {[each.act for each in written]}, declared {reads.kind}"
        if reads.of is Of.NOTHING and (shown or written):
            yield f"reads nothing, and shows {len(shown)} people"
        if reads.of in (Of.NOBODY, Of.CASE) and (people or not written):
            yield "not written down as of nobody in particular"
        if reads.of is Of.NOBODY and shown:
            yield f"shows {len(shown)} people and names none of them"
        if reads.of is Of.CASE and not in_cases:
            yield "not written in the history of the case"
        if reads.of in (Of.FOUND, Of.NAMED) and not shown <= people:
            yield f"shows {len(shown - people)} people whose reading is not written"
        if reads.of is Of.FOUND and (not written or not self.about(arguments) <= people):
            yield "not written down for whom the address is about"

    def values_for(self, role: Role) -> dict[str, list[Any]]:
        """What addresses hold that no link of a role says: whose drafts wait, what is talked about, which services."""
        codes = {person: code for code, person in self.people.items()}
        with self.database.reading() as session:
            held = session.scalars(select(Conversation).order_by(Conversation.recorded_at, Conversation.id)).all()
            services = [service.id for service, _provider in directory.listed(session)]
            groups = list(in_groups(session))
        if role is Role.PSYCHOLOGIST:
            return {"service_id": services}
        if role is not Role.DOCUMENTER:
            return {}
        drafts = [each for each in held if each.recorded_at is None]
        recorded = [each for each in held if each.recorded_at is not None][:6]
        return {
            "code": [codes[each.subject_id] for each in [*drafts, *recorded]],
            "group": groups[:1],
            "revision": [each.revision for each in recorded],
        }

    def about(self, arguments: dict[str, Any]) -> set[str]:
        """Whom an address names, found apart from the relation of its route."""
        if "code" in arguments:
            return {self.people[arguments["code"]]}
        with self.database.reading() as session:
            if "reference" in arguments:
                asked = requests.by_reference(session, arguments["reference"])
                return {asked.subject_id} if asked and asked.subject_id else set()
            if "breach_id" in arguments:
                return set(session.get_one(breaches.Breach, arguments["breach_id"]).people)
            if "notice_id" in arguments:
                notice = notices.find(session, arguments["notice_id"])
                return {notice.subject_id} if notice else set()
        return set()


def walk_over(app: Flask, database: Database) -> Walk:
    with database.reading() as session:
        return Walk(app, database, {each.code: each.subject_id for each in session.scalars(select(Enrolment))})


@pytest.fixture(scope="module")
def demonstration(demonstration_settings: Settings) -> Iterator[tuple[Walk, dict[str, Any]]]:
    """The portal over the fictional consortium, and its sign-ins."""
    database = open_database(demonstration_settings)
    with database.writing() as session:
        held = session.scalars(select(Conversation).where(Conversation.recorded_at.is_not(None))).all()
        for each in {each.organisation: each for each in held}.values():
            # What was said once is talked over again.
            capture.begin(session, each.subject_id, each.organisation, capture.content(session, each))
    known = json.loads((demonstration_settings.data_dir / "demo.json").read_text(encoding="utf-8"))
    yield walk_over(create_app(demonstration_settings, database), database), known
    database.close()


def rest_of(walk: Walk, role: Role, addresses: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """The pages of a role that no link has led to: each with addresses made of what those of the others hold."""
    adapter = walk.app.url_map.bind("localhost")
    matched = [adapter.match(each.partition("?")[0], method="GET") for each in addresses]
    values: dict[str, list[Any]] = {}
    for _endpoint, arguments in matched:
        for name, value in arguments.items():
            values.setdefault(name, []).append(value)
    values |= walk.values_for(role)
    for rule in walk.app.url_map.iter_rules():
        declared = permissions.of(walk.app, rule.endpoint)
        if "GET" not in (rule.methods or ()) or declared is None or role not in declared.roles:
            continue
        if rule.endpoint in {endpoint for endpoint, _arguments in matched}:
            continue
        names = sorted(rule.arguments)
        filled = product(*(list(dict.fromkeys(values.get(name, []))) for name in names))
        yield (
            rule.endpoint,
            [adapter.build(rule.endpoint, dict(zip(names, each, strict=True))) for each in islice(filled, _TRIED)],
        )


def walked(walk: Walk, role: Role, accounts: list[dict[str, Any]]) -> tuple[list[str], set[str]]:
    """What is wrong with the pages of a role, and those that none of some accounts could open.

    The first account opens everything, the others what is left.
    """
    faults: list[str] = []
    adapter = walk.app.url_map.bind("localhost")
    shut: set[str] | None = None
    for account in accounts:
        visitor = signed_in(walk.app, account)
        addresses = list(reached(walk.app, visitor))
        endpoints = {each: adapter.match(each.partition("?")[0], method="GET")[0] for each in addresses}
        for each in addresses:
            if shut is None or endpoints[each] in shut:
                faults += walk.opened(visitor, each) or ()
        left = set()
        for endpoint, tried in rest_of(walk, role, addresses):
            if shut is None or endpoint in shut:
                opened = next((found for each in tried if (found := walk.opened(visitor, each)) is not None), None)
                faults += opened or ()
                left |= {endpoint} if opened is None else set()
        shut = left
        if not shut:
            break
    return faults, shut or set()


def test_every_page_of_every_role_is_written_down_as_it_declares(
    demonstration: tuple[Walk, dict[str, Any]],
) -> None:
    walk, sign_ins = demonstration
    faults: list[str] = []
    shut: set[str] = set()
    for role in Role:
        accounts = [each for each in sign_ins["accounts"] if each["role"] == role.value]
        wrong, left = walked(walk, role, accounts[: _ACCOUNTS.get(role, 1)])
        faults += wrong
        shut |= left
    assert faults == []
    assert shut == UNREACHED


# What is sent is decided by the declaration of a route, on either engine alike.
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_page_that_forgets_to_name_its_people_is_not_sent_and_others_are_found(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    person = consortium.enrol("V-1")
    walk = walk_over(app, database)
    code = next(iter(walk.people))

    def shows(address: str, reads: Reads, named: Collection[str] | None = None) -> None:
        @allow(Role.DOCUMENTER, on=OwnOrganisation, reads=reads)
        def page() -> str:
            if named is not None:
                read_people(named)
            return f"<p>{code}</p>"

        app.add_url_rule(address, address.strip("/"), page)

    shows("/forgets", of_named(Reading.PEOPLE))
    shows("/names-nobody", of_named(Reading.PEOPLE), [])
    shows("/names", of_named(Reading.PEOPLE), [person])
    shows("/hides", nothing("it says so"))
    shows("/of-nobody", of_nobody(Reading.FIGURES))
    shows("/acts", leads_on())
    visitor = staff(app, consortium, Role.DOCUMENTER)
    for refused in ("/forgets", "/acts"):
        with pytest.raises(Unread):
            visitor.client.get(refused)
    assert walk.opened(visitor, "/names") == []
    for found in ("/names-nobody", "/hides", "/of-nobody"):
        assert len(walk.opened(visitor, found) or ()) == 1
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = visitor.client.get("/forgets")
    assert answer.status_code == 500
    assert code not in answer.text


@pytest.mark.parametrize("reads", [nothing("it says so"), of_named(Reading.PEOPLE), of_nobody(Reading.FIGURES)])
def test_a_page_about_a_person_cannot_declare_that_it_reads_nobody(reads: Reads) -> None:
    with pytest.raises(BadDeclaration):
        allow(Role.DOCUMENTER, on=PersonOfOwnOrganisation, reads=reads)


@pytest.mark.parametrize("reads", [of_found(Reading.PERSON), of_case(CaseReading.CASE)])
def test_a_page_about_nobody_cannot_declare_that_its_relation_finds_whom_it_reads(reads: Reads) -> None:
    with pytest.raises(BadDeclaration):
        allow(Role.DOCUMENTER, on=OwnOrganisation, reads=reads)


# What a form that is sent back shows is decided by the view, on either engine alike.
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_form_that_comes_back_with_people_and_a_head_alone_are_read_too(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    person = consortium.enrol("V-1")
    documenter = staff(app, consortium, Role.DOCUMENTER)
    documenter.get("/people/")

    def readings() -> int:
        of_person = select(func.count()).where(AuditEntry.act == Reading.PEOPLE, AuditEntry.subject_id == person)
        with database.reading() as session:
            return session.scalar(of_person) or 0

    before = readings()
    documenter.post("/people/", 422, reference="V-1")
    assert readings() == before + 1
    documenter.client.head("/people/")
    assert readings() == before + 2


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_no_page_costs_a_durable_write_beyond_the_one_that_writes_its_reading_down(
    app: Flask, consortium: Consortium, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    consortium.enrol("V-1")
    documenter = staff(app, consortium, Role.DOCUMENTER)
    written: list[int] = []
    begin = database.writing

    def counted() -> AbstractContextManager[Session]:
        written.append(1)
        return begin()

    monkeypatch.setattr(database, "writing", counted)
    for address in reached(app, documenter):
        written.clear()
        documenter.client.get(address)
        assert len(written) <= 1, address
