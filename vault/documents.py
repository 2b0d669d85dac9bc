"""Stored documents: sealed under the key of whom they are about, so that they go when the key does."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import LargeBinary, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, keyring, new_id
from vault.types import Id, Instant


class Document(Base):
    """A document of one key's owner: a person, a support case or the house. Its content and name are sealed."""

    __tablename__ = "documents"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner: Mapped[str] = mapped_column(Id, index=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.PERSON, Owner.CASE, Owner.HOUSE))
    about: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.PERSON, Owner.CASE, Owner.HOUSE))
    size: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    kept_by: Mapped[str] = mapped_column(Id)
    kept_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Opened:
    """A document in clear: what it is called here, its media type, its bytes."""

    name: str
    media_type: str
    content: bytes


def keep(session: Session, owner: str, document: Opened, kept_by: str) -> str:
    """Seal a document under the key of `owner`; its id.

    Raises:
        vault.keys.KeyDestroyed, vault.keys.KeyUnknown: there is no key to seal it under.
    """
    ring, document_id = keyring(session), new_id()
    about = json.dumps({"name": document.name, "media_type": document.media_type}).encode()
    session.add(
        Document(
            id=document_id,
            owner=owner,
            sealed=ring.seal(owner, _place("sealed", document_id), document.content),
            about=ring.seal(owner, _place("about", document_id), about),
            size=len(document.content),
            kept_by=kept_by,
            kept_at=clock.now(),
        )
    )
    session.flush()
    return document_id


def open_one(session: Session, owner: str, document_id: str) -> Opened | None:
    """A document of `owner`; None where there is none, or it is another's.

    Raises:
        vault.keys.KeyDestroyed: the owner was erased.
        vault.sealing.Unreadable: altered or moved.
    """
    row = session.scalar(select(Document).where(Document.id == document_id, Document.owner == owner))
    if row is None:
        return None
    ring = keyring(session)
    about = json.loads(ring.unseal(owner, _place("about", row.id), row.about))
    return Opened(about["name"], about["media_type"], ring.unseal(owner, _place("sealed", row.id), row.sealed))


def name_of(session: Session, row: Document) -> str:
    """What a document is called, without opening it.

    Raises:
        vault.keys.KeyDestroyed: the owner was erased.
    """
    about = json.loads(keyring(session).unseal(row.owner, _place("about", row.id), row.about))
    return str(about["name"])


def of_owner(session: Session, owner: str) -> list[Document]:
    """The documents of an owner, latest first, still sealed."""
    return list(session.scalars(select(Document).where(Document.owner == owner).order_by(Document.kept_at.desc())))


def forget(session: Session, owner: str) -> None:
    """Remove every document of an owner."""
    session.execute(delete(Document).where(Document.owner == owner).execution_options(synchronize_session=False))


def _place(column: str, document_id: str) -> str:
    return f"documents.{column}:{document_id}"
