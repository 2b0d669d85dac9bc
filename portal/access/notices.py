"""What staff are told, here and outside: about their own account, about danger, about what is due."""

import hashlib
import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.access import accounts
from portal.access.accounts import Account
from portal.outbox import messages, preferences
from portal.outbox.messages import Channel, MessageKind
from portal.outbox.preferences import Pace
from vault import clock
from vault.columns import Blind, Clear, blind, clear
from vault.database import Base, insert, new_id
from vault.types import Id, Instant


class What(StrEnum):
    """What a notice is about."""

    NEW_DEVICE = "new_device"
    CODES_GUESSED = "codes_guessed"
    CREDENTIALS_CHANGED = "credentials_changed"
    RECOVERY_CODE_USED = "recovery_code_used"
    DANGER = "danger"
    DANGER_UNSEEN = "danger_unseen"
    REQUEST_DUE = "request_due"
    LETTER = "letter"
    REACH_PERSON = "reach_person"


_KINDS = {
    What.DANGER: MessageKind.DANGER,
    What.DANGER_UNSEEN: MessageKind.DANGER,
    What.REQUEST_DUE: MessageKind.DEADLINE,
    What.REACH_PERSON: MessageKind.DEADLINE,
}


class KnownDevice(Base):
    """A device that somebody signed in from; its cookie holds a random token, of which we keep the digest."""

    __tablename__ = "known_devices"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True, info=blind(Blind.RANDOM))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    since: Mapped[datetime] = mapped_column(Instant)


class Notice(Base):
    """Something that the owner of an account should know."""

    __tablename__ = "account_notices"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    effect: Mapped[str] = mapped_column(String(120), unique=True, info=clear(Clear.IDENTIFIER))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    what: Mapped[What] = mapped_column(String(24))
    at: Mapped[datetime] = mapped_column(Instant)
    read_at: Mapped[datetime | None] = mapped_column(Instant)


def tell(session: Session, account_id: str, what: What, of: str = "") -> bool:
    """Tell the owner of a staff account, here and by a message outside, as soon as they want to know.

    `of` names what could be told twice; False where it was told before.
    """
    notice_id = note(session, account_id, what, of)
    if notice_id is None:
        return False
    effect = _effect(account_id, what, of) or notice_id
    kind = _KINDS.get(what, MessageKind.SECURITY)
    pace = preferences.pace(session, account_id, kind)
    if pace is not Pace.NEVER:
        for channel in _channels(session, account_id, kind):
            is_later = pace is Pace.DAILY
            outside = f"{effect}:{channel}"
            messages.put(session, outside, account_id, kind, channel, notice_id=notice_id, is_for_digest=is_later)
    return True


def note(session: Session, account_id: str, what: What, of: str = "") -> str | None:
    """Tell the owner of an account here alone: the notice's id, None where it was told before."""
    notice_id = new_id()
    effect = _effect(account_id, what, of) or notice_id
    values = {"id": notice_id, "effect": effect, "account_id": account_id, "what": what, "at": clock.now()}
    new = insert(session)(Notice).values(values).on_conflict_do_nothing(index_elements=[Notice.effect])
    noted: str | None = session.connection().execute(new.returning(Notice.id)).scalar()
    return noted


def _effect(account_id: str, what: What, of: str) -> str:
    return f"{what}:{of}:{account_id}" if of else ""


def _channels(session: Session, account_id: str, kind: MessageKind) -> tuple[Channel, ...]:
    """Mail, and in danger whatever wakes somebody at night, for those who left a number."""
    wakes = kind is MessageKind.DANGER and accounts.phone(session, session.get_one(Account, account_id)) is not None
    return (Channel.MAIL, Channel.SMS, Channel.CALL) if wakes else (Channel.MAIL,)


def recognise(session: Session, account_id: str, token: str) -> str:
    """The token of the device; where it is not known yet, a new one, and the owner is told."""
    known = session.get(KnownDevice, _digest(token)) if token else None
    if known is not None and known.account_id == account_id:
        return token
    token = secrets.token_urlsafe(24)
    session.add(KnownDevice(digest=_digest(token), account_id=account_id, since=clock.now()))
    tell(session, account_id, What.NEW_DEVICE)
    return token


def unread(session: Session, account_id: str) -> int:
    """How many notices the owner has not put away."""
    return session.scalar(select(func.count()).where(Notice.account_id == account_id, Notice.read_at.is_(None))) or 0


def unread_ids(session: Session, account_id: str) -> list[str]:
    """The ids of the notices that the owner has not put away."""
    return list(session.scalars(select(Notice.id).where(Notice.account_id == account_id, Notice.read_at.is_(None))))


def latest(session: Session, account_id: str, limit: int = 20) -> list[Notice]:
    """The last notices, newest first."""
    query = select(Notice).where(Notice.account_id == account_id)
    return list(session.scalars(query.order_by(Notice.at.desc(), Notice.id).limit(limit)))


def put_away(session: Session, account_id: str) -> None:
    """Mark all as read."""
    waiting = update(Notice).where(Notice.account_id == account_id, Notice.read_at.is_(None))
    session.execute(waiting.values(read_at=clock.now()))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
