"""The history of a support case: what was done and written in it, and who looked, both append-only.

The house's own audit names no person in an act of support: whoever reads it learns that somebody at the desk worked.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mhpss import sealed
from vault import audit, clock
from vault.audit import Actor
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, in_parts, new_id
from vault.types import BigKey, Id, Instant

# What the house's own audit has of any act at the support desk.
WORK = "support.work"


class EntryKind(StrEnum):
    """What is written in the history of a case."""

    INTAKE = "intake"
    CONTACT_CHANGED = "contact_changed"
    OPEN = "open"
    ASSIGNED = "assigned"
    TRANSFERRED = "transferred"
    ACTIVE = "active"
    CLOSED = "closed"
    REOPENED = "reopened"
    ERASED = "erased"
    CONTACT_STOPPED = "contact_stopped"
    CONTACT_ALLOWED = "contact_allowed"
    SAFETY_PLAN = "safety_plan"
    GOALS = "goals"
    DOCUMENT = "document"
    RISK = "risk"
    RISK_SIGN = "risk_sign"
    RISK_REVIEW = "risk_review"
    RISK_ESCALATED = "risk_escalated"
    SESSION_ATTENDED = "session_attended"
    SESSION_MISSED = "session_missed"
    SESSION_CANCELLED = "session_cancelled"
    FOLLOW_UP = "follow_up"
    FOLLOW_UP_DONE = "follow_up_done"
    MEASURE = "measure"
    MEASURE_OFFERED = "measure_offered"
    WISH = "wish"
    ACT_CONFIRMED = "act_confirmed"
    PROVIDER_TOLD = "provider_told"
    BREAK_GLASS = "break_glass"
    FEEDBACK = "feedback"
    ASKED_AGAIN = "asked_again"
    PAGES_OPENED = "pages_opened"
    COPY_PREPARED = "copy_prepared"
    PERSON_ERASED = "person_erased"
    KEPT_BY_LAW = "kept_by_law"


class CaseReading(StrEnum):
    """What was read of a case, as its history keeps it."""

    CASE = "read"
    CASE_ON_CALL = "read_on_call"
    HISTORY = "read_history"
    DOCUMENTS = "documents_read"
    DOCUMENT = "document_read"
    REFERRAL = "referral_read"
    SHEET = "sheet_read"
    NEW_REFERRAL = "referral_new_read"
    SERVICES = "services_read"
    MEASURE = "measure_read"
    COPY = "copy_read"
    ASSIGNMENT = "assignment_read"
    OWN_RESULTS = "read_results"
    BY_PROVIDER = "provider_read"


class CaseEntry(Base):
    """One thing that happened in a case. Append-only; its content is sealed under the case's key."""

    __tablename__ = "case_entries"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Id, unique=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[EntryKind] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Instant)
    author: Mapped[str] = mapped_column(Id)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_to(Owner.CASE))


class CaseAct(Base):
    """Who read or did what in a case: the audit behind the wall. Append-only."""

    __tablename__ = "case_acts"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    account_id: Mapped[str | None] = mapped_column(Id)
    role: Mapped[str] = mapped_column(String(20), info=clear(Clear.CODE))
    organisation: Mapped[str | None] = mapped_column(String(40), info=clear(Clear.CATALOGUE))
    act: Mapped[str] = mapped_column(String(30), info=clear(Clear.CODE))


def write(
    session: Session, case_id: str, kind: EntryKind, author: str, content: Mapping[str, Any] | None = None
) -> None:
    """Add to the history of a case."""
    entry_id = new_id()
    shut = sealed.close(session, case_id, _place(entry_id), content) if content else None
    session.add(CaseEntry(id=entry_id, case_id=case_id, kind=kind, at=clock.now(), author=author, sealed=shut))
    session.flush()


def of_case(session: Session, case_id: str, kind: EntryKind | None = None) -> list[tuple[CaseEntry, dict[str, Any]]]:
    """The history of a case, or of one kind in it, oldest first, each entry with its content."""
    query = select(CaseEntry).where(CaseEntry.case_id == case_id).order_by(CaseEntry.position)
    if kind is not None:
        query = query.where(CaseEntry.kind == kind)
    return [(entry, _content(session, entry)) for entry in session.scalars(query)]


def last_of_case(session: Session, case_id: str, count: int) -> list[tuple[CaseEntry, dict[str, Any]]]:
    """The last entries of a case, newest first; the others stay sealed."""
    query = select(CaseEntry).where(CaseEntry.case_id == case_id).order_by(CaseEntry.position.desc())
    return [(entry, _content(session, entry)) for entry in session.scalars(query.limit(count))]


def latest(session: Session, case_id: str, kind: EntryKind) -> dict[str, Any]:
    """The content of the last entry of a kind; empty where there is none."""
    query = select(CaseEntry).where(CaseEntry.case_id == case_id, CaseEntry.kind == kind)
    entry = session.scalar(query.order_by(CaseEntry.position.desc()).limit(1))
    return {} if entry is None else _content(session, entry)


def of_kind(
    session: Session, kind: EntryKind, case_ids: Collection[str], since: datetime, until: datetime
) -> list[tuple[str, dict[str, Any]]]:
    """What was written of a kind in some cases in a period, oldest first: case and content."""
    found: list[CaseEntry] = []
    for part in in_parts(case_ids):
        query = select(CaseEntry).where(CaseEntry.kind == kind, CaseEntry.case_id.in_(part))
        found += session.scalars(query.where(CaseEntry.at >= since, CaseEntry.at < until))
    return [(entry.case_id, _content(session, entry)) for entry in sorted(found, key=lambda each: each.position)]


def closed_by(session: Session, moment: datetime) -> frozenset[str]:
    """The cases that were closed before `moment`, and not taken up again before it."""
    newest = select(CaseEntry.case_id, CaseEntry.kind).where(
        CaseEntry.kind.in_((EntryKind.CLOSED, EntryKind.REOPENED)), CaseEntry.at < moment
    )
    last = {row.case_id: row.kind for row in session.execute(newest.order_by(CaseEntry.position))}
    return frozenset(case_id for case_id, kind in last.items() if kind == EntryKind.CLOSED)


def last_position(session: Session, case_id: str, kind: EntryKind) -> int:
    """Where the last entry of a kind stands in the history; 0 where there is none."""
    query = select(func.max(CaseEntry.position)).where(CaseEntry.case_id == case_id, CaseEntry.kind == kind)
    return session.scalar(query) or 0


def last_at(session: Session, case_id: str, kind: EntryKind) -> datetime | None:
    """When the last entry of a kind was written; None where there is none."""
    query = select(CaseEntry.at).where(CaseEntry.case_id == case_id, CaseEntry.kind == kind)
    return session.scalar(query.order_by(CaseEntry.position.desc()).limit(1))


def note_act(session: Session, actor: Actor, case_id: str, act: str) -> None:
    """Audit an act in a case: in full behind the wall, and without case or person in the house's own log."""
    session.add(
        CaseAct(
            case_id=case_id,
            at=clock.now(),
            account_id=actor.account_id,
            role=actor.role,
            organisation=actor.organisation,
            act=act,
        )
    )
    audit.record(session, actor, WORK)


def acts_in(session: Session, case_id: str) -> list[CaseAct]:
    """Who read or did what in a case, newest first."""
    query = select(CaseAct).where(CaseAct.case_id == case_id).order_by(CaseAct.position.desc())
    return list(session.scalars(query.limit(200)))


def _content(session: Session, entry: CaseEntry) -> dict[str, Any]:
    if entry.sealed is None:
        return {}
    return sealed.content(session, entry.case_id, _place(entry.id), entry.sealed)


def _place(entry_id: str) -> str:
    return f"case_entries.sealed:{entry_id}"
