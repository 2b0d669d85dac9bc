"""Signed-in sessions, kept on the server: the cookie holds only a random token, of which we keep the digest."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.access.accounts import Account, Role
from vault import clock
from vault.columns import Blind, Clear, blind, clear
from vault.database import Base, new_id
from vault.policy import in_force, law
from vault.types import Id, Instant

# How exactly the last use of a session is known.
TOUCH_AFTER = timedelta(seconds=60)


class SignedInSession(Base):
    """One sign-in of one account; until `opened_at` it waits for the second factor and opens nothing."""

    __tablename__ = "sessions"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, info=blind(Blind.RANDOM))
    id: Mapped[str] = mapped_column(Id, unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    opened_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    challenge: Mapped[bytes | None] = mapped_column(LargeBinary, info=clear(Clear.RANDOM))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in, as Flask-Login and the permissions see them."""

    account: Account
    token: str
    seen_at: datetime
    fresh_until: datetime | None = None

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """The token that the cookie carries."""
        return self.token

    @property
    def is_fresh(self) -> bool:
        """Whether the second factor was given so lately that it counts for a sensitive act."""
        return self.fresh_until is not None and clock.now() <= self.fresh_until


def begin(session: Session, account: Account) -> Visitor:
    """A new session with a fresh token, after every factor that the account has was given."""
    token, now = secrets.token_urlsafe(32), clock.now()
    _add(session, account.id, token, now, opened_at=now, confirmed_at=now)
    return Visitor(account, token, now, _fresh_until(session, now))


def await_second_factor(session: Session, account: Account) -> str:
    """The token of a session that opens nothing yet: the passphrase was right, the second factor is missing."""
    token, now = secrets.token_urlsafe(32), clock.now()
    _add(session, account.id, token, now)
    return token


def _add(session: Session, account_id: str, token: str, now: datetime, **opened: datetime) -> None:
    row = SignedInSession(digest=_digest(token), id=new_id(), account_id=account_id, created_at=now, seen_at=now)
    row.opened_at, row.confirmed_at, row.challenge = opened.get("opened_at"), opened.get("confirmed_at"), None
    session.add(row)
    session.flush()


def awaiting(session: Session, token: str) -> Account | None:
    """Whose second factor is missing under `token`; None when that is unknown or too old."""
    row = session.get(SignedInSession, _digest(token))
    if (
        row is None
        or row.opened_at is not None
        or clock.now() - row.created_at > in_force.value(session, law.SECOND_FACTOR_WITHIN)
    ):
        return None
    return session.get_one(Account, row.account_id)


def visitor(session: Session, token: str) -> Visitor | None:
    """Who `token` stands for; None when unknown, idle too long or too old (`vault.policy.law`)."""
    row = session.get(SignedInSession, _digest(token))
    if row is None or row.opened_at is None:
        return None
    account = session.get_one(Account, row.account_id)
    now = clock.now()
    idle = _idle(session, account.role)
    longest = in_force.value(session, law.SESSION_LONGEST)
    if account.disabled_at is not None or now - row.seen_at > idle or now - row.opened_at > longest:
        return None
    return Visitor(account, token, row.seen_at, _fresh_until(session, row.confirmed_at))


def lasts_for(session: Session, role: Role) -> timedelta:
    """How long a session surely stays open where nothing is done from now on."""
    # Its use is noted once in `TOUCH_AFTER`.
    return _idle(session, role) - TOUCH_AFTER


def _idle(session: Session, role: Role) -> timedelta:
    return in_force.value(session, law.SURVIVOR_IDLE if role == Role.SURVIVOR else law.STAFF_IDLE)


def rotate(session: Session, visitor: Visitor) -> Visitor:
    """The same session under a new token, its second factor given just now; the old token opens nothing."""
    token, now = secrets.token_urlsafe(32), clock.now()
    session.execute(
        update(SignedInSession)
        .where(SignedInSession.digest == _digest(visitor.token))
        .values(digest=_digest(token), confirmed_at=now, seen_at=now, challenge=None)
    )
    return Visitor(visitor.account, token, now, _fresh_until(session, now))


def keep_challenge(session: Session, token: str, challenge: bytes) -> None:
    """Keep what a passkey is asked to sign."""
    asked = update(SignedInSession).where(SignedInSession.digest == _digest(token))
    session.execute(asked.values(challenge=challenge))


def take_challenge(session: Session, token: str) -> bytes | None:
    """What a passkey was asked to sign, once."""
    challenge = session.scalar(select(SignedInSession.challenge).where(SignedInSession.digest == _digest(token)))
    session.execute(update(SignedInSession).where(SignedInSession.digest == _digest(token)).values(challenge=None))
    return challenge


def touch(session: Session, token: str) -> None:
    """Note that the session is in use."""
    session.execute(update(SignedInSession).where(SignedInSession.digest == _digest(token)).values(seen_at=clock.now()))


def end(session: Session, token: str) -> None:
    """End a session."""
    session.execute(delete(SignedInSession).where(SignedInSession.digest == _digest(token)))


def end_one(session: Session, account_id: str, session_id: str) -> None:
    """End one session of an account, by its id."""
    session.execute(
        delete(SignedInSession).where(SignedInSession.account_id == account_id, SignedInSession.id == session_id)
    )


def end_others(session: Session, account_id: str, token: str) -> None:
    """End every session of an account but this one."""
    others = delete(SignedInSession).where(SignedInSession.account_id == account_id)
    session.execute(others.where(SignedInSession.digest != _digest(token)))


def end_all(session: Session, account_id: str) -> None:
    """End every session of an account."""
    session.execute(delete(SignedInSession).where(SignedInSession.account_id == account_id))


def of_account(session: Session, account_id: str) -> list[SignedInSession]:
    """The open sessions of an account, latest first."""
    query = select(SignedInSession).where(
        SignedInSession.account_id == account_id, SignedInSession.opened_at.is_not(None)
    )
    return list(session.scalars(query.order_by(SignedInSession.seen_at.desc())))


def sweep(session: Session) -> None:
    """Forget sessions that nobody can use any more."""
    session.execute(
        delete(SignedInSession).where(
            SignedInSession.created_at < clock.now() - in_force.value(session, law.SESSION_LONGEST)
        )
    )


def _fresh_until(session: Session, confirmed_at: datetime | None) -> datetime | None:
    return confirmed_at + in_force.value(session, law.STEP_UP_FRESH) if confirmed_at is not None else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
