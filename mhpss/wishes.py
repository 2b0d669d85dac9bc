"""What a person asks of their support in the portal; it is followed, and the psychologist has it today."""

from sqlalchemy.orm import Session

from mhpss import cases, meetings
from mhpss.cases import Case
from vault import clock

WISHES = ("woman", "man", "reach", "talk")


def wish(session: Session, case: Case, kind: str, text: str, author: str) -> None:
    """Write down a wish in the person's own words, with a follow-up for today.

    Raises:
        ValueError: not a wish.
        cases.NoConsent, cases.NotNow: nothing may be written, or the case is closed.
    """
    if kind not in WISHES:
        raise ValueError(kind)
    cases.keep(session, case, "wish", author, {"wish": kind, "text": text})
    meetings.follow_up(session, case, clock.now().date(), text or kind, author)
