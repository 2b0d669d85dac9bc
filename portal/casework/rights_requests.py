"""How a rights request comes, and how the person takes it back."""

from sqlalchemy.orm import Session

from consent.rights import decisions, erasure, handling, letters, objection, receiving, requests, restriction
from consent.rights.receiving import Received
from consent.rights.requests import IdentityMethod, Right, RightsRequest

_NOBODY = "public"
_HOUSE = "system"


def receive_from_person(session: Session, organisation: str, received: Received, author: str) -> RightsRequest:
    """Take in what a person asks on their own page, and do at once what stopping never waits for.

    Raises:
        ledger.NotYetSaid: received in the future.
    """
    asked = receiving.receive(session, organisation, received, author)
    if asked.right == Right.ERASURE:
        erasure.begin(session, asked, author)
    elif asked.right == Right.RESTRICTION and not restriction.stands(session, asked):
        restriction.restrict(session, asked, [], author)
    elif asked.right == Right.OBJECTION and not objection.stands(session, asked):
        objection.record(session, asked, author)
    told = "erasure_begun" if asked.right == Right.ERASURE else "received"
    # Asked again, it was told before; an erasure that two people have agreed on cannot be taken back any more.
    if told not in {each.template for each in letters.of_request(session, asked, sent_only=True)}:
        letters.send(session, letters.draft(session, asked, told), _HOUSE)
    return asked


def give_phrase(session: Session, request: RightsRequest, phrase: str, author: str) -> None:
    """Let the person read what becomes of their erasure by a phrase, once their own page is gone with it.

    Raises:
        requests.NotNow: it is answered, or no erasure.
    """
    if request.right != Right.ERASURE:
        raise requests.NotNow
    requests.give_phrase(session, request, phrase, author)


def receive_publicly(session: Session, organisation: str, received: Received) -> RightsRequest:
    """Take in what somebody without an account asks; nothing is done before it is known who asks.

    Raises:
        ledger.NotYetSaid: received in the future.
    """
    asked = receiving.receive(session, organisation, received, _NOBODY)
    letters.send(session, letters.draft(session, asked, "received"), _HOUSE)
    return asked


def record(
    session: Session, organisation: str, received: Received, subject_id: str | None, author: str
) -> RightsRequest:
    """Enter a request that reached an officer; `subject_id` is the person, where it is beyond doubt who asks.

    Raises:
        ledger.NotYetSaid: received in the future.
    """
    asked = receiving.receive(session, organisation, received, author)
    if subject_id is not None:
        handling.link(session, asked, subject_id, IdentityMethod.IN_PERSON, author)
    letters.draft(session, asked, "received")
    return asked


def take_back(session: Session, request: RightsRequest, author: str) -> None:
    """The person takes a request back: what an erasure or an objection had stopped goes on, and no decision waits.

    Raises:
        requests.NotNow: answered already, or two people have agreed to erase.
    """
    if request.right == Right.ERASURE and erasure.of_request(session, request) is not None:
        erasure.cancel(session, request, author)
    else:
        handling.end(session, request, author)
    if request.right == Right.OBJECTION and objection.take_back(session, request, author):
        reason = letters.templates(request.language)["objection_ends"]["taken_back"]
        letters.send(session, letters.draft(session, request, "objection_ends", reason=reason), _HOUSE)
    decisions.withdraw_any(session, request, author)
