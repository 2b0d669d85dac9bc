"""What the person says of a referral once it is over: whether it helped, and a few words, if they want to."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from mhpss import cases, entries
from mhpss.cases import Case, NotNow
from mhpss.entries import EntryKind
from mhpss.referral import referral_table
from mhpss.referral.referrals import Referral


class Helped(StrEnum):
    """Whether a referral helped, as the person says."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


def may_be_given(referral: Referral) -> bool:
    """Whether the referral went out and is over."""
    return referral.sent_at is not None and referral.state not in referral_table.open_states()


def give(session: Session, case: Case, referral: Referral, helped: str, text: str, author: str) -> None:
    """Keep what the person says; said again, the newer counts.

    Raises:
        NotNow: the referral is not over.
        cases.NoConsent: no new note may be written.
        ValueError: not one of `Helped`.
    """
    if helped not in tuple(Helped):
        raise ValueError(helped)
    if not may_be_given(referral) or referral.case_id != case.id:
        raise NotNow
    cases.demand_consent(session, case)
    content = {"referral": referral.number, "helped": helped, "text": text.strip()}
    entries.write(session, case.id, EntryKind.FEEDBACK, author, content)


def of_referral(session: Session, referral: Referral) -> dict[str, str]:
    """What the person said last of a referral; empty where they said nothing."""
    said = [
        content
        for entry, content in entries.of_case(session, referral.case_id, kind=EntryKind.FEEDBACK)
        if content["referral"] == referral.number
    ]
    return said[-1] if said else {}


def said_in(session: Session, case_ids: Collection[str], since: datetime, until: datetime) -> dict[str, str]:
    """By case what its person said last, in a period, of whether a referral helped."""
    said = entries.of_kind(session, EntryKind.FEEDBACK, case_ids, since, until)
    return {case_id: str(content["helped"]) for case_id, content in said}
