"""Making sure of services again: which are due, and what was tried when a provider could not be reached."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mhpss.services import directory
from mhpss.services.directory import Provider, Service
from vault import clock
from vault.columns import Owner, sealed_to
from vault.database import Base, in_parts, keyring, new_id
from vault.keys import HOUSE
from vault.policy import in_force, law
from vault.types import Id, Instant


class Attempt(Base):
    """Somebody tried to make sure of a service and could not reach the provider; what they noted is sealed."""

    __tablename__ = "service_attempts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("services.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    author: Mapped[str] = mapped_column(Id)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.HOUSE))


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt that was in vain, and what was noted of it."""

    at: datetime
    author: str
    note: str


def due(session: Session) -> list[tuple[Service, Provider]]:
    """The services to make sure of now, those that nobody made sure of for longest first.

    A service is due when it is stale (spec/40: after 90 days), closed or open; after an attempt in vain it is due
    again on the seventh day.
    """
    stale = [each for each in directory.listed(session) if each[0].is_stale()]
    tried = _last_tried(session, [service.id for service, _provider in stale])
    today, postponed = clock.today(), in_force.value(session, law.SERVICE_POSTPONED)
    return [each for each in stale if each[0].id not in tried or today - tried[each[0].id].date() >= postponed]


def note_attempt(session: Session, service: Service, note: str, author: str) -> None:
    """Keep that a service's provider could not be reached, which postpones the task by seven days."""
    attempt_id = new_id()
    session.add(
        Attempt(
            id=attempt_id,
            service_id=service.id,
            at=clock.now(),
            author=author,
            sealed=keyring(session).seal(HOUSE, _place(attempt_id), note.encode()),
        )
    )
    session.flush()


def attempts_of(session: Session, service: Service) -> list[Tried]:
    """What was tried in vain, the latest first."""
    query = select(Attempt).where(Attempt.service_id == service.id).order_by(Attempt.at.desc(), Attempt.id)
    return [
        Tried(each.at, each.author, keyring(session).unseal(HOUSE, _place(each.id), each.sealed).decode())
        for each in session.scalars(query)
    ]


def _last_tried(session: Session, service_ids: Collection[str]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for part in in_parts(service_ids):
        query = select(Attempt.service_id, func.max(Attempt.at)).where(Attempt.service_id.in_(part))
        for service_id, at in session.execute(query.group_by(Attempt.service_id)):
            found[service_id] = at
    return found


def _place(attempt_id: str) -> str:
    return f"service_attempts.sealed:{attempt_id}"
