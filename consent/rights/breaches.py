"""The breach register: what happened, by when the authority is told, and the people to inform (Art. 33, 34)."""

import json
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger import ledger
from consent.ledger.events import Draft, Kind
from consent.ledger.revisions import lock, read_anew
from consent.people.organisations import Organisation
from consent.rights import clock as legal_clock
from vault import clock
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, keyring, new_id
from vault.keys import HOUSE
from vault.refusals import Refused
from vault.states import Act, StateMachine
from vault.types import Id, Instant, Json


class Risk(StrEnum):
    """How likely a breach is to harm the people concerned (GDPR Art. 33 and 34)."""

    UNLIKELY = "unlikely"
    RISK = "risk"
    HIGH_RISK = "high_risk"


class BreachState(StrEnum):
    """Whether something is left to do about a breach."""

    OPEN = "open"
    CLOSED = "closed"


_DPO = ("dpo",)
STATES = StateMachine(
    BreachState,
    {
        "notified": Act((BreachState.OPEN,), None, _DPO),
        "informed": Act((BreachState.OPEN,), None, _DPO),
        "closed": Act((BreachState.OPEN,), BreachState.CLOSED, _DPO),
    },
    final={BreachState.CLOSED},
    waits_for={BreachState.OPEN: "dpo"},
)


class AlreadyClosed(Refused):
    """Nothing is left to do about the breach: what happens now is another one."""


class Breach(Base):
    """A breach of personal data. What happened and what was done is sealed; `people` are ids of those affected."""

    __tablename__ = "breaches"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.key"))
    aware_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    risk: Mapped[Risk] = mapped_column(String(10))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.HOUSE))
    people: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.IDENTIFIER))
    informed: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.IDENTIFIER))
    notified_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def state(self) -> BreachState:
        """Whether something is left to do."""
        return BreachState.OPEN if self.closed_at is None else BreachState.CLOSED


def enter(
    session: Session,
    organisation: str,
    *,
    aware_at: datetime,
    risk: str,
    what: str,
    measures: str,
    people: Collection[str],
    author: str,
) -> Breach:
    """Enter a breach; the 72 hours run from awareness (GDPR Art. 33(1)).

    Raises:
        ledger.NotYetSaid: awareness in the future.
        ValueError: an unknown risk.
    """
    if aware_at > clock.now():
        raise ledger.NotYetSaid
    country = session.get_one(Organisation, organisation).country
    breach = Breach(
        id=new_id(),
        organisation=organisation,
        aware_at=aware_at,
        due_at=legal_clock.breach_deadline(aware_at, country),
        risk=Risk(risk),
        sealed=b"",
        people=sorted(people),
        informed=[],
        notified_at=None,
        closed_at=None,
    )
    content = json.dumps({"what": what, "measures": measures}).encode()
    breach.sealed = keyring(session).seal(HOUSE, f"breaches.sealed:{breach.id}", content)
    session.add(breach)
    session.flush()
    _event(session, breach, "entered", author)
    return breach


def content(session: Session, breach: Breach) -> dict[str, Any]:
    """What happened and what was done about it."""
    opened: dict[str, Any] = json.loads(keyring(session).unseal(HOUSE, f"breaches.sealed:{breach.id}", breach.sealed))
    return opened


def listed(session: Session) -> list[Breach]:
    """Every breach: those still open first, the soonest due first."""
    return list(session.scalars(select(Breach).order_by(Breach.closed_at.is_not(None), Breach.due_at)))


def notified(session: Session, breach: Breach, author: str) -> None:
    """The authority has been told; twice changes nothing.

    Raises:
        AlreadyClosed: nothing is left to do.
    """
    _demand(session, breach, "notified")
    if breach.notified_at is not None:
        return
    breach.notified_at = clock.now()
    _event(session, breach, "notified", author)


def informed(session: Session, breach: Breach, subject_id: str, author: str) -> None:
    """A person has been told, in the way that is safe for them (Art. 34); twice changes nothing.

    Raises:
        AlreadyClosed: nothing is left to do.
    """
    _demand(session, breach, "informed")
    if subject_id in breach.people and subject_id not in breach.informed:
        breach.informed = sorted([*breach.informed, subject_id])
        _event(session, breach, "informed", author)


def close(session: Session, breach: Breach, author: str) -> None:
    """Nothing is left to do.

    Raises:
        AlreadyClosed: it was closed before.
    """
    _demand(session, breach, "closed")
    breach.closed_at = clock.now()
    _event(session, breach, "closed", author)


def _demand(session: Session, breach: Breach, act: str) -> None:
    lock(session)
    read_anew(session, breach)
    if not STATES.allows(breach.state, act):
        raise AlreadyClosed


def _event(session: Session, breach: Breach, step: str, author: str) -> None:
    body = {"breach": breach.id, "step": step, "due_at": clock.rfc3339(breach.due_at)}
    ledger.append(session, [Draft(Kind.RIGHTS_REQUEST, author=author, body=body)])
    session.flush()
