"""Emptying the outbox: no transaction is open while a server is waited for, and every message is settled once.

What was taken by a process that died is taken again. Only where it died between handing a message over and hearing that
it was accepted does it go a second time, under the same id, by which a receiver knows a repetition: of a notice about
somebody's life none is better lost than repeated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from consent.people import safe_contacts, zones
from consent.people.safe_contacts import Contact
from portal.access import accounts
from portal.access.accounts import Account
from portal.access.notices import Notice
from portal.outbox import messages, texts
from portal.outbox.carriers import Carrier, Letter, NotSent
from portal.outbox.messages import Channel, Failure, Message, MessageKind, MessageState
from vault import clock
from vault.database import Database
from vault.policy import in_force, law

_WAITS_FOR_DIGEST = (Message.is_for_digest.is_(True), Message.state == MessageState.WAITING)


@dataclass(frozen=True, slots=True)
class Post:
    """The ways out, and the address at which staff sign in, which a message names."""

    carriers: Mapping[Channel, Carrier]
    where: str = ""

    def send_due(self, database: Database) -> int:
        """Send every message that is due, each by one process at a time; how many were accepted."""
        with database.reading() as session:
            has_digest = bool(_digest_hours(session))
            due = list(messages.due(session))
        if has_digest:
            with database.writing() as session:
                due += gather_digests(session)
        return sum(self._send_one(database, message_id) for message_id in due)

    def _send_one(self, database: Database, message_id: str) -> bool:
        with database.writing() as session:
            message = messages.take(session, message_id)
            if message is None:
                return False
            contact = _safe_contact(session, message)
            opens = _opens(session, message, contact)
            if opens > clock.now():
                messages.postpone(session, message.id, opens)
                return False
            letter, channel = _letter(session, message, self.where, contact), Channel(message.channel)
            if letter is None:
                messages.drop(session, message.id)
                return False
        why = _carry(database, self.carriers.get(channel), letter)
        with database.writing() as session:
            if why is None:
                messages.sent(session, message_id)
            else:
                messages.failed(session, message_id, why)
        return why is None


def gather_digests(session: Session) -> list[str]:
    """Make one message of all that waits for an account's digest of the day, once its hour has come; their ids."""
    made = []
    for account_id, hour in _digest_hours(session).items():
        effect = f"digest:{account_id}:{hour.date().isoformat()}"
        digest = messages.put(session, effect, account_id, MessageKind.DIGEST)
        if digest is None:
            continue
        made.append(digest)
        waiting = update(Message).where(
            Message.account_id == account_id, *_WAITS_FOR_DIGEST, Message.created_at <= hour
        )
        session.execute(waiting.values(state=MessageState.DROPPED, settled_at=clock.now()))
    return made


def _letter(session: Session, message: Message, where: str, contact: Contact | None) -> Letter | None:
    """What goes out; None where it need not go any more."""
    to = _address(session, message, contact)
    if to is None:
        return None
    language = session.get_one(Account, message.account_id).language
    if contact is not None:
        return Letter(message.id, to, texts.text_for_person(language, contact.code_word))
    return Letter(message.id, to, texts.text(language, where, _how_many(session, message)))


def _carry(database: Database, carrier: Carrier | None, letter: Letter) -> Failure | None:
    def hand_over() -> None:
        with database.writing() as session:
            messages.hand_over(session, letter.id)

    if carrier is None:
        return Failure.NOT_SET_UP
    try:
        carrier.carry(letter, hand_over)
    except NotSent as error:
        return error.why
    return None


def _address(session: Session, message: Message, contact: Contact | None) -> str | None:
    """Where a message goes; None where it need not go any more: seen already, or its account is closed."""
    account = session.get(Account, message.account_id)
    if account is None or account.disabled_at is not None:
        return None
    notice = session.get(Notice, message.notice_id) if message.notice_id else None
    if notice is not None and notice.read_at is not None:
        return None
    if message.kind == MessageKind.PERSON:
        # What is safe may have changed since it was put in.
        return contact.to if contact is not None and contact.way.value == message.channel else None
    if message.channel == Channel.MAIL:
        return accounts.sign_in_name(session, account)
    return accounts.phone(session, account)


def _safe_contact(session: Session, message: Message) -> Contact | None:
    account = session.get(Account, message.account_id)
    if message.kind != MessageKind.PERSON or account is None or account.subject_id is None:
        return None
    return safe_contacts.of_person(session, account.subject_id)


def _opens(session: Session, message: Message, contact: Contact | None) -> datetime:
    """From when on a message may go: now where no hours hold."""
    subject_id = session.get_one(Account, message.account_id).subject_id if contact is not None else None
    if contact is None or subject_id is None:
        return clock.now()
    return contact.opens(clock.now(), zones.of_person(session, subject_id))


def _how_many(session: Session, message: Message) -> int:
    if message.kind != MessageKind.DIGEST:
        return 1
    unread = select(func.count()).where(Notice.account_id == message.account_id, Notice.read_at.is_(None))
    return max(session.scalar(unread) or 0, 1)


def _digest_hours(session: Session) -> dict[str, datetime]:
    """Whose digest is due, and since which hour: something waits for it since before that."""
    first = select(Message.account_id, func.min(Message.created_at)).where(*_WAITS_FOR_DIGEST)
    hours = {
        account_id: (
            since,
            _last_hour(
                in_force.value(session, law.DIGEST_AT), accounts.zone(session, session.get_one(Account, account_id))
            ),
        )
        for account_id, since in session.execute(first.group_by(Message.account_id))
    }
    return {account_id: hour for account_id, (since, hour) in hours.items() if since <= hour}


def _last_hour(hour: time, zone: tzinfo) -> datetime:
    """The last time that clocks in `zone` came to `hour`, on its day there."""
    today = clock.now().astimezone(zone).date()
    has_come = clock.now() >= clock.at(today, hour, zone)
    return clock.at(today if has_come else today - timedelta(days=1), hour, zone).astimezone(zone)
