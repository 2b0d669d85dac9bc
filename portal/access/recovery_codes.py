"""Recovery codes: what opens an account once each when the phone with the second factor is gone."""

import base64
import hashlib
import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.columns import Blind, blind
from vault.database import Base, new_id, rows_changed
from vault.types import Id, Instant

HOW_MANY = 10
# 120 bits, above the 112 from which ASVS 6.5.2 lets a plain digest do.
_BYTES = 15


class RecoveryCode(Base):
    """One code of one account; only its digest is kept."""

    __tablename__ = "recovery_codes"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=blind(Blind.RANDOM))
    created_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


def renew(session: Session, account_id: str) -> list[str]:
    """Ten new codes, to be shown this once; the earlier ones end."""
    forget(session, account_id)
    codes = [base64.b32encode(secrets.token_bytes(_BYTES)).decode() for _ in range(HOW_MANY)]
    now = clock.now()
    session.add_all(
        RecoveryCode(id=new_id(), account_id=account_id, digest=_digest(code), created_at=now, used_at=None)
        for code in codes
    )
    session.flush()
    return ["-".join(code[start : start + 4] for start in range(0, len(code), 4)) for code in codes]


def use(session: Session, account_id: str, code: str) -> bool:
    """Whether `code` (hyphens, spaces and case aside) is an unused one of the account; then it is used up."""
    plain = "".join(code.split()).replace("-", "").upper()
    used = update(RecoveryCode).where(
        RecoveryCode.account_id == account_id, RecoveryCode.digest == _digest(plain), RecoveryCode.used_at.is_(None)
    )
    return rows_changed(session, used.values(used_at=clock.now())) == 1


def left(session: Session, account_id: str) -> int:
    """How many are unused."""
    unused = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalar(unused) or 0


def forget(session: Session, account_id: str) -> None:
    """End every code of an account."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
