"""Closing a case: with its reason and a plan, and never over an open risk review."""

from sqlalchemy.orm import Session

from mhpss import cases, risk
from mhpss.cases import Case, NotNow


class ReviewOpen(NotNow):
    """A risk review is open: the case cannot be closed over it."""


def close(session: Session, case: Case, reason: str, plan: str, *, may_contact: bool, author: str) -> None:
    """Close a case with its reason, the plan for what comes, and whether the person may be contacted later.

    Raises:
        NotNow: closed already.
        ReviewOpen: a risk review is open.
    """
    if risk.open_reviews(session, [case.id]):
        raise ReviewOpen
    case.may_contact = may_contact
    cases.move(session, case, "close", author, content={"reason": reason, "plan": plan})
