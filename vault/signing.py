"""The keys that the house signs with: one at a time, each vouched for by the one before, for a limited time."""

import secrets
from datetime import datetime

from sqlalchemy import LargeBinary, String, Text, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.columns import Clear, Owner, clear, sealed_to
from vault.database import Base, keyring
from vault.keys import HOUSE
from vault.notes import Signer, Verifier
from vault.policy import in_force, law
from vault.trust import TrustedKey, vouch
from vault.types import BigKey, Instant


class SigningKey(Base):
    """A key pair. `statement` is the note that says from when to when it signs. Append-only."""

    __tablename__ = "signing_keys"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(60), info=clear(Clear.MACHINE))
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info=sealed_to(Owner.HOUSE))
    statement: Mapped[str] = mapped_column(Text, info=clear(Clear.PUBLIC_KEY))
    until: Mapped[datetime] = mapped_column(Instant)


def signer(session: Session) -> Signer:
    """The key of today.

    Raises:
        LookupError: none was made yet.
    """
    row = _newest(session)
    if row is None:
        raise LookupError("no signing key")
    return Signer(row.name, keyring(session).unseal(HOUSE, _place(row.id), row.sealed))


def statements(session: Session) -> list[str]:
    """The statements of all keys, oldest first: the first signed by itself, each later one by the one before."""
    return list(session.scalars(select(SigningKey.statement).order_by(SigningKey.id)))


def anchor(session: Session) -> Verifier:
    """The first key: it vouches, through its successors, for every later one.

    Raises:
        LookupError: none was made yet.
    """
    known = statements(session)
    if not known:
        raise LookupError("no signing key")
    return Verifier.parse(known[0].split("\n")[1])


def rotate(session: Session) -> Verifier:
    """Make a new key that signs from now on, vouched for by the present one; the very first vouches for itself."""
    before = _newest(session)
    number = before.id + 1 if before else 1
    new = Signer(before.name if before else f"zhoda-{secrets.token_hex(8)}", secrets.token_bytes(32))
    since = clock.now()
    until = since + in_force.value(session, law.SIGNING_KEY)
    session.execute(
        insert(SigningKey).values(
            id=number,
            name=new.name,
            sealed=keyring(session).seal(HOUSE, _place(number), new.seed),
            statement=vouch(signer(session) if before else new, TrustedKey(new.verifier, since, until)),
            until=until,
        )
    )
    return new.verifier


def renew_if_due(session: Session) -> bool:
    """Rotate where there is no key, or the present one is about to end (`law.SIGNING_KEY_RENEWED`)."""
    present = _newest(session)
    due = present is None or present.until - clock.now() < in_force.value(session, law.SIGNING_KEY_RENEWED)
    if due:
        rotate(session)
    return due


def _newest(session: Session) -> SigningKey | None:
    return session.scalar(select(SigningKey).order_by(SigningKey.id.desc()).limit(1))


def _place(number: int) -> str:
    return f"signing_keys.sealed:{number}"
