"""Support cases: whose, in whose hands, how far, and who may see what of them."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger.revisions import lock
from consent.people import support
from consent.people.subjects import Enrolment
from mhpss import entries, sealed
from mhpss.entries import EntryKind
from vault import clock, numbering, staff
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, keyring, new_id
from vault.keys import KeyKind
from vault.refusals import Refused
from vault.states import Act, StateMachine
from vault.types import Id, Instant


class CaseState(StrEnum):
    """How far a case has come."""

    INTAKE = "intake"
    OPEN = "open"
    ASSIGNED = "assigned"
    ACTIVE = "active"
    CLOSED = "closed"
    REOPENED = "reopened"
    ERASED = "erased"


class RiskLevel(StrEnum):
    """How much somebody is at risk."""

    NONE = "none"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"
    IMMINENT = "imminent"


_COORDINATOR, _PSYCHOLOGIST = ("coordinator",), ("psychologist",)
_HELD = (CaseState.ASSIGNED, CaseState.ACTIVE, CaseState.REOPENED)
# In these a case waits for the coordinator to say in whose hands it is.
UNASSIGNED = frozenset({CaseState.OPEN, CaseState.REOPENED})
_RUNNING = (CaseState.INTAKE, CaseState.OPEN, *_HELD)
RUNNING = frozenset(_RUNNING)
# What may be done with a case in each state (spec/40); handing a case over at intake leaves it there.
STATES = StateMachine(
    CaseState,
    {
        "open": Act((CaseState.INTAKE,), CaseState.OPEN, _PSYCHOLOGIST),
        "assign": Act((CaseState.OPEN, *_HELD), CaseState.ASSIGNED, _COORDINATOR),
        "hand_over": Act((CaseState.INTAKE,), None, _COORDINATOR),
        "begin_support": Act((CaseState.ASSIGNED, CaseState.REOPENED), CaseState.ACTIVE, _PSYCHOLOGIST),
        "write": Act(_RUNNING, None, _PSYCHOLOGIST),
        "close": Act(_RUNNING, CaseState.CLOSED, _PSYCHOLOGIST),
        "reopen": Act((CaseState.CLOSED,), CaseState.REOPENED, _PSYCHOLOGIST),
        "erase": Act((*_RUNNING, CaseState.CLOSED), CaseState.ERASED, ("psychologist", "clock")),
    },
    final={CaseState.ERASED},
    waits_for={
        CaseState.INTAKE: "psychologist",
        CaseState.OPEN: "coordinator",
        CaseState.ASSIGNED: "psychologist",
        CaseState.ACTIVE: "psychologist",
        CaseState.REOPENED: "coordinator",
    },
)
# The layers of the IASC pyramid, from basic services to specialised care.
LAYERS = (1, 2, 3, 4)
# The harmless sides of accounts: whoever forces somebody may ask there, and it is nobody's case.
HARMLESS = select(Enrolment.subject_id).where(Enrolment.hidden)


class NoConsent(Refused):
    """The person does not allow a case to be kept, or does no longer: nothing new is written about them."""


class NotNow(Refused):
    """The step does not fit the state of the case."""


class NothingWritten(Refused):
    """A note in which nothing stands."""


class HasCase(Refused):
    """The person has a case already; it is reopened instead."""


class Case(Base):
    """A case of support. `psychologist` and `supervisor` are accounts; what was said is sealed under the case's key.

    Without a psychologist, somebody asked for support and waits for the coordinator to say in whose hands they are.
    `erased_at` is when its person was erased, `keep_until` how long clinical law keeps the record even so, and
    `kept_by` the psychologist who decided that it is kept till then.
    """

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint("layer IS NULL OR layer BETWEEN 1 AND 4", name="layer"),
        CheckConstraint("supervisor IS NULL OR supervisor <> psychologist", name="supervisor"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(12), unique=True, info=clear(Clear.IDENTIFIER))
    subject_id: Mapped[str] = mapped_column(ForeignKey("subjects.id"), unique=True)
    organisation: Mapped[str] = mapped_column(ForeignKey("organisations.key"), index=True)
    state: Mapped[CaseState] = mapped_column(String(10), index=True)
    language: Mapped[str] = mapped_column(String(2), info=clear(Clear.CODE))
    remote: Mapped[bool]
    psychologist: Mapped[str | None] = mapped_column(Id, index=True)
    supervisor: Mapped[str | None] = mapped_column(Id, index=True)
    layer: Mapped[int | None] = mapped_column(info=clear(Clear.CODE))
    risk: Mapped[RiskLevel | None] = mapped_column(String(10))
    risk_at: Mapped[datetime | None] = mapped_column(Instant)
    risk_review_on: Mapped[date | None] = mapped_column(Date)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    may_contact: Mapped[bool]
    erased_at: Mapped[datetime | None] = mapped_column(Instant)
    keep_until: Mapped[date | None] = mapped_column(Date)
    kept_by: Mapped[str | None] = mapped_column(Id)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.CASE))


@dataclass(frozen=True, slots=True)
class Intake:
    """What is noted when somebody asks for help; `support_person` is the first name agreed for the psychologist."""

    asked_for: str
    safe_contact: str
    may_be_told: str = ""
    immediate_needs: str = ""
    support_person: str = ""
    country: str = ""


def begin(
    session: Session,
    subject_id: str,
    organisation: str,
    intake: Intake,
    *,
    language: str,
    remote: bool,
    psychologist: str | None,
    author: str,
) -> Case:
    """Take somebody in, held by the psychologist until the coordinator assigns the case; None: nobody has it yet.

    Raises:
        NoConsent: the person has not allowed a case about them (`mhpss.case`).
        HasCase: there is one.
    """
    # Two who are taken in at one moment get a number each, and nobody gets two cases.
    lock(session)
    if not support.may_hold_case(session, subject_id):
        raise NoConsent
    if session.scalar(select(Case.id).where(Case.subject_id == subject_id)) is not None:
        raise HasCase
    case_id = new_id()
    keyring(session).create([case_id], KeyKind.CASE)
    now = clock.now()
    case = Case(
        id=case_id,
        number=f"M-{numbering.draw(session, 'cases'):04d}",
        subject_id=subject_id,
        organisation=organisation,
        state=CaseState.INTAKE,
        language=language,
        remote=remote,
        psychologist=psychologist,
        asked_at=now,
        changed_at=now,
        may_contact=True,
        sealed=sealed.close(session, case_id, _place(case_id), asdict(intake)),
    )
    session.add(case)
    session.flush()
    entries.write(session, case.id, EntryKind.INTAKE, author)
    return case


def intake_of(session: Session, case: Case) -> Intake:
    """What was noted at intake, as it stands now."""
    return Intake(**sealed.content(session, case.id, _place(case.id), case.sealed))


def keep_intake(session: Session, case: Case, intake: Intake, author: str) -> None:
    """Replace what was noted at intake.

    Raises:
        NoConsent: it was withdrawn.
    """
    demand_consent(session, case)
    case.sealed = sealed.close(session, case.id, _place(case.id), asdict(intake))
    entries.write(session, case.id, EntryKind.CONTACT_CHANGED, author)


def demand_consent(session: Session, case: Case) -> None:
    """Let nothing new be written about somebody who does not allow it any more.

    Raises:
        NoConsent: `mhpss.case` does not stand.
    """
    if not support.may_hold_case(session, case.subject_id):
        raise NoConsent


def open_case(session: Session, case: Case, layer: int, author: str) -> None:
    """End the intake: the case is open and waits to be assigned.

    Raises:
        NotNow, NoConsent.
        ValueError: not a layer of the pyramid.
    """
    if layer not in LAYERS:
        raise ValueError(layer)
    demand_consent(session, case)
    case.layer = layer
    move(session, case, "open", author)


def assign(session: Session, case: Case, psychologist: str, supervisor: str | None, author: str) -> None:
    """Give a case to a psychologist, or hand it from one to another; the one before sees it no more.

    Whoever gets a case at intake finishes the intake first.

    Raises:
        NotNow: the case is closed.
        ValueError: one person as both.
    """
    if staff.same_person(session, psychologist, supervisor):
        raise ValueError(supervisor)
    waits = case.state in UNASSIGNED or case.psychologist is None
    kind = EntryKind.ASSIGNED if waits else EntryKind.TRANSFERRED
    if case.state != CaseState.INTAKE:
        move(session, case, "assign", author, kind=kind)
    else:
        entries.write(session, case.id, kind, author)
    case.psychologist, case.supervisor = psychologist, supervisor


def reopen(session: Session, case: Case, author: str) -> None:
    """Take up a closed case again.

    Raises:
        NotNow, NoConsent.
    """
    demand_consent(session, case)
    move(session, case, "reopen", author)


def move(
    session: Session,
    case: Case,
    act: str,
    author: str,
    *,
    kind: EntryKind | None = None,
    content: Mapping[str, Any] | None = None,
) -> None:
    """Do an act that leads to another state; the history has it as what the case becomes, unless `kind` says more.

    Raises:
        NotNow: the act is not done in the state of the case.
    """
    demand(case, act)
    case.state, case.changed_at = CaseState(STATES.acts[act].to or case.state), clock.now()
    entries.write(session, case.id, kind or EntryKind(case.state), author, content)


def demand(case: Case, act: str) -> None:
    """Let an act be done only in the states that have it.

    Raises:
        NotNow: the case stands elsewhere.
    """
    if not STATES.allows(case.state, act):
        raise NotNow


def keep(session: Session, case: Case, kind: EntryKind, author: str, content: Mapping[str, Any]) -> None:
    """Write a safety plan, goals or a document note; what stood before stays in the history.

    Raises:
        NoConsent: it was withdrawn.
        NotNow: the case is closed.
        NothingWritten: all of it is empty.
    """
    demand_consent(session, case)
    demand(case, "write")
    if not any(content.values()):
        raise NothingWritten
    entries.write(session, case.id, kind, author, content)


def stop_contact(session: Session, case: Case, author: str, *, stopped: bool) -> None:
    """Follow the person's "stop contacting me", or their taking it back; no reason asked."""
    case.may_contact = not stopped
    entries.write(session, case.id, EntryKind.CONTACT_STOPPED if stopped else EntryKind.CONTACT_ALLOWED, author)


def by_number(session: Session, number: str) -> Case | None:
    """The case with that number; None where it was erased."""
    return session.scalar(select(Case).where(Case.number == number, Case.state != CaseState.ERASED))


def of_person(session: Session, subject_id: str) -> Case | None:
    """The case of a person; None where it was erased."""
    return session.scalar(select(Case).where(Case.subject_id == subject_id, Case.state != CaseState.ERASED))


def held_by(session: Session, account_id: str, *, states: Collection[str] = RUNNING) -> list[Case]:
    """The caseload of a psychologist, by number."""
    query = select(Case).where(Case.psychologist == account_id, Case.state.in_(states))
    return list(session.scalars(query.order_by(Case.number)))


def supervised_by(session: Session, account_id: str) -> list[Case]:
    """The running cases that somebody supervises, by number."""
    query = select(Case).where(Case.supervisor == account_id, Case.state.in_(RUNNING))
    return list(session.scalars(query.order_by(Case.number)))


def at_organisation(session: Session, organisation: str) -> list[Case]:
    """Every running case of an organisation, the longest waiting first: what a coordinator assigns from."""
    query = select(Case).where(Case.organisation == organisation, Case.state.in_(RUNNING))
    found = query.where(Case.subject_id.not_in(HARMLESS)).order_by(Case.asked_at, Case.number)
    return list(session.scalars(found))


def _place(case_id: str) -> str:
    return f"cases.sealed:{case_id}"
