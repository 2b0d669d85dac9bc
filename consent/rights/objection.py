"""Objection: what rests on a basis record stops until it is weighed, and how that ends (GDPR Art. 21)."""

from sqlalchemy.orm import Session

from consent.ledger import ledger
from consent.ledger.events import Draft, Kind
from consent.ledger.revisions import read_anew
from consent.people import persons
from consent.rights import requests
from consent.rights.requests import RequestState, Right, RightsRequest
from consent.rights.steps import Step


def record(session: Session, request: RightsRequest, author: str) -> None:
    """Stop what rests on a basis record until the objection is weighed (Art. 21(1)).

    Raises:
        requests.IdentityNotConfirmed: an impostor's objection stops nothing.
        requests.NotNow: it is answered, or asks for something else.
    """
    requests.demand_open(session, request, Right.OBJECTION)
    persons.record_objection(session, requests.known_person(request), author)
    requests.note(session, request, Step.OBJECTED, author)


def stands(session: Session, request: RightsRequest) -> bool:
    """Whether something has stopped by a request and waits until it is weighed."""
    return (
        requests.last_of(session, request, Step.OBJECTED, Step.OBJECTION_SETTLED, Step.OBJECTION_WITHDRAWN)
        == Step.OBJECTED
    )


def override(session: Session, request: RightsRequest, author: str) -> None:
    """The objection was weighed and does not prevail: what the basis record covers may go on (Art. 21(1)).

    Raises:
        requests.IdentityNotConfirmed.
        requests.NotNow: it is answered, or asks for something else.
    """
    requests.demand_open(session, request, Right.OBJECTION)
    _settle(session, request, author)


def end(session: Session, request: RightsRequest, author: str) -> None:
    """Let what an objection still stops after it was answered or taken back go on.

    Raises:
        requests.NotNow: nothing is stopped by it, it is to be weighed, or another one of the person's is.
    """
    read_anew(session, request)
    # One that is still to be weighed is among those that stand.
    if not stands(session, request) or any(each.state == RequestState.OPEN for each in _standing(session, request)):
        raise requests.NotNow
    _settle(session, request, author)


def take_back(session: Session, request: RightsRequest, author: str) -> bool:
    """The person takes it back: whether what it had stopped goes on, as no other objection of theirs stops it."""
    if not stands(session, request):
        return False
    if len(_standing(session, request)) > 1:
        requests.note(session, request, Step.OBJECTION_WITHDRAWN, author)
        return False
    _settle(session, request, author)
    return True


def _standing(session: Session, request: RightsRequest) -> list[RightsRequest]:
    """The requests of the same person whose objections stop something."""
    theirs = requests.of_person(session, requests.known_person(request))
    return [each for each in theirs if each.right == Right.OBJECTION and stands(session, each)]


def _settle(session: Session, request: RightsRequest, author: str) -> None:
    # One state of the person stands for all of their objections: none stops anything after this.
    standing = _standing(session, request)
    ledger.append(session, [Draft(Kind.OBJECTION_SETTLED, subject_id=requests.known_person(request), author=author)])
    for each in standing or [request]:
        requests.note(session, each, Step.OBJECTION_SETTLED, author)
