"""The rights requests and breaches of the demonstration, each in its own state."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from nacl.public import PublicKey, SealedBox
from sqlalchemy.orm import Session

from consent.ledger import stores
from consent.people import subjects
from consent.rights import breaches, decisions, letters, receiving, store_tasks
from consent.rights.orders import OrderKind
from consent.rights.receiving import Received
from consent.rights.requests import RequestChannel, Requester, RequesterQuestion, RightsRequest
from portal.access.accounts import Role
from portal.casework import answering, copies, erasures
from portal.demo.house import House
from portal.demo.timeline import Act, Timeline
from vault import clock

Plan = Mapping[str, Any]
_HOLDS = {"content": None, "media_type": "text/plain", "withheld_because": "fictional: there is no file behind it"}


def enter(plan: Plan, house: House, timeline: Timeline) -> None:
    """Put every request and breach of rights.toml on the timeline."""
    for each in plan["requests"]:
        _Request(each, house, timeline)
    for each in plan["breaches"]:
        timeline.at(each["days_ago"], partial(_breach, plan=each, house=house))


class _Request:
    """One request of the plan."""

    def __init__(self, plan: Plan, house: House, timeline: Timeline) -> None:
        self._plan = plan
        self._house = house
        self._id = ""
        by_day: dict[int, list[Act]] = {plan["days_ago"]: [self._receive]}
        for days_ago, what in plan["steps"]:
            by_day.setdefault(days_ago, []).append(partial(self._step, what=what))
        for days_ago, acts in by_day.items():
            timeline.at(days_ago, *acts)

    def _officer(self, partner: str) -> str:
        return self._house.of(Role.DPO, partner).id

    def _receive(self, session: Session) -> None:
        partner, _, reference = self._plan.get("person", "alder/").partition("/")
        person = subjects.by_reference(session, partner, [reference]).get(reference)
        received = Received(
            right=self._plan["right"],
            channel=self._plan.get("channel", RequestChannel.PORTAL),
            language=self._plan.get("language", "be" if partner == "alder" else "ru"),
            text=self._plan["text"],
            requester=self._plan.get("requester", Requester.SELF),
            subject_id=person,
        )
        self._id = receiving.receive(session, partner, received, self._officer(partner)).id

    def _step(self, session: Session, what: str) -> None:
        request = session.get_one(RightsRequest, self._id)
        author = self._officer(request.organisation)
        word, _, rest = what.partition(" ")
        if what == "send decision":
            _send_decision(session, request, author)
            return
        if word == "send":
            letters.send(session, letters.draft(session, request, rest), author)
            return
        self._acts(session, request, author)[what]()

    def _acts(self, session: Session, request: RightsRequest, author: str) -> dict[str, Callable[[], object]]:
        return {
            "collect": lambda: copies.gather(session, request, author),
            "correct": lambda: answering.correct(session, request, "3 May", author),
            "stores answer": lambda: _stores_answer(session),
            "package": lambda: copies.make(session, request, author),
            "extend": lambda: answering.extend(session, request, "fictional: three archives", author),
            "begin erasure": lambda: erasures.begin(session, request, author),
            "propose": lambda: erasures.propose(session, request, {}, author),
            "ask identity": lambda: answering.ask(
                session, request, RequesterQuestion.IDENTITY, author, asked_in_time=True
            ),
            "refuse": lambda: answering.refuse(session, request, "12(5)", "", author, neither=True),
        }


def _send_decision(session: Session, request: RightsRequest, author: str) -> None:
    """Send the letter of the decision that waits, as it was drafted."""
    decision = decisions.waiting(session, request)
    letter = None if decision is None else letters.by_id(session, request, str(decision.letter_id))
    if letter is None:
        raise ValueError(request.right)
    answering.send_letter(session, request, letter.id, **letters.words(session, letter), author=author)


def _stores_answer(session: Session) -> None:
    """Every store answers every order it has, as the reference store would."""
    for store in stores.listed(session):
        for order in store_tasks.for_store(session, store.id):
            kinds = [{"item": name, "kind": "photo", **_HOLDS} for name in order.items]
            result = {"items": kinds} if order.task.kind == OrderKind.COLLECT else {"done": list(order.items)}
            sealed = SealedBox(PublicKey(order.task.public_key)).encrypt(json.dumps(result).encode())
            store_tasks.accept(session, order.task)
            store_tasks.finish(session, order.task, sealed, store_tasks.digest(sealed))


def _breach(session: Session, plan: Plan, house: House) -> None:
    people: list[str] = []
    for named in plan["people"]:
        partner, _, reference = named.partition("/")
        people += subjects.by_reference(session, partner, [reference]).values()
    author = house.of(Role.DPO, plan["organisation"]).id
    breach = breaches.enter(
        session,
        plan["organisation"],
        aware_at=clock.now(),
        risk=plan["risk"],
        what=plan["what"],
        measures=plan["measures"],
        people=people,
        author=author,
    )
    if plan["done"]:
        for person in people:
            breaches.informed(session, breach, person, author)
        breaches.notified(session, breach, author)
        breaches.close(session, breach, author)
