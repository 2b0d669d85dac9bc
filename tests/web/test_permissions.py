"""Every route declares who may use it, and nobody else gets in."""

import pytest
from flask import Flask
from flask_login import FlaskLoginClient

from portal.access import permissions, sessions
from portal.access.accounts import Account, Role, create
from tests.consortium import Consortium

ARGUMENTS = {
    "code": "K-0001",
    "group": "keep",
    "scope": "share.icc",
    "revision": 1,
    "store_id": "none",
    "concern_id": "none",
    "item": "x",
    "recipient_class": "icc",
    "key": "icc-otp",
}
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


def addresses(app: Flask) -> list[tuple[str, str, str]]:
    """Endpoint, method and address of every route."""
    found = []
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            values = {name: ARGUMENTS.get(name, "static.css") for name in rule.arguments}
            if rule.endpoint == "language.choose":
                values["code"] = "en"
            address = adapter.build(rule.endpoint, values)
            found += [(rule.endpoint, method, address) for method in sorted((rule.methods or set()) & set(METHODS))]
    return found


def test_every_route_declares_who_may_use_it(app: Flask) -> None:
    undeclared = [endpoint for endpoint in app.view_functions if permissions.of(app, endpoint) is None]
    assert undeclared == []


@pytest.mark.parametrize("role", list(Role))
def test_a_role_gets_into_its_own_routes_only(app: Flask, consortium: Consortium, role: Role) -> None:
    subject_id = consortium.enrol("V-1")
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = FlaskLoginClient
    for endpoint, method, address in addresses(app):
        permission = permissions.of(app, endpoint)
        assert permission is not None
        if permission.relation is None:
            continue
        client = app.test_client(user=signed_in(consortium, role, subject_id))
        status = client.open(address, method=method).status_code
        if role in permission.roles:
            assert status not in (401, 403), (endpoint, method, status)
            assert status < 500, (endpoint, method, status)
        else:
            assert status == 403, (endpoint, method, status)


def test_signed_out_every_page_with_a_declaration_leads_to_the_sign_in(app: Flask, consortium: Consortium) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for endpoint, method, address in addresses(app):
        permission = permissions.of(app, endpoint)
        if permission is not None and permission.relation is not None:
            answer = app.test_client().open(address, method=method)
            assert (answer.status_code, answer.headers.get("Location")) == (302, "/sign-in"), endpoint


def signed_in(consortium: Consortium, role: Role, subject_id: str) -> sessions.Visitor:
    with consortium.database.writing() as session:
        name = f"{role.value}@example.org"
        account = session.query(Account).filter(Account.role == role).first() or create(
            session,
            role,
            "alder",
            name,
            "six words that nobody would guess",
            language="en",
            subject_id=subject_id if role is Role.SURVIVOR else None,
        )
        return sessions.begin(session, account)
