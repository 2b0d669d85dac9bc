"""People are told that something waits for them in the way that is safe for them, and by staff where that fails."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent.people import safe_contacts
from consent.people.safe_contacts import BY_MACHINE, Contact, ContactWay
from consent.rights import letters
from portal.access import accounts, notices
from portal.access.accounts import Account, Role
from portal.access.notices import Notice, What
from portal.outbox import messages
from portal.outbox.messages import Channel, MessageKind
from vault import clock
from vault.policy import in_force, law

_LETTERS_OF = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Unreached:
    """Something waits for a person who has not looked, and a human being has to tell them."""

    notice_id: str
    subject_id: str
    organisation: str
    since: datetime
    way: ContactWay


def tell(session: Session, subject_id: str, what: What, of: str) -> bool:
    """Tell a person that something waits on their page; `of` names what could be told twice.

    Nothing goes out where they have said never, or where nobody has asked them; staff are told where that is the way.
    False where it was told before, or there is no page of theirs.
    """
    account = accounts.of_subject(session, subject_id)
    if account is None or account.disabled_at is not None or account.decoy_of is not None:
        return False
    notice_id = notices.note(session, account.id, what, of)
    if notice_id is None:
        return False
    _put(session, account, subject_id, notice_id)
    return True


def keep_contact(session: Session, subject_id: str, contact: Contact) -> None:
    """Keep how a person may be reached; what waits unread goes that way from now on.

    Raises:
        safe_contacts.NowhereToReach, safe_contacts.NoHours: as `safe_contacts.keep`.
    """
    safe_contacts.keep(session, subject_id, contact)
    account = accounts.of_subject(session, subject_id)
    if account is not None and account.decoy_of is None:
        for notice_id in notices.unread_ids(session, account.id):
            _put(session, account, subject_id, notice_id)


def _put(session: Session, account: Account, subject_id: str, notice_id: str) -> None:
    contact = safe_contacts.of_person(session, subject_id)
    if contact is not None and contact.way in BY_MACHINE:
        effect, channel = f"{notice_id}:{contact.way}", Channel(contact.way.value)
        messages.put(session, effect, account.id, MessageKind.PERSON, channel, notice_id=notice_id)


def follow(session: Session) -> int:
    """Tell people of letters that have been sent to them, and staff of whom only they can reach; always 0 left."""
    for subject_id, letter_id in letters.sent_since(session, clock.now() - _LETTERS_OF):
        tell(session, subject_id, What.LETTER, letter_id)
    waiting = unreached(session)
    able = [account for account in accounts.open_staff(session) if account.role == Role.DOCUMENTER] if waiting else ()
    for each in waiting:
        for account in able:
            if account.organisation == each.organisation:
                notices.tell(session, account.id, What.REACH_PERSON, each.notice_id)
    return 0


def unreached(session: Session, organisation: str | None = None) -> list[Unreached]:
    """Whom staff (of a partner) have to tell, the oldest first.

    Those who want it so, and those whom a message has not brought to look.
    """
    unread = (
        select(Notice.id, Notice.at, Account.subject_id, Account.organisation)
        .join(Account, Account.id == Notice.account_id)
        .where(
            Account.subject_id.is_not(None),
            Account.decoy_of.is_(None),
            Account.disabled_at.is_(None),
            Notice.read_at.is_(None),
        )
        .order_by(Notice.at, Notice.id)
    )
    if organisation is not None:
        unread = unread.where(Account.organisation == organisation)
    given_up, patience = messages.given_up_of(session), in_force.value(session, law.NEWS_UNREAD)
    found = []
    for notice_id, at, person, partner in session.execute(unread):
        subject_id = str(person)
        contact = safe_contacts.of_person(session, subject_id)
        way = ContactWay.NEVER if contact is None else contact.way
        is_late = way in BY_MACHINE and (clock.now() - at >= patience or notice_id in given_up)
        if way is ContactWay.STAFF or is_late:
            found.append(Unreached(notice_id, subject_id, partner, at, way))
    return found


def reached(session: Session, subject_id: str) -> None:
    """Somebody has told the person: nothing waits to be told any more. Twice is as once."""
    account = accounts.of_subject(session, subject_id)
    if account is not None:
        notices.put_away(session, account.id)
