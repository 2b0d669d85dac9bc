"""How much there is in an installation: numbers and digests, nobody's content."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consent.ledger.events import EventRow
from consent.ledger.items import Item
from consent.ledger.revisions import LedgerHead
from consent.ledger.stores import Store
from consent.people.subjects import Enrolment, Subject


@dataclass(frozen=True, slots=True)
class State:
    """The ledger's head, and how many people, items and stores there are."""

    revision: int
    recorded_at: datetime
    events: int
    people: int
    items: int
    stores: int


def state(session: Session) -> State:
    """The present state."""
    head = session.execute(select(LedgerHead)).scalar_one()
    hidden = session.scalar(select(func.count()).where(Enrolment.hidden)) or 0
    counts = (_count(session, Subject.id) - hidden, _count(session, Item.id), _count(session, Store.id))
    return State(head.revision, head.recorded_at, head.position, *counts)


def _count(session: Session, column: object) -> int:
    return session.scalar(select(func.count(column))) or 0  # type: ignore[arg-type]


def last_leaves(session: Session, limit: int = 20) -> list[EventRow]:
    """The last events as the log holds them, newest first."""
    return list(session.scalars(select(EventRow).order_by(EventRow.position.desc()).limit(limit)))
