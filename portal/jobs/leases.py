"""Leases: of several processes that could run a task, one does; when it is killed, its lease lapses."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.columns import Clear, clear
from vault.database import Base, insert
from vault.types import Id, Instant


class JobLease(Base):
    """Who runs a task, and until when nobody else does."""

    __tablename__ = "job_leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True, info=clear(Clear.MACHINE))
    holder: Mapped[str] = mapped_column(Id)
    until: Mapped[datetime] = mapped_column(Instant)


def take(session: Session, name: str, holder: str, until: datetime) -> bool:
    """Take or renew the lease on `name` in the caller's transaction; False while somebody else has it.

    Who waits for another's uncommitted lease on PostgreSQL sees it once it is committed, and does not get it.
    """
    wanted = {"holder": holder, "until": until}
    upsert = insert(session)(JobLease).values(name=name, **wanted)
    free = (JobLease.until <= clock.now()) | (JobLease.holder == holder)
    taken = upsert.on_conflict_do_update(index_elements=[JobLease.name], set_=wanted, where=free)
    return session.connection().execute(taken.returning(JobLease.name)).first() is not None
