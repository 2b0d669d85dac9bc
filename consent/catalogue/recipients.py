"""The recipient directory: everybody an item may be asked for, each of one class. Versioned by revision."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Index, Integer, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from consent.catalogue import catalogue_changes
from consent.ledger.revisions import Revision, as_known, open_moment
from consent.ledger.scopes import RecipientClass
from vault.columns import Clear, clear
from vault.database import Base
from vault.types import Json


class UnknownRecipient(Exception):
    """A key that the directory lacks."""


class WrongClass(Exception):
    """The scope is not meant for recipients of that class."""


class Recipient(Base):
    """An entry of the directory from one revision to another; a partner's key is its organisation's."""

    __tablename__ = "recipients"
    __table_args__ = (Index("ix_recipients_key", "key", "from_revision"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, info=clear(Clear.NUMBER))
    key: Mapped[str] = mapped_column(String(60), info=clear(Clear.CATALOGUE))
    recipient_class: Mapped[RecipientClass] = mapped_column(String(20))
    country: Mapped[str | None] = mapped_column(String(2), info=clear(Clear.CODE))
    names: Mapped[dict[str, Any]] = mapped_column(Json, info=clear(Clear.PUBLISHED))
    from_revision: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    to_revision: Mapped[int | None] = mapped_column(info=clear(Clear.NUMBER))


def directory(session: Session, known_at: Revision | None = None) -> Mapping[str, Recipient]:
    """The recipients by key, as known at a revision (None: now)."""
    rows = session.scalars(select(Recipient).where(as_known(Recipient, known_at)).order_by(Recipient.key))
    return {recipient.key: recipient for recipient in rows}


def enter(
    session: Session, key: str, recipient_class: str, names: Mapping[str, str], country: str | None = None
) -> Recipient:
    """Add a recipient, or replace the entry of that key from this revision on, and tell the stores it is shown to."""
    moment = open_moment(session)
    present = (Recipient.key == key) & Recipient.to_revision.is_(None)
    classes = {recipient_class, *session.scalars(select(Recipient.recipient_class).where(present))}
    session.execute(update(Recipient).where(present).values(to_revision=moment.revision))
    recipient = Recipient(
        key=key,
        recipient_class=recipient_class,
        country=country,
        names=dict(names),
        from_revision=moment.revision,
        to_revision=None,
    )
    session.add(recipient)
    session.flush()
    catalogue_changes.tell(session, classes, moment)
    return recipient
