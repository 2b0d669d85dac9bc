"""The wall around support: whoever is not of the case is refused every address of it and finds no trace of it."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask_login import FlaskLoginClient

from consent.ledger import stores
from mhpss import case_documents, measuring, meetings, on_call, risk
from mhpss.measures.instruments import instrument
from mhpss.referral import acting_first, provider_links
from portal.access.accounts import Account, Role
from portal.access.permission_table import Row, rows
from tests.consortium import Consortium
from tests.support import account_id, case_of, get, person_with_consent, put_on_call, service_of
from tests.web.people import Browser, reached, staff, survivor
from tests.web.test_permissions import account_of, addresses, signed_in
from vault import clock
from vault.documents import Opened

SUPPORT = ("psychologist.", "coordination.", "survivor.support.")
# The directory of services is about no case.
DIRECTORY = ("coordination.services.", "coordination.entries.", "coordination.files.")
SECRET = "the corridor of dreams"
# Without a case in the address there is nothing of one to refuse.
OUTSIDE = {
    Role.PSYCHOLOGIST: {
        "psychologist.today",
        "psychologist.listing",
        "psychologist.cases_file",
        "psychologist.cases.new",
    },
    Role.COORDINATOR: {
        *("coordination.today", "coordination.case_list", "coordination.cases_file"),
        *("coordination.rota", "coordination.rota_file", "coordination.take_off"),
    },
}
EVERYBODY_ELSE = [role for role in Role if role not in (Role.PSYCHOLOGIST, Role.COORDINATOR, Role.SURVIVOR)]


@dataclass(frozen=True)
class Known:
    """A case with something of everything in it, as the addresses name it."""

    arguments: dict[str, Any]
    traces: tuple[str, ...]
    subject_id: str
    token: str


@pytest.fixture
def known(consortium: Consortium) -> Known:
    person = person_with_consent(consortium)
    psychologist = account_id(consortium, Role.PSYCHOLOGIST)
    number = case_of(consortium, person, psychologist, account_id(consortium, Role.PSYCHOLOGIST, "birch"), "active")
    service = service_of(consortium)
    with consortium.database.writing() as session:
        case = get(session, number)
        held = meetings.plan(session, case, clock.now(), 50, "video", psychologist)
        meetings.hold(session, case, held, "attended", SECRET, psychologist)
        follow = meetings.follow_up(session, case, clock.now().date(), SECRET, psychologist)
        offer = measuring.offer(session, case, instrument("goals"), psychologist, able=())
        case_documents.keep(session, case, Opened(SECRET, "text/plain", SECRET.encode()), psychologist)
        ((document, _name),) = case_documents.of_case(session, case)
        risk.open_review(session, case, "clinician", psychologist)
        sent = acting_first.send(session, case, service, "medical", {"name": SECRET}, psychologist)
        token = provider_links.issue(session, sent)
        duty = put_on_call(session, psychologist)
        arguments = {
            **{"number": number, "reference": sent.number, "service_id": service, "act": "risk", "key": "phq-9"},
            **{"document_id": document.id, "follow_id": follow.id, "offer_id": offer.id, "duty_id": duty.id},
        }
        traces = (number, sent.number, case.id, sent.id, SECRET, "Signal, 18:00")
    return Known(arguments, traces, person, token)


def support_rows(app: Flask) -> list[Row]:
    return [row for row in rows(app) if row.endpoint.startswith(SUPPORT)]


def refused(app: Flask, consortium: Consortium, account: Account | None, known: Known, outside: set[str]) -> int:
    """Try every address of the case with every method; how many were tried."""
    tried = 0
    for row in support_rows(app):
        if row.endpoint in outside or row.endpoint.startswith(DIRECTORY):
            continue
        for method, address in addresses(app, row, known.arguments):
            client = app.test_client(user=signed_in(consortium, account)) if account else app.test_client()
            answer = client.open(address, method=method, buffered=True)
            tried += 1
            if account is None:
                assert answer.headers.get("Location") == "/sign-in", (row.endpoint, method)
            else:
                assert answer.status_code in (403, 404), (row.endpoint, method, answer.status_code)
                # The page of a refusal repeats the address that was asked for.
                new = [trace for trace in known.traces if trace not in address]
                assert not [trace for trace in new if trace in answer.text], row.endpoint
    return tried


@pytest.fixture
def walled(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = FlaskLoginClient
    return app


# Who is refused is decided by the declaration of a route, on either engine alike.
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", [*EVERYBODY_ELSE, None])
def test_every_other_role_is_refused_every_address_of_a_case(
    walled: Flask, consortium: Consortium, known: Known, role: Role | None
) -> None:
    account = None if role is None else account_of(consortium, role, "alder", known.subject_id)
    assert refused(walled, consortium, account, known, set()) > 30


def test_a_psychologist_of_the_same_house_a_coordinator_of_another_and_another_person_are_refused_too(
    walled: Flask, consortium: Consortium, known: Known
) -> None:
    other = person_with_consent(consortium, "V-2")
    with consortium.database.writing() as session:
        # Whoever is on call has what has a sign of danger: here nobody is.
        assert on_call.take_off(session, "alder", known.arguments["duty_id"])
    of_no_case = {"psychologist.referral_states", *OUTSIDE[Role.PSYCHOLOGIST], *OUTSIDE[Role.COORDINATOR]}
    own_pages = {"survivor.support.show", "survivor.support.ask"}
    for account in (
        colleague(consortium),
        account_of(consortium, Role.COORDINATOR, "birch", known.subject_id),
        account_of(consortium, Role.SURVIVOR, "alder", other),
    ):
        assert refused(walled, consortium, account, known, of_no_case | own_pages) > 30


def colleague(consortium: Consortium) -> Account:
    """A psychologist of the case's own partner, in whose hands it is not."""
    from portal.access import accounts

    with consortium.database.writing() as session:
        return accounts.create(session, Role.PSYCHOLOGIST, "alder", "colleague@example.org", "six words", language="en")


def test_a_link_with_one_letter_changed_opens_nothing(app: Flask, known: Known) -> None:
    for place in range(0, len(known.token), 7):
        changed = known.token[:place] + ("0" if known.token[place] != "0" else "1") + known.token[place + 1 :]
        assert app.test_client().get(f"/r/{changed}").status_code == 404


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", [*EVERYBODY_ELSE, Role.SURVIVOR])
def test_nothing_of_a_case_is_on_any_page_or_in_any_file_that_another_role_reaches(
    app: Flask, consortium: Consortium, known: Known, role: Role
) -> None:
    visit(app, staff(app, consortium, Role.PSYCHOLOGIST), known)
    if role == Role.SURVIVOR:
        visitor = survivor(app, consortium, consortium.enrol("V-2"))
    else:
        visitor = staff(app, consortium, role)
    for address, answer in reached(app, visitor).items():
        assert not [trace for trace in known.traces if trace in answer.text], address


def test_the_audit_says_that_somebody_worked_and_names_neither_case_nor_person(
    app: Flask, consortium: Consortium, known: Known
) -> None:
    visit(app, staff(app, consortium, Role.PSYCHOLOGIST), known)
    with consortium.database.engine.connect() as connection:
        entries = (
            connection.exec_driver_sql("SELECT * FROM audit_entries WHERE act = 'support.work'").mappings().fetchall()
        )
    assert len(entries) > 3
    told = repr([dict(entry) for entry in entries])
    assert not [trace for trace in (*known.traces, known.subject_id) if trace in told]


def test_no_store_hears_of_support(app: Flask, consortium: Consortium, known: Known) -> None:
    consortium.withdraw(known.subject_id, "mhpss.case")
    client = app.test_client()
    with consortium.database.writing() as session:
        token = stores.issue_token(session, consortium.store)
    answer = client.get("/api/v1/changes?after=0&wait=0", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert "mhpss" not in answer.text
    assert not [trace for trace in known.traces if trace in answer.text]


def visit(app: Flask, desk: Browser, known: Known) -> None:
    """The psychologist opens everything there is of the case."""
    number = known.arguments["number"]
    page = desk.get(f"/support/cases/{number}")
    assert SECRET in page
    for address in set(re.findall(rf'href="(/support/cases/{number}[^"#]*)"', page)):
        desk.client.get(address.replace("&amp;", "&"))
