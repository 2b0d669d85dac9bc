"""What needs a psychologist: reviews of risk first, then what is due, read from what is not sealed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy.orm import Session

from mhpss import clinical_copies, measuring, meetings, risk
from mhpss.cases import RUNNING, Case
from mhpss.referral import referrals
from mhpss.referral.referrals import Referral
from mhpss.risk import RiskReview
from vault import clock
from vault.policy import in_force, law


class NeedKind(StrEnum):
    """What a case may ask for."""

    RISK_REVIEW = "risk_review"
    RISK_AGAIN = "risk_again"
    NEVER_ASSESSED = "never_assessed"
    OUTCOME = "outcome"
    SESSION = "session"
    FOLLOW_UP = "follow_up"
    MEASURE = "measure"
    COPY = "copy"
    KEEPING = "keeping"
    TELL = "tell"
    REFERRAL = "referral"


@dataclass(frozen=True, slots=True)
class Need:
    """One thing to do in a case; `cause` says more where there is more to say."""

    case: Case
    kind: NeedKind
    due: datetime | date
    cause: str = ""

    @property
    def due_at(self) -> datetime:
        """The first moment at which it is due."""
        return self.due if isinstance(self.due, datetime) else clock.start_of(self.due)

    @property
    def is_due(self) -> bool:
        """Whether it is for today, or late; a risk review always is."""
        end = datetime.combine(clock.now(), time.max, clock.now().tzinfo)
        return self.kind == NeedKind.RISK_REVIEW or self.due_at <= end


def needs(session: Session, held: Collection[Case]) -> list[Need]:
    """What the cases of `held` ask for within a fortnight, and every copy to be prepared: risk first, then by time."""
    by_id = {case.id: case for case in held}
    # A closed case is not measured or assessed until it is taken up again.
    running = {case.id: case for case in held if case.state in RUNNING}
    until = clock.now() + in_force.value(session, law.LOOKS_AHEAD)
    found = [
        Need(by_id[each.case_id], NeedKind.RISK_REVIEW, each.due_at, each.cause)
        for each in risk.open_reviews(session, by_id)
    ]
    found += [
        Need(case, NeedKind.RISK_AGAIN, case.risk_review_on)
        for case in running.values()
        if case.risk_review_on is not None
    ]
    found += [Need(case, NeedKind.NEVER_ASSESSED, case.asked_at.date()) for case in held if was_never_assessed(case)]
    for meeting in meetings.planned(session, by_id):
        kind = NeedKind.OUTCOME if meeting.starts_at <= clock.now() else NeedKind.SESSION
        found.append(Need(by_id[meeting.case_id], kind, meeting.starts_at, meeting.modality))
    found += [Need(by_id[each.case_id], NeedKind.FOLLOW_UP, each.due_on) for each in meetings.waiting(session, by_id)]
    found += [
        Need(running[case_id], NeedKind.MEASURE, at.date()) for case_id, at in measuring.due(session, running).items()
    ]
    found += [
        Need(by_id[copy.case_id], NeedKind.COPY, request.due_on, request.reference)
        for copy, request in clinical_copies.waiting(session, by_id)
    ]
    found += [Need(case, NeedKind.KEEPING, case.erased_at) for case in held if case.erased_at and case.kept_by is None]
    for referral in referrals.under_way(session, by_id):
        case = by_id[referral.case_id]
        if referral.provider_to_tell:
            found.append(Need(case, NeedKind.TELL, referral.changed_at))
        if referral.flagged_at is not None and referral.due_at is not None:
            found.append(Need(case, NeedKind.REFERRAL, referral.due_at))
    wanted = [need for need in found if need.due_at <= until or need.kind == NeedKind.COPY]
    return sorted(wanted, key=lambda need: (need.kind != NeedKind.RISK_REVIEW, need.due_at, need.case.number))


def was_never_assessed(case: Case) -> bool:
    """Whether nobody has said yet what risk the person of a running case is in: it is due from the day they asked."""
    return case.state in RUNNING and case.risk_at is None


def to_confirm(session: Session, supervised: Collection[Case]) -> list[tuple[Case, Referral]]:
    """Where help was called before asking, and a second person has still to confirm it."""
    by_id = {case.id: case for case in supervised}
    waiting = [each for each in referrals.under_way(session, by_id) if each.ground and each.confirmed_by is None]
    return [(by_id[each.case_id], each) for each in waiting]


def passed_on(session: Session, supervised: Collection[Case]) -> list[tuple[Case, RiskReview]]:
    """The risk reviews that came to a supervisor because nobody opened or settled them in time."""
    by_id = {case.id: case for case in supervised}
    return [(by_id[each.case_id], each) for each in risk.open_reviews(session, by_id) if each.escalated_at is not None]
