"""What a person says to a referral: yes or no to this provider and these fields, and stop."""

from sqlalchemy.orm import Session

from consent.people import support
from consent.rules import ReasonCode
from consent.saying.answering import Method
from mhpss.referral import referral_table
from mhpss.referral.referral_table import Party, ReferralState
from mhpss.referral.referrals import NotAllowed, Referral, case_of, move, service_of


def answer(session: Session, referral: Referral, said: str, *, language: str, method: str, author: str) -> None:
    """Record what the person said to this provider and these fields; a no ends it, no reason asked.

    Raises:
        NotAllowed: it is not asked any more.
        ValueError: neither `granted` nor `refused`.
    """
    if referral.state != ReferralState.AWAITING_CONSENT:
        raise NotAllowed
    case, (_service_of, provider) = case_of(session, referral), service_of(session, referral)
    support.answer(
        session,
        case.subject_id,
        referral.id,
        said,
        provider.id,
        referral.fields,
        language=language,
        method=method,
        author=author,
    )
    if said == ReasonCode.REFUSED:
        party = Party.PERSON if method == Method.PORTAL else Party.CLINICIAN
        move(session, referral, ReferralState.DECLINED_BY_PERSON, party, author)


def withdraw(session: Session, referral: Referral, channel: str, author: str) -> None:
    """The person stops a referral: the provider's access ends at once, and it is told.

    Raises:
        NotAllowed: it is over already.
    """
    if referral.state not in referral_table.open_states():
        raise NotAllowed
    support.withdraw(session, case_of(session, referral).subject_id, referral.id, channel, author)
    move(session, referral, ReferralState.WITHDRAWN, Party.PERSON, author)
