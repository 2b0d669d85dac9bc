"""Slowing down whoever guesses: a growing delay per account and network, with no lock-out by a stranger.

What is counted is the pair of account and network, and beside it the account and the network alone. Only the pair is
ever delayed, so that no stranger's guessing keeps the owner out; where account or network are under attack, the delays
of every pair begin with its first failure, and higher.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.columns import Blind, Clear, blind, clear
from vault.database import Base, keyring
from vault.policy import in_force, law
from vault.types import Instant

_HEAD_START = 5
_EVERY = "*"


class FailedSignIn(Base):
    """How often somebody failed, under a keyed digest of account and network; no address is stored."""

    __tablename__ = "failed_sign_ins"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, info=blind(Blind.KEYED))
    failures: Mapped[int] = mapped_column(info=clear(Clear.NUMBER))
    next_try_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    of_pair: Mapped[bool] = mapped_column(default=True)


def _counting(upsert: Any) -> Any:
    more = {"failures": FailedSignIn.failures + 1, "changed_at": upsert.excluded.changed_at}
    counted = upsert.on_conflict_do_update(index_elements=[FailedSignIn.digest], set_=more)
    return counted.returning(FailedSignIn.failures)


# Guesses come by the ten thousand, and putting these together each time would cost more than carrying them out.
_TABLE: Any = FailedSignIn.__table__
_COUNT = {"sqlite": _counting(sqlite.insert(_TABLE)), "postgresql": _counting(postgresql.insert(_TABLE))}
_DELAY = update(_TABLE).where(_TABLE.c.digest == bindparam("of")).values(next_try_at=bindparam("until"))


def wait(session: Session, sign_in: str, network: str) -> timedelta:
    """How long to wait before the next try; zero when it may be made."""
    row = session.get(FailedSignIn, _digest(session, sign_in, network), populate_existing=True)
    return max(row.next_try_at - clock.now(), timedelta(0)) if row is not None else timedelta(0)


def note_failure(session: Session, sign_in: str, network: str) -> None:
    """Count a failure; from the sixth on, each doubles the delay, up to five minutes."""
    everywhere = count(session, sign_in)
    of_network = _count(session, _digest(session, _EVERY, network), of_pair=False)
    digest = _digest(session, sign_in, network)
    failures = _count(session, digest, of_pair=True)
    attacked = max(everywhere, of_network) > in_force.value(session, law.UNDER_ATTACK)
    excess = failures + _HEAD_START if attacked else max(failures - in_force.value(session, law.FREE_TRIES), 0)
    delay = min(timedelta(seconds=2 ** min(excess, 9) if excess else 0), in_force.value(session, law.LONGEST_DELAY))
    session.connection().execute(_DELAY, {"of": digest, "until": clock.now() + delay})


def forget(session: Session, sign_in: str, network: str) -> None:
    """Begin anew after a good sign-in."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.digest == _digest(session, sign_in, network)))


def count(session: Session, name: str) -> int:
    """Count one more for `name` wherever it comes from, and answer how many that makes within a day.

    Two at once are counted one after the other, each with a number of its own.
    """
    return _count(session, _digest(session, name, _EVERY), of_pair=False)


def counted(session: Session, name: str) -> int:
    """How many were counted for `name` within a day."""
    row = session.get(FailedSignIn, _digest(session, name, _EVERY), populate_existing=True)
    return (
        row.failures
        if row is not None and row.changed_at > clock.now() - in_force.value(session, law.FAILURES_KEPT)
        else 0
    )


def take_back(session: Session, name: str) -> None:
    """Count one less for `name`: it was right."""
    present = FailedSignIn.digest == _digest(session, name, _EVERY)
    session.execute(update(FailedSignIn).where(present).values(failures=FailedSignIn.failures - 1))


def sweep(session: Session) -> None:
    """Forget failures older than a day."""
    session.execute(
        delete(FailedSignIn).where(FailedSignIn.changed_at < clock.now() - in_force.value(session, law.FAILURES_KEPT))
    )


def failures(session: Session) -> int:
    """How many account-network pairs failed within the last day."""
    return len(session.scalars(select(FailedSignIn.digest).where(FailedSignIn.of_pair)).all())


def _count(session: Session, digest: str, *, of_pair: bool) -> int:
    now = clock.now()
    first = {"digest": digest, "failures": 1, "next_try_at": now, "changed_at": now, "of_pair": of_pair}
    connection = session.connection()
    total: int = connection.execute(_COUNT[connection.dialect.name], first).scalar_one()
    return total


def _digest(session: Session, sign_in: str, network: str) -> str:
    return keyring(session).blind_index("failed_sign_ins", f"{sign_in.strip().casefold()}\0{network}")
