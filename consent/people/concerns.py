"""Signs that somebody is being forced: a confidential task for the data protection officer, seen by nobody else."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.database import Base, new_id
from vault.types import Id, Instant


class Ground(StrEnum):
    """What the concern rests on."""

    LOOKS_FORCED = "looks_forced"
    SECOND_PASSPHRASE = "second_passphrase"  # noqa: S105 - its name  # nosec B105


class Concern(Base):
    """A sign that somebody is forced. What stops, stops all the same; an erasure is held while this is open."""

    __tablename__ = "concerns"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), index=True)
    raised_by: Mapped[str] = mapped_column(Id)
    raised_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    ground: Mapped[Ground] = mapped_column(String(20))


def raise_concern(session: Session, subject_id: str, raised_by: str, ground: Ground = Ground.LOOKS_FORCED) -> Concern:
    """Note that a person seems to be forced; one that is open already on that ground stays the one."""
    open_one = session.scalar(
        select(Concern).where(Concern.subject_id == subject_id, Concern.settled_at.is_(None), Concern.ground == ground)
    )
    if open_one is not None:
        return open_one
    concern = Concern(
        id=new_id(),
        subject_id=subject_id,
        raised_by=raised_by,
        raised_at=clock.now(),
        settled_at=None,
        ground=ground,
    )
    session.add(concern)
    session.flush()
    return concern


def is_open(session: Session, subject_id: str, ground: Ground | None = None) -> bool:
    """Whether a concern about a person is open: on that ground, or on any."""
    query = select(Concern.id).where(Concern.subject_id == subject_id, Concern.settled_at.is_(None))
    if ground is not None:
        query = query.where(Concern.ground == ground)
    return session.scalar(query.limit(1)) is not None


def subject_of(session: Session, concern_id: str) -> str | None:
    """Whom an open concern is about."""
    return session.scalar(select(Concern.subject_id).where(Concern.id == concern_id, Concern.settled_at.is_(None)))


def all_open(session: Session) -> list[Concern]:
    """Every open concern, oldest first."""
    return list(session.scalars(select(Concern).where(Concern.settled_at.is_(None)).order_by(Concern.raised_at)))


def settle(session: Session, concern_id: str) -> None:
    """Close a concern: the partner has spoken with the person."""
    session.execute(
        update(Concern).where(Concern.id == concern_id, Concern.settled_at.is_(None)).values(settled_at=clock.now())
    )
