"""The outbox: a row for each message, written with what it tells of, sent afterwards, and settled once."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Integer, Select, String, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from vault import clock
from vault.columns import Clear, clear
from vault.database import Base, insert, new_id, rows_changed
from vault.policy import in_force, law
from vault.refusals import Refused
from vault.states import Act, StateMachine
from vault.types import Id, Instant

# A process that has taken a message and is not heard of for so long has died.
TAKEN_FOR = timedelta(minutes=3)
TRIES_AFTER = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 240, 720))


class Channel(StrEnum):
    """The way a message takes: mail, or the operator's own command for a text message or a call."""

    MAIL = "mail"
    SMS = "sms"
    CALL = "call"


class MessageKind(StrEnum):
    """What a message is about; it does not say so outside."""

    SECURITY = "security"
    DANGER = "danger"
    DEADLINE = "deadline"
    DIGEST = "digest"
    PERSON = "person"


class MessageState(StrEnum):
    """How far a message has come; `handing_over` until it is known whether it was accepted."""

    WAITING = "waiting"
    HANDING_OVER = "handing_over"
    SENT = "sent"
    GIVEN_UP = "given_up"
    DROPPED = "dropped"


class Failure(StrEnum):
    """Why the last attempt came to nothing."""

    NOT_SET_UP = "not_set_up"
    UNREACHABLE = "unreachable"
    STALLED = "stalled"
    NOT_NOW = "not_now"
    REFUSED = "refused"
    COMMAND_FAILED = "command_failed"


_OPEN = (MessageState.WAITING, MessageState.HANDING_OVER)
STATES = StateMachine(
    MessageState,
    {
        "hand_over": Act(_OPEN, MessageState.HANDING_OVER, ("clock",)),
        "send": Act(_OPEN, MessageState.SENT, ("clock",)),
        "fail": Act(_OPEN, MessageState.WAITING, ("clock",)),
        "give_up": Act(_OPEN, MessageState.GIVEN_UP, ("clock",)),
        "drop": Act((*_OPEN, MessageState.GIVEN_UP), MessageState.DROPPED, ("clock", "administrator")),
        "try_again": Act((MessageState.GIVEN_UP,), MessageState.WAITING, ("administrator",)),
    },
    final=(MessageState.SENT, MessageState.DROPPED),
    waits_for={MessageState.GIVEN_UP: "administrator"},
)


class NotNow(Refused):
    """The message is in another state by now."""


class Message(Base):
    """A message to the owner of an account. Where it goes is looked up when it is sent, and is never kept here."""

    __tablename__ = "outbox_messages"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    effect: Mapped[str] = mapped_column(String(120), unique=True, info=clear(Clear.IDENTIFIER))
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    notice_id: Mapped[str | None] = mapped_column(ForeignKey("account_notices.id"))
    kind: Mapped[MessageKind] = mapped_column(String(12))
    channel: Mapped[Channel] = mapped_column(String(4))
    is_for_digest: Mapped[bool]
    state: Mapped[MessageState] = mapped_column(String(12), index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(Integer, info=clear(Clear.NUMBER))
    failure: Mapped[Failure | None] = mapped_column(String(16))
    taken_until: Mapped[datetime | None] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)


def put(
    session: Session,
    effect: str,
    account_id: str,
    kind: MessageKind,
    channel: Channel = Channel.MAIL,
    *,
    notice_id: str | None = None,
    is_for_digest: bool = False,
) -> str | None:
    """Put a message into the outbox, in the transaction of what it tells of: its id, None where `effect` is there."""
    now = clock.now()
    values = {
        "id": new_id(),
        "effect": effect,
        "account_id": account_id,
        "notice_id": notice_id,
        "kind": kind,
        "channel": channel,
        "is_for_digest": is_for_digest,
        "state": MessageState.WAITING,
        "created_at": now,
        "due_at": now,
        "attempts": 0,
    }
    put_in = insert(session)(Message).values(values).on_conflict_do_nothing(index_elements=[Message.effect])
    new: str | None = session.connection().execute(put_in.returning(Message.id)).scalar()
    return new


def due(session: Session, limit: int = 100) -> Sequence[str]:
    """The messages that are to be sent now and that nobody has taken, oldest first."""
    query = select(Message.id).where(*_is_due()).order_by(Message.due_at, Message.id)
    return session.scalars(query.limit(limit)).all()


def take(session: Session, message_id: str) -> Message | None:
    """Take a message for one attempt; None where another process has it, or it is settled meanwhile."""
    taken = update(Message).where(Message.id == message_id, *_is_due())
    until = clock.now() + TAKEN_FOR
    if not rows_changed(session, taken.values(taken_until=until, attempts=Message.attempts + 1)):
        return None
    return session.get_one(Message, message_id, populate_existing=True)


def hand_over(session: Session, message_id: str) -> None:
    """Note that from here on a message may have been accepted, whatever is heard of it."""
    _move(session.get_one(Message, message_id), "hand_over")


def sent(session: Session, message_id: str) -> None:
    """Note that a message was accepted."""
    _settle(session, message_id, "send")


def drop(session: Session, message_id: str) -> None:
    """Note that a message need not go any more.

    Raises:
        NotNow: it has gone, or was dropped.
    """
    _settle(session, message_id, "drop")


def failed(session: Session, message_id: str, why: Failure) -> None:
    """Note an attempt that came to nothing: tried again later and later, until it is given up; a refusal is final."""
    message = session.get_one(Message, message_id)
    message.failure = why
    if why is Failure.REFUSED or clock.now() - message.due_at >= in_force.value(session, law.MESSAGE_GIVEN_UP):
        return _settle(session, message_id, "give_up")
    _move(message, "fail")
    message.taken_until = clock.now() + TRIES_AFTER[min(message.attempts, len(TRIES_AFTER)) - 1]
    return None


def postpone(session: Session, message_id: str, until: datetime) -> None:
    """Let a message that was taken wait for a moment at which it may go; that was no attempt."""
    message = session.get_one(Message, message_id)
    _move(message, "fail")
    message.taken_until, message.attempts = until, message.attempts - 1


def given_up_of(session: Session) -> set[str]:
    """The ids of notices of which a message was given up."""
    given_up = select(Message.notice_id).where(Message.state == MessageState.GIVEN_UP, Message.notice_id.is_not(None))
    return {notice_id for notice_id in session.scalars(given_up) if notice_id}


def try_again(session: Session, message_id: str) -> None:
    """Send anew what was given up.

    Raises:
        NotNow: it was not given up, or somebody else has done so.
    """
    message = session.get_one(Message, message_id)
    _move(message, "try_again")
    message.due_at, message.attempts, message.taken_until, message.settled_at = clock.now(), 0, None, None


def by_id(session: Session, message_id: str) -> Message | None:
    """The message with that id."""
    return session.get(Message, message_id)


def listed(session: Session, state: MessageState, limit: int = 100) -> Sequence[Message]:
    """The messages in a state, newest first."""
    query = in_states([state]).order_by(Message.created_at.desc(), Message.id)
    return session.scalars(query.limit(limit)).all()


def in_states(states: Collection[MessageState]) -> Select[Message]:
    """The query for the messages in some states; whoever runs it says in what order."""
    return select(Message).where(Message.state.in_(states))


def counted(session: Session) -> dict[MessageState, int]:
    """How many messages are in each state."""
    found = session.execute(select(Message.state, func.count()).group_by(Message.state))
    return {MessageState(state): number for state, number in found}


def _settle(session: Session, message_id: str, act: str) -> None:
    message = session.get_one(Message, message_id)
    _move(message, act)
    message.taken_until, message.settled_at = None, clock.now()


def _move(message: Message, act: str) -> None:
    if not STATES.allows(message.state, act):
        raise NotNow
    message.state = MessageState(STATES.acts[act].to or message.state)


def _is_due() -> tuple[ColumnElement[bool], ...]:
    now = clock.now()
    return (
        Message.state.in_(_OPEN),
        Message.is_for_digest.is_(False),
        Message.due_at <= now,
        Message.taken_until.is_(None) | (Message.taken_until <= now),
    )
