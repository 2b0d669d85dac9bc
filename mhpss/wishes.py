"""What a person asks of their support in the portal; it is followed, and the psychologist has it today."""

from enum import StrEnum

from sqlalchemy.orm import Session

from mhpss import cases, meetings
from mhpss.cases import Case
from mhpss.entries import EntryKind
from vault import clock


class SupportWish(StrEnum):
    """What a person may ask of their support."""

    WOMAN = "woman"
    MAN = "man"
    REACH = "reach"
    TALK = "talk"


def wish(session: Session, case: Case, kind: str, text: str, author: str) -> None:
    """Write down a wish in the person's own words, with a follow-up for today.

    Raises:
        ValueError: not a wish.
        cases.NoConsent, cases.NotNow: nothing may be written, or the case is closed.
    """
    if kind not in tuple(SupportWish):
        raise ValueError(kind)
    cases.keep(session, case, EntryKind.WISH, author, {"wish": kind, "text": text})
    meetings.follow_up(session, case, clock.today(), text or kind, author)
