"""What a controller keeps beside the record: the impact assessment, the joint arrangement, its representatives."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.columns import Clear, clear
from vault.database import Base
from vault.types import Instant


class DocumentKind(StrEnum):
    """What the house keeps to show that it complies (GDPR Art. 13, 14, 26(2), 27, 35 and 46)."""

    DPIA = "dpia"
    JOINT_ARRANGEMENT = "joint_arrangement"
    REPRESENTATIVES = "representatives"
    NOTICES = "notices"
    TRANSFER_ASSESSMENTS = "transfer_assessments"


class PrivacyDocument(Base):
    """One document with its owner, where it is kept, and the day on which it is looked at again."""

    __tablename__ = "privacy_documents"

    kind: Mapped[DocumentKind] = mapped_column(String(24), primary_key=True)
    owner: Mapped[str] = mapped_column(String(100), info=clear(Clear.OFFICE))
    place: Mapped[str] = mapped_column(String(200), info=clear(Clear.WORK))
    review_on: Mapped[date] = mapped_column(Date)
    changed_at: Mapped[datetime] = mapped_column(Instant)


def listed(session: Session) -> dict[str, PrivacyDocument | None]:
    """Every kind of document, with what is known of it."""
    known = {each.kind: each for each in session.scalars(select(PrivacyDocument))}
    return {kind: known.get(kind) for kind in DocumentKind}


def keep(session: Session, kind: str, owner: str, place: str, review_on: date) -> PrivacyDocument:
    """Say who owns a document, where it is, and when it is looked at again.

    Raises:
        ValueError: no such kind.
    """
    DocumentKind(kind)
    kept = session.merge(
        PrivacyDocument(kind=kind, owner=owner, place=place, review_on=review_on, changed_at=clock.now())
    )
    session.flush()
    return kept


def due(session: Session) -> list[PrivacyDocument]:
    """The documents whose day has come."""
    query = select(PrivacyDocument).where(PrivacyDocument.review_on <= clock.today())
    return list(session.scalars(query.order_by(PrivacyDocument.review_on)))
