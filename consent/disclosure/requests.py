"""Requests for assistance: who asks for what, under which instrument and why, and how far the answer has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.catalogue import classes, recipients
from consent.disclosure import instruments, sealed
from consent.ledger import scopes
from consent.ledger.revisions import lock, read_anew
from vault import clock, numbering
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, new_id
from vault.refusals import Refused
from vault.states import Act, StateMachine
from vault.types import Id, Instant

CONTACT = "contact.authority"


class State(StrEnum):
    """How far a request has come."""

    RECEIVED = "received"
    OPEN = "open"
    PROPOSED = "proposed"
    RELEASED = "released"
    HANDED_OVER = "handed_over"
    CONFIRMED = "confirmed"
    CLOSED = "closed"


class Ending(StrEnum):
    """How a request was closed."""

    ANSWERED = "answered"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"


class Route(StrEnum):
    """By consent; or by a court's order, past consent, with counsel and two people."""

    CONSENT = "consent"
    COMPELLED = "compelled"


_WORDS = ("reference", "asker", "purpose", "necessity", "cases")


_OFFICER = ("disclosure_officer",)
_UNDECIDED = (State.RECEIVED, State.OPEN)
# A release is proposed by one person and decided by another; a recalled one opens its request again.
STATES = StateMachine(
    State,
    {
        "confirm_identity": Act((State.RECEIVED,), State.OPEN, _OFFICER),
        "list": Act(_UNDECIDED, None, _OFFICER),
        "ask": Act((State.OPEN,), None, _OFFICER),
        "answer": Act((State.OPEN, State.PROPOSED), None, ("survivor", "documenter")),
        "register_copies": Act((State.OPEN,), None, _OFFICER),
        "propose": Act((State.OPEN,), State.PROPOSED, _OFFICER),
        "take_back": Act((State.PROPOSED,), State.OPEN, _OFFICER),
        "release": Act((State.PROPOSED,), State.RELEASED, _OFFICER),
        "recall": Act((State.RELEASED,), State.OPEN, _OFFICER),
        "hand_over": Act((State.RELEASED,), State.HANDED_OVER, _OFFICER),
        "confirm_digests": Act((State.HANDED_OVER,), State.CONFIRMED, _OFFICER),
        "close": Act((*_UNDECIDED, State.RELEASED, State.HANDED_OVER, State.CONFIRMED), State.CLOSED, _OFFICER),
    },
    final={State.CLOSED},
    waits_for={state: _OFFICER[0] for state in State if state is not State.CLOSED},
)


class WrongState(Refused):
    """The request has come further, or not so far, as this step needs."""


class DisclosureRequest(Base):
    """A request for assistance. What was written about it is sealed under the key of the house."""

    __tablename__ = "disclosure_requests"
    __table_args__ = (CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True, info=clear(Clear.IDENTIFIER))
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.key"))
    recipient: Mapped[str] = mapped_column(String(60), index=True, info=clear(Clear.CATALOGUE))
    scope: Mapped[str] = mapped_column(String(60), info=clear(Clear.CATALOGUE))
    instrument: Mapped[str] = mapped_column(String(40), info=clear(Clear.CATALOGUE))
    route: Mapped[Route] = mapped_column(String(10))
    supplement_of: Mapped[str | None] = mapped_column(ForeignKey("disclosure_requests.id"))
    state: Mapped[State] = mapped_column(String(12))
    received_on: Mapped[date] = mapped_column(Date)
    deadline_on: Mapped[date | None] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(info=sealed_to(Owner.HOUSE))
    registered_by: Mapped[str] = mapped_column(Id)
    registered_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_by: Mapped[str | None] = mapped_column(Id)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_as: Mapped[Ending | None] = mapped_column(String(12))

    @property
    def is_overdue(self) -> bool:
        """Whether the asker's deadline has passed without an answer."""
        waiting = self.state in (State.RECEIVED, State.OPEN, State.PROPOSED)
        return waiting and self.deadline_on is not None and self.deadline_on < clock.today()


@dataclass(frozen=True, slots=True)
class Letter:
    """What a request says when it comes in. `words` holds reference, asker, purpose, necessity and cases."""

    recipient: str
    instrument: str
    received_on: date
    words: Mapping[str, str]
    deadline_on: date | None = None


def register(
    session: Session, letter: Letter, *, organisation: str, registered_by: str, supplement_of: str | None = None
) -> DisclosureRequest:
    """Enter a request; it goes under the scope of its recipient's class, compelled where its instrument compels.

    Raises:
        recipients.UnknownRecipient, classes.UnknownClass, instruments.UnknownInstrument, scopes.UnknownScope
    """
    lock(session)
    entry = recipients.directory(session).get(letter.recipient)
    if entry is None:
        raise recipients.UnknownRecipient(letter.recipient)
    scope = classes.rule(session, entry.recipient_class).scope
    if scope not in scopes.catalogue(session):
        raise scopes.UnknownScope(scope)
    compels = instruments.instrument(session, letter.instrument).compels
    now = clock.now()
    request = DisclosureRequest(
        id=new_id(),
        number=f"D-{now.year}-{numbering.draw(session, 'disclosure_requests'):03d}",
        organisation=organisation,
        recipient=letter.recipient,
        scope=scope,
        instrument=letter.instrument,
        route=Route.COMPELLED if compels else Route.CONSENT,
        supplement_of=supplement_of,
        state=State.RECEIVED,
        received_on=letter.received_on,
        deadline_on=letter.deadline_on,
        sealed=b"",
        registered_by=registered_by,
        registered_at=now,
    )
    request.sealed = sealed.close(session, _place(request), {name: letter.words.get(name, "") for name in _WORDS})
    session.add(request)
    session.flush()
    return request


def words(session: Session, request: DisclosureRequest) -> dict[str, Any]:
    """Reference, asker, purpose, necessity and cases; with how the identity was confirmed, once it was."""
    return sealed.content(session, _place(request), request.sealed)


def confirm_identity(session: Session, request: DisclosureRequest, how: str, confirmed_by: str) -> None:
    """Record that the asker is who they say, found out by another way than the one the letter came by.

    Raises:
        WrongState: it was confirmed already.
    """
    demand(session, request, "confirm_identity")
    request.sealed = sealed.close(session, _place(request), words(session, request) | {"identity": how})
    request.confirmed_by, request.confirmed_at = confirmed_by, clock.now()
    request.state = State.OPEN
    session.flush()


def demand(session: Session, request: DisclosureRequest, act: str) -> None:
    """Whether the request stands where the act is done; nobody else moves it from here to the commit.

    Raises:
        WrongState: it does not.
    """
    read_anew(session, request)
    if not STATES.allows(request.state, act):
        raise WrongState(request.state)


def close(session: Session, request: DisclosureRequest, ending: str) -> None:
    """Close a request as answered, refused or taken back by the asker.

    Raises:
        WrongState: closed already, or a release is being decided.
    """
    demand(session, request, "close")
    request.state, request.closed_at, request.closed_as = State.CLOSED, clock.now(), Ending(ending)
    session.flush()


def supplement(session: Session, request: DisclosureRequest, registered_by: str) -> DisclosureRequest:
    """A new request for what could not go before: same asker, instrument and reason, already confirmed."""
    said = words(session, request)
    letter = Letter(request.recipient, request.instrument, clock.today(), said)
    new = register(
        session,
        letter,
        organisation=request.organisation,
        registered_by=registered_by,
        supplement_of=request.id,
    )
    if request.confirmed_at is not None:
        confirm_identity(session, new, said.get("identity", ""), str(request.confirmed_by))
    return new


def find(session: Session, request_id: str) -> DisclosureRequest | None:
    """The request of that id."""
    return session.get(DisclosureRequest, request_id)


def listed(session: Session, *, state: str | None = None, recipient: str | None = None) -> list[DisclosureRequest]:
    """The requests, latest first; only those of a state or of a recipient where one is given."""
    query = select(DisclosureRequest).order_by(DisclosureRequest.registered_at.desc(), DisclosureRequest.number.desc())
    if state:
        query = query.where(DisclosureRequest.state == state)
    if recipient:
        query = query.where(DisclosureRequest.recipient == recipient)
    return list(session.scalars(query))


def supplements_of(session: Session, request: DisclosureRequest) -> list[DisclosureRequest]:
    """The later requests that add to this one."""
    query = select(DisclosureRequest).where(DisclosureRequest.supplement_of == request.id)
    return list(session.scalars(query.order_by(DisclosureRequest.registered_at)))


def _place(request: DisclosureRequest) -> str:
    return f"disclosure_requests.sealed:{request.id}"
