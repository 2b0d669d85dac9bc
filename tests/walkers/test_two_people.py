"""Where two people are needed, people are compared and not accounts: two accounts of one are not enough."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from consent.ledger import bases
from consent.people import persons
from consent.rights import erasure, receiving
from consent.rights.requests import RightsRequest
from consent.saying import receipts
from mhpss import cases
from portal.access.accounts import Role
from tests.consortium import Consortium
from tests.disclosing import Disclosing, item
from tests.integration.test_items import enter_basis
from tests.support import account_id, case_of, get, person_with_consent
from tests.web.people import staff as signed_in
from vault import clock, staff
from vault.database import Database
from vault.policy import law

ROOT = Path(__file__).parents[2]
ONE, OTHER, SECOND = "1" * 32, "2" * 32, "3" * 32


def compared(source: str) -> Iterator[str]:
    """Where who did one thing is compared with who does another, as accounts."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            doers = [_doer(each) for each in (node.left, *node.comparators)]
            # Two of one name are the same part: whether this is the supervisor.
            if all(doers) and len(set(doers)) > 1:
                yield f"{node.lineno}: {ast.unparse(node)}"


def _doer(side: ast.expr) -> str:
    name = side.attr if isinstance(side, ast.Attribute) else side.id if isinstance(side, ast.Name) else ""
    return name if name.endswith("_by") or name in ("author", "psychologist", "supervisor") else ""


def test_no_accounts_are_compared_where_people_are_meant() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{each}"
        for package in ("consent", "mhpss", "portal")
        for path in sorted((ROOT / package).rglob("*.py"))
        for each in compared(path.read_text(encoding="utf-8"))
    ]
    assert found == []
    assert list(compared("if erasure.proposed_by == author: pass"))
    assert list(compared("if psychologist == supervisor: pass"))


@pytest.fixture
def one_person(consortium: Consortium) -> Consortium:
    with consortium.database.writing() as session:
        staff.join(session, ONE, OTHER)
    return consortium


def test_accounts_are_joined_through_one_another_and_parted(database: Database) -> None:
    with database.writing() as session:
        assert staff.same_person(session, ONE, ONE)
        assert not staff.same_person(session, ONE, OTHER)
        assert not staff.same_person(session, None, None)
        staff.join(session, ONE, OTHER)
        staff.join(session, OTHER, SECOND)
        assert staff.same_person(session, SECOND, ONE)
        staff.part(session, OTHER)
        staff.part(session, OTHER)
        assert staff.same_person(session, SECOND, ONE)
        assert not staff.same_person(session, OTHER, ONE)


def test_two_accounts_of_one_person_do_not_erase(one_person: Consortium) -> None:
    person = one_person.enrol("V-1")
    with one_person.database.writing() as session:
        received = receiving.Received("erasure", "portal", "en", "", subject_id=person)
        request = receiving.receive(session, "alder", received, person)
        erasure.begin(session, request, person)
    later = clock.now() + law.ERASURE_SAFETY.default + timedelta(hours=1)
    with clock.moved_to(later), one_person.database.writing() as session:
        request = session.get_one(RightsRequest, request.id)
        erasure.propose(session, request, {}, ONE)
        with pytest.raises(erasure.AnotherPersonNeeded):
            erasure.confirm(session, request, OTHER)
        erasure.confirm(session, request, SECOND)


def test_two_accounts_of_one_person_release_nothing(one_person: Consortium) -> None:
    person = one_person.enrol("V-1")
    one_person.answer(person, "granted", "share.icc")
    one_person.register(item("F-1", "V-1"))
    with one_person.database.writing() as session:
        staff.join(session, "officer-1", OTHER)
    desk = Disclosing(one_person)
    desk.list("F-1")
    desk.propose()
    with pytest.raises(persons.TwoPeopleNeeded):
        desk.release(OTHER)
    assert desk.release(SECOND)


def test_two_accounts_of_one_person_strike_no_answer_and_enter_no_basis(one_person: Consortium) -> None:
    person = one_person.enrol("V-1")
    one_person.answer(person, "granted", "share.icc")
    with one_person.database.writing() as session:
        event = receipts.receipt(session, person).lines[0].event
        with pytest.raises(persons.TwoPeopleNeeded):
            persons.invalidate(session, person, event.id, "forged", proposed_by=ONE, confirmed_by=OTHER)
        persons.invalidate(session, person, event.id, "forged", proposed_by=ONE, confirmed_by=SECOND)
        staff.join(session, "first", OTHER)
    with pytest.raises(bases.OnePersonOnly):
        enter_basis(one_person, ["share.icc"], confirmed_by=OTHER)


def test_nobody_supervises_themselves_by_another_account(one_person: Consortium) -> None:
    number = case_of(one_person, person_with_consent(one_person), ONE)
    with one_person.database.writing() as session, pytest.raises(ValueError, match=OTHER):
        cases.assign(session, get(session, number), ONE, OTHER, "coordinator")


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_an_administrator_says_whose_account_it_is_and_changes_none_of_their_own(
    app: Flask, consortium: Consortium
) -> None:
    officer, auditor = account_id(consortium, Role.DPO), account_id(consortium, Role.AUDITOR)
    desk = signed_in(app, consortium, Role.ADMINISTRATOR)
    own = account_id(consortium, Role.ADMINISTRATOR)
    page = f"/administration/accounts/{officer}"
    assert "only account" in desk.get(page)
    desk.post(f"{page}/same-person", 422, same_person=officer)
    assert "only account" in desk.get(page)
    assert "count as one" in desk.post(f"{page}/same-person", same_person=auditor)
    assert "as well" in desk.get(page)
    assert "of its own" in desk.post(f"{page}/another-person")
    desk.get(page)
    desk.post(f"{page}/same-person", same_person=own)
    assert "another administrator changes it" in desk.get(page)
    desk.post(f"{page}/another-person", 404)
