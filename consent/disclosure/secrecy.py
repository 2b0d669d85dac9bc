"""The one filter of secrecy: what a legal duty keeps from the people it is about, until an officer lifts it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, ForeignKey, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.disclosure import sealed
from consent.disclosure.requests import DisclosureRequest
from vault import clock
from vault.columns import Owner, sealed_to
from vault.database import Base
from vault.types import Id, Instant


class SecrecyDuty(Base):
    """A legal duty to keep a request secret. Its review date reminds; only an officer lifts it."""

    __tablename__ = "secrecy_duties"

    request_id: Mapped[str] = mapped_column(ForeignKey("disclosure_requests.id"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(info=sealed_to(Owner.HOUSE))
    review_on: Mapped[date] = mapped_column(Date)
    recorded_by: Mapped[str] = mapped_column(Id)
    recorded_at: Mapped[datetime] = mapped_column(Instant)
    lifted_by: Mapped[str | None] = mapped_column(Id)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)


def may_be_told(request_id: Any) -> ColumnElement[bool]:
    """The condition that keeps out whatever belongs to a request under a duty of secrecy that stands.

    Every page, letter, package and figure that people outside the disclosure desk read goes through this.
    """
    return ~exists(
        select(SecrecyDuty.request_id).where(SecrecyDuty.request_id == request_id, SecrecyDuty.lifted_at.is_(None))
    )


def is_secret(session: Session, request: DisclosureRequest) -> bool:
    """Whether a duty of secrecy stands on a request."""
    return (
        session.scalar(
            select(DisclosureRequest.id).where(DisclosureRequest.id == request.id, may_be_told(DisclosureRequest.id))
        )
        is None
    )


def standing(session: Session) -> set[str]:
    """The requests under a duty that stands, for what is filtered outside a query."""
    return set(session.scalars(select(SecrecyDuty.request_id).where(SecrecyDuty.lifted_at.is_(None))))


def record(session: Session, request: DisclosureRequest, ground: str, review_on: date, recorded_by: str) -> None:
    """Record the duty with its legal ground; one that stands is replaced.

    Raises:
        ValueError: no ground, or a review date that has passed.
    """
    if not ground.strip() or review_on <= clock.today():
        raise ValueError("a duty of secrecy has a ground, and is looked at again")
    session.merge(
        SecrecyDuty(
            request_id=request.id,
            sealed=sealed.close(session, _place(request.id), {"ground": ground}),
            review_on=review_on,
            recorded_by=recorded_by,
            recorded_at=clock.now(),
            lifted_by=None,
            lifted_at=None,
        )
    )
    session.flush()


def lift(session: Session, request: DisclosureRequest, lifted_by: str) -> None:
    """End the duty: from now on the people concerned are told."""
    duty = of(session, request)
    if duty is not None and duty.lifted_at is None:
        duty.lifted_by, duty.lifted_at = lifted_by, clock.now()
        session.flush()


def of(session: Session, request: DisclosureRequest) -> SecrecyDuty | None:
    """The duty last recorded on a request, standing or lifted."""
    return session.get(SecrecyDuty, request.id)


def ground(session: Session, duty: SecrecyDuty) -> str:
    """The legal ground of a duty."""
    return str(sealed.content(session, _place(duty.request_id), duty.sealed)["ground"])


def due(session: Session) -> list[DisclosureRequest]:
    """The requests whose secrecy is to be looked at again."""
    query = (
        select(DisclosureRequest)
        .join(SecrecyDuty, SecrecyDuty.request_id == DisclosureRequest.id)
        .where(SecrecyDuty.lifted_at.is_(None), SecrecyDuty.review_on <= clock.today())
    )
    return list(session.scalars(query.order_by(SecrecyDuty.review_on)))


def _place(request_id: str) -> str:
    return f"secrecy_duties.sealed:{request_id}"
