"""Erasure reviews: what follows when the consent that carried the storage itself is withdrawn (GDPR Art. 17(1)(b))."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.ledger import answers
from consent.ledger.events import Draft, Kind
from consent.ledger.scopes import STORAGE_SCOPES
from vault import clock
from vault.database import Base, new_id
from vault.types import Id, Instant


class ErasureReview(Base):
    """A question to the data protection officer: must the data still be kept?"""

    __tablename__ = "erasure_reviews"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id, index=True)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


def drafts(
    session: Session,
    subject_id: str,
    stopped: Collection[str],
    resumed: Collection[str],
    folded: answers.Folded,
    author: str,
) -> list[Draft]:
    """The restriction that a withdrawal of the storage brings, or its end; opens or settles the review with it.

    While the review is open the data rest, unused: every scope that still stood is restricted. Those withdrawn keep
    saying so.
    """
    standing = {
        scope for (_, scope, context), row in folded.answers.items() if not context and row.code in answers.PERMITTING
    }
    after = (standing - set(stopped)) | set(resumed)
    lacking = _ever_answered(folded) & STORAGE_SCOPES - after
    pending = open_review(session, subject_id)
    if pending is None and not STORAGE_SCOPES.intersection(stopped):
        return []
    if pending is not None and not lacking:
        settle(session, pending)
        return [Draft(Kind.RESTRICTION_LIFTED, subject_id=subject_id, author=author, body={"cause": "given_again"})]
    if pending is None:
        session.add(ErasureReview(id=new_id(), subject_id=subject_id, opened_at=clock.now(), settled_at=None))
    closed = {scope for (_, scope, context), _ in folded.answers.items() if not context} - after
    body = {"cause": "storage_withdrawn", "open_scopes": sorted(closed | set(stopped))}
    return [Draft(Kind.RESTRICTED, subject_id=subject_id, author=author, body=body)]


def _ever_answered(folded: answers.Folded) -> set[str]:
    return {scope for (_, scope, context) in folded.answers if not context}


def open_review(session: Session, subject_id: str) -> ErasureReview | None:
    """The review that is open for a person, if one is."""
    query = select(ErasureReview).where(ErasureReview.subject_id == subject_id, ErasureReview.settled_at.is_(None))
    return session.scalar(query)


def all_open(session: Session) -> list[ErasureReview]:
    """Every open review, oldest first."""
    query = select(ErasureReview).where(ErasureReview.settled_at.is_(None))
    return list(session.scalars(query.order_by(ErasureReview.opened_at)))


def by_id(session: Session, review_id: str) -> ErasureReview | None:
    """That review."""
    return session.get(ErasureReview, review_id)


def settle_of(session: Session, subject_id: str) -> None:
    """Close the review of a person, if one is open: it is decided whether their data must be kept."""
    review = open_review(session, subject_id)
    if review is not None:
        settle(session, review)


def settle(session: Session, review: ErasureReview) -> None:
    """Close a review."""
    session.execute(update(ErasureReview).where(ErasureReview.id == review.id).values(settled_at=clock.now()))
