"""Referrals from a case to a service: nothing leaves before a yes to this provider and these fields."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger.revisions import lock
from consent.people import support
from mhpss import cases, entries, sealed
from mhpss.cases import Case
from mhpss.entries import EntryKind
from mhpss.referral import referral_table
from mhpss.referral.referral_table import Condition, Party, ReferralState, Urgency
from mhpss.services import directory
from mhpss.services.directory import Provider
from vault import clock, numbering
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, in_parts, new_id
from vault.refusals import Refused
from vault.types import BigKey, Id, Instant, Json


class SharedField(StrEnum):
    """What a provider may be given, beside the service, the urgency and a code; each is agreed to apart."""

    NAME = "name"
    CONTACT = "contact"
    AGE_GROUP = "age_group"
    GENDER = "gender"
    LANGUAGES = "languages"
    NEEDS = "needs"
    RISK = "risk"
    SERVICES_GIVEN = "services_given"
    COUNTRY = "country"
    INTERPRETER = "interpreter"


class Danger(StrEnum):
    """The danger to life on which help is called before anybody is asked."""

    SUICIDE = "suicide"
    VIOLENCE = "violence"
    MEDICAL = "medical"
    ABDUCTION = "abduction"


# Of these the provider learns nothing before it accepts.
IDENTIFYING = frozenset({SharedField.NAME, SharedField.CONTACT})


# A provider who had it before is told that it came to this.
_STOPPED = frozenset(
    {
        ReferralState.REDIRECTED,
        ReferralState.WITHDRAWN,
        ReferralState.RECALLED,
        ReferralState.ENTERED_IN_ERROR,
    }
)


class NotAllowed(Refused):
    """The table does not let this party move the referral there."""


class NoLiveConsent(Refused):
    """The person has not said yes to this provider and these fields, or does no longer."""


class ServiceNotOpen(Refused):
    """The service is closed, or the agreement with its provider is missing or over."""


class MoreNeeded(Refused):
    """The step has to bring something along; the message is its name: reason, appointment or review_on."""


class Referral(Base):
    """A referral. What the provider may be given lies sealed under the case's key, and so do its steps' notes."""

    __tablename__ = "referrals"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(12), unique=True, info=clear(Clear.IDENTIFIER))
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    service_id: Mapped[str] = mapped_column(ForeignKey("services.id"))
    urgency: Mapped[Urgency] = mapped_column(String(10))
    state: Mapped[ReferralState] = mapped_column(String(20), index=True)
    state_before: Mapped[ReferralState | None] = mapped_column(String(20))
    fields: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.CODE))
    created_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    flagged_at: Mapped[datetime | None] = mapped_column(Instant)
    appointment_at: Mapped[datetime | None] = mapped_column(Instant)
    review_on: Mapped[date | None] = mapped_column(Date)
    provider_to_tell: Mapped[bool]
    ground: Mapped[Danger | None] = mapped_column(String(10))
    confirm_by: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_by: Mapped[str | None] = mapped_column(Id)
    linked_to: Mapped[str | None] = mapped_column(ForeignKey("referrals.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.CASE))


class ReferralStep(Base):
    """One move of a referral. Append-only; its note is sealed under the case's key."""

    __tablename__ = "referral_steps"

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(Id, unique=True)
    referral_id: Mapped[str] = mapped_column(ForeignKey("referrals.id"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[ReferralState] = mapped_column(String(20))
    party: Mapped[Party] = mapped_column(String(8))
    author: Mapped[str] = mapped_column(Id)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_to(Owner.CASE))


@dataclass(frozen=True, slots=True)
class Step:
    """What a move brings along."""

    reason: str = ""
    appointment: datetime | None = None
    review_on: date | None = None


NOTHING = Step()


def draft(
    session: Session,
    case: Case,
    service_id: str,
    urgency: str,
    content: Mapping[str, str],
    author: str,
    *,
    linked_to: str | None = None,
) -> Referral:
    """Prepare a referral; `content` holds what each field would tell, and its keys are the fields asked for.

    Raises:
        cases.NoConsent, cases.NotNow: nothing may be written, or the case is closed.
        ValueError: a field or an urgency that is none.
    """
    lock(session)
    cases.demand_consent(session, case)
    cases.demand(case, "write")
    told = {name: text.strip() for name, text in content.items() if text.strip()}
    if set(told) - set(SharedField) or urgency not in tuple(Urgency):
        raise ValueError(urgency)
    referral_id, now = new_id(), clock.now()
    referral = Referral(
        id=referral_id,
        number=f"H-{numbering.draw(session, 'referrals'):04d}",
        case_id=case.id,
        service_id=service_id,
        urgency=Urgency(urgency),
        state=ReferralState.DRAFT,
        fields=sorted(told),
        created_at=now,
        changed_at=now,
        provider_to_tell=False,
        linked_to=linked_to,
        sealed=sealed.close(session, case.id, _place(referral_id), told),
    )
    session.add(referral)
    session.flush()
    write_step(session, referral, Party.CLINICIAN, author, NOTHING)
    return referral


def content_of(session: Session, referral: Referral) -> dict[str, str]:
    """What each field tells."""
    return sealed.content(session, referral.case_id, _place(referral.id), referral.sealed)


def move(session: Session, referral: Referral, to: str, party: str, author: str, step: Step = NOTHING) -> None:
    """Take a step of the table; asking for consent and telling of a stop follow from it.

    Raises:
        NotAllowed: the table has no such way for this party.
        NoLiveConsent, ServiceNotOpen: the step's condition does not hold.
        MoreNeeded: a reason, an appointment or a review date is missing, or has passed.
    """
    if to not in referral_table.ways(referral.state, party, referral.state_before):
        raise NotAllowed
    _demand(session, referral, referral_table.condition(referral.state, to))
    _demand_step(to, step)
    if party == Party.SERVICE and not is_allowed(session, referral):
        raise NoLiveConsent
    before, referral.state = referral.state, ReferralState(to)
    referral.changed_at = clock.now()
    _keep_what_came(referral, before, to, step)
    write_step(session, referral, party, author, step)
    if to == ReferralState.AWAITING_CONSENT:
        _, provider = service_of(session, referral)
        support.ask(session, case_of(session, referral).subject_id, referral.id, provider.id, referral.fields, author)
    if to in _STOPPED:
        referral.provider_to_tell = referral.sent_at is not None


def _keep_what_came(referral: Referral, before: ReferralState, to: str, step: Step) -> None:
    now = clock.now()
    if to == ReferralState.SENT:
        referral.sent_at, referral.due_at = now, now + referral_table.times(referral.urgency).due
    if to == ReferralState.CANCEL_REQUESTED:
        referral.state_before = before
    elif before == ReferralState.CANCEL_REQUESTED:
        referral.state_before = None
    if step.appointment is not None:
        referral.appointment_at = step.appointment
    referral.review_on = step.review_on
    if to not in (ReferralState.SENT, ReferralState.RECEIVED, ReferralState.ACCEPTED, ReferralState.WAITLISTED):
        referral.flagged_at = None


def _demand(session: Session, referral: Referral, condition: str) -> None:
    service, provider = service_of(session, referral)
    if condition == Condition.CONSENT and not is_allowed(session, referral):
        raise NoLiveConsent
    if condition in (Condition.CONSENT, Condition.SERVICE_OPEN):
        agreed = provider.agreement_until is not None and provider.agreement_until >= clock.today()
        if not (service.open and agreed):
            raise ServiceNotOpen
    if condition == Condition.SERVICE_OPEN and not support.may_ask(session, case_of(session, referral).subject_id):
        raise NoLiveConsent
    if condition == Condition.PAST_REMINDERS and not is_past_reminders(referral):
        raise NotAllowed


def _demand_step(to: str, step: Step) -> None:
    wanted = referral_table.needs(to)
    given = {
        "": True,
        "reason": bool(step.reason.strip()),
        "appointment": step.appointment is not None and step.appointment > clock.now(),
        "review_on": step.review_on is not None and step.review_on >= clock.today(),
    }
    if not given[wanted]:
        raise MoreNeeded(wanted)


def is_allowed(session: Session, referral: Referral) -> bool:
    """Whether the provider may have anything of this referral now: a live yes, or danger to life.

    Acting first lasts until a second person should have confirmed it; unconfirmed past that, it does not count. Of
    somebody who was erased nothing is allowed.
    """
    if case_of(session, referral).erased_at is not None:
        return False
    if referral.ground is not None:
        in_time = referral.confirm_by is not None and clock.now() <= referral.confirm_by
        return referral.confirmed_by is not None or in_time
    return support.may_refer(session, case_of(session, referral).subject_id, referral.id)


def is_agreed(session: Session, referral: Referral) -> bool:
    """Whether the referral is under way and the person's yes to it stands now."""
    under_way = referral.state in referral_table.open_states()
    return under_way and support.may_refer(session, case_of(session, referral).subject_id, referral.id)


def is_past_reminders(referral: Referral) -> bool:
    """Whether the urgency's time and its reminders are over."""
    lapses = referral_table.times(referral.urgency).lapses_after
    return referral.sent_at is not None and clock.now() >= referral.sent_at + lapses


def told(session: Session, referral: Referral, author: str) -> None:
    """Note that the provider was told that a referral has stopped."""
    referral.provider_to_tell = False
    entries.write(session, referral.case_id, EntryKind.PROVIDER_TOLD, author, {"referral": referral.number})


def by_number(session: Session, number: str) -> Referral | None:
    """The referral with that number."""
    return session.scalar(select(Referral).where(Referral.number == number))


def of_case(session: Session, case_id: str) -> list[Referral]:
    """The referrals of a case, latest first."""
    query = select(Referral).where(Referral.case_id == case_id).order_by(Referral.created_at.desc(), Referral.id)
    return list(session.scalars(query))


def under_way(session: Session, case_ids: Collection[str]) -> list[Referral]:
    """The referrals of some cases that are open, or whose provider is still to be told of a stop."""
    found: list[Referral] = []
    for part in in_parts(case_ids):
        running = Referral.state.in_(referral_table.open_states()) | Referral.provider_to_tell.is_(True)
        found += session.scalars(select(Referral).where(Referral.case_id.in_(part), running))
    return found


@dataclass(frozen=True, slots=True)
class Made:
    """A referral as figures know it: `state` is where it stands or, where it is closed, stood before that."""

    case_id: str
    state: str
    service_id: str


def made(session: Session, since: datetime, until: datetime) -> list[Made]:
    """The referrals begun in a period, from the first to the last; without drafts and what was entered in error."""
    query = select(Referral.id, Referral.case_id, Referral.state, Referral.service_id)
    query = query.where(Referral.created_at >= since, Referral.created_at < until)
    left_out = Referral.state.not_in((ReferralState.DRAFT, ReferralState.ENTERED_IN_ERROR))
    rows = session.execute(query.where(left_out).order_by(Referral.created_at, Referral.id)).all()
    before: dict[str, str] = {}
    for part in in_parts([row.id for row in rows if row.state == ReferralState.CLOSED]):
        steps = select(ReferralStep.referral_id, ReferralStep.state).where(
            ReferralStep.referral_id.in_(part), ReferralStep.state != ReferralState.CLOSED
        )
        before.update({row.referral_id: row.state for row in session.execute(steps.order_by(ReferralStep.position))})
    return [Made(row.case_id, before.get(row.id, row.state), row.service_id) for row in rows]


def steps_of(session: Session, referral: Referral) -> list[tuple[ReferralStep, dict[str, Any]]]:
    """What happened with a referral, oldest first, each step with what it brought."""
    query = select(ReferralStep).where(ReferralStep.referral_id == referral.id).order_by(ReferralStep.position)
    return [
        (
            step,
            {}
            if step.sealed is None
            else sealed.content(session, referral.case_id, f"referral_steps.sealed:{step.id}", step.sealed),
        )
        for step in session.scalars(query)
    ]


def write_step(session: Session, referral: Referral, party: str, author: str, step: Step) -> None:
    """Keep that a party brought a referral to the state it is in now, and what came along, sealed."""
    step_id = new_id()
    content = {
        "reason": step.reason,
        "appointment": clock.rfc3339(step.appointment) if step.appointment else "",
        "review_on": step.review_on.isoformat() if step.review_on else "",
    }
    shut = None
    if any(content.values()):
        shut = sealed.close(session, referral.case_id, f"referral_steps.sealed:{step_id}", content)
    session.add(
        ReferralStep(
            id=step_id,
            referral_id=referral.id,
            at=clock.now(),
            state=referral.state,
            party=party,
            author=author,
            sealed=shut,
        )
    )
    session.flush()


def case_of(session: Session, referral: Referral) -> Case:
    """The case a referral belongs to."""
    return session.get_one(Case, referral.case_id)


def service_of(session: Session, referral: Referral) -> tuple[directory.Service, Provider]:
    """The service a referral goes to, with its provider."""
    service = session.get_one(directory.Service, referral.service_id)
    return service, session.get_one(Provider, service.provider_id)


def _place(referral_id: str) -> str:
    return f"referrals.sealed:{referral_id}"
