"""Every state has a way out that a page of a role offers, shows in the *Today* it waits in, and offers nothing else."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from flask import Flask

from consent.disclosure import handover, packages, release, requests
from consent.rights import breaches, erasure, handling, receiving
from consent.rights import requests as rights
from consent.rights.receiving import Received
from mhpss import cases, closing
from portal.access.accounts import Role
from tests.consortium import Consortium
from tests.disclosing import Disclosing, item
from tests.support import account_id, case_of, get, person_with_consent
from tests.walkers.test_vocabularies import MODULES, columns
from tests.web.people import Browser, staff
from vault import clock
from vault.states import Act, StateMachine

MACHINES = {
    f"{module.__name__}.{name}": each  # type: ignore[attr-defined]
    for module in MODULES
    for name, each in vars(module).items()
    if isinstance(each, StateMachine)
}
DOERS = {*Role, "clock", "store"}


def faults(machine: StateMachine) -> Iterator[str]:
    """What is wrong with a table."""
    reached, edge = {machine.states[0]}, [machine.states[0]]
    while edge:
        for state in machine.ways(edge.pop()) - reached:
            reached.add(state)
            edge.append(state)
    yield from (f"no act leads to {state}" for state in machine.states if state not in reached)
    yield from (
        f"no act leads out of {state}"
        for state in machine.states
        if state not in machine.final and not machine.ways(state)
    )
    yield from (f"an act leads out of {state}" for state in machine.final if machine.ways(state))
    yield from (f"{act.by} are nobody" for act in machine.acts.values() if not act.by or not {*act.by} <= DOERS)
    for state, role in machine.waits_for.items():
        if not any(role in machine.acts[act].by for act in machine.acts_in(state)):
            yield f"{role} can do nothing in {state}, which waits for them"


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_state_is_reached_and_has_a_way_out(machine: StateMachine) -> None:
    assert list(faults(machine)) == []


def test_a_dead_end_is_found() -> None:
    class State(StrEnum):
        OPEN = "open"
        STUCK = "stuck"

    stuck = StateMachine(State, {"go": Act((State.OPEN,), State.STUCK, ("dpo",))}, final=(), waits_for={})
    assert list(faults(stuck)) == ["no act leads out of stuck"]


def test_every_column_of_states_has_its_table() -> None:
    tabled = {type(machine.states[0]).__name__ for machine in MACHINES.values()} | OTHERWISE
    found = {hint.__name__ for _, name, hint in columns() if name == "state" and isinstance(hint, type)}
    assert {each for each in found if each != "str"} <= tabled


# Referrals have a table of their own (referral_states.toml), walked in tests/unit/test_referral_table.py; a restriction
# is a code of the rule, raised and lifted by events.
OTHERWISE = {"ReferralState", "ReasonCode"}


@dataclass(frozen=True)
class Walk:
    """How something is brought to each state, and where a role works on it: `offers` are acts by what its forms are."""

    machine: StateMachine
    role: Role
    make: Callable[[Consortium, str], tuple[str, str]]
    pages: tuple[str, ...]
    offers: Mapping[str, str]
    today: str
    # Acts that another page has, with the reason.
    elsewhere: frozenset[str] = frozenset()


def request_in(consortium: Consortium, state: str) -> tuple[str, str]:
    person = consortium.enrol("V-1")
    consortium.answer(person, "granted", "share.icc")
    consortium.register(item("F-1", "V-1"))
    asked = Disclosing(consortium, confirmed=state != "received")
    asked.list("F-1")

    def released(act: Callable[[Any, release.Release], object]) -> None:
        asked.do(lambda s, r: act(s, release.of_request(s, r)))  # type: ignore[arg-type, return-value]

    def manifest(session: Any, found: release.Release) -> str:
        return packages.manifest(packages.payload(session, found.id))

    line = ["received", "open", "proposed", "released", "handed_over", "confirmed"]
    steps = [
        lambda: asked.propose(),
        lambda: asked.release(),
        lambda: released(lambda s, r: handover.hand_over(s, r, "by courier", "officer-1")),
        lambda: released(
            lambda s, r: handover.confirm(s, r, packages.manifest(packages.payload(s, r.id)), "officer-1")
        ),
    ]
    for step in steps[: max(line.index(state) - 1, 0)] if state in line else []:
        step()
    if state == "closed":
        asked.do(
            lambda s, r: requests.close(
                s,
                r,
                "answered",
            )
        )
    number = asked.read(lambda _s, r: r.number)
    return f"/disclosure/requests/{asked.id}", number


def breach_in(consortium: Consortium, state: str) -> tuple[str, str]:
    person = consortium.enrol("V-1")
    with consortium.database.writing() as session:
        found = breaches.enter(
            session,
            "alder",
            aware_at=clock.now(),
            risk="risk",
            what="a letter went astray",
            measures="",
            people=[person],
            author="dpo",
        )
        if state == "closed":
            breaches.close(session, found, "dpo")
        return f"/protection/register/breaches/{found.id}", found.id


def case_in(consortium: Consortium, state: str) -> tuple[str, str]:
    psychologist = account_id(consortium, Role.PSYCHOLOGIST)
    person = person_with_consent(consortium)
    began = state if state in ("intake", "open", "assigned", "active") else "active"
    number = case_of(consortium, person, psychologist, state=began)
    with consortium.database.writing() as session:
        case = get(session, number)
        if state in ("closed", "reopened"):
            closing.close(session, case, "goals reached", "", may_contact=True, author=psychologist)
        if state == "reopened":
            cases.reopen(session, case, psychologist)
    return f"/support/cases/{number}", number


def rights_request_in(consortium: Consortium, state: str) -> tuple[str, str]:
    person = consortium.enrol("V-1")
    with consortium.database.writing() as session:
        asked = receiving.receive(
            session, "alder", Received("access", "portal", "en", "all of it", subject_id=person), "them"
        )
        if state == "answered":
            handling.answer(session, asked, "refused", "12(5)", "dpo")
        if state == "ended":
            handling.end(session, asked, "them")
        return f"/protection/requests/{asked.reference}", asked.reference


def erasure_in(consortium: Consortium, state: str) -> tuple[str, str]:
    person = consortium.enrol("V-1")
    with consortium.database.writing() as session:
        asked = receiving.receive(session, "alder", Received("erasure", "portal", "en", "", subject_id=person), "them")
        begun = erasure.begin(session, asked, "dpo-1")
        begun.safe_until = clock.now()
        if state in ("proposed", "confirmed", "done"):
            erasure.propose(session, asked, {}, "dpo-1")
        if state in ("confirmed", "done"):
            erasure.confirm(session, asked, "dpo-2")
        if state == "done":
            erasure.complete(session, asked, "dpo-2")
        if state == "cancelled":
            erasure.refuse(session, asked, "17(3)(e)", "dpo-1")
        return f"/protection/requests/{asked.reference}", asked.reference


WALKS = (
    Walk(
        rights.STATES,
        Role.DPO,
        rights_request_in,
        (),
        {"/collect": "handle", "/decide": "answer"},
        "/protection/",
    ),
    Walk(
        erasure.STATES,
        Role.DPO,
        erasure_in,
        (),
        {
            "/propose-erasure": "propose",
            "/confirm-erasure": "confirm",
            "/complete-erasure": "complete",
            "/decide": "refuse",
        },
        "/protection/",
        # A refusal ends the request with the erasure; one of a request that goes on is begun again.
        elsewhere=frozenset({"begin_again"}),
    ),
    Walk(
        requests.STATES,
        Role.DISCLOSURE_OFFICER,
        request_in,
        ("/disclosure/requests/[0-9a-f]+/decision", "/disclosure/releases/[0-9a-f]+"),
        {
            "/identity": "confirm_identity",
            "/items": "list",
            "/ask": "ask",
            "/contact": "ask",
            "/copies": "register_copies",
            "/proposal": "propose",
            "/proposal/end": "take_back",
            "/release": "release",
            "/recall": "recall",
            "/handover": "hand_over",
            "/confirmation": "confirm_digests",
            "/close": "close",
        },
        "/disclosure/",
    ),
    Walk(
        breaches.STATES,
        Role.DPO,
        breach_in,
        (),
        {"/notified": "notified", "/informed": "informed", "/closed": "closed"},
        "/protection/",
    ),
    Walk(
        cases.STATES,
        Role.PSYCHOLOGIST,
        case_in,
        (),
        {
            "/do/open": "open",
            "/do/session": "write",
            "/do/safety-plan": "write",
            "/do/goals": "write",
            "/do/follow-up": "write",
            "/do/ask-review": "write",
            "/do/close": "close",
            "/do/reopen": "reopen",
            "/referrals/find": "write",
        },
        "/support/cases/",
        # A first session that took place begins the support; a record is destroyed once its person was erased.
        elsewhere=frozenset({"begin_support", "erase"}),
    ),
)
PLACES = [(walk, state) for walk in WALKS for state in walk.machine.states if state != "erased"]


def offered(browser: Browser, address: str, walk: Walk) -> set[str]:
    """The acts that the page and those it leads to offer."""
    page = browser.get(address)
    for pattern in walk.pages:
        page += "".join(browser.get(each) for each in sorted(set(re.findall(f'href="({pattern})"', page))))
    targets = re.findall(r'(?:href|action)="(/[^"?#]+)', page)
    return {act for each in targets for ending, act in walk.offers.items() if each.endswith(ending)}


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("walk", "state"), PLACES, ids=lambda each: each if isinstance(each, str) else each.today)
def test_a_page_offers_the_acts_of_its_state_and_no_other(
    app: Flask, consortium: Consortium, walk: Walk, state: str
) -> None:
    browser = staff(app, consortium, walk.role)
    address, _name = walk.make(consortium, state)
    other = staff(app, consortium, walk.role, "birch") if walk.role == Role.DISCLOSURE_OFFICER else browser
    theirs = {name for name, act in walk.machine.acts.items() if walk.role in act.by} - walk.elsewhere
    found = (offered(browser, address, walk) | offered(other, address, walk)) & theirs
    assert found == {*walk.machine.acts_in(state)} & theirs


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("walk", "state"), PLACES, ids=lambda each: each if isinstance(each, str) else each.today)
def test_what_waits_for_somebody_shows_on_their_first_page(
    app: Flask, consortium: Consortium, walk: Walk, state: str
) -> None:
    role = walk.machine.waits_for.get(state)  # type: ignore[call-overload]
    browser = staff(app, consortium, Role(role) if role else walk.role)
    _address, name = walk.make(consortium, state)
    today = {"coordinator": "/coordination/"}.get(role or "", walk.today)
    assert (name in browser.get(today)) == (role is not None)
