"""Each kind of decision about a request: what it needs to be taken and sent, what its letter says, what it does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from consent.rights import (
    deadlines,
    decisions,
    erasure,
    handling,
    letters,
    notifications,
    objection,
    packages,
    requests,
    restriction,
    store_tasks,
)
from consent.rights.decisions import Decided, DecisionKind
from consent.rights.orders import OrderKind, OrderState
from consent.rights.requests import NotNow, RequestOutcome, Right, RightsRequest
from consent.saying import erasure_reviews


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of decision: what has to be so when taken and when sent, what its letter says, and what it does."""

    demand: Callable[[Session, RightsRequest, Decided], None]
    told: Callable[[Session, RightsRequest, Decided], Mapping[str, str]]
    take_effect: Callable[[Session, RightsRequest, Decided, str], None]


def _demand_question(session: Session, request: RightsRequest, decided: Decided) -> None:
    handling.demand_askable(session, request, decided.question)


def _told_of_question(session: Session, request: RightsRequest, decided: Decided) -> Mapping[str, str]:
    pauses = handling.question_pauses(session, request, asked_in_time=decided.asked_in_time)
    return {"pausing": letters.templates(request.language)[decided.template]["pausing"] if pauses else ""}


def _ask(session: Session, request: RightsRequest, decided: Decided, author: str) -> None:
    handling.ask(session, request, decided.question, author, asked_in_time=decided.asked_in_time)


def _demand_extension(session: Session, request: RightsRequest, _decided: Decided) -> None:
    handling.demand_extendable(session, request)


def _told_of_extension(session: Session, request: RightsRequest, decided: Decided) -> Mapping[str, str]:
    return {"reason": decided.words, "due": deadlines.if_extended(session, request).strftime("%d.%m.%Y")}


def _extend(session: Session, request: RightsRequest, decided: Decided, author: str) -> None:
    handling.extend(session, request, decided.words, author)


def _demand_rectification(session: Session, request: RightsRequest, _decided: Decided) -> None:
    requests.demand_open(session, request, Right.RECTIFICATION)
    person = requests.known_person(request)
    requests.refuse_held(session, request)
    if erasure.is_erased(session, person) or decisions.is_sent(session, request, DecisionKind.RECTIFICATION):
        raise NotNow


def _told_of_rectification(_session: Session, _request: RightsRequest, _decided: Decided) -> Mapping[str, str]:
    return {}


def _rectify(session: Session, request: RightsRequest, decided: Decided, author: str) -> None:
    store_tasks.give(session, request, OrderKind.RECTIFY, author, {"correction": decided.words})
    notifications.tell_recipients(session, request, "rectified", author)


def _demand_answer(session: Session, request: RightsRequest, decided: Decided) -> None:
    handling.demand_answerable(session, request, decided.outcome or "", decided.ground)
    if decided.outcome != RequestOutcome.REFUSED:
        _demand_done(session, request, decided)
        return
    is_confirmed = request.right == Right.ERASURE and erasure.is_confirmed(session, request)
    if is_confirmed or packages.is_fetched(session, request):
        raise NotNow


def _demand_done(session: Session, request: RightsRequest, decided: Decided) -> None:
    """An answer that something is done follows upon the deed."""
    is_done = {
        Right.ACCESS: packages.is_given,
        Right.RECTIFICATION: _is_corrected if decided.outcome == RequestOutcome.GRANTED else _is_answered_by_stores,
        Right.RESTRICTION: restriction.stands,
        Right.PORTABILITY: packages.is_given,
        Right.OBJECTION: objection.stands,
    }.get(request.right)
    if is_done is None or not is_done(session, request):
        raise NotNow
    if erasure.is_erased(session, requests.known_person(request)):
        raise NotNow
    if request.right in packages.SCHEMAS:
        requests.refuse_held(session, request)


def _is_answered_by_stores(session: Session, request: RightsRequest) -> bool:
    orders = store_tasks.of_request(session, request)
    is_ordered = decisions.is_sent(session, request, DecisionKind.RECTIFICATION)
    return is_ordered and all(order.finished_at is not None for order in orders)


def _is_corrected(session: Session, request: RightsRequest) -> bool:
    orders = store_tasks.of_request(session, request)
    return _is_answered_by_stores(session, request) and all(order.state == OrderState.DONE for order in orders)


def _told_of_answer(_session: Session, request: RightsRequest, decided: Decided) -> Mapping[str, str]:
    file = letters.templates(request.language)["partly"]["file"] if request.right in packages.SCHEMAS else ""
    return {"ground": decided.ground or "", "reason": decided.words, "file": file}


def _answer(session: Session, request: RightsRequest, decided: Decided, author: str) -> None:
    outcome, ground = decided.outcome or "", decided.ground
    if request.right == Right.ERASURE:
        erasure.refuse(session, request, ground or "", author)
        if request.subject_id is not None:
            erasure_reviews.settle_of(session, request.subject_id)
        return
    stands = objection.stands(session, request)
    if outcome == RequestOutcome.REFUSED and stands and not erasure.is_erased(session, requests.known_person(request)):
        objection.override(session, request, author)
    if outcome == RequestOutcome.REFUSED:
        packages.withdraw(session, request)
    handling.answer(session, request, outcome, ground, author)


KINDS = {
    DecisionKind.QUESTION: Kind(_demand_question, _told_of_question, _ask),
    DecisionKind.EXTENSION: Kind(_demand_extension, _told_of_extension, _extend),
    DecisionKind.RECTIFICATION: Kind(_demand_rectification, _told_of_rectification, _rectify),
    DecisionKind.ANSWER: Kind(_demand_answer, _told_of_answer, _answer),
}
