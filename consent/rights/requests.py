"""Rights requests: what is kept of one, each step recorded and in the ledger, and who finds it."""

import hashlib
import json
import secrets
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, LargeBinary, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger import ledger
from consent.ledger.events import Draft, Kind
from consent.ledger.revisions import lock, read_anew
from consent.people import concerns
from consent.rights.steps import DAYS_LEFT, Step
from vault import clock
from vault.columns import Blind, Clear, Owner, blind, clear, sealed_to
from vault.database import Base, keyring
from vault.refusals import Refused
from vault.states import Act, StateMachine
from vault.types import BigKey, Id, Instant, Json

# What a decision comes to, its letter says; whoever forces somebody reads their page too.
_BETWEEN_OFFICERS = (
    *(Step.SEEMS_FORCED, Step.SPOKEN_WITH, Step.DECIDED, Step.DECISION_WITHDRAWN),
    *DAYS_LEFT,
)


class Right(StrEnum):
    """The rights of Art. 15 to 22 that a request may be for."""

    ACCESS = "access"
    RECTIFICATION = "rectification"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    PORTABILITY = "portability"
    OBJECTION = "objection"


class RequestState(StrEnum):
    """How far a request has come; ended where the person took it back."""

    OPEN = "open"
    ANSWERED = "answered"
    ENDED = "ended"


class RequestOutcome(StrEnum):
    """What a request was answered with."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


class RequestChannel(StrEnum):
    """The way a request came in."""

    PORTAL = "portal"
    PUBLIC_FORM = "public_form"
    MAIL = "mail"
    PHONE = "phone"
    IN_PERSON = "in_person"
    REPRESENTATIVE = "representative"
    REVIEW = "review"


class Requester(StrEnum):
    """Who asks."""

    SELF = "self"
    LAWYER = "lawyer"
    NGO = "ngo"
    GUARDIAN = "guardian"
    HEIR = "heir"


class IdentityMethod(StrEnum):
    """How it became known who asks."""

    PORTAL = "portal"
    SHARED_SECRET = "shared_secret"  # noqa: S105 - its name  # nosec B105
    IN_PERSON = "in_person"
    MANDATE = "mandate"
    KNOWN_CONTACT = "known_contact"
    REVIEW = "review"


class RequesterQuestion(StrEnum):
    """What the requester is asked, for which the clock may pause (Art. 12(6), recital 63)."""

    IDENTITY = "identity"
    CLARIFICATION = "clarification"


_DPO = ("dpo",)
STATES = StateMachine(
    RequestState,
    {
        "handle": Act((RequestState.OPEN,), None, _DPO),
        "answer": Act((RequestState.OPEN,), RequestState.ANSWERED, _DPO),
        "take_back": Act((RequestState.OPEN,), RequestState.ENDED, ("survivor",)),
    },
    final={RequestState.ANSWERED, RequestState.ENDED},
    waits_for={RequestState.OPEN: "dpo"},
)


class NotNow(Refused):
    """The step does not fit the state that the request is in."""


class TooLate(NotNow):
    """The first period is over: it cannot be extended any more (GDPR Art. 12(3))."""


class IdentityNotConfirmed(NotNow):
    """Nothing of a person is told, changed or destroyed for somebody who may be another."""


class Held(Refused):
    """The person seems to be forced: nothing of theirs is handed out or destroyed before the partner spoke with them.

    What only stops, stops all the same.
    """


class RightsRequest(Base):
    """A request under Art. 15 to 22. What was written is sealed under a key of the request's own.

    `received_on` is the day of receipt where the controller is; `counted_from` the day that the period is counted from.
    """

    __tablename__ = "rights_requests"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(12), unique=True, info=clear(Clear.IDENTIFIER))
    right: Mapped[Right] = mapped_column(String(16))
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.key"))
    received_by: Mapped[str] = mapped_column(String(40), info=clear(Clear.CATALOGUE))
    channel: Mapped[RequestChannel] = mapped_column(String(16))
    requester: Mapped[Requester] = mapped_column(String(8))
    received_at: Mapped[datetime] = mapped_column(Instant)
    received_on: Mapped[date] = mapped_column(Date)
    counted_from: Mapped[date] = mapped_column(Date)
    subject_id: Mapped[str | None] = mapped_column(ForeignKey("subjects.id"), index=True)
    language: Mapped[str] = mapped_column(String(2), info=clear(Clear.CODE))
    identity: Mapped[IdentityMethod | None] = mapped_column(String(16))
    state: Mapped[RequestState] = mapped_column(String(10), index=True)
    outcome: Mapped[RequestOutcome | None] = mapped_column(String(8))
    ground: Mapped[str | None] = mapped_column(String(80), info=clear(Clear.CODE))
    extended: Mapped[bool]
    pauses: Mapped[list[list[str]]] = mapped_column(Json, info=clear(Clear.MOMENT))
    paused_on: Mapped[date | None] = mapped_column(Date)
    paused_for: Mapped[RequesterQuestion | None] = mapped_column(String(16))
    due_on: Mapped[date] = mapped_column(Date, index=True)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    forced: Mapped[bool]
    secret_digest: Mapped[str | None] = mapped_column(String(64), info=blind(Blind.WORDS))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.REQUEST))


class RightsStep(Base):
    """One thing that happened with a request. Append-only; its note is sealed under the request's key, for this row."""

    __tablename__ = "rights_steps"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    request_id: Mapped[str] = mapped_column(ForeignKey("rights_requests.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    step: Mapped[str] = mapped_column(String(30), info=clear(Clear.CODE))
    author: Mapped[str] = mapped_column(Id)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_to(Owner.REQUEST))


def give_phrase(session: Session, request: RightsRequest, phrase: str, author: str) -> None:
    """Let a phrase open the answer to a request, in place of any before it.

    Raises:
        NotNow: it is answered.
    """
    demand_open(session, request)
    request.secret_digest = digest(phrase)
    note(session, request, Step.PHRASE_GIVEN, author)


def seal(session: Session, request: RightsRequest, text: str, contact: str) -> None:
    """Keep what was written, and how an answer reaches the requester, under the request's own key."""
    written = json.dumps({"text": text, "contact": contact}).encode()
    request.sealed = keyring(session).seal(request.id, _place(request.id), written)


def content(session: Session, request: RightsRequest) -> dict[str, str]:
    """What was written, and how an answer reaches the requester.

    Raises:
        vault.keys.KeyDestroyed: it was erased.
    """
    opened: dict[str, str] = json.loads(keyring(session).unseal(request.id, _place(request.id), request.sealed))
    return opened


def note(session: Session, request: RightsRequest, step: str, author: str, text: str = "") -> None:
    """Record that something happened with a request: a row of its history, and an event in the ledger."""
    # Numbered under the ledger's lock, so that the note is sealed for a row that it cannot leave.
    lock(session)
    number = (session.scalar(select(func.max(RightsStep.id))) or 0) + 1
    sealed = keyring(session).seal(request.id, _place_of_note(number), text.encode()) if text else None
    session.add(RightsStep(id=number, request_id=request.id, at=clock.now(), step=step, author=author, sealed=sealed))
    body = {"reference": request.reference, "right": request.right, "step": step, "due_on": request.due_on.isoformat()}
    person = request.subject_id
    # What is still to be done about a request of somebody who is erased is the house's own: their key is gone.
    is_gone = person is not None and not keyring(session).is_there(person)
    event = Draft(Kind.RIGHTS_REQUEST, subject_id=None if is_gone else person, author=author, body=body)
    ledger.append(session, [event])
    session.flush()


def history(session: Session, request: RightsRequest) -> list[tuple[RightsStep, str]]:
    """What happened with a request, oldest first, each with its note."""
    query = select(RightsStep).where(RightsStep.request_id == request.id).order_by(RightsStep.id)
    return [(step, _note_of(session, step)) for step in session.scalars(query)]


def _note_of(session: Session, step: RightsStep) -> str:
    if step.sealed is None:
        return ""
    return keyring(session).unseal(step.request_id, _place_of_note(step.id), step.sealed).decode()


def _place_of_note(step_id: int) -> str:
    return f"rights_steps.sealed:{step_id}"


def history_for_person(session: Session, request: RightsRequest) -> list[RightsStep]:
    """What happened with a request, oldest first, but for what is between the officers."""
    return [step for step, _ in history(session, request) if step.step not in _BETWEEN_OFFICERS]


def last_of(session: Session, request: RightsRequest, *steps: Step) -> str | None:
    """Which of some steps happened last with a request; None where none did."""
    query = select(RightsStep.step).where(RightsStep.request_id == request.id, RightsStep.step.in_(steps))
    return session.scalar(query.order_by(RightsStep.id.desc()).limit(1))


def as_reference(typed: str) -> str:
    """A reference as it is kept, however it was typed: whoever counts tries counts them under this."""
    return typed.strip().upper()


def by_reference(session: Session, reference: str) -> RightsRequest | None:
    """The request with that reference."""
    return session.scalar(select(RightsRequest).where(RightsRequest.reference == as_reference(reference)))


def by_secret(session: Session, reference: str, secret: str) -> RightsRequest | None:
    """The account-free request that reference and secret phrase open together."""
    found = by_reference(session, reference)
    typed = digest(secret)
    if found is None or found.secret_digest is None or not secrets.compare_digest(found.secret_digest, typed):
        return None
    return found


def of_person(session: Session, subject_id: str) -> list[RightsRequest]:
    """The requests of a person, latest first."""
    query = select(RightsRequest).where(RightsRequest.subject_id == subject_id)
    return list(session.scalars(query.order_by(RightsRequest.received_at.desc())))


def listed(
    session: Session,
    *,
    state: str | None = RequestState.OPEN,
    right: str | None = None,
    organisation: str | None = None,
) -> list[RightsRequest]:
    """The queue: the soonest due first."""
    query = select(RightsRequest).order_by(RightsRequest.due_on, RightsRequest.received_at)
    for column, wanted in (
        (RightsRequest.state, state),
        (RightsRequest.right, right),
        (RightsRequest.organisation, organisation),
    ):
        if wanted:
            query = query.where(column == wanted)
    return list(session.scalars(query))


def refuse_held(session: Session, request: RightsRequest) -> None:
    """Whether nothing speaks for the person being forced.

    Raises:
        Held: something does.
    """
    if request.forced or (request.subject_id is not None and concerns.is_open(session, request.subject_id)):
        raise Held


def demand_open(session: Session, request: RightsRequest, *rights: str) -> None:
    """Whether a request is open and, where some are named, for one of `rights`; nobody else moves it until the commit.

    Raises:
        NotNow: it is not.
    """
    read_anew(session, request)
    if not STATES.allows(request.state, "handle") or (rights and request.right not in rights):
        raise NotNow


def known_person(request: RightsRequest) -> str:
    """The person whom a request is about.

    Raises:
        IdentityNotConfirmed: nobody has confirmed who asks.
    """
    if request.subject_id is None or request.identity is None:
        raise IdentityNotConfirmed
    return request.subject_id


def digest(secret: str) -> str:
    """What is kept of a secret phrase, however its spaces and capitals were typed."""
    return hashlib.sha256(" ".join(secret.split()).casefold().encode()).hexdigest()


def _place(request_id: str) -> str:
    return f"rights_requests.sealed:{request_id}"


def as_receipt(request: RightsRequest) -> dict[str, Any]:
    """What a person is told in writing when their request has come in."""
    return {
        "reference": request.reference,
        "right": request.right,
        "controller": request.organisation,
        "received_at": clock.rfc3339(request.received_at),
        "received_on": request.received_on.isoformat(),
        "due_on": request.due_on.isoformat(),
    }
