"""Who saw or did what, when, on whose data: append-only."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.database import Base
from vault.types import BigKey, Instant


class AuditEntry(Base):
    """One act of one account. Holds identifiers only, never content."""

    __tablename__ = "audit_entries"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    account_id: Mapped[str | None] = mapped_column(String(32))
    role: Mapped[str] = mapped_column(String(20))
    organisation: Mapped[str | None] = mapped_column(String(40))
    act: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str | None] = mapped_column(String(32), index=True)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account in its role, a store, or the system's own clock."""

    role: str
    account_id: str | None = None
    organisation: str | None = None


SYSTEM = Actor("system")


def record(session: Session, actor: Actor, act: str, subject_id: str | None = None) -> None:
    """Write that `actor` did `act` (a stable word such as "consent.withdraw") on the data of `subject_id`."""
    session.add(
        AuditEntry(
            at=clock.now(),
            account_id=actor.account_id,
            role=actor.role,
            organisation=actor.organisation,
            act=act,
            subject_id=subject_id,
        )
    )


def latest(session: Session, limit: int = 100, before: int | None = None) -> list[AuditEntry]:
    """The last `limit` entries, newest first; of those before a position where one is given."""
    query = select(AuditEntry).order_by(AuditEntry.position.desc()).limit(limit)
    if before is not None:
        query = query.where(AuditEntry.position < before)
    return list(session.scalars(query))


def of_person(session: Session, subject_id: str, limit: int = 200) -> list[AuditEntry]:
    """The last acts on the data of a person, newest first."""
    query = select(AuditEntry).where(AuditEntry.subject_id == subject_id).order_by(AuditEntry.position.desc())
    return list(session.scalars(query.limit(limit)))
