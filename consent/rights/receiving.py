"""A rights request comes in: it is registered once, and its clock runs from the first receipt."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.ledger import ledger
from consent.ledger.revisions import lock
from consent.people.organisations import Organisation
from consent.rights import clock as legal_clock
from consent.rights import requests
from consent.rights.requests import IdentityMethod, RequestChannel, Requester, RequestState, Right, RightsRequest
from consent.rights.steps import Step
from vault import clock
from vault.database import keyring, new_id
from vault.keys import KeyKind

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Received:
    """What came in: which right, through which channel, in whose words. `contact` is how an answer reaches them."""

    right: str
    channel: str
    language: str
    text: str
    requester: str = Requester.SELF
    contact: str = ""
    subject_id: str | None = None
    received_at: datetime | None = None
    secret: str | None = None


def receive(session: Session, organisation: str, received: Received, author: str) -> RightsRequest:
    """Register a request at the controller that got it; its clock runs from the first receipt (GDPR Art. 12(3), 26).

    One more request of a known person for the same right joins the one that is open.

    Raises:
        ledger.NotYetSaid: received in the future.
    """
    now = clock.now()
    at = received.received_at or now
    if at > now:
        raise ledger.NotYetSaid
    lock(session)
    again = _open_alike(session, received)
    if again is not None:
        requests.note(session, again, Step.REPEATED, author, received.text)
        return again
    country = session.get_one(Organisation, organisation).country
    day = legal_clock.day_of_receipt(at, country)
    request = RightsRequest(
        id=new_id(),
        reference=_new_reference(session),
        right=Right(received.right),
        organisation=organisation,
        received_by=organisation,
        channel=RequestChannel(received.channel),
        requester=Requester(received.requester),
        received_at=at,
        received_on=day,
        counted_from=day,
        subject_id=received.subject_id,
        language=received.language,
        identity=IdentityMethod.PORTAL if received.channel == RequestChannel.PORTAL else None,
        state=RequestState.OPEN,
        outcome=None,
        ground=None,
        extended=False,
        pauses=[],
        paused_on=None,
        paused_for=None,
        due_on=legal_clock.deadline(day, country).last_day,
        answered_at=None,
        forced=False,
        secret_digest=None if received.secret is None else requests.digest(received.secret),
        sealed=b"",
    )
    keyring(session).create([request.id], KeyKind.PERSON)
    requests.seal(session, request, received.text, received.contact)
    session.add(request)
    session.flush()
    requests.note(session, request, Step.RECEIVED, author)
    return request


def _open_alike(session: Session, received: Received) -> RightsRequest | None:
    if received.subject_id is None:
        return None
    return session.scalar(
        select(RightsRequest).where(
            RightsRequest.subject_id == received.subject_id,
            RightsRequest.right == received.right,
            RightsRequest.state == RequestState.OPEN,
            # Whoever holds the phrase of the public form is perhaps somebody else.
            RightsRequest.channel != RequestChannel.PUBLIC_FORM,
        )
    )


def _new_reference(session: Session) -> str:
    while True:
        drawn = "".join(secrets.choice(_ALPHABET) for _ in range(8))
        reference = f"R-{drawn[:4]}-{drawn[4:]}"
        if session.scalar(select(RightsRequest.id).where(RightsRequest.reference == reference)) is None:
            return reference
