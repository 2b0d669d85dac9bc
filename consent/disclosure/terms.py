"""What the directory knows of a recipient for disclosures: on what its transfers rest, and its standing terms."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.catalogue.recipients import UnknownRecipient, directory
from consent.ledger.revisions import as_known, open_moment
from vault.columns import Clear, clear
from vault.database import Base
from vault.types import Id, Json


class TransferBasis(StrEnum):
    """On what a transfer rests (GDPR chapter V); `NONE` for a recipient to which it does not apply."""

    NONE = "eea"
    ADEQUACY = "45"
    SAFEGUARDS = "46"
    DEROGATION = "49"


class RecipientTerms(Base):
    """The terms of a recipient from one revision to another; `standing` holds sentences for the certificate."""

    __tablename__ = "recipient_terms"
    __table_args__ = (Index("ix_recipient_terms_recipient", "recipient", "from_revision"),)

    id: Mapped[int] = mapped_column(primary_key=True, info=clear(Clear.NUMBER))
    recipient: Mapped[str] = mapped_column(String(60), info=clear(Clear.CATALOGUE))
    transfer_basis: Mapped[TransferBasis] = mapped_column(String(3))
    transfer_ground: Mapped[str] = mapped_column(String(500), info=clear(Clear.WORK))
    standing: Mapped[list[str]] = mapped_column(Json, info=clear(Clear.WORK))
    entered_by: Mapped[str] = mapped_column(Id)
    from_revision: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    to_revision: Mapped[int | None] = mapped_column(info=clear(Clear.NUMBER))


def all_terms(session: Session) -> Mapping[str, RecipientTerms]:
    """The present terms by recipient; one without any is left out."""
    rows = session.scalars(select(RecipientTerms).where(as_known(RecipientTerms, None)))
    return {row.recipient: row for row in rows}


def enter(session: Session, recipient: str, **values: Any) -> RecipientTerms:
    """Enter or replace a recipient's terms from this revision on.

    Raises:
        UnknownRecipient: the directory lacks it.
        ValueError: a transfer basis that chapter V of the GDPR does not know.
    """
    if recipient not in directory(session):
        raise UnknownRecipient(recipient)
    if values["transfer_basis"] not in tuple(TransferBasis):
        raise ValueError(values["transfer_basis"])
    moment = open_moment(session)
    standing = (RecipientTerms.recipient == recipient) & RecipientTerms.to_revision.is_(None)
    session.execute(update(RecipientTerms).where(standing).values(to_revision=moment.revision))
    entered = RecipientTerms(recipient=recipient, from_revision=moment.revision, to_revision=None, **values)
    session.add(entered)
    session.flush()
    return entered
