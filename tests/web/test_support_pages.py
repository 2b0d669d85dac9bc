"""The psychologist's desk through its pages, and the wall around it."""

import pytest
from flask import Flask

from portal.access.accounts import Role
from tests.consortium import Consortium
from tests.support import account_id, case_of, person_with_consent
from tests.web.people import Browser, staff
from vault import clock


@pytest.fixture
def anna(consortium: Consortium) -> str:
    return person_with_consent(consortium)


@pytest.fixture
def desk(app: Flask, consortium: Consortium) -> Browser:
    return staff(app, consortium, Role.PSYCHOLOGIST)


def a_day(name: str, days: int = 0) -> dict[str, list[str]]:
    from datetime import timedelta

    day = clock.now().date() + timedelta(days=days)
    return {name: [str(day.day), str(day.month), str(day.year)]}


def test_somebody_is_taken_in_and_worked_with_until_the_case_is_closed(
    app: Flask, consortium: Consortium, anna: str, desk: Browser
) -> None:
    account_id(consortium, Role.PSYCHOLOGIST)
    desk.get("/support/cases/new")
    desk.post("/support/cases/new", status=422, code="K-0001")
    taken = {"asked_for": "to sleep", "safe_contact": "Signal", "language": "be", "remote": "yes"}
    assert "agreed" in desk.post("/support/cases/new", status=422, code="K-0999", **taken)
    page = desk.post("/support/cases/new", code="K-0001", **taken)
    assert desk.path == "/support/cases/M-0001"
    assert "to sleep" in page
    desk.post("/support/cases/M-0001/do/open", status=422)
    desk.post("/support/cases/M-0001/do/open", layer="3")
    coordinator = staff(app, consortium, Role.COORDINATOR)
    assert "M-0001" in coordinator.get("/coordination/")
    page = coordinator.get("/coordination/cases/M-0001")
    assert "to sleep" not in page
    coordinator.post("/coordination/cases/M-0001", psychologist=account_id(consortium, Role.PSYCHOLOGIST))
    desk.get("/support/cases/M-0001")
    desk.post(
        "/support/cases/M-0001/do/session", status=422, **a_day("day"), at="25:00", minutes="50", modality="video"
    )
    page = desk.post("/support/cases/M-0001/do/session", **a_day("day"), at="00:00", minutes="50", modality="video")
    meeting = page.split('name="meeting" value="')[1].split('"')[0]
    page = desk.post("/support/cases/M-0001/do/held", meeting=meeting, outcome="attended", note="slept at last")
    assert "slept at last" in page
    assert "active" in page
    desk.post("/support/cases/M-0001/do/follow-up", **a_day("due_on"), what="call about the letter")
    assert "M-0001" in desk.get("/support/")
    desk.get("/support/cases/M-0001")
    desk.post("/support/cases/M-0001/do/safety-plan", signs="no sleep", people="a friend")
    desk.post("/support/cases/M-0001/do/goals", goals="to sleep")
    desk.post("/support/cases/M-0001/do/ask-review")
    page = desk.post("/support/cases/M-0001/do/close", status=422, reason="done", plan="none")
    assert "A risk review is open" in page
    for day in (["", "", ""], ["", "3", "2099"]):
        page = desk.post("/support/cases/M-0001/do/risk", status=422, level="high", assessment="talked", review_on=day)
        assert page.count('href="#risk_form-review_on-day"') == page.count("govuk-error-message") == 1
        assert "talked</textarea>" in page
    desk.post("/support/cases/M-0001/do/risk", level="low", assessment="talked", **a_day("review_on", 7))
    page = desk.post("/support/cases/M-0001/do/close", reason="done", plan="none", may_contact="y")
    assert "closed" in page
    assert "slept at last" in desk.get("/support/cases/M-0001/history")


def test_the_supervisor_sees_that_a_case_is_there_and_reads_it_only_after_breaking_the_glass(
    app: Flask, consortium: Consortium, anna: str, desk: Browser
) -> None:
    supervisor_id = account_id(consortium, Role.PSYCHOLOGIST, "birch")
    case_of(consortium, anna, account_id(consortium, Role.PSYCHOLOGIST), supervisor_id)
    supervisor = staff(app, consortium, Role.PSYCHOLOGIST, "birch")
    assert "M-0001" in supervisor.get("/support/")
    assert "sleep again" not in supervisor.get("/support/cases/M-0001")
    supervisor.get("/support/cases/M-0001/history", status=404)
    supervisor.get("/support/cases/M-0001")
    supervisor.post("/support/cases/M-0001/break-glass", status=422)
    page = supervisor.post("/support/cases/M-0001/break-glass", reason="she is ill")
    assert "sleep again" in page
    supervisor.post("/support/cases/M-0001/do/goals", status=404, goals="mine")
    assert "she is ill" in desk.get("/support/")
    desk.get("/support/cases/M-0001")
    desk.post("/support/cases/M-0001/do/told")
    assert "she is ill" not in desk.get("/support/")


def test_another_psychologist_finds_no_trace_of_a_case(app: Flask, consortium: Consortium, anna: str) -> None:
    case_of(consortium, anna, account_id(consortium, Role.PSYCHOLOGIST))
    other = staff(app, consortium, Role.PSYCHOLOGIST, "birch")
    for address in ("/support/", "/support/cases/"):
        assert "M-0001" not in other.get(address)
    for address in ("/support/cases/M-0001", "/support/cases/M-0001/history"):
        other.get(address, status=404)
    far = staff(app, consortium, Role.COORDINATOR, "birch")
    assert "M-0001" not in far.get("/coordination/")
    far.get("/coordination/cases/M-0001", status=404)


@pytest.mark.parametrize("role", [Role.DOCUMENTER, Role.DPO, Role.DISCLOSURE_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_no_other_role_finds_a_trace_of_a_case_in_any_of_its_pages(
    app: Flask, consortium: Consortium, anna: str, role: Role
) -> None:
    import re

    case_of(consortium, anna, account_id(consortium, Role.PSYCHOLOGIST))
    somebody = staff(app, consortium, role)
    somebody.get("/support/cases/M-0001", status=403)
    somebody.get("/coordination/cases/M-0001", status=403)
    seen, edge = set(), ["/"]
    while edge:
        address = edge.pop()
        answer = somebody.client.get(address, follow_redirects=True)
        if answer.mimetype != "text/html":
            continue
        assert not re.search(r"M-0001|sleep again", answer.text), address
        links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)"', answer.text)}
        new = {link for link in links if not link.startswith(("/static", "/language"))} - seen
        seen |= new
        edge += sorted(new)
    assert len(seen) > 2
