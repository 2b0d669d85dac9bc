"""The fictional consortium's disclosure register: requests that come in, and all that is done about them."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from consent.disclosure import (
    asking,
    certificates,
    contacts,
    copies,
    correspondence,
    handover,
    legal_holds,
    lists,
    marks,
    notices,
    packages,
    release,
    requests,
    secrecy,
    terms,
)
from consent.disclosure.asking import Wording
from consent.disclosure.check import Check, Obstacle
from consent.disclosure.requests import DisclosureRequest, Route
from consent.disclosure.terms import TransferBasis
from consent.saying.answering import Method
from portal.access.accounts import Account, Role
from portal.demo.house import House
from portal.demo.person import Person
from portal.demo.timeline import Timeline
from vault import audit, clock

Plan = Mapping[str, Any]


class Disclosures:
    """The requests of disclosures.toml."""

    def __init__(self, plan: Plan, house: House, people: Sequence[Person], timeline: Timeline) -> None:
        self._plan = plan
        self._house = house
        self._people = people
        first = max(request["received"] for request in plan["requests"])
        timeline.at(first + 1, self._enter_terms)
        for request in plan["requests"]:
            _Request(request, plan, house, people, timeline)

    def _enter_terms(self, session: Session) -> None:
        officer = self._house.of(Role.DISCLOSURE_OFFICER, "alder")
        for known in self._plan["terms"]:
            values = {name: value for name, value in known.items() if name != "recipient"}
            terms.enter(session, known["recipient"], entered_by=officer.id, **values)


class _Request:
    """One request, and its steps on the timeline."""

    def __init__(self, plan: Plan, whole: Plan, house: House, people: Sequence[Person], timeline: Timeline) -> None:
        self._plan = plan
        self._whole = whole
        self._house = house
        self._people = people
        self._id = ""
        timeline.at(plan["received"], self._register)
        for step in plan["steps"]:
            timeline.at(step["days_ago"], partial(self._do, step=step))

    @property
    def _officer(self) -> Account:
        return self._house.of(Role.DISCLOSURE_OFFICER, self._plan["partner"])

    @property
    def _second(self) -> Account:
        return self._house.of(Role.DISCLOSURE_OFFICER, self._plan["second"])

    def _register(self, session: Session) -> None:
        plan = self._plan
        words = {
            "reference": f"{plan['recipient'][:2].upper()}-{plan['received']:03d}/26",
            "asker": "Desk 7, a fictional street",
            "purpose": plan["purpose"],
            "necessity": plan["necessity"],
            "cases": plan.get("cases", ""),
        }
        today = clock.now().date()
        due = today + timedelta(days=plan["received"] - plan["deadline"])
        letter = requests.Letter(plan["recipient"], plan["instrument"], today, words, due)
        account = self._officer
        request = requests.register(session, letter, organisation=account.organisation, registered_by=account.id)
        self._id = request.id
        store = self._house.store(session, plan.get("store", "documents"))
        named = [f"F-{person:04d}{place}" for person in plan.get("persons", ()) for place in plan.get("places", ())]
        lists.add(session, request, [lists.Named(store.id, name) for name in [*plan.get("items", ()), *named]])
        audit.record(session, account.as_actor(), "disclosure.register")

    def _do(self, session: Session, step: Plan) -> None:
        request = session.get_one(DisclosureRequest, self._id)
        acts: dict[str, Callable[[], object]] = {
            "identity": lambda: requests.confirm_identity(
                session, request, "Called back on a number we looked up ourselves (fictional)", self._officer.id
            ),
            "letter": lambda: correspondence.keep(
                session, request, step["direction"], clock.now().date(), step["text"], self._officer.id
            ),
            "secrecy": lambda: secrecy.record(
                session,
                request,
                "A fictional code of procedure, section 1",
                self._ahead(step["review_in"]),
                self._officer.id,
            ),
            "hold": lambda: legal_holds.place(
                session, request, "The order itself (fictional)", self._ahead(step["review_in"]), self._officer.id
            ),
            "mark": lambda: marks.mark(session, request.id, [step["item"]], self._officer.id),
            "ask": lambda: asking.ask(session, request, self._wording("question", step)),
            "contact": lambda: contacts.ask_to_speak(
                session,
                request,
                [self._people[number - 1].subject_id for number in step["persons"]],
                self._wording("contact", step),
            ),
            "answer": lambda: self._answer(session, request, step),
            "copies": lambda: self._make_copies(session, request, step["identity"]),
            "propose": lambda: release.propose(session, request, self._assessment(session, request), self._officer.id),
            "release": lambda: certificates.issue(session, request, release.release(session, request, self._second.id)),
            "hand_over": lambda: handover.hand_over(
                session, self._released(session, request), "By courier, sealed, to Desk 7 (fictional)", self._officer.id
            ),
            "confirm": lambda: self._confirm(session, request),
            "close": lambda: requests.close(session, request, step["ending"]),
            "supplement": lambda: requests.supplement(session, request, self._officer.id),
            "notices": lambda: self._send_notices(session),
        }
        acts[step["do"]]()
        audit.record(session, self._officer.as_actor(), f"disclosure.{step['do']}")

    @staticmethod
    def _ahead(days: int) -> date:
        return clock.now().date() + timedelta(days=days)

    def _wording(self, name: str, step: Plan) -> Wording:
        return Wording(self._whole[name], self._ahead(step["answer_in"]), self._officer.id)

    def _answer(self, session: Session, request: DisclosureRequest, step: Plan) -> None:
        person = self._people[step["person"] - 1]
        asked = {question.subject_id: question for question in asking.of_request(session, request)}
        asking.answer(
            session,
            asked[person.subject_id],
            step["said"],
            language=person.plan["language"],
            method=Method.SPOKEN_RECORDED,
            author=self._house.of(Role.DOCUMENTER, person.plan["partner"]).id,
        )

    def _make_copies(self, session: Session, request: DisclosureRequest, identity: str) -> None:
        names = [each.line.name for each in Check(session, request).each() if each.missing == Obstacle.NO_COPY]
        digests = (hashlib.sha256(f"copy of {name}".encode()).hexdigest() for name in names)
        text = "\n".join(f"{name},{digest}" for name, digest in zip(names, digests, strict=True))
        copies.register(session, request, identity, text, self._officer.id)

    def _assessment(self, session: Session, request: DisclosureRequest) -> release.Assessment:
        known = terms.all_terms(session).get(request.recipient)
        heard = {"counsel": "Counsel of the house (fictional)", "opinion": "It binds; nothing narrower was granted."}
        return release.Assessment(
            assessed_on=clock.now().date(),
            transfer_basis=known.transfer_basis if known else TransferBasis.DEROGATION,
            transfer_ground=known.transfer_ground if known else "Art. 49(1)(e), legal claims",
            **self._whole["assessment"],
            **(heard if request.route == Route.COMPELLED else {}),
        )

    def _confirm(self, session: Session, request: DisclosureRequest) -> None:
        done = self._released(session, request)
        manifest = packages.manifest(packages.payload(session, done.id))
        handover.confirm(session, done, manifest, self._officer.id)

    def _send_notices(self, session: Session) -> None:
        for notice in notices.listed(session, "drafted"):
            if notice.recipient == self._plan["recipient"]:
                notices.send(session, notice, notices.content(session, notice).text, self._officer.id)
                notices.acknowledge(session, notice, self._officer.id)

    @staticmethod
    def _released(session: Session, request: DisclosureRequest) -> release.Release:
        done = release.of_request(session, request)
        if done is None:
            raise LookupError(request.number)
        return done
