"""How long a support record stays when its person is erased: clinical law and the psychologist decide, not the wish.

Support rests on GDPR Art. 9(2)(h), and clinical law has records kept (Art. 17(3)(b), (c)). The psychologist may destroy
a record sooner; when the law's time is over it is destroyed in any case.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from consent.people import subjects
from consent.rights import retention
from mhpss import entries, risk
from mhpss.break_glass import BrokenGlass
from mhpss.cases import Case, CaseState, NotNow
from mhpss.clinical_copies import ClinicalCopy
from mhpss.closing import ReviewOpen
from mhpss.entries import CaseEntry, EntryKind
from mhpss.measuring import CaseMeasure, MeasureOffer
from mhpss.meetings import CaseSession, FollowUp
from mhpss.referral import referral_table, referrals
from mhpss.referral.provider_links import ProviderLink
from mhpss.referral.referral_table import Party, ReferralState
from mhpss.risk import RiskReview
from vault import clock, documents
from vault.database import in_parts

# What goes with a record: all but the append-only history, of which the kinds of entries stay without a person.
_GO: tuple[Any, ...] = (BrokenGlass, CaseMeasure, CaseSession, ClinicalCopy, FollowUp, MeasureOffer, RiskReview)
GROUND = "17(3)(b), (c)"
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Outline:
    """All that is told outside the wall: to the officer, once two people have confirmed the erasure of the person."""

    organisation: str
    since: datetime
    changed_at: datetime


def rule() -> retention.Rule:
    """The rule for support records, from the house's table of retention."""
    return next(each for each in retention.rules() if each.key == "support")


def outline(session: Session, subject_id: str | None) -> Outline | None:
    """That a support record exists, its dates and its controller; None where there is none."""
    case = session.scalar(select(Case).where(Case.subject_id == subject_id, Case.state != CaseState.ERASED))
    return None if case is None else Outline(case.organisation, case.asked_at, case.changed_at)


def decide(session: Session, case: Case, *, keep: bool, reason: str, author: str) -> None:
    """Keep the record of somebody who was erased until clinical law lets it go, or destroy it now.

    Raises:
        NotNow: the person was not erased.
        ReviewOpen: a risk review is open, and the record would be destroyed over it.
    """
    if case.erased_at is None:
        raise NotNow
    if keep:
        case.kept_by = author
        entries.write(session, case.id, EntryKind.KEPT_BY_LAW, author, {"reason": reason})
        return
    if risk.open_reviews(session, [case.id]):
        raise ReviewOpen
    _end(session, case, author)


def follow(session: Session, erased: Collection[str], at_once: Collection[str] = ()) -> list[str]:
    """Note that people were erased, end the records whose time is over, and name the keys that are to go.

    What was begun for `at_once`, the harmless sides of accounts, ends now: nobody was ever supported there. The caller
    destroys those keys; twice changes nothing.
    """
    for case in _cases_of(session, erased):
        if case.erased_at is None:
            _note(session, case)
    for case in _cases_of(session, at_once):
        _end(session, case, "system")
    over = select(Case).where(Case.keep_until < clock.today(), Case.state != CaseState.ERASED)
    for case in session.scalars(over):
        _end(session, case, "system")
    return list(session.scalars(select(Case.id).where(Case.state == CaseState.ERASED)))


def _cases_of(session: Session, persons: Collection[str]) -> list[Case]:
    return [
        case
        for part in in_parts(persons)
        for case in session.scalars(select(Case).where(Case.subject_id.in_(part), Case.state != CaseState.ERASED))
    ]


def _note(session: Session, case: Case) -> None:
    case.erased_at, case.may_contact = clock.now(), False
    case.keep_until = _last_written(session, case) + rule().years * _YEAR
    entries.write(session, case.id, EntryKind.PERSON_ERASED, "system")
    _stop_referrals(session, case)


def _last_written(session: Session, case: Case) -> date:
    last = session.scalar(select(func.max(CaseEntry.at)).where(CaseEntry.case_id == case.id))
    return (last or case.changed_at).date()


def _stop_referrals(session: Session, case: Case) -> None:
    for referral in referrals.of_case(session, case.id):
        if referral.state in referral_table.open_states():
            referrals.move(session, referral, ReferralState.WITHDRAWN, Party.CLOCK, "system")


def _end(session: Session, case: Case, author: str) -> None:
    """Leave of a record no more than that there was one: its rows go, and it is cut from the person."""
    _stop_referrals(session, case)
    for referral in referrals.of_case(session, case.id):
        referral.ground, referral.fields = None, []
        session.execute(delete(ProviderLink).where(ProviderLink.referral_id == referral.id))
    for table in _GO:
        session.execute(delete(table).where(table.case_id == case.id))
    documents.forget(session, case.id)
    case.state, case.changed_at = CaseState.ERASED, clock.now()
    case.layer = case.risk = case.risk_at = case.risk_review_on = None
    (case.subject_id,) = subjects.create_unnamed(session, 1)
    entries.write(session, case.id, EntryKind.ERASED, author)
