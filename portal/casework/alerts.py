"""Who is told of what cannot wait until they look: danger to whoever is on call, and what is due to its desk."""

from sqlalchemy.orm import Session

from consent.rights import reminders
from mhpss import on_call, risk
from mhpss.cases import Case
from portal.access import accounts, notices
from portal.access.accounts import Role
from portal.access.notices import What
from vault import clock


def of_danger(session: Session) -> int:
    """Tell whoever is on call, and the psychologist, of every sign of danger that nobody has opened; always 0 left.

    Once it was not opened or settled in time, the supervisor is told as well. Each is told once.
    """
    reviews = risk.unsettled(session)
    able = {account.id for account in accounts.open_staff(session)} if reviews else set()
    for review in reviews:
        case = session.get_one(Case, review.case_id)
        if review.seen_at is None:
            concerned = {case.psychologist or "", *on_call.today(session, case.organisation)}
            for account_id in able & concerned:
                notices.tell(session, account_id, What.DANGER, review.id)
        if review.escalated_at is not None and case.supervisor and case.supervisor in able:
            notices.tell(session, case.supervisor, What.DANGER_UNSEEN, review.id)
    return 0


def of_requests_due(session: Session) -> int:
    """Note the reminders that have come, and tell the officers once a day that there are some; always 0 left."""
    if reminders.remind(session):
        for account in accounts.open_staff(session):
            if account.role == Role.DPO:
                notices.tell(session, account.id, What.REQUEST_DUE, clock.today().isoformat())
    return 0
