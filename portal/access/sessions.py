"""Signed-in sessions, kept on the server: the cookie holds only a random token, of which we keep the digest."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.access.accounts import Account, Role
from vault import clock
from vault.database import Base
from vault.types import Instant

LONGEST = timedelta(hours=8)
IDLE = {True: timedelta(minutes=15), False: timedelta(minutes=30)}
TOUCH_AFTER = timedelta(seconds=60)


class SignedInSession(Base):
    """One sign-in of one account."""

    __tablename__ = "sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in, as Flask-Login and the permissions see them."""

    account: Account
    token: str
    seen_at: datetime

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """The token that the cookie carries."""
        return self.token


def begin(session: Session, account: Account) -> Visitor:
    """A new session with a fresh token."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    session.add(SignedInSession(digest=_digest(token), account_id=account.id, created_at=now, seen_at=now))
    session.flush()
    return Visitor(account, token, now)


def visitor(session: Session, token: str) -> Visitor | None:
    """Who `token` stands for; None when unknown, idle too long (15 min survivor, 30 staff) or over 8 hours old."""
    row = session.get(SignedInSession, _digest(token))
    if row is None:
        return None
    account = session.get_one(Account, row.account_id)
    now = clock.now()
    idle = IDLE[account.role == Role.SURVIVOR]
    if account.disabled_at is not None or now - row.seen_at > idle or now - row.created_at > LONGEST:
        return None
    return Visitor(account, token, row.seen_at)


def touch(session: Session, token: str) -> None:
    """Note that the session is in use."""
    session.execute(update(SignedInSession).where(SignedInSession.digest == _digest(token)).values(seen_at=clock.now()))


def end(session: Session, token: str) -> None:
    """End a session."""
    session.execute(delete(SignedInSession).where(SignedInSession.digest == _digest(token)))


def end_others(session: Session, account_id: str, token: str) -> None:
    """End every session of an account but this one."""
    others = delete(SignedInSession).where(SignedInSession.account_id == account_id)
    session.execute(others.where(SignedInSession.digest != _digest(token)))


def of_account(session: Session, account_id: str) -> list[SignedInSession]:
    """The sessions of an account, latest first."""
    query = select(SignedInSession).where(SignedInSession.account_id == account_id)
    return list(session.scalars(query.order_by(SignedInSession.seen_at.desc())))


def sweep(session: Session) -> None:
    """Forget sessions that nobody can use any more."""
    session.execute(delete(SignedInSession).where(SignedInSession.created_at < clock.now() - LONGEST))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
