"""Objection: what rests on a basis record stops until it is weighed, and how that ends (GDPR Art. 21)."""

from sqlalchemy.orm import Session

from consent.ledger import ledger
from consent.ledger.events import Draft, Kind
from consent.people import persons
from consent.rights import requests
from consent.rights.requests import Right, RightsRequest


def record(session: Session, request: RightsRequest, author: str) -> None:
    """Stop what rests on a basis record until the objection is weighed (Art. 21(1)).

    Raises:
        requests.IdentityNotConfirmed: an impostor's objection stops nothing.
        requests.NotNow: it is answered, or asks for something else.
    """
    requests.demand_open(session, request, Right.OBJECTION)
    persons.record_objection(session, requests.known_person(request), author)
    requests.note(session, request, "objected", author)


def stands(session: Session, request: RightsRequest) -> bool:
    """Whether something has stopped by a request and waits until it is weighed."""
    return requests.last_of(session, request, "objected", "objection_settled") == "objected"


def override(session: Session, request: RightsRequest, author: str) -> None:
    """The objection was weighed and does not prevail: what the basis record covers may go on (Art. 21(1)).

    Raises:
        requests.IdentityNotConfirmed.
        requests.NotNow: it is answered, or asks for something else.
    """
    requests.demand_open(session, request, Right.OBJECTION)
    ledger.append(session, [Draft(Kind.OBJECTION_SETTLED, subject_id=requests.known_person(request), author=author)])
    requests.note(session, request, "objection_settled", author)
