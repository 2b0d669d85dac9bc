"""The keys that the house signs with: one at a time, each vouched for by the one before, for a limited time."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import LargeBinary, String, Text, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.database import Base, keyring
from vault.keys import HOUSE
from vault.notes import BadNote, Signer, Verifier, signer_of
from vault.types import BigKey, Instant

LIFETIME = timedelta(days=365)
RENEWED_BEFORE_END = timedelta(days=60)
_HEADING = "zhoda/key/v1"


class SigningKey(Base):
    """A key pair. `statement` is the note that says from when to when it signs. Append-only."""

    __tablename__ = "signing_keys"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(60))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    statement: Mapped[str] = mapped_column(Text)
    until: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A key that may be believed for what was signed from one moment to another."""

    verifier: Verifier
    since: datetime
    until: datetime

    def covers(self, moment: datetime) -> bool:
        """Whether what was signed at `moment` may be believed."""
        return self.since <= moment <= self.until


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


def rotate(session: Session) -> Verifier:
    """Make a new key that signs from now on, vouched for by the present one; the very first vouches for itself."""
    before = _newest(session)
    number = before.id + 1 if before else 1
    new = Signer(before.name if before else f"zhoda-{secrets.token_hex(8)}", secrets.token_bytes(32))
    since = clock.now()
    until = since + LIFETIME
    text = f"{_HEADING}\n{new.verifier}\n{clock.rfc3339(since)}\n{clock.rfc3339(until)}\n"
    session.execute(
        insert(SigningKey).values(
            id=number,
            name=new.name,
            sealed=keyring(session).seal(HOUSE, _place(number), new.seed),
            statement=(signer(session) if before else new).sign(text),
            until=until,
        )
    )
    return new.verifier


def renew_if_due(session: Session) -> bool:
    """Rotate where there is no key, or the present one ends within `RENEWED_BEFORE_END`."""
    present = _newest(session)
    due = present is None or present.until - clock.now() < RENEWED_BEFORE_END
    if due:
        rotate(session)
    return due


def trusted(pinned: Verifier, statements: Iterable[str]) -> dict[bytes, TrustedKey]:
    """By key id, the keys that the owner of `pinned` vouches for, itself included; others are passed over."""
    known: dict[bytes, TrustedKey] = {}
    for statement in statements:
        try:
            voucher_id = signer_of(statement)
            voucher = known[voucher_id].verifier if voucher_id in known else pinned
            key = _stated(voucher.open(statement))
        except (BadNote, ValueError):
            continue
        vouched = voucher_id in known and known[voucher_id].covers(key.since)
        if key.verifier.name == pinned.name and (vouched or key.verifier == pinned):
            known[key.verifier.key_id] = key
    return known


def _stated(text: str) -> TrustedKey:
    heading, verifier, since, until = text.splitlines()
    if heading != _HEADING:
        raise BadNote("not the statement of a key")
    return TrustedKey(Verifier.parse(verifier), clock.parse_instant(since), clock.parse_instant(until))


def _newest(session: Session) -> SigningKey | None:
    return session.scalar(select(SigningKey).order_by(SigningKey.id.desc()).limit(1))


def _place(number: int) -> str:
    return f"signing_keys.sealed:{number}"
