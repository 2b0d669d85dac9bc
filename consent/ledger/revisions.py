"""Revisions: one per writing transaction, numbered under the ledger's lock, so that their order is the commit order."""

from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, and_, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.columns import Clear, clear
from vault.database import Base
from vault.types import BigKey, Instant

Revision: TypeAlias = int


class RevisionRow(Base):
    """When each revision was recorded. Append-only."""

    __tablename__ = "revisions"

    revision: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime] = mapped_column(Instant, index=True)


class LedgerHead(Base):
    """The one row whose lock orders all writers."""

    __tablename__ = "ledger_head"

    id: Mapped[int] = mapped_column(primary_key=True, info=clear(Clear.NUMBER))
    revision: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    position: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))


class Moment:
    """The revision that a transaction writes, its recorded time, and the last position taken in the ledger."""

    __slots__ = ("position", "recorded_at", "revision")

    def __init__(self, revision: Revision, recorded_at: datetime, position: int) -> None:
        self.revision = revision
        self.recorded_at = recorded_at
        self.position = position


def open_moment(session: Session) -> Moment:
    """Take the ledger's lock, held until commit, and the revision of this transaction.

    `recorded_at` = max(now, last + 1 µs). Called again in the same transaction it answers the same revision.
    On PostgreSQL the lock is on the head row; on SQLite the writing transaction holds it from its beginning.
    Whoever writes what the ledger orders calls this before reading what the write depends on.
    """
    if (known := session.info.get("moment")) is not None:
        opened: Moment = known
        return opened
    head = lock(session)
    recorded_at = max(clock.now(), head.recorded_at + clock.MICROSECOND)
    moment = Moment(head.revision + 1, recorded_at, head.position)
    session.execute(insert(RevisionRow).values(revision=moment.revision, recorded_at=recorded_at))
    session.execute(
        update(LedgerHead)
        .where(LedgerHead.id == 1)
        .values(revision=moment.revision, recorded_at=recorded_at)
        .execution_options(synchronize_session=False)
    )
    session.info["moment"] = moment
    return moment


def lock(session: Session) -> Row[int, datetime, int]:
    """Take the ledger's lock until commit without taking a revision yet: revision, recorded time, position."""
    return session.execute(
        select(LedgerHead.revision, LedgerHead.recorded_at, LedgerHead.position)
        .where(LedgerHead.id == 1)
        .with_for_update()
    ).one()


def read_anew(session: Session, row: object) -> None:
    """Take the ledger's lock and read `row` as it stands then: nobody else changes it from here to the commit."""
    session.flush()
    lock(session)
    session.refresh(row)


def present(session: Session) -> tuple[Revision, datetime]:
    """The last committed revision that `session` sees, and a present that is never before its recording."""
    head = session.execute(select(LedgerHead.revision, LedgerHead.recorded_at).where(LedgerHead.id == 1)).one()
    return head.revision, max(clock.now(), head.recorded_at)


def revision_at(session: Session, moment: datetime) -> Revision:
    """The last revision recorded at or before `moment`; 0 before the first."""
    last = select(func.max(RevisionRow.revision)).where(RevisionRow.recorded_at <= moment)
    return session.scalar(last) or 0


def as_known(table: Any, revision: Revision | None) -> ColumnElement[bool]:
    """The condition that picks the versioned rows of `table` as known at `revision` (None: now)."""
    if revision is None:
        return table.to_revision.is_(None)  # type: ignore[no-any-return]
    return and_(table.from_revision <= revision, or_(table.to_revision.is_(None), table.to_revision > revision))
