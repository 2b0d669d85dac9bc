"""Letters to and from the requesting body, sealed."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.disclosure import sealed
from consent.disclosure.requests import DisclosureRequest
from vault import clock
from vault.columns import Owner, sealed_to
from vault.database import Base, new_id
from vault.types import Id, Instant


class Direction(StrEnum):
    """Whether a letter came from the asker or went to them."""

    IN = "in"
    OUT = "out"


class RequestLetter(Base):
    """A letter of a request."""

    __tablename__ = "request_letters"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("disclosure_requests.id"), index=True)
    direction: Mapped[Direction] = mapped_column(String(3))
    dated_on: Mapped[date] = mapped_column(Date)
    sealed: Mapped[bytes] = mapped_column(info=sealed_to(Owner.HOUSE))
    recorded_by: Mapped[str] = mapped_column(Id)
    recorded_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class LetterShown:
    """A letter, opened."""

    direction: str
    dated_on: date
    text: str


def keep(
    session: Session, request: DisclosureRequest, direction: str, dated_on: date, text: str, recorded_by: str
) -> None:
    """Keep what was written to or by the requesting body."""
    letter_id = new_id()
    session.add(
        RequestLetter(
            id=letter_id,
            request_id=request.id,
            direction=direction,
            dated_on=dated_on,
            sealed=sealed.close(session, _place(letter_id), {"text": text}),
            recorded_by=recorded_by,
            recorded_at=clock.now(),
        )
    )
    session.flush()


def of(session: Session, request: DisclosureRequest) -> list[LetterShown]:
    """The letters of a request, oldest first."""
    query = select(RequestLetter).where(RequestLetter.request_id == request.id)
    return [
        LetterShown(row.direction, row.dated_on, sealed.content(session, _place(row.id), row.sealed)["text"])
        for row in session.scalars(query.order_by(RequestLetter.dated_on, RequestLetter.recorded_at))
    ]


def _place(letter_id: str) -> str:
    return f"request_letters.sealed:{letter_id}"
