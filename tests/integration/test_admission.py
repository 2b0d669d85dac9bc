"""Asking for support, by the person or their documenter: one case each, and nothing to be learned by asking."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from consent.people import support
from mhpss import admission, caseload, cases, closing
from mhpss.cases import Intake
from portal.access.accounts import Role
from tests.consortium import Consortium
from tests.support import account_id, case_of, get, person_with_consent, rows_of
from tests.web.people import staff, survivor
from vault.database import Database

ANNA = "a" * 32
WANTED = {"asked_for": "to sleep again", "safe_contact": "Signal, evenings", "language": "be", "remote": "yes"}


def ask(database: Database, subject_id: str) -> str:
    with database.writing() as session:
        wish = Intake("to sleep again", "Signal")
        return admission.ask(session, subject_id, "alder", wish, language="be", remote=True, author="x").number


def test_whoever_asks_waits_without_a_psychologist_until_the_coordinator_gives_the_case(
    consortium: Consortium, database: Database
) -> None:
    number = ask(database, person_with_consent(consortium))
    with database.writing() as session:
        case = get(session, number)
        assert (case.state, case.psychologist) == ("intake", None)
        cases.assign(session, case, ANNA, None, "coordinator")
        assert (case.state, cases.held_by(session, ANNA)) == ("intake", [case])
        cases.open_case(session, case, 3, ANNA)


def test_people_who_ask_at_one_moment_get_a_number_each_and_nobody_two_cases(
    consortium: Consortium, database: Database
) -> None:
    people = [person_with_consent(consortium, f"V-{number}") for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(lambda person: ask(database, person), [*people, *people]))
    assert sorted(set(numbers)) == [f"M-{number:04d}" for number in range(1, 7)]
    assert numbers[:6] == numbers[6:]


@pytest.mark.parametrize("state", ["intake", "active", "closed"])
def test_asking_again_makes_no_second_case_and_reaches_the_psychologist_today(
    consortium: Consortium, database: Database, state: str
) -> None:
    person = person_with_consent(consortium)
    number = case_of(consortium, person, ANNA, state="active" if state == "closed" else state)
    if state == "closed":
        with database.writing() as session:
            closing.close(session, get(session, number), "done", "none", may_contact=True, author=ANNA)
    assert ask(database, person) == number
    with database.reading() as session:
        case = get(session, number)
        assert case.state in cases.RUNNING
        assert [need.kind for need in caseload.needs(session, [case]) if need.is_due] == ["never_assessed", "follow_up"]
        assert admission.said_since_intake(session, case)["contact"] == "Signal"
    with database.writing() as session:
        case = get(session, number)
        cases.keep_intake(session, case, Intake("to sleep", "Signal, evenings"), ANNA)
        assert admission.said_since_intake(session, case) == {}


def test_the_person_allows_it_by_asking_and_can_stop_it_again(app: Flask, consortium: Consortium) -> None:
    anna = consortium.enrol("V-1")
    consortium.answer(anna, "refused", "mhpss.case")
    person = survivor(app, consortium, anna)
    assert "Ask for support" in person.get("/my/help/")
    assert "health and feelings" in person.get("/my/help/ask")
    person.post("/my/help/ask", 422, **{**WANTED, "safe_contact": ""})
    with consortium.database.reading() as session:
        assert not support.may_hold_case(session, anna)
    person.get("/my/help/ask")
    assert "gets in touch as you wrote" in person.post("/my/help/ask", **WANTED)
    with consortium.database.reading() as session:
        assert support.may_hold_case(session, anna)
    assert "M-0001" in staff(app, consortium, Role.COORDINATOR).get("/coordination/")
    consortium.withdraw(anna, "mhpss.case")
    with consortium.database.reading() as session:
        assert not support.may_hold_case(session, anna)


def test_a_documenter_passes_it_on_and_learns_nothing_of_a_case(app: Flask, consortium: Consortium) -> None:
    with_case, without = person_with_consent(consortium, "V-1"), person_with_consent(consortium, "V-2")
    case_of(consortium, with_case, account_id(consortium, Role.PSYCHOLOGIST), state="active")
    documenter = staff(app, consortium, Role.DOCUMENTER)
    said = []
    for code in ("K-0001", "K-0002"):
        before = documenter.get(f"/people/{code}/support")
        after = documenter.post(f"/people/{code}/support", **WANTED)
        page = documenter.get(f"/people/{code}")
        texts = [re.sub(r'(K-000\d|V-\d|value="[^"]*")', "", text) for text in (before, after, page)]
        said.append(texts)
        assert "M-000" not in "".join(texts)
    assert said[0] == said[1]
    assert {with_case, without} == {case.subject_id for case in all_cases(consortium)}


def test_a_documenter_is_told_to_talk_first_where_the_person_has_not_agreed(app: Flask, consortium: Consortium) -> None:
    consortium.enrol("V-1")
    documenter = staff(app, consortium, Role.DOCUMENTER)
    page = documenter.get("/people/K-0001/support")
    assert "has not allowed" in page
    assert 'name="asked_for"' not in page
    assert rows_of(consortium.database, "cases") == "[]"


def all_cases(consortium: Consortium) -> list[cases.Case]:
    with consortium.database.reading() as session:
        return list(session.query(cases.Case))
