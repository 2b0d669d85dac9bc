"""Signs that somebody is being forced: a confidential task for the data protection officer, seen by nobody else."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.database import Base, new_id
from vault.types import Instant


class Concern(Base):
    """A withdrawal that looked forced. Use stops all the same; an erasure is held while this is open."""

    __tablename__ = "concerns"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), index=True)
    raised_by: Mapped[str] = mapped_column(String(32))
    raised_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


def raise_concern(session: Session, subject_id: str, raised_by: str) -> Concern:
    """Note that a person seems to be forced; one that is open already stays the one."""
    open_one = session.scalar(select(Concern).where(Concern.subject_id == subject_id, Concern.settled_at.is_(None)))
    if open_one is not None:
        return open_one
    concern = Concern(id=new_id(), subject_id=subject_id, raised_by=raised_by, raised_at=clock.now(), settled_at=None)
    session.add(concern)
    session.flush()
    return concern


def all_open(session: Session) -> list[Concern]:
    """Every open concern, oldest first."""
    return list(session.scalars(select(Concern).where(Concern.settled_at.is_(None)).order_by(Concern.raised_at)))


def settle(session: Session, concern_id: str) -> None:
    """Close a concern: the partner has spoken with the person."""
    session.execute(
        update(Concern).where(Concern.id == concern_id, Concern.settled_at.is_(None)).values(settled_at=clock.now())
    )
