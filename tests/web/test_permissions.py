"""Every route declares who may use it, the printed table says the same, and nobody else gets in."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask_login import FlaskLoginClient

from consent.people import subjects
from portal.access import accounts, permissions, sessions
from portal.access.accounts import Account, Role, create
from portal.access.permission_table import ANYBODY, STORE, Row, as_markdown, rows
from tests.consortium import Consortium
from vault.database import Database

PRINTED = Path(__file__).parents[2] / "docs" / "security" / "permissions.md"
ARGUMENTS = {
    "code": "K-0001",
    "group": "keep",
    "scope": "share.icc",
    "revision": 1,
    "item": "x",
    "filename": "calm.css",
    "recipient_class": "icc",
    "key": "icc-otp",
}
OF_ONE_ORGANISATION = "a person whom their organisation documents"


def addresses(app: Flask, row: Row, arguments: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Method and address of a route, filled in."""
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        rule = next(rule for rule in app.url_map.iter_rules(row.endpoint) if rule.rule == row.address)
        values = {name: arguments.get(name, "none") for name in rule.arguments}
        if row.endpoint == "language.choose":
            values["code"] = "en"
        address = adapter.build(row.endpoint, values)
    for method in row.methods:
        yield method, address


def test_every_route_declares_who_may_use_it(app: Flask) -> None:
    undeclared = [endpoint for endpoint in app.view_functions if permissions.of(app, endpoint) is None]
    assert undeclared == []


def test_a_route_that_declares_nobody_is_found_and_refused(app: Flask) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    assert permissions.of(app, "forgotten") is None
    with pytest.raises(LookupError, match="forgotten"):
        rows(app)
    assert app.test_client().get("/forgotten").status_code == 403


def test_every_relation_says_in_words_what_it_lets_through(app: Flask) -> None:
    for row in rows(app):
        if row.roles not in ((ANYBODY,), (STORE,)):
            assert row.relation, row
            assert row.organisation in ("own", "every"), row


def test_the_printed_table_is_current(app: Flask) -> None:
    assert PRINTED.read_text(encoding="utf-8") == as_markdown(app), "run `make permissions`"


def printed() -> dict[tuple[str, tuple[str, ...]], dict[str, str]]:
    """The table as people read it: by address and methods."""
    found = {}
    for line in PRINTED.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 7:
            key = (cells[0].strip("`"), tuple(cells[1].split(", ")))
            found[key] = dict(zip(("roles", "organisation", "relation", "again", "reads"), cells[2:], strict=True))
    return found


# Who may is decided by the declaration of a route, on either engine alike.
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", list(Role))
def test_every_route_and_method_answers_a_role_as_the_table_says(
    app: Flask, consortium: Consortium, role: Role
) -> None:
    subject_id = consortium.enrol("V-1")
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = FlaskLoginClient
    table = printed()
    account = account_of(consortium, role, "alder", subject_id)
    arguments = {**ARGUMENTS, "account_id": account_of(consortium, Role.DPO, "birch", subject_id).id}
    for row in rows(app):
        said = table[row.address, row.methods]["roles"]
        for method, address in addresses(app, row, arguments):
            client = app.test_client(user=signed_in(consortium, account))
            answer = client.open(address, method=method, buffered=True)
            assert answer.status_code < 500, (row.endpoint, method)
            if said == ANYBODY:
                assert answer.status_code != 403, (row.endpoint, method)
            elif said == STORE:
                assert answer.status_code == 401, (row.endpoint, method)
            elif role.value in said.split(", "):
                assert answer.status_code not in (401, 403), (row.endpoint, method, answer.status_code)
                assert answer.headers.get("Location") != "/sign-in" or row.endpoint == "access.sign_out"
            else:
                assert answer.status_code == 403, (row.endpoint, method, answer.status_code)


def test_signed_out_every_page_with_a_declaration_leads_to_the_sign_in(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for row in rows(app):
        for method, address in addresses(app, row, ARGUMENTS):
            answer = app.test_client().open(address, method=method, buffered=True)
            if row.roles == (STORE,):
                assert answer.status_code == 401, (row.endpoint, method)
            elif row.roles != (ANYBODY,):
                assert (answer.status_code, answer.headers.get("Location")) == (302, "/sign-in"), row.endpoint


def test_a_stranger_from_another_organisation_finds_nobody_there(app: Flask, consortium: Consortium) -> None:
    subject_id = consortium.enrol("V-1")
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = FlaskLoginClient
    tried = 0
    for row in rows(app):
        if row.relation != OF_ONE_ORGANISATION:
            continue
        for role in row.roles:
            stranger = account_of(consortium, Role(role), "birch", subject_id)
            for method, address in addresses(app, row, ARGUMENTS):
                answer = app.test_client(user=signed_in(consortium, stranger)).open(
                    address, method=method, buffered=True
                )
                assert answer.status_code == 404, (row.endpoint, role, method, answer.status_code)
                tried += 1
    assert tried > 10


def test_every_address_of_a_person_is_bound_to_their_organisation_or_to_themselves(app: Flask) -> None:
    for row in rows(app):
        if re.search(r"<(code|subject_id)>", row.address) and row.desk not in ("papers", "language"):
            assert row.organisation == "own", row


def test_a_survivor_reaches_nobody_elses_session_or_record(
    app: Flask, consortium: Consortium, database: Database
) -> None:
    anna, bela = consortium.enrol("V-1"), consortium.enrol("V-2")
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = FlaskLoginClient
    revision = consortium.answer(bela, "granted", "share.icc")
    with database.writing() as session:
        other = create(session, Role.SURVIVOR, "alder", "2", "six words", language="en", subject_id=bela)
        sessions.begin(session, other)
        (theirs,) = sessions.of_account(session, other.id)
    client = app.test_client(user=signed_in(consortium, account_of(consortium, Role.SURVIVOR, "alder", anna)))
    assert client.get(f"/my/progress/{revision}").status_code == 404
    client.post(f"/my/access/sessions/{theirs.id}/end")
    with database.reading() as session:
        assert len(sessions.of_account(session, other.id)) == 1


def test_a_sensitive_act_is_declared_so_and_asks_again(app: Flask) -> None:
    sensitive = {row.endpoint for row in rows(app) if row.step_up}
    assert {
        "administration.acts_as_csv",
        "administration.accounts.add",
        "administration.accounts.change_role",
        "administration.accounts.close",
        "administration.accounts.reopen",
        "administration.accounts.paper",
        "documenter.renew",
        "account.passphrase",
        "account.app",
        "account.renew_recovery_codes",
        "account.add_passkey",
        "account.remove_passkey",
        "own_access.app",
        "own_access.remove_app",
    } <= sensitive


def account_of(consortium: Consortium, role: Role, organisation: str, subject_id: str) -> Account:
    name = f"{role.value}.{organisation}@example.org"
    with consortium.database.writing() as session:
        if role is Role.SURVIVOR:
            known = accounts.of_subject(session, subject_id)
            organisation = subjects.enrolment_of(session, subject_id).organisation
        else:
            known = accounts.find(session, name)
        return known or create(
            session,
            role,
            organisation,
            name,
            "six words that nobody would guess",
            language="en",
            subject_id=subject_id if role is Role.SURVIVOR else None,
        )


def signed_in(consortium: Consortium, account: Account) -> sessions.Visitor:
    with consortium.database.writing() as session:
        return sessions.begin(session, account)
