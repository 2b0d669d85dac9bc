"""Slowing down whoever guesses: a growing delay per account and network, with no lock-out by a stranger."""

from datetime import datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.database import Base, keyring
from vault.types import Instant

FREE_TRIES = 5
LONGEST_DELAY = timedelta(minutes=5)
KEPT_FOR = timedelta(hours=24)


class FailedSignIn(Base):
    """How often somebody failed, under a keyed digest of account and network; no address is stored."""

    __tablename__ = "failed_sign_ins"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)


def wait(session: Session, sign_in: str, network: str) -> timedelta:
    """How long to wait before the next try; zero when it may be made."""
    row = session.get(FailedSignIn, _digest(session, sign_in, network))
    return max(row.next_try_at - clock.now(), timedelta(0)) if row is not None else timedelta(0)


def note_failure(session: Session, sign_in: str, network: str) -> None:
    """Count a failure; from the sixth on, each doubles the delay, up to five minutes."""
    now = clock.now()
    digest = _digest(session, sign_in, network)
    row = session.get(FailedSignIn, digest) or FailedSignIn(digest=digest, failures=0)
    row.failures += 1
    excess = min(max(row.failures - FREE_TRIES, 0), 9)
    row.next_try_at = now + min(timedelta(seconds=2**excess if excess else 0), LONGEST_DELAY)
    row.changed_at = now
    session.add(row)
    session.flush()


def forget(session: Session, sign_in: str, network: str) -> None:
    """Begin anew after a good sign-in."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.digest == _digest(session, sign_in, network)))


def sweep(session: Session) -> None:
    """Forget failures older than a day."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.changed_at < clock.now() - KEPT_FOR))


def failures(session: Session) -> int:
    """How many account-network pairs failed within the last day."""
    return len(session.scalars(select(FailedSignIn.digest)).all())


def _digest(session: Session, sign_in: str, network: str) -> str:
    return keyring(session).blind_index("failed_sign_ins", f"{sign_in.strip().casefold()}\0{network}")
