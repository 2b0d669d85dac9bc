"""How soon each kind of message reaches the owner of an account: at once, once a day, or never."""

from enum import StrEnum

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.outbox.messages import MessageKind
from vault.database import Base


class Pace(StrEnum):
    """How soon a message goes."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


# Danger to somebody's life, and a stranger at the account, are told whatever is wished.
CHOSEN = {MessageKind.DEADLINE: Pace.DAILY}


class NoticePreference(Base):
    """What the owner of an account has chosen for a kind."""

    __tablename__ = "notice_preferences"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    kind: Mapped[MessageKind] = mapped_column(String(12), primary_key=True)
    pace: Mapped[Pace] = mapped_column(String(8))


def choose(session: Session, account_id: str, kind: MessageKind, pace: Pace) -> None:
    """Keep what the owner of an account chose.

    Raises:
        KeyError: of that kind nothing is chosen.
    """
    if kind not in CHOSEN:
        raise KeyError(kind)
    session.merge(NoticePreference(account_id=account_id, kind=kind, pace=pace))
    session.flush()


def chosen(session: Session, account_id: str) -> dict[MessageKind, Pace]:
    """What holds for each kind that is chosen."""
    rows = session.scalars(select(NoticePreference).where(NoticePreference.account_id == account_id))
    return CHOSEN | {MessageKind(row.kind): Pace(row.pace) for row in rows}


def pace(session: Session, account_id: str, kind: MessageKind) -> Pace:
    """How soon a message of that kind goes to the owner of an account."""
    return chosen(session, account_id).get(kind, Pace.AT_ONCE)
