"""What the clock does with referrals: it stops those without consent, flags silence, and lets them lapse."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from mhpss.referral import referral_table, referrals
from mhpss.referral.referral_table import Party, ReferralState
from mhpss.referral.referrals import Referral
from vault import clock

_WAITING = (ReferralState.SENT, ReferralState.RECEIVED, ReferralState.WAITLISTED)
# Until the first appointment is there, the loop is not closed.
_FLAGGED_IN = (*_WAITING, ReferralState.ACCEPTED)


def follow(session: Session) -> int:
    """Carry out what time and withdrawn consents bring; always 0 left. Run twice, it changes nothing more."""
    stop_without_consent(session)
    lapse(session)
    flag(session)
    return 0


def stop_without_consent(session: Session) -> int:
    """Withdraw every referral that was sent and is allowed no longer; how many. Its provider is to be told.

    Access itself ended with the consent: it is looked at anew whenever the provider opens its link.
    """
    gone = [each for each in _in(session, referral_table.open_states()) if each.sent_at is not None]
    stopped = [each for each in gone if not referrals.is_allowed(session, each)]
    for referral in stopped:
        referrals.move(session, referral, ReferralState.WITHDRAWN, Party.CLOCK, "system")
    return len(stopped)


def flag(session: Session) -> int:
    """Flag every referral that has had no first appointment past its urgency's time; how many."""
    now = clock.now()
    silent = [
        each
        for each in _in(session, _FLAGGED_IN)
        if each.flagged_at is None
        and each.sent_at is not None
        and now >= each.sent_at + referral_table.times(each.urgency).flag
    ]
    for referral in silent:
        referral.flagged_at = now
    session.flush()
    return len(silent)


def lapse(session: Session) -> int:
    """Let every referral lapse whose time and reminders are over without an answer; how many."""
    late = [each for each in _in(session, _WAITING) if referrals.is_past_reminders(each)]
    for referral in late:
        referrals.move(session, referral, ReferralState.EXPIRED, Party.CLOCK, "system")
    return len(late)


def _in(session: Session, states: tuple[str, ...]) -> list[Referral]:
    return list(session.scalars(select(Referral).where(Referral.state.in_(states)).order_by(Referral.id)))
