"""The risk that somebody is in, and reviews of it: opened by a sign, due in hours, and never late quietly."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mhpss import cases, entries, sealed
from mhpss.cases import Case, RiskLevel
from mhpss.entries import EntryKind
from vault import clock
from vault.columns import Owner, sealed_to
from vault.database import Base, in_parts, new_id
from vault.policy import in_force, law
from vault.types import Id, Instant


class RiskSign(StrEnum):
    """Why somebody has to look at the risk a person is in."""

    ITEM_9 = "item_9"
    ITEM_9_UNANSWERED = "item_9_unanswered"
    CLINICIAN = "clinician"
    ACT_FIRST = "act_first"


class RiskReview(Base):
    """Somebody has to look at the risk a person is in. `seen_at`: opened; `settled_at`: assessed."""

    __tablename__ = "risk_reviews"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    cause: Mapped[RiskSign] = mapped_column(String(20))
    opened_at: Mapped[datetime] = mapped_column(Instant)
    see_by: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    escalated_at: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary, info=sealed_to(Owner.CASE))

    def see(self) -> None:
        """Note that the clinician has opened it."""
        if self.seen_at is None:
            self.seen_at = clock.now()


def _settled_within(session: Session, cause: RiskSign) -> timedelta:
    of_item_9 = cause in (RiskSign.ITEM_9, RiskSign.ITEM_9_UNANSWERED)
    return in_force.value(session, law.ITEM_9_SETTLED if of_item_9 else law.RISK_SETTLED)


def open_review(session: Session, case: Case, cause: RiskSign, author: str) -> RiskReview:
    """Ask for a risk review; a second sign while one is open joins it, and its deadline moves only forward in time.

    Raises:
        cases.NotNow: the case is closed; reopen it first.
    """
    cases.demand(case, "write")
    now = clock.now()
    due_at = now + _settled_within(session, cause)
    found = next(iter(open_reviews(session, [case.id])), None)
    if found is not None:
        found.due_at = min(found.due_at, due_at)
        entries.write(session, case.id, EntryKind.RISK_SIGN, author, {"cause": cause})
        return found
    review = RiskReview(
        id=new_id(),
        case_id=case.id,
        cause=cause,
        opened_at=now,
        see_by=now + in_force.value(session, law.RISK_SEEN),
        due_at=due_at,
    )
    session.add(review)
    session.flush()
    entries.write(session, case.id, EntryKind.RISK_SIGN, author, {"cause": cause})
    return review


def settle(
    session: Session, case: Case, review: RiskReview, level: str, review_on: date | None, assessment: str, author: str
) -> None:
    """Write the assessment that ends a review, and with it the level of risk.

    Raises:
        cases.NotNow: it is settled.
        ValueError: see `set_level`.
    """
    if review.settled_at is not None or review.case_id != case.id:
        raise cases.NotNow
    set_level(session, case, level, review_on, author)
    review.settled_at = clock.now()
    review.seen_at = review.seen_at or review.settled_at
    review.sealed = sealed.close(session, case.id, _place(review.id), {"assessment": assessment})
    entries.write(session, case.id, EntryKind.RISK_REVIEW, author, {"cause": review.cause, "assessment": assessment})


def set_level(session: Session, case: Case, level: str, review_on: date | None, author: str) -> None:
    """Say how much at risk somebody is, and when to look again.

    Writing it down needs no standing consent: it is for the person's life.

    Raises:
        ValueError: no such level, or somebody at risk without a day to look again, or a day that has passed.
    """
    if level not in tuple(RiskLevel) or (level != RiskLevel.NONE and review_on is None):
        raise ValueError(level)
    if review_on is not None and review_on < clock.today():
        raise ValueError(review_on)
    case.risk, case.risk_at, case.risk_review_on = RiskLevel(level), clock.now(), review_on
    day = review_on.isoformat() if review_on else ""
    entries.write(session, case.id, EntryKind.RISK, author, {"level": level, "review_on": day})


def open_reviews(session: Session, case_ids: Collection[str]) -> list[RiskReview]:
    """The reviews of some cases that nobody has settled, the soonest due first."""
    found: list[RiskReview] = []
    for part in in_parts(case_ids):
        query = select(RiskReview).where(RiskReview.case_id.in_(part), RiskReview.settled_at.is_(None))
        found += session.scalars(query)
    return sorted(found, key=lambda review: review.due_at)


def unsettled(session: Session) -> list[RiskReview]:
    """Every review that nobody has settled, the oldest first."""
    return list(
        session.scalars(select(RiskReview).where(RiskReview.settled_at.is_(None)).order_by(RiskReview.opened_at))
    )


def see(session: Session, case_id: str) -> None:
    """Note that somebody who may settle the open reviews of a case has opened it."""
    for review in open_reviews(session, [case_id]):
        review.see()


def find(session: Session, review_id: str) -> RiskReview | None:
    """The review of that id."""
    return session.get(RiskReview, review_id)


def escalate(session: Session) -> int:
    """Hand every review that was not opened, or not settled, in time to the supervisor as well; always 0 left."""
    now = clock.now()
    late = (RiskReview.seen_at.is_(None) & (RiskReview.see_by <= now)) | (RiskReview.due_at <= now)
    query = select(RiskReview).where(RiskReview.settled_at.is_(None), RiskReview.escalated_at.is_(None), late)
    for review in session.scalars(query):
        review.escalated_at = now
        entries.write(session, review.case_id, EntryKind.RISK_ESCALATED, "system")
    return 0


def _place(review_id: str) -> str:
    return f"risk_reviews.sealed:{review_id}"
