"""Acting first: in danger to life a referral is sent before anybody is asked, and a second person looks at it."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from mhpss import entries, risk
from mhpss.cases import Case
from mhpss.entries import EntryKind
from mhpss.referral import referral_table, referrals
from mhpss.referral.referral_table import Party, ReferralState, Urgency
from mhpss.referral.referrals import Danger, NotAllowed, Referral, Step
from mhpss.risk import RiskSign
from vault import clock, staff
from vault.policy import in_force, law


def send(
    session: Session, case: Case, service_id: str, ground: str, content: Mapping[str, str], author: str
) -> Referral:
    """In danger to life send at once, identity included, on a coded ground.

    A second person confirms within 24 hours, and a review follows within 72. It needs no consent (spec/40).

    Raises:
        ValueError: not a ground, or a field that is none.
        cases.NoConsent: no case may be written in; then help is called without one.
    """
    danger = Danger(ground)
    referral = referrals.draft(session, case, service_id, Urgency.EMERGENCY, content, author)
    now = clock.now()
    referral.ground, referral.confirm_by = danger, now + in_force.value(session, law.ACTED_FIRST_CONFIRMED)
    referral.state, referral.sent_at, referral.changed_at = ReferralState.SENT, now, now
    referral.due_at = now + referral_table.times(Urgency.EMERGENCY).due
    referrals.write_step(session, referral, Party.CLINICIAN, author, Step(reason=danger))
    review = risk.open_review(session, case, RiskSign.ACT_FIRST, author)
    review.due_at = min(review.due_at, now + in_force.value(session, law.RISK_SETTLED))
    return referral


def confirm(session: Session, referral: Referral, account_id: str) -> None:
    """Confirm as a second person that help had to be called before asking.

    Raises:
        NotAllowed: the same person, somebody who does not supervise the case, or nothing to confirm.
    """
    case = referrals.case_of(session, referral)
    if referral.ground is None or referral.confirmed_by is not None:
        raise NotAllowed
    if staff.same_person(session, account_id, case.psychologist) or account_id != case.supervisor:
        raise NotAllowed
    referral.confirmed_by = account_id
    entries.write(session, case.id, EntryKind.ACT_CONFIRMED, account_id, {"referral": referral.number})
