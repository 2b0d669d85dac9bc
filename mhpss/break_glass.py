"""Breaking the glass: the named supervisor reads a case for a day, for a reason that the psychologist is told."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mhpss import entries, sealed
from mhpss.cases import Case
from mhpss.entries import EntryKind
from vault import clock
from vault.columns import Owner, sealed_to
from vault.database import Base, in_parts, new_id
from vault.policy import in_force, law
from vault.types import Id, Instant


class NotSupervisor(Exception):
    """Only the supervisor named in the case may break the glass."""


class BrokenGlass(Base):
    """A supervisor's access to a case, with its sealed reason; `told_at` is when the psychologist has read of it."""

    __tablename__ = "broken_glass"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    supervisor: Mapped[str] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    told_at: Mapped[datetime | None] = mapped_column(Instant)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.CASE))


def break_glass(session: Session, case: Case, supervisor: str, reason: str) -> BrokenGlass:
    """Open a case to its supervisor for 24 hours.

    Raises:
        NotSupervisor: somebody else, or no reason.
    """
    if case.supervisor is None or supervisor != case.supervisor or not reason.strip():
        raise NotSupervisor
    glass_id, now = new_id(), clock.now()
    shut = sealed.close(session, case.id, _place(glass_id), {"reason": reason})
    glass = BrokenGlass(
        id=glass_id,
        case_id=case.id,
        supervisor=supervisor,
        at=now,
        until=now + in_force.value(session, law.BROKEN_GLASS),
        sealed=shut,
    )
    session.add(glass)
    entries.write(session, case.id, EntryKind.BREAK_GLASS, supervisor, {"reason": reason})
    return glass


def is_broken(session: Session, case: Case, supervisor: str) -> bool:
    """Whether the supervisor may read the case now."""
    query = select(BrokenGlass.id).where(
        BrokenGlass.case_id == case.id, BrokenGlass.supervisor == supervisor, BrokenGlass.until > clock.now()
    )
    return case.supervisor == supervisor and session.scalar(query.limit(1)) is not None


def not_told(session: Session, case_ids: Collection[str]) -> list[tuple[BrokenGlass, str]]:
    """What the psychologist of some cases has not read of yet, each with its reason."""
    found: list[BrokenGlass] = []
    for part in in_parts(case_ids):
        found += session.scalars(
            select(BrokenGlass).where(BrokenGlass.case_id.in_(part), BrokenGlass.told_at.is_(None))
        )
    return [
        (each, str(sealed.content(session, each.case_id, _place(each.id), each.sealed)["reason"]))
        for each in sorted(found, key=lambda glass: glass.at)
    ]


def tell(session: Session, case: Case) -> None:
    """Note that the psychologist has read of every access."""
    for glass, _reason in not_told(session, [case.id]):
        glass.told_at = clock.now()


def _place(glass_id: str) -> str:
    return f"broken_glass.sealed:{glass_id}"
