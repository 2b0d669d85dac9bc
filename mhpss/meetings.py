"""Sessions with a person, planned and held, and the days on which somebody gets in touch again."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, LargeBinary, String, case, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mhpss import cases, entries, sealed
from mhpss.cases import Case
from mhpss.entries import EntryKind
from vault import clock
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, in_parts, new_id
from vault.types import Id, Instant


class Modality(StrEnum):
    """How a session is held."""

    IN_PERSON = "in_person"
    VIDEO = "video"
    VOICE = "voice"
    TEXT = "text"


class SessionOutcome(StrEnum):
    """How a session went; planned until somebody says so."""

    PLANNED = "planned"
    ATTENDED = "attended"
    MISSED = "missed"
    CANCELLED = "cancelled"


class CaseSession(Base):
    """One session. Its note is sealed under the case's key."""

    __tablename__ = "case_sessions"
    __table_args__ = (CheckConstraint("minutes BETWEEN 1 AND 600", name="minutes"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(Instant)
    minutes: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    modality: Mapped[Modality] = mapped_column(String(10))
    outcome: Mapped[SessionOutcome] = mapped_column(String(10), index=True)
    author: Mapped[str] = mapped_column(Id)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_to(Owner.CASE))


class FollowUp(Base):
    """A day on which somebody gets in touch; what for is sealed under the case's key."""

    __tablename__ = "case_follow_ups"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    due_on: Mapped[date] = mapped_column(Date)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.CASE))


def plan(session: Session, case: Case, starts_at: datetime, minutes: int, modality: str, author: str) -> CaseSession:
    """Put a session in the calendar.

    Raises:
        cases.NoConsent, cases.NotNow: the person does not allow it any more, or the case is closed.
        ValueError: not a modality, or a length nobody sits through.
    """
    cases.demand_consent(session, case)
    cases.demand(case, "write")
    if modality not in tuple(Modality) or not 1 <= minutes <= 600:
        raise ValueError(modality)
    planned = CaseSession(
        id=new_id(),
        case_id=case.id,
        starts_at=starts_at,
        minutes=minutes,
        modality=Modality(modality),
        outcome=SessionOutcome.PLANNED,
        author=author,
    )
    session.add(planned)
    session.flush()
    return planned


def hold(session: Session, case: Case, meeting: CaseSession, outcome: str, note: str, author: str) -> None:
    """Say how a session went, with its note; the first one attended makes the case active.

    Raises:
        cases.NoConsent: it was withdrawn; no note is written.
        cases.NotNow: said already, or it lies ahead and was not cancelled.
        ValueError: not an outcome.
    """
    cases.demand_consent(session, case)
    if outcome not in tuple(SessionOutcome) or outcome == SessionOutcome.PLANNED:
        raise ValueError(outcome)
    ahead = meeting.starts_at > clock.now() and outcome != SessionOutcome.CANCELLED
    if meeting.outcome != SessionOutcome.PLANNED or meeting.case_id != case.id or ahead:
        raise cases.NotNow
    meeting.outcome = SessionOutcome(outcome)
    if note:
        meeting.sealed = sealed.close(session, case.id, _place(meeting.id), {"note": note})
    entries.write(session, case.id, EntryKind(f"session_{outcome}"), author)
    if outcome == SessionOutcome.ATTENDED and cases.STATES.allows(case.state, "begin_support"):
        cases.move(session, case, "begin_support", author)


def note_of(session: Session, meeting: CaseSession) -> str:
    """What was written about a session."""
    if meeting.sealed is None:
        return ""
    return str(sealed.content(session, meeting.case_id, _place(meeting.id), meeting.sealed)["note"])


def of_case(session: Session, case_id: str) -> list[CaseSession]:
    """The sessions of a case, latest first."""
    query = select(CaseSession).where(CaseSession.case_id == case_id)
    return list(session.scalars(query.order_by(CaseSession.starts_at.desc())))


def find(session: Session, case: Case, meeting_id: str) -> CaseSession | None:
    """A session of that case."""
    return session.scalar(select(CaseSession).where(CaseSession.id == meeting_id, CaseSession.case_id == case.id))


def planned(session: Session, case_ids: Collection[str]) -> list[CaseSession]:
    """The planned sessions of some cases, the next one first; those that have passed wait for their outcome."""
    found: list[CaseSession] = []
    for part in in_parts(case_ids):
        query = select(CaseSession).where(CaseSession.case_id.in_(part), CaseSession.outcome == SessionOutcome.PLANNED)
        found += session.scalars(query)
    return sorted(found, key=lambda meeting: meeting.starts_at)


@dataclass(slots=True)
class Attendance:
    """How sessions of a case went: `counts` by outcome in a period, and what lies at its edges.

    `first` is the first session ever attended; `came` and `missed` are the last ones of their kind before the period's
    end, `next_came` the first one attended from then on.
    """

    counts: dict[str, int] = field(default_factory=dict)
    first: datetime | None = None
    came: datetime | None = None
    missed: datetime | None = None
    next_came: datetime | None = None


def attendance(session: Session, since: datetime, until: datetime) -> dict[str, Attendance]:
    """How the sessions of every case went from `since` until before `until`, read in one pass."""
    at, outcome = CaseSession.starts_at, CaseSession.outcome
    query = select(
        CaseSession.case_id,
        outcome,
        func.count(case(((at >= since) & (at < until), 1))),
        func.min(at),
        func.max(case((at < until, at))),
        func.min(case((at >= until, at))),
    )
    found: dict[str, Attendance] = {}
    for case_id, how, count, first, last, following in session.execute(query.group_by(CaseSession.case_id, outcome)):
        of = found.setdefault(case_id, Attendance())
        of.counts[how] = count
        if how == SessionOutcome.ATTENDED:
            of.first, of.came, of.next_came = first, last, following
        elif how == SessionOutcome.MISSED:
            of.missed = last
    return found


def follow_up(session: Session, case: Case, due_on: date, what: str, author: str) -> FollowUp:
    """Note a day on which to get in touch.

    Raises:
        cases.NoConsent, cases.NotNow: it was withdrawn, or the case is closed.
    """
    cases.demand_consent(session, case)
    cases.demand(case, "write")
    follow_id = new_id()
    shut = sealed.close(session, case.id, _follow_place(follow_id), {"what": what})
    follow = FollowUp(id=follow_id, case_id=case.id, due_on=due_on, sealed=shut)
    session.add(follow)
    entries.write(session, case.id, EntryKind.FOLLOW_UP, author, {"due_on": due_on.isoformat(), "what": what})
    return follow


def done(session: Session, case: Case, follow: FollowUp, author: str) -> None:
    """Note that somebody got in touch.

    Raises:
        cases.NotNow: done already.
    """
    if follow.done_at is not None or follow.case_id != case.id:
        raise cases.NotNow
    follow.done_at = clock.now()
    entries.write(session, case.id, EntryKind.FOLLOW_UP_DONE, author)


def what_for(session: Session, follow: FollowUp) -> str:
    """What a follow-up is for."""
    return str(sealed.content(session, follow.case_id, _follow_place(follow.id), follow.sealed)["what"])


def waiting(session: Session, case_ids: Collection[str]) -> list[FollowUp]:
    """The follow-ups of some cases that are not done, the earliest first."""
    found: list[FollowUp] = []
    for part in in_parts(case_ids):
        query = select(FollowUp).where(FollowUp.case_id.in_(part), FollowUp.done_at.is_(None))
        found += session.scalars(query)
    return sorted(found, key=lambda follow: follow.due_on)


def _place(meeting_id: str) -> str:
    return f"case_sessions.sealed:{meeting_id}"


def _follow_place(follow_id: str) -> str:
    return f"case_follow_ups.sealed:{follow_id}"
